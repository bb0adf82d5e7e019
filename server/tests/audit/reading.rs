//! What the log shows to whom: refused commands apart, filters, pages, and each account its own.

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::Log;
use super::support::TestApp;

#[tokio::test]
async fn refused_commands_are_told_apart_and_without_what_was_sent() {
    let test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    let at = format!("/advertisers/{advertiser}");
    let reader = test.key_of(&test.account, true).await;
    let request = Request::builder()
        .method("DELETE")
        .uri(format!("/api/buyer{at}"))
        .header("authorization", format!("Bearer {reader}"))
        .body(Body::empty())
        .unwrap();
    assert_eq!(test.send(request).await.status, 403);
    assert_eq!(
        test.put(&at, json!({"name": "", "canary-member": 1}))
            .await
            .status,
        400
    );
    assert_eq!(test.delete("/campaigns/cmp_unknown").await.status, 404);
    assert_eq!(test.post("/no-such-route", json!({})).await.status, 404);
    // A stored answer is no second command.
    for _ in 0..2 {
        let keyed = test.keyed(
            axum::http::Method::PUT,
            &at,
            "key-12345678",
            &json!({"name": 5}),
        );
        assert_eq!(test.send(keyed).await.status, 400);
    }

    let log = Log(&test);
    let denied = log.read("&outcome=denied").await;
    assert_eq!(denied.len(), 1);
    assert_eq!(denied[0]["action"], "DELETE");
    assert_eq!(denied[0]["resourceId"], json!(advertiser));
    assert_eq!(
        denied[0]["parameters"],
        json!({"status": 403, "code": "FORBIDDEN"})
    );
    let failed = log.read("&outcome=failed").await;
    let told: Vec<(&str, &str, u64)> = failed
        .iter()
        .rev()
        .map(|row| {
            (
                row["action"].as_str().unwrap(),
                row["resourceId"].as_str().unwrap(),
                row["parameters"]["status"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("UPDATE", advertiser.as_str(), 400),
            ("DELETE", "cmp_unknown", 404),
            ("UPDATE", advertiser.as_str(), 400),
        ]
    );
    assert!(!Value::from(failed).to_string().contains("canary"));
    test.finish().await;
}

#[tokio::test]
async fn the_log_is_filtered_and_paged_and_each_account_sees_its_own() {
    let test = TestApp::start().await;
    let log = Log(&test);
    let first = test.advertiser().await;
    test.clock.advance(TimeDelta::days(1));
    let second = test.advertiser().await;
    test.put(&format!("/advertisers/{second}"), json!({"name": "Other"}))
        .await
        .data(200);
    let count = async |query: &str| log.read(query).await.len();
    assert_eq!(count("").await, 3);
    assert_eq!(count("&endDate=2027-03-01").await, 1);
    assert_eq!(count("&startDate=2027-03-02").await, 2);
    assert_eq!(count("&startDate=2027-03-03").await, 0);
    assert_eq!(count(&format!("&advertiserId={first}")).await, 1);
    assert_eq!(count("&campaignId=cmp_1").await, 0);
    assert_eq!(count("&actions=CREATE").await, 2);
    assert_eq!(
        count("&actions=CREATE,UPDATE&resourceTypes=ADVERTISER").await,
        3
    );
    assert_eq!(count("&resourceTypes=CAMPAIGN").await, 0);
    assert_eq!(count(&format!("&resourceId={second}")).await, 2);
    assert_eq!(count("&actorOrigin=human").await, 3);
    assert_eq!(count("&actorOrigin=system").await, 0);
    assert_eq!(count("&actorUserId=someone").await, 0);
    assert_eq!(count("&serviceTokenId=key_other").await, 0);
    assert_eq!(count("&outcome=failed").await, 0);

    let reply = test.get("/audit-logs?take=2").await;
    assert_eq!(
        reply.json()["meta"]["pagination"],
        json!({"skip": 0, "take": 2, "total": 3, "hasMore": true})
    );
    let logs = reply.data(200)["logs"].clone();
    assert_eq!(logs[0]["action"], "UPDATE", "newest first");
    let rest = test.get("/audit-logs?take=2&skip=2").await.data(200);
    assert_eq!(rest["logs"][0]["resourceId"], json!(first));

    for bad in [
        "take=501",
        "actions=RUN",
        "outcome=maybe",
        "startDate=today",
        "advertiserId=1",
        "who=me",
    ] {
        assert_eq!(
            test.get(&format!("/audit-logs?{bad}")).await.status,
            400,
            "{bad}"
        );
    }
    let other = test.account_named("other").await;
    let key = test.key_of(&other, false).await;
    let request = Request::builder()
        .uri("/api/buyer/audit-logs")
        .header("authorization", format!("Bearer {key}"))
        .body(Body::empty())
        .unwrap();
    assert_eq!(test.send(request).await.data(200)["total"], 0);
    test.finish().await;
}
