//! What an entry of `mediaBuys[]` may do in which status (contract 9.3), and what it asks of the
//! seller.

use chrono::{DateTime, Utc};

use super::check::proposal;
use super::stand::Stand;
use super::{AskedChange, BuyAction, BuyCommand, BuyUpdate, Step};
use crate::campaign::PlanFields;
use crate::error::{Code, Conflict, Refusal, Violation};
use crate::ids::{MediaBuyId, PackageId};
use crate::media_buy::{
    ChangeKind, ChangeState, MediaBuy, MediaBuyStatus, PackageProposal, PackageStatus,
    PendingChange, Proposal, Wish,
};

/// Everything that speaks against the entries of a request.
#[derive(Debug, Default)]
pub(crate) struct Against {
    /// What is wrong with the input; told first.
    pub violations: Vec<Violation>,
    /// What stands in the way; of several the first kind is told.
    conflicts: Vec<(Conflict, String, MediaBuyId)>,
    /// What sellers have no way to do.
    unsupported: Option<String>,
}

impl Against {
    /// The refusal, if anything speaks against it.
    pub fn refusal(self) -> Option<Refusal> {
        if !self.violations.is_empty() {
            return Some(Refusal::Invalid(self.violations));
        }
        if let Some((what, message, _)) = self.conflicts.first() {
            let media_buys = self
                .conflicts
                .iter()
                .filter(|(other, _, _)| other == what)
                .map(|(_, _, buy)| buy.to_string())
                .collect();
            return Some(Refusal::Conflict {
                what: *what,
                message: message.clone(),
                media_buys,
            });
        }
        self.unsupported.map(Refusal::Unsupported)
    }

    fn conflict(&mut self, what: Conflict, message: impl Into<String>, buy: &MediaBuy) {
        self.conflicts.push((what, message.into(), buy.id.clone()));
    }
}

/// Applies one entry to its buy as far as it concerns us alone, and records what the seller is
/// asked for. `at` is where the entry stands.
pub(crate) fn decide(
    buy: &mut MediaBuy,
    action: &BuyAction,
    plan: &PlanFields,
    at: &str,
    now: DateTime<Utc>,
    against: &mut Against,
) -> AskedChange {
    let previous = buy.status;
    let step = match &action.command {
        BuyCommand::Update(update) => change(buy, update, plan, at, now, against),
        BuyCommand::Cancel { reason, packages } => match packages {
            None => end(buy, ChangeKind::Cancel, reason.clone(), now, against),
            Some(packages) => end_packages(buy, packages, reason.clone(), at, now, against),
        },
        BuyCommand::Delete => end(buy, ChangeKind::Delete, None, now, against),
    };
    AskedChange {
        media_buy_id: buy.id.clone(),
        kind: action.command.kind(),
        previous,
        step,
    }
}

const IN_FLIGHT: &str =
    "its last request is on its way or unanswered: try again when it is settled";

const ENDING: &str =
    "its end was asked for and is not decided yet: a change now would take that back";

const ADDING: &str = "packages that were asked for are not decided yet: a change now would ask for them a second time";

/// Why no other values may be asked for while a seller has not decided: its end was asked for,
/// which another request would replace; or packages were, which it would repeat, and a seller that
/// says yes to both adds them twice.
fn forbidden(buy: &MediaBuy) -> Option<&'static str> {
    let proposal = &buy.undecided_change()?.proposal;
    if proposal.cancels {
        Some(ENDING)
    } else if !proposal.new_packages.is_empty() {
        Some(ADDING)
    } else {
        None
    }
}

