//! A media buy: our purchase from one sales agent, with one package per product and pacing period
//! (decision 13). Statuses and the moves between them are here and nowhere else.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::budget::PacingStrategy;
use crate::delivery::Delivery;
use crate::error::Refusal;
use crate::flight::Flight;
use crate::goal::Goal;
use crate::ids::{AgentId, MediaBuyId, PackageId, ProductId};
use crate::money::{Currency, Money};

/// The status we show for a media buy (the brief's ten).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum MediaBuyStatus {
    /// Planned, not sent yet.
    Draft,
    /// At the seller, or without an answer from it.
    PendingApproval,
    /// The seller needs something before it can approve.
    InputRequired,
    /// Approved: running, or scheduled to.
    Active,
    /// Approved, deliberately held.
    Paused,
    /// Its flight is over.
    Completed,
    /// Ended on purpose.
    Canceled,
    /// Provably not bought; execute plans it anew.
    Failed,
    /// The seller said no.
    Rejected,
    /// Put away; kept for reporting.
    Archived,
}

impl MediaBuyStatus {
    /// All ten, most restrictive first (decision 17).
    pub const ALL: [Self; 10] = [
        Self::Failed,
        Self::Rejected,
        Self::InputRequired,
        Self::PendingApproval,
        Self::Draft,
        Self::Paused,
        Self::Active,
        Self::Completed,
        Self::Canceled,
        Self::Archived,
    ];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::PendingApproval => "PENDING_APPROVAL",
            Self::InputRequired => "INPUT_REQUIRED",
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
            Self::Failed => "FAILED",
            Self::Rejected => "REJECTED",
            Self::Archived => "ARCHIVED",
        }
    }

    /// Reads the word of the wire.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether the buy is over: completed, canceled, failed, rejected or archived.
    #[must_use]
    pub fn has_ended(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Canceled | Self::Failed | Self::Rejected | Self::Archived
        )
    }

    /// Whether a seller may hold the buy: money may flow or soon will.
    #[must_use]
    pub fn may_be_at_seller(self) -> bool {
        matches!(
            self,
            Self::PendingApproval | Self::InputRequired | Self::Active | Self::Paused
        )
    }

    /// Whether the seller has not said yes yet.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(self, Self::PendingApproval | Self::InputRequired)
    }

    /// Whether the seller has said yes and the buy is not over.
    #[must_use]
    pub fn is_running(self) -> bool {
        matches!(self, Self::Active | Self::Paused)
    }

    /// The legal moves (contract 12.2, AdCP's own edges). A move to the same status is none.
    /// `Active` to `Rejected` is legal since a scheduled buy is `Active` here and may still be
    /// turned down.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        use MediaBuyStatus as S;
        match self {
            S::Draft => !matches!(next, S::Draft),
            S::PendingApproval => matches!(
                next,
                S::InputRequired | S::Active | S::Paused | S::Completed | S::Canceled | S::Rejected | S::Failed
            ),
            S::InputRequired => matches!(
                next,
                S::PendingApproval | S::Active | S::Paused | S::Completed | S::Canceled | S::Rejected | S::Failed
            ),
            S::Active => matches!(next, S::Paused | S::Completed | S::Canceled | S::Rejected),
            S::Paused => matches!(next, S::Active | S::Completed | S::Canceled | S::Rejected),
            S::Failed => matches!(next, S::Draft | S::Archived),
            S::Completed | S::Canceled | S::Rejected => matches!(next, S::Archived),
            S::Archived => false,
        }
    }
}

/// When a buy starts at its seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartTime {
    /// At once: the flight had begun when the buy was planned (decision 11).
    Asap,
    /// At an instant.
    At(DateTime<Utc>),
}

/// Whether a package runs, as far as its own switch goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PackageStatus {
    /// Runs with its buy.
    Active,
    /// Held by itself.
    Paused,
    /// Ended on purpose.
    Canceled,
}

