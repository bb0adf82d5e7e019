//! A campaign from the answer that shows it, so that rules which ask for a whole campaign can be
//! asked by somebody who only has the answer. What an answer does not say is taken as the rules
//! would find it most often; where that can matter it says so at its place.

mod buy;
mod change;

use chrono::{DateTime, Utc};

use super::options::Asked;
use super::read;
use crate::budget::PacingStrategy;
use crate::campaign::{Campaign, CampaignStatus, CampaignType, LaunchedPeriod, PlanFields};
use crate::error::Violation;
use crate::flight::Flight;
use crate::ids::{AdvertiserId, AudienceId, CampaignId, Numbered};
use crate::money::{Currency, Money};
use crate::targeting::Audiences;
use crate::wire::campaign::{flight, read_create_among};
use crate::wire::json::Json;
use crate::wire::read::{Item, Reader};

/// What an answer has and a create body has not.
const ANSWERED: [&str; 21] = [
    "campaignId",
    "status",
    "currency",
    "mediaBudget",
    "allocatedBudget",
    "unallocatedBudget",
    "deliveredSpend",
    "pendingPlan",
    "productCount",
    "products",
    "audiences",
    "optimizationApplyModeInherited",
    "creativeFormats",
    "mediaBuyStatus",
    "mediaBuyStatusCounts",
    "mediaBuyStatusReason",
    "mediaBuys",
    "revision",
    "createdAt",
    "updatedAt",
    "warnings",
];

/// Reads a campaign back from its answer: its plan, its status and what its media buys hold. An
/// answer does not say which launch a period belongs to: all executed ones are taken to be of the
/// latest.
///
/// # Errors
/// Every violation; a member that answers have and this version does not know is none.
pub fn read_known(body: &Json, asked: &Asked) -> Result<Campaign, Vec<Violation>> {
    let currency = read::currency(body, asked)?;
    let advertiser = asked.advertiser(body, currency);
    let draft = read_create_among(body, advertiser.as_ref(), &ANSWERED)?;
    let mut plan = draft.plan;
    plan.audiences = audiences(body).unwrap_or(plan.audiences);
    if body.member("optimizationApplyModeInherited") == Some(&Json::Bool(true)) {
        plan.apply_mode = None;
    }
    let executed = read::money_members(body, asked)?.executed;
    whole(
        body,
        Parts {
            currency,
            advertiser_id: draft.advertiser_id,
            kind: draft.campaign_type,
            plan,
            executed,
        },
    )
}

/// Reads what the lifecycle looks at: `status`, and where they are there `flightDates`,
/// `mediaBuys` and `revision`.
///
/// # Errors
/// Every violation.
pub fn read_standing(body: &Json) -> Result<Campaign, Vec<Violation>> {
    let mut reader = Reader::new();
    let read = reader.body(body).and_then(|_| {
        let currency = Currency::parse("CLF")?;
        let always = Flight::new(DateTime::<Utc>::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC)?;
        let flight = match body.member("flightDates") {
            Some(dates) => flight(Item::at(&mut reader, "flightDates", dates), &mut reader)?,
            None => always,
        };
        Some(Parts {
            currency,
            advertiser_id: AdvertiserId::parse("adv_0")?,
            kind: CampaignType::Decisioned,
            plan: read::fields_of(
                String::new(),
                flight,
                crate::budget::Budget {
                    total: Money::from_minor(crate::money::MAX_MINOR, currency)?,
                    daily_cap: None,
                    pacing: PacingStrategy::Even,
                },
                Vec::new(),
                None,
            ),
            executed: Vec::new(),
        })
    });
    whole(body, reader.finish(read)?)
}

struct Parts {
    currency: Currency,
    advertiser_id: AdvertiserId,
    kind: CampaignType,
    plan: PlanFields,
    executed: Vec<crate::pacing::Executed>,
}

fn whole(body: &Json, parts: Parts) -> Result<Campaign, Vec<Violation>> {
    let Parts {
        currency,
        advertiser_id,
        kind,
        plan,
        executed,
    } = parts;
    let mut reader = Reader::new();
    let campaign = reader.body(body).and_then(|mut fields| {
        let words: Vec<&str> = CampaignStatus::ALL.iter().map(|s| s.as_str()).collect();
        let status = fields
            .get(&mut reader, "status")
            .required(&mut reader)
            .and_then(|item| item.word(&mut reader, &words, CampaignStatus::parse));
        let id = fields
            .get(&mut reader, "campaignId")
            .optional(&mut reader)
            .and_then(|item| item.id(&mut reader, CampaignId::PREFIX, CampaignId::parse))
            .or_else(|| CampaignId::parse("cmp_0"));
        let revision = fields
            .get(&mut reader, "revision")
            .optional(&mut reader)
            .and_then(|item| item.integer(&mut reader, 1, i64::MAX))
            .and_then(|revision| u64::try_from(revision).ok());
        let mut ids = Numbered::default();
        let buys = fields
            .get(&mut reader, "mediaBuys")
            .optional(&mut reader)
            .and_then(|item| item.list(&mut reader, 0, 10_000))
            .unwrap_or_default()
            .into_iter()
            .filter_map(|item| buy::read(item, &mut reader, currency, plan.flight, &mut ids))
            .collect();
        let launch = u32::from(status? != CampaignStatus::Draft);
        Some(Campaign {
            id: id?,
            advertiser_id,
            campaign_type: kind,
            status: status?,
            plan,
            caps: Vec::new(),
            buys,
            launch,
            launched_periods: executed
                .into_iter()
                .map(|period| LaunchedPeriod { launch, period })
                .collect(),
            launching: None,
            // No command is refused for it: one that touches its members replaces it.
            pending_plan: None,
            revision: revision.unwrap_or(1),
            created_at: DateTime::<Utc>::UNIX_EPOCH,
            updated_at: DateTime::<Utc>::UNIX_EPOCH,
        })
    });
    reader.finish(campaign)
}

/// The audiences of an answer; `None` where it shows none.
fn audiences(body: &Json) -> Option<Audiences> {
    let Some(Json::List(list)) = body.member("audiences") else {
        return None;
    };
    let of = |use_: &str| {
        list.iter()
            .filter(|audience| audience.member("type").and_then(Json::as_text) == Some(use_))
            .filter_map(|audience| {
                AudienceId::parse(audience.member("audienceId").and_then(Json::as_text)?)
            })
            .collect::<Vec<_>>()
    };
    Audiences::new(of("TARGET"), of("SUPPRESS")).ok()
}
