//! Why an amount of a plan is what it is: formula, inputs, exact remainder, and who got the odd
//! unit (decision 3). The parts of an explanation always add up to its whole.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::options::Asked;
use super::packages::campaign_of;
use super::read::{MoneyMembers, money_members, products};
use super::{Answer, refused};
use crate::budget::{Fee, fee_lines, media_budget};
use crate::error::{Code, Refusal, Violation};
use crate::execution::outline;
use crate::money::Money;
use crate::pacing::{self, PacingPlan, Source};
use crate::selection::SelectedProduct;
use crate::split::{Explanation, Split, split};
use crate::table::{CellShare, Step as TableStep, table};
use crate::wire::Amount;
use crate::wire::json::{Json, Step, shorten, steps};
use crate::words::words;

words! {
    /// By which rule an amount came about.
    pub enum ExplainRule {
        /// The plan says so.
        Given = "given",
        /// An earlier execute resolved it, and it keeps it.
        Kept = "kept",
        /// There is nothing to share, or the period is skipped.
        Nothing = "nothing",
        /// A whole less its other parts.
        Difference = "difference",
        /// A share of a whole by weights: rounded down, and one odd unit each to the largest
        /// remainders, equal ones to the earliest.
        LargestRemainder = "largest_remainder",
        /// A cell of the table of products by periods: row times column over the sum, with odd
        /// units placed so that every row and every column adds up.
        Table = "table",
    }
}

/// Why an amount is what it is. `parts` add up to `whole`; the amount asked about is one of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Explanation))]
pub struct ExplanationOut {
    /// The amount asked about.
    pub path: String,
    /// What it is, in major units.
    pub amount: Amount,
    /// The currency of every amount here.
    pub currency: String,
    /// By which rule.
    pub rule: ExplainRule,
    /// The calculation in one line.
    pub formula: String,
    /// What goes into it.
    pub inputs: Vec<ExplainInput>,
    /// For shares: what it is exactly, and who got an odd unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exact: Option<Exact>,
    /// What it is a part of; absent for amounts that are given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<ExplainPart>,
    /// All parts of the whole, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ExplainPart>,
}

/// One thing that goes into an amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplainInput {
    /// What it is.
    pub name: String,
    /// Its value as decimal text.
    pub value: String,
    /// Where it stands in the plan, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// The exact share: `floor + remainder / divisor` units of the currency's smallest coin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Exact {
    /// Rounded down, in major units.
    pub floor: Amount,
    /// What rounding down cut off, over the divisor, in smallest coins; a whole number as text.
    pub remainder: String,
    /// The divisor; a whole number as text.
    pub divisor: String,
    /// Whether it got one of the odd units.
    pub got_odd_unit: bool,
    /// Why it got one or not.
    pub why: String,
}

/// One amount by its place, or by its name where it has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExplainPart {
    /// Where it stands, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What it is, where it stands nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is, in major units.
    pub amount: Amount,
    /// Whether an odd unit is in it.
    pub got_odd_unit: bool,
}

/// Explains one amount of a plan by its path: `budget.total`, `mediaBudget`,
/// `unallocatedBudget`, `fees[0].amount`, `pacingPeriods.periods[0].budget` and `.mediaBudget`,
/// `products[0].budget`, `products[0].packages[0].budget` (periods counted in the schedule).
///
/// # Errors
/// What the API refuses the members with that the amount follows from; a path that is no amount.
pub fn explain(body: &Json, path: &str, asked: &Asked) -> Answer<ExplanationOut> {
    let members = money_members(body, asked)?;
    let unknown = || {
        refused(vec![Violation::new(
            "path",
            Code::NotFound,
            format!(
                "expected the path of an amount of the plan, got `{}`",
                shorten(path)
            ),
        )])
    };
    let steps = steps(path).ok_or_else(unknown)?;
    let steps = match steps.as_slice() {
        // An amount may be named with the object it is written in.
        [object @ .., Step::Member("amount" | "total")] if !object.is_empty() => object,
        whole => whole,
    };
    let explained = match steps {
        [Step::Member("budget")] => Some(given(path, members.plan.budget.total)),
        [Step::Member("allocatedBudget")] => Some(given(path, members.allocated)),
        [Step::Member("mediaBudget")] => Some(media(&members, path)?),
        [Step::Member("unallocatedBudget")] => Some(unallocated(&members, path)?),
        [Step::Member("fees"), Step::At(index)] => fee(&members, path, *index)?,
        [
            Step::Member("pacingPeriods"),
            Step::Member("periods"),
            Step::At(index),
            Step::Member(which @ ("budget" | "mediaBudget")),
        ] => period(&members, path, *index, *which == "mediaBudget")?,
        [
            Step::Member("products"),
            Step::At(row),
            Step::Member("budget"),
        ] => of_products(body, &members, path, (*row, None))?,
        [
            Step::Member("products"),
            Step::At(row),
            Step::Member("packages"),
            Step::At(period),
            Step::Member("budget"),
        ] => of_products(body, &members, path, (*row, Some(*period)))?,
        _ => None,
    };
    explained.ok_or_else(unknown)
}

