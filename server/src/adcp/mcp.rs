//! AdCP over MCP streamable HTTP. Our own thin client, because a purchase must go out byte for
//! byte, exactly once, and every way it can fail must be told apart
//! (docs/decisions/0003-mcp-client.md).

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::exchange::{Bearer, Call, Effect, Exchange, RawExchange, Reply, Transport};
use super::guard::{Answer, Guard, GuardError};
use super::mcp_answer::{says_unknown, tool_result};
use super::rpc::{Line, Request, read_message, short};
use super::signer::RequestSigner;

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
    line: Line,
    url: Url,
    session: Mutex<Option<Session>>,
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
            line: Line::new(guard, bearer),
            url,
            session: Mutex::new(None),
        }
    }

    /// The same, signing what the agent wants signed.
    #[must_use]
    pub fn signing(mut self, signer: Arc<RequestSigner>) -> Self {
        self.line = self.line.signing(signer);
        self
    }

    fn headers(&self, session: Option<&Session>) -> Result<HeaderMap, NoSession> {
        let mut headers = self
            .line
            .headers("application/json, text/event-stream")
            .map_err(|reason| NoSession {
                reason,
                http_status: None,
                body: None,
            })?;
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
        deadline: Instant,
    ) -> Result<Answer, GuardError> {
        self.line
            .post(&self.url, headers, body, Effect::Read, deadline)
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
        let id = self.line.next_id();
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
        if call.resume.is_some() {
            return Attempt {
                reply: Reply::NeverLeft {
                    reason: "MCP has no conversations that could be resumed".to_owned(),
                    http_status: None,
                },
                body: None,
                http_status: None,
                session_gone: false,
            };
        }
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
        let id = self.line.next_id();
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
        let unknown = |words: &str| says_unknown(call.task, words);
        let came = self
            .line
            .ask(Request {
                url: &self.url,
                id,
                headers,
                body,
                effect: call.effect,
                deadline: call.deadline,
                method: "tools/call",
                also_turned_by: &[],
                says_unknown: &unknown,
            })
            .await;
        Attempt {
            session_gone: came.http_status == Some(404) && session.id.is_some(),
            reply: came
                .result
                .map_or_else(|reply| reply, |result| tool_result(call.task, &result)),
            body: came.body,
            http_status: came.http_status,
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
            self.line.bearer(),
            attempt.body.as_deref(),
            attempt.http_status,
            begun,
        );
        Exchange {
            reply: attempt.reply,
            open: None,
            raw,
        }
    }
}
