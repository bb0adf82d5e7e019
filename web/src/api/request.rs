//! A request as it goes out: its headers, and that what it changes outlives the page that asked.

use gloo_net::http::{Method, Request, RequestBuilder};
use wasm_bindgen::{JsCast as _, JsValue};

/// Browsers let bodies of at most 64 KiB altogether outlive their page, and refuse what goes beyond: a few of these
/// at once fit. What is larger is a plan being saved, which is kept in the browser as well.
const LASTING: usize = 16 * 1024;

/// What a request carries: its body as JSON, and the key by which the server knows it again.
pub(super) type Body = (String, Option<String>);

/// A request to an address; none where the browser makes none of it.
pub(super) fn request(
    method: Method,
    address: &str,
    bearer: &str,
    body: Option<Body>,
) -> Option<Request> {
    let lasts =
        method != Method::GET && body.as_ref().is_none_or(|(text, _)| text.len() <= LASTING);
    let mut request = RequestBuilder::new(address)
        .method(method)
        .header("Authorization", bearer)
        .header("Accept", "application/json");
    let request = match body {
        Some((text, key)) => {
            request = request.header("Content-Type", "application/json");
            if let Some(key) = key {
                request = request.header("Idempotency-Key", &key);
            }
            request.body(text)
        }
        None => request.build(),
    }
    .ok()?;
    Some(if lasts { lasting(request) } else { request })
}

/// The same request, which the browser brings to its end though one leaves the page meanwhile.
fn lasting(request: Request) -> Request {
    let plain = web_sys::Request::from(request);
    // Neither gloo-net nor web-sys has a setter for it.
    let options = js_sys::Object::new();
    let lasting = js_sys::Reflect::set(&options, &"keepalive".into(), &JsValue::TRUE)
        .and_then(|_| web_sys::Request::new_with_request_and_init(&plain, options.unchecked_ref()));
    Request::from(lasting.unwrap_or(plain))
}
