//! Campaigns that were read or written lately, parsed. A campaign with hundreds of packages takes
//! milliseconds to parse; the row version tells whether the parsed one still holds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use flighting_core::campaign::Campaign;
use flighting_core::ids::CampaignId;

/// Stored bytes of all that is kept; parsed they take two to three times that.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// And never more than this many, so that finding the oldest stays cheap.
const MOST: usize = 256;

#[derive(Debug, Default)]
pub(super) struct CampaignCache {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    campaigns: HashMap<CampaignId, Entry>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    campaign: Arc<Campaign>,
    version: i64,
    bytes: usize,
    used: u64,
}

impl CampaignCache {
    /// The campaign, if it is kept in exactly this version. Whose it is was asked before: the
    /// version comes from a row of the owner.
    pub(super) fn get(&self, id: &CampaignId, version: i64) -> Option<Arc<Campaign>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let clock = kept.clock;
        let entry = kept
            .campaigns
            .get_mut(id)
            .filter(|entry| entry.version == version)?;
        entry.used = clock;
        Some(Arc::clone(&entry.campaign))
    }

    /// Keeps a campaign, unless a later version is kept already; what was not used for longest
    /// makes room.
    pub(super) fn put(&self, campaign: Arc<Campaign>, version: i64, bytes: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let id = campaign.id().clone();
        if kept
            .campaigns
            .get(&id)
            .is_some_and(|entry| entry.version >= version)
        {
            return;
        }
        if let Some(old) = kept.campaigns.remove(&id) {
            kept.bytes -= old.bytes;
        }
        if bytes > MOST_BYTES {
            return;
        }
        while kept.campaigns.len() >= MOST || kept.bytes + bytes > MOST_BYTES {
            let oldest = kept
                .campaigns
                .iter()
                .min_by_key(|(_, entry)| entry.used)
                .map(|(id, _)| id.clone());
            let Some(old) = oldest.and_then(|id| kept.campaigns.remove(&id)) else {
                break;
            };
            kept.bytes -= old.bytes;
        }
        kept.clock += 1;
        let used = kept.clock;
        kept.bytes += bytes;
        kept.campaigns.insert(
            id,
            Entry {
                campaign,
                version,
                bytes,
                used,
            },
        );
    }
}
