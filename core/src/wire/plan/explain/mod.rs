//! Why an amount of a plan is what it is: formula, inputs, exact remainder, and who got the odd
//! unit (decision 3). The parts of an explanation always add up to its whole.

mod parts;
mod plan;
mod products;

use serde::{Deserialize, Serialize};

use super::options::Asked;
use super::read::money_members;
use super::{Answer, refused};
use crate::error::{Code, Violation};
use crate::wire::Amount;
use crate::wire::json::{Json, Step, shorten, steps};
use crate::words::words;
use parts::given;
use plan::{fee, media, period, unallocated};
use products::of_products;

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
