//! Changing media buys that exist (contract 9.3, decisions 14, 20 and 21): what is asked for
//! (`decide`, `append`), the money it may hold meanwhile (`money`), and what sellers said
//! (`settle`, `seen`). The live values of a buy stay until its seller has said yes.

mod append;
mod cancel;
mod check;
mod decide;
mod money;
mod person;
mod seen;
mod settle;
mod stand;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use crate::budget::PacingStrategy;
use crate::campaign::ToSend;
use crate::goal::Goal;
use crate::ids::{AudienceId, MediaBuyId, PackageId, ProductId};
use crate::media_buy::{ChangeKind, MediaBuyStatus, StartTime};
use crate::money::Money;

pub use append::{Cascaded, Skipped};
pub use cancel::Cancels;
pub(crate) use decide::{Against, decide};
pub(crate) use money::{PendingPlan, Room, room};
pub use person::wait_for_person;
pub(crate) use person::{told_by_person, waits_for_person};
pub use seen::{Seen, seen};
pub use settle::{ChangeAnswer, ChangeOutcome, again, cannot, settle_change};
pub use stand::Stand;

/// One entry of `mediaBuys[]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuyAction {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// What to do with it.
    pub command: BuyCommand,
}

/// What to do with a buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BuyCommand {
    /// Other values.
    Update(Box<BuyUpdate>),
    /// The end at its seller.
    Cancel {
        /// Why; the seller is told.
        reason: Option<String>,
        /// Only these packages; none is the whole buy.
        packages: Option<Vec<PackageId>>,
    },
    /// The end at its seller where it is at one, then put away.
    Delete,
}

impl BuyCommand {
    /// The kind of change it is.
    #[must_use]
    pub fn kind(&self) -> ChangeKind {
        match self {
            Self::Update(_) => ChangeKind::Update,
            Self::Cancel { .. } => ChangeKind::Cancel,
            Self::Delete => ChangeKind::Delete,
        }
    }
}

/// Other values for a buy; what is `None` or empty stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuyUpdate {
    /// Our name of it.
    pub name: Option<String>,
    /// Whether it shall be paused by itself.
    pub paused: Option<bool>,
    /// When it starts.
    pub start: Option<StartTime>,
    /// When it ends.
    pub end: Option<DateTime<Utc>>,
    /// Goals of every package.
    pub goals: Option<Vec<Goal>>,
    /// Packages that change.
    pub packages: Vec<PackageUpdate>,
    /// Products named; they are changed through packages once a buy is sent.
    pub products: Vec<ProductId>,
    /// Why; kept with the change.
    pub reason: Option<String>,
}

/// Other values for a package; what is `None` or empty stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageUpdate {
    /// Which.
    pub id: PackageId,
    /// Its money, above 0.
    pub budget: Option<Money>,
    /// How it spends.
    pub pacing: Option<PacingStrategy>,
    /// Bid in major units; some none clears it.
    pub bid: Option<Option<Decimal>>,
    /// First instant of its window.
    pub start: Option<DateTime<Utc>>,
    /// Last instant of its window.
    pub end: Option<DateTime<Utc>>,
    /// Audiences to reach from now on.
    pub include: Vec<AudienceId>,
    /// Audiences to leave out from now on.
    pub exclude: Vec<AudienceId>,
}

/// What an update decided, beside what it changed at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Updated {
    /// One per entry of `mediaBuys[]`, in the request's order.
    pub asked: Vec<AskedChange>,
    /// Buys whose change goes to their sellers.
    pub to_send: Vec<MediaBuyId>,
    /// Pauses and resumes that go to sellers, after the changes.
    pub wishes: Vec<ToSend>,
    /// What appending periods asks of the live buys; none when nothing was appended.
    pub cascade: Option<Vec<Cascaded>>,
    /// Whether a smaller budget or a narrower flight waits for sellers' yes.
    pub waits: bool,
}

/// What was decided for one entry of `mediaBuys[]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedChange {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// What was asked for.
    pub kind: ChangeKind,
    /// The buy's status before.
    pub previous: MediaBuyStatus,
    /// What becomes of it.
    pub step: Step,
}

/// What becomes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The seller is asked; the number is the change's.
    Sent(u32),
    /// The seller is asked as soon as it has said yes to the buy.
    Held,
    /// It is done: nothing of it concerns the seller.
    Done,
    /// Everything was so already.
    AlreadySo,
}
