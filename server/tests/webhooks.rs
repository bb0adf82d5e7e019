//! Sellers that write to us by themselves: whose message it is, that it counts once, and that it
//! and polling come to one result.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::execution::Answer;
use flighting_core::ids::{AgentId, MediaBuyId};
use flighting_server::adcp::{AddressPolicy, SalesAgent};
use flighting_server::app::Settings;
use flighting_server::store::SqliteStore;
use serde_json::{Value, json};
use sqlx::Connection;
use support::seller::{Does, Seller, shared};
use support::sender::{Sender, completed};
use support::staged::Staged;
use support::{Reply, Setup, TestApp};

const PUBLIC: &str = "https://planner.example/flighting";

async fn app() -> TestApp {
    TestApp::with(Setup {
        addresses: AddressPolicy::new(true),
        settings: Settings {
            rate_limit: 0,
            public_url: Some(PUBLIC.parse().unwrap()),
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await
}

/// Registers an agent with these webhook settings; nobody listens at its address.
async fn register(test: &TestApp, webhooks: Value) -> Reply {
    let body = json!({"name": "Scripted", "url": "http://127.0.0.1:1/mcp", "protocol": "MCP", "webhooks": webhooks});
    test.post("/sales-agents", body).await
}

/// A seller in memory in the place of a registered agent.
async fn staged(test: TestApp, webhooks: Value, script: impl IntoIterator<Item = Does>) -> Staged {
    let told = register(&test, webhooks).await.data(201);
    assert_eq!(told["salesAgent"]["hasWebhooks"], true);
    let id = AgentId::parse(told["salesAgent"]["salesAgentId"].as_str().unwrap()).unwrap();
    let (seller, agent): (_, Arc<dyn SalesAgent>) = shared(Seller::new(id.clone(), script));
    test.app.agents.script(id.clone(), agent);
    Staged {
        test,
        seller,
        agent: id,
    }
}

fn keys_of(sender: &Sender) -> Value {
    json!({"jwks": {"keys": [sender.jwk()]}})
}

/// What a create told its seller.
struct Told {
    url: String,
    operation: String,
    token: String,
    request: Value,
}

fn told(staged: &Staged) -> Told {
    let requests = staged.seller.requests();
    let request: Value = serde_json::from_str(requests.last().unwrap()).unwrap();
    let config = &request["push_notification_config"];
    let text = |name: &str| config[name].as_str().unwrap().to_owned();
    Told {
        url: text("url"),
        operation: text("operation_id"),
        token: text("token"),
        request: request.clone(),
    }
}

/// The seller's result for a create: one package with what was sent.
fn placed(told: &Told, status: &str) -> Value {
    let package = &told.request["packages"][0];
    json!({"media_buy_id": "b1", "media_buy_status": status, "confirmed_at": "2027-03-01T12:00:00Z", "revision": 1,
           "packages": [{"package_id": "p1", "product_id": package["product_id"], "budget": package["budget"],
                         "context": package["context"]}]})
}

fn now(staged: &Staged) -> DateTime<Utc> {
    staged.test.clock.real_now()
}

impl Told {
    fn message(&self, key: &str, result: Value) -> Value {
        completed(key, &self.operation, "task-1", &self.token, result)
    }
}

/// Delivers what was signed for the public address, as a proxy does: without its prefix.
async fn deliver(test: &TestApp, mut sent: support::sender::Sent) -> (u16, Value, Option<String>) {
    sent.path = sent.path.replacen("/flighting", "", 1);
    let reply = test.send(sent.request()).await;
    let challenge = reply
        .headers
        .get("www-authenticate")
        .map(|value| value.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(&reply.bytes).unwrap_or(Value::Null);
    (reply.status.as_u16(), body, challenge)
}

/// A report on two days of a buy's one package, made at 8 on the third.
fn report(key: &str, buy: &str, impressions: u64) -> Value {
    json!({"idempotency_key": key, "operation_id": "report_1", "task_id": "dr_1", "task_type": "media_buy_delivery",
           "status": "completed", "timestamp": "2027-03-12T08:00:00Z",
           "result": {"notification_type": "scheduled", "sequence_number": 1, "currency": "USD",
               "reporting_period": {"start": "2027-03-10T00:00:00Z", "end": "2027-03-12T00:00:00Z"},
               "media_buy_deliveries": [{"media_buy_id": buy, "status": "active",
                   "totals": {"impressions": impressions, "spend": 50.0, "clicks": 3},
                   "by_package": [{"package_id": "p1", "impressions": impressions, "spend": 50.0, "clicks": 3,
                                   "pricing_model": "cpm", "rate": 5.0, "currency": "USD"}]}]}})
}

const FIRST: &str = "whk_0000000000000001";

#[tokio::test]
async fn a_signed_message_settles_the_buy_once() {
    let sender = Sender::new("seller-1", 7);
    let staged = staged(app().await, keys_of(&sender), [Does::Submits("task-1")]).await;
    let id = staged.executed().await;
    assert_eq!(staged.buy(&id).await["status"], "PENDING_APPROVAL");
    let told = told(&staged);
    assert!(
        told.url
            .starts_with("https://planner.example/flighting/adcp/webhooks/")
    );
    assert!(told.token.len() >= 22 && told.operation.len() >= 16);
    assert_eq!(
        told.request["push_notification_config"].get("authentication"),
        None
    );

    let message = told.message(FIRST, placed(&told, "active"));
    let sent = sender.send(&told.url, &message, now(&staged));
    let (status, body, _) = deliver(&staged.test, sent.clone()).await;
    assert_eq!((status, &body["status"]), (200, &json!("received")));
    let buy = staged.buy(&id).await;
    assert_eq!(buy["status"], "ACTIVE", "{buy}");
    let after = staged.read(&id).await;

    // The same signature again is a replay; the same message freshly signed was taken in before.
    let (status, body, challenge) = deliver(&staged.test, sent).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (401, &json!("webhook_signature_replayed"))
    );
    assert_eq!(
        challenge.as_deref(),
        Some("Signature error=\"webhook_signature_replayed\"")
    );
    let again = sender.send(&told.url, &message, now(&staged));
    assert_eq!(deliver(&staged.test, again.clone()).await.0, 200);
    assert_eq!(deliver(&staged.test, again).await.0, 401);
    // Members in another order are the same message; another message under the key is not.
    let text = message.to_string();
    let turned = format!(
        "{{\"protocol\":\"media-buy\",{}",
        &text[1..].replace("\"protocol\":\"media-buy\",", "")
    );
    assert_ne!(turned, text);
    let sent = sender.sign(&told.url, turned.into_bytes(), now(&staged));
    assert_eq!(deliver(&staged.test, sent).await.0, 200);
    let other = told.message(FIRST, placed(&told, "canceled"));
    let sent = sender.send(&told.url, &other, now(&staged));
    let (status, body, _) = deliver(&staged.test, sent).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (409, &json!("idempotency_conflict"))
    );
    assert_eq!(staged.read(&id).await, after);
    staged.test.end().await;
}

#[tokio::test]
async fn a_message_and_a_poll_at_once_come_to_one_result() {
    for round in 0..8_u8 {
        let sender = Sender::new("seller-1", 7);
        let staged = staged(app().await, keys_of(&sender), [Does::Submits("task-1")]).await;
        let id = staged.executed().await;
        let told = told(&staged);
        let arguments = serde_json::value::RawValue::from_string(told.request.to_string()).unwrap();
        let held = staged.seller.hold(&arguments);
        staged.seller.decide("task-1", Answer::Accepted(held));
        let mut result = placed(&told, "active");
        result["packages"][0]["package_id"] = json!("p1-0");
        let message = told.message(FIRST, result);
        let sent = sender.send(&told.url, &message, now(&staged));
        let poll = async {
            if round % 2 == 0 {
                tokio::task::yield_now().await;
            }
            staged
                .test
                .get(&format!("/campaigns/{id}/media-buy-status"))
                .await
                .data(200)
        };
        let (delivered, _) = tokio::join!(deliver(&staged.test, sent), poll);
        assert_eq!(delivered.0, 200);
        let buy = staged.buy(&id).await;
        assert_eq!(
            (&buy["status"], staged.seller.ledger().len()),
            (&json!("ACTIVE"), 1)
        );
        let events = staged
            .test
            .app
            .store
            .events_after(&staged.test.account, 0, 100)
            .await
            .unwrap();
        let to_active = events.iter().filter(|event| {
            event.kind == "media_buy.status_changed" && event.data["newStatus"] == "ACTIVE"
        });
        assert_eq!(to_active.count(), 1, "{events:?}");
        staged.test.end().await;
    }
}

#[tokio::test]
async fn a_message_that_is_faster_than_the_answer_settles_the_buy() {
    let sender = Sender::new("seller-1", 7);
    let test = app().await;
    let told_of = register(&test, keys_of(&sender)).await.data(201);
    let id = AgentId::parse(told_of["salesAgent"]["salesAgentId"].as_str().unwrap()).unwrap();
    let (seller, agent) = shared(Seller::new(id.clone(), [Does::Submits("task-1")]).gated());
    test.app.agents.script(id.clone(), agent);
    let staged = Staged {
        test,
        seller,
        agent: id,
    };
    let campaign = staged.campaign().await;
    let executing = staged.execute(&campaign);
    let meanwhile = async {
        staged.seller.arrived.acquire().await.unwrap().forget();
        let told = told(&staged);
        // By its task alone nobody knows it yet: the seller shall come again.
        let mut nameless = told.message("whk_0000000000000009", placed(&told, "active"));
        nameless.as_object_mut().unwrap().remove("operation_id");
        let sent = sender.send(&told.url, &nameless, now(&staged));
        assert_eq!(deliver(&staged.test, sent).await.0, 503);
        let message = told.message(FIRST, placed(&told, "active"));
        let sent = sender.send(&told.url, &message, now(&staged));
        assert_eq!(deliver(&staged.test, sent).await.0, 200);
        staged.seller.open();
    };
    let (executed, ()) = tokio::join!(executing, meanwhile);
    assert_eq!(executed["success"], true, "{executed}");
    let buy = staged.buy(&campaign).await;
    assert_eq!(buy["status"], "ACTIVE", "{buy}");
    assert!(
        staged
            .test
            .app
            .store
            .open_submissions()
            .await
            .unwrap()
            .is_empty()
    );
    staged.test.end().await;
}

#[tokio::test]
async fn what_is_older_than_what_is_known_changes_nothing() {
    let sender = Sender::new("seller-1", 7);
    let staged = staged(app().await, keys_of(&sender), [Does::Submits("task-1")]).await;
    let id = staged.executed().await;
    let told = told(&staged);
    let tell = async |key: &str, status: &str, at: &str, result: Value| {
        let mut message = told.message(key, result);
        message["status"] = json!(status);
        message["timestamp"] = json!(at);
        let sent = sender.send(&told.url, &message, now(&staged));
        assert_eq!(deliver(&staged.test, sent).await.0, 200, "{key}");
        staged.buy(&id).await["status"].clone()
    };
    let question = json!({"reason": "APPROVAL_REQUIRED"});
    assert_eq!(
        tell(
            "whk_older_000000002",
            "input-required",
            "2027-03-01T12:00:05Z",
            question
        )
        .await,
        "INPUT_REQUIRED"
    );
    assert_eq!(
        tell(
            "whk_older_000000001",
            "working",
            "2027-03-01T12:00:01Z",
            Value::Null
        )
        .await,
        "INPUT_REQUIRED"
    );
    assert_eq!(
        tell(
            "whk_older_000000003",
            "working",
            "2027-03-01T12:00:06Z",
            Value::Null
        )
        .await,
        "PENDING_APPROVAL"
    );
    let result = placed(&told, "active");
    assert_eq!(
        tell(
            "whk_older_000000004",
            "completed",
            "2027-03-01T12:00:08Z",
            result
        )
        .await,
        "ACTIVE"
    );
    let after = staged.read(&id).await;
    assert_eq!(
        tell(
            "whk_older_000000005",
            "working",
            "2027-03-01T12:00:09Z",
            Value::Null
        )
        .await,
        "ACTIVE"
    );
    assert_eq!(
        tell(
            "whk_older_000000006",
            "failed",
            "2027-03-01T12:00:07Z",
            Value::Null
        )
        .await,
        "ACTIVE"
    );
    assert_eq!(staged.read(&id).await, after);
    staged.test.end().await;
}

#[tokio::test]
async fn a_failed_commit_is_a_500_and_the_next_delivery_counts_once() {
    let sender = Sender::new("seller-1", 7);
    let staged = staged(app().await, keys_of(&sender), [Does::Submits("task-1")]).await;
    let id = staged.executed().await;
    let told = told(&staged);
    let before = staged.read(&id).await;
    let message = told.message(FIRST, placed(&told, "active"));
    let path = staged.test.database();
    let mut disk = sqlx::SqliteConnection::connect(path.to_str().unwrap())
        .await
        .unwrap();
    let breaks = "CREATE TRIGGER breaks BEFORE INSERT ON webhook_messages BEGIN SELECT RAISE(ABORT, 'broken'); END";
    sqlx::query(breaks).execute(&mut disk).await.unwrap();
    let sent = sender.send(&told.url, &message, now(&staged));
    assert_eq!(deliver(&staged.test, sent.clone()).await.0, 500);
    assert_eq!(staged.read(&id).await, before);
    sqlx::query("DROP TRIGGER breaks")
        .execute(&mut disk)
        .await
        .unwrap();
    // Not even the signature was kept: nothing of the message was.
    assert_eq!(deliver(&staged.test, sent).await.0, 200);
    assert_eq!(staged.buy(&id).await["status"], "ACTIVE");

    // Another process on the same file knows it, too.
    let reopened = SqliteStore::open(&path).await.unwrap();
    let seen = flighting_server::store::Store::message_seen(&reopened, &staged.agent, FIRST, None)
        .await
        .unwrap();
    assert!(seen.digest.is_some());
    staged.test.end().await;
}

#[tokio::test]
async fn a_shared_secret_is_sent_and_never_stored() {
    let secret = "canary-0123456789-0123456789-abcdef";
    let staged = staged(
        app().await,
        json!({"hmac": secret}),
        [Does::Submits("task-1")],
    )
    .await;
    let id = staged.executed().await;
    let told = told(&staged);
    let authentication = &told.request["push_notification_config"]["authentication"];
    assert_eq!(
        *authentication,
        json!({"schemes": ["HMAC-SHA256"], "credentials": secret})
    );
    assert_eq!(
        told.request["reporting_webhook"],
        json!({"url": told.url, "token": told.token, "authentication": authentication, "reporting_frequency": "daily"})
    );
    let buy = MediaBuyId::parse(staged.buy(&id).await["mediaBuyId"].as_str().unwrap()).unwrap();
    let stored = staged
        .test
        .app
        .store
        .submission(&staged.test.account, &buy)
        .await
        .unwrap()
        .unwrap();
    let stored = String::from_utf8(stored.request_bytes).unwrap();
    for canary in [secret, &told.token] {
        assert!(!stored.contains(canary), "{stored}");
    }

    let message = told.message(FIRST, placed(&told, "active")).to_string();
    let send = |body: &str, at: i64, secret: &str| {
        use hmac::{Hmac, Mac};
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{at}.{body}").as_bytes());
        let mac = hex::encode(mac.finalize().into_bytes());
        let sent = Sender::new("x", 1).sign(&told.url, body.as_bytes().to_vec(), now(&staged));
        sent.without("signature")
            .without("signature-input")
            .without("content-digest")
            .with("x-adcp-timestamp", &at.to_string())
            .with("x-adcp-signature", &format!("sha256={mac}"))
    };
    let at = now(&staged).timestamp();
    let good = send(&message, at, secret);
    let bad = [
        (
            "webhook_hmac_invalid",
            send(&message, at, "another-secret-0123456789-0123456789"),
        ),
        (
            "webhook_hmac_invalid",
            send(&message, at, secret).with("x-adcp-timestamp", &(at + 1).to_string()),
        ),
        (
            "webhook_hmac_window_invalid",
            send(&message, at - 301, secret),
        ),
        (
            "webhook_hmac_window_invalid",
            send(&message, at + 301, secret),
        ),
        (
            "webhook_hmac_malformed",
            send(&message, at, secret).without("x-adcp-timestamp"),
        ),
        (
            "webhook_hmac_malformed",
            send(&message, at, secret).without("x-adcp-signature"),
        ),
        (
            "webhook_hmac_malformed",
            send(&message, at, secret).with("x-adcp-signature", "sha256=zz"),
        ),
        (
            "webhook_hmac_malformed",
            send(&message, at, secret).and("x-adcp-timestamp", "1"),
        ),
        (
            "webhook_mode_mismatch",
            Sender::new("seller-1", 7).sign(&told.url, message.clone().into_bytes(), now(&staged)),
        ),
    ];
    let before = staged.read(&id).await;
    for (code, sent) in bad {
        let (status, body, challenge) = deliver(&staged.test, sent).await;
        assert_eq!((status, &body["error"]["code"]), (401, &json!(code)));
        assert_eq!(challenge, Some(format!("Signature error=\"{code}\"")));
    }
    assert_eq!(staged.read(&id).await, before);
    assert_eq!(deliver(&staged.test, good).await.0, 200);
    assert_eq!(staged.buy(&id).await["status"], "ACTIVE");

    staged
        .test
        .clock
        .set("2027-03-12T09:00:00Z".parse().unwrap());
    let figures = report("whk_report_0000001", "b1", 1_000).to_string();
    let at = now(&staged).timestamp();
    assert_eq!(
        deliver(&staged.test, send(&figures, at, secret)).await.0,
        200
    );
    let package = &staged.read(&id).await["mediaBuys"][0]["packages"][0];
    assert_eq!(package["delivery"]["impressions"], 1_000, "{package}");
    staged.test.end().await;
}

#[tokio::test]
async fn a_report_brings_figures_and_speaks_of_nobody_elses_buys() {
    let sender = Sender::new("seller-1", 7);
    let staged = staged(app().await, keys_of(&sender), [Does::Submits("task-1")]).await;
    let id = staged.executed().await;
    let told = told(&staged);
    // AdCP 3 has reports signed with a shared secret only, and this seller has keys.
    assert!(told.request.get("reporting_webhook").is_none());
    let message = told.message(FIRST, placed(&told, "active"));
    let sent = sender.send(&told.url, &message, now(&staged));
    assert_eq!(deliver(&staged.test, sent).await.0, 200);
    staged
        .test
        .clock
        .set("2027-03-12T09:00:00Z".parse().unwrap());
    let sent = sender.send(
        &told.url,
        &report("whk_report_0000001", "nobodys", 9),
        now(&staged),
    );
    let (status, body, _) = deliver(&staged.test, sent).await;
    assert_eq!(
        (status, &body["error"]["code"]),
        (422, &json!("unknown_operation"))
    );
    let sent = sender.send(
        &told.url,
        &report("whk_report_0000002", "b1", 1_000),
        now(&staged),
    );
    assert_eq!(deliver(&staged.test, sent).await.0, 200);
    let campaign = staged.read(&id).await;
    let package = &campaign["mediaBuys"][0]["packages"][0];
    assert_eq!(package["delivery"]["impressions"], 1_000, "{package}");
    staged.test.end().await;
}

#[tokio::test]
async fn published_keys_are_fetched_kept_and_fetched_again_with_restraint() {
    use axum::routing::get;
    let first = Sender::new("seller-1", 7);
    let second = Sender::new("seller-2", 8);
    let published = Arc::new(std::sync::Mutex::new((
        0_usize,
        json!({"keys": [first.jwk()]}),
    )));
    let shown = Arc::clone(&published);
    let router = axum::Router::new().route(
        "/jwks.json",
        get(move || async move {
            let mut held = shown.lock().unwrap();
            held.0 += 1;
            axum::Json(held.1.clone())
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    let staged = staged(
        app().await,
        json!({"jwksUri": uri}),
        [Does::Submits("task-1")],
    )
    .await;
    let id = staged.executed().await;
    let told = told(&staged);
    let fetched = || published.lock().unwrap().0;
    let try_with = async |sender: &Sender, key: &str| {
        let message = told.message(key, placed(&told, "active"));
        let sent = sender.send(&told.url, &message, now(&staged));
        let (status, body, _) = deliver(&staged.test, sent).await;
        (
            status,
            body["error"]["code"].as_str().unwrap_or("").to_owned(),
        )
    };
    // A hundred messages with keys nobody has make us look once a minute.
    for n in 0..100_u8 {
        let stranger = Sender::new(&format!("stranger-{n}"), n);
        assert_eq!(
            try_with(&stranger, "whk_stranger_000001").await.1,
            "webhook_signature_key_unknown"
        );
    }
    assert_eq!(fetched(), 1);
    assert_eq!(try_with(&first, "whk_published_00001").await.0, 200);
    assert_eq!(staged.buy(&id).await["status"], "ACTIVE");
    // The key changes: the new one is looked for as soon as the minute is over, and the old one is
    // known to be withdrawn.
    published.lock().unwrap().1 = json!({"keys": [second.jwk()]});
    assert_eq!(
        try_with(&second, "whk_published_00002").await.1,
        "webhook_signature_key_unknown"
    );
    staged.test.clock.advance(TimeDelta::seconds(61));
    assert_eq!(try_with(&second, "whk_published_00002").await.0, 200);
    assert_eq!(
        try_with(&first, "whk_published_00003").await.1,
        "webhook_signature_key_revoked"
    );
    assert_eq!(fetched(), 2);
    // Nobody answers any more: known keys are taken for some hours, then nobody could say whether
    // they still count.
    serving.abort();
    staged.test.clock.advance(TimeDelta::hours(5));
    assert_eq!(try_with(&second, "whk_published_00004").await.0, 200);
    staged.test.clock.advance(TimeDelta::hours(2));
    assert_eq!(
        try_with(&second, "whk_published_00005").await.1,
        "webhook_signature_revocation_stale"
    );
    staged.test.end().await;
}

#[tokio::test]
async fn registrations_that_could_not_be_checked_are_refused() {
    let test = app().await;
    let sender = Sender::new("seller-1", 7);
    let mut other_use = serde_json::to_value(sender.jwk()).unwrap();
    other_use["adcp_use"] = json!("response-signing");
    let mut with_secret = serde_json::to_value(sender.jwk()).unwrap();
    with_secret["d"] = json!("AAAA");
    for keys in [other_use, with_secret, json!({"kid": "a"})] {
        register(&test, json!({"jwks": {"keys": [keys]}}))
            .await
            .error(400, "VALIDATION_ERROR");
    }
    let strict = TestApp::start().await;
    let private = json!({"name": "S", "url": "https://seller.example/mcp", "protocol": "MCP",
                         "webhooks": {"jwksUri": "http://127.0.0.1/jwks.json"}});
    let error = strict
        .post("/sales-agents", private)
        .await
        .error(400, "VALIDATION_ERROR");
    assert_eq!(error["field"], "webhooks.jwksUri");
    test.end().await;
    strict.end().await;
}

#[tokio::test]
async fn without_a_public_address_sellers_are_polled() {
    let sender = Sender::new("seller-1", 7);
    let test = TestApp::with(Setup {
        addresses: AddressPolicy::new(true),
        ..Setup::default()
    })
    .await;
    let staged = staged(test, keys_of(&sender), [Does::Submits("task-1")]).await;
    let id = staged.executed().await;
    let request: Value = serde_json::from_str(&staged.seller.requests()[0]).unwrap();
    assert_eq!(request.get("push_notification_config"), None);
    let next = staged.test.app.store.next_job_at().await.unwrap().unwrap();
    assert_eq!(next - now(&staged), TimeDelta::seconds(1));
    assert_eq!(staged.buy(&id).await["status"], "PENDING_APPROVAL");
    let sent = sender.send(
        "https://planner.example/adcp/webhooks/0123",
        &json!({}),
        now(&staged),
    );
    assert_eq!(deliver(&staged.test, sent).await.0, 404);
    staged.test.end().await;
}

#[tokio::test]
async fn a_seller_that_writes_to_us_is_asked_every_two_minutes_as_a_backup() {
    let sender = Sender::new("seller-1", 7);
    let staged = staged(app().await, keys_of(&sender), [Does::Submits("task-1")]).await;
    let id = staged.executed().await;
    let wait = |next: DateTime<Utc>| next - now(&staged);
    let next = staged.test.app.store.next_job_at().await.unwrap().unwrap();
    assert_eq!(wait(next), TimeDelta::seconds(120));
    let told = told(&staged);
    let arguments = serde_json::value::RawValue::from_string(told.request.to_string()).unwrap();
    let held = staged.seller.hold(&arguments);
    staged.seller.decide("task-1", Answer::Accepted(held));
    staged.test.pass(TimeDelta::seconds(119)).await;
    assert_eq!(staged.buy(&id).await["status"], "PENDING_APPROVAL");
    staged.test.pass(TimeDelta::seconds(2)).await;
    assert_eq!(staged.buy(&id).await["status"], "ACTIVE");
    // The message comes all the same, and finds it so.
    let mut result = placed(&told, "active");
    result["packages"][0]["package_id"] = json!("p1-0");
    let before = staged.read(&id).await;
    let sent = sender.send(&told.url, &told.message(FIRST, result), now(&staged));
    assert_eq!(deliver(&staged.test, sent).await.0, 200);
    assert_eq!(staged.read(&id).await, before);
    staged.test.end().await;
}
