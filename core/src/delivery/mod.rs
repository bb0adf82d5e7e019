//! What was served and spent, and how that compares with the planned curve.

mod days;
mod demand;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::curve::Curve;
use crate::error::Refusal;
use crate::money::{Currency, Money};

pub use days::{ByDay, DayFigures, Known, LATE_AFTER_DAYS, PackageReport, Reported, Span, lay};
pub use demand::{Demand, Unspent, demand};

/// Cumulative figures as a seller reports them; a newer report replaces an older one
/// (decision 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// How often it was shown.
    pub impressions: u64,
    /// Media money spent.
    pub spend: Money,
    /// How often it was clicked.
    pub clicks: u64,
}

impl Delivery {
    /// Nothing delivered.
    #[must_use]
    pub fn none(currency: Currency) -> Self {
        Self {
            impressions: 0,
            spend: Money::zero(currency),
            clicks: 0,
        }
    }

    /// Two deliveries of different packages together.
    ///
    /// # Errors
    /// [`Refusal::CurrencyMismatch`], or [`Refusal::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, Refusal> {
        let Self {
            impressions,
            spend,
            clicks,
        } = other;
        Ok(Self {
            impressions: self
                .impressions
                .checked_add(impressions)
                .ok_or(Refusal::Overflow)?,
            spend: self.spend.plus(spend)?,
            clicks: self.clicks.checked_add(clicks).ok_or(Refusal::Overflow)?,
        })
    }

    /// The deliveries of many packages together.
    ///
    /// # Errors
    /// As [`Delivery::plus`].
    pub fn sum(
        currency: Currency,
        deliveries: impl IntoIterator<Item = Self>,
    ) -> Result<Self, Refusal> {
        deliveries
            .into_iter()
            .try_fold(Self::none(currency), Self::plus)
    }
}

/// A pace has 4 decimals.
const PACE_STEPS: i128 = 10_000;

/// Delivered spend as a share of what was expected by then, with 4 decimals, halves away from 0:
/// 1 is on plan. `None` when nothing was expected or the currencies differ.
///
/// ```
/// use flighting_core::delivery::pace;
/// use flighting_core::money::{Currency, Money};
///
/// let euro = Currency::parse("EUR").unwrap();
/// let money = |minor| Money::from_minor(minor, euro).unwrap();
/// assert_eq!(pace(money(90), money(100)).unwrap().to_string(), "0.9000");
/// assert_eq!(pace(money(90), money(0)), None);
/// ```
#[must_use]
pub fn pace(spend: Money, expected: Money) -> Option<Decimal> {
    if spend.currency() != expected.currency() || expected.minor() <= 0 {
        return None;
    }
    let expected = i128::from(expected.minor());
    let twice = 2 * PACE_STEPS * i128::from(spend.minor()).abs();
    let steps = (twice + expected) / (2 * expected);
    let signed = if spend.is_negative() { -steps } else { steps };
    Decimal::try_from_i128_with_scale(signed, 4).ok()
}

/// What will have been spent in the end if the pace stays as it is: all that is planned, times
/// delivered over expected, rounded half up. `None` when nothing was expected, when money is
/// negative, in different currencies or out of range.
#[must_use]
pub fn projection(spend: Money, expected: Money, planned: Money) -> Option<Money> {
    let one_currency =
        spend.currency() == expected.currency() && spend.currency() == planned.currency();
    if !one_currency || expected.minor() <= 0 || spend.is_negative() || planned.is_negative() {
        return None;
    }
    let expected = i128::from(expected.minor());
    let product = i128::from(spend.minor()) * i128::from(planned.minor());
    let rounded = (2 * product + expected) / (2 * expected);
    Money::from_minor(i64::try_from(rounded).ok()?, spend.currency())
}

/// What has to be spent on each of the days that are left, so that the budget is used: rounded up.
/// `None` without days or in different currencies; zero when nothing is left to spend.
#[must_use]
pub fn need_per_day(spend: Money, budget: Money, days_left: u32) -> Option<Money> {
    if days_left == 0 {
        return None;
    }
    let left = budget.minus(spend).ok()?.at_least_zero().minor();
    let days = i64::from(days_left);
    Money::from_minor(left / days + i64::from(left % days > 0), budget.currency())
}

/// From which pace on a package counts as behind or ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaceThresholds {
    /// Below this share of what was expected it is behind.
    pub behind: Decimal,
    /// Above this share it is ahead.
    pub ahead: Decimal,
}

impl Default for PaceThresholds {
    /// 90 and 110 percent.
    fn default() -> Self {
        Self {
            behind: Decimal::new(9, 1),
            ahead: Decimal::new(11, 1),
        }
    }
}

/// What a pace means. Both sides are off plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaceRating {
    /// Below the lower threshold.
    Behind,
    /// Within the thresholds, both included.
    OnPace,
    /// Above the upper threshold.
    Ahead,
}

impl PaceThresholds {
    /// Rates a pace.
    #[must_use]
    pub fn rate(self, pace: Decimal) -> PaceRating {
        if pace < self.behind {
            PaceRating::Behind
        } else if pace > self.ahead {
            PaceRating::Ahead
        } else {
            PaceRating::OnPace
        }
    }
}

