//! Numbers: whole ones, rates, money and currencies. Nothing is rounded.

use rust_decimal::Decimal;

use super::{Item, Reader};
use crate::error::{Code, Violation};
use crate::money::{Currency, Money, NotMoney};
use crate::wire::json::{Json, Number, shorten};

/// What a rate may be.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// It must be more than this.
    pub above: Option<Decimal>,
    /// It must be at least this.
    pub min: Option<Decimal>,
    /// It must be at most this.
    pub max: Decimal,
    /// At most so many decimals.
    pub decimals: u32,
}

/// The least amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Least {
    /// Nothing is allowed.
    Zero,
    /// Something is needed.
    AboveZero,
}

impl Item<'_> {
    /// A whole number.
    pub fn integer(self, reader: &mut Reader, min: i64, max: i64) -> Option<i64> {
        let Json::Number(number) = self.value else {
            return self.wrong(reader, "a whole number");
        };
        if !number.is_finite() {
            return self.wrong(reader, "a whole number");
        }
        let exact = number.exact().map(|value| value.normalize());
        if exact.is_none_or(|value| value.scale() > 0) && number.as_str().contains('.') {
            return self.wrong(reader, "a whole number");
        }
        let value = exact.and_then(|value| i64::try_from(value).ok());
        match value {
            Some(value) if value < min => self.small(reader, &min.to_string(), "at least"),
            Some(value) if value <= max => Some(value),
            _ if number.as_str().starts_with('-') => {
                self.small(reader, &min.to_string(), "at least")
            }
            _ => self.large(reader, &max.to_string(), "at most"),
        }
    }

    /// A number, or decimal text, without a limit but that of 28 digits.
    pub fn decimal(self, reader: &mut Reader, what: &str) -> Option<Decimal> {
        let of_text;
        let number = match self.value {
            Json::Number(number) if number.is_finite() => number,
            Json::Text(text) => match Number::parse(text.trim()) {
                Some(number) => {
                    of_text = number;
                    &of_text
                }
                None => return self.wrong(reader, what),
            },
            _ => return self.wrong(reader, what),
        };
        if number.exact().is_none() {
            let (code, message) = if number.whole_digits() <= 20 {
                (Code::TooManyDecimals, "with fewer decimals")
            } else {
                (Code::OutOfRange, "nearer to 0")
            };
            let text = shorten(number.as_str());
            reader.blame(
                self.path,
                code,
                &format!("expected {what} {message}, got {text}"),
            );
        }
        number.exact()
    }

    /// A decimal in a range with at most so many decimals.
    pub fn rate(self, reader: &mut Reader, what: &str, range: Range) -> Option<Decimal> {
        let value = self.decimal(reader, what)?.normalize();
        if value.scale() > range.decimals {
            reader.add(
                Violation::new(
                    reader.spell(self.path),
                    Code::TooManyDecimals,
                    format!("expected at most {} decimals, got {value}", range.decimals),
                )
                .with("max", i64::from(range.decimals)),
            );
            return None;
        }
        if range.above.is_some_and(|above| value <= above) {
            return self.small(
                reader,
                &range.above.unwrap_or_default().to_string(),
                "more than",
            );
        }
        if range.min.is_some_and(|min| value < min) {
            return self.small(
                reader,
                &range.min.unwrap_or_default().to_string(),
                "at least",
            );
        }
        if value > range.max {
            return self.large(reader, &range.max.to_string(), "at most");
        }
        Some(value)
    }

    /// Money in major units of a currency: a number or decimal text, never rounded (decision 2).
    pub fn money(self, reader: &mut Reader, currency: Currency, least: Least) -> Option<Money> {
        let value = self.decimal(reader, "an amount")?;
        match Money::from_decimal(value, currency) {
            Err(NotMoney::TooManyDecimals) => {
                reader.add(
                    Violation::new(
                        reader.spell(self.path),
                        Code::TooManyDecimals,
                        format!(
                            "expected at most {} decimals in {currency}, got {value}",
                            currency.exponent()
                        ),
                    )
                    .with("max", i64::from(currency.exponent()))
                    .with("currency", currency.code()),
                );
                None
            }
            Err(NotMoney::OutOfRange) => {
                reader.blame(
                    self.path,
                    Code::OutOfRange,
                    &format!("expected an amount of at most 15 digits in {currency}, got {value}"),
                );
                None
            }
            Ok(money) if least == Least::AboveZero && money.minor() <= 0 => {
                self.small(reader, "0", "more than")
            }
            Ok(money) if money.is_negative() => self.small(reader, "0", "at least"),
            Ok(money) => Some(money),
        }
    }

    /// The currency, which must be the one that everything here is in.
    pub fn same_currency(self, reader: &mut Reader, currency: Currency) {
        let Some(text) = self.raw_text(reader) else {
            return;
        };
        let text = text.trim();
        if text == currency.code() {
            return;
        }
        if Currency::parse(text).is_none() {
            self.unsupported(reader, text);
            return;
        }
        reader.add(
            Violation::new(
                reader.spell(self.path),
                Code::CurrencyMismatch,
                format!("expected {currency}, got `{text}`"),
            )
            .with("expected", currency.code())
            .with("got", text),
        );
    }

    /// A currency with minor units.
    pub fn currency(self, reader: &mut Reader) -> Option<Currency> {
        let text = self.raw_text(reader)?.trim();
        let currency = Currency::parse(text);
        if currency.is_none() {
            self.unsupported(reader, text);
        }
        currency
    }

    fn unsupported(self, reader: &mut Reader, text: &str) {
        let text = shorten(text);
        reader.add(
            Violation::new(
                reader.spell(self.path),
                Code::UnsupportedCurrency,
                format!("expected a currency with minor units, got `{text}`"),
            )
            .with("value", text),
        );
    }

    fn small<T>(self, reader: &mut Reader, bound: &str, how: &str) -> Option<T> {
        self.beyond(reader, Code::TooSmall, "min", bound, how);
        None
    }

    fn large<T>(self, reader: &mut Reader, bound: &str, how: &str) -> Option<T> {
        self.beyond(reader, Code::TooLarge, "max", bound, how);
        None
    }

    #[inline(never)]
    fn beyond(self, reader: &mut Reader, code: Code, name: &str, bound: &str, how: &str) {
        reader.add(
            Violation::new(
                reader.spell(self.path),
                code,
                format!("expected {how} {bound}, got {}", self.value.describe()),
            )
            .with(name, bound),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::*;

    fn one<T>(
        text: &str,
        read: impl FnOnce(Item<'_>, &mut Reader) -> Option<T>,
    ) -> Result<T, Code> {
        testing::read_with(text, read).map_err(|found| found[0].code)
    }

    #[test]
    fn money_is_exact_or_refused() {
        let eur = Currency::parse("EUR").unwrap();
        let money =
            |text: &str| one(text, |i, r| i.money(r, eur, Least::AboveZero)).map(Money::minor);
        assert_eq!(money("48.5"), Ok(4850));
        assert_eq!(money("\"48.50\""), Ok(4850));
        assert_eq!(money("\"48.500\""), Ok(4850));
        assert_eq!(money("4.85e1"), Ok(4850));
        assert_eq!(money("0.001"), Err(Code::TooManyDecimals));
        assert_eq!(money("1e-300"), Err(Code::TooManyDecimals));
        assert_eq!(money("1e300"), Err(Code::OutOfRange));
        assert_eq!(money("1e18"), Err(Code::OutOfRange));
        assert_eq!(money("0"), Err(Code::TooSmall));
        assert_eq!(money("-1"), Err(Code::TooSmall));
        for wrong in [
            "\"1e3\"",
            "\"1,5\"",
            "\"\"",
            "true",
            "[1]",
            "\"0x10\"",
            "\"1_000\"",
            "\"+5\"",
        ] {
            assert_eq!(money(wrong), Err(Code::WrongType), "{wrong}");
        }
    }

    #[test]
    fn whole_numbers_have_no_fraction() {
        let integer = |text: &str| one(text, |i, r| i.integer(r, 1, 100));
        assert_eq!(integer("7.0"), Ok(7));
        assert_eq!(integer("1e2"), Ok(100));
        assert_eq!(integer("7.5"), Err(Code::WrongType));
        assert_eq!(integer("0"), Err(Code::TooSmall));
        assert_eq!(integer("-1e300"), Err(Code::TooSmall));
        assert_eq!(integer("1e300"), Err(Code::TooLarge));
        assert_eq!(integer("\"7\""), Err(Code::WrongType));
    }

    #[test]
    fn currencies_are_named() {
        let eur = Currency::parse("EUR").unwrap();
        let same = |text: &str| {
            one(text, |i, r| {
                i.same_currency(r, eur);
                Some(())
            })
        };
        assert_eq!(same("\"EUR\""), Ok(()));
        assert_eq!(same("\"USD\""), Err(Code::CurrencyMismatch));
        assert_eq!(same("\"XAU\""), Err(Code::UnsupportedCurrency));
        assert_eq!(same("1"), Err(Code::WrongType));
    }
}
