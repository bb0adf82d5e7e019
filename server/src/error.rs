//! Requests that could not be served, and the one table from them to HTTP.

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flighting_core::error::{Code, Refusal, Violation};
use flighting_core::wire::media_buy::ChangeResult;
use flighting_core::wire::{ErrorBody, ErrorCode, ErrorDetails};

use crate::http::{envelope, request_id};
use crate::secrets::SecretsError;
use crate::store::StoreError;

/// A request that could not be served.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Core says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The id is unknown, or another account's.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The caller knows an older revision than the one there is.
    #[error("expected revision {expected}, the current one is {current}")]
    Stale {
        /// What the caller sent.
        expected: u64,
        /// What there is.
        current: u64,
    },
    /// Something outside core stands against it.
    #[error("{message}")]
    Clash {
        /// Which of the conflicts.
        what: Clash,
        /// The sentence.
        message: String,
        /// The media buys it is about.
        media_buy_ids: Vec<String>,
    },
    /// Sellers have not confirmed the end of what delete would archive (decision 20).
    #[error("{message}")]
    NotConfirmed {
        /// The sentence.
        message: String,
        /// What became of each buy whose seller was asked.
        results: Vec<ChangeResult>,
    },
    /// No key, or one that is unknown or revoked.
    #[error("expected `Authorization: Bearer` with a valid key")]
    Unauthenticated,
    /// The key may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The request never reached a handler.
    #[error("{message}")]
    Malformed {
        /// How.
        what: Malformed,
        /// The sentence.
        message: String,
    },
    /// Not now; later.
    #[error("{message}")]
    Busy {
        /// Why.
        why: Busy,
        /// When to try again, in seconds.
        retry_after_s: u32,
        /// The sentence.
        message: String,
    },
    /// Our own failure. The caller reads a fixed text; the story goes to the log, once.
    #[error("something went wrong on our side")]
    Ours(#[source] anyhow::Error),
}

/// What a [`Fault::Clash`] is about; `details.conflict` on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clash {
    /// The campaign, session or advertiser moved while the request was under way.
    Moved,
    /// An `Idempotency-Key` with another body than the first time.
    IdempotencyKeyReused,
    /// The first request of an `Idempotency-Key` has no answer yet.
    IdempotencyKeyRunning,
    /// The agent holds a buy that has not ended.
    AgentHoldsBuys,
    /// Other things hold it as it is.
    InUse,
    /// The thing is archived.
    Archived,
    /// It exists already.
    Exists,
    /// The seller does not list the media buy.
    NotAtSeller,
    /// The seller's media buy is another one of ours.
    LinkedElsewhere,
    /// A job is finding out about it at this moment.
    BeingReconciled,
    /// There are as many as there may be.
    TooMany,
}

impl Clash {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::IdempotencyKeyRunning => "idempotency_key_running",
            Self::AgentHoldsBuys => "agent_holds_buys",
            Self::InUse => "in_use",
            Self::Archived => "archived",
            Self::Exists => "exists",
            Self::NotAtSeller => "not_at_seller",
            Self::LinkedElsewhere => "linked_elsewhere",
            Self::BeingReconciled => "being_reconciled",
            Self::TooMany => "too_many",
        }
    }
}

/// How a request was no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Malformed {
    /// Unreadable parameters or body.
    Unreadable,
    /// A path that has no such method.
    Method,
    /// The body did not arrive in time.
    Slow,
    /// A body above the limit.
    TooLarge,
    /// A body that is not JSON by its own word.
    NotJson,
}

/// Why a request has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Busy {
    /// The key's requests of this minute are used up.
    RateLimited,
    /// The database or the process cannot take it now.
    Unavailable,
}

impl Fault {
    /// One violation of the input.
    #[must_use]
    pub fn invalid(path: &str, code: Code, message: impl Into<String>) -> Self {
        Self::Refused(Refusal::invalid(Violation::new(path, code, message)))
    }

    /// Violations of the input, in order; never empty.
    #[must_use]
    pub fn violations(found: Vec<Violation>) -> Self {
        Self::Refused(Refusal::Invalid(found))
    }

    /// A conflict without further details.
    #[must_use]
    pub fn clash(what: Clash, message: impl Into<String>) -> Self {
        Self::Clash {
            what,
            message: message.into(),
            media_buy_ids: Vec::new(),
        }
    }

    /// Our own failure.
    pub fn ours(story: impl Into<anyhow::Error>) -> Self {
        Self::Ours(story.into())
    }

