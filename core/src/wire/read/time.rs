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
        self.parsed(
            reader,
            Code::InvalidFormat,
            "a day of 1970 to 9999 as `YYYY-MM-DD`",
            day,
        )
    }

    /// A day or an instant that ends in `Z`; a day means its first or its last second
    /// (decision 10).
    pub fn instant(self, reader: &mut Reader, edge: Edge) -> Option<DateTime<Utc>> {
        self.parsed(
            reader,
            Code::InvalidFormat,
            "`YYYY-MM-DD` or a date-time that ends in `Z`, of 1970 to 9999",
            |text| instant(text, edge),
        )
    }
}

/// Reads exactly `YYYY-MM-DD` of the years 1970 to 9999.
#[must_use]
pub fn day(text: &str) -> Option<NaiveDate> {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *text.as_bytes() else {
        return None;
    };
    let year = digits(&[y0, y1, y2, y3])?;
    let day = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok()?,
        digits(&[m0, m1])?,
        digits(&[d0, d1])?,
    )?;
    in_years(day).then_some(day)
}

/// Reads a day or an instant in `Z`, with at most nanoseconds. By hand: a parser of every form
/// that dates have would be a tenth of the npm package.
#[must_use]
pub fn instant(text: &str, edge: Edge) -> Option<DateTime<Utc>> {
    if let Some(day) = day(text) {
        return Some(match edge {
            Edge::Start => DayRange::new(day, day)?.start(),
            Edge::End => end_of(day),
        });
    }
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (time, fraction) = match time.split_once('.') {
        Some((time, fraction)) => (time, Some(fraction)),
        None => (time, None),
    };
    let [h0, h1, b':', m0, m1, b':', s0, s1] = *time.as_bytes() else {
        return None;
    };
    let nanos = match fraction {
        None => 0,
        Some(fraction) if fraction.len() <= 9 => {
            let missing = u32::try_from(9 - fraction.len()).ok()?;
            digits(fraction.as_bytes())? * 10_u32.pow(missing)
        }
        Some(_) => return None,
    };
    let at = day(date)?.and_hms_nano_opt(
        digits(&[h0, h1])?,
        digits(&[m0, m1])?,
        digits(&[s0, s1])?,
        nanos,
    )?;
    Some(at.and_utc())
}

/// A number of 1 to 9 digits.
fn digits(text: &[u8]) -> Option<u32> {
    let mut value = None;
    for byte in text {
        let digit = char::from(*byte).to_digit(10)?;
        value = Some(value.unwrap_or(0) * 10 + digit);
    }
    value
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
            "2026-06-01T10:00:00.Z",
            "2026-06-01T10:00:00.1234567890Z",
            "2026-06-01T23:59:60Z",
            "2026-06-01T10:00:00ZZ",
        ] {
            assert_eq!(read(wrong, Edge::Start), None, "{wrong}");
        }
    }

    proptest::proptest! {
        /// What is read here is what chrono reads in the same text.
        #[test]
        fn instants_are_chronos_own(
            seconds in 0_i64..253_402_300_800, nanos in 0_u32..1_000_000_000,
            form in proptest::prelude::prop::sample::select(vec![
                chrono::SecondsFormat::Secs, chrono::SecondsFormat::Millis,
                chrono::SecondsFormat::Micros, chrono::SecondsFormat::Nanos,
            ]),
        ) {
            let text = DateTime::from_timestamp(seconds, nanos).unwrap().to_rfc3339_opts(form, true);
            let theirs = DateTime::parse_from_rfc3339(&text).unwrap().with_timezone(&Utc);
            proptest::prop_assert_eq!(instant(&text, Edge::Start), Some(theirs));
            proptest::prop_assert_eq!(day(text.split('T').next().unwrap()), Some(theirs.date_naive()));
        }
    }
}
