//! How values stand in columns, and how they are read back.

use chrono::{DateTime, NaiveDate, Utc};
use flighting_core::media_buy::{MediaBuyStatus, SubmissionState};
use flighting_core::money::{Currency, Money};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::{Result, StoreError};

pub(super) fn unreadable(what: &'static str, why: impl ToString) -> StoreError {
    StoreError::Unreadable {
        what,
        why: why.to_string(),
    }
}

/// A body as text.
pub(super) fn to_json<T: Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| unreadable(what, error))
}

/// A body through the domain's own constructors.
pub(super) fn from_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| unreadable(what, error))
}

pub(super) fn instant(micros: i64) -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| unreadable("instant", micros))
}

pub(super) fn instant_or_none(micros: Option<i64>) -> Result<Option<DateTime<Utc>>> {
    micros.map(instant).transpose()
}

pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// Days sort as text, since they are all `YYYY-MM-DD`.
pub(super) fn day_text(day: NaiveDate) -> String {
    day.format("%Y-%m-%d").to_string()
}

pub(super) fn day(text: &str) -> Result<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|error| unreadable("day", error))
}

pub(super) fn money(minor: i64, currency: &str) -> Result<Money> {
    Currency::parse(currency)
        .and_then(|currency| Money::from_minor(minor, currency))
        .ok_or_else(|| unreadable("money", format!("{minor} {currency}")))
}

pub(super) fn count(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|error| unreadable("count", error))
}

/// Counts beyond what a column holds are not a person's impressions any more; they stay at the
/// largest.
pub(super) fn count_column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn state_word(state: SubmissionState) -> &'static str {
    match state {
        SubmissionState::Open => "open",
        SubmissionState::Silent => "silent",
        SubmissionState::Closed => "closed",
    }
}

pub(super) fn state(word: &str) -> Result<SubmissionState> {
    match word {
        "open" => Ok(SubmissionState::Open),
        "silent" => Ok(SubmissionState::Silent),
        "closed" => Ok(SubmissionState::Closed),
        other => Err(unreadable("submission", format!("state `{other}`"))),
    }
}

/// The bit of a buy's status in `campaigns.buy_statuses`. Stored: numbers never change meaning.
pub(super) fn bit(status: MediaBuyStatus) -> i64 {
    match status {
        MediaBuyStatus::Draft => 1,
        MediaBuyStatus::PendingApproval => 1 << 1,
        MediaBuyStatus::InputRequired => 1 << 2,
        MediaBuyStatus::Active => 1 << 3,
        MediaBuyStatus::Paused => 1 << 4,
        MediaBuyStatus::Completed => 1 << 5,
        MediaBuyStatus::Canceled => 1 << 6,
        MediaBuyStatus::Failed => 1 << 7,
        MediaBuyStatus::Rejected => 1 << 8,
        MediaBuyStatus::Archived => 1 << 9,
    }
}

pub(super) fn bits(statuses: impl IntoIterator<Item = MediaBuyStatus>) -> i64 {
    statuses
        .into_iter()
        .fold(0, |bits, status| bits | bit(status))
}

/// A name as it is searched: capitals do not count, in any script.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase()
}

/// An id that was valid when it was written.
pub(super) fn id<T>(what: &'static str, parsed: Option<T>, text: &str) -> Result<T> {
    parsed.ok_or_else(|| unreadable(what, format!("id `{text}`")))
}
