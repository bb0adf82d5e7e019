//! A seller that writes to us by itself: messages signed with its key, and every way to spoil one.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use chrono::{DateTime, Utc};
use flighting_server::adcp::signing::WEBHOOK;
use flighting_server::signature::{Jwk, Message, Profile, SigningKey, sign};
use serde_json::{Value, json};

/// A seller's pen.
#[derive(Clone)]
pub struct Sender {
    pub key: SigningKey,
    /// What its signatures say they are.
    pub profile: Profile,
}

/// A message on its way.
#[derive(Clone)]
pub struct Sent {
    pub method: Method,
    /// The path and query that are asked for.
    pub path: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Sender {
    pub fn new(kid: &str, seed: u8) -> Self {
        Self {
            key: SigningKey::from_seed(kid, &[seed; 32]),
            profile: WEBHOOK,
        }
    }

    /// Its public key, as it is registered.
    pub fn jwk(&self) -> Jwk {
        self.key.public("request-signing")
    }

    /// A signed message to an address.
    pub fn send(&self, url: &str, body: &Value, now: DateTime<Utc>) -> Sent {
        self.sign(url, body.to_string().into_bytes(), now)
    }

    /// The same with a body of any bytes.
    pub fn sign(&self, url: &str, body: Vec<u8>, now: DateTime<Utc>) -> Sent {
        self.sign_as(url, url, body, now)
    }

    /// Signed for one address and sent to another.
    pub fn sign_as(&self, signed: &str, sent: &str, body: Vec<u8>, now: DateTime<Utc>) -> Sent {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        let message = Message {
            method: "POST",
            url: signed,
            headers: &headers,
            body: &body,
        };
        let made = sign(&self.profile, &self.key, &message, now.timestamp(), &nonce).unwrap();
        made.put(&mut headers).unwrap();
        Sent {
            method: Method::POST,
            path: url::Url::parse(sent).unwrap().path().to_owned(),
            headers,
            body,
        }
    }
}

impl Sent {
    /// A header in place of the one that stood there.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// A header beside the one that stands there.
    pub fn and(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    /// Without a header.
    pub fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    /// Another text in a header.
    pub fn edit(self, name: &'static str, from: &str, to: &str) -> Self {
        let text = self.headers[name].to_str().unwrap().to_owned();
        assert!(text.contains(from), "{text}");
        self.with(name, &text.replacen(from, to, 1))
    }

    pub fn request(self) -> Request<Body> {
        let mut request = Request::builder()
            .method(self.method)
            .uri(self.path)
            .body(Body::from(self.body))
            .unwrap();
        *request.headers_mut() = self.headers;
        request
    }
}

/// The end of a task that places a buy: the message's body.
pub fn completed(key: &str, operation: &str, task: &str, token: &str, result: Value) -> Value {
    json!({
        "idempotency_key": key, "operation_id": operation, "task_id": task,
        "task_type": "create_media_buy", "protocol": "media-buy", "status": "completed",
        "timestamp": "2027-03-01T12:00:00Z", "token": token, "result": result,
    })
}
