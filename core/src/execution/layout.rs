//! The money of an execute: unbought products as rows, pacing periods as columns (decisions 7, 8,
//! 11, 21).

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::campaign::{Campaign, CampaignStatus, MoneyView};
use crate::error::{Code, Refusal, Violation};
use crate::flight::{DayRange, Flight};
use crate::ids::ProductKey;
use crate::media_buy::PeriodRef;
use crate::money::Money;
use crate::pacing::{Intensity, Mode, PacingPlan, Resolved, resolve};
use crate::selection::SelectedProduct;
use crate::sorted::Sorted;
use crate::split::split_money;
use crate::table::table;

/// The money of one product in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The period; none without pacing periods.
    pub period: Option<Arc<PeriodRef>>,
    /// When the package runs.
    pub window: Flight,
    /// Its money.
    pub budget: Money,
    /// Whether the window is over: no package is made and the money stays unallocated.
    pub over: bool,
}

/// One product with its money over the periods that take part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The product.
    pub key: ProductKey,
    /// Its money: its own budget, or its even share of what was left (decision 8).
    pub budget: Money,
    /// Whether the budget is such a share.
    pub is_share: bool,
    /// One cell per period that takes part and has money, in order.
    pub cells: Vec<Cell>,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// By product in selection order.
    pub rows: Vec<Row>,
    /// What the rows ask for beyond what may be bought; zero when it fits.
    pub short_by: Money,
    /// The media money that would have to be there.
    pub needed: Money,
}

/// A column: a period that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) period: Arc<PeriodRef>,
    pub(crate) window: Flight,
    /// What it may still hold: its net less what allocated packages hold in it.
    pub(crate) net_left: i64,
    /// Days times weight; in budget mode its net.
    pub(crate) weight: u64,
}

/// What a campaign's products are laid out over, whichever they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The periods that take part; none without pacing periods.
    pub(crate) columns: Option<Vec<Column>>,
    money: MoneyView,
    /// What all columns together may still hold; none without pacing periods.
    nets: Option<Money>,
    mode: Option<Mode>,
}

/// The edges of the table: what every row and every column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outline {
    /// What each column holds, in units; empty without pacing periods.
    pub(crate) holds: Vec<i64>,
    /// Each product's money, and whether it is a share of what was left (decision 8).
    pub(crate) budgets: Vec<(Money, bool)>,
    /// What explicit budgets left for the even shares.
    pub(crate) left: Money,
    /// What all rows ask for.
    pub(crate) asked: Money,
    /// What they ask for beyond what may be bought; zero when it fits.
    pub(crate) short_by: Money,
    /// The media money that would have to be there.
    pub(crate) needed: Money,
}

/// Lays the money of products out over the periods that take part in this launch.
pub(super) fn lay_out(
    campaign: &Campaign,
    products: &[&SelectedProduct],
    now: DateTime<Utc>,
) -> Result<Layout, Refusal> {
    let frame = frame(campaign)?;
    let Outline {
        holds,
        budgets,
        left: _,
        asked: _,
        short_by,
        needed,
    } = frame.outline(products)?;
    let cells = match &frame.columns {
        None => products
            .iter()
            .zip(&budgets)
            .map(|(_, (budget, _))| vec![flat(campaign, *budget, now)])
            .collect(),
        Some(columns) => spread(&budgets, &holds, columns, now)?,
    };
    let rows = products
        .iter()
        .zip(budgets)
        .zip(cells)
        .map(|((product, (budget, is_share)), cells)| Row {
            key: product.key.clone(),
            budget,
            is_share,
            cells,
        })
        .collect();
    Ok(Layout {
        rows,
        short_by,
        needed,
    })
}

/// What products ask for together: the budgets they name, and the even share of what these leave
/// for those that name none (decision 8). It is told whether or not an execute would refuse them:
/// where nothing is left, and where no period is left to buy in, they share nothing.
///
/// # Errors
/// Arithmetic beyond the range of money.
pub fn asked<'a>(
    campaign: &Campaign,
    products: impl IntoIterator<Item = &'a SelectedProduct>,
) -> Result<Money, Refusal> {
    let currency = campaign.currency();
    let mut shares = false;
    let budgets = products.into_iter().filter_map(|product| {
        shares |= product.budget.is_none();
        product.budget
    });
    let explicit = Money::sum(currency, budgets)?;
    if !shares {
        return Ok(explicit);
    }
    let available = match frame(campaign) {
        Ok(frame) => frame.available()?,
        Err(Refusal::Invalid(_)) => Money::zero(currency),
        Err(other) => return Err(other),
    };
    explicit.plus(left(available, explicit)?)
}

