//! What an execute would send: unbought products grouped by sales agent, one package per product
//! and pacing period with its exact money (decisions 7, 8, 11 to 16).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::layout::{Layout, Row, lay_out, next_launch, over_periods};
use crate::budget::PacingStrategy;
use crate::campaign::{Campaign, CampaignStatus, Launching, over_budget};
use crate::error::{Code, Refusal, Violation};
use crate::flight::Flight;
use crate::ids::{AgentId, Ids, MediaBuyId, PackageId, ProductKey};
use crate::media_buy::{
    MediaBuy, MediaBuyStatus, Package, PackageStatus, PeriodRef, SellerSide, StartTime, SubmissionState,
};
use crate::money::Money;
use crate::pacing::{Executed, resolve};
use crate::selection::SelectedProduct;

/// A package as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPackage {
    /// Ours.
    pub package_id: PackageId,
    /// The product.
    pub product: SelectedProduct,
    /// The pacing period it is for.
    pub period: Option<PeriodRef>,
    /// When it runs.
    pub window: Flight,
    /// Whether its window has begun: it is sent without a start (decision 11).
    pub starts_at_once: bool,
    /// Its money.
    pub budget: Money,
    /// How it spends.
    pub pacing: PacingStrategy,
    /// Bid in major units.
    pub bid: Option<Decimal>,
}

/// One buy as it would be sent to one agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedBuy {
    /// Ours; a FAILED buy of the agent is used again (decision 16).
    pub media_buy_id: MediaBuyId,
    /// Whether it is such a one.
    pub reuses_failed: bool,
    /// Who sells.
    pub agent_id: AgentId,
    /// Its name.
    pub agent_name: String,
    /// `<campaign> - <agent>`, at most 255 characters.
    pub name: String,
    /// When it starts.
    pub start: StartTime,
    /// When it ends.
    pub end: DateTime<Utc>,
    /// By product, then period.
    pub packages: Vec<PlannedPackage>,
}

impl PlannedBuy {
    /// The sum of its packages.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn budget(&self) -> Result<Option<Money>, Refusal> {
        let Some(first) = self.packages.first() else { return Ok(None) };
        Money::sum(first.budget.currency(), self.packages.iter().map(|package| package.budget)).map(Some)
    }
}

/// Something to know before or after an execute; it stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanWarning {
    /// Buys whose answer is open or silent; their products are not sent again.
    InFlight {
        /// The buys.
        media_buy_ids: Vec<MediaBuyId>,
    },
    /// A period is over: no package, its money stays unallocated (decision 11).
    PeriodOver {
        /// The period.
        period: PeriodRef,
    },
    /// The rows ask for more than there is; at execute this refuses (decision 7).
    OverAllocated {
        /// How much too much.
        short_by: Money,
    },
    /// A package holds less than the seller's minimum.
    BelowMinimum {
        /// The product.
        key: ProductKey,
        /// The least money per package, major units.
        minimum: Decimal,
        /// The smallest package.
        smallest: Money,
    },
    /// The daily cap leaves money that cannot be spent (decision 9).
    Unspendable {
        /// How much of it.
        amount: Money,
    },
}

/// What an execute would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// To be sent, agents in the order of their first product.
    pub buys: Vec<PlannedBuy>,
    /// Shares that become the products' budgets, so that a retry buys the same (decision 8).
    pub shares: Vec<(ProductKey, Money)>,
    /// Buys that this plan stands in for; they are archived: FAILED ones that are not used again
    /// (decision 16), and REJECTED ones of an agent that is asked anew, so that a retry clears
    /// what they say.
    pub superseded: Vec<MediaBuyId>,
    /// What to know.
    pub warnings: Vec<PlanWarning>,
    /// The launch it belongs to.
    pub(crate) launch: u32,
    /// What the periods of this launch resolve to.
    pub(crate) periods: Vec<Executed>,
}

impl Plan {
    /// Whether nothing is left to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buys.is_empty()
    }

    /// The sum of all packages; none when nothing is sent.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn total(&self) -> Result<Option<Money>, Refusal> {
        let mut budgets = self.buys.iter().flat_map(|buy| &buy.packages).map(|package| package.budget);
        let Some(first) = budgets.next() else { return Ok(None) };
        budgets.try_fold(first, Money::plus).map(Some)
    }
}

