//! What parameters may hold, said once for all operations: the ranges that the readers hold them to.

use flighting_core::campaign::CampaignStatus;
use flighting_core::ids::{AdvertiserId, AgentId, CampaignId, DiscoveryId, MediaBuyId};
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::wire::audit::{AuditAction, AuditResource};
use flighting_core::wire::campaign::CampaignOrder;
use serde_json::{Map, Value, json};

use crate::store::Subscription;

/// The schema of a parameter, by its name; none where the handler's own says all.
fn known(path: &str, name: &str) -> Option<Value> {
    let whole = |min: u64, max: u64| json!({"type": "integer", "minimum": min, "maximum": max});
    let page = if path.ends_with("/audit-logs") {
        500
    } else {
        250
    };
    Some(match name {
        "take" => whole(1, page),
        "skip" => whole(0, i64::MAX.unsigned_abs()),
        "expectedRevision" => whole(1, i64::MAX.unsigned_abs()),
        "groupLimit" => whole(1, 10),
        "productsPerGroup" => whole(1, 15),
        "groupOffset" | "productOffset" => whole(0, 1_000),
        "startDate" | "endDate" => json!({"type": "string", "format": "date"}),
        "name" => json!({"type": "string", "maxLength": 255}),
        "actorUserId" | "actorUserEmail" | "serviceTokenId" | "resourceId" => {
            json!({"type": "string", "maxLength": 255})
        }
        "status" if path.ends_with("/advertisers") => one_of(&["ACTIVE", "ARCHIVED", "ALL"]),
        "status" if path.ends_with("/sales-agents") => one_of(&["IN_USE", "ARCHIVED", "ALL"]),
        "status" if path.ends_with("/campaigns") => {
            let mut words = CampaignStatus::ALL.map(CampaignStatus::as_str).to_vec();
            words.push("ALL");
            some_of(&words)
        }
        "sort" => one_of(CampaignOrder::WORDS),
        "mediaBuyStatus" => some_of(&MediaBuyStatus::ALL.map(MediaBuyStatus::as_str)),
        "resourceTypes" => some_of(AuditResource::WORDS),
        "actions" => some_of(AuditAction::WORDS),
        _ => return named(name),
    })
}

/// The schema of a parameter that names something of ours, in a path or a query.
fn named(name: &str) -> Option<Value> {
    Some(id(match name {
        "advertiserId" => AdvertiserId::PREFIX,
        "campaignId" => CampaignId::PREFIX,
        "agentId" | "salesAgentId" => AgentId::PREFIX,
        "discoveryId" => DiscoveryId::PREFIX,
        "mediaBuyId" => MediaBuyId::PREFIX,
        "subscriptionId" => Subscription::PREFIX,
        _ => return None,
    }))
}

fn one_of(words: &[&str]) -> Value {
    json!({"type": "string", "enum": words})
}

/// Words joined by commas.
fn some_of(words: &[&str]) -> Value {
    let word = words.join("|");
    json!({"type": "string", "maxLength": 1_000, "pattern": format!("^({word})(,({word}))*$")})
}

fn id(prefix: &str) -> Value {
    json!({"type": "string", "pattern": format!("^{prefix}[A-Za-z0-9_-]{{1,60}}$")})
}

/// Writes the ranges into an operation's parameters. None of them is ever `null`.
pub(super) fn narrow(path: &str, operation: &mut Map<String, Value>) {
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let schema = match parameter["in"].as_str() {
            Some("query") => known(path, &name),
            Some("path") => named(&name),
            _ => continue,
        };
        if let Some(schema) = schema {
            parameter["schema"] = schema;
        }
        not_null(&mut parameter["schema"]);
    }
}

/// Takes `null` out of a schema: what may be left out is left out.
pub(super) fn not_null(schema: &mut Value) {
    if let Some(kinds) = schema.get_mut("type").and_then(Value::as_array_mut) {
        kinds.retain(|kind| kind != "null");
        if let [only] = kinds.as_slice() {
            schema["type"] = only.clone();
        }
    }
    let only = schema
        .get_mut("oneOf")
        .and_then(Value::as_array_mut)
        .and_then(|choices| {
            choices.retain(|choice| choice["type"] != "null");
            match choices.as_slice() {
                [only] => Some(only.clone()),
                _ => None,
            }
        });
    if let Some(only) = only {
        *schema = only;
    }
}
