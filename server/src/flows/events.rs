//! What to tell the page: the difference between a campaign before and after a decision.

use chrono::{DateTime, Utc};
use flighting_core::campaign::Campaign;
use flighting_core::ids::MediaBuyId;
use flighting_core::media_buy::MediaBuy;
use serde_json::json;

use crate::store::NewEvent;

/// One event per status that moved, and one when a caller's command moved the revision.
pub(super) fn between(before: &Campaign, after: &Campaign, at: DateTime<Utc>) -> Vec<NewEvent> {
    let event = |kind: &str, buy: Option<&MediaBuy>, data| NewEvent {
        kind: kind.to_owned(),
        campaign_id: after.id().clone(),
        media_buy_id: buy.map(|buy| buy.id.clone()),
        data,
        at,
    };
    let mut events = Vec::new();
    if before.revision() != after.revision() {
        events.push(event(
            "campaign.updated",
            None,
            json!({ "campaignId": after.id().as_str(), "revision": after.revision() }),
        ));
    }
    if before.status() != after.status() {
        events.push(event(
            "campaign.status_changed",
            None,
            json!({
                "campaignId": after.id().as_str(),
                "previousStatus": before.status().as_str(),
                "newStatus": after.status().as_str(),
            }),
        ));
    }
    for buy in after.buys() {
        let earlier = before.buy(&buy.id);
        let same = earlier.is_some_and(|earlier| stands(earlier) == stands(buy));
        if same {
            continue;
        }
        events.push(event(
            "media_buy.status_changed",
            Some(buy),
            json!({
                "campaignId": after.id().as_str(),
                "mediaBuyId": buy.id.as_str(),
                "salesAgentId": buy.agent_id.as_str(),
                "previousStatus": earlier.map(|earlier| earlier.status.as_str()),
                "newStatus": buy.status.as_str(),
                "held": buy.is_held(),
            }),
        ));
    }
    events
}

/// What of a buy is told when it moves: its status, what waits, and for whom. How far a change of it
/// has come is part of it, since a seller decides about one long after the command that asked.
fn stands(buy: &MediaBuy) -> impl PartialEq + '_ {
    (
        (buy.status, buy.is_held(), buy.wish, buy.pending),
        &buy.flags,
        buy.needs_person.as_ref(),
        buy.pending_change
            .as_ref()
            .map(|change| (change.number, change.state)),
    )
}

/// New delivery figures of a campaign.
pub(super) fn delivered(campaign: &Campaign, buys: &[MediaBuyId], at: DateTime<Utc>) -> NewEvent {
    NewEvent {
        kind: "delivery.updated".to_owned(),
        campaign_id: campaign.id().clone(),
        media_buy_id: None,
        data: json!({ "campaignId": campaign.id().as_str(), "mediaBuyIds": buys }),
        at,
    }
}
