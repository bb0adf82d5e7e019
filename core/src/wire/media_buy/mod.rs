//! Media buys and packages as they are answered (contract 9.1 and 9.2).

mod action;
mod change;
mod holds;
mod package;
mod reconcile;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::Amount;
use super::goals::BuyGoalOut;
use crate::change::Stand;
use crate::error::Refusal;
use crate::execution::Silence;
use crate::media_buy::{
    BuyFlag, MediaBuy, MediaBuyStatus, Package, Pending, PendingReason, Recovery, SellerError,
    SellerSide, StartTime, SubmissionState, Turn, Wish,
};
use crate::money::Currency;
use crate::words::words;

pub(in crate::wire) use action::read_actions;
pub use action::{ActionWord, MediaBuyActionIn, PackageUpdateIn, ProductUpdateIn};
pub use change::{
    AmountDifference, CascadeResult, CascadeWord, ChangeError, ChangeResult, ChangeResultWord,
    Differences, InstantDifference, PacingCascadeResult, PackageBudgetDifference, PendingChangeOut,
};
pub use holds::PackageMoney;
pub use package::{DeliveryFigures, PackageOut, PackagesOut, PeriodRefOut, TargetingOverlay};
pub use reconcile::{
    CandidateOut, ReconcileAction, ReconcileIn, ReconcileOut, ReconcileWarning, Reconciliation,
};

words! {
    /// Who can do something about a failure.
    pub enum ErrorOwner {
        /// The caller: another plan may work.
        BuyerInput = "buyer_input",
        /// We.
        Platform = "platform",
        /// The seller.
        Seller = "seller",
    }
}

words! {
    /// How far the request that places a buy has come.
    pub enum SubmissionWord {
        /// Recorded or on its way.
        Open = "open",
        /// Sent, not answered; we find out whether it was bought.
        Silent = "silent",
        /// Answered.
        Closed = "closed",
    }
}

/// One purchase from one sales agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = MediaBuy))]
pub struct MediaBuyOut {
    /// Our id.
    pub media_buy_id: String,
    /// `<campaign> - <agent>`.
    pub name: String,
    /// The status we show.
    pub status: MediaBuyStatus,
    /// Since when.
    pub status_since: DateTime<Utc>,
    /// Who sells.
    pub sales_agent_id: String,
    /// Its name.
    pub sales_agent_name: String,
    /// The seller's revision, as last seen.
    pub revision: Option<u64>,
    /// The seller's own word for the state of the buy.
    pub adcp_status: Option<String>,
    /// The seller's own word for the state of the task that decides about it.
    pub task_status: Option<String>,
    /// The version of AdCP that was served.
    pub served_version: Option<String>,
    /// The seller's id.
    pub seller_media_buy_id: Option<String>,
    /// What the seller says may be done now.
    pub valid_actions: Vec<String>,
    /// Whether the request that places it is on its way, unanswered or answered.
    pub submission: SubmissionWord,
    /// Whether a pause waits for the seller's yes.
    pub held: bool,
    /// Whether it was paused by itself: reactivate leaves it paused.
    pub paused_by_itself: bool,
    /// A pause or resume that the seller has not confirmed: `pause` or `resume`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unconfirmed: Option<String>,
    /// Why it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_reason: Option<PendingReason>,
    /// Since when it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_since: Option<DateTime<Utc>>,
    /// Whose turn it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// What the seller asks before it decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<QuestionOut>,
    /// That a person has to tell what became of it, and what is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reconciliation: Option<Reconciliation>,
    /// Code of the last no: the seller's, or `no_answer` and `not_sent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Who can do something about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_owner: Option<ErrorOwner>,
    /// The field of the seller's request it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_field: Option<String>,
    /// What helps, as the seller says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// The seller's last sentence: untrusted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_message: Option<String>,
    /// What the seller proposes: untrusted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// What a person should look at.
    pub warnings: Vec<BuyFlag>,
    /// `asap`, or a date-time.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-01T00:00:00Z"))]
    pub start_time: String,
    /// When it ends.
    pub end_time: DateTime<Utc>,
    /// The sum of its packages.
    pub budget: Amount,
    /// The currency of its amounts.
    pub budget_currency: String,
    /// Its products, each with the sum of its packages.
    pub products: Vec<BuyProductOut>,
    /// One per product and pacing period, by product, then period.
    pub packages: Vec<PackageOut>,
    /// The campaign's goals when it was executed.
    pub optimization_goals: Vec<BuyGoalOut>,
    /// The change it was last asked for, while it is undecided or worth reading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_change: Option<PendingChangeOut>,
    /// What was delivered so far.
    pub performance: DeliveryFigures,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
}

/// A seller's question, on which the placing of a buy waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SellerQuestion))]
pub struct QuestionOut {
    /// The question, where the seller puts it into words: untrusted text.
    pub text: Option<String>,
    /// Since when it stands.
    pub since: DateTime<Utc>,
    /// Whether it can be answered here (`POST /media-buys/{mediaBuyId}/answer`); else only where
    /// the seller takes answers.
    pub answerable: bool,
}

/// A product in a media buy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BuyProductOut {
    /// The seller's id of it.
    pub product_id: String,
    /// Its name when it was bought.
    pub product_name: String,
    /// The sum of its packages.
    pub budget: Amount,
    /// The currency.
    pub budget_currency: String,
}

impl MediaBuyOut {
    /// How it stands to being changed.
    #[must_use]
    pub fn stand(&self) -> Stand {
        Stand::by(
            match self.submission {
                SubmissionWord::Open => SubmissionState::Open,
                SubmissionWord::Silent => SubmissionState::Silent,
                SubmissionWord::Closed => SubmissionState::Closed,
            },
            self.status,
            self.pending_change.as_ref().map(|change| change.status),
            self.seller_media_buy_id.is_some(),
        )
    }

