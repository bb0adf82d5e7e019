//! Digests of contents (RFC 9530): SHA-256, and SHA-512 where it stands beside it.

use sha2::{Digest, Sha256, Sha512};

use super::Binary;
use super::field::{Bare, Dictionary, Member, dictionary};

/// A Content-Digest header that could be read.
#[derive(Debug, Clone)]
pub(super) struct ContentDigest(Dictionary);

impl ContentDigest {
    /// Reads the header; every value must be binary, and one must be of an algorithm we know.
    pub(super) fn parse(text: &str, binary: Binary) -> Option<Self> {
        let members = dictionary(text)?;
        let all_binary = members.iter().all(|(_, member)| {
            matches!(member, Member::Item(Bare::Bytes(bytes), _) if binary.decode(bytes).is_some())
        });
        let known = members
            .iter()
            .any(|(name, _)| matches!(name.as_str(), "sha-256" | "sha-512"));
        (all_binary && known).then_some(Self(members))
    }

    /// Whether every digest that we can compute is the content's.
    pub(super) fn fits(&self, body: &[u8], binary: Binary) -> bool {
        self.0.iter().all(|(name, member)| {
            let Member::Item(Bare::Bytes(bytes), _) = member else {
                return false;
            };
            let told = binary.decode(bytes).unwrap_or_default();
            match name.as_str() {
                "sha-256" => told == Sha256::digest(body).as_slice(),
                "sha-512" => told == Sha512::digest(body).as_slice(),
                // Of old algorithms we can say nothing; one we know stands beside them.
                _ => true,
            }
        })
    }
}

/// The header for a content.
pub(super) fn content_digest(body: &[u8], binary: Binary) -> String {
    format!("sha-256=:{}:", binary.encode(&Sha256::digest(body)))
}
