//! Taking in what sellers report as delivered (decision 2: cumulative figures replace, they never
//! add).

use chrono::{DateTime, Utc};

use crate::campaign::Campaign;
use crate::delivery::Delivery;
use crate::ids::MediaBuyId;

/// What a seller reports of one of its packages, since the package began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedPackage {
    /// The seller's id of the package.
    pub seller_package_id: String,
    /// Everything delivered so far.
    pub delivery: Delivery,
}

/// Replaces the figures of a buy's packages. Packages that the report leaves out keep theirs, and
/// figures in another currency are left out. `true` when anything changed; plan amounts never do.
pub fn deliver(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    reported: &[ReportedPackage],
    now: DateTime<Utc>,
) -> bool {
    let currency = campaign.currency();
    let Some(buy) = campaign.buy_mut(id) else {
        return false;
    };
    let mut changed = false;
    for package in &mut buy.packages {
        let latest = reported.iter().find(|reported| {
            Some(&reported.seller_package_id) == package.seller_package_id.as_ref()
                && reported.delivery.spend.currency() == currency
        });
        if let Some(latest) = latest
            && package.delivery != Some(latest.delivery)
        {
            package.delivery = Some(latest.delivery);
            changed = true;
        }
    }
    if changed {
        buy.updated_at = now;
    }
    changed
}
