//! What a search found, in groups: one per sales agent.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::GroupPaging;
use crate::creative::FormatId;
use crate::error::Refusal;
use crate::ids::AgentId;
use crate::money::{Currency, Money};
use crate::selection::{
    AskedAgent, DiscoverySession, IncompleteAgent, Offer, PricingOption, SelectedProduct,
};
use crate::wire::{Amount, Figure};

/// What a session holds, a page of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiscoverOut {
    /// The session.
    pub discovery_id: String,
    /// Whose it is.
    pub advertiser_id: String,
    /// The campaign it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<String>,
    /// One group per agent that offers something, a page of them.
    pub groups: Vec<ProductGroup>,
    /// How many groups there are.
    pub total_groups: u64,
    /// Whether more groups come.
    pub has_more_groups: bool,
    /// All groups together.
    pub summary: Summary,
    /// The money.
    pub budget_context: BudgetContext,
    /// Agents that could not answer.
    pub incomplete_agents: Vec<IncompleteAgentOut>,
    /// Every agent that was asked in this session and what became of it, all of them on every page.
    #[serde(default)]
    pub agents: Vec<AgentAnswerOut>,
    /// Moves with every change of the session.
    pub revision: u64,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// What one agent offers, a page of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductGroup {
    /// The group: the agent's id.
    pub group_id: String,
    /// Its name: the agent's.
    pub group_name: String,
    /// Who sells.
    pub sales_agent_id: String,
    /// Products.
    pub products: Vec<ProductOut>,
    /// How many there are.
    pub total_products: u64,
    /// Whether more products come.
    pub has_more_products: bool,
}

/// A product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Product))]
pub struct ProductOut {
    /// The seller's id of it.
    pub product_id: String,
    /// Its name: untrusted text, as all that follows.
    pub name: String,
    /// What the seller says of it.
    pub description: String,
    /// Who sells.
    pub sales_agent_id: String,
    /// Its name.
    pub sales_agent_name: String,
    /// Channels, as the seller names them.
    pub channels: Vec<String>,
    /// `guaranteed` or `non_guaranteed`, as the seller says.
    pub delivery_type: Option<String>,
    /// Why it fits the brief, in the seller's words.
    pub brief_relevance: Option<String>,
    /// Formats it takes.
    pub formats: Vec<FormatId>,
    /// How it can be bought.
    pub pricing_options: Vec<PricingOptionOut>,
    /// Publishers it runs on.
    pub publishers: Vec<String>,
    /// Whether it is selected.
    pub selected: bool,
}

/// How a product can be bought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PricingOption))]
pub struct PricingOptionOut {
    /// The seller's id of it.
    pub pricing_option_id: String,
    /// cpm, vcpm, cpc, cpcv, cpv, cpp, cpa, flat_rate or time; a seller's newer word is kept.
    pub pricing_model: String,
    /// The currency; only options in the campaign's can be selected.
    pub currency: String,
    /// Whether the price is fixed; else a bid is needed.
    pub is_fixed: bool,
    /// The fixed price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_price: Option<Figure>,
    /// The least bid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor_price: Option<Figure>,
    /// The least money per package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_spend_per_package: Option<Figure>,
}

/// All products of a session together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Summary {
    /// How many products.
    pub total_products: u64,
    /// How many different publishers they run on.
    pub publishers_count: u64,
    /// Their prices per 1,000 impressions in the advertiser's currency; `null` where none has one.
    pub price_range: Option<PriceRange>,
}

/// Prices: fixed ones, and the floors of auctions.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceRange {
    /// The least.
    pub min: Figure,
    /// The greatest.
    pub max: Figure,
    /// Their mean, to 2 decimals.
    pub avg: Figure,
}

/// The money of a session: what is at hand and what the selection takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BudgetContext {
    /// Money at hand: the campaign's media budget, else what the search named.
    pub session_budget: Option<Amount>,
    /// The explicit budgets of selected products.
    pub allocated_budget: Amount,
    /// What is left; below 0 when more is selected than is there.
    pub remaining_budget: Option<Amount>,
    /// The currency.
    pub currency: String,
    /// Said when more is selected than is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget_warning: Option<String>,
}

