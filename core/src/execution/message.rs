//! What a seller tells by itself about the task that decides about a buy. Messages come late, twice
//! and out of order: what is older than what is known changes nothing (decision 18).

use chrono::{DateTime, Utc};

use super::answer::{Answer, Outcome};
use super::settle::{Settled, exists_after_all, settle};
use crate::campaign::Campaign;
use crate::media_buy::{MediaBuy, SubmissionState};

/// Takes in a message that the seller made at `told_at`, by its own clock. `None` when it is late:
/// nothing changed.
pub fn take_message(
    campaign: &mut Campaign,
    outcome: &Outcome,
    told_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<Settled> {
    let buy = campaign.buy(&outcome.media_buy_id)?;
    if outcome.request != buy.requests || is_late(buy, &outcome.answer, told_at) {
        return None;
    }
    let settled = settle(campaign, std::slice::from_ref(outcome), now);
    if let Some(buy) = campaign.buy_mut(&outcome.media_buy_id) {
        buy.seller.told_at = Some(told_at);
    }
    Some(settled)
}

/// Whether something younger is known already: a younger message of the seller's, a buy where the
/// message still speaks of its task, or a later revision of that buy.
fn is_late(buy: &MediaBuy, answer: &Answer, told_at: DateTime<Utc>) -> bool {
    if exists_after_all(buy, answer) {
        return false;
    }
    if buy.status.has_ended() || buy.seller.told_at.is_some_and(|known| known > told_at) {
        return true;
    }
    let is_placed = buy.submission == SubmissionState::Closed && buy.seller.media_buy_id.is_some();
    match answer {
        Answer::Accepted(told) => {
            is_placed
                && match (buy.seller.revision, told.revision) {
                    (Some(known), Some(told)) => told < known,
                    _ => !buy.status.is_waiting(),
                }
        }
        Answer::Waiting(_)
        | Answer::NeedsInput(_)
        | Answer::Rejected(_)
        | Answer::Canceled(_)
        | Answer::Failed(_)
        | Answer::Silent(_) => is_placed,
    }
}
