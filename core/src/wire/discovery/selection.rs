//! Selecting products of a session, and taking them out again.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::BudgetContext;
use crate::error::{Refusal, Violation};
use crate::ids::{AgentId, ProductId, ProductKey};
use crate::money::{Currency, Money};
use crate::selection::{Choice, DiscoverySession, SelectedProduct};
use crate::wire::campaign::expected_revision;
use crate::wire::json::Json;
use crate::wire::read::{Fields, Item, Least, Range, Reader};
use crate::wire::{Amount, Figure};

/// The most products in one request.
const MAX_PRODUCTS: usize = 100;

/// Products to select. One that is selected already takes the new option, budget and bid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SelectionIn {
    /// 1 to 100 products.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100))]
    pub products: Vec<ProductChoiceIn>,
    /// The session's revision that was seen; another one is a conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_revision: Option<u64>,
}

/// One product to select.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductChoiceIn {
    /// The seller's id of it.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub product_id: String,
    /// Who sells it; may be left out where only one agent of the session offers the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sales_agent_id: Option<String>,
    /// How to buy it; may be left out where there is one way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub pricing_option_id: Option<String>,
    /// Its money, above 0; left out: an even share of what is left at execute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// The bid, above 0; required where the price is not fixed, not allowed where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid_price: Option<Figure>,
    /// Taken and not needed: the group follows from the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<String>,
    /// Taken and not needed: the group follows from the product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
}

/// Products to take out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeselectIn {
    /// 1 to 100 products.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 100))]
    pub products: Vec<ProductKeyIn>,
    /// The session's revision that was seen; another one is a conflict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_revision: Option<u64>,
}

/// A product by its ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductKeyIn {
    /// Who sells it.
    pub sales_agent_id: String,
    /// The seller's id of it.
    pub product_id: String,
}

/// What a selection request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The products.
    pub choices: Vec<Choice>,
    /// The revision the caller saw.
    pub expected_revision: Option<u64>,
}

/// What a removal asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deselection {
    /// The products.
    pub keys: Vec<ProductKey>,
    /// The revision the caller saw.
    pub expected_revision: Option<u64>,
}

/// Reads the products to select; money in the advertiser's currency.
///
/// # Errors
/// Every violation.
pub fn read_selection(json: &Json, currency: Currency) -> Result<Selection, Vec<Violation>> {
    let mut reader = Reader::new();
    let selection = reader.body(json).and_then(|mut fields| {
        let choices = fields
            .get(&mut reader, "products")
            .required(&mut reader)
            .and_then(|item| {
                item.each(&mut reader, 1, MAX_PRODUCTS, |item, reader| {
                    choice(item, reader, currency)
                })
            });
        let expected_revision = expected_revision(&mut fields, &mut reader);
        fields.finish(&mut reader);
        Some(Selection {
            choices: choices?,
            expected_revision,
        })
    });
    reader.finish(selection)
}

/// Reads the products to take out.
///
/// # Errors
/// Every violation.
pub fn read_deselection(json: &Json) -> Result<Deselection, Vec<Violation>> {
    let mut reader = Reader::new();
    let deselection = reader.body(json).and_then(|mut fields| {
        let keys = fields
            .get(&mut reader, "products")
            .required(&mut reader)
            .and_then(|item| {
                item.distinct(&mut reader, 1, MAX_PRODUCTS, |item, reader| {
                    let mut fields = item.object(reader)?;
                    let agent_id = fields
                        .get(reader, "salesAgentId")
                        .required(reader)
                        .and_then(|item| item.id(reader, AgentId::PREFIX, AgentId::parse));
                    let product_id = product_id(&mut fields, reader);
                    fields.finish(reader);
                    Some(ProductKey {
                        agent_id: agent_id?,
                        product_id: product_id?,
                    })
                })
            });
        let expected_revision = expected_revision(&mut fields, &mut reader);
        fields.finish(&mut reader);
        Some(Deselection {
            keys: keys?,
            expected_revision,
        })
    });
    reader.finish(deselection)
}

