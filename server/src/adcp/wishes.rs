//! Answers to pausing and resuming (decision 19).

use flighting_core::execution::{Silence, WishAnswer};
use flighting_core::media_buy::{SellerBuyStatus, Wish};

use super::errors::{error_in, speaks_of_error};
use super::exchange::Reply;
use super::map::{NOT_STATED, buy_status, wire_buy};
use super::rpc::short;
use super::verdict::{not_sent, plain, turned_error};

/// Reads the answer to pausing or resuming (decision 19). An acknowledgement confirms, unless it
/// says of the buy that it is in another state, or speaks of another buy than the one asked for.
#[must_use]
pub fn wish(reply: &Reply, seller_buy_id: &str, wish: Wish) -> WishAnswer {
    let body = match reply {
        Reply::Answer { body, marked_error } => {
            let wire = wire_buy(body);
            let failed = *marked_error
                || body.get("adcp_error").is_some_and(|error| !error.is_null())
                || matches!(wire.status.as_deref(), Some("failed" | "rejected"))
                || (wire.media_buy_id.is_none() && speaks_of_error(body));
            if failed {
                let error = error_in(body).unwrap_or_else(|| {
                    plain(
                        "refused",
                        wire.message.as_deref(),
                        "the seller refused without a reason",
                    )
                });
                return WishAnswer::NotConfirmed(error);
            }
            wire
        }
        Reply::TurnedAway(turned) => return WishAnswer::NotConfirmed(turned_error(turned)),
        Reply::NeverLeft {
            reason,
            http_status,
        } => return WishAnswer::NotConfirmed(not_sent(reason, *http_status)),
        Reply::NoAnswer {
            reason,
            http_status: _,
        } => return WishAnswer::NotConfirmed(plain(Silence::CODE, Some(reason), reason)),
    };
    if let Some(word @ ("submitted" | "working" | "input-required" | "auth-required")) =
        body.status.as_deref()
    {
        return WishAnswer::NotConfirmed(plain(
            "not_confirmed",
            None,
            &format!("the seller answered `{word}`"),
        ));
    }
    if let Some(other) = body
        .media_buy_id
        .as_deref()
        .filter(|id| *id != seller_buy_id)
    {
        return WishAnswer::NotConfirmed(plain(
            "not_confirmed",
            None,
            &format!(
                "expected an answer about the media buy `{seller_buy_id}`, got one about `{}`",
                short(other)
            ),
        ));
    }
    let stated = buy_status(&body);
    let confirms = match (&stated, wish) {
        (None, _) => body.media_buy_id.is_some(),
        (Some(SellerBuyStatus::Paused), wish) => wish == Wish::Pause,
        (
            Some(
                SellerBuyStatus::Active
                | SellerBuyStatus::PendingStart
                | SellerBuyStatus::PendingCreatives,
            ),
            wish,
        ) => wish == Wish::Resume,
        (
            Some(
                SellerBuyStatus::Completed
                | SellerBuyStatus::Rejected
                | SellerBuyStatus::Canceled
                | SellerBuyStatus::Unknown(_),
            ),
            _,
        ) => false,
    };
    if confirms {
        return WishAnswer::Confirmed {
            revision: body.revision,
        };
    }
    let word = stated.as_ref().map_or(NOT_STATED, SellerBuyStatus::as_str);
    WishAnswer::NotConfirmed(plain(
        "not_confirmed",
        None,
        &format!("the seller acknowledged and says `{word}` of the buy"),
    ))
}
