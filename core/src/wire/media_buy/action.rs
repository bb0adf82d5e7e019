//! `mediaBuys[]` of a campaign's update: what to do with single media buys (contract 9.3).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::TargetingOverlay;
use crate::change::{BuyAction, BuyCommand, BuyUpdate, PackageUpdate};
use crate::error::{Code, Violation};
use crate::ids::{AudienceId, MediaBuyId, PackageId, ProductId};
use crate::media_buy::StartTime;
use crate::money::Currency;
use crate::targeting::Audiences;
use crate::wire::budget::PackagePacing;
use crate::wire::goals::{self, BuyGoalOut};
use crate::wire::read::{Edge, Field, Fields, Item, Least, Range, Reader, instant};
use crate::wire::{Amount, Figure};
use crate::words::words;

/// The most buys of one request: our choice.
const MAX_BUYS: usize = 100;
/// The most packages or products of one buy: our choice.
const MAX_PACKAGES: usize = 1_000;
/// The most characters of a reason.
const MAX_REASON: usize = 1_000;

words! {
    /// What to do with a media buy.
    #[derive(Default)]
    pub enum ActionWord {
        /// Other values.
        #[default]
        Update = "update",
        /// The end at its seller.
        Cancel = "cancel",
        /// The end at its seller where it is at one, then put away.
        Delete = "delete",
    }
}

/// What to do with one media buy. Members of another action are refused.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MediaBuyActionIn {
    /// The buy.
    pub media_buy_id: String,
    /// Left out: `update`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<ActionWord>,
    /// `update`: our name of it, 1 to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub name: Option<String>,
    /// `update`: whether it shall be paused by itself; it then stays paused when the campaign is
    /// reactivated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// `update`: packages that change.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub packages: Option<Vec<PackageUpdateIn>>,
    /// `update`: products; only before a buy is sent. Afterwards its packages are changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 1000))]
    pub products: Option<Vec<ProductUpdateIn>>,
    /// `update`: `asap` or a date-time; not once it has begun.
    #[serde(rename = "start_time", skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// `update`: a date-time inside the flight.
    #[serde(rename = "end_time", skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    /// `update`: replaces the goals of every package.
    #[serde(rename = "optimization_goals", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub optimization_goals: Option<Vec<BuyGoalOut>>,
    /// `update`: why; kept with the change. At most 1,000 characters.
    #[serde(rename = "updated_reason", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub updated_reason: Option<String>,
    /// `cancel`: why; the seller is told. At most 1,000 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub reason: Option<String>,
    /// `cancel`: only these packages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 1000))]
    pub package_ids: Option<Vec<String>>,
}

/// Other values for one package; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PackageUpdateIn {
    /// Our id of it.
    pub package_id: String,
    /// Its money, above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// How it spends inside its window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pacing: Option<PackagePacing>,
    /// The bid, above 0; `null` only where the price is fixed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bid_price: Option<Figure>,
    /// First instant of its window, inside the buy and its pacing period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// Last instant of its window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    /// Audiences to add.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targeting_overlay: Option<TargetingOverlay>,
}

/// Other values for one product of a buy that was not sent yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductUpdateIn {
    /// The seller's id of it.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub product_id: String,
    /// How to buy it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub pricing_option_id: Option<String>,
    /// Its money, above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
    /// How it spends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pacing: Option<PackagePacing>,
    /// The bid, above 0, or `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bid_price: Option<Figure>,
    /// Whether it is taken out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remove: Option<bool>,
}

/// Reads `mediaBuys`; money in the campaign's currency.
pub(in crate::wire) fn read_actions(
    item: Item<'_>,
    reader: &mut Reader,
    currency: Currency,
) -> Option<Vec<BuyAction>> {
    item.each(reader, 0, MAX_BUYS, |item, reader| {
        action(item, reader, currency)
    })
}

