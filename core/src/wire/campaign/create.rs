//! Reading a create. Violations come in the order of the contract's table of fields, then unknown
//! members, then the rules that bind members to each other.

use super::members::{
    MAX_NAME, Read, apply_mode, brief, campaign_type, check, discovery_id, flight,
};
use crate::advertiser::{Advertiser, AdvertiserStatus};
use crate::campaign::{CampaignDraft, PlanFields};
use crate::error::{Code, Violation};
use crate::ids::AdvertiserId;
use crate::money::Currency;
use crate::targeting::Audiences;
use crate::wire::json::Json;
use crate::wire::read::{Field, Fields, Reader};
use crate::wire::{budget, caps, constraints, goals, pacing};

const MAX_PRODUCT_IDS: usize = 100;

/// The advertiser that a create names, to be looked up before [`read_create`]; `None` where the
/// body names none that could exist.
#[must_use]
pub fn named_advertiser(json: &Json) -> Option<AdvertiserId> {
    json.member("advertiserId")
        .and_then(Json::as_text)
        .map(str::trim)
        .and_then(AdvertiserId::parse)
}

/// Reads the body of a create for the advertiser it names; `None` where the caller has no such
/// advertiser, which is one of the violations then.
///
/// # Errors
/// Every violation, in the fixed order.
pub fn read_create(
    json: &Json,
    advertiser: Option<&Advertiser>,
) -> Result<CampaignDraft, Vec<Violation>> {
    read_create_among(json, advertiser, &[])
}

/// As [`read_create`], for a body that has other members besides.
///
/// # Errors
/// As [`read_create`].
pub(crate) fn read_create_among(
    json: &Json,
    advertiser: Option<&Advertiser>,
    others: &[&'static str],
) -> Result<CampaignDraft, Vec<Violation>> {
    let mut reader = Reader::new();
    let draft = create(json, advertiser, others, &mut reader);
    reader.finish(draft)
}

fn create(
    json: &Json,
    advertiser: Option<&Advertiser>,
    others: &[&'static str],
    reader: &mut Reader,
) -> Option<CampaignDraft> {
    let mut fields = reader.body(json)?;
    fields.ignore(others);
    let owner = fields.get(reader, "advertiserId");
    let advertiser_id = read_owner(owner, reader, advertiser);
    let currency = advertiser.map_or_else(
        || stand_in_currency(json),
        |advertiser| Some(advertiser.currency),
    )?;

    let name = fields
        .get(reader, "name")
        .required(reader)
        .and_then(|item| item.line(reader, 1, MAX_NAME));
    let campaign_type = fields
        .get(reader, "campaignType")
        .required(reader)
        .and_then(|item| campaign_type(item, reader));
    let flight = fields
        .get(reader, "flightDates")
        .required(reader)
        .and_then(|item| flight(item, reader));
    let money = fields
        .get(reader, "budget")
        .required(reader)
        .and_then(|item| budget::read_new(item, reader, currency));
    let fees = fields.get(reader, "fees");
    let fees = if fees.is_present() {
        fees.optional(reader)
            .and_then(|item| budget::read_fees(item, reader, currency))
    } else {
        Some(advertiser.map(Advertiser::default_fees).unwrap_or_default())
    };
    let brief = fields
        .get(reader, "brief")
        .optional(reader)
        .and_then(|item| brief(item, reader));
    let limits = fields
        .get(reader, "constraints")
        .optional(reader)
        .and_then(|item| constraints::read(item, reader))
        .unwrap_or_default();
    let discovery_id = fields
        .get(reader, "discoveryId")
        .optional(reader)
        .and_then(|item| discovery_id(item, reader));
    let product_ids = read_product_ids(&mut fields, reader);
    let audiences = fields
        .get(reader, "audienceConfig")
        .optional(reader)
        .and_then(|item| caps::read_audiences(item, reader, &Audiences::default()))
        .unwrap_or_default();
    let goals = fields
        .get(reader, "performanceConfig")
        .nullable()
        .flatten()
        .and_then(|item| goals::read(item, reader))
        .unwrap_or_default();
    let apply_mode = fields
        .get(reader, "optimizationApplyMode")
        .nullable()
        .flatten()
        .and_then(|item| apply_mode(item, reader));
    let periods = fields.get(reader, "pacingPeriods").nullable().flatten();
    let periods_given = periods.is_some();
    let periods = periods.and_then(|item| pacing::read(item, reader, currency));
    let rules = fields
        .get(reader, "frequencyCaps")
        .optional(reader)
        .and_then(|item| caps::read_caps(item, reader))
        .unwrap_or_default();
    fields.finish(reader);

    let pacing = Read {
        value: periods.clone(),
        sound: !periods_given || periods.is_some(),
    };
    check(reader, flight, money.as_ref(), fees.as_deref(), &pacing);
    Some(CampaignDraft {
        advertiser_id: advertiser_id?,
        campaign_type: campaign_type?,
        plan: PlanFields {
            name: name?,
            brief: brief.flatten(),
            flight: flight?,
            budget: money?,
            fees: fees?,
            pacing: periods,
            constraints: limits,
            goals,
            audiences,
            apply_mode,
            discovery_id,
        },
        caps: rules,
        product_ids,
    })
}

fn read_owner(
    field: Field<'_>,
    reader: &mut Reader,
    advertiser: Option<&Advertiser>,
) -> Option<AdvertiserId> {
    let path = field.path();
    let id = field
        .required(reader)
        .and_then(|item| item.id(reader, AdvertiserId::PREFIX, AdvertiserId::parse))?;
    match advertiser {
        Some(advertiser)
            if advertiser.id == id && advertiser.status == AdvertiserStatus::Active =>
        {
            return Some(id);
        }
        Some(advertiser) if advertiser.id == id => reader.add(
            Violation::new(
                reader.spell(path),
                Code::WrongStatus,
                format!("expected an active advertiser, `{id}` is archived"),
            )
            .with("status", advertiser.status.as_str()),
        ),
        _ => reader.add(Violation::new(
            reader.spell(path),
            Code::NotFound,
            format!("expected an advertiser of yours, got `{id}`"),
        )),
    }
    None
}

/// The currency to read amounts in when there is no advertiser: the one the body names, else one
/// with as many decimals as any has, so that no amount is blamed for a guess. The body is refused
/// in any case.
fn stand_in_currency(json: &Json) -> Option<Currency> {
    json.member("budget")
        .and_then(|budget| budget.member("currency"))
        .and_then(Json::as_text)
        .and_then(|code| Currency::parse(code.trim()))
        .or_else(|| Currency::parse("CLF"))
}

fn read_product_ids(fields: &mut Fields<'_>, reader: &mut Reader) -> Vec<String> {
    let field = fields.get(reader, "productIds");
    let path = field.path();
    let ids = field
        .optional(reader)
        .and_then(|item| {
            item.distinct(reader, 0, MAX_PRODUCT_IDS, |item, reader| {
                item.line(reader, 1, 255)
            })
        })
        .unwrap_or_default();
    if !ids.is_empty() && !fields.has("discoveryId") {
        reader.add(Violation::new(
            reader.spell(path),
            Code::NotAllowedHere,
            "expected a `discoveryId` whose products these are, got none",
        ));
    }
    ids
}