fn text(amount: Money) -> String {
    amount.to_decimal().to_string()
}

fn input(name: &str, value: impl ToString, path: Option<&str>) -> ExplainInput {
    ExplainInput {
        name: name.to_owned(),
        value: value.to_string(),
        path: path.map(str::to_owned),
    }
}

fn at(path: impl Into<String>, amount: Money) -> ExplainPart {
    Place::At(path.into()).with(amount, false)
}

/// Where an amount stands, or what it is called.
enum Place {
    At(String),
    Named(&'static str),
}

impl Place {
    fn with(self, amount: Money, got_odd_unit: bool) -> ExplainPart {
        let (path, name) = match self {
            Self::At(path) => (Some(path), None),
            Self::Named(name) => (None, Some(name.to_owned())),
        };
        ExplainPart {
            path,
            name,
            amount: amount.into(),
            got_odd_unit,
        }
    }

    fn path(&self) -> Option<&str> {
        match self {
            Self::At(path) => Some(path),
            Self::Named(_) => None,
        }
    }
}

fn base(path: &str, amount: Money, rule: ExplainRule, formula: String) -> ExplanationOut {
    ExplanationOut {
        path: path.to_owned(),
        amount: amount.into(),
        currency: amount.currency().code().to_owned(),
        rule,
        formula,
        inputs: Vec::new(),
        exact: None,
        whole: None,
        parts: Vec::new(),
    }
}

fn given(path: &str, amount: Money) -> ExplanationOut {
    base(path, amount, ExplainRule::Given, text(amount))
}

fn media(members: &MoneyMembers, path: &str) -> Answer<ExplanationOut> {
    let total = members.plan.budget.total;
    let lines = fee_lines(total, &members.plan.fees)?;
    let media = media_budget(total, &members.plan.fees)?;
    let mut formula = text(total);
    let mut parts = vec![at(path, media)];
    let mut inputs = vec![input("total", text(total), Some("budget.total"))];
    for (index, line) in lines.iter().enumerate() {
        let place = format!("fees[{index}].amount");
        formula.push_str(&format!(" - {}", text(line.amount)));
        inputs.push(input("fee", text(line.amount), Some(&place)));
        parts.push(at(place, line.amount));
    }
    formula.push_str(&format!(" = {}", text(media)));
    Ok(ExplanationOut {
        inputs,
        whole: Some(at("budget.total", total)),
        parts,
        ..base(path, media, ExplainRule::Difference, formula)
    })
}

fn unallocated(members: &MoneyMembers, path: &str) -> Answer<ExplanationOut> {
    let media = media_budget(members.plan.budget.total, &members.plan.fees)?;
    let held = members.allocated;
    let left = media.minus(held)?;
    Ok(ExplanationOut {
        inputs: vec![
            input("media budget", text(media), Some("mediaBudget")),
            input("allocated", text(held), Some("allocatedBudget")),
        ],
        whole: Some(at("mediaBudget", media)),
        parts: vec![at(path, left), at("allocatedBudget", held)],
        ..base(
            path,
            left,
            ExplainRule::Difference,
            format!("{} - {} = {}", text(media), text(held), text(left)),
        )
    })
}

/// A part of a split, with all its siblings.
struct Shared<'a> {
    split: &'a Split,
    index: usize,
    /// The whole and where it stands.
    whole: (Place, Money),
    /// Where each part stands.
    places: Vec<Place>,
    /// What a weight is.
    weight: &'a str,
}

