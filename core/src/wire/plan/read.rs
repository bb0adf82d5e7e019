//! Reading those members of a plan that a question needs; the others may stand there or not.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::MAX_PRODUCTS;
use super::options::Asked;
use crate::advertiser::Advertiser;
use crate::budget::{Budget, Fee};
use crate::campaign::{CampaignType, PlanFields};
use crate::creative::FormatId;
use crate::error::{Code, Violation};
use crate::flight::{DayRange, Flight};
use crate::ids::{AgentId, ProductId, ProductKey};
use crate::money::{Currency, Money};
use crate::pacing::{Executed, PacingPlan};
use crate::selection::SelectedProduct;
use crate::sorted::Sorted;
use crate::targeting::{Audiences, Constraints};
use crate::wire::json::Json;
use crate::wire::read::{Fields, Item, Least, Range, Reader};
use crate::wire::{budget, campaign, pacing};

/// The members that money follows from, with stand-ins for the rest.
#[derive(Debug, Clone)]
pub(super) struct MoneyMembers {
    pub(super) kind: CampaignType,
    pub(super) plan: PlanFields,
    /// Whether the plan names its flight; else a stand-in that holds everything.
    pub(super) has_flight: bool,
    /// What its buys hold already.
    pub(super) allocated: Money,
    /// The periods an execute knew.
    pub(super) executed: Vec<Executed>,
}

/// The currency of a body, which every amount is read in.
pub(super) fn currency(body: &Json, asked: &Asked) -> Result<Currency, Vec<Violation>> {
    asked.currency_of(body).ok_or_else(|| {
        let named = body
            .member("budget")
            .and_then(|budget| budget.member("currency"));
        let mut reader = Reader::new();
        match named {
            Some(value) => {
                let _none = Item::at(&mut reader, "budget.currency", value).currency(&mut reader);
            }
            None => reader.add(Violation::new(
                "budget.currency",
                Code::Required,
                "expected a currency here or in the options, got none",
            )),
        }
        match reader.finish::<()>(None) {
            Err(found) => found,
            Ok(()) => Vec::new(),
        }
    })
}

/// Reads `budget`, `fees`, `flightDates`, `pacingPeriods` and `allocatedBudget` of a plan.
pub(super) fn money_members(body: &Json, asked: &Asked) -> Result<MoneyMembers, Vec<Violation>> {
    let mut reader = Reader::new();
    let read = match currency(body, asked) {
        Ok(currency) => members(body, asked, currency, &mut reader),
        Err(found) => {
            // What is no object at all is told as such.
            if reader.body(body).is_some() {
                found
                    .into_iter()
                    .for_each(|violation| reader.add(violation));
            }
            None
        }
    };
    reader.finish(read)
}

fn members(
    body: &Json,
    asked: &Asked,
    currency: Currency,
    reader: &mut Reader,
) -> Option<MoneyMembers> {
    let mut fields = reader.body(body)?;
    let kind = fields
        .get(reader, "campaignType")
        .optional(reader)
        .and_then(|item| campaign::campaign_type(item, reader));
    let dates = fields.get(reader, "flightDates");
    let has_flight = dates.is_present();
    let flight = dates
        .optional(reader)
        .and_then(|item| campaign::flight(item, reader));
    let money = fields
        .get(reader, "budget")
        .required(reader)
        .and_then(|item| budget::read_new(item, reader, currency));
    let lines = fields.get(reader, "fees");
    let fees = if lines.is_present() {
        lines
            .optional(reader)
            .and_then(|item| budget::read_fees(item, reader, currency))
    } else {
        asked
            .advertiser(body, currency)
            .as_ref()
            .map(Advertiser::default_fees)
    };
    let allocated = fields
        .get(reader, "allocatedBudget")
        .optional(reader)
        .and_then(|item| item.money(reader, currency, Least::Zero))
        .unwrap_or(Money::zero(currency));
    let schedule = fields.get(reader, "pacingPeriods").nullable().flatten();
    let has_schedule = schedule.is_some();
    let executed = schedule
        .as_ref()
        .map(|schedule| executed(schedule.value(), currency, reader))
        .unwrap_or_default();
    let schedule = schedule.and_then(|item| pacing::read(item, reader, currency));
    let name = fields.text("name").unwrap_or_default().to_owned();
    if has_flight && flight.is_none() || has_schedule && schedule.is_none() {
        return None;
    }
    let stand_in = || Flight::new(DateTime::<Utc>::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC);
    let members = MoneyMembers {
        kind: kind.unwrap_or(CampaignType::Decisioned),
        plan: fields_of(name, flight.or_else(stand_in)?, money?, fees?, schedule),
        has_flight,
        allocated,
        executed,
    };
    for violation in members.plan.check() {
        reader.add(violation);
    }
    Some(members)
}

pub(super) fn fields_of(
    name: String,
    flight: Flight,
    budget: Budget,
    fees: Vec<Fee>,
    pacing: Option<PacingPlan>,
) -> PlanFields {
    PlanFields {
        name,
        brief: None,
        flight,
        budget,
        fees,
        pacing,
        constraints: Constraints::default(),
        goals: Vec::new(),
        audiences: Audiences::default(),
        apply_mode: None,
        discovery_id: None,
    }
}

