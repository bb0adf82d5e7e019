//! Many media buy statuses into the one we show: the most restrictive (brief; decision 17). The
//! ranking stands here and nowhere else.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::MediaBuyId;
use crate::media_buy::{MediaBuy, MediaBuyStatus};

/// Why a status is the one shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Rule {
    /// It is the most restrictive of those that still matter.
    MostRestrictive,
    /// Every buy has it.
    AllAlike,
    /// No buy is live or needs anything; the least final of the ended ones is shown.
    AllEnded,
}

/// The one status of many buys, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollUp {
    /// The status shown.
    pub status: MediaBuyStatus,
    /// The buy that sets it: of those with this status, the one longest in it.
    pub media_buy_id: MediaBuyId,
    /// Since when that buy has it.
    pub since: DateTime<Utc>,
    /// By which rule.
    pub rule: Rule,
    /// How many buys are in each status, by its word; statuses without a buy are absent.
    pub counts: Vec<(&'static str, u32)>,
}

/// Position in the order of decision 17; 0 is the most restrictive.
fn rank(status: MediaBuyStatus) -> usize {
    MediaBuyStatus::ALL
        .iter()
        .position(|other| *other == status)
        .unwrap_or(MediaBuyStatus::ALL.len())
}

/// The most restrictive status of the buys; `None` where there are none. Order and repeats of the
/// buys change nothing but the counts.
#[must_use]
pub fn roll_up<'a>(buys: impl IntoIterator<Item = &'a MediaBuy>) -> Option<RollUp> {
    roll_up_statuses(
        buys.into_iter()
            .map(|buy| (buy.status, buy.status_since, &buy.id)),
    )
}

/// As [`roll_up`], for what it looks at: each buy's status, since when, and its id.
#[must_use]
pub fn roll_up_statuses<'a>(
    buys: impl IntoIterator<Item = (MediaBuyStatus, DateTime<Utc>, &'a MediaBuyId)>,
) -> Option<RollUp> {
    let entries: Vec<_> = buys.into_iter().collect();
    let (status, since, id) = entries
        .iter()
        .min_by_key(|(status, since, id)| (rank(*status), *since, id.as_str().to_owned()))?;
    let mut counts: Vec<(&'static str, u32)> = Vec::new();
    for (status, _, _) in &entries {
        let word = status.as_str();
        match counts.iter_mut().find(|(other, _)| *other == word) {
            Some((_, count)) => *count += 1,
            None => counts.push((word, 1)),
        }
    }
    let ended = matches!(
        status,
        MediaBuyStatus::Completed | MediaBuyStatus::Canceled | MediaBuyStatus::Archived
    );
    counts.sort_unstable();
    let rule = match (counts.len(), ended) {
        (1, _) => Rule::AllAlike,
        (_, true) => Rule::AllEnded,
        (_, false) => Rule::MostRestrictive,
    };
    Some(RollUp {
        status: *status,
        media_buy_id: (*id).clone(),
        since: *since,
        rule,
        counts,
    })
}
