//! A change that a live buy was asked for, beside its live values (contract 9.1 and 9.3): the live
//! status and values stay until the seller has said yes.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{MediaBuy, Package, PackageStatus, SellerError, StartTime};
use crate::budget::PacingStrategy;
use crate::error::Refusal;
use crate::flight::Flight;
use crate::goal::Goal;
use crate::ids::PackageId;
use crate::money::{Currency, Money};
use crate::targeting::Audiences;
use crate::words::words;

words! {
    /// What a change is for.
    pub enum ChangeKind {
        /// Other values.
        Update = "update",
        /// The end of the buy, or of some of its packages.
        Cancel = "cancel",
        /// The end of the buy, which is put away then.
        Delete = "delete",
        /// Packages for pacing periods that were appended.
        Append = "append",
    }
}

words! {
    /// How far a change has come.
    pub enum ChangeState {
        /// Waits until the seller has said yes to the buy itself; sent then.
        Held = "held",
        /// Recorded or on its way.
        Open = "open",
        /// Sent, without an answer that settles it; being reconciled.
        Silent = "silent",
        /// The seller decides later.
        Submitted = "submitted",
        /// The seller said yes after it had thought about it; the values are live.
        Approved = "approved",
        /// The seller said no; nothing changed.
        Refused = "refused",
        /// It was called off, or the buy ended first; nothing changed.
        Expired = "expired",
    }
}

impl ChangeState {
    /// Whether nobody has said yes or no yet: its money counts.
    #[must_use]
    pub fn is_undecided(self) -> bool {
        matches!(
            self,
            Self::Held | Self::Open | Self::Silent | Self::Submitted
        )
    }

    /// Whether its request is on its way or unanswered: nothing else may be asked of the buy.
    #[must_use]
    pub fn is_in_flight(self) -> bool {
        matches!(self, Self::Open | Self::Silent)
    }
}

/// Other values for one package; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackageProposal {
    /// Which package.
    pub id: PackageId,
    /// Its money.
    pub budget: Option<Money>,
    /// How it spends.
    pub pacing: Option<PacingStrategy>,
    /// Bid in major units.
    pub bid: Option<Decimal>,
    /// First instant of its window.
    pub start: Option<DateTime<Utc>>,
    /// Last instant of its window.
    pub end: Option<DateTime<Utc>>,
    /// Whom to reach and to leave out, all of it.
    pub audiences: Option<Audiences>,
    /// Whether it ends for good.
    pub cancels: bool,
}

impl PackageProposal {
    /// A proposal of nothing yet.
    #[must_use]
    pub fn of(id: PackageId) -> Self {
        Self {
            id,
            budget: None,
            pacing: None,
            bid: None,
            start: None,
            end: None,
            audiences: None,
            cancels: false,
        }
    }

    /// Whether it proposes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::of(self.id.clone())
    }

    /// This proposal with what a later one says on top. A package that ends has no other values.
    fn with(self, later: Self) -> Self {
        if self.cancels || later.cancels {
            return Self {
                cancels: true,
                ..Self::of(self.id)
            };
        }
        Self {
            id: self.id,
            budget: later.budget.or(self.budget),
            pacing: later.pacing.or(self.pacing),
            bid: later.bid.or(self.bid),
            start: later.start.or(self.start),
            end: later.end.or(self.end),
            audiences: later.audiences.or(self.audiences),
            cancels: false,
        }
    }
}

/// Other values for a buy; what is `None` or not listed stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// When the buy starts.
    pub start: Option<StartTime>,
    /// When it ends.
    pub end: Option<DateTime<Utc>>,
    /// Goals of every package.
    pub goals: Option<Vec<Goal>>,
    /// Packages that change.
    pub packages: Vec<PackageProposal>,
    /// Packages that are added.
    pub new_packages: Vec<Package>,
    /// Whether the whole buy ends for good.
    pub cancels: bool,
}

impl Proposal {
    /// Whether it proposes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is proposed for a package.
    #[must_use]
    pub fn package(&self, id: &PackageId) -> Option<&PackageProposal> {
        self.packages.iter().find(|package| package.id == *id)
    }

    /// This proposal with what a later one says on top: together they are what is wanted now.
    #[must_use]
    pub fn with(mut self, later: Self) -> Self {
        let Self {
            start,
            end,
            goals,
            packages,
            new_packages,
            cancels,
        } = later;
        for package in packages {
            match self
                .packages
                .iter()
                .position(|earlier| earlier.id == package.id)
            {
                Some(place) => {
                    let earlier = self.packages.remove(place);
                    self.packages.insert(place, earlier.with(package));
                }
                None => self.packages.push(package),
            }
        }
        self.new_packages.extend(new_packages);
        Self {
            start: start.or(self.start),
            end: end.or(self.end),
            goals: goals.or(self.goals),
            packages: self.packages,
            new_packages: self.new_packages,
            cancels: cancels || self.cancels,
        }
    }
}

