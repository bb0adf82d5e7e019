//! Sellers' products as offers of a discovery session.

use flighting_core::creative::FormatId;
use flighting_core::ids::{AgentId, ProductId, ProductKey};
use flighting_core::selection::{Offer, PricingOption, ReportFrequency};

use super::types::{
    WireFormatId, WireFormatOption, WirePricing, WireProduct, WireProperty, WireReporting,
};

/// The longest id of a product we take, in characters.
const MAX_ID: usize = 255;

/// One product as an offer; none when it has no id that fits.
#[must_use]
pub fn offer(
    product: WireProduct,
    agent_id: &AgentId,
    agent_name: &str,
    agent_url: &str,
) -> Option<Offer> {
    let WireProduct {
        product_id,
        name,
        description,
        delivery_type,
        channels,
        format_ids,
        format_options,
        pricing_options,
        publisher_properties,
        brief_relevance,
        reporting_capabilities,
    } = product;
    let product_id = product_id.filter(|id| id.chars().count() <= MAX_ID)?;
    let mut publishers: Vec<String> = Vec::new();
    for WireProperty { publisher_domain } in publisher_properties {
        if let Some(domain) = publisher_domain
            && !publishers.contains(&domain)
        {
            publishers.push(domain);
        }
    }
    Some(Offer {
        name: name.unwrap_or_else(|| product_id.clone()),
        key: ProductKey {
            agent_id: agent_id.clone(),
            product_id: ProductId(product_id),
        },
        agent_name: agent_name.to_owned(),
        description: description.unwrap_or_default(),
        channels,
        delivery_type,
        formats: formats(format_ids, format_options, agent_url),
        pricing_options: pricing_options.into_iter().filter_map(pricing).collect(),
        publishers,
        brief_relevance,
        report_webhooks: report_webhooks(&reporting_capabilities),
    })
}

fn report_webhooks(reporting: &WireReporting) -> Vec<ReportFrequency> {
    if !reporting.supports_webhooks {
        return Vec::new();
    }
    let offered = |word: &&str| {
        let words = &reporting.available_reporting_frequencies;
        words.iter().any(|offered| offered == word)
    };
    ReportFrequency::WORDS
        .iter()
        .filter(|word| offered(word))
        .filter_map(|word| ReportFrequency::parse(word))
        .collect()
}

/// Formats of 3.0 and 3.1, else the options of 3.2, which belong to the agent that offers them.
fn formats(
    ids: Vec<WireFormatId>,
    options: Vec<WireFormatOption>,
    agent_url: &str,
) -> Vec<FormatId> {
    let named: Vec<FormatId> = ids
        .into_iter()
        .filter_map(|WireFormatId { agent_url: by, id }| {
            Some(FormatId {
                agent_url: by.unwrap_or_else(|| agent_url.to_owned()),
                id: id?,
            })
        })
        .collect();
    if !named.is_empty() {
        return named;
    }
    options
        .into_iter()
        .filter_map(
            |WireFormatOption {
                 format_option_id,
                 format_kind,
             }| {
                Some(FormatId {
                    agent_url: agent_url.to_owned(),
                    id: format_option_id.or(format_kind)?,
                })
            },
        )
        .collect()
}

fn pricing(option: WirePricing) -> Option<PricingOption> {
    let WirePricing {
        pricing_option_id,
        pricing_model,
        currency,
        fixed_price,
        floor_price,
        min_spend_per_package,
    } = option;
    Some(PricingOption {
        id: pricing_option_id?,
        model: pricing_model.unwrap_or_else(|| "unknown".to_owned()),
        currency: currency.unwrap_or_default(),
        fixed_price,
        floor_price: if fixed_price.is_some() {
            None
        } else {
            floor_price
        },
        min_spend_per_package,
    })
}
