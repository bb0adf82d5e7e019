//! What is typed beside a product: its money, its bid and how it is bought.

use chrono::DateTime;
use flighting_core::error::Violation;
use flighting_core::ids::ProductKey;
use flighting_core::money::Currency;
use flighting_core::selection::SelectedProduct;
use flighting_core::wire::discovery::{
    PricingOptionOut, ProductOut, SelectionProduct, read_selection,
};
use flighting_core::wire::{Figure, Json};
use serde::{Deserialize, Serialize};

use super::{figure, object, word};

/// A product as typed, with what core says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    form: ProductForm,
    /// As core knows it; none while it does not read.
    pub known: Option<SelectedProduct>,
    /// As it is laid out: while it does not read, the last that did; none where nothing did.
    pub laid: Option<SelectedProduct>,
    /// Everything wrong with it, paths under its place among the products.
    pub violations: Vec<Violation>,
}

/// What core says of products; what was said of one that has not changed is said again.
#[must_use]
pub fn judge(products: &[ProductForm], before: &[Judged], currency: Currency) -> Vec<Judged> {
    products
        .iter()
        .enumerate()
        .map(|(index, form)| {
            if let Some(judged) = before.get(index).filter(|judged| judged.form == *form) {
                return judged.clone();
            }
            let known = form.known(currency);
            let last = || before.iter().find(|judged| judged.form.is_same(form));
            Judged {
                form: form.clone(),
                laid: known.clone().or_else(|| last()?.laid.clone()),
                known,
                violations: form
                    .violations(currency)
                    .into_iter()
                    .map(|mut violation| {
                        let place = format!("products[{index}]");
                        violation.path = violation.path.replacen("products[0]", &place, 1);
                        violation
                    })
                    .collect(),
            }
        })
        .collect()
}

/// One product as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Its name, as its seller says.
    #[serde(default)]
    pub name: String,
    /// The name of who sells it.
    #[serde(default)]
    pub agent_name: String,
    /// The pricing model of the option.
    #[serde(default)]
    pub model: String,
    /// The price of the option, where it is fixed.
    #[serde(default)]
    pub price: String,
    /// The least money per package that the option asks for.
    #[serde(default)]
    pub least: String,
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
            bid: product.bid_price.map(plain).unwrap_or_default(),
            name: product.name.clone(),
            agent_name: product.sales_agent_name.clone(),
            model: product.pricing_model.clone(),
            price: product.fixed_price.map(plain).unwrap_or_default(),
            least: product.min_spend_per_package.map(plain).unwrap_or_default(),
        }
    }

    /// The product as core knows it, where what is typed reads. What has nothing to do with money
    /// is left out.
    #[must_use]
    pub fn known(&self, currency: Currency) -> Option<SelectedProduct> {
        let json = object([("products", Some(Json::List(vec![self.choice()])))]);
        let choice = read_selection(&json, currency)
            .ok()?
            .choices
            .into_iter()
            .next()?;
        Some(SelectedProduct {
            key: ProductKey {
                agent_id: choice.agent_id?,
                product_id: choice.product_id,
            },
            agent_name: self.agent_name.clone(),
            name: self.name.clone(),
            pricing_option_id: self.pricing_option_id.clone(),
            pricing_model: self.model.clone(),
            fixed_price: self.price.parse().ok(),
            min_spend_per_package: self.least.parse().ok(),
            formats: Vec::new(),
            budget: choice.budget,
            bid: choice.bid,
            selected_at: DateTime::UNIX_EPOCH,
        })
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
            name: product.name.clone(),
            agent_name: product.sales_agent_name.clone(),
            ..Self::default()
        };
        form.take_option(option);
        Some(form)
    }

    /// Takes a pricing option; the bid follows it: the floor of an auction, none at a fixed price.
    pub fn take_option(&mut self, option: &PricingOptionOut) {
        self.pricing_option_id.clone_from(&option.pricing_option_id);
        self.bid = match option.floor_price {
            Some(floor) if !option.is_fixed => plain(floor),
            _ => String::new(),
        };
        self.model.clone_from(&option.pricing_model);
        self.price = option.fixed_price.map(plain).unwrap_or_default();
        self.least = option.min_spend_per_package.map(plain).unwrap_or_default();
    }

    /// Everything wrong with it that can be said without the session, paths under `products[0]`.
    #[must_use]
    pub fn violations(&self, currency: Currency) -> Vec<Violation> {
        read_selection(&self.body(), currency)
            .err()
            .unwrap_or_default()
    }

    /// Whether it is the same product, whatever is typed beside it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        (&self.sales_agent_id, &self.product_id) == (&other.sales_agent_id, &other.product_id)
    }

    /// Whether both ask for the same money, bid and price, however these are written.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let exact = |text: &str| {
            figure(text)
                .as_ref()
                .and_then(Json::as_text)
                .and_then(|text| text.parse::<rust_decimal::Decimal>().ok())
        };
        self.pricing_option_id == other.pricing_option_id
            && exact(&self.budget) == exact(&other.budget)
            && exact(&self.bid) == exact(&other.bid)
    }

    /// The body that selects exactly this product, or changes how it is selected.
    #[must_use]
    pub fn body(&self) -> Json {
        object([("products", Some(Json::List(vec![self.choice()])))])
    }

    /// The product in a body that selects.
    #[must_use]
    pub fn choice(&self) -> Json {
        object([
            ("productId", Some(word(&self.product_id))),
            ("salesAgentId", Some(word(&self.sales_agent_id))),
            (
                "pricingOptionId",
                (!self.pricing_option_id.is_empty()).then(|| word(&self.pricing_option_id)),
            ),
            ("budget", figure(&self.budget)),
            ("bidPrice", figure(&self.bid)),
        ])
    }

    /// The body that takes it out of the selection.
    #[must_use]
    pub fn removal(&self) -> Json {
        object([("products", Some(Json::List(vec![self.key()])))])
    }

    /// The product in a body that takes out.
    #[must_use]
    pub fn key(&self) -> Json {
        object([
            ("salesAgentId", Some(word(&self.sales_agent_id))),
            ("productId", Some(word(&self.product_id))),
        ])
    }
}

fn plain(figure: Figure) -> String {
    figure.to_decimal().normalize().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_read_is_laid_out_as_it_last_did() {
        let usd = Currency::parse("USD").unwrap();
        let product = |id: &str, budget: &str| ProductForm {
            product_id: id.into(),
            sales_agent_id: "agt_1".into(),
            budget: budget.into(),
            ..ProductForm::default()
        };
        let first = judge(&[product("a", "100"), product("b", "200")], &[], usd);
        // Another one went before it: its place changed, and it is the same product.
        let second = judge(&[product("b", "2x")], &first, usd);
        assert_eq!(
            (&second[0].known, &second[0].laid),
            (&None, &first[1].known)
        );
        let third = judge(&[product("b", "2xy"), product("c", "3x")], &second, usd);
        assert_eq!((&third[0].laid, &third[1].laid), (&first[1].known, &None));
    }

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
