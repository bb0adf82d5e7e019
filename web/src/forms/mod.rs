//! What people type, as plain structs without any view: text fields to the very JSON body that is
//! sent, and back. What is wrong with it is said by core's own readers and by nobody else.

pub mod advertiser;
pub mod agent;
pub mod asking;
pub mod bars;
pub mod campaign;
pub mod explain;
pub mod goals;
pub mod grid;
pub mod history;
pub mod known;
pub mod merge;
pub mod pace;
pub mod pacing;
pub mod paging;
pub mod people;
pub mod scenarios;
pub mod selection;
pub mod sheet;
pub mod spread;
#[cfg(test)]
pub(crate) mod testing;
pub mod tune;
pub mod ways;

use flighting_core::wire::Json;
use flighting_core::wire::json::{Number, to_text};
use serde::Serialize;

use crate::answer;

/// Typed figures as JSON: without grouping commas where these are whole groups of three, else
/// exactly as typed, for core to refuse with its reason. `None` where nothing was typed.
#[must_use]
pub fn figure(text: &str) -> Option<Json> {
    let text = text.trim();
    (!text.is_empty()).then(|| Json::Text(ungrouped(text)))
}

fn ungrouped(text: &str) -> String {
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mut groups = whole.split(',');
    let digits = |group: &str| group.bytes().all(|b| b.is_ascii_digit());
    let first = groups.next().unwrap_or("");
    let well_grouped = (1..=3).contains(&first.len())
        && digits(first)
        && whole.contains(',')
        && groups.all(|group| group.len() == 3 && digits(group))
        && fraction.is_none_or(digits);
    if well_grouped {
        text.replace(',', "")
    } else {
        text.to_owned()
    }
}

/// A typed whole number; `None` for anything else.
#[must_use]
pub fn whole_number(typed: &str) -> Option<u64> {
    ungrouped(typed.trim()).parse().ok()
}

/// A typed whole number as JSON: a number where it is one, else exactly as typed, for core to
/// refuse with its reason. `None` where nothing was typed.
#[must_use]
pub fn whole(typed: &str) -> Option<Json> {
    let typed = figure(typed)?;
    let exact = typed
        .as_text()
        .and_then(Number::parse)
        .and_then(|number| number.exact());
    Some(exact.map_or(typed, |exact| Json::Number(exact.into())))
}

/// Typed text as JSON; `None` where nothing was typed.
#[must_use]
pub fn text(text: &str) -> Option<Json> {
    let text = text.trim();
    (!text.is_empty()).then(|| Json::Text(text.to_owned()))
}

/// A word of ours as JSON.
#[must_use]
pub fn word(word: &str) -> Json {
    Json::Text(word.to_owned())
}

/// Members of an object, those left out that have no value.
#[must_use]
pub fn object<const N: usize>(members: [(&str, Option<Json>); N]) -> Json {
    Json::Object(
        members
            .into_iter()
            .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)))
            .collect(),
    )
}

/// Something of the wire as the JSON it is written as.
#[must_use]
pub fn json_of(value: &impl Serialize) -> Json {
    answer::json(&to_text(value)).unwrap_or(Json::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(text: &str) -> String {
        match figure(text) {
            Some(Json::Text(text)) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn whole_groups_lose_their_commas_and_nothing_else_is_touched() {
        assert_eq!(typed(" 300,000.50 "), "300000.50");
        assert_eq!(typed("1,234,567"), "1234567");
        assert_eq!(typed("12"), "12");
        // A comma that is no grouping is the person's, not ours to guess about.
        for kept in [
            "300.000,00",
            "1,5",
            "1,2345",
            ",123",
            "1,23,456",
            "12,345.6,7",
            "38.4k",
            "-1,000",
        ] {
            assert_eq!(typed(kept), kept);
        }
        assert_eq!(figure("  "), None);
    }
}
