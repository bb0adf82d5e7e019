//! What speaks against an execute, and what is worth knowing before it (decisions 7, 9, 12).

use chrono::{DateTime, Utc};

use super::group::Share;
use super::layout::Layout;
use super::plan::PlanWarning;
use crate::campaign::{Campaign, CampaignStatus, over_budget};
use crate::curve::{Line, curve};
use crate::error::{Code, Refusal, Violation};
use crate::media_buy::PackageStatus;
use crate::money::Money;
use crate::selection::SelectedProduct;

/// Whether an execute is possible in the campaign's status and at this time: DRAFT, ACTIVE, and
/// COMPLETED, each with a future end (decision 12).
///
/// # Errors
/// [`Refusal::WrongPhase`] in another status, [`Refusal::Invalid`] when the flight is over.
pub fn check_phase(campaign: &Campaign, now: DateTime<Utc>) -> Result<(), Refusal> {
    let wrong = |message: &str| {
        Err(Refusal::WrongPhase {
            is: campaign.status().as_str(),
            allowed: &["DRAFT", "COMPLETED", "ACTIVE"],
            message: message.to_owned(),
        })
    };
    match campaign.status() {
        CampaignStatus::Paused => {
            wrong("a paused campaign comes back with reactivate, not with execute")
        }
        CampaignStatus::Archived => wrong("an archived campaign cannot be executed"),
        CampaignStatus::Draft | CampaignStatus::Active | CampaignStatus::Completed => {
            if campaign.plan().flight.over_at(now) {
                Err(Refusal::invalid(
                    Violation::new(
                        "flightDates.endDate",
                        Code::FlightOver,
                        format!(
                            "the flight ended on {}: expected an end in the future",
                            campaign.plan().flight.end().date_naive()
                        ),
                    )
                    .with(
                        "endDate",
                        campaign.plan().flight.end().date_naive().to_string(),
                    ),
                ))
            } else {
                Ok(())
            }
        }
    }
}

pub(super) fn too_much(campaign: &Campaign, layout: &Layout) -> Result<Refusal, Refusal> {
    let media = campaign.media_budget()?;
    if layout.needed.minor() > media.minor() {
        return Ok(over_budget(layout.needed, media, &campaign.plan().fees));
    }
    // The total suffices; the periods' own budgets do not.
    Ok(Refusal::OverBudget {
        short_by: layout.short_by,
        minimum_total: None,
        message: format!(
            "the products ask for {} more than the pacing periods still hold: lower their budgets or raise the periods'",
            layout.short_by
        ),
    })
}

/// A package that would hold nothing is an error at execute (decision 7).
pub(super) fn check_packages(
    products: &[&SelectedProduct],
    layout: &Layout,
    strict: bool,
) -> Result<(), Refusal> {
    if !strict {
        return Ok(());
    }
    let mut violations = Vec::new();
    let mut sellable = false;
    for (index, (product, row)) in products.iter().zip(&layout.rows).enumerate() {
        for cell in row.cells.iter().filter(|cell| !cell.over) {
            sellable = true;
            if cell.budget.is_zero() {
                let label = cell
                    .period
                    .as_ref()
                    .map_or("", |period| period.label.as_str());
                violations.push(
                    Violation::new(
                        format!("products[{index}].budget"),
                        Code::PackageWithoutMoney,
                        format!(
                            "the package of `{}` in `{label}` would hold no money",
                            product.name
                        ),
                    )
                    .with("productId", product.key.product_id.0.as_str())
                    .with("period", label),
                );
            }
        }
    }
    if !sellable {
        violations.push(Violation::new(
            "pacingPeriods.periods",
            Code::FlightOver,
            "every pacing period is over: append a later one",
        ));
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Invalid(violations))
    }
}

pub(super) fn below_minimum(products: &[&SelectedProduct], layout: &Layout) -> Vec<PlanWarning> {
    products
        .iter()
        .zip(&layout.rows)
        .filter_map(|(product, row)| {
            let minimum = product.min_spend_per_package?;
            let smallest = row
                .cells
                .iter()
                .filter(|cell| !cell.over)
                .map(|cell| cell.budget)
                .min_by_key(|budget| budget.minor())?;
            (smallest.to_decimal() < minimum).then(|| PlanWarning::BelowMinimum {
                key: product.key.clone(),
                minimum,
                smallest,
            })
        })
        .collect()
}

pub(super) fn unspendable(
    campaign: &Campaign,
    by_agent: &[Share<'_>],
) -> Result<Option<PlanWarning>, Refusal> {
    let Some(cap) = campaign.plan().budget.daily_cap else {
        return Ok(None);
    };
    let live = campaign
        .buys()
        .iter()
        .filter(|buy| !buy.status.has_ended())
        .flat_map(|buy| &buy.packages)
        .filter(|package| package.status != PackageStatus::Canceled)
        .map(|package| Line {
            days: package.window.days(),
            budget: package.budget,
            pacing: package.pacing,
        });
    let planned = by_agent
        .iter()
        .flat_map(|(_, rows)| rows)
        .flat_map(|(_, row)| &row.cells)
        .filter(|cell| !cell.over)
        .map(|cell| Line {
            days: cell.window.days(),
            budget: cell.budget,
            pacing: campaign.plan().budget.pacing,
        });
    let lines: Vec<_> = live.chain(planned).collect();
    let curve = curve(&lines, Some(cap), campaign.currency())?;
    let amount = Money::sum(campaign.currency(), curve.unspendable.iter().copied())?;
    Ok((!amount.is_zero()).then_some(PlanWarning::Unspendable { amount }))
}
