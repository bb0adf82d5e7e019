//! Why a question to an agent has no usable answer.

use std::fmt;

use flighting_core::media_buy::{Recovery, SellerError};
use serde_json::Value;

use super::errors::{error_in, speaks_of_error};
use super::exchange::{Exchange, RawExchange, Reply, Turned, TurnedAway};
use super::overlay::Unspeakable;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Nothing reached the agent, or nothing came back: address, network, time-out, 5xx.
    Unreachable,
    /// The agent does not take our credentials.
    Credentials,
    /// The agent asks us to come back later.
    TooMany,
    /// The agent has no such task, or takes no such request.
    TurnedAway,
    /// The agent answered with an AdCP error.
    Refused,
    /// The answer is no AdCP.
    Unreadable,
    /// There is something, but no agent of AdCP 3 that we can speak with.
    NotASeller,
    /// The account cannot buy, or none is ours.
    Account,
    /// Nothing was sent: the agent's release has no words for what we want.
    Unspeakable,
}

impl FailureKind {
    /// A stable code for callers, where the seller gave none.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "agent_unreachable",
            Self::Credentials => "credentials_refused",
            Self::TooMany => "RATE_LIMITED",
            Self::TurnedAway => "turned_away",
            Self::Refused => "refused",
            Self::Unreadable => "unreadable_answer",
            Self::NotASeller => "not_an_adcp_seller",
            Self::Account => "account_unusable",
            Self::Unspeakable => "not_supported_by_agent",
        }
    }
}

/// A failed question: its kind, the words, and the exchange for `debug`.
#[derive(Debug, Clone)]
pub struct CallFailure {
    /// What kind.
    pub kind: FailureKind,
    /// The words as one error, the seller's where there are some.
    pub error: SellerError,
    /// Whether the agent has no task of that name.
    pub no_such_task: bool,
    /// What went and came; none when nothing was sent.
    pub raw: Option<Box<RawExchange>>,
}

impl fmt::Display for CallFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error.message)
    }
}

impl std::error::Error for CallFailure {}

impl From<Unspeakable> for CallFailure {
    fn from(unspeakable: Unspeakable) -> Self {
        Self::new(FailureKind::Unspeakable, unspeakable.0, None)
    }
}

impl CallFailure {
    /// A failure in our words.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<String>, raw: Option<RawExchange>) -> Self {
        let recovery = match kind {
            FailureKind::Unreachable | FailureKind::TooMany => Recovery::Transient,
            FailureKind::Unspeakable | FailureKind::TurnedAway => Recovery::Correctable,
            FailureKind::Credentials
            | FailureKind::Refused
            | FailureKind::Unreadable
            | FailureKind::NotASeller
            | FailureKind::Account => Recovery::Terminal,
        };
        let error = SellerError {
            code: kind.code().to_owned(),
            message: message.into(),
            field: None,
            suggestion: None,
            recovery: Some(recovery),
            retry_after_s: None,
        };
        Self {
            kind,
            error,
            no_such_task: false,
            raw: raw.map(Box::new),
        }
    }

    /// A failure in the seller's words.
    #[must_use]
    pub fn said(kind: FailureKind, error: SellerError, raw: RawExchange) -> Self {
        Self {
            kind,
            error,
            no_such_task: false,
            raw: Some(Box::new(raw)),
        }
    }

    /// A call that was turned away.
    #[must_use]
    pub fn turned(turned: &TurnedAway, raw: RawExchange) -> Self {
        let kind = match turned.how {
            Turned::Credentials => FailureKind::Credentials,
            Turned::TooMany => FailureKind::TooMany,
            Turned::NoSuchTask | Turned::Malformed => FailureKind::TurnedAway,
        };
        let mut failure = Self::new(kind, turned_words(turned), Some(raw));
        failure.no_such_task = turned.how == Turned::NoSuchTask;
        failure.error.retry_after_s = turned
            .retry_after_s
            .map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
        failure
    }
}

/// What being turned away means, in a sentence.
#[must_use]
pub(crate) fn turned_words(turned: &TurnedAway) -> String {
    match turned.how {
        Turned::Credentials => format!("the agent refuses our credentials ({})", turned.reason),
        Turned::TooMany => format!("the agent asks for fewer requests ({})", turned.reason),
        Turned::NoSuchTask | Turned::Malformed => {
            format!("the agent turned the request away ({})", turned.reason)
        }
    }
}

/// The body of an answered question without an error in it.
///
/// # Errors
/// [`CallFailure`] for all else.
#[expect(clippy::result_large_err, reason = "one per question over the network")]
pub fn answered(exchange: Exchange) -> Result<(Value, RawExchange), CallFailure> {
    let Exchange {
        reply,
        open: _,
        raw,
    } = exchange;
    match reply {
        Reply::Answer { body, marked_error } => {
            if let Some(error) = error_in(&body)
                && (marked_error || failed(&body) || body.get("adcp_error").is_some())
            {
                return Err(CallFailure::said(FailureKind::Refused, error, raw));
            }
            if marked_error || failed(&body) {
                let words = body
                    .get("message")
                    .and_then(Value::as_str)
                    .unwrap_or("no reason given");
                return Err(CallFailure::new(
                    FailureKind::Refused,
                    format!("the agent failed: {words}"),
                    Some(raw),
                ));
            }
            Ok((body, raw))
        }
        Reply::TurnedAway(turned) => Err(CallFailure::turned(&turned, raw)),
        Reply::NeverLeft {
            reason,
            http_status,
        } => {
            let kind = match http_status {
                Some(401 | 403) => FailureKind::Credentials,
                Some(429) => FailureKind::TooMany,
                Some(404 | 405) => FailureKind::NotASeller,
                _ => FailureKind::Unreachable,
            };
            Err(CallFailure::new(kind, reason, Some(raw)))
        }
        Reply::NoAnswer {
            reason,
            http_status,
        } => {
            let kind = match http_status {
                Some(_) | None if reason.starts_with("expected an AdCP body") => {
                    FailureKind::Unreadable
                }
                _ => FailureKind::Unreachable,
            };
            Err(CallFailure::new(kind, reason, Some(raw)))
        }
    }
}

/// Whether the envelope says failed, or there is nothing but errors in it.
fn failed(body: &Value) -> bool {
    match body.get("status").and_then(Value::as_str) {
        Some("failed" | "rejected") => true,
        Some(_) => false,
        None => {
            let members = [
                "errors",
                "context",
                "context_id",
                "message",
                "timestamp",
                "adcp_version",
                "ext",
            ];
            speaks_of_error(body)
                && body
                    .as_object()
                    .is_some_and(|body| body.keys().all(|name| members.contains(&name.as_str())))
        }
    }
}
