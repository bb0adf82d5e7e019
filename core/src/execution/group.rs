//! Laid-out money grouped into one buy per sales agent (decision 13), and which buys that makes
//! needless (decision 16).

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::layout::{Layout, Row, next_launch};
use super::plan::{PlannedBuy, PlannedPackage};
use crate::campaign::{Campaign, CampaignStatus};
use crate::ids::{AgentId, Ids, MediaBuyId};
use crate::media_buy::{MediaBuyStatus, PackageStatus, StartTime};
use crate::selection::SelectedProduct;

/// Whether a product is bought in the launch that this execute belongs to (decision 16).
pub(super) fn is_bought(campaign: &Campaign, product: &SelectedProduct) -> bool {
    use MediaBuyStatus as S;
    campaign.buys().iter().any(|buy| {
        let of_product = || {
            buy.packages
                .iter()
                .filter(|package| package.product_id == product.key.product_id)
        };
        let holds = buy.agent_id == product.key.agent_id && of_product().next().is_some();
        // Packages that were cancelled one by one are like a cancelled buy of that product.
        let runs = of_product().any(|package| package.status != PackageStatus::Canceled);
        let ended_counts = campaign.status() != CampaignStatus::Completed
            && buy.launch == next_launch(campaign)
            && product.selected_at <= buy.created_at;
        holds
            && match buy.status {
                S::Draft | S::PendingApproval | S::InputRequired | S::Active | S::Paused => {
                    runs || ended_counts
                }
                S::Completed | S::Canceled => ended_counts,
                S::Archived => {
                    ended_counts
                        && !matches!(
                            buy.archived_from,
                            Some(S::Failed | S::Rejected | S::Draft) | None
                        )
                }
                S::Failed | S::Rejected => false,
            }
    })
}

pub(super) fn superseded(campaign: &Campaign, planned: &[PlannedBuy]) -> Vec<MediaBuyId> {
    campaign
        .buys()
        .iter()
        .filter(|buy| match buy.status {
            MediaBuyStatus::Failed => planned.iter().all(|planned| planned.media_buy_id != buy.id),
            MediaBuyStatus::Rejected => planned
                .iter()
                .any(|planned| planned.agent_id == buy.agent_id),
            _ => false,
        })
        .map(|buy| buy.id.clone())
        .collect()
}

/// The products of one sales agent with their money, in selection order.
pub(super) type Share<'a> = (&'a AgentId, Vec<(&'a SelectedProduct, &'a Row)>);

/// Agents in the order of their first product (decision 13).
pub(super) fn by_agent<'a>(products: &[&'a SelectedProduct], layout: &'a Layout) -> Vec<Share<'a>> {
    let mut by_agent: Vec<Share<'a>> = Vec::new();
    for (product, row) in products.iter().copied().zip(&layout.rows) {
        let agent = &product.key.agent_id;
        match by_agent.iter_mut().find(|(of, _)| *of == agent) {
            Some((_, rows)) => rows.push((product, row)),
            None => by_agent.push((agent, vec![(product, row)])),
        }
    }
    by_agent
}

/// One buy per agent; packages by product, then period (decision 13).
pub(super) fn group(
    campaign: &Campaign,
    by_agent: Vec<Share<'_>>,
    ids: &mut dyn Ids,
    now: DateTime<Utc>,
) -> Vec<PlannedBuy> {
    let flight = campaign.plan().flight;
    by_agent
        .into_iter()
        .filter_map(|(agent, rows)| {
            let (first, _) = rows.first()?;
            let failed = campaign
                .buys()
                .iter()
                .filter(|buy| buy.status == MediaBuyStatus::Failed && buy.agent_id == *agent)
                .min_by(|a, b| a.id.cmp(&b.id));
            let mut packages = Vec::new();
            for (product, row) in &rows {
                let shared = Arc::new(SelectedProduct::clone(product));
                for cell in row.cells.iter().filter(|cell| !cell.over) {
                    let earlier = failed.and_then(|buy| {
                        buy.packages.iter().find(|package| {
                            package.product_id == product.key.product_id
                                && package.period.as_ref().map(|period| period.index)
                                    == cell.period.as_ref().map(|period| period.index)
                        })
                    });
                    packages.push(PlannedPackage {
                        package_id: earlier
                            .map_or_else(|| ids.package(), |package| package.id.clone()),
                        product: Arc::clone(&shared),
                        period: cell.period.clone(),
                        window: cell.window,
                        starts_at_once: flight.begun(now) && cell.window.begun(now),
                        budget: cell.budget,
                        pacing: campaign.plan().budget.pacing,
                        bid: product.bid,
                    });
                }
            }
            (!packages.is_empty()).then(|| PlannedBuy {
                media_buy_id: failed.map_or_else(|| ids.media_buy(), |buy| buy.id.clone()),
                reuses_failed: failed.is_some(),
                agent_id: agent.clone(),
                agent_name: first.agent_name.clone(),
                name: format!("{} - {}", campaign.plan().name, first.agent_name)
                    .chars()
                    .take(255)
                    .collect(),
                start: if flight.begun(now) {
                    StartTime::Asap
                } else {
                    StartTime::At(flight.start())
                },
                end: flight.end(),
                packages,
            })
        })
        .collect()
}