fn action(item: Item<'_>, reader: &mut Reader, currency: Currency) -> Option<BuyAction> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let media_buy_id = fields
        .get(reader, "mediaBuyId")
        .required(reader)
        .and_then(|item| item.id(reader, MediaBuyId::PREFIX, MediaBuyId::parse));
    let word = fields.get(reader, "action");
    let word = if word.is_present() {
        word.optional(reader)
            .and_then(|item| item.word(reader, ActionWord::WORDS, ActionWord::parse))
    } else {
        Some(ActionWord::Update)
    };
    let name = fields.get(reader, "name");
    let paused = fields.get(reader, "paused");
    let packages = fields.get(reader, "packages");
    let products = fields.get(reader, "products");
    let start = fields.get(reader, "start_time");
    let end = fields.get(reader, "end_time");
    let goals = fields.get(reader, "optimization_goals");
    let updated_reason = fields.get(reader, "updated_reason");
    let reason = fields.get(reader, "reason");
    let package_ids = fields.get(reader, "packageIds");
    for (name, why) in [
        (
            "pacingPeriods",
            "media buys follow the campaign's pacing periods and have none of their own",
        ),
        (
            "creative_ids",
            "creatives are not assigned to single media buys here",
        ),
        ("suggestion_id", "suggestions are not taken here"),
    ] {
        let field = fields.get(reader, name);
        not_here(&field, reader, why);
    }
    let command = match word {
        None => None,
        Some(ActionWord::Update) => {
            not_here(
                &reason,
                reader,
                "`reason` belongs to the action `cancel`; an update has `updated_reason`",
            );
            not_here(
                &package_ids,
                reader,
                "`packageIds` belongs to the action `cancel`",
            );
            let update = BuyUpdate {
                name: name
                    .optional(reader)
                    .and_then(|item| item.line(reader, 1, 255)),
                paused: paused
                    .optional(reader)
                    .and_then(|item| item.boolean(reader)),
                packages: packages
                    .optional(reader)
                    .and_then(|item| {
                        item.each(reader, 0, MAX_PACKAGES, |item, reader| {
                            package(item, reader, currency)
                        })
                    })
                    .unwrap_or_default(),
                products: products
                    .optional(reader)
                    .and_then(|item| {
                        item.each(reader, 0, MAX_PACKAGES, |item, reader| {
                            product(item, reader, currency)
                        })
                    })
                    .unwrap_or_default(),
                start: start
                    .optional(reader)
                    .and_then(|item| start_time(item, reader)),
                end: end
                    .optional(reader)
                    .and_then(|item| item.instant(reader, Edge::End)),
                goals: goals
                    .optional(reader)
                    .and_then(|item| goals::read_of_buy(item, reader)),
                reason: text(updated_reason, reader),
            };
            Some(BuyCommand::Update(Box::new(update)))
        }
        Some(other) => {
            for field in [
                &name,
                &paused,
                &packages,
                &products,
                &start,
                &end,
                &goals,
                &updated_reason,
            ] {
                not_here(field, reader, "it belongs to the action `update`");
            }
            if other == ActionWord::Cancel {
                Some(BuyCommand::Cancel {
                    reason: text(reason, reader),
                    packages: package_ids.optional(reader).and_then(|item| {
                        item.distinct(reader, 1, MAX_PACKAGES, |item, reader| {
                            item.id(reader, PackageId::PREFIX, PackageId::parse)
                        })
                    }),
                })
            } else {
                for field in [&reason, &package_ids] {
                    not_here(field, reader, "it belongs to the action `cancel`");
                }
                Some(BuyCommand::Delete)
            }
        }
    };
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    Some(BuyAction {
        media_buy_id: media_buy_id?,
        command: command?,
    })
}

fn not_here(field: &Field<'_>, reader: &mut Reader, why: &str) {
    if field.is_present() {
        reader.add(Violation::new(
            reader.spell(field.path()),
            Code::NotAllowedHere,
            why,
        ));
    }
}

fn text(field: Field<'_>, reader: &mut Reader) -> Option<String> {
    field
        .optional(reader)
        .and_then(|item| item.text(reader, 0, MAX_REASON))
        .filter(|text| !text.is_empty())
}

