//! The document's operations, what each of them names, and a body for each that takes one.

use std::collections::BTreeSet;

use flighting_server::http::openapi;
use serde_json::{Value, json};

use super::worlds::{World, campaign_body};

/// A body for each operation that takes one, good enough to come to the question whose the id in
/// its path is.
pub fn body_of(operation: &str) -> Option<Value> {
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
pub type Naming = (
    &'static str,
    &'static str,
    &'static str,
    fn(&World, &str) -> Value,
);

pub const NAMING: &[Naming] = &[
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

pub struct Operation {
    /// `post /campaigns/{campaignId}/execute`.
    pub name: String,
    pub method: String,
    pub path: String,
    pub in_path: Vec<String>,
    pub in_query: Vec<String>,
    pub members: BTreeSet<String>,
}

pub fn operations() -> Vec<Operation> {
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
