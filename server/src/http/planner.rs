//! The planner page: embedded in the binary, compressed once, and served with rules for the
//! browser that let it run nothing but itself.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    REFERRER_POLICY, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};

use super::packing::Packing;
use super::policy::policy;
use crate::error::{Fault, Malformed};

/// What trunk built, beside this crate. Without it the server is built all the same.
#[derive(rust_embed::Embed)]
#[folder = "../dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Flighting</title>\
<h1>The planner page is not part of this build</h1>\
<p>The API is up: see <a href=\"/api/buyer/docs\">its documentation</a>.</p>\
<p>To build and run both, run <code>cargo xtask serve</code> in the checkout. To build the page alone, \
run <code>trunk build --release</code> and then build the server again.</p></html>";

/// Smaller files are not worth compressing, in bytes.
const WORTH_COMPRESSING: usize = 1_024;

/// Unoptimised builds compress slowly; they leave larger files as they are.
const MOST_COMPRESSED: usize = if cfg!(debug_assertions) {
    128 * 1024
} else {
    usize::MAX
};

/// Packed files, each made once.
#[derive(Debug, Default)]
pub(crate) struct Planner {
    packed: Mutex<HashMap<(String, Packing), Bytes>>,
}

struct File {
    path: String,
    bytes: Bytes,
    etag: String,
    mime: String,
}

impl File {
    fn find(path: &str) -> Option<Self> {
        let embedded = Dist::get(path)?;
        let bytes = match embedded.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
        };
        let digest = hex::encode(embedded.metadata.sha256_hash());
        let mime = embedded.metadata.mimetype().to_owned();
        let text = mime.starts_with("text/") || mime == "application/javascript";
        Some(Self {
            path: path.to_owned(),
            bytes,
            etag: digest.chars().take(32).collect(),
            mime: if text {
                format!("{mime}; charset=utf-8")
            } else {
                mime
            },
        })
    }

    fn packs(&self) -> bool {
        let kind = [
            "text/",
            "application/wasm",
            "application/javascript",
            "application/json",
            "image/svg",
        ];
        (WORTH_COMPRESSING..MOST_COMPRESSED).contains(&self.bytes.len())
            && kind.iter().any(|kind| self.mime.starts_with(kind))
    }
}

impl Planner {
    /// Packs everything there is, so that the first visitor does not wait for it. Takes a second
    /// or two; run it beside the server.
    pub(crate) fn warm(&self) {
        for path in Dist::iter() {
            if let Some(file) = File::find(&path) {
                for packing in Packing::ALL {
                    self.packed(&file, packing);
                }
            }
        }
    }

    /// Answers for every path that is nobody else's: a file of the page, or the page itself, whose
    /// own router knows the path.
    pub(crate) fn serve(&self, request: &Request) -> Response {
        let path = request.uri().path().trim_start_matches('/');
        if path == "api" || path.starts_with("api/") {
            return Fault::NotFound("route").into_response();
        }
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Fault::Malformed {
                what: Malformed::Method,
                message: format!("expected GET or HEAD here, got {}", request.method()),
            }
            .into_response();
        }
        let is_file = path
            .rsplit('/')
            .next()
            .is_some_and(|name| name.contains('.'));
        match (File::find(path), is_file) {
            (Some(file), _) if path != INDEX => self.answer(&file, request.headers()),
            (None, true) => Fault::NotFound("file").into_response(),
            (Some(_) | None, _) => match File::find(INDEX) {
                Some(index) => self.answer(&index, request.headers()),
                None => Html(NOT_BUILT).into_response(),
            },
        }
    }

    fn answer(&self, file: &File, asked: &HeaderMap) -> Response {
        let packing = Packing::accepted(asked).filter(|_| file.packs());
        let packed = packing.and_then(|packing| Some((packing, self.packed(file, packing)?)));
        let etag = match packed {
            Some((packing, _)) => format!("\"{}-{}\"", file.etag, packing.as_str()),
            None => format!("\"{}\"", file.etag),
        };
        let known = asked
            .get(IF_NONE_MATCH)
            .and_then(|tags| tags.to_str().ok())
            .is_some_and(|tags| {
                tags.split(',')
                    .any(|tag| tag.trim().trim_start_matches("W/") == etag)
            });
        let mut response = match (&packed, known) {
            (_, true) => StatusCode::NOT_MODIFIED.into_response(),
            (Some((_, packed)), false) => packed.clone().into_response(),
            (None, false) => file.bytes.clone().into_response(),
        };
        let headers = response.headers_mut();
        if let Ok(mime) = HeaderValue::try_from(&file.mime) {
            headers.insert(CONTENT_TYPE, mime);
        }
        if let (Some((packing, _)), false) = (&packed, known) {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(packing.as_str()));
        }
        if let Ok(etag) = HeaderValue::try_from(etag) {
            headers.insert(ETAG, etag);
        }
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        let forever = named_by_content(&file.path);
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static(if forever {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            }),
        );
        if file.path == INDEX {
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            if let Ok(policy) = HeaderValue::try_from(policy(&String::from_utf8_lossy(&file.bytes)))
            {
                headers.insert(CONTENT_SECURITY_POLICY, policy);
            }
        }
        response
    }

    fn packed(&self, file: &File, packing: Packing) -> Option<Bytes> {
        if !file.packs() {
            return None;
        }
        let key = (format!("{}/{}", file.etag, file.path), packing);
        let known = self
            .packed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .cloned();
        if known.is_some() {
            return known;
        }
        match packing.pack(&file.bytes) {
            Ok(packed) => {
                let packed = Bytes::from(packed);
                self.packed
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(key, packed.clone());
                Some(packed)
            }
            Err(error) => {
                tracing::warn!(file = file.path, %error, "a file of the page cannot be compressed");
                None
            }
        }
    }
}