impl Shared<'_> {
    fn explain(self, path: &str) -> Answer<Option<ExplanationOut>> {
        let Self {
            split,
            index,
            whole: (whole_place, whole),
            places,
            weight,
        } = self;
        let Some(why) = split.explain(index) else {
            return Ok(None);
        };
        let money = |minor| Money::from_minor(minor, whole.currency()).ok_or(Refusal::Overflow);
        let amount = money(why.share.amount)?;
        let floor = money(why.share.floor)?;
        let (formula, reason) = share_text(whole, floor, amount, &why);
        let parts = split
            .shares
            .iter()
            .zip(places)
            .map(|(share, place)| Ok(place.with(money(share.amount)?, share.extra)))
            .collect::<Result<_, Refusal>>()?;
        Ok(Some(ExplanationOut {
            inputs: vec![
                input("whole", text(whole), whole_place.path()),
                input(weight, why.share.weight, None),
                input("sum of the weights", why.divisor, None),
            ],
            exact: Some(Exact {
                floor: floor.into(),
                remainder: why.share.remainder.to_string(),
                divisor: why.divisor.to_string(),
                got_odd_unit: why.share.extra,
                why: reason,
            }),
            whole: Some(whole_place.with(whole, false)),
            parts,
            ..base(path, amount, ExplainRule::LargestRemainder, formula)
        }))
    }
}

fn share_text(whole: Money, floor: Money, amount: Money, why: &Explanation) -> (String, String) {
    let Explanation {
        total: _,
        divisor,
        odd_units,
        place,
        share,
    } = why;
    let product = format!("{} x {}/{divisor}", text(whole), share.weight);
    if share.remainder == 0 {
        return (
            format!("{product} = {}", text(amount)),
            "it is exact".to_owned(),
        );
    }
    let units = if *odd_units == 1 { "unit" } else { "units" };
    let got = if share.extra {
        "it got one"
    } else {
        "it got none"
    };
    let reason = format!("place {place} by remainder, and {odd_units} odd {units} to give: {got}");
    (
        format!(
            "{product} = {} remainder {}/{divisor} of the smallest unit; {}",
            text(floor),
            share.remainder,
            text(amount)
        ),
        reason,
    )
}

fn fee(members: &MoneyMembers, path: &str, index: usize) -> Answer<Option<ExplanationOut>> {
    let plan = &members.plan;
    let total = plan.budget.total;
    let Some(line) = plan.fees.get(index) else {
        return Ok(None);
    };
    if let Fee::Flat { amount, .. } = line {
        return Ok(Some(given(path, *amount)));
    }
    let lines = fee_lines(total, &plan.fees)?;
    let margins: Vec<(usize, u32, Money)> = lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| match &line.fee {
            Fee::Margin { percent, .. } => Some((index, percent.ten_thousandths(), line.amount)),
            Fee::Flat { .. } => None,
        })
        .collect();
    let sum = Money::sum(
        total.currency(),
        margins.iter().map(|(_, _, amount)| *amount),
    )?;
    let steps: u32 = margins.iter().map(|(_, steps, _)| *steps).sum();
    let percent = Decimal::new(i64::from(steps), 4).normalize();
    let weights: Vec<u64> = margins.iter().map(|(_, w, _)| u64::from(*w)).collect();
    let Some(at_margin) = margins.iter().position(|(at, _, _)| *at == index) else {
        return Ok(None);
    };
    let rounded = format!(
        "{} x {percent} percent, rounded half up = {}",
        text(total),
        text(sum)
    );
    let Some(split) = split(sum.minor(), &weights) else {
        let amount = Money::zero(total.currency());
        return Ok(Some(base(path, amount, ExplainRule::Nothing, rounded)));
    };
    let explained = Shared {
        split: &split,
        index: at_margin,
        whole: (Place::Named("all margin fees"), sum),
        places: margins
            .iter()
            .map(|(at, _, _)| Place::At(format!("fees[{at}].amount")))
            .collect(),
        weight: "percent in ten-thousandths",
    }
    .explain(path)?;
    Ok(explained.map(|mut explained| {
        explained.formula = format!("{rounded}; {}", explained.formula);
        explained
            .inputs
            .insert(0, input("total", text(total), Some("budget.total")));
        explained
    }))
}

