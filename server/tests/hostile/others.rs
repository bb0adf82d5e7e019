//! Sellers that speak of what is not theirs to speak of: other buys, other money, two verdicts in
//! one answer.

use std::sync::Arc;

use chrono::TimeDelta;
use flighting_core::execution::{Answer, WishAnswer};
use flighting_core::ids::AgentId;
use flighting_core::media_buy::Wish;
use flighting_server::adcp::{SalesAgent, Which, WishRequest};
use serde_json::{Value, json};

use super::canned::{Act, Canned, buyer, create_arguments, recorded, soon, usd};
use super::support::TestApp;
use super::support::seller::{Does, Seller, shared};

#[tokio::test]
async fn a_pause_of_another_buy_confirms_nothing() {
    let bodies = recorded().await;
    let seller = Canned::start(&bodies, |task, _| match task {
        "update_media_buy" => Act::Body(
            json!({"status": "completed", "media_buy_id": "another", "media_buy_status": "paused", "revision": 9}),
        ),
        _ => Act::Decent,
    })
    .await;
    let wish = WishRequest {
        seller_buy_id: "ours",
        wish: Wish::Pause,
        revision: None,
        idempotency_key: "pause-0123456789abcdef",
    };
    let (answer, _) = seller.client().ask(&buyer(), wish, soon()).await;
    let WishAnswer::NotConfirmed(error) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(error.code, "not_confirmed");
    assert!(error.message.contains("`another`"), "{}", error.message);
}

#[tokio::test]
async fn success_and_errors_at_once_are_silence_with_the_id_kept() {
    let bodies = recorded().await;
    let seller = Canned::start(&bodies, |task, _| match task {
        "create_media_buy" => Act::Body(
            json!({"status": "completed", "media_buy_id": "s_1", "media_buy_status": "active", "packages": [],
                "errors": [{"code": "BUDGET_TOO_LOW", "message": "no", "recovery": "terminal"}]}),
        ),
        _ => Act::Decent,
    })
    .await;
    let placed = seller
        .client()
        .create(&create_arguments(), usd(), soon())
        .await;
    let Answer::Silent(silence) = placed.reading.answer else {
        panic!("{:?}", placed.reading);
    };
    assert_eq!(silence.seller_media_buy_id.as_deref(), Some("s_1"));
}

#[tokio::test]
async fn other_money_is_never_taken_for_ours() {
    let bodies = recorded().await;
    let euros = |mut body: Value, list: Option<&str>| {
        let buy = match list {
            Some(list) => &mut body[list][0],
            None => &mut body,
        };
        buy["currency"] = json!("EUR");
        for package in buy["packages"].as_array_mut().into_iter().flatten() {
            package["currency"] = json!("EUR");
        }
        body
    };
    let created = euros(bodies["create_media_buy"].clone(), None);
    let listed = euros(bodies["get_media_buys"].clone(), Some("media_buys"));
    let mut report = bodies["get_media_buy_delivery"].clone();
    report["currency"] = json!("EUR");
    for delivery in report["media_buy_deliveries"].as_array_mut().unwrap() {
        for package in delivery["by_package"].as_array_mut().unwrap() {
            package["currency"] = json!("EUR");
            package["spend"] = json!(77);
        }
    }
    let seller = Canned::start(&bodies, move |task, _| match task {
        "create_media_buy" => Act::Body(created.clone()),
        "get_media_buys" => Act::Body(listed.clone()),
        "get_media_buy_delivery" => Act::Body(report.clone()),
        _ => Act::Decent,
    })
    .await;
    let agent = seller.client();
    let placed = agent.create(&create_arguments(), usd(), soon()).await;
    let Answer::Accepted(buy) = placed.reading.answer else {
        panic!("{:?}", placed.reading);
    };
    assert_eq!(buy.packages, None, "what cannot be compared is not equal");
    let seen = agent
        .media_buys(&buyer(), Which::All, usd(), soon())
        .await
        .unwrap();
    assert_eq!(seen[0].buy.packages, None);
    let ids = [buy.media_buy_id];
    let figures = agent
        .delivery(&buyer(), &ids, None, usd(), soon())
        .await
        .unwrap();
    let shown = format!("{figures:?}");
    assert!(!shown.contains("7700"), "euros became dollars: {shown}");
}

