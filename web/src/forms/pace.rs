//! What was delivered beside what was planned: core's planned curve against the sellers' figures,
//! for the whole campaign, its buys, packages and periods.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use flighting_core::curve::{Line, curve};
use flighting_core::delivery::{PaceThresholds, Unspent, demand, pace, projection};
use flighting_core::flight::DayRange;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::money::{Currency, Money};
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::delivery::{DeliveryOut, DeliveryStanding, PaceWord, PackageDelivery};
use rust_decimal::Decimal;

use super::known;
use crate::format;

/// One day of the chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// The day.
    pub day: NaiveDate,
    /// What was planned to be spent up to and including it.
    pub planned: Money,
    /// What was; none for days to come.
    pub delivered: Option<Money>,
}

/// Something with money over time: the campaign, a buy, a period, a package.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// What it is part of; empty for the campaign and its buys.
    pub part: String,
    /// How often ads were shown.
    pub impressions: u64,
    /// How often they were clicked.
    pub clicks: u64,
    /// What it holds.
    pub planned: Money,
    /// What was planned to be spent until now.
    pub expected: Money,
    /// What was.
    pub spend: Money,
    /// Delivered over expected; none while nothing is expected.
    pub pace: Option<Decimal>,
    /// What that means.
    pub rating: Option<PaceWord>,
    /// What is spent at the end if it goes on like this; none while that cannot be said.
    pub projected: Option<Money>,
    /// What has to be spent on the next day on which something has: what packages have left,
    /// spread over the days they have left, rounded up; none when nothing is left or no day is.
    pub need: Option<Money>,
}

/// Everything of one campaign.
#[derive(Debug, Clone, PartialEq)]
pub struct Paced {
    /// The days of the flight; empty where no curve can be laid.
    pub points: Vec<Point>,
    /// The whole campaign.
    pub whole: Standing,
    /// Its periods, in order; empty without a schedule.
    pub periods: Vec<Standing>,
    /// Its buys, and the packages of each.
    pub buys: Vec<(Standing, Vec<Standing>)>,
}

struct Ruler {
    currency: Currency,
    today: NaiveDate,
    windows: BTreeMap<String, DayRange>,
}

impl Ruler {
    /// What packages have left, where they still can spend it.
    fn unspent<'a>(&self, packages: impl IntoIterator<Item = &'a PackageDelivery>) -> Vec<Unspent> {
        packages
            .into_iter()
            .filter_map(|package| {
                let read = |amount| format::read(amount, self.currency);
                let totals = &package.totals;
                Some(Unspent {
                    days: *self.windows.get(&package.package_id)?,
                    left: read(totals.planned)
                        .minus(read(totals.spend))
                        .ok()?
                        .at_least_zero(),
                })
            })
            .collect()
    }

    fn need(&self, packages: &[Unspent]) -> Option<Money> {
        let (_, need) = demand(packages, None, self.today, self.currency)
            .ok()?
            .first?;
        Some(need)
    }

    fn standing(
        &self,
        name: String,
        part: String,
        of: &DeliveryStanding,
        packages: &[Unspent],
    ) -> Standing {
        let read = |amount| format::read(amount, self.currency);
        let (planned, expected, spend) = (read(of.planned), read(of.expected), read(of.spend));
        Standing {
            name,
            part,
            impressions: of.impressions,
            clicks: of.clicks,
            planned,
            expected,
            spend,
            pace: of.pace.map(|pace| pace.to_decimal()),
            rating: of.rating,
            projected: projection(spend, expected, planned),
            need: self.need(packages),
        }
    }
}

fn counts(status: MediaBuyStatus) -> bool {
    !matches!(
        status,
        MediaBuyStatus::Failed
            | MediaBuyStatus::Rejected
            | MediaBuyStatus::Canceled
            | MediaBuyStatus::Archived
    )
}

