//! The table of a plan: products as rows, pacing periods as columns, package budgets in the cells
//! with the sums of both. Core lays it out; here it is only put in order for the eye.

mod axis;
mod bought;
mod laid;

use flighting_core::error::Violation;
use flighting_core::execution::PlanWarning;
use flighting_core::flight::DayRange;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::money::Money;

pub use axis::{Zoom, offset};
pub use bought::{BoughtRow, column_of};

/// A stretch of the flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// A pacing period, by its place in the schedule; without a schedule the whole flight.
    Period(usize, DayRange),
    /// Days in no period: a pause.
    Pause(DayRange),
}

impl Stretch {
    /// Its days.
    #[must_use]
    pub fn days(self) -> DayRange {
        match self {
            Self::Period(_, days) | Self::Pause(days) => days,
        }
    }
}

/// One product.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its place among the products of the plan.
    pub index: usize,
    /// What it holds in each period; none where there is no package.
    pub cells: Vec<Option<Money>>,
    /// Its money: what is given, or its share of what is left; none while that is not known.
    pub budget: Option<Money>,
    /// Whether that is a share.
    pub is_share: bool,
}

/// The products of one sales agent: one media buy.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its name.
    pub agent: String,
    /// Its products.
    pub rows: Vec<Row>,
    /// What they hold in each period.
    pub sums: Vec<Money>,
    /// What they hold together.
    pub sum: Money,
    /// The status of the media buy; none before it is bought.
    pub status: Option<MediaBuyStatus>,
}

/// One period under its packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its days.
    pub days: DayRange,
    /// Its part of the budget total, fees included.
    pub budget: Money,
    /// Its part of the media budget.
    pub net: Money,
    /// The sum of its packages.
    pub packages: Money,
    /// What of its part is in no package; below 0 where more is.
    pub free: Money,
    /// What its packages need on each day, rounded up.
    pub need: Money,
}

/// The whole table.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// The flight.
    pub flight: DayRange,
    /// Periods and pauses in the order of time.
    pub stretches: Vec<Stretch>,
    /// The periods, by their place in the schedule.
    pub columns: Vec<Column>,
    /// Agents in the order of their first product.
    pub groups: Vec<Group>,
    /// The media budget.
    pub media: Money,
    /// What the products ask for together, whether or not it can be laid out; once they are
    /// bought, what their packages hold.
    pub asked: Money,
    /// The sum of all packages.
    pub packages: Money,
    /// The media budget less that.
    pub free: Money,
    /// What to know.
    pub warnings: Vec<PlanWarning>,
    /// Why it cannot be laid out as it stands.
    pub refused: Vec<Violation>,
}

impl Grid {
    /// One row by the place of its product.
    #[must_use]
    pub fn row(&self, index: usize) -> Option<&Row> {
        self.groups
            .iter()
            .flat_map(|group| &group.rows)
            .find(|row| row.index == index)
    }