/// The pacing period a package was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodRef {
    /// Position in the pacing plan, from 1.
    pub index: u32,
    /// The period's label when the package was made.
    pub label: String,
}

/// One product in one period inside a media buy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Ours.
    pub id: PackageId,
    /// The product bought.
    pub product_id: ProductId,
    /// The product's name when it was bought.
    pub product_name: String,
    /// How it is priced.
    pub pricing_option_id: String,
    /// The period it was made for; none without pacing periods.
    pub period: Option<PeriodRef>,
    /// When it runs.
    pub window: Flight,
    /// Whether it was sent without a start, since its window had begun (decision 11).
    pub starts_at_once: bool,
    /// Its money.
    pub budget: Money,
    /// How it spends inside its window.
    pub pacing: PacingStrategy,
    /// Bid in major units of the budget's currency; only for auction products.
    pub bid: Option<Decimal>,
    /// Its own switch.
    pub status: PackageStatus,
    /// The seller's id of it, once known.
    pub seller_package_id: Option<String>,
    /// What the seller says it holds, where that differs from ours.
    pub seller_budget: Option<Money>,
    /// What was served so far.
    pub delivery: Option<Delivery>,
}

/// A seller's own word for the state of a buy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SellerBuyStatus {
    /// Waits for creatives.
    PendingCreatives,
    /// Approved, its flight has not begun.
    PendingStart,
    /// Serves.
    Active,
    /// Held.
    Paused,
    /// Its flight is over.
    Completed,
    /// Turned down.
    Rejected,
    /// Ended on purpose.
    Canceled,
    /// A word we do not know; our status stays as it was.
    Unknown(String),
}

impl SellerBuyStatus {
    /// The seller's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::PendingCreatives => "pending_creatives",
            Self::PendingStart => "pending_start",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Rejected => "rejected",
            Self::Canceled => "canceled",
            Self::Unknown(word) => word,
        }
    }

    /// Reads a seller's word.
    #[must_use]
    pub fn read(word: &str) -> Self {
        match word {
            "pending_creatives" => Self::PendingCreatives,
            "pending_start" => Self::PendingStart,
            "active" => Self::Active,
            "paused" => Self::Paused,
            "completed" => Self::Completed,
            "rejected" => Self::Rejected,
            "canceled" => Self::Canceled,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// What to do about a seller's error, as the seller or the protocol's registry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Recovery {
    /// The same request may work later.
    Transient,
    /// Another request may work.
    Correctable,
    /// A person has to act.
    Terminal,
}

/// A seller's no, in its own words. All texts are the seller's: untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerError {
    /// The protocol's code, or ours where nothing was answered (`no_answer`, `not_sent`).
    pub code: String,
    /// The seller's sentence.
    pub message: String,
    /// The field of the request it is about.
    pub field: Option<String>,
    /// What the seller proposes.
    pub suggestion: Option<String>,
    /// What to do about it.
    pub recovery: Option<Recovery>,
    /// The least delay before asking again, in seconds.
    pub retry_after_s: Option<u32>,
}

/// Why a buy waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PendingReason {
    /// The seller decides.
    AwaitingStorefrontApproval,
    /// The seller asked a question.
    InputRequested,
    /// No creative is attached yet.
    NoCreativesAttached,
    /// Sent, not answered; being reconciled.
    ForwardFailedRetrying,
    /// What the seller holds differs from what we sent; a person has to look.
    PackagesDiffer,
    /// Approved, the flight has not begun.
    ScheduledNotStarted,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Turn {
    /// The planner or the advertiser.
    Buyer,
    /// The seller.
    Seller,
    /// We.
    Platform,
    /// Nobody: time has to pass.
    Nobody,
}

