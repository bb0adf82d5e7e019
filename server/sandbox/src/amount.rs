//! Money as whole minor units, read from and written to AdCP's JSON numbers in major units.
//!
//! Every currency sold here (USD, EUR) has two digits.

use serde_json::{Number, Value};

/// Digits after the point of every currency sold here.
const DIGITS: usize = 2;
/// The largest amount read, in minor units: what a JSON number carries exactly.
const LARGEST: i64 = 999_999_999_999_999;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    NotANumber,
    Negative,
    TooManyDigits,
    TooLarge,
}

impl Unreadable {
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::NotANumber => "expected a number",
            Self::Negative => "expected a number of at least 0",
            Self::TooManyDigits => "expected at most 2 digits after the point",
            Self::TooLarge => "expected a smaller number",
        }
    }
}

/// Reads a number of major units as minor units, through its shortest decimal text, so that
/// `0.1` is ten cents and nothing is rounded.
pub(crate) fn minor(value: &Value) -> Result<i64, Unreadable> {
    let Value::Number(number) = value else {
        return Err(Unreadable::NotANumber);
    };
    let text = number.to_string();
    if text.starts_with('-') {
        return if number.as_f64() == Some(0.0) {
            Ok(0)
        } else {
            Err(Unreadable::Negative)
        };
    }
    if let Some((_, exponent)) = text.split_once(['e', 'E']) {
        return Err(if exponent.starts_with('-') {
            Unreadable::TooManyDigits
        } else {
            Unreadable::TooLarge
        });
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > DIGITS {
        return Err(Unreadable::TooManyDigits);
    }
    let amount = format!("{whole}{fraction:0<DIGITS$}")
        .parse::<i64>()
        .map_err(|_| Unreadable::TooLarge)?;
    if amount > LARGEST {
        return Err(Unreadable::TooLarge);
    }
    Ok(amount)
}

/// Minor units as a JSON number of major units. Both operands are whole and below 2^53, so the
/// quotient is the double nearest to the exact amount and prints as it.
pub(crate) fn major(minor: i64) -> Value {
    if minor % 100 == 0 {
        return Value::from(minor / 100);
    }
    Number::from_f64(minor as f64 / 100.0).map_or(Value::Null, Value::Number)
}

/// Minor units as text with two digits, such as `12.50`.
pub(crate) fn text(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn amounts_are_read_by_their_decimal_text() {
        assert_eq!(minor(&json!(0.1)), Ok(10));
        assert_eq!(minor(&json!(84060.91)), Ok(8_406_091));
        assert_eq!(minor(&json!(5000.0)), Ok(500_000));
        assert_eq!(minor(&json!(0.005)), Err(Unreadable::TooManyDigits));
        assert_eq!(minor(&json!(1e-7)), Err(Unreadable::TooManyDigits));
        assert_eq!(minor(&json!(1e16)), Err(Unreadable::TooLarge));
        assert_eq!(minor(&json!(-1)), Err(Unreadable::Negative));
        assert_eq!(minor(&json!("5")), Err(Unreadable::NotANumber));
    }

    #[test]
    fn what_is_written_reads_back_the_same() {
        for amount in [0, 1, 10, 99, 100, 101, 8_406_091, LARGEST] {
            assert_eq!(minor(&major(amount)), Ok(amount));
        }
    }
}
