//! JSON-RPC over HTTP, which MCP and A2A have in common: one agent's line with its credentials, the
//! answer found among other messages, and sorted by whether anything at the seller can have run
//! (decision 15).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use super::bounded;
use super::exchange::{Bearer, Effect, Reply, Turned, TurnedAway};
use super::guard::{Answer, Get, Guard, GuardError, Post};
use super::sse::Events;

/// The guarded way to one agent: its credentials, and numbers for requests.
#[derive(Debug)]
pub(super) struct Line {
    guard: Arc<Guard>,
    bearer: Option<Bearer>,
    next_id: AtomicU64,
}

/// One JSON-RPC request.
pub(super) struct Request<'a> {
    pub url: &'a Url,
    /// The request's own number, written into its body.
    pub id: u64,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    pub effect: Effect,
    pub deadline: Instant,
    /// The method, for messages.
    pub method: &'static str,
    /// Codes that turn this request away besides those of every request.
    pub also_turned_by: &'static [i64],
    /// Whether the words say that the agent has no such task.
    pub says_unknown: &'a (dyn Fn(&str) -> bool + Send + Sync),
}

/// What came of a request: the JSON-RPC result, or why there is none.
pub(super) struct Came {
    pub result: Result<Value, Reply>,
    /// What was read of the answer.
    pub body: Option<Vec<u8>>,
    pub http_status: Option<u16>,
}

impl Line {
    pub(super) fn new(guard: Arc<Guard>, bearer: Option<Bearer>) -> Self {
        Self {
            guard,
            bearer,
            next_id: AtomicU64::new(1),
        }
    }

    pub(super) fn guard(&self) -> &Guard {
        &self.guard
    }

    pub(super) fn bearer(&self) -> Option<&Bearer> {
        self.bearer.as_ref()
    }

    pub(super) fn next_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// The headers of a JSON request, with the credentials; a sentence when they do not fit.
    pub(super) fn headers(&self, accept: &'static str) -> Result<HeaderMap, String> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(bearer) = &self.bearer {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", bearer.expose()))
                .map_err(|_| "expected a token that fits into a header".to_owned())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }

    pub(super) async fn get(
        &self,
        url: &Url,
        max_body_bytes: usize,
        deadline: Instant,
    ) -> Result<Answer, GuardError> {
        let mut headers = self
            .headers("application/json")
            .map_err(GuardError::NoConnection)?;
        headers.remove(CONTENT_TYPE);
        let get = Get {
            url,
            headers,
            max_body_bytes,
            deadline,
        };
        self.guard.get(get).await
    }

    pub(super) async fn post(
        &self,
        url: &Url,
        headers: HeaderMap,
        body: Vec<u8>,
        effect: Effect,
        deadline: Instant,
    ) -> Result<Answer, GuardError> {
        self.guard
            .post(Post {
                url,
                headers,
                body,
                own_connection: effect == Effect::Write,
                deadline,
            })
            .await
    }

    /// Sends one request, once, and sorts what came.
    pub(super) async fn ask(&self, request: Request<'_>) -> Came {
        let nothing = |reply: Reply| Came {
            result: Err(reply),
            body: None,
            http_status: None,
        };
        let sent = self.post(
            request.url,
            request.headers,
            request.body,
            request.effect,
            request.deadline,
        );
        let mut answer = match sent.await {
            Ok(answer) => answer,
            Err(error) => {
                let reason = error.to_string();
                return nothing(if error.never_left() {
                    Reply::NeverLeft {
                        reason,
                        http_status: None,
                    }
                } else {
                    Reply::NoAnswer {
                        reason,
                        http_status: None,
                    }
                });
            }
        };
        let status = answer.status().as_u16();
        let retry_after_s = answer
            .header(RETRY_AFTER.as_str())
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let (message, body) = read_message(&mut answer, request.id).await;
        let result = match message {
            Err(error) => Err(turned_by_status(status, retry_after_s, None).map_or_else(
                || Reply::NoAnswer {
                    reason: error.to_string(),
                    http_status: Some(status),
                },
                Reply::TurnedAway,
            )),
            Ok(message) => {
                let sorted = sort(
                    status,
                    retry_after_s,
                    message,
                    request.also_turned_by,
                    request.says_unknown,
                );
                sorted.and_then(|result| {
                    result.ok_or_else(|| Reply::NoAnswer {
                        reason: format!(
                            "expected an answer to `{}`, got {}",
                            request.method,
                            if body.is_empty() {
                                "nothing"
                            } else {
                                "something else"
                            }
                        ),
                        http_status: None,
                    })
                })
            }
        };
        Came {
            result,
            body: Some(body),
            http_status: Some(status),
        }
    }
}

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
                match message_in(data.as_bytes(), id) {
                    Ok(None) => {}
                    found => return (found, data.into_bytes()),
                }
            }
        }
        read.extend_from_slice(&piece);
        if over {
            let message = if streamed {
                Ok(None)
            } else {
                message_in(&read, id)
            };
            return (message, read);
        }
    }
}

/// The JSON-RPC answer with our id, alone or in a batch. An error without an id is ours as well:
/// the server could not read the id.
fn message_in(bytes: &[u8], id: u64) -> Result<Option<Value>, GuardError> {
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
    Ok(match bounded::json(bytes)? {
        Some(Value::Array(batch)) => batch.into_iter().find(ours),
        message => message.filter(ours),
    })
}

/// The result of an answer, or what it means that there is none (decision 15).
fn sort(
    status: u16,
    retry_after_s: Option<u64>,
    message: Option<Value>,
    also_turned_by: &[i64],
    says_unknown: &dyn Fn(&str) -> bool,
) -> Result<Option<Value>, Reply> {
    let member = |pointer: &str| {
        message
            .as_ref()
            .and_then(|message| message.pointer(pointer))
    };
    let rpc_code = member("/error/code").and_then(Value::as_i64);
    let rpc_words = member("/error/message").and_then(Value::as_str);
    if let Some(turned) = turned_by_status(status, retry_after_s, rpc_words) {
        return Err(Reply::TurnedAway(TurnedAway { rpc_code, ..turned }));
    }
    let http_status = (!(200..300).contains(&status)).then_some(status);
    if let Some(code) = rpc_code {
        let words = rpc_words.unwrap_or("no message");
        let reason = format!("JSON-RPC {code}: {}", short(words));
        let turns_away = matches!(code, -32700 | -32600 | -32601 | -32602);
        return Err(if turns_away || also_turned_by.contains(&code) {
            Reply::TurnedAway(TurnedAway {
                how: if code == -32601 || (code == -32602 && says_unknown(words)) {
                    Turned::NoSuchTask
                } else {
                    Turned::Malformed
                },
                reason,
                http_status,
                rpc_code,
                retry_after_s,
            })
        } else {
            Reply::NoAnswer {
                reason,
                http_status,
            }
        });
    }
    if http_status.is_some() {
        return Err(Reply::NoAnswer {
            reason: format!("expected an answer, got HTTP {status}"),
            http_status,
        });
    }
    Ok(message.and_then(|mut message| message.get_mut("result").map(Value::take)))
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

/// A seller's words, short enough for a message.
pub(super) fn short(words: &str) -> String {
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(300)
        .collect()
}
