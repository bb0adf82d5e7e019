//! Buying from sellers that nobody here wrote, over REST and real MCP.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::time::{Duration, Instant};

use flighting_core::ids::AgentId;
use flighting_server::secrets::Secret;
use flighting_server::store::SalesAgent;
use serde_json::{Value, json};
use support::TestApp;
use support::slow_lane::SlowLane;
use support::third_party::{PATIENCE, ThirdParty, buyer, eventually};

const BILLBOARDS: &str = "acme_dooh_billboards_q2";
const REMNANT: &str = "acme_dooh_remnant_q2";

async fn register(test: &TestApp, name: &str, url: &str, token: &str) -> Value {
    let body = json!({"name": name, "url": url, "protocol": "MCP", "auth": {"type": "bearer", "token": token}});
    test.post("/sales-agents", body).await.data(201)["salesAgent"].clone()
}

/// A campaign with three weighted periods; campaign and advertiser.
async fn plan(test: &TestApp) -> (String, String) {
    let body = json!({"name": "Acme", "brand": "acmeoutdoor.example", "primaryCurrency": "USD"});
    let advertiser = test.post("/advertisers", body).await.data(201)["advertiser"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({
        "advertiserId": advertiser, "name": "Third party", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"},
        "budget": {"total": 200_000},
        "pacingPeriods": {"mode": "weight", "periods": [
            {"label": "build", "start": "2027-03-10", "end": "2027-03-31", "weight": 1},
            {"label": "peak", "start": "2027-04-01", "end": "2027-04-20", "weight": 1.5},
            {"label": "tail", "start": "2027-04-21", "end": "2027-05-31", "weight": 1},
        ]},
    });
    let campaign = test.post("/campaigns", body).await.data(201)["campaign"]["campaignId"]
        .as_str()
        .unwrap()
        .to_owned();
    (campaign, advertiser)
}

async fn discover(test: &TestApp, campaign: &str, advertiser: &str) -> Value {
    let body = json!({"advertiserId": advertiser, "campaignId": campaign});
    test.post("/discovery/discover-products", body)
        .await
        .data(200)
}

async fn select(test: &TestApp, session: &str, products: &[(&str, f64)]) {
    let products: Vec<_> = products
        .iter()
        .map(|(id, budget)| json!({"productId": id, "budget": budget}))
        .collect();
    test.post(
        &format!("/discovery/{session}/products"),
        json!({"products": products}),
    )
    .await
    .data(200);
}

async fn buys(test: &TestApp, campaign: &str) -> Vec<Value> {
    let data = test.get(&format!("/campaigns/{campaign}")).await.data(200);
    data["campaign"]["mediaBuys"].as_array().unwrap().clone()
}

#[tokio::test]
async fn both_sellers_take_the_plan_to_the_cent_and_are_followed_and_paused() {
    let sellers = ThirdParty::start(&["guaranteed", "nonGuaranteed"]).await;
    let test = buyer(PATIENCE).await;
    let agent = register(
        &test,
        "Guaranteed",
        sellers.told("/guaranteed/url"),
        sellers.told("/guaranteed/token"),
    )
    .await;
    assert_eq!(agent["status"], "ACTIVE", "{agent}");
    register(
        &test,
        "Non-guaranteed",
        sellers.told("/nonGuaranteed/url"),
        sellers.told("/nonGuaranteed/token"),
    )
    .await;
    let (id, advertiser) = plan(&test).await;
    let found = discover(&test, &id, &advertiser).await;
    assert_eq!(found["incompleteAgents"], json!([]));
    select(
        &test,
        found["discoveryId"].as_str().unwrap(),
        &[(BILLBOARDS, 90_000.0), (REMNANT, 10_000.01)],
    )
    .await;

    let done = test
        .post(&format!("/campaigns/{id}/execute"), json!({"debug": true}))
        .await
        .data(200);
    assert_eq!(
        (&done["success"], &done["mediaBuysExecuted"]),
        (&json!(true), &json!(2)),
        "{done}"
    );
    let placed = buys(&test, &id).await;
    assert_eq!(placed[0]["status"], "PENDING_APPROVAL");
    assert_eq!(placed[0]["taskStatus"], "submitted");
    assert_eq!(
        (&placed[1]["status"], &placed[1]["pendingReason"]),
        (&json!("INPUT_REQUIRED"), &json!("no_creatives_attached"))
    );
    // Products x periods; the seller's own budgets agree, else the buys would say so.
    for buy in &placed {
        assert_eq!(buy["packages"].as_array().unwrap().len(), 3);
        assert_eq!(buy["warnings"], json!([]));
    }

    // Paused while the guaranteed seller decides: held, then paused at once when it says yes.
    let paused = test
        .post(&format!("/campaigns/{id}/pause"), json!({}))
        .await
        .data(200);
    assert_eq!(
        (&paused["newStatus"], &paused["heldCount"]),
        (&json!("PAUSED"), &json!(2)),
        "{paused}"
    );
    eventually(&test, "the guaranteed seller's buy is paused", || async {
        buys(&test, &id).await[0]["status"] == "PAUSED"
    })
    .await;
    let placed = buys(&test, &id).await;
    assert_eq!(placed[0]["taskStatus"], "completed");
    assert!(
        placed[0]["packages"]
            .as_array()
            .unwrap()
            .iter()
            .all(|package| package["sellerPackageId"].is_string())
    );
    assert_eq!(
        (&placed[1]["status"], &placed[1]["held"]),
        (&json!("INPUT_REQUIRED"), &json!(true))
    );

    // It acknowledged the pause and goes on saying active: ours stays, and says so.
    test.get(&format!("/campaigns/{id}/media-buy-status"))
        .await
        .data(200);
    let buy = buys(&test, &id).await[0].clone();
    assert_eq!(
        (&buy["status"], &buy["adcpStatus"]),
        (&json!("PAUSED"), &json!("active"))
    );
    assert_eq!(buy["warnings"], json!(["seller_reports_active"]));

    // Reactivated, and paused while one runs and the other still waits: paused and held.
    test.post(&format!("/campaigns/{id}/reactivate"), json!({}))
        .await
        .data(200);
    eventually(&test, "the guaranteed seller's buy runs again", || async {
        buys(&test, &id).await[0]["status"] == "ACTIVE"
    })
    .await;
    let paused = test
        .post(&format!("/campaigns/{id}/pause"), json!({}))
        .await
        .data(200);
    assert_eq!(
        (&paused["successCount"], &paused["heldCount"]),
        (&json!(1), &json!(1)),
        "{paused}"
    );
    assert_eq!(buys(&test, &id).await[0]["status"], "PAUSED");
    test.end().await;
}

#[tokio::test]
async fn a_wrong_token_or_a_seller_that_is_down_spoils_nothing_for_the_other() {
    let sellers = ThirdParty::start(&["guaranteed", "nonGuaranteed"]).await;
    let test = buyer(PATIENCE).await;
    register(
        &test,
        "Guaranteed",
        sellers.told("/guaranteed/url"),
        sellers.told("/guaranteed/token"),
    )
    .await;
    let other = register(
        &test,
        "Non-guaranteed",
        sellers.told("/nonGuaranteed/url"),
        sellers.told("/nonGuaranteed/token"),
    )
    .await;
    let other_id = other["salesAgentId"].as_str().unwrap().to_owned();
    let (id, advertiser) = plan(&test).await;
    let found = discover(&test, &id, &advertiser).await;
    let session = found["discoveryId"].as_str().unwrap();
    select(
        &test,
        session,
        &[(BILLBOARDS, 90_000.0), (REMNANT, 10_000.0)],
    )
    .await;

    // Between discovery and execute one seller's token stops working, as sellers' tokens do.
    let other = AgentId::parse(&other_id).unwrap();
    let place = SalesAgent::token_place(&test.account, &other);
    let wrong = Secret::new("wrong-token-of-a-test".to_owned());
    let wrong = test.app.keyring.seal(&place, &wrong).unwrap();
    let before = rewrite(&test, &other, |agent| agent.token = Some(wrong)).await;

    let done = test
        .post(&format!("/campaigns/{id}/execute"), json!({"debug": true}))
        .await
        .data(200);
    assert_eq!(
        (&done["success"], &done["newStatus"]),
        (&json!(false), &json!("ACTIVE")),
        "{done}"
    );
    assert_eq!(done["errors"].as_array().unwrap().len(), 1);
    let error = &done["errors"][0];
    assert_eq!(
        (&error["salesAgentId"], &error["code"]),
        (&json!(other_id), &json!("credentials_refused")),
        "{error}"
    );
    assert!(
        !done.to_string().contains("wrong-token-of-a-test"),
        "the debug answer carries the token"
    );
    let placed = buys(&test, &id).await;
    assert_eq!(
        (&placed[0]["status"], &placed[1]["status"]),
        (&json!("PENDING_APPROVAL"), &json!("FAILED"))
    );

    // Then the seller is down: nothing listens at its address.
    rewrite(&test, &other, |agent| {
        agent.url = "http://127.0.0.1:9/mcp".to_owned()
    })
    .await;
    let done = test
        .post(&format!("/campaigns/{id}/execute"), json!({}))
        .await
        .data(200);
    assert_eq!(
        (&done["mediaBuysExecuted"], &done["errors"][0]["code"]),
        (&json!(1), &json!("agent_unreachable")),
        "{done}"
    );

    // Mended: only the rest goes out, and the guaranteed seller's buy is the one it was.
    rewrite(&test, &other, |agent| {
        agent.token.clone_from(&before.token);
        agent.url.clone_from(&before.url);
    })
    .await;
    let done = test
        .post(&format!("/campaigns/{id}/execute"), json!({}))
        .await
        .data(200);
    assert_eq!(
        (&done["mediaBuysExecuted"], &done["success"]),
        (&json!(1), &json!(true)),
        "{done}"
    );
    let after = buys(&test, &id).await;
    assert_eq!(after.len(), 2);
    assert_eq!(after[0]["mediaBuyId"], placed[0]["mediaBuyId"]);
    assert_eq!(after[1]["status"], "INPUT_REQUIRED");
    test.end().await;
}

#[tokio::test]
async fn what_a_slow_seller_may_have_bought_is_never_bought_twice() {
    let sellers = ThirdParty::start(&["guaranteed", "nonGuaranteed"]).await;
    let direct: url::Url = sellers.told("/guaranteed/url").parse().unwrap();
    let lane = SlowLane::to(direct.socket_addrs(|| None).unwrap()[0]).await;
    let mut slow = direct.clone();
    slow.set_port(Some(lane.address().port())).unwrap();

    let test = buyer(Duration::from_secs(8)).await;
    let token = sellers.told("/guaranteed/token");
    register(&test, "Guaranteed", slow.as_str(), token).await;
    let url = sellers.told("/nonGuaranteed/url");
    let token = sellers.told("/nonGuaranteed/token");
    register(&test, "Non-guaranteed", url, token).await;
    let (id, advertiser) = plan(&test).await;
    let found = discover(&test, &id, &advertiser).await;
    let session = found["discoveryId"].as_str().unwrap();
    let products = [(BILLBOARDS, 90_000.0), (REMNANT, 10_000.0)];
    select(&test, session, &products).await;

    let execute = format!("/campaigns/{id}/execute");
    let done = test.post(&execute, json!({})).await.data(200);
    assert_eq!(
        (&done["success"], &done["newStatus"]),
        (&json!(false), &json!("ACTIVE")),
        "{done}"
    );
    assert_eq!(done["errors"].as_array().unwrap().len(), 1, "{done}");
    assert_eq!(done["errors"][0]["code"], "no_answer", "{done}");
    let placed = buys(&test, &id).await;
    assert_eq!(
        (&placed[0]["status"], &placed[0]["pendingReason"]),
        (
            &json!("PENDING_APPROVAL"),
            &json!("forward_failed_retrying")
        )
    );
    assert_eq!(
        placed[1]["status"], "INPUT_REQUIRED",
        "the other is unharmed"
    );

    // What may have been bought is not sent by executing again.
    let again = test.post(&execute, json!({})).await.data(200);
    assert_eq!(again["mediaBuysExecuted"], 0, "{again}");
    assert_eq!(again["warnings"][0]["type"], "in_flight", "{again}");
    assert_eq!(lane.purchases(), 1);

    // The seller bought. Its buys carry nothing of ours, so one that looks like what we sent waits
    // for a person, however long it takes and however often execute is called.
    lane.open();
    let give_up = Instant::now() + PATIENCE;
    while sellers.held_by_guaranteed().await.is_empty() {
        assert!(Instant::now() < give_up, "the seller did not buy");
    }
    for _ in 0..5 {
        test.pass(chrono::TimeDelta::minutes(1)).await;
    }
    let again = test.post(&execute, json!({})).await.data(200);
    assert_eq!(again["mediaBuysExecuted"], 0, "{again}");
    assert_eq!(lane.purchases(), 1);
    assert_eq!(sellers.held_by_guaranteed().await.len(), 1);
    assert_eq!(buys(&test, &id).await[0]["status"], "PENDING_APPROVAL");
    test.end().await;
}

/// Changes an agent's record as it is now, and has it probed anew; what it was before.
async fn rewrite(test: &TestApp, id: &AgentId, change: impl FnOnce(&mut SalesAgent)) -> SalesAgent {
    let stored = test
        .app
        .store
        .agent(&test.account, id)
        .await
        .unwrap()
        .unwrap();
    let mut record = stored.value.clone();
    change(&mut record);
    record.probe = None;
    test.app
        .store
        .update_agent(&record, stored.version)
        .await
        .unwrap();
    stored.value
}
