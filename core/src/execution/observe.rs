//! A buy as its seller holds it, taken in: packages matched, the status moved where that is legal
//! (decisions 15, 18, 19; contract 12.2), and wishes confirmed.

use chrono::{DateTime, Utc};

use super::answer::{FollowUp, SellerBuy, SellerCreatives, SellerPackage, WishAnswer};
use crate::campaign::Campaign;
use crate::change::{self, ChangeAnswer, ChangeOutcome, Seen};
use crate::ids::MediaBuyId;
use crate::media_buy::{
    BuyFlag, ChangeState, MediaBuy, MediaBuyStatus, Package, PackageStatus, PendingReason,
    SellerBuyStatus, StartTime, SubmissionState, Wish,
};

/// A poll or message about a buy that its seller holds. What is late or illegal changes nothing.
/// The answer says what to do next; `None` when nothing.
pub fn observe(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    seller: &SellerBuy,
    now: DateTime<Utc>,
) -> Option<FollowUp> {
    let buy = campaign.buy(id)?;
    if buy.status.has_ended() || buy.submission == SubmissionState::Open {
        return None;
    }
    let known = buy.seller.media_buy_id.as_ref();
    if known.is_some_and(|known| *known != seller.media_buy_id) {
        // Asked before the buy was placed anew: another buy of the seller's.
        return None;
    }
    // A change whose answer is on its way is settled by that answer.
    let shows = buy.undecided_change().filter(|change| {
        matches!(
            change.state,
            ChangeState::Silent | ChangeState::Submitted | ChangeState::Held
        ) && change::seen(buy, change, seller) == Seen::Applied
    });
    if let Some(number) = shows.map(|change| change.number) {
        let outcome = ChangeOutcome {
            media_buy_id: id.clone(),
            number,
            answer: ChangeAnswer::Applied(Box::new(seller.clone())),
        };
        change::settle_change(campaign, &outcome, now);
    }
    let buy = campaign.buy_mut(id)?;
    if buy.status.has_ended() {
        return None;
    }
    buy.submission = SubmissionState::Closed;
    if !buy.is_changing() {
        buy.needs_person = None;
    }
    let follow_up = take_in(buy, seller, now);
    campaign.settle_pending_plan(now);
    follow_up
}

/// Takes in the seller's picture of a buy: packages, status, and what follows.
pub(super) fn take_in(
    buy: &mut MediaBuy,
    seller: &SellerBuy,
    now: DateTime<Utc>,
) -> Option<FollowUp> {
    let SellerBuy {
        media_buy_id,
        status,
        confirmed,
        revision,
        valid_actions,
        packages,
        creatives,
        message,
        end: _,
    } = seller;
    let before = buy.clone();
    buy.seller.media_buy_id = Some(media_buy_id.clone());
    buy.seller.open_task = None;
    buy.seller.adcp_status = Some(status.as_str().to_owned());
    buy.seller.confirmed = *confirmed;
    if revision.is_some() {
        buy.seller.revision = *revision;
    }
    buy.seller.valid_actions.clone_from(valid_actions);
    if message.is_some() {
        buy.seller.message.clone_from(message);
    }
    if buy.seller.task_id.is_some() {
        buy.seller.task_status = Some("completed".to_owned());
    }
    buy.seller.creatives_in_review = creatives.in_review;
    let held = buy
        .packages
        .iter()
        .filter(|package| !package.was_never_held());
    let first_sight = held.clone().next().is_some()
        && held
            .clone()
            .all(|package| package.seller_package_id.is_none());
    match packages {
        Some(packages) => {
            let agrees = match_packages(buy, packages);
            buy.flag(BuyFlag::PackagesDiffer, !agrees);
        }
        None if first_sight => buy.flag(BuyFlag::PackagesDiffer, true),
        None => {}
    }
    let follow_up = if buy.flags.contains(&BuyFlag::PackagesDiffer)
        && (first_sight || buy.status.is_waiting())
    {
        // The seller holds something else than we sent: a person has to look (decision 15).
        buy.move_to(MediaBuyStatus::PendingApproval, now);
        buy.wait_for(Some(PendingReason::PackagesDiffer), now);
        Some(FollowUp::Poll(buy.id.clone()))
    } else {
        move_by(buy, seller, now)
    };
    if *buy != before {
        buy.updated_at = now;
    }
    let held = buy
        .undecided_change()
        .is_some_and(|change| change.state == ChangeState::Held);
    if held && !buy.status.has_ended() {
        // An end that waited for the seller's yes goes out before anything else.
        return Some(FollowUp::SendChange(buy.id.clone()));
    }
    follow_up
}

