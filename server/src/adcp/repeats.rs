//! JSON in which a name stands twice can be read in two ways, and is read in none.

use std::collections::HashSet;

use flighting_core::wire::json::Json;

/// Whether any object in it has two members of one name.
#[must_use]
pub fn repeats_a_name(json: &Json) -> bool {
    match json {
        Json::Object(members) => {
            let mut names = HashSet::with_capacity(members.len());
            members
                .iter()
                .any(|(name, value)| !names.insert(name.as_str()) || repeats_a_name(value))
        }
        Json::List(items) => items.iter().any(repeats_a_name),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => false,
    }
}
