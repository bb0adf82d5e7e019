//! Laws of money over all inputs. `PROPTEST_CASES` sets how many cases each law is tried on.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic; that is how it fails"
)]

mod curves;
mod fees;
mod oracle;
mod periods;
mod splits;
mod tables;

use flighting_core::money::{Currency, MAX_MINOR, Money};
use proptest::prelude::*;

/// Currencies of 0, 2, 3 and 4 digits.
fn any_currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(vec!["JPY", "USD", "KWD", "CLF"])
        .prop_map(|code| Currency::parse(code).unwrap())
}

/// Amounts of every size, with the small ones where rounding bites well represented.
fn any_minor() -> impl Strategy<Value = i64> {
    prop_oneof![
        0..10_i64,
        0..10_000_i64,
        0..1_000_000_000_i64,
        0..=MAX_MINOR
    ]
}

fn money(minor: i64, currency: Currency) -> Money {
    Money::from_minor(minor, currency).unwrap()
}

proptest! {
    #[test]
    fn an_amount_survives_its_decimal(minor in -MAX_MINOR..=MAX_MINOR, currency in any_currency()) {
        let amount = money(minor, currency);
        prop_assert_eq!(amount.to_decimal().scale(), currency.exponent());
        prop_assert_eq!(Money::from_decimal(amount.to_decimal(), currency), Ok(amount));
    }
}
