//! What request bodies may hold, where the structs that document them say more than the readers
//! take: a member may be left out, and is `null` only where that means something.

use std::collections::BTreeSet;

use serde_json::Value;

use super::parameters::not_null;

/// Members that take `null`: it clears them, or says what leaving them out says.
const NULLABLE: &[(&str, &str)] = &[
    ("AttributionBody", "postClick"),
    ("CampaignIn", "optimizationApplyMode"),
    ("CampaignIn", "pacingPeriods"),
    ("CampaignIn", "performanceConfig"),
    ("CampaignPatchIn", "optimizationApplyMode"),
    ("CampaignPatchIn", "pacingPeriods"),
    ("CampaignPatchIn", "performanceConfig"),
    ("ProductChoiceIn", "bidPrice"),
];

/// Makes the schemas of requests as narrow as the readers. Answers that share one leave such members
/// out as well.
pub(super) fn narrow(document: &mut Value) {
    let mut asked = BTreeSet::new();
    if let Some(paths) = document["paths"].as_object() {
        for operation in paths
            .values()
            .filter_map(Value::as_object)
            .flat_map(|item| item.values())
        {
            reach(document, &operation["requestBody"], &mut asked);
        }
    }
    for name in &asked {
        let schema = format!("/components/schemas/{name}/properties");
        let properties = document.pointer_mut(&schema).and_then(Value::as_object_mut);
        let Some(properties) = properties else {
            continue;
        };
        for (member, schema) in properties {
            if !NULLABLE.contains(&(name.as_str(), member.as_str())) {
                not_null(schema);
            }
        }
    }
}

/// The names of all schemas that a value refers to, however far.
fn reach(document: &Value, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            if let Some(name) =
                target.and_then(|target| target.strip_prefix("#/components/schemas/"))
                && names.insert(name.to_owned())
            {
                reach(document, &document["components"]["schemas"][name], names);
            }
            members
                .values()
                .for_each(|member| reach(document, member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| reach(document, item, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_takes_null_says_so() {
        let document = super::super::document().unwrap();
        let schema = |name: &str, member: &str| {
            document["components"]["schemas"][name]["properties"][member].to_string()
        };
        assert!(!schema("AdvertiserIn", "sandbox").contains("null"));
        assert!(schema("CampaignPatchIn", "pacingPeriods").contains("null"));
        for (name, member) in NULLABLE {
            assert!(schema(name, member).contains("null"), "{name}.{member}");
        }
    }
}
