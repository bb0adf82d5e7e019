//! A JSON value as it was written: members in order, repeats visible, numbers by their decimal
//! text. Reads from any self-describing serde format, text or JavaScript values.

mod path;
mod shortest;
mod text;
mod write;

use std::fmt;

use rust_decimal::Decimal;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

pub use path::{Step, steps};
pub use shortest::Shorten;
pub use text::NotJson;
pub use write::to_text;

/// The deepest nesting that is read; nothing we take comes near.
pub const MAX_DEPTH: usize = 64;

/// Any JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Json>),
    /// An object; a name may stand in it more than once.
    Object(Vec<(String, Json)>),
}

/// A number by its shortest decimal text (decision 2): what JavaScript prints, not the binary
/// fraction behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    text: String,
    exact: Option<Decimal>,
}

impl Number {
    /// Reads decimal text: digits, at most one point, a leading minus. `None` for all else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (digits, None),
        };
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        (all_digits(whole) && fraction.is_none_or(all_digits)).then(|| Self {
            text: text.to_owned(),
            exact: Decimal::from_str_exact(text).ok(),
        })
    }

    fn from_f64(value: f64) -> Self {
        Self::from_shortest(value.to_string())
    }

    fn from_shortest(text: String) -> Self {
        let exact = Decimal::from_str_exact(&text).ok();
        Self { text, exact }
    }

    /// A number of JSON text, with its count of digits. `None` where its shortest text has to be
    /// found first.
    fn from_token(token: &str, digits: usize, fraction: bool, exponent: bool) -> Option<Self> {
        if !exponent && digits <= 15 {
            // Up to 15 digits are their own shortest text, but for zeros at the end.
            let text = if fraction {
                token.trim_end_matches('0').trim_end_matches('.')
            } else {
                token
            };
            return Some(Self {
                text: text.to_owned(),
                exact: small_decimal(text),
            });
        }
        if !exponent && !fraction {
            let whole = token
                .parse::<i64>()
                .map(Decimal::from)
                .or_else(|_| token.parse::<u64>().map(Decimal::from));
            if let Ok(whole) = whole {
                return Some(whole.into());
            }
        }
        None
    }

    /// A number that JSON cannot write: a float that is none, or a big integer.
    fn marked(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            exact: Self::parse(text).and_then(|number| number.exact),
        }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value; `None` beyond 28 digits, and for what is no number (JavaScript's NaN).
    #[must_use]
    pub fn exact(&self) -> Option<Decimal> {
        self.exact
    }

    /// Whether it is a number at all.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        self.exact.is_some()
            || self
                .text
                .bytes()
                .all(|b| b.is_ascii_digit() || b == b'.' || b == b'-')
    }

    /// Digits before the decimal point.
    #[must_use]
    pub fn whole_digits(&self) -> usize {
        self.text
            .trim_start_matches('-')
            .split('.')
            .next()
            .map_or(0, str::len)
    }
}

/// The value of decimal text with at most 15 digits.
fn small_decimal(text: &str) -> Option<Decimal> {
    let decimals = text
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    let scale = u32::try_from(decimals).ok()?;
    let mut mantissa = 0_i64;
    for byte in text.bytes().filter(u8::is_ascii_digit) {
        mantissa = mantissa * 10 + i64::from(byte - b'0');
    }
    let negative = text.starts_with('-');
    Some(Decimal::new(
        if negative { -mantissa } else { mantissa },
        scale,
    ))
}

impl From<Decimal> for Number {
    fn from(value: Decimal) -> Self {
        Self {
            text: value.to_string(),
            exact: Some(value),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Decimal::from(value).into()
    }
}

impl Json {
    /// What it is, with its value where that is short: for messages.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => format!("the number {}", shorten(number.as_str())),
            Self::Text(text) => format!("the text `{}`", shorten(text)),
            Self::List(_) => "a list".to_owned(),
            Self::Object(_) => "an object".to_owned(),
        }
    }

    /// The first member of an object with a name.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => members
                .iter()
                .find(|(n, _)| n == name)
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, where it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// At most 60 characters of something a caller sent, control characters left out.
#[must_use]
pub fn shorten(text: &str) -> String {
    let mut clean = text.chars().filter(|c| !c.is_control());
    let short: String = clean.by_ref().take(60).collect();
    if clean.next().is_some() {
        format!("{short}…")
    } else {
        short
    }
}

