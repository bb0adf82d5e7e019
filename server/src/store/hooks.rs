//! What is remembered of messages that sellers send by themselves, and of our own signing keys.

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::ids::AgentId;

use super::AccountId;
use crate::secrets::Sealed;

/// How long a message is known by its key: sellers deliver again for a day, and a little longer.
pub const MESSAGES_LIFE: TimeDelta = TimeDelta::hours(72);

/// The most signatures of one key that are remembered at a time: what a busy seller could send
/// within their validity, our choice. More of them are refused, never forgotten early.
pub const MAX_NONCES: u64 = 1_000_000;

/// A message that is taken in: it goes in together with what it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Who signed it.
    pub agent: AgentId,
    /// The key it is known by and the digest of what it says; none for a message that was taken in
    /// before and came with a fresh signature.
    pub message: Option<(String, [u8; 32])>,
    /// Its signature, where it has one of its own.
    pub nonce: Option<Nonce>,
    /// When it came.
    pub at: DateTime<Utc>,
}

/// What makes a signature the only one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce {
    /// The key's name.
    pub keyid: String,
    /// Digest of the nonce.
    pub digest: [u8; 32],
    /// Until when it could be shown again.
    pub until: DateTime<Utc>,
}

/// What is known of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The digest under which its key was taken in.
    pub digest: Option<[u8; 32]>,
    /// Whether its signature was seen.
    pub replayed: bool,
}

/// Whose an address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathOwner {
    /// The account.
    pub account: AccountId,
    /// The agent.
    pub agent: AgentId,
}

/// One of our own signing keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKeyRow {
    /// Its name.
    pub kid: String,
    /// Its secret half, sealed for [`SigningKeyRow::place`].
    pub secret: Sealed,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl SigningKeyRow {
    /// What the seal is bound to.
    #[must_use]
    pub fn place(kid: &str) -> String {
        format!("signing/{kid}")
    }
}
