//! REST under `/api/buyer`, its document, health, and the planner page.
//!
//! What every request passes, from outside in: its id and a net for panics ([`request_id`]); the
//! key and the rate limit ([`limits`], [`crate::auth`]); the audit log of what is refused
//! ([`audit`]); the right to write; then, for what changes
//! something, its own task and the `Idempotency-Key` ([`idempotency`]).

pub mod advertisers;
pub mod agents;
pub mod answers;
pub mod audit;
pub mod body;
pub mod campaigns;
pub mod changes;
pub mod credentials;
pub mod discovery;
pub mod docs;
pub mod envelope;
pub mod events;
pub mod health;
pub mod idempotency;
mod lifecycle;
pub mod limits;
pub mod media_buys;
pub mod openapi;
mod packing;
pub mod planner;
mod policy;
pub mod query;
pub mod reporting;
pub mod request_id;
pub mod subscriptions;
pub mod webhooks;

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;
use crate::auth;
use crate::error::{Fault, Malformed};
use crate::signing_keys;

/// Where the API lives.
pub const BASE: &str = "/api/buyer";

/// The same API once more, in no document (decision 24).
const ALIAS: &str = "/api/v2/buyer";

/// Every operation, with its entry in the document: both come from here and cannot part.
pub(crate) fn operations() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::default()
        .merge(advertisers::router())
        .merge(agents::router())
        .merge(campaigns::router())
        .merge(discovery::router())
        .merge(lifecycle::router())
        .merge(media_buys::router())
        .merge(reporting::router())
        .merge(events::router())
        .merge(audit::router())
        .merge(credentials::router())
        .merge(subscriptions::router())
}

/// The whole server as one router. Serve it with connect info, so that requests without a key are
/// counted by address.
pub fn router(app: &Arc<App>) -> Router {
    let (operations, _) = operations().split_for_parts();
    let guarded = operations
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(
            Arc::clone(app),
            idempotency::once,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(app),
            auth::may_write,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(app),
            audit::refusals,
        ))
        .layer(middleware::from_fn_with_state(
            Arc::clone(app),
            limits::admit,
        ));
    let documented = Router::new()
        .route("/openapi.json", get(openapi::serve))
        .route("/docs", get(docs::serve))
        .method_not_allowed_fallback(wrong_method);
    Router::new()
        .nest(BASE, documented.clone().merge(guarded.clone()))
        .nest(ALIAS, documented.merge(guarded))
        .merge(webhooks::router())
        .route(signing_keys::JWKS_PATH, get(signing_keys::publish))
        .merge(health::router().method_not_allowed_fallback(wrong_method))
        .fallback(planner::serve)
        .layer(middleware::from_fn(mind))
        .layer(middleware::from_fn_with_state(
            Arc::clone(app),
            request_id::name,
        ))
        .with_state(Arc::clone(app))
}

async fn unknown() -> Fault {
    Fault::NotFound("route")
}

async fn wrong_method(method: Method) -> Fault {
    Fault::Malformed {
        what: Malformed::Method,
        message: format!("expected another method on this path, got {method}"),
    }
}

/// Headers of every answer: nothing is guessed from bodies, and what a key may see is kept by no
/// cache.
async fn mind(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if api && !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}
