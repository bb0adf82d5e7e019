//! Sums over the table, told from the table itself.

use flighting_core::money::Money;

use super::{Part, Shown, Told, bought};
use crate::format;

/// A sum of the table: `column:1`, `agent:0`, `agent:0:1`, `all`, or `free:1` and `need:1`.
pub(super) fn told(place: &str, shown: Shown<'_>) -> Option<Told> {
    let grid = shown.grid;
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
            format!("Packages in {}", shown.period(*at)),
            cells(*at, None),
            column(*at)?.packages,
        ),
        ("agent", [group, at]) => {
            let agent = grid.groups.get(*group)?;
            let name = format!("{} in {}", agent.agent, shown.period(*at));
            added(name, cells(*at, Some(*group)), *agent.sums.get(*at)?)
        }
        ("agent", [group]) => {
            let agent = grid.groups.get(*group)?;
            let rows = agent
                .rows
                .iter()
                .filter_map(|row| Some((row.name.clone(), row.budget?)))
                .collect();
            added(agent.agent.clone(), rows, agent.sum).map(|told| Told {
                inputs: bought::of_group(*group, shown),
                ..told
            })
        }
        ("all", []) => added(
            "All packages".to_owned(),
            grid.columns
                .iter()
                .enumerate()
                .map(|(at, column)| (shown.period(at), column.packages))
                .collect(),
            grid.packages,
        )
        .map(|told| beside(told, ("Allocated", grid.packages), shown)),
        ("free", [at]) => {
            let one = column(*at)?;
            Some(less(
                format!("Free in {}", shown.period(*at)),
                ("Media budget", one.net),
                ("Packages", one.packages),
                one.free,
            ))
        }
        ("free", []) => {
            let free = less(
                "Free".to_owned(),
                ("Media budget", grid.media),
                ("Packages", grid.packages),
                grid.free,
            );
            Some(beside(free, ("Unallocated", grid.free), shown))
        }
        ("need", [at]) => {
            let one = column(*at)?;
            let days = format::day_count(one.days.days());
            let formula = format!(
                "{} ÷ {days}, rounded up = {}",
                format::amount(one.packages),
                format::amount(one.need)
            );
            Some(Told {
                inputs: vec![
                    ("Packages".to_owned(), format::amount(one.packages)),
                    ("Days".to_owned(), one.days.days().to_string()),
                ],
                ..Told::new(
                    format!("Need a day in {}", shown.period(*at)),
                    one.need,
                    "What its packages hold, spread over its days, rounded up.",
                    formula,
                )
            })
        }
        _ => None,
    }
}

/// Names what the server counts as allocated or unallocated where that is not the sum: it counts
/// with the larger sum while a change is undecided, or where a seller holds more (decision 5).
fn beside(mut told: Told, (name, ours): (&str, Money), shown: Shown<'_>) -> Told {
    if let Some(out) = shown.executed() {
        let counted = if name == "Allocated" {
            out.allocated_budget
        } else {
            out.unallocated_budget
        };
        let counted = format::read(counted, ours.currency());
        if counted != ours {
            told.rule = "What packages hold. The server counts the larger sum while a change is undecided, or where a seller holds more.";
            told.inputs
                .push((format!("{name}, by the server"), format::amount(counted)));
        }
    }
    told
}

fn added(name: String, parts: Vec<(String, Money)>, sum: Money) -> Option<Told> {
    let count = u64::try_from(parts.len()).unwrap_or(0);
    let formula = format!(
        "{} = {}",
        format::plural(count, "amount", "amounts together"),
        format::amount(sum)
    );
    Some(Told {
        whole: Some(Part::new("Sum".to_owned(), sum)),
        parts: parts
            .into_iter()
            .map(|(name, amount)| Part::new(name, amount))
            .collect(),
        ..Told::new(name, sum, "The sum of its parts.", formula)
    })
}

fn less(name: String, whole: (&str, Money), taken: (&str, Money), left: Money) -> Told {
    let formula = format!(
        "{} − {} = {}",
        format::amount(whole.1),
        format::amount(taken.1),
        format::amount(left)
    );
    Told {
        parts: vec![
            Part {
                own: true,
                ..Part::new(name.clone(), left)
            },
            Part::new(taken.0.to_owned(), taken.1),
        ],
        whole: Some(Part::new(whole.0.to_owned(), whole.1)),
        ..Told::new(name, left, "A whole less its other parts.", formula)
    }
}
