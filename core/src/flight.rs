//! When ads may run: the flight, and ranges of UTC days inside it (decisions 10 and 11).

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// Whole UTC days, both ends inclusive; the first is never after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(NaiveDate, NaiveDate)", into = "(NaiveDate, NaiveDate)")]
pub struct DayRange {
    first: NaiveDate,
    last: NaiveDate,
}

impl DayRange {
    /// A range; `None` when the last day is before the first.
    #[must_use]
    pub fn new(first: NaiveDate, last: NaiveDate) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// First day, inclusive.
    #[must_use]
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// Last day, inclusive.
    #[must_use]
    pub fn last(self) -> NaiveDate {
        self.last
    }

    /// How many days: last less first, plus one.
    #[must_use]
    pub fn days(self) -> u32 {
        let days = self.last.num_days_from_ce() - self.first.num_days_from_ce();
        u32::try_from(days).unwrap_or(0).saturating_add(1)
    }

    /// Every day, in order.
    pub fn iter(self) -> impl Iterator<Item = NaiveDate> {
        self.first
            .iter_days()
            .take(usize::try_from(self.days()).unwrap_or(0))
    }

    /// Whether the other range lies wholly inside this one.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// The days both have.
    #[must_use]
    pub fn overlap(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last))
    }

    /// The first instant: 00:00:00Z of the first day.
    #[must_use]
    pub fn start(self) -> DateTime<Utc> {
        self.first.and_time(NaiveTime::MIN).and_utc()
    }

    /// The last second: 23:59:59Z of the last day.
    #[must_use]
    pub fn end(self) -> DateTime<Utc> {
        end_of(self.last)
    }
}

impl TryFrom<(NaiveDate, NaiveDate)> for DayRange {
    type Error = String;
    fn try_from((first, last): (NaiveDate, NaiveDate)) -> Result<Self, String> {
        Self::new(first, last)
            .ok_or_else(|| format!("expected an end on or after {first}, got {last}"))
    }
}

impl From<DayRange> for (NaiveDate, NaiveDate) {
    fn from(range: DayRange) -> Self {
        (range.first, range.last)
    }
}

/// Start and end of a campaign; the start is always before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    try_from = "(DateTime<Utc>, DateTime<Utc>)",
    into = "(DateTime<Utc>, DateTime<Utc>)"
)]
pub struct Flight {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Flight {
    /// The longest flight, in days: our choice, ten years.
    pub const MAX_DAYS: u32 = 3_660;

    /// A flight; `None` unless the start is before the end.
    #[must_use]
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Option<Self> {
        (start < end).then_some(Self { start, end })
    }

    /// The flight over whole days.
    #[must_use]
    pub fn over(days: DayRange) -> Self {
        Self {
            start: days.start(),
            end: days.end(),
        }
    }

    /// First instant.
    #[must_use]
    pub fn start(self) -> DateTime<Utc> {
        self.start
    }

    /// Last instant.
    #[must_use]
    pub fn end(self) -> DateTime<Utc> {
        self.end
    }

    /// The UTC days it touches; an end at 00:00:00Z does not include that day (decision 10).
    #[must_use]
    pub fn days(self) -> DayRange {
        let last = if self.end.time() == NaiveTime::MIN {
            self.end
                .date_naive()
                .checked_sub_days(Days::new(1))
                .unwrap_or(self.end.date_naive())
        } else {
            self.end.date_naive()
        };
        let first = self.start.date_naive();
        DayRange {
            first,
            last: last.max(first),
        }
    }

    /// Whether it has begun at an instant.
    #[must_use]
    pub fn begun(self, now: DateTime<Utc>) -> bool {
        self.start <= now
    }

    /// Whether it is over at an instant.
    #[must_use]
    pub fn over_at(self, now: DateTime<Utc>) -> bool {
        self.end <= now
    }

    /// The part of a range of days that lies inside, clipped to the second.
    #[must_use]
    pub fn clip(self, days: DayRange) -> Option<Self> {
        Self::new(days.start().max(self.start), days.end().min(self.end))
    }
}

impl TryFrom<(DateTime<Utc>, DateTime<Utc>)> for Flight {
    type Error = String;
    fn try_from((start, end): (DateTime<Utc>, DateTime<Utc>)) -> Result<Self, String> {
        Self::new(start, end).ok_or_else(|| format!("expected an end after {start}, got {end}"))
    }
}

impl From<Flight> for (DateTime<Utc>, DateTime<Utc>) {
    fn from(flight: Flight) -> Self {
        (flight.start, flight.end)
    }
}

/// 23:59:59Z of a day.
#[must_use]
pub fn end_of(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN)
        .and_utc()
        .checked_add_signed(TimeDelta::seconds(86_399))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}
