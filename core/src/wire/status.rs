//! `GET /campaigns/{id}/media-buy-status` (contract 9.5): snake case throughout.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::execute::SubmissionError;
use super::media_buy::{ErrorOwner, MediaBuyOut};
use crate::campaign::{Campaign, CampaignStatus};
use crate::error::Refusal;
use crate::execution::Silence;
use crate::media_buy::{BuyFlag, MediaBuy, MediaBuyStatus, PendingReason, Recovery, Turn, Wish};
use crate::words::words;

words! {
    /// Where the status of a buy comes from.
    pub enum RefreshSource {
        /// The agent was asked now.
        DirectAgent = "direct_agent",
        /// Nothing was sent yet.
        NotSubmitted = "not_submitted",
        /// It is over and was not asked about.
        PersistedTerminal = "persisted_terminal",
        /// The agent was asked and did not answer; this is what was known before.
        RefreshFailed = "refresh_failed",
    }
}

words! {
    /// How a buy, or all buys of a campaign, stand for whoever runs them.
    pub enum OperationalStatus {
        /// There is no buy; only for campaigns.
        NoMediaBuys = "no_media_buys",
        /// Nothing was bought yet; only for campaigns.
        Draft = "draft",
        /// Not sent yet; only for buys.
        NotSubmitted = "not_submitted",
        /// Somebody has to do something.
        AttentionRequired = "attention_required",
        /// Waits for creatives, or for their review.
        PendingCreatives = "pending_creatives",
        /// Waits for the seller's yes, or for its flight.
        PendingStart = "pending_start",
        /// Held.
        Paused = "paused",
        /// Runs.
        Active = "active",
        /// Over.
        Completed = "completed",
    }
}

words! {
    /// What kind of no it is, for whoever does not read sellers' codes.
    pub enum StatusErrorCode {
        /// The seller does not offer the product any more.
        ProductNoLongerAvailable = "product_no_longer_available",
        /// Whoever runs the ads said no.
        SourceRejected = "source_rejected",
        /// The seller said no.
        StorefrontRejected = "storefront_rejected",
        /// The seller could not be reached, or did not answer.
        SourceUnavailable = "source_unavailable",
        /// The seller could not take the request as it was.
        InvalidRequest = "invalid_request",
        /// Prices or terms are out of date.
        QuoteExpired = "quote_expired",
        /// Something else.
        PlatformError = "platform_error",
    }
}

/// Something that keeps a campaign from running as planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Blocker {
    /// A reason to wait, a warning, or a kind of no.
    pub code: String,
    /// The sentence, with the buy.
    pub message: String,
}

/// What asking the agents came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// How many were asked.
    pub agents_queried: u32,
    /// Those that did not answer, one entry per buy.
    pub errors: Vec<StatusError>,
}

/// The status of every buy of a campaign, asked of the agents now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MediaBuyStatusOut {
    /// The campaign.
    pub campaign_id: String,
    /// Its own status.
    pub campaign_status: CampaignStatus,
    /// How all its buys stand.
    pub operational_status: OperationalStatus,
    /// What keeps it from running as planned, each reason once.
    pub blockers: Vec<Blocker>,
    /// The one status of all its buys; none before the first execute.
    pub media_buy_status: Option<MediaBuyStatus>,
    /// Its buys.
    pub media_buys: Vec<MediaBuyStatusRow>,
    /// How many agents were asked; 0 is fine when no buy is live.
    pub agents_queried: u32,
    /// Agents that did not answer, one entry per buy.
    pub errors: Vec<StatusError>,
}

/// One buy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MediaBuyStatusRow {
    /// Ours.
    pub media_buy_id: String,
    /// The seller's id.
    pub adcp_media_buy_id: Option<String>,
    /// Our status now.
    pub internal_status: MediaBuyStatus,
    /// The seller's word now.
    pub adcp_status: Option<String>,
    /// Our status before.
    pub previous_internal_status: MediaBuyStatus,
    /// The seller's word before.
    pub previous_adcp_status: Option<String>,
    /// Whether anything of that changed.
    pub updated: bool,
    /// Where this comes from.
    pub status_refresh_source: RefreshSource,
    /// How it stands.
    pub operational_status: OperationalStatus,
    /// What keeps it from running as planned: reasons to wait, warnings, kinds of no.
    pub blockers: Vec<String>,
    /// How many creatives the seller looks at.
    pub pending_creative_reviews: u32,
    /// Whether the seller holds it, as far as we know.
    pub has_upstream_media_buy: bool,
    /// Whether anything was delivered.
    pub has_delivery: bool,
    /// When it was first sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded_at: Option<DateTime<Utc>>,
    /// Why it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_reason: Option<PendingReason>,
    /// Since when it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_since: Option<DateTime<Utc>>,
    /// Whose turn it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// What kind of no the last one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<StatusErrorCode>,
    /// The seller's own code of it, or ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adcp_error_code: Option<String>,
    /// Who can do something about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_owner: Option<ErrorOwner>,
    /// The seller's last sentence: untrusted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_message: Option<String>,
}

