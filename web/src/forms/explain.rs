//! Why an amount of the plan is what it is: core's explanation of what is typed, in the planner's
//! words. Sums over the table are told from the table itself.

use flighting_core::advertiser::Advertiser;
use flighting_core::error::Violation;
use flighting_core::money::{Currency, Money};
use flighting_core::wire::json::{Step, steps};
use flighting_core::wire::plan::{Asked, ExplainPart, ExplainRule, ExplanationOut, explain};
use flighting_core::wire::{Amount, Json};

use super::grid::Grid;
use super::sheet::Sheet;
use super::{object, word};
use crate::format;

/// An amount with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub name: String,
    /// How much.
    pub amount: Money,
    /// Whether it got one of the odd units that were left over.
    pub odd: bool,
    /// Whether it is the one that was asked about.
    pub own: bool,
}

/// Why an amount is what it is. The parts add up to the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it is.
    pub name: String,
    /// How much.
    pub amount: Money,
    /// By which rule, as a sentence.
    pub rule: &'static str,
    /// The calculation in one line.
    pub formula: String,
    /// What goes into it.
    pub inputs: Vec<(String, String)>,
    /// What it is exactly, and why it got an odd unit or not.
    pub exact: Option<(String, String)>,
    /// All parts of what it is a part of.
    pub parts: Vec<Part>,
    /// What they add up to.
    pub whole: Option<Part>,
}

impl Told {
    /// All of it as text, to be pasted somewhere.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![
            format!("{}: {}", self.name, format::money(self.amount)),
            self.formula.clone(),
            self.rule.to_owned(),
        ];
        lines.extend(
            self.inputs
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        lines.extend(
            self.exact
                .iter()
                .map(|(exact, why)| format!("exactly {exact}: {why}")),
        );
        lines.extend(self.parts.iter().chain(&self.whole).map(|part| {
            let odd = if part.odd { " (with an odd unit)" } else { "" };
            format!("{}: {}{odd}", part.name, format::amount(part.amount))
        }));
        lines.join("\n")
    }
}

/// The whole plan as one body: the campaign and its products.
fn body(sheet: &Sheet) -> Json {
    let products = sheet
        .products
        .iter()
        .map(|product| {
            object([
                ("productId", Some(word(&product.product_id))),
                ("salesAgentId", Some(word(&product.sales_agent_id))),
                ("budget", super::figure(&product.budget)),
            ])
        })
        .collect();
    match sheet.form.create_body() {
        Json::Object(mut members) => {
            members.push(("products".to_owned(), Json::List(products)));
            Json::Object(members)
        }
        other => other,
    }
}

/// Explains an amount by where it stands: a path of core's, or `sum:` with a place in the table.
///
/// # Errors
/// Why it cannot be explained as it is typed, in core's words; nothing for a place that is none.
pub fn told(
    place: &str,
    sheet: &Sheet,
    grid: &Grid,
    advertiser: &Advertiser,
) -> Result<Told, Vec<Violation>> {
    if let Some(sum) = place.strip_prefix("sum:") {
        return of_sum(sum, sheet, grid).ok_or_else(Vec::new);
    }
    let currency = advertiser.currency;
    let margin = advertiser.margin_percent.to_decimal();
    let options = object([
        ("currency", Some(word(currency.code()))),
        ("marginPercent", Some(Json::Number(margin.into()))),
    ]);
    let out = explain(&body(sheet), place, &Asked::read(Some(&options))?).map_err(|error| {
        error
            .details
            .map(|details| details.issues)
            .unwrap_or_default()
    })?;
    Ok(of_core(out, sheet, currency))
}

