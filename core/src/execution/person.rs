//! What a person decides about a buy that only a person can tell about: that it is one of the
//! seller's, or that there is none (decision 15).

use chrono::{DateTime, Utc};

use super::answer::{Answer, FollowUp, Outcome, SellerBuy, SellerPackage};
use super::observe::take_in;
use super::settle::settle;
use crate::campaign::Campaign;
use crate::change::{told_by_person, waits_for_person};
use crate::error::{Conflict, Refusal};
use crate::flight::Flight;
use crate::ids::{Ids, MediaBuyId};
use crate::media_buy::{
    BuyFlag, Candidate, MediaBuy, NeedsPerson, Package, PackageStatus, PendingReason, PersonReason,
    SellerError, StartTime, SubmissionState,
};
use crate::money::Money;

/// The code of a buy that a person released.
pub const RELEASED: &str = "released";

/// Notes that a buy whose [request](MediaBuy::requests) of this number is silent waits for a
/// person. The time of an unchanged reason stays; `false` when nothing changed, or the request was
/// settled meanwhile, whatever request is under way now.
pub fn wait_for_person(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    request: u32,
    reason: PersonReason,
    message: &str,
    candidates: Vec<Candidate>,
    now: DateTime<Utc>,
) -> bool {
    let Some(buy) = campaign.buy_mut(id) else {
        return false;
    };
    if buy.submission != SubmissionState::Silent || buy.requests != request {
        return false;
    }
    let before = buy.needs_person.take();
    let since = before
        .as_ref()
        .filter(|before| before.reason == reason)
        .map_or(now, |before| before.since);
    buy.needs_person = Some(NeedsPerson {
        reason,
        message: message.to_owned(),
        since,
        candidates,
    });
    let changed = buy.needs_person != before;
    if changed {
        buy.wait_for(Some(PendingReason::NeedsReconciliation), since);
        buy.updated_at = now;
    }
    changed
}

/// A buy that looks like ours, as a person is shown it.
#[must_use]
pub fn candidate(seen: &SellerBuy, campaign: &Campaign) -> Candidate {
    let packages = seen.packages.as_deref().unwrap_or_default();
    let budgets: Option<Vec<Money>> = packages.iter().map(|package| package.budget).collect();
    Candidate {
        seller_media_buy_id: seen.media_buy_id.clone(),
        adcp_status: seen.status.as_str().to_owned(),
        budget: budgets
            .filter(|budgets| !budgets.is_empty())
            .and_then(|budgets| Money::sum(campaign.currency(), budgets).ok()),
        packages: u32::try_from(packages.len()).unwrap_or(u32::MAX),
    }
}

/// Says that a buy is this one of the seller's. A silent buy takes it in as if the seller had
/// answered; one with an unanswered change takes that for applied; one whose seller holds other
/// packages than we sent takes the seller's over.
///
/// # Errors
/// [`Refusal::Conflict`] when there is nothing to reconcile, or the buy is linked to another one of
/// the seller's; [`Refusal::OverBudget`] when the seller's packages need more than the campaign has.
pub fn link(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    seller: &SellerBuy,
    ids: &mut dyn Ids,
    now: DateTime<Utc>,
) -> Result<Vec<FollowUp>, Refusal> {
    let buy = may_reconcile(campaign, id)?;
    let follow_ups = if buy.submission == SubmissionState::Silent {
        let outcome = Outcome::of(buy, Answer::Accepted(seller.clone()), None);
        settle(campaign, &[outcome], now).follow_ups
    } else {
        let changes = waits_for_person(buy);
        if buy.seller.media_buy_id.as_deref() != Some(seller.media_buy_id.as_str()) {
            return Err(nothing(
                buy,
                format!(
                    "the media buy is `{}` at its seller: expected that id",
                    buy.seller.media_buy_id.as_deref().unwrap_or_default()
                ),
            ));
        }
        if changes {
            told_by_person(campaign, id, Ok(seller), now)
        } else {
            confirm(campaign, id, seller, ids, now)?
        }
    };
    campaign.revision += 1;
    campaign.updated_at = now;
    Ok(follow_ups)
}

/// Says that the seller holds nothing of a silent buy, so that it may be sent again: it ends as
/// FAILED. Where the key of its request is used up, the next request takes a new one. Of an
/// unanswered change it says that it was never applied.
///
/// # Errors
/// [`Refusal::Conflict`] unless the buy is silent, or a change of it waits for a person.
pub fn release(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let buy = may_reconcile(campaign, id)?;
    if waits_for_person(buy) {
        let error = released("a person decided that the seller has not applied it");
        told_by_person(campaign, id, Err(error), now);
        campaign.revision += 1;
        campaign.updated_at = now;
        return Ok(());
    }
    if buy.submission != SubmissionState::Silent {
        return Err(nothing(
            buy,
            "the seller holds the media buy: link it to take its packages over, or cancel it"
                .to_owned(),
        ));
    }
    let spent = buy
        .needs_person
        .as_ref()
        .is_some_and(|needs| needs.reason.key_is_spent());
    let failed = released("a person decided that the seller does not hold it");
    let outcome = Outcome::of(buy, Answer::Failed(failed), None);
    settle(campaign, &[outcome], now);
    if let Some(buy) = campaign.buy_mut(id) {
        buy.key_is_spent = spent;
    }
    campaign.revision += 1;
    campaign.updated_at = now;
    Ok(())
}

