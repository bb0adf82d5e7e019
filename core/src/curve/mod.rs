//! The planned curve: how much is to be spent on which UTC day (decision 9).

mod cap;
mod daily;

use chrono::{DateTime, Datelike, Days, NaiveDate, Timelike, Utc};
use serde::{Deserialize, Serialize};

use crate::budget::PacingStrategy;
use crate::error::{Code, Refusal, Violation};
use crate::flight::{DayRange, Flight};
use crate::money::{Currency, Money};

pub use daily::daily;

use cap::{Spending, spend_day};

/// The most days one curve may have: those a flight of the longest kind can touch.
pub const MAX_DAYS: u32 = Flight::MAX_DAYS + 1;

const SECONDS_OF_DAY: i128 = 86_400;

/// What spends along the curve: a package over its own window, or before execute a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its UTC days.
    pub days: DayRange,
    /// Its media money.
    pub budget: Money,
    /// How it spends.
    pub pacing: PacingStrategy,
}

/// Planned media money by UTC day and line. What every line spends plus what of it cannot be spent
/// is its budget; no day is above the daily cap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Curve {
    currency: Currency,
    /// Per line: its first day, and what it spends on each day of its window.
    lines: Vec<(NaiveDate, Vec<i64>)>,
    first: Option<NaiveDate>,
    /// The sums of all lines up to and including each day since the first.
    cumulated: Vec<i64>,
    /// Per line: what the daily cap leaves over after its last day.
    pub unspendable: Vec<Money>,
}

/// Lays the money of lines over days. Without a cap every line spends its own planned amounts.
/// Under a cap each line wants, day by day, its planned amount plus what it carried (asap: all it
/// has left); where the wants exceed the cap, the cap is split over them by largest remainder and
/// the rest is carried to the line's next day.
///
/// # Errors
/// [`Refusal::CurrencyMismatch`] for money in another currency, [`Refusal::Invalid`] for negative
/// money or more than [`MAX_DAYS`] days between the first and the last, [`Refusal::Overflow`].
pub fn curve(
    lines: &[Line],
    daily_cap: Option<Money>,
    currency: Currency,
) -> Result<Curve, Refusal> {
    Money::sum(currency, lines.iter().map(|line| line.budget))?;
    Money::sum(currency, daily_cap)?;
    if lines
        .iter()
        .map(|line| line.budget)
        .chain(daily_cap)
        .any(Money::is_negative)
    {
        return Err(refuse(
            Code::TooSmall,
            "expected amounts of at least 0 in a curve, got a negative one",
        ));
    }
    let span = match (
        lines.iter().map(|line| line.days.first()).min(),
        lines.iter().map(|line| line.days.last()).max(),
    ) {
        (Some(first), Some(last)) => DayRange::new(first, last),
        _ => None,
    };
    let Some(span) = span else {
        return Ok(Curve {
            currency,
            lines: Vec::new(),
            first: None,
            cumulated: Vec::new(),
            unspendable: Vec::new(),
        });
    };
    if span.days() > MAX_DAYS {
        let message = format!(
            "expected at most {MAX_DAYS} days in a curve, got {}",
            span.days()
        );
        return Err(refuse(Code::TooLong, &message));
    }
    let mut open: Vec<Spending> = lines
        .iter()
        .map(|line| Spending::plan(line, span.first()))
        .collect();
    let mut cumulated = Vec::new();
    let mut so_far = 0_i64;
    for day in 0..usize::try_from(span.days()).unwrap_or(0) {
        so_far += spend_day(&mut open, day, daily_cap.map(Money::minor))?;
        cumulated.push(so_far);
    }
    let unspendable = open
        .iter()
        .map(|line| Money::from_minor(line.left, currency).ok_or(Refusal::Overflow))
        .collect::<Result<_, _>>()?;
    let lines = lines
        .iter()
        .zip(open)
        .map(|(line, spent)| (line.days.first(), spent.days))
        .collect();
    Ok(Curve {
        currency,
        lines,
        first: Some(span.first()),
        cumulated,
        unspendable,
    })
}

fn refuse(code: Code, message: &str) -> Refusal {
    Refusal::invalid(Violation::new("", code, message))
}

/// Whole days from one day to a later or equal one.
fn days_between(from: NaiveDate, to: NaiveDate) -> Option<usize> {
    usize::try_from(to.num_days_from_ce() - from.num_days_from_ce()).ok()
}

