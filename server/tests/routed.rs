//! ROUTED campaigns buy with the advertiser's own credentials and with no others (decision 22),
//! and those are seen nowhere.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use chrono::TimeDelta;
use flighting_core::ids::{AdvertiserId, AgentId};
use flighting_server::secrets::Secret;
use flighting_server::store::SalesAgent;
use serde_json::{Value, json};
use support::{TestApp, log};

const OWN: &str = "canary-0wn-t0ken-of-the-advertiser";

struct Plan {
    advertiser: String,
    campaign: String,
    agents: Vec<String>,
}

/// A campaign of a type with one product each of two sellers.
async fn plan(test: &TestApp, kind: &str) -> Plan {
    let advertiser = test.advertiser().await;
    let body = json!({"advertiserId": advertiser, "name": kind, "campaignType": kind,
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 200_000},
        "constraints": {"countries": ["US"]},
        "performanceConfig": {"optimizationGoals": [{"kind": "metric", "metric": "clicks"}]}});
    let campaign = test.post("/campaigns", body).await.data(201)["campaign"]["campaignId"]
        .as_str()
        .unwrap()
        .to_owned();
    let search = json!({"advertiserId": advertiser, "campaignId": campaign});
    let found = test
        .post("/discovery/discover-products", search)
        .await
        .data(200);
    let mut agents = Vec::new();
    let mut chosen = Vec::new();
    for (product, budget, bid) in [
        ("alder_news_display", 60_000.0, Some(4.0)),
        ("birch_homepage", 90_000.0, None),
    ] {
        let groups = found["groups"].as_array().unwrap();
        let group = groups
            .iter()
            .find(|group| {
                let products = group["products"].as_array().unwrap();
                products.iter().any(|offer| offer["productId"] == product)
            })
            .unwrap_or_else(|| panic!("no `{product}` in {found}"));
        let offer = group["products"]
            .as_array()
            .unwrap()
            .iter()
            .find(|offer| offer["productId"] == product)
            .unwrap();
        let options = offer["pricingOptions"].as_array().unwrap();
        let option = options
            .iter()
            .find(|option| option["currency"] == "USD" && option["isFixed"] == bid.is_none())
            .unwrap();
        let mut choice = json!({"productId": product, "budget": budget,
                                "pricingOptionId": option["pricingOptionId"]});
        if let Some(bid) = bid {
            choice["bidPrice"] = json!(bid);
        }
        chosen.push(choice);
        agents.push(offer["salesAgentId"].as_str().unwrap().to_owned());
    }
    let products = format!(
        "/discovery/{}/products",
        found["discoveryId"].as_str().unwrap()
    );
    test.post(&products, json!({"products": chosen}))
        .await
        .data(200);
    Plan {
        advertiser,
        campaign,
        agents,
    }
}

fn place(advertiser: &str, agent: &str) -> String {
    format!("/advertisers/{advertiser}/sales-agents/{agent}/credentials")
}

fn token(text: &str) -> Value {
    json!({"auth": {"type": "bearer", "token": text}})
}

async fn give(test: &TestApp, plan: &Plan, text: &str) {
    for agent in &plan.agents {
        let told = test
            .put(&place(&plan.advertiser, agent), token(text))
            .await
            .data(200);
        assert_eq!(told["credentials"]["hasCredentials"], true);
    }
}

/// What the sandbox sellers take.
fn right(test: &TestApp) -> String {
    test.sandbox.as_ref().unwrap().agents()[0].token.clone()
}

/// Replaces the platform's token at every seller by one that is refused.
async fn break_the_platforms(test: &TestApp) {
    for stored in test.app.store.agents(&test.account).await.unwrap() {
        let mut record = stored.value;
        let place = SalesAgent::token_place(&record.account, &record.id);
        let wrong = Secret::new("the-platforms-token-is-wrong");
        record.token = Some(test.app.keyring.seal(&place, &wrong).unwrap());
        test.app
            .store
            .update_agent(&record, stored.version)
            .await
            .unwrap();
    }
}

