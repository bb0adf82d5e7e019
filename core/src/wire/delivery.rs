//! `GET /campaigns/{id}/delivery`: what was delivered beside what was planned, per campaign, buy
//! and package. Media money, without fees.

use chrono::{DateTime, Days, Timelike, Utc};
use serde::{Deserialize, Serialize};

use super::media_buy::PeriodRefOut;
use super::{Amount, Figure};
use crate::campaign::Campaign;
use crate::curve::{Curve, Line, curve};
use crate::delivery::{Delivery, PaceRating, PaceThresholds, pace};
use crate::error::Refusal;
use crate::media_buy::{MediaBuy, MediaBuyStatus, Package};
use crate::money::{Currency, Money};
use crate::words::words;

words! {
    /// What a pace means.
    pub enum PaceWord {
        /// Less was delivered than expected.
        Behind = "behind",
        /// As expected.
        OnPace = "on_pace",
        /// More was delivered than expected.
        Ahead = "ahead",
    }
}

impl From<PaceRating> for PaceWord {
    fn from(rating: PaceRating) -> Self {
        match rating {
            PaceRating::Behind => Self::Behind,
            PaceRating::OnPace => Self::OnPace,
            PaceRating::Ahead => Self::Ahead,
        }
    }
}

/// What a campaign delivered so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryOut {
    /// The campaign.
    pub campaign_id: String,
    /// The currency of every amount.
    pub currency: String,
    /// When this is from: `expected` is what was planned until then.
    pub as_of: DateTime<Utc>,
    /// All buys together.
    pub totals: DeliveryStanding,
    /// Each buy.
    pub media_buys: Vec<BuyDelivery>,
}

/// Delivered beside planned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryStanding {
    /// How often ads were shown.
    pub impressions: u64,
    /// What it cost.
    pub spend: Amount,
    /// How often they were clicked.
    pub clicks: u64,
    /// What was bought; 0 for buys that failed, were rejected, canceled or archived.
    pub planned: Amount,
    /// What was planned to be spent until now.
    pub expected: Amount,
    /// Delivered over expected: 1 is as planned; `null` while nothing is expected.
    pub pace: Option<Figure>,
    /// What that means.
    pub rating: Option<PaceWord>,
}

/// What one buy delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BuyDelivery {
    /// The buy.
    pub media_buy_id: String,
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: MediaBuyStatus,
    /// Who sells.
    pub sales_agent_id: String,
    /// All packages together.
    pub totals: DeliveryStanding,
    /// Each package.
    pub packages: Vec<PackageDelivery>,
}

/// What one package delivered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PackageDelivery {
    /// The package.
    pub package_id: String,
    /// Its product.
    pub product_id: String,
    /// The product's name.
    pub product_name: String,
    /// The pacing period it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pacing_period: Option<PeriodRefOut>,
    /// Its figures.
    pub totals: DeliveryStanding,
}

#[derive(Clone, Copy)]
struct Sums {
    delivered: Delivery,
    planned: Money,
    expected: Money,
}

impl Sums {
    fn none(currency: Currency) -> Self {
        let zero = Money::zero(currency);
        Self {
            delivered: Delivery::none(currency),
            planned: zero,
            expected: zero,
        }
    }

    fn plus(self, other: Self) -> Result<Self, Refusal> {
        let Self {
            delivered,
            planned,
            expected,
        } = other;
        Ok(Self {
            delivered: self.delivered.plus(delivered)?,
            planned: self.planned.plus(planned)?,
            expected: self.expected.plus(expected)?,
        })
    }

    fn standing(self) -> DeliveryStanding {
        let Self {
            delivered,
            planned,
            expected,
        } = self;
        let Delivery {
            impressions,
            spend,
            clicks,
        } = delivered;
        let share = pace(spend, expected);
        DeliveryStanding {
            impressions,
            spend: spend.into(),
            clicks,
            planned: planned.into(),
            expected: expected.into(),
            pace: share.map(Into::into),
            rating: share.map(|share| PaceThresholds::default().rate(share).into()),
        }
    }
}

impl DeliveryOut {
    /// The figures of a campaign at an instant.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn of(campaign: &Campaign, now: DateTime<Utc>) -> Result<Self, Refusal> {
        let currency = campaign.currency();
        let lines: Vec<Line> = campaign
            .buys()
            .iter()
            .filter(|buy| is_planned(buy))
            .flat_map(|buy| &buy.packages)
            .map(|package| Line {
                days: package.window.days(),
                budget: package.budget,
                pacing: package.pacing,
            })
            .collect();
        let curve = curve(&lines, campaign.plan().budget.daily_cap, currency)?;
        let mut totals = Sums::none(currency);
        let mut line = 0_usize;
        let mut media_buys = Vec::new();
        for buy in campaign.buys() {
            let mut sums = Sums::none(currency);
            let mut packages = Vec::new();
            for package in &buy.packages {
                let mut one = Sums {
                    delivered: package.delivery.unwrap_or(Delivery::none(currency)),
                    ..Sums::none(currency)
                };
                if is_planned(buy) {
                    one.planned = package.budget;
                    one.expected = expected(&curve, line, now)?;
                    line += 1;
                }
                sums = sums.plus(one)?;
                packages.push(PackageDelivery::of(package, one));
            }
            totals = totals.plus(sums)?;
            media_buys.push(BuyDelivery {
                media_buy_id: buy.id.to_string(),
                name: buy.name.clone(),
                status: buy.status,
                sales_agent_id: buy.agent_id.to_string(),
                totals: sums.standing(),
                packages,
            });
        }
        Ok(Self {
            campaign_id: campaign.id().to_string(),
            currency: currency.code().to_owned(),
            as_of: now,
            totals: totals.standing(),
            media_buys,
        })
    }
}

impl PackageDelivery {
    fn of(package: &Package, sums: Sums) -> Self {
        Self {
            package_id: package.id.to_string(),
            product_id: package.product_id.to_string(),
            product_name: package.product_name.clone(),
            pacing_period: package.period.as_ref().map(Into::into),
            totals: sums.standing(),
        }
    }
}

fn is_planned(buy: &MediaBuy) -> bool {
    buy.status.may_be_at_seller() || buy.status == MediaBuyStatus::Completed
}

/// Planned for one line until an instant: all days before, and of its own day the share of the
/// seconds gone, rounded down.
fn expected(curve: &Curve, line: usize, now: DateTime<Utc>) -> Result<Money, Refusal> {
    let today = now.date_naive();
    let day = curve.line_on(line, today);
    let gone = i128::from(now.time().num_seconds_from_midnight());
    let part = i64::try_from(i128::from(day.minor()) * gone / 86_400)
        .ok()
        .and_then(|minor| Money::from_minor(minor, day.currency()))
        .ok_or(Refusal::Overflow)?;
    match today.checked_sub_days(Days::new(1)) {
        Some(before) => curve.line_by(line, before).plus(part),
        None => Ok(part),
    }
}