/// The periods that the answer of the API marks as executed: as many of the first as carry the
/// mark and both amounts.
fn executed(schedule: &Json, currency: Currency, reader: &mut Reader) -> Vec<Executed> {
    let Some(Json::List(periods)) = schedule.member("periods") else {
        return Vec::new();
    };
    let mut known = Vec::new();
    for (index, period) in periods.iter().enumerate() {
        if period.member("executed") != Some(&Json::Bool(true)) {
            break;
        }
        let path = |name: &str| format!("pacingPeriods.periods[{index}].{name}");
        let mut amount = |name: &'static str| {
            let value = period.member(name)?;
            Item::at(reader, &path(name), value).money(reader, currency, Least::Zero)
        };
        let (budget, net) = (amount("budget"), amount("mediaBudget"));
        let mut day =
            |name: &'static str| Item::at(reader, &path(name), period.member(name)?).day(reader);
        let days = day("start").zip(day("end"));
        let (Some(budget), Some(net), Some((first, last))) = (budget, net, days) else {
            break;
        };
        let Some(days) = DayRange::new(first, last) else {
            break;
        };
        known.push(Executed { days, budget, net });
    }
    known
}

/// Reads `products` of a plan; a product may stand in it once.
pub(super) fn products(
    body: &Json,
    currency: Currency,
) -> Result<Vec<SelectedProduct>, Vec<Violation>> {
    let mut reader = Reader::new();
    let read = match body.member("products") {
        None | Some(Json::Null) => Some(Vec::new()),
        Some(list) => Item::at(&mut reader, "products", list).each(
            &mut reader,
            0,
            MAX_PRODUCTS,
            |item, reader| product(item, reader, currency),
        ),
    };
    if let Some(products) = &read {
        for violation in duplicates(products.iter().enumerate()) {
            reader.add(violation);
        }
    }
    reader.finish(read)
}

/// Products that stand there again, each with its place.
pub(super) fn duplicates<'a>(
    products: impl IntoIterator<Item = (usize, &'a SelectedProduct)>,
) -> Vec<Violation> {
    let mut seen = Sorted::new();
    products
        .into_iter()
        .filter(|(_, product)| !seen.insert(&product.key))
        .map(|(index, product)| {
            Violation::new(
                format!("products[{index}].productId"),
                Code::Duplicate,
                format!("`{}` stands here twice", product.key.product_id),
            )
        })
        .collect()
}

/// Reads one product of a plan.
pub(super) fn product(
    item: Item<'_>,
    reader: &mut Reader,
    currency: Currency,
) -> Option<SelectedProduct> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let product_id = text(&mut fields, reader, "productId", true).map(ProductId);
    let agent_id = fields
        .get(reader, "salesAgentId")
        .required(reader)
        .and_then(|item| item.id(reader, AgentId::PREFIX, AgentId::parse));
    let pricing_option_id = text(&mut fields, reader, "pricingOptionId", false);
    let money = fields
        .get(reader, "budget")
        .optional(reader)
        .and_then(|item| item.money(reader, currency, Least::AboveZero));
    let bid = price(&mut fields, reader, "bidPrice");
    let name = text(&mut fields, reader, "name", false);
    let agent_name = text(&mut fields, reader, "salesAgentName", false);
    let least = price(&mut fields, reader, "minSpendPerPackage");
    let formats = fields
        .get(reader, "formats")
        .optional(reader)
        .and_then(|item| item.each(reader, 0, 200, format));
    fields.ignore(&[
        "groupId",
        "groupName",
        "pricingModel",
        "fixedPrice",
        "selectedAt",
    ]);
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    let (product_id, agent_id) = (product_id?, agent_id?);
    Some(SelectedProduct {
        agent_name: agent_name.unwrap_or_else(|| agent_id.to_string()),
        name: name.unwrap_or_else(|| product_id.to_string()),
        key: ProductKey {
            agent_id,
            product_id,
        },
        pricing_option_id: pricing_option_id.unwrap_or_default(),
        pricing_model: String::new(),
        fixed_price: None,
        min_spend_per_package: least,
        formats: formats.unwrap_or_default(),
        budget: money,
        bid,
        selected_at: DateTime::<Utc>::UNIX_EPOCH,
    })
}

fn text(
    fields: &mut Fields<'_>,
    reader: &mut Reader,
    name: &'static str,
    required: bool,
) -> Option<String> {
    let field = fields.get(reader, name);
    let item = if required {
        field.required(reader)
    } else {
        field.optional(reader)
    };
    item.and_then(|item| item.line(reader, 1, 255))
}

fn price(fields: &mut Fields<'_>, reader: &mut Reader, name: &'static str) -> Option<Decimal> {
    let range = Range {
        above: Some(Decimal::ZERO),
        min: None,
        max: Decimal::from(1_000_000),
        decimals: 6,
    };
    fields
        .get(reader, name)
        .nullable()
        .flatten()
        .and_then(|item| item.rate(reader, "a price", range))
}

/// Reads a creative format: `{agent_url, id}`.
pub(super) fn format(item: Item<'_>, reader: &mut Reader) -> Option<FormatId> {
    let mut fields = item.object(reader)?;
    let agent_url = fields
        .get(reader, "agent_url")
        .required(reader)
        .and_then(|item| item.line(reader, 1, 2_000));
    let id = fields
        .get(reader, "id")
        .required(reader)
        .and_then(|item| item.line(reader, 1, 255));
    fields.finish(reader);
    Some(FormatId {
        agent_url: agent_url?,
        id: id?,
    })
}
