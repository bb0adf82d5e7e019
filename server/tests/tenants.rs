//! Accounts do not see each other: every route of the document, with every id of another account
//! in its path, its query and its body, answers exactly as for an id that nobody has. Nothing of
//! the other account is told or logged, and nothing of it changes.
//!
//! The matrix is taken from the document. A route, a parameter or a member that is not accounted
//! for here fails `the_matrix_knows_the_whole_document`.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::Request;
use flighting_core::ids::AgentId;
use flighting_server::http::openapi;
use flighting_server::store::AccountId;
use futures::StreamExt;
use serde_json::{Value, json};
use support::seller::{Seller, shared};
use support::{Reply, TestApp, log};
use tower::ServiceExt;

/// In everything that the other account can name.
const CANARY: &str = "CANARY-of-the-other-account";

/// A body for each operation that takes one, good enough to come to the question whose the id in
/// its path is.
fn body_of(operation: &str) -> Option<Value> {
    let products = json!({"products": [{"productId": "banner"}]});
    Some(match operation {
        "put /advertisers/{advertiserId}" | "put /campaigns/{campaignId}" => {
            json!({"name": "Mine"})
        }
        "put /advertisers/{advertiserId}/sales-agents/{agentId}/credentials" => {
            json!({"auth": {"type": "bearer", "token": "mine"}})
        }
        "post /media-buys/{mediaBuyId}/reconcile" => json!({"action": "release"}),
        "post /media-buys/{mediaBuyId}/answer" => json!({"message": "yes"}),
        "post /discovery/{discoveryId}/products" => products,
        "delete /discovery/{discoveryId}/products" => {
            json!({"products": [{"productId": "banner", "salesAgentId": "agt_mine"}]})
        }
        "post /campaigns/{campaignId}/execute"
        | "post /campaigns/{campaignId}/pause"
        | "post /campaigns/{campaignId}/reactivate" => json!({}),
        _ => return None,
    })
}

/// Operations whose body names things: the member, and the body with an id in its place. `own`
/// gives ids of the caller.
type Naming = (
    &'static str,
    &'static str,
    &'static str,
    fn(&World, &str) -> Value,
);

const NAMING: &[Naming] = &[
    (
        "put /campaigns/{campaignId}",
        "advertiserId",
        "advertiserId",
        |_, id| json!({ "advertiserId": id }),
    ),
    (
        "post /campaigns",
        "advertiserId",
        "advertiserId",
        |_, id| campaign_body(id),
    ),
    (
        "post /campaigns",
        "discoveryId",
        "discoveryId",
        |own, id| {
            let mut body = campaign_body(&own.advertiser);
            body["discoveryId"] = json!(id);
            body
        },
    ),
    (
        "put /campaigns/{campaignId}",
        "discoveryId",
        "discoveryId",
        |_, id| json!({ "discoveryId": id }),
    ),
    (
        "put /campaigns/{campaignId}",
        "mediaBuyId",
        "mediaBuyId",
        |_, id| json!({"mediaBuys": [{"mediaBuyId": id, "name": "Mine"}]}),
    ),
    (
        "put /campaigns/{campaignId}",
        "packageId",
        "packageId",
        |own, id| json!({"mediaBuys": [{"mediaBuyId": own.buy, "packages": [{"packageId": id, "budget": 5}]}]}),
    ),
    (
        "put /campaigns/{campaignId}",
        "packageIds",
        "packageId",
        |own, id| json!({"mediaBuys": [{"mediaBuyId": own.buy, "action": "cancel", "packageIds": [id]}]}),
    ),
    (
        "post /discovery/discover-products",
        "advertiserId",
        "advertiserId",
        |_, id| json!({ "advertiserId": id }),
    ),
    (
        "post /discovery/discover-products",
        "campaignId",
        "campaignId",
        |own, id| json!({"advertiserId": own.advertiser, "campaignId": id}),
    ),
    (
        "post /discovery/discover-products",
        "discoveryId",
        "discoveryId",
        |own, id| json!({"advertiserId": own.advertiser, "discoveryId": id}),
    ),
    (
        "post /discovery/discover-products",
        "salesAgentIds",
        "salesAgentId",
        |own, id| json!({"advertiserId": own.advertiser, "salesAgentIds": [id]}),
    ),
    (
        "post /discovery/{discoveryId}/products",
        "salesAgentId",
        "salesAgentId",
        |_, id| json!({"products": [{"productId": "banner", "salesAgentId": id}]}),
    ),
    (
        "delete /discovery/{discoveryId}/products",
        "salesAgentId",
        "salesAgentId",
        |_, id| json!({"products": [{"productId": "banner", "salesAgentId": id}]}),
    ),
];