/// The page of this process.
pub(crate) static SHARED: LazyLock<Planner> = LazyLock::new(Planner::default);

/// Answers for every path that is nobody else's.
pub(crate) async fn serve(request: Request) -> Response {
    SHARED.serve(&request)
}

/// Whether a file's name holds a digest of its content, as trunk's do: such a file never changes.
fn named_by_content(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.split(['-', '_', '.']).skip(1).any(|part| {
        (14..=64).contains(&part.len())
            && part
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_digest_never_change() {
        for forever in [
            "flighting-web-0a1b2c3d4e5f6071_bg.wasm",
            "app-9f8e7d6c5b4a3928.css",
            "x/flighting-web-0a1b2c3d4e5f6071.js",
        ] {
            assert!(named_by_content(forever), "{forever}");
        }
        for other in [
            "index.html",
            "app.css",
            "flighting-web.js",
            "0a1b2c3d4e5f6071",
        ] {
            assert!(!named_by_content(other), "{other}");
        }
    }

    fn file(path: &str, mime: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            bytes: Bytes::from(text.repeat(200)),
            etag: "0123".to_owned(),
            mime: mime.to_owned(),
        }
    }

    fn asked(headers: &[(&'static str, &str)]) -> HeaderMap {
        headers
            .iter()
            .map(|(name, value)| {
                (
                    axum::http::HeaderName::from_static(name),
                    value.parse().unwrap(),
                )
            })
            .collect()
    }

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    }

    #[test]
    fn files_named_by_content_are_kept_forever_and_the_page_is_asked_for_anew() {
        let planner = Planner::default();
        let script = file(
            "app-0a1b2c3d4e5f6071.js",
            "text/javascript",
            "export const x = 1;",
        );
        let response = planner.answer(&script, &asked(&[]));
        assert_eq!(
            header(&response, "cache-control"),
            Some("public, max-age=31536000, immutable")
        );
        assert_eq!(header(&response, "content-security-policy"), None);
        let index = file(INDEX, "text/html", "<script>start()</script>");
        let response = planner.answer(&index, &asked(&[]));
        assert_eq!(header(&response, "cache-control"), Some("no-cache"));
        assert!(
            header(&response, "content-security-policy")
                .is_some_and(|policy| policy.contains(&super::super::policy::digest("start()")))
        );
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let planner = Planner::default();
        let style = file("app.css", "text/css", "body { margin: 0 }");
        let packed = planner.answer(&style, &asked(&[("accept-encoding", "br")]));
        assert_eq!(
            (packed.status(), header(&packed, "content-encoding")),
            (StatusCode::OK, Some("br"))
        );
        let tag = header(&packed, "etag").unwrap().to_owned();
        assert_eq!(planner.packed.lock().unwrap().len(), 1);

        let again = planner.answer(
            &style,
            &asked(&[("accept-encoding", "br"), ("if-none-match", &tag)]),
        );
        assert_eq!(
            (again.status(), header(&again, "content-encoding")),
            (StatusCode::NOT_MODIFIED, None)
        );
        // Another packing is another body, and so has another tag.
        let plain = planner.answer(&style, &asked(&[("if-none-match", &tag)]));
        assert_eq!(plain.status(), StatusCode::OK);
        assert_ne!(header(&plain, "etag"), Some(tag.as_str()));
        assert_eq!(header(&plain, "vary"), Some("accept-encoding"));
    }

    #[test]
    fn nothing_under_api_is_the_page() {
        let planner = Planner::default();
        let ask = |method: Method, path: &str| {
            planner
                .serve(
                    &Request::builder()
                        .method(method)
                        .uri(path)
                        .body(axum::body::Body::empty())
                        .unwrap(),
                )
                .status()
        };
        assert_eq!(ask(Method::GET, "/api/other"), StatusCode::NOT_FOUND);
        assert_eq!(ask(Method::GET, "/missing.js"), StatusCode::NOT_FOUND);
        assert_eq!(ask(Method::GET, "/../Cargo.toml"), StatusCode::NOT_FOUND);
        assert_eq!(ask(Method::POST, "/"), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(ask(Method::GET, "/campaigns/cmp_1"), StatusCode::OK);
    }
}
