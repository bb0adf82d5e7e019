//! The members that create and update have in common, and the rules that bind them.

use chrono::{DateTime, Utc};

use crate::advertiser::ApplyMode;
use crate::budget::{Budget, Fee};
use crate::campaign::{CampaignType, PlanFields};
use crate::error::{Code, Violation};
use crate::flight::Flight;
use crate::ids::DiscoveryId;
use crate::pacing::PacingPlan;
use crate::targeting::{Audiences, Constraints};
use crate::wire::read::{Edge, Fields, Item, Reader};

/// The longest name.
pub(super) const MAX_NAME: usize = 255;
const MAX_BRIEF: usize = 5_000;
const TYPES: [&str; 2] = ["DECISIONED", "ROUTED"];

/// `expectedRevision` of a body (decision 25).
pub(crate) fn expected_revision(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<u64> {
    let value = fields
        .get(reader, "expectedRevision")
        .optional(reader)?
        .integer(reader, 1, i64::MAX)?;
    u64::try_from(value).ok()
}

/// A member after reading, and whether there was nothing wrong with it.
pub(super) struct Read<T> {
    pub(super) value: Option<T>,
    pub(super) sound: bool,
}

/// The rules that bind members to each other, as far as the members they bind are sound: stand-ins
/// that break no rule take the places of the others.
pub(super) fn check(
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

pub(super) fn type_word(kind: CampaignType) -> &'static str {
    match kind {
        CampaignType::Decisioned => "DECISIONED",
        CampaignType::Routed => "ROUTED",
    }
}

pub(crate) fn campaign_type(item: Item<'_>, reader: &mut Reader) -> Option<CampaignType> {
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
    let path = end.path();
    let end = end
        .required(reader)
        .and_then(|item| item.instant(reader, Edge::End));
    fields.finish(reader);
    let (start, end) = (start?, end?);
    let Some(flight) = Flight::new(start, end) else {
        reader.add(
            Violation::new(
                reader.spell(path),
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
                reader.spell(path),
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
pub(super) fn brief(item: Item<'_>, reader: &mut Reader) -> Option<Option<String>> {
    item.text(reader, 0, MAX_BRIEF)
        .map(|text| Some(text).filter(|text| !text.is_empty()))
}

pub(super) fn discovery_id(item: Item<'_>, reader: &mut Reader) -> Option<DiscoveryId> {
    item.id(reader, DiscoveryId::PREFIX, DiscoveryId::parse)
}

pub(super) fn apply_mode(item: Item<'_>, reader: &mut Reader) -> Option<ApplyMode> {
    item.word(reader, ApplyMode::WORDS, ApplyMode::parse)
}
