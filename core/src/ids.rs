//! Identifiers: ours carry a prefix and a time-ordered part made by the caller; sellers' are
//! opaque text.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! own_id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind begins with.
            pub const PREFIX: &'static str = $prefix;

            /// Reads an id: the prefix, then 1 to 60 of `[A-Za-z0-9_-]`. `None` for all else.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let rest = text.strip_prefix($prefix)?;
                let fits = (1..=60).contains(&rest.len())
                    && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
                fits.then(|| Self(text.to_owned()))
            }

            /// The id's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text).ok_or_else(|| format!(concat!("expected an id that begins with `", $prefix, "`, got `{}`"), text))
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

own_id!(/// An advertiser.
    AdvertiserId, "adv_");
own_id!(/// A campaign.
    CampaignId, "cmp_");
own_id!(/// A media buy of ours.
    MediaBuyId, "mb_");
own_id!(/// A package of ours.
    PackageId, "pkg_");
own_id!(/// A sales agent, as registered by its account.
    AgentId, "agt_");
own_id!(/// A discovery session.
    DiscoveryId, "dsc_");
own_id!(/// An audience.
    AudienceId, "aud_");
own_id!(/// A frequency cap.
    CapId, "cap_");

/// A seller's id of a product: 1 to 255 characters, opaque.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProductId(pub String);

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What makes a selected product one: the agent that offers it and its id there (decision 13).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProductKey {
    /// The agent that sells it.
    pub agent_id: AgentId,
    /// Its id at that agent.
    pub product_id: ProductId,
}

/// Where fresh ids come from. Core makes none: time and chance are the caller's.
pub trait Ids {
    /// A media buy id nobody had before.
    fn media_buy(&mut self) -> MediaBuyId;
    /// A package id nobody had before.
    fn package(&mut self) -> PackageId;
}

/// Counting ids for previews and tests: `mb_1`, `pkg_1`, and so on. Never stored.
#[derive(Debug, Default, Clone)]
pub struct Numbered {
    buys: u64,
    packages: u64,
    caps: u64,
}

impl Numbered {
    /// A cap id.
    pub fn cap(&mut self) -> CapId {
        self.caps += 1;
        CapId(format!("cap_{}", self.caps))
    }
}

impl Ids for Numbered {
    fn media_buy(&mut self) -> MediaBuyId {
        self.buys += 1;
        MediaBuyId(format!("mb_{}", self.buys))
    }

    fn package(&mut self) -> PackageId {
        self.packages += 1;
        PackageId(format!("pkg_{}", self.packages))
    }
}
