//! Fees: what is taken from the total before media (decision 4).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::rate::{Percent, WHOLE};
use crate::error::{Code, Refusal, Violation};
use crate::money::{MAX_MINOR, Money};
use crate::split::split_money;

/// One fee line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "pricing_type", rename_all = "snake_case")]
pub enum Fee {
    /// A percent of the budget total; follows the total.
    Margin {
        /// The percent.
        percent: Percent,
        /// What it is called.
        label: Option<String>,
    },
    /// A fixed amount.
    Flat {
        /// The amount, in the campaign's currency.
        amount: Money,
        /// What it is called.
        label: Option<String>,
    },
}

/// A fee with the money it comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeLine {
    /// The fee.
    pub fee: Fee,
    /// What it takes from the total.
    pub amount: Money,
}

/// What every fee comes to, in order. The margin lines together are the sum of their percents of
/// the total, rounded half up, split over the lines by percent (decision 4).
///
/// # Errors
/// [`Refusal::Invalid`] for a negative total, [`Refusal::CurrencyMismatch`] for a flat fee in
/// another currency, [`Refusal::Overflow`].
///
/// ```
/// use flighting_core::budget::{Fee, Percent, fee_lines};
/// use flighting_core::money::{Currency, Money};
/// use rust_decimal::Decimal;
///
/// let dollar = Currency::parse("USD").unwrap();
/// let total = Money::from_minor(100_000_00, dollar).unwrap();
/// let eight = Fee::Margin { percent: Percent::new(Decimal::from(8)).unwrap(), label: None };
/// let lines = fee_lines(total, &[eight]).unwrap();
/// assert_eq!(lines[0].amount.to_string(), "8000.00 USD");
/// ```
pub fn fee_lines(total: Money, fees: &[Fee]) -> Result<Vec<FeeLine>, Refusal> {
    let weights: Vec<u64> = fees
        .iter()
        .map(|fee| match fee {
            Fee::Margin { percent, .. } => u64::from(percent.ten_thousandths()),
            Fee::Flat { .. } => 0,
        })
        .collect();
    let margin = i64::try_from(margin(i128::from(total.minor()), steps_of(fees)))
        .ok()
        .and_then(|minor| Money::from_minor(minor, total.currency()))
        .ok_or(Refusal::Overflow)?;
    let shares = split_money(margin, &weights)?;
    fees.iter()
        .zip(shares)
        .map(|(fee, share)| {
            let amount = match fee {
                Fee::Margin { .. } => share,
                // Adding nothing of the total's currency refuses any other.
                Fee::Flat { amount, .. } => Money::zero(total.currency()).plus(*amount)?,
            };
            Ok(FeeLine {
                fee: fee.clone(),
                amount,
            })
        })
        .collect()
}

/// The total less all fees: what can be allocated. Negative where the fees are above the total,
/// which [`check_fees`] refuses.
///
/// # Errors
/// As [`fee_lines`].
pub fn media_budget(total: Money, fees: &[Fee]) -> Result<Money, Refusal> {
    fee_lines(total, fees)?
        .iter()
        .try_fold(total, |left, line| left.minus(line.amount))
}