/// Where a campaign, buy or package stands against its planned curve when a day is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Delivered spend.
    pub spend: Money,
    /// Planned up to and including the day.
    pub expected: Money,
    /// Delivered over expected; none when nothing was expected yet.
    pub pace: Option<Decimal>,
    /// What the pace means.
    pub rating: Option<PaceRating>,
    /// Spend in the end at this pace.
    pub projected: Option<Money>,
    /// What each day after this one has to spend; none when none is left.
    pub need_per_day: Option<Money>,
}

/// Compares delivered spend with a curve at the end of a day. Days after it count as left when the
/// curve plans money on them; the budget is what the curve plans in all.
///
/// # Errors
/// [`Refusal::CurrencyMismatch`] when spend and curve differ in currency.
pub fn standing(
    spend: Money,
    curve: &Curve,
    day: NaiveDate,
    thresholds: PaceThresholds,
) -> Result<Standing, Refusal> {
    let expected = curve.total_by(day);
    let planned = curve.total();
    expected.min(spend)?;
    let left = curve
        .days()
        .filter(|(later, amount)| *later > day && !amount.is_zero())
        .count();
    let pace = pace(spend, expected);
    Ok(Standing {
        spend,
        expected,
        pace,
        rating: pace.map(|pace| thresholds.rate(pace)),
        projected: projection(spend, expected, planned),
        need_per_day: u32::try_from(left)
            .ok()
            .and_then(|left| need_per_day(spend, planned, left)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::PacingStrategy;
    use crate::curve::{Line, curve};
    use crate::flight::DayRange;
    use crate::money::MAX_MINOR;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("EUR").unwrap()).unwrap()
    }

    fn yen(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("JPY").unwrap()).unwrap()
    }

    #[test]
    fn deliveries_add_up_or_refuse() {
        let one = Delivery {
            impressions: 10,
            spend: eur(5),
            clicks: 1,
        };
        let sum = Delivery::sum(eur(0).currency(), [one, one]).unwrap();
        assert_eq!(
            sum,
            Delivery {
                impressions: 20,
                spend: eur(10),
                clicks: 2
            }
        );
        assert!(
            one.plus(Delivery {
                spend: yen(1),
                ..one
            })
            .is_err()
        );
        assert_eq!(
            one.plus(Delivery {
                impressions: u64::MAX,
                ..one
            }),
            Err(Refusal::Overflow)
        );
    }

    #[test]
    fn pace_has_four_decimals_and_rounds_halves_up() {
        assert_eq!(pace(eur(2), eur(3)).unwrap().to_string(), "0.6667");
        assert_eq!(pace(eur(1), eur(20_000)).unwrap().to_string(), "0.0001");
        assert_eq!(pace(eur(0), eur(1)).unwrap().to_string(), "0.0000");
        assert_eq!(pace(eur(1), yen(1)), None);
        assert!(pace(eur(MAX_MINOR), eur(1)).is_some());
    }

    #[test]
    fn thresholds_belong_to_being_on_pace() {
        let thresholds = PaceThresholds::default();
        let rate = |text: &str| thresholds.rate(text.parse().unwrap());
        assert_eq!(
            (rate("0.8999"), rate("0.9")),
            (PaceRating::Behind, PaceRating::OnPace)
        );
        assert_eq!(
            (rate("1.1"), rate("1.1001")),
            (PaceRating::OnPace, PaceRating::Ahead)
        );
    }

    #[test]
    fn the_projection_keeps_the_pace() {
        assert_eq!(projection(eur(45), eur(50), eur(1000)), Some(eur(900)));
        assert_eq!(projection(eur(1), eur(2), eur(1)), Some(eur(1)));
        assert_eq!(projection(eur(1), eur(0), eur(1)), None);
        assert_eq!(projection(eur(MAX_MINOR), eur(1), eur(2)), None);
        assert_eq!(projection(eur(1), eur(1), yen(1)), None);
    }

    #[test]
    fn need_per_day_is_rounded_up_and_never_negative() {
        assert_eq!(need_per_day(eur(0), eur(10), 3), Some(eur(4)));
        assert_eq!(need_per_day(eur(11), eur(10), 3), Some(eur(0)));
        assert_eq!(need_per_day(eur(0), eur(10), 0), None);
        assert_eq!(need_per_day(eur(0), yen(10), 1), None);
    }

    #[test]
    fn a_standing_knows_the_curve_and_its_gaps() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 6, day).unwrap();
        let line = |first, last, minor| Line {
            days: DayRange::new(day(first), day(last)).unwrap(),
            budget: eur(minor),
            pacing: PacingStrategy::Even,
        };
        let curve = curve(&[line(1, 2, 100), line(5, 6, 100)], None, eur(0).currency()).unwrap();
        let standing = standing(eur(40), &curve, day(1), PaceThresholds::default()).unwrap();
        assert_eq!(standing.expected, eur(50));
        assert_eq!(standing.rating, Some(PaceRating::Behind));
        assert_eq!(standing.projected, Some(eur(160)));
        // 160 over the days 2, 5 and 6
        assert_eq!(standing.need_per_day, Some(eur(54)));
        assert!(super::standing(yen(1), &curve, day(1), PaceThresholds::default()).is_err());
    }
}
