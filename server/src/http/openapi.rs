//! The OpenAPI document: routes and schemas from the handlers, and what holds for every operation
//! added to each, so that no operation can forget it.

mod bodies;
mod links;
mod parameters;

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathsBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::{BASE, envelope};
use crate::error::Fault;

/// Methods that change something under an `Idempotency-Key`.
const KEYED: [&str; 2] = ["post", "put"];

const INTRODUCTION: &str = "Plan campaigns, execute them at sales agents over AdCP, and follow them.\n\n\
Every answer is `{data, error}`, lists add `meta.pagination`. Amounts are JSON numbers in major units of the \
currency beside them; requests take decimal strings too. Unknown members and parameters are refused. \
Instants are UTC. Keys are sent as `Authorization: Bearer`.";

static TEXT: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let mut text = serde_json::to_string_pretty(&document()?).map_err(|error| error.to_string())?;
    text.push('\n');
    Ok(text)
});

/// The document as text: two spaces, members sorted, a newline at the end; the same on every run.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn text() -> anyhow::Result<&'static str> {
    TEXT.as_deref()
        .map_err(|story| anyhow::anyhow!("the document cannot be written: {story}"))
}

pub(crate) async fn serve() -> Result<Response, Fault> {
    let text = text().map_err(Fault::Ours)?;
    Ok(envelope::json(StatusCode::OK, text.as_bytes().to_vec()))
}

/// The document.
pub(crate) fn document() -> Result<Value, String> {
    let (_, bare) = super::operations().split_for_parts();
    let info = InfoBuilder::new()
        .title("Flighting buyer API")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(INTRODUCTION))
        .license(Some(
            LicenseBuilder::new().name("Apache-2.0 OR MIT").build(),
        ))
        .build();
    let whole: OpenApi = OpenApiBuilder::new()
        .info(info)
        .paths(PathsBuilder::new().build())
        .build()
        .nest(BASE, bare);
    let mut document = serde_json::to_value(&whole).map_err(|error| error.to_string())?;
    add_components(&mut document);
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths {
            let Some(item) = item.as_object_mut() else {
                continue;
            };
            for (method, operation) in item {
                if let Some(operation) = operation.as_object_mut() {
                    // The handlers' own names repeat; an operation's must not.
                    operation.insert("operationId".to_owned(), json!(operation_id(path, method)));
                    parameters::narrow(path, operation);
                    links::add(path, method, operation);
                    complete(path, method, operation);
                }
            }
        }
    }
    bodies::narrow(&mut document);
    Ok(sorted(document))
}

/// A name for an operation, from what makes it one: `getCampaignsByCampaignIdDelivery`.
fn operation_id(path: &str, method: &str) -> String {
    let mut id = method.to_owned();
    for part in path.trim_start_matches(BASE).split(['/', '-']) {
        let (by, word) = match part
            .strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
        {
            Some(name) => ("By", name),
            None => ("", part),
        };
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        id.push_str(by);
        id.extend(first);
        id.push_str(letters.as_str());
    }
    id
}

/// Schemas, answers and headers that operations refer to, the security scheme, and the tags.
fn add_components(document: &mut Value) {
    let mut schemas = Vec::new();
    flighting_core::wire::ErrorBody::schemas(&mut schemas);
    flighting_core::wire::Page::schemas(&mut schemas);
    let named = |name: &str, schema: utoipa::openapi::RefOr<utoipa::openapi::Schema>| {
        (name.to_owned(), schema)
    };
    schemas.push(named(
        "ErrorBody",
        flighting_core::wire::ErrorBody::schema(),
    ));
    schemas.push(named("Page", flighting_core::wire::Page::schema()));
    let components = document
        .as_object_mut()
        .map(|members| members.entry("components").or_insert_with(|| json!({})));
    if let Some(components) = components.and_then(Value::as_object_mut) {
        let known = components.entry("schemas").or_insert_with(|| json!({}));
        for (name, schema) in schemas {
            if known.get(&name).is_none() {
                known[name] = serde_json::to_value(schema).unwrap_or_default();
            }
        }
        known["Error"] = json!({
            "type": "object",
            "required": ["data", "error"],
            "properties": {"data": {"type": "null"}, "error": {"$ref": "#/components/schemas/ErrorBody"}},
        });
        let headers: Map<String, Value> = HEADERS
            .iter()
            .map(|(name, kind, text)| {
                (
                    (*name).to_owned(),
                    json!({"description": text, "schema": {"type": kind}}),
                )
            })
            .collect();
        components.insert("headers".to_owned(), Value::Object(headers));
        let answers: Map<String, Value> = ANSWERS
            .iter()
            .map(|answer| {
                let mut headers = standing();
                if answer.waits {
                    headers.insert("Retry-After".to_owned(), json!({"$ref": "#/components/headers/Retry-After"}));
                }
                let body = json!({
                    "description": answer.text,
                    "headers": headers,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
                });
                (answer.name.to_owned(), body)
            })
            .collect();
        components.insert("responses".to_owned(), Value::Object(answers));
        components.insert(
            "securitySchemes".to_owned(),
            json!({"key": {"type": "http", "scheme": "bearer", "description": "A key that begins with `flt_`."}}),
        );
    }
    document["security"] = json!([{"key": []}]);
}

