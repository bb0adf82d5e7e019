//! The key file: made once, private, replaced in one step.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::SecretsError;
use super::key::SecretKey;

pub(super) fn file_error(path: &Path, why: &dyn fmt::Display) -> SecretsError {
    SecretsError::File {
        path: path.display().to_string(),
        why: why.to_string(),
    }
}

/// The keys of the file, one per line, the present one first; `None` where there is no file.
pub(super) fn read_keys(path: &Path) -> Result<Option<Vec<SecretKey>>, SecretsError> {
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

pub(super) fn new_private_file(path: &Path) -> std::io::Result<std::fs::File> {
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
pub(super) fn create_key_file(path: &Path, key: &SecretKey) -> Result<(), SecretsError> {
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
pub(super) fn write_key_file(path: &Path, keys: &[SecretKey]) -> Result<(), SecretsError> {
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
