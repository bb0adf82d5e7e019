//! A product's budget typed as an amount, as a share or as units: what is typed becomes the amount,
//! and the others follow. Core does the sums.

use flighting_core::budget::{
    Percent, budget_for, part_of, percent_of, units_for, units_per_price,
};
use flighting_core::money::Money;
use rust_decimal::Decimal;

use super::figure;
use super::selection::ProductForm;
use crate::format;

/// A figure as typed, exactly; none where it is no figure.
fn exact(typed: &str) -> Option<Decimal> {
    figure(typed)
        .as_ref()
        .and_then(flighting_core::wire::Json::as_text)
        .and_then(|text| text.parse().ok())
}

/// The rate a product is bought at: its fixed price, else the bid; none while that does not read.
#[must_use]
pub fn rate(product: &ProductForm) -> Option<Decimal> {
    if product.price.is_empty() {
        exact(&product.bid)
    } else {
        exact(&product.price)
    }
}

/// The share of a whole, as it is shown: `13.9130`; none where it is no share.
#[must_use]
pub fn share(budget: Money, whole: Money) -> Option<String> {
    percent_of(budget, whole).map(|percent| percent.to_decimal().to_string())
}

/// What a budget buys, as it is shown; none where the price is not by units.
#[must_use]
pub fn units(budget: Money, product: &ProductForm) -> Option<String> {
    units_for(budget, &product.model, rate(product)?).map(format::count)
}

/// What the units of a product are called; none where its price is not by units.
#[must_use]
pub fn unit_words(product: &ProductForm) -> Option<&'static str> {
    units_per_price(&product.model)?;
    Some(match product.model.as_str() {
        "cpm" | "vcpm" => "Impressions",
        "cpc" => "Clicks",
        "cpcv" => "Completed views",
        "cpv" => "Views",
        _ => "Actions",
    })
}

/// The budget of a typed share of a whole, as an input holds it.
///
/// # Errors
/// Why it is none, for people.
pub fn of_share(typed: &str, whole: Money) -> Result<String, String> {
    let percent = exact(typed).and_then(Percent::new).ok_or_else(|| {
        format!("expected a percent from 0 to 100 with at most 4 decimals, got `{typed}`")
    })?;
    part_of(whole, percent)
        .map(|money| format::typed(money.into()))
        .ok_or_else(|| "expected a media budget of at least 0 to take a share of".to_owned())
}

/// The budget of so many typed units, as an input holds it.
///
/// # Errors
/// Why it is none, for people.
pub fn of_units(typed: &str, product: &ProductForm, like: Money) -> Result<String, String> {
    let units = exact(typed)
        .filter(|units| units.fract().is_zero())
        .and_then(|units| u64::try_from(units).ok())
        .ok_or_else(|| format!("expected a whole number of units, got `{typed}`"))?;
    let rate = rate(product)
        .filter(|rate| *rate > Decimal::ZERO)
        .ok_or_else(|| "expected a price or a bid above 0 first".to_owned())?;
    budget_for(units, &product.model, rate, like)
        .map(|money| format::typed(money.into()))
        .ok_or_else(|| format!("expected units within the range of money, got `{typed}`"))
}

#[cfg(test)]
mod tests {
    use flighting_core::money::Currency;

    use super::*;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("USD").unwrap()).unwrap()
    }

    fn product() -> ProductForm {
        ProductForm {
            model: "cpm".into(),
            bid: "7.50".into(),
            ..ProductForm::default()
        }
    }

    #[test]
    fn a_share_or_units_become_the_amount_and_the_others_follow() {
        let media = usd(27_600_000);
        assert_eq!(of_share("13.913", media), Ok("38399.88".to_owned()));
        assert_eq!(share(usd(3_840_000), media).unwrap(), "13.913");
        assert_eq!(
            of_units("5,120,000", &product(), media),
            Ok("38400".to_owned())
        );
        assert_eq!(units(usd(3_840_000), &product()).unwrap(), "5,120,000");
    }

    #[test]
    fn what_is_no_share_or_no_number_says_what_was_typed() {
        let media = usd(27_600_000);
        assert!(of_share("101", media).unwrap_err().contains("`101`"));
        assert!(of_share("12,5", media).unwrap_err().contains("`12,5`"));
        assert!(
            of_units("1.5", &product(), media)
                .unwrap_err()
                .contains("`1.5`")
        );
        let without = ProductForm {
            bid: String::new(),
            ..product()
        };
        assert!(of_units("100", &without, media).is_err());
        assert_eq!(units(media, &without), None);
    }
}
