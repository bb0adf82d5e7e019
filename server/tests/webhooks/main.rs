//! Sellers that write to us by themselves: whose message it is, that it counts once, and that it
//! and polling come to one result.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[path = "../support/mod.rs"]
mod support;

mod keys;
mod messages;
mod polling;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use flighting_core::ids::AgentId;
use flighting_server::adcp::{AddressPolicy, SalesAgent};
use flighting_server::app::Settings;
use serde_json::{Value, json};
use support::seller::{Does, Seller, shared};
use support::sender::{Sender, completed};
use support::staged::Staged;
use support::{Reply, Setup, TestApp};

const PUBLIC: &str = "https://planner.example/flighting";

async fn app() -> TestApp {
    TestApp::with(Setup {
        addresses: AddressPolicy::new(true),
        settings: Settings {
            rate_limit: 0,
            public_url: Some(PUBLIC.parse().unwrap()),
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await
}

/// Registers an agent with these webhook settings; nobody listens at its address.
async fn register(test: &TestApp, webhooks: Value) -> Reply {
    let body = json!({"name": "Scripted", "url": "http://127.0.0.1:1/mcp", "protocol": "MCP", "webhooks": webhooks});
    test.post("/sales-agents", body).await
}

/// A seller in memory in the place of a registered agent.
async fn staged(test: TestApp, webhooks: Value, script: impl IntoIterator<Item = Does>) -> Staged {
    let told = register(&test, webhooks).await.data(201);
    assert_eq!(told["salesAgent"]["hasWebhooks"], true);
    let id = AgentId::parse(told["salesAgent"]["salesAgentId"].as_str().unwrap()).unwrap();
    let (seller, agent): (_, Arc<dyn SalesAgent>) = shared(Seller::new(id.clone(), script));
    test.app.agents.script(id.clone(), agent);
    Staged {
        test,
        seller,
        agent: id,
    }
}

fn keys_of(sender: &Sender) -> Value {
    json!({"jwks": {"keys": [sender.jwk()]}})
}

/// What a create told its seller.
struct Told {
    url: String,
    operation: String,
    token: String,
    request: Value,
}

fn told(staged: &Staged) -> Told {
    let requests = staged.seller.requests();
    let request: Value = serde_json::from_str(requests.last().unwrap()).unwrap();
    let config = &request["push_notification_config"];
    let text = |name: &str| config[name].as_str().unwrap().to_owned();
    Told {
        url: text("url"),
        operation: text("operation_id"),
        token: text("token"),
        request: request.clone(),
    }
}

/// The seller's result for a create: one package with what was sent.
fn placed(told: &Told, status: &str) -> Value {
    let package = &told.request["packages"][0];
    json!({"media_buy_id": "b1", "media_buy_status": status, "confirmed_at": "2027-03-01T12:00:00Z", "revision": 1,
           "packages": [{"package_id": "p1", "product_id": package["product_id"], "budget": package["budget"],
                         "context": package["context"]}]})
}

fn now(staged: &Staged) -> DateTime<Utc> {
    staged.test.clock.real_now()
}

impl Told {
    fn message(&self, key: &str, result: Value) -> Value {
        completed(key, &self.operation, "task-1", &self.token, result)
    }
}

/// Delivers what was signed for the public address, as a proxy does: without its prefix.
async fn deliver(test: &TestApp, mut sent: support::sender::Sent) -> (u16, Value, Option<String>) {
    sent.path = sent.path.replacen("/flighting", "", 1);
    let reply = test.send(sent.request()).await;
    let challenge = reply
        .headers
        .get("www-authenticate")
        .map(|value| value.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(&reply.bytes).unwrap_or(Value::Null);
    (reply.status.as_u16(), body, challenge)
}

/// A report on two days of a buy's one package, made at 8 on the third.
fn report(key: &str, buy: &str, impressions: u64) -> Value {
    json!({"idempotency_key": key, "operation_id": "report_1", "task_id": "dr_1", "task_type": "media_buy_delivery",
           "status": "completed", "timestamp": "2027-03-12T08:00:00Z",
           "result": {"notification_type": "scheduled", "sequence_number": 1, "currency": "USD",
               "reporting_period": {"start": "2027-03-10T00:00:00Z", "end": "2027-03-12T00:00:00Z"},
               "media_buy_deliveries": [{"media_buy_id": buy, "status": "active",
                   "totals": {"impressions": impressions, "spend": 50.0, "clicks": 3},
                   "by_package": [{"package_id": "p1", "impressions": impressions, "spend": 50.0, "clicks": 3,
                                   "pricing_model": "cpm", "rate": 5.0, "currency": "USD"}]}]}})
}

const FIRST: &str = "whk_0000000000000001";
