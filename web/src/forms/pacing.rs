//! The rows of a pacing schedule, as they are typed.

use chrono::{Days, NaiveDate};
use flighting_core::budget::Weight;
use flighting_core::flight::DayRange;
use flighting_core::wire::Json;
use flighting_core::wire::pacing::{PacingMode, PacingPeriodsOut};
use serde::{Deserialize, Serialize};

use super::{figure, object, text, word};

/// One period as typed. Weight and budget are both kept, so that changing the mode loses nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodRow {
    /// Ours: stays with the row while others come and go.
    pub key: u32,
    /// Its name.
    pub label: String,
    /// First day, `YYYY-MM-DD`.
    pub start: String,
    /// Last day, `YYYY-MM-DD`.
    pub end: String,
    /// Weight, for weight mode.
    pub weight: String,
    /// Money, for budget mode.
    pub budget: String,
}

impl PeriodRow {
    /// Its days, where both are days in order.
    #[must_use]
    pub fn days(&self) -> Option<DayRange> {
        DayRange::new(self.start.parse().ok()?, self.end.parse().ok()?)
    }

    /// Writes its days.
    pub(super) fn set_days(&mut self, days: DayRange) {
        self.start = days.first().to_string();
        self.end = days.last().to_string();
    }

    /// Its weight, where one is typed.
    pub(super) fn weight_typed(&self) -> Option<Weight> {
        Weight::new(self.weight.trim().parse().ok()?)
    }
}

/// A schedule as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleForm {
    /// How money is laid over the periods; none is the whole flight at once.
    pub mode: Option<PacingMode>,
    /// The periods, in the order they stand.
    pub rows: Vec<PeriodRow>,
    next_key: u32,
}

impl ScheduleForm {
    /// The rows of a schedule that is.
    #[must_use]
    pub fn of(out: Option<&PacingPeriodsOut>) -> Self {
        let mut form = Self::default();
        let Some(out) = out else { return form };
        form.mode = Some(out.mode);
        for period in &out.periods {
            let key = form.fresh_key();
            form.rows.push(PeriodRow {
                key,
                label: period.label.clone(),
                start: period.start.to_string(),
                end: period.end.to_string(),
                weight: period
                    .weight
                    .map(|weight| weight.to_decimal().normalize().to_string())
                    .unwrap_or_default(),
                budget: match out.mode {
                    PacingMode::Budget => crate::format::typed(period.budget),
                    PacingMode::Weight => String::new(),
                },
            });
        }
        form
    }

    pub(super) fn fresh_key(&mut self) -> u32 {
        self.next_key += 1;
        self.next_key
    }

    /// Chooses how money is laid; the first period comes by itself, over the whole flight.
    pub fn set_mode(&mut self, mode: Option<PacingMode>, flight: Option<DayRange>) {
        self.mode = mode;
        if mode.is_some() && self.rows.is_empty() {
            self.add(flight);
        }
    }

    /// Adds a period behind the last one, up to the end of the flight. Where the last one already
    /// ends there, it is halved, and the new one takes the second half.
    pub fn add(&mut self, flight: Option<DayRange>) {
        let key = self.fresh_key();
        let mut row = PeriodRow {
            key,
            label: format!("Period {}", self.rows.len() + 1),
            weight: "1".to_owned(),
            ..PeriodRow::default()
        };
        if let Some(flight) = flight {
            let last = self.rows.last().and_then(PeriodRow::days);
            let start = last.map_or(Some(flight.first()), |days| {
                days.last().checked_add_days(Days::new(1))
            });
            if let Some(days) =
                start.and_then(|start| DayRange::new(start.max(flight.first()), flight.last()))
            {
                row.set_days(days);
            } else if let (Some(days), Some(halved)) = (last, self.rows.last_mut())
                && let Some((first, second)) = halves(days)
            {
                halved.set_days(first);
                row.set_days(second);
            }
        }
        self.rows.push(row);
    }

    /// Takes a period out.
    pub fn remove(&mut self, key: u32) {
        self.rows.retain(|row| row.key != key);
    }