/// What execute would send now.
///
/// # Errors
/// [`Refusal::WrongPhase`] unless DRAFT, COMPLETED or ACTIVE; [`Refusal::Invalid`] without
/// products, after the flight, or when a product or package would hold no money;
/// [`Refusal::OverBudget`] when the products ask for more than is unallocated.
pub fn plan(
    campaign: &Campaign,
    selection: &[SelectedProduct],
    ids: &mut dyn Ids,
    now: DateTime<Utc>,
) -> Result<Plan, Refusal> {
    make(campaign, selection, ids, now, true)
}

/// The same for looking at while planning: asking for too much is a warning here, not a refusal
/// (decision 7).
///
/// # Errors
/// As [`plan`], without [`Refusal::OverBudget`].
pub fn preview(
    campaign: &Campaign,
    selection: &[SelectedProduct],
    ids: &mut dyn Ids,
    now: DateTime<Utc>,
) -> Result<Plan, Refusal> {
    make(campaign, selection, ids, now, false)
}

fn make(
    campaign: &Campaign,
    selection: &[SelectedProduct],
    ids: &mut dyn Ids,
    now: DateTime<Utc>,
    strict: bool,
) -> Result<Plan, Refusal> {
    check_phase(campaign, now)?;
    if selection.is_empty() && campaign.status() != CampaignStatus::Active {
        return Err(Refusal::invalid(Violation::new(
            "products",
            Code::NoProducts,
            "no product is selected: select products in the discovery session first",
        )));
    }
    let mut warnings = Vec::new();
    let in_flight: Vec<_> =
        campaign.buys().iter().filter(|buy| buy.is_in_flight()).map(|buy| buy.id.clone()).collect();
    if !in_flight.is_empty() {
        warnings.push(PlanWarning::InFlight { media_buy_ids: in_flight });
    }
    let unbought: Vec<&SelectedProduct> =
        selection.iter().filter(|product| !is_bought(campaign, product)).collect();
    let launch = next_launch(campaign);
    let mut plan = Plan {
        buys: Vec::new(),
        shares: Vec::new(),
        superseded: Vec::new(),
        warnings,
        launch,
        periods: Vec::new(),
    };
    if !unbought.is_empty() {
        let layout = lay_out(campaign, &unbought, now)?;
        if !layout.short_by.is_zero() {
            if strict {
                return Err(too_much(campaign, &layout)?);
            }
            plan.warnings.push(PlanWarning::OverAllocated { short_by: layout.short_by });
        }
        check_packages(&unbought, &layout, strict)?;
        plan.warnings.extend(over_periods(&layout).into_iter().map(|period| PlanWarning::PeriodOver { period }));
        plan.warnings.extend(below_minimum(&unbought, &layout));
        plan.shares = layout
            .rows
            .iter()
            .filter(|row| row.is_share)
            .map(|row| (row.key.clone(), row.budget))
            .collect();
        plan.periods = resolved_periods(campaign)?;
        plan.buys = group(campaign, &unbought, &layout, ids, now);
        plan.warnings.extend(unspendable(campaign, &plan.buys)?);
    }
    plan.superseded = superseded(campaign, &plan.buys);
    Ok(plan)
}

fn superseded(campaign: &Campaign, planned: &[PlannedBuy]) -> Vec<MediaBuyId> {
    let used: BTreeSet<_> = planned.iter().map(|buy| &buy.media_buy_id).collect();
    let asked: BTreeSet<_> = planned.iter().map(|buy| &buy.agent_id).collect();
    campaign
        .buys()
        .iter()
        .filter(|buy| match buy.status {
            MediaBuyStatus::Failed => !used.contains(&buy.id),
            MediaBuyStatus::Rejected => asked.contains(&buy.agent_id),
            _ => false,
        })
        .map(|buy| buy.id.clone())
        .collect()
}