/// What budgets that are named leave for the even shares.
fn left(available: Money, explicit: Money) -> Result<Money, Refusal> {
    Ok(available.minus(explicit)?.at_least_zero())
}

/// What every selection of products is laid out over in the launch that comes next.
pub(crate) fn frame(campaign: &Campaign) -> Result<Frame, Refusal> {
    let money = campaign.money()?;
    let columns = columns(campaign, money.media, money.unallocated)?;
    let nets = match &columns {
        Some(columns) => Some(
            Money::from_minor(
                sum(columns.iter().map(|column| column.net_left))?,
                campaign.currency(),
            )
            .ok_or(Refusal::Overflow)?,
        ),
        None => None,
    };
    let mode = campaign.plan().pacing.as_ref().map(PacingPlan::mode);
    Ok(Frame {
        columns,
        money,
        nets,
        mode,
    })
}

impl Frame {
    /// What may be bought.
    fn available(&self) -> Result<Money, Refusal> {
        let unallocated = self.money.unallocated;
        let available = match self.nets {
            Some(nets) => unallocated.min(nets)?,
            None => unallocated,
        };
        Ok(available.at_least_zero())
    }

    /// What every row and every column of the table of these products holds.
    pub(crate) fn outline(&self, products: &[&SelectedProduct]) -> Result<Outline, Refusal> {
        let money = &self.money;
        let available = self.available()?;
        let (budgets, left) = budgets(products, available)?;
        let asked = Money::sum(
            available.currency(),
            budgets.iter().map(|(budget, _)| *budget),
        )?;
        let limit = match (self.mode, self.nets) {
            (Some(Mode::Budget), Some(nets)) => money.unallocated.min(nets)?,
            _ => money.unallocated,
        };
        Ok(Outline {
            holds: self.holds(asked)?,
            budgets,
            left,
            asked,
            short_by: asked.minus(limit)?.at_least_zero(),
            needed: money.allocated.plus(asked)?,
        })
    }

    /// What each column of the table holds: in weight mode the sum of the rows by days times
    /// weight; in budget mode the nets when the rows add up to them, else the sum of the rows by
    /// the nets (decision 7).
    fn holds(&self, asked: Money) -> Result<Vec<i64>, Refusal> {
        let Some(columns) = &self.columns else {
            return Ok(Vec::new());
        };
        let nets = self.nets.map_or(0, Money::minor);
        let by_budget = self.mode == Some(Mode::Budget);
        if by_budget && nets == asked.minor() {
            return Ok(columns.iter().map(|column| column.net_left).collect());
        }
        let weights: Vec<u64> = columns
            .iter()
            .map(|column| {
                if by_budget && nets > 0 {
                    u64::try_from(column.net_left).unwrap_or(0)
                } else {
                    column.weight
                }
            })
            .collect();
        Ok(split_money(asked, &weights)?
            .into_iter()
            .map(Money::minor)
            .collect())
    }
}

/// Each product's money; those without a budget take an even share of what explicit ones leave
/// (decision 8), which is told too.
fn budgets(
    products: &[&SelectedProduct],
    available: Money,
) -> Result<(Vec<(Money, bool)>, Money), Refusal> {
    let currency = available.currency();
    let explicit = Money::sum(
        currency,
        products.iter().filter_map(|product| product.budget),
    )?;
    let open = products
        .iter()
        .filter(|product| product.budget.is_none())
        .count();
    let left = left(available, explicit)?;
    let shares = if open == 0 {
        Vec::new()
    } else {
        split_money(left, &vec![1; open])?
    };
    let mut shares = shares.into_iter();
    let budgets: Vec<_> = products
        .iter()
        .map(|product| match product.budget {
            Some(budget) => (budget, false),
            None => (shares.next().unwrap_or(Money::zero(currency)), true),
        })
        .collect();
    let violations: Vec<_> = products
        .iter()
        .zip(&budgets)
        .enumerate()
        .filter(|(_, (_, (budget, _)))| budget.is_zero())
        .map(|(index, (product, _))| {
            Violation::new(
                format!("products[{index}].budget"),
                Code::ProductWithoutMoney,
                format!(
                    "no money is left for `{}`: give it a budget or raise the total",
                    product.name
                ),
            )
            .with("productId", product.key.product_id.0.as_str())
        })
        .collect();
    if violations.is_empty() {
        Ok((budgets, left))
    } else {
        Err(Refusal::Invalid(violations))
    }
}