fn period(
    members: &MoneyMembers,
    path: &str,
    index: usize,
    net: bool,
) -> Answer<Option<ExplanationOut>> {
    let Some(schedule) = &members.plan.pacing else {
        return Ok(None);
    };
    let total = members.plan.budget.total;
    let media = media_budget(total, &members.plan.fees)?;
    let unallocated = media.minus(members.allocated)?;
    let explained = pacing::explain(schedule, total, media, &members.executed, unallocated)?;
    let Some(this) = explained.get(index) else {
        return Ok(None);
    };
    let (amount, source) = if net {
        (this.resolved.net, this.net)
    } else {
        (this.resolved.budget, this.budget)
    };
    let simple = |rule| Ok(Some(base(path, amount, rule, text(amount))));
    let why = match source {
        Source::Given => return simple(ExplainRule::Given),
        Source::Kept => return simple(ExplainRule::Kept),
        Source::Nothing => return simple(ExplainRule::Nothing),
        Source::Share(why) => why,
    };
    let whole = Money::from_minor(why.total, total.currency()).ok_or(Refusal::Overflow)?;
    let (weights, mut places) = share_weights(schedule, total, members.executed.len(), net);
    let Some(split) = split(whole.minor(), &weights) else {
        return Ok(None);
    };
    let kept = schedule.periods().len().saturating_sub(places.len());
    if places.len() < weights.len() {
        places.push(Place::Named("headroom: what no period takes of the total"));
    }
    Shared {
        split: &split,
        index: index.saturating_sub(kept),
        whole: (
            match (net, kept) {
                (true, 0) => Place::At("mediaBudget".to_owned()),
                (true, _) => Place::At("unallocatedBudget".to_owned()),
                (false, 0) => Place::At("budget.total".to_owned()),
                (false, _) => Place::Named("the total less what executed periods keep"),
            },
            whole,
        ),
        places,
        weight: match schedule.mode() {
            pacing::Mode::Weight => "days x weight in ten-thousandths",
            pacing::Mode::Budget => "budget in smallest units",
        },
    }
    .explain(path)
}

/// What the periods share by, and where each share stands; in budget mode the headroom last.
fn share_weights(
    schedule: &PacingPlan,
    total: Money,
    executed: usize,
    net: bool,
) -> (Vec<u64>, Vec<Place>) {
    let member = if net { "mediaBudget" } else { "budget" };
    let all: Vec<u64> = schedule
        .periods()
        .iter()
        .map(pacing::Period::share_weight)
        .collect();
    let place = |index: usize| Place::At(format!("pacingPeriods.periods[{index}].{member}"));
    match schedule.mode() {
        pacing::Mode::Weight => (
            all.iter().copied().skip(executed).collect(),
            (executed..all.len()).map(place).collect(),
        ),
        pacing::Mode::Budget => {
            let spoken_for: u64 = all.iter().sum();
            let headroom = u64::try_from(total.minor())
                .unwrap_or(0)
                .saturating_sub(spoken_for);
            let places = (0..all.len()).map(place).collect();
            (all.into_iter().chain([headroom]).collect(), places)
        }
    }
}

