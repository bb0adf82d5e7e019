//! What a held plan comes to, kept so that the next edit can say what it changed.

use std::cell::OnceCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::budget::fee_lines;
use crate::campaign::Campaign;
use crate::error::Refusal;
use crate::execution::{Column, Frame, Outline, frame};
use crate::money::Money;
use crate::pacing::{Resolved, resolve};
use crate::selection::SelectedProduct;
use crate::table::{Table, table};
use crate::wire::Amount;
use crate::wire::plan::Answer;
use crate::wire::plan::money::media_of;
use crate::wire::plan::read::MoneyMembers;

/// What a held plan comes to, in major units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlanTotals {
    /// The currency of every amount here.
    pub currency: String,
    /// Everything the advertiser commits, fees included.
    pub total: Amount,
    /// The sum of the fee lines.
    pub fees_total: Amount,
    /// Total less fees.
    pub media_budget: Amount,
    /// What media buys hold of it already.
    pub allocated_budget: Amount,
    /// Media budget less allocated.
    pub unallocated_budget: Amount,
    /// The sum of the products' budgets, even shares included; `null` while a product is wrong.
    pub planned_budget: Option<Amount>,
    /// What the products ask for beyond what there is; execute refuses above 0.
    pub short_by: Option<Amount>,
    /// How many products there are.
    pub product_count: u32,
    /// How many packages they come to; `null` while a product is wrong.
    pub package_count: Option<u32>,
}

/// What follows from the members of the campaign, whatever the products are; edits of products
/// leave it as it is.
#[derive(Debug, Default, Clone)]
pub(super) struct OfCampaign {
    money: Option<Rc<Moneys>>,
    frame: Option<Rc<Result<Frame, Refusal>>>,
}

/// What a plan comes to.
#[derive(Debug, Default)]
pub(super) struct Reckoned {
    campaign: OfCampaign,
    outline: Option<Outline>,
    refused: Option<Refusal>,
    table: OnceCell<Option<Table>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Moneys {
    total: Money,
    fees: Vec<Money>,
    media: Money,
    allocated: Money,
    unallocated: Money,
    periods: Vec<Resolved>,
}

impl OfCampaign {
    pub(super) fn of(members: &MoneyMembers, campaign: &Campaign) -> Self {
        Self {
            money: moneys(members).ok().map(Rc::new),
            frame: Some(Rc::new(frame(campaign))),
        }
    }
}

fn moneys(members: &MoneyMembers) -> Answer<Moneys> {
    let plan = &members.plan;
    let total = plan.budget.total;
    let (media, unallocated) = media_of(members)?;
    let periods = match &plan.pacing {
        None => Vec::new(),
        Some(pacing) => resolve(pacing, total, media, &members.executed, unallocated)?,
    };
    Ok(Moneys {
        total,
        fees: fee_lines(total, &plan.fees)?
            .into_iter()
            .map(|line| line.amount)
            .collect(),
        media,
        allocated: members.allocated,
        unallocated,
        periods,
    })
}

impl Reckoned {
    /// What the products come to in a campaign; `None` of them where not all are right.
    pub(super) fn of(campaign: &OfCampaign, products: Option<Vec<&SelectedProduct>>) -> Self {
        let mut reckoned = Self {
            campaign: campaign.clone(),
            ..Self::default()
        };
        if let (Some(frame), Some(products)) = (&campaign.frame, products)
            && !products.is_empty()
        {
            let outline = frame
                .as_ref()
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|frame| frame.outline(&products));
            match outline {
                Ok(outline) => reckoned.outline = Some(outline),
                Err(refusal) => reckoned.refused = Some(refusal),
            }
        }
        reckoned
    }

    /// Why the products cannot be bought so.
    pub(super) fn refused(&self) -> Option<&Refusal> {
        self.refused.as_ref()
    }

