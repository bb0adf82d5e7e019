//! The request that changes a buy: `update_media_buy`. All of it applies at the seller, or
//! nothing.

use chrono::{DateTime, Utc};
use flighting_core::goal::Goal;
use flighting_core::ids::CampaignId;
use flighting_core::media_buy::{MediaBuy, Package, PackageProposal, PendingChange, StartTime};
use flighting_core::targeting::Constraints;
use serde::Serialize;
use serde_json::value::RawValue;

use super::create_request::{
    BuyContext, CreatePackage, PackageContext, added_package, instant, pacing_word,
};
use super::overlay::{Exact, Overlay, Unspeakable, WireGoal};
use super::requests::{AccountRef, Buyer, written};
use super::version::MAJOR;

/// The most characters of `cancellation_reason`: the protocol's.
const MAX_REASON: usize = 500;

#[derive(Serialize)]
struct UpdateMediaBuy<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    adcp_version: Option<&'static str>,
    adcp_major_version: u8,
    idempotency_key: &'a str,
    account: &'a AccountRef,
    media_buy_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    canceled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancellation_reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    packages: Vec<UpdatePackage<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    new_packages: Vec<CreatePackage<'a>>,
    context: BuyContext<'a>,
}

#[derive(Serialize)]
struct UpdatePackage<'a> {
    package_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pacing: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid_price: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    optimization_goals: Vec<WireGoal<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    targeting_overlay: Option<Overlay<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    canceled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cancellation_reason: Option<&'a str>,
    context: PackageContext<'a>,
}

/// What a change is written from.
#[derive(Debug, Clone, Copy)]
pub struct Changing<'a> {
    /// The campaign, for the context.
    pub campaign_id: &'a CampaignId,
    /// The buy as it is.
    pub buy: &'a MediaBuy,
    /// What is asked for.
    pub change: &'a PendingChange,
    /// The campaign's constraints, for buys that do not know their own (0.1.0).
    pub constraints: &'a Constraints,
}

/// `update_media_buy` for one change. With the seller's revision, where known, so that a stale
/// change fails instead of undoing another. The result is what is stored and sent, byte for byte.
///
/// # Errors
/// [`Unspeakable`] when the agent's release has no words for it, or a package that changes is not
/// known at the seller.
pub fn update_media_buy(
    buyer: &Buyer,
    idempotency_key: &str,
    changing: Changing<'_>,
) -> Result<Box<RawValue>, Unspeakable> {
    let Changing {
        campaign_id,
        buy,
        change,
        constraints,
    } = changing;
    let proposal = &change.proposal;
    let constraints = buy.constraints.as_ref().unwrap_or(constraints);
    let goals = proposal.goals.as_deref().unwrap_or(&buy.goals);
    let seller_buy_id = buy.seller.media_buy_id.as_deref().ok_or_else(|| {
        Unspeakable(
            "the seller has not named the media buy, so it cannot be asked about".to_owned(),
        )
    })?;
    let reason = change.reason.as_deref().map(|reason| {
        reason
            .char_indices()
            .nth(MAX_REASON)
            .and_then(|(end, _)| reason.get(..end))
            .unwrap_or(reason)
    });
    let mut packages = Vec::new();
    if !proposal.cancels {
        for package in &buy.packages {
            let changed = proposal.package(&package.id);
            if changed.is_none() && (proposal.goals.is_none() || !runs(package)) {
                continue;
            }
            packages.push(update_package(
                package,
                changed,
                proposal.goals.as_deref(),
                constraints,
                reason,
                buyer,
            )?);
        }
    }
    let new_packages = proposal
        .new_packages
        .iter()
        .map(|package| added_package(package, goals, constraints, buyer))
        .collect::<Result<_, _>>()?;
    written(&UpdateMediaBuy {
        adcp_version: buyer.dialect.wire_version(),
        adcp_major_version: MAJOR,
        idempotency_key,
        account: &buyer.account,
        media_buy_id: seller_buy_id,
        revision: change.base_revision.filter(|revision| *revision > 0),
        canceled: proposal.cancels,
        cancellation_reason: reason.filter(|_| proposal.cancels),
        start_time: proposal.start.map(|start| match start {
            StartTime::Asap => "asap".to_owned(),
            StartTime::At(at) => instant(at),
        }),
        end_time: proposal.end.map(instant),
        packages,
        new_packages,
        context: BuyContext::of(campaign_id, &buy.id),
    })
}

fn runs(package: &Package) -> bool {
    package.status != flighting_core::media_buy::PackageStatus::Canceled
}

fn update_package<'a>(
    package: &'a Package,
    changed: Option<&'a PackageProposal>,
    goals: Option<&'a [Goal]>,
    constraints: &'a Constraints,
    reason: Option<&'a str>,
    buyer: &Buyer,
) -> Result<UpdatePackage<'a>, Unspeakable> {
    let package_id = package.seller_package_id.as_deref().ok_or_else(|| {
        Unspeakable(format!(
            "the seller has not named the package `{}`, so it cannot be changed",
            package.id
        ))
    })?;
    let cancels = changed.is_some_and(|changed| changed.cancels);
    let at = |instant_of: fn(&PackageProposal) -> Option<DateTime<Utc>>| {
        changed.and_then(instant_of).map(instant)
    };
    let audiences = changed.and_then(|changed| changed.audiences.as_ref());
    Ok(UpdatePackage {
        package_id,
        budget: changed
            .and_then(|changed| changed.budget)
            .map(|budget| Exact(budget.to_decimal())),
        pacing: changed.and_then(|changed| changed.pacing).map(pacing_word),
        bid_price: changed
            .and_then(|changed| changed.bid)
            .map(|bid| Exact(bid.normalize())),
        start_time: at(|changed| changed.start),
        end_time: at(|changed| changed.end),
        optimization_goals: if cancels {
            Vec::new()
        } else {
            goals
                .unwrap_or_default()
                .iter()
                .map(WireGoal::from)
                .collect()
        },
        // The overlay replaces all of the seller's, so the constraints go with it.
        targeting_overlay: match audiences {
            Some(audiences) => Overlay::with_audiences(constraints, audiences, buyer.dialect.pin)?,
            None => None,
        },
        canceled: cancels,
        cancellation_reason: reason.filter(|_| cancels),
        context: PackageContext::of(&package.id),
    })
}
