//! Changing media buys of a running campaign over REST: what each seller says stands beside the
//! campaign, live values stay until it said yes, and nothing is lost or done twice.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[path = "../support/mod.rs"]
mod support;

mod ends;
mod packages;
mod periods;
mod sandbox;
mod undecided;

use std::sync::Arc;

use serde_json::{Value, json};
use support::TestApp;
use support::seller::{Seller, shared};

/// A campaign of March to May 2027 whose banners several sellers sell, executed; its id.
async fn executed(test: &TestApp, sellers: &[Arc<Seller>], pacing: Value) -> String {
    let advertiser = test.advertiser().await;
    let mut body = json!({
        "advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"},
        "budget": {"total": 1000},
    });
    if !pacing.is_null() {
        body["pacingPeriods"] = pacing;
    }
    let id = test.post("/campaigns", body).await.data(201)["campaign"]["campaignId"]
        .as_str()
        .unwrap()
        .to_owned();
    let found = test
        .post(
            "/discovery/discover-products",
            json!({"advertiserId": advertiser, "campaignId": id}),
        )
        .await
        .data(200);
    let chosen: Vec<Value> = sellers
        .iter()
        .map(|seller| json!({"productId": "banner", "salesAgentId": seller.id().as_str(), "budget": 300}))
        .collect();
    let session = found["discoveryId"].as_str().unwrap();
    test.post(
        &format!("/discovery/{session}/products"),
        json!({"products": chosen}),
    )
    .await
    .data(200);
    test.post(&format!("/campaigns/{id}/execute"), json!({}))
        .await
        .data(200);
    id
}

async fn register(test: &TestApp, change: impl FnOnce(Seller) -> Seller) -> Arc<Seller> {
    let id = test.paper_agent("Scripted").await;
    let (seller, agent) = shared(change(Seller::new(id.clone(), [])));
    test.app.agents.script(id, agent);
    seller
}

/// One seller with one bought banner of 300 out of 1,000.
async fn one(change: impl FnOnce(Seller) -> Seller) -> (TestApp, Arc<Seller>, String) {
    let test = TestApp::start().await;
    let seller = register(&test, change).await;
    let id = executed(&test, &[Arc::clone(&seller)], Value::Null).await;
    (test, seller, id)
}

async fn campaign(test: &TestApp, id: &str) -> Value {
    test.get(&format!("/campaigns/{id}")).await.data(200)["campaign"].clone()
}

async fn buy(test: &TestApp, id: &str) -> Value {
    campaign(test, id).await["mediaBuys"][0].clone()
}

async fn put(test: &TestApp, id: &str, body: Value) -> Value {
    test.put(&format!("/campaigns/{id}"), body).await.data(200)
}

/// An update of the first buy's first package.
async fn of_package(test: &TestApp, id: &str, mut change: Value) -> Value {
    let buy = buy(test, id).await;
    change["packageId"] = buy["packages"][0]["packageId"].clone();
    json!({"mediaBuys": [{"mediaBuyId": buy["mediaBuyId"], "packages": [change]}]})
}

fn asked(seller: &Seller) -> Vec<Value> {
    seller
        .changes()
        .iter()
        .map(|bytes| serde_json::from_str(bytes).unwrap())
        .collect()
}
