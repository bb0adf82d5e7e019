//! The audit log: every command leaves its rows, with what it changed; refused ones are told apart;
//! what Flighting does by itself is its own.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use flighting_core::wire::audit::ActorOrigin;
use flighting_server::auth;
use flighting_server::http::openapi;
use serde_json::{Value, json};
use support::seller::{Does, Seller, shared};
use support::staged::Staged;
use support::{Reply, TestApp};

/// What a command does to be in the log, by the row it leaves. A command that is missing here is
/// not proved to leave one.
const COMMANDS: &[(&str, &str, &str)] = &[
    ("post /advertisers", "CREATE", "ADVERTISER"),
    ("put /advertisers/{advertiserId}", "UPDATE", "ADVERTISER"),
    (
        "delete /advertisers/{advertiserId}",
        "ARCHIVE",
        "ADVERTISER",
    ),
    (
        "post /advertisers/{advertiserId}/restore",
        "ACTIVATE",
        "ADVERTISER",
    ),
    ("post /campaigns", "CREATE", "CAMPAIGN"),
    ("put /campaigns/{campaignId}", "UPDATE", "CAMPAIGN"),
    ("delete /campaigns/{campaignId}", "ARCHIVE", "CAMPAIGN"),
    (
        "post /campaigns/{campaignId}/execute",
        "EXECUTE",
        "CAMPAIGN",
    ),
    (
        "post /campaigns/{campaignId}/pause",
        "DEACTIVATE",
        "CAMPAIGN",
    ),
    (
        "post /campaigns/{campaignId}/reactivate",
        "ACTIVATE",
        "CAMPAIGN",
    ),
    (
        "post /discovery/discover-products",
        "CREATE",
        "DISCOVERY_SESSION",
    ),
    (
        "post /discovery/{discoveryId}/products",
        "UPDATE",
        "DISCOVERY_SESSION",
    ),
    (
        "delete /discovery/{discoveryId}/products",
        "UPDATE",
        "DISCOVERY_SESSION",
    ),
    ("post /sales-agents", "CREATE", "SALES_AGENT"),
    (
        "delete /sales-agents/{salesAgentId}",
        "ARCHIVE",
        "SALES_AGENT",
    ),
    (RECONCILE, "UPDATE", "MEDIA_BUY"),
    (
        "put /advertisers/{advertiserId}/sales-agents/{agentId}/credentials",
        "CREATE",
        "CREDENTIALS",
    ),
    (
        "delete /advertisers/{advertiserId}/sales-agents/{agentId}/credentials",
        "DELETE",
        "CREDENTIALS",
    ),
    (
        "post /webhook-subscriptions",
        "CREATE",
        "WEBHOOK_SUBSCRIPTION",
    ),
    (
        "post /webhook-subscriptions/{subscriptionId}/deliveries/{deliveryId}/replay",
        "UPDATE",
        "WEBHOOK_SUBSCRIPTION",
    ),
    (
        "delete /webhook-subscriptions/{subscriptionId}",
        "DELETE",
        "WEBHOOK_SUBSCRIPTION",
    ),
    (ANSWER, "UPDATE", "MEDIA_BUY"),
];

/// The command of a story of its own, since it needs a seller that loses answers.
const RECONCILE: &str = "post /media-buys/{mediaBuyId}/reconcile";

/// The command whose row `answers.rs` proves, since it needs a seller that asks something.
const ANSWER: &str = "post /media-buys/{mediaBuyId}/answer";

/// Operations that change nothing of a caller's.
const QUESTIONS: &[&str] = &["post /sales-agents/{salesAgentId}/probe"];

struct Log<'a>(&'a TestApp);

impl Log<'_> {
    async fn read(&self, query: &str) -> Vec<Value> {
        let data = self
            .0
            .get(&format!("/audit-logs?take=500{query}"))
            .await
            .data(200);
        data["logs"].as_array().unwrap().clone()
    }

    /// Runs a command, and gives the rows it left, oldest first.
    async fn of<F: Future<Output = Reply>>(&self, command: F, status: u16) -> (Value, Vec<Value>) {
        let before: BTreeSet<String> = ids(&self.read("").await);
        let reply = command.await;
        assert_eq!(
            reply.status.as_u16(),
            status,
            "{}",
            String::from_utf8_lossy(&reply.bytes)
        );
        let data = if status == 204 {
            Value::Null
        } else {
            reply.data(status)
        };
        let mut rows = self.read("").await;
        rows.retain(|row| !before.contains(row["id"].as_str().unwrap()));
        rows.reverse();
        (data, rows)
    }
}

