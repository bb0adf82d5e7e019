//! The request that spends money: `create_media_buy`.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use flighting_core::budget::PacingStrategy;
use flighting_core::error::{Code, Violation};
use flighting_core::execution::{PlannedBuy, PlannedPackage};
use flighting_core::goal::Goal;
use flighting_core::ids::{CampaignId, MediaBuyId, PackageId};
use flighting_core::media_buy::{Package, StartTime};
use flighting_core::targeting::Constraints;
use flighting_core::wire::Json;
use serde::Serialize;
use serde_json::value::RawValue;

use super::overlay::{Exact, Overlay, Unspeakable, WireGoal};
use super::requests::{AccountRef, BrandRef, Buyer, written};
use super::version::MAJOR;
use super::webhook::{PushConfig, WirePush, WireReports};

pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

pub(super) fn pacing_word(pacing: PacingStrategy) -> &'static str {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    push_notification_config: Option<WirePush<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reporting_webhook: Option<WireReports<'a>>,
}

#[derive(Serialize)]
pub(super) struct CreatePackage<'a> {
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
pub(super) struct BuyContext<'a> {
    campaign_id: &'a str,
    media_buy_id: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct PackageContext<'a> {
    package_id: &'a str,
}

impl<'a> BuyContext<'a> {
    pub(super) fn of(campaign_id: &'a CampaignId, media_buy_id: &'a MediaBuyId) -> Self {
        Self {
            campaign_id: campaign_id.as_str(),
            media_buy_id: media_buy_id.as_str(),
        }
    }
}

impl<'a> PackageContext<'a> {
    pub(super) fn of(package_id: &'a PackageId) -> Self {
        Self {
            package_id: package_id.as_str(),
        }
    }
}

/// `create_media_buy` for one planned buy. Every package carries its window, exact money, pacing
/// word, bid and the goals; the constraints stand on each as targeting (decision 23). The result
/// is what is stored, and sent byte for byte with the secrets of the agent's webhooks in their
/// places. The operation is named by the request's key.
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
    push: Option<&PushConfig>,
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
        context: BuyContext::of(campaign_id, &buy.media_buy_id),
        push_notification_config: push.map(|push| push.push(idempotency_key)),
        reporting_webhook: push.and_then(PushConfig::reports),
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
        context: PackageContext::of(&package.package_id),
    })
}

/// A package that is added to a buy that exists.
pub(super) fn added_package<'a>(
    package: &'a Package,
    goals: &'a [Goal],
    constraints: &'a Constraints,
    buyer: &Buyer,
) -> Result<CreatePackage<'a>, Unspeakable> {
    Ok(CreatePackage {
        product_id: &package.product_id.0,
        pricing_option_id: &package.pricing_option_id,
        budget: Exact(package.budget.to_decimal()),
        pacing: pacing_word(package.pacing),
        bid_price: package.bid.map(|bid| Exact(bid.normalize())),
        start_time: (!package.starts_at_once).then(|| instant(package.window.start())),
        end_time: instant(package.window.end()),
        optimization_goals: goals.iter().map(WireGoal::from).collect(),
        targeting_overlay: Overlay::with_audiences(
            constraints,
            &package.audiences,
            buyer.dialect.pin,
        )?,
        context: PackageContext::of(&package.id),
    })
}

/// Members of `create_media_buy` that the plan decides, or that could move money: an answer to a
/// seller's question never carries them.
const NOT_AN_ANSWER: [&str; 18] = [
    "account",
    "adcp_major_version",
    "adcp_version",
    "bidding",
    "brand",
    "budget_allocation",
    "context",
    "daily_budget_cap",
    "end_time",
    "frequency_cap",
    "idempotency_key",
    "packages",
    "paused",
    "proposal_id",
    "push_notification_config",
    "reporting_webhook",
    "start_time",
    "total_budget",
];