async fn statuses(test: &TestApp, campaign: &str) -> Vec<String> {
    let data = test.get(&format!("/campaigns/{campaign}")).await.data(200);
    let buys = data["campaign"]["mediaBuys"].as_array().unwrap().clone();
    buys.iter()
        .map(|buy| buy["status"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn without_credentials_every_agent_is_named_and_nothing_is_sent() {
    let test = TestApp::with_sellers().await;
    let plan = plan(&test, "ROUTED").await;
    let path = format!("/campaigns/{}/execute", plan.campaign);
    let reply = test.post(&path, json!({})).await;
    assert_eq!(
        reply.issues(),
        [
            ("campaignType".to_owned(), "credentials_missing".to_owned()),
            ("campaignType".to_owned(), "credentials_missing".to_owned()),
        ]
    );
    let told = reply.json()["error"]["details"]["issues"].to_string();
    assert!(
        plan.agents.iter().all(|agent| told.contains(agent)),
        "{told}"
    );

    // One of two is not enough, and only the other is named.
    test.put(&place(&plan.advertiser, &plan.agents[0]), token("x"))
        .await
        .data(200);
    let reply = test.post(&path, json!({})).await;
    assert_eq!(reply.issues().len(), 1);
    let told = reply.json()["error"]["details"]["issues"].to_string();
    assert!(told.contains(&plan.agents[1]) && !told.contains(&plan.agents[0]));
    assert!(statuses(&test, &plan.campaign).await.is_empty());
    test.finish().await;
}

#[tokio::test]
async fn every_call_of_a_routed_campaign_carries_the_advertisers_own() {
    let test = TestApp::with_sellers().await;
    let decisioned = plan(&test, "DECISIONED").await;
    let routed = plan(&test, "ROUTED").await;
    give(&test, &routed, &right(&test)).await;
    break_the_platforms(&test).await;

    let path = format!("/campaigns/{}", routed.campaign);
    let done = test
        .post(&format!("{path}/execute"), json!({}))
        .await
        .data(200);
    assert_eq!(done["success"], true, "{done}");
    assert_eq!(done["mediaBuysExecuted"], 2);
    // Goals go through as they are.
    let data = test.get(&path).await.data(200);
    assert_eq!(
        data["campaign"]["mediaBuys"][0]["optimizationGoals"][0]["metric"],
        "clicks"
    );
    // The guaranteed seller says yes later: polled. No probe is young enough then.
    test.run_until("both buys run", async || {
        statuses(&test, &routed.campaign).await == ["ACTIVE", "ACTIVE"]
    })
    .await;
    test.clock.advance(TimeDelta::minutes(30));
    let told = test
        .post(&format!("{path}/pause"), json!({}))
        .await
        .data(200);
    assert_eq!(told["success"], true, "{told}");
    assert_eq!(
        statuses(&test, &routed.campaign).await,
        ["PAUSED", "PAUSED"]
    );
    let told = test
        .post(&format!("{path}/reactivate"), json!({}))
        .await
        .data(200);
    assert_eq!(told["success"], true, "{told}");
    test.clock.advance(TimeDelta::days(20));
    flighting_server::flows::delivery::pull(
        &test.app,
        &test.account,
        &flighting_core::ids::CampaignId::parse(&routed.campaign).unwrap(),
    )
    .await
    .unwrap();
    let delivered = test
        .get(&format!("{path}/delivery"))
        .await
        .data(200)
        .to_string();
    assert!(
        !delivered.contains(r#""totals":{"impressions":0"#),
        "{delivered}"
    );

    // The platform's token is refused, and nobody else's is borrowed.
    let path = format!("/campaigns/{}/execute", decisioned.campaign);
    let done = test.post(&path, json!({})).await.data(200);
    assert_eq!(done["success"], false, "{done}");
    assert_eq!(
        statuses(&test, &decisioned.campaign).await,
        ["FAILED", "FAILED"]
    );
    test.end().await;
}

#[tokio::test]
async fn wrong_credentials_spoil_nothing_for_the_platform_and_are_replaced_at_once() {
    let test = TestApp::with_sellers().await;
    let decisioned = plan(&test, "DECISIONED").await;
    let routed = plan(&test, "ROUTED").await;
    give(&test, &routed, "refused").await;
    let execute = async |plan: &Plan| {
        let path = format!("/campaigns/{}/execute", plan.campaign);
        test.post(&path, json!({})).await.data(200)
    };
    let done = execute(&routed).await;
    assert_eq!(done["success"], false, "{done}");
    assert_eq!(done["newStatus"], "DRAFT", "nothing was bought: {done}");
    assert_eq!(execute(&decisioned).await["success"], true);
    let agents = test.get("/sales-agents").await.data(200);
    for agent in agents["salesAgents"].as_array().unwrap() {
        assert_eq!(agent["status"], "ACTIVE");
    }
    give(&test, &routed, &right(&test)).await;
    assert_eq!(execute(&routed).await["success"], true);

    // They stay while a buy needs them.
    let path = place(&routed.advertiser, &routed.agents[0]);
    let error = test.delete(&path).await.error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "in_use");
    assert_eq!(
        test.get(&path).await.data(200)["credentials"]["hasCredentials"],
        true
    );
    test.end().await;
}

#[tokio::test]
async fn credentials_are_told_of_replaced_and_removed() {
    let test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    let agent = test.paper_agent("Paper").await.to_string();
    let path = place(&advertiser, &agent);
    let told = test.get(&path).await.data(200);
    assert_eq!(
        told["credentials"],
        json!({"advertiserId": advertiser, "salesAgentId": agent, "hasCredentials": false, "since": null, "updatedAt": null})
    );
    test.put(&path, token("one")).await.data(200);
    test.clock.advance(TimeDelta::hours(1));
    let told = test.put(&path, token("two")).await.data(200);
    assert_eq!(told["credentials"]["since"], "2027-03-01T12:00:00Z");
    assert_eq!(told["credentials"]["updatedAt"], "2027-03-01T13:00:00Z");
    assert_eq!(test.delete(&path).await.status, 204);
    assert_eq!(test.delete(&path).await.status, 204);
    assert_eq!(
        test.get(&path).await.data(200)["credentials"]["hasCredentials"],
        false
    );

    for bad in [
        json!({}),
        token(""),
        json!({"auth": {"type": "basic", "token": "x"}}),
    ] {
        assert_eq!(test.put(&path, bad).await.status, 400);
    }
    assert_eq!(
        test.put(&place("adv_unknown", &agent), token("x"))
            .await
            .status,
        404
    );
    assert_eq!(
        test.put(&place(&advertiser, "agt_unknown"), token("x"))
            .await
            .status,
        404
    );
    test.finish().await;
}

#[tokio::test]
async fn credentials_are_seen_nowhere_and_outlive_a_new_key() {
    let (log, guard) = log::capture();
    let test = TestApp::with_sellers().await;
    let routed = plan(&test, "ROUTED").await;
    give(&test, &routed, OWN).await;
    let mut seen = String::new();
    // Refused by the sellers, told with all there is to tell.
    let path = format!("/campaigns/{}/execute", routed.campaign);
    let done = test.post(&path, json!({"debug": true})).await.data(200);
    assert_eq!(done["success"], false);
    seen.push_str(&done.to_string());
    for path in [
        place(&routed.advertiser, &routed.agents[0]),
        format!("/campaigns/{}", routed.campaign),
        "/audit-logs?take=500".to_owned(),
        "/sales-agents".to_owned(),
    ] {
        seen.push_str(&test.get(&path).await.data(200).to_string());
    }
    let mut bad = token(OWN);
    bad["auth"]["extra"] = json!(OWN);
    let bad = test
        .put(&place(&routed.advertiser, &routed.agents[0]), bad)
        .await;
    seen.push_str(&String::from_utf8_lossy(&bad.bytes));
    let spaced = token(&format!("{OWN} {OWN}"));
    let bad = test
        .put(&place(&routed.advertiser, &routed.agents[0]), spaced)
        .await;
    seen.push_str(&String::from_utf8_lossy(&bad.bytes));

    let advertiser = AdvertiserId::parse(&routed.advertiser).unwrap();
    let agent = AgentId::parse(&routed.agents[0]).unwrap();
    let stored = test
        .app
        .store
        .credentials(&test.account, &advertiser, &agent)
        .await
        .unwrap()
        .unwrap();
    seen.push_str(&format!("{stored:?} {:?}", test.app));
    seen.push_str(flighting_server::http::openapi::text().unwrap());
    assert!(!seen.contains(OWN), "{seen}");
    let told = log.text();
    assert!(
        told.contains("TRACE") && told.len() > 10_000,
        "nothing was captured"
    );
    assert!(!told.contains(OWN), "the log shows it");
    let bytes = test.bytes_on_disk();
    let holds = |wanted: &[u8]| bytes.windows(wanted.len()).any(|window| window == wanted);
    assert!(
        holds(routed.campaign.as_bytes()),
        "these are not the database's bytes"
    );
    assert!(!holds(OWN.as_bytes()), "the database shows it");

    // A new key opens what an old one sealed, and the old one is gone.
    give(&test, &routed, &right(&test)).await;
    let before = test
        .app
        .store
        .credentials(&test.account, &advertiser, &agent)
        .await
        .unwrap()
        .unwrap();
    let fresh = Secret::new("ab".repeat(32));
    let sealed = test
        .app
        .keyring
        .rotate(&*test.app.store, Some(&fresh))
        .await
        .unwrap();
    assert_eq!(sealed, 3 + 2, "the sellers' tokens and the advertiser's");
    let after = test
        .app
        .store
        .credentials(&test.account, &advertiser, &agent)
        .await
        .unwrap()
        .unwrap();
    assert_ne!(before.token, after.token);
    let done = test.post(&path, json!({})).await.data(200);
    assert_eq!(done["success"], true, "{done}");
    drop(guard);
    test.end().await;
}