/// Members of bodies that end like ids and name nothing of an account.
const NAMELESS: &[(&str, &str)] = &[
    (
        "targetAudienceIds",
        "audiences are kept as they are given until they can be made here",
    ),
    (
        "suppressAudienceIds",
        "audiences are kept as they are given until they can be made here",
    ),
    ("groupId", "echoed from an answer and ignored"),
    (
        "audienceId",
        "audiences are the sellers' and kept as they are given",
    ),
    ("eventSourceId", "event sources are kept as they are given"),
    (
        "event_source_id",
        "event sources are kept as they are given",
    ),
    (
        "productId",
        "a seller's id, looked up in the session that the path names",
    ),
    (
        "productIds",
        "sellers' ids, looked up in the session that the body names",
    ),
    (
        "pricingOptionId",
        "a seller's id, looked up in the session that the path names",
    ),
    ("id", "echoed from an answer and ignored, or a format's"),
    ("frequencyCapId", "echoed from an answer and ignored"),
    (
        "sellerMediaBuyId",
        "a seller's id, looked up at the seller of the path's media buy",
    ),
    (
        "propertyListId",
        "property lists are kept as they are given",
    ),
];

fn campaign_body(advertiser: &str) -> Value {
    json!({"advertiserId": advertiser, "name": "Mine", "campaignType": "DECISIONED",
           "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 3_000}})
}

/// All that an account has.
struct World {
    key: String,
    key_id: String,
    advertiser: String,
    agent: String,
    campaign: String,
    draft: String,
    session: String,
    buy: String,
    package: String,
    subscription: String,
    message: String,
}

impl World {
    /// The account's id behind a parameter or member of this name.
    fn id(&self, name: &str) -> &str {
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
fn unknown(id: &str) -> String {
    if id.starts_with("whd_") {
        return "whd_999999999".to_owned();
    }
    let (prefix, rest) = id.split_once('_').unwrap();
    format!("{prefix}_{}", "0".repeat(rest.len()))
}

async fn send(test: &TestApp, key: &str, method: &str, path: &str, body: Option<&Value>) -> Reply {
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
async fn world(test: &TestApp, account: &AccountId, name: &str) -> World {
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
async fn sight(test: &TestApp, world: &World) -> BTreeMap<String, Value> {
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

struct Operation {
    /// `post /campaigns/{campaignId}/execute`.
    name: String,
    method: String,
    path: String,
    in_path: Vec<String>,
    in_query: Vec<String>,
    members: BTreeSet<String>,
}

fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(openapi::text().unwrap()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let path = path.trim_start_matches("/api/buyer");
            let named = |place: &str| -> Vec<String> {
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                parameters
                    .filter(|parameter| parameter["in"] == place)
                    .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
                    .collect()
            };
            let mut members = BTreeSet::new();
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            collect(&document, schema, &mut members, &mut BTreeSet::new());
            found.push(Operation {
                name: format!("{method} {path}"),
                method: method.clone(),
                path: path.to_owned(),
                in_path: named("path"),
                in_query: named("query")
                    .into_iter()
                    .filter(|name| names_a_thing(name))
                    .collect(),
                members: members
                    .into_iter()
                    .filter(|name| names_a_thing(name))
                    .collect(),
            });
        }
    }
    found
}

/// Names of members of a schema, wherever in it.
fn collect(
    document: &Value,
    schema: &Value,
    members: &mut BTreeSet<String>,
    been: &mut BTreeSet<String>,
) {
    match schema {
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get("$ref")
                && been.insert(target.clone())
            {
                let pointed = document.pointer(target.trim_start_matches('#')).unwrap();
                collect(document, pointed, members, been);
            }
            if let Some(Value::Object(properties)) = object.get("properties") {
                members.extend(properties.keys().cloned());
            }
            object
                .values()
                .for_each(|value| collect(document, value, members, been));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| collect(document, item, members, been)),
        _ => {}
    }
}

fn names_a_thing(name: &str) -> bool {
    name == "id"
        || ["Id", "Ids", "_id", "_ids"]
            .iter()
            .any(|end| name.ends_with(end))
}

#[test]
fn the_matrix_knows_the_whole_document() {
    let operations = operations();
    let names: BTreeSet<&str> = operations
        .iter()
        .map(|operation| operation.name.as_str())
        .collect();
    let mut missing = Vec::new();
    for operation in &operations {
        for member in &operation.members {
            let named = NAMING
                .iter()
                .any(|(name, known, ..)| *name == operation.name && known == member);
            let nameless = NAMELESS.iter().any(|(known, _)| known == member);
            if !named && !nameless {
                missing.push(format!("{}: `{member}` in its body", operation.name));
            }
        }
        let with_body = !operation.members.is_empty() || operation.method == "put";
        if with_body && operation.path.contains('{') && body_of(&operation.name).is_none() {
            missing.push(format!("{}: a body for it", operation.name));
        }
    }
    for (name, ..) in NAMING {
        assert!(names.contains(name), "the document has no `{name}`");
    }
    assert!(missing.is_empty(), "not accounted for: {missing:#?}");
}

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
