//! Splitting one amount over weights so that the parts always add up (decision 3).

use std::cmp::Reverse;
use std::fmt;

use crate::error::{Code, Refusal, Violation};
use crate::money::Money;

/// One part of a [`Split`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// What the part gets, in units: the floor, and one more where it got an odd unit.
    pub amount: i64,
    /// The weight it was split by.
    pub weight: u64,
    /// The exact share rounded down, in units.
    pub floor: i64,
    /// What rounding down cut off, over [`Split::divisor`].
    pub remainder: u128,
    /// Whether it got one of the odd units.
    pub extra: bool,
}

/// A whole split exactly over weights: rounded down, and the units left over given one each to the
/// largest remainders, equal ones to the earliest (decision 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// The whole, in units.
    pub total: i64,
    /// One part per weight, in their order.
    pub shares: Vec<Share>,
    /// The sum of the weights.
    pub divisor: u128,
    /// How many units rounding down left over.
    pub odd_units: usize,
}

/// Splits a whole of units over weights. A weight of 0 never gets a unit; every part is less than
/// one unit from exact; the parts add up to the whole.
///
/// `None` when the whole is negative, or when there is something to split and no weight above 0.
///
/// ```
/// use flighting_core::split::split;
///
/// let thirds = split(100, &[1, 1, 1]).unwrap();
/// assert_eq!(thirds.amounts(), [34, 33, 33]);
/// assert_eq!(
///     thirds.explain(0).unwrap().to_string(),
///     "100 x 1/3 = 33 remainder 1/3; place 1 for 1 odd unit: 34",
/// );
/// ```
#[must_use]
pub fn split(total: i64, weights: &[u64]) -> Option<Split> {
    let whole = u128::try_from(total).ok()?;
    let divisor: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    let mut shares = Vec::with_capacity(weights.len());
    let mut left = total;
    // Most sums and products fit the machine's word, where division is many times faster.
    let word = u64::try_from(divisor).ok().zip(u64::try_from(whole).ok());
    for weight in weights.iter().copied() {
        let short = word.and_then(|(divisor, whole)| {
            let product = whole.checked_mul(weight)?;
            let floor = product.checked_div(divisor)?;
            Some((u128::from(floor), u128::from(product % divisor)))
        });
        let (floor, remainder) = short.unwrap_or_else(|| {
            let product = whole * u128::from(weight);
            let floor = product.checked_div(divisor).unwrap_or(0);
            (floor, product - floor * divisor)
        });
        let floor = i64::try_from(floor).ok()?;
        left -= floor;
        shares.push(Share {
            amount: floor,
            weight,
            floor,
            remainder,
            extra: false,
        });
    }
    if divisor == 0 && total > 0 {
        return None;
    }
    let odd_units = usize::try_from(left).ok()?;
    if odd_units > 0 {
        let mut order: Vec<_> = shares
            .iter_mut()
            .enumerate()
            .map(|(index, share)| (Reverse(share.remainder), index, share))
            .collect();
        order.sort_unstable_by_key(|(remainder, index, _)| (*remainder, *index));
        for (_, _, share) in order.into_iter().take(odd_units) {
            share.amount += 1;
            share.extra = true;
        }
    }
    Some(Split {
        total,
        shares,
        divisor,
        odd_units,
    })
}

/// Splits money over weights; see [`split`].
///
/// # Errors
/// [`Refusal::Invalid`] for a negative amount, or when there is something to split and no weight
/// above 0.
pub fn split_money(total: Money, weights: &[u64]) -> Result<Vec<Money>, Refusal> {
    if total.is_negative() {
        return Err(Refusal::invalid(Violation::new(
            "",
            Code::TooSmall,
            format!("expected an amount of at least 0 to split, got `{total}`"),
        )));
    }
    let split = split(total.minor(), weights).ok_or_else(|| {
        Refusal::invalid(Violation::new(
            "",
            Code::AllZero,
            format!("expected a weight above 0 to split {total} by, got none"),
        ))
    })?;
    split
        .shares
        .iter()
        .map(|share| Money::from_minor(share.amount, total.currency()).ok_or(Refusal::Overflow))
        .collect()
}

impl Split {
    /// The parts, in the order of their weights.
    #[must_use]
    pub fn amounts(&self) -> Vec<i64> {
        self.shares.iter().map(|share| share.amount).collect()
    }

