//! Laying money over time: pacing periods by weight or by budget (decisions 6 and 21).

mod plan;
mod resolve;
mod weigh;

use serde::{Deserialize, Serialize};

use crate::budget::Weight;
use crate::flight::DayRange;
use crate::money::Money;

pub use plan::PacingPlan;
pub use resolve::{Executed, Explained, Resolved, Source, explain, resolve};
pub use weigh::weights_for;

/// The most periods of one plan.
pub const MAX_PERIODS: usize = 52;
/// The most characters of a label.
pub const MAX_LABEL: usize = 100;

/// What lays the money over the periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Mode {
    /// By days times weight.
    Weight,
    /// By an amount per period.
    Budget,
}

impl Mode {
    /// The word: `weight` or `budget`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Budget => "budget",
        }
    }

    /// Reads exactly one of the words.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Weight, Self::Budget]
            .into_iter()
            .find(|mode| mode.as_str() == word)
    }
}

/// How much a period spends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intensity {
    /// Relative to the other periods, per day; 0 skips the period.
    Weight(Weight),
    /// This much of the budget total; 0 skips the period.
    Budget(Money),
}

impl Intensity {
    /// The mode it belongs to.
    #[must_use]
    pub fn mode(self) -> Mode {
        match self {
            Self::Weight(_) => Mode::Weight,
            Self::Budget(_) => Mode::Budget,
        }
    }

    /// Whether the period is skipped.
    #[must_use]
    pub fn is_zero(self) -> bool {
        match self {
            Self::Weight(weight) => weight.ten_thousandths() == 0,
            Self::Budget(budget) => budget.is_zero(),
        }
    }
}

/// One period: whole UTC days and how much they spend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// What it is called: 1 to 100 characters; may repeat.
    pub label: String,
    /// Its days, both ends inclusive.
    pub days: DayRange,
    /// How much it spends.
    pub intensity: Intensity,
}

impl Period {
    /// What it is split by: days times weight in ten-thousandths, or its budget in minor units.
    #[must_use]
    pub fn share_weight(&self) -> u64 {
        match self.intensity {
            Intensity::Weight(weight) => {
                u64::from(self.days.days()) * u64::from(weight.ten_thousandths())
            }
            Intensity::Budget(budget) => u64::try_from(budget.minor()).unwrap_or(0),
        }
    }
}
