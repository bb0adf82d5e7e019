//! Media buys and packages of an answer.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::change;
use crate::budget::PacingStrategy;
use crate::delivery::Delivery;
use crate::flight::Flight;
use crate::ids::{AgentId, AudienceId, Ids, MediaBuyId, Numbered, PackageId, ProductId};
use crate::media_buy::{
    MediaBuy, MediaBuyStatus, Package, PackageStatus, PeriodRef, SellerSide, StartTime,
    SubmissionState, Wish,
};
use crate::money::{Currency, Money};
use crate::targeting::Audiences;
use crate::wire::budget::PackagePacing;
use crate::wire::goals;
use crate::wire::read::{Edge, Fields, Item, Least, Reader};

/// Reads a media buy as it is answered; of members that are left out the plainest is taken.
pub(super) fn read(
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
    let flag = |name: &str| fields.is_true(name);
    let own_pause = flag("pausedByItself");
    let held = flag("held") || (status == MediaBuyStatus::Paused && !own_pause);
    let wish = match fields.text("unconfirmed") {
        Some("pause") => Some(Wish::Pause),
        Some("resume") => Some(Wish::Resume),
        _ => None,
    };
    let goals = fields
        .get(reader, "optimizationGoals")
        .optional(reader)
        .and_then(|item| goals::read_of_buy(item, reader));
    // A buy that runs is known to its seller, also where somebody wrote less than an answer says.
    let seller_id = match fields.value("sellerMediaBuyId") {
        Some(value) => value.as_text().map(str::to_owned),
        None => matches!(status, MediaBuyStatus::Active | MediaBuyStatus::Paused).then(String::new),
    };
    let pending_change = fields
        .get(reader, "pendingChange")
        .optional(reader)
        .and_then(|item| change::read(item, reader, currency, &packages));
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
        name: fields.text("name").unwrap_or_default().to_owned(),
        status,
        status_since: since,
        archived_from: None,
        launch: 1,
        start,
        end,
        packages,
        goals: goals.unwrap_or_default(),
        submission,
        campaign_hold: held,
        own_pause,
        wish,
        pending: None,
        failure: None,
        flags: Vec::new(),
        key_is_spent: false,
        needs_person: None,
        changes: u32::from(pending_change.is_some()),
        requests: 0,
        pending_change,
        constraints: None,
        seller: SellerSide {
            media_buy_id: seller_id,
            ..SellerSide::default()
        },
        created_at: DateTime::<Utc>::UNIX_EPOCH,
        updated_at: since,
    })
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
        audiences: Audiences::default(),
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
    let id = fields
        .get(reader, "packageId")
        .optional(reader)
        .and_then(|item| item.id(reader, PackageId::PREFIX, PackageId::parse));
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
    let status = match fields.text("status") {
        Some("paused") => PackageStatus::Paused,
        Some("canceled") => PackageStatus::Canceled,
        _ => PackageStatus::Active,
    };
    let pacing = fields
        .get(reader, "pacing")
        .optional(reader)
        .and_then(|item| item.word(reader, PackagePacing::WORDS, PackagePacing::parse))
        .map_or(PacingStrategy::Even, Into::into);
    let bid = fields
        .get(reader, "bidPrice")
        .nullable()
        .flatten()
        .and_then(|item| item.decimal(reader, "a price"))
        .map(|bid: Decimal| bid.normalize());
    let audiences = fields
        .get(reader, "targetingOverlay")
        .optional(reader)
        .and_then(|item| audiences(item, reader));
    let bare = bare(budget, window, ids);
    Some(Package {
        id: id.unwrap_or_else(|| bare.id.clone()),
        product_name: fields.text("productName").unwrap_or_default().to_owned(),
        seller_package_id: fields.text("sellerPackageId").map(str::to_owned),
        starts_at_once: fields.is_true("startsAtOnce"),
        status,
        pacing,
        bid,
        audiences: audiences.unwrap_or_default(),
        product_id: ProductId(product.unwrap_or_default()),
        period,
        seller_budget,
        delivery: spend.map(|spend| Delivery {
            spend,
            ..Delivery::none(currency)
        }),
        ..bare
    })
}

fn audiences(item: Item<'_>, reader: &mut Reader) -> Option<Audiences> {
    let mut fields = item.object(reader)?;
    let mut list = |name| {
        fields
            .get(reader, name)
            .optional(reader)
            .and_then(|item| {
                item.each(reader, 0, Audiences::MAX, |item, reader| {
                    item.id(reader, AudienceId::PREFIX, AudienceId::parse)
                })
            })
            .unwrap_or_default()
    };
    Audiences::new(list("audience_include"), list("audience_exclude")).ok()
}
