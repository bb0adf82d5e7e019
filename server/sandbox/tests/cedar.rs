//! The agent that refuses above a budget and wants creatives first.

mod support;

use serde_json::{Value, json};
use support::{Market, account, cents, january};

fn package(budget: f64) -> Value {
    json!({
        "product_id": "cedar_documentaries",
        "pricing_option_id": "cpm_usd_fixed",
        "budget": budget,
    })
}

fn video(market: &Market) -> Value {
    json!({
        "creative_id": "crv_1",
        "name": "Spot",
        "format_id": {"agent_url": market.url("cedar"), "id": "video_30s"},
        "assets": {"video": {"asset_type": "video", "url": "https://cdn.acme.example/spot.mp4"}},
    })
}

#[tokio::test]
async fn the_total_is_refused_one_cent_above_the_most() {
    let market = Market::open().await;
    let order = market.order(json!([package(30_000.0), package(20_000.01)]));
    let error = market.refused("cedar", "create_media_buy", order).await;
    assert_eq!(error["code"], "POLICY_VIOLATION");
    assert_eq!(error["recovery"], "correctable");
    assert_eq!(error["field"], "packages");
    assert_eq!(
        error["details"],
        json!({"maximum_budget": 50_000, "currency": "USD"})
    );
    assert!(error["suggestion"].as_str().is_some());
    let order = market.order(json!([package(30_000.0), package(20_000.0)]));
    market.call("cedar", "create_media_buy", order).await;
}

#[tokio::test]
async fn a_buy_waits_for_creatives_and_runs_from_the_moment_they_come() {
    let market = Market::open().await;
    let order = market.order(json!([package(4_000.0), package(4_000.0)]));
    let bought = market.call("cedar", "create_media_buy", order).await;
    let id = bought["media_buy_id"].clone();
    assert_eq!(bought["media_buy_status"], "pending_creatives");
    assert!(
        bought["valid_actions"]
            .as_array()
            .unwrap()
            .contains(&json!("sync_creatives"))
    );
    let error = market
        .refused(
            "cedar",
            "update_media_buy",
            market.change(&id, json!({"paused": true})),
        )
        .await;
    assert_eq!(error["code"], "INVALID_STATE");

    market.set(january(16));
    let sync = |package: &Value| {
        json!({
            "idempotency_key": market.key(),
            "account": account(),
            "creatives": [video(&market)],
            "assignments": [{"creative_id": "crv_1", "package_id": package["package_id"]}],
        })
    };
    let one = market
        .call("cedar", "sync_creatives", sync(&bought["packages"][0]))
        .await;
    assert_eq!(one["creatives"][0]["action"], "created");
    assert_eq!(market.status("cedar", &id).await, "pending_creatives");
    let two = market
        .call("cedar", "sync_creatives", sync(&bought["packages"][1]))
        .await;
    assert_eq!(two["creatives"][0]["action"], "unchanged");
    assert_eq!(market.status("cedar", &id).await, "active");
    assert_eq!(
        cents(&market.delivery("cedar", &id).await["totals"]["spend"]),
        0
    );

    let grown = json!({"new_packages": [package(3_000.0)]});
    let error = market
        .refused("cedar", "update_media_buy", market.change(&id, grown))
        .await;
    assert_eq!(error["code"], "UNSUPPORTED_FEATURE");
    market.set(january(30));
    let delivery = market.delivery("cedar", &id).await;
    assert_eq!(cents(&delivery["totals"]["spend"]), 800_000);
}

#[tokio::test]
async fn creatives_stand_for_themselves() {
    let market = Market::open().await;
    let mut unknown = video(&market);
    unknown["creative_id"] = json!("crv_2");
    unknown["format_id"]["id"] = json!("hologram");
    let answer = market
        .call(
            "cedar",
            "sync_creatives",
            json!({
                "idempotency_key": market.key(),
                "account": account(),
                "creatives": [video(&market), unknown],
                "assignments": [{"creative_id": "crv_1", "package_id": "nothing"}],
            }),
        )
        .await;
    assert_eq!(answer["creatives"][0]["action"], "created");
    assert!(answer["creatives"][0]["assignment_errors"]["nothing"].is_string());
    assert_eq!(answer["creatives"][1]["action"], "failed");
    assert_eq!(
        answer["creatives"][1]["errors"][0]["code"],
        "CREATIVE_REJECTED"
    );
    let held = market.call("cedar", "list_creatives", json!({})).await;
    assert_eq!(
        held["query_summary"],
        json!({"total_matching": 1, "returned": 1})
    );
}

#[tokio::test]
async fn a_buy_without_creatives_ends_rejected() {
    let market = Market::open().await;
    let bought = market
        .call(
            "cedar",
            "create_media_buy",
            market.order(json!([package(4_000.0)])),
        )
        .await;
    market.set(january(30));
    let listed = market
        .call(
            "cedar",
            "get_media_buys",
            json!({"media_buy_ids": [bought["media_buy_id"]]}),
        )
        .await;
    assert_eq!(listed["media_buys"][0]["status"], "rejected");
    assert!(listed["media_buys"][0]["rejection_reason"].is_string());
}
