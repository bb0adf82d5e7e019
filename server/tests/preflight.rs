//! The pre-flight: what it shows is what an execute then sends, nothing is written by looking, and
//! what execute would refuse it refuses.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use flighting_core::ids::AgentId;
use flighting_server::adcp::AddressPolicy;
use flighting_server::app::Settings;
use flighting_server::ids::IdSource;
use serde_json::{Value, json};
use support::seller::{Does, Seller, shared};
use support::staged::Staged;
use support::{Reply, Setup, TestApp};

const MADE_LATER: &str = "[made when it is executed]";
const TOKEN_PLACE: &str = "[the token of the agent's webhook address goes here]";
const SECRET_PLACE: &str = "[the shared secret of the agent's webhooks goes here]";
const SECRET: &str = "a-shared-secret-of-the-seller-long-enough";

/// A plan that uses what a request has words for.
fn plan() -> Value {
    json!({
        "budget": {"total": 1000, "pacing": "FRONTLOADED"},
        "constraints": {"countries": ["US"], "channels": ["display"]},
        "performanceConfig": {"optimizationGoals": [
            {"kind": "metric", "metric": "clicks", "target": {"kind": "cost_per", "value": 2.5}},
        ]},
        "pacingPeriods": {"mode": "weight", "periods": [
            {"label": "first", "start": "2027-03-10", "end": "2027-03-12", "weight": 1},
            {"label": "second", "start": "2027-03-13", "end": "2027-03-19", "weight": 2.5},
        ]},
    })
}

