//! Signs our requests where an agent wants them signed, as the last step before they leave: what
//! is signed is what goes out.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use url::Url;

use super::operation::Operation;
use super::signing::{Need, SigningTerms};
use crate::signature::{Message, SigningKey, sign};

/// The key that signs, for all agents; none where nobody could fetch its public half.
#[derive(Debug, Clone, Default)]
pub struct KeySeat(Arc<RwLock<Option<SigningKey>>>);

impl KeySeat {
    /// Puts another key in place.
    pub fn seat(&self, key: SigningKey) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    fn key(&self) -> Option<SigningKey> {
        self.0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The time that signatures are made at: real time.
pub type SigningTime = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Signs requests to one agent.
pub struct RequestSigner {
    seat: KeySeat,
    terms: RwLock<SigningTerms>,
    now: SigningTime,
}

impl fmt::Debug for RequestSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestSigner")
            .field("seat", &self.seat)
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}

impl RequestSigner {
    /// A signer for an agent of which nothing is known yet.
    #[must_use]
    pub fn new(seat: KeySeat, now: SigningTime) -> Self {
        Self {
            seat,
            terms: RwLock::default(),
            now,
        }
    }

    /// What the agent says about signed requests, as last asked.
    pub fn follow(&self, terms: SigningTerms) {
        *self.terms.write().unwrap_or_else(PoisonError::into_inner) = terms;
    }

    /// Signs a POST where the agent wants it signed. One that it would only rather see signed goes
    /// out unsigned where we have no key.
    ///
    /// # Errors
    /// A sentence when it has to be signed and cannot be: nothing may leave then.
    pub fn sign(&self, url: &Url, headers: &mut HeaderMap, body: &[u8]) -> Result<(), String> {
        let terms = self
            .terms
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if terms.are_none() {
            return Ok(());
        }
        let operation = Operation::resolve(url.path(), body).map_err(|error| error.to_string())?;
        let need = terms.need(&operation);
        if need == Need::None {
            return Ok(());
        }
        let Some(key) = self.seat.key() else {
            if need == Need::Wanted {
                return Ok(());
            }
            let what = operation.task.as_deref().unwrap_or(&operation.method);
            return Err(format!(
                "the agent takes `{what}` only with a signature, and without a public address nobody could check ours: set `--public-url` and tell the seller where our keys are"
            ));
        };
        let mut nonce = [0_u8; 16];
        getrandom::fill(&mut nonce).map_err(|_| "the system gives no random numbers".to_owned())?;
        let message = Message {
            method: "POST",
            url: url.as_str(),
            headers,
            body,
        };
        let signed = sign(
            &terms.profile(),
            &key,
            &message,
            (self.now)().timestamp(),
            &URL_SAFE_NO_PAD.encode(nonce),
        );
        signed
            .and_then(|signed| signed.put(headers))
            .map_err(|refusal| format!("the request could not be signed: {}", refusal.word()))
    }
}
