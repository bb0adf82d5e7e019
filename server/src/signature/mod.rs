//! HTTP message signatures (RFC 9421) with digests of the content (RFC 9530), strict and for both
//! sides: what others sign is verified here, and what we sign is signed here.
//!
//! `field` reads structured fields, `binary` their binary values, `target` makes one text of one
//! address, `digest` judges contents, `key` reads key sets, `claim` verifies, `sign` signs. Pure:
//! the time, the keys and what is known of them are arguments. Hostile input ends as a
//! [`SignatureRefusal`], never as a panic.

mod base;
mod binary;
mod claim;
mod digest;
mod field;
mod key;
mod sign;
mod target;

use axum::http::HeaderMap;

pub use binary::Binary;
pub use claim::{Claim, Standing, Verified};
pub use key::{Algorithm, Jwk, KeySet, KeySetError};
pub use sign::{SignedHeaders, SigningKey, sign};
pub use target::{Target, TargetMalformed};

/// How far clocks may differ, in seconds.
pub const SKEW_S: i64 = 60;

/// How long a signature may be valid, in seconds.
pub const WINDOW_S: i64 = 300;

/// The header that tells what is signed and by whom.
pub const SIGNATURE_INPUT: &str = "signature-input";
/// The header with the signature itself.
pub const SIGNATURE: &str = "signature";
/// The header with the digest of the content.
pub const CONTENT_DIGEST: &str = "content-digest";

/// The label of the one signature that is looked at; others are left alone.
const LABEL: &str = "sig1";

/// Which signatures count, and in which spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// What the codes of refusals begin with, such as `webhook`.
    pub prefix: &'static str,
    /// What the signature must say it is for.
    pub tag: &'static str,
    /// What the key must be for: the `adcp_use` values that do.
    pub purposes: &'static [&'static str],
    /// How binary values are spelt.
    pub binary: Binary,
    /// Whether the content is covered.
    pub digest: DigestCover,
}

/// Whether signatures cover the digest of the content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DigestCover {
    /// Always, where there is content.
    Required,
    /// As the signer likes.
    #[default]
    Either,
    /// Never.
    Forbidden,
}

/// A message whose signature is judged or made.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The method.
    pub method: &'a str,
    /// The whole address, as it was asked for.
    pub url: &'a str,
    /// Its headers. A `host` among them is judged, and must say what the address says.
    pub headers: &'a HeaderMap,
    /// The content, byte for byte.
    pub body: &'a [u8],
}

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureRefusal {
    /// There is none.
    Required,
    /// A header about it cannot be read, or stands alone.
    HeaderMalformed,
    /// A parameter is missing.
    ParamsIncomplete,
    /// It is for something else.
    TagInvalid,
    /// Its algorithm is none of ours.
    AlgNotAllowed,
    /// It is not valid now, or for too long.
    WindowInvalid,
    /// It leaves out what it must cover.
    ComponentsIncomplete,
    /// It covers what it must not, or what we cannot judge.
    ComponentsUnexpected,
    /// Nobody we know has this key.
    KeyUnknown,
    /// The key is for something else, or no key at all.
    KeyPurposeInvalid,
    /// The key was withdrawn.
    KeyRevoked,
    /// Whether the key was withdrawn cannot be told.
    RevocationStale,
    /// The key signs more than anybody should.
    RateAbuse,
    /// The address is none.
    TargetMalformed,
    /// It was not made with this key over this message.
    Invalid,
    /// The content is not what was signed.
    DigestMismatch,
    /// It was seen before.
    Replayed,
}

impl SignatureRefusal {
    /// The stable word, without the profile's prefix.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Required => "signature_required",
            Self::HeaderMalformed => "signature_header_malformed",
            Self::ParamsIncomplete => "signature_params_incomplete",
            Self::TagInvalid => "signature_tag_invalid",
            Self::AlgNotAllowed => "signature_alg_not_allowed",
            Self::WindowInvalid => "signature_window_invalid",
            Self::ComponentsIncomplete => "signature_components_incomplete",
            Self::ComponentsUnexpected => "signature_components_unexpected",
            Self::KeyUnknown => "signature_key_unknown",
            Self::KeyPurposeInvalid => "signature_key_purpose_invalid",
            Self::KeyRevoked => "signature_key_revoked",
            Self::RevocationStale => "signature_revocation_stale",
            Self::RateAbuse => "signature_rate_abuse",
            Self::TargetMalformed => "target_uri_malformed",
            Self::Invalid => "signature_invalid",
            Self::DigestMismatch => "signature_digest_mismatch",
            Self::Replayed => "signature_replayed",
        }
    }

    /// The stable code under a profile, such as `webhook_signature_invalid`.
    #[must_use]
    pub fn code(self, profile: &Profile) -> String {
        format!("{}_{}", profile.prefix, self.word())
    }
}

impl From<TargetMalformed> for SignatureRefusal {
    fn from(_: TargetMalformed) -> Self {
        Self::TargetMalformed
    }
}
