//! What the server answered, as core's own values again: so that the page checks, resolves and
//! plans with the same functions as the server.

use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::Campaign;
use flighting_core::execution;
use flighting_core::flight::DayRange;
use flighting_core::ids::{AgentId, CampaignId, CapId, ProductId, ProductKey};
use flighting_core::money::{Currency, Money};
use flighting_core::pacing::Executed;
use flighting_core::selection::SelectedProduct;
use flighting_core::wire::Json;
use flighting_core::wire::campaign::{CampaignOut, read_create};
use flighting_core::wire::discovery::SelectionProduct;

use super::{json_of, object, word};
use crate::format;

/// The currency of a campaign; none only for an answer that is not ours.
#[must_use]
pub fn currency(out: &CampaignOut) -> Option<Currency> {
    Currency::parse(&out.currency)
}

/// The days of a campaign's flight.
#[must_use]
pub fn days(out: &CampaignOut) -> Option<DayRange> {
    flighting_core::flight::Flight::new(out.flight_dates.start_date, out.flight_dates.end_date)
        .map(flighting_core::flight::Flight::days)
}

/// The create body that would make the plan of a campaign anew. What the page does not show is in
/// it all the same, so that nothing of the plan is lost on the way.
#[must_use]
pub fn plan_body(out: &CampaignOut) -> Json {
    object([
        ("advertiserId", Some(word(&out.advertiser_id))),
        ("name", Some(word(&out.name))),
        ("campaignType", Some(json_of(&out.campaign_type))),
        ("flightDates", Some(json_of(&out.flight_dates))),
        ("budget", Some(json_of(&out.budget))),
        ("fees", Some(json_of(&out.fees))),
        ("brief", out.brief.as_deref().map(word)),
        ("constraints", Some(json_of(&out.constraints))),
        (
            "performanceConfig",
            out.performance_config.as_ref().map(json_of),
        ),
        (
            "optimizationApplyMode",
            (!out.optimization_apply_mode_inherited).then(|| json_of(&out.optimization_apply_mode)),
        ),
        ("pacingPeriods", out.pacing_periods.as_ref().map(json_of)),
    ])
}

/// The campaign as core knows a draft of it: the same plan under the same id, without buys. What
/// core says of it is what the server's core says of the draft. `None` where the answer holds a
/// plan that core does not take, which a server of the same version never sends.
#[must_use]
pub fn draft(out: &CampaignOut, advertiser: &Advertiser) -> Option<Campaign> {
    let draft = read_create(&plan_body(out), Some(advertiser)).ok()?;
    let id = CampaignId::parse(&out.campaign_id)?;
    // The body names no caps, so that this id is never given to one.
    let spare = CapId::parse("cap_0")?;
    Some(Campaign::create(
        id,
        draft,
        &mut || spare.clone(),
        out.created_at,
    ))
}

/// The periods that earlier executes fixed, with the money they keep (decision 21).
#[must_use]
pub fn executed(out: &CampaignOut) -> Vec<Executed> {
    let Some(currency) = currency(out) else {
        return Vec::new();
    };
    out.pacing_periods
        .iter()
        .flat_map(|pacing| &pacing.periods)
        .take_while(|period| period.executed)
        .filter_map(|period| {
            Some(Executed {
                days: DayRange::new(period.start, period.end)?,
                budget: format::read(period.budget, currency),
                net: format::read(period.media_budget, currency),
            })
        })
        .collect()
}

/// A selected product as core knows it. `None` only for an answer that is not ours.
#[must_use]
pub fn selected(product: &SelectionProduct, currency: Currency) -> Option<SelectedProduct> {
    let SelectionProduct {
        product_id,
        sales_agent_id,
        sales_agent_name,
        name,
        group_id: _,
        group_name: _,
        pricing_option_id,
        pricing_model,
        fixed_price,
        min_spend_per_package,
        bid_price,
        budget,
        formats,
        selected_at,
    } = product;
    Some(SelectedProduct {
        key: ProductKey {
            agent_id: AgentId::parse(sales_agent_id)?,
            product_id: ProductId(product_id.clone()),
        },
        agent_name: sales_agent_name.clone(),
        name: name.clone(),
        pricing_option_id: pricing_option_id.clone(),
        pricing_model: pricing_model.clone(),
        fixed_price: fixed_price.map(|price| price.to_decimal()),
        min_spend_per_package: min_spend_per_package.map(|least| least.to_decimal()),
        formats: formats.clone(),
        budget: match budget {
            Some(budget) => Some(budget.to_money(currency).ok()?),
            None => None,
        },
        bid: bid_price.map(|bid| bid.to_decimal()),
        selected_at: *selected_at,
    })
}

/// What the selected products of a draft ask for together, as core says; `None` only for an answer
/// that is not ours.
#[must_use]
pub fn asked(draft: &Campaign, selection: &[SelectionProduct]) -> Option<Money> {
    let products: Vec<_> = selection
        .iter()
        .map(|product| selected(product, draft.currency()))
        .collect::<Option<_>>()?;
    execution::asked(draft, &products).ok()
}