fn ids(rows: &[Value]) -> BTreeSet<String> {
    rows.iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

/// The row of a command among those it left.
#[track_caller]
fn row<'r>(rows: &'r [Value], command: &str) -> &'r Value {
    let (_, action, resource) = COMMANDS.iter().find(|(name, ..)| *name == command).unwrap();
    rows.iter()
        .find(|row| row["action"] == *action && row["resourceType"] == *resource)
        .unwrap_or_else(|| panic!("`{command}` left no row {action} {resource}: {rows:#?}"))
}

#[track_caller]
fn change(row: &Value, field: &str) -> (Value, Value) {
    let changes = row["changes"].as_array().unwrap();
    let change = changes
        .iter()
        .find(|change| change["field"] == field)
        .unwrap_or_else(|| panic!("no `{field}` in {changes:#?}"));
    (change["old"].clone(), change["new"].clone())
}

#[test]
fn every_command_of_the_document_is_proved() {
    let document: Value = serde_json::from_str(openapi::text().unwrap()).unwrap();
    let mut missing = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["post", "put", "delete"] {
            if item.get(method).is_none() {
                continue;
            }
            let name = format!("{method} {}", path.trim_start_matches("/api/buyer"));
            let known = COMMANDS.iter().any(|(command, ..)| *command == name)
                || QUESTIONS.contains(&name.as_str());
            if !known {
                missing.push(name);
            }
        }
    }
    assert!(
        missing.is_empty(),
        "not proved to leave a row in the audit log, add them to the story: {missing:#?}"
    );
}

/// A seller that takes what it is asked for, at an agent registered over the API.
async fn seller(test: &TestApp, log: &Log<'_>, proved: &mut Vec<&'static str>) -> String {
    let body = json!({"name": "Scripted", "url": "https://seller.example/mcp", "protocol": "MCP",
                      "auth": {"type": "bearer", "token": "canary-token-of-the-agent"}});
    let (data, rows) = log.of(test.post("/sales-agents", body), 201).await;
    let made = row(&rows, "post /sales-agents");
    assert_eq!(change(made, "hasToken"), (Value::Null, json!(true)));
    assert_eq!(made["resourceName"], "Scripted");
    proved.push("post /sales-agents");
    let id = data["salesAgent"]["salesAgentId"]
        .as_str()
        .unwrap()
        .to_owned();
    let agent = flighting_core::ids::AgentId::parse(&id).unwrap();
    let (_, client) = shared(Seller::new(agent.clone(), []));
    test.app.agents.script(agent, client);
    id
}

/// A subscription from its begin to its end, with a message that is sent anew.
async fn webhooks(test: &TestApp, log: &Log<'_>, campaign: &str, proved: &mut Vec<&'static str>) {
    let body = json!({"url": "https://hooks.example/", "secret": "canary-secret-of-webhooks",
                      "eventTypes": ["campaign.status_changed"]});
    let (data, rows) = log.of(test.post("/webhook-subscriptions", body), 201).await;
    let made = row(&rows, "post /webhook-subscriptions");
    assert_eq!(
        change(made, "url"),
        (Value::Null, json!("https://hooks.example/"))
    );
    proved.push("post /webhook-subscriptions");
    let id = data["webhookSubscription"]["id"].as_str().unwrap();
    let path = format!("/webhook-subscriptions/{id}");
    let pause = format!("/campaigns/{campaign}/pause");
    test.post(&pause, json!({})).await.data(200);
    let told = test.get(&format!("{path}/deliveries")).await.data(200);
    let message = told["deliveries"][0]["id"].as_str().unwrap();
    let replay = format!("{path}/deliveries/{message}/replay");
    let (_, rows) = log.of(test.post(&replay, json!({})), 200).await;
    let name = "post /webhook-subscriptions/{subscriptionId}/deliveries/{deliveryId}/replay";
    assert_eq!(
        change(row(&rows, name), "replayed"),
        (Value::Null, json!(message))
    );
    proved.push(name);
    let (_, rows) = log.of(test.delete(&path), 204).await;
    row(&rows, "delete /webhook-subscriptions/{subscriptionId}");
    proved.push("delete /webhook-subscriptions/{subscriptionId}");
}

