//! Telling subscribers by webhook: signed, in order, at least once, for a day, and one dead
//! receiver holds up no other.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use chrono::TimeDelta;
use flighting_core::ids::CampaignId;
use flighting_server::adcp::AddressPolicy;
use flighting_server::flows::outbox::signature;
use flighting_server::secrets::Secret;
use flighting_server::store::{Change, NewEvent, Subscription};
use serde_json::{Value, json};
use support::{Setup, TestApp, log};

const SECRET: &str = "canary-webhook-secret-0123456789";

/// One message as it arrived.
#[derive(Debug, Clone)]
struct Arrived {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Arrived {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The number that the event told of.
    fn n(&self) -> u64 {
        self.json()["data"]["n"].as_u64().unwrap()
    }
}

/// A receiver on loopback that answers what it was told to, then 200.
#[derive(Clone)]
struct Receiver {
    address: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    script: Arc<Mutex<VecDeque<StatusCode>>>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            arrived: Arc::default(),
            script: Arc::default(),
        };
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn will(&self, statuses: impl IntoIterator<Item = u16>) {
        let statuses = statuses
            .into_iter()
            .map(|status| StatusCode::from_u16(status).unwrap());
        self.script.lock().unwrap().extend(statuses);
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap().clone()
    }

    fn numbers(&self) -> Vec<u64> {
        self.arrived().iter().map(Arrived::n).collect()
    }
}

async fn take(
    State(receiver): State<Receiver>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(&'static str, &'static str); 1]) {
    receiver.arrived.lock().unwrap().push(Arrived {
        path: uri.path().to_owned(),
        headers,
        body,
    });
    let status = receiver
        .script
        .lock()
        .unwrap()
        .pop_front()
        .unwrap_or(StatusCode::OK);
    (status, [("location", "/elsewhere")])
}

async fn start(receivers: &[&Receiver]) -> TestApp {
    let mut addresses = AddressPolicy::new(false);
    for receiver in receivers {
        addresses = addresses.allowing("127.0.0.1", receiver.address.port());
    }
    TestApp::with(Setup {
        addresses,
        ..Setup::default()
    })
    .await
}