/// DRAFT, ACTIVE, and COMPLETED with a future end (decision 12).
fn check_phase(campaign: &Campaign, now: DateTime<Utc>) -> Result<(), Refusal> {
    let wrong = |message: &str| {
        Err(Refusal::WrongPhase {
            is: campaign.status().as_str(),
            allowed: &["DRAFT", "COMPLETED", "ACTIVE"],
            message: message.to_owned(),
        })
    };
    match campaign.status() {
        CampaignStatus::Paused => wrong("a paused campaign comes back with reactivate, not with execute"),
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
                    .with("endDate", campaign.plan().flight.end().date_naive().to_string()),
                ))
            } else {
                Ok(())
            }
        }
    }
}

/// Whether a product is bought in the launch that this execute belongs to (decision 16).
fn is_bought(campaign: &Campaign, product: &SelectedProduct) -> bool {
    use MediaBuyStatus as S;
    campaign.buys().iter().any(|buy| {
        let holds = buy.agent_id == product.key.agent_id
            && buy.packages.iter().any(|package| package.product_id == product.key.product_id);
        let ended_counts = campaign.status() != CampaignStatus::Completed
            && buy.launch == next_launch(campaign)
            && product.selected_at <= buy.created_at;
        holds
            && match buy.status {
                S::Draft | S::PendingApproval | S::InputRequired | S::Active | S::Paused => true,
                S::Completed | S::Canceled => ended_counts,
                S::Archived => {
                    ended_counts && !matches!(buy.archived_from, Some(S::Failed | S::Rejected | S::Draft) | None)
                }
                S::Failed | S::Rejected => false,
            }
    })
}

