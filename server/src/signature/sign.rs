//! Signing with a key of ours: Ed25519.

use std::fmt;

use axum::http::{HeaderMap, HeaderValue};
use ed25519_dalek::Signer;

use super::base::{header, signature_base, written};
use super::digest::content_digest;
use super::field::{Bare, Params};
use super::{
    Algorithm, CONTENT_DIGEST, DigestCover, Jwk, LABEL, Message, Profile, SIGNATURE,
    SIGNATURE_INPUT, SignatureRefusal, Target, WINDOW_S,
};

/// A secret key with the name of its public half. Cannot be printed.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    key: ed25519_dalek::SigningKey,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// The key from its 32 secret bytes.
    #[must_use]
    pub fn from_seed(kid: impl Into<String>, seed: &[u8; 32]) -> Self {
        Self {
            kid: kid.into(),
            key: ed25519_dalek::SigningKey::from_bytes(seed),
        }
    }

    /// The name of its public half.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its public half, as it is published.
    #[must_use]
    pub fn public(&self, adcp_use: &str) -> Jwk {
        Jwk::ed25519(&self.kid, self.key.verifying_key().as_bytes(), adcp_use)
    }
}

/// The headers that make a message a signed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    /// What is signed, and by whom.
    pub signature_input: String,
    /// The signature.
    pub signature: String,
    /// The digest of the content, where it is covered.
    pub content_digest: Option<String>,
}

impl SignedHeaders {
    /// Puts them among the others, in place of what stood there.
    ///
    /// # Errors
    /// When a value cannot stand in a header.
    pub fn put(&self, headers: &mut HeaderMap) -> Result<(), SignatureRefusal> {
        let value =
            |text: &str| HeaderValue::from_str(text).map_err(|_| SignatureRefusal::HeaderMalformed);
        headers.insert(SIGNATURE_INPUT, value(&self.signature_input)?);
        headers.insert(SIGNATURE, value(&self.signature)?);
        if let Some(digest) = &self.content_digest {
            headers.insert(CONTENT_DIGEST, value(digest)?);
        }
        Ok(())
    }
}

/// Signs a message, valid from `now` for [`WINDOW_S`]. The content is covered wherever the profile
/// does not forbid it. The nonce must be fresh: 16 random bytes as base64url.
///
/// # Errors
/// An address that is none, or content without a type.
pub fn sign(
    profile: &Profile,
    key: &SigningKey,
    message: &Message<'_>,
    now: i64,
    nonce: &str,
) -> Result<SignedHeaders, SignatureRefusal> {
    let target = Target::parse(message.url)?;
    let mut headers = HeaderMap::new();
    let mut components = vec!["@method", "@target-uri", "@authority"];
    let mut digest = None;
    if !message.body.is_empty() {
        let kind =
            header(message.headers, "content-type").ok_or(SignatureRefusal::HeaderMalformed)?;
        let kind = HeaderValue::from_str(&kind).map_err(|_| SignatureRefusal::HeaderMalformed)?;
        headers.insert("content-type", kind);
        components.push("content-type");
        if profile.digest != DigestCover::Forbidden {
            let text = content_digest(message.body, profile.binary);
            let value =
                HeaderValue::from_str(&text).map_err(|_| SignatureRefusal::HeaderMalformed)?;
            headers.insert(CONTENT_DIGEST, value);
            components.push(CONTENT_DIGEST);
            digest = Some(text);
        }
    }
    let components: Vec<String> = components.into_iter().map(str::to_owned).collect();
    let text = |text: &str| Bare::Text(text.to_owned());
    let params: Params = vec![
        ("created".to_owned(), Bare::Integer(now)),
        ("expires".to_owned(), Bare::Integer(now + WINDOW_S)),
        ("nonce".to_owned(), text(nonce)),
        ("keyid".to_owned(), text(&key.kid)),
        ("alg".to_owned(), text(Algorithm::Ed25519.as_str())),
        ("tag".to_owned(), text(profile.tag)),
    ];
    let base = signature_base(message.method, &target, &headers, &components, &params)?;
    let signature = key.key.sign(base.as_bytes()).to_bytes();
    Ok(SignedHeaders {
        signature_input: format!("{LABEL}={}", written(&components, &params)),
        signature: format!("{LABEL}=:{}:", profile.binary.encode(&signature)),
        content_digest: digest,
    })
}