async fn subscribe(test: &TestApp, url: &str) -> String {
    let body = json!({"url": url, "secret": SECRET,
                      "eventTypes": ["campaign.status_changed", "media_buy.status_changed"]});
    let data = test.post("/webhook-subscriptions", body).await.data(201);
    data["webhookSubscription"]["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Something happens in a campaign.
async fn happen(test: &TestApp, campaign: &str, n: u32) -> i64 {
    let mut change = Change::of(&test.account);
    change.events.push(NewEvent {
        kind: "campaign.status_changed".to_owned(),
        campaign_id: CampaignId::parse(campaign).unwrap(),
        media_buy_id: None,
        data: json!({"n": n}),
        at: test.clock.real_now(),
    });
    test.app
        .store
        .commit(change)
        .await
        .unwrap()
        .last_event
        .unwrap()
}

async fn subscription(test: &TestApp, id: &str) -> Value {
    let data = test
        .get(&format!("/webhook-subscriptions/{id}"))
        .await
        .data(200);
    data["webhookSubscription"].clone()
}

async fn deliveries(test: &TestApp, id: &str, query: &str) -> Vec<Value> {
    let path = format!("/webhook-subscriptions/{id}/deliveries{query}");
    test.get(&path).await.data(200)["deliveries"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn events_arrive_signed_and_in_order() {
    let receiver = Receiver::start().await;
    let test = start(&[&receiver]).await;
    let id = subscribe(&test, &receiver.url("/hook?a=b")).await;
    let sequence = happen(&test, "cmp_1", 1).await;
    happen(&test, "cmp_1", 2).await;
    happen(&test, "cmp_2", 3).await;
    // Written with the event, before anything is sent.
    let waiting = deliveries(&test, &id, "?status=waiting").await;
    assert_eq!(waiting.len(), 3);
    assert_eq!(waiting[2]["eventId"], json!(format!("evt_{sequence}")));
    assert!(receiver.arrived().is_empty());
    test.run_jobs().await;

    assert_eq!(receiver.numbers(), [1, 3, 2], "of each campaign in order");
    let first = &receiver.arrived()[0];
    assert_eq!(first.path, "/hook");
    assert_eq!(
        first.json(),
        json!({"id": format!("evt_{sequence}"), "type": "campaign.status_changed",
               "timestamp": "2027-03-01T12:00:00Z", "data": {"n": 1}})
    );
    assert_eq!(first.header("content-type"), "application/json");
    assert_eq!(first.header("x-webhook-id"), format!("evt_{sequence}"));
    assert_eq!(
        first.header("x-webhook-timestamp"),
        test.clock.real_now().timestamp().to_string()
    );
    let expected = signature(
        &Secret::new(SECRET),
        first.header("x-webhook-timestamp"),
        &first.body,
    );
    assert_eq!(first.header("x-webhook-signature"), expected);
    let told = subscription(&test, &id).await;
    assert_eq!(told["status"], "active");
    assert_eq!(told["lastSuccess"], "2027-03-01T12:00:00Z");
    assert_eq!(told["lastFailure"], Value::Null);
    assert_eq!(deliveries(&test, &id, "?status=delivered").await.len(), 3);
    // What was not subscribed to is not told.
    let mut change = Change::of(&test.account);
    change.events.push(NewEvent {
        kind: "delivery.updated".to_owned(),
        campaign_id: CampaignId::parse("cmp_1").unwrap(),
        media_buy_id: None,
        data: json!({"n": 9}),
        at: test.clock.real_now(),
    });
    test.app.store.commit(change).await.unwrap();
    test.run_jobs().await;
    assert_eq!(receiver.arrived().len(), 3);
    test.finish().await;
}

#[tokio::test]
async fn a_status_that_moves_is_told() {
    let receiver = Receiver::start().await;
    let test = start(&[&receiver]).await;
    subscribe(&test, &receiver.url("/")).await;
    let advertiser = test.advertiser().await;
    let body = json!({"advertiserId": advertiser, "name": "A", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 10}});
    let data = test.post("/campaigns", body).await.data(201);
    let campaign = data["campaign"]["campaignId"].as_str().unwrap();
    assert_eq!(
        test.delete(&format!("/campaigns/{campaign}")).await.status,
        204
    );
    test.run_jobs().await;
    let told = receiver.arrived()[0].json();
    assert_eq!(
        told["data"],
        json!({"campaignId": campaign, "previousStatus": "DRAFT", "newStatus": "ARCHIVED"})
    );
    test.finish().await;
}

#[tokio::test]
async fn what_did_not_arrive_is_sent_again_as_the_same_event_and_in_order() {
    let receiver = Receiver::start().await;
    let test = start(&[&receiver]).await;
    let id = subscribe(&test, &receiver.url("/")).await;
    receiver.will([500, 302]);
    happen(&test, "cmp_1", 1).await;
    happen(&test, "cmp_1", 2).await;
    test.run_jobs().await;
    assert_eq!(receiver.numbers(), [1], "the second waits for the first");
    let waiting = deliveries(&test, &id, "").await;
    assert_eq!(waiting[1]["httpStatus"], 500);
    assert_eq!(waiting[1]["attempts"], 1);
    assert_eq!(waiting[1]["error"], "expected an answer of 2xx, got 500");
    assert_eq!(waiting[1]["nextAttempt"], "2027-03-01T12:00:05Z");
    test.pass(TimeDelta::seconds(5)).await;
    assert_eq!(receiver.numbers(), [1, 1], "a redirect is not followed");
    test.pass(TimeDelta::seconds(30)).await;
    assert_eq!(receiver.numbers(), [1, 1, 1, 2]);
    let arrived = receiver.arrived();
    assert!(arrived.iter().all(|message| message.path == "/"));
    let ids: Vec<&str> = arrived[..3]
        .iter()
        .map(|one| one.header("x-webhook-id"))
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0]));
    assert_ne!(
        arrived[0].header("x-webhook-timestamp"),
        arrived[1].header("x-webhook-timestamp"),
        "each attempt has its own time in its signature"
    );
    assert_eq!(subscription(&test, &id).await["failureCount"], 0);
    test.finish().await;
}