/// A change of a buy, and how far it has come. One per buy; the last one stays to be read when it
/// was decided later, refused or called off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PendingChange {
    /// Which change of the buy, from 1: an answer to an earlier one settles nothing.
    pub number: u32,
    /// What it is for.
    pub kind: ChangeKind,
    /// How far it has come.
    pub state: ChangeState,
    /// What is asked for.
    pub proposal: Proposal,
    /// Why, in the caller's words; the seller is told when it is a cancel.
    pub reason: Option<String>,
    /// When it was asked for.
    pub asked_at: DateTime<Utc>,
    /// Since when it is in that state.
    pub since: DateTime<Utc>,
    /// The seller's revision of the buy that it was asked against.
    pub base_revision: Option<u64>,
    /// The task at the seller that decides about it.
    pub task_id: Option<String>,
    /// What the seller says while it decides: untrusted text.
    pub message: Option<String>,
    /// The seller's no.
    pub error: Option<SellerError>,
}

impl PendingChange {
    /// Moves to a state; the time of an unchanged one stays.
    pub(crate) fn becomes(&mut self, state: ChangeState, now: DateTime<Utc>) {
        if self.state != state {
            self.state = state;
            self.since = now;
        }
    }
}

impl Package {
    /// What it holds of the media budget while its buy runs: its money, or what it delivered once
    /// it was cancelled.
    #[must_use]
    pub fn holds(&self) -> Money {
        match (self.status, &self.delivery) {
            (PackageStatus::Canceled, Some(delivery)) => delivery.spend,
            (PackageStatus::Canceled, None) => Money::zero(self.budget.currency()),
            (PackageStatus::Active | PackageStatus::Paused, _) => self.budget,
        }
    }

    /// As it is with a proposal applied.
    #[must_use]
    pub(crate) fn proposed(&self, proposal: &PackageProposal) -> Self {
        let PackageProposal {
            id: _,
            budget,
            pacing,
            bid,
            start,
            end,
            audiences,
            cancels,
        } = proposal;
        let mut package = self.clone();
        if let Some(budget) = budget {
            package.budget = *budget;
        }
        if let Some(pacing) = pacing {
            package.pacing = *pacing;
        }
        if bid.is_some() {
            package.bid = *bid;
        }
        let window = Flight::new(
            start.unwrap_or(package.window.start()),
            end.unwrap_or(package.window.end()),
        );
        if let Some(window) = window {
            package.window = window;
        }
        if start.is_some() {
            package.starts_at_once = false;
        }
        if let Some(audiences) = audiences {
            package.audiences = audiences.clone();
        }
        if *cancels {
            package.status = PackageStatus::Canceled;
        }
        package
    }
}

impl MediaBuy {
    /// The change that nobody has decided yet.
    #[must_use]
    pub fn undecided_change(&self) -> Option<&PendingChange> {
        self.pending_change
            .as_ref()
            .filter(|change| change.state.is_undecided())
    }

    /// Whether a change of it is on its way or unanswered.
    #[must_use]
    pub fn is_changing(&self) -> bool {
        self.pending_change
            .as_ref()
            .is_some_and(|change| change.state.is_in_flight())
    }

    /// Its packages as they are once a proposal is applied; new ones stand behind the last of
    /// their product.
    #[must_use]
    pub fn packages_with(&self, proposal: &Proposal) -> Vec<Package> {
        let mut packages: Vec<Package> = self
            .packages
            .iter()
            .map(|package| match proposal.package(&package.id) {
                Some(change) => package.proposed(change),
                None => package.clone(),
            })
            .collect();
        for package in &proposal.new_packages {
            if packages.iter().any(|known| known.id == package.id) {
                continue;
            }
            let place = packages
                .iter()
                .rposition(|known| known.product_id == package.product_id)
                .map_or(packages.len(), |place| place.saturating_add(1));
            packages.insert(place, package.clone());
        }
        packages
    }

    /// What it would hold with a proposal applied: nothing but its spend when it ends.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn holds_with(&self, proposal: &Proposal, currency: Currency) -> Result<Money, Refusal> {
        if proposal.cancels {
            return self.spend(currency);
        }
        Money::sum(
            currency,
            self.packages_with(proposal).iter().map(Package::holds),
        )
    }

    /// Makes a proposal live. The end of the whole buy is the caller's to move.
    pub(crate) fn apply(&mut self, proposal: &Proposal, now: DateTime<Utc>) {
        self.packages = self.packages_with(proposal);
        for package in &mut self.packages {
            if proposal
                .package(&package.id)
                .is_some_and(|change| change.budget.is_some())
            {
                package.seller_budget = None;
            }
        }
        if let Some(start) = proposal.start {
            self.start = start;
        }
        if let Some(end) = proposal.end {
            self.end = end;
        }
        if let Some(goals) = &proposal.goals {
            self.goals.clone_from(goals);
        }
        self.updated_at = now;
    }
}
