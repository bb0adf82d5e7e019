//! Two accounts' worlds: one of everything in each, how it is asked for, and all that an account
//! sees of itself.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use flighting_core::ids::AgentId;
use flighting_server::store::AccountId;
use serde_json::{Value, json};

use super::CANARY;
use super::support::seller::{Seller, shared};
use super::support::{Reply, TestApp};

pub fn campaign_body(advertiser: &str) -> Value {
    json!({"advertiserId": advertiser, "name": "Mine", "campaignType": "DECISIONED",
           "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 3_000}})
}

/// All that an account has.
pub struct World {
    pub key: String,
    pub key_id: String,
    pub advertiser: String,
    pub agent: String,
    pub campaign: String,
    pub draft: String,
    pub session: String,
    pub buy: String,
    pub package: String,
    pub subscription: String,
    pub message: String,
}

impl World {
    /// The account's id behind a parameter or member of this name.
    pub fn id(&self, name: &str) -> &str {
        match name {
            "advertiserId" => &self.advertiser,
            "agentId" | "salesAgentId" => &self.agent,
            "campaignId" | "resourceId" => &self.campaign,
            "discoveryId" => &self.session,
            "mediaBuyId" => &self.buy,
            "packageId" => &self.package,
            "subscriptionId" => &self.subscription,
            "deliveryId" => &self.message,
            "serviceTokenId" | "actorUserId" => &self.key_id,
            other => panic!("no id is known for `{other}`: add it to the worlds of this test"),
        }
    }
}

/// An id of the same form that nobody has.
pub fn unknown(id: &str) -> String {
    if id.starts_with("whd_") {
        return "whd_999999999".to_owned();
    }
    let (prefix, rest) = id.split_once('_').unwrap();
    format!("{prefix}_{}", "0".repeat(rest.len()))
}

pub async fn send(
    test: &TestApp,
    key: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Reply {
    let request = Request::builder()
        .method(method.to_uppercase().as_str())
        .uri(format!("/api/buyer{path}"))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
        .unwrap();
    test.send(request).await
}

/// An account with one of everything, named by a text.
pub async fn world(test: &TestApp, account: &AccountId, name: &str) -> World {
    let key = test.key_of(account, false).await;
    let post = async |path: &str, body: Value| {
        let reply = send(test, &key, "post", path, Some(&body)).await;
        assert!(
            reply.status.is_success(),
            "{path}: {}",
            String::from_utf8_lossy(&reply.bytes)
        );
        reply.json()["data"].clone()
    };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let body = json!({"name": name, "url": "https://seller.example/mcp", "protocol": "MCP",
                      "auth": {"type": "bearer", "token": format!("{CANARY}-token")}});
    let agent = text(&post("/sales-agents", body).await["salesAgent"]["salesAgentId"]);
    let id = AgentId::parse(&agent).unwrap();
    let (_, client) = shared(Seller::new(id.clone(), []));
    test.app.agents.script(id, client);
    let body = json!({"name": name, "description": name, "brand": "acme.example", "primaryCurrency": "USD"});
    let advertiser = text(&post("/advertisers", body).await["advertiser"]["id"]);
    let mut body = campaign_body(&advertiser);
    body["name"] = json!(name);
    body["brief"] = json!(name);
    let draft = text(&post("/campaigns", body.clone()).await["campaign"]["campaignId"]);
    let campaign = text(&post("/campaigns", body).await["campaign"]["campaignId"]);
    let search = json!({"advertiserId": advertiser, "campaignId": campaign, "brief": name});
    let session = text(&post("/discovery/discover-products", search).await["discoveryId"]);
    let choose = json!({"products": [{"productId": "banner", "budget": 900}]});
    post(&format!("/discovery/{session}/products"), choose).await;
    let body = json!({"url": "https://hooks.example/", "secret": format!("{CANARY}-secret"),
                      "eventTypes": ["campaign.status_changed"]});
    let subscription =
        text(&post("/webhook-subscriptions", body).await["webhookSubscription"]["id"]);
    post(&format!("/campaigns/{campaign}/execute"), json!({})).await;
    let own = json!({"auth": {"type": "bearer", "token": format!("{CANARY}-own")}});
    let path = format!("/advertisers/{advertiser}/sales-agents/{agent}/credentials");
    send(test, &key, "put", &path, Some(&own)).await.data(200);
    let told = send(test, &key, "get", &format!("/campaigns/{campaign}"), None)
        .await
        .data(200);
    let buy = text(&told["campaign"]["mediaBuys"][0]["mediaBuyId"]);
    let package = text(&told["campaign"]["mediaBuys"][0]["packages"][0]["packageId"]);
    let path = format!("/webhook-subscriptions/{subscription}/deliveries");
    let told = send(test, &key, "get", &path, None).await.data(200);
    let message = text(&told["deliveries"][0]["id"]);
    let told = send(test, &key, "get", "/audit-logs?take=1", None)
        .await
        .data(200);
    let key_id = text(&told["logs"][0]["serviceTokenId"]);
    World {
        key,
        key_id,
        advertiser,
        agent,
        campaign,
        draft,
        session,
        buy,
        package,
        subscription,
        message,
    }
}

/// All that an account sees of itself.
pub async fn sight(test: &TestApp, world: &World) -> BTreeMap<String, Value> {
    let World {
        key,
        key_id: _,
        advertiser,
        agent,
        campaign,
        draft,
        session,
        buy,
        package: _,
        subscription,
        message: _,
    } = world;
    let mut seen = BTreeMap::new();
    for path in [
        "/advertisers?status=ALL".to_owned(),
        format!("/advertisers/{advertiser}"),
        format!("/advertisers/{advertiser}/sales-agents/{agent}/credentials"),
        "/audit-logs?take=500".to_owned(),
        "/audit-logs?take=500&outcome=failed".to_owned(),
        "/campaigns?status=ALL".to_owned(),
        format!("/campaigns/{campaign}"),
        format!("/campaigns/{draft}"),
        format!("/campaigns/{campaign}/delivery"),
        format!("/discovery/{session}/products"),
        format!("/discovery/{session}/discover-products"),
        format!("/media-buys/{buy}"),
        "/sales-agents?status=ALL".to_owned(),
        "/webhook-subscriptions".to_owned(),
        format!("/webhook-subscriptions/{subscription}/deliveries"),
    ] {
        let data = send(test, key, "get", &path, None).await.data(200);
        seen.insert(path, data);
    }
    seen
}