#[tokio::test]
async fn a_dead_receiver_is_given_up_after_a_day_can_be_replayed_and_delays_nobody() {
    let (dead, alive) = (Receiver::start().await, Receiver::start().await);
    let test = start(&[&dead, &alive]).await;
    let failing = subscribe(&test, &dead.url("/")).await;
    let well = subscribe(&test, &alive.url("/")).await;
    dead.will([503; 100]);
    happen(&test, "cmp_1", 1).await;
    happen(&test, "cmp_2", 2).await;
    test.run_jobs().await;
    assert_eq!(alive.numbers(), [1, 2]);
    test.pass(TimeDelta::hours(1)).await;
    happen(&test, "cmp_1", 3).await;
    test.run_jobs().await;
    assert_eq!(
        alive.numbers(),
        [1, 2, 3],
        "at once, whatever the other does"
    );

    test.run_until("the first is given up", async || {
        !deliveries(&test, &failing, "?status=failed")
            .await
            .is_empty()
    })
    .await;
    assert!(
        test.clock.real_now()
            >= "2027-03-02T12:00:00Z"
                .parse::<chrono::DateTime<chrono::Utc>>()
                .unwrap()
    );
    assert!(
        dead.arrived().len() < 60,
        "{} attempts",
        dead.arrived().len()
    );
    let told = subscription(&test, &failing).await;
    assert_eq!(told["status"], "failed");
    assert!(told["failureCount"].as_u64().unwrap() >= 10, "{told}");
    assert_ne!(told["lastFailure"], Value::Null);
    assert_eq!(told["lastSuccess"], Value::Null);
    assert_eq!(subscription(&test, &well).await["status"], "active");

    // Well again: what was given up is sent anew, and the rest follows.
    dead.script.lock().unwrap().clear();
    let failed = deliveries(&test, &failing, "?status=failed").await;
    let one = failed.last().unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/webhook-subscriptions/{failing}/deliveries/{one}/replay");
    let data = test.post(&path, json!({})).await.data(200);
    assert_eq!(data["delivery"]["status"], "waiting");
    assert_eq!(data["delivery"]["attempts"], 0);
    let before = dead.arrived().len();
    test.run_jobs().await;
    assert!(dead.arrived().len() > before);
    assert_eq!(subscription(&test, &failing).await["status"], "active");
    test.run_until("all has arrived or was given up", async || {
        deliveries(&test, &failing, "?status=waiting")
            .await
            .is_empty()
    })
    .await;
    assert_eq!(
        test.post(&path.replace(&one, "whd_999"), json!({}))
            .await
            .status,
        404
    );
    test.finish().await;
}

#[tokio::test]
async fn only_public_https_is_told_and_the_input_is_judged() {
    let test = TestApp::start().await;
    let body =
        |url: &str| json!({"url": url, "secret": SECRET, "eventTypes": ["delivery.updated"]});
    for url in [
        "http://hooks.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/",
        "ftp://hooks.example/",
        "https://user:pass@hooks.example/",
    ] {
        let reply = test.post("/webhook-subscriptions", body(url)).await;
        assert_eq!(reply.issues()[0].0, "url", "{url}");
    }
    let long = format!("https://hooks.example/{}", "a".repeat(2048));
    assert_eq!(
        test.post("/webhook-subscriptions", body(&long))
            .await
            .status,
        400
    );
    let mut short = body("https://hooks.example/");
    short["secret"] = json!("canary-too-shrt");
    let reply = test.post("/webhook-subscriptions", short).await;
    assert_eq!(
        reply.issues(),
        [("secret".to_owned(), "too_short".to_owned())]
    );
    assert!(!String::from_utf8_lossy(&reply.bytes).contains("canary"));
    let mut events = body("https://hooks.example/");
    events["eventTypes"] = json!(["discovery.revision"]);
    assert_eq!(
        test.post("/webhook-subscriptions", events).await.issues(),
        [("eventTypes[0]".to_owned(), "unknown_value".to_owned())]
    );
    test.finish().await;
}

