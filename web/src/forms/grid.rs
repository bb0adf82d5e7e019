//! The table of a plan: products as rows, pacing periods as columns, package budgets in the cells
//! with the sums of both. Core lays it out; here it is only put in order for the eye.

use chrono::{DateTime, NaiveDate, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::{Campaign, CampaignDraft, CampaignType, PlanFields};
use flighting_core::delivery::need_per_day;
use flighting_core::error::{Refusal, Violation};
use flighting_core::execution::{PlanWarning, preview};
use flighting_core::flight::DayRange;
use flighting_core::ids::{CampaignId, CapId, Numbered};
use flighting_core::money::{Currency, Money};
use flighting_core::pacing::Resolved;
use flighting_core::wire::campaign::CampaignOut;

use super::campaign::Preview;
use super::selection::ProductForm;
use super::{known, known::days};
use crate::format;

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
    /// What it holds in each period; none where no package is made.
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
    /// The sum of all packages.
    pub packages: Money,
    /// The media budget less that.
    pub free: Money,
    /// What to know.
    pub warnings: Vec<PlanWarning>,
    /// Why it cannot be laid out as it stands.
    pub refused: Vec<Violation>,
}

/// The periods of a plan with their money; the whole flight as one where there is no schedule.
fn periods(preview: &Preview, flight: DayRange) -> Vec<(DayRange, Resolved)> {
    match &preview.periods {
        Some(periods) => periods
            .iter()
            .map(|(period, money)| (period.days, *money))
            .collect(),
        None => vec![(
            flight,
            Resolved {
                budget: preview.total,
                net: preview.media,
                executed: false,
            },
        )],
    }
}

/// Periods and the pauses between them, as far as they lie in the flight.
fn stretches(flight: DayRange, periods: &[(DayRange, Resolved)]) -> Vec<Stretch> {
    let mut inside: Vec<(usize, DayRange)> = periods
        .iter()
        .enumerate()
        .filter_map(|(index, (days, _))| Some((index, days.overlap(flight)?)))
        .collect();
    inside.sort_by_key(|(index, days)| (days.first(), *index));
    let mut out = Vec::new();
    let mut next = Some(flight.first());
    for (index, days) in inside {
        if let Some(from) = next
            && let Some(days) = days
                .first()
                .pred_opt()
                .and_then(|last| DayRange::new(from, last))
        {
            out.push(Stretch::Pause(days));
        }
        // Where periods overlap, which core refuses, each still shows what it has of its own.
        let begin = next.map_or(days.first(), |from| from.max(days.first()));
        if let Some(own) = DayRange::new(begin, days.last()) {
            out.push(Stretch::Period(index, own));
            next = own.last().succ_opt();
        }
    }
    if let Some(rest) = next.and_then(|from| DayRange::new(from, flight.last())) {
        out.push(Stretch::Pause(rest));
    }
    out
}

