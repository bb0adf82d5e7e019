//! The keys at hand, and changing them under what is stored.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::RwLock;

use super::file::{create_key_file, file_error, read_keys, write_key_file};
use super::key::{SecretKey, open_with, seal_with};
use super::{ID_LEN, Sealed, Secret, SecretsError};
use crate::store::{Store, StoreError};

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
        open_with(&key, place, sealed)
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