    /// How many packages there are.
    #[must_use]
    pub fn package_count(&self) -> usize {
        self.groups
            .iter()
            .flat_map(|group| &group.rows)
            .flat_map(|row| &row.cells)
            .flatten()
            .count()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use flighting_core::wire::pacing::PacingMode;

    use super::*;
    use crate::format;
    use crate::forms::campaign::{CampaignForm, check_create};
    use crate::forms::known;
    use crate::forms::selection::ProductForm;
    use crate::forms::testing::{advertiser, drafted};

    fn plan() -> CampaignForm {
        let mut form = CampaignForm::default();
        form.advertiser_id = "adv_1".into();
        form.name = "Cold Brew".into();
        form.start = "2026-06-01".into();
        form.end = "2026-06-30".into();
        form.total = "1000".into();
        form.schedule
            .set_mode(Some(PacingMode::Weight), form.flight());
        form.schedule.edit(1, |row| row.end = "2026-06-10".into());
        form.schedule.add(form.flight());
        form.schedule.edit(2, |row| {
            row.start = "2026-06-16".into();
            row.end = "2026-06-25".into();
            row.weight = "2".into();
        });
        form
    }

    fn product(agent: &str, name: &str, budget: &str) -> ProductForm {
        ProductForm {
            product_id: name.to_lowercase(),
            sales_agent_id: agent.into(),
            agent_name: agent.to_uppercase(),
            name: name.into(),
            budget: budget.into(),
            ..ProductForm::default()
        }
    }

    fn grid(form: &CampaignForm, products: &[ProductForm]) -> Grid {
        let advertiser = advertiser();
        let checked = check_create(form, Some(&advertiser));
        assert_eq!(checked.violations, []);
        Grid::of(
            &checked.plan.unwrap(),
            &checked.preview.unwrap(),
            &advertiser,
            products,
            DateTime::UNIX_EPOCH,
        )
        .unwrap()
    }

    fn said(money: Money) -> String {
        format::amount(money)
    }

    #[test]
    fn pauses_stand_between_periods_and_at_the_end() {
        let grid = grid(&plan(), &[]);
        let days: Vec<_> = grid
            .stretches
            .iter()
            .map(|stretch| match stretch {
                Stretch::Period(at, days) => format!("{at}: {}", format::days(*days)),
                Stretch::Pause(days) => format!("pause: {}", format::days(*days)),
            })
            .collect();
        assert_eq!(
            days,
            [
                "0: 1–10 Jun",
                "pause: 11–15 Jun",
                "1: 16–25 Jun",
                "pause: 26–30 Jun"
            ]
        );
        assert!(grid.groups.is_empty());
        assert_eq!(said(grid.free), "920.00");
    }

    #[test]
    fn rows_and_columns_add_up_and_agents_are_groups() {
        let products = [
            product("agt_1", "News", "100.01"),
            product("agt_2", "Radio", ""),
            product("agt_1", "Video", "200"),
        ];
        let grid = grid(&plan(), &products);
        let agents: Vec<_> = grid
            .groups
            .iter()
            .map(|group| group.agent.as_str())
            .collect();
        assert_eq!(agents, ["AGT_1", "AGT_2"]);
        let news = grid.row(0).unwrap();
        let cells: Vec<_> = news.cells.iter().flatten().copied().map(said).collect();
        assert_eq!(cells, ["33.34", "66.67"]);
        // Without a budget of its own: all that the others leave.
        let radio = grid.row(1).unwrap();
        assert_eq!(
            (said(radio.budget.unwrap()), radio.is_share),
            ("619.99".into(), true)
        );
        assert_eq!(grid.package_count(), 6);
        let columns: Vec<_> = grid
            .columns
            .iter()
            .map(|column| said(column.packages))
            .collect();
        assert_eq!(columns, ["306.67", "613.33"]);
        assert_eq!(
            (said(grid.packages), said(grid.free)),
            ("920.00".into(), "0.00".into())
        );
        // 613.33 over ten days, rounded up.
        assert_eq!(said(grid.columns[1].need), "61.34");
    }

    #[test]
    fn what_cannot_be_laid_out_keeps_its_rows_and_says_why() {
        let products = [
            product("agt_1", "News", "920"),
            product("agt_1", "Radio", ""),
        ];
        let grid = grid(&plan(), &products);
        assert_eq!(grid.refused[0].path, "products[1].budget");
        assert_eq!(grid.groups[0].rows.len(), 2);
        assert_eq!(said(grid.groups[0].rows[0].budget.unwrap()), "920.00");
        assert_eq!(said(grid.asked), "920.00");
    }

    #[test]
    fn what_is_asked_for_is_the_same_from_what_is_typed_and_from_what_is_saved() {
        let form = plan();
        let out = drafted(&form);
        let draft = known::draft(&out, &advertiser()).unwrap();
        for budgets in [
            ["", ""],
            ["100.01", ""],
            ["920", ""],
            ["500", "600"],
            ["", "7"],
        ] {
            let products: Vec<_> = budgets
                .iter()
                .enumerate()
                .map(|(at, budget)| product("agt_1", &format!("P{at}"), budget))
                .collect();
            let saved: Vec<_> = products
                .iter()
                .map(|product| product.known(advertiser().currency).unwrap())
                .collect();
            let asked = flighting_core::execution::asked(&draft, &saved).unwrap();
            assert_eq!(grid(&form, &products).asked, asked, "{budgets:?}");
        }
        let products = [
            product("agt_1", "News", "100.01"),
            product("agt_1", "Radio", ""),
        ];
        // All of the media budget: nothing is free under either bar.
        assert_eq!(said(grid(&form, &products).asked), "920.00");
    }

    #[test]
    fn without_a_schedule_the_flight_is_one_column() {
        let mut form = plan();
        form.schedule.set_mode(None, None);
        let grid = grid(&form, &[product("agt_1", "News", "100")]);
        assert_eq!(grid.stretches.len(), 1);
        assert_eq!(said(grid.columns[0].packages), "100.00");
        assert_eq!(said(grid.columns[0].free), "820.00");
    }

    #[test]
    fn the_axis_names_months_weeks_or_days() {
        let grid = grid(&plan(), &[]);
        let words = |zoom| {
            grid.ticks(zoom)
                .into_iter()
                .map(|(at, words)| format!("{at} {words}"))
                .collect::<Vec<_>>()
        };
        assert_eq!(words(Zoom::Months), ["0 Jun"]);
        // The first of June 2026 is a Monday.
        assert_eq!(words(Zoom::Weeks)[..2], ["0 1 Jun", "7 8 Jun"]);
        assert_eq!(words(Zoom::Days).len(), 30);
    }
}