fn change(
    buy: &mut MediaBuy,
    update: &BuyUpdate,
    plan: &PlanFields,
    at: &str,
    now: DateTime<Utc>,
    against: &mut Against,
) -> Step {
    if !update.products.is_empty() {
        against.violations.push(
            Violation::new(
                format!("{at}.products"),
                Code::WrongStatus,
                format!(
                    "the products of a media buy that was sent are its packages: change `packages`, or cancel them; this one is {}",
                    buy.status.as_str()
                ),
            )
            .with("status", buy.status.as_str()),
        );
    }
    let wanted = proposal(buy, update, plan, at, now, &mut against.violations);
    if wanted.goals.as_ref().is_some_and(Vec::is_empty) {
        against.unsupported = Some(
            "sellers have no way to clear the goals of a package: give it other goals, or cancel it"
                .to_owned(),
        );
    }
    let local = update.name.is_some() || update.paused.is_some();
    match Stand::of(buy) {
        Stand::InFlight => against.conflict(Conflict::InFlight, IN_FLIGHT, buy),
        Stand::Ended => against.conflict(
            Conflict::TerminalBuy,
            format!(
                "the media buy is {} and does not change any more",
                buy.status.as_str()
            ),
            buy,
        ),
        Stand::Unnamed if !wanted.is_empty() => against.conflict(
            Conflict::InFlight,
            "the seller has not decided about the media buy yet: change it when it has, or cancel it",
            buy,
        ),
        Stand::AtSeller if !wanted.is_empty() && forbidden(buy).is_some() => {
            let why = forbidden(buy).unwrap_or_default();
            against.conflict(Conflict::InFlight, why, buy);
        }
        Stand::Unnamed | Stand::AtSeller => {
            let renamed = rename(buy, update.name.as_deref());
            let paused = update.paused.is_some_and(|paused| pause(buy, paused, now));
            if !wanted.is_empty() {
                return Step::Sent(record(
                    buy,
                    ChangeKind::Update,
                    wanted,
                    update.reason.clone(),
                    now,
                ));
            }
            if renamed || paused {
                buy.updated_at = now;
                return Step::Done;
            }
            if local || update.products.is_empty() {
                return Step::AlreadySo;
            }
        }
    }
    Step::AlreadySo
}

fn rename(buy: &mut MediaBuy, name: Option<&str>) -> bool {
    let Some(name) = name.filter(|name| *name != buy.name) else {
        return false;
    };
    name.clone_into(&mut buy.name);
    true
}

/// Pauses a buy by itself, or takes that back; the campaign's own pause stays on it (decision 19).
fn pause(buy: &mut MediaBuy, paused: bool, now: DateTime<Utc>) -> bool {
    let before = (buy.own_pause, buy.wish, buy.status);
    buy.own_pause = paused;
    match (buy.status, paused) {
        (MediaBuyStatus::Active, true) => buy.wish = Some(Wish::Pause),
        (MediaBuyStatus::Paused, true) if buy.wish == Some(Wish::Resume) => {
            buy.wish = Some(Wish::Pause);
        }
        (MediaBuyStatus::Paused, false) if !buy.campaign_hold => {
            if buy.end <= now {
                buy.move_to(MediaBuyStatus::Completed, now);
            } else {
                buy.wish = Some(Wish::Resume);
            }
        }
        // A pause that was asked for may have reached the seller: ask to run.
        (MediaBuyStatus::Active, false) if !buy.campaign_hold && buy.wish == Some(Wish::Pause) => {
            buy.wish = Some(Wish::Resume);
        }
        _ => {}
    }
    before != (buy.own_pause, buy.wish, buy.status)
}