impl Curve {
    /// The first day; none without lines.
    #[must_use]
    pub fn first(&self) -> Option<NaiveDate> {
        self.first
    }

    /// How many days there are from the first to the last.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cumulated.len()
    }

    /// Whether there is no day at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cumulated.is_empty()
    }

    /// Every day from the first to the last with its money, gaps included.
    pub fn days(&self) -> impl Iterator<Item = (NaiveDate, Money)> {
        let days = self.first.into_iter().flat_map(|first| first.iter_days());
        days.zip(self.cumulated.iter().scan(0, |before, sum| {
            let day = sum - *before;
            *before = *sum;
            Some(day)
        }))
        .map(|(day, minor)| (day, self.money(minor)))
    }

    /// Planned on one day over all lines.
    #[must_use]
    pub fn total_on(&self, day: NaiveDate) -> Money {
        let before = day
            .checked_sub_days(Days::new(1))
            .map_or(0, |before| self.by(before));
        self.money(self.by(day) - before)
    }

    /// Planned up to and including a day over all lines: the expected spend when that day is over.
    #[must_use]
    pub fn total_by(&self, day: NaiveDate) -> Money {
        self.money(self.by(day))
    }

    /// Planned up to an instant: all days before, and of its own day the share of the seconds gone,
    /// rounded down.
    #[must_use]
    pub fn total_at(&self, instant: DateTime<Utc>) -> Money {
        let day = instant.date_naive();
        let before = day
            .checked_sub_days(Days::new(1))
            .map_or(0, |before| self.by(before));
        let gone = i128::from(instant.time().num_seconds_from_midnight());
        let part = i128::from(self.by(day) - before) * gone / SECONDS_OF_DAY;
        self.money(before + i64::try_from(part).unwrap_or(0))
    }

    /// Planned over all lines and days; what cannot be spent is not in it.
    #[must_use]
    pub fn total(&self) -> Money {
        self.money(self.cumulated.last().copied().unwrap_or(0))
    }

    /// Planned on one day by one line, in the order they were given; 0 outside its window.
    #[must_use]
    pub fn line_on(&self, line: usize, day: NaiveDate) -> Money {
        let amount = self
            .lines
            .get(line)
            .and_then(|(first, days)| days.get(days_between(*first, day)?));
        self.money(amount.copied().unwrap_or(0))
    }

    /// Planned up to and including a day by one line.
    #[must_use]
    pub fn line_by(&self, line: usize, day: NaiveDate) -> Money {
        let amount = self.lines.get(line).and_then(|(first, days)| {
            let gone = days_between(*first, day)?.saturating_add(1);
            Some(days.iter().take(gone).sum())
        });
        self.money(amount.unwrap_or(0))
    }

    /// What one line spends each day of its window; empty beyond the last line.
    #[must_use]
    pub fn line(&self, line: usize) -> Vec<Money> {
        self.lines.get(line).map_or_else(Vec::new, |(_, days)| {
            days.iter().map(|minor| self.money(*minor)).collect()
        })
    }

    fn by(&self, day: NaiveDate) -> i64 {
        let Some(gone) = self.first.and_then(|first| days_between(first, day)) else {
            return 0;
        };
        self.cumulated
            .get(gone)
            .or(self.cumulated.last())
            .copied()
            .unwrap_or(0)
    }

    /// Parts of what was summed within the range of money before.
    fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency).unwrap_or(Money::zero(self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 6, day).unwrap()
    }

    fn eur(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("EUR").unwrap()).unwrap()
    }

    fn line(first: u32, last: u32, minor: i64, pacing: PacingStrategy) -> Line {
        Line {
            days: DayRange::new(day(first), day(last)).unwrap(),
            budget: eur(minor),
            pacing,
        }
    }

    fn of(lines: &[Line], cap: Option<i64>) -> Curve {
        curve(lines, cap.map(eur), eur(0).currency()).unwrap()
    }

    fn minor(amounts: &[Money]) -> Vec<i64> {
        amounts.iter().map(|amount| amount.minor()).collect()
    }

    #[test]
    fn asap_spends_as_early_as_the_cap_lets_it() {
        let curve = of(&[line(1, 5, 250, PacingStrategy::Asap)], Some(100));
        assert_eq!(minor(&curve.line(0)), [100, 100, 50, 0, 0]);
        assert_eq!(curve.unspendable, [eur(0)]);
    }

    #[test]
    fn what_the_cap_holds_back_is_carried_to_the_next_day() {
        // planned 60 50 40 30 20
        let curve = of(&[line(1, 5, 200, PacingStrategy::FrontLoaded)], Some(45));
        assert_eq!(minor(&curve.line(0)), [45, 45, 45, 45, 20]);
    }

    #[test]
    fn what_is_left_after_the_last_day_cannot_be_spent() {
        let lines = [
            line(1, 2, 100, PacingStrategy::Even),
            line(1, 4, 40, PacingStrategy::Even),
        ];
        let curve = of(&lines, Some(30));
        // wants 50 + 10 on each of the first days; then the second alone with what it carried
        assert_eq!(minor(&curve.line(0)), [25, 25]);
        assert_eq!(minor(&curve.line(1)), [5, 5, 20, 10]);
        assert_eq!(curve.unspendable, [eur(50), eur(0)]);
        assert_eq!(curve.total(), eur(90));
    }

    #[test]
    fn a_cap_of_nothing_spends_nothing() {
        let curve = of(&[line(1, 2, 5, PacingStrategy::Asap)], Some(0));
        assert_eq!(
            (curve.total(), curve.unspendable.clone()),
            (eur(0), vec![eur(5)])
        );
    }

    #[test]
    fn totals_by_day_know_gaps_and_both_ends() {
        let curve = of(
            &[
                line(2, 3, 10, PacingStrategy::Even),
                line(6, 6, 7, PacingStrategy::Even),
            ],
            None,
        );
        assert_eq!(
            minor(&curve.days().map(|(_, amount)| amount).collect::<Vec<_>>()),
            [5, 5, 0, 0, 7]
        );
        assert_eq!(curve.first(), Some(day(2)));
        assert_eq!(
            (curve.total_by(day(1)), curve.total_on(day(1))),
            (eur(0), eur(0))
        );
        assert_eq!(
            (curve.total_by(day(3)), curve.total_by(day(5))),
            (eur(10), eur(10))
        );
        assert_eq!(
            (curve.total_on(day(6)), curve.total_on(day(7))),
            (eur(7), eur(0))
        );
        assert_eq!(curve.total_by(day(30)), eur(17));
        assert_eq!(
            (
                curve.line_by(0, day(2)),
                curve.line_by(0, day(9)),
                curve.line_by(9, day(9))
            ),
            (eur(5), eur(10), eur(0))
        );
        assert_eq!(
            (curve.line_on(1, day(6)), curve.line_on(1, day(5))),
            (eur(7), eur(0))
        );
    }

    #[test]
    fn half_a_day_is_half_its_money_rounded_down() {
        let curve = of(&[line(1, 2, 10, PacingStrategy::Even)], None);
        let noon = day(2).and_hms_opt(12, 0, 0).unwrap().and_utc();
        assert_eq!(curve.total_at(noon), eur(7));
        assert_eq!(
            curve.total_at(day(1).and_hms_opt(0, 0, 0).unwrap().and_utc()),
            eur(0)
        );
    }

    #[test]
    fn no_lines_are_an_empty_curve() {
        let curve = of(&[], Some(1));
        assert!(curve.is_empty());
        assert_eq!((curve.total(), curve.total_by(day(1))), (eur(0), eur(0)));
    }

    #[test]
    fn what_makes_no_curve_is_refused() {
        let yen = Currency::parse("JPY").unwrap();
        let even = line(1, 2, 5, PacingStrategy::Even);
        assert!(matches!(
            curve(&[even], None, yen),
            Err(Refusal::CurrencyMismatch { .. })
        ));
        assert!(matches!(
            curve(&[even], Some(Money::zero(yen)), eur(0).currency()),
            Err(Refusal::CurrencyMismatch { .. })
        ));
        assert!(
            curve(
                &[line(1, 2, -5, PacingStrategy::Even)],
                None,
                eur(0).currency()
            )
            .is_err()
        );
        let far = DayRange::new(day(1), NaiveDate::from_ymd_opt(2126, 1, 1).unwrap()).unwrap();
        assert!(curve(&[Line { days: far, ..even }], None, eur(0).currency()).is_err());
    }
}
