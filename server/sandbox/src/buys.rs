//! One media buy and its packages: status, delivery, what may be done.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::amount::major;
use crate::delivery::{ByDay, Course, Pacing, Served};
use crate::product::PricingOption;
use crate::reading::{Object, written};

/// Entries kept of a buy's history.
const HISTORY: usize = 50;

/// AdCP's media buy status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    PendingCreatives,
    PendingStart,
    Active,
    Paused,
    Completed,
    Rejected,
    Canceled,
}

impl Status {
    pub(crate) const WORDS: [&str; 7] = [
        "pending_creatives",
        "pending_start",
        "active",
        "paused",
        "completed",
        "rejected",
        "canceled",
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::PendingCreatives => "pending_creatives",
            Self::PendingStart => "pending_start",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Rejected => "rejected",
            Self::Canceled => "canceled",
        }
    }

    pub(crate) fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Rejected | Self::Canceled)
    }

    /// In AdCP's words, what the buyer may do now at an agent that adds packages, or does not.
    pub(crate) fn valid_actions(self, adds_packages: bool) -> Vec<&'static str> {
        self.actions()
            .iter()
            .copied()
            .filter(|action| adds_packages || *action != "add_packages")
            .collect()
    }

    fn actions(self) -> &'static [&'static str] {
        match self {
            Self::PendingCreatives => &[
                "cancel",
                "update_budget",
                "update_dates",
                "update_packages",
                "add_packages",
                "sync_creatives",
            ],
            Self::PendingStart | Self::Active => &[
                "pause",
                "cancel",
                "update_budget",
                "update_dates",
                "update_packages",
                "add_packages",
                "sync_creatives",
            ],
            Self::Paused => &[
                "resume",
                "cancel",
                "update_budget",
                "update_dates",
                "update_packages",
                "add_packages",
                "sync_creatives",
            ],
            Self::Completed | Self::Rejected | Self::Canceled => &[],
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Cancellation {
    pub at: DateTime<Utc>,
    pub reason: Option<String>,
}

impl Cancellation {
    fn shown(&self) -> Value {
        let mut shown = json!({"canceled_at": written(self.at), "canceled_by": "buyer"});
        if let (Value::Object(shown), Some(reason)) = (&mut shown, &self.reason) {
            shown.insert("reason".into(), reason.clone().into());
        }
        shown
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub id: String,
    pub product_id: String,
    pub price: PricingOption,
    pub video: bool,
    pub wants_creatives: bool,
    /// Minor units.
    pub budget: i64,
    pub pacing: Pacing,
    /// Minor units a unit.
    pub bid: Option<i64>,
    pub start: Option<DateTime<Utc>>,
    pub end: Option<DateTime<Utc>>,
    pub paused: bool,
    pub canceled: Option<Cancellation>,
    /// Ids of the assigned creatives, with the buyer's weights.
    pub creatives: BTreeMap<String, Option<f64>>,
    /// Members kept and given back as they came: targeting, goals, terms, context, ….
    pub kept: Object,
    pub formats: Vec<Value>,
    /// Served before the anchor.
    pub settled: ByDay,
    pub anchor: DateTime<Utc>,
    pub ready: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub revision: u64,
    pub at: DateTime<Utc>,
    pub action: &'static str,
}

#[derive(Debug, Clone)]
pub(crate) struct Buy {
    pub id: String,
    pub account_id: String,
    pub sandbox: bool,
    pub idempotency_key: String,
    pub context: Option<Value>,
    pub currency: String,
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    pub packages: Vec<Package>,
    /// Every package had its creatives at one time.
    pub complete: bool,
    pub paused: bool,
    /// It ran or was resumed once: it never falls back to `pending_start`, which the protocol's
    /// transitions do not allow.
    pub resumed: bool,
    pub canceled: Option<Cancellation>,
    pub rejected: Option<String>,
    /// Set by a test controller until the next change.
    pub forced: Option<Status>,
    pub created_at: DateTime<Utc>,
    /// When the seller commits to it: in the future while a person still looks at it.
    pub confirmed_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub revision: u64,
    pub history: Vec<Change>,
    pub task_id: Option<String>,
    /// Changes that a person looks at, oldest first.
    pub asked: Vec<Asked>,
}

/// A change that a person at the seller looks at.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub task_id: String,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// When it is decided.
    pub decided_at: DateTime<Utc>,
    /// The request as it came, and the release it came in.
    pub arguments: Object,
    pub served: crate::version::Served,
    /// What became of it; none until it is decided.
    pub outcome: Option<Result<Object, crate::refusal::Refusal>>,
}

impl Package {
    pub(crate) fn window(&self, buy: &Buy) -> (DateTime<Utc>, DateTime<Utc>) {
        (self.start.unwrap_or(buy.start), self.end.unwrap_or(buy.end))
    }

    /// Minor units a unit at the present bid.
    pub(crate) fn rate(&self) -> i64 {
        self.price.rate(self.bid)
    }

    /// What was served up to `now`, by UTC day.
    pub(crate) fn by_day(&self, buy: &Buy, now: DateTime<Utc>) -> ByDay {
        let mut days = self.settled.clone();
        if buy.runs(self) {
            let (start, end) = self.window(buy);
            let spent: i64 = days.values().map(|day| day.spend).sum();
            let course = Course {
                start,
                from: self.anchor.max(start),
                end,
                pacing: self.pacing,
                rest: self.budget - spent,
                model: self.price.model,
                rate: self.rate(),
                video: self.video,
            };
            course.add_until(now, &mut days);
        }
        days
    }

    pub(crate) fn served(&self, buy: &Buy, now: DateTime<Utc>) -> Served {
        self.by_day(buy, now)
            .values()
            .fold(Served::default(), |sum, day| sum.plus(*day))
    }

    /// As create, update and get_media_buys show it.
    pub(crate) fn shown(&self, buy: &Buy) -> Object {
        let (start, end) = self.window(buy);
        let mut shown = self.kept.clone();
        shown.insert("package_id".into(), self.id.clone().into());
        shown.insert("product_id".into(), self.product_id.clone().into());
        shown.insert("pricing_option_id".into(), self.price.id.clone().into());
        shown.insert("budget".into(), major(self.budget));
        shown.insert("pacing".into(), self.pacing.word().into());
        if let Some(bid) = self.bid {
            shown.insert("bid_price".into(), major(bid));
        }
        shown.insert("start_time".into(), written(start).into());
        shown.insert("end_time".into(), written(end).into());
        shown.insert("paused".into(), self.paused.into());
        if let Some(canceled) = &self.canceled {
            shown.insert("canceled".into(), true.into());
            shown.insert("cancellation".into(), canceled.shown());
        }
        if !self.creatives.is_empty() {
            let assigned: Vec<Value> = self
                .creatives
                .iter()
                .map(|(id, weight)| match weight {
                    Some(weight) => json!({"creative_id": id, "weight": weight}),
                    None => json!({"creative_id": id}),
                })
                .collect();
            shown.insert("creative_assignments".into(), assigned.into());
        }
        shown.insert("format_ids".into(), self.formats.clone().into());
        if !self.ready {
            shown.insert("format_ids_to_provide".into(), self.formats.clone().into());
        }
        shown
    }
}

impl Buy {
    pub(crate) fn is_confirmed(&self, now: DateTime<Utc>) -> bool {
        self.confirmed_at <= now
    }

    /// Only until it was complete once: a running buy whose new package lacks a creative goes on
    /// without that package.
    fn waits_for_creatives(&self) -> bool {
        !self.complete
    }

    /// Whether a package spends while its window is open.
    fn runs(&self, package: &Package) -> bool {
        let free = self.canceled.is_none()
            && self.rejected.is_none()
            && matches!(self.forced, None | Some(Status::Active));
        free && !self.paused
            && !package.paused
            && package.canceled.is_none()
            && package.ready
            && self.complete
    }

    pub(crate) fn status(&self, now: DateTime<Utc>) -> Status {
        let over = now >= self.end;
        if self.canceled.is_some() {
            Status::Canceled
        } else if self.rejected.is_some() {
            Status::Rejected
        } else if let Some(forced) = self.forced {
            forced
        } else if self.waits_for_creatives() {
            // Its flight passed without creatives: the protocol knows no way from
            // pending_creatives to completed.
            if over {
                Status::Rejected
            } else {
                Status::PendingCreatives
            }
        } else if over {
            Status::Completed
        } else if self.paused {
            Status::Paused
        } else if now < self.start && !self.resumed {
            Status::PendingStart
        } else {
            Status::Active
        }
    }

    pub(crate) fn rejection(&self, now: DateTime<Utc>) -> Option<String> {
        (self.status(now) == Status::Rejected).then(|| {
            self.rejected
                .clone()
                .unwrap_or_else(|| "no creative arrived before the flight ended".into())
        })
    }

    /// Minor units of every package that was not cancelled.
    pub(crate) fn total(&self) -> i64 {
        self.packages
            .iter()
            .filter(|package| package.canceled.is_none())
            .map(|package| package.budget)
            .sum()
    }

    /// Fixes what was served up to `now`, before anything about the buy changes.
    pub(crate) fn settle(&mut self, now: DateTime<Utc>) {
        let settled: Vec<ByDay> = self
            .packages
            .iter()
            .map(|package| package.by_day(self, now))
            .collect();
        for (package, days) in self.packages.iter_mut().zip(settled) {
            package.settled = days;
            package.anchor = package.anchor.max(now);
        }
    }

    /// Looks again at which packages have a usable creative.
    pub(crate) fn look_at_creatives(&mut self, usable: &BTreeSet<String>) {
        for package in &mut self.packages {
            package.ready =
                !package.wants_creatives || package.creatives.keys().any(|id| usable.contains(id));
        }
        self.complete |= self
            .packages
            .iter()
            .all(|package| package.ready || package.canceled.is_some());
    }

    pub(crate) fn changed(&mut self, now: DateTime<Utc>, action: &'static str) {
        self.revision += 1;
        self.updated_at = now;
        self.history.push(Change {
            revision: self.revision,
            at: now,
            action,
        });
        if self.history.len() > HISTORY {
            self.history.remove(0);
        }
    }

    pub(crate) fn cancellation(&self) -> Option<Value> {
        self.canceled.as_ref().map(Cancellation::shown)
    }
}
