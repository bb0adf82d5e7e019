//! AdCP over MCP streamable HTTP. Our own thin client, because a purchase must go out byte for
//! byte, exactly once, and every way it can fail must be told apart
//! (docs/decisions/0003-mcp-client.md).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::exchange::{Bearer, Call, Effect, Exchange, RawExchange, Reply, Transport};
use super::guard::{Answer, Guard, GuardError, Post};
use super::mcp_answer::{classify, read_message, short, turned_by_status};

/// The MCP revision we ask for; the server may choose an older one.
const PROTOCOL: &str = "2025-06-18";
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");

/// A session that rested longer than this is opened anew before a write, so that a write does
/// not find it forgotten.
const FRESH_FOR_WRITES: Duration = Duration::from_secs(60);
/// And this long before a read.
const FRESH_FOR_READS: Duration = Duration::from_secs(600);

/// One agent over MCP.
#[derive(Debug)]
pub struct McpTransport {
    guard: Arc<Guard>,
    url: Url,
    bearer: Option<Bearer>,
    session: Mutex<Option<Session>>,
    next_id: AtomicU64,
}

#[derive(Debug, Clone)]
struct Session {
    id: Option<HeaderValue>,
    version: HeaderValue,
    used: Instant,
}

/// Why no session came about.
struct NoSession {
    reason: String,
    http_status: Option<u16>,
    body: Option<Vec<u8>>,
}

impl From<GuardError> for NoSession {
    fn from(error: GuardError) -> Self {
        Self {
            reason: error.to_string(),
            http_status: None,
            body: None,
        }
    }
}

#[derive(Serialize)]
struct ToolsCall<'a> {
    jsonrpc: &'static str,
    id: u64,
    method: &'static str,
    params: ToolsCallParams<'a>,
}

#[derive(Serialize)]
struct ToolsCallParams<'a> {
    name: &'a str,
    arguments: &'a RawValue,
}

impl McpTransport {
    /// The agent at an address. Nothing is sent yet.
    #[must_use]
    pub fn new(guard: Arc<Guard>, url: Url, bearer: Option<Bearer>) -> Self {
        Self {
            guard,
            url,
            bearer,
            session: Mutex::new(None),
            next_id: AtomicU64::new(1),
        }
    }

