//! Secrets at rest: agent tokens and webhook keys are stored as ciphertext (decision 31).
//!
//! XChaCha20-Poly1305 with a random 24-byte nonce per value. What is stored tells which key sealed
//! it, so that keys can be rotated, and is bound to its place: ciphertext copied to another row
//! does not open.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use base64::Engine as _;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

use crate::store::{Store, StoreError};

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
#[derive(Clone, PartialEq, Eq)]
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

#[derive(Clone)]
struct SecretKey {
    id: [u8; ID_LEN],
    bytes: [u8; KEY_LEN],
}

impl SecretKey {
    fn of(bytes: [u8; KEY_LEN]) -> Self {
        let digest = Sha256::new()
            .chain_update(b"flighting key id")
            .chain_update(bytes)
            .finalize();
        let mut id = [0; ID_LEN];
        id.copy_from_slice(&digest[..ID_LEN]);
        Self { id, bytes }
    }

    fn fresh() -> Result<Self, SecretsError> {
        let mut bytes = [0; KEY_LEN];
        getrandom::fill(&mut bytes).map_err(|_| SecretsError::NoRandomness)?;
        Ok(Self::of(bytes))
    }

    fn parse(text: &str) -> Result<Self, SecretsError> {
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

/// The keys at hand: the first seals, all of them open.
pub struct Keyring {
    keys: RwLock<Vec<SecretKey>>,
    file: Option<PathBuf>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Keyring {
    /// One key from its text: 64 hex digits or base64 of 32 bytes.
    ///
    /// # Errors
    /// [`SecretsError::NoKey`] for all else.
    pub fn from_text(text: &str) -> Result<Self, SecretsError> {
        Ok(Self {
            keys: RwLock::new(vec![SecretKey::parse(text)?]),
            file: None,
        })
    }

    /// A fresh key that is kept nowhere, for a database that is kept nowhere.
    ///
    /// # Errors
    /// [`SecretsError::NoRandomness`].
    pub fn ephemeral() -> Result<Self, SecretsError> {
        Ok(Self {
            keys: RwLock::new(vec![SecretKey::fresh()?]),
            file: None,
        })
    }

    /// The keys of a file; where there is none, it is made with a fresh key, readable by its owner
    /// alone.
    ///
    /// # Errors
    /// [`SecretsError::File`] when it cannot be read or made, or others may read it.
    pub fn from_file(path: &Path) -> Result<Self, SecretsError> {
        let keys = match read_keys(path)? {
            Some(keys) => keys,
            None => {
                create_key_file(path, &SecretKey::fresh()?)?;
                // Read back: another process may have made it first, and its key is the one.
                read_keys(path)?.ok_or_else(|| file_error(path, &"it is gone"))?
            }
        };
        Ok(Self {
            keys: RwLock::new(keys),
            file: Some(path.to_owned()),
        })
    }

    /// The environment's key where there is one, else the file beside the database.
    ///
    /// # Errors
    /// As [`Keyring::from_text`] and [`Keyring::from_file`].
    pub fn open(key: Option<&Secret>, file: &Path) -> Result<Self, SecretsError> {
        match key {
            Some(key) => Self::from_text(key.expose()),
            None => Self::from_file(file),
        }
    }

    /// Where the key file of a database lives.
    #[must_use]
    pub fn file_beside(database: &Path) -> PathBuf {
        let mut name = database.file_name().unwrap_or_default().to_owned();
        name.push(".key");
        database.with_file_name(name)
    }

    /// Seals a secret for one place; opening it elsewhere fails.
    ///
    /// # Errors
    /// [`SecretsError::NoRandomness`]; [`SecretsError::File`] when the key file is gone.
    pub fn seal(&self, place: &str, secret: &Secret) -> Result<Sealed, SecretsError> {
        // Another process may have rotated: what is sealed with a key that is about to be dropped
        // could not be opened later.
        self.reload()?;
        let key = self.read().first().cloned().ok_or(SecretsError::Damaged)?;
        seal_with(&key, place, secret)
    }

    /// Opens what was sealed for the same place.
    ///
    /// # Errors
    /// [`SecretsError::OtherKey`] and [`SecretsError::Damaged`].
    pub fn open_sealed(&self, place: &str, sealed: &Sealed) -> Result<Secret, SecretsError> {
        let id = sealed.key_id()?;
        let key = match self.find(id) {
            Some(key) => key,
            None => {
                self.reload()?;
                self.find(id)
                    .ok_or_else(|| SecretsError::OtherKey(hex::encode(id)))?
            }
        };
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

    /// Seals everything in the store with a new key: a fresh one where keys live in a file, else
    /// `new_key`. The old key is given up only when nothing is sealed with it any more; when this
    /// fails on its way, both keys stay and it can be run again. How many values were sealed anew.
    ///
    /// # Errors
    /// [`SecretsError::NoNewKey`] without a new key to change to; else what the store, the file or
    /// a value says.
    pub async fn rotate(
        &self,
        store: &dyn Store,
        new_key: Option<&Secret>,
    ) -> Result<u64, StoreError> {
        self.reload()?;
        let fresh = match (&self.file, new_key) {
            (Some(_), None) => SecretKey::fresh()?,
            (_, Some(text)) => SecretKey::parse(text.expose())?,
            (None, None) => return Err(SecretsError::NoNewKey.into()),
        };
        if self.find(fresh.id).is_some() {
            return Err(SecretsError::NoNewKey.into());
        }
        let mut keys = vec![fresh.clone()];
        keys.extend(self.read().iter().cloned());
        self.replace(keys)?;
        let mut reseal = |place: &str, sealed: &Sealed| {
            seal_with(&fresh, place, &self.open_sealed(place, sealed)?)
        };
        let resealed = store.reseal(&mut reseal).await?;
        // Once more: a server that runs beside us may have sealed a value with the old key just
        // before it saw the new one.
        let mut late = |place: &str, sealed: &Sealed| {
            if sealed.key_id()? == fresh.id {
                Ok(sealed.clone())
            } else {
                seal_with(&fresh, place, &self.open_sealed(place, sealed)?)
            }
        };
        store.reseal(&mut late).await?;
        self.replace(vec![fresh])?;
        Ok(resealed)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<SecretKey>> {
        self.keys
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn find(&self, id: [u8; ID_LEN]) -> Option<SecretKey> {
        self.read().iter().find(|key| key.id == id).cloned()
    }

    fn reload(&self) -> Result<(), SecretsError> {
        if let Some(path) = &self.file {
            let keys = read_keys(path)?.ok_or_else(|| file_error(path, &"it is gone"))?;
            *self
                .keys
                .write()
                .unwrap_or_else(std::sync::PoisonError::into_inner) = keys;
        }
        Ok(())
    }

    fn replace(&self, keys: Vec<SecretKey>) -> Result<(), SecretsError> {
        if let Some(path) = &self.file {
            write_key_file(path, &keys)?;
        }
        *self
            .keys
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = keys;
        Ok(())
    }
}

fn seal_with(key: &SecretKey, place: &str, secret: &Secret) -> Result<Sealed, SecretsError> {
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

fn file_error(path: &Path, why: &dyn fmt::Display) -> SecretsError {
    SecretsError::File {
        path: path.display().to_string(),
        why: why.to_string(),
    }
}

/// The keys of the file, one per line, the present one first; `None` where there is no file.
fn read_keys(path: &Path) -> Result<Option<Vec<SecretKey>>, SecretsError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(file_error(path, &error)),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(path)
            .map_err(|error| file_error(path, &error))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            return Err(file_error(path, &"others may read it; expected mode 0600"));
        }
    }
    let keys = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(SecretKey::parse)
        .collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() {
        return Err(file_error(path, &"it holds no key"));
    }
    Ok(Some(keys))
}

fn new_private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn write_beside(path: &Path, keys: &[SecretKey]) -> Result<PathBuf, SecretsError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let write = || -> std::io::Result<()> {
        match std::fs::remove_file(&beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = new_private_file(&beside)?;
        for key in keys {
            writeln!(file, "{}", hex::encode(key.bytes))?;
        }
        file.sync_all()
    };
    write().map_err(|error| file_error(&beside, &error))?;
    Ok(beside)
}

/// Makes the file whole or not at all, and leaves one that is there already as it is.
fn create_key_file(path: &Path, key: &SecretKey) -> Result<(), SecretsError> {
    let beside = write_beside(path, std::slice::from_ref(key))?;
    let linked = std::fs::hard_link(&beside, path);
    let _ = std::fs::remove_file(&beside);
    match linked {
        Ok(()) => sync_folder(path),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(file_error(path, &error)),
    }
}

/// Replaces the file in one step: a crash leaves the old keys or the new ones, never none.
fn write_key_file(path: &Path, keys: &[SecretKey]) -> Result<(), SecretsError> {
    let beside = write_beside(path, keys)?;
    std::fs::rename(&beside, path).map_err(|error| file_error(path, &error))?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> Result<(), SecretsError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| file_error(path, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    const PLACE: &str = "acc_1/agt_1/token";

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("flighting-{name}-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_key_is_hex_or_base64_of_32_bytes() {
        let by_hex = SecretKey::parse(HEX).unwrap();
        for text in [
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
            &format!("  {HEX}\n"),
        ] {
            assert_eq!(
                SecretKey::parse(text).unwrap().bytes,
                by_hex.bytes,
                "{text}"
            );
        }
        for bad in ["", "hunter2", &HEX[2..], &format!("{HEX}00")] {
            let error = SecretKey::parse(bad).err().unwrap().to_string();
            assert!(bad.is_empty() || !error.contains(bad), "{error}");
        }
    }

    #[test]
    fn what_was_sealed_opens_at_its_place_alone() {
        let ring = Keyring::from_text(HEX).unwrap();
        let secret = Secret::new("tok-123");
        let sealed = ring.seal(PLACE, &secret).unwrap();
        assert_eq!(ring.open_sealed(PLACE, &sealed).unwrap(), secret);
        assert!(matches!(
            ring.open_sealed("acc_1/agt_2/token", &sealed),
            Err(SecretsError::Damaged)
        ));
        assert_ne!(ring.seal(PLACE, &secret).unwrap(), sealed, "nonces repeat");
        assert!(!sealed.as_bytes().windows(7).any(|part| part == b"tok-123"));
    }

    #[test]
    fn another_key_or_a_changed_byte_does_not_open() {
        let sealed = Keyring::from_text(HEX)
            .unwrap()
            .seal(PLACE, &Secret::new("tok-123"))
            .unwrap();
        let other = Keyring::ephemeral().unwrap();
        assert!(matches!(
            other.open_sealed(PLACE, &sealed),
            Err(SecretsError::OtherKey(_))
        ));
        let ring = Keyring::from_text(HEX).unwrap();
        for at in 0..sealed.0.len() {
            let mut bytes = sealed.0.clone();
            bytes[at] ^= 1;
            assert!(
                ring.open_sealed(PLACE, &Sealed(bytes)).is_err(),
                "byte {at}"
            );
        }
        for len in 0..sealed.0.len() {
            assert!(
                ring.open_sealed(PLACE, &Sealed(sealed.0[..len].to_vec()))
                    .is_err(),
                "{len} bytes"
            );
        }
    }

    #[test]
    fn nothing_prints_a_secret() {
        let ring = Keyring::from_text(HEX).unwrap();
        let secret = Secret::new("tok-123");
        let sealed = ring.seal(PLACE, &secret).unwrap();
        let printed = format!("{secret:?} {secret} {secret:#?} {sealed:?} {ring:?} {ring:#?}");
        assert!(!printed.contains("tok-123"), "{printed}");
        assert!(!printed.contains("0001"), "{printed}");
        assert!(!printed.contains("1, 2"), "{printed}");
    }

    #[test]
    fn the_key_file_is_made_once_and_private() {
        let folder = folder("keyfile");
        let path = Keyring::file_beside(&folder.join("flighting.db"));
        assert_eq!(path.file_name().unwrap(), "flighting.db.key");
        let sealed = Keyring::from_file(&path)
            .unwrap()
            .seal(PLACE, &Secret::new("tok-123"))
            .unwrap();
        let again = Keyring::open(None, &path).unwrap();
        assert_eq!(
            again.open_sealed(PLACE, &sealed).unwrap().expose(),
            "tok-123"
        );
        assert_eq!(
            std::fs::read_dir(&folder).unwrap().count(),
            1,
            "leftover files"
        );
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(
                Keyring::from_file(&path),
                Err(SecretsError::File { .. })
            ));
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn an_empty_key_file_is_refused_and_kept() {
        let folder = folder("emptykey");
        let path = folder.join("k");
        drop(new_private_file(&path).unwrap());
        assert!(matches!(
            Keyring::from_file(&path),
            Err(SecretsError::File { .. })
        ));
        assert_eq!(std::fs::read(&path).unwrap(), b"");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
