//! One question to an agent and what became of it, whatever the protocol: MCP and A2A are each a
//! [`Transport`].

use std::fmt;

use async_trait::async_trait;
use flighting_core::media_buy::OpenTask;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::time::Instant;

/// The longest text kept in a [`RawExchange`], in bytes: 256 KiB, our choice.
const MAX_KEPT_BYTES: usize = 256 * 1024;

/// What stands where a credential stood.
const REMOVED: &str = "[removed]";

/// A bearer token. Cannot be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Bearer(String);

impl Bearer {
    /// A token as the seller gave it.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token itself, for the Authorization header only.
    #[must_use]
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REMOVED)
    }
}

/// What a task may do at the seller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing; it may be asked again.
    Read,
    /// Something; it is sent exactly once.
    Write,
}

/// Going on with a conversation that the agent keeps open at a question.
#[derive(Debug, Clone, Copy)]
pub struct Resume<'a> {
    /// Which one.
    pub open: &'a OpenTask,
    /// What a person says to it.
    pub message: &'a str,
}

/// One task to call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// AdCP's name of the task.
    pub task: &'a str,
    /// Its arguments, sent byte for byte.
    pub arguments: &'a RawValue,
    /// What it may do.
    pub effect: Effect,
    /// The conversation it belongs to; most calls begin one.
    pub resume: Option<Resume<'a>>,
    /// When we stop waiting.
    pub deadline: Instant,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The agent answered with an AdCP body: a success, a task or an AdCP error.
    Answer {
        /// The body; envelope and payload are one flat object.
        body: Value,
        /// Whether the transport marked it as an error.
        marked_error: bool,
    },
    /// Turned away before any tool ran (decision 15).
    TurnedAway(TurnedAway),
    /// The request provably never left us: address refused, no connection, no session, too late.
    NeverLeft {
        /// What stopped it.
        reason: String,
        /// The status with which the opening of a session was refused.
        http_status: Option<u16>,
    },
    /// It may have left, and no readable answer came: time-out, 5xx, broken or foreign answer.
    NoAnswer {
        /// What came instead.
        reason: String,
        /// The status, when there was one.
        http_status: Option<u16>,
    },
}

/// How a call was turned away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnedAway {
    /// Which way.
    pub how: Turned,
    /// The words, the seller's where there are some.
    pub reason: String,
    /// The HTTP status, unless it was 2xx.
    pub http_status: Option<u16>,
    /// The JSON-RPC code.
    pub rpc_code: Option<i64>,
    /// Seconds the agent asks to wait.
    pub retry_after_s: Option<u64>,
}

/// The ways to be turned away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// 401 or 403: the credentials do not do.
    Credentials,
    /// 429: too many requests.
    TooMany,
    /// The agent has no such task.
    NoSuchTask,
    /// Another status or code of decision 15.
    Malformed,
}

/// A call with its record.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// What became of it.
    pub reply: Reply,
    /// The conversation that stays open, where the agent asks something and can be answered.
    pub open: Option<OpenTask>,
    /// What went and came, credentials removed.
    pub raw: RawExchange,
}

/// What went over the wire and what came back, for `debug: true`. Never logged. Credentials are
/// removed when it is made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RawExchange {
    /// The task.
    pub task: String,
    /// Its arguments.
    pub request: Value,
    /// The answer: JSON, else text, cut at 256 KiB. None when nothing came.
    pub response: Option<Value>,
    /// The HTTP status of the answer.
    pub http_status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

impl RawExchange {
    /// Records a call and what came back.
    #[must_use]
    pub fn new(
        call: &Call<'_>,
        bearer: Option<&Bearer>,
        response: Option<&[u8]>,
        http_status: Option<u16>,
        begun: Instant,
    ) -> Self {
        let secret = bearer.map(Bearer::expose).filter(|token| !token.is_empty());
        let mut request = readable(call.arguments.get().as_bytes());
        remove_secrets(&mut request, secret);
        let response = response.filter(|bytes| !bytes.is_empty()).map(|bytes| {
            let mut answer = readable(bytes);
            remove_secrets(&mut answer, secret);
            answer
        });
        Self {
            task: call.task.to_owned(),
            request,
            response,
            http_status,
            took_ms: u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// JSON where it is JSON and short enough, else text.
fn readable(bytes: &[u8]) -> Value {
    if bytes.len() <= MAX_KEPT_BYTES
        && let Ok(value) = serde_json::from_slice(bytes)
    {
        return value;
    }
    let kept = bytes.get(..MAX_KEPT_BYTES).unwrap_or(bytes);
    Value::String(String::from_utf8_lossy(kept).into_owned())
}

/// Members that hold credentials in AdCP and around it.
const SECRET_MEMBERS: [&str; 8] = [
    "credentials",
    "token",
    "authorization",
    "secret",
    "api_key",
    "password",
    "access_token",
    "x-adcp-auth",
];

/// Removes our token wherever it stands, and what members of telling names hold.
pub(crate) fn remove_secrets(value: &mut Value, secret: Option<&str>) {
    match value {
        Value::String(text) => {
            if let Some(secret) = secret
                && text.contains(secret)
            {
                *text = text.replace(secret, REMOVED);
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| remove_secrets(item, secret)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                if member.is_string()
                    && SECRET_MEMBERS.contains(&name.to_ascii_lowercase().as_str())
                {
                    *member = Value::String(REMOVED.to_owned());
                } else {
                    remove_secrets(member, secret);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Carries calls to one agent. A write is sent at most once: nothing below this trait sends it
/// again.
#[async_trait]
pub trait Transport: Send + Sync + fmt::Debug {
    /// Calls a task.
    async fn call(&self, call: Call<'_>) -> Exchange;
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_hold_no_credentials() {
        let arguments = RawValue::from_string(
            json!({"push_notification_config": {"token": "whk_0123456789abcdef", "authentication": {"credentials": "c".repeat(32)}}}).to_string(),
        )
        .unwrap();
        let call = Call {
            task: "create_media_buy",
            arguments: &arguments,
            effect: Effect::Write,
            resume: None,
            deadline: Instant::now(),
        };
        let bearer = Bearer::new("sk_very_secret");
        let answer = br#"{"message":"no access for sk_very_secret","nested":[{"Authorization":"Bearer sk_very_secret"}]}"#;
        let raw = RawExchange::new(
            &call,
            Some(&bearer),
            Some(answer),
            Some(401),
            Instant::now(),
        );
        let text = serde_json::to_string(&raw).unwrap() + &format!("{raw:?} {bearer:?}");
        for secret in ["sk_very_secret", "whk_0123456789abcdef", &"c".repeat(32)] {
            assert!(!text.contains(secret), "{text}");
        }
        assert_eq!(
            raw.response,
            Some(
                json!({"message": "no access for [removed]", "nested": [{"Authorization": "[removed]"}]})
            )
        );
    }
}
