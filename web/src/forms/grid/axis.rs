//! The flight from left to right: periods, the pauses between them, and the days that are named.

use chrono::NaiveDate;
use flighting_core::flight::DayRange;
use flighting_core::pacing::Resolved;

use super::{Grid, Stretch};
use crate::format;
use crate::forms::campaign::Preview;

/// The periods of a plan with their money; the whole flight as one where there is no schedule.
pub(super) fn periods(preview: &Preview, flight: DayRange) -> Vec<(DayRange, Resolved)> {
    match &preview.periods {
        Some(periods) => periods
            .iter()
            .map(|(period, money)| (period.days, *money))
            .collect(),
        None => vec![(
            flight,
            Resolved {
                budget: preview.total,
                net: preview.media,
                executed: false,
            },
        )],
    }
}

/// Periods and the pauses between them, as far as they lie in the flight.
pub(super) fn stretches(flight: DayRange, periods: &[(DayRange, Resolved)]) -> Vec<Stretch> {
    let mut inside: Vec<(usize, DayRange)> = periods
        .iter()
        .enumerate()
        .filter_map(|(index, (days, _))| Some((index, days.overlap(flight)?)))
        .collect();
    inside.sort_by_key(|(index, days)| (days.first(), *index));
    let mut out = Vec::new();
    let mut next = Some(flight.first());
    for (index, days) in inside {
        if let Some(from) = next
            && let Some(days) = days
                .first()
                .pred_opt()
                .and_then(|last| DayRange::new(from, last))
        {
            out.push(Stretch::Pause(days));
        }
        // Where periods overlap, which core refuses, each still shows what it has of its own.
        let begin = next.map_or(days.first(), |from| from.max(days.first()));
        if let Some(own) = DayRange::new(begin, days.last()) {
            out.push(Stretch::Period(index, own));
            next = own.last().succ_opt();
        }
    }
    if let Some(rest) = next.and_then(|from| DayRange::new(from, flight.last())) {
        out.push(Stretch::Pause(rest));
    }
    out
}

/// How many days a day lies behind the first of a flight.
#[must_use]
pub fn offset(flight: DayRange, day: NaiveDate) -> i64 {
    day.signed_duration_since(flight.first()).num_days()
}

/// How closely the flight is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zoom {
    /// The whole flight at once, months named.
    Months,
    /// Weeks named.
    Weeks,
    /// Every day named.
    Days,
}

impl Zoom {
    /// All of them, widest first.
    pub const ALL: [Self; 3] = [Self::Months, Self::Weeks, Self::Days];

    /// What people read.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Months => "Months",
            Self::Weeks => "Weeks",
            Self::Days => "Days",
        }
    }

    /// The least width of a day, in pixels.
    #[must_use]
    pub fn a_day(self) -> u32 {
        match self {
            Self::Months => 3,
            Self::Weeks => 14,
            Self::Days => 34,
        }
    }
}

impl Grid {
    /// The first days of months, weeks or days that the axis names: offset in days and words.
    #[must_use]
    pub fn ticks(&self, zoom: Zoom) -> Vec<(i64, String)> {
        use chrono::Datelike;
        let first = self.flight.first();
        let far = self.flight.days() > 400;
        self.flight
            .iter()
            .filter(|day| {
                *day == first
                    || match zoom {
                        Zoom::Months => day.day() == 1,
                        Zoom::Weeks => day.weekday() == chrono::Weekday::Mon,
                        Zoom::Days => true,
                    }
            })
            .map(|day| {
                let words = match zoom {
                    Zoom::Months if far => format!("{} {}", format::month(day), day.year()),
                    Zoom::Months => format::month(day).to_owned(),
                    Zoom::Weeks => format::day(day),
                    Zoom::Days if day.day() == 1 || day == first => format::day(day),
                    Zoom::Days => day.day().to_string(),
                };
                (offset(self.flight, day), words)
            })
            .collect()
    }
}