/// An agent that did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusError {
    /// The buy that could not be asked about.
    pub media_buy_id: String,
    /// What happened.
    pub error: String,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl From<SubmissionError> for StatusError {
    fn from(error: SubmissionError) -> Self {
        Self {
            media_buy_id: error.media_buy_id,
            error: error.message,
            code: Some(error.code),
        }
    }
}

impl MediaBuyStatusOut {
    /// The answer, with the campaign before and after the agents were asked; `about` tells for each
    /// buy where its status comes from, and when it was first sent.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn of(
        before: &Campaign,
        after: &Campaign,
        asked: Asked,
        about: impl Fn(&MediaBuy) -> (RefreshSource, Option<DateTime<Utc>>),
    ) -> Result<Self, Refusal> {
        let media_buys = after
            .buys()
            .iter()
            .map(|buy| MediaBuyStatusRow::of(before.buy(&buy.id), buy, about(buy), after))
            .collect::<Result<Vec<_>, _>>()?;
        let Asked {
            agents_queried,
            errors,
        } = asked;
        Ok(Self {
            campaign_id: after.id().to_string(),
            campaign_status: after.status(),
            operational_status: of_all(after, &media_buys),
            blockers: blockers(&media_buys),
            media_buy_status: after.roll_up().map(|roll_up| roll_up.status),
            media_buys,
            agents_queried,
            errors,
        })
    }
}

/// The most urgent of its buys; those that are over count only when all are.
fn of_all(campaign: &Campaign, buys: &[MediaBuyStatusRow]) -> OperationalStatus {
    use OperationalStatus as O;
    let order = [
        O::AttentionRequired,
        O::PendingCreatives,
        O::PendingStart,
        O::NotSubmitted,
        O::Paused,
        O::Active,
        O::Completed,
    ];
    let most = order
        .into_iter()
        .find(|status| buys.iter().any(|buy| buy.operational_status == *status));
    match most {
        None => O::NoMediaBuys,
        Some(O::NotSubmitted) => O::Draft,
        Some(O::AttentionRequired) if campaign.status() == CampaignStatus::Archived => O::Completed,
        Some(status) => status,
    }
}

fn blockers(buys: &[MediaBuyStatusRow]) -> Vec<Blocker> {
    let mut found: Vec<Blocker> = Vec::new();
    for buy in buys {
        for code in &buy.blockers {
            if !found.iter().any(|blocker| blocker.code == *code) {
                found.push(Blocker {
                    code: code.clone(),
                    message: format!("`{}`: {}", buy.media_buy_id, code.replace('_', " ")),
                });
            }
        }
    }
    found
}

fn operational(buy: &MediaBuy, reason: Option<PendingReason>) -> OperationalStatus {
    use MediaBuyStatus as S;
    use OperationalStatus as O;
    use PendingReason as P;
    match (buy.status, reason) {
        (S::Draft, _) => O::NotSubmitted,
        (S::Failed | S::Rejected, _)
        | (
            S::PendingApproval | S::InputRequired,
            Some(
                P::NeedsReconciliation
                | P::PackagesDiffer
                | P::InputRequested
                | P::SourceRejectedCreatives,
            ),
        ) => O::AttentionRequired,
        (S::Active | S::Paused, _) if !buy.flags.is_empty() => O::AttentionRequired,
        (
            S::PendingApproval | S::InputRequired,
            Some(
                P::NoCreativesAttached
                | P::CreativeProcessingAtSource
                | P::AwaitingSourceModeration
                | P::AwaitingCreativeApproval,
            ),
        ) => O::PendingCreatives,
        (S::PendingApproval | S::InputRequired, _)
        | (S::Active, Some(P::ScheduledNotStarted | P::AcceptedAwaitingTrafficking)) => {
            O::PendingStart
        }
        (S::Active, _) => O::Active,
        (S::Paused, _) => O::Paused,
        (S::Completed | S::Canceled | S::Archived, _) => O::Completed,
    }
}

