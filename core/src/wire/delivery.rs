//! `GET /campaigns/{id}/delivery`: what was delivered beside what was planned, per campaign, buy,
//! package and day. Media money, without fees.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Timelike, Utc};
use serde::{Deserialize, Serialize};

use super::media_buy::PeriodRefOut;
use super::{Amount, Figure};
use crate::campaign::Campaign;
use crate::curve::{Curve, Line, curve};
use crate::delivery::{ByDay, Delivery, PaceRating, PaceThresholds, pace};
use crate::error::Refusal;
use crate::flight::DayRange;
use crate::ids::{MediaBuyId, PackageId};
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

words! {
    /// How figures came.
    pub enum ReportedBy {
        /// We asked the seller.
        Pull = "pull",
        /// The seller sent them by itself.
        Webhook = "webhook",
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
    /// The first day that is counted, inclusive; absent when everything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_date: Option<NaiveDate>,
    /// The last day that is counted, inclusive; absent when everything is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_date: Option<NaiveDate>,
    /// Whether the seller of any buy says that its figures are late.
    pub reporting_delayed: bool,
    /// All buys together.
    pub totals: DeliveryStanding,
    /// The days of all buys together, in order; days without figures are left out.
    pub days: Vec<DayDelivery>,
    /// Each buy.
    pub media_buys: Vec<BuyDelivery>,
}

/// What was delivered on one UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DayDelivery {
    /// The day.
    pub date: NaiveDate,
    /// How often ads were shown.
    pub impressions: u64,
    /// What it cost.
    pub spend: Amount,
    /// How often they were clicked.
    pub clicks: u64,
    /// What was planned to be spent on it.
    pub planned: Amount,
    /// Whether the figures came long after the day, or for a day on which the package did not run.
    pub late: bool,
}

/// How fresh the figures of a buy are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Freshness {
    /// When they were true; absent before the first report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<DateTime<Utc>>,
    /// How they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ReportedBy>,
    /// Whether the seller says that its figures are late.
    pub reporting_delayed: bool,
    /// When the seller expects them then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_at: Option<DateTime<Utc>>,
    /// Whether the seller says that these are the last.
    pub is_final: bool,
    /// What of the last report was not taken in.
    pub troubles: Vec<DeliveryTrouble>,
}

/// Figures of a report that were not taken in; what was known before stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryTrouble {
    /// Its stable code: `currency_differs`, `negative_figures`, `figures_out_of_range`,
    /// `no_packages_reported`, `unknown_package` or `part_of_a_day`.
    pub code: String,
    /// The seller's id of the package; absent where it is about all of the buy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_package_id: Option<String>,
    /// What is wrong with them.
    pub message: String,
}

/// What is kept about the delivery of a campaign beside the campaign itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeptDelivery {
    /// Days by package.
    pub days: BTreeMap<PackageId, ByDay>,
    /// Freshness by buy.
    pub freshness: BTreeMap<MediaBuyId, Freshness>,
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
    /// How fresh its figures are.
    pub freshness: Freshness,
    /// All packages together.
    pub totals: DeliveryStanding,
    /// The days of all packages together, in order; days without figures are left out.
    pub days: Vec<DayDelivery>,
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
    /// Its days, in order; days without figures are left out.
    pub days: Vec<DayDelivery>,
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

/// Delivered and planned by day, and whether any of it came late.
#[derive(Default)]
struct DaySums(BTreeMap<NaiveDate, (Delivery, Money, bool)>);

impl DaySums {
    fn add(
        &mut self,
        day: NaiveDate,
        delivery: Delivery,
        planned: Money,
        late: bool,
    ) -> Result<(), Refusal> {
        let sum = match self.0.get(&day) {
            Some((known, of_plan, was_late)) => (
                known.plus(delivery)?,
                of_plan.plus(planned)?,
                *was_late || late,
            ),
            None => (delivery, planned, late),
        };
        self.0.insert(day, sum);
        Ok(())
    }

    fn add_all(&mut self, other: &Self) -> Result<(), Refusal> {
        for (day, (delivery, planned, late)) in &other.0 {
            self.add(*day, *delivery, *planned, *late)?;
        }
        Ok(())
    }

