//! The campaign's money: total, fees, media budget, and how a package spends (decision 4).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Refusal, Violation};
use crate::money::{MAX_MINOR, Money};
use crate::split::split_money;

/// Ten-thousandths in one; the finest step of percents and weights (decision 1).
const STEPS: u32 = 10_000;
/// 100 percent in ten-thousandths of a percent.
const WHOLE: u32 = 100 * STEPS;

/// How one package spends inside its window.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PacingStrategy {
    /// The same each day.
    #[default]
    Even,
    /// As early as the daily cap lets it.
    Asap,
    /// Falling linearly from one and a half times the daily mean to half of it.
    FrontLoaded,
}

impl PacingStrategy {
    /// Every strategy.
    pub const ALL: [Self; 3] = [Self::Even, Self::Asap, Self::FrontLoaded];

    /// The word at packages: `even`, `asap`, `front_loaded`.
    #[must_use]
    pub fn as_word(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Asap => "asap",
            Self::FrontLoaded => "front_loaded",
        }
    }

    /// The word at the campaign's budget: `EVEN`, `ASAP`, `FRONTLOADED`.
    #[must_use]
    pub fn as_public(self) -> &'static str {
        match self {
            Self::Even => "EVEN",
            Self::Asap => "ASAP",
            Self::FrontLoaded => "FRONTLOADED",
        }
    }

    /// Reads exactly one of the words at packages.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|strategy| strategy.as_word() == word)
    }

    /// Reads exactly one of the words at the campaign's budget.
    #[must_use]
    pub fn from_public(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|strategy| strategy.as_public() == word)
    }
}

/// A decimal in steps of a ten-thousandth; `None` when it has more decimals or leaves 0 to `most`.
fn steps(value: Decimal, most: u32) -> Option<u32> {
    let value = value.normalize();
    let missing = 4_u32.checked_sub(value.scale())?;
    let steps = value.mantissa().checked_mul(10_i128.pow(missing))?;
    u32::try_from(steps).ok().filter(|steps| *steps <= most)
}

/// A percentage from 0 to 100 with at most 4 decimals. Stored in ten-thousandths of a percent.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Percent(u32);

impl Percent {
    /// Reads a percentage: 8 is eight percent. `None` outside 0 to 100 or with more than 4
    /// decimals.
    #[must_use]
    pub fn new(percent: Decimal) -> Option<Self> {
        steps(percent, WHOLE).map(Self)
    }

    /// The percentage, without trailing zeros.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(i64::from(self.0), 4).normalize()
    }

    /// The percentage in ten-thousandths: 0 to 1,000,000.
    #[must_use]
    pub fn ten_thousandths(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Percent {
    type Error = String;
    fn try_from(steps: u32) -> Result<Self, String> {
        if steps <= WHOLE {
            Ok(Self(steps))
        } else {
            Err(format!(
                "expected at most {WHOLE} ten-thousandths of a percent, got {steps}"
            ))
        }
    }
}

impl From<Percent> for u32 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

/// Relative spend of a pacing period, from 0 (none) to 10 with at most 4 decimals; 1 is normal.
/// Stored in ten-thousandths.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(try_from = "u32", into = "u32")]
pub struct Weight(u32);

impl Weight {
    const MOST: u32 = 10 * STEPS;

    /// Reads a weight. `None` outside 0 to 10 or with more than 4 decimals.
    #[must_use]
    pub fn new(weight: Decimal) -> Option<Self> {
        steps(weight, Self::MOST).map(Self)
    }

    /// The weight, without trailing zeros.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(i64::from(self.0), 4).normalize()
    }

    /// The weight in ten-thousandths: 0 to 100,000.
    #[must_use]
    pub fn ten_thousandths(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Weight {
    type Error = String;
    fn try_from(steps: u32) -> Result<Self, String> {
        if steps <= Self::MOST {
            Ok(Self(steps))
        } else {
            Err(format!(
                "expected at most {} ten-thousandths, got {steps}",
                Self::MOST
            ))
        }
    }
}

impl From<Weight> for u32 {
    fn from(weight: Weight) -> Self {
        weight.0
    }
}

/// What the advertiser commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Everything, fees included.
    pub total: Money,
    /// Most media money of the whole campaign in one UTC day.
    pub daily_cap: Option<Money>,
    /// How packages spend that do not say otherwise.
    pub pacing: PacingStrategy,
}

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
            Fee::Margin { percent, .. } => u64::from(percent.0),
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
            Fee::Margin { percent, .. } => i128::from(percent.0),
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
    fn percents_and_weights_have_four_decimals_and_ends() {
        for good in ["0", "100", "0.0001", "99.9999", "8.50000"] {
            assert!(Percent::new(good.parse().unwrap()).is_some(), "{good}");
        }
        for bad in [
            "-0.0001",
            "100.0001",
            "0.00001",
            "79228162514264337593543950335",
        ] {
            assert!(Percent::new(bad.parse().unwrap()).is_none(), "{bad}");
        }
        assert_eq!(
            Weight::new("2.5".parse().unwrap())
                .unwrap()
                .ten_thousandths(),
            25_000
        );
        assert!(Weight::new("10".parse().unwrap()).is_some());
        assert!(Weight::new("10.0001".parse().unwrap()).is_none());
        assert_eq!(
            Percent::new("8.50".parse().unwrap())
                .unwrap()
                .to_decimal()
                .to_string(),
            "8.5"
        );
    }

    #[test]
    fn stored_percents_and_weights_are_read_through_their_range() {
        assert_eq!(serde_json::to_string(&Percent(85_000)).unwrap(), "85000");
        assert!(serde_json::from_str::<Percent>("1000001").is_err());
        assert!(serde_json::from_str::<Weight>("100001").is_err());
    }

    #[test]
    fn pacing_words_read_back() {
        for strategy in PacingStrategy::ALL {
            assert_eq!(
                PacingStrategy::from_word(strategy.as_word()),
                Some(strategy)
            );
            assert_eq!(
                PacingStrategy::from_public(strategy.as_public()),
                Some(strategy)
            );
            assert_eq!(
                serde_json::to_string(&strategy).unwrap(),
                format!("\"{}\"", strategy.as_word())
            );
        }
        assert_eq!(PacingStrategy::from_public("FRONT_LOADED"), None);
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
