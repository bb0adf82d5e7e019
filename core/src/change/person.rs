//! A change of which only a person can tell whether its seller applied it (decision 15): it was
//! not answered, cannot be sent again, and the buy does not show it.

use chrono::{DateTime, Utc};

use super::{ChangeAnswer, ChangeOutcome, settle_change};
use crate::campaign::Campaign;
use crate::execution::{FollowUp, SellerBuy, observe};
use crate::ids::MediaBuyId;
use crate::media_buy::{ChangeState, MediaBuy, NeedsPerson, PersonReason, SellerError};

/// Notes that the unanswered change of this number waits for a person. The time of an unchanged
/// reason stays; `false` when nothing changed, or the change was settled meanwhile, whatever change
/// of the buy is under way now.
pub fn wait_for_person(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    number: u32,
    reason: PersonReason,
    message: &str,
    now: DateTime<Utc>,
) -> bool {
    let is_it = |buy: &MediaBuy| {
        let pending = buy.pending_change.as_ref();
        is_unanswered(buy) && pending.is_some_and(|change| change.number == number)
    };
    let Some(buy) = campaign.buy_mut(id).filter(|buy| is_it(buy)) else {
        return false;
    };
    let before = buy.needs_person.take();
    let since = before
        .as_ref()
        .filter(|before| before.reason == reason)
        .map_or(now, |before| before.since);
    buy.needs_person = Some(NeedsPerson {
        reason,
        message: message.to_owned(),
        since,
        candidates: Vec::new(),
    });
    let changed = buy.needs_person != before;
    if changed {
        buy.updated_at = now;
    }
    changed
}

/// Whether a change of the buy was sent and nobody knows what became of it.
#[must_use]
pub(crate) fn is_unanswered(buy: &MediaBuy) -> bool {
    buy.pending_change
        .as_ref()
        .is_some_and(|change| change.state == ChangeState::Silent)
}

/// Whether a person may say what became of a change of the buy.
#[must_use]
pub(crate) fn waits_for_person(buy: &MediaBuy) -> bool {
    is_unanswered(buy) && buy.needs_person.is_some()
}

/// A person says what became of it: applied, and this is the buy now; or never applied, with why
/// in the words of an error.
pub(crate) fn told_by_person(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    told: Result<&SellerBuy, SellerError>,
    now: DateTime<Utc>,
) -> Vec<FollowUp> {
    let number = campaign
        .buy(id)
        .and_then(|buy| buy.pending_change.as_ref())
        .map(|change| change.number);
    let Some(number) = number else {
        return Vec::new();
    };
    let answer = match &told {
        Ok(seller) => ChangeAnswer::Applied(Box::new(SellerBuy::clone(seller))),
        Err(error) => ChangeAnswer::Refused(error.clone()),
    };
    let outcome = ChangeOutcome {
        media_buy_id: id.clone(),
        number,
        answer,
    };
    let mut follow_ups = settle_change(campaign, &outcome, now);
    if let Ok(seller) = told {
        // What the seller holds besides is taken in with it, and told where it differs.
        follow_ups.extend(observe(campaign, id, seller, now));
    }
    follow_ups
}
