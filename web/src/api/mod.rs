//! The only module that fetches: one typed method per endpoint, and the stream of events. Every
//! call carries the bearer key; an [`ApiError`] keeps what the server said.

pub(crate) mod ahead;
pub mod buys;
mod campaigns;
mod discovery;
pub mod events;
pub mod key;
mod parties;
mod request;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use flighting_core::error::Violation;
use flighting_core::wire::json::to_text;
use flighting_core::wire::{Envelope, ErrorBody, ErrorCode, ErrorDetails, Json, Page};
use gloo_net::http::{Method, Response};
use leptos::prelude::*;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::answer;

use self::request::Body;

pub use campaigns::{AuditQuery, CampaignQuery};
pub use parties::AdvertiserName;

const BASE: &str = "/api/buyer";
/// After so long without an answer a request counts as slow, in milliseconds.
const SLOW_AFTER: i32 = 4_000;

/// A call under way: status and body of its answer.
type Exchange = Pin<Box<dyn Future<Output = Result<(u16, String), ApiError>>>>;

/// Why a call brought nothing.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// Nothing was answered: the server is gone or the network is.
    Unreachable,
    /// The answer was not one of ours.
    Unreadable,
    /// The server said no.
    Refused(ErrorCode),
}

/// What a call failed with.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// What happened.
    pub cause: Cause,
    /// The HTTP status; 0 where nothing was answered.
    pub status: u16,
    /// The server's sentence, or ours.
    pub message: String,
    /// Path of the first thing that was wrong.
    pub field: Option<String>,
    /// What the code alone does not say.
    pub details: Option<Box<ErrorDetails>>,
}

impl ApiError {
    fn unreachable() -> Self {
        Self {
            cause: Cause::Unreachable,
            status: 0,
            message: "the server does not answer".to_owned(),
            field: None,
            details: None,
        }
    }

    fn unreadable(status: u16) -> Self {
        Self {
            cause: Cause::Unreadable,
            status,
            message: format!(
                "expected an answer of the planner's server, got something else (status {status})"
            ),
            field: None,
            details: None,
        }
    }

    /// An answer that is one of ours by its form and holds what core does not take.
    #[must_use]
    pub fn foreign() -> Self {
        Self::unreadable(200)
    }

    /// What was sent was taken, and the answer holds something else.
    #[must_use]
    pub fn taken_otherwise() -> Self {
        Self {
            message: "the server took what was sent and answered with something else".to_owned(),
            ..Self::foreign()
        }
    }

    fn refused(status: u16, body: ErrorBody) -> Self {
        let ErrorBody {
            code,
            message,
            field,
            details,
        } = body;
        Self {
            cause: Cause::Refused(code),
            status,
            message,
            field,
            details,
        }
    }

    /// The server's code, where it said no.
    #[must_use]
    pub fn code(&self) -> Option<ErrorCode> {
        match self.cause {
            Cause::Refused(code) => Some(code),
            Cause::Unreachable | Cause::Unreadable => None,
        }
    }

    /// Everything that was wrong with the request, in core's order.
    #[must_use]
    pub fn issues(&self) -> &[Violation] {
        self.details.as_ref().map_or(&[], |details| &details.issues)
    }

    /// The revision that is, where another was expected.
    #[must_use]
    pub fn stale(&self) -> Option<u64> {
        self.details
            .as_ref()
            .and_then(|details| details.current_revision)
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// The client: the key, and how many calls are slow. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Api {
    key: RwSignal<Option<String>>,
    slow: RwSignal<u32>,
}

impl Api {
    /// A client with the key that the address or this browser session holds.
    #[must_use]
    pub fn new() -> Self {
        Self {
            key: RwSignal::new(key::take()),
            slow: RwSignal::new(0),
        }
    }

    /// Whether there is a key, followed.
    #[must_use]
    pub fn has_key(self) -> bool {
        self.key.with(Option::is_some)
    }

    /// Whether the server refused the key: forget it, so that the page asks for another.
    pub fn forget_key(self) {
        key::clear();
        self.key.set(None);
    }

    /// Takes a key that a person typed; false unless it begins with `flt_`.
    pub fn use_key(self, text: &str) -> bool {
        let text = text.trim();
        if !key::is_key(text) {
            return false;
        }
        key::keep(text);
        self.key.set(Some(text.to_owned()));
        true
    }

    /// Whether some call is taking long, followed.
    #[must_use]
    pub fn is_slow(self) -> bool {
        self.slow.get() > 0
    }

    fn bearer(self) -> String {
        format!("Bearer {}", self.key.get_untracked().unwrap_or_default())
    }

