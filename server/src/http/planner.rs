//! The planner page: embedded in the binary, packed when it was built, and served with rules for
//! the browser that let it run nothing but itself.

use std::borrow::Cow;

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

/// What `cargo xtask page` built, beside this crate. Without it the server is built all the same.
#[derive(rust_embed::Embed)]
#[folder = "../dist"]
#[allow_missing = true]
struct Dist;

const INDEX: &str = "index.html";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Flighting</title>\
<h1>The planner page is not part of this build</h1>\
<p>The API is up: see <a href=\"/api/buyer/docs\">its documentation</a>.</p>\
<p>To build and run both, run <code>cargo xtask serve</code> in the checkout. To build the page alone, \
run <code>cargo xtask page</code> and then build the server again.</p></html>";

/// A file of the page.
struct File {
    path: String,
    bytes: Bytes,
    etag: String,
    mime: String,
    packed: Vec<(Packing, Bytes)>,
}

/// The bytes of an embedded file: in a release build they lie in the binary and are not copied.
fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

impl File {
    /// The file of a path; a packed one is no file of its own.
    fn find(path: &str) -> Option<Self> {
        if Packing::ALL
            .iter()
            .any(|packing| path.ends_with(packing.ending()))
        {
            return None;
        }
        let embedded = Dist::get(path)?;
        let digest = hex::encode(embedded.metadata.sha256_hash());
        let mime = embedded.metadata.mimetype().to_owned();
        let text = mime.starts_with("text/") || mime == "application/javascript";
        let packed = Packing::ALL.into_iter().filter_map(|packing| {
            let file = Dist::get(&format!("{path}{}", packing.ending()))?;
            Some((packing, bytes(file.data)))
        });
        Some(Self {
            path: path.to_owned(),
            packed: packed.collect(),
            bytes: bytes(embedded.data),
            etag: digest.chars().take(32).collect(),
            mime: if text {
                format!("{mime}; charset=utf-8")
            } else {
                mime
            },
        })
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let packed = self
            .packed
            .iter()
            .find(|(packing, _)| packing.is_accepted(asked));
        let etag = match packed {
            Some((packing, _)) => format!("\"{}-{}\"", self.etag, packing.as_str()),
            None => format!("\"{}\"", self.etag),
        };
        let known = asked
            .get(IF_NONE_MATCH)
            .and_then(|tags| tags.to_str().ok())
            .is_some_and(|tags| {
                tags.split(',')
                    .any(|tag| tag.trim().trim_start_matches("W/") == etag)
            });
        let mut response = match (packed, known) {
            (_, true) => StatusCode::NOT_MODIFIED.into_response(),
            (Some((_, packed)), false) => packed.clone().into_response(),
            (None, false) => self.bytes.clone().into_response(),
        };
        let headers = response.headers_mut();
        if let Ok(mime) = HeaderValue::try_from(&self.mime) {
            headers.insert(CONTENT_TYPE, mime);
        }
        if let (Some((packing, _)), false) = (packed, known) {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(packing.as_str()));
        }
        if let Ok(etag) = HeaderValue::try_from(etag) {
            headers.insert(ETAG, etag);
        }
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        let forever = named_by_content(&self.path);
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static(if forever {
                "public, max-age=31536000, immutable"
            } else {
                "no-cache"
            }),
        );
        if self.path == INDEX {
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            if let Ok(policy) = HeaderValue::try_from(policy(&String::from_utf8_lossy(&self.bytes)))
            {
                headers.insert(CONTENT_SECURITY_POLICY, policy);
            }
        }
        response
    }
}

/// Answers for every path that is nobody else's: a file of the page, or the page itself, whose
/// own router knows the path.
pub(crate) async fn serve(request: Request) -> Response {
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
        (Some(file), _) if path != INDEX => file.answer(request.headers()),
        (None, true) => Fault::NotFound("file").into_response(),
        (Some(_) | None, _) => match File::find(INDEX) {
            Some(index) => index.answer(request.headers()),
            None => Html(NOT_BUILT).into_response(),
        },
    }
}

/// Whether a file's name holds a digest of its content: such a file never changes.
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
            bytes: Bytes::from(text.to_owned()),
            etag: "0123".to_owned(),
            mime: mime.to_owned(),
            packed: vec![
                (Packing::Brotli, Bytes::from_static(b"by brotli")),
                (Packing::Gzip, Bytes::from_static(b"by gzip")),
            ],
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

    async fn body(response: Response) -> Bytes {
        axum::body::to_bytes(response.into_body(), 1_024)
            .await
            .unwrap()
    }

    #[test]
    fn files_named_by_content_are_kept_forever_and_the_page_is_asked_for_anew() {
        let script = file(
            "app-0a1b2c3d4e5f6071.js",
            "text/javascript",
            "export const x = 1;",
        );
        let response = script.answer(&asked(&[]));
        assert_eq!(
            header(&response, "cache-control"),
            Some("public, max-age=31536000, immutable")
        );
        assert_eq!(header(&response, "content-security-policy"), None);
        let index = file(INDEX, "text/html", "<script>start()</script>");
        let response = index.answer(&asked(&[]));
        assert_eq!(header(&response, "cache-control"), Some("no-cache"));
        assert!(
            header(&response, "content-security-policy")
                .is_some_and(|policy| policy.contains(&super::super::policy::digest("start()")))
        );
    }

    #[tokio::test]
    async fn a_browser_gets_the_packing_it_takes() {
        let style = file("app.css", "text/css", "body { margin: 0 }");
        for (takes, packing, sent) in [
            ("gzip, br", Some("br"), "by brotli"),
            ("gzip", Some("gzip"), "by gzip"),
            ("identity", None, "body { margin: 0 }"),
        ] {
            let response = style.answer(&asked(&[("accept-encoding", takes)]));
            assert_eq!(header(&response, "content-encoding"), packing, "{takes}");
            assert_eq!(body(response).await, sent, "{takes}");
        }
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let style = file("app.css", "text/css", "body { margin: 0 }");
        let packed = style.answer(&asked(&[("accept-encoding", "br")]));
        assert_eq!(packed.status(), StatusCode::OK);
        let tag = header(&packed, "etag").unwrap().to_owned();

        let again = style.answer(&asked(&[
            ("accept-encoding", "br"),
            ("if-none-match", &tag),
        ]));
        assert_eq!(
            (again.status(), header(&again, "content-encoding")),
            (StatusCode::NOT_MODIFIED, None)
        );
        // Another packing is another body, and so has another tag.
        let plain = style.answer(&asked(&[("if-none-match", &tag)]));
        assert_eq!(plain.status(), StatusCode::OK);
        assert_ne!(header(&plain, "etag"), Some(tag.as_str()));
        assert_eq!(header(&plain, "vary"), Some("accept-encoding"));
    }

    #[tokio::test]
    async fn nothing_under_api_is_the_page_and_no_packed_file_is_one() {
        for (method, path, status) in [
            (Method::GET, "/api/other", StatusCode::NOT_FOUND),
            (Method::GET, "/missing.js", StatusCode::NOT_FOUND),
            (Method::GET, "/index.html.br", StatusCode::NOT_FOUND),
            (Method::GET, "/../Cargo.toml", StatusCode::NOT_FOUND),
            (Method::POST, "/", StatusCode::METHOD_NOT_ALLOWED),
            (Method::GET, "/campaigns/cmp_1", StatusCode::OK),
        ] {
            let request = Request::builder()
                .method(method.clone())
                .uri(path)
                .body(axum::body::Body::empty())
                .unwrap();
            assert_eq!(serve(request).await.status(), status, "{method} {path}");
        }
    }
}
