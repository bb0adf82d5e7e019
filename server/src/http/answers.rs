//! Answers about campaigns, written once for each version of what they say. One with hundreds of
//! packages is hundreds of kilobytes: building and writing it anew at each look costs more than
//! all the rest of the request.

use axum::body::Bytes;
use flighting_core::ids::CampaignId;

use crate::kept::Kept;
use crate::store::CampaignVersions;

/// All that is kept, in bytes.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// And at most so many answers.
const MOST: usize = 256;

/// Written answers to `GET /campaigns/{id}`, by campaign. An answer depends on the campaign, its
/// advertiser and its discovery session, and on nothing else: what else it were to say, such as
/// the time, would have to be part of [`CampaignVersions`].
#[derive(Debug)]
pub struct Answers(Kept<CampaignId, CampaignVersions, Bytes>);

impl Default for Answers {
    fn default() -> Self {
        Self(Kept::within(MOST_BYTES, MOST))
    }
}

impl Answers {
    /// The answer, if it was written for exactly these versions. Whose campaign it is was asked
    /// before: the versions come from rows of the owner.
    pub(super) fn get(&self, campaign: &CampaignId, versions: &CampaignVersions) -> Option<Bytes> {
        self.0.get(campaign, versions)
    }

    /// Keeps an answer. The versions are those from before the rows were read: should a row have
    /// moved in between, nobody asks for these versions any more.
    pub(super) fn put(&self, campaign: CampaignId, versions: CampaignVersions, answer: Bytes) {
        let bytes = answer.len();
        self.0.put(campaign, versions, answer, bytes);
    }
}