#[tokio::test]
async fn every_command_leaves_its_row_and_says_what_changed() {
    let test = TestApp::start().await;
    let log = Log(&test);
    let mut proved = Vec::new();
    let agent = seller(&test, &log, &mut proved).await;

    let body =
        json!({"name": "Acme", "brand": "acme.example", "primaryCurrency": "USD", "sandbox": true});
    let (data, rows) = log.of(test.post("/advertisers", body), 201).await;
    let made = row(&rows, "post /advertisers");
    let advertiser = data["advertiser"]["id"].as_str().unwrap().to_owned();
    assert_eq!(made["resourceId"], json!(advertiser));
    assert_eq!(made["advertiserId"], json!(advertiser));
    assert_eq!(made["actorOrigin"], "human");
    assert_eq!(made["serviceTokenName"], "test");
    assert!(made["serviceTokenId"].as_str().unwrap().starts_with("key_"));
    assert_eq!(made["outcome"], "succeeded");
    assert_eq!(
        made["description"],
        "the key `test` created the advertiser `Acme`"
    );
    assert_eq!(change(made, "name"), (Value::Null, json!("Acme")));
    proved.push("post /advertisers");

    let at = format!("/advertisers/{advertiser}");
    let (_, rows) = log
        .of(test.put(&at, json!({"name": "Acme Outdoor"})), 200)
        .await;
    let changed = row(&rows, "put /advertisers/{advertiserId}");
    assert_eq!(
        changed["changes"],
        json!([{"field": "name", "old": "Acme", "new": "Acme Outdoor"}])
    );
    proved.push("put /advertisers/{advertiserId}");

    let (_, rows) = log.of(test.delete(&at), 204).await;
    let gone = row(&rows, "delete /advertisers/{advertiserId}");
    assert_eq!(change(gone, "status"), (json!("ACTIVE"), json!("ARCHIVED")));
    proved.push("delete /advertisers/{advertiserId}");
    let (_, rows) = log
        .of(test.post(&format!("{at}/restore"), json!({})), 200)
        .await;
    row(&rows, "post /advertisers/{advertiserId}/restore");
    proved.push("post /advertisers/{advertiserId}/restore");

    let body = json!({
        "advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 3_000},
    });
    let (data, rows) = log.of(test.post("/campaigns", body.clone()), 201).await;
    let made = row(&rows, "post /campaigns");
    let campaign = data["campaign"]["campaignId"].as_str().unwrap().to_owned();
    assert_eq!(made["campaignId"], json!(campaign));
    assert_eq!(made["parentType"], "ADVERTISER");
    assert_eq!(made["parentId"], json!(advertiser));
    assert_eq!(change(made, "budget.total"), (Value::Null, json!(3_000)));
    proved.push("post /campaigns");

    let at = format!("/campaigns/{campaign}");
    let (_, rows) = log
        .of(
            test.put(&at, json!({"name": "Summer", "budget": {"total": 4_000.5}})),
            200,
        )
        .await;
    let changed = row(&rows, "put /campaigns/{campaignId}");
    assert_eq!(change(changed, "name"), (json!("Spring"), json!("Summer")));
    assert_eq!(
        change(changed, "budget.total"),
        (json!(3_000), json!(4_000.5))
    );
    assert_eq!(changed["changes"].as_array().unwrap().len(), 2, "{changed}");
    proved.push("put /campaigns/{campaignId}");

    let search = json!({"advertiserId": advertiser, "campaignId": campaign});
    let (data, rows) = log
        .of(test.post("/discovery/discover-products", search), 200)
        .await;
    let session = data["discoveryId"].as_str().unwrap().to_owned();
    assert_eq!(
        row(&rows, "post /discovery/discover-products")["resourceId"],
        json!(session)
    );
    let bound = row(&rows, "put /campaigns/{campaignId}");
    assert_eq!(change(bound, "discoveryId"), (Value::Null, json!(session)));
    proved.push("post /discovery/discover-products");

    let products = format!("/discovery/{session}/products");
    let choose = json!({"products": [{"productId": "banner", "budget": 900}]});
    let (_, rows) = log.of(test.post(&products, choose.clone()), 200).await;
    let chosen = row(&rows, "post /discovery/{discoveryId}/products");
    let entry = format!("products[{agent}/banner].budget");
    assert_eq!(change(chosen, &entry), (Value::Null, json!("900.00")));
    assert_eq!(chosen["campaignId"], json!(campaign));
    proved.push("post /discovery/{discoveryId}/products");
    let remove = test.json(
        axum::http::Method::DELETE,
        &products,
        &json!({"products": [{"productId": "banner", "salesAgentId": agent}]}),
    );
    let (_, rows) = log.of(test.send(remove), 200).await;
    let removed = row(&rows, "delete /discovery/{discoveryId}/products");
    assert_eq!(change(removed, &entry), (json!("900.00"), Value::Null));
    proved.push("delete /discovery/{discoveryId}/products");
    test.post(&products, choose).await.data(200);

    let (data, rows) = log
        .of(test.post(&format!("{at}/execute"), json!({})), 200)
        .await;
    assert_eq!(data["success"], true);
    row(&rows, "post /campaigns/{campaignId}/execute");
    let launched = rows
        .iter()
        .find(|row| row["resourceType"] == "CAMPAIGN" && row["action"] == "ACTIVATE")
        .unwrap();
    assert_eq!(
        change(launched, "status"),
        (json!("DRAFT"), json!("ACTIVE"))
    );
    let buys: Vec<&Value> = rows
        .iter()
        .filter(|row| row["resourceType"] == "MEDIA_BUY")
        .collect();
    assert_eq!(buys[0]["action"], "CREATE");
    assert_eq!(buys[0]["parentId"], json!(campaign));
    assert_eq!(change(buys[1], "status"), (json!("DRAFT"), json!("ACTIVE")));
    assert!(
        rows.iter().all(|row| row["serviceTokenName"] == "test"),
        "{rows:#?}"
    );
    proved.push("post /campaigns/{campaignId}/execute");

    let (_, rows) = log
        .of(test.post(&format!("{at}/pause"), json!({})), 200)
        .await;
    row(&rows, "post /campaigns/{campaignId}/pause");
    let buy = rows
        .iter()
        .rfind(|row| row["resourceType"] == "MEDIA_BUY")
        .unwrap();
    assert_eq!(change(buy, "status"), (json!("ACTIVE"), json!("PAUSED")));
    proved.push("post /campaigns/{campaignId}/pause");
    let (_, rows) = log
        .of(test.post(&format!("{at}/reactivate"), json!({})), 200)
        .await;
    row(&rows, "post /campaigns/{campaignId}/reactivate");
    proved.push("post /campaigns/{campaignId}/reactivate");

    let (data, _) = log.of(test.post("/campaigns", body), 201).await;
    let spare = data["campaign"]["campaignId"].as_str().unwrap();
    let (_, rows) = log
        .of(test.delete(&format!("/campaigns/{spare}")), 204)
        .await;
    let gone = row(&rows, "delete /campaigns/{campaignId}");
    assert_eq!(change(gone, "status"), (json!("DRAFT"), json!("ARCHIVED")));
    proved.push("delete /campaigns/{campaignId}");

    let path = format!("/advertisers/{advertiser}/sales-agents/{agent}/credentials");
    let own = json!({"auth": {"type": "bearer", "token": "canary-token-of-the-advertiser"}});
    let (_, rows) = log.of(test.put(&path, own), 200).await;
    let name = "put /advertisers/{advertiserId}/sales-agents/{agentId}/credentials";
    assert_eq!(row(&rows, name)["advertiserId"], json!(advertiser));
    proved.push(name);
    let (_, rows) = log.of(test.delete(&path), 204).await;
    let name = "delete /advertisers/{advertiserId}/sales-agents/{agentId}/credentials";
    assert_eq!(row(&rows, name)["resourceId"], json!(agent));
    proved.push(name);
    webhooks(&test, &log, &campaign, &mut proved).await;

    let idle = test.paper_agent("Idle").await;
    let (_, rows) = log
        .of(test.delete(&format!("/sales-agents/{idle}")), 204)
        .await;
    row(&rows, "delete /sales-agents/{salesAgentId}");
    proved.push("delete /sales-agents/{salesAgentId}");

    let unproved: Vec<_> = COMMANDS
        .iter()
        .filter(|(name, ..)| !proved.contains(name) && ![RECONCILE, ANSWER].contains(name))
        .collect();
    assert!(unproved.is_empty(), "{unproved:#?}");
    let all = Value::from(log.read("").await).to_string();
    assert!(!all.contains("canary"), "a secret is in the log");
    test.end().await;
}

