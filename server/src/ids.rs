//! Fresh ids: a prefix and a time-ordered part (decision 24), so that rows made later sort later.

use flighting_core::ids::{
    AdvertiserId, AgentId, CampaignId, CapId, DiscoveryId, Ids, MediaBuyId, PackageId,
};
use uuid::Uuid;

/// Makes ids nobody had before. Ids of one process ascend.
#[derive(Debug, Clone, Copy, Default)]
pub struct IdSource;

/// A time-ordered text that no other call returns: 32 of `[0-9a-f]`.
fn fresh() -> String {
    Uuid::now_v7().simple().to_string()
}

/// The id of a prefix. Every fresh text fits, so the first turn returns.
fn make<T>(prefix: &str, parse: impl Fn(&str) -> Option<T>) -> T {
    loop {
        if let Some(id) = parse(&format!("{prefix}{}", fresh())) {
            return id;
        }
    }
}

impl IdSource {
    /// An advertiser.
    #[must_use]
    pub fn advertiser(self) -> AdvertiserId {
        make(AdvertiserId::PREFIX, AdvertiserId::parse)
    }

    /// A campaign.
    #[must_use]
    pub fn campaign(self) -> CampaignId {
        make(CampaignId::PREFIX, CampaignId::parse)
    }

    /// A sales agent.
    #[must_use]
    pub fn agent(self) -> AgentId {
        make(AgentId::PREFIX, AgentId::parse)
    }

    /// A discovery session.
    #[must_use]
    pub fn discovery(self) -> DiscoveryId {
        make(DiscoveryId::PREFIX, DiscoveryId::parse)
    }

    /// A frequency cap.
    #[must_use]
    pub fn cap(self) -> CapId {
        make(CapId::PREFIX, CapId::parse)
    }

    /// Something that has no id type of its own, such as a submission or a request.
    #[must_use]
    pub fn other(self, prefix: &str) -> String {
        format!("{prefix}{}", fresh())
    }

    /// An idempotency key for a seller: a random UUID, so that nobody can guess the next.
    #[must_use]
    pub fn idempotency_key(self) -> String {
        Uuid::new_v4().to_string()
    }
}

impl Ids for IdSource {
    fn media_buy(&mut self) -> MediaBuyId {
        make(MediaBuyId::PREFIX, MediaBuyId::parse)
    }

    fn package(&mut self) -> PackageId {
        make(PackageId::PREFIX, PackageId::parse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend_and_never_repeat() {
        let mut ids = IdSource;
        let made: Vec<String> = (0..1_000).map(|_| ids.package().to_string()).collect();
        assert!(made.is_sorted());
        let distinct: std::collections::BTreeSet<&String> = made.iter().collect();
        assert_eq!(distinct.len(), made.len());
    }
}
