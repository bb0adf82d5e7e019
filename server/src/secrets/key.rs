//! One key: read, made, named by its id, sealing.

use base64::Engine as _;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use super::{FORMAT, ID_LEN, KEY_LEN, NONCE_LEN, Sealed, Secret, SecretsError};

#[derive(Clone)]
pub(super) struct SecretKey {
    pub(super) id: [u8; ID_LEN],
    pub(super) bytes: [u8; KEY_LEN],
}

impl SecretKey {
    pub(super) fn of(bytes: [u8; KEY_LEN]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"flighting key id")
            .chain_update(bytes)
            .finalize();
        let mut id = [0; ID_LEN];
        id.copy_from_slice(&digest[..ID_LEN]);
        Self { id, bytes }
    }

    pub(super) fn fresh() -> Result<Self, SecretsError> {
        let mut bytes = [0; KEY_LEN];
        getrandom::fill(&mut bytes).map_err(|_| SecretsError::NoRandomness)?;
        Ok(Self::of(bytes))
    }

    pub(super) fn parse(text: &str) -> Result<Self, SecretsError> {
        let text = text.trim();
        let engines = [
            &base64::engine::general_purpose::STANDARD,
            &base64::engine::general_purpose::STANDARD_NO_PAD,
            &base64::engine::general_purpose::URL_SAFE,
            &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        ];
        let from_base64 = || engines.iter().find_map(|engine| engine.decode(text).ok());
        hex::decode(text)
            .ok()
            .or_else(from_base64)
            .and_then(|bytes| <[u8; KEY_LEN]>::try_from(bytes).ok())
            .map(Self::of)
            .ok_or_else(|| SecretsError::NoKey(text.chars().count()))
    }
}

/// Seals with a fresh nonce.
pub(super) fn seal_with(
    key: &SecretKey,
    place: &str,
    secret: &Secret,
) -> Result<Sealed, SecretsError> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(|_| SecretsError::NoRandomness)?;
    let ciphertext = XChaCha20Poly1305::new(Key::from_slice(&key.bytes))
        .encrypt(
            XNonce::from_slice(&nonce),
            Payload {
                msg: secret.0.as_bytes(),
                aad: place.as_bytes(),
            },
        )
        .map_err(|_| SecretsError::Damaged)?;
    let mut bytes = Vec::with_capacity(1 + ID_LEN + NONCE_LEN + ciphertext.len());
    bytes.push(FORMAT);
    bytes.extend_from_slice(&key.id);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&ciphertext);
    Ok(Sealed(bytes))
}

/// Opens what this key sealed for the same place.
pub(super) fn open_with(
    key: &SecretKey,
    place: &str,
    sealed: &Sealed,
) -> Result<Secret, SecretsError> {
    let rest = sealed.0.get(1 + ID_LEN..).ok_or(SecretsError::Damaged)?;
    let (nonce, ciphertext) = rest
        .split_at_checked(NONCE_LEN)
        .ok_or(SecretsError::Damaged)?;
    let clear = XChaCha20Poly1305::new(Key::from_slice(&key.bytes))
        .decrypt(
            XNonce::from_slice(nonce),
            Payload {
                msg: ciphertext,
                aad: place.as_bytes(),
            },
        )
        .map_err(|_| SecretsError::Damaged)?;
    String::from_utf8(clear)
        .map(Secret)
        .map_err(|_| SecretsError::Damaged)
}
