//! Signed messages from a seller that nobody here wrote, to the server on a real socket: one that
//! cannot be kept is delivered again, and settles the buy once. Nobody polls meanwhile.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::middleware::{self, Next};
use chrono::{TimeDelta, Utc};
use flighting_server::adcp::AddressPolicy;
use flighting_server::app::Settings;
use serde_json::{Value, json};
use sqlx::Connection;
use support::third_party::{PATIENCE, ThirdParty};
use support::{Setup, TestApp};

const PRODUCT: &str = "acme_dooh_billboards_q2";

/// The statuses with which messages were answered, in order.
type Answered = Arc<Mutex<Vec<u16>>>;

/// The product on a socket of its own, at the real time, since the seller signs at that.
async fn serve() -> (TestApp, Answered) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let public = format!("http://{}", listener.local_addr().unwrap());
    let test = TestApp::with(Setup {
        addresses: AddressPolicy::new(true),
        start: Utc::now(),
        settings: Settings {
            rate_limit: 0,
            public_url: Some(public.parse().unwrap()),
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await;
    let answered = Answered::default();
    let kept = Arc::clone(&answered);
    let router = test
        .router()
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            let kept = Arc::clone(&kept);
            async move {
                let response = next.run(request).await;
                kept.lock().unwrap().push(response.status().as_u16());
                response
            }
        }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (test, answered)
}

/// Waits for what the seller tells in its own time, while the clock of the test stands.
async fn told(what: &str, mut done: impl FnMut() -> bool) {
    let give_up = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < give_up, "not told: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn buys(test: &TestApp, campaign: &str) -> Vec<Value> {
    let data = test.get(&format!("/campaigns/{campaign}")).await.data(200);
    data["campaign"]["mediaBuys"].as_array().unwrap().clone()
}

/// A campaign with the seller's product selected; its id.
async fn plan(test: &TestApp, agent: &Value) -> String {
    let body = json!({"name": "Acme", "brand": "acmeoutdoor.example", "primaryCurrency": "USD"});
    let advertiser = test.post("/advertisers", body).await.data(201)["advertiser"]["id"].clone();
    let day = |days: i64| {
        (Utc::now() + TimeDelta::days(days))
            .date_naive()
            .to_string()
    };
    let body = json!({"advertiserId": advertiser, "name": "Signed", "campaignType": "DECISIONED",
        "flightDates": {"startDate": day(30), "endDate": day(60)}, "budget": {"total": 60_000}});
    let campaign = test.post("/campaigns", body).await.data(201)["campaign"]["campaignId"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({"advertiserId": advertiser, "campaignId": campaign});
    let found = test
        .post("/discovery/discover-products", body)
        .await
        .data(200);
    let session = found["discoveryId"].as_str().unwrap();
    let chosen =
        json!({"productId": PRODUCT, "salesAgentId": agent["salesAgentId"], "budget": 50_000});
    test.post(
        &format!("/discovery/{session}/products"),
        json!({"products": [chosen]}),
    )
    .await
    .data(200);
    campaign
}

async fn story(protocol: &str, url: &str, token: &str, webhooks: Value) {
    let (test, answered) = serve().await;
    let body = json!({"name": "Guaranteed", "url": url, "protocol": protocol,
                      "auth": {"type": "bearer", "token": token}, "webhooks": webhooks});
    let agent = test.post("/sales-agents", body).await.data(201)["salesAgent"].clone();
    assert_eq!(
        (&agent["status"], &agent["hasWebhooks"]),
        (&json!("ACTIVE"), &json!(true)),
        "{agent}"
    );
    let campaign = plan(&test, &agent).await;

    // The disk takes no messages at first.
    let path = test.database();
    let mut disk = sqlx::SqliteConnection::connect(path.to_str().unwrap())
        .await
        .unwrap();
    let breaks = "CREATE TRIGGER breaks BEFORE INSERT ON webhook_messages BEGIN SELECT RAISE(ABORT, 'broken'); END";
    sqlx::query(breaks).execute(&mut disk).await.unwrap();
    let executed = test
        .post(&format!("/campaigns/{campaign}/execute"), json!({}))
        .await
        .data(200);
    assert_eq!(executed["success"], true, "{executed}");
    let before = buys(&test, &campaign).await;
    assert_eq!(before[0]["status"], "PENDING_APPROVAL", "{}", before[0]);

    told("our 500", || !answered.lock().unwrap().is_empty()).await;
    assert_eq!(*answered.lock().unwrap(), [500]);
    assert_eq!(buys(&test, &campaign).await, before);
    sqlx::query("DROP TRIGGER breaks")
        .execute(&mut disk)
        .await
        .unwrap();
    told("the next delivery", || answered.lock().unwrap().len() > 1).await;
    assert_eq!(*answered.lock().unwrap(), [500, 200]);
    let after = buys(&test, &campaign).await;
    assert_ne!(after[0]["status"], "PENDING_APPROVAL", "{}", after[0]);
    let messages: i64 = sqlx::query_scalar("SELECT count(*) FROM webhook_messages")
        .fetch_one(&mut disk)
        .await
        .unwrap();
    assert_eq!(messages, 1);

    // Asked for it, the seller tells of the same buy and of no other.
    let status = test
        .get(&format!("/campaigns/{campaign}/media-buy-status"))
        .await
        .data(200);
    assert_eq!(status["errors"], json!([]), "{status}");
    let asked = buys(&test, &campaign).await;
    let id = &asked[0]["sellerMediaBuyId"];
    assert!(id.is_string());
    assert_eq!((asked.len(), id), (1, &after[0]["sellerMediaBuyId"]));
    test.end().await;
}

#[tokio::test]
async fn a_third_party_sellers_message_that_was_not_kept_is_delivered_again_and_counts_once() {
    let sellers = ThirdParty::start(&["guaranteed"]).await;
    let token = sellers.told("/guaranteed/token");
    let jwks = json!({"jwks": sellers.value("/guaranteed/jwks")});
    story("MCP", sellers.told("/guaranteed/url"), token, jwks).await;
    let uri = json!({"jwksUri": sellers.told("/guaranteed/jwksUri")});
    story("A2A", sellers.told("/guaranteed/a2a"), token, uri).await;
}