fn of_core(out: ExplanationOut, sheet: &Sheet, currency: Currency) -> Told {
    let money = |amount: Amount| format::read(amount, currency);
    let part = |part: &ExplainPart| Part {
        name: part
            .path
            .as_deref()
            .map(|path| called(path, sheet))
            .or_else(|| part.name.clone())
            .unwrap_or_default(),
        amount: money(part.amount),
        odd: part.got_odd_unit,
        own: part.path.as_deref() == Some(out.path.as_str()),
    };
    Told {
        name: called(&out.path, sheet),
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
                    .map_or_else(|| input.name.clone(), |path| called(path, sheet));
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
fn called(path: &str, sheet: &Sheet) -> String {
    let product = |at: usize| {
        sheet
            .products
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
            format!("{}, {what}", period(*at, sheet))
        }
        [
            Step::Member("products"),
            Step::At(at),
            Step::Member("packages"),
            Step::At(column),
            ..,
        ] => format!("{} × {}", product(*at), period(*column, sheet)),
        [Step::Member("products"), Step::At(at), ..] => product(*at).to_owned(),
        _ => path.to_owned(),
    }
}

fn period(at: usize, sheet: &Sheet) -> String {
    let schedule = &sheet.form.schedule;
    schedule
        .mode
        .and_then(|_| schedule.rows.get(at))
        .map_or("whole flight".to_owned(), |row| row.label.clone())
}

/// A sum of the table: `column:1`, `agent:0`, `agent:0:1`, `all`, or `free:1` and `need:1`.
fn of_sum(place: &str, sheet: &Sheet, grid: &Grid) -> Option<Told> {
    let mut words = place.split(':');
    let kind = words.next()?;
    let numbers: Vec<usize> = words.filter_map(|number| number.parse().ok()).collect();
    let column = |at: usize| grid.columns.get(at);
    let cells = |at: usize, only: Option<usize>| -> Vec<(String, Money)> {
        grid.groups
            .iter()
            .enumerate()
            .filter(|(group, _)| only.is_none_or(|only| only == *group))
            .flat_map(|(_, group)| &group.rows)
            .filter_map(|row| Some((row.name.clone(), (*row.cells.get(at)?)?)))
            .collect()
    };
    match (kind, numbers.as_slice()) {
        ("column", [at]) => added(
            format!("Packages in {}", period(*at, sheet)),
            cells(*at, None),
            column(*at)?.packages,
        ),
        ("agent", [group, at]) => {
            let agent = grid.groups.get(*group)?;
            let name = format!("{} in {}", agent.agent, period(*at, sheet));
            added(name, cells(*at, Some(*group)), *agent.sums.get(*at)?)
        }
        ("agent", [group]) => {
            let agent = grid.groups.get(*group)?;
            let rows = agent
                .rows
                .iter()
                .filter_map(|row| Some((row.name.clone(), row.budget?)))
                .collect();
            added(agent.agent.clone(), rows, agent.sum)
        }
        ("all", []) => added(
            "All packages".to_owned(),
            grid.columns
                .iter()
                .enumerate()
                .map(|(at, column)| (period(at, sheet), column.packages))
                .collect(),
            grid.packages,
        ),
        ("free", [at]) => {
            let one = column(*at)?;
            Some(less(
                format!("Free in {}", period(*at, sheet)),
                ("Media budget", one.net),
                ("Packages", one.packages),
                one.free,
            ))
        }
        ("free", []) => Some(less(
            "Free".to_owned(),
            ("Media budget", grid.media),
            ("Packages", grid.packages),
            grid.free,
        )),
        ("need", [at]) => {
            let one = column(*at)?;
            let days = format::day_count(one.days.days());
            Some(Told {
                name: format!("Need a day in {}", period(*at, sheet)),
                amount: one.need,
                rule: "What its packages hold, spread over its days, rounded up.",
                formula: format!(
                    "{} ÷ {days}, rounded up = {}",
                    format::amount(one.packages),
                    format::amount(one.need)
                ),
                inputs: vec![
                    ("Packages".to_owned(), format::amount(one.packages)),
                    ("Days".to_owned(), one.days.days().to_string()),
                ],
                exact: None,
                parts: Vec::new(),
                whole: None,
            })
        }
        _ => None,
    }
}

fn part(name: String, amount: Money) -> Part {
    Part {
        name,
        amount,
        odd: false,
        own: false,
    }
}

fn added(name: String, parts: Vec<(String, Money)>, sum: Money) -> Option<Told> {
    Some(Told {
        formula: format!(
            "{} = {}",
            format::plural(
                u64::try_from(parts.len()).unwrap_or(0),
                "amount",
                "amounts together"
            ),
            format::amount(sum)
        ),
        whole: Some(part("Sum".to_owned(), sum)),
        name,
        amount: sum,
        rule: "The sum of its parts.",
        inputs: Vec::new(),
        exact: None,
        parts: parts
            .into_iter()
            .map(|(name, amount)| part(name, amount))
            .collect(),
    })
}

fn less(name: String, whole: (&str, Money), taken: (&str, Money), left: Money) -> Told {
    Told {
        formula: format!(
            "{} − {} = {}",
            format::amount(whole.1),
            format::amount(taken.1),
            format::amount(left)
        ),
        amount: left,
        rule: "A whole less its other parts.",
        inputs: Vec::new(),
        exact: None,
        parts: vec![
            Part {
                own: true,
                ..part(name.clone(), left)
            },
            part(taken.0.to_owned(), taken.1),
        ],
        whole: Some(part(whole.0.to_owned(), whole.1)),
        name,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use flighting_core::wire::pacing::PacingMode;

    use super::*;
    use crate::forms::campaign::check_create;
    use crate::forms::selection::ProductForm;
    use crate::forms::testing::advertiser;

    fn plan() -> (Sheet, Grid) {
        let mut sheet = Sheet::default();
        let form = &mut sheet.form;
        form.advertiser_id = "adv_1".into();
        form.name = "Cold Brew".into();
        form.start = "2026-06-01".into();
        form.end = "2026-06-30".into();
        form.total = "1000.01".into();
        form.schedule
            .set_mode(Some(PacingMode::Weight), form.flight());
        form.schedule.edit(1, |row| row.end = "2026-06-07".into());
        form.schedule.add(form.flight());
        let product = |agent: &str, name: &str, budget: &str| ProductForm {
            product_id: name.to_lowercase(),
            sales_agent_id: agent.into(),
            agent_name: agent.to_uppercase(),
            name: name.into(),
            budget: budget.into(),
            ..ProductForm::default()
        };
        sheet.products = vec![
            product("agt_1", "News", "100.01"),
            product("agt_2", "Radio", ""),
            product("agt_1", "Video", "200"),
        ];
        let advertiser = advertiser();
        let checked = check_create(&sheet.form, Some(&advertiser));
        let grid = Grid::of(
            &checked.plan.unwrap(),
            &checked.preview.unwrap(),
            &advertiser,
            &sheet.products,
            DateTime::UNIX_EPOCH,
        )
        .unwrap();
        (sheet, grid)
    }

    fn tell(place: &str) -> Told {
        let (sheet, grid) = plan();
        told(place, &sheet, &grid, &advertiser()).unwrap()
    }

    /// What core explains is what the table shows, and its parts add up.
    #[test]
    fn every_amount_of_the_table_is_explained_to_the_cent() {
        let (sheet, grid) = plan();
        let mut shown = vec![("mediaBudget".to_owned(), grid.media)];
        for (at, column) in grid.columns.iter().enumerate() {
            let period = format!("pacingPeriods.periods[{at}]");
            shown.push((format!("{period}.budget"), column.budget));
            shown.push((format!("{period}.mediaBudget"), column.net));
            shown.push((format!("sum:column:{at}"), column.packages));
            shown.push((format!("sum:free:{at}"), column.free));
            shown.push((format!("sum:need:{at}"), column.need));
        }
        for row in grid.groups.iter().flat_map(|group| &group.rows) {
            let product = format!("products[{}]", row.index);
            shown.push((format!("{product}.budget"), row.budget.unwrap()));
            for (at, cell) in row.cells.iter().enumerate() {
                shown.push((format!("{product}.packages[{at}].budget"), cell.unwrap()));
            }
        }
        for (at, group) in grid.groups.iter().enumerate() {
            shown.push((format!("sum:agent:{at}"), group.sum));
            shown.push((format!("sum:agent:{at}:1"), group.sums[1]));
        }
        shown.push(("sum:all".to_owned(), grid.packages));
        shown.push(("sum:free".to_owned(), grid.free));
        for (place, amount) in shown {
            let told = told(&place, &sheet, &grid, &advertiser()).unwrap();
            assert_eq!(told.amount, amount, "{place}");
            if let Some(whole) = &told.whole {
                let parts = told.parts.iter().map(|part| part.amount);
                let sum = Money::sum(amount.currency(), parts).unwrap();
                assert_eq!(sum, whole.amount, "{place}");
            }
        }
    }

    #[test]
    fn names_are_the_planners() {
        let told = tell("products[0].packages[1].budget");
        assert_eq!(told.name, "News × Period 2");
        let names: Vec<_> = told.parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["News × Period 1", "News × Period 2"]);
        assert_eq!(told.whole.unwrap().name, "News");
        assert_eq!(
            tell("pacingPeriods.periods[0].mediaBudget").name,
            "Period 1, media budget"
        );
        assert_eq!(tell("sum:agent:0:0").name, "AGT_1 in Period 1");
    }

    #[test]
    fn what_is_no_amount_is_not_explained() {
        let (sheet, grid) = plan();
        for place in ["name", "sum:column:9", "sum:x", "products[9].budget", ""] {
            assert!(
                told(place, &sheet, &grid, &advertiser()).is_err(),
                "{place}"
            );
        }
    }
}
