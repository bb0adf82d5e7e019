//! Whether a seller's picture of a buy shows a change applied (decision 15): what is seen may
//! settle a change that was never answered.

use crate::execution::SellerBuy;
use crate::media_buy::{MediaBuy, PendingChange, SellerBuyStatus};

/// What a picture shows of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// All of it is there.
    Applied,
    /// The buy is as it was when the change was sent, or all that can be compared is otherwise.
    NotApplied,
    /// It does not say: nothing can be compared, or some of it is there and some is not.
    Unclear,
}

/// What the seller's picture says of a change of the buy. A change is all or nothing, so every
/// value that can be compared must agree.
#[must_use]
pub fn seen(buy: &MediaBuy, change: &PendingChange, seller: &SellerBuy) -> Seen {
    let untouched = change.base_revision.is_some() && change.base_revision == seller.revision;
    let not_there = if untouched {
        Seen::NotApplied
    } else {
        Seen::Unclear
    };
    let proposal = &change.proposal;
    if proposal.cancels {
        return if seller.status == SellerBuyStatus::Canceled {
            Seen::Applied
        } else {
            Seen::NotApplied
        };
    }
    let mut agree = 0_u32;
    let mut differ = false;
    let mut compare = |same: bool| {
        if same {
            agree = agree.saturating_add(1);
        } else {
            differ = true;
        }
    };
    if let (Some(end), Some(theirs)) = (proposal.end, seller.end) {
        compare(end == theirs);
    }
    let theirs = seller.packages.as_deref().unwrap_or_default();
    for package in &proposal.packages {
        let Some(ours) = buy.packages.iter().find(|ours| ours.id == package.id) else {
            continue;
        };
        let Some(their) = theirs
            .iter()
            .find(|their| Some(&their.seller_package_id) == ours.seller_package_id.as_ref())
        else {
            // A seller may leave a cancelled package out of its list.
            if package.cancels && seller.packages.is_some() {
                compare(true);
            }
            continue;
        };
        if package.cancels {
            compare(their.canceled);
            continue;
        }
        if let (Some(budget), Some(held)) = (package.budget, their.budget) {
            compare(budget == held);
        }
        if let (Some(bid), Some(held)) = (package.bid, their.bid) {
            compare(bid == held);
        }
        if let (Some(end), Some(held)) = (package.end, their.end) {
            compare(end == held);
        }
    }
    if !proposal.new_packages.is_empty() && seller.packages.is_some() {
        let known = |id: &str| {
            buy.packages
                .iter()
                .any(|ours| ours.seller_package_id.as_deref() == Some(id))
        };
        let mut unknown: Vec<_> = theirs
            .iter()
            .filter(|their| !known(&their.seller_package_id) && !their.canceled)
            .collect();
        let all = proposal.new_packages.iter().all(|new| {
            let place = unknown
                .iter()
                .position(|their| their.our_package_id.as_ref() == Some(&new.id))
                .or_else(|| {
                    unknown.iter().position(|their| {
                        their.our_package_id.is_none()
                            && their
                                .product_id
                                .as_ref()
                                .is_none_or(|product| *product == new.product_id)
                            && their.budget.is_none_or(|budget| budget == new.budget)
                    })
                });
            place.map(|place| unknown.remove(place)).is_some()
        });
        compare(all);
    }
    match (agree, differ) {
        (0, true) => Seen::NotApplied,
        (0, false) | (_, true) => not_there,
        (_, false) => Seen::Applied,
    }
}
