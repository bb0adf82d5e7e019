//! Core's explanation of an amount that follows from the plan by a rule.

use flighting_core::error::Violation;
use flighting_core::money::Currency;
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::json::{Step, steps};
use flighting_core::wire::plan::{Asked, ExplainPart, ExplainRule, ExplanationOut, explain};
use flighting_core::wire::{Amount, Json};

use super::{Part, Shown, Told};
use crate::format;
use crate::forms::sheet::Sheet;
use crate::forms::{figure, json_of, object, word};

/// The whole plan as one body: a draft with its products, an executed campaign with what it holds
/// and with what its executed periods keep.
fn body(shown: Shown<'_>) -> Json {
    let mut body = shown.sheet.form.create_body();
    if let Json::Object(members) = &mut body {
        match shown.executed() {
            None => members.push(("products".to_owned(), products(shown.sheet))),
            Some(known) => {
                let allocated = json_of(&known.allocated_budget);
                members.push(("allocatedBudget".to_owned(), allocated));
                keep(members, known);
            }
        }
    }
    body
}

fn products(sheet: &Sheet) -> Json {
    let products = sheet.products.iter().map(|product| {
        object([
            ("productId", Some(word(&product.product_id))),
            ("salesAgentId", Some(word(&product.sales_agent_id))),
            ("budget", figure(&product.budget)),
        ])
    });
    Json::List(products.collect())
}

/// Puts the periods that an execute knew into a body as the server answers them: they keep their
/// money, whatever is typed for the others (decision 21).
fn keep(members: &mut [(String, Json)], known: &CampaignOut) {
    let schedule = members.iter_mut().find(|(name, _)| name == "pacingPeriods");
    let Some((_, Json::Object(schedule))) = schedule else {
        return;
    };
    let periods = schedule.iter_mut().find(|(name, _)| name == "periods");
    let Some((_, Json::List(periods))) = periods else {
        return;
    };
    let fixed = known
        .pacing_periods
        .iter()
        .flat_map(|pacing| &pacing.periods);
    let fixed = fixed.take_while(|period| period.executed);
    for (period, fixed) in periods.iter_mut().zip(fixed) {
        *period = json_of(fixed);
    }
}

/// Explains the amount at a path of core's.
pub(super) fn told(place: &str, shown: Shown<'_>) -> Result<Told, Vec<Violation>> {
    let currency = shown.advertiser.currency;
    let margin = shown.advertiser.margin_percent.to_decimal();
    let options = object([
        ("currency", Some(word(currency.code()))),
        ("marginPercent", Some(Json::Number(margin.into()))),
    ]);
    let out = explain(&body(shown), place, &Asked::read(Some(&options))?).map_err(|error| {
        error
            .details
            .map(|details| details.issues)
            .unwrap_or_default()
    })?;
    Ok(of_core(out, shown, currency))
}

fn of_core(out: ExplanationOut, shown: Shown<'_>, currency: Currency) -> Told {
    let money = |amount: Amount| format::read(amount, currency);
    let part = |part: &ExplainPart| Part {
        name: part
            .path
            .as_deref()
            .map(|path| called(path, shown))
            .or_else(|| part.name.clone())
            .unwrap_or_default(),
        amount: money(part.amount),
        odd: part.got_odd_unit,
        own: part.path.as_deref() == Some(out.path.as_str()),
    };
    Told {
        name: called(&out.path, shown),
        amount: money(out.amount),
        rule: match out.rule {
            ExplainRule::Given => "Typed in the plan.",
            ExplainRule::Kept => "Kept since it was executed.",
            ExplainRule::Nothing => "There is nothing to share.",
            ExplainRule::Difference => "A whole less its other parts.",
            ExplainRule::LargestRemainder => {
                "A share by weights, rounded down; odd units go to the largest remainders, equal ones to the earliest."
            }
            ExplainRule::Table => {
                "Row times column over the sum of all packages; odd units go where rows and columns still lack one."
            }
        },
        inputs: out
            .inputs
            .iter()
            .map(|input| {
                let name = input
                    .path
                    .as_deref()
                    .map_or_else(|| input.name.clone(), |path| called(path, shown));
                (name, input.value.clone())
            })
            .collect(),
        exact: out.exact.as_ref().map(|exact| {
            (
                format!(
                    "{} and {}/{} of the smallest unit",
                    format::amount(money(exact.floor)),
                    exact.remainder,
                    exact.divisor
                ),
                exact.why.clone(),
            )
        }),
        parts: out.parts.iter().map(part).collect(),
        whole: out.whole.as_ref().map(part),
        formula: out.formula,
    }
}

/// What people call the amount at a path.
fn called(path: &str, shown: Shown<'_>) -> String {
    let product = |at: usize| {
        let products = &shown.sheet.products;
        products
            .get(at)
            .map_or("?", |product| product.name.as_str())
    };
    let steps = steps(path).unwrap_or_default();
    match steps.as_slice() {
        [Step::Member("budget"), ..] => "Total budget".to_owned(),
        [Step::Member("mediaBudget"), ..] => "Media budget".to_owned(),
        [Step::Member("unallocatedBudget"), ..] => "Unallocated".to_owned(),
        [Step::Member("allocatedBudget"), ..] => "Allocated".to_owned(),
        [Step::Member("fees"), Step::At(at), ..] => format!("Fee {}", at + 1),
        [
            Step::Member("pacingPeriods"),
            Step::Member("periods"),
            Step::At(at),
            Step::Member(which),
        ] => {
            let what = if *which == "mediaBudget" {
                "media budget"
            } else {
                "budget, fees included"
            };
            format!("{}, {what}", shown.period(*at))
        }
        [
            Step::Member("products"),
            Step::At(at),
            Step::Member("packages"),
            Step::At(column),
            ..,
        ] => format!("{} × {}", product(*at), shown.period(*column)),
        [Step::Member("products"), Step::At(at), ..] => product(*at).to_owned(),
        _ => path.to_owned(),
    }
}
