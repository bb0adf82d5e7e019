//! Day by day under the daily cap of the whole campaign (decision 9).

use chrono::NaiveDate;

use super::daily::amounts;
use super::{Line, days_between};
use crate::budget::PacingStrategy;
use crate::error::Refusal;
use crate::split::split;

/// One line while days go by; days count from its own first.
pub(super) struct Spending {
    /// The day of the curve on which it begins.
    begins: usize,
    /// What it plans per day; becomes what it spends.
    pub(super) days: Vec<i64>,
    asap: bool,
    carried: i64,
    /// What of its budget is not spent yet.
    pub(super) left: i64,
}

impl Spending {
    pub(super) fn plan(line: &Line, first: NaiveDate) -> Self {
        Self {
            begins: days_between(first, line.days.first()).unwrap_or(0),
            days: amounts(line.budget.minor(), line.days.days(), line.pacing),
            asap: line.pacing == PacingStrategy::Asap,
            carried: 0,
            left: line.budget.minor(),
        }
    }

    /// What it wants on a day of the curve; nothing outside its window.
    fn wants(&self, day: usize) -> i64 {
        let planned = day
            .checked_sub(self.begins)
            .and_then(|own| self.days.get(own));
        match planned {
            None => 0,
            Some(_) if self.asap => self.left,
            Some(planned) => planned + self.carried,
        }
    }

    fn spend(&mut self, day: usize, wanted: i64, amount: i64) {
        if let Some(planned) = day
            .checked_sub(self.begins)
            .and_then(|own| self.days.get_mut(own))
        {
            *planned = amount;
            self.carried = wanted - amount;
            self.left -= amount;
        }
    }
}

/// Spends one day and tells how much.
pub(super) fn spend_day(
    lines: &mut [Spending],
    day: usize,
    cap: Option<i64>,
) -> Result<i64, Refusal> {
    let wants: Vec<i64> = lines.iter().map(|line| line.wants(day)).collect();
    let wanted: i64 = wants.iter().sum();
    let granted = match cap {
        Some(cap) if wanted > cap => {
            let weights: Vec<u64> = wants
                .iter()
                .map(|want| u64::try_from(*want).unwrap_or(0))
                .collect();
            split(cap, &weights).ok_or(Refusal::Overflow)?.amounts()
        }
        _ => wants.clone(),
    };
    let mut spent = 0;
    for ((line, want), grant) in lines.iter_mut().zip(wants).zip(granted) {
        line.spend(day, want, grant);
        spent += grant;
    }
    Ok(spent)
}
