//! A campaign from the answer that shows it, so that rules which ask for a whole campaign can be
//! asked by somebody who only has the answer.

use chrono::{DateTime, Utc};

use super::options::Asked;
use super::read;
use crate::budget::PacingStrategy;
use crate::campaign::{Campaign, CampaignStatus, CampaignType, LaunchedPeriod, PlanFields};
use crate::delivery::Delivery;
use crate::error::Violation;
use crate::flight::Flight;
use crate::ids::{
    AdvertiserId, AgentId, AudienceId, CampaignId, Ids, MediaBuyId, Numbered, ProductId,
};
use crate::media_buy::{
    MediaBuy, MediaBuyStatus, Package, PackageStatus, PeriodRef, SellerSide, StartTime,
    SubmissionState, Wish,
};
use crate::money::{Currency, Money};
use crate::targeting::Audiences;
use crate::wire::campaign::{flight, read_create_among};
use crate::wire::json::Json;
use crate::wire::read::{Edge, Fields, Item, Least, Reader};

/// What an answer has and a create body has not.
const ANSWERED: [&str; 20] = [
    "campaignId",
    "status",
    "currency",
    "mediaBudget",
    "allocatedBudget",
    "unallocatedBudget",
    "deliveredSpend",
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
            Some(dates) => flight(Item::at("flightDates", dates), &mut reader)?,
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
            .filter_map(|item| buy(item, &mut reader, currency, plan.flight, &mut ids))
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

fn buy(
    item: Item<'_>,
    reader: &mut Reader,
    currency: Currency,
    flight: Flight,
    ids: &mut Numbered,
) -> Option<MediaBuy> {
    let mut fields = item.object(reader)?;
    let words: Vec<&str> = MediaBuyStatus::ALL.iter().map(|s| s.as_str()).collect();
    let status = fields
        .get(reader, "status")
        .required(reader)
        .and_then(|item| item.word(reader, &words, MediaBuyStatus::parse))?;
    let id = fields
        .get(reader, "mediaBuyId")
        .optional(reader)
        .and_then(|item| item.id(reader, MediaBuyId::PREFIX, MediaBuyId::parse))
        .unwrap_or_else(|| ids.media_buy());
    let agent_id = fields
        .get(reader, "salesAgentId")
        .optional(reader)
        .and_then(|item| item.id(reader, AgentId::PREFIX, AgentId::parse))
        .or_else(|| AgentId::parse("agt_0"))?;
    let start = match fields.text("startTime") {
        Some("asap") | None => StartTime::Asap,
        Some(_) => StartTime::At(instant(&mut fields, reader, "startTime", Edge::Start)?),
    };
    let end = instant(&mut fields, reader, "endTime", Edge::End).unwrap_or(flight.end());
    let whole = amount(&mut fields, reader, "budget", currency);
    let since = instant(&mut fields, reader, "statusSince", Edge::Start);
    let mut packages: Vec<Package> = fields
        .get(reader, "packages")
        .optional(reader)
        .and_then(|item| item.list(reader, 0, 10_000))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|item| package(item, reader, currency, flight, ids))
        .collect();
    if packages.is_empty()
        && let Some(budget) = whole
    {
        packages.push(bare(budget, flight, ids));
    }
    let flag = |name: &str| fields_flag(&fields, name);
    let own_pause = flag("pausedByItself");
    let held = flag("held") || (status == MediaBuyStatus::Paused && !own_pause);
    let wish = match fields.text("unconfirmed") {
        Some("pause") => Some(Wish::Pause),
        Some("resume") => Some(Wish::Resume),
        _ => None,
    };
    let submission = match fields.text("submission") {
        Some("open") => SubmissionState::Open,
        Some("silent") => SubmissionState::Silent,
        _ => SubmissionState::Closed,
    };
    let since = since.unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
    Some(MediaBuy {
        id,
        agent_id,
        agent_name: String::new(),
        name: String::new(),
        status,
        status_since: since,
        archived_from: None,
        launch: 1,
        start,
        end,
        packages,
        goals: Vec::new(),
        submission,
        campaign_hold: held,
        own_pause,
        wish,
        pending: None,
        failure: None,
        flags: Vec::new(),
        key_is_spent: false,
        needs_person: None,
        seller: SellerSide::default(),
        created_at: DateTime::<Utc>::UNIX_EPOCH,
        updated_at: since,
    })
}

fn fields_flag(fields: &Fields<'_>, name: &str) -> bool {
    fields.value(name) == Some(&Json::Bool(true))
}

fn instant(
    fields: &mut Fields<'_>,
    reader: &mut Reader,
    name: &'static str,
    edge: Edge,
) -> Option<DateTime<Utc>> {
    fields
        .get(reader, name)
        .optional(reader)
        .and_then(|item| item.instant(reader, edge))
}

fn amount(
    fields: &mut Fields<'_>,
    reader: &mut Reader,
    name: &'static str,
    currency: Currency,
) -> Option<Money> {
    fields
        .get(reader, name)
        .optional(reader)
        .and_then(|item| item.money(reader, currency, Least::Zero))
}

fn bare(budget: Money, window: Flight, ids: &mut Numbered) -> Package {
    Package {
        id: ids.package(),
        product_id: ProductId(String::new()),
        product_name: String::new(),
        pricing_option_id: String::new(),
        period: None,
        window,
        starts_at_once: false,
        budget,
        pacing: PacingStrategy::Even,
        bid: None,
        status: PackageStatus::Active,
        seller_package_id: None,
        seller_budget: None,
        delivery: None,
    }
}

fn package(
    item: Item<'_>,
    reader: &mut Reader,
    currency: Currency,
    flight: Flight,
    ids: &mut Numbered,
) -> Option<Package> {
    let mut fields = item.object(reader)?;
    let budget = fields
        .get(reader, "budget")
        .required(reader)
        .and_then(|item| item.money(reader, currency, Least::Zero))?;
    let product = fields
        .get(reader, "productId")
        .optional(reader)
        .and_then(|item| item.line(reader, 1, 255));
    let start = instant(&mut fields, reader, "startTime", Edge::Start);
    let end = instant(&mut fields, reader, "endTime", Edge::End);
    let window = start
        .zip(end)
        .and_then(|(start, end)| Flight::new(start, end))
        .unwrap_or(flight);
    let period = fields
        .get(reader, "pacingPeriod")
        .optional(reader)
        .and_then(|item| item.object(reader))
        .and_then(|mut period| {
            Some(PeriodRef {
                index: period
                    .get(reader, "index")
                    .required(reader)?
                    .integer(reader, 1, 52)
                    .and_then(|index| u32::try_from(index).ok())?,
                label: period.text("label").unwrap_or_default().to_owned(),
            })
        });
    let seller_budget = amount(&mut fields, reader, "sellerBudget", currency);
    let spend = fields
        .get(reader, "delivery")
        .optional(reader)
        .and_then(|item| item.object(reader))
        .and_then(|mut delivery| amount(&mut delivery, reader, "spend", currency));
    Some(Package {
        product_id: ProductId(product.unwrap_or_default()),
        period,
        seller_budget,
        delivery: spend.map(|spend| Delivery {
            spend,
            ..Delivery::none(currency)
        }),
        ..bare(budget, window, ids)
    })
}
