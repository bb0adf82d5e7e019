//! What changes something runs once and to its end: in a task of its own, which a caller that
//! hangs up does not stop, and under its `Idempotency-Key` at most once (decision 25).

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use flighting_core::error::Code;
use sha2::{Digest, Sha256};
use tracing::Instrument;

use super::{body, request_id};
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Clash, Fault};
use crate::store::{AccountId, IdempotencyAnswer, IdempotencyStart};

/// The request's header.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Says in an answer that it was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Headers of an answer that a repetition carries too.
const REPEATED: [HeaderName; 2] = [CONTENT_TYPE, LOCATION];

/// The right to run under a key, and where its answer is kept.
struct Claim {
    account: AccountId,
    route: String,
    key: String,
}

/// Runs POST, PUT and DELETE in their own task, POST and PUT under their key where they have one.
pub(crate) async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let bytes = match body::collect(&parts.headers, body).await {
        Ok(bytes) => bytes,
        Err(fault) => return fault.into_response(),
    };
    let keyed = matches!(parts.method, Method::POST | Method::PUT);
    let claim = match parts.extensions.get::<Caller>() {
        Some(caller) if keyed => {
            // The path behind the base, so that both bases are one route.
            let route = format!("{} {}", parts.method, parts.uri);
            match claim(&app, caller, route, &parts.headers, &bytes).await {
                Ok(Start::Run(claim)) => claim,
                Ok(Start::Answer(answer)) => return *answer,
                Err(fault) => return fault.into_response(),
            }
        }
        _ => None,
    };
    crash_point!("request.begun");
    let request = Request::from_parts(parts, Body::from(bytes));
    let work = {
        let app = Arc::clone(&app);
        async move {
            let response = request_id::unbroken(next.run(request)).await;
            crash_point!("request.answered");
            match claim {
                Some(claim) => keep(&app, claim, response).await,
                None => response,
            }
        }
    };
    let work = request_id::within(request_id::current(), work).in_current_span();
    match app.running.spawn(work).await {
        Ok(response) => response,
        Err(error) => Fault::ours(error).into_response(),
    }
}

enum Start {
    Run(Option<Claim>),
    Answer(Box<Response>),
}

async fn claim(
    app: &App,
    caller: &Caller,
    route: String,
    headers: &HeaderMap,
    bytes: &Bytes,
) -> Result<Start, Fault> {
    let Some(key) = key_of(headers)? else {
        return Ok(Start::Run(None));
    };
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let begun = app
        .store
        .begin_request(&caller.account, &route, &key, &digest, app.clock.real_now())
        .await?;
    match begun {
        IdempotencyStart::New => Ok(Start::Run(Some(Claim {
            account: caller.account.clone(),
            route,
            key,
        }))),
        IdempotencyStart::Replay(answer) => Ok(Start::Answer(Box::new(replay(answer)))),
        IdempotencyStart::Running => Err(Fault::clash(
            Clash::IdempotencyKeyRunning,
            "the first request of this `Idempotency-Key` is still running",
        )),
        IdempotencyStart::Mismatch => Err(Fault::clash(
            Clash::IdempotencyKeyReused,
            "expected the same body as the first time under this `Idempotency-Key`, got another",
        )),
    }
}

fn key_of(headers: &HeaderMap) -> Result<Option<String>, Fault> {
    let mut values = headers.get_all(KEY).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    let fits = (8..=128).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b':' | b'-'));
    if !fits || values.next().is_some() {
        return Err(Fault::invalid(
            "Idempotency-Key",
            Code::InvalidFormat,
            "expected one key of 8 to 128 letters, digits, dots, underscores, colons or hyphens",
        ));
    }
    Ok(Some(text.to_owned()))
}

/// Keeps the answer under its key; our own failures free it instead.
async fn keep(app: &App, claim: Claim, response: Response) -> Response {
    let Claim {
        account,
        route,
        key,
    } = claim;
    let (parts, body) = response.into_parts();
    let bytes = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return Fault::ours(error).into_response(),
    };
    let kept = if parts.status.is_server_error() {
        app.store.forget_request(&account, &route, &key).await
    } else {
        let headers = REPEATED
            .iter()
            .filter_map(|name| {
                let value = parts.headers.get(name)?.to_str().ok()?;
                Some((name.as_str().to_owned(), value.to_owned()))
            })
            .collect();
        let answer = IdempotencyAnswer {
            status: parts.status.as_u16(),
            headers,
            body: bytes.to_vec(),
        };
        app.store
            .finish_request(&account, &route, &key, &answer)
            .await
    };
    if let Err(error) = kept {
        // The work is done and its answer is due; the key stays taken, which is the safe side.
        tracing::error!(%error, "the answer of an idempotency key was not kept");
    }
    Response::from_parts(parts, Body::from(bytes))
}

fn replay(answer: IdempotencyAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(CONTENT_TYPE);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
