//! Who may do what (decision 26).

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use axum::body::Body;
use axum::http::{Method, Request};
use flighting_server::auth;
use serde_json::json;
use support::{Reply, TestApp};

fn with(authorization: Option<&str>, path: &str) -> Request<Body> {
    let mut request = Request::builder().uri(path);
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn nothing_is_told_without_a_valid_key() {
    let test = TestApp::start().await;
    let key = test.key.clone();
    let almost = format!("{key}x");
    let fresh = auth::fresh_key().unwrap();
    let wrong = [
        None,
        Some(String::new()),
        Some(key.clone()),
        Some(format!("Basic {key}")),
        Some(format!("Bearer {almost}")),
        Some(format!("Bearer {}", fresh.expose())),
        Some("Bearer ".to_owned()),
    ];
    for value in wrong {
        for path in [
            "/api/buyer/advertisers",
            "/api/buyer/nowhere",
            "/api/v2/buyer/advertisers",
            "/api/buyer/events",
        ] {
            let reply = test.send(with(value.as_deref(), path)).await;
            reply.error(401, "UNAUTHORIZED");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        }
    }
    let reply = test
        .send(with(
            Some(&format!("bearer {key}")),
            "/api/buyer/advertisers",
        ))
        .await;
    assert_eq!(
        reply.status, 200,
        "the scheme is read whatever its capitals"
    );
    test.finish().await;
}

#[tokio::test]
async fn a_revoked_key_is_unknown_at_once() {
    let test = TestApp::start().await;
    assert_eq!(test.get("/advertisers").await.status, 200);
    let id = test.app.store.keys().await.unwrap()[0].id.clone();
    assert!(
        test.app
            .store
            .revoke_key(&id, test.clock.real_now())
            .await
            .unwrap()
    );
    test.get("/advertisers").await.error(401, "UNAUTHORIZED");
    test.finish().await;
}

#[tokio::test]
async fn a_read_only_key_reads() {
    let mut test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    test.key = test.key_of(&test.account, true).await;
    let path = format!("/advertisers/{advertiser}");
    assert_eq!(test.get(&path).await.data(200)["advertiser"]["revision"], 1);
    let refused: [Reply; 4] = [
        test.post("/advertisers", json!({})).await,
        test.put(&path, json!({"name": "B"})).await,
        test.delete(&path).await,
        test.send(test.json(Method::PATCH, &path, &json!({}))).await,
    ];
    for reply in refused {
        reply.error(403, "FORBIDDEN");
    }
    assert_eq!(test.get(&path).await.data(200)["advertiser"]["revision"], 1);
    test.finish().await;
}

#[tokio::test]
async fn accounts_do_not_see_each_other() {
    let mut test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    let agent = test.paper_agent("Theirs").await;
    let other = test.account_named("other").await;
    test.key = test.key_of(&other, false).await;
    let advertiser = format!("/advertisers/{advertiser}");
    let agent = format!("/sales-agents/{agent}");
    let hidden = [
        test.get(&advertiser).await,
        test.put(&advertiser, json!({"name": "mine"})).await,
        test.delete(&advertiser).await,
        test.post(&format!("{advertiser}/restore"), json!({})).await,
        test.get(&agent).await,
        test.delete(&agent).await,
        test.post(&format!("{agent}/probe"), json!({})).await,
    ];
    for reply in hidden {
        reply.error(404, "NOT_FOUND");
    }
    assert_eq!(
        test.get("/advertisers?status=ALL").await.data(200)["total"],
        0
    );
    assert_eq!(
        test.get("/sales-agents?status=ALL").await.data(200)["total"],
        0
    );
    test.finish().await;
}

#[tokio::test]
async fn the_text_of_a_key_is_stored_nowhere() {
    let test = TestApp::start().await;
    let key = test.key.clone();
    let stored = test.app.store.keys().await.unwrap();
    assert!(!format!("{stored:?}").contains(&key));
    let found = test.app.store.key_by_hash(&auth::hash(&key)).await.unwrap();
    assert_eq!(found.map(|key| key.id), Some(stored[0].id.clone()));
    test.finish().await;
}

#[tokio::test]
async fn health_and_documentation_need_no_key() {
    let test = TestApp::start().await;
    for path in [
        "/healthz",
        "/readyz",
        "/api/buyer/openapi.json",
        "/api/buyer/docs",
        "/",
    ] {
        assert_eq!(test.send(with(None, path)).await.status, 200, "{path}");
    }
    test.app.stopping.cancel();
    let stopping = test.send(with(None, "/readyz")).await;
    stopping.error(503, "SERVICE_UNAVAILABLE");
    assert_eq!(test.send(with(None, "/healthz")).await.status, 200);
    test.finish().await;
}
