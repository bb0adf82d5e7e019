//! Whose signatures count in AdCP, what an agent says about signed requests, and whether a request
//! of ours has to carry one (adcp.md 3 and 7).

use serde::{Deserialize, Serialize};

use super::operation::Operation;
use super::types::WireSigning;
use crate::signature::{Binary, DigestCover, Profile};

/// What keys must be for: requests and webhooks are signed with the same key, and what a signature
/// is for says its tag.
pub const REQUEST_PURPOSE: &str = "request-signing";

/// Webhooks from sellers, in every release. An older purpose is still taken.
pub const WEBHOOK: Profile = Profile {
    prefix: "webhook",
    tag: "adcp/webhook-signing/v1",
    purposes: &[REQUEST_PURPOSE, "webhook-signing"],
    binary: Binary::Legacy,
    digest: DigestCover::Required,
};

/// Requests to agents of 3.0 and 3.1; whether the content is covered is the agent's wish.
pub const REQUEST_31: Profile = Profile {
    prefix: "request",
    tag: "adcp/request-signing/v1",
    purposes: &[REQUEST_PURPOSE],
    binary: Binary::Legacy,
    digest: DigestCover::Either,
};

/// Requests to agents of 3.2: standard base64, and the content always covered.
pub const REQUEST_32: Profile = Profile {
    binary: Binary::Padded,
    digest: DigestCover::Required,
    ..REQUEST_31
};

/// What an agent says about signed requests.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SigningTerms {
    /// Whether it looks at signatures at all; none: it did not say.
    pub supported: Option<bool>,
    /// Whether they cover the content.
    pub digest: DigestCover,
    /// Tasks it refuses unsigned.
    pub required_for: Vec<String>,
    /// Tasks it would rather see signed.
    pub wanted_for: Vec<String>,
    /// The same for methods below the tasks.
    pub methods_required_for: Vec<String>,
    /// The same for methods below the tasks.
    pub methods_wanted_for: Vec<String>,
    /// Whether it speaks 3.2 and signs as 3.2 does.
    pub is_32: bool,
}

/// Whether a request carries a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It is refused without.
    Required,
    /// It is better with one.
    Wanted,
    /// Nobody looks at one.
    None,
}

impl SigningTerms {
    /// Reads them; `speaks_32` says whether the agent lists 3.2.
    #[must_use]
    pub(super) fn read(wire: WireSigning, speaks_32: bool, pinned_32: bool) -> Self {
        let WireSigning {
            supported,
            covers_content_digest,
            required_for,
            warn_for,
            supported_for,
            protocol_methods_required_for,
            protocol_methods_warn_for,
            protocol_methods_supported_for,
        } = wire;
        let digest = match covers_content_digest.as_deref() {
            Some("required") => DigestCover::Required,
            Some("forbidden") => DigestCover::Forbidden,
            _ => DigestCover::Either,
        };
        let both = |first: Vec<String>, second: Vec<String>| [first, second].concat();
        Self {
            supported,
            digest,
            required_for,
            wanted_for: both(warn_for, supported_for),
            methods_required_for: protocol_methods_required_for,
            methods_wanted_for: both(protocol_methods_warn_for, protocol_methods_supported_for),
            // Who verifies as 3.2 does has to ask for the content's digest; who lists 3.2 beside
            // older releases without asking verifies as they do.
            is_32: pinned_32 || (speaks_32 && digest == DigestCover::Required),
        }
    }

    /// Reads them from the `request_signing` of an agent that speaks 3.2, or of an older one.
    #[must_use]
    pub fn of_capability(capability: serde_json::Value, speaks_32: bool) -> Self {
        let wire = serde_json::from_value(capability).unwrap_or_default();
        Self::read(wire, speaks_32, speaks_32)
    }

    /// Whether no request to the agent carries one, whatever it asks for.
    #[must_use]
    pub fn are_none(&self) -> bool {
        let lists = [
            &self.required_for,
            &self.wanted_for,
            &self.methods_required_for,
            &self.methods_wanted_for,
        ];
        self.supported == Some(false)
            || (self.supported.is_none() && lists.iter().all(|list| list.is_empty()))
    }

    /// Whether a request carries a signature. One that tells a secret has to wherever the agent
    /// looks at signatures, or somebody on the way could put in another.
    #[must_use]
    pub fn need(&self, operation: &Operation) -> Need {
        if self.supported == Some(false) {
            return Need::None;
        }
        let has = |list: &[String], name: Option<&str>| {
            name.is_some_and(|name| list.iter().any(|listed| listed == name))
        };
        let (method, task) = (Some(operation.method.as_str()), operation.task.as_deref());
        let tells = operation.tells_webhook_secret && self.supported == Some(true);
        if has(&self.required_for, task) || has(&self.methods_required_for, method) || tells {
            Need::Required
        } else if has(&self.wanted_for, task) || has(&self.methods_wanted_for, method) {
            Need::Wanted
        } else {
            Need::None
        }
    }

    /// How requests to it are signed.
    #[must_use]
    pub fn profile(&self) -> Profile {
        if self.is_32 {
            REQUEST_32
        } else {
            Profile {
                digest: self.digest,
                ..REQUEST_31
            }
        }
    }
}