fn too_much(campaign: &Campaign, layout: &Layout) -> Result<Refusal, Refusal> {
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
fn check_packages(products: &[&SelectedProduct], layout: &Layout, strict: bool) -> Result<(), Refusal> {
    if !strict {
        return Ok(());
    }
    let mut violations = Vec::new();
    let mut sellable = false;
    for (index, (product, row)) in products.iter().zip(&layout.rows).enumerate() {
        for cell in row.cells.iter().filter(|cell| !cell.over) {
            sellable = true;
            if cell.budget.is_zero() {
                let label = cell.period.as_ref().map_or("", |period| period.label.as_str());
                violations.push(
                    Violation::new(
                        format!("products[{index}].budget"),
                        Code::PackageWithoutMoney,
                        format!("the package of `{}` in `{label}` would hold no money", product.name),
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
    if violations.is_empty() { Ok(()) } else { Err(Refusal::Invalid(violations)) }
}

fn below_minimum(products: &[&SelectedProduct], layout: &Layout) -> Vec<PlanWarning> {
    products
        .iter()
        .zip(&layout.rows)
        .filter_map(|(product, row)| {
            let minimum = product.min_spend_per_package?;
            let smallest =
                row.cells.iter().filter(|cell| !cell.over).map(|cell| cell.budget).min_by_key(|budget| budget.minor())?;
            (smallest.to_decimal() < minimum)
                .then(|| PlanWarning::BelowMinimum { key: product.key.clone(), minimum, smallest })
        })
        .collect()
}

fn unspendable(campaign: &Campaign, buys: &[PlannedBuy]) -> Result<Option<PlanWarning>, Refusal> {
    let Some(cap) = campaign.plan().budget.daily_cap else { return Ok(None) };
    let live = campaign.buys().iter().filter(|buy| !buy.status.has_ended()).flat_map(|buy| &buy.packages).map(|package| {
        crate::curve::Line { days: package.window.days(), budget: package.budget, pacing: package.pacing }
    });
    let planned = buys.iter().flat_map(|buy| &buy.packages).map(|package| crate::curve::Line {
        days: package.window.days(),
        budget: package.budget,
        pacing: package.pacing,
    });
    let lines: Vec<_> = live.chain(planned).collect();
    let curve = crate::curve::curve(&lines, Some(cap), campaign.currency())?;
    let amount = Money::sum(campaign.currency(), curve.unspendable.iter().copied())?;
    Ok((!amount.is_zero()).then_some(PlanWarning::Unspendable { amount }))
}

/// What every period of the plan resolves to now.
fn resolved_periods(campaign: &Campaign) -> Result<Vec<Executed>, Refusal> {
    let Some(pacing) = &campaign.plan().pacing else { return Ok(Vec::new()) };
    let money = campaign.money()?;
    let executed = campaign.executed_periods();
    let resolved = resolve(pacing, money.total, money.media, &executed, money.unallocated)?;
    Ok(pacing
        .periods()
        .iter()
        .zip(resolved)
        .map(|(period, resolved)| Executed { days: period.days, budget: resolved.budget, net: resolved.net })
        .collect())
}

/// One buy per agent, agents in the order of their first product; packages by product, then
/// period (decision 13).
fn group(
    campaign: &Campaign,
    products: &[&SelectedProduct],
    layout: &Layout,
    ids: &mut dyn Ids,
    now: DateTime<Utc>,
) -> Vec<PlannedBuy> {
    let mut order: Vec<&AgentId> = Vec::new();
    let mut by_agent: BTreeMap<&AgentId, Vec<(&SelectedProduct, &Row)>> = BTreeMap::new();
    for (product, row) in products.iter().zip(&layout.rows) {
        let agent = &product.key.agent_id;
        if !order.contains(&agent) {
            order.push(agent);
        }
        by_agent.entry(agent).or_default().push((product, row));
    }
    let flight = campaign.plan().flight;
    order
        .into_iter()
        .filter_map(|agent| {
            let rows = by_agent.get(agent)?;
            let (first, _) = rows.first()?;
            let failed = campaign
                .buys()
                .iter()
                .filter(|buy| buy.status == MediaBuyStatus::Failed && buy.agent_id == *agent)
                .min_by(|a, b| a.id.cmp(&b.id));
            let mut packages = Vec::new();
            for (product, row) in rows {
                for cell in row.cells.iter().filter(|cell| !cell.over) {
                    let earlier = failed.and_then(|buy| {
                        buy.packages.iter().find(|package| {
                            package.product_id == product.key.product_id
                                && package.period.as_ref().map(|period| period.index)
                                    == cell.period.as_ref().map(|period| period.index)
                        })
                    });
                    packages.push(PlannedPackage {
                        package_id: earlier.map_or_else(|| ids.package(), |package| package.id.clone()),
                        product: SelectedProduct::clone(product),
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
                name: format!("{} - {}", campaign.plan().name, first.agent_name).chars().take(255).collect(),
                start: if flight.begun(now) { StartTime::Asap } else { StartTime::At(flight.start()) },
                end: flight.end(),
                packages,
            })
        })
        .collect()
}

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
    for planned in &plan.buys {
        let created_at = campaign.buy(&planned.media_buy_id).map_or(now, |buy| buy.created_at);
        let buy = recorded(planned, goals.clone(), plan.launch, created_at, now);
        match campaign.buy_mut(&planned.media_buy_id) {
            Some(failed) => *failed = buy,
            None => campaign.buys.push(buy),
        }
    }
    campaign.launching = Some(Launching { launch: plan.launch, periods: plan.periods.clone() });
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
    let PlannedBuy { media_buy_id, reuses_failed: _, agent_id, agent_name, name, start, end, packages } = planned;
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
                let PlannedPackage { package_id, product, period, window, starts_at_once, budget, pacing, bid } =
                    package;
                Package {
                    id: package_id.clone(),
                    product_id: product.key.product_id.clone(),
                    product_name: product.name.clone(),
                    pricing_option_id: product.pricing_option_id.clone(),
                    period: period.clone(),
                    window: *window,
                    starts_at_once: *starts_at_once,
                    budget: *budget,
                    pacing: *pacing,
                    bid: *bid,
                    status: PackageStatus::Active,
                    seller_package_id: None,
                    seller_budget: None,
                    delivery: None,
                }
            })
            .collect(),
        goals,
        submission: SubmissionState::Open,
        campaign_hold: false,
        own_pause: false,
        wish: None,
        pending: None,
        failure: None,
        flags: Vec::new(),
        seller: SellerSide::default(),
        created_at,
        updated_at: now,
    }
}