struct Nested {
    left: usize,
}

impl<'de> DeserializeSeed<'de> for Nested {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Nested {
    fn inner<E: Error>(&self) -> Result<usize, E> {
        self.left.checked_sub(1).ok_or_else(|| {
            E::custom(format!(
                "expected at most {MAX_DEPTH} levels of nesting, got more"
            ))
        })
    }
}

impl<'de> Visitor<'de> for Nested {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(Decimal::from(value).into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(Decimal::from(value).into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(Number::from_f64(value)))
    }

    /// The text of a number, by a reader that makes no float of it.
    fn visit_bytes<E: Error>(self, number: &[u8]) -> Result<Json, E> {
        std::str::from_utf8(number)
            .ok()
            .and_then(Number::parse)
            .map(Json::Number)
            .ok_or_else(|| E::custom("expected the decimal text of a number, got other bytes"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let left = self.inner()?;
        let mut list = Vec::new();
        while let Some(value) = access.next_element_seed(Nested { left })? {
            list.push(value);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let left = self.inner()?;
        let mut members = Vec::new();
        while let Some(name) = access.next_key::<String>()? {
            members.push((name, access.next_value_seed(Nested { left })?));
        }
        Ok(Json::Object(members))
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Nested { left: MAX_DEPTH }.deserialize(deserializer)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => super::figure::write(number.as_str(), serializer),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(list) => {
                let mut out = serializer.serialize_seq(Some(list.len()))?;
                for value in list {
                    out.serialize_element(value)?;
                }
                out.end()
            }
            Self::Object(members) => {
                let mut out = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    out.serialize_entry(name, value)?;
                }
                out.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    fn number(text: &str) -> Number {
        match read(text) {
            Json::Number(number) => number,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn numbers_are_their_decimal_text() {
        assert_eq!(number("0.1").exact(), Some(Decimal::new(1, 1)));
        assert_eq!(number("48.50").as_str(), "48.5");
        assert_eq!(number("1e3").exact(), Some(Decimal::from(1000)));
        assert_eq!(number("999999999999.999").as_str(), "999999999999.999");
        assert_eq!(number("-0.0").exact(), Some(Decimal::ZERO));
        assert_eq!(
            number("18446744073709551615").as_str(),
            "18446744073709551615"
        );
    }

    #[test]
    fn what_a_decimal_cannot_hold_is_not_rounded_into_it() {
        assert_eq!(number("1e300").exact(), None);
        assert!(number("1e300").whole_digits() > 300);
        assert_eq!(number("1e-40").exact(), None);
        assert_eq!(number("1e-40").whole_digits(), 1);
    }

    #[test]
    fn bytes_are_the_decimal_text_of_a_number_and_nothing_else() {
        let read = |bytes: &[u8]| {
            let bytes = serde::de::value::BytesDeserializer::<serde::de::value::Error>::new(bytes);
            Json::deserialize(bytes).ok()
        };
        assert_eq!(read(b"-0.05"), Number::parse("-0.05").map(Json::Number));
        for other in [&b"NaN"[..], b"", b"1e3", b"1}, \"x\": {", b"\xff"] {
            assert_eq!(read(other), None);
        }
    }

    #[test]
    fn repeats_and_order_stay_visible() {
        let Json::Object(members) = read(r#"{"b":1,"a":[true,null],"b":"x"}"#) else {
            panic!()
        };
        let names: Vec<_> = members.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["b", "a", "b"]);
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(serde_json::from_str::<Json>(&deep(MAX_DEPTH)).is_ok());
        assert!(serde_json::from_str::<Json>(&deep(MAX_DEPTH + 1)).is_err());
        assert!(serde_json::from_str::<Json>(&deep(100_000)).is_err());
    }

    #[test]
    fn writing_gives_back_what_was_read() {
        let text = r#"{"a":1,"b":-0.25,"c":[null,true,"x"],"d":{}}"#;
        assert_eq!(serde_json::to_string(&read(text)).unwrap(), text);
    }

    #[test]
    fn messages_show_a_little_of_what_came() {
        assert_eq!(Json::Text("a\u{0}b".into()).describe(), "the text `ab`");
        assert!(Json::Text("x".repeat(1000)).describe().chars().count() < 80);
    }
}
