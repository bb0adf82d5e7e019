//! How many requests a key may make, and what every answer says about it (C 1.3).

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use flighting_server::app::Settings;
use support::{Reply, Setup, TestApp};

async fn limited(limit: u32) -> TestApp {
    let settings = Settings {
        rate_limit: limit,
        ..Settings::default()
    };
    TestApp::with(Setup {
        settings,
        ..Setup::default()
    })
    .await
}

fn standing(reply: &Reply) -> [&str; 3] {
    ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"]
        .map(|name| reply.header(name).unwrap())
}

#[tokio::test]
async fn requests_are_counted_and_refused_until_the_window_ends() {
    let test = limited(2).await;
    assert_eq!(standing(&test.get("/advertisers").await), ["2", "1", "60"]);
    test.clock.advance(TimeDelta::seconds(15));
    let missing = test.get("/advertisers/adv_unknown").await;
    missing.error(404, "NOT_FOUND");
    assert_eq!(standing(&missing), ["2", "0", "45"]);

    let refused = test.get("/advertisers").await;
    let error = refused.error(429, "RATE_LIMITED");
    assert_eq!(standing(&refused), ["2", "0", "45"]);
    assert_eq!(refused.header("retry-after"), Some("45"));
    assert_eq!(error["details"]["retryAfter"], 45);

    test.clock.advance(TimeDelta::seconds(45));
    assert_eq!(standing(&test.get("/advertisers").await), ["2", "1", "60"]);
    test.finish().await;
}

#[tokio::test]
async fn keys_are_counted_apart_and_so_is_who_has_none() {
    let mut test = limited(1).await;
    let first = test.key.clone();
    assert_eq!(test.get("/advertisers").await.status, 200);
    assert_eq!(test.get("/advertisers").await.status, 429);
    test.key = test.key_of(&test.account, false).await;
    assert_eq!(test.get("/advertisers").await.status, 200);

    test.key = "flt_0123456789abcdefghij".to_owned();
    let unknown = test.get("/advertisers").await;
    assert_eq!(
        (unknown.status.as_u16(), standing(&unknown)),
        (401, ["1", "0", "60"])
    );
    let guessing = test.get("/advertisers").await;
    assert_eq!(guessing.status, 429, "guessing keys is limited, too");
    test.key = first;
    assert_eq!(test.get("/advertisers").await.status, 429);
    test.finish().await;
}

#[tokio::test]
async fn without_a_limit_nobody_is_refused() {
    let test = limited(0).await;
    for _ in 0..50 {
        let reply = test.get("/advertisers").await;
        assert_eq!(reply.status, 200);
        assert_ne!(standing(&reply)[1], "0");
    }
    test.finish().await;
}

#[tokio::test]
async fn health_is_not_counted() {
    let test = limited(1).await;
    for _ in 0..3 {
        let reply = test
            .send(
                Request::builder()
                    .uri("/healthz")
                    .body(Body::empty())
                    .unwrap(),
            )
            .await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("ratelimit-limit")),
            (200, None)
        );
    }
    test.finish().await;
}
