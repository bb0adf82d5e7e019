//! Recording that a plan will be sent: part of the first commit (decision 14).

use chrono::{DateTime, Utc};

use super::plan::{Plan, PlannedBuy, PlannedPackage};
use crate::campaign::{Campaign, Launching};
use crate::media_buy::{
    MediaBuy, MediaBuyStatus, Package, PackageStatus, SellerSide, SubmissionState,
};
use crate::targeting::Audiences;

/// Records that a plan will be sent: its buys in DRAFT with an open submission each. Part of the
/// first commit (decision 14). The revision moves by one when anything is sent.
pub fn begin(campaign: &mut Campaign, plan: &Plan, now: DateTime<Utc>) {
    for id in &plan.superseded {
        if let Some(buy) = campaign.buy_mut(id) {
            buy.move_to(MediaBuyStatus::Archived, now);
        }
    }
    if plan.is_empty() {
        return;
    }
    let goals = campaign.plan.goals.clone();
    let constraints = campaign.plan.constraints.clone();
    for planned in &plan.buys {
        let earlier = campaign.buy(&planned.media_buy_id);
        let created_at = earlier.map_or(now, |buy| buy.created_at);
        let requests = earlier.map_or(0, |buy| buy.requests) + 1;
        let mut buy = recorded(planned, goals.clone(), plan.launch, created_at, now);
        buy.constraints = Some(constraints.clone());
        buy.requests = requests;
        match campaign.buy_mut(&planned.media_buy_id) {
            Some(failed) => *failed = buy,
            None => campaign.buys.push(buy),
        }
    }
    campaign.launching = Some(Launching {
        launch: plan.launch,
        periods: plan.periods.clone(),
    });
    campaign.revision += 1;
    campaign.updated_at = now;
}

fn recorded(
    planned: &PlannedBuy,
    goals: Vec<crate::goal::Goal>,
    launch: u32,
    created_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> MediaBuy {
    let PlannedBuy {
        media_buy_id,
        reuses_failed: _,
        agent_id,
        agent_name,
        name,
        start,
        end,
        packages,
    } = planned;
    MediaBuy {
        id: media_buy_id.clone(),
        agent_id: agent_id.clone(),
        agent_name: agent_name.clone(),
        name: name.clone(),
        status: MediaBuyStatus::Draft,
        status_since: now,
        archived_from: None,
        launch,
        start: *start,
        end: *end,
        packages: packages
            .iter()
            .map(|package| {
                let PlannedPackage {
                    package_id,
                    product,
                    period,
                    window,
                    starts_at_once,
                    budget,
                    pacing,
                    bid,
                } = package;
                Package {
                    id: package_id.clone(),
                    product_id: product.key.product_id.clone(),
                    product_name: product.name.clone(),
                    pricing_option_id: product.pricing_option_id.clone(),
                    period: period.as_deref().cloned(),
                    window: *window,
                    starts_at_once: *starts_at_once,
                    budget: *budget,
                    pacing: *pacing,
                    bid: *bid,
                    status: PackageStatus::Active,
                    seller_package_id: None,
                    seller_budget: None,
                    delivery: None,
                    audiences: Audiences::default(),
                }
            })
            .collect(),
        goals,
        submission: SubmissionState::Open,
        campaign_hold: false,
        own_pause: false,
        wish: None,
        pending: None,
        needs_person: None,
        key_is_spent: false,
        failure: None,
        pending_change: None,
        changes: 0,
        requests: 0,
        constraints: None,
        flags: Vec::new(),
        seller: SellerSide::default(),
        created_at,
        updated_at: now,
    }
}
