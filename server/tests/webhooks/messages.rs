//! What a message changes: the buy or the figures it is about, once, and nothing when it is older
//! than what is known.

use flighting_server::store::SqliteStore;
use serde_json::{Value, json};
use sqlx::Connection;

use super::support::seller::Does;
use super::support::sender::Sender;
use super::{FIRST, app, deliver, keys_of, now, placed, report, staged, told};

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
