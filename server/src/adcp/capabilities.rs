//! What an agent says it can do, as far as buying depends on it.

use serde::{Deserialize, Serialize};

use super::signing::SigningTerms;
use super::types::{WireAdcp, WireCapabilities};
use super::version::{Dialect, MAJOR, Version};

/// An agent's capabilities, as last asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// The release we speak with it.
    pub dialect: Dialect,
    /// The releases it lists; empty when it lists none.
    pub supported_versions: Vec<String>,
    /// Its protocols, `media_buy` among them.
    pub protocols: Vec<String>,
    /// Its specialisms, such as `sales-guaranteed`.
    pub specialisms: Vec<String>,
    /// How long it answers a repeated key with the first answer, in seconds; none: never declared,
    /// or not at all. Nothing may be replayed then.
    pub replay_ttl_s: Option<u64>,
    /// Whether accounts are the seller's and found by `list_accounts`.
    pub require_operator_auth: bool,
    /// Who may be billed, in the seller's order.
    pub supported_billing: Vec<String>,
    /// Pricing models it sells by.
    pub pricing_models: Vec<String>,
    /// Which requests carry a signature, and how.
    #[serde(default)]
    pub signing: SigningTerms,
}

/// Why capabilities are not ours to work with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Incompatible {
    /// No AdCP part, or another major version.
    #[error("expected an agent of AdCP 3, got one of {0}")]
    Major(String),
    /// None of the releases we speak.
    #[error("expected an agent that speaks AdCP 3.0, 3.1 or 3.2, got {0}")]
    Release(String),
    /// It sells nothing.
    #[error("expected an agent that sells media buys, got one for {0}")]
    NoMediaBuys(String),
}

impl Capabilities {
    /// Reads them.
    ///
    /// # Errors
    /// [`Incompatible`].
    pub fn read(wire: WireCapabilities) -> Result<Self, Incompatible> {
        let WireCapabilities {
            adcp,
            supported_protocols,
            account,
            media_buy,
            specialisms,
            request_signing,
        } = wire;
        let Some(WireAdcp {
            major_versions,
            supported_versions,
            idempotency,
        }) = adcp
        else {
            return Err(Incompatible::Major("no declared version".to_owned()));
        };
        if !major_versions.is_empty() && !major_versions.contains(&u64::from(MAJOR)) {
            let list = major_versions
                .iter()
                .map(u64::to_string)
                .collect::<Vec<_>>()
                .join(", ");
            return Err(Incompatible::Major(format!("AdCP {list}")));
        }
        let dialect = Dialect::negotiate(supported_versions.as_deref()).map_err(|list| {
            Incompatible::Release(if list.is_empty() {
                "an empty list".to_owned()
            } else {
                list.join(", ")
            })
        })?;
        if !supported_protocols.is_empty()
            && !supported_protocols
                .iter()
                .any(|protocol| protocol.replace('-', "_") == "media_buy")
        {
            return Err(Incompatible::NoMediaBuys(supported_protocols.join(", ")));
        }
        let speaks_32 = supported_versions
            .iter()
            .flatten()
            .any(|text| Version::parse(text) == Some(Version::V3_2));
        Ok(Self {
            signing: SigningTerms::read(request_signing, speaks_32, dialect.pin == Version::V3_2),
            dialect,
            supported_versions: supported_versions.unwrap_or_default(),
            protocols: supported_protocols,
            specialisms,
            replay_ttl_s: idempotency
                .replay_ttl_seconds
                .filter(|_| idempotency.supported != Some(false)),
            require_operator_auth: account.require_operator_auth,
            supported_billing: account.supported_billing,
            pricing_models: media_buy.supported_pricing_models,
        })
    }

    /// Who is billed: the operator where the seller allows it, then the agent, then the
    /// advertiser.
    #[must_use]
    pub fn billing(&self) -> &str {
        ["operator", "agent", "advertiser"]
            .into_iter()
            .find(|party| {
                self.supported_billing
                    .iter()
                    .any(|supported| supported == party)
            })
            .unwrap_or("operator")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: serde_json::Value) -> Result<Capabilities, Incompatible> {
        Capabilities::read(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn sellers_of_other_worlds_are_told_apart() {
        assert!(matches!(read(json!({})), Err(Incompatible::Major(_))));
        assert!(matches!(
            read(json!({"adcp": {"major_versions": [2]}})),
            Err(Incompatible::Major(_))
        ));
        assert!(matches!(
            read(json!({"adcp": {"major_versions": [3], "supported_versions": ["4.0"]}})),
            Err(Incompatible::Release(_))
        ));
        assert!(matches!(
            read(json!({"adcp": {"major_versions": [3]}, "supported_protocols": ["signals"]})),
            Err(Incompatible::NoMediaBuys(_))
        ));
    }

    #[test]
    fn a_replay_window_counts_only_when_it_is_declared_and_supported() {
        let ttl = |idempotency| {
            read(json!({"adcp": {"major_versions": [3.0], "idempotency": idempotency}, "supported_protocols": ["media_buy"]}))
                .unwrap()
                .replay_ttl_s
        };
        assert_eq!(
            ttl(json!({"supported": true, "replay_ttl_seconds": 86400})),
            Some(86_400)
        );
        assert_eq!(ttl(json!({"replay_ttl_seconds": 3600.0})), Some(3600));
        assert_eq!(
            ttl(json!({"supported": false, "replay_ttl_seconds": 86400})),
            None
        );
        assert_eq!(ttl(json!({"supported": true})), None);
        assert_eq!(ttl(json!(null)), None);
    }
}
