//! The request that spends money: `create_media_buy`.

use chrono::{DateTime, SecondsFormat, Utc};
use flighting_core::budget::PacingStrategy;
use flighting_core::execution::{PlannedBuy, PlannedPackage};
use flighting_core::goal::Goal;
use flighting_core::ids::CampaignId;
use flighting_core::media_buy::StartTime;
use flighting_core::targeting::Constraints;
use serde::Serialize;
use serde_json::value::RawValue;

use super::overlay::{Exact, Overlay, Unspeakable, WireGoal};
use super::requests::{AccountRef, BrandRef, Buyer, written};
use super::version::MAJOR;

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn pacing_word(pacing: PacingStrategy) -> &'static str {
    match pacing {
        PacingStrategy::Even => "even",
        PacingStrategy::Asap => "asap",
        PacingStrategy::FrontLoaded => "front_loaded",
    }
}

#[derive(Serialize)]
struct CreateMediaBuy<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    adcp_version: Option<&'static str>,
    adcp_major_version: u8,
    idempotency_key: &'a str,
    account: &'a AccountRef,
    brand: BrandRef,
    start_time: String,
    end_time: String,
    packages: Vec<CreatePackage<'a>>,
    context: BuyContext<'a>,
}

#[derive(Serialize)]
struct CreatePackage<'a> {
    product_id: &'a str,
    pricing_option_id: &'a str,
    budget: Exact,
    pacing: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid_price: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<String>,
    end_time: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    optimization_goals: Vec<WireGoal<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    targeting_overlay: Option<Overlay<'a>>,
    context: PackageContext<'a>,
}

/// What we ask the seller to echo, so that a buy can be found again whatever happens.
#[derive(Debug, Serialize)]
struct BuyContext<'a> {
    campaign_id: &'a str,
    media_buy_id: &'a str,
}

#[derive(Debug, Serialize)]
struct PackageContext<'a> {
    package_id: &'a str,
}

/// `create_media_buy` for one planned buy. Every package carries its window, exact money, pacing
/// word, bid and the goals; the constraints stand on each as targeting (decision 23). The result
/// is what is stored and sent, byte for byte.
///
/// # Errors
/// [`Unspeakable`] when the agent's release has no words for a constraint.
pub fn create_media_buy(
    buyer: &Buyer,
    idempotency_key: &str,
    campaign_id: &CampaignId,
    buy: &PlannedBuy,
    goals: &[Goal],
    constraints: &Constraints,
) -> Result<Box<RawValue>, Unspeakable> {
    let packages = buy
        .packages
        .iter()
        .map(|package| create_package(package, goals, constraints, buyer))
        .collect::<Result<_, _>>()?;
    written(&CreateMediaBuy {
        adcp_version: buyer.dialect.wire_version(),
        adcp_major_version: MAJOR,
        idempotency_key,
        account: &buyer.account,
        brand: BrandRef {
            domain: buyer.brand.clone(),
        },
        start_time: match buy.start {
            StartTime::Asap => "asap".to_owned(),
            StartTime::At(at) => instant(at),
        },
        end_time: instant(buy.end),
        packages,
        context: BuyContext {
            campaign_id: campaign_id.as_str(),
            media_buy_id: buy.media_buy_id.as_str(),
        },
    })
}

fn create_package<'a>(
    package: &'a PlannedPackage,
    goals: &'a [Goal],
    constraints: &'a Constraints,
    buyer: &Buyer,
) -> Result<CreatePackage<'a>, Unspeakable> {
    Ok(CreatePackage {
        product_id: &package.product.key.product_id.0,
        pricing_option_id: &package.product.pricing_option_id,
        budget: Exact(package.budget.to_decimal()),
        pacing: pacing_word(package.pacing),
        bid_price: package.bid.map(|bid| Exact(bid.normalize())),
        start_time: (!package.starts_at_once).then(|| instant(package.window.start())),
        end_time: instant(package.window.end()),
        optimization_goals: goals.iter().map(WireGoal::from).collect(),
        targeting_overlay: Overlay::of(constraints, buyer.dialect.pin)?,
        context: PackageContext {
            package_id: package.package_id.as_str(),
        },
    })
}
