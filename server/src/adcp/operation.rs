//! Which operation a request asks for, read from the very bytes that go out: a tool over MCP, a
//! skill over A2A. Whoever signs or judges signatures by operation must not take it from anywhere
//! else. What could be read as two operations is none.

use flighting_core::wire::json::Json;

use super::repeats::repeats_a_name;

/// Methods that carry a message with an operation in it, of A2A 1.0 and 0.3.
const MESSAGE_METHODS: [&str; 4] = [
    "SendMessage",
    "SendStreamingMessage",
    "message/send",
    "message/stream",
];

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The JSON-RPC method, such as `tools/call`.
    pub method: String,
    /// AdCP's name of the task, where the method carries one.
    pub task: Option<String>,
    /// Whether the request tells the agent a secret to sign webhooks with.
    pub tells_webhook_secret: bool,
}

/// A body that asks for nothing, or for two things at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a request for exactly one operation")]
pub struct Unresolvable;

impl Operation {
    /// Reads the operation of a POST. A2A's plain HTTP binding has the method in its path.
    ///
    /// # Errors
    /// [`Unresolvable`].
    pub fn resolve(path: &str, body: &[u8]) -> Result<Self, Unresolvable> {
        let json: Json = serde_json::from_slice(body).map_err(|_| Unresolvable)?;
        if repeats_a_name(&json) || !matches!(json, Json::Object(_)) {
            return Err(Unresolvable);
        }
        let (method, params) = match path.rsplit('/').next() {
            Some("message:send") => ("SendMessage", Some(&json)),
            Some("message:stream") => ("SendStreamingMessage", Some(&json)),
            _ => (
                text(exactly(&json, "method")?).ok_or(Unresolvable)?,
                exactly(&json, "params")?,
            ),
        };
        let found = if MESSAGE_METHODS.contains(&method) {
            Some(of_message(params.ok_or(Unresolvable)?)?)
        } else if method == "tools/call" {
            let params = params.ok_or(Unresolvable)?;
            let task = text(exactly(params, "name")?).ok_or(Unresolvable)?;
            Some((task, exactly(params, "arguments")?))
        } else {
            None
        };
        let arguments = found.and_then(|(_, arguments)| arguments);
        Ok(Self {
            method: method.to_owned(),
            task: found.map(|(task, _)| task.to_owned()),
            tells_webhook_secret: arguments.is_some_and(tells_webhook_secret),
        })
    }
}

/// Whether arguments register webhooks with a shared secret.
#[must_use]
pub fn tells_webhook_secret(arguments: &Json) -> bool {
    ["push_notification_config", "reporting_webhook"]
        .into_iter()
        .any(|name| {
            arguments
                .member(name)
                .and_then(|config| config.member("authentication"))
                .is_some_and(|told| *told != Json::Null)
        })
}

/// The skill of a message's only part with data, and its arguments.
fn of_message(params: &Json) -> Result<(&str, Option<&Json>), Unresolvable> {
    let message = exactly(params, "message")?.ok_or(Unresolvable)?;
    let Some(Json::List(parts)) = exactly(message, "parts")? else {
        return Err(Unresolvable);
    };
    let mut data = None;
    for part in parts {
        let kind = match exactly(part, "kind")? {
            Some(kind) => Some(text(Some(kind)).ok_or(Unresolvable)?),
            None => None,
        };
        let has = |name: &str| part.member(name).is_some();
        match exactly(part, "data")? {
            Some(found) if !has("text") && kind.is_none_or(|kind| kind == "data") => {
                if data.replace(found).is_some() {
                    return Err(Unresolvable);
                }
            }
            None if has("text") && kind.is_none_or(|kind| kind == "text") => {}
            // A file, or a part that is two things.
            _ => return Err(Unresolvable),
        }
    }
    let data = data.ok_or(Unresolvable)?;
    let skill = text(exactly(data, "skill")?).filter(|skill| !skill.is_empty());
    let arguments = match exactly(data, "input")? {
        Some(input) => Some(input),
        None => exactly(data, "parameters")?,
    };
    Ok((skill.ok_or(Unresolvable)?, arguments))
}

/// A member by its exact name; no other spelling of the name may stand beside it.
fn exactly<'a>(value: &'a Json, name: &str) -> Result<Option<&'a Json>, Unresolvable> {
    let Json::Object(members) = value else {
        return Err(Unresolvable);
    };
    let is_variant = |other: &str| other != name && other.eq_ignore_ascii_case(name);
    if members.iter().any(|(other, _)| is_variant(other)) {
        return Err(Unresolvable);
    }
    Ok(value.member(name))
}

fn text(value: Option<&Json>) -> Option<&str> {
    value.and_then(Json::as_text)
}
