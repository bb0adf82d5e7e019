//! What lets an agent write to us: its one address, the secrets that go with it, and the keys its
//! messages are signed with. Sealed with the agent (decisions 27, 31, 32).

mod hmac;
mod keys;
mod under_way;

use std::fmt;

use flighting_core::selection::ReportFrequency;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use crate::adcp::webhook::PushConfig;
use crate::secrets::{Keyring, Secret, SecretsError};
use crate::signature::KeySet;
use crate::store::SalesAgent;

pub use hmac::{HMAC_SIGNATURE, HMAC_TIMESTAMP, HmacRefusal, verify as verify_hmac};
pub use keys::{KeyCache, KeysOf, NoKeys};
pub use under_way::UnderWay;

/// Where agents' messages come in, under the public address.
pub const WEBHOOKS_PATH: &str = "/adcp/webhooks/";

/// How an agent's messages are signed. One way and no other: nothing falls back.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Signing {
    /// By keys that the agent publishes, at an address that was judged.
    JwksUri(String),
    /// By keys that were given when it was registered.
    Jwks(serde_json::Value),
    /// By a shared secret, as older agents do.
    Hmac(String),
}

/// What goes with an agent's address. Never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// The last part of its address, which nobody can guess.
    path: String,
    /// What its messages have to repeat.
    token: String,
    /// How they are signed.
    pub signing: Signing,
}

impl fmt::Debug for Signing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::JwksUri(_) => "jwksUri",
            Self::Jwks(_) => "jwks",
            Self::Hmac(_) => "hmac",
        })
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook")
            .field("signing", &self.signing)
            .finish_non_exhaustive()
    }
}

/// 32 random bytes as 64 hex digits.
fn random() -> Result<String, SecretsError> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| SecretsError::NoRandomness)?;
    Ok(hex::encode(bytes))
}

impl Hook {
    /// A fresh address for an agent.
    ///
    /// # Errors
    /// [`SecretsError::NoRandomness`].
    pub fn fresh(signing: Signing) -> Result<Self, SecretsError> {
        Ok(Self {
            path: random()?,
            token: random()?,
            signing,
        })
    }

    /// The agent's, opened; none where it may not write to us.
    ///
    /// # Errors
    /// What opening says.
    pub fn open(agent: &SalesAgent, keyring: &Keyring) -> Result<Option<Self>, SecretsError> {
        let Some(sealed) = &agent.webhooks else {
            return Ok(None);
        };
        let place = SalesAgent::webhooks_place(&agent.account, &agent.id);
        let text = keyring.open_sealed(&place, sealed)?;
        serde_json::from_str(text.expose())
            .map(Some)
            .map_err(|_| SecretsError::Damaged)
    }

    /// As it is sealed.
    ///
    /// # Errors
    /// [`SecretsError::Damaged`] when it cannot be written; it always can.
    pub fn secret(&self) -> Result<Secret, SecretsError> {
        serde_json::to_string(self)
            .map(Secret::new)
            .map_err(|_| SecretsError::Damaged)
    }

    /// What its address is looked up by.
    #[must_use]
    pub fn path_hash(&self) -> [u8; 32] {
        hash_of_path(&self.path)
    }

    /// Its address under our public one; always the same, since sellers' idempotency counts it in.
    #[must_use]
    pub fn url(&self, public: &Url) -> String {
        let base = public.as_str().trim_end_matches('/');
        format!("{base}{WEBHOOKS_PATH}{}", self.path)
    }

    /// What a request says so that the agent writes to us, and reports as often as it offers.
    #[must_use]
    pub fn push_config(&self, public: &Url, reports: Option<ReportFrequency>) -> PushConfig {
        PushConfig {
            url: self.url(public),
            has_shared_secret: self.shared_secret().is_some(),
            reports,
        }
    }

    /// The secret that both sides know, where messages are signed with one.
    #[must_use]
    pub fn shared_secret(&self) -> Option<&str> {
        match &self.signing {
            Signing::Hmac(secret) => Some(secret),
            Signing::JwksUri(_) | Signing::Jwks(_) => None,
        }
    }

    /// What messages have to repeat.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The keys that were given; none where they are published or shared.
    #[must_use]
    pub fn given_keys(&self) -> Option<KeySet> {
        match &self.signing {
            Signing::Jwks(set) => KeySet::parse(set).ok(),
            Signing::JwksUri(_) | Signing::Hmac(_) => None,
        }
    }
}

/// What an address is looked up by: only its hash is stored in clear.
#[must_use]
pub fn hash_of_path(path: &str) -> [u8; 32] {
    Sha256::digest(path.as_bytes()).into()
}