fn released(message: &str) -> SellerError {
    SellerError {
        code: RELEASED.to_owned(),
        message: message.to_owned(),
        field: None,
        suggestion: None,
        recovery: None,
        retry_after_s: None,
    }
}

/// The buy, when a person may decide about it.
///
/// # Errors
/// [`Refusal::Conflict`].
pub fn may_reconcile<'a>(campaign: &'a Campaign, id: &MediaBuyId) -> Result<&'a MediaBuy, Refusal> {
    let Some(buy) = campaign.buy(id) else {
        return Err(Refusal::Conflict {
            what: Conflict::NothingToReconcile,
            message: format!("the campaign has no media buy `{id}`"),
            media_buys: vec![id.to_string()],
        });
    };
    let differs = buy.flags.contains(&BuyFlag::PackagesDiffer) && !buy.status.has_ended();
    match buy.submission {
        SubmissionState::Open => Err(Refusal::Conflict {
            what: Conflict::InFlight,
            message: "the request of the media buy is on its way".to_owned(),
            media_buys: vec![id.to_string()],
        }),
        SubmissionState::Closed if !differs && !waits_for_person(buy) => Err(nothing(
            buy,
            format!(
                "the media buy is {} and waits for nobody to reconcile it",
                buy.status.as_str()
            ),
        )),
        SubmissionState::Closed | SubmissionState::Silent => Ok(buy),
    }
}

fn nothing(buy: &MediaBuy, message: String) -> Refusal {
    Refusal::Conflict {
        what: Conflict::NothingToReconcile,
        message,
        media_buys: vec![buy.id.to_string()],
    }
}

/// The seller's packages become ours.
fn confirm(
    campaign: &mut Campaign,
    id: &MediaBuyId,
    seller: &SellerBuy,
    ids: &mut dyn Ids,
    now: DateTime<Utc>,
) -> Result<Vec<FollowUp>, Refusal> {
    let before = campaign.clone();
    let left = before.media_budget()?.minus(before.allocated()?)?;
    let Some(buy) = campaign.buy_mut(id) else {
        return Ok(Vec::new());
    };
    if let Some(theirs) = &seller.packages {
        adopt(buy, theirs, ids);
    }
    buy.flag(BuyFlag::PackagesDiffer, false);
    buy.wait_for(None, now);
    let follow_up = take_in(buy, seller, now);
    let after = campaign.media_budget()?.minus(campaign.allocated()?)?;
    if after.is_negative() && after.minor() < left.minor() {
        let missing = Money::zero(after.currency()).minus(after)?;
        *campaign = before;
        return Err(Refusal::OverBudget {
            short_by: missing,
            minimum_total: None,
            message: format!(
                "the seller's packages need {} {} more than the media budget has",
                missing.to_decimal(),
                missing.currency().code()
            ),
        });
    }
    Ok(follow_up.into_iter().collect())
}

/// Gives each package of ours the seller's money and id; what the seller does not hold is
/// canceled, and what it holds besides becomes a package.
fn adopt(buy: &mut MediaBuy, theirs: &[SellerPackage], ids: &mut dyn Ids) {
    let mut free: Vec<&SellerPackage> = theirs.iter().collect();
    let mut take = |fits: &dyn Fn(&SellerPackage) -> bool| {
        let at = free.iter().position(|their| fits(their))?;
        Some(free.remove(at))
    };
    let mut found: Vec<Option<&SellerPackage>> = vec![None; buy.packages.len()];
    // The surest sign first, over all packages.
    for sign in 0..4 {
        for (ours, place) in buy.packages.iter().zip(&mut found) {
            if place.is_some() {
                continue;
            }
            *place = take(&|their| match sign {
                0 => ours.seller_package_id.as_ref() == Some(&their.seller_package_id),
                1 => their.our_package_id.as_ref() == Some(&ours.id),
                2 => {
                    their.product_id.as_ref() == Some(&ours.product_id)
                        && their.budget == Some(ours.budget)
                }
                _ => their.product_id.as_ref() == Some(&ours.product_id),
            });
        }
    }
    for (ours, their) in buy.packages.iter_mut().zip(found) {
        ours.seller_budget = None;
        match their {
            Some(their) => {
                ours.seller_package_id = Some(their.seller_package_id.clone());
                ours.budget = their.budget.unwrap_or(ours.budget);
            }
            None => {
                ours.seller_package_id = None;
                ours.budget = Money::zero(ours.budget.currency());
                ours.status = PackageStatus::Canceled;
            }
        }
    }
    let Some(model) = buy.packages.first().cloned() else {
        return;
    };
    let start = match buy.start {
        StartTime::At(at) => at,
        StartTime::Asap => buy.created_at,
    };
    let window = Flight::new(start, buy.end).unwrap_or(model.window);
    for their in free {
        let Some(budget) = their.budget else { continue };
        let product = their
            .product_id
            .clone()
            .unwrap_or_else(|| model.product_id.clone());
        buy.packages.push(Package {
            id: ids.package(),
            product_name: product.to_string(),
            product_id: product,
            period: None,
            window,
            budget,
            bid: None,
            status: PackageStatus::Active,
            seller_package_id: Some(their.seller_package_id.clone()),
            seller_budget: None,
            delivery: None,
            ..model.clone()
        });
    }
}
