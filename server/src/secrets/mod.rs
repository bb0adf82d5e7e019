//! Secrets at rest: agent tokens and webhook keys are stored as ciphertext (decision 31).
//!
//! XChaCha20-Poly1305 with a random 24-byte nonce per value. What is stored tells which key sealed
//! it, so that keys can be rotated, and is bound to its place: ciphertext copied to another row
//! does not open.

mod file;
mod key;
mod keyring;
#[cfg(test)]
mod tests;

use std::fmt;

pub use keyring::Keyring;

/// The environment variable that holds the key.
pub const KEY_VARIABLE: &str = "FLIGHTING_SECRET_KEY";

/// The environment variable that holds the key to rotate to, where keys come from the environment.
pub const NEW_KEY_VARIABLE: &str = "FLIGHTING_NEW_SECRET_KEY";

const FORMAT: u8 = 1;
const ID_LEN: usize = 4;
const NONCE_LEN: usize = 24;
const KEY_LEN: usize = 32;

/// Why a secret cannot be sealed, opened or rotated. Says nothing of the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The key's text is no key.
    #[error(
        "expected a secret key of 32 bytes as 64 hex digits or as base64, got {0} characters that are neither"
    )]
    NoKey(usize),
    /// The key file cannot be read or written.
    #[error("the key file `{path}` cannot be used: {why}")]
    File {
        /// Which.
        path: String,
        /// What the system says.
        why: String,
    },
    /// The value was sealed with a key that is not at hand.
    #[error("a stored secret was sealed with another key (key id {0})")]
    OtherKey(String),
    /// The stored value was changed, or copied from elsewhere, or is no sealed value.
    #[error("a stored secret is damaged")]
    Damaged,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// Rotating needs a new key that differs from the present one.
    #[error("expected the new key in `FLIGHTING_NEW_SECRET_KEY`, different from the one in use")]
    NoNewKey,
}

/// A secret in clear. It cannot be printed: `Debug` and `Display` show no part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// A secret as it is stored: format, key id, nonce, ciphertext with its tag.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// What was stored; it is checked when it is opened.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn key_id(&self) -> Result<[u8; ID_LEN], SecretsError> {
        match self.0.split_first() {
            Some((&FORMAT, rest)) => rest.first_chunk().copied().ok_or(SecretsError::Damaged),
            _ => Err(SecretsError::Damaged),
        }
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(hidden)")
    }
}
