//! The audit log: every command leaves its rows, with what it changed; refused ones are told apart;
//! what Flighting does by itself is its own.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[path = "../support/mod.rs"]
mod support;

mod actors;
mod commands;
mod reading;

use std::collections::BTreeSet;

use flighting_server::http::openapi;
use serde_json::Value;
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
