//! Days and instants (decision 10).

use chrono::{DateTime, NaiveDate, Utc};

use super::{Item, Reader};
use crate::error::Code;
use crate::flight::{DayRange, end_of};

/// Which end of a day a plain date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// 00:00:00Z.
    Start,
    /// 23:59:59Z.
    End,
}

impl Item<'_> {
    /// A day, `YYYY-MM-DD`, of the years 1970 to 9999.
    pub fn day(self, reader: &mut Reader) -> Option<NaiveDate> {
        self.parsed(reader, Code::InvalidFormat, "a day as `YYYY-MM-DD`", day)
    }

    /// A day or an instant that ends in `Z`; a day means its first or its last second
    /// (decision 10).
    pub fn instant(self, reader: &mut Reader, edge: Edge) -> Option<DateTime<Utc>> {
        self.parsed(
            reader,
            Code::InvalidFormat,
            "`YYYY-MM-DD` or a date-time that ends in `Z`",
            |text| instant(text, edge),
        )
    }
}

/// Reads exactly `YYYY-MM-DD` of the years 1970 to 9999.
#[must_use]
pub fn day(text: &str) -> Option<NaiveDate> {
    let shaped = text.len() == 10 && text.is_ascii() && !text.starts_with(['+', '-', ' ']);
    let day = shaped
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten()?;
    in_years(day).then_some(day)
}

/// Reads a day or an instant in `Z`, with at most nanoseconds.
#[must_use]
pub fn instant(text: &str, edge: Edge) -> Option<DateTime<Utc>> {
    if let Some(day) = day(text) {
        return Some(match edge {
            Edge::Start => DayRange::new(day, day)?.start(),
            Edge::End => end_of(day),
        });
    }
    let shaped = text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    let at = shaped
        .then(|| DateTime::parse_from_rfc3339(text).ok())
        .flatten()?
        .with_timezone(&Utc);
    in_years(at.date_naive()).then_some(at)
}

fn in_years(day: NaiveDate) -> bool {
    (1970..=9999).contains(&chrono::Datelike::year(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_days_or_end_in_z() {
        let read = |text: &str, edge| instant(text, edge).map(|at| at.to_rfc3339());
        assert_eq!(
            read("2026-06-01", Edge::Start).as_deref(),
            Some("2026-06-01T00:00:00+00:00")
        );
        assert_eq!(
            read("2026-06-01", Edge::End).as_deref(),
            Some("2026-06-01T23:59:59+00:00")
        );
        assert!(read("2026-06-01T10:00:00Z", Edge::End).is_some());
        assert!(read("2026-06-01T10:00:00.5Z", Edge::End).is_some());
        for wrong in [
            "2026-06-31",
            "2026-6-1",
            "26-06-01",
            "1969-12-31",
            "10000-01-01",
            "2026-06-01T10:00:00+02:00",
            "2026-06-01 10:00:00Z",
            "2026-06-01T10:00:00",
            "",
            "2026-06-01T",
            "-026-06-01",
            "2026-06-01T24:00:00Z",
            "２０２６-06-01",
        ] {
            assert_eq!(read(wrong, Edge::Start), None, "{wrong}");
        }
    }
}