/// The periods that take part: those no earlier launch knew, and those of this launch (decision
/// 21). `None` without pacing periods.
fn columns(
    campaign: &Campaign,
    media: Money,
    unallocated: Money,
) -> Result<Option<Vec<Column>>, Refusal> {
    let plan = campaign.plan();
    let Some(pacing) = &plan.pacing else {
        return Ok(None);
    };
    let executed = campaign.executed_periods();
    let resolved = resolve(pacing, plan.budget.total, media, &executed, unallocated)?;
    let launch = next_launch(campaign);
    let mut columns = Vec::new();
    for (index, (period, money)) in pacing.periods().iter().zip(&resolved).enumerate() {
        let known = campaign.launched_periods().get(index);
        let takes_part = known.is_none_or(|known| known.launch == launch);
        if !takes_part || weight(&period.intensity, period.days, money) == 0 {
            continue;
        }
        let Some(window) = plan.flight.clip(period.days) else {
            continue;
        };
        let held = held_in(campaign, index, period.days)?;
        columns.push(Column {
            period: Arc::new(PeriodRef {
                index: u32::try_from(index + 1).unwrap_or(u32::MAX),
                label: period.label.clone(),
            }),
            window,
            net_left: (money.net.minor() - held).max(0),
            weight: weight(&period.intensity, period.days, money),
        });
    }
    if columns.is_empty() {
        return Err(Refusal::invalid(Violation::new(
            "pacingPeriods.periods",
            Code::AllZero,
            "no pacing period is left to buy in: append a later one",
        )));
    }
    Ok(Some(columns))
}

/// The launch that an execute in this status belongs to.
pub(super) fn next_launch(campaign: &Campaign) -> u32 {
    match campaign.status() {
        CampaignStatus::Draft | CampaignStatus::Completed => campaign.launch.saturating_add(1),
        CampaignStatus::Active | CampaignStatus::Paused | CampaignStatus::Archived => {
            campaign.launch
        }
    }
}

/// Days times weight in weight mode, the net in budget mode.
fn weight(intensity: &Intensity, days: DayRange, money: &Resolved) -> u64 {
    match intensity {
        Intensity::Weight(weight) => u64::from(days.days()) * u64::from(weight.ten_thousandths()),
        Intensity::Budget(budget) if budget.is_zero() => 0,
        Intensity::Budget(_) => u64::try_from(money.net.minor()).unwrap_or(0),
    }
}

/// What allocated packages hold in a period.
fn held_in(campaign: &Campaign, index: usize, days: DayRange) -> Result<i64, Refusal> {
    let packages = campaign
        .buys()
        .iter()
        .filter(|buy| !buy.status.has_ended())
        .flat_map(|buy| &buy.packages)
        .filter(|package| {
            package
                .period
                .as_ref()
                .is_some_and(|period| usize::try_from(period.index) == Ok(index + 1))
                && days.contains(package.window.days())
        });
    sum(packages.map(|package| package.holds().minor()))
}

/// One package over the flight: no pacing periods.
fn flat(campaign: &Campaign, budget: Money, now: DateTime<Utc>) -> Cell {
    let window = campaign.plan().flight;
    Cell {
        period: None,
        window,
        budget,
        over: window.over_at(now),
    }
}

/// The table of decision 7: products by periods, exact both ways.
fn spread(
    budgets: &[(Money, bool)],
    holds: &[i64],
    columns: &[Column],
    now: DateTime<Utc>,
) -> Result<Vec<Vec<Cell>>, Refusal> {
    let Some((first, _)) = budgets.first() else {
        return Ok(Vec::new());
    };
    let currency = first.currency();
    let rows: Vec<i64> = budgets.iter().map(|(budget, _)| budget.minor()).collect();
    let table = table(&rows, holds).ok_or(Refusal::Overflow)?;
    (0..rows.len())
        .map(|row| {
            columns
                .iter()
                .enumerate()
                .map(|(column, Column { period, window, .. })| {
                    Ok(Cell {
                        period: Some(period.clone()),
                        window: *window,
                        budget: Money::from_minor(table.cell(row, column), currency)
                            .ok_or(Refusal::Overflow)?,
                        over: window.over_at(now),
                    })
                })
                .collect()
        })
        .collect()
}

fn sum(amounts: impl Iterator<Item = i64>) -> Result<i64, Refusal> {
    amounts
        .into_iter()
        .try_fold(0_i64, i64::checked_add)
        .ok_or(Refusal::Overflow)
}

/// The labels of periods that are over, each once.
pub(super) fn over_periods(layout: &Layout) -> Vec<PeriodRef> {
    let mut seen = Sorted::new();
    layout
        .rows
        .iter()
        .flat_map(|row| &row.cells)
        .filter(|cell| cell.over)
        .filter_map(|cell| cell.period.as_deref().cloned())
        .filter(|period| seen.insert(period.index))
        .collect()
}
