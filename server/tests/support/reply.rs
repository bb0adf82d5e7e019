//! An answer, read whole and checked for what holds for every answer.

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::Value;

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Reply {
    /// Reads a whole answer.
    pub async fn read(response: Response<Body>) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap()
            .to_vec();
        Self {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    /// The body as JSON, checked for the envelope.
    #[track_caller]
    pub fn json(&self) -> Value {
        let body: Value = serde_json::from_slice(&self.bytes).unwrap_or_else(|error| {
            panic!(
                "{}: {error}: {}",
                self.status,
                String::from_utf8_lossy(&self.bytes)
            )
        });
        let members: Vec<&String> = body.as_object().expect("an object").keys().collect();
        assert!(
            body.get("data").is_some() && body.get("error").is_some(),
            "no envelope: {members:?}"
        );
        assert!(
            members
                .iter()
                .all(|name| ["data", "error", "meta"].contains(&name.as_str())),
            "{members:?}"
        );
        assert_eq!(
            body["error"].is_null(),
            self.status.is_success(),
            "{}: {body}",
            self.status
        );
        body
    }

    /// The data of an answer with this status.
    #[track_caller]
    pub fn data(&self, status: u16) -> Value {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.bytes)
        );
        self.json()["data"].clone()
    }

    /// The error of an answer with this status and code.
    #[track_caller]
    pub fn error(&self, status: u16, code: &str) -> Value {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.bytes)
        );
        let error = self.json()["error"].clone();
        assert_eq!(error["code"], code, "{error}");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| !text.is_empty() && !text.ends_with('.')),
            "{error}"
        );
        error
    }

    /// Paths and codes of a validation error, in order.
    #[track_caller]
    pub fn issues(&self) -> Vec<(String, String)> {
        let error = self.error(400, "VALIDATION_ERROR");
        let issues: Vec<(String, String)> = error["details"]["issues"]
            .as_array()
            .expect("issues")
            .iter()
            .map(|issue| {
                (
                    issue["path"].as_str().unwrap().to_owned(),
                    issue["code"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        assert_eq!(error["field"], issues[0].0, "field is the first path");
        issues
    }

    /// One header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