/// The stored request with the members that answer a seller's question. Without any it is the same
/// bytes under the same key: the seller goes on with what it knows. With some it is another
/// request and has another key.
///
/// # Errors
/// Every member that an answer cannot carry; all of them when the stored request is not ours.
pub fn answered(
    stored: &str,
    stored_key: &str,
    fresh_key: &str,
    data: &[(String, Json)],
) -> Result<Box<RawValue>, Vec<Violation>> {
    let mut violations = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for (name, _) in data {
        let path = format!("data.{name}");
        if NOT_AN_ANSWER.contains(&name.as_str()) {
            let message = format!("expected an answer, got `{name}`, which the plan decides");
            violations.push(Violation::new(path, Code::NotAllowedHere, message));
        } else if seen.contains(&name.as_str()) {
            let message = format!("expected `{name}` once, got it again");
            violations.push(Violation::new(path, Code::DuplicateField, message));
        }
        seen.push(name);
    }
    if !violations.is_empty() {
        return Err(violations);
    }
    let unreadable = || {
        let message = "expected the request that was sent, got something else";
        vec![Violation::new("data", Code::WrongType, message)]
    };
    if data.is_empty() {
        return RawValue::from_string(stored.to_owned()).map_err(|_| unreadable());
    }
    let quoted = |key: &str| format!("\"{key}\"");
    let raw = |text: String| RawValue::from_string(text).map_err(|_| unreadable());
    let mut members: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(stored).map_err(|_| unreadable())?;
    let key = members
        .insert("idempotency_key".to_owned(), raw(quoted(fresh_key))?)
        .ok_or_else(unreadable)?;
    if key.get() != quoted(stored_key) {
        return Err(unreadable());
    }
    // A message about it names the operation by its key.
    if let Some(push) = members.get_mut("push_notification_config") {
        *push = raw(push
            .get()
            .replacen(&quoted(stored_key), &quoted(fresh_key), 1))?;
    }
    // What an earlier answer said of a name is said anew.
    for (name, value) in data {
        let value = serde_json::value::to_raw_value(value).map_err(|_| unreadable())?;
        members.insert(name.clone(), value);
    }
    serde_json::value::to_raw_value(&members).map_err(|_| unreadable())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: &str =
        r#"{"adcp_major_version":3,"idempotency_key":"first","packages":[{"budget":5000.10}]}"#;

    fn of(data: &str) -> Result<String, Vec<String>> {
        let Json::Object(data) = serde_json::from_str(data).unwrap() else {
            panic!("an object")
        };
        answered(STORED, "first", "second", &data)
            .map(|raw| raw.get().to_owned())
            .map_err(|found| found.into_iter().map(|each| each.path).collect())
    }

    #[test]
    fn an_answer_without_data_is_the_same_request() {
        assert_eq!(of("{}").unwrap(), STORED);
    }

    #[test]
    fn data_is_added_under_another_key_and_the_rest_keeps_its_bytes() {
        assert_eq!(
            of(r#"{"po_number":"7","ext":{"approved":true}}"#).unwrap(),
            r#"{"adcp_major_version":3,"ext":{"approved":true},"idempotency_key":"second","packages":[{"budget":5000.10}],"po_number":"7"}"#
        );
    }

    #[test]
    fn what_an_earlier_answer_said_is_said_anew_and_the_operation_follows_the_key() {
        let stored = r#"{"idempotency_key":"first","po_number":"7","push_notification_config":{"operation_id":"first"}}"#;
        let data = [("po_number".to_owned(), Json::Text("8".to_owned()))];
        assert_eq!(
            answered(stored, "first", "second", &data).unwrap().get(),
            r#"{"idempotency_key":"second","po_number":"8","push_notification_config":{"operation_id":"second"}}"#
        );
    }

    #[test]
    fn what_the_plan_decides_is_no_answer() {
        assert_eq!(
            of(r#"{"packages":[],"po_number":"7","total_budget":9,"po_number":"8"}"#),
            Err(["data.packages", "data.total_budget", "data.po_number"]
                .map(String::from)
                .to_vec())
        );
    }
}