    /// The totals; `is_sound` where every product is right, `products` how many there are.
    pub(super) fn totals(&self, is_sound: bool, products: usize) -> Option<PlanTotals> {
        let money = self.campaign.money.as_ref()?;
        let is_sound = is_sound && self.refused.is_none();
        let zero = Money::zero(money.total.currency());
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let of_outline = |amount: fn(&Outline) -> Money| {
            is_sound.then(|| Amount::from(self.outline.as_ref().map_or(zero, amount)))
        };
        Some(PlanTotals {
            currency: money.total.currency().code().to_owned(),
            total: money.total.into(),
            fees_total: Money::sum(zero.currency(), money.fees.iter().copied())
                .unwrap_or(zero)
                .into(),
            media_budget: money.media.into(),
            allocated_budget: money.allocated.into(),
            unallocated_budget: money.unallocated.into(),
            planned_budget: of_outline(|outline| outline.asked),
            short_by: of_outline(|outline| outline.short_by),
            product_count: count(products),
            package_count: is_sound.then(|| {
                self.outline.as_ref().map_or(0, |outline| {
                    let columns = self.columns().map_or(1, <[_]>::len);
                    count(outline.budgets.len() * columns)
                })
            }),
        })
    }

    /// The paths of all amounts that differ from what they were before.
    pub(super) fn changed_since(&self, before: &Self) -> Vec<String> {
        let now = self;
        let mut paths = Vec::new();
        let mut differ = |path: String, before: Option<Money>, now: Option<Money>| {
            if before != now {
                paths.push(path);
            }
        };
        let (old, new) = (
            before.campaign.money.as_deref(),
            now.campaign.money.as_deref(),
        );
        let mut single = |path: &str, pick: fn(&Moneys) -> Money| {
            differ(path.to_owned(), old.map(pick), new.map(pick));
        };
        single("budget.total", |money| money.total);
        single("mediaBudget", |money| money.media);
        single("allocatedBudget", |money| money.allocated);
        single("unallocatedBudget", |money| money.unallocated);
        let fees = |money: Option<&Moneys>, index: usize| money?.fees.get(index).copied();
        for index in 0..longest(old, new, |money| money.fees.len()) {
            let path = format!("fees[{index}].amount");
            differ(path, fees(old, index), fees(new, index));
        }
        let period = |money: Option<&Moneys>, index: usize| money?.periods.get(index).copied();
        for index in 0..longest(old, new, |money| money.periods.len()) {
            let (old, new) = (period(old, index), period(new, index));
            let path = |member: &str| format!("pacingPeriods.periods[{index}].{member}");
            differ(path("budget"), old.map(|p| p.budget), new.map(|p| p.budget));
            differ(path("mediaBudget"), old.map(|p| p.net), new.map(|p| p.net));
        }
        let rows = longest(before.outline.as_ref(), now.outline.as_ref(), |outline| {
            outline.budgets.len()
        });
        for row in 0..rows {
            let path = format!("products[{row}].budget");
            differ(path, before.budget(row), now.budget(row));
        }
        let columns = before.places().max(now.places());
        for row in 0..rows {
            for column in 0..columns {
                let (old, new) = (before.package(row, column), now.package(row, column));
                if old != new {
                    let path = format!("products[{row}].packages[{column}].budget");
                    differ(path, old, new);
                }
            }
        }
        paths
    }

    fn columns(&self) -> Option<&[Column]> {
        let frame = self.campaign.frame.as_ref()?.as_ref().as_ref().ok()?;
        frame.columns.as_deref()
    }

    fn budget(&self, row: usize) -> Option<Money> {
        let (budget, _) = self.outline.as_ref()?.budgets.get(row)?;
        Some(*budget)
    }

    /// How many periods of the schedule come before the end of the last one that takes part.
    fn places(&self) -> usize {
        if self.outline.is_none() {
            return 0;
        }
        self.columns().map_or(1, |columns| {
            columns
                .last()
                .and_then(|column| usize::try_from(column.period.index).ok())
                .unwrap_or(0)
        })
    }

    /// What a product's package in a period of the schedule holds, both from 0.
    fn package(&self, row: usize, period: usize) -> Option<Money> {
        let outline = self.outline.as_ref()?;
        let (budget, _) = outline.budgets.get(row)?;
        let Some(columns) = self.columns() else {
            return (period == 0).then_some(*budget);
        };
        let column = columns
            .iter()
            .position(|column| usize::try_from(column.period.index) == Ok(period + 1))?;
        let table = self.table.get_or_init(|| {
            let rows: Vec<i64> = outline
                .budgets
                .iter()
                .map(|(budget, _)| budget.minor())
                .collect();
            table(&rows, &outline.holds)
        });
        Money::from_minor(table.as_ref()?.cell(row, column), budget.currency())
    }
}

fn longest<T>(a: Option<&T>, b: Option<&T>, length: impl Fn(&T) -> usize) -> usize {
    a.map_or(0, &length).max(b.map_or(0, &length))
}
