//! Money: whole minor units with a currency, checked arithmetic only (decisions 1 and 2).

use std::fmt;

use iso_currency::Currency as Iso;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::error::Refusal;

/// The greatest amount, in minor units, on either side of zero (decision 1).
pub const MAX_MINOR: i64 = 999_999_999_999_999;

/// A currency of ISO 4217 that has minor units: 0, 2, 3 or 4 digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(Iso);

impl Currency {
    /// Reads three capital letters. `None` for unknown codes and for those without minor units,
    /// such as XAU.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let iso = Iso::from_code(code)?;
        iso.exponent().map(|_| Self(iso))
    }

    /// The three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits after the decimal point: 0, 2, 3 or 4.
    #[must_use]
    pub fn exponent(self) -> u32 {
        u32::from(self.0.exponent().unwrap_or(0))
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Currency {
    type Error = String;
    fn try_from(code: String) -> Result<Self, String> {
        Self::parse(&code)
            .ok_or_else(|| format!("expected a currency with minor units, got `{code}`"))
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.code().to_owned()
    }
}

/// Why a decimal is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMoney {
    /// More decimals than the currency has.
    TooManyDecimals,
    /// Beyond [`MAX_MINOR`].
    OutOfRange,
}

/// An amount: whole minor units of one currency, within ±[`MAX_MINOR`]. Stored as
/// `[minor, "CODE"]`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(i64, Currency)", into = "(i64, Currency)")]
pub struct Money {
    minor: i64,
    currency: Currency,
}

impl Money {
    /// An amount of minor units; `None` beyond [`MAX_MINOR`].
    #[must_use]
    pub fn from_minor(minor: i64, currency: Currency) -> Option<Self> {
        (-MAX_MINOR..=MAX_MINOR)
            .contains(&minor)
            .then_some(Self { minor, currency })
    }

    /// Nothing, in a currency.
    #[must_use]
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// Reads major units exactly: `12.34` is 1234 cents; `12.345` is no amount of a currency with
    /// two digits (decision 2).
    ///
    /// # Errors
    /// [`NotMoney`] when digits would be lost or the amount is out of range.
    pub fn from_decimal(major: Decimal, currency: Currency) -> Result<Self, NotMoney> {
        let scale = currency.exponent();
        let normal = if major.scale() > scale {
            major.normalize()
        } else {
            major
        };
        if normal.scale() > scale {
            return Err(NotMoney::TooManyDecimals);
        }
        let factor = 10_i64.pow(scale - normal.scale());
        i64::try_from(normal.mantissa())
            .ok()
            .and_then(|mantissa| mantissa.checked_mul(factor))
            .and_then(|minor| Self::from_minor(minor, currency))
            .ok_or(NotMoney::OutOfRange)
    }

    /// Reads major units that a seller reports, rounded half up to the minor unit (decision 2).
    /// `None` out of range.
    #[must_use]
    pub fn round_reported(major: Decimal, currency: Currency) -> Option<Self> {
        let rounded = major.round_dp_with_strategy(
            currency.exponent(),
            rust_decimal::RoundingStrategy::MidpointAwayFromZero,
        );
        Self::from_decimal(rounded, currency).ok()
    }

    /// Whole minor units.
    #[must_use]
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// Major units with as many decimals as the currency has: 1234 cents are `12.34`.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// Whether it is nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether it is less than nothing.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.minor < 0
    }

    /// The same amount, or zero where it is negative.
    #[must_use]
    pub fn at_least_zero(self) -> Self {
        Self {
            minor: self.minor.max(0),
            currency: self.currency,
        }
    }

    /// The smaller of two amounts of one currency.
    ///
    /// # Errors
    /// [`Refusal::CurrencyMismatch`].
    pub fn min(self, other: Self) -> Result<Self, Refusal> {
        self.same(other)?;
        Ok(if other.minor < self.minor {
            other
        } else {
            self
        })
    }

    /// The larger of two amounts of one currency.
    ///
    /// # Errors
    /// [`Refusal::CurrencyMismatch`].
    pub fn max(self, other: Self) -> Result<Self, Refusal> {
        self.same(other)?;
        Ok(if other.minor > self.minor {
            other
        } else {
            self
        })
    }

    /// The sum.
    ///
    /// # Errors
    /// [`Refusal::CurrencyMismatch`], or [`Refusal::Overflow`] beyond the range.
    pub fn plus(self, other: Self) -> Result<Self, Refusal> {
        self.same(other)?;
        self.minor
            .checked_add(other.minor)
            .and_then(|minor| Self::from_minor(minor, self.currency))
            .ok_or(Refusal::Overflow)
    }

    /// The difference, which may be negative.
    ///
    /// # Errors
    /// [`Refusal::CurrencyMismatch`], or [`Refusal::Overflow`] beyond the range.
    pub fn minus(self, other: Self) -> Result<Self, Refusal> {
        self.same(other)?;
        self.minor
            .checked_sub(other.minor)
            .and_then(|minor| Self::from_minor(minor, self.currency))
            .ok_or(Refusal::Overflow)
    }

    /// The sum of many amounts of one currency.
    ///
    /// # Errors
    /// As [`Money::plus`].
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, Refusal> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::plus)
    }

    fn same(self, other: Self) -> Result<(), Refusal> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(Refusal::CurrencyMismatch {
                expected: self.currency.code().to_owned(),
                got: other.currency.code().to_owned(),
            })
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.to_decimal(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<(i64, Currency)> for Money {
    type Error = String;
    fn try_from((minor, currency): (i64, Currency)) -> Result<Self, String> {
        Self::from_minor(minor, currency)
            .ok_or_else(|| format!("expected at most {MAX_MINOR} minor units, got {minor}"))
    }
}

impl From<Money> for (i64, Currency) {
    fn from(money: Money) -> Self {
        (money.minor, money.currency)
    }
}
