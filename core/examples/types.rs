//! Prints the TypeScript declarations of the npm package's plain types, made of the schemas that
//! the wire types carry for the OpenAPI document: one description of each member, its unit and its
//! limits, for both. `cargo xtask npm types` writes them to `core/npm/types.d.ts`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a generator fails where it stands"
)]

use std::collections::{BTreeMap, BTreeSet};

use flighting_core::wire::campaign::{CampaignIn, CampaignPatchIn, CreativeFormatsOut};
use flighting_core::wire::caps::FrequencyCapIn;
use flighting_core::wire::error::ErrorBody;
use flighting_core::wire::goals::PerformanceConfig;
use flighting_core::wire::pacing::{PacingPeriodsIn, PacingPeriodsOut};
use flighting_core::wire::plan::{
    AllowedCommand, BudgetSummary, BuyStandingIn, CurveLineIn, CurveOut, DeliveredIn,
    ExplanationOut, PlanOptions, PlanProductIn, PlanTotals, PlannedPackages, RollUpOut,
    StandingOut,
};
use serde_json::Value;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

const HEADER: &str = "\
// Written by `cargo xtask npm types` from the Rust types; do not edit. `cargo xtask check` compares it.

/** Money or another decimal going in: a number, read by its shortest decimal text, or decimal text such as `\"1200.50\"`. Never rounded. */
export type DecimalInput = number | string;
";

/// Members that may be left out and may be `null`: going in, `null` clears them.
const NULLABLE: [&str; 4] = [
    "performanceConfig",
    "optimizationApplyMode",
    "pacingPeriods",
    "bidPrice",
];

type Schemas = Vec<(String, RefOr<Schema>)>;

fn add<T: ToSchema + PartialSchema>(out: &mut Schemas) {
    out.push((T::name().into_owned(), T::schema()));
    T::schemas(out);
}

fn main() {
    let mut inputs = Schemas::new();
    add::<CampaignIn>(&mut inputs);
    add::<CampaignPatchIn>(&mut inputs);
    add::<PlanProductIn>(&mut inputs);
    add::<PacingPeriodsIn>(&mut inputs);
    add::<PerformanceConfig>(&mut inputs);
    add::<FrequencyCapIn>(&mut inputs);
    add::<CurveLineIn>(&mut inputs);
    add::<DeliveredIn>(&mut inputs);
    add::<BuyStandingIn>(&mut inputs);
    add::<PlanOptions>(&mut inputs);
    let mut outputs = Schemas::new();
    add::<BudgetSummary>(&mut outputs);
    add::<PacingPeriodsOut>(&mut outputs);
    add::<PlannedPackages>(&mut outputs);
    add::<PlanTotals>(&mut outputs);
    add::<ExplanationOut>(&mut outputs);
    add::<RollUpOut>(&mut outputs);
    add::<AllowedCommand>(&mut outputs);
    add::<CreativeFormatsOut>(&mut outputs);
    add::<CurveOut>(&mut outputs);
    add::<StandingOut>(&mut outputs);
    add::<ErrorBody>(&mut outputs);

    let mut text = HEADER.to_owned();
    let mut printed: BTreeMap<String, String> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (schemas, decimal) in [(inputs, "DecimalInput"), (outputs, "number")] {
        for (name, schema) in schemas {
            if name == "Amount" || name == "Figure" {
                continue;
            }
            let schema = serde_json::to_value(schema).unwrap();
            let declared = declare(&name, &schema, decimal);
            match printed.get(&name) {
                // A type of both sides has no amounts in it, or it would need two names.
                Some(before) => assert_eq!(*before, declared, "{name} is in and out"),
                None => {
                    assert!(seen.insert(name.clone()));
                    text.push('\n');
                    text.push_str(&declared);
                    printed.insert(name, declared);
                }
            }
        }
    }
    print!("{text}");
}

fn declare(name: &str, schema: &Value, decimal: &str) -> String {
    let mut out = doc(schema, "");
    match schema.get("properties").and_then(Value::as_object) {
        Some(members) if schema.get("oneOf").is_none() => {
            out.push_str(&format!(
                "export interface {name} {}\n",
                object(schema, members, decimal, "")
            ));
        }
        _ => out.push_str(&format!(
            "export type {name} = {};\n",
            kind(schema, decimal, "")
        )),
    }
    out
}