/// Ends a whole buy: at its seller where it is at one, and puts it away when it is a delete.
pub(super) fn end(
    buy: &mut MediaBuy,
    kind: ChangeKind,
    reason: Option<String>,
    now: DateTime<Utc>,
    against: &mut Against,
) -> Step {
    match Stand::of(buy) {
        Stand::InFlight => {
            against.conflict(Conflict::InFlight, IN_FLIGHT, buy);
            Step::AlreadySo
        }
        Stand::Ended if kind == ChangeKind::Delete && buy.status != MediaBuyStatus::Archived => {
            buy.move_to(MediaBuyStatus::Archived, now);
            Step::Done
        }
        Stand::Ended => {
            against.conflict(
                Conflict::TerminalBuy,
                format!(
                    "the media buy is {}: there is nothing left to end",
                    buy.status.as_str()
                ),
                buy,
            );
            Step::AlreadySo
        }
        Stand::Unnamed => {
            let held = buy
                .pending_change
                .as_ref()
                .is_some_and(|change| change.state == ChangeState::Held && change.kind == kind);
            if held {
                return Step::Held;
            }
            record(buy, kind, whole(), reason, now);
            if let Some(change) = &mut buy.pending_change {
                change.becomes(ChangeState::Held, now);
            }
            Step::Held
        }
        Stand::AtSeller => Step::Sent(record(buy, kind, whole(), reason, now)),
    }
}

fn whole() -> Proposal {
    Proposal {
        cancels: true,
        ..Proposal::default()
    }
}

/// Ends some packages; all that still run is the whole buy.
fn end_packages(
    buy: &mut MediaBuy,
    packages: &[PackageId],
    reason: Option<String>,
    at: &str,
    now: DateTime<Utc>,
    against: &mut Against,
) -> Step {
    let mut wanted = Proposal::default();
    for (index, id) in packages.iter().enumerate() {
        let path = format!("{at}.packageIds[{index}]");
        match buy.packages.iter().find(|package| package.id == *id) {
            None => against.violations.push(Violation::new(
                path,
                Code::NotFound,
                format!("there is no package `{id}` in this media buy"),
            )),
            Some(package) if package.status != PackageStatus::Canceled => {
                let mut change = PackageProposal::of(id.clone());
                change.cancels = true;
                wanted.packages.push(change);
            }
            Some(_) => {}
        }
    }
    let rest = buy.packages.iter().any(|package| {
        package.status != PackageStatus::Canceled && wanted.package(&package.id).is_none()
    });
    if !rest && !wanted.packages.is_empty() {
        return end(buy, ChangeKind::Cancel, reason, now, against);
    }
    match Stand::of(buy) {
        Stand::InFlight => against.conflict(Conflict::InFlight, IN_FLIGHT, buy),
        Stand::Ended => against.conflict(
            Conflict::TerminalBuy,
            format!(
                "the media buy is {}: there is nothing left to end",
                buy.status.as_str()
            ),
            buy,
        ),
        Stand::Unnamed => against.conflict(
            Conflict::InFlight,
            "the seller has not decided about the media buy yet: its packages can be cancelled when it has",
            buy,
        ),
        Stand::AtSeller if wanted.packages.is_empty() => {}
        Stand::AtSeller => {
            if let Some(why) = forbidden(buy) {
                against.conflict(Conflict::InFlight, why, buy);
                return Step::AlreadySo;
            }
            return Step::Sent(record(buy, ChangeKind::Cancel, wanted, reason, now));
        }
    }
    Step::AlreadySo
}

/// Puts a change down as on its way; its number. What a seller still thinks about goes with it,
/// so that the later request says all that is wanted.
pub(super) fn record(
    buy: &mut MediaBuy,
    kind: ChangeKind,
    wanted: Proposal,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> u32 {
    buy.changes = buy.changes.saturating_add(1);
    let earlier = buy
        .pending_change
        .take()
        .filter(|change| change.state == ChangeState::Submitted && !change.proposal.cancels);
    let proposal = match earlier {
        Some(earlier) if !wanted.cancels => earlier.proposal.with(wanted),
        _ => wanted,
    };
    buy.pending_change = Some(PendingChange {
        number: buy.changes,
        kind,
        state: ChangeState::Open,
        proposal,
        reason,
        asked_at: now,
        since: now,
        base_revision: buy.seller.revision,
        task_id: None,
        message: None,
        error: None,
    });
    buy.updated_at = now;
    buy.changes
}
