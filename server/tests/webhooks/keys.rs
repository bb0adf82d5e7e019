//! What a message is checked with: a shared secret, or keys that are registered or published.

use std::sync::Arc;

use chrono::TimeDelta;
use flighting_core::ids::MediaBuyId;
use serde_json::json;

use super::support::TestApp;
use super::support::seller::Does;
use super::support::sender::Sender;
use super::{FIRST, app, deliver, now, placed, register, report, staged, told};

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
