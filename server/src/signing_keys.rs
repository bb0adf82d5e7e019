//! Our own keys for signing requests: made once, sealed like other secrets, and published so that
//! sellers can check what we sign. The youngest signs; older ones stay published for a while.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};

use crate::adcp::signing::REQUEST_PURPOSE;
use crate::app::App;
use crate::error::Fault;
use crate::secrets::{Keyring, Secret, SecretsError};
use crate::signature::{KeySet, SigningKey};
use crate::store::{SigningKeyRow, Store, StoreError};

/// Where the public halves are, under the public address.
pub const JWKS_PATH: &str = "/adcp/jwks.json";

/// How long a key that signs no more stays published: sellers keep what they fetched.
const PUBLISHED_FOR: TimeDelta = TimeDelta::days(7);

/// Makes a key and puts it down: from now on it signs.
///
/// # Errors
/// What the store or the keyring says.
pub async fn make(
    store: &dyn Store,
    keyring: &Keyring,
    now: DateTime<Utc>,
) -> Result<String, StoreError> {
    let mut seed = [0_u8; 32];
    getrandom::fill(&mut seed).map_err(|_| SecretsError::NoRandomness)?;
    let kid = format!("flighting-{}", uuid::Uuid::now_v7().simple());
    let secret = keyring.seal(&SigningKeyRow::place(&kid), &Secret::new(hex::encode(seed)))?;
    store
        .insert_signing_key(&SigningKeyRow {
            kid: kid.clone(),
            secret,
            created_at: now,
        })
        .await?;
    store.forget_signing_keys(now - PUBLISHED_FOR).await?;
    Ok(kid)
}

fn open(row: &SigningKeyRow, keyring: &Keyring) -> Result<SigningKey, SecretsError> {
    let text = keyring.open_sealed(&SigningKeyRow::place(&row.kid), &row.secret)?;
    let seed: [u8; 32] = hex::decode(text.expose())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(SecretsError::Damaged)?;
    Ok(SigningKey::from_seed(row.kid.clone(), &seed))
}

impl App {
    /// Puts the youngest signing key in its seat; makes one where there is none. Without a public
    /// address nobody could check a signature, and nothing is signed.
    ///
    /// # Errors
    /// What the store or the keyring says.
    pub async fn seat_signing_key(&self) -> Result<(), StoreError> {
        if self.settings.public_url.is_none() {
            return Ok(());
        }
        let mut rows = self.store.signing_keys().await?;
        if rows.is_empty() {
            make(&*self.store, &self.keyring, self.clock.real_now()).await?;
            rows = self.store.signing_keys().await?;
        }
        if let Some(youngest) = rows.first() {
            self.agents.seat().seat(open(youngest, &self.keyring)?);
        }
        Ok(())
    }
}

/// The public halves, for whoever checks our signatures.
pub(crate) async fn publish(State(app): State<Arc<App>>) -> Response {
    if app.settings.public_url.is_none() {
        return StatusCode::NOT_FOUND.into_response();
    }
    let read = async {
        let rows = app.store.signing_keys().await?;
        rows.iter()
            .map(|row| Ok(open(row, &app.keyring)?.public(REQUEST_PURPOSE)))
            .collect::<Result<Vec<_>, StoreError>>()
    };
    match read.await {
        Ok(keys) => (
            [(CACHE_CONTROL, "public, max-age=300")],
            Json(KeySet::of(keys)),
        )
            .into_response(),
        Err(error) => Fault::from(error).into_response(),
    }
}
