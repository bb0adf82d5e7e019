//! What sellers said to changes, turned into live values (contract 9.3, decisions 15 and 20).

use chrono::{DateTime, Utc};

use crate::campaign::Campaign;
use crate::execution::{FollowUp, SellerBuy, SellerTask, launched, move_by};
use crate::ids::MediaBuyId;
use crate::media_buy::{
    BuyFlag, ChangeKind, ChangeState, MediaBuy, MediaBuyStatus, Proposal, SellerBuyStatus,
    SellerError,
};

/// What a seller said to a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeAnswer {
    /// Done: the buy as far as the seller tells, with the packages it changed.
    Applied(Box<SellerBuy>),
    /// The seller decides later.
    Submitted(SellerTask),
    /// The seller said no, or the request provably never left us: nothing changed.
    Refused(SellerError),
    /// The task that decides about it was called off: nothing changed.
    Expired(SellerError),
    /// It may have been applied: nobody knows yet.
    Silent(String),
}

/// What came back for the change of one buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeOutcome {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// Which of its changes.
    pub number: u32,
    /// The answer.
    pub answer: ChangeAnswer,
}

/// Applies an answer to its change, if that is still the latest and undecided. Settling twice
/// changes nothing more.
pub fn settle_change(
    campaign: &mut Campaign,
    outcome: &ChangeOutcome,
    now: DateTime<Utc>,
) -> Vec<FollowUp> {
    let ChangeOutcome {
        media_buy_id,
        number,
        answer,
    } = outcome;
    let launch = campaign.launch;
    let Some(buy) = campaign.buy_mut(media_buy_id) else {
        return Vec::new();
    };
    let Some(change) = buy
        .pending_change
        .as_mut()
        .filter(|change| change.number == *number && change.state.is_undecided())
    else {
        return Vec::new();
    };
    let adds = !change.proposal.new_packages.is_empty();
    let mut follow_ups = Vec::new();
    match answer {
        ChangeAnswer::Applied(seller) => {
            let (proposal, kind) = (change.proposal.clone(), change.kind);
            let thought = change.state == ChangeState::Submitted;
            let wished = buy.wish;
            if applied(buy, &proposal, kind, seller, now) {
                match &mut buy.pending_change {
                    // A buy that ended by it has nothing left to be read.
                    Some(change) if thought && !buy.status.has_ended() => {
                        change.becomes(ChangeState::Approved, now);
                        change.message = None;
                    }
                    other => *other = None,
                }
            } else {
                follow_ups.push(FollowUp::PollChange(buy.id.clone()));
            }
            if !buy.status.has_ended() {
                follow_ups.push(FollowUp::Poll(buy.id.clone()));
                // What the answer shows may call for a pause at once (decision 19).
                if buy.wish.is_some() && buy.wish != wished {
                    follow_ups.push(FollowUp::SendWish(buy.id.clone()));
                }
            }
        }
        ChangeAnswer::Submitted(task) => {
            change.becomes(ChangeState::Submitted, now);
            if task.task_id.is_some() {
                change.task_id.clone_from(&task.task_id);
            }
            change.message.clone_from(&task.message);
            follow_ups.push(FollowUp::PollChange(buy.id.clone()));
        }
        ChangeAnswer::Refused(error) => {
            change.becomes(ChangeState::Refused, now);
            change.error = Some(error.clone());
        }
        ChangeAnswer::Expired(error) => {
            change.becomes(ChangeState::Expired, now);
            change.error = Some(error.clone());
        }
        ChangeAnswer::Silent(words) => {
            change.becomes(ChangeState::Silent, now);
            change.message = Some(words.clone());
            follow_ups.push(FollowUp::Reconcile(buy.id.clone()));
        }
    }
    if !buy.is_changing() {
        buy.needs_person = None;
    }
    buy.updated_at = now;
    let bought = !matches!(answer, ChangeAnswer::Refused(_) | ChangeAnswer::Expired(_));
    if adds && bought {
        // What may hold money keeps the money it resolved to (decision 21).
        launched(campaign, launch);
    }
    let appending = campaign.buys.iter().any(|buy| {
        buy.undecided_change()
            .is_some_and(|change| !change.proposal.new_packages.is_empty())
    });
    if !appending && !campaign.is_executing() {
        campaign.launching = None;
    }
    campaign.updated_at = now;
    campaign.settle_pending_plan(now);
    follow_ups
}