#[tokio::test]
async fn the_secret_is_seen_nowhere_and_outlives_a_new_key() {
    let (log, guard) = log::capture();
    let receiver = Receiver::start().await;
    let test = start(&[&receiver]).await;
    let id = subscribe(&test, &receiver.url("/")).await;
    happen(&test, "cmp_1", 1).await;
    test.run_jobs().await;
    let mut seen = String::new();
    for path in ["/webhook-subscriptions", "/audit-logs"] {
        seen.push_str(&test.get(path).await.data(200).to_string());
    }
    seen.push_str(&subscription(&test, &id).await.to_string());
    let stored: Subscription = test
        .app
        .store
        .subscription(&test.account, &id)
        .await
        .unwrap()
        .unwrap();
    seen.push_str(&format!("{stored:?}"));
    assert!(seen.contains(&id) && !seen.contains(SECRET), "{seen}");
    let told = log.text();
    assert!(told.len() > 1_000 && !told.contains(SECRET));
    let bytes = test.bytes_on_disk();
    let holds = |wanted: &str| {
        bytes
            .windows(wanted.len())
            .any(|window| window == wanted.as_bytes())
    };
    assert!(holds(&id) && !holds(SECRET));

    let fresh = Secret::new("cd".repeat(32));
    assert_eq!(
        test.app
            .keyring
            .rotate(&*test.app.store, Some(&fresh))
            .await
            .unwrap(),
        1
    );
    happen(&test, "cmp_1", 2).await;
    test.run_jobs().await;
    let last = receiver.arrived().pop().unwrap();
    let expected = signature(
        &Secret::new(SECRET),
        last.header("x-webhook-timestamp"),
        &last.body,
    );
    assert_eq!(
        (last.n(), last.header("x-webhook-signature")),
        (2, expected.as_str())
    );
    drop(guard);
    test.finish().await;
}

#[tokio::test]
async fn subscriptions_are_listed_and_deleted_with_what_waits() {
    let receiver = Receiver::start().await;
    let test = start(&[&receiver]).await;
    let one = subscribe(&test, &receiver.url("/one")).await;
    let two = subscribe(&test, &receiver.url("/two")).await;
    let list = test.get("/webhook-subscriptions?take=1").await;
    assert_eq!(list.json()["meta"]["pagination"]["total"], 2);
    assert_eq!(list.data(200)["webhookSubscriptions"][0]["id"], json!(one));
    happen(&test, "cmp_1", 1).await;
    let path = format!("/webhook-subscriptions/{one}");
    assert_eq!(test.delete(&path).await.status, 204);
    for reply in [
        test.delete(&path).await,
        test.get(&path).await,
        test.get(&format!("{path}/deliveries")).await,
    ] {
        reply.error(404, "NOT_FOUND");
    }
    test.run_jobs().await;
    let paths: Vec<String> = receiver.arrived().into_iter().map(|one| one.path).collect();
    assert_eq!(paths, ["/two"]);
    // Kept for a week, then forgotten.
    test.clock.advance(TimeDelta::days(8));
    test.app.store.prune(test.clock.real_now()).await.unwrap();
    assert!(deliveries(&test, &two, "").await.is_empty());
    test.finish().await;
}
