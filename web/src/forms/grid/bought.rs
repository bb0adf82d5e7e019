//! The table of what was bought: what the packages of the media buys hold, not what the plan would
//! come to now.

use flighting_core::money::{Currency, Money};
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::media_buy::{MediaBuyOut, PackageOut};

use super::Grid;
use super::axis::periods;
use crate::forms::campaign::Preview;
use crate::forms::known;
use crate::forms::selection::ProductForm;

/// One product of one media buy: a row of the table.
#[derive(Debug, Clone, Copy)]
pub struct BoughtRow<'a> {
    /// The buy.
    pub buy: &'a MediaBuyOut,
    /// The seller's id of the product.
    pub product_id: &'a str,
}

impl<'a> BoughtRow<'a> {
    /// The rows in the order of the table, which counts them as products. One agent's second buy has
    /// rows of its own.
    #[must_use]
    pub fn all(out: &'a CampaignOut) -> Vec<Self> {
        let mut rows: Vec<Self> = Vec::new();
        for buy in &out.media_buys {
            let first = rows.len();
            for package in &buy.packages {
                let own = rows.get(first..).unwrap_or_default();
                if !own.iter().any(|row| row.product_id == package.product_id) {
                    rows.push(Self {
                        buy,
                        product_id: &package.product_id,
                    });
                }
            }
        }
        rows
    }

    /// Its packages.
    pub fn packages(self) -> impl Iterator<Item = &'a PackageOut> {
        let packages = self.buy.packages.iter();
        packages.filter(move |package| package.product_id == self.product_id)
    }

    /// What people call the product.
    #[must_use]
    pub fn name(self) -> &'a str {
        let first = self.packages().next();
        first.map_or(self.product_id, |package| package.product_name.as_str())
    }
}

/// The column of a package: the place of its period.
#[must_use]
pub fn column_of(package: &PackageOut) -> usize {
    package
        .pacing_period
        .as_ref()
        .and_then(|period| usize::try_from(period.index).ok())
        .map_or(0, |index| index.saturating_sub(1))
}

/// What a package holds; `None` only for an answer that is not ours.
fn holds(buy: &MediaBuyOut, package: &PackageOut, currency: Currency) -> Option<Money> {
    buy.money_of(package, currency).map(|money| money.holds)
}

impl Grid {
    /// The table of what was bought.
    #[must_use]
    pub fn bought(out: &CampaignOut, shown: &Preview) -> Option<Self> {
        let flight = known::days(out)?;
        let currency = known::currency(out)?;
        let rows = BoughtRow::all(out);
        let products: Vec<ProductForm> = rows
            .iter()
            .map(|row| ProductForm {
                product_id: row.product_id.to_owned(),
                // The buy stands where the agent does: it is what its rows have in common.
                sales_agent_id: row.buy.media_buy_id.clone(),
                name: row.name().to_owned(),
                agent_name: row.buy.sales_agent_name.clone(),
                ..ProductForm::default()
            })
            .collect();
        let mut grid = Self::empty(flight, periods(shown, flight), shown.media);
        grid.rows_of(&products, &[], currency);
        for (at, row) in rows.iter().enumerate() {
            for package in row.packages() {
                grid.put(at, column_of(package), holds(row.buy, package, currency)?);
            }
        }
        grid.add_up()?;
        grid.asked = grid.packages;
        for group in &mut grid.groups {
            let first = group.rows.first().and_then(|row| rows.get(row.index));
            group.status = first.map(|row| row.buy.status);
            for row in &mut group.rows {
                row.budget = Money::sum(currency, row.cells.iter().flatten().copied()).ok();
            }
        }
        Some(grid)
    }
}