/// An agent that could not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = IncompleteAgent))]
pub struct IncompleteAgentOut {
    /// Who.
    pub sales_agent_id: String,
    /// Its name.
    pub sales_agent_name: String,
    /// Stable code of what happened.
    pub code: String,
    /// What happened.
    pub message: String,
}

/// What became of asking one agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AgentAnswer))]
pub struct AgentAnswerOut {
    /// Who.
    pub sales_agent_id: String,
    /// Its name.
    pub sales_agent_name: String,
    /// When it was asked last.
    pub asked_at: DateTime<Utc>,
    /// Whether it answered then; where it did not, it keeps what it offered before.
    pub answered: bool,
    /// How many of its products the session holds.
    pub total_products: u64,
    /// Stable code of why it could not answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it could not answer: the seller's sentence, or ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl AgentAnswerOut {
    fn of(asked: &AskedAgent, offers: &[Offer], incomplete: &[IncompleteAgent]) -> Self {
        let AskedAgent {
            agent_id,
            agent_name,
            at,
        } = asked;
        let why = incomplete.iter().find(|one| one.agent_id == *agent_id);
        let products = offers.iter().filter(|one| one.key.agent_id == *agent_id);
        Self {
            sales_agent_id: agent_id.to_string(),
            sales_agent_name: agent_name.clone(),
            asked_at: *at,
            answered: why.is_none(),
            total_products: count(products.count()),
            code: why.map(|why| why.code.clone()),
            message: why.map(|why| why.message.clone()),
        }
    }
}

impl From<&IncompleteAgent> for IncompleteAgentOut {
    fn from(agent: &IncompleteAgent) -> Self {
        let IncompleteAgent {
            agent_id,
            agent_name,
            code,
            message,
        } = agent;
        Self {
            sales_agent_id: agent_id.to_string(),
            sales_agent_name: agent_name.clone(),
            code: code.clone(),
            message: message.clone(),
        }
    }
}

impl From<&PricingOption> for PricingOptionOut {
    fn from(option: &PricingOption) -> Self {
        let PricingOption {
            id,
            model,
            currency,
            fixed_price,
            floor_price,
            min_spend_per_package,
        } = option;
        Self {
            pricing_option_id: id.clone(),
            pricing_model: model.clone(),
            currency: currency.clone(),
            is_fixed: option.is_fixed(),
            fixed_price: fixed_price.map(Into::into),
            floor_price: floor_price.map(Into::into),
            min_spend_per_package: min_spend_per_package.map(Into::into),
        }
    }
}

impl ProductOut {
    fn of(offer: &Offer, selection: &[SelectedProduct]) -> Self {
        let Offer {
            key,
            agent_name,
            name,
            description,
            channels,
            delivery_type,
            formats,
            pricing_options,
            publishers,
            brief_relevance,
            report_webhooks: _,
        } = offer;
        Self {
            product_id: key.product_id.to_string(),
            name: name.clone(),
            description: description.clone(),
            sales_agent_id: key.agent_id.to_string(),
            sales_agent_name: agent_name.clone(),
            channels: channels.clone(),
            delivery_type: delivery_type.clone(),
            brief_relevance: brief_relevance.clone(),
            formats: formats.clone(),
            pricing_options: pricing_options.iter().map(Into::into).collect(),
            publishers: publishers.clone(),
            selected: selection.iter().any(|product| product.key == *key),
        }
    }
}

impl BudgetContext {
    /// The money of a selection; `at_hand` is the campaign's media budget, else what the search
    /// named.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn of(
        selection: &[SelectedProduct],
        at_hand: Option<Money>,
        currency: Currency,
    ) -> Result<Self, Refusal> {
        let allocated = Money::sum(
            currency,
            selection.iter().filter_map(|product| product.budget),
        )?;
        let remaining = at_hand
            .map(|at_hand| at_hand.minus(allocated))
            .transpose()?;
        Ok(Self {
            session_budget: at_hand.map(Into::into),
            allocated_budget: allocated.into(),
            remaining_budget: remaining.map(Into::into),
            currency: currency.code().to_owned(),
            budget_warning: remaining
                .filter(|remaining| remaining.is_negative())
                .zip(at_hand)
                .map(|(_, at_hand)| format!("{allocated} is selected, and {at_hand} is there")),
        })
    }
}