    fn headers(&self, session: Option<&Session>) -> Result<HeaderMap, NoSession> {
        let mut headers = HeaderMap::new();
        headers.insert(
            ACCEPT,
            HeaderValue::from_static("application/json, text/event-stream"),
        );
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(bearer) = &self.bearer {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {}", bearer.expose())).map_err(|_| {
                    NoSession {
                        reason: "expected a token that fits into a header".to_owned(),
                        http_status: None,
                        body: None,
                    }
                })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        if let Some(session) = session {
            headers.insert(VERSION, session.version.clone());
            if let Some(id) = &session.id {
                headers.insert(SESSION, id.clone());
            }
        }
        Ok(headers)
    }

    async fn post(
        &self,
        headers: HeaderMap,
        body: Vec<u8>,
        effect: Effect,
        deadline: Instant,
    ) -> Result<Answer, GuardError> {
        self.guard
            .post(Post {
                url: &self.url,
                headers,
                body,
                own_connection: effect == Effect::Write,
                deadline,
            })
            .await
    }

    /// The session to use: the one we have while it is fresh enough, else a new one.
    async fn session(&self, effect: Effect, deadline: Instant) -> Result<Session, NoSession> {
        let Ok(mut held) = timeout_at(deadline, self.session.lock()).await else {
            return Err(GuardError::TooLate.into());
        };
        let fresh_for = match effect {
            Effect::Read => FRESH_FOR_READS,
            Effect::Write => FRESH_FOR_WRITES,
        };
        if let Some(session) = held.as_mut() {
            if session.id.is_none() || session.used.elapsed() < fresh_for {
                session.used = Instant::now();
                return Ok(session.clone());
            }
            *held = None;
        }
        let session = self.open(deadline).await?;
        *held = Some(session.clone());
        Ok(session)
    }

    async fn forget(&self) {
        *self.session.lock().await = None;
    }

    /// initialize, then notifications/initialized.
    async fn open(&self, deadline: Instant) -> Result<Session, NoSession> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let hello = json!({
            "jsonrpc": "2.0", "id": id, "method": "initialize",
            "params": {
                "protocolVersion": PROTOCOL,
                "capabilities": {},
                "clientInfo": {"name": "flighting", "version": env!("CARGO_PKG_VERSION")},
            },
        });
        let mut answer = self
            .post(
                self.headers(None)?,
                hello.to_string().into_bytes(),
                Effect::Read,
                deadline,
            )
            .await?;
        let status = answer.status();
        let session_id = answer.header(SESSION.as_str()).cloned();
        if !status.is_success() {
            let body = answer.body().await.ok();
            return Err(NoSession {
                reason: format!("expected an MCP session, got HTTP {}", status.as_u16()),
                http_status: Some(status.as_u16()),
                body,
            });
        }
        let (message, body) = read_message(&mut answer, id).await;
        let refused = |reason: String| NoSession {
            reason,
            http_status: None,
            body: Some(body.clone()),
        };
        let message = match message {
            Ok(Some(message)) => message,
            Ok(None) => {
                return Err(refused(
                    "expected an answer to `initialize`, got something else".to_owned(),
                ));
            }
            Err(error) => return Err(refused(error.to_string())),
        };
        let version = match (
            message
                .pointer("/result/protocolVersion")
                .and_then(Value::as_str),
            message.pointer("/error/message"),
        ) {
            (Some(version), _) => version.to_owned(),
            (None, error) => {
                let words = error.and_then(Value::as_str).unwrap_or("no result");
                return Err(refused(format!(
                    "expected an MCP session, got `{}`",
                    short(words)
                )));
            }
        };
        let version = HeaderValue::from_str(&version)
            .map_err(|_| refused("expected an MCP protocol version".to_owned()))?;
        let session = Session {
            id: session_id,
            version,
            used: Instant::now(),
        };
        let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
        let acknowledged = self
            .post(
                self.headers(Some(&session))?,
                ready.to_string().into_bytes(),
                Effect::Read,
                deadline,
            )
            .await?;
        if !acknowledged.status().is_success() {
            let status = acknowledged.status().as_u16();
            return Err(NoSession {
                reason: format!(
                    "expected `notifications/initialized` to be accepted, got HTTP {status}"
                ),
                http_status: Some(status),
                body: None,
            });
        }
        Ok(session)
    }

    async fn attempt(&self, call: &Call<'_>) -> Attempt {
        let session = match self.session(call.effect, call.deadline).await {
            Ok(session) => session,
            Err(none) => {
                return Attempt {
                    reply: Reply::NeverLeft {
                        reason: none.reason,
                        http_status: none.http_status,
                    },
                    body: none.body,
                    http_status: none.http_status,
                    session_gone: false,
                };
            }
        };
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let request = ToolsCall {
            jsonrpc: "2.0",
            id,
            method: "tools/call",
            params: ToolsCallParams {
                name: call.task,
                arguments: call.arguments,
            },
        };
        let never = |reason: String| Attempt {
            reply: Reply::NeverLeft {
                reason,
                http_status: None,
            },
            body: None,
            http_status: None,
            session_gone: false,
        };
        let body = match serde_json::to_vec(&request) {
            Ok(body) => body,
            Err(error) => return never(format!("the request could not be written: {error}")),
        };
        let headers = match self.headers(Some(&session)) {
            Ok(headers) => headers,
            Err(none) => return never(none.reason),
        };
        let mut answer = match self.post(headers, body, call.effect, call.deadline).await {
            Ok(answer) => answer,
            Err(error) if error.never_left() => return never(error.to_string()),
            Err(error) => {
                return Attempt {
                    reply: Reply::NoAnswer {
                        reason: error.to_string(),
                        http_status: None,
                    },
                    body: None,
                    http_status: None,
                    session_gone: false,
                };
            }
        };
        let status = answer.status().as_u16();
        let retry_after_s = answer
            .header(RETRY_AFTER.as_str())
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let (message, body) = read_message(&mut answer, id).await;
        let session_gone = status == 404 && session.id.is_some();
        let reply = match message {
            Err(error) => turned_by_status(status, retry_after_s, None).map_or_else(
                || Reply::NoAnswer {
                    reason: error.to_string(),
                    http_status: Some(status),
                },
                Reply::TurnedAway,
            ),
            Ok(message) => classify(call.task, status, retry_after_s, message.as_ref(), &body),
        };
        Attempt {
            reply,
            body: Some(body),
            http_status: Some(status),
            session_gone,
        }
    }
}

struct Attempt {
    reply: Reply,
    body: Option<Vec<u8>>,
    http_status: Option<u16>,
    session_gone: bool,
}

#[async_trait]
impl Transport for McpTransport {
    async fn call(&self, call: Call<'_>) -> Exchange {
        let begun = Instant::now();
        let mut attempt = self.attempt(&call).await;
        if attempt.session_gone {
            self.forget().await;
            // A read may be asked again in a new session; a write is never sent twice.
            if call.effect == Effect::Read {
                attempt = self.attempt(&call).await;
            }
        }
        if matches!(
            attempt.reply,
            Reply::NoAnswer { .. } | Reply::NeverLeft { .. }
        ) {
            self.forget().await;
        }
        let raw = RawExchange::new(
            &call,
            self.bearer.as_ref(),
            attempt.body.as_deref(),
            attempt.http_status,
            begun,
        );
        Exchange {
            reply: attempt.reply,
            raw,
        }
    }
}
