//! Accounts do not see each other: every route of the document, with every id of another account
//! in its path, its query and its body, answers exactly as for an id that nobody has. Nothing of
//! the other account is told or logged, and nothing of it changes.
//!
//! The matrix is taken from the document. A route, a parameter or a member that is not accounted
//! for in `matrix` fails `the_matrix_knows_the_whole_document`.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[path = "../support/mod.rs"]
mod support;

mod matrix;
mod worlds;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use futures::StreamExt;
use matrix::{NAMING, Operation, body_of, operations};
use serde_json::json;
use support::{Reply, TestApp, log};
use tower::ServiceExt;
use worlds::{World, campaign_body, send, sight, unknown, world};

/// In everything that the other account can name.
const CANARY: &str = "CANARY-of-the-other-account";

/// A path with the caller's own ids, one of them replaced.
fn filled(operation: &Operation, own: &World, replaced: Option<(&str, &str)>) -> String {
    let mut path = operation.path.clone();
    for name in &operation.in_path {
        let id = match replaced {
            Some((wanted, id)) if wanted == name => id,
            _ => own.id(name),
        };
        path = path.replace(&format!("{{{name}}}"), id);
    }
    path
}

/// What an answer says, whatever the id it says it about.
fn told(reply: &Reply, id: &str) -> (u16, String) {
    let text = String::from_utf8_lossy(&reply.bytes).replace(id, "(the id)");
    (reply.status.as_u16(), text)
}

