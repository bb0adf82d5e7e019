//! Splits and tables of whole units, number for number: the core's two ways to share money
//! without losing any, for callers that have their own model around it.

use flighting_core::error::{Code, Violation};
use flighting_core::split::split as split_units;
use flighting_core::table::table as table_units;
use flighting_core::wire::error::ErrorBody;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::border::Thrown;

/// The greatest whole number that a float holds exactly.
const MOST: f64 = 9_007_199_254_740_991.0;

/// Each total split over the same weights, row after row.
#[wasm_bindgen]
pub fn split(totals: &[f64], weights: &[f64]) -> Result<Vec<f64>, Thrown> {
    let weights = units("weights", weights)?
        .into_iter()
        .map(i64::unsigned_abs)
        .collect::<Vec<_>>();
    let mut out = Vec::with_capacity(totals.len() * weights.len());
    for total in units("totals", totals)? {
        let split = split_units(total, &weights).ok_or_else(|| {
            refused(
                "weights",
                Code::AllZero,
                "expected a weight above 0, got none",
            )
        })?;
        out.extend(split.shares.iter().map(|share| share.amount as f64));
    }
    Ok(out)
}

/// The table of rows by columns, exact both ways, row after row.
#[wasm_bindgen]
pub fn table(rows: &[f64], columns: &[f64]) -> Result<Vec<f64>, Thrown> {
    let (rows, columns) = (units("rows", rows)?, units("columns", columns)?);
    let table = table_units(&rows, &columns).ok_or_else(|| {
        refused(
            "columns",
            Code::SumTooLarge,
            "expected columns that add up to what the rows add up to",
        )
    })?;
    let mut out = Vec::with_capacity(rows.len() * columns.len());
    for row in 0..rows.len() {
        out.extend((0..columns.len()).map(|column| table.cell(row, column) as f64));
    }
    Ok(out)
}

fn units(path: &str, numbers: &[f64]) -> Result<Vec<i64>, Thrown> {
    let mut units = Vec::with_capacity(numbers.len());
    for (index, number) in numbers.iter().copied().enumerate() {
        let (code, message) = match number {
            _ if number.fract() != 0.0 => (Code::WrongType, "expected a whole number of units"),
            _ if number < 0.0 => (Code::TooSmall, "expected at least 0 units"),
            _ if number > MOST => (Code::TooLarge, "expected at most 9007199254740991 units"),
            _ => {
                units.push(number as i64);
                continue;
            }
        };
        return Err(refused(&format!("{path}[{index}]"), code, message));
    }
    Ok(units)
}

fn refused(path: &str, code: Code, message: &str) -> Thrown {
    Box::new(ErrorBody::invalid(vec![Violation::new(
        path, code, message,
    )]))
    .into()
}
