//! Answers of an executed campaign: what callers and the page see of buys, packages, delivery,
//! status and discovery.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

#[path = "../common/mod.rs"]
mod common;

mod discovery;
mod media_buys;

use common::*;
use flighting_core::campaign::{Campaign, CampaignStatus};
use flighting_core::execution::{self, Answer};
use flighting_core::media_buy::{MediaBuyStatus, SellerBuyStatus};
use flighting_core::wire::Json;
use flighting_core::wire::campaign::read_update;
use flighting_core::wire::execute::{LifecycleOut, MediaBuyResult, SubmissionError, Warning};
use flighting_core::wire::status::{Asked, MediaBuyStatusOut, RefreshSource};
use serde_json::json;

/// Two products of one agent that runs, one of an agent that did not answer, three periods.
fn executed() -> Campaign {
    let mut campaign = campaign_of(fields("300000", Some(three_periods())));
    let selection = [
        product("north", "ctv", Some("100000")),
        product("north", "audio", Some("50000.01")),
        product("south", "display", Some("1000")),
    ];
    let mut ids = Sequence::default();
    execute(&mut campaign, &selection, &mut ids, BEFORE).unwrap();
    let outcomes = [
        accepted(&campaign.buys()[0], SellerBuyStatus::Active),
        outcome(&campaign.buys()[1], silent()),
    ];
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    campaign
}

fn advertiser() -> flighting_core::advertiser::Advertiser {
    serde_json::from_value(json!({
        "id": "adv_1", "name": "Acme", "description": null, "brand": "acme.example", "currency": "USD",
        "apply_mode": "MANUAL", "margin_percent": 0, "sandbox": true, "caps": [], "status": "ACTIVE",
        "created_at": BEFORE, "updated_at": BEFORE, "revision": 1,
    }))
    .unwrap()
}

#[test]
fn the_roll_up_is_explained() {
    let campaign = executed();
    let view = flighting_core::wire::campaign::CampaignView {
        campaign: &campaign,
        advertiser: &advertiser(),
        selection: &[],
    };
    let answer =
        serde_json::to_value(flighting_core::wire::campaign::CampaignOut::of(view).unwrap())
            .unwrap();
    assert_eq!(answer["mediaBuyStatus"], "PENDING_APPROVAL");
    assert_eq!(
        answer["mediaBuyStatusCounts"],
        json!({"ACTIVE": 1, "PENDING_APPROVAL": 1})
    );
    assert_eq!(
        answer["mediaBuyStatusReason"]["mediaBuyId"],
        campaign.buys()[1].id.as_str()
    );
    assert_eq!(answer["mediaBuyStatusReason"]["rule"], "most_restrictive");
    assert_eq!(answer["allocatedBudget"], json!(151000.01));
    assert_eq!(answer["unallocatedBudget"], json!(148999.99));
    assert_eq!(answer.get("discoveryId"), None);
    assert_eq!(answer["pacingPeriods"]["periods"][0]["executed"], true);
    // What was executed can be put back unchanged.
    let body: Json = serde_json::from_value(json!({
        "pacingPeriods": answer["pacingPeriods"], "fees": answer["fees"], "budget": answer["budget"],
        "flightDates": answer["flightDates"],
    }))
    .unwrap();
    let update = read_update(&body, &campaign).unwrap();
    assert_eq!(update.plan, *campaign.plan());
}

#[test]
fn a_held_buy_is_neither_success_nor_failure() {
    let campaign = executed();
    let result = |index: usize, success, held| {
        let buy = &campaign.buys()[index];
        MediaBuyResult {
            media_buy_id: buy.id.to_string(),
            name: buy.name.clone(),
            previous_status: buy.status,
            new_status: buy.status,
            success,
            held,
            error: None,
        }
    };
    let both = LifecycleOut::of(
        &campaign,
        CampaignStatus::Active,
        vec![result(0, true, false), result(1, false, true)],
        vec![],
    );
    assert_eq!(
        (
            both.total_media_buys,
            both.success_count,
            both.failure_count,
            both.held_count
        ),
        (2, 1, 0, 1)
    );
    assert!(both.success);
    let failed = LifecycleOut::of(
        &campaign,
        CampaignStatus::Active,
        vec![result(0, false, false)],
        vec![],
    );
    assert!(!failed.success);
}

#[test]
fn refreshing_tells_what_changed_and_where_it_is_from() {
    let before = executed();
    let mut after = before.clone();
    let no_longer_silent = outcome(
        &after.buys()[1],
        Answer::Accepted(seller_buy(&after.buys()[1], SellerBuyStatus::Active)),
    );
    execution::settle(&mut after, &[no_longer_silent], at(BEFORE));
    let status = MediaBuyStatusOut::of(
        &before,
        &after,
        Asked {
            agents_queried: 2,
            errors: vec![],
        },
        |_| (RefreshSource::DirectAgent, None),
    )
    .unwrap();
    let updated: Vec<_> = status.media_buys.iter().map(|row| row.updated).collect();
    assert_eq!(updated, [false, true]);
    assert_eq!(
        status.media_buys[1].previous_internal_status,
        MediaBuyStatus::PendingApproval
    );
    assert_eq!(status.media_buys[1].internal_status, MediaBuyStatus::Active);
    let text = serde_json::to_string(&status).unwrap();
    assert!(
        text.contains(r#""status_refresh_source":"direct_agent""#),
        "{text}"
    );
}

#[test]
fn errors_and_warnings_have_the_shape_callers_know() {
    let error = SubmissionError::for_buy("mb_1".into(), "agt_1".into(), &no("no_answer"), None);
    assert_eq!(
        serde_json::to_value(&error).unwrap(),
        json!({"mediaBuyId": "mb_1", "salesAgentId": "agt_1", "code": "no_answer", "message": "no"})
    );
    let plan = fields("1000", None);
    let campaign = campaign_of(plan);
    let too_much = [product("north", "ctv", Some("1000.01"))];
    let preview = execution::preview(&campaign, &too_much, &mut preview_ids(), at(BEFORE)).unwrap();
    let warnings: Vec<Warning> = preview.warnings.iter().map(Into::into).collect();
    assert_eq!(
        serde_json::to_value(&warnings).unwrap(),
        json!([{"type": "over_allocated", "shortBy": 0.01, "currency": "USD"}])
    );
}
