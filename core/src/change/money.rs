//! The money and the flight while changes are undecided: nothing of ours may leave less media
//! money than is allocated, whatever sellers answer (decisions 4, 5 and 21). What a smaller plan
//! needs sellers for waits until they have said yes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::budget::{self, Budget, Fee};
use crate::campaign::{Campaign, PlanFields, over_budget};
use crate::error::Refusal;
use crate::flight::Flight;
use crate::ids::MediaBuyId;
use crate::media_buy::ChangeState;
use crate::money::Money;

/// A smaller budget or a narrower flight that waits for sellers to confirm what makes room for
/// it: packages first, the plan after them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PendingPlan {
    /// The flight as it shall be.
    pub flight: Option<Flight>,
    /// The budget and the fees as they shall be.
    pub money: Option<(Budget, Vec<Fee>)>,
    /// Changes that have to be confirmed first: the buy and the change's number.
    pub waits_for: Vec<(MediaBuyId, u32)>,
}

/// What the new plan means for the money.
pub(crate) enum Room {
    /// It fits whatever sellers answer.
    Now,
    /// It fits once the changes of this request are confirmed.
    AfterConfirmation,
}

/// Whether the money of a plan covers what is allocated, now and once the changes are confirmed.
/// `before` is the campaign as it was, `next` with its changes recorded under the old plan.
pub(crate) fn room(
    before: &Campaign,
    next: &Campaign,
    plan: &PlanFields,
    sent: &[(MediaBuyId, u32)],
) -> Result<Room, Refusal> {
    let media = budget::media_budget(plan.budget.total, &plan.fees)?;
    let old = before.media_budget()?;
    let allocated = before.allocated()?;
    let worst = next.allocated()?;
    if worst.minor() <= media.minor() {
        return Ok(Room::Now);
    }
    let lowers = media.minor() < old.minor();
    let raises = worst.minor() > allocated.minor();
    if !lowers && !raises {
        // Spending above plan is the sellers' doing; a command that takes no more is not blamed.
        return Ok(Room::Now);
    }
    let after = confirmed(next, sent)?;
    let waits = lowers && after.minor() <= media.minor();
    if waits && (!raises || worst.minor() <= old.minor()) {
        return Ok(Room::AfterConfirmation);
    }
    let needed = if lowers && !waits { after } else { worst };
    Err(over_budget(needed, media, &plan.fees))
}

/// What is allocated once the changes of a request are confirmed.
fn confirmed(next: &Campaign, sent: &[(MediaBuyId, u32)]) -> Result<Money, Refusal> {
    let currency = next.currency();
    next.buys()
        .iter()
        .try_fold(Money::zero(currency), |sum, buy| {
            let change = buy.undecided_change().filter(|change| {
                sent.iter()
                    .any(|(id, number)| *id == buy.id && *number == change.number)
            });
            sum.plus(match change {
                Some(change) => buy.holds_with(&change.proposal, currency)?,
                None => buy.allocated(currency)?,
            })
        })
}

impl Campaign {
    /// Takes the plan that waited when every change it waited for is confirmed, and drops it when
    /// one was refused. `true` when anything moved.
    pub(crate) fn settle_pending_plan(&mut self, now: DateTime<Utc>) -> bool {
        let Some(pending) = &self.pending_plan else {
            return false;
        };
        let mut waits = false;
        for (id, number) in &pending.waits_for {
            let Some(buy) = self.buy(id).filter(|buy| !buy.status.has_ended()) else {
                continue;
            };
            match &buy.pending_change {
                Some(change) if change.number == *number => match change.state {
                    ChangeState::Refused | ChangeState::Expired => {
                        self.pending_plan = None;
                        self.updated_at = now;
                        return true;
                    }
                    ChangeState::Approved => {}
                    ChangeState::Held
                    | ChangeState::Open
                    | ChangeState::Silent
                    | ChangeState::Submitted => waits = true,
                },
                // A later change says all that the earlier one did: it is waited for instead.
                Some(change) if change.number > *number && change.state.is_undecided() => {
                    waits = true;
                }
                _ => {}
            }
        }
        if waits {
            return false;
        }
        let Some(PendingPlan { flight, money, .. }) = self.pending_plan.take() else {
            return false;
        };
        if let Some((budget, fees)) = money {
            let fits = budget::media_budget(budget.total, &fees)
                .and_then(|media| Ok(self.allocated()?.minor() <= media.minor()));
            if fits == Ok(true) {
                self.plan.budget = budget;
                self.plan.fees = fees;
            }
        }
        if let Some(flight) = flight {
            let holds = self
                .buys
                .iter()
                .filter(|buy| !buy.status.has_ended())
                .all(|buy| buy.end <= flight.end());
            if holds {
                self.plan.flight = flight;
            }
        }
        self.updated_at = now;
        true
    }
}
