//! Public keys as JSON Web Keys (RFC 7517), for the two algorithms of AdCP.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Verifier;
use serde::{Deserialize, Serialize};

use super::{Profile, SignatureRefusal};

/// The most keys of one set that are read, our choice.
const MAX_KEYS: usize = 50;

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// `ed25519`.
    Ed25519,
    /// `ecdsa-p256-sha256`; the signature is r and s, 32 bytes each.
    EcdsaP256,
}

impl Algorithm {
    /// The word in a signature's parameters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "ecdsa-p256-sha256",
        }
    }

    /// Reads the word; `None` for every other algorithm.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Ed25519, Self::EcdsaP256]
            .into_iter()
            .find(|algorithm| algorithm.as_str() == word)
    }
}

/// One key of a set, as it is published. What we do not know is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Its name.
    #[serde(default)]
    pub kid: String,
    /// Its family: `OKP` or `EC`.
    #[serde(default)]
    pub kty: String,
    /// Its curve: `Ed25519` or `P-256`.
    #[serde(default)]
    pub crv: String,
    /// Its algorithm: `EdDSA` or `ES256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// What it does: `sig`.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub use_: Option<String>,
    /// What it may do: `verify` among others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_ops: Option<Vec<String>>,
    /// What AdCP uses it for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adcp_use: Option<String>,
    /// The point, or its first half.
    #[serde(default)]
    pub x: String,
    /// The second half of a point on P-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// The secret half, which nobody may publish: a key that shows it is no key.
    #[serde(default, rename = "d", skip_serializing, deserialize_with = "is_there")]
    shows_secret: bool,
}

fn is_there<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl Jwk {
    /// The public half of an Ed25519 key of ours.
    #[must_use]
    pub(super) fn ed25519(kid: &str, public: &[u8; 32], adcp_use: &str) -> Self {
        Self {
            kid: kid.to_owned(),
            kty: "OKP".to_owned(),
            crv: "Ed25519".to_owned(),
            alg: Some("EdDSA".to_owned()),
            use_: Some("sig".to_owned()),
            key_ops: Some(vec!["verify".to_owned()]),
            adcp_use: Some(adcp_use.to_owned()),
            x: URL_SAFE_NO_PAD.encode(public),
            y: None,
            shows_secret: false,
        }
    }

    fn material(&self) -> Option<Material> {
        if self.shows_secret {
            return None;
        }
        let half =
            |text: &str| -> Option<[u8; 32]> { URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok() };
        match (self.kty.as_str(), self.crv.as_str(), self.alg.as_deref()) {
            ("OKP", "Ed25519", None | Some("EdDSA" | "Ed25519")) => {
                let key = ed25519_dalek::VerifyingKey::from_bytes(&half(&self.x)?).ok()?;
                (!key.is_weak()).then_some(Material::Ed25519(key))
            }
            ("EC", "P-256", None | Some("ES256")) => {
                let point = p256::EncodedPoint::from_affine_coordinates(
                    &half(&self.x)?.into(),
                    &half(self.y.as_deref()?)?.into(),
                    false,
                );
                p256::ecdsa::VerifyingKey::from_encoded_point(&point)
                    .ok()
                    .map(Material::EcdsaP256)
            }
            _ => None,
        }
    }

    /// The key behind it, where it may verify what the profile is about with this algorithm.
    pub(super) fn usable(
        &self,
        profile: &Profile,
        algorithm: Algorithm,
    ) -> Result<Material, SignatureRefusal> {
        let is_for = self.use_.as_deref() == Some("sig")
            && self
                .key_ops
                .as_ref()
                .is_some_and(|ops| ops.iter().any(|op| op == "verify"))
            && self
                .adcp_use
                .as_deref()
                .is_some_and(|purpose| profile.purposes.contains(&purpose));
        let material = self.material().filter(|material| {
            is_for
                && matches!(
                    (material, algorithm),
                    (Material::Ed25519(_), Algorithm::Ed25519)
                        | (Material::EcdsaP256(_), Algorithm::EcdsaP256)
                )
        });
        material.ok_or(SignatureRefusal::KeyPurposeInvalid)
    }

    /// Whether it may verify what the profile is about.
    #[must_use]
    pub fn is_for(&self, profile: &Profile) -> bool {
        [Algorithm::Ed25519, Algorithm::EcdsaP256]
            .into_iter()
            .any(|algorithm| self.usable(profile, algorithm).is_ok())
    }
}

/// A key that can verify.
#[derive(Debug, Clone)]
pub(super) enum Material {
    Ed25519(ed25519_dalek::VerifyingKey),
    EcdsaP256(p256::ecdsa::VerifyingKey),
}

impl Material {
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Self::EcdsaP256(key) => p256::ecdsa::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
        }
    }
}

/// Why a text is no key set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// No JSON of that shape.
    #[error("expected a JSON object with a list `keys`, got something else")]
    NoSet,
    /// Too many keys.
    #[error("expected at most {MAX_KEYS} keys, got {0}")]
    TooMany(usize),
}

/// The keys of one signer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct KeySet {
    keys: Vec<Jwk>,
}

impl KeySet {
    /// A set of these.
    #[must_use]
    pub fn of(keys: Vec<Jwk>) -> Self {
        Self { keys }
    }

    /// Reads a set. A key in it that we cannot read is left out, and does not spoil the others.
    ///
    /// # Errors
    /// [`KeySetError`].
    pub fn parse(value: &serde_json::Value) -> Result<Self, KeySetError> {
        let list = value
            .get("keys")
            .and_then(serde_json::Value::as_array)
            .ok_or(KeySetError::NoSet)?;
        if list.len() > MAX_KEYS {
            return Err(KeySetError::TooMany(list.len()));
        }
        let keys = list
            .iter()
            .filter_map(|key| Jwk::deserialize(key).ok())
            .filter(|key| !key.kid.is_empty() && key.kid.len() <= 256)
            .collect();
        Ok(Self { keys })
    }

    /// The key of a name; of two with one name neither.
    #[must_use]
    pub fn find(&self, kid: &str) -> Option<&Jwk> {
        let mut named = self.keys.iter().filter(|key| key.kid == kid);
        let key = named.next()?;
        named.next().is_none().then_some(key)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.kid.as_str())
    }

    /// Whether one of them may verify what the profile is about.
    #[must_use]
    pub fn has_one_for(&self, profile: &Profile) -> bool {
        self.keys.iter().any(|key| key.is_for(profile))
    }
}
