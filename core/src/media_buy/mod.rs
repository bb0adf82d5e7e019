//! A media buy: our purchase from one sales agent, with one package per product and pacing period
//! (decision 13). Statuses and the moves between them are here and nowhere else.

mod change;
mod pending;
mod person;
mod seller;
mod status;

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
use crate::targeting::{Audiences, Constraints};

pub use change::{ChangeKind, ChangeState, PackageProposal, PendingChange, Proposal};
pub use pending::{Pending, PendingReason, Turn};
pub use person::{Candidate, NeedsPerson, PersonReason};
pub use seller::{OpenTask, Recovery, SellerBuyStatus, SellerError, SellerSide};
pub use status::{Counts, MediaBuyStatus};

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
    /// Whom it is to reach and to leave out, beside the campaign's constraints.
    #[serde(default)]
    pub audiences: Audiences,
}

impl Package {
    /// Whether a person confirmed that the seller does not hold it.
    #[must_use]
    pub fn was_never_held(&self) -> bool {
        self.status == PackageStatus::Canceled && self.seller_package_id.is_none()
    }
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
    /// That only a person can tell what became of it, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub needs_person: Option<NeedsPerson>,
    /// Whether the key of its request is used up: what is sent next takes a new one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub key_is_spent: bool,
    /// The seller's last no, if its request or a later change was refused.
    pub failure: Option<SellerError>,
    /// The change it was last asked for, while it is undecided or worth reading.
    #[serde(default)]
    pub pending_change: Option<PendingChange>,
    /// How many changes it was asked for.
    #[serde(default)]
    pub changes: u32,
    /// How many requests to place it there were, those that answer its seller's questions among
    /// them. What is told of an earlier one says nothing of the latest.
    #[serde(default)]
    pub requests: u32,
    /// The campaign's constraints when it was planned: what its packages were sent with. None in
    /// buys of 0.1.0.
    #[serde(default)]
    pub constraints: Option<Constraints>,
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
    /// The sum of the budgets of its packages, cancelled ones left out.
    ///
    /// # Errors
    /// [`Refusal::Overflow`] beyond the range of money.
    pub fn budget(&self, currency: Currency) -> Result<Money, Refusal> {
        Money::sum(
            currency,
            self.packages
                .iter()
                .filter(|package| package.status != PackageStatus::Canceled)
                .map(|package| package.budget),
        )
    }

    /// What was spent so far, media money.
    ///
    /// # Errors
    /// As [`MediaBuy::budget`].
    pub fn spend(&self, currency: Currency) -> Result<Money, Refusal> {
        Money::sum(
            currency,
            self.packages
                .iter()
                .filter_map(|package| package.delivery.as_ref())
                .map(|d| d.spend),
        )
    }

    /// What it takes from the media budget, by its status (contract 3.4, decision 5): all of its
    /// money while it may still spend, the delivered spend once it ended, nothing when it was
    /// never bought. Where the seller holds more than we sent, the larger sum counts
    /// (decision 15), and so it does where a change is undecided: live or proposed.
    ///
    /// # Errors
    /// As [`MediaBuy::budget`].
    pub fn allocated(&self, currency: Currency) -> Result<Money, Refusal> {
        match self.status.counts() {
            Counts::Packages => {
                let ours = Money::sum(currency, self.packages.iter().map(Package::holds))?;
                let theirs = Money::sum(
                    currency,
                    self.packages
                        .iter()
                        .map(|package| package.seller_budget.unwrap_or(package.holds())),
                )?;
                let proposed = match self.undecided_change() {
                    Some(change) if !change.proposal.cancels => {
                        self.holds_with(&change.proposal, currency)?
                    }
                    _ => ours,
                };
                ours.max(theirs)?.max(proposed)
            }
            Counts::Spend => self.spend(currency),
            Counts::Nothing => Ok(Money::zero(currency)),
        }
    }

    /// Whether a pause, the campaign's or its own, waits for the seller's yes (decision 19).
    #[must_use]
    pub fn is_held(&self) -> bool {
        self.should_be_paused()
            && (self.status.is_waiting() || self.status == MediaBuyStatus::Draft)
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
            self.needs_person = None;
            self.campaign_hold = false;
            if let Some(change) = &mut self.pending_change
                && change.state.is_undecided()
            {
                change.becomes(ChangeState::Expired, now);
            }
        }
        true
    }

    /// Takes back an end that was none: the seller holds the buy. What it holds decides where it
    /// goes from here.
    pub(crate) fn reopen(&mut self, now: DateTime<Utc>) {
        self.status = MediaBuyStatus::Draft;
        self.status_since = now;
        self.updated_at = now;
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
