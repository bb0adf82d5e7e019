//! Who calls: keys, their hashes, and what they allow (decision 26).

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use flighting_core::wire::audit::ActorOrigin;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::error::Fault;
use crate::ids::IdSource;
use crate::secrets::{Secret, SecretsError};
use crate::store::{AccountId, Actor, ApiKey, Store, StoreError, Who};

/// What every key begins with.
pub const KEY_PREFIX: &str = "flt_";

/// The account of a server that nobody gave another.
pub const DEFAULT_ACCOUNT: &str = "default";

/// The least and most characters of a key, its prefix included.
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 20..=200;

/// The caller of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whose things it may see.
    pub account: AccountId,
    /// Its key's id; never its text.
    pub key_id: String,
    /// What its key is for, in its maker's words.
    pub key_label: String,
    /// What kind of actor uses its key.
    pub origin: ActorOrigin,
    /// Whether it may only read.
    pub read_only: bool,
}

impl Caller {
    /// The caller as the one who acts.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor {
            account: self.account.clone(),
            who: Who::Key {
                id: self.key_id.clone(),
                label: self.key_label.clone(),
                origin: self.origin,
            },
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Fault::Unauthenticated)
    }
}

/// A new key: 32 random bytes behind the prefix.
///
/// # Errors
/// [`SecretsError::NoRandomness`].
pub fn fresh_key() -> Result<Secret, SecretsError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| SecretsError::NoRandomness)?;
    Ok(Secret::new(format!(
        "{KEY_PREFIX}{}",
        URL_SAFE_NO_PAD.encode(bytes)
    )))
}

/// Whether a text can be a key: `flt_`, then at least 16 of `[A-Za-z0-9_-]`.
#[must_use]
pub fn looks_like_key(text: &str) -> bool {
    KEY_LENGTH.contains(&text.len())
        && text.strip_prefix(KEY_PREFIX).is_some_and(|rest| {
            rest.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        })
}

/// What is stored of a key. Keys are long and random, so one fast hash is enough.
#[must_use]
pub fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// Stores a person's key for an account.
///
/// # Errors
/// [`StoreError::Exists`] when the same key is stored already.
pub async fn store_key(
    store: &dyn Store,
    account: &AccountId,
    key: &Secret,
    label: &str,
    read_only: bool,
    now: DateTime<Utc>,
) -> Result<ApiKey, StoreError> {
    store_key_of(
        store,
        account,
        key,
        label,
        read_only,
        ActorOrigin::Human,
        now,
    )
    .await
}

/// Stores a key for an account, and what kind of actor uses it.
///
/// # Errors
/// As [`store_key`].
pub async fn store_key_of(
    store: &dyn Store,
    account: &AccountId,
    key: &Secret,
    label: &str,
    read_only: bool,
    origin: ActorOrigin,
    now: DateTime<Utc>,
) -> Result<ApiKey, StoreError> {
    let record = ApiKey {
        id: IdSource.other("key_"),
        account: account.clone(),
        label: label.to_owned(),
        read_only,
        origin,
        created_at: now,
        revoked_at: None,
    };
    store.insert_key(&record, &hash(key.expose())).await?;
    Ok(record)
}

/// The key of a request, where it carries one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

/// Finds the caller, or none for a key that is missing, unknown or revoked.
pub(crate) async fn caller(app: &App, headers: &HeaderMap) -> Result<Option<Caller>, Fault> {
    let Some(key) = bearer(headers).filter(|key| looks_like_key(key)) else {
        return Ok(None);
    };
    let found = app.store.key_by_hash(&hash(key)).await?;
    Ok(found.map(|key| Caller {
        account: key.account,
        key_id: key.id,
        key_label: key.label,
        origin: key.origin,
        read_only: key.read_only,
    }))
}

/// Refuses what a read-only key may not do. Runs inside the middleware that finds the caller.
pub(crate) async fn may_write(State(_): State<Arc<App>>, request: Request, next: Next) -> Response {
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let read_only = request
        .extensions()
        .get::<Caller>()
        .is_none_or(|caller| caller.read_only);
    if !reads && read_only {
        return Fault::Forbidden("expected a key that may write, got a read-only one")
            .into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_keys_look_like_keys_and_differ() {
        let (one, two) = (fresh_key().unwrap(), fresh_key().unwrap());
        assert!(looks_like_key(one.expose()) && looks_like_key(two.expose()));
        assert_ne!(hash(one.expose()), hash(two.expose()));
        for bad in [
            "",
            "flt_",
            "flt_short",
            "key_0123456789abcdef",
            "flt_0123456789abcde ",
            "flt_0123456789abcdeé",
        ] {
            assert!(!looks_like_key(bad), "{bad}");
        }
    }

    #[test]
    fn one_bearer_is_read_and_nothing_else() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(read(&["Bearer flt_a"]).as_deref(), Some("flt_a"));
        assert_eq!(read(&["bearer  flt_a"]).as_deref(), Some("flt_a"));
        assert_eq!(read(&["Basic flt_a"]), None);
        assert_eq!(read(&["Bearer a", "Bearer b"]), None);
        assert_eq!(read(&[]), None);
    }
}