/// A seller that is told where to write, with a shared secret.
async fn with_webhooks(script: impl IntoIterator<Item = Does>) -> Staged {
    let test = TestApp::with(Setup {
        addresses: AddressPolicy::new(true),
        settings: Settings {
            rate_limit: 0,
            public_url: Some("https://planner.example/flighting".parse().unwrap()),
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await;
    let body = json!({"name": "Scripted", "url": "http://127.0.0.1:1/mcp", "protocol": "MCP",
        "webhooks": {"hmac": SECRET}});
    let told = test.post("/sales-agents", body).await.data(201);
    let id = AgentId::parse(told["salesAgent"]["salesAgentId"].as_str().unwrap()).unwrap();
    let (seller, agent) = shared(Seller::new(id.clone(), script));
    test.app.agents.script(id.clone(), agent);
    Staged {
        test,
        seller,
        agent: id,
    }
}

async fn preflight(staged: &Staged, campaign: &str) -> Value {
    staged
        .test
        .get(&format!("/campaigns/{campaign}/preflight"))
        .await
        .data(200)
}

/// What the seller received last.
fn received(staged: &Staged) -> Value {
    serde_json::from_str(staged.seller.requests().last().unwrap()).unwrap()
}

/// Where two values differ, as `path: left`, in the order of the left one.
fn differences(left: &Value, right: &Value, path: &str, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) => {
            assert!(a.keys().eq(b.keys()), "{path}: {a:?} and {b:?}");
            for (name, value) in a {
                differences(value, &b[name], &format!("{path}.{name}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            for (index, (one, other)) in a.iter().zip(b).enumerate() {
                differences(one, other, &format!("{path}[{index}]"), found);
            }
        }
        (left, right) if left == right => {}
        (left, _) => found.push(format!("{path}: {}", left.as_str().unwrap())),
    }
}

fn differing(shown: &Value, sent: &Value) -> Vec<String> {
    let mut found = Vec::new();
    differences(shown, sent, "", &mut found);
    found.sort();
    found
}

#[tokio::test]
async fn what_is_shown_is_what_the_seller_then_receives() {
    let staged = with_webhooks([]).await;
    let id = staged.campaign_of(plan()).await;
    let shown = preflight(&staged, &id).await;
    assert_eq!(shown["campaignId"], id);
    assert_eq!(shown["revision"], staged.read(&id).await["revision"]);
    let [request] = &shown["requests"].as_array().unwrap()[..] else {
        panic!("{shown}")
    };
    assert_eq!(request["salesAgentId"], staged.agent.as_str());
    assert_eq!(request["salesAgentName"], "Scripted");
    assert_eq!(request["task"], "create_media_buy");
    assert!(request.get("mediaBuyId").is_none() && request.get("error").is_none());
    assert!(staged.seller.requests().is_empty());

    staged.execute(&id).await;
    let sent = received(&staged);
    assert_eq!(sent["packages"].as_array().unwrap().len(), 2);
    // All else is equal, and these are words for what cannot be known or is not shown.
    let hidden = |path: &str, place: &str| format!(".{path}: {place}");
    let mut expected = vec![
        hidden("context.media_buy_id", MADE_LATER),
        hidden("idempotency_key", MADE_LATER),
        hidden("packages[0].context.package_id", MADE_LATER),
        hidden("packages[1].context.package_id", MADE_LATER),
        hidden(
            "push_notification_config.authentication.credentials",
            SECRET_PLACE,
        ),
        hidden("push_notification_config.operation_id", MADE_LATER),
        hidden("push_notification_config.token", TOKEN_PLACE),
        hidden("reporting_webhook.authentication.credentials", SECRET_PLACE),
        hidden("reporting_webhook.token", TOKEN_PLACE),
    ];
    expected.sort();
    assert_eq!(differing(&request["arguments"], &sent), expected);
    let token = sent["push_notification_config"]["token"].as_str().unwrap();
    assert!(!shown.to_string().contains(token) && !shown.to_string().contains(SECRET));
}

#[tokio::test]
async fn a_retry_is_shown_with_the_key_and_ids_that_it_has() {
    let staged = Staged::start([Does::Unreachable], |seller| seller).await;
    let id = staged.campaign_of(plan()).await;
    staged.execute(&id).await;
    let failed = staged.buy(&id).await;
    assert_eq!(failed["status"], "FAILED");
    let shown = preflight(&staged, &id).await;
    let request = &shown["requests"][0];
    assert_eq!(request["mediaBuyId"], failed["mediaBuyId"]);
    staged.execute(&id).await;
    assert_eq!(
        differing(&request["arguments"], &received(&staged)),
        [""; 0]
    );

    // Other bytes take another key, and keep what else is known.
    let staged = Staged::start([Does::Unreachable], |seller| seller).await;
    let id = staged.campaign_of(plan()).await;
    staged.execute(&id).await;
    let change = json!({"constraints": {"countries": ["US", "CA"]}});
    staged
        .test
        .put(&format!("/campaigns/{id}"), change)
        .await
        .data(200);
    let shown = preflight(&staged, &id).await;
    staged.execute(&id).await;
    assert_eq!(
        differing(&shown["requests"][0]["arguments"], &received(&staged)),
        [format!(".idempotency_key: {MADE_LATER}")]
    );
}

#[tokio::test]
async fn looking_writes_nothing_and_buys_nothing() {
    let staged = Staged::start([], |seller| seller).await;
    let id = staged.campaign().await;
    let session = staged.read(&id).await["discoveryId"]
        .as_str()
        .unwrap()
        .to_owned();
    let all = async || {
        let mut seen = Vec::new();
        for path in [
            format!("/campaigns/{id}"),
            format!("/discovery/{session}/products"),
            "/audit-logs?take=500".to_owned(),
            "/sales-agents".to_owned(),
        ] {
            seen.push(staged.test.get(&path).await.data(200));
        }
        let campaign = flighting_core::ids::CampaignId::parse(&id).unwrap();
        let row = staged
            .test
            .app
            .store
            .campaign(&staged.test.account, &campaign)
            .await
            .unwrap();
        (seen, row.map(|row| row.version))
    };
    let before = all().await;
    preflight(&staged, &id).await;
    preflight(&staged, &id).await;
    assert_eq!(all().await, before);
    assert!(staged.seller.requests().is_empty() && staged.seller.ledger().is_empty());
    // A key that may only read may look.
    let mut request = staged
        .test
        .request(
            axum::http::Method::GET,
            &format!("/campaigns/{id}/preflight"),
        )
        .body(axum::body::Body::empty())
        .unwrap();
    let read_only = staged.test.key_of(&staged.test.account, true).await;
    let bearer = format!("Bearer {read_only}").parse().unwrap();
    request.headers_mut().insert("authorization", bearer);
    staged.test.send(request).await.data(200);
}

#[tokio::test]
async fn what_execute_refuses_is_refused_and_an_agent_out_of_reach_says_why() {
    let staged = Staged::start([], |seller| seller).await;
    let advertiser = staged.test.advertiser().await;
    let body = json!({"advertiserId": advertiser, "name": "Empty", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-03-19"}, "budget": {"total": 1000}});
    let empty = staged.test.post("/campaigns", body).await.data(201)["campaign"]["campaignId"]
        .as_str()
        .unwrap()
        .to_owned();
    let looked = staged
        .test
        .get(&format!("/campaigns/{empty}/preflight"))
        .await;
    let executed = staged
        .test
        .post(&format!("/campaigns/{empty}/execute"), json!({}))
        .await;
    assert_eq!(looked.status, 400);
    let said = |reply: &Reply| {
        let body: Value = serde_json::from_slice(&reply.bytes).unwrap();
        let error = &body["error"];
        let issues = error["details"]["issues"].clone();
        (error["code"].clone(), error["message"].clone(), issues)
    };
    assert_eq!(said(&looked), said(&executed));

    let short = staged.campaign_of(json!({"budget": {"total": 100}})).await;
    let looked = staged
        .test
        .get(&format!("/campaigns/{short}/preflight"))
        .await;
    looked.error(409, "INSUFFICIENT_MEDIA_BUDGET");
    let executed = staged
        .test
        .post(&format!("/campaigns/{short}/execute"), json!({}))
        .await;
    assert_eq!(said(&looked), said(&executed));

    // Two sellers; one was removed since its product was chosen.
    let id = staged.campaign().await;
    let other = IdSource.agent();
    let (_, agent) = shared(Seller::new(other.clone(), []));
    staged.test.app.agents.script(other.clone(), agent);
    staged.test.paper_agent_of(&other, "Gone soon").await;
    let campaign = staged.read(&id).await;
    let session = campaign["discoveryId"].as_str().unwrap();
    let again =
        json!({"advertiserId": campaign["advertiserId"], "campaignId": id, "discoveryId": session});
    staged
        .test
        .post("/discovery/discover-products", again)
        .await
        .data(200);
    let chosen = json!({"products": [{"productId": "banner", "salesAgentId": other.as_str(), "budget": 50}]});
    staged
        .test
        .post(&format!("/discovery/{session}/products"), chosen)
        .await
        .data(200);
    staged.test.delete(&format!("/sales-agents/{other}")).await;
    let shown = preflight(&staged, &id).await;
    assert!(shown["requests"][0]["arguments"].is_object());
    let gone = &shown["requests"][1];
    assert!(gone.get("arguments").is_none());
    let executed = staged.execute(&id).await;
    assert_eq!(gone["error"]["code"], executed["errors"][0]["code"]);
    assert_eq!(gone["error"]["message"], executed["errors"][0]["message"]);
}
