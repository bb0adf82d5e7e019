//! The one shape of every answer: `{data, error}`, with `meta` on lists (C 1).

use axum::body::Bytes;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use flighting_core::wire::{Envelope, ErrorBody, ErrorCode, Page};
use serde::Serialize;

use crate::error::Fault;

/// What a handler returns.
pub type Answer = Result<Response, Fault>;

/// 200 with data.
///
/// # Errors
/// [`Fault::Ours`] when the data cannot be written as JSON.
pub fn ok<T: Serialize>(data: T) -> Answer {
    write(StatusCode::OK, &Envelope::ok(data))
}

/// 200 with a page of a list.
///
/// # Errors
/// As [`ok`].
pub fn page<T: Serialize>(data: T, page: Page) -> Answer {
    write(StatusCode::OK, &Envelope::page(data, page))
}

/// 201 with what was made, and where it is: a path under `/api/buyer`.
///
/// # Errors
/// As [`ok`].
pub fn created<T: Serialize>(path: &str, data: T) -> Answer {
    let mut response = write(StatusCode::CREATED, &Envelope::ok(data))?;
    if let Ok(location) = HeaderValue::try_from(format!("{}{path}", super::BASE)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// 204 without a body.
///
/// # Errors
/// None; the type is that of every handler.
pub fn none() -> Answer {
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The bytes of [`ok`], to be answered by [`json`] more than once.
///
/// # Errors
/// As [`ok`].
pub fn bytes<T: Serialize>(data: T) -> Result<Bytes, Fault> {
    serde_json::to_vec(&Envelope::ok(data))
        .map(Bytes::from)
        .map_err(Fault::ours)
}

fn write<T: Serialize>(status: StatusCode, envelope: &Envelope<T>) -> Answer {
    serde_json::to_vec(envelope)
        .map(|bytes| json(status, bytes))
        .map_err(Fault::ours)
}

/// An answer of bytes that are JSON already.
#[must_use]
pub fn json(status: StatusCode, bytes: impl Into<Bytes>) -> Response {
    let mut response = (status, bytes.into()).into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What an error answer says, beside the answer itself: without its message, which may quote what
/// the caller sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The error's code.
    pub code: ErrorCode,
    /// The field it is about.
    pub field: Option<String>,
}

/// An error in the envelope.
#[must_use]
pub fn failed(status: StatusCode, body: ErrorBody) -> Response {
    let refused = Refused {
        code: body.code,
        field: body.field.clone(),
    };
    // Text, numbers and lists only: writing them cannot fail.
    let mut response = json(
        status,
        serde_json::to_vec(&Envelope::<()>::refused(body)).unwrap_or_default(),
    );
    response.extensions_mut().insert(refused);
    response
}
