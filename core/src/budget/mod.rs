//! The campaign's money: total, fees, media budget, and how a package spends (decision 4).

mod fees;
mod rate;
mod ways;

use serde::{Deserialize, Serialize};

use crate::money::Money;

pub use fees::{Fee, FeeLine, check_fees, fee_lines, media_budget, minimum_total};
pub use rate::{Percent, Weight};
pub use ways::{budget_for, part_of, percent_of, units_for, units_per_price};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
