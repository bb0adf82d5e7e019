//! What is typed beside a product: its money, its bid and how it is bought.

use flighting_core::error::Violation;
use flighting_core::money::Currency;
use flighting_core::wire::Json;
use flighting_core::wire::discovery::{
    PricingOptionOut, ProductOut, SelectionProduct, read_selection,
};

use super::{figure, object, word};

/// One product as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductForm {
    /// The seller's id of it.
    pub product_id: String,
    /// Who sells it.
    pub sales_agent_id: String,
    /// How it is bought.
    pub pricing_option_id: String,
    /// Its money; empty takes an even share of what is left at execute.
    pub budget: String,
    /// The bid, for auction prices.
    pub bid: String,
}

impl ProductForm {
    /// A product that is selected.
    #[must_use]
    pub fn of(product: &SelectionProduct) -> Self {
        Self {
            product_id: product.product_id.clone(),
            sales_agent_id: product.sales_agent_id.clone(),
            pricing_option_id: product.pricing_option_id.clone(),
            budget: product.budget.map(crate::format::typed).unwrap_or_default(),
            bid: product
                .bid_price
                .map(|bid| bid.to_decimal().normalize().to_string())
                .unwrap_or_default(),
        }
    }

    /// A product that shall be selected: the first option in the campaign's currency, at its floor
    /// where it is an auction. `None` where it is not sold in that currency.
    #[must_use]
    pub fn choose(product: &ProductOut, currency: Currency) -> Option<Self> {
        let option = product
            .pricing_options
            .iter()
            .find(|option| option.currency == currency.code())?;
        let mut form = Self {
            product_id: product.product_id.clone(),
            sales_agent_id: product.sales_agent_id.clone(),
            ..Self::default()
        };
        form.take_option(option);
        Some(form)
    }

    /// Takes a pricing option; the bid follows it: the floor of an auction, none at a fixed price.
    pub fn take_option(&mut self, option: &PricingOptionOut) {
        self.pricing_option_id.clone_from(&option.pricing_option_id);
        self.bid = match option.floor_price {
            Some(floor) if !option.is_fixed => floor.to_decimal().normalize().to_string(),
            _ => String::new(),
        };
    }

    /// Everything wrong with it that can be said without the session, paths under `products[0]`.
    #[must_use]
    pub fn violations(&self, currency: Currency) -> Vec<Violation> {
        read_selection(&self.body(), currency)
            .err()
            .unwrap_or_default()
    }

    /// The body that selects exactly this product, or changes how it is selected.
    #[must_use]
    pub fn body(&self) -> Json {
        let product = object([
            ("productId", Some(word(&self.product_id))),
            ("salesAgentId", Some(word(&self.sales_agent_id))),
            (
                "pricingOptionId",
                (!self.pricing_option_id.is_empty()).then(|| word(&self.pricing_option_id)),
            ),
            ("budget", figure(&self.budget)),
            ("bidPrice", figure(&self.bid)),
        ]);
        object([("products", Some(Json::List(vec![product])))])
    }

    /// The body that takes it out of the selection.
    #[must_use]
    pub fn removal(&self) -> Json {
        let product = object([
            ("salesAgentId", Some(word(&self.sales_agent_id))),
            ("productId", Some(word(&self.product_id))),
        ]);
        object([("products", Some(Json::List(vec![product])))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_refuses_what_is_no_money_and_what_is_no_price() {
        let usd = Currency::parse("USD").unwrap();
        let mut form = ProductForm {
            product_id: "p1".into(),
            sales_agent_id: "agt_1".into(),
            ..ProductForm::default()
        };
        assert_eq!(form.violations(usd), []);
        form.budget = "12.345".into();
        form.bid = "-1".into();
        let paths: Vec<_> = form
            .violations(usd)
            .into_iter()
            .map(|violation| violation.path)
            .collect();
        assert_eq!(paths, ["products[0].budget", "products[0].bidPrice"]);
    }

    #[test]
    fn empty_fields_are_left_out() {
        let mut form = ProductForm {
            product_id: "p1".into(),
            sales_agent_id: "agt_1".into(),
            ..ProductForm::default()
        };
        let written = |form: &ProductForm| serde_json::to_string(&form.body()).unwrap();
        assert_eq!(
            written(&form),
            r#"{"products":[{"productId":"p1","salesAgentId":"agt_1"}]}"#
        );
        form.budget = "38,400.00".into();
        form.bid = "9".into();
        form.pricing_option_id = "cpm".into();
        assert_eq!(
            written(&form),
            r#"{"products":[{"productId":"p1","salesAgentId":"agt_1","pricingOptionId":"cpm","budget":"38400.00","bidPrice":"9"}]}"#
        );
        assert_eq!(
            serde_json::to_string(&form.removal()).unwrap(),
            r#"{"products":[{"salesAgentId":"agt_1","productId":"p1"}]}"#
        );
    }
}