    /// The HTTP status and the body. The one table; no arm catches what it does not name.
    #[must_use]
    pub fn to_http(&self) -> (StatusCode, ErrorBody) {
        let plain = |code: ErrorCode| ErrorBody::new(code, self.to_string());
        let body = match self {
            Self::Refused(refusal) => ErrorBody::refused(refusal),
            Self::NotFound(_) => plain(ErrorCode::NotFound),
            Self::Stale { expected, current } => ErrorBody::stale(*expected, *current),
            Self::Clash {
                what,
                media_buy_ids,
                ..
            } => plain(ErrorCode::Conflict).with_details(ErrorDetails {
                conflict: Some(what.as_str().to_owned()),
                media_buy_ids: media_buy_ids.clone(),
                retry_after: self.retry_after_s(),
                ..ErrorDetails::default()
            }),
            Self::NotConfirmed { results, .. } => {
                plain(ErrorCode::Conflict).with_details(ErrorDetails {
                    conflict: Some("delete_not_confirmed".to_owned()),
                    media_buy_ids: results
                        .iter()
                        .filter(|result| !result.success)
                        .map(|result| result.media_buy_id.clone())
                        .collect(),
                    media_buy_results: results.clone(),
                    ..ErrorDetails::default()
                })
            }
            Self::Unauthenticated => plain(ErrorCode::Unauthorized),
            Self::Forbidden(_) => plain(ErrorCode::Forbidden),
            Self::Malformed { what, message } => match what {
                Malformed::Unreadable => ErrorBody::invalid(vec![Violation::new(
                    "",
                    Code::InvalidFormat,
                    message.clone(),
                )]),
                Malformed::Method | Malformed::Slow | Malformed::TooLarge | Malformed::NotJson => {
                    plain(ErrorCode::BadRequest)
                }
            },
            Self::Busy {
                why, retry_after_s, ..
            } => plain(match why {
                Busy::RateLimited => ErrorCode::RateLimited,
                Busy::Unavailable => ErrorCode::ServiceUnavailable,
            })
            .with_details(ErrorDetails {
                retry_after: Some(*retry_after_s),
                ..ErrorDetails::default()
            }),
            Self::Ours(_) => plain(ErrorCode::InternalError).with_details(ErrorDetails {
                request_id: request_id::current(),
                ..ErrorDetails::default()
            }),
        };
        let status = match self {
            Self::Malformed { what, .. } => match what {
                Malformed::Unreadable => StatusCode::BAD_REQUEST,
                Malformed::Method => StatusCode::METHOD_NOT_ALLOWED,
                Malformed::Slow => StatusCode::REQUEST_TIMEOUT,
                Malformed::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
                Malformed::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            },
            Self::Refused(_)
            | Self::NotFound(_)
            | Self::Stale { .. }
            | Self::Clash { .. }
            | Self::NotConfirmed { .. }
            | Self::Unauthenticated
            | Self::Forbidden(_)
            | Self::Busy { .. }
            | Self::Ours(_) => StatusCode::from_u16(body.code.http_status())
                .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        };
        (status, body)
    }

    /// Seconds for `Retry-After`, where waiting helps.
    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Busy { retry_after_s, .. } => Some(*retry_after_s),
            Self::Clash {
                what: Clash::IdempotencyKeyRunning | Clash::BeingReconciled,
                ..
            } => Some(1),
            Self::Refused(_)
            | Self::NotFound(_)
            | Self::Stale { .. }
            | Self::Clash { .. }
            | Self::NotConfirmed { .. }
            | Self::Unauthenticated
            | Self::Forbidden(_)
            | Self::Malformed { .. }
            | Self::Ours(_) => None,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale { what } => Self::clash(
                Clash::Moved,
                format!(
                    "the {what} changed while the request was under way: read it again and retry"
                ),
            ),
            StoreError::Exists { what } => {
                Self::clash(Clash::Exists, format!("the {what} exists already"))
            }
            StoreError::InUse { what } => {
                Self::clash(Clash::InUse, format!("the {what} is in use"))
            }
            StoreError::Busy => Self::Busy {
                why: Busy::Unavailable,
                retry_after_s: 1,
                message: "the database is busy, try again".to_owned(),
            },
            StoreError::Unreadable { .. } | StoreError::Secrets(_) | StoreError::Failed(_) => {
                Self::Ours(error.into())
            }
        }
    }
}

impl From<SecretsError> for Fault {
    fn from(error: SecretsError) -> Self {
        Self::Ours(error.into())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (status, body) = self.to_http();
        if let Self::Ours(story) = &self {
            // The request's span carries its id; nowhere else is this failure logged.
            tracing::error!(
                error = format!("{story:#}"),
                "the request failed: {story:#}"
            );
        }
        let mut response = envelope::failed(status, body);
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after_s() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if matches!(self, Self::Unauthenticated) {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