/// Makes a confirmed change live; `false` when the seller acknowledges an end and says that the
/// buy goes on.
fn applied(
    buy: &mut MediaBuy,
    proposal: &Proposal,
    kind: ChangeKind,
    seller: &SellerBuy,
    now: DateTime<Utc>,
) -> bool {
    if seller.revision.is_some() {
        buy.seller.revision = seller.revision;
    }
    if !seller.valid_actions.is_empty() {
        buy.seller.valid_actions.clone_from(&seller.valid_actions);
    }
    let stated = !matches!(seller.status, SellerBuyStatus::Unknown(_));
    if stated {
        buy.seller.adcp_status = Some(seller.status.as_str().to_owned());
    }
    if proposal.cancels {
        let goes_on = matches!(
            seller.status,
            SellerBuyStatus::Active
                | SellerBuyStatus::Paused
                | SellerBuyStatus::PendingStart
                | SellerBuyStatus::PendingCreatives
        );
        if goes_on {
            if let Some(change) = &mut buy.pending_change {
                change.becomes(ChangeState::Submitted, now);
                change.message = Some(format!(
                    "the seller acknowledged and says `{}` of the media buy",
                    seller.status.as_str()
                ));
            }
            return false;
        }
        let end = match seller.status {
            SellerBuyStatus::Completed => MediaBuyStatus::Completed,
            SellerBuyStatus::Rejected => MediaBuyStatus::Rejected,
            _ => MediaBuyStatus::Canceled,
        };
        buy.move_to(end, now);
        if kind == ChangeKind::Delete {
            buy.move_to(MediaBuyStatus::Archived, now);
        }
        return true;
    }
    let added: Vec<_> = proposal
        .new_packages
        .iter()
        .map(|package| package.id.clone())
        .collect();
    buy.apply(proposal, now);
    name_packages(buy, seller, &added);
    // An answer to a change says nothing of creatives, so what waits for them waits on.
    if stated && seller.status != SellerBuyStatus::PendingCreatives {
        move_by(buy, seller, now);
    }
    true
}

/// Seller's ids for added packages, and what of the changed ones differs from what was asked for.
fn name_packages(buy: &mut MediaBuy, seller: &SellerBuy, added: &[crate::ids::PackageId]) {
    let mut theirs: Vec<_> = seller.packages.iter().flatten().collect();
    let mut differs = false;
    for package in &mut buy.packages {
        let place = theirs
            .iter()
            .position(|their| Some(&their.seller_package_id) == package.seller_package_id.as_ref());
        if let Some(their) = place.map(|place| theirs.remove(place)) {
            package.seller_budget = their.budget.filter(|budget| *budget != package.budget);
            differs |= package.seller_budget.is_some();
        }
    }
    for id in added {
        let Some(package) = buy
            .packages
            .iter_mut()
            .find(|package| package.id == *id && package.seller_package_id.is_none())
        else {
            continue;
        };
        let place = theirs
            .iter()
            .position(|their| their.our_package_id.as_ref() == Some(&package.id))
            .or_else(|| {
                theirs.iter().position(|their| {
                    their.our_package_id.is_none()
                        && their
                            .product_id
                            .as_ref()
                            .is_none_or(|product| *product == package.product_id)
                        && their.budget.is_none_or(|budget| budget == package.budget)
                })
            });
        if let Some(their) = place.map(|place| theirs.remove(place)) {
            package.seller_package_id = Some(their.seller_package_id.clone());
            package.seller_budget = their.budget.filter(|budget| *budget != package.budget);
            differs |= package.seller_budget.is_some();
        }
    }
    if differs {
        buy.flag(BuyFlag::PackagesDiffer, true);
    }
}

/// A change that waits is sent now, or sent anew after the seller's revision moved: the number it
/// goes under. None when there is none to send.
pub fn again(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    revision: Option<u64>,
    now: DateTime<Utc>,
) -> Option<u32> {
    let buy = campaign.buy_mut(id)?;
    if buy.status.has_ended() || buy.seller.media_buy_id.is_none() {
        return None;
    }
    if revision.is_some() {
        buy.seller.revision = revision;
    }
    let revision = buy.seller.revision;
    let change = buy
        .pending_change
        .as_mut()
        .filter(|change| matches!(change.state, ChangeState::Held | ChangeState::Open))?;
    change.becomes(ChangeState::Open, now);
    change.base_revision = revision;
    Some(change.number)
}

/// A change that cannot be sent: nothing left us.
pub fn cannot(campaign: &mut Campaign, id: &MediaBuyId, error: &SellerError, now: DateTime<Utc>) {
    let number = campaign
        .buy(id)
        .and_then(|buy| buy.pending_change.as_ref())
        .map(|change| change.number);
    if let Some(number) = number {
        let outcome = ChangeOutcome {
            media_buy_id: id.clone(),
            number,
            answer: ChangeAnswer::Refused(error.clone()),
        };
        settle_change(campaign, &outcome, now);
    }
}
