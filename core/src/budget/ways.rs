//! Three ways to say one budget: as an amount, as a share of a whole, and as units at a rate. Each
//! follows from another; what is kept is always the amount.

use rust_decimal::{Decimal, RoundingStrategy};

use super::rate::{Percent, WHOLE};
use crate::money::Money;

/// A percent of a whole, rounded half up to the minor unit, as fees are (decision 4). `None` for a
/// negative whole.
///
/// ```
/// use flighting_core::budget::{Percent, part_of};
/// use flighting_core::money::{Currency, Money};
///
/// let dollar = Currency::parse("USD").unwrap();
/// let media = Money::from_minor(276_000_00, dollar).unwrap();
/// let percent = Percent::new("13.91".parse().unwrap()).unwrap();
/// assert_eq!(part_of(media, percent).unwrap().to_string(), "38391.60 USD");
/// ```
#[must_use]
pub fn part_of(whole: Money, percent: Percent) -> Option<Money> {
    if whole.is_negative() {
        return None;
    }
    let product = i128::from(whole.minor()) * i128::from(percent.ten_thousandths());
    let minor = (2 * product + i128::from(WHOLE)) / (2 * i128::from(WHOLE));
    Money::from_minor(i64::try_from(minor).ok()?, whole.currency())
}

/// What percent of a whole a part is, rounded half up to the finest step. `None` for a whole that
/// is not above 0, for a part below 0 or above the whole, and for different currencies.
#[must_use]
pub fn percent_of(part: Money, whole: Money) -> Option<Percent> {
    if part.currency() != whole.currency()
        || whole.minor() <= 0
        || part.is_negative()
        || part.minor() > whole.minor()
    {
        return None;
    }
    let whole = i128::from(whole.minor());
    let product = i128::from(part.minor()) * i128::from(WHOLE);
    u32::try_from((2 * product + whole) / (2 * whole))
        .ok()
        .and_then(|steps| Percent::try_from(steps).ok())
}

/// How many units of a pricing model one price buys: a thousand impressions, or one click, view or
/// action. `None` for models that are not priced by units, such as flat rates.
#[must_use]
pub fn units_per_price(model: &str) -> Option<u32> {
    match model {
        "cpm" | "vcpm" => Some(1_000),
        "cpc" | "cpcv" | "cpv" | "cpa" => Some(1),
        _ => None,
    }
}

/// How many whole units an amount buys at a rate (major units per price). `None` where the model
/// is not priced by units, the rate is not above 0, or the amount is negative.
#[must_use]
pub fn units_for(budget: Money, model: &str, rate: Decimal) -> Option<u64> {
    let per = units_per_price(model)?;
    if rate <= Decimal::ZERO || budget.is_negative() {
        return None;
    }
    let units = budget
        .to_decimal()
        .checked_mul(Decimal::from(per))?
        .checked_div(rate)?;
    u64::try_from(units.floor()).ok()
}

/// The amount that buys so many units at a rate, rounded up to the minor unit, so that it buys no
/// fewer. `None` as for [`units_for`], and beyond the range of money.
#[must_use]
pub fn budget_for(units: u64, model: &str, rate: Decimal, like: Money) -> Option<Money> {
    let per = units_per_price(model)?;
    if rate <= Decimal::ZERO {
        return None;
    }
    let major = Decimal::from(units)
        .checked_mul(rate)?
        .checked_div(Decimal::from(per))?
        .round_dp_with_strategy(
            like.currency().exponent(),
            RoundingStrategy::ToPositiveInfinity,
        );
    Money::from_decimal(major, like.currency()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("USD").unwrap()).unwrap()
    }

    fn percent(text: &str) -> Percent {
        Percent::new(text.parse().unwrap()).unwrap()
    }

    fn rate(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn shares_round_half_up_and_stay_inside_the_whole() {
        assert_eq!(part_of(usd(1), percent("50")), Some(usd(1)));
        assert_eq!(part_of(usd(1), percent("49.9999")), Some(usd(0)));
        assert_eq!(
            part_of(usd(27_600_000), percent("100")),
            Some(usd(27_600_000))
        );
        assert_eq!(part_of(usd(-1), percent("50")), None);
        assert_eq!(percent_of(usd(1), usd(3)), Some(percent("33.3333")));
        assert_eq!(percent_of(usd(2), usd(3)), Some(percent("66.6667")));
        assert_eq!(percent_of(usd(4), usd(3)), None);
        assert_eq!(percent_of(usd(0), usd(0)), None);
    }

    #[test]
    fn units_are_whole_and_their_money_buys_no_fewer() {
        // 38,400.00 at 7.50 per thousand.
        assert_eq!(
            units_for(usd(3_840_000), "cpm", rate("7.5")),
            Some(5_120_000)
        );
        assert_eq!(units_for(usd(100), "cpc", rate("0.3")), Some(3));
        assert_eq!(units_for(usd(100), "flat_rate", rate("1")), None);
        assert_eq!(units_for(usd(100), "cpm", Decimal::ZERO), None);
        for units in [1, 999, 1_000, 5_120_001] {
            let money = budget_for(units, "cpm", rate("7.5"), usd(0)).unwrap();
            assert!(units_for(money, "cpm", rate("7.5")).unwrap() >= units);
        }
        assert_eq!(budget_for(1, "cpm", rate("7.5"), usd(0)), Some(usd(1)));
        assert_eq!(budget_for(u64::MAX, "cpc", rate("7.5"), usd(0)), None);
    }
}
