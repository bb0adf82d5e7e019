//! Reading create and update. Violations come in the order of the contract's table of fields,
//! then unknown members, then the rules that bind members to each other.

use chrono::{DateTime, Utc};

use crate::advertiser::{Advertiser, AdvertiserStatus, ApplyMode};
use crate::budget::{Budget, Fee};
use crate::campaign::{Campaign, CampaignDraft, CampaignType, CampaignUpdate, PlanFields, Touched};
use crate::error::{Code, Violation};
use crate::flight::Flight;
use crate::ids::{AdvertiserId, DiscoveryId};
use crate::money::Currency;
use crate::pacing::PacingPlan;
use crate::targeting::{Audiences, Constraints};
use crate::wire::json::Json;
use crate::wire::read::{Edge, Field, Fields, Item, Reader};
use crate::wire::{budget, caps, constraints, goals, pacing};

const MAX_NAME: usize = 255;
const MAX_BRIEF: usize = 5_000;
const MAX_PRODUCT_IDS: usize = 100;
const TYPES: [&str; 2] = ["DECISIONED", "ROUTED"];

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
    let mut reader = Reader::new();
    let draft = create(json, advertiser, &mut reader);
    reader.finish(draft)
}

fn create(
    json: &Json,
    advertiser: Option<&Advertiser>,
    reader: &mut Reader,
) -> Option<CampaignDraft> {
    let mut fields = reader.body(json)?;
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

/// Reads the body of an update onto the campaign that is: the whole new plan, and which members
/// it would change. A member with the value it has already counts as not named, so that an answer
/// can be put back.
///
/// # Errors
/// Every violation, in the fixed order.
pub fn read_update(json: &Json, campaign: &Campaign) -> Result<CampaignUpdate, Vec<Violation>> {
    let mut reader = Reader::new();
    let update = update(json, campaign, &mut reader);
    reader.finish(update)
}

fn update(json: &Json, campaign: &Campaign, reader: &mut Reader) -> Option<CampaignUpdate> {
    let PlanFields {
        name,
        brief: brief_now,
        flight: flight_now,
        budget: budget_now,
        fees,
        pacing: pacing_now,
        constraints: constraints_now,
        goals: goals_now,
        audiences,
        apply_mode: apply_mode_now,
        discovery_id: discovery_now,
    } = campaign.plan();
    let currency = campaign.currency();
    let mut fields = reader.body(json)?;
    let owner = fields.get(reader, "advertiserId");
    immutable(
        owner,
        reader,
        campaign.advertiser_id().as_str(),
        |item, reader| {
            item.id(reader, AdvertiserId::PREFIX, AdvertiserId::parse)
                .map(|id| id.to_string())
        },
    );
    let name = take(fields.get(reader, "name"), reader, name, |item, reader| {
        item.line(reader, 1, MAX_NAME)
    });
    let kind = fields.get(reader, "campaignType");
    immutable(
        kind,
        reader,
        type_word(campaign.campaign_type()),
        |item, reader| campaign_type(item, reader).map(|kind| type_word(kind).to_owned()),
    );
    let flight = take(
        fields.get(reader, "flightDates"),
        reader,
        flight_now,
        flight,
    );
    let money = take(
        fields.get(reader, "budget"),
        reader,
        budget_now,
        |item, reader| budget::read_onto(item, reader, budget_now),
    );
    let fees = take(fields.get(reader, "fees"), reader, fees, |item, reader| {
        budget::read_fees(item, reader, currency)
    });
    let brief = take(fields.get(reader, "brief"), reader, brief_now, brief);
    let limits = take(
        fields.get(reader, "constraints"),
        reader,
        constraints_now,
        constraints::read,
    );
    let discovery = take(
        fields.get(reader, "discoveryId"),
        reader,
        discovery_now,
        |item, reader| discovery_id(item, reader).map(Some),
    );
    let audiences = take(
        fields.get(reader, "audienceConfig"),
        reader,
        audiences,
        |item, reader| caps::read_audiences(item, reader, audiences),
    );
    let goals = take_or_clear(
        fields.get(reader, "performanceConfig"),
        reader,
        goals_now,
        Vec::new,
        goals::read,
    );
    let mode = take_or_clear(
        fields.get(reader, "optimizationApplyMode"),
        reader,
        apply_mode_now,
        || None,
        |item, reader| apply_mode(item, reader).map(Some),
    );
    let periods = take_or_clear(
        fields.get(reader, "pacingPeriods"),
        reader,
        pacing_now,
        || None,
        |item, reader| pacing::read(item, reader, currency).map(Some),
    );
    let rules = fields
        .get(reader, "frequencyCaps")
        .optional(reader)
        .and_then(|item| caps::read_caps(item, reader));
    let expected_revision = expected_revision(&mut fields, reader);
    fields.finish(reader);

    let pacing = Read {
        value: periods.value.clone().flatten(),
        sound: periods.value.is_some(),
    };
    check(
        reader,
        flight.value,
        money.value.as_ref(),
        fees.value.as_deref(),
        &pacing,
    );
    Some(CampaignUpdate {
        touched: Touched {
            name: name.touched,
            brief: brief.touched,
            flight: flight.touched,
            budget: money.touched,
            fees: fees.touched,
            pacing: periods.touched,
            constraints: limits.touched,
            goals: goals.touched,
            audiences: audiences.touched,
            apply_mode: mode.touched,
            discovery_id: discovery.touched,
        },
        plan: PlanFields {
            name: name.value?,
            brief: brief.value?,
            flight: flight.value?,
            budget: money.value?,
            fees: fees.value?,
            pacing: periods.value?,
            constraints: limits.value?,
            goals: goals.value?,
            audiences: audiences.value?,
            apply_mode: mode.value?,
            discovery_id: discovery.value?,
        },
        caps: rules,
        expected_revision,
    })
}

/// `expectedRevision` of a body (decision 25).
pub(crate) fn expected_revision(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<u64> {
    let value = fields
        .get(reader, "expectedRevision")
        .optional(reader)?
        .integer(reader, 1, i64::MAX)?;
    u64::try_from(value).ok()
}

/// A member after reading: its new or kept value (none when it was wrong), and whether the
/// request changes it.
struct Taken<T> {
    value: Option<T>,
    touched: bool,
}

fn take<'a, T: Clone + PartialEq>(
    field: Field<'a>,
    reader: &mut Reader,
    now: &T,
    read: impl Fn(Item<'a>, &mut Reader) -> Option<T>,
) -> Taken<T> {
    if !field.is_present() {
        return Taken {
            value: Some(now.clone()),
            touched: false,
        };
    }
    let value = field.optional(reader).and_then(|item| read(item, reader));
    Taken {
        touched: value.as_ref().is_some_and(|value| value != now),
        value,
    }
}

fn take_or_clear<'a, T: Clone + PartialEq>(
    field: Field<'a>,
    reader: &mut Reader,
    now: &T,
    clear: impl Fn() -> T,
    read: impl Fn(Item<'a>, &mut Reader) -> Option<T>,
) -> Taken<T> {
    let value = match field.nullable() {
        None => {
            return Taken {
                value: Some(now.clone()),
                touched: false,
            };
        }
        Some(None) => Some(clear()),
        Some(Some(item)) => read(item, reader),
    };
    Taken {
        touched: value.as_ref().is_some_and(|value| value != now),
        value,
    }
}

fn immutable<'a>(
    field: Field<'a>,
    reader: &mut Reader,
    now: &str,
    read: impl Fn(Item<'a>, &mut Reader) -> Option<String>,
) {
    let path = field.path().to_owned();
    let Some(value) = field.optional(reader).and_then(|item| read(item, reader)) else {
        return;
    };
    if value != now {
        reader.add(
            Violation::new(
                path,
                Code::Immutable,
                format!("expected `{now}`, which cannot change, got `{value}`"),
            )
            .with("current", now),
        );
    }
}

struct Read<T> {
    value: Option<T>,
    sound: bool,
}

/// The rules that bind members to each other, as far as the members they bind are sound: stand-ins
/// that break no rule take the places of the others.
fn check(
    reader: &mut Reader,
    flight: Option<Flight>,
    money: Option<&Budget>,
    fees: Option<&[Fee]>,
    pacing: &Read<PacingPlan>,
) {
    let Some(money) = money else { return };
    let sound = flight.is_some() && pacing.sound;
    let stand_in = || Flight::new(DateTime::<Utc>::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC);
    let Some(flight) = flight.or_else(stand_in) else {
        return;
    };
    let plan = PlanFields {
        name: String::new(),
        brief: None,
        flight,
        budget: money.clone(),
        fees: fees.unwrap_or_default().to_vec(),
        pacing: pacing.value.clone().filter(|_| sound),
        constraints: Constraints::default(),
        goals: Vec::new(),
        audiences: Audiences::default(),
        apply_mode: None,
        discovery_id: None,
    };
    plan.check()
        .into_iter()
        .for_each(|violation| reader.add(violation));
}

fn read_owner(
    field: Field<'_>,
    reader: &mut Reader,
    advertiser: Option<&Advertiser>,
) -> Option<AdvertiserId> {
    let path = field.path().to_owned();
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
                path,
                Code::WrongStatus,
                format!("expected an active advertiser, `{id}` is archived"),
            )
            .with("status", advertiser.status.as_str()),
        ),
        _ => reader.add(Violation::new(
            path,
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

fn type_word(kind: CampaignType) -> &'static str {
    match kind {
        CampaignType::Decisioned => "DECISIONED",
        CampaignType::Routed => "ROUTED",
    }
}

fn campaign_type(item: Item<'_>, reader: &mut Reader) -> Option<CampaignType> {
    item.word(reader, &TYPES, |word| match word {
        "DECISIONED" => Some(CampaignType::Decisioned),
        "ROUTED" => Some(CampaignType::Routed),
        _ => None,
    })
}

pub(crate) fn flight(item: Item<'_>, reader: &mut Reader) -> Option<Flight> {
    let mut fields = item.object(reader)?;
    let start = fields
        .get(reader, "startDate")
        .required(reader)
        .and_then(|item| item.instant(reader, Edge::Start));
    let end = fields.get(reader, "endDate");
    let path = end.path().to_owned();
    let end = end
        .required(reader)
        .and_then(|item| item.instant(reader, Edge::End));
    fields.finish(reader);
    let (start, end) = (start?, end?);
    let Some(flight) = Flight::new(start, end) else {
        reader.add(
            Violation::new(
                path,
                Code::EndBeforeStart,
                format!("expected an end after {start}, got {end}"),
            )
            .with("startDate", start.to_rfc3339()),
        );
        return None;
    };
    if flight.days().days() > Flight::MAX_DAYS {
        reader.add(
            Violation::new(
                path,
                Code::TooLong,
                format!(
                    "expected at most {} days, got {}",
                    Flight::MAX_DAYS,
                    flight.days().days()
                ),
            )
            .with("max", i64::from(Flight::MAX_DAYS)),
        );
        return None;
    }
    Some(flight)
}

/// Outer none: wrong. Empty text is no brief.
#[expect(clippy::option_option, reason = "wrong and empty are different")]
fn brief(item: Item<'_>, reader: &mut Reader) -> Option<Option<String>> {
    item.text(reader, 0, MAX_BRIEF)
        .map(|text| Some(text).filter(|text| !text.is_empty()))
}

fn discovery_id(item: Item<'_>, reader: &mut Reader) -> Option<DiscoveryId> {
    item.id(reader, DiscoveryId::PREFIX, DiscoveryId::parse)
}

fn apply_mode(item: Item<'_>, reader: &mut Reader) -> Option<ApplyMode> {
    item.word(reader, ApplyMode::WORDS, ApplyMode::parse)
}

fn read_product_ids(fields: &mut Fields<'_>, reader: &mut Reader) -> Vec<String> {
    let field = fields.get(reader, "productIds");
    let path = field.path().to_owned();
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
            path,
            Code::NotAllowedHere,
            "expected a `discoveryId` whose products these are, got none",
        ));
    }
    ids
}