#[tokio::test]
async fn every_foreign_id_is_as_good_as_none() {
    let (log, guard) = log::capture();
    let test = TestApp::start().await;
    let (theirs, mine) = (
        test.account_named("theirs").await,
        test.account_named("mine").await,
    );
    let their = world(&test, &theirs, CANARY).await;
    let own = world(&test, &mine, "mine").await;
    let before = sight(&test, &their).await;
    assert!(format!("{before:?}").contains(CANARY));
    tracing::info!("the capture works");
    let mut asked = BTreeSet::new();

    for operation in operations() {
        // The stream is heard below; it names nothing.
        if operation.name == "get /events" {
            asked.insert(operation.name.clone());
            continue;
        }
        for name in &operation.in_path {
            let foreign = their.id(name);
            let body = body_of(&operation.name);
            let mut answers = Vec::new();
            for id in [foreign.to_owned(), unknown(foreign)] {
                let path = filled(&operation, &own, Some((name, &id)));
                let reply = send(&test, &own.key, &operation.method, &path, body.as_ref()).await;
                answers.push(told(&reply, &id));
            }
            assert_eq!(
                answers[0].0, 404,
                "{} `{name}`: {}",
                operation.name, answers[0].1
            );
            assert_eq!(answers[0], answers[1], "{} `{name}`", operation.name);
            asked.insert(operation.name.clone());
        }
        for name in &operation.in_query {
            let foreign = their.id(name);
            let mut answers = Vec::new();
            for id in [foreign.to_owned(), unknown(foreign)] {
                let path = format!("{}?{name}={id}", filled(&operation, &own, None));
                let reply = send(&test, &own.key, &operation.method, &path, None).await;
                answers.push(told(&reply, &id));
            }
            assert_eq!(answers[0], answers[1], "{} `{name}`", operation.name);
            assert_eq!(
                answers[0].0, 200,
                "{} `{name}`: {}",
                operation.name, answers[0].1
            );
            assert!(answers[0].1.contains(r#""total":0"#), "{}", answers[0].1);
            asked.insert(operation.name.clone());
        }
        for (_, member, of, body) in NAMING.iter().filter(|(name, ..)| *name == operation.name) {
            let foreign = their.id(of);
            let mut answers = Vec::new();
            for id in [foreign.to_owned(), unknown(foreign)] {
                let mut path = filled(&operation, &own, None);
                // A launched campaign would refuse the change whatever the id.
                path = path.replace(&own.campaign, &own.draft);
                let body = body(&own, &id);
                let reply = send(&test, &own.key, &operation.method, &path, Some(&body)).await;
                answers.push(told(&reply, &id));
            }
            assert_eq!(answers[0], answers[1], "{} `{member}`", operation.name);
            assert!(
                [400, 404].contains(&answers[0].0),
                "{} `{member}`: {}",
                operation.name,
                answers[0].1
            );
            asked.insert(operation.name.clone());
        }
        if operation.in_path.is_empty() && operation.method == "get" {
            let reply = send(&test, &own.key, "get", &operation.path, None).await;
            assert_eq!(reply.status, 200, "{}", operation.name);
            let text = String::from_utf8_lossy(&reply.bytes).into_owned();
            assert!(!text.contains(CANARY), "{}: {text}", operation.name);
            asked.insert(operation.name.clone());
        }
        // What only creates names nothing of anybody's.
        if operation.in_path.is_empty() && operation.members.is_empty() {
            asked.insert(operation.name.clone());
        }
    }
    let unasked: Vec<String> = operations()
        .into_iter()
        .map(|operation| operation.name)
        .filter(|name| !asked.contains(name))
        .collect();
    assert!(
        unasked.is_empty(),
        "not asked with a foreign id: {unasked:#?}"
    );

    let after = sight(&test, &their).await;
    for (path, data) in &before {
        assert_eq!(data, &after[path], "{path} changed");
    }
    let mut shown = format!("{:?}", sight(&test, &own).await);
    shown.push_str(&String::from_utf8_lossy(
        &send(
            &test,
            &own.key,
            "get",
            "/audit-logs?take=500&outcome=failed",
            None,
        )
        .await
        .bytes,
    ));
    assert!(!shown.contains(CANARY), "{shown}");
    let told = log.text();
    assert!(told.contains("the capture works"), "nothing was captured");
    assert!(!told.contains(CANARY), "the log shows it");
    drop(guard);
    test.end().await;
}

#[tokio::test]
async fn streams_and_stored_answers_stay_in_their_account() {
    let test = TestApp::start().await;
    let (theirs, mine) = (
        test.account_named("theirs").await,
        test.account_named("mine").await,
    );
    let their = world(&test, &theirs, CANARY).await;
    let own = test.key_of(&mine, false).await;

    // The same key and the same body run anew, each in its own account.
    let keyed = |key: &str| {
        Request::builder()
            .method("POST")
            .uri("/api/buyer/advertisers")
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json")
            .header("idempotency-key", "the-same-key-1")
            .body(Body::from(
                json!({"name": "Twice", "brand": "acme.example", "primaryCurrency": "USD"})
                    .to_string(),
            ))
            .unwrap()
    };
    let first = test.send(keyed(&their.key)).await;
    let second = test.send(keyed(&own)).await;
    assert!(!second.headers.contains_key("idempotency-replayed"));
    let id = |reply: &Reply| reply.data(201)["advertiser"]["id"].clone();
    assert_ne!(id(&first), id(&second));

    // The stream begins where it is asked to, and tells nothing of the other's events.
    let request = Request::builder()
        .uri("/api/buyer/events")
        .header("authorization", format!("Bearer {own}"))
        .header("last-event-id", "0")
        .body(Body::empty())
        .unwrap();
    let response = test.router().oneshot(request).await.unwrap();
    let mut pieces = response.into_body().into_data_stream();
    let opening = pieces.next().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&opening).starts_with("event: ready\nid: 0"));
    let pause = format!("/campaigns/{}/pause", their.campaign);
    send(&test, &their.key, "post", &pause, Some(&json!({})))
        .await
        .data(200);
    let body = campaign_body(id(&second).as_str().unwrap());
    let made = send(&test, &own, "post", "/campaigns", Some(&body))
        .await
        .data(201);
    let made = made["campaign"]["campaignId"].as_str().unwrap().to_owned();
    send(
        &test,
        &own,
        "put",
        &format!("/campaigns/{made}"),
        Some(&json!({"name": "Mine too"})),
    )
    .await
    .data(200);
    let piece = pieces.next().await.unwrap().unwrap();
    let piece = String::from_utf8_lossy(&piece);
    assert!(
        piece.contains(&made) && !piece.contains(&their.campaign),
        "{piece}"
    );
    drop(pieces);
    test.end().await;
}