/// Gives our packages the seller's ids: by echoed context, else by order when count and products
/// agree (decision 15). `false` where they cannot be matched or a budget differs. What an
/// undecided change asks for is no difference.
fn match_packages(buy: &mut MediaBuy, theirs: &[SellerPackage]) -> bool {
    let Some(matched) = matched(buy, theirs) else {
        return false;
    };
    let proposed: Vec<_> = buy
        .packages
        .iter()
        .map(|package| {
            let change = buy.undecided_change()?;
            change.proposal.package(&package.id)?.budget
        })
        .collect();
    let mut agrees = true;
    for ((ours, their), proposed) in buy.packages.iter_mut().zip(matched).zip(proposed) {
        let Some(their) = their else { continue };
        ours.seller_package_id = Some(their.seller_package_id.clone());
        if ours.status == PackageStatus::Canceled && !their.canceled {
            // An end is for good: one that goes on at its seller is for a person to look at.
            ours.seller_budget = their.budget;
            agrees = false;
            continue;
        }
        ours.seller_budget = their.budget.filter(|budget| *budget != ours.budget);
        ours.status = match (their.canceled, their.paused) {
            (true, _) => PackageStatus::Canceled,
            (false, true) => PackageStatus::Paused,
            (false, false) => PackageStatus::Active,
        };
        agrees &= ours.seller_budget.is_none() || ours.seller_budget == proposed;
    }
    agrees
}

/// The seller's package of each of ours. None when one has no counterpart, or the seller has one
/// too many; a cancelled one may be missing, and one that an undecided change adds may be there.
fn matched<'a>(
    buy: &MediaBuy,
    theirs: &'a [SellerPackage],
) -> Option<Vec<Option<&'a SellerPackage>>> {
    let mut left: Vec<&SellerPackage> = theirs.iter().collect();
    let mut take = |found: &dyn Fn(&SellerPackage) -> bool| {
        let place = left.iter().position(|their| found(their))?;
        Some(left.remove(place))
    };
    let mut matched: Vec<Option<&SellerPackage>> = buy
        .packages
        .iter()
        .map(|ours| match &ours.seller_package_id {
            Some(id) => take(&|their| their.seller_package_id == *id),
            None => take(&|their| their.our_package_id.as_ref() == Some(&ours.id)),
        })
        .collect();
    let fresh = |ours: &Package| ours.seller_package_id.is_none() && !ours.was_never_held();
    let unmatched = buy
        .packages
        .iter()
        .zip(&matched)
        .filter(|(ours, their)| their.is_none() && fresh(ours))
        .count();
    let added = buy
        .undecided_change()
        .map_or(0, |change| change.proposal.new_packages.len());
    if unmatched > 0 && left.len() == unmatched {
        for (ours, place) in buy.packages.iter().zip(&mut matched) {
            if place.is_none() && fresh(ours) {
                let their = left.remove(0);
                let agree = their
                    .product_id
                    .as_ref()
                    .is_none_or(|product| *product == ours.product_id);
                if !agree {
                    return None;
                }
                *place = Some(their);
            }
        }
    }
    let complete = buy
        .packages
        .iter()
        .zip(&matched)
        .all(|(ours, their)| their.is_some() || ours.status == PackageStatus::Canceled);
    let extra = left.iter().filter(|their| !their.canceled).count();
    (complete && extra <= added).then_some(matched)
}

/// The one table from the seller's state of a buy to ours (contract 12.2, decision 18); `None` for
/// words we do not know.
fn shown(
    buy: &MediaBuy,
    seller: &SellerBuy,
    now: DateTime<Utc>,
) -> Option<(MediaBuyStatus, Option<PendingReason>)> {
    use MediaBuyStatus as S;
    use PendingReason as P;
    Some(match (&seller.status, seller.confirmed) {
        (SellerBuyStatus::PendingCreatives | SellerBuyStatus::PendingStart, false) => {
            (S::PendingApproval, Some(P::AwaitingStorefrontApproval))
        }
        (SellerBuyStatus::PendingCreatives, true) => {
            let (status, reason) = by_creatives(seller.creatives);
            (status, Some(reason))
        }
        (SellerBuyStatus::PendingStart, true) => {
            let begun = match buy.start {
                StartTime::Asap => true,
                StartTime::At(at) => at <= now,
            };
            let reason = if begun {
                P::AcceptedAwaitingTrafficking
            } else {
                P::ScheduledNotStarted
            };
            (S::Active, Some(reason))
        }
        (SellerBuyStatus::Active, _) => (S::Active, None),
        (SellerBuyStatus::Paused, _) => (S::Paused, None),
        (SellerBuyStatus::Completed, _) => (S::Completed, None),
        (SellerBuyStatus::Rejected, _) => (S::Rejected, None),
        (SellerBuyStatus::Canceled, _) => (S::Canceled, None),
        (SellerBuyStatus::Unknown(_), _) => return None,
    })
}

