//! Bodies and path ids, read so that whatever is wrong with them is told in the envelope.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use flighting_core::wire::Json;
use serde::de::DeserializeOwned;

use crate::error::{Fault, Malformed};

/// The largest body, in bytes.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;

/// How long a body may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(30);

/// A JSON body; without one the request is refused.
#[derive(Debug, Clone)]
pub struct Body(pub Json);

/// A JSON body that may be left out.
#[derive(Debug, Clone)]
pub struct OptionalBody(pub Option<Json>);

/// The ids in the path. One that has not the form of its kind is as unknown as any other: 404.
#[derive(Debug, Clone)]
pub struct PathId<T>(pub T);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let bytes = collect(&parts.headers, body).await?;
        json_type(&parts.headers)?;
        parse(&bytes).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for OptionalBody {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        let (parts, body) = request.into_parts();
        let bytes = collect(&parts.headers, body).await?;
        if bytes.is_empty() {
            return Ok(Self(None));
        }
        json_type(&parts.headers)?;
        parse(&bytes).map(|json| Self(Some(json)))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(id)| Self(id))
            .map_err(|_| Fault::NotFound("id"))
    }
}

/// Reads a whole body within [`MAX_BYTES`] and the time it may take.
pub(crate) async fn collect(headers: &HeaderMap, body: axum::body::Body) -> Result<Bytes, Fault> {
    let too_large = || Fault::Malformed {
        what: Malformed::TooLarge,
        message: format!("expected a body of at most {MAX_BYTES} bytes, got more"),
    };
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok())
        .unwrap_or(0);
    if usize::try_from(announced).is_ok_and(|length| length > MAX_BYTES) {
        return Err(too_large());
    }
    match tokio::time::timeout(ARRIVAL, axum::body::to_bytes(body, MAX_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_length_limit(&error) => Err(too_large()),
        Ok(Err(_)) => Err(Fault::Malformed {
            what: Malformed::Unreadable,
            message: "expected a complete body, got a part of it".to_owned(),
        }),
        Err(_) => Err(Fault::Malformed {
            what: Malformed::Slow,
            message: format!("expected the whole body within {} s", ARRIVAL.as_secs()),
        }),
    }
}

fn is_length_limit(error: &axum::Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = next {
        if current.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        next = current.source();
    }
    false
}

fn json_type(headers: &HeaderMap) -> Result<(), Fault> {
    let given = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let got = if given.is_empty() {
        "none".to_owned()
    } else {
        format!("`{}`", given.chars().take(100).collect::<String>())
    };
    Err(Fault::Malformed {
        what: Malformed::NotJson,
        message: format!("expected the content type `application/json`, got {got}"),
    })
}

fn parse(bytes: &[u8]) -> Result<Json, Fault> {
    Json::from_text(bytes).map_err(|error| Fault::Malformed {
        what: Malformed::Unreadable,
        message: error.to_string(),
    })
}
