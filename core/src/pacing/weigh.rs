//! Weights that lay money as given amounts do: for changing a schedule from amounts to weights
//! without moving money.

use rust_decimal::Decimal;

use crate::budget::Weight;
use crate::money::Money;
use crate::split::split;

/// What 1 is in steps of a weight.
const ONE: i128 = 10_000;
/// The greatest weight, in steps.
const MOST: i128 = 10 * ONE;

/// Weights by which periods of so many days get exactly these amounts, where there are such
/// weights, else those that come nearest. `known` are weights that stay where they do the same
/// already. Our choice among weights that do: the least weight above 0 is 1 where that is exact,
/// else the greatest is 10, which leaves the most digits.
///
/// `None` when nothing is to be laid, a period has no days, or an amount is negative.
///
/// ```
/// use flighting_core::money::{Currency, Money};
/// use flighting_core::pacing::weights_for;
///
/// let euro = Currency::parse("EUR").unwrap();
/// let amount = |major: i64| Money::from_minor(major * 100, euro).unwrap();
/// let weights = weights_for(&[(20, amount(200)), (10, amount(300))], &[]).unwrap();
/// assert_eq!(weights[1].to_decimal().to_string(), "3");
/// ```
#[must_use]
pub fn weights_for(periods: &[(u32, Money)], known: &[Option<Weight>]) -> Option<Vec<Weight>> {
    let amounts: Vec<i64> = periods.iter().map(|(_, money)| money.minor()).collect();
    let lacks_days = periods.iter().any(|(days, _)| *days == 0);
    if periods.is_empty() || lacks_days || amounts.iter().any(|amount| *amount < 0) {
        return None;
    }
    let does = |weights: &[Weight]| lays(periods, &amounts, weights);
    let known: Option<Vec<Weight>> = known.iter().copied().collect();
    if let Some(known) = known.filter(|known| known.len() == periods.len() && does(known)) {
        return Some(known);
    }
    let a_day = |(days, money): &(u32, Money)| {
        Decimal::from(money.minor()).checked_div(Decimal::from(*days))
    };
    let rates: Vec<Decimal> = periods.iter().map(a_day).collect::<Option<_>>()?;
    let least = rates.iter().filter(|rate| !rate.is_zero()).min().copied()?;
    let most = rates.iter().max().copied()?;
    let natural = scaled(&rates, least, ONE);
    if let Some(natural) = natural.filter(|weights| does(weights)) {
        return Some(natural);
    }
    scaled(&rates, most, MOST)
}

/// Rates as weights, `unit` being so many steps; `None` where one is beyond the greatest.
fn scaled(rates: &[Decimal], unit: Decimal, steps: i128) -> Option<Vec<Weight>> {
    rates
        .iter()
        .map(|rate| {
            let weight = rate
                .checked_mul(Decimal::from(steps))?
                .checked_div(unit)?
                .round();
            Weight::new(weight.checked_div(Decimal::from(ONE))?)
        })
        .collect()
}

fn lays(periods: &[(u32, Money)], amounts: &[i64], weights: &[Weight]) -> bool {
    let shares: Vec<u64> = periods
        .iter()
        .zip(weights)
        .map(|((days, _), weight)| u64::from(*days) * u64::from(weight.ten_thousandths()))
        .collect();
    let whole = amounts
        .iter()
        .try_fold(0_i64, |sum, amount| sum.checked_add(*amount));
    whole
        .and_then(|whole| split(whole, &shares))
        .is_some_and(|parts| parts.amounts() == amounts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("USD").unwrap()).unwrap()
    }

    fn weights(periods: &[(u32, i64)], known: &[&str]) -> Option<Vec<String>> {
        let periods: Vec<_> = periods
            .iter()
            .map(|(days, minor)| (*days, usd(*minor)))
            .collect();
        let known: Vec<_> = known
            .iter()
            .map(|text| Weight::new(text.parse().unwrap()))
            .collect();
        weights_for(&periods, &known).map(|weights| {
            weights
                .into_iter()
                .map(|weight| weight.to_decimal().to_string())
                .collect()
        })
    }

    #[test]
    fn round_weights_come_back_as_they_were() {
        // 300,000 by 30 x 1, 15 x 3, 47 x 0.5, as the split has it.
        let periods = [(30, 9_137_056), (15, 13_705_584), (47, 7_157_360)];
        assert_eq!(
            weights(&periods, &["1", "3", "0.5"]).unwrap(),
            ["1", "3", "0.5"]
        );
        assert_eq!(weights(&periods, &[]).unwrap(), ["2", "6", "1"]);
    }

    #[test]
    fn a_period_without_money_weighs_nothing() {
        assert_eq!(weights(&[(10, 0), (10, 500)], &[]).unwrap(), ["0", "1"]);
        assert_eq!(weights(&[(10, 0)], &[]), None);
    }

    #[test]
    fn amounts_beyond_the_range_come_as_near_as_weights_can() {
        // A thousand times as strong: no weight of 1 beside one of 1000.
        let near = weights(&[(1, 1), (1, 1_000)], &[]).unwrap();
        assert_eq!(near, ["0.01", "10"]);
        // Beyond four digits the smaller one gets nothing.
        let far = weights(&[(1, 1), (1, 10_000_000)], &[]).unwrap();
        assert_eq!(far, ["0", "10"]);
    }

    #[test]
    fn what_cannot_be_laid_is_refused() {
        assert_eq!(weights(&[], &[]), None);
        assert_eq!(weights(&[(0, 5)], &[]), None);
        assert_eq!(weights(&[(5, -5)], &[]), None);
    }
}