    /// Changes one period.
    pub fn edit(&mut self, key: u32, change: impl FnOnce(&mut PeriodRow)) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.key == key) {
            change(row);
        }
    }

    /// One period.
    #[must_use]
    pub fn row(&self, key: u32) -> Option<&PeriodRow> {
        self.rows.iter().find(|row| row.key == key)
    }

    /// Where a period stands, from 0.
    #[must_use]
    pub fn position(&self, key: u32) -> Option<usize> {
        self.rows.iter().position(|row| row.key == key)
    }

    /// The member `pacingPeriods`; none without a mode.
    #[must_use]
    pub fn body(&self) -> Option<Json> {
        let mode = self.mode?;
        let periods = self
            .rows
            .iter()
            .map(|row| {
                let (weight, budget) = match mode {
                    PacingMode::Weight => (figure(&row.weight), None),
                    PacingMode::Budget => (None, figure(&row.budget)),
                };
                object([
                    ("label", text(&row.label)),
                    ("start", text(&row.start)),
                    ("end", text(&row.end)),
                    ("weight", weight),
                    ("budget", budget),
                ])
            })
            .collect();
        Some(object([
            ("mode", Some(word(mode.as_str()))),
            ("periods", Some(Json::List(periods))),
        ]))
    }
}

fn halves(days: DayRange) -> Option<(DayRange, DayRange)> {
    let half = days.days() / 2;
    let middle: NaiveDate = days
        .first()
        .checked_add_days(Days::new(u64::from(half.checked_sub(1)?)))?;
    let next = middle.checked_add_days(Days::new(1))?;
    Some((
        DayRange::new(days.first(), middle)?,
        DayRange::new(next, days.last())?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flight() -> Option<DayRange> {
        DayRange::new("2026-06-01".parse().unwrap(), "2026-06-30".parse().unwrap())
    }

    fn spans(form: &ScheduleForm) -> Vec<(String, String)> {
        form.rows
            .iter()
            .map(|row| (row.start.clone(), row.end.clone()))
            .collect()
    }

    fn span(start: &str, end: &str) -> (String, String) {
        (start.to_owned(), end.to_owned())
    }

    #[test]
    fn new_periods_fill_what_is_free_or_halve_the_last() {
        let mut form = ScheduleForm::default();
        form.set_mode(Some(PacingMode::Weight), flight());
        assert_eq!(spans(&form), [span("2026-06-01", "2026-06-30")]);
        form.add(flight());
        assert_eq!(
            spans(&form),
            [
                span("2026-06-01", "2026-06-15"),
                span("2026-06-16", "2026-06-30")
            ]
        );
        form.edit(2, |row| row.end = "2026-06-20".into());
        form.add(flight());
        assert_eq!(spans(&form)[2], span("2026-06-21", "2026-06-30"));
        form.remove(2);
        assert_eq!((form.position(3), form.position(2)), (Some(1), None));
    }

    #[test]
    fn one_day_cannot_be_halved_and_no_flight_gives_no_days() {
        let mut form = ScheduleForm::default();
        let day = DayRange::new("2026-06-01".parse().unwrap(), "2026-06-01".parse().unwrap());
        form.add(day);
        form.add(day);
        assert_eq!(
            spans(&form),
            [span("2026-06-01", "2026-06-01"), span("", "")]
        );
        let mut bare = ScheduleForm::default();
        bare.add(None);
        assert_eq!(spans(&bare), [span("", "")]);
    }

    #[test]
    fn changing_the_mode_keeps_what_was_typed() {
        let mut form = ScheduleForm::default();
        form.set_mode(Some(PacingMode::Weight), flight());
        form.edit(1, |row| {
            row.weight = "2.5".into();
            row.budget = "1,000.00".into();
        });
        let weighted = serde_json::to_string(&form.body()).unwrap();
        assert!(
            weighted.contains(r#""weight":"2.5""#) && !weighted.contains("budget\":\"1"),
            "{weighted}"
        );
        form.set_mode(Some(PacingMode::Budget), flight());
        let budgeted = serde_json::to_string(&form.body()).unwrap();
        assert!(
            budgeted.contains(r#""budget":"1000.00""#) && !budgeted.contains("2.5"),
            "{budgeted}"
        );
        form.set_mode(None, flight());
        assert_eq!(form.body(), None);
        assert_eq!(form.rows.len(), 1);
    }
}