/// A product's budget, or its package in one period.
fn of_products(
    body: &Json,
    members: &MoneyMembers,
    path: &str,
    (product, cell): (usize, Option<usize>),
) -> Answer<Option<ExplanationOut>> {
    let selection = products(body, members.plan.budget.total.currency())?;
    let Some(campaign) = campaign_of(members.kind, members.plan.clone()) else {
        return Ok(None);
    };
    let all: Vec<&SelectedProduct> = selection.iter().collect();
    let outline = outline(&campaign, &all)?;
    let Some((budget, is_share)) = outline.budgets.get(product).copied() else {
        return Ok(None);
    };
    match cell {
        None if !is_share => Ok(Some(given(path, budget))),
        None => {
            let open: Vec<usize> = (0..outline.budgets.len())
                .filter(|index| outline.budgets.get(*index).is_some_and(|(_, share)| *share))
                .collect();
            let Some(split) = split(outline.left.minor(), &vec![1; open.len()]) else {
                return Ok(None);
            };
            Shared {
                split: &split,
                index: open.iter().position(|at| *at == product).unwrap_or(0),
                whole: (Place::Named("what explicit budgets leave"), outline.left),
                places: open
                    .iter()
                    .map(|at| Place::At(format!("products[{at}].budget")))
                    .collect(),
                weight: "even share",
            }
            .explain(path)
        }
        Some(period) => package(&outline, path, product, period),
    }
}

fn package(
    outline: &crate::execution::Outline,
    path: &str,
    row: usize,
    period: usize,
) -> Answer<Option<ExplanationOut>> {
    let rows: Vec<i64> = outline
        .budgets
        .iter()
        .map(|(budget, _)| budget.minor())
        .collect();
    let Some((budget, _)) = outline.budgets.get(row).copied() else {
        return Ok(None);
    };
    let product = format!("products[{row}].budget");
    let Some(columns) = &outline.columns else {
        // One package over the flight: all of the product's money.
        let whole = at(&product, budget);
        return Ok((period == 0).then(|| ExplanationOut {
            inputs: vec![input("product", text(budget), Some(&product))],
            whole: Some(whole),
            parts: vec![at(path, budget)],
            ..base(path, budget, ExplainRule::Table, text(budget))
        }));
    };
    let Some(column) = columns
        .iter()
        .position(|column| usize::try_from(column.period.index) == Ok(period + 1))
    else {
        return Ok(None);
    };
    let Some(table) = table(&rows, &outline.holds) else {
        return Ok(None);
    };
    let Some(why) = table.explain(row, column) else {
        return Ok(None);
    };
    let money = |minor| Money::from_minor(minor, budget.currency()).ok_or(Refusal::Overflow);
    let CellShare {
        amount,
        row: row_sum,
        column: column_sum,
        sum,
        floor,
        remainder,
        extra,
        step,
    } = why;
    let product_sum = format!("{} x {}/{}", text(money(row_sum)?), column_sum, sum);
    let formula = if remainder == 0 {
        format!("{product_sum} = {}", text(money(amount)?))
    } else {
        format!(
            "{product_sum} = {} remainder {remainder}/{sum} of the smallest unit; {}",
            text(money(floor)?),
            text(money(amount)?)
        )
    };
    let parts = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let place = Place::At(format!(
                "products[{row}].packages[{}].budget",
                column.period.index.saturating_sub(1)
            ));
            let got_odd_unit = table.explain(row, at).is_some_and(|cell| cell.extra);
            Ok(place.with(money(table.cell(row, at))?, got_odd_unit))
        })
        .collect::<Result<_, Refusal>>()?;
    Ok(Some(ExplanationOut {
        inputs: vec![
            input("product", text(money(row_sum)?), Some(&product)),
            input(
                "period",
                text(money(column_sum)?),
                Some(&format!("pacingPeriods.periods[{period}].mediaBudget")),
            ),
            input("all packages", text(money(sum)?), None),
        ],
        exact: Some(Exact {
            floor: money(floor)?.into(),
            remainder: remainder.to_string(),
            divisor: sum.to_string(),
            got_odd_unit: extra,
            why: match (remainder, step) {
                (0, _) => "it is exact",
                (_, TableStep::Floor) => "it was rounded down",
                (_, TableStep::ByRemainder) => "one odd unit for its remainder",
                (_, TableStep::ByPath) => "one odd unit so that the row adds up",
                (_, TableStep::GivenBack) => {
                    "it gave its odd unit back so that another row adds up"
                }
            }
            .to_owned(),
        }),
        whole: Some(at(product, budget)),
        parts,
        ..base(path, money(amount)?, ExplainRule::Table, formula)
    }))
}