/// Two products of one seller, bought one after the other.
async fn two_buys(second: Does) -> (TestApp, Arc<Seller>, AgentId, String) {
    let test = TestApp::start().await;
    let id = test.paper_agent("Scripted").await;
    let (seller, agent) = shared(Seller::new(id.clone(), []));
    test.app.agents.script(id.clone(), agent);
    let other = test.paper_agent("Other").await;
    let (_, agent) = shared(Seller::new(other.clone(), []));
    test.app.agents.script(other.clone(), agent);
    let advertiser = test.advertiser().await;
    let body = json!({"advertiserId": advertiser, "name": "Two", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 10_000}});
    let data = test.post("/campaigns", body).await.data(201);
    let campaign = data["campaign"]["campaignId"].as_str().unwrap().to_owned();
    let search = json!({"advertiserId": advertiser, "campaignId": campaign});
    let found = test
        .post("/discovery/discover-products", search)
        .await
        .data(200);
    let path = format!(
        "/discovery/{}/products",
        found["discoveryId"].as_str().unwrap()
    );
    let choose = |agent: &str| json!({"products": [{"productId": "banner", "salesAgentId": agent, "budget": 1000}]});
    test.post(&path, choose(id.as_str())).await.data(200);
    test.post(&path, choose(other.as_str())).await.data(200);
    let execute = format!("/campaigns/{campaign}/execute");
    // It is bought as `b1`.
    test.post(&execute, json!({})).await.data(200);
    // It ends at the seller, is selected anew, and bought once more.
    seller.set_status(flighting_core::media_buy::SellerBuyStatus::Canceled);
    test.get(&format!("/campaigns/{campaign}/media-buy-status"))
        .await
        .data(200);
    let removal = json!({"products": [{"productId": "banner", "salesAgentId": id.as_str()}]});
    let request = test.json(axum::http::Method::DELETE, &path, &removal);
    test.send(request).await.data(200);
    test.pass(TimeDelta::seconds(1)).await;
    test.post(&path, choose(id.as_str())).await.data(200);
    seller.tell(second);
    test.post(&execute, json!({})).await.data(200);
    (test, seller, id, campaign)
}

async fn buys(test: &TestApp, agent: &AgentId, campaign: &str) -> Vec<Value> {
    let data = test.get(&format!("/campaigns/{campaign}")).await.data(200);
    let all = data["campaign"]["mediaBuys"].as_array().unwrap();
    all.iter()
        .filter(|buy| buy["salesAgentId"] == agent.as_str())
        .cloned()
        .collect()
}

#[tokio::test]
async fn an_answer_with_the_id_of_another_buy_links_nothing() {
    let (test, seller, agent, campaign) = two_buys(Does::AcceptsAs("b1")).await;
    let shown = buys(&test, &agent, &campaign).await;
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(shown[0]["sellerMediaBuyId"], "b1");
    assert_eq!(shown[1]["submission"], "silent", "{}", shown[1]);
    assert!(shown[1]["sellerMediaBuyId"].is_null(), "{}", shown[1]);
    assert_eq!(seller.ledger().len(), 2);
    // Reconciling finds it under its own id, by what we sent along.
    test.pass(TimeDelta::seconds(60)).await;
    let shown = buys(&test, &agent, &campaign).await;
    assert_eq!(shown[1]["sellerMediaBuyId"], "b2", "{}", shown[1]);
    assert_eq!(shown[1]["status"], "ACTIVE");
    assert_eq!(seller.ledger().len(), 2);
    test.end().await;
}
