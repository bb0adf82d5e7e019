//! A seller's question and its answer: who may answer what, and what stays when the answer reaches
//! nobody. An answer is a submission of its own: recorded, sent once, reconciled when it is lost.

use chrono::{DateTime, Utc};

use crate::campaign::Campaign;
use crate::error::{Conflict, Refusal};
use crate::ids::MediaBuyId;
use crate::media_buy::{
    MediaBuy, MediaBuyStatus, OpenTask, PendingReason, SellerError, SubmissionState,
};

/// Records that the question of a buy's seller will be answered: part of the commit before the
/// answer is sent. The revision moves by one.
///
/// # Errors
/// No such buy, or one whose seller asks nothing; one whose request is on its way; a seller that
/// cannot be answered over its protocol, in the seller's words.
pub fn begin_answer(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    now: DateTime<Utc>,
) -> Result<OpenTask, Refusal> {
    let Some(buy) = campaign.buy_mut(id) else {
        return Err(asks_nothing("UNKNOWN"));
    };
    if buy.is_in_flight() {
        return Err(Refusal::Conflict {
            what: Conflict::InFlight,
            message: "a request for this media buy is on its way; try again when it is answered"
                .to_owned(),
            media_buys: vec![id.to_string()],
        });
    }
    if !asks(buy) {
        return Err(asks_nothing(buy.status.as_str()));
    }
    let Some(open) = buy.seller.open_task.clone() else {
        return Err(Refusal::Unsupported(match &buy.seller.message {
            Some(words) => format!(
                "expected a seller that can be answered here, got one that takes answers elsewhere; it says: `{words}`"
            ),
            None => {
                "expected a seller that can be answered here, got one that takes answers elsewhere"
                    .to_owned()
            }
        }));
    };
    buy.submission = SubmissionState::Open;
    buy.requests += 1;
    buy.failure = None;
    buy.updated_at = now;
    campaign.revision += 1;
    campaign.updated_at = now;
    Ok(open)
}

/// Takes back that an answer is on its way: it reached nobody, or was turned away before anything
/// ran. The question stands.
pub fn question_stands(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    error: &SellerError,
    now: DateTime<Utc>,
) {
    if let Some(buy) = campaign.buy_mut(id)
        && buy.submission == SubmissionState::Open
        && asks(buy)
    {
        buy.submission = SubmissionState::Closed;
        buy.failure = Some(error.clone());
        buy.updated_at = now;
        campaign.updated_at = now;
    }
}

fn asks(buy: &MediaBuy) -> bool {
    buy.status == MediaBuyStatus::InputRequired
        && buy
            .pending
            .is_some_and(|pending| pending.reason == PendingReason::InputRequested)
}

fn asks_nothing(is: &'static str) -> Refusal {
    Refusal::WrongPhase {
        is,
        allowed: &["INPUT_REQUIRED"],
        message: "expected a media buy whose seller asks something, got one without a question"
            .to_owned(),
    }
}