    fn out(&self) -> Vec<DayDelivery> {
        self.0
            .iter()
            .map(|(date, (delivery, planned, late))| DayDelivery {
                date: *date,
                impressions: delivery.impressions,
                spend: delivery.spend.into(),
                clicks: delivery.clicks,
                planned: (*planned).into(),
                late: *late,
            })
            .collect()
    }
}

impl DeliveryOut {
    /// The figures of a campaign at an instant, of some days or of all time.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn of(
        campaign: &Campaign,
        kept: &KeptDelivery,
        range: Option<DayRange>,
        now: DateTime<Utc>,
    ) -> Result<Self, Refusal> {
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
        let mut all_days = DaySums::default();
        let mut line = 0_usize;
        let mut media_buys = Vec::new();
        for buy in campaign.buys() {
            let mut sums = Sums::none(currency);
            let mut buy_days = DaySums::default();
            let mut packages = Vec::new();
            for package in &buy.packages {
                let of_plan = is_planned(buy).then_some(line);
                line += usize::from(of_plan.is_some());
                let mut days = DaySums::default();
                for (day, figures) in kept.days.get(&package.id).into_iter().flatten() {
                    if range.is_none_or(|range| range.first() <= *day && *day <= range.last()) {
                        let planned =
                            of_plan.map_or(Money::zero(currency), |line| curve.line_on(line, *day));
                        days.add(*day, figures.delivery, planned, figures.late)?;
                    }
                }
                let delivered = match range {
                    None => package.delivery.unwrap_or(Delivery::none(currency)),
                    Some(_) => Delivery::sum(currency, days.0.values().map(|(day, _, _)| *day))?,
                };
                let mut one = Sums {
                    delivered,
                    ..Sums::none(currency)
                };
                if let Some(line) = of_plan {
                    (one.planned, one.expected) = match range {
                        None => (package.budget, expected(&curve, line, now)?),
                        Some(range) => planned_in(&curve, line, range, now)?,
                    };
                }
                sums = sums.plus(one)?;
                buy_days.add_all(&days)?;
                packages.push(PackageDelivery::of(package, one, days.out()));
            }
            totals = totals.plus(sums)?;
            all_days.add_all(&buy_days)?;
            media_buys.push(BuyDelivery {
                media_buy_id: buy.id.to_string(),
                name: buy.name.clone(),
                status: buy.status,
                sales_agent_id: buy.agent_id.to_string(),
                freshness: kept.freshness.get(&buy.id).cloned().unwrap_or_default(),
                totals: sums.standing(),
                days: buy_days.out(),
                packages,
            });
        }
        Ok(Self {
            campaign_id: campaign.id().to_string(),
            currency: currency.code().to_owned(),
            as_of: now,
            start_date: range.map(DayRange::first),
            end_date: range.map(DayRange::last),
            reporting_delayed: media_buys.iter().any(|buy| buy.freshness.reporting_delayed),
            totals: totals.standing(),
            days: all_days.out(),
            media_buys,
        })
    }
}

impl PackageDelivery {
    fn of(package: &Package, sums: Sums, days: Vec<DayDelivery>) -> Self {
        Self {
            package_id: package.id.to_string(),
            product_id: package.product_id.to_string(),
            product_name: package.product_name.clone(),
            pacing_period: package.period.as_ref().map(Into::into),
            totals: sums.standing(),
            days,
        }
    }
}

fn is_planned(buy: &MediaBuy) -> bool {
    buy.status.may_be_at_seller() || buy.status == MediaBuyStatus::Completed
}

/// Planned for one line within days, and what of that was expected by now.
fn planned_in(
    curve: &Curve,
    line: usize,
    range: DayRange,
    now: DateTime<Utc>,
) -> Result<(Money, Money), Refusal> {
    let by_now = expected(curve, line, now)?;
    let by_end = curve.line_by(line, range.last());
    let planned = |upto: Money| match range.first().checked_sub_days(Days::new(1)) {
        Some(before) => upto.minus(curve.line_by(line, before)),
        None => Ok(upto),
    };
    let upto = if by_now.minor() < by_end.minor() {
        by_now
    } else {
        by_end
    };
    Ok((planned(by_end)?, planned(upto)?.at_least_zero()))
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
