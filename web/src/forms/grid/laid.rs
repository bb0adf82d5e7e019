//! Laying the table out from what is typed, by core; and its sums.

use chrono::{DateTime, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::{Campaign, CampaignDraft, CampaignType, PlanFields};
use flighting_core::delivery::need_per_day;
use flighting_core::error::{Refusal, Violation};
use flighting_core::execution::{asked, sketch};
use flighting_core::flight::DayRange;
use flighting_core::ids::{CampaignId, CapId};
use flighting_core::money::{Currency, Money};
use flighting_core::pacing::Resolved;
use flighting_core::selection::SelectedProduct;

use super::axis::{periods, stretches};
use super::{Column, Grid, Group, Row};
use crate::forms::campaign::Preview;
use crate::forms::selection::ProductForm;

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
        let known: Vec<_> = products
            .iter()
            .map(|product| product.known(advertiser.currency))
            .collect();
        let known: Vec<_> = known.iter().map(Option::as_ref).collect();
        Self::with(plan, shown, advertiser, (products, &known), now)
    }

    /// The same with the products as core knows them, where that is known already.
    #[must_use]
    pub fn with(
        plan: &PlanFields,
        shown: &Preview,
        advertiser: &Advertiser,
        (products, known): (&[ProductForm], &[Option<&SelectedProduct>]),
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
        let mut grid = Self::empty(flight, periods(shown, flight), shown.media);
        grid.rows_of(products, known, currency);
        // One that never did read asks for nothing yet, and nothing is laid out without it.
        let selected = || known.iter().copied().flatten();
        let laid = (!known.is_empty() && known.iter().all(Option::is_some))
            .then(|| sketch(&campaign, selected(), now));
        grid.asked = asked(&campaign, selected()).unwrap_or(grid.asked);
        match laid {
            Some(Ok((rows, warnings))) => {
                // A draft has bought nothing: every product has its row, in the order typed.
                for (index, laid) in rows.iter().enumerate() {
                    let Some(row) = grid.row_mut(index) else {
                        continue;
                    };
                    row.budget = Some(laid.budget);
                    row.is_share = laid.is_share;
                    for cell in laid.cells.iter().filter(|cell| !cell.over) {
                        let period = cell.period.as_ref().map_or(1, |period| period.index);
                        if let Ok(period) = usize::try_from(period) {
                            row.put(period.saturating_sub(1), cell.budget);
                        }
                    }
                }
                grid.warnings = warnings;
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

    pub(super) fn empty(
        flight: DayRange,
        periods: Vec<(DayRange, Resolved)>,
        media: Money,
    ) -> Self {
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
            asked: zero,
            packages: zero,
            free: media,
            warnings: Vec::new(),
            refused: Vec::new(),
        }
    }

    pub(super) fn rows_of(
        &mut self,
        products: &[ProductForm],
        known: &[Option<&SelectedProduct>],
        currency: Currency,
    ) {
        let zero = Money::zero(currency);
        let mut agents: Vec<&str> = Vec::new();
        for (index, product) in products.iter().enumerate() {
            let row = Row {
                name: product.name.clone(),
                index,
                cells: vec![None; self.columns.len()],
                budget: known.get(index).and_then(|known| (*known)?.budget),
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
                        status: None,
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

    pub(super) fn put(&mut self, row: usize, column: usize, money: Money) {
        if let Some(row) = self.row_mut(row) {
            row.put(column, money);
        }
    }

    /// The sums of rows and columns.
    pub(super) fn add_up(&mut self) -> Option<()> {
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
}

impl Row {
    fn put(&mut self, column: usize, money: Money) {
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = match *cell {
                Some(before) => before.plus(money).ok(),
                None => Some(money),
            };
        }
    }
}