impl PendingReason {
    /// Who must act.
    #[must_use]
    pub fn turn(self) -> Turn {
        match self {
            Self::AwaitingStorefrontApproval => Turn::Seller,
            Self::InputRequested | Self::NoCreativesAttached | Self::PackagesDiffer => Turn::Buyer,
            Self::ForwardFailedRetrying => Turn::Platform,
            Self::ScheduledNotStarted => Turn::Nobody,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingStorefrontApproval => "awaiting_storefront_approval",
            Self::InputRequested => "input_requested",
            Self::NoCreativesAttached => "no_creatives_attached",
            Self::ForwardFailedRetrying => "forward_failed_retrying",
            Self::PackagesDiffer => "packages_differ",
            Self::ScheduledNotStarted => "scheduled_not_started",
        }
    }
}

/// Why a buy waits, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Why.
    pub reason: PendingReason,
    /// Since when.
    pub since: DateTime<Utc>,
}

/// How far the request that places the buy has come (decision 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubmissionState {
    /// Recorded; its answer is not settled.
    Open,
    /// Sent, without an answer that settles it; being reconciled.
    Silent,
    /// Settled.
    Closed,
}

/// A change of the running state that we want and the seller has not confirmed (decision 19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// To be paused.
    Pause,
    /// To run again.
    Resume,
}

/// Something about a buy that a person should look at; it does not change the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BuyFlag {
    /// The seller's packages or budgets are not the ones we sent (decision 15).
    PackagesDiffer,
    /// The seller reports it active though it confirmed our pause (decision 19).
    SellerReportsActive,
}

/// The seller's side of a buy, raw, as last seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerSide {
    /// The seller's id of the buy.
    pub media_buy_id: Option<String>,
    /// The seller's word for its state.
    pub adcp_status: Option<String>,
    /// The task that decides about it.
    pub task_id: Option<String>,
    /// The seller's word for the state of that task.
    pub task_status: Option<String>,
    /// The seller's revision.
    pub revision: Option<u64>,
    /// Whether the seller has confirmed it.
    pub confirmed: bool,
    /// The protocol version that was served.
    pub served_version: Option<String>,
    /// What the seller says may be done now.
    pub valid_actions: Vec<String>,
    /// The seller's last sentence about it.
    pub message: Option<String>,
}

/// Our purchase from one sales agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaBuy {
    /// Ours.
    pub id: MediaBuyId,
    /// Who sells.
    pub agent_id: AgentId,
    /// The agent's name when the buy was planned.
    pub agent_name: String,
    /// `<campaign> - <agent>`.
    pub name: String,
    /// The status we show.
    pub status: MediaBuyStatus,
    /// Since when it is in that status.
    pub status_since: DateTime<Utc>,
    /// The status before it was archived; tells whether anything was ever bought.
    pub archived_from: Option<MediaBuyStatus>,
    /// The launch of the campaign it belongs to, from 1; a relaunch counts on.
    pub launch: u32,
    /// When it starts.
    pub start: StartTime,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// By product, then period.
    pub packages: Vec<Package>,
    /// The campaign's goals when it was planned.
    pub goals: Vec<Goal>,
    /// How far the request that places it has come.
    pub submission: SubmissionState,
    /// Whether the campaign's pause, or its hold while waiting, lies on it.
    pub campaign_hold: bool,
    /// Whether it was paused by itself; it then stays paused on reactivate.
    pub own_pause: bool,
    /// What we want and the seller has not confirmed.
    pub wish: Option<Wish>,
    /// Why it waits.
    pub pending: Option<Pending>,
    /// The seller's last no, if its request or a later change was refused.
    pub failure: Option<SellerError>,
    /// What a person should look at.
    pub flags: Vec<BuyFlag>,
    /// The seller's side, raw.
    pub seller: SellerSide,
    /// When it was planned.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
}

impl MediaBuy {
    /// The sum of its packages' budgets.
    ///
    /// # Errors
    /// [`Refusal::Overflow`] beyond the range of money.
    pub fn budget(&self, currency: Currency) -> Result<Money, Refusal> {
        Money::sum(currency, self.packages.iter().map(|package| package.budget))
    }

    /// What was spent so far, media money.
    ///
    /// # Errors
    /// As [`MediaBuy::budget`].
    pub fn spend(&self, currency: Currency) -> Result<Money, Refusal> {
        Money::sum(
            currency,
            self.packages.iter().filter_map(|package| package.delivery.as_ref()).map(|d| d.spend),
        )
    }