fn start_time(item: Item<'_>, reader: &mut Reader) -> Option<StartTime> {
    item.parsed(
        reader,
        Code::InvalidFormat,
        "`asap`, `YYYY-MM-DD` or a date-time that ends in `Z`",
        |text| {
            if text == "asap" {
                Some(StartTime::Asap)
            } else {
                instant(text, Edge::Start).map(StartTime::At)
            }
        },
    )
}

/// Above 0, below a million, at most six decimals: as products are selected.
const PRICE: Range = Range {
    above: Some(Decimal::ZERO),
    min: None,
    max: Decimal::from_parts(1_000_000, 0, 0, false, 0),
    decimals: 6,
};

/// Outer none: not there, or wrong. Inner none: `null`.
#[expect(
    clippy::option_option,
    reason = "absent and null mean different things"
)]
fn bid(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<Option<Decimal>> {
    match fields.get(reader, "bidPrice").nullable()? {
        None => Some(None),
        Some(item) => item.rate(reader, "a price", PRICE).map(Some),
    }
}

fn pacing(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<PackagePacing> {
    fields
        .get(reader, "pacing")
        .optional(reader)
        .and_then(|item| item.word(reader, PackagePacing::WORDS, PackagePacing::parse))
}

fn package(item: Item<'_>, reader: &mut Reader, currency: Currency) -> Option<PackageUpdate> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let id = fields
        .get(reader, "packageId")
        .required(reader)
        .and_then(|item| item.id(reader, PackageId::PREFIX, PackageId::parse));
    let budget = fields
        .get(reader, "budget")
        .optional(reader)
        .and_then(|item| item.money(reader, currency, Least::AboveZero));
    let pacing = pacing(&mut fields, reader);
    let bid = bid(&mut fields, reader);
    let start = fields
        .get(reader, "startTime")
        .optional(reader)
        .and_then(|item| item.instant(reader, Edge::Start));
    let end = fields
        .get(reader, "endTime")
        .optional(reader)
        .and_then(|item| item.instant(reader, Edge::End));
    let (include, exclude) = fields
        .get(reader, "targetingOverlay")
        .optional(reader)
        .and_then(|item| overlay(item, reader))
        .unwrap_or_default();
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    Some(PackageUpdate {
        id: id?,
        budget,
        pacing: pacing.map(Into::into),
        bid,
        start,
        end,
        include,
        exclude,
    })
}

fn overlay(item: Item<'_>, reader: &mut Reader) -> Option<(Vec<AudienceId>, Vec<AudienceId>)> {
    let mut fields = item.object(reader)?;
    let mut ids = |reader: &mut Reader, name| {
        fields
            .get(reader, name)
            .optional(reader)
            .and_then(|item| {
                item.distinct(reader, 0, Audiences::MAX, |item, reader| {
                    item.id(reader, AudienceId::PREFIX, AudienceId::parse)
                })
            })
            .unwrap_or_default()
    };
    let include = ids(reader, "audience_include");
    let exclude = ids(reader, "audience_exclude");
    fields.finish(reader);
    Some((include, exclude))
}

fn product(item: Item<'_>, reader: &mut Reader, currency: Currency) -> Option<ProductId> {
    let mut fields = item.object(reader)?;
    let id = fields
        .get(reader, "productId")
        .required(reader)
        .and_then(|item| item.line(reader, 1, 255));
    fields
        .get(reader, "pricingOptionId")
        .optional(reader)
        .and_then(|item| item.line(reader, 1, 255));
    fields
        .get(reader, "budget")
        .optional(reader)
        .and_then(|item| item.money(reader, currency, Least::AboveZero));
    pacing(&mut fields, reader);
    bid(&mut fields, reader);
    fields
        .get(reader, "remove")
        .optional(reader)
        .and_then(|item| item.boolean(reader));
    fields.finish(reader);
    id.map(ProductId)
}
