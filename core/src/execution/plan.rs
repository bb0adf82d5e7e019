//! What an execute would send: unbought products grouped by sales agent, one package per product
//! and pacing period with its exact money (decisions 7, 8, 11 to 16).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::checks::{below_minimum, check_packages, check_phase, too_much, unspendable};
use super::group::{by_agent, group, is_bought, superseded};
use super::layout::{Layout, Row, lay_out, next_launch, over_periods};
use crate::budget::PacingStrategy;
use crate::campaign::{Campaign, CampaignStatus};
use crate::error::{Code, Refusal, Violation};
use crate::flight::Flight;
use crate::ids::{AgentId, Ids, MediaBuyId, PackageId, ProductKey};
use crate::media_buy::{PeriodRef, StartTime};
use crate::money::Money;
use crate::pacing::{Executed, resolve};
use crate::selection::SelectedProduct;

/// A package as it would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedPackage {
    /// Ours.
    pub package_id: PackageId,
    /// The product, shared by all its packages: a plan of a thousand is laid out on every key.
    pub product: Arc<SelectedProduct>,
    /// The pacing period it is for, shared by all packages in it.
    pub period: Option<Arc<PeriodRef>>,
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
        let Some(first) = self.packages.first() else {
            return Ok(None);
        };
        Money::sum(
            first.budget.currency(),
            self.packages.iter().map(|package| package.budget),
        )
        .map(Some)
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
        let mut budgets = self
            .buys
            .iter()
            .flat_map(|buy| &buy.packages)
            .map(|package| package.budget);
        let Some(first) = budgets.next() else {
            return Ok(None);
        };
        budgets.try_fold(first, Money::plus).map(Some)
    }
}

/// What execute would send now.
///
/// # Errors
/// [`Refusal::WrongPhase`] unless DRAFT, COMPLETED or ACTIVE; [`Refusal::Invalid`] without
/// products, after the flight, or when a product or package would hold no money;
/// [`Refusal::OverBudget`] when the products ask for more than is unallocated.
pub fn plan<'a>(
    campaign: &Campaign,
    selection: impl IntoIterator<Item = &'a SelectedProduct>,
    ids: &mut dyn Ids,
    now: DateTime<Utc>,
) -> Result<Plan, Refusal> {
    Unbought::of(campaign, selection, now, true)?.plan(campaign, ids, now)
}

/// The same for looking at while planning: asking for too much is a warning here, not a refusal
/// (decision 7).
///
/// # Errors
/// As [`plan`], without [`Refusal::OverBudget`].
pub fn preview<'a>(
    campaign: &Campaign,
    selection: impl IntoIterator<Item = &'a SelectedProduct>,
    ids: &mut dyn Ids,
    now: DateTime<Utc>,
) -> Result<Plan, Refusal> {
    Unbought::of(campaign, selection, now, false)?.plan(campaign, ids, now)
}

/// The money of a [`preview`] with nothing that is made to be sent: unbought products in selection
/// order by pacing periods, and what to know of it. A page asks for it at every key.
///
/// # Errors
/// As [`preview`].
pub fn sketch<'a>(
    campaign: &Campaign,
    selection: impl IntoIterator<Item = &'a SelectedProduct>,
    now: DateTime<Utc>,
) -> Result<(Vec<Row>, Vec<PlanWarning>), Refusal> {
    let Unbought {
        layout, warnings, ..
    } = Unbought::of(campaign, selection, now, false)?;
    Ok((layout.map_or_else(Vec::new, |layout| layout.rows), warnings))
}

/// The products of an execute that are not bought, with their money.
struct Unbought<'a> {
    products: Vec<&'a SelectedProduct>,
    /// None where all are bought.
    layout: Option<Layout>,
    warnings: Vec<PlanWarning>,
}

impl<'a> Unbought<'a> {
    fn of(
        campaign: &Campaign,
        selection: impl IntoIterator<Item = &'a SelectedProduct>,
        now: DateTime<Utc>,
        strict: bool,
    ) -> Result<Self, Refusal> {
        check_phase(campaign, now)?;
        let mut is_empty = true;
        let products: Vec<_> = selection
            .into_iter()
            .inspect(|_| is_empty = false)
            .filter(|product| !is_bought(campaign, product))
            .collect();
        if is_empty && campaign.status() != CampaignStatus::Active {
            return Err(Refusal::invalid(Violation::new(
                "products",
                Code::NoProducts,
                "no product is selected: select products in the discovery session first",
            )));
        }
        let mut warnings = Vec::new();
        let in_flight: Vec<_> = campaign
            .buys()
            .iter()
            .filter(|buy| buy.is_in_flight())
            .map(|buy| buy.id.clone())
            .collect();
        if !in_flight.is_empty() {
            warnings.push(PlanWarning::InFlight {
                media_buy_ids: in_flight,
            });
        }
        if products.is_empty() {
            return Ok(Self {
                products,
                layout: None,
                warnings,
            });
        }
        let layout = lay_out(campaign, &products, now)?;
        if !layout.short_by.is_zero() {
            if strict {
                return Err(too_much(campaign, &layout)?);
            }
            warnings.push(PlanWarning::OverAllocated {
                short_by: layout.short_by,
            });
        }
        check_packages(&products, &layout, strict)?;
        warnings.extend(
            over_periods(&layout)
                .into_iter()
                .map(|period| PlanWarning::PeriodOver { period }),
        );
        warnings.extend(below_minimum(&products, &layout));
        warnings.extend(unspendable(campaign, &by_agent(&products, &layout))?);
        Ok(Self {
            products,
            layout: Some(layout),
            warnings,
        })
    }

    fn plan(
        self,
        campaign: &Campaign,
        ids: &mut dyn Ids,
        now: DateTime<Utc>,
    ) -> Result<Plan, Refusal> {
        let mut plan = Plan {
            buys: Vec::new(),
            shares: Vec::new(),
            superseded: Vec::new(),
            warnings: self.warnings,
            launch: next_launch(campaign),
            periods: Vec::new(),
        };
        if let Some(layout) = &self.layout {
            plan.shares = layout
                .rows
                .iter()
                .filter(|row| row.is_share)
                .map(|row| (row.key.clone(), row.budget))
                .collect();
            plan.periods = resolved_periods(campaign)?;
            plan.buys = group(campaign, by_agent(&self.products, layout), ids, now);
        }
        plan.superseded = superseded(campaign, &plan.buys);
        Ok(plan)
    }
}

/// What every period of the plan resolves to now.
fn resolved_periods(campaign: &Campaign) -> Result<Vec<Executed>, Refusal> {
    let Some(pacing) = &campaign.plan().pacing else {
        return Ok(Vec::new());
    };
    let money = campaign.money()?;
    let executed = campaign.executed_periods();
    let resolved = resolve(
        pacing,
        money.total,
        money.media,
        &executed,
        money.unallocated,
    )?;
    Ok(pacing
        .periods()
        .iter()
        .zip(resolved)
        .map(|(period, resolved)| Executed {
            days: period.days,
            budget: resolved.budget,
            net: resolved.net,
        })
        .collect())
}
