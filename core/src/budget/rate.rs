//! Percents and weights: decimals in steps of a ten-thousandth (decision 1).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Ten-thousandths in one; the finest step of percents and weights (decision 1).
const STEPS: u32 = 10_000;
/// 100 percent in ten-thousandths of a percent.
pub(super) const WHOLE: u32 = 100 * STEPS;

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
