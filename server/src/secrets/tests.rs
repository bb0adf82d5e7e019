use std::path::PathBuf;

use super::file::new_private_file;
use super::key::SecretKey;
use super::*;

const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const PLACE: &str = "acc_1/agt_1/token";

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("flighting-{name}-{}", uuid::Uuid::new_v4()));
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
