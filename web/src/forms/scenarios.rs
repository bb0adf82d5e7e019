//! Scenarios: copies of a plan that are changed on their own and compared to the cent. Core counts
//! each of them as it counts the plan.

use chrono::{DateTime, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::money::Money;
use serde::{Deserialize, Serialize};

use super::campaign::check_create;
use super::grid::Grid;
use super::history::History;
use super::sheet::Sheet;

/// The most plans that are compared, the plan itself being one.
pub const MOST: usize = 3;

/// A copy of a plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// What it is called.
    pub name: String,
    /// What is typed in it.
    pub sheet: Sheet,
    /// Its own steps.
    pub history: History,
}

/// The scenarios of one plan, and which of them is worked on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Scenarios {
    /// All of them.
    pub all: Vec<Scenario>,
    /// The one that is worked on; none is the plan itself.
    pub at: Option<usize>,
    /// The plan, while a scenario is worked on.
    pub plan: Scenario,
}

/// What an amount of a comparison is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The whole plan.
    Whole,
    /// A pacing period.
    Period,
    /// A product.
    Product,
    /// A product in a period.
    Package,
}

/// One amount in every plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub about: About,
    /// Its name.
    pub name: String,
    /// What it is in each plan; none where a plan has no such amount, or does not read.
    pub amounts: Vec<Option<Money>>,
}

impl Line {
    /// By how much a plan differs from the first one; none where either has no such amount.
    #[must_use]
    pub fn difference(&self, plan: usize) -> Option<Money> {
        let first = self.amounts.first().copied().flatten()?;
        let this = self.amounts.get(plan).copied().flatten()?;
        this.minus(first).ok()
    }

    /// Whether it is the same in all plans.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.amounts
            .iter()
            .all(|amount| Some(amount) == self.amounts.first())
    }
}

type Named = (About, String, Money);

/// Every amount of a plan by name.
fn amounts(sheet: &Sheet, advertiser: &Advertiser, now: DateTime<Utc>) -> Option<Vec<Named>> {
    let checked = check_create(&sheet.form, Some(advertiser));
    let preview = checked.preview?;
    let grid = Grid::of(
        checked.plan.as_ref()?,
        &preview,
        advertiser,
        &sheet.products,
        now,
    )?;
    let mut all = vec![
        (About::Whole, "Total".to_owned(), preview.total),
        (About::Whole, "Fees".to_owned(), preview.fee_total()),
        (About::Whole, "Media budget".to_owned(), preview.media),
        (About::Whole, "In packages".to_owned(), grid.packages),
        (About::Whole, "Free".to_owned(), grid.free),
    ];
    if let Some(cap) = preview.daily_cap {
        all.push((About::Whole, "Daily cap".to_owned(), cap));
    }
    let label = |at: usize| {
        preview
            .periods
            .as_ref()
            .and_then(|periods| periods.get(at))
            .map_or("Whole flight".to_owned(), |(period, _)| {
                period.label.clone()
            })
    };
    for (at, column) in grid.columns.iter().enumerate() {
        all.push((About::Period, label(at), column.net));
    }
    for row in grid.groups.iter().flat_map(|group| &group.rows) {
        if let Some(budget) = row.budget {
            all.push((About::Product, row.name.clone(), budget));
        }
    }
    for row in grid.groups.iter().flat_map(|group| &group.rows) {
        for (at, cell) in row.cells.iter().enumerate() {
            if let Some(cell) = cell {
                all.push((
                    About::Package,
                    format!("{}, {}", row.name, label(at)),
                    *cell,
                ));
            }
        }
    }
    Some(all)
}

/// Compares plans, the first one being the measure. Amounts that only some have stand where the
/// first of these has them.
#[must_use]
pub fn compare(plans: &[&Sheet], advertiser: &Advertiser, now: DateTime<Utc>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (plan, sheet) in plans.iter().enumerate() {
        let mut seen: Vec<usize> = Vec::new();
        for (about, name, money) in amounts(sheet, advertiser, now).unwrap_or_default() {
            // Names may repeat: the second of a name is the second in every plan.
            let known = lines.iter().enumerate().position(|(at, line)| {
                line.about == about && line.name == name && !seen.contains(&at)
            });
            let at = known.unwrap_or_else(|| {
                let behind = lines
                    .iter()
                    .rposition(|line| rank(line.about) <= rank(about))
                    .map_or(0, |at| at + 1);
                for at in &mut seen {
                    if *at >= behind {
                        *at += 1;
                    }
                }
                lines.insert(
                    behind,
                    Line {
                        about,
                        name,
                        amounts: vec![None; plans.len()],
                    },
                );
                behind
            });
            seen.push(at);
            if let Some(slot) = lines
                .get_mut(at)
                .and_then(|line| line.amounts.get_mut(plan))
            {
                *slot = Some(money);
            }
        }
    }
    lines
}

