//! What an answer over MCP is: found among other messages, and sorted by whether a tool can have
//! run (decision 15).

use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use super::exchange::{Reply, Turned, TurnedAway};
use super::guard::{Answer, GuardError};
use super::sse::Events;

/// Reads an answer until the JSON-RPC message with our id is there. Answers what was read, too.
pub(super) async fn read_message(
    answer: &mut Answer,
    id: u64,
) -> (Result<Option<Value>, GuardError>, Vec<u8>) {
    let streamed = answer
        .header(CONTENT_TYPE.as_str())
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| {
            kind.trim_start()
                .to_ascii_lowercase()
                .starts_with("text/event-stream")
        });
    let mut read = Vec::new();
    let mut events = Events::default();
    loop {
        let piece = match answer.chunk().await {
            Ok(piece) => piece,
            Err(error) => return (Err(error), read),
        };
        let over = piece.is_none();
        let piece = piece.unwrap_or_default();
        if streamed {
            let done = if over {
                events.finish()
            } else {
                events.push(&piece)
            };
            for data in done {
                if let Some(message) = message_in(data.as_bytes(), id) {
                    return (Ok(Some(message)), data.into_bytes());
                }
            }
        }
        read.extend_from_slice(&piece);
        if over {
            let message = if streamed {
                None
            } else {
                message_in(&read, id)
            };
            return (Ok(message), read);
        }
    }
}

/// The JSON-RPC answer with our id, alone or in a batch. An error without an id is ours as well:
/// the server could not read the id.
fn message_in(bytes: &[u8], id: u64) -> Option<Value> {
    let ours = |message: &Value| {
        let answers = message.get("result").is_some() || message.get("error").is_some();
        let same = match message.get("id") {
            Some(Value::Number(number)) => number.as_u64() == Some(id),
            Some(Value::String(text)) => *text == id.to_string(),
            Some(Value::Null) | None => message.get("error").is_some(),
            Some(_) => false,
        };
        answers && same
    };
    match serde_json::from_slice(bytes).ok()? {
        Value::Array(batch) => batch.into_iter().find(ours),
        message => Some(message).filter(ours),
    }
}

/// What an answer to tools/call means (decision 15).
pub(super) fn classify(
    task: &str,
    status: u16,
    retry_after_s: Option<u64>,
    message: Option<&Value>,
    body: &[u8],
) -> Reply {
    let rpc_code = message
        .and_then(|message| message.pointer("/error/code"))
        .and_then(Value::as_i64);
    let rpc_words = message
        .and_then(|message| message.pointer("/error/message"))
        .and_then(Value::as_str);
    if let Some(turned) = turned_by_status(status, retry_after_s, rpc_words) {
        return Reply::TurnedAway(TurnedAway { rpc_code, ..turned });
    }
    let http_status = (!(200..300).contains(&status)).then_some(status);
    if let Some(code) = rpc_code {
        let words = rpc_words.unwrap_or("no message");
        return match code {
            -32700 | -32600 | -32601 | -32602 => Reply::TurnedAway(TurnedAway {
                how: if code == -32601 || (code == -32602 && says_unknown(task, words)) {
                    Turned::NoSuchTask
                } else {
                    Turned::Malformed
                },
                reason: format!("JSON-RPC {code}: {}", short(words)),
                http_status,
                rpc_code,
                retry_after_s,
            }),
            _ => Reply::NoAnswer {
                reason: format!("JSON-RPC {code}: {}", short(words)),
                http_status,
            },
        };
    }
    if http_status.is_some() {
        return Reply::NoAnswer {
            reason: format!("expected an answer, got HTTP {status}"),
            http_status,
        };
    }
    match message.and_then(|message| message.get("result")) {
        Some(result) => tool_result(task, result),
        None => Reply::NoAnswer {
            reason: if body.is_empty() {
                "expected an answer to `tools/call`, got nothing".to_owned()
            } else {
                "expected an answer to `tools/call`, got something else".to_owned()
            },
            http_status: None,
        },
    }
}

/// The statuses with which a server turns a request away before any tool runs (decision 15).
pub(super) fn turned_by_status(
    status: u16,
    retry_after_s: Option<u64>,
    words: Option<&str>,
) -> Option<TurnedAway> {
    let how = match status {
        401 | 403 => Turned::Credentials,
        429 => Turned::TooMany,
        404 | 405 | 413 | 415 => Turned::Malformed,
        _ => return None,
    };
    let reason = words.map_or_else(
        || format!("HTTP {status}"),
        |words| format!("HTTP {status}: {}", short(words)),
    );
    Some(TurnedAway {
        how,
        reason,
        http_status: Some(status),
        rpc_code: None,
        retry_after_s,
    })
}

/// The AdCP body of a tool's result: `structuredContent`, else JSON in the first text.
fn tool_result(task: &str, result: &Value) -> Reply {
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
    match serde_json::from_str::<Value>(text) {
        Ok(body) if body.is_object() => Reply::Answer { body, marked_error },
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
fn says_unknown(task: &str, words: &str) -> bool {
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

/// A seller's words, short enough for a message.
pub(super) fn short(words: &str) -> String {
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect()
}
