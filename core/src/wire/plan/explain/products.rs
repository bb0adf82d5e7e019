//! Why the money of a product, or of one of its packages, is what it is.

use super::parts::{Place, Shared, at, base, given, input, text};
use super::{Exact, ExplainRule, ExplanationOut};
use crate::error::Refusal;
use crate::execution::{Frame, Outline, frame};
use crate::money::Money;
use crate::selection::SelectedProduct;
use crate::split::split;
use crate::table::{CellShare, Step as TableStep, table};
use crate::wire::json::Json;
use crate::wire::plan::Answer;
use crate::wire::plan::packages::campaign_of;
use crate::wire::plan::read::{MoneyMembers, products};

/// A product's budget, or its package in one period.
pub(super) fn of_products(
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
    let frame = frame(&campaign)?;
    let outline = frame.outline(&all)?;
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
        Some(period) => package(&frame, &outline, path, (product, period)),
    }
}

fn package(
    frame: &Frame,
    outline: &Outline,
    path: &str,
    (row, period): (usize, usize),
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
    let Some(columns) = &frame.columns else {
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
