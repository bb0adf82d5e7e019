//! Reading what sellers send: a member of another type than expected counts as absent and never
//! spoils its neighbours; numbers come as integers, floats or text; amounts never pass through
//! binary arithmetic of ours.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A member that counts as absent when it cannot be read.
pub(crate) fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned + Default,
{
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// A list whose unreadable entries are kept as empty ones, so that counts and positions stay.
pub(crate) fn each<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: serde::de::DeserializeOwned + Default,
{
    Ok(match Value::deserialize(deserializer)? {
        Value::Array(items) => items
            .into_iter()
            .map(|item| serde_json::from_value(item).unwrap_or_default())
            .collect(),
        _ => Vec::new(),
    })
}

/// A list of words; other entries are left out.
pub(crate) fn words<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(words_of(&Value::deserialize(deserializer)?))
}

/// The texts of a list.
pub(crate) fn words_of(value: &Value) -> Vec<String> {
    value
        .as_array()
        .map(|items| {
            items
                .iter()
                .filter_map(|item| item.as_str().map(str::to_owned))
                .collect()
        })
        .unwrap_or_default()
}

/// Text that is not empty; a number counts as its text, as sellers number their ids.
pub(crate) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(text_of(&Value::deserialize(deserializer)?))
}

/// As [`text`].
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A decimal figure.
pub(crate) fn decimal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Decimal>, D::Error> {
    Ok(decimal_of(&Value::deserialize(deserializer)?))
}

/// A decimal figure: a number through its shortest text, or text.
pub(crate) fn decimal_of(value: &Value) -> Option<Decimal> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_owned(),
        _ => return None,
    };
    Decimal::from_str(&text)
        .or_else(|_| Decimal::from_scientific(&text))
        .ok()
}

/// A whole number that is not negative; `3.0` is one.
pub(crate) fn count<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    Ok(count_of(&Value::deserialize(deserializer)?))
}

/// As [`count`]; a fraction is rounded down.
pub(crate) fn count_of(value: &Value) -> Option<u64> {
    decimal_of(value).and_then(|figure| u64::try_from(figure.floor()).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_read_in_every_guise() {
        for (value, expected) in [
            (json!(5000), Some("5000")),
            (json!(5000.0), Some("5000.0")),
            (json!(84060.91), Some("84060.91")),
            (json!("0.1"), Some("0.1")),
            (json!(1e3), Some("1000.0")),
            (json!(1e-7), Some("0.0000001")),
            (json!("x"), None),
            (json!(null), None),
            (json!({}), None),
        ] {
            assert_eq!(
                decimal_of(&value),
                expected.map(|text| text.parse().unwrap()),
                "{value}"
            );
        }
        assert_eq!(count_of(&json!(3.0)), Some(3));
        assert_eq!(count_of(&json!("7")), Some(7));
        assert_eq!(count_of(&json!(2.9)), Some(2));
        assert_eq!(count_of(&json!(-1)), None);
    }
}
