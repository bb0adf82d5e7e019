//! What differs between two values, field by field.

use std::collections::BTreeMap;

use flighting_core::wire::Json;
use flighting_core::wire::audit::FieldChange;
use serde_json::Value;

/// Members that tell entries of a list apart.
const NAMES: [&str; 2] = ["packageId", "id"];

/// An object without some of its members.
pub(super) fn without(mut value: Value, members: &[&str]) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|name, _| !members.contains(&name.as_str()));
    }
    value
}

/// Fields whose values differ, by path. `null` and absent are the same.
pub(super) fn between(before: &Value, after: &Value) -> Vec<FieldChange> {
    let (mut was, mut is) = (BTreeMap::new(), BTreeMap::new());
    lay_out(before, String::new(), &mut was);
    lay_out(after, String::new(), &mut is);
    let mut changes = Vec::new();
    for (field, old) in &was {
        let new = is.get(field).copied().unwrap_or(&Value::Null);
        if *old != new {
            changes.push(change(field, old, new));
        }
    }
    for (field, new) in &is {
        if !was.contains_key(field) {
            changes.push(change(field, &Value::Null, new));
        }
    }
    changes.sort_by(|a, b| a.field.cmp(&b.field));
    changes
}

fn change(field: &str, old: &Value, new: &Value) -> FieldChange {
    let json = |value: &Value| serde_json::from_value(value.clone()).unwrap_or(Json::Null);
    FieldChange {
        field: field.to_owned(),
        old: json(old),
        new: json(new),
    }
}

/// The leaves of a value by their paths: what is no object, and no list of objects.
fn lay_out<'v>(value: &'v Value, path: String, leaves: &mut BTreeMap<String, &'v Value>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, member) in members {
                let path = if path.is_empty() {
                    name.clone()
                } else {
                    format!("{path}.{name}")
                };
                lay_out(member, path, leaves);
            }
        }
        Value::Array(entries) if entries.iter().any(Value::is_object) => {
            for (index, entry) in entries.iter().enumerate() {
                let name = NAMES
                    .iter()
                    .find_map(|name| entry.get(name).and_then(Value::as_str));
                let path = match name {
                    Some(name) => format!("{path}[{name}]"),
                    None => format!("{path}[{index}]"),
                };
                lay_out(entry, path, leaves);
            }
        }
        Value::Array(entries) if entries.is_empty() => {}
        leaf => {
            leaves.insert(path, leaf);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(before: Value, after: Value) -> Vec<(String, Value, Value)> {
        between(&before, &after)
            .into_iter()
            .map(|change| {
                (
                    change.field,
                    serde_json::to_value(change.old).unwrap(),
                    serde_json::to_value(change.new).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn only_what_differs_is_told_each_field_once() {
        let before = json!({"name": "a", "budget": {"total": 5, "currency": "USD"}, "brief": "x", "tags": ["a"]});
        let after = json!({"name": "b", "budget": {"total": 6.5, "currency": "USD"}, "brief": null, "tags": ["a", "b"]});
        assert_eq!(
            told(before, after),
            [
                ("brief".to_owned(), json!("x"), Value::Null),
                ("budget.total".to_owned(), json!(5), json!(6.5)),
                ("name".to_owned(), json!("a"), json!("b")),
                ("tags".to_owned(), json!(["a"]), json!(["a", "b"])),
            ]
        );
    }

    #[test]
    fn entries_are_told_apart_by_their_ids_and_not_by_their_place() {
        let one = json!({"packageId": "pkg_1", "budget": 1});
        let two = json!({"packageId": "pkg_2", "budget": 2});
        let before = json!({"packages": [one, two]});
        let after = json!({"packages": [{"packageId": "pkg_2", "budget": 3}]});
        assert_eq!(
            told(before, after),
            [
                ("packages[pkg_1].budget".to_owned(), json!(1), Value::Null),
                (
                    "packages[pkg_1].packageId".to_owned(),
                    json!("pkg_1"),
                    Value::Null
                ),
                ("packages[pkg_2].budget".to_owned(), json!(2), json!(3)),
            ]
        );
    }

    #[test]
    fn members_that_were_left_out_are_not_told() {
        let value = without(json!({"a": 1, "b": 2}), &["b"]);
        assert_eq!(value, json!({"a": 1}));
        assert!(told(json!({"a": [], "b": null}), json!({})).is_empty());
    }
}
