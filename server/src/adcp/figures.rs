//! What sellers report as delivered: cumulative figures that replace what we had (decision 2).

use flighting_core::media_buy::SellerBuyStatus;
use flighting_core::money::{Currency, Money};

use super::types::{WireBuyDelivery, WireDelivery, WireFigures};

/// Figures of a buy or of one of its packages, since its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// How often it was shown.
    pub impressions: u64,
    /// Media money spent, rounded half up; none where the seller reports none, or another
    /// currency than ours.
    pub spend: Option<Money>,
    /// Clicks; none where the seller does not count them.
    pub clicks: Option<u64>,
    /// Completed views; none where the seller does not count them.
    pub completed_views: Option<u64>,
}

/// What one buy delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuyFigures {
    /// The seller's id of the buy.
    pub seller_buy_id: String,
    /// The seller's word for its state in the report; reports have words of their own besides.
    pub status: Option<SellerBuyStatus>,
    /// Of the whole buy.
    pub totals: Figures,
    /// By the seller's package id.
    pub packages: Vec<(String, Figures)>,
}

/// Reads a delivery report. Buys and packages without an id are left out.
#[must_use]
pub fn read(report: WireDelivery, currency: Currency) -> Vec<BuyFigures> {
    let WireDelivery {
        currency: of_report,
        media_buy_deliveries,
    } = report;
    media_buy_deliveries
        .into_iter()
        .filter_map(|delivery| {
            let WireBuyDelivery {
                media_buy_id,
                status,
                totals,
                by_package,
            } = delivery;
            let inherited = totals.currency.clone().or_else(|| of_report.clone());
            Some(BuyFigures {
                seller_buy_id: media_buy_id?,
                status: status.map(|word| SellerBuyStatus::read(&word)),
                totals: figures(&totals, of_report.as_deref(), currency),
                packages: by_package
                    .iter()
                    .filter_map(|package| {
                        Some((
                            package.package_id.clone()?,
                            figures(package, inherited.as_deref(), currency),
                        ))
                    })
                    .collect(),
            })
        })
        .collect()
}

fn figures(wire: &WireFigures, inherited: Option<&str>, currency: Currency) -> Figures {
    let said = wire.currency.as_deref().or(inherited);
    let same = said.is_none_or(|code| code == currency.code());
    Figures {
        impressions: wire.impressions.unwrap_or(0),
        spend: wire
            .spend
            .filter(|_| same)
            .and_then(|spend| Money::round_reported(spend, currency)),
        clicks: wire.clicks,
        completed_views: wire.completed_views,
    }
}