fn product_id(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<ProductId> {
    fields
        .get(reader, "productId")
        .required(reader)
        .and_then(|item| item.line(reader, 1, 255))
        .map(ProductId)
}

fn choice(item: Item<'_>, reader: &mut Reader, currency: Currency) -> Option<Choice> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let product_id = product_id(&mut fields, reader);
    let agent_id = fields
        .get(reader, "salesAgentId")
        .optional(reader)
        .and_then(|item| item.id(reader, AgentId::PREFIX, AgentId::parse));
    let pricing_option_id = fields
        .get(reader, "pricingOptionId")
        .optional(reader)
        .and_then(|item| item.line(reader, 1, 255));
    let budget = fields
        .get(reader, "budget")
        .optional(reader)
        .and_then(|item| item.money(reader, currency, Least::AboveZero));
    let range = Range {
        above: Some(Decimal::ZERO),
        min: None,
        max: Decimal::from(1_000_000),
        decimals: 6,
    };
    let bid = fields
        .get(reader, "bidPrice")
        .nullable()
        .flatten()
        .and_then(|item| item.rate(reader, "a price", range));
    for name in ["groupId", "groupName"] {
        fields
            .get(reader, name)
            .optional(reader)
            .and_then(|item| item.line(reader, 0, 255));
    }
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    Some(Choice {
        product_id: product_id?,
        agent_id,
        pricing_option_id,
        budget,
        bid,
    })
}

/// What is selected in a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SelectionOut {
    /// The session.
    pub discovery_id: String,
    /// The products, in the order of choosing.
    pub products: Vec<SelectionProduct>,
    /// How many there are.
    pub total_products: u64,
    /// The money.
    pub budget_context: BudgetContext,
    /// Whether the session is bound to a campaign.
    pub campaign_bound: bool,
    /// To which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<String>,
    /// Moves with every change of the session.
    pub revision: u64,
}

/// A selected product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SelectionProduct {
    /// The seller's id of it.
    pub product_id: String,
    /// Who sells.
    pub sales_agent_id: String,
    /// Its name.
    pub sales_agent_name: String,
    /// The product's name.
    pub name: String,
    /// The group: the agent's id.
    pub group_id: String,
    /// Its name: the agent's.
    pub group_name: String,
    /// How it will be bought.
    pub pricing_option_id: String,
    /// The pricing model of that.
    pub pricing_model: String,
    /// The price, where it is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_price: Option<Figure>,
    /// The least money per package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_spend_per_package: Option<Figure>,
    /// The bid, where the price is not fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid_price: Option<Figure>,
    /// Its money; absent: an even share of what is left at execute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// Formats it takes.
    pub formats: Vec<crate::creative::FormatId>,
    /// When it was selected.
    pub selected_at: DateTime<Utc>,
}

impl From<&SelectedProduct> for SelectionProduct {
    fn from(product: &SelectedProduct) -> Self {
        let SelectedProduct {
            key,
            agent_name,
            name,
            pricing_option_id,
            pricing_model,
            fixed_price,
            min_spend_per_package,
            formats,
            budget,
            bid,
            selected_at,
        } = product;
        Self {
            product_id: key.product_id.to_string(),
            sales_agent_id: key.agent_id.to_string(),
            sales_agent_name: agent_name.clone(),
            name: name.clone(),
            group_id: key.agent_id.to_string(),
            group_name: agent_name.clone(),
            pricing_option_id: pricing_option_id.clone(),
            pricing_model: pricing_model.clone(),
            fixed_price: fixed_price.map(Into::into),
            min_spend_per_package: min_spend_per_package.map(Into::into),
            bid_price: bid.map(Into::into),
            budget: budget.map(Into::into),
            formats: formats.clone(),
            selected_at: *selected_at,
        }
    }
}

impl SelectionOut {
    /// The selection of a session; `at_hand` as in [`BudgetContext::of`].
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn of(
        session: &DiscoverySession,
        at_hand: Option<Money>,
        currency: Currency,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            discovery_id: session.id.to_string(),
            products: session.selection.iter().map(Into::into).collect(),
            total_products: u64::try_from(session.selection.len()).unwrap_or(u64::MAX),
            budget_context: BudgetContext::of(
                &session.selection,
                at_hand.or(session.query.budget),
                currency,
            )?,
            campaign_bound: session.campaign_id.is_some(),
            campaign_id: session.campaign_id.as_ref().map(ToString::to_string),
            revision: session.revision,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DiscoverIn, read_discover};
    use super::*;
    use crate::wire::read::testing::{members_of, take_asked, top};

    fn json(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn readers_and_documented_structs_know_the_same_members() {
        take_asked();
        let eur = Currency::parse("EUR").unwrap();
        read_selection(&json(r#"{"products":[{"productId":"p"}]}"#), eur).unwrap();
        let asked = take_asked();
        let entry = asked
            .iter()
            .filter_map(|path| path.strip_prefix("products[0]."))
            .map(str::to_owned);
        assert_eq!(
            entry.collect::<std::collections::BTreeSet<_>>(),
            members_of::<ProductChoiceIn>()
        );
        assert_eq!(top(asked), members_of::<SelectionIn>());
        read_deselection(&json(
            r#"{"products":[{"productId":"p","salesAgentId":"agt_1"}]}"#,
        ))
        .unwrap();
        assert_eq!(top(take_asked()), members_of::<DeselectIn>());
        read_discover(&json(r#"{"advertiserId":"adv_1"}"#), None).unwrap_err();
        assert_eq!(top(take_asked()), members_of::<DiscoverIn>());
    }
}
