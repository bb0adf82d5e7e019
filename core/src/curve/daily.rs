//! A budget over its own days, without a cap (decision 9).

use super::MAX_DAYS;
use crate::budget::PacingStrategy;
use crate::money::Money;
use crate::split::split;

/// A budget over a number of days without a daily cap: the same each day, falling linearly from
/// one and a half times the mean to half of it, or all on the first day. Odd units go by largest
/// remainder. A negative budget plans nothing; no days, or more than [`MAX_DAYS`], are no curve.
///
/// ```
/// use flighting_core::budget::PacingStrategy;
/// use flighting_core::curve::daily;
/// use flighting_core::money::{Currency, Money};
///
/// let euro = Currency::parse("EUR").unwrap();
/// let days = daily(Money::from_minor(100_00, euro).unwrap(), 5, PacingStrategy::FrontLoaded);
/// let minor: Vec<_> = days.iter().map(|day| day.minor()).collect();
/// assert_eq!(minor, [30_00, 25_00, 20_00, 15_00, 10_00]);
/// ```
#[must_use]
pub fn daily(budget: Money, days: u32, pacing: PacingStrategy) -> Vec<Money> {
    if days > MAX_DAYS {
        return Vec::new();
    }
    amounts(budget.minor(), days, pacing)
        .into_iter()
        .filter_map(|minor| Money::from_minor(minor, budget.currency()))
        .collect()
}

/// Day weights of a falling curve: 3(n-1) - 2i, which is 1.5 to 0.5 of the mean; one day takes all.
fn front_loaded(days: u32) -> Vec<u64> {
    if days == 1 {
        return vec![1];
    }
    let span = u64::from(days.saturating_sub(1));
    (0..u64::from(days)).map(|day| 3 * span - 2 * day).collect()
}

pub(super) fn amounts(budget: i64, days: u32, pacing: PacingStrategy) -> Vec<i64> {
    let weights = match pacing {
        PacingStrategy::Even => (0..days).map(|_| 1).collect(),
        PacingStrategy::FrontLoaded => front_loaded(days),
        PacingStrategy::Asap => (0..days).map(|day| u64::from(day == 0)).collect(),
    };
    split(budget.max(0), &weights).map_or_else(Vec::new, |split| split.amounts())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("EUR").unwrap()).unwrap()
    }

    fn minor(amounts: &[Money]) -> Vec<i64> {
        amounts.iter().map(|amount| amount.minor()).collect()
    }

    #[test]
    fn one_front_loaded_day_takes_all() {
        assert_eq!(minor(&daily(eur(7), 1, PacingStrategy::FrontLoaded)), [7]);
        assert_eq!(
            minor(&daily(eur(100), 2, PacingStrategy::FrontLoaded)),
            [75, 25]
        );
    }

    #[test]
    fn even_days_get_odd_units_from_the_first() {
        assert_eq!(
            minor(&daily(eur(11), 4, PacingStrategy::Even)),
            [3, 3, 3, 2]
        );
    }

    #[test]
    fn asap_without_a_cap_is_all_on_the_first_day() {
        assert_eq!(minor(&daily(eur(11), 3, PacingStrategy::Asap)), [11, 0, 0]);
    }

    #[test]
    fn no_days_and_too_many_days_are_no_curve() {
        assert!(daily(eur(1), 0, PacingStrategy::Even).is_empty());
        assert!(daily(eur(1), u32::MAX, PacingStrategy::Even).is_empty());
    }
}
