//! What an answer over A2A means. The state of an A2A task is the transport's: a `completed` one may
//! carry an AdCP body that says `submitted`. Final states have their body in the last data part of
//! the first artifact, the others in the first data part of the status' message.

use flighting_core::media_buy::OpenTask;
use serde_json::{Map, Value, json};

use super::super::exchange::{Reply, Turned, TurnedAway};
use super::super::rpc::short;

/// The state of an A2A task, in both releases' words.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Completed,
    Failed,
    Rejected,
    Canceled,
    /// The agent waits for us: input or a sign-in, in AdCP's word.
    Asks(&'static str),
    /// Under way.
    UnderWay(&'static str),
    Unknown(String),
}

impl State {
    fn read(word: &str) -> Self {
        let plain = word
            .strip_prefix("TASK_STATE_")
            .unwrap_or(word)
            .to_ascii_lowercase()
            .replace('_', "-");
        match plain.as_str() {
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "rejected" => Self::Rejected,
            "canceled" | "cancelled" => Self::Canceled,
            "input-required" => Self::Asks("input-required"),
            "auth-required" => Self::Asks("auth-required"),
            "submitted" => Self::UnderWay("submitted"),
            "working" => Self::UnderWay("working"),
            _ => Self::Unknown(short(word)),
        }
    }
}

/// The answer to a call, and the conversation that is open when the agent asks something.
pub(super) fn read(task: &str, result: &Value) -> (Reply, Option<OpenTask>) {
    let branch = |name: &str| result.get(name).filter(|inner| inner.is_object());
    // 1.0 says which of the two it is by the member, 0.3 by `kind`.
    if let Some(message) = branch("message") {
        return (of_message(task, message), None);
    }
    if result.get("kind").and_then(Value::as_str) == Some("message") {
        return (of_message(task, result), None);
    }
    of_task(task, branch("task").unwrap_or(result))
}

/// A message instead of a task: the agent answered at once.
fn of_message(task: &str, message: &Value) -> Reply {
    match data_parts(message.get("parts")).next_back() {
        Some(body) => Reply::Answer {
            body: Value::Object(body.clone()),
            marked_error: false,
        },
        None => no_body(task, &texts(message.get("parts"))),
    }
}

fn of_task(task: &str, wire: &Value) -> (Reply, Option<OpenTask>) {
    let Some(word) = wire.pointer("/status/state").and_then(Value::as_str) else {
        return (no_body(task, ""), None);
    };
    let artifact = wire.pointer("/artifacts/0/parts");
    let said = wire.pointer("/status/message/parts");
    let words = {
        let words = texts(said);
        if words.is_empty() {
            texts(artifact)
        } else {
            words
        }
    };
    let last = || {
        data_parts(artifact)
            .next_back()
            .or_else(|| data_parts(said).next_back())
            .cloned()
    };
    let answer = |body: Map<String, Value>, marked_error: bool| Reply::Answer {
        body: Value::Object(body),
        marked_error,
    };
    match State::read(word) {
        State::Completed => {
            let body = last().map(|mut body| {
                add_task_id(&mut body, wire);
                answer(body, false)
            });
            (body.unwrap_or_else(|| no_body(task, &words)), None)
        }
        State::Failed => {
            let body = last();
            let why = body
                .as_ref()
                .and_then(|body| body.get("message")?.as_str())
                .unwrap_or(&words);
            if says_unknown(task, why) {
                return (unknown_task(why), None);
            }
            let body = body.unwrap_or_else(|| said_only("failed", &words));
            (answer(body, true), None)
        }
        State::Rejected => (answer(ended(last(), "rejected", &words), false), None),
        State::Canceled => (answer(ended(last(), "canceled", &words), false), None),
        State::Asks(status) => {
            let mut body = data_parts(said).next().cloned().unwrap_or_default();
            // The question settles nothing, whatever else stands beside it.
            body.insert("status".to_owned(), json!(status));
            if !body.get("message").is_some_and(Value::is_string) && !words.is_empty() {
                body.insert("message".to_owned(), json!(words));
            }
            (answer(body, false), open_task(wire))
        }
        State::UnderWay(status) => {
            let body = data_parts(said).next().cloned().map(|mut body| {
                add_task_id(&mut body, wire);
                answer(body, false)
            });
            let nothing = || Reply::NoAnswer {
                reason: format!("the agent's task is `{status}` and names no task of AdCP's"),
                http_status: None,
            };
            (body.unwrap_or_else(nothing), None)
        }
        State::Unknown(word) => (
            Reply::NoAnswer {
                reason: format!("expected a known state of the agent's task, got `{word}`"),
                http_status: None,
            },
            None,
        ),
    }
}

/// What an answer has to name to go on with a task.
fn open_task(wire: &Value) -> Option<OpenTask> {
    let member = |name: &str| wire.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(OpenTask {
        task_id: member("id").filter(|id| !id.is_empty())?,
        context_id: member("contextId").filter(|id| !id.is_empty()),
    })
}

/// Puts AdCP's task id into a body that lacks it, from where the TypeScript server also writes it.
fn add_task_id(body: &mut Map<String, Value>, wire: &Value) {
    let waits = matches!(
        body.get("status").and_then(Value::as_str),
        Some("submitted" | "working")
    );
    if waits
        && !body.contains_key("task_id")
        && let Some(id) = wire.pointer("/artifacts/0/metadata/adcp_task_id")
    {
        body.insert("task_id".to_owned(), id.clone());
    }
}

/// A body for a state that came without one.
fn said_only(status: &str, words: &str) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("status".to_owned(), json!(status));
    if !words.is_empty() {
        body.insert("message".to_owned(), json!(short(words)));
    }
    body
}

/// The body of a task that ended without a result; it says so itself, or we say it.
fn ended(body: Option<Map<String, Value>>, status: &str, words: &str) -> Map<String, Value> {
    let mut body = body.unwrap_or_else(|| said_only(status, words));
    if !body.get("status").is_some_and(Value::is_string) {
        body.insert("status".to_owned(), json!(status));
    }
    body
}

fn no_body(task: &str, words: &str) -> Reply {
    if says_unknown(task, words) {
        return unknown_task(words);
    }
    Reply::NoAnswer {
        reason: if words.is_empty() {
            "expected an AdCP body in the agent's answer, got none".to_owned()
        } else {
            format!("expected an AdCP body, got `{}`", short(words))
        },
        http_status: None,
    }
}

fn unknown_task(words: &str) -> Reply {
    Reply::TurnedAway(TurnedAway {
        how: Turned::NoSuchTask,
        reason: short(words),
        http_status: None,
        rpc_code: None,
        retry_after_s: None,
    })
}

/// The words with which the known servers say that they have no such skill.
pub(super) fn says_unknown(task: &str, words: &str) -> bool {
    [
        format!("Unknown skill: {task}"),
        format!("AdcpServer.invoke: tool \"{task}\" is not registered"),
    ]
    .contains(&words.trim().to_owned())
}

/// The data of parts, in order: objects only. A part says by its member that it is one; `kind` is
/// 0.3's and tells nothing more.
fn data_parts(parts: Option<&Value>) -> impl DoubleEndedIterator<Item = &Map<String, Value>> {
    parts
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|part| part.get("data")?.as_object())
}

/// The texts of parts, one after the other.
fn texts(parts: Option<&Value>) -> String {
    let texts: Vec<&str> = parts
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|part| part.get("text")?.as_str())
        .collect();
    texts.join("\n")
}