#[tokio::test]
async fn what_a_person_says_of_a_lost_purchase_is_told_as_that_persons() {
    let stage = Staged::start([Does::Loses], |mut seller| {
        seller.replay_ttl_s = None;
        seller
    })
    .await;
    let id = stage.executed().await;
    stage.test.pass(TimeDelta::seconds(10)).await;
    let buy = stage.buy(&id).await["mediaBuyId"].clone();
    let path = format!("/media-buys/{}/reconcile", buy.as_str().unwrap());
    let log = Log(&stage.test);
    let release = stage.test.post(&path, json!({"action": "release"}));
    let (_, rows) = log.of(release, 200).await;
    let told = row(&rows, RECONCILE);
    assert_eq!(told["resourceId"], buy);
    assert_eq!(told["actorOrigin"], "human");
    assert_eq!(
        change(told, "status"),
        (json!("PENDING_APPROVAL"), json!("FAILED"))
    );
    stage.test.end().await;
}

#[tokio::test]
async fn what_flighting_does_by_itself_is_told_as_its_own() {
    let test = TestApp::start().await;
    let log = Log(&test);
    let agent = test.paper_agent("Scripted").await;
    let (_, client) = shared(Seller::new(agent.clone(), []));
    test.app.agents.script(agent, client);
    let advertiser = test.advertiser().await;
    let body = json!({
        "advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-01", "endDate": "2027-03-03"}, "budget": {"total": 900},
    });
    let data = test.post("/campaigns", body).await.data(201);
    let campaign = data["campaign"]["campaignId"].as_str().unwrap().to_owned();
    let search = json!({"advertiserId": advertiser, "campaignId": campaign});
    let data = test
        .post("/discovery/discover-products", search)
        .await
        .data(200);
    let products = format!(
        "/discovery/{}/products",
        data["discoveryId"].as_str().unwrap()
    );
    test.post(&products, json!({"products": [{"productId": "banner"}]}))
        .await
        .data(200);
    test.post(&format!("/campaigns/{campaign}/execute"), json!({}))
        .await
        .data(200);
    test.pass(TimeDelta::days(4)).await;

    let rows = log.read("&actorOrigin=system").await;
    assert!(!rows.is_empty());
    for row in &rows {
        assert_eq!(row["serviceTokenId"], Value::Null);
        assert_eq!(row["campaignId"], json!(campaign));
    }
    let ended: Vec<(Value, Value)> = rows
        .iter()
        .filter(|row| row["resourceType"] == "CAMPAIGN")
        .map(|row| change(row, "status"))
        .collect();
    assert_eq!(ended, [(json!("ACTIVE"), json!("COMPLETED"))]);
    assert!(rows.iter().any(|row| {
        row["resourceType"] == "MEDIA_BUY"
            && row["description"]
                .as_str()
                .unwrap()
                .starts_with("flighting changed the media buy")
    }));
    test.end().await;
}

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

#[tokio::test]
async fn a_key_says_what_kind_of_actor_uses_it() {
    let test = TestApp::start().await;
    let key = auth::fresh_key().unwrap();
    auth::store_key_of(
        &*test.app.store,
        &test.account,
        &key,
        "nightly",
        false,
        ActorOrigin::Autonomous,
        test.clock.real_now(),
    )
    .await
    .unwrap();
    let body = json!({"name": "Acme", "brand": "acme.example", "primaryCurrency": "USD"});
    let request = Request::builder()
        .method("POST")
        .uri("/api/buyer/advertisers")
        .header("authorization", format!("Bearer {}", key.expose()))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    test.send(request).await.data(201);
    let rows = Log(&test).read("&actorOrigin=autonomous").await;
    assert_eq!(rows[0]["serviceTokenName"], "nightly");
    test.finish().await;
}