    /// How one part came about; `None` beyond the last.
    #[must_use]
    pub fn explain(&self, index: usize) -> Option<Explanation> {
        let share = *self.shares.get(index)?;
        let before = self
            .shares
            .iter()
            .enumerate()
            .filter(|(other, shown)| {
                shown.remainder > share.remainder
                    || (shown.remainder == share.remainder && *other < index)
            })
            .count();
        Some(Explanation {
            total: self.total,
            divisor: self.divisor,
            odd_units: self.odd_units,
            place: before + 1,
            share,
        })
    }
}

/// How one part of a split came about: total x weight / divisor, and its place among those that
/// may get an odd unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The whole, in units.
    pub total: i64,
    /// The sum of the weights.
    pub divisor: u128,
    /// How many odd units there were.
    pub odd_units: usize,
    /// From 1: which place the part has by remainder, largest first, equal ones by order. The
    /// first [`Explanation::odd_units`] places get a unit.
    pub place: usize,
    /// The part itself.
    pub share: Share,
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            total,
            divisor,
            odd_units,
            place,
            share,
        } = self;
        let Share {
            amount,
            weight,
            floor,
            remainder,
            extra: _,
        } = share;
        if *remainder == 0 {
            return write!(f, "{total} x {weight}/{divisor} = {amount}");
        }
        let units = if *odd_units == 1 { "unit" } else { "units" };
        write!(
            f,
            "{total} x {weight}/{divisor} = {floor} remainder {remainder}/{divisor}; \
             place {place} for {odd_units} odd {units}: {amount}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn amounts(total: i64, weights: &[u64]) -> Option<Vec<i64>> {
        split(total, weights).map(|split| split.amounts())
    }

    #[test]
    fn equal_remainders_go_to_the_earliest() {
        assert_eq!(amounts(5, &[1, 1, 1]), Some(vec![2, 2, 1]));
        assert_eq!(amounts(1, &[1, 1, 1]), Some(vec![1, 0, 0]));
    }

    #[test]
    fn the_largest_remainder_comes_before_the_earliest() {
        // 10 x 1/8 = 1.25, 10 x 7/8 = 8.75
        assert_eq!(amounts(10, &[1, 7]), Some(vec![1, 9]));
    }

    #[test]
    fn a_zero_weight_gets_nothing_even_when_first() {
        assert_eq!(amounts(7, &[0, 3, 0, 3]), Some(vec![0, 4, 0, 3]));
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        assert_eq!(amounts(-1, &[1]), None);
        assert_eq!(amounts(1, &[]), None);
        assert_eq!(amounts(1, &[0, 0]), None);
        assert_eq!(amounts(0, &[0, 0]), Some(vec![0, 0]));
        assert_eq!(amounts(0, &[]), Some(vec![]));
    }

    #[test]
    fn the_largest_numbers_fit() {
        assert_eq!(
            amounts(i64::MAX, &[u64::MAX, u64::MAX]),
            Some(vec![i64::MAX / 2 + 1, i64::MAX / 2])
        );
    }

    #[test]
    fn explanations_tell_places_and_odd_units() {
        let parts = split(11, &[2, 3, 2]).unwrap();
        // 3 remainder 1, 4 remainder 5, 3 remainder 1: one odd unit
        assert_eq!(parts.amounts(), [3, 5, 3]);
        let why = parts.explain(1).unwrap();
        assert_eq!((why.place, why.odd_units, why.share.extra), (1, 1, true));
        assert_eq!(parts.explain(2).unwrap().place, 3);
        assert_eq!(parts.explain(3), None);
        assert_eq!(
            split(4, &[1, 1]).unwrap().explain(1).unwrap().to_string(),
            "4 x 1/2 = 2"
        );
    }

    #[test]
    fn money_keeps_its_currency_and_says_why_not() {
        let euro = Currency::parse("EUR").unwrap();
        let total = Money::from_minor(100, euro).unwrap();
        let parts = split_money(total, &[1, 2]).unwrap();
        assert_eq!(
            parts,
            [
                Money::from_minor(33, euro).unwrap(),
                Money::from_minor(67, euro).unwrap()
            ]
        );
        let zero_weights = split_money(total, &[0]).unwrap_err();
        assert_eq!(
            zero_weights.to_string(),
            "expected a weight above 0 to split 1.00 EUR by, got none"
        );
        assert!(split_money(Money::from_minor(-1, euro).unwrap(), &[1]).is_err());
    }
}
