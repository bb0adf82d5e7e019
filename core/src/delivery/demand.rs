//! What is demanded of each day that is left: so that a person who lets packages run again knows
//! what they will have to spend, and what of their money no day is left for.

use chrono::NaiveDate;

use super::need_per_day;
use crate::budget::PacingStrategy;
use crate::curve::{Line, curve};
use crate::error::Refusal;
use crate::flight::DayRange;
use crate::money::{Currency, Money};

/// A package with what of its money is not spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unspent {
    /// The UTC days of its window.
    pub days: DayRange,
    /// Its budget less its spend, not below 0.
    pub left: Money,
}

/// What packages demand when they run from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// The first day they run.
    pub from: NaiveDate,
    /// What can still be spent, the daily cap aside.
    pub left: Money,
    /// The first day on which something has to be spent, and how much: each package spreads what
    /// it has left evenly over its days that are left, rounded up. None when nothing is left.
    pub first: Option<(NaiveDate, Money)>,
    /// The first of the days that need most.
    pub peak: Option<(NaiveDate, Money)>,
    /// What the daily cap leaves over.
    pub over_cap: Money,
    /// What no day is left for: the windows are over.
    pub lost: Money,
}

/// What packages demand from a day on, under a daily cap of the whole campaign (decision 9).
///
/// # Errors
/// As [`curve`]: money in another currency, negative money, too many days, overflow.
pub fn demand(
    packages: &[Unspent],
    daily_cap: Option<Money>,
    from: NaiveDate,
    currency: Currency,
) -> Result<Demand, Refusal> {
    let mut lost = Money::zero(currency);
    let mut lines = Vec::new();
    for package in packages {
        let first = package.days.first().max(from);
        match DayRange::new(first, package.days.last()) {
            Some(days) => lines.push(Line {
                days,
                budget: package.left,
                pacing: PacingStrategy::Even,
            }),
            None => lost = lost.plus(package.left)?,
        }
    }
    lines.retain(|line| !line.budget.is_zero());
    let left = Money::sum(currency, lines.iter().map(|line| line.budget))?;
    let over_cap = match daily_cap {
        Some(_) => Money::sum(currency, curve(&lines, daily_cap, currency)?.unspendable)?,
        None => Money::zero(currency),
    };
    let (first, peak) = needs(&lines, currency)?;
    Ok(Demand {
        from,
        left,
        first,
        peak,
        over_cap,
        lost,
    })
}

type Need = Option<(NaiveDate, Money)>;

/// What the first day needs, and the first of those that need most. The sum changes only where a
/// line begins, so that only those days are looked at.
fn needs(lines: &[Line], currency: Currency) -> Result<(Need, Need), Refusal> {
    let nothing = Money::zero(currency);
    let mut begins: Vec<NaiveDate> = lines.iter().map(|line| line.days.first()).collect();
    begins.sort_unstable();
    begins.dedup();
    let (mut first, mut peak): (Need, Need) = (None, None);
    for day in begins {
        let on_day = lines
            .iter()
            .filter(|line| (line.days.first()..=line.days.last()).contains(&day))
            .map(|line| need_per_day(nothing, line.budget, line.days.days()).unwrap_or(nothing));
        let need = Money::sum(currency, on_day)?;
        first = first.or(Some((day, need)));
        if peak.is_none_or(|(_, most)| need.minor() > most.minor()) {
            peak = Some((day, need));
        }
    }
    Ok((first, peak))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("USD").unwrap()).unwrap()
    }

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 7, day).unwrap()
    }

    fn unspent(first: u32, last: u32, left: i64) -> Unspent {
        Unspent {
            days: DayRange::new(day(first), day(last)).unwrap(),
            left: usd(left),
        }
    }

    fn of(packages: &[Unspent], cap: Option<i64>, from: u32) -> Demand {
        demand(packages, cap.map(usd), day(from), usd(0).currency()).unwrap()
    }

    #[test]
    fn what_is_left_is_spread_over_the_days_that_are_left_rounded_up() {
        let all = [unspent(1, 20, 1_000), unspent(11, 30, 500)];
        let demand = of(&all, None, 18);
        // 1,000 over three days and 500 over thirteen.
        assert_eq!(demand.first, Some((day(18), usd(334 + 39))));
        assert_eq!(demand.peak, demand.first);
        assert_eq!((demand.left, demand.lost), (usd(1_500), usd(0)));
    }

    #[test]
    fn a_window_that_is_over_loses_its_money_and_one_to_come_makes_the_peak() {
        let all = [
            unspent(1, 10, 700),
            unspent(1, 20, 300),
            unspent(15, 16, 900),
        ];
        let demand = of(&all, None, 11);
        assert_eq!(demand.lost, usd(700));
        assert_eq!(demand.first, Some((day(11), usd(30))));
        assert_eq!(demand.peak, Some((day(15), usd(480))));
    }

    #[test]
    fn the_cap_leaves_over_what_it_does_not_let_through() {
        let demand = of(&[unspent(1, 10, 1_000)], Some(150), 6);
        assert_eq!(demand.first, Some((day(6), usd(200))));
        assert_eq!(demand.over_cap, usd(250));
        assert_eq!(of(&[unspent(1, 10, 1_000)], Some(200), 6).over_cap, usd(0));
    }

    #[test]
    fn nothing_left_demands_nothing() {
        let demand = of(&[unspent(1, 10, 0)], Some(150), 6);
        assert_eq!((demand.first, demand.peak), (None, None));
        assert_eq!(of(&[], None, 6).left, usd(0));
    }
}
