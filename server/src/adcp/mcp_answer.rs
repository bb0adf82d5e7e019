//! What a tool's result is, and the words with which MCP servers say that they have no such tool.

use serde_json::Value;

use super::bounded;
use super::exchange::{Reply, Turned, TurnedAway};
use super::rpc::short;

/// The AdCP body of a tool's result: `structuredContent`, else JSON in the first text.
pub(super) fn tool_result(task: &str, result: &Value) -> Reply {
    let marked_error = result
        .get("isError")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    if let Some(body) = result
        .get("structuredContent")
        .filter(|body| body.is_object())
    {
        return Reply::Answer {
            body: body.clone(),
            marked_error,
        };
    }
    let text = result
        .get("content")
        .and_then(Value::as_array)
        .and_then(|parts| {
            parts
                .iter()
                .find_map(|part| part.get("text").and_then(Value::as_str))
        })
        .unwrap_or_default();
    let said = match bounded::json(text.as_bytes()) {
        Ok(said) => said,
        Err(error) => {
            return Reply::NoAnswer {
                reason: error.to_string(),
                http_status: None,
            };
        }
    };
    match said {
        Some(body) if body.is_object() => Reply::Answer { body, marked_error },
        _ if marked_error && says_unknown(task, text) => Reply::TurnedAway(TurnedAway {
            how: Turned::NoSuchTask,
            reason: short(text),
            http_status: None,
            rpc_code: None,
            retry_after_s: None,
        }),
        _ if marked_error && text.starts_with(ARGUMENTS_REFUSED) => Reply::TurnedAway(TurnedAway {
            how: Turned::Malformed,
            reason: short(text),
            http_status: None,
            rpc_code: Some(-32602),
            retry_after_s: None,
        }),
        _ => Reply::NoAnswer {
            reason: format!("expected an AdCP body, got `{}`", short(text)),
            http_status: None,
        },
    }
}

/// How the TypeScript server writes -32602 into a result when it checks arguments before the
/// tool runs.
const ARGUMENTS_REFUSED: &str =
    "MCP error -32602: Input validation error: Invalid arguments for tool";

/// Whether the words are those with which the known servers say that a tool does not exist.
pub(super) fn says_unknown(task: &str, words: &str) -> bool {
    let words = words
        .strip_prefix("MCP error -32602: ")
        .or_else(|| words.strip_prefix("MCP error -32601: "))
        .unwrap_or(words);
    [
        format!("Tool {task} not found"),
        format!("Tool {task} disabled"),
        format!("Unknown tool: {task}"),
        format!("Unknown tool: '{task}'"),
        "tool not found".to_owned(),
    ]
    .contains(&words.trim().to_owned())
}