fn rank(about: About) -> u8 {
    match about {
        About::Whole => 0,
        About::Period => 1,
        About::Product => 2,
        About::Package => 3,
    }
}

#[cfg(test)]
mod tests {
    use flighting_core::wire::pacing::PacingMode;

    use super::*;
    use crate::format;
    use crate::forms::selection::ProductForm;
    use crate::forms::testing::advertiser;

    fn plan() -> Sheet {
        let mut sheet = Sheet::default();
        sheet.form.advertiser_id = "adv_1".into();
        sheet.form.name = "Cold Brew".into();
        sheet.form.start = "2026-06-01".into();
        sheet.form.end = "2026-06-30".into();
        sheet.form.total = "1000".into();
        let flight = sheet.form.flight();
        sheet
            .form
            .schedule
            .set_mode(Some(PacingMode::Weight), flight);
        sheet.form.schedule.add(flight);
        sheet.products.push(ProductForm {
            product_id: "news".into(),
            sales_agent_id: "agt_1".into(),
            name: "News".into(),
            budget: "100.01".into(),
            ..ProductForm::default()
        });
        sheet
    }

    fn said(line: &Line) -> (&str, Vec<String>) {
        let amounts = line
            .amounts
            .iter()
            .map(|amount| amount.map(format::amount).unwrap_or_default())
            .collect();
        (line.name.as_str(), amounts)
    }

    #[test]
    fn plans_are_compared_to_the_cent_down_to_the_package() {
        let one = plan();
        let mut two = one.clone();
        two.form.schedule.rows[1].weight = "2".into();
        let lines = compare(&[&one, &two], &advertiser(), DateTime::UNIX_EPOCH);
        let changed: Vec<_> = lines
            .iter()
            .filter(|line| !line.is_same())
            .map(said)
            .collect();
        assert_eq!(
            changed,
            [
                ("Period 1", vec!["460.00".into(), "306.67".into()]),
                ("Period 2", vec!["460.00".into(), "613.33".into()]),
                ("News, Period 1", vec!["50.01".into(), "33.34".into()]),
                ("News, Period 2", vec!["50.00".into(), "66.67".into()]),
            ]
        );
        let cents: i64 = lines
            .iter()
            .filter(|line| line.about == About::Package)
            .map(|line| line.difference(1).unwrap().minor())
            .sum();
        assert_eq!(cents, 0);
    }

    #[test]
    fn what_only_one_plan_has_stands_with_its_kind() {
        let one = plan();
        let mut two = one.clone();
        two.form.schedule.remove(2);
        two.form.schedule.add(two.form.flight());
        two.form.schedule.rows[1].label = "Late".into();
        two.form.daily_cap = "50".into();
        let lines = compare(&[&one, &two], &advertiser(), DateTime::UNIX_EPOCH);
        let names: Vec<_> = lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "Total",
                "Fees",
                "Media budget",
                "In packages",
                "Free",
                "Daily cap",
                "Period 1",
                "Period 2",
                "Late",
                "News",
                "News, Period 1",
                "News, Period 2",
                "News, Late",
            ]
        );
        let late = lines.iter().find(|line| line.name == "Late").unwrap();
        assert_eq!(late.amounts[0], None);
        assert_eq!(late.difference(1), None);
    }

    #[test]
    fn a_plan_that_does_not_read_has_no_amounts_and_stops_no_other() {
        let one = plan();
        let mut two = one.clone();
        two.form.total = "1.000,00".into();
        let lines = compare(&[&one, &two], &advertiser(), DateTime::UNIX_EPOCH);
        assert!(
            lines
                .iter()
                .all(|line| line.amounts[0].is_some() && line.amounts[1].is_none())
        );
    }
}
