//! Periods as bars: moved, stretched, cut and copied inside the flight. A bar never leaves the
//! flight and never runs into its neighbour; money follows by core's own split.

use chrono::{Days, NaiveDate};
use flighting_core::budget::Weight;
use flighting_core::flight::DayRange;
use flighting_core::money::Money;
use flighting_core::pacing::{Resolved, weights_for};
use flighting_core::split::split_money;
use flighting_core::wire::pacing::PacingMode;
use rust_decimal::Decimal;

use super::pacing::{PeriodRow, ScheduleForm};
use crate::format;

/// Which part of a bar is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grip {
    /// The whole bar, keeping its length.
    Whole,
    /// Its first day.
    Start,
    /// Its last day.
    End,
}

fn plus(day: NaiveDate, days: i64) -> Option<NaiveDate> {
    let by = Days::new(days.unsigned_abs());
    if days < 0 {
        day.checked_sub_days(by)
    } else {
        day.checked_add_days(by)
    }
}

fn between(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}

impl ScheduleForm {
    /// The days that a period may take: up to its neighbours and the ends of the flight.
    fn room(&self, key: u32, flight: DayRange) -> Option<DayRange> {
        let own = self.row(key)?.days()?;
        let others = || {
            self.rows
                .iter()
                .filter(move |row| row.key != key)
                .filter_map(PeriodRow::days)
        };
        let first = others()
            .filter(|days| days.first() < own.first())
            .filter_map(|days| days.last().succ_opt())
            .max()
            .map_or(flight.first(), |day| day.max(flight.first()));
        let last = others()
            .filter(|days| days.first() > own.first())
            .filter_map(|days| days.first().pred_opt())
            .min()
            .map_or(flight.last(), |day| day.min(flight.last()));
        DayRange::new(first, last)
    }

    /// Moves a bar or one of its ends by so many days, as far as there is room.
    pub fn pull(&mut self, key: u32, grip: Grip, by: i64, flight: DayRange) {
        let Some((own, room)) = self
            .row(key)
            .and_then(PeriodRow::days)
            .zip(self.room(key, flight))
        else {
            return;
        };
        let back = between(own.first(), room.first()).min(0);
        let on = between(own.last(), room.last()).max(0);
        let length = i64::from(own.days());
        let (start, end) = match grip {
            Grip::Whole => {
                let by = by.clamp(back, on);
                (by, by)
            }
            Grip::Start => (by.clamp(back, length - 1), 0),
            Grip::End => (0, by.clamp(1 - length, on)),
        };
        let days = plus(own.first(), start)
            .zip(plus(own.last(), end))
            .and_then(|(first, last)| DayRange::new(first, last));
        if let Some(days) = days {
            self.edit(key, |row| row.set_days(days));
        }
    }

    /// Cuts a period in two halves; money of its own is split by days. False for a single day.
    pub fn cut(&mut self, key: u32, money: Option<Money>) -> bool {
        let Some((at, days)) = self
            .position(key)
            .zip(self.row(key).and_then(PeriodRow::days))
        else {
            return false;
        };
        let half = i64::from(days.days()) / 2;
        let cut = plus(days.first(), half - 1)
            .zip(plus(days.first(), half))
            .and_then(|(last, first)| {
                DayRange::new(days.first(), last).zip(DayRange::new(first, days.last()))
            });
        let Some((one, two)) = cut else { return false };
        let fresh = self.fresh_key();
        let label = self.next_label(at);
        let Some(row) = self.rows.get_mut(at) else {
            return false;
        };
        let mut second = row.clone();
        second.key = fresh;
        second.label = label;
        row.set_days(one);
        second.set_days(two);
        let halves = money.and_then(|money| {
            split_money(money, &[u64::from(one.days()), u64::from(two.days())]).ok()
        });
        if let Some([first, other]) = halves.as_deref() {
            row.budget = format::typed((*first).into());
            second.budget = format::typed((*other).into());
        }
        self.rows.insert(at + 1, second);
        true
    }

    /// Puts a copy of a period into the first pause behind it, else before it, as long as it fits.
    /// False where no day is free.
    pub fn copy(&mut self, key: u32, flight: DayRange) -> bool {
        let Some((row, days)) = self
            .row(key)
            .cloned()
            .and_then(|row| row.days().map(|days| (row, days)))
        else {
            return false;
        };
        let free = self.free(flight);
        let Some(pause) = free
            .iter()
            .find(|pause| pause.first() > days.last())
            .or(free.first())
        else {
            return false;
        };
        let last = plus(pause.first(), i64::from(days.days()) - 1)
            .map_or(pause.last(), |last| last.min(pause.last()));
        let Some(days) = DayRange::new(pause.first(), last) else {
            return false;
        };
        let mut copy = row.clone();
        copy.label = format!("{} copy", row.label);
        self.put_in(copy, days);
        true
    }