    async fn get<T: DeserializeOwned>(self, path: &str) -> Result<T, ApiError> {
        self.read(Method::GET, path, None)
            .await
            .map(|(data, _)| data)
    }

    async fn get_page<T: DeserializeOwned>(
        self,
        path: &str,
    ) -> Result<(T, Option<Page>), ApiError> {
        self.read(Method::GET, path, None).await
    }

    async fn send<T: DeserializeOwned>(
        self,
        method: Method,
        path: &str,
        body: &impl Serialize,
        idempotency_key: Option<&str>,
    ) -> Result<T, ApiError> {
        let text = to_text(body);
        self.read(method, path, Some((text, idempotency_key)))
            .await
            .map(|(data, _)| data)
    }

    /// Puts away what stands at a path.
    async fn remove(self, path: &str) -> Result<(), ApiError> {
        let (status, text) = self.exchange(Method::DELETE, path, None).await?;
        if status == 204 {
            return Ok(());
        }
        self.understand::<IgnoredAny>(status, &text).map(|_| ())
    }

    async fn read<T: DeserializeOwned>(
        self,
        method: Method,
        path: &str,
        body: Option<(String, Option<&str>)>,
    ) -> Result<(T, Option<Page>), ApiError> {
        let (status, text) = self.exchange(method, path, body).await?;
        self.understand(status, &text)
    }

    fn understand<T: DeserializeOwned>(
        self,
        status: u16,
        text: &str,
    ) -> Result<(T, Option<Page>), ApiError> {
        let (data, page) = self.opened(status, text)?;
        match answer::read_json(&data) {
            Some(data) => Ok((data, page)),
            None => Err(ApiError::unreadable(status)),
        }
    }

    /// What is in the envelope.
    fn opened(self, status: u16, text: &str) -> Result<(Json, Option<Page>), ApiError> {
        match answer::read::<Envelope<Json>>(text) {
            Some(Envelope {
                error: Some(error), ..
            }) => Err(self.refused(status, error)),
            Some(Envelope {
                data: Some(data),
                meta,
                ..
            }) => Ok((data, meta.map(|meta| meta.pagination))),
            Some(Envelope {
                data: None,
                error: None,
                ..
            })
            | None => Err(ApiError::unreadable(status)),
        }
    }

    fn refused(self, status: u16, body: ErrorBody) -> ApiError {
        if status == 401 {
            self.forget_key();
        }
        ApiError::refused(status, body)
    }

    /// Boxed: every endpoint waits for the same thing, and carries no copy of it.
    fn exchange(
        self,
        method: Method,
        path: &str,
        body: Option<(String, Option<&str>)>,
    ) -> Exchange {
        let path = path.to_owned();
        let body = body.map(|(text, key)| (text, key.map(str::to_owned)));
        Box::pin(self.exchanged(method, path, body))
    }

    async fn exchanged(
        self,
        method: Method,
        path: String,
        body: Option<Body>,
    ) -> Result<(u16, String), ApiError> {
        let watch = Watch::start(self.slow);
        let early = match (&method, &body) {
            (&Method::GET, None) => ahead::take(&path).await,
            _ => None,
        };
        let answer = match early {
            Some(text) => (200, text),
            None => {
                let response = self.asked(method, &path, body).await?;
                let text = response.text().await.map_err(|_| ApiError::unreachable())?;
                (response.status(), text)
            }
        };
        drop(watch);
        Ok(answer)
    }

    async fn asked(
        self,
        method: Method,
        path: &str,
        body: Option<Body>,
    ) -> Result<Response, ApiError> {
        let address = format!("{BASE}{path}");
        request::request(method, &address, &self.bearer(), body)
            .ok_or_else(ApiError::unreachable)?
            .send()
            .await
            .map_err(|_| ApiError::unreachable())
    }
}

impl Default for Api {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Api")
    }
}

/// A value as part of an address.
fn encoded(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// Counts a call as slow while it takes longer than [`SLOW_AFTER`].
struct Watch {
    over: std::rc::Rc<std::cell::Cell<bool>>,
    counted: std::rc::Rc<std::cell::Cell<bool>>,
    slow: RwSignal<u32>,
}

impl Watch {
    fn start(slow: RwSignal<u32>) -> Self {
        let watch = Self {
            over: Default::default(),
            counted: Default::default(),
            slow,
        };
        let (over, counted) = (watch.over.clone(), watch.counted.clone());
        leptos::task::spawn_local(async move {
            crate::clock::wait(SLOW_AFTER).await;
            if !over.get() {
                counted.set(true);
                slow.try_update(|slow| *slow += 1);
            }
        });
        watch
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.over.set(true);
        if self.counted.get() {
            self.slow.try_update(|slow| *slow = slow.saturating_sub(1));
        }
    }
}