/// The smallest total whose media budget under these fees is at least `media`; `None` where no
/// total within the range of money has one (decision 4: `minimumAllowedBudget`).
#[must_use]
pub fn minimum_total(media: Money, fees: &[Fee]) -> Option<Money> {
    let steps = steps_of(fees);
    if steps > i128::from(WHOLE) {
        return None;
    }
    let mut needed = i128::from(media.minor().max(0));
    for fee in fees {
        if let Fee::Flat { amount, .. } = fee {
            if amount.currency() != media.currency() {
                return None;
            }
            needed += i128::from(amount.minor());
        }
    }
    // With percents of at most 100 one unit more of total never lowers what is left of it.
    let covers = |total: i64| {
        let total = i128::from(total);
        total - margin(total, steps) >= needed
    };
    if !covers(MAX_MINOR) {
        return None;
    }
    let (mut low, mut high) = (0, MAX_MINOR);
    while low < high {
        let middle = low + (high - low) / 2;
        if covers(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Money::from_minor(low, media.currency())
}

/// What is wrong with the fees of a total: flat ones in another currency, percents above 100 in
/// sum, fees above the total.
#[must_use]
pub fn check_fees(total: Money, fees: &[Fee]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, fee) in fees.iter().enumerate() {
        if let Fee::Flat { amount, .. } = fee
            && amount.currency() != total.currency()
        {
            let (expected, got) = (total.currency(), amount.currency());
            violations.push(
                Violation::new(
                    format!("fees[{index}].currency"),
                    Code::CurrencyMismatch,
                    format!("expected the campaign's currency {expected}, got `{got}`"),
                )
                .with("expected", expected.code())
                .with("got", got.code()),
            );
        }
    }
    if !violations.is_empty() {
        return violations;
    }
    let steps = steps_of(fees);
    if steps > i128::from(WHOLE) {
        let percent = Decimal::try_from_i128_with_scale(steps, 4)
            .map_or_else(|_| steps.to_string(), |sum| sum.normalize().to_string());
        violations.push(
            Violation::new(
                "fees",
                Code::FeesExceedTotal,
                format!("expected percents of at most 100 in sum, got {percent}"),
            )
            .with("percent", percent.as_str())
            .with("maximum", 100_i64),
        );
        return violations;
    }
    match fee_lines(total, fees)
        .and_then(|lines| Money::sum(total.currency(), lines.iter().map(|line| line.amount)))
    {
        Ok(sum) if sum.minor() > total.minor() => violations.push(
            Violation::new(
                "fees",
                Code::FeesExceedTotal,
                format!("expected fees of at most the total of {total}, got {sum}"),
            )
            .with("fees", sum.to_decimal().to_string())
            .with("total", total.to_decimal().to_string()),
        ),
        Ok(_) => {}
        Err(_) => violations.push(Violation::new(
            "fees",
            Code::OutOfRange,
            "expected fees within the range of money",
        )),
    }
    violations
}

/// The percents of all margin lines, in ten-thousandths.
fn steps_of(fees: &[Fee]) -> i128 {
    fees.iter()
        .map(|fee| match fee {
            Fee::Margin { percent, .. } => i128::from(percent.ten_thousandths()),
            Fee::Flat { .. } => 0,
        })
        .sum()
}

/// A percent in ten-thousandths of a total in units, rounded half up.
fn margin(total: i128, steps: i128) -> i128 {
    let whole = i128::from(WHOLE);
    (total * steps + whole / 2).div_euclid(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("USD").unwrap()).unwrap()
    }

    fn percent(text: &str) -> Fee {
        Fee::Margin {
            percent: Percent::new(text.parse().unwrap()).unwrap(),
            label: None,
        }
    }

    fn flat(minor: i64) -> Fee {
        Fee::Flat {
            amount: usd(minor),
            label: None,
        }
    }

    fn amounts(total: i64, fees: &[Fee]) -> Vec<i64> {
        fee_lines(usd(total), fees)
            .unwrap()
            .iter()
            .map(|line| line.amount.minor())
            .collect()
    }

    #[test]
    fn the_sum_of_percents_is_rounded_half_up_and_then_split() {
        // 1 % of 0.50 is half a cent
        assert_eq!(amounts(50, &[percent("1")]), [1]);
        assert_eq!(amounts(49, &[percent("1")]), [0]);
        // each alone would round to one cent
        assert_eq!(
            amounts(50, &[percent("1"), percent("1"), percent("1")]),
            [1, 1, 0]
        );
    }

    #[test]
    fn flat_fees_do_not_follow_the_total() {
        let fees = [flat(500), percent("10")];
        assert_eq!(amounts(10_000, &fees), [500, 1_000]);
        assert_eq!(amounts(20_000, &fees), [500, 2_000]);
        assert_eq!(media_budget(usd(10_000), &fees).unwrap(), usd(8_500));
    }

    #[test]
    fn fees_may_take_all_of_the_total_but_not_more() {
        assert!(check_fees(usd(100), &[flat(100)]).is_empty());
        assert!(check_fees(usd(100), &[percent("100")]).is_empty());
        let over = check_fees(usd(100), &[flat(101)]);
        assert_eq!(over.len(), 1);
        assert_eq!(
            (over[0].path.as_str(), over[0].code),
            ("fees", Code::FeesExceedTotal)
        );
        let percents = check_fees(usd(100), &[percent("60"), percent("40.0001")]);
        assert_eq!(
            percents[0].message,
            "expected percents of at most 100 in sum, got 100.0001"
        );
    }

    #[test]
    fn a_flat_fee_in_another_currency_is_refused() {
        let yen = Fee::Flat {
            amount: Money::zero(Currency::parse("JPY").unwrap()),
            label: None,
        };
        let violations = check_fees(usd(100), &[flat(1), yen.clone()]);
        assert_eq!(violations[0].path, "fees[1].currency");
        assert!(matches!(
            media_budget(usd(100), std::slice::from_ref(&yen)),
            Err(Refusal::CurrencyMismatch { .. })
        ));
        assert_eq!(minimum_total(usd(1), &[yen]), None);
    }

    #[test]
    fn the_minimum_total_covers_and_one_unit_less_does_not() {
        let fees = [percent("8"), flat(100)];
        let total = minimum_total(usd(9_200), &fees).unwrap();
        assert!(media_budget(total, &fees).unwrap().minor() >= 9_200);
        assert!(media_budget(usd(total.minor() - 1), &fees).unwrap().minor() < 9_200);
    }

    #[test]
    fn no_total_covers_when_fees_take_everything() {
        assert_eq!(minimum_total(usd(1), &[percent("100")]), None);
        assert_eq!(minimum_total(usd(MAX_MINOR), &[flat(1)]), None);
        assert_eq!(minimum_total(usd(MAX_MINOR), &[]), Some(usd(MAX_MINOR)));
        assert_eq!(minimum_total(usd(-5), &[]), Some(usd(0)));
    }
}
