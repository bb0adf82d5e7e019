//! The model: what a campaign and its media buys have to be after each command, by the brief and
//! the decisions. It shares nothing with the product's code. `commands` is what callers ask for,
//! `changes` what they ask of single buys, `sellers` what comes back.

mod changes;
mod commands;
mod sellers;

use crate::book::{Manner, Temper};

/// A media buy's status, most restrictive first (decision 17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum S {
    Failed,
    Rejected,
    InputRequired,
    PendingApproval,
    Paused,
    Active,
    Completed,
    Canceled,
    Archived,
}

impl S {
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "FAILED",
            Self::Rejected => "REJECTED",
            Self::InputRequired => "INPUT_REQUIRED",
            Self::PendingApproval => "PENDING_APPROVAL",
            Self::Paused => "PAUSED",
            Self::Active => "ACTIVE",
            Self::Completed => "COMPLETED",
            Self::Canceled => "CANCELED",
            Self::Archived => "ARCHIVED",
        }
    }

    pub fn lives(self) -> bool {
        matches!(
            self,
            Self::PendingApproval | Self::InputRequired | Self::Paused | Self::Active
        )
    }

    pub fn waits(self) -> bool {
        matches!(self, Self::PendingApproval | Self::InputRequired)
    }
}

/// What a seller holds, or thinks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// It decides in a task.
    Thinking,
    /// It asks something in its task.
    Asking,
    Waiting,
    Scheduled,
    Active,
    Paused,
    Completed,
    Canceled,
    Rejected,
}

impl At {
    pub fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Canceled | Self::Rejected)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    Pause,
    Resume,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Draft,
    Active,
    Paused,
    Completed,
    Archived,
}

impl Phase {
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Active => "ACTIVE",
            Self::Paused => "PAUSED",
            Self::Completed => "COMPLETED",
            Self::Archived => "ARCHIVED",
        }
    }
}

/// A product in a buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub product: usize,
    pub cents: i64,
    pub ended: bool,
}

/// What a buy is asked to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Over; put away then, where it was deleted.
    End { put_away: bool },
    /// Other money for a product.
    Money { product: usize, cents: i64 },
    /// One product over.
    EndProduct { product: usize },
}

/// How far an undecided change has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Waits until the seller has named the buy.
    Held,
    /// Sent; nobody heard an answer.
    Lost,
}

/// An undecided change.
#[derive(Debug, Clone)]
pub struct Asked {
    pub what: What,
    pub way: Way,
    /// Whether the seller applied it.
    applied: bool,
    /// The seller's revision it was asked against.
    base: u64,
}

#[derive(Debug, Clone)]
pub struct Buy {
    /// Ours, once it was seen.
    pub id: Option<String>,
    pub seller: usize,
    pub items: Vec<Item>,
    pub status: S,
    archived_from: Option<S>,
    /// Nobody knows whether it was bought.
    pub silent: bool,
    pub hold: bool,
    pub own_pause: bool,
    pub wish: Option<Wish>,
    pub change: Option<Asked>,
    /// What its seller holds; none where nothing of it arrived.
    pub at: Option<At>,
    /// What its seller holds of its products.
    pub held: Vec<Item>,
    /// Whether it ever stood in its seller's book.
    pub booked: bool,
    /// Whether we know the seller's name of it.
    named: bool,
    runs_as: At,
    /// The seller's revision, and the one we know.
    revision: u64,
    known: u64,
    launch: u32,
    created: u64,
    end: u64,
}

impl Buy {
    /// What it holds of the media budget (decision 5): the larger of live and asked for.
    fn allocated(&self) -> i64 {
        if !self.status.lives() {
            return 0;
        }
        let live = sum(&self.items);
        match self.change.as_ref().map(|change| &change.what) {
            Some(what) => live.max(sum(&with(&self.items, what))),
            None => live,
        }
    }

    pub fn budget(&self) -> i64 {
        sum(&self.items)
    }

    /// Whether its last request is on its way: nothing else may be asked of it.
    fn in_flight(&self) -> bool {
        let lost = |change: &Asked| change.way == Way::Lost;
        self.silent || self.change.as_ref().is_some_and(lost)
    }

    fn should_be_paused(&self) -> bool {
        self.hold || self.own_pause
    }

    /// Over, with whatever it was asked for.
    fn ends(&mut self, status: S) {
        self.status = status;
        self.wish = None;
        self.change = None;
        self.hold = false;
    }

    fn put_away(&mut self) {
        if self.status != S::Archived {
            self.archived_from = Some(self.status);
        }
        self.ends(S::Archived);
    }
}

fn sum(items: &[Item]) -> i64 {
    let live = items.iter().filter(|item| !item.ended);
    live.map(|item| item.cents).sum()
}

/// The products of a buy once a change is applied; the end of all of them moves no money here.
fn with(items: &[Item], what: &What) -> Vec<Item> {
    let mut items = items.to_vec();
    for item in &mut items {
        match what {
            What::Money { product, cents } if *product == item.product => item.cents = *cents,
            What::EndProduct { product } if *product == item.product => item.ended = true,
            _ => {}
        }
    }
    items
}

#[derive(Debug, Clone)]
struct Selected {
    seller: usize,
    product: usize,
    cents: i64,
    at: u64,
}

/// Smaller money that waits until a buy has made room for it.
#[derive(Debug, Clone)]
pub struct Waiting {
    total: i64,
    fee: i64,
    buy: usize,
}

/// A campaign. Times are seconds since the sequence began.
#[derive(Debug, Clone)]
pub struct Model {
    pub phase: Phase,
    pub revision: u64,
    pub total: i64,
    pub fee: i64,
    pub flight_end: u64,
    has_brief: bool,
    pub buys: Vec<Buy>,
    pub plan: Option<Waiting>,
    selection: Vec<Selected>,
    launch: u32,
}

/// How sellers are minded: about purchases, and about changes.
#[derive(Debug, Clone, Copy)]
pub struct Minds {
    pub tempers: [Temper; 2],
    pub manners: [Manner; 2],
}

/// What an answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The code of an error.
    pub code: Option<&'static str>,
    /// How many buys an execute attempts.
    pub attempted: Option<usize>,
}

pub const fn ok() -> Answer {
    Answer {
        status: 200,
        code: None,
        attempted: None,
    }
}

const fn no(status: u16, code: &'static str) -> Answer {
    Answer {
        status,
        code: Some(code),
        attempted: None,
    }
}

const INVALID: Answer = no(400, "VALIDATION_ERROR");
const CONFLICT: Answer = no(409, "CONFLICT");
const TOO_LITTLE: Answer = no(409, "INSUFFICIENT_MEDIA_BUDGET");

impl Model {
    pub fn new(total: i64, flight_end: u64) -> Self {
        Self {
            phase: Phase::Draft,
            // Made, then bound to its search.
            revision: 2,
            total,
            fee: 0,
            flight_end,
            has_brief: false,
            buys: Vec::new(),
            plan: None,
            selection: Vec::new(),
            launch: 0,
        }
    }

    pub fn media(&self) -> i64 {
        self.total - self.fee
    }

    /// Live buys hold their budgets; nothing was delivered, so ended ones hold nothing.
    pub fn allocated(&self) -> i64 {
        self.buys.iter().map(Buy::allocated).sum()
    }

    pub fn roll_up(&self) -> Option<S> {
        self.buys.iter().map(|buy| buy.status).min()
    }

    /// Whether nothing waits for a seller or an answer.
    pub fn is_decided(&self) -> bool {
        self.buys
            .iter()
            .all(|buy| !buy.status.waits() && buy.wish.is_none() && buy.change.is_none())
    }
}
