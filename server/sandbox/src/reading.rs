//! Reads a request's JSON and collects every shape error, as a schema validator would.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Map, Value};

use crate::amount;
use crate::refusal::{Issue, Refusal};

pub(crate) type Object = Map<String, Value>;

/// Longest text read in any field, in bytes.
const LONGEST_TEXT: usize = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Reading {
    issues: Vec<Issue>,
}

impl Reading {
    /// Refuses when anything was wrong.
    pub(crate) fn done(self) -> Result<(), Refusal> {
        if self.issues.is_empty() {
            Ok(())
        } else {
            Err(Refusal::malformed(self.issues))
        }
    }

    pub(crate) fn wrong(
        &mut self,
        pointer: String,
        keyword: &'static str,
        message: impl Into<String>,
    ) {
        self.issues.push(Issue {
            pointer,
            message: message.into(),
            keyword,
        });
    }

    pub(crate) fn missing(&mut self, at: &str, key: &str) {
        self.wrong(format!("{at}/{key}"), "required", "expected a value");
    }

    pub(crate) fn text<'a>(&mut self, from: &'a Object, at: &str, key: &str) -> Option<&'a str> {
        match from.get(key)? {
            Value::String(text) if text.is_empty() => {
                self.wrong(format!("{at}/{key}"), "minLength", "expected some text");
                None
            }
            Value::String(text) if text.len() > LONGEST_TEXT => {
                self.wrong(
                    format!("{at}/{key}"),
                    "maxLength",
                    "expected a shorter text",
                );
                None
            }
            Value::String(text) => Some(text),
            _ => {
                self.wrong(format!("{at}/{key}"), "type", "expected a string");
                None
            }
        }
    }

    pub(crate) fn needed_text<'a>(
        &mut self,
        from: &'a Object,
        at: &str,
        key: &str,
    ) -> Option<&'a str> {
        if !from.contains_key(key) {
            self.missing(at, key);
        }
        self.text(from, at, key)
    }

    /// A text out of `allowed`.
    pub(crate) fn word<'a>(
        &mut self,
        from: &'a Object,
        at: &str,
        key: &str,
        allowed: &[&str],
    ) -> Option<&'a str> {
        let text = self.text(from, at, key)?;
        if allowed.contains(&text) {
            return Some(text);
        }
        self.wrong(
            format!("{at}/{key}"),
            "enum",
            format!("expected one of {}, got `{text}`", allowed.join(", ")),
        );
        None
    }

    pub(crate) fn flag(&mut self, from: &Object, at: &str, key: &str) -> Option<bool> {
        match from.get(key)? {
            Value::Bool(flag) => Some(*flag),
            _ => {
                self.wrong(format!("{at}/{key}"), "type", "expected true or false");
                None
            }
        }
    }

    /// A whole number between `least` and `most`.
    pub(crate) fn count(
        &mut self,
        from: &Object,
        at: &str,
        key: &str,
        least: u64,
        most: u64,
    ) -> Option<u64> {
        match from.get(key)?.as_u64() {
            Some(count) if (least..=most).contains(&count) => Some(count),
            _ => {
                self.wrong(
                    format!("{at}/{key}"),
                    "type",
                    format!("expected a whole number from {least} to {most}"),
                );
                None
            }
        }
    }

    /// Money in major units, as minor units.
    pub(crate) fn money(&mut self, from: &Object, at: &str, key: &str) -> Option<i64> {
        match amount::minor(from.get(key)?) {
            Ok(minor) => Some(minor),
            Err(unreadable) => {
                self.wrong(format!("{at}/{key}"), "type", unreadable.message());
                None
            }
        }
    }

    /// An RFC 3339 instant.
    pub(crate) fn instant(&mut self, from: &Object, at: &str, key: &str) -> Option<DateTime<Utc>> {
        let text = self.text(from, at, key)?;
        match DateTime::parse_from_rfc3339(text) {
            Ok(instant) => Some(instant.with_timezone(&Utc)),
            Err(_) => {
                self.wrong(
                    format!("{at}/{key}"),
                    "format",
                    format!("expected a date-time such as 2027-01-31T23:59:59Z, got `{text}`"),
                );
                None
            }
        }
    }

    /// A day written YYYY-MM-DD.
    pub(crate) fn day(&mut self, from: &Object, at: &str, key: &str) -> Option<NaiveDate> {
        let text = self.text(from, at, key)?;
        if text.len() == 10
            && let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        {
            return Some(day);
        }
        self.wrong(
            format!("{at}/{key}"),
            "pattern",
            format!("expected a date such as 2027-01-31, got `{text}`"),
        );
        None
    }

    pub(crate) fn object<'a>(
        &mut self,
        from: &'a Object,
        at: &str,
        key: &str,
    ) -> Option<&'a Object> {
        match from.get(key)? {
            Value::Object(object) => Some(object),
            _ => {
                self.wrong(format!("{at}/{key}"), "type", "expected an object");
                None
            }
        }
    }

    /// The objects of a list, with the pointer of each.
    pub(crate) fn objects<'a>(
        &mut self,
        from: &'a Object,
        at: &str,
        key: &str,
        most: usize,
    ) -> Option<Vec<(String, &'a Object)>> {
        let items = self.items(from, at, key, most)?;
        let mut objects = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let pointer = format!("{at}/{key}/{index}");
            match item {
                Value::Object(object) => objects.push((pointer, object)),
                _ => self.wrong(pointer, "type", "expected an object"),
            }
        }
        Some(objects)
    }

    /// The strings of a list; a lone string counts as a list of one where `lone` says so.
    pub(crate) fn texts(
        &mut self,
        from: &Object,
        at: &str,
        key: &str,
        lone: bool,
    ) -> Option<Vec<String>> {
        if lone && let Some(Value::String(text)) = from.get(key) {
            return Some(vec![text.clone()]);
        }
        let items = self.items(from, at, key, 1_000)?;
        if items.is_empty() {
            self.wrong(format!("{at}/{key}"), "minItems", "expected at least one");
        }
        let mut texts = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item {
                Value::String(text) if !text.is_empty() => texts.push(text.clone()),
                _ => self.wrong(format!("{at}/{key}/{index}"), "type", "expected a string"),
            }
        }
        Some(texts)
    }

    /// Like [`Self::texts`], every one out of `allowed`.
    pub(crate) fn words(
        &mut self,
        from: &Object,
        at: &str,
        key: &str,
        allowed: &[&str],
        lone: bool,
    ) -> Option<Vec<String>> {
        let texts = self.texts(from, at, key, lone)?;
        for (index, text) in texts.iter().enumerate() {
            if !allowed.contains(&text.as_str()) {
                self.wrong(
                    format!("{at}/{key}/{index}"),
                    "enum",
                    format!("expected one of {}, got `{text}`", allowed.join(", ")),
                );
            }
        }
        Some(texts)
    }

    fn items<'a>(
        &mut self,
        from: &'a Object,
        at: &str,
        key: &str,
        most: usize,
    ) -> Option<&'a [Value]> {
        match from.get(key)? {
            Value::Array(items) if items.len() <= most => Some(items),
            Value::Array(_) => {
                self.wrong(
                    format!("{at}/{key}"),
                    "maxItems",
                    format!("expected at most {most}"),
                );
                None
            }
            _ => {
                self.wrong(format!("{at}/{key}"), "type", "expected a list");
                None
            }
        }
    }
}

/// A host name in lower case with at least one dot-free label (AdCP's domain pattern).
pub(crate) fn is_domain(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 253
        && text.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        })
}

/// An instant as AdCP writes it.
pub(crate) fn written(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}
