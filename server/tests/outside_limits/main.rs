//! Input outside its limits is refused with 400 and the path of what is wrong, on create and on
//! update; what is no request at all, or was mutated at random, is refused too, and never breaks
//! the server.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[path = "../support/mod.rs"]
mod support;

mod campaigns;
mod cases;
mod mutated;
mod neighbours;
mod raw;
mod tree;

use axum::body::Body;
use axum::http::{Method, header};
use serde_json::{Value, json};
use support::{Reply, TestApp};

/// Path and code of one violation.
type Issue = (&'static str, &'static str);

/// Sends a body that need not be JSON, as JSON.
async fn send_text(test: &TestApp, method: Method, path: &str, body: impl Into<Body>) -> Reply {
    let request = test
        .request(method, path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.into())
        .unwrap();
    test.send(request).await
}

/// Checks that an answer is a refusal with exactly these violations in this order.
fn check(shown: &str, reply: &Reply, expected: &[Issue]) {
    let foreign = expected
        .iter()
        .all(|(_, code)| *code == "currency_mismatch");
    let code = if foreign {
        "CURRENCY_MISMATCH"
    } else {
        "VALIDATION_ERROR"
    };
    let text = String::from_utf8_lossy(&reply.bytes);
    assert_eq!(reply.status, 400, "{shown}: {text}");
    let error = reply.error(400, code);
    let issues: Vec<(&str, &str)> = error["details"]["issues"]
        .as_array()
        .unwrap_or_else(|| panic!("{shown}: no issues: {error}"))
        .iter()
        .map(|issue| {
            (
                issue["path"].as_str().unwrap(),
                issue["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(issues, expected, "{shown}");
    assert_eq!(error["field"], expected[0].0, "{shown}");
}

/// The members of a body that is right in every way, each with its JSON text.
fn valid(advertiser: &str) -> Vec<(&'static str, String)> {
    let members = [
        ("advertiserId", json!(advertiser)),
        ("name", json!("Spring")),
        ("campaignType", json!("DECISIONED")),
        (
            "flightDates",
            json!({"startDate": "2027-03-10", "endDate": "2027-05-31"}),
        ),
        (
            "budget",
            json!({"total": 300_000, "currency": "USD", "dailyCap": 10_000, "pacing": "EVEN"}),
        ),
        (
            "fees",
            json!([{"pricingType": "MARGIN", "marginPercent": 8}]),
        ),
        ("brief", json!("shoes for spring")),
        (
            "constraints",
            json!({"channels": ["ctv"], "geo_countries": ["US", "DE"]}),
        ),
        (
            "audienceConfig",
            json!({"targetAudienceIds": ["aud_a"], "suppressAudienceIds": ["aud_b"]}),
        ),
        (
            "performanceConfig",
            json!({"optimizationGoals": [
                {"kind": "metric", "metric": "clicks", "target": {"kind": "cost_per", "value": 2.5}},
            ]}),
        ),
        ("optimizationApplyMode", json!("MANUAL")),
        (
            "pacingPeriods",
            json!({"mode": "weight", "periods": [
                {"label": "build", "start": "2027-03-10", "end": "2027-03-31", "weight": 1},
                {"label": "peak", "start": "2027-04-01", "end": "2027-04-20", "weight": 3},
                {"label": "tail", "start": "2027-04-21", "end": "2027-05-31", "weight": 0.5},
            ]}),
        ),
        (
            "frequencyCaps",
            json!([{"max_impressions": 3, "window": {"interval": 1, "unit": "days"}}]),
        ),
    ];
    members
        .map(|(name, value)| (name, value.to_string()))
        .into()
}

/// A body from members; `member` has another text, or is left out.
fn with(members: &[(&'static str, String)], member: &str, value: Option<&str>) -> String {
    let mut parts: Vec<String> = members
        .iter()
        .filter(|(name, _)| *name != member)
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    parts.extend(value.map(|value| format!("\"{member}\":{value}")));
    format!("{{{}}}", parts.join(","))
}

/// A campaign as [`valid`] describes it; its id.
async fn campaign(test: &TestApp, advertiser: &str) -> String {
    let body = with(&valid(advertiser), "", None);
    let made = send_text(test, Method::POST, "/campaigns", body)
        .await
        .data(201);
    made["campaign"]["campaignId"].as_str().unwrap().to_owned()
}

/// How many campaigns there are.
async fn count(test: &TestApp) -> Value {
    test.get("/campaigns?status=ALL&take=1").await.data(200)["total"].clone()
}