    /// The label of a period that is cut off another: its name with the next number that is free.
    fn next_label(&self, at: usize) -> String {
        let label = self.rows.get(at).map_or("", |row| row.label.as_str());
        let stem = label.trim_end_matches(|c: char| c.is_ascii_digit());
        let (stem, number) = match label.get(stem.len()..).and_then(|n| n.parse::<u32>().ok()) {
            Some(number) if stem.ends_with(' ') => (stem.trim_end(), number),
            _ => (label, 1),
        };
        (number.saturating_add(1)..)
            .map(|number| format!("{stem} {number}"))
            .find(|label| self.rows.iter().all(|row| row.label != *label))
            .unwrap_or_default()
    }

    /// Puts a new period over a whole pause.
    pub fn fill(&mut self, pause: DayRange) {
        let row = PeriodRow {
            label: format!("Period {}", self.rows.len() + 1),
            weight: "1".to_owned(),
            budget: "0".to_owned(),
            ..PeriodRow::default()
        };
        self.put_in(row, pause);
    }

    /// Puts a row where its days are in the order of time.
    fn put_in(&mut self, mut row: PeriodRow, days: DayRange) {
        row.key = self.fresh_key();
        row.set_days(days);
        let at = self
            .rows
            .iter()
            .position(|one| one.days().is_some_and(|one| one.first() > days.first()))
            .unwrap_or(self.rows.len());
        self.rows.insert(at, row);
    }

    /// Makes a period weigh a tenth more or less, or a whole; never beyond the range of weights. A
    /// weight that does not read stays as it is typed.
    pub fn heavier(&mut self, key: u32, up: bool, whole: bool) {
        let by = Decimal::new(if whole { 10 } else { 1 }, 1);
        self.edit(key, |row| {
            let Some(weight) = row.weight_typed() else {
                return;
            };
            let now = weight.to_decimal();
            let then = if up { now + by } else { now - by };
            if let Some(weight) = Weight::new(then) {
                row.weight = weight.to_decimal().to_string();
            }
        });
    }

    /// The days of the flight that are in no period.
    #[must_use]
    pub fn free(&self, flight: DayRange) -> Vec<DayRange> {
        let mut taken: Vec<DayRange> = self.rows.iter().filter_map(PeriodRow::days).collect();
        taken.sort_by_key(|days| days.first());
        let mut free = Vec::new();
        let mut next = Some(flight.first());
        for days in taken {
            if let Some(pause) = next
                .zip(days.first().pred_opt())
                .and_then(|(from, to)| DayRange::new(from, to.min(flight.last())))
            {
                free.push(pause);
            }
            let behind = days.last().succ_opt();
            next = next.zip(behind).map(|(next, behind)| next.max(behind));
        }
        free.extend(next.and_then(|from| DayRange::new(from, flight.last())));
        free
    }

    /// Changes how money is laid over the periods and keeps the money that each has: by amount it
    /// is written down, by weight core finds the weights. A weight or amount that says the same
    /// already stays as it was typed.
    pub fn keep_money(&mut self, mode: PacingMode, resolved: &[Resolved]) {
        if self.mode == Some(mode) {
            return;
        }
        if resolved.len() == self.rows.len() {
            match mode {
                PacingMode::Budget => {
                    for (row, money) in self.rows.iter_mut().zip(resolved) {
                        row.budget = format::typed(money.budget.into());
                    }
                }
                PacingMode::Weight => self.weigh(resolved),
            }
        }
        self.mode = Some(mode);
    }

