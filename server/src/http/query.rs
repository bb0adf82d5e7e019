//! Query parameters, read as strictly as bodies: unknown ones, repeated ones and those out of
//! range are violations, all of them at once.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use chrono::NaiveDate;
use flighting_core::error::{Code, Violation};
use flighting_core::flight::DayRange;
use flighting_core::wire::Paging;
use url::form_urlencoded;

use crate::error::Fault;

/// The parameters of a request. Each is taken once by name; [`Query::finish`] reports what nobody
/// took.
#[derive(Debug, Default)]
pub struct Query {
    pairs: Vec<(String, String)>,
    known: Vec<&'static str>,
    found: Vec<Violation>,
}

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fault> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

impl Query {
    /// Reads the part of an address behind `?`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self {
            pairs: form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
            ..Self::default()
        }
    }

    fn add(&mut self, name: &str, code: Code, message: String) {
        self.found.push(Violation::new(name, code, message));
    }

    /// A parameter as it came.
    pub fn text(&mut self, name: &'static str, max_chars: usize) -> Option<String> {
        self.known.push(name);
        let mut values = self.pairs.iter().filter(|(n, _)| n == name);
        let value = values.next().map(|(_, value)| value.clone());
        if values.next().is_some() {
            self.add(
                name,
                Code::DuplicateField,
                format!("expected `{name}` once, got it again"),
            );
        }
        let value = value?;
        let length = value.chars().count();
        if length > max_chars {
            self.add(
                name,
                Code::TooLong,
                format!("expected at most {max_chars} characters, got {length}"),
            );
            return None;
        }
        Some(value)
    }

    /// `take` and `skip`: which page of a list.
    pub fn paging(&mut self, default: u64, max: u64) -> Paging {
        let take = self.text("take", 100);
        let skip = self.text("skip", 100);
        Paging::read(take.as_deref(), skip.as_deref(), default, max).unwrap_or_else(|found| {
            self.found.extend(found);
            Paging {
                skip: 0,
                take: default,
            }
        })
    }

    /// A whole number within a range, both ends included.
    pub fn number(&mut self, name: &'static str, min: u64, max: u64) -> Option<u64> {
        let text = self.text(name, 40)?;
        let value = text.parse::<u64>().ok();
        let code = match value {
            None => Code::InvalidFormat,
            Some(value) if value < min => Code::TooSmall,
            Some(value) if value > max => Code::TooLarge,
            Some(_) => return value,
        };
        self.add(
            name,
            code,
            format!("expected a whole number from {min} to {max}, got `{text}`"),
        );
        None
    }

    /// A day, `YYYY-MM-DD`.
    pub fn day(&mut self, name: &'static str) -> Option<NaiveDate> {
        let text = self.text(name, 40)?;
        let day = flighting_core::wire::read::day(&text);
        if day.is_none() {
            self.add(
                name,
                Code::InvalidFormat,
                format!("expected a day as YYYY-MM-DD, got `{text}`"),
            );
        }
        day
    }

    /// Two days that belong together, both inclusive, the last not before the first.
    pub fn days(&mut self, first: &'static str, last: &'static str) -> Option<DayRange> {
        let given = |name| self.pairs.iter().any(|(n, _)| n == name);
        let missing = match (given(first), given(last)) {
            (true, false) => Some(last),
            (false, true) => Some(first),
            (true, true) | (false, false) => None,
        };
        let (from, to) = (self.day(first), self.day(last));
        if let Some(missing) = missing {
            self.add(
                missing,
                Code::Required,
                format!("expected `{first}` and `{last}` together, or neither"),
            );
        }
        let (from, to) = (from?, to?);
        let range = DayRange::new(from, to);
        if range.is_none() {
            self.add(
                last,
                Code::EndBeforeStart,
                format!("expected a day from {from} on, got {to}"),
            );
        }
        range
    }

    /// `true` or `false`.
    pub fn boolean(&mut self, name: &'static str) -> Option<bool> {
        let text = self.text(name, 40)?;
        let value = bool::from_str(&text).ok();
        if value.is_none() {
            self.add(
                name,
                Code::UnknownValue,
                format!("expected `true` or `false`, got `{text}`"),
            );
        }
        value
    }

    /// One of the words a reader knows.
    pub fn word<T>(
        &mut self,
        name: &'static str,
        words: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name, 100)?;
        let value = parse(&text);
        if value.is_none() {
            let expected = words.join("`, `");
            self.add(
                name,
                Code::UnknownValue,
                format!("expected one of `{expected}`, got `{text}`"),
            );
        }
        value
    }

    /// Words joined by commas, each one a reader knows; empty when absent.
    pub fn words<T>(
        &mut self,
        name: &'static str,
        words: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let Some(text) = self.text(name, 1_000) else {
            return Vec::new();
        };
        let mut values = Vec::new();
        for part in text.split(',').map(str::trim) {
            match parse(part) {
                Some(value) => values.push(value),
                None => {
                    let expected = words.join("`, `");
                    self.add(
                        name,
                        Code::UnknownValue,
                        format!("expected one of `{expected}`, got `{part}`"),
                    );
                }
            }
        }
        values
    }

    /// An id, or any other text of one form.
    pub fn parsed<T>(
        &mut self,
        name: &'static str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name, 300)?;
        let value = parse(&text);
        if value.is_none() {
            self.add(
                name,
                Code::InvalidFormat,
                format!("expected {expected}, got `{text}`"),
            );
        }
        value
    }

    /// Everything taken and nothing wrong, else every violation: those of known parameters in the
    /// order they were taken, then unknown ones, sorted.
    ///
    /// # Errors
    /// 400 VALIDATION_ERROR.
    pub fn finish(mut self) -> Result<(), Fault> {
        let mut unknown: Vec<String> = self
            .pairs
            .iter()
            .map(|(name, _)| name.chars().take(100).collect::<String>())
            .filter(|name| !self.known.contains(&name.as_str()))
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        for name in unknown {
            self.add(
                &name,
                Code::UnknownField,
                format!("expected no parameter `{name}` here"),
            );
        }
        if self.found.is_empty() {
            Ok(())
        } else {
            Err(Fault::violations(self.found))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flighting_core::error::Refusal;

    fn paths(query: Query) -> Vec<(String, Code)> {
        match query.finish() {
            Err(Fault::Refused(Refusal::Invalid(found))) => {
                found.into_iter().map(|v| (v.path, v.code)).collect()
            }
            other => panic!("expected violations, got {other:?}"),
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut query = Query::parse("skip=-1&take=251&x=1&take=5&a=2&sandbox=yes");
        assert_eq!(query.paging(50, 250), Paging { skip: 0, take: 50 });
        assert_eq!(query.boolean("sandbox"), None);
        assert_eq!(
            paths(query),
            [
                ("take".to_owned(), Code::DuplicateField),
                ("take".to_owned(), Code::TooLarge),
                ("skip".to_owned(), Code::InvalidFormat),
                ("sandbox".to_owned(), Code::UnknownValue),
                ("a".to_owned(), Code::UnknownField),
                ("x".to_owned(), Code::UnknownField),
            ]
        );
    }

    #[test]
    fn what_is_right_is_read() {
        let mut query = Query::parse("take=250&name=a%20b&day=2027-03-01&status=ACTIVE,PAUSED");
        assert_eq!(query.paging(50, 250), Paging { skip: 0, take: 250 });
        assert_eq!(query.number("days", 0, 90), None);
        assert_eq!(query.text("name", 255).as_deref(), Some("a b"));
        assert_eq!(query.day("day"), NaiveDate::from_ymd_opt(2027, 3, 1));
        let known = ["ACTIVE", "PAUSED"];
        let read = |text: &str| known.iter().position(|word| *word == text);
        assert_eq!(query.words("status", &known, read), [0, 1]);
        assert!(query.finish().is_ok());
    }
}