/// What a confirmed buy waits for that the seller calls `pending_creatives`: for us, unless it has
/// creatives and has turned none down (contract 12.2).
fn by_creatives(creatives: SellerCreatives) -> (MediaBuyStatus, PendingReason) {
    use MediaBuyStatus as S;
    use PendingReason as P;
    let SellerCreatives {
        assigned,
        in_review,
        approved,
        partly_approved,
        rejected,
    } = creatives;
    if rejected > 0 {
        (S::InputRequired, P::SourceRejectedCreatives)
    } else if in_review > 0 {
        (S::PendingApproval, P::AwaitingSourceModeration)
    } else if partly_approved > 0 {
        (S::PendingApproval, P::AwaitingCreativeApproval)
    } else if approved > 0 {
        (S::PendingApproval, P::AcceptedAwaitingTrafficking)
    } else if assigned > 0 {
        (S::PendingApproval, P::CreativeProcessingAtSource)
    } else {
        (S::InputRequired, P::NoCreativesAttached)
    }
}

pub(crate) fn move_by(
    buy: &mut MediaBuy,
    seller: &SellerBuy,
    now: DateTime<Utc>,
) -> Option<FollowUp> {
    let status = &seller.status;
    let Some((target, reason)) = shown(buy, seller, now) else {
        // It is placed, in a state we have no word for: waiting, if nothing better is known.
        if buy.status == MediaBuyStatus::Draft {
            buy.move_to(MediaBuyStatus::PendingApproval, now);
            buy.wait_for(Some(PendingReason::AwaitingStorefrontApproval), now);
        }
        return Some(FollowUp::Poll(buy.id.clone()));
    };
    match (buy.status, target) {
        // A confirmed pause of ours is never undone by a poll (decision 19).
        (MediaBuyStatus::Paused, MediaBuyStatus::Active)
            if buy.should_be_paused() && buy.wish != Some(Wish::Resume) =>
        {
            let reported_active = *status == SellerBuyStatus::Active;
            buy.flag(BuyFlag::SellerReportsActive, reported_active);
            if reported_active {
                buy.wish = Some(Wish::Pause);
                return Some(FollowUp::SendWish(buy.id.clone()));
            }
        }
        (MediaBuyStatus::Paused, MediaBuyStatus::Active) => {
            buy.move_to(MediaBuyStatus::Active, now);
            buy.wish = None;
            buy.flag(BuyFlag::SellerReportsActive, false);
            buy.wait_for(reason, now);
        }
        (_, MediaBuyStatus::Active) => {
            buy.move_to(MediaBuyStatus::Active, now);
            if buy.status == MediaBuyStatus::Active {
                buy.wait_for(reason, now);
                if buy.should_be_paused() {
                    // Approved while held: paused at once (decision 19).
                    buy.wish = Some(Wish::Pause);
                    return Some(FollowUp::SendWish(buy.id.clone()));
                }
            }
        }
        (_, MediaBuyStatus::Paused) => {
            if buy.wish == Some(Wish::Resume) && buy.status == MediaBuyStatus::Active {
                // A pause that arrived although it was taken back: run again.
                return Some(FollowUp::SendWish(buy.id.clone()));
            }
            let paused =
                buy.move_to(MediaBuyStatus::Paused, now) || buy.status == MediaBuyStatus::Paused;
            if paused {
                if buy.wish == Some(Wish::Pause) {
                    buy.wish = None;
                }
                buy.flag(BuyFlag::SellerReportsActive, false);
                buy.wait_for(None, now);
                if buy.wish == Some(Wish::Resume) {
                    return Some(FollowUp::SendWish(buy.id.clone()));
                }
            }
        }
        (_, target) => {
            if buy.status == target || buy.move_to(target, now) {
                buy.wait_for(reason, now);
            }
        }
    }
    (!buy.status.has_ended()).then(|| FollowUp::Poll(buy.id.clone()))
}

/// Applies the answer to a wish, if the wish still is the latest (decision 19). `true` when it is
/// confirmed now.
pub fn answer_wish(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    wish: Wish,
    answer: &WishAnswer,
    now: DateTime<Utc>,
) -> bool {
    let Some(buy) = campaign.buy_mut(id) else {
        return false;
    };
    match answer {
        WishAnswer::NotConfirmed(error) => {
            if buy.wish == Some(wish) {
                buy.failure = Some(error.clone());
                buy.updated_at = now;
            }
            false
        }
        WishAnswer::Confirmed { revision } => {
            if revision.is_some() {
                buy.seller.revision = *revision;
            }
            buy.updated_at = now;
            let target = match wish {
                Wish::Pause => MediaBuyStatus::Paused,
                Wish::Resume => MediaBuyStatus::Active,
            };
            // The seller is in that state now, whatever is wished for since.
            if buy.status != target && !buy.move_to(target, now) {
                return false;
            }
            if buy.wish == Some(wish) {
                buy.wish = None;
                buy.failure = None;
            }
            if wish == Wish::Resume {
                buy.flag(BuyFlag::SellerReportsActive, false);
            }
            true
        }
    }
}