impl Grid {
    /// The table of a plan as it is typed.
    #[must_use]
    pub fn of(
        plan: &PlanFields,
        shown: &Preview,
        advertiser: &Advertiser,
        products: &[ProductForm],
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let flight = shown.flight?;
        let currency = advertiser.currency;
        let draft = CampaignDraft {
            advertiser_id: advertiser.id.clone(),
            campaign_type: CampaignType::Decisioned,
            plan: plan.clone(),
            caps: Vec::new(),
            product_ids: Vec::new(),
        };
        let spare = CapId::parse("cap_0")?;
        let campaign = Campaign::create(
            CampaignId::parse("cmp_0")?,
            draft,
            &mut || spare.clone(),
            DateTime::UNIX_EPOCH,
        );
        let selected: Option<Vec<_>> = products
            .iter()
            .map(|product| product.known(currency))
            .collect();
        let planned = selected
            .filter(|selected| !selected.is_empty())
            .map(|selected| preview(&campaign, &selected, &mut Numbered::default(), now));
        let mut grid = Self::empty(flight, periods(shown, flight), shown.media);
        grid.rows_of(products, currency);
        match planned {
            Some(Ok(planned)) => {
                for buy in &planned.buys {
                    for package in &buy.packages {
                        let column = package
                            .period
                            .as_ref()
                            .and_then(|period| usize::try_from(period.index).ok())
                            .map_or(0, |index| index.saturating_sub(1));
                        let (agent, product) = (
                            &package.product.key.agent_id,
                            &package.product.key.product_id,
                        );
                        let row = products.iter().position(|one| {
                            one.sales_agent_id == agent.as_str() && one.product_id == product.0
                        });
                        if let Some(row) = row {
                            grid.put(row, column, package.budget);
                        }
                    }
                }
                for (key, share) in &planned.shares {
                    let row = products.iter().position(|one| {
                        one.sales_agent_id == key.agent_id.as_str()
                            && one.product_id == key.product_id.0
                    });
                    if let Some(row) = row.and_then(|row| grid.row_mut(row)) {
                        row.budget = Some(*share);
                        row.is_share = true;
                    }
                }
                grid.warnings = planned.warnings;
            }
            Some(Err(Refusal::Invalid(violations))) => grid.refused = violations,
            Some(Err(other)) => {
                grid.refused = vec![Violation::new(
                    "",
                    flighting_core::error::Code::OutOfRange,
                    other.to_string(),
                )];
            }
            None => {}
        }
        grid.add_up()?;
        Some(grid)
    }

    /// The table of what was bought.
    #[must_use]
    pub fn bought(out: &CampaignOut, shown: &Preview) -> Option<Self> {
        let flight = days(out)?;
        let currency = known::currency(out)?;
        let mut products: Vec<ProductForm> = Vec::new();
        let mut cells = Vec::new();
        for buy in &out.media_buys {
            for package in &buy.packages {
                let product = ProductForm {
                    product_id: package.product_id.clone(),
                    // One agent's second buy has rows of its own.
                    sales_agent_id: buy.media_buy_id.clone(),
                    name: package.product_name.clone(),
                    agent_name: buy.sales_agent_name.clone(),
                    ..ProductForm::default()
                };
                let row = products
                    .iter()
                    .position(|one| one.is_same(&product))
                    .unwrap_or_else(|| {
                        products.push(product);
                        products.len() - 1
                    });
                let column = package
                    .pacing_period
                    .as_ref()
                    .and_then(|period| usize::try_from(period.index).ok())
                    .map_or(0, |index| index.saturating_sub(1));
                cells.push((row, column, format::read(package.budget, currency)));
            }
        }
        let mut grid = Self::empty(flight, periods(shown, flight), shown.media);
        grid.rows_of(&products, currency);
        for (row, column, money) in cells {
            grid.put(row, column, money);
        }
        grid.add_up()?;
        for group in &mut grid.groups {
            for row in &mut group.rows {
                row.budget = Money::sum(currency, row.cells.iter().flatten().copied()).ok();
            }
        }
        Some(grid)
    }

    fn empty(flight: DayRange, periods: Vec<(DayRange, Resolved)>, media: Money) -> Self {
        let zero = Money::zero(media.currency());
        Self {
            flight,
            stretches: stretches(flight, &periods),
            columns: periods
                .into_iter()
                .map(|(days, money)| Column {
                    days,
                    budget: money.budget,
                    net: money.net,
                    packages: zero,
                    free: money.net,
                    need: zero,
                })
                .collect(),
            groups: Vec::new(),
            media,
            packages: zero,
            free: media,
            warnings: Vec::new(),
            refused: Vec::new(),
        }
    }

    fn rows_of(&mut self, products: &[ProductForm], currency: Currency) {
        let zero = Money::zero(currency);
        let mut agents: Vec<&str> = Vec::new();
        for (index, product) in products.iter().enumerate() {
            let row = Row {
                name: product.name.clone(),
                index,
                cells: vec![None; self.columns.len()],
                budget: product.known(currency).and_then(|known| known.budget),
                is_share: product.budget.trim().is_empty(),
            };
            let at = agents
                .iter()
                .position(|agent| *agent == product.sales_agent_id);
            match at.and_then(|at| self.groups.get_mut(at)) {
                Some(group) => group.rows.push(row),
                None => {
                    agents.push(&product.sales_agent_id);
                    self.groups.push(Group {
                        agent: product.agent_name.clone(),
                        rows: vec![row],
                        sums: vec![zero; self.columns.len()],
                        sum: zero,
                    });
                }
            }
        }
    }

