//! Decimals as JSON numbers, in both directions through their shortest decimal text (decision 2).

use std::fmt;

use rust_decimal::Decimal;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::money::{Currency, Money, NotMoney};

/// Writes decimal text as a JSON number. No arithmetic is done on the way: a whole number goes as
/// an integer, all else as the float whose shortest text it is, exact up to 15 digits. A
/// serializer that says it is not for people gets the shortest text itself, as bytes: what writes
/// JSON text by hand needs no float.
pub(crate) fn write<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let short = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    };
    if !serializer.is_human_readable() {
        return serializer.serialize_bytes(short.as_bytes());
    }
    if let Ok(whole) = short.parse::<i64>() {
        return serializer.serialize_i64(whole);
    }
    match short.parse::<f64>() {
        Ok(value) if value.is_finite() => serializer.serialize_f64(value),
        _ => serializer.serialize_unit(),
    }
}

struct Reads;

impl Visitor<'_> for Reads {
    type Value = Decimal;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Decimal, E> {
        Ok(Decimal::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Decimal, E> {
        Ok(Decimal::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Decimal, E> {
        self.visit_str(&value.to_string())
    }

    /// The text of a number, by a reader that makes no float of it.
    fn visit_bytes<E: Error>(self, number: &[u8]) -> Result<Decimal, E> {
        self.visit_str(std::str::from_utf8(number).map_err(E::custom)?)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Decimal, E> {
        Decimal::from_str_exact(value)
            .map_err(|_| E::custom(format!("expected a number, got `{value}`")))
    }
}

macro_rules! figure {
    ($(#[$doc:meta])* $name:ident, $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "openapi", schema(value_type = f64, example = $example))]
        pub struct $name(Decimal);

        impl $name {
            /// The decimal.
            #[must_use]
            pub fn to_decimal(self) -> Decimal {
                self.0
            }
        }

        impl From<Decimal> for $name {
            fn from(value: Decimal) -> Self {
                Self(value)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                write(&self.0.to_string(), serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Reads).map(Self)
            }
        }
    };
}

figure!(
    /// An amount in major units of the currency that stands beside it; a JSON number.
    Amount,
    300_000.5
);

figure!(
    /// A rate, percent, weight or price: a JSON number.
    Figure,
    2.5
);

impl Amount {
    /// The money, exactly.
    ///
    /// # Errors
    /// [`NotMoney`] when the currency has fewer decimals or the amount is out of range.
    pub fn to_money(self, currency: Currency) -> Result<Money, NotMoney> {
        Money::from_decimal(self.0, currency)
    }
}

impl From<Money> for Amount {
    fn from(money: Money) -> Self {
        Self(money.to_decimal())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::money::MAX_MINOR;

    fn json(amount: Amount) -> String {
        serde_json::to_string(&amount).unwrap()
    }

    #[test]
    fn amounts_are_plain_numbers() {
        let eur = Currency::parse("EUR").unwrap();
        let text = |minor| json(Money::from_minor(minor, eur).unwrap().into());
        assert_eq!(text(30_000_000), "300000");
        assert_eq!(text(1), "0.01");
        assert_eq!(text(-1050), "-10.5");
        assert_eq!(text(0), "0");
        assert_eq!(text(MAX_MINOR), "9999999999999.99");
    }

    proptest! {
        #[test]
        fn every_amount_survives_a_number(minor in -MAX_MINOR..=MAX_MINOR, code in prop::sample::select(vec!["JPY", "EUR", "KWD", "CLF"])) {
            let currency = Currency::parse(code).unwrap();
            let money = Money::from_minor(minor, currency).unwrap();
            let text = json(money.into());
            let back: Amount = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back.to_money(currency), Ok(money));
            // What JavaScript would print after reading it is the same number.
            let float: f64 = text.parse().unwrap();
            prop_assert_eq!(Decimal::from_str_exact(&float.to_string()).unwrap(), money.to_decimal().normalize());
        }
    }
}
