//! What changes something runs once under its key, and to its end (decision 25).

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::sync::Arc;

use axum::http::{Method, Request};
use flighting_core::ids::AgentId;
use serde_json::{Value, json};
use support::{Scripted, TestApp};
use tower::ServiceExt;

fn advertiser(name: &str) -> Value {
    json!({"name": name, "brand": "acme.example", "primaryCurrency": "EUR"})
}

/// An agent that a scripted seller plays; the path that probes it.
async fn scripted(test: &TestApp, seller: &Arc<Scripted>) -> String {
    let id = test.paper_agent("Scripted").await;
    let path = format!("/sales-agents/{id}/probe");
    let seller: Arc<Scripted> = Arc::clone(seller);
    test.app.agents.script(id, seller);
    path
}

#[tokio::test]
async fn the_same_request_gets_the_stored_answer() {
    let test = TestApp::start().await;
    let post = || test.send(test.keyed(Method::POST, "/advertisers", "create-1", &advertiser("A")));
    let first = post().await;
    let second = post().await;
    assert_eq!(first.data(201), second.data(201));
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(
        (
            first.header("idempotency-replayed"),
            second.header("idempotency-replayed")
        ),
        (None, Some("true"))
    );
    assert_eq!(test.get("/advertisers").await.data(200)["total"], 1);

    // The alias is the same route.
    let mut aliased = test.keyed(Method::POST, "/advertisers", "create-1", &advertiser("A"));
    *aliased.uri_mut() = "/api/v2/buyer/advertisers".parse().unwrap();
    assert_eq!(
        test.send(aliased).await.header("idempotency-replayed"),
        Some("true")
    );
    assert_eq!(test.get("/advertisers").await.data(200)["total"], 1);
    test.finish().await;
}

#[tokio::test]
async fn a_key_belongs_to_one_body_route_and_account() {
    let mut test = TestApp::start().await;
    let key = "the-same-key";
    let made = test
        .send(test.keyed(Method::POST, "/advertisers", key, &advertiser("A")))
        .await
        .data(201);
    let error = test
        .send(test.keyed(Method::POST, "/advertisers", key, &advertiser("B")))
        .await
        .error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "idempotency_key_reused");

    let path = format!(
        "/advertisers/{}",
        made["advertiser"]["id"].as_str().unwrap()
    );
    let put = || test.send(test.keyed(Method::PUT, &path, key, &json!({"name": "C"})));
    assert_eq!(put().await.data(200)["advertiser"]["revision"], 2);
    let again = put().await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(test.get(&path).await.data(200)["advertiser"]["revision"], 2);

    let other = test.account_named("other").await;
    test.key = test.key_of(&other, false).await;
    let reply = test
        .send(test.keyed(Method::POST, "/advertisers", key, &advertiser("A")))
        .await;
    assert_eq!(reply.header("idempotency-replayed"), None);
    assert_ne!(
        reply.data(201)["advertiser"]["id"],
        made["advertiser"]["id"]
    );
    test.finish().await;
}

#[tokio::test]
async fn refusals_are_kept_and_keys_expire() {
    let test = TestApp::start().await;
    let post = || test.send(test.keyed(Method::POST, "/advertisers", "refused-1", &json!({})));
    let first = post().await;
    assert_eq!(first.issues(), post().await.issues());
    assert_eq!(post().await.header("idempotency-replayed"), Some("true"));
    test.clock.advance(chrono::TimeDelta::hours(25));
    assert_eq!(post().await.header("idempotency-replayed"), None);
    test.finish().await;
}

#[tokio::test]
async fn a_key_has_a_form() {
    let test = TestApp::start().await;
    for bad in [
        "short",
        "with space in it",
        "umlaut-ä-in-it",
        &"x".repeat(129),
    ] {
        let mut request = test.json(Method::POST, "/advertisers", &advertiser("A"));
        request.headers_mut().insert(
            "idempotency-key",
            axum::http::HeaderValue::from_bytes(bad.as_bytes()).unwrap(),
        );
        let issues = test.send(request).await.issues();
        assert_eq!(
            issues,
            [("Idempotency-Key".to_owned(), "invalid_format".to_owned())],
            "{bad}"
        );
    }
    assert_eq!(test.get("/advertisers").await.data(200)["total"], 0);
    test.finish().await;
}

#[tokio::test]
async fn while_the_first_runs_the_second_waits() {
    let test = TestApp::start().await;
    let seller = Arc::new(Scripted::slow());
    let path = scripted(&test, &seller).await;
    let probe = || test.keyed(Method::POST, &path, "probe-once", &json!({}));

    let first = tokio::spawn(test.router().oneshot(probe()));
    seller.began().await;
    let second = test.send(probe()).await;
    let error = second.error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "idempotency_key_running");
    assert_eq!(second.header("retry-after"), Some("1"));
    seller.open();
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    let third = test.send(probe()).await;
    assert_eq!(third.header("idempotency-replayed"), Some("true"));
    assert_eq!(seller.asked(), 1);
    test.finish().await;
}

#[tokio::test]
async fn a_caller_that_hangs_up_stops_nothing() {
    let test = TestApp::start().await;
    let seller = Arc::new(Scripted::slow());
    let path = scripted(&test, &seller).await;
    let probe = || test.keyed(Method::POST, &path, "probe-once", &json!({}));

    let mut first = Box::pin(test.router().oneshot(probe()));
    tokio::select! {
        _ = &mut first => panic!("answered before the seller did"),
        () = seller.began() => {}
    }
    drop(first);
    seller.open();
    // The server waits for it when it stops, and so does this.
    test.app.running.close();
    test.app.running.wait().await;
    let again = test.send(probe()).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.data(200)["salesAgent"]["status"], "UNREACHABLE");
    assert_eq!(seller.asked(), 1);
    test.finish().await;
}

#[tokio::test]
async fn our_own_failure_is_not_kept() {
    let test = TestApp::start().await;
    let path = scripted(&test, &Arc::new(Scripted::broken())).await;
    let probe = || test.send(test.keyed(Method::POST, &path, "probe-once", &json!({})));

    let broken = probe().await;
    let error = broken.error(500, "INTERNAL_ERROR");
    assert_eq!(error["message"], "something went wrong on our side");
    assert_eq!(
        error["details"]["requestId"].as_str(),
        broken.header("x-request-id")
    );

    let id = path.split('/').nth(2).unwrap();
    test.app
        .agents
        .script(AgentId::parse(id).unwrap(), Arc::new(Scripted::prompt()));
    let second = probe().await;
    assert_eq!(second.header("idempotency-replayed"), None);
    assert_eq!(
        second.data(200)["salesAgent"]["probeError"],
        "it only plays a seller"
    );
    test.finish().await;
}

#[tokio::test]
async fn reading_needs_no_key_and_ignores_one() {
    let test = TestApp::start().await;
    let read = |key: &str| -> Request<axum::body::Body> {
        test.keyed(Method::GET, "/advertisers", key, &json!({}))
    };
    assert_eq!(test.send(read("read-once")).await.data(200)["total"], 0);
    test.advertiser().await;
    let again = test.send(read("read-once")).await;
    assert_eq!(again.data(200)["total"], 1);
    assert_eq!(again.header("idempotency-replayed"), None);
    test.finish().await;
}