    fn row_mut(&mut self, index: usize) -> Option<&mut Row> {
        self.groups
            .iter_mut()
            .flat_map(|group| &mut group.rows)
            .find(|row| row.index == index)
    }

    fn put(&mut self, row: usize, column: usize, money: Money) {
        if let Some(cell) = self.row_mut(row).and_then(|row| row.cells.get_mut(column)) {
            *cell = match *cell {
                Some(before) => before.plus(money).ok(),
                None => Some(money),
            };
        }
    }

    /// The sums of rows and columns.
    fn add_up(&mut self) -> Option<()> {
        let currency = self.media.currency();
        let sum = |amounts: &mut dyn Iterator<Item = Money>| Money::sum(currency, amounts).ok();
        for group in &mut self.groups {
            for (column, total) in group.sums.iter_mut().enumerate() {
                *total = sum(&mut group
                    .rows
                    .iter()
                    .filter_map(|row| row.cells.get(column).copied().flatten()))?;
            }
            group.sum = sum(&mut group.sums.iter().copied())?;
        }
        for (index, column) in self.columns.iter_mut().enumerate() {
            column.packages = sum(&mut self
                .groups
                .iter()
                .filter_map(|group| group.sums.get(index).copied()))?;
            column.free = column.net.minus(column.packages).ok()?;
            column.need = need_per_day(Money::zero(currency), column.packages, column.days.days())?;
        }
        self.packages = sum(&mut self.columns.iter().map(|column| column.packages))?;
        self.free = self.media.minus(self.packages).ok()?;
        Some(())
    }

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

    /// The first days of months, weeks or days that the axis names: offset in days and words.
    #[must_use]
    pub fn ticks(&self, zoom: Zoom) -> Vec<(i64, String)> {
        use chrono::Datelike;
        let first = self.flight.first();
        let far = self.flight.days() > 400;
        self.flight
            .iter()
            .filter(|day| {
                *day == first
                    || match zoom {
                        Zoom::Months => day.day() == 1,
                        Zoom::Weeks => day.weekday() == chrono::Weekday::Mon,
                        Zoom::Days => true,
                    }
            })
            .map(|day| {
                let words = match zoom {
                    Zoom::Months if far => format!("{} {}", format::month(day), day.year()),
                    Zoom::Months => format::month(day).to_owned(),
                    Zoom::Weeks => format::day(day),
                    Zoom::Days if day.day() == 1 || day == first => format::day(day),
                    Zoom::Days => day.day().to_string(),
                };
                (offset(self.flight, day), words)
            })
            .collect()
    }
}

/// How many days a day lies behind the first of a flight.
#[must_use]
pub fn offset(flight: DayRange, day: NaiveDate) -> i64 {
    day.signed_duration_since(flight.first()).num_days()
}

/// How closely the flight is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    /// The whole flight at once, months named.
    Months,
    /// Weeks named.
    Weeks,
    /// Every day named.
    Days,
}

impl Zoom {
    /// All of them, widest first.
    pub const ALL: [Self; 3] = [Self::Months, Self::Weeks, Self::Days];

    /// What people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Months => "Months",
            Self::Weeks => "Weeks",
            Self::Days => "Days",
        }
    }

    /// The least width of a day, in pixels.
    #[must_use]
    pub fn a_day(self) -> u32 {
        match self {
            Self::Months => 3,
            Self::Weeks => 14,
            Self::Days => 34,
        }
    }
}

#[cfg(test)]
mod tests {
    use flighting_core::wire::pacing::PacingMode;

    use super::*;
    use crate::forms::campaign::{CampaignForm, check_create};
    use crate::forms::testing::advertiser;

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
