//! Every request has an id: in its log lines, in the answer's header, and in the body of a 500.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;

use crate::app::App;
use crate::error::Fault;

/// The answer's header.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static ID: String;
}

/// The id of the request that is being served here; none outside of one.
#[must_use]
pub fn current() -> Option<String> {
    ID.try_with(Clone::clone).ok()
}

/// Runs work under the same request's id in another task.
pub(crate) async fn within<F: Future>(id: Option<String>, work: F) -> F::Output {
    match id {
        Some(id) => ID.scope(id, work).await,
        None => work.await,
    }
}

/// Runs a handler; a panic in it becomes a 500 and never reaches the caller as a broken line.
pub(crate) async fn unbroken(work: impl Future<Output = Response>) -> Response {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| {
            let story = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".to_owned());
            Fault::ours(anyhow::anyhow!("the handler panicked: {story}")).into_response()
        })
}

/// Names the request and logs its end.
pub(crate) async fn name(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = app.ids.other("req_");
    let span = tracing::info_span!("request", request_id = %id, method = %request.method(), path = %request.uri().path());
    let work = async {
        let begun = Instant::now();
        let response = unbroken(next.run(request)).await;
        let took_ms = begun.elapsed().as_millis();
        tracing::debug!(status = response.status().as_u16(), took_ms, "answered");
        response
    };
    let mut response = ID.scope(id.clone(), work).instrument(span).await;
    if let Ok(value) = HeaderValue::try_from(id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}
