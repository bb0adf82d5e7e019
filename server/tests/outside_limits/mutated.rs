//! A thousand mutated bodies for each request that takes one: none breaks the server, and each
//! refusal says in the envelope what kind it is.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};

use super::support::TestApp;
use super::tree::Chance;
use super::{campaign, send_text, valid, with};

const BODIES: u64 = 1_000;

const CODES: [&str; 6] = [
    "VALIDATION_ERROR",
    "CURRENCY_MISMATCH",
    "CONFLICT",
    "INSUFFICIENT_MEDIA_BUDGET",
    "CAPABILITY_NOT_SUPPORTED",
    "NOT_FOUND",
];

/// Sends the bodies; how many answers had which status.
async fn storm(test: &TestApp, method: Method, path: &str, body: &Value) -> BTreeMap<u16, u32> {
    let mut seen = BTreeMap::new();
    for seed in 0..BODIES {
        let bytes = Chance::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)).mutate(body);
        let shown = format!(
            "{method} {path}, seed {seed}: {}",
            String::from_utf8_lossy(&bytes)
        );
        let reply = send_text(test, method.clone(), path, bytes).await;
        let answer = String::from_utf8_lossy(&reply.bytes).into_owned();
        assert!(reply.status.as_u16() < 500, "{shown}\n{answer}");
        if !reply.status.is_success() {
            let error = reply.json()["error"].clone();
            let code = error["code"].as_str().unwrap_or_default();
            assert!(CODES.contains(&code), "{shown}\n{answer}");
            assert!(
                code != "VALIDATION_ERROR" || error["details"].is_object(),
                "{shown}\n{answer}"
            );
        }
        *seen.entry(reply.status.as_u16()).or_default() += 1;
    }
    // The storm hit: some bodies were refused, and the server still lists.
    assert!(seen.get(&400).is_some_and(|count| *count > 100), "{seen:?}");
    test.get("/campaigns?status=ALL").await.data(200);
    test.get("/advertisers?status=ALL").await.data(200);
    seen
}

fn body(advertiser: &str) -> Value {
    serde_json::from_str(&with(&valid(advertiser), "", None)).unwrap()
}

#[tokio::test]
async fn new_campaigns() {
    let test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    let seen = storm(&test, Method::POST, "/campaigns", &body(&advertiser)).await;
    assert!(seen.contains_key(&201), "no body was left right: {seen:?}");
    campaign(&test, &advertiser).await;
    test.finish().await;
}

#[tokio::test]
async fn changes_of_campaigns() {
    let test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    let id = campaign(&test, &advertiser).await;
    let path = format!("/campaigns/{id}");
    let seen = storm(&test, Method::PUT, &path, &body(&advertiser)).await;
    assert!(seen.contains_key(&200), "no body was left right: {seen:?}");
    test.put(&path, body(&advertiser)).await.data(200);
    test.finish().await;
}

#[tokio::test]
async fn advertisers() {
    let test = TestApp::start().await;
    let body = json!({"name": "Acme", "description": "shoes", "brand": "acme.example", "primaryCurrency": "USD",
        "optimizationApplyMode": "AUTO", "marginPercent": 8.5, "sandbox": true,
        "frequencyCaps": [{"max_impressions": 3, "window": {"interval": 1, "unit": "days"}}]});
    storm(&test, Method::POST, "/advertisers", &body).await;
    let path = format!("/advertisers/{}", test.advertiser().await);
    storm(&test, Method::PUT, &path, &body).await;
    test.put(&path, json!({"name": "Acme"})).await.data(200);
    test.finish().await;
}

#[tokio::test]
async fn sales_agents() {
    let test = TestApp::start().await;
    // No mutation of this address leads anywhere.
    let body = json!({"name": "Seller", "url": "https://[::1]/mcp", "protocol": "MCP",
        "auth": {"type": "bearer", "token": "secret"}, "webhooks": {"hmac": "0123456789abcdef0123456789abcdef"}});
    storm(&test, Method::POST, "/sales-agents", &body).await;
    test.get("/sales-agents").await.data(200);
    test.finish().await;
}

#[tokio::test]
async fn selections_and_commands() {
    let test = TestApp::with_sellers().await;
    let advertiser = test.advertiser().await;
    let id = campaign(&test, &advertiser).await;
    let search = json!({"advertiserId": advertiser, "campaignId": id});
    let found = test
        .post("/discovery/discover-products", search)
        .await
        .data(200);
    let products = found["groups"][0]["products"].as_array().unwrap();
    let products: Vec<Value> = products
        .iter()
        .take(2)
        .map(|product| {
            json!({"productId": product["productId"], "salesAgentId": found["groups"][0]["salesAgentId"],
                   "pricingOptionId": product["pricingOptions"][0]["pricingOptionId"], "budget": 5000, "bidPrice": 20})
        })
        .collect();
    let select = format!(
        "/discovery/{}/products",
        found["discoveryId"].as_str().unwrap()
    );
    storm(&test, Method::POST, &select, &json!({"products": products})).await;

    let command = json!({"debug": false, "expectedRevision": 1});
    for name in ["execute", "pause", "reactivate", "execute"] {
        storm(
            &test,
            Method::POST,
            &format!("/campaigns/{id}/{name}"),
            &command,
        )
        .await;
    }
    // What it has become takes changes, or refuses them, as well.
    storm(
        &test,
        Method::PUT,
        &format!("/campaigns/{id}"),
        &body(&advertiser),
    )
    .await;
    test.get(&format!("/campaigns/{id}")).await.data(200);
    test.end().await;
}
