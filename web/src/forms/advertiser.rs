//! A new advertiser, as it is typed, and one that is, as core knows it.

use flighting_core::advertiser::{Advertiser, Brand};
use flighting_core::budget::Percent;
use flighting_core::error::Violation;
use flighting_core::ids::AdvertiserId;
use flighting_core::money::Currency;
use flighting_core::wire::Json;
use flighting_core::wire::advertiser::{AdvertiserOut, read_advertiser};

use super::{figure, object, text};

/// An advertiser as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdvertiserForm {
    /// Its name.
    pub name: String,
    /// The domain of its brand.
    pub brand: String,
    /// The currency of all its campaigns.
    pub currency: String,
    /// The fee of campaigns that name none, percent of their total.
    pub margin: String,
    /// Whether its buys spend nothing.
    pub sandbox: bool,
}

impl AdvertiserForm {
    /// The body of a create.
    #[must_use]
    pub fn body(&self) -> Json {
        object([
            ("name", text(&self.name)),
            ("brand", text(&self.brand)),
            ("primaryCurrency", text(&self.currency.to_ascii_uppercase())),
            ("marginPercent", figure(&self.margin)),
            ("sandbox", self.sandbox.then_some(Json::Bool(true))),
        ])
    }

    /// Everything wrong with it, in core's order.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        read_advertiser(&self.body()).err().unwrap_or_default()
    }
}

/// An advertiser as core knows it, without the caps, which play no part in planning. `None` only
/// for an answer that is not ours.
#[must_use]
pub fn known(out: &AdvertiserOut) -> Option<Advertiser> {
    Some(Advertiser {
        id: AdvertiserId::parse(&out.id)?,
        name: out.name.clone(),
        description: out.description.clone(),
        brand: Brand::parse(&out.brand)?,
        currency: Currency::parse(&out.primary_currency)?,
        apply_mode: out.optimization_apply_mode,
        margin_percent: Percent::new(out.margin_percent.to_decimal())?,
        sandbox: out.sandbox,
        caps: Vec::new(),
        status: out.status,
        created_at: out.created_at,
        updated_at: out.updated_at,
        revision: out.revision,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_says_what_is_missing_and_what_is_wrong() {
        let paths = |form: &AdvertiserForm| -> Vec<String> {
            form.violations()
                .into_iter()
                .map(|violation| violation.path)
                .collect()
        };
        assert_eq!(
            paths(&AdvertiserForm::default()),
            ["name", "brand", "primaryCurrency"]
        );
        let mut form = AdvertiserForm {
            name: "Aurora".into(),
            brand: "aurora.example".into(),
            currency: "usd".into(),
            margin: "8".into(),
            sandbox: true,
        };
        assert_eq!(form.violations(), []);
        form.margin = "101".into();
        form.brand = "https://aurora.example".into();
        assert_eq!(paths(&form), ["brand", "marginPercent"]);
    }
}