/// A seller's code, or ours, as one of the kinds.
fn kind_of_no(code: &str, recovery: Option<Recovery>) -> StatusErrorCode {
    use StatusErrorCode as E;
    match code {
        Silence::CODE
        | "not_sent"
        | "agent_unreachable"
        | "agent_resting"
        | "agent_busy"
        | "SERVICE_UNAVAILABLE"
        | "RATE_LIMITED"
        | "GOVERNANCE_UNAVAILABLE" => E::SourceUnavailable,
        "POLICY_VIOLATION" | "CREATIVE_REJECTED" => E::SourceRejected,
        "TERMS_REJECTED" | "GOVERNANCE_DENIED" | "task_rejected" | "task_canceled" => {
            E::StorefrontRejected
        }
        "REQUOTE_REQUIRED" => E::QuoteExpired,
        code if code.starts_with("PROPOSAL_") => E::QuoteExpired,
        code if code.starts_with("PRODUCT_") => E::ProductNoLongerAvailable,
        _ => match recovery {
            Some(Recovery::Correctable) => E::InvalidRequest,
            Some(Recovery::Terminal) => E::StorefrontRejected,
            Some(Recovery::Transient) => E::SourceUnavailable,
            None => E::PlatformError,
        },
    }
}

impl MediaBuyStatusRow {
    fn of(
        before: Option<&MediaBuy>,
        buy: &MediaBuy,
        about: (RefreshSource, Option<DateTime<Utc>>),
        campaign: &Campaign,
    ) -> Result<Self, Refusal> {
        let out = MediaBuyOut::of(buy, campaign.currency())?;
        let previous = before.unwrap_or(buy);
        let (source, forwarded_at) = about;
        // A buy that failed waits for nobody in the plan, yet for somebody here.
        let failed = buy.status == MediaBuyStatus::Failed;
        let pending_reason = out
            .pending_reason
            .or(failed.then_some(PendingReason::ForwardFailedNeedsCorrection));
        let error_code = out
            .error_code
            .as_deref()
            .map(|code| kind_of_no(code, out.recovery));
        let waits = pending_reason
            .filter(|reason| reason.turn() != Turn::Nobody)
            .map(PendingReason::as_str);
        let refused = matches!(
            buy.status,
            MediaBuyStatus::Failed | MediaBuyStatus::Rejected
        );
        let flags = buy.flags.iter().map(|flag| match flag {
            BuyFlag::PackagesDiffer => "packages_differ",
            BuyFlag::SellerReportsActive => "seller_reports_active",
        });
        let unconfirmed = buy.wish.map(|wish| match wish {
            Wish::Pause => "pause_not_confirmed",
            Wish::Resume => "resume_not_confirmed",
        });
        let mut blockers: Vec<String> = Vec::new();
        let found = waits
            .into_iter()
            .chain(error_code.filter(|_| refused).map(StatusErrorCode::as_str))
            .chain(flags)
            .chain(unconfirmed);
        for code in found {
            if !blockers.iter().any(|known| known == code) {
                blockers.push(code.to_owned());
            }
        }
        let delivered = &out.performance;
        Ok(Self {
            media_buy_id: out.media_buy_id,
            internal_status: out.status,
            updated: previous.status != buy.status
                || previous.seller.adcp_status != buy.seller.adcp_status,
            previous_internal_status: previous.status,
            previous_adcp_status: previous.seller.adcp_status.clone(),
            adcp_status: out.adcp_status,
            status_refresh_source: source,
            operational_status: operational(buy, pending_reason),
            blockers,
            pending_creative_reviews: buy.seller.creatives_in_review,
            has_upstream_media_buy: out.seller_media_buy_id.is_some(),
            has_delivery: delivered.impressions > 0
                || delivered.clicks > 0
                || !buy.spend(campaign.currency())?.is_zero(),
            forwarded_at,
            adcp_media_buy_id: out.seller_media_buy_id,
            turn: pending_reason.map(PendingReason::turn),
            pending_reason,
            pending_since: out.pending_since.or(failed.then_some(buy.status_since)),
            error_code,
            adcp_error_code: out.error_code,
            error_owner: out.error_owner,
            source_message: out.source_message,
        })
    }
}