/// Name, JSON type, meaning.
const HEADERS: [(&str, &str, &str); 6] = [
    (
        "RateLimit-Limit",
        "integer",
        "Requests of this key in one window of a minute.",
    ),
    (
        "RateLimit-Remaining",
        "integer",
        "Requests left in this window.",
    ),
    (
        "RateLimit-Reset",
        "integer",
        "Seconds until the next window.",
    ),
    (
        "Retry-After",
        "integer",
        "Seconds to wait before trying again.",
    ),
    (
        "X-Request-Id",
        "string",
        "The request's id in the server's log.",
    ),
    (
        "Idempotency-Replayed",
        "boolean",
        "`true` when the answer is the stored one of an earlier request under the same key.",
    ),
];

struct ErrorAnswer {
    status: &'static str,
    name: &'static str,
    text: &'static str,
    waits: bool,
    when: fn(path: &str, method: &str) -> bool,
}

const fn answer(
    status: &'static str,
    name: &'static str,
    text: &'static str,
    waits: bool,
    when: fn(&str, &str) -> bool,
) -> ErrorAnswer {
    ErrorAnswer {
        status,
        name,
        text,
        waits,
        when,
    }
}

const ANSWERS: [ErrorAnswer; 11] = [
    answer(
        "400",
        "Invalid",
        "VALIDATION_ERROR with everything wrong in `details.issues`, or CURRENCY_MISMATCH.",
        false,
        |_, _| true,
    ),
    answer(
        "401",
        "Unauthorized",
        "UNAUTHORIZED: no key, or one that is unknown or revoked.",
        false,
        |_, _| true,
    ),
    answer(
        "403",
        "Forbidden",
        "FORBIDDEN: the key may only read.",
        false,
        |_, method| method != "get",
    ),
    answer(
        "404",
        "NotFound",
        "NOT_FOUND: no such id, or another account's.",
        false,
        // A search names its session in its body.
        |path, _| path.contains('{') || path.ends_with("/discover-products"),
    ),
    answer(
        "409",
        "Conflict",
        "CONFLICT, or INSUFFICIENT_MEDIA_BUDGET with `details.minimumAllowedBudget`.",
        true,
        // A look at what execute would send is refused as execute is.
        |path, method| method != "get" || path.ends_with("/preflight"),
    ),
    answer(
        "413",
        "TooLarge",
        "BAD_REQUEST: a body above 2 MiB.",
        false,
        |_, method| method != "get",
    ),
    answer(
        "415",
        "NotJson",
        "BAD_REQUEST: a body that is not `application/json`.",
        false,
        |_, method| method != "get",
    ),
    answer(
        "422",
        "NotSupported",
        "CAPABILITY_NOT_SUPPORTED: the seller or the product cannot do this.",
        false,
        |_, method| KEYED.contains(&method),
    ),
    answer(
        "429",
        "RateLimited",
        "RATE_LIMITED: the requests of this minute are used up.",
        true,
        |_, _| true,
    ),
    answer(
        "500",
        "InternalError",
        "INTERNAL_ERROR, with the request's id.",
        false,
        |_, _| true,
    ),
    answer(
        "503",
        "Unavailable",
        "SERVICE_UNAVAILABLE: try again later.",
        true,
        |_, _| true,
    ),
];

fn standing() -> Map<String, Value> {
    [
        "RateLimit-Limit",
        "RateLimit-Remaining",
        "RateLimit-Reset",
        "X-Request-Id",
    ]
    .into_iter()
    .map(|name| {
        (
            name.to_owned(),
            json!({"$ref": format!("#/components/headers/{name}")}),
        )
    })
    .collect()
}

/// What holds for every operation: error answers, headers, the envelope, the key of a repetition.
fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let keyed = KEYED.contains(&method);
    let mut paged = false;
    let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
    if let Some(parameters) = parameters.as_array_mut() {
        paged = parameters
            .iter()
            .any(|parameter| parameter["name"] == "take");
        if keyed {
            parameters.push(json!({
                "name": "Idempotency-Key",
                "in": "header",
                "required": false,
                "description": "Makes it safe to repeat the request for 24 hours: the same body gets the stored answer, another body 409.",
                "schema": {"type": "string", "minLength": 8, "maxLength": 128, "pattern": "^[A-Za-z0-9._:-]+$"},
            }));
        }
    }
    if operation
        .get("parameters")
        .and_then(Value::as_array)
        .is_some_and(Vec::is_empty)
    {
        operation.remove("parameters");
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else {
        return;
    };
    for response in responses.values_mut() {
        let mut headers = standing();
        if keyed {
            headers.insert(
                "Idempotency-Replayed".to_owned(),
                json!({"$ref": "#/components/headers/Idempotency-Replayed"}),
            );
        }
        response["headers"] = Value::Object(headers);
        if let Some(schema) = response.pointer_mut("/content/application~1json/schema") {
            *schema = wrapped(schema.take(), paged);
        }
    }
    for answer in ANSWERS.iter().filter(|answer| (answer.when)(path, method)) {
        responses
            .entry(answer.status)
            .or_insert_with(|| json!({"$ref": format!("#/components/responses/{}", answer.name)}));
    }
}

/// A payload inside the envelope.
fn wrapped(payload: Value, paged: bool) -> Value {
    let mut envelope = json!({
        "type": "object",
        "required": ["data", "error"],
        "properties": {"data": payload, "error": {"type": "null"}},
    });
    if paged {
        envelope["required"] = json!(["data", "error", "meta"]);
        envelope["properties"]["meta"] = json!({
            "type": "object",
            "required": ["pagination"],
            "properties": {"pagination": {"$ref": "#/components/schemas/Page"}},
        });
    }
    envelope
}

/// The same value with the members of every object sorted, however the JSON library keeps them.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