fn object(
    schema: &Value,
    members: &serde_json::Map<String, Value>,
    decimal: &str,
    indent: &str,
) -> String {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let inner = format!("{indent}  ");
    let mut out = "{\n".to_owned();
    for (name, member) in members {
        out.push_str(&doc(member, &inner));
        let optional = if required.contains(&name.as_str()) {
            ""
        } else {
            "?"
        };
        let kind = kind(member, decimal, &inner);
        // What may be left out is never `null`, but for the members whose `null` means something.
        let kind = if optional.is_empty() || NULLABLE.contains(&name.as_str()) {
            kind
        } else {
            kind.trim_end_matches(" | null")
                .trim_start_matches("null | ")
                .to_owned()
        };
        out.push_str(&format!("{inner}{name}{optional}: {kind};\n"));
    }
    out.push_str(indent);
    out.push('}');
    out
}

/// The type of a schema.
fn kind(schema: &Value, decimal: &str, indent: &str) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit('/').next().unwrap();
        return match name {
            "Amount" | "Figure" => decimal.to_owned(),
            other => other.to_owned(),
        };
    }
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema.get(choice).and_then(Value::as_array) {
            return choices
                .iter()
                .map(|one| {
                    let words = doc(one, indent);
                    let kind = kind(one, decimal, indent);
                    // The comment of a reference stands with its member.
                    if words.is_empty() || choices.len() == 1 || one.get("$ref").is_some() {
                        kind
                    } else {
                        format!("\n{words}{indent}{kind}")
                    }
                })
                .collect::<Vec<_>>()
                .join(" | ");
        }
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" | ");
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        return parts
            .iter()
            .map(|part| kind(part, decimal, indent))
            .collect::<Vec<_>>()
            .join(" & ");
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => return "unknown".to_owned(),
    };
    types
        .iter()
        .map(|kind_of| match *kind_of {
            "string" => "string".to_owned(),
            "integer" | "number" => "number".to_owned(),
            "boolean" => "boolean".to_owned(),
            "null" => "null".to_owned(),
            "array" => {
                let item = kind(schema.get("items").unwrap(), decimal, indent);
                if item.contains(' ') {
                    format!("({item})[]")
                } else {
                    format!("{item}[]")
                }
            }
            "object" => match schema.get("properties").and_then(Value::as_object) {
                Some(members) => object(schema, members, decimal, indent),
                None => {
                    let value = schema
                        .get("additionalProperties")
                        .map_or("unknown".to_owned(), |of| kind(of, decimal, indent));
                    format!("Record<string, {value}>")
                }
            },
            other => panic!("no TypeScript for `{other}`"),
        })
        .collect::<Vec<_>>()
        .join(" | ")
}

/// The comment of a member: its description, then its limits.
fn doc(schema: &Value, indent: &str) -> String {
    // What may be null carries its description beside the reference.
    let nested = ["oneOf", "anyOf"]
        .iter()
        .filter_map(|choice| schema.get(choice)?.as_array())
        .flatten()
        .filter(|one| one.get("$ref").is_some())
        .find_map(|one| one.get("description"));
    let mut words = schema
        .get("description")
        .or(nested)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .replace('\n', " ");
    for (limit, tag) in [
        ("minimum", "minimum"),
        ("exclusiveMinimum", "above"),
        ("maximum", "maximum"),
        ("minLength", "minLength"),
        ("maxLength", "maxLength"),
        ("minItems", "minItems"),
        ("maxItems", "maxItems"),
        ("format", "format"),
    ] {
        match schema.get(limit) {
            // Formats of numbers are Rust's own sizes.
            Some(Value::String(format)) if !["date", "date-time"].contains(&format.as_str()) => {}
            Some(value) => {
                let value = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                words.push_str(&format!(" @{tag} {value}"));
            }
            None => {}
        }
    }
    if words.is_empty() {
        String::new()
    } else {
        format!("{indent}/** {} */\n", words.trim())
    }
}