/// Puts delivery beside the plan. `None` only for answers that are not ours.
#[must_use]
pub fn paced(campaign: &CampaignOut, delivery: &DeliveryOut) -> Option<Paced> {
    let currency = known::currency(campaign)?;
    let flight = known::days(campaign)?;
    let today = delivery.as_of.date_naive();
    let ruler = Ruler {
        currency,
        today,
        windows: campaign
            .media_buys
            .iter()
            .flat_map(|buy| &buy.packages)
            .filter_map(|package| {
                let (first, last) = (package.start_time, package.end_time);
                let days = DayRange::new(first.date_naive(), last.date_naive())?;
                Some((package.package_id.clone(), days))
            })
            .collect(),
    };
    let everything = ruler.unspent(delivery.media_buys.iter().flat_map(|buy| &buy.packages));
    let whole = ruler.standing(
        "Campaign".to_owned(),
        String::new(),
        &delivery.totals,
        &everything,
    );
    let mut periods: Vec<(u32, Standing, Vec<Unspent>)> = Vec::new();
    let mut buys = Vec::new();
    for buy in &delivery.media_buys {
        let mut packages = Vec::new();
        for package in &buy.packages {
            let period = package.pacing_period.as_ref();
            let part = period.map_or("whole flight".to_owned(), |period| period.label.clone());
            let own = ruler.unspent([package]);
            let standing =
                ruler.standing(package.product_name.clone(), part, &package.totals, &own);
            if let Some(period) = period {
                match periods
                    .iter_mut()
                    .find(|(index, _, _)| *index == period.index)
                {
                    Some((_, sum, all)) => {
                        add(sum, &standing)?;
                        all.extend(own);
                    }
                    None => periods.push((
                        period.index,
                        Standing {
                            name: period.label.clone(),
                            part: String::new(),
                            ..standing.clone()
                        },
                        own,
                    )),
                }
            }
            packages.push(standing);
        }
        let own = ruler.unspent(&buy.packages);
        let standing = ruler.standing(buy.name.clone(), String::new(), &buy.totals, &own);
        buys.push((standing, packages));
    }
    periods.sort_by_key(|(index, _, _)| *index);
    let periods = periods
        .into_iter()
        .map(|(_, sum, unspent)| {
            let share = pace(sum.spend, sum.expected);
            Standing {
                pace: share,
                rating: share.map(|share| PaceThresholds::default().rate(share).into()),
                projected: projection(sum.spend, sum.expected, sum.planned),
                need: ruler.need(&unspent),
                ..sum
            }
        })
        .collect();
    Some(Paced {
        points: points(campaign, delivery, currency, flight, today).unwrap_or_default(),
        whole,
        periods,
        buys,
    })
}

fn add(sum: &mut Standing, one: &Standing) -> Option<()> {
    sum.impressions = sum.impressions.checked_add(one.impressions)?;
    sum.clicks = sum.clicks.checked_add(one.clicks)?;
    sum.planned = sum.planned.plus(one.planned).ok()?;
    sum.expected = sum.expected.plus(one.expected).ok()?;
    sum.spend = sum.spend.plus(one.spend).ok()?;
    Some(())
}

fn points(
    campaign: &CampaignOut,
    delivery: &DeliveryOut,
    currency: Currency,
    flight: DayRange,
    today: NaiveDate,
) -> Option<Vec<Point>> {
    let lines: Vec<Line> = campaign
        .media_buys
        .iter()
        .filter(|buy| counts(buy.status))
        .flat_map(|buy| &buy.packages)
        .filter_map(|package| {
            Some(Line {
                days: DayRange::new(
                    package.start_time.date_naive(),
                    package.end_time.date_naive(),
                )?,
                budget: format::read(package.budget, currency),
                pacing: package.pacing.into(),
            })
        })
        .collect();
    let cap = campaign
        .budget
        .daily_cap
        .map(|cap| format::read(cap, currency));
    let planned = curve(&lines, cap, currency).ok()?;
    let mut sum = Money::zero(currency);
    let mut days = delivery.days.iter().peekable();
    flight
        .iter()
        .map(|day| {
            while let Some(one) = days.next_if(|one| one.date <= day) {
                sum = sum.plus(format::read(one.spend, currency)).ok()?;
            }
            Some(Point {
                day,
                planned: planned.total_by(day),
                delivered: (day <= today).then_some(sum),
            })
        })
        .collect()
}

/// A pace in whole percent, rounded half up: `97 %`.
#[must_use]
pub fn percent(pace: Decimal) -> String {
    let percent = pace
        .checked_mul(Decimal::from(100))
        .unwrap_or(pace)
        .round_dp_with_strategy(0, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
    format!("{percent} %")
}

/// What a rating is called.
#[must_use]
pub fn rating(word: PaceWord) -> &'static str {
    match word {
        PaceWord::Behind => "behind",
        PaceWord::OnPace => "on pace",
        PaceWord::Ahead => "ahead",
    }
}

/// The path of a line through amounts, in a box of 1000 by 200; amounts up to `most` fit.
#[must_use]
pub fn line(amounts: &[i64], days: usize, most: i64) -> String {
    let most = i128::from(most.max(1));
    let steps = i128::try_from(days.max(1)).unwrap_or(1);
    let mut path = String::from("M0 200");
    for (at, amount) in (1_i128..).zip(amounts) {
        let (x, y) = (
            at * 1_000 / steps,
            200 - i128::from(*amount).max(0) * 200 / most,
        );
        path.push_str(&format!("L{x} {y}"));
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_ends_where_its_amounts_do() {
        assert_eq!(line(&[0, 50, 100], 4, 100), "M0 200L250 200L500 100L750 0");
        assert_eq!(line(&[], 4, 100), "M0 200");
        assert_eq!(line(&[5], 0, 0), "M0 200L1000 -800");
    }

    #[test]
    fn paces_are_whole_percents() {
        assert_eq!(percent(Decimal::new(9_651, 4)), "97 %");
        assert_eq!(percent(Decimal::new(1_005, 3)), "101 %");
    }
}
