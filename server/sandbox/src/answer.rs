//! The envelope around every answer: status, release, context.

use serde_json::{Value, json};

use crate::reading::Object;
use crate::refusal::Refusal;
use crate::version::{Served, Version};

/// Adds what surrounds a body. A body that already says its `status` (a submitted task, the
/// state of a polled task, a 3.0 media buy) keeps it.
pub(crate) fn complete(mut body: Object, served: Served, context: Option<&Value>) -> Object {
    if served.has_envelope() && !body.contains_key("status") {
        body.insert("status".into(), "completed".into());
    }
    surround(body, served, context)
}

/// The answer to a refused call: the error at both places where buyers look for it.
pub(crate) fn refused(refusal: &Refusal, served: Served, context: Option<&Value>) -> Object {
    let error = refusal.body();
    let mut body = Object::new();
    body.insert("adcp_error".into(), error.clone());
    body.insert("errors".into(), json!([error]));
    if served.has_envelope() {
        body.insert("status".into(), "failed".into());
    }
    surround(body, served, context)
}

fn surround(mut body: Object, served: Served, context: Option<&Value>) -> Object {
    if let Some(echo) = served.echo {
        body.insert("adcp_version".into(), echo.into());
    }
    if let Some(context @ Value::Object(_)) = context {
        body.insert("context".into(), context.clone());
    }
    body
}

/// How calls are answered before their release is known.
pub(crate) const UNKNOWN: Served = Served {
    version: Version::V30,
    echo: None,
};