impl DiscoverOut {
    /// A page of a session in the advertiser's currency; `at_hand` as in [`BudgetContext::of`].
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn of(
        session: &DiscoverySession,
        paging: GroupPaging,
        at_hand: Option<Money>,
        currency: Currency,
    ) -> Result<Self, Refusal> {
        let DiscoverySession {
            id,
            advertiser_id,
            campaign_id,
            query,
            offers,
            incomplete,
            asked,
            selection,
            revision,
            created_at: _,
            updated_at,
        } = session;
        let mut agents: Vec<&AgentId> = Vec::new();
        for offer in offers {
            if !agents.contains(&&offer.key.agent_id) {
                agents.push(&offer.key.agent_id);
            }
        }
        let groups: Vec<ProductGroup> = agents
            .iter()
            .skip(paging.group_offset)
            .take(paging.group_limit)
            .filter_map(|agent| group(agent, offers, selection, paging))
            .collect();
        let shown = paging.group_offset.saturating_add(groups.len());
        Ok(Self {
            discovery_id: id.to_string(),
            advertiser_id: advertiser_id.to_string(),
            campaign_id: campaign_id.as_ref().map(ToString::to_string),
            has_more_groups: shown < agents.len(),
            groups,
            total_groups: count(agents.len()),
            summary: summary(offers, currency),
            budget_context: BudgetContext::of(selection, at_hand.or(query.budget), currency)?,
            incomplete_agents: incomplete.iter().map(Into::into).collect(),
            agents: asked
                .iter()
                .map(|asked| AgentAnswerOut::of(asked, offers, incomplete))
                .collect(),
            revision: *revision,
            updated_at: *updated_at,
        })
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn group(
    agent: &AgentId,
    offers: &[Offer],
    selection: &[SelectedProduct],
    paging: GroupPaging,
) -> Option<ProductGroup> {
    let of_agent: Vec<&Offer> = offers
        .iter()
        .filter(|offer| offer.key.agent_id == *agent)
        .collect();
    let first = of_agent.first()?;
    let products: Vec<ProductOut> = of_agent
        .iter()
        .skip(paging.product_offset)
        .take(paging.products_per_group)
        .map(|offer| ProductOut::of(offer, selection))
        .collect();
    Some(ProductGroup {
        group_id: agent.to_string(),
        group_name: first.agent_name.clone(),
        sales_agent_id: agent.to_string(),
        has_more_products: paging.product_offset.saturating_add(products.len()) < of_agent.len(),
        products,
        total_products: count(of_agent.len()),
    })
}

fn summary(offers: &[Offer], currency: Currency) -> Summary {
    let publishers: std::collections::BTreeSet<&str> = offers
        .iter()
        .flat_map(|offer| &offer.publishers)
        .map(String::as_str)
        .collect();
    let prices: Vec<Decimal> = offers
        .iter()
        .flat_map(|offer| &offer.pricing_options)
        .filter(|option| option.model == "cpm" && option.currency == currency.code())
        .filter_map(|option| option.fixed_price.or(option.floor_price))
        .collect();
    Summary {
        total_products: count(offers.len()),
        publishers_count: count(publishers.len()),
        price_range: price_range(&prices),
    }
}

fn price_range(prices: &[Decimal]) -> Option<PriceRange> {
    let sum = prices
        .iter()
        .try_fold(Decimal::ZERO, |sum, price| sum.checked_add(*price))?;
    let avg = sum.checked_div(Decimal::from(prices.len()))?.round_dp(2);
    Some(PriceRange {
        min: (*prices.iter().min()?).into(),
        max: (*prices.iter().max()?).into(),
        avg: avg.into(),
    })
}
