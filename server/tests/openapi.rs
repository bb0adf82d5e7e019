//! The document and the routes are one thing (decision 27).

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request};
use flighting_server::http::openapi;
use serde_json::{Value, json};
use support::TestApp;

fn document() -> Value {
    serde_json::from_str(openapi::text().unwrap()).unwrap()
}

/// Every operation: path, method, body.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push((path.clone(), method.clone(), operation.clone()));
        }
    }
    found
}

#[test]
fn the_committed_document_is_that_of_the_handlers() {
    let committed = include_str!("../openapi.json");
    assert!(
        committed == openapi::text().unwrap(),
        "server/openapi.json is not what the handlers say: run `flighting openapi > server/openapi.json`"
    );
}

#[test]
fn every_operation_says_how_it_refuses() {
    let operations = operations(&document());
    assert!(
        operations.len() >= 20,
        "only {} operations",
        operations.len()
    );
    for (path, method, operation) in operations {
        let name = format!("{method} {path}");
        let answers: BTreeSet<&str> = operation["responses"]
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        for status in ["400", "401", "429", "500", "503"] {
            assert!(
                answers.contains(status),
                "{name} does not document {status}"
            );
        }
        assert_eq!(answers.contains("403"), method != "get", "{name}");
        assert!(!path.contains('{') || answers.contains("404"), "{name}");
        assert!(
            answers.iter().any(|status| status.starts_with('2')),
            "{name}"
        );
        assert!(
            operation["summary"].is_string() && operation["tags"][0].is_string(),
            "{name}"
        );
        let parameters = operation["parameters"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let keyed = parameters
            .iter()
            .any(|parameter| parameter["name"] == "Idempotency-Key");
        assert_eq!(keyed, method == "post" || method == "put", "{name}");
        for part in path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        {
            let documented = parameters
                .iter()
                .any(|parameter| parameter["in"] == "path" && parameter["name"] == part);
            assert!(documented, "{name} does not document `{part}`");
        }
        for (status, answer) in operation["responses"].as_object().unwrap() {
            if let Some(schema) = answer.pointer("/content/application~1json/schema") {
                assert!(
                    schema["properties"]["data"].is_object(),
                    "{name} {status} has no envelope"
                );
                assert!(
                    answer["headers"]["RateLimit-Limit"].is_object(),
                    "{name} {status}"
                );
            }
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    found.insert(target.clone());
                }
                members.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let document = document();
    let mut references = BTreeSet::new();
    walk(&document, &mut references);
    assert!(references.len() > 10);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(
            document.pointer(pointer).is_some(),
            "{reference} leads nowhere"
        );
    }
}

#[tokio::test]
async fn every_documented_route_is_served() {
    let test = TestApp::start().await;
    for (path, method, _) in operations(&document()) {
        if path == "/api/buyer/events" {
            continue;
        }
        let mut concrete = String::new();
        for part in path.split('/').skip(1) {
            let part = if part.starts_with('{') {
                "unknown_1"
            } else {
                part
            };
            concrete.push('/');
            concrete.push_str(part);
        }
        let request = Request::builder()
            .method(Method::from_bytes(method.to_uppercase().as_bytes()).unwrap())
            .uri(&concrete)
            .header("authorization", format!("Bearer {}", test.key))
            .header("content-type", "application/json")
            .body(Body::from("{}"))
            .unwrap();
        let reply = test.send(request).await;
        assert_ne!(reply.status, 405, "{method} {path}");
        if reply.status == 404 {
            assert_ne!(
                reply.json()["error"]["message"],
                "no such route",
                "{method} {path}"
            );
        }
        assert!(
            !reply.status.is_server_error(),
            "{method} {path}: {}",
            String::from_utf8_lossy(&reply.bytes)
        );
    }
    test.end().await;
}

#[tokio::test]
async fn the_document_is_served_and_readable() {
    let test = TestApp::start().await;
    let fetch = |path: &str| Request::builder().uri(path).body(Body::empty()).unwrap();
    let served = test.send(fetch("/api/buyer/openapi.json")).await;
    assert_eq!(served.header("content-type"), Some("application/json"));
    assert_eq!(served.bytes, openapi::text().unwrap().as_bytes());
    let document = document();
    assert_eq!(document["security"], json!([{"key": []}]));
    assert!(
        document["paths"]
            .as_object()
            .unwrap()
            .keys()
            .all(|path| path.starts_with("/api/buyer/"))
    );

    let page = test.send(fetch("/api/buyer/docs")).await;
    let html = String::from_utf8(page.bytes.clone()).unwrap();
    for (path, _, operation) in operations(&document) {
        assert!(html.contains(&path), "{path}");
        assert!(
            html.contains(operation["summary"].as_str().unwrap()),
            "{path}"
        );
    }
    assert!(!html.contains("<script"));
    assert!(
        page.header("content-security-policy")
            .is_some_and(|policy| policy.contains("default-src 'none'"))
    );
    test.finish().await;
}
