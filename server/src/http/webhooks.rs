//! Where sellers' messages come in: outside the API, without a key and without a rate limit, since
//! the address itself and the signature say whose they are (decisions 26 and 32).

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;

use crate::app::App;
use crate::error::Fault;
use crate::flows::webhooks::{Arrived, NotTaken, Taken, owner_of, receive};

/// The largest message that is read, in bytes: a report on hundreds of packages by the day, our
/// choice.
pub const MAX_MESSAGE: usize = 4 * 1024 * 1024;

/// How long a message may take to arrive.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route(
        &format!("{}{{path}}", crate::hooks::WEBHOOKS_PATH),
        post(take).fallback(no_such_address),
    )
}

/// The same for every address that is none, and for every other method.
async fn no_such_address() -> Response {
    told(StatusCode::NOT_FOUND, "not_found", "no such address")
}

async fn take(State(app): State<Arc<App>>, Path(path): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if parts.uri.query().is_some() {
        return no_such_address().await;
    }
    let owner = match owner_of(&app, &path).await {
        Ok(owner) => owner,
        Err(refused) => return answer(refused).await,
    };
    if !is_json(&parts.headers) {
        return told(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json",
            "expected `content-type: application/json`",
        );
    }
    let body = match whole(body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    let running = Arc::clone(&app);
    // On its own: a seller that hangs up does not stop what has begun.
    let taking = app.running.spawn(async move {
        let arrived = Arrived {
            owner: &owner,
            headers: &parts.headers,
            body: &body,
        };
        receive(&running, &arrived).await
    });
    match taking.await {
        Ok(Ok(Taken::New | Taken::Before)) => {
            (StatusCode::OK, axum::Json(json!({"status": "received"}))).into_response()
        }
        Ok(Err(refused)) => answer(refused).await,
        Err(error) => Fault::ours(error).into_response(),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return false;
    };
    let kind = line.to_str().unwrap_or_default();
    kind.split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

async fn whole(body: Body) -> Result<axum::body::Bytes, Response> {
    let reading = Limited::new(body, MAX_MESSAGE).collect();
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(told(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "expected at most 4 MiB",
        )),
        Ok(Err(_)) => Err(told(
            StatusCode::BAD_REQUEST,
            "not_whole",
            "expected a whole body",
        )),
        Err(_) => Err(told(
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "expected the body within 30 s",
        )),
    }
}

async fn answer(refused: NotTaken) -> Response {
    match refused {
        NotTaken::NoSuchAddress => no_such_address().await,
        NotTaken::NotProved(code) => {
            tracing::info!(%code, "a message was refused: it is not proved whose it is");
            let mut response = told(
                StatusCode::UNAUTHORIZED,
                &code,
                "expected a message signed as it was registered",
            );
            if let Ok(value) = HeaderValue::from_str(&format!("Signature error=\"{code}\"")) {
                response.headers_mut().insert(WWW_AUTHENTICATE, value);
            }
            response
        }
        NotTaken::Malformed(refusal) => told(
            StatusCode::BAD_REQUEST,
            refusal.code(),
            &refusal.to_string(),
        ),
        NotTaken::AboutNothing => told(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unknown_operation",
            "expected a message about something this agent was asked",
        ),
        NotTaken::OtherMessage => told(
            StatusCode::CONFLICT,
            "idempotency_conflict",
            "expected the message that this `idempotency_key` stood for before",
        ),
        NotTaken::Later(seconds) => {
            let mut response = told(
                StatusCode::SERVICE_UNAVAILABLE,
                "later",
                "not now: deliver it again",
            );
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
            response
        }
        NotTaken::Ours(fault) => fault.into_response(),
    }
}

fn told(status: StatusCode, code: &str, message: &str) -> Response {
    (
        status,
        axum::Json(json!({"error": {"code": code, "message": message}})),
    )
        .into_response()
}