    /// The answer for a buy of a campaign in a currency.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn of(buy: &MediaBuy, currency: Currency) -> Result<Self, Refusal> {
        let held = buy.is_held();
        let reconciliation = Reconciliation::of(buy, currency)?;
        let budget = buy.budget(currency)?;
        let spend = buy.spend(currency)?;
        let pending_change = PendingChangeOut::of(buy, currency)?;
        let MediaBuy {
            id,
            agent_id,
            agent_name,
            name,
            status,
            status_since,
            archived_from: _,
            launch: _,
            start,
            end,
            packages,
            goals,
            submission,
            campaign_hold: _,
            own_pause,
            wish,
            pending,
            needs_person: _,
            key_is_spent: _,
            failure,
            flags,
            seller,
            created_at,
            updated_at,
            pending_change: _,
            changes: _,
            requests: _,
            constraints: _,
        } = buy;
        let SellerSide {
            media_buy_id,
            adcp_status,
            task_id: _,
            task_status,
            open_task,
            revision,
            confirmed: _,
            served_version,
            valid_actions,
            message,
            creatives_in_review: _,
            told_at: _,
        } = seller;
        let pending = pending.map(|Pending { reason, since }| (reason, since));
        let failure = failure.as_ref().map(Failure::of);
        let delivered = packages
            .iter()
            .filter_map(|package| package.delivery.as_ref());
        let (impressions, clicks) =
            delivered.fold((0_u64, 0_u64), |(impressions, clicks), delivery| {
                (
                    impressions.saturating_add(delivery.impressions),
                    clicks.saturating_add(delivery.clicks),
                )
            });
        Ok(Self {
            media_buy_id: id.to_string(),
            name: name.clone(),
            status: *status,
            status_since: *status_since,
            sales_agent_id: agent_id.to_string(),
            sales_agent_name: agent_name.clone(),
            revision: *revision,
            adcp_status: adcp_status.clone(),
            task_status: task_status.clone(),
            served_version: served_version.clone(),
            seller_media_buy_id: media_buy_id.clone(),
            valid_actions: valid_actions.clone(),
            submission: match submission {
                SubmissionState::Open => SubmissionWord::Open,
                SubmissionState::Silent => SubmissionWord::Silent,
                SubmissionState::Closed => SubmissionWord::Closed,
            },
            held,
            paused_by_itself: *own_pause,
            unconfirmed: wish.map(|wish| {
                match wish {
                    Wish::Pause => "pause",
                    Wish::Resume => "resume",
                }
                .to_owned()
            }),
            pending_reason: pending.map(|(reason, _)| reason),
            pending_since: pending.map(|(_, since)| since),
            turn: pending.map(|(reason, _)| reason.turn()),
            question: pending
                .filter(|(reason, _)| *reason == PendingReason::InputRequested)
                .map(|(_, since)| QuestionOut {
                    text: message.clone(),
                    since,
                    answerable: open_task.is_some(),
                }),
            reconciliation,
            error_code: failure.as_ref().map(|failure| failure.code.clone()),
            error_owner: failure.as_ref().map(|failure| failure.owner),
            error_field: failure.as_ref().and_then(|failure| failure.field.clone()),
            recovery: failure.as_ref().and_then(|failure| failure.recovery),
            source_message: failure
                .as_ref()
                .map(|failure| failure.message.clone())
                .or_else(|| message.clone()),
            suggestion: failure.and_then(|failure| failure.suggestion),
            warnings: flags.clone(),
            start_time: match start {
                StartTime::Asap => "asap".to_owned(),
                StartTime::At(at) => at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            },
            end_time: *end,
            budget: budget.into(),
            budget_currency: currency.code().to_owned(),
            products: products(packages, currency)?,
            packages: packages.iter().map(PackageOut::from).collect(),
            optimization_goals: goals.iter().map(Into::into).collect(),
            pending_change,
            performance: DeliveryFigures {
                impressions,
                spend: spend.into(),
                clicks,
            },
            created_at: *created_at,
            updated_at: *updated_at,
        })
    }
}

struct Failure {
    code: String,
    owner: ErrorOwner,
    field: Option<String>,
    recovery: Option<Recovery>,
    message: String,
    suggestion: Option<String>,
}

impl Failure {
    fn of(error: &SellerError) -> Self {
        let SellerError {
            code,
            message,
            field,
            suggestion,
            recovery,
            retry_after_s: _,
        } = error;
        let owner = match (code.as_str(), recovery) {
            (Silence::CODE | "not_sent", _) => ErrorOwner::Platform,
            (_, Some(Recovery::Correctable)) => ErrorOwner::BuyerInput,
            (_, Some(Recovery::Transient | Recovery::Terminal) | None) => ErrorOwner::Seller,
        };
        Self {
            code: code.clone(),
            owner,
            field: field.clone(),
            recovery: *recovery,
            message: message.clone(),
            suggestion: suggestion.clone(),
        }
    }
}

/// Each product once, in the order of the packages.
fn products(packages: &[Package], currency: Currency) -> Result<Vec<BuyProductOut>, Refusal> {
    let mut sums: Vec<(&Package, crate::money::Money)> = Vec::new();
    for package in packages {
        match sums
            .iter_mut()
            .find(|(first, _)| first.product_id == package.product_id)
        {
            Some((_, sum)) => *sum = sum.plus(package.budget)?,
            None => sums.push((package, package.budget)),
        }
    }
    Ok(sums
        .into_iter()
        .map(|(package, sum)| BuyProductOut {
            product_id: package.product_id.to_string(),
            product_name: package.product_name.clone(),
            budget: sum.into(),
            budget_currency: currency.code().to_owned(),
        })
        .collect())
}