    fn weigh(&mut self, resolved: &[Resolved]) {
        let days: Option<Vec<u32>> = self
            .rows
            .iter()
            .map(|row| row.days().map(DayRange::days))
            .collect();
        let Some(days) = days else { return };
        let known: Vec<_> = self.rows.iter().map(PeriodRow::weight_typed).collect();
        let periods: Vec<_> = days
            .into_iter()
            .zip(resolved.iter().map(|money| money.budget))
            .collect();
        let Some(weights) = weights_for(&periods, &known) else {
            return;
        };
        for (row, weight) in self.rows.iter_mut().zip(weights) {
            if row.weight_typed() != Some(weight) {
                row.weight = weight.to_decimal().to_string();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flighting_core::money::Currency;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn range(first: &str, last: &str) -> DayRange {
        DayRange::new(day(first), day(last)).unwrap()
    }

    fn flight() -> DayRange {
        range("2026-06-01", "2026-06-30")
    }

    /// 1 to 10 June and 16 to 25 June.
    fn two() -> ScheduleForm {
        let mut form = ScheduleForm::default();
        form.mode = Some(PacingMode::Weight);
        form.fill(range("2026-06-01", "2026-06-10"));
        form.fill(range("2026-06-16", "2026-06-25"));
        form
    }

    fn spans(form: &ScheduleForm) -> Vec<String> {
        form.rows
            .iter()
            .map(|row| format!("{}..{}", &row.start[8..], &row.end[8..]))
            .collect()
    }

    #[test]
    fn a_bar_moves_up_to_its_neighbours_and_the_ends_of_the_flight() {
        let mut form = two();
        form.pull(1, Grip::Whole, 3, flight());
        assert_eq!(spans(&form), ["04..13", "16..25"]);
        form.pull(1, Grip::Whole, 99, flight());
        assert_eq!(spans(&form), ["06..15", "16..25"]);
        form.pull(1, Grip::Whole, -99, flight());
        assert_eq!(spans(&form), ["01..10", "16..25"]);
        form.pull(2, Grip::Whole, 99, flight());
        assert_eq!(spans(&form), ["01..10", "21..30"]);
    }

    #[test]
    fn an_end_stretches_as_far_as_there_is_room_and_leaves_one_day() {
        let mut form = two();
        form.pull(1, Grip::End, 99, flight());
        form.pull(2, Grip::End, 2, flight());
        assert_eq!(spans(&form), ["01..15", "16..27"]);
        form.pull(1, Grip::End, -99, flight());
        form.pull(2, Grip::Start, 99, flight());
        assert_eq!(spans(&form), ["01..01", "27..27"]);
        form.pull(2, Grip::Start, -99, flight());
        assert_eq!(spans(&form), ["01..01", "02..27"]);
    }

    #[test]
    fn what_lies_outside_the_flight_comes_back_and_goes_no_further() {
        let mut form = two();
        form.edit(2, |row| row.end = "2026-07-05".into());
        form.pull(2, Grip::Whole, 3, flight());
        assert_eq!(form.rows[1].end, "2026-07-05");
        form.pull(2, Grip::End, -5, flight());
        assert_eq!(form.rows[1].end, "2026-06-30");
    }

    #[test]
    fn what_is_cut_off_takes_the_next_name_that_is_free() {
        let mut form = two();
        form.edit(1, |row| row.label = "Peak".into());
        form.cut(1, None);
        form.cut(1, None);
        let labels: Vec<_> = form.rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!(labels, ["Peak", "Peak 3", "Peak 2", "Period 2"]);
        form.edit(1, |row| row.label = "Period 1".into());
        form.cut(1, None);
        assert_eq!(form.rows[1].label, "Period 3");
    }

    #[test]
    fn cutting_splits_the_days_and_the_money_to_the_cent() {
        let mut form = two();
        form.edit(1, |row| row.end = "2026-06-03".into());
        let cents = |minor| Money::from_minor(minor, Currency::parse("USD").unwrap()).unwrap();
        assert!(form.cut(1, Some(cents(100))));
        assert_eq!(spans(&form), ["01..01", "02..03", "16..25"]);
        let budgets: Vec<_> = form.rows.iter().map(|row| row.budget.as_str()).collect();
        assert_eq!(budgets, ["0.33", "0.67", "0"]);
        assert!(!form.cut(1, None));
    }

    #[test]
    fn a_copy_goes_into_the_next_pause_and_no_pause_takes_none() {
        let mut form = two();
        assert!(form.copy(1, flight()));
        assert!(form.copy(1, flight()));
        assert_eq!(spans(&form), ["01..10", "11..15", "16..25", "26..30"]);
        assert!(!form.copy(1, flight()));
        assert_eq!(form.rows[1].label, "Period 1 copy");
    }

    #[test]
    fn changing_the_mode_keeps_the_money() {
        let usd = Currency::parse("USD").unwrap();
        let resolved = |minor: [i64; 2]| {
            minor.map(|minor| Resolved {
                budget: Money::from_minor(minor, usd).unwrap(),
                net: Money::from_minor(minor, usd).unwrap(),
                executed: false,
            })
        };
        let mut form = two();
        form.edit(2, |row| row.weight = "3.0".into());
        form.keep_money(PacingMode::Budget, &resolved([25_000, 75_000]));
        let budgets: Vec<_> = form.rows.iter().map(|row| row.budget.as_str()).collect();
        assert_eq!(budgets, ["250", "750"]);
        // Nothing moved: the weights stay as they were typed.
        form.keep_money(PacingMode::Weight, &resolved([25_000, 75_000]));
        assert_eq!(form.rows[1].weight, "3.0");
        form.keep_money(PacingMode::Budget, &resolved([25_000, 75_000]));
        form.edit(2, |row| row.budget = "500".into());
        form.keep_money(PacingMode::Weight, &resolved([25_000, 50_000]));
        let weights: Vec<_> = form.rows.iter().map(|row| row.weight.as_str()).collect();
        assert_eq!(weights, ["1", "2"]);
    }
}
