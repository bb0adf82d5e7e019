//! Whether the process lives and can serve, for whoever watches it. No key, not in the document.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde::Serialize;

use super::envelope::{self, Answer};
use crate::app::App;
use crate::error::{Busy, Fault};

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
}

const HEALTHY: Health = Health {
    status: "ok",
    version: env!("CARGO_PKG_VERSION"),
};

/// `/healthz`: the process answers. `/readyz`: so does the database, and it is not stopping.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
}

async fn alive() -> Answer {
    envelope::ok(HEALTHY)
}

async fn ready(State(app): State<Arc<App>>) -> Answer {
    let unavailable = |message: &str| Fault::Busy {
        why: Busy::Unavailable,
        retry_after_s: 1,
        message: message.to_owned(),
    };
    if app.stopping.is_cancelled() {
        return Err(unavailable("the server is stopping"));
    }
    if let Err(fault) = app.ready().await {
        tracing::warn!(error = %fault, "the database does not answer");
        return Err(unavailable("the database does not answer"));
    }
    envelope::ok(HEALTHY)
}