    /// What it takes from the media budget, by its status (contract 3.4, decision 5): all of its
    /// money while it may still spend, the delivered spend once it ended, nothing when it was
    /// never bought. Where the seller holds more than we sent, the larger sum counts
    /// (decision 15).
    ///
    /// # Errors
    /// As [`MediaBuy::budget`].
    pub fn allocated(&self, currency: Currency) -> Result<Money, Refusal> {
        use MediaBuyStatus as S;
        match self.status {
            S::Draft | S::PendingApproval | S::InputRequired | S::Active | S::Paused => {
                let ours = self.budget(currency)?;
                let theirs = Money::sum(
                    currency,
                    self.packages.iter().map(|package| package.seller_budget.unwrap_or(package.budget)),
                )?;
                Ok(if theirs.minor() > ours.minor() { theirs } else { ours })
            }
            S::Completed | S::Canceled | S::Archived => self.spend(currency),
            S::Failed | S::Rejected => Ok(Money::zero(currency)),
        }
    }

    /// Whether the campaign's pause waits for the seller's yes (decision 19).
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.campaign_hold && (self.status.is_waiting() || self.status == MediaBuyStatus::Draft)
    }

    /// Whether it should not run now.
    #[must_use]
    pub fn should_be_paused(&self) -> bool {
        self.campaign_hold || self.own_pause
    }

    /// Whether its request is open or silent: nobody may send, change or end it.
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        self.submission != SubmissionState::Closed
    }

    /// Moves to a status where that is legal; `false` where it is not, or it is there already.
    pub(crate) fn move_to(&mut self, next: MediaBuyStatus, now: DateTime<Utc>) -> bool {
        if !self.status.may_become(next) {
            return false;
        }
        if next == MediaBuyStatus::Archived {
            self.archived_from = Some(self.status);
        }
        self.status = next;
        self.status_since = now;
        self.updated_at = now;
        if next.has_ended() {
            self.wish = None;
            self.pending = None;
            self.campaign_hold = false;
        }
        true
    }

    /// Sets or clears why it waits; the time of an unchanged reason stays.
    pub(crate) fn wait_for(&mut self, reason: Option<PendingReason>, now: DateTime<Utc>) {
        let same = self.pending.map(|pending| pending.reason) == reason;
        if !same {
            self.pending = reason.map(|reason| Pending { reason, since: now });
        }
    }

    pub(crate) fn flag(&mut self, flag: BuyFlag, on: bool) {
        self.flags.retain(|present| *present != flag);
        if on {
            self.flags.push(flag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MediaBuyStatus as S;

    #[test]
    fn moves_follow_the_written_table() {
        // Rows: from; columns in the order of `to`; x marks a legal move.
        let to = [
            S::Draft,
            S::PendingApproval,
            S::InputRequired,
            S::Active,
            S::Paused,
            S::Completed,
            S::Canceled,
            S::Failed,
            S::Rejected,
            S::Archived,
        ];
        let table = [
            (S::Draft, ".xxxxxxxxx"),
            (S::PendingApproval, "..xxxxxxx."),
            (S::InputRequired, ".x.xxxxxx."),
            (S::Active, "....xxx.x."),
            (S::Paused, "...x.xx.x."),
            (S::Completed, ".........x"),
            (S::Canceled, ".........x"),
            (S::Failed, "x........x"),
            (S::Rejected, ".........x"),
            (S::Archived, ".........."),
        ];
        for (from, row) in table {
            for (next, cell) in to.into_iter().zip(row.chars()) {
                assert_eq!(from.may_become(next), cell == 'x', "{from:?} -> {next:?}");
            }
        }
    }

    #[test]
    fn words_round_trip() {
        for status in S::ALL {
            assert_eq!(S::parse(status.as_str()), Some(status));
        }
        assert_eq!(S::parse("active"), None);
    }
}
