//! Reading an update onto the campaign that is.

use super::members::{
    MAX_NAME, Read, apply_mode, brief, campaign_type, check, discovery_id, expected_revision,
    flight, type_word,
};
use crate::campaign::{Campaign, CampaignUpdate, PlanFields, Touched};
use crate::error::{Code, Violation};
use crate::ids::AdvertiserId;
use crate::wire::json::Json;
use crate::wire::media_buy::read_actions;
use crate::wire::read::{Field, Item, Reader};
use crate::wire::{budget, caps, constraints, goals, pacing};

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
    let actions = fields
        .get(reader, "mediaBuys")
        .optional(reader)
        .and_then(|item| read_actions(item, reader, currency));
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
        actions: actions.unwrap_or_default(),
        expected_revision,
    })
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
    let path = field.path();
    let Some(value) = field.optional(reader).and_then(|item| read(item, reader)) else {
        return;
    };
    if value != now {
        reader.add(
            Violation::new(
                reader.spell(path),
                Code::Immutable,
                format!("expected `{now}`, which cannot change, got `{value}`"),
            )
            .with("current", now),
        );
    }
}
