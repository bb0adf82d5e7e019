//! What executing a plan would buy: one media buy per sales agent, one package per product and
//! pacing period.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::options::Asked;
use super::read::{money_members, products};
use super::{Answer, refused};
use crate::campaign::{Campaign, CampaignDraft, CampaignStatus, CampaignType, PlanFields};
use crate::error::{Code, Refusal, Violation};
use crate::execution::{Plan, PlannedBuy, PlannedPackage, plan, preview};
use crate::ids::{AdvertiserId, CampaignId, Ids, Numbered};
use crate::media_buy::StartTime;
use crate::money::{Currency, Money};
use crate::selection::SelectedProduct;
use crate::wire::budget::PackagePacing;
use crate::wire::execute::Warning;
use crate::wire::json::Json;
use crate::wire::media_buy::PeriodRefOut;
use crate::wire::{Amount, Figure};

/// What executing a plan would buy. The packages of a buy add up to its budget, the buys to the
/// total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedPackages {
    /// The currency of every amount here.
    pub currency: String,
    /// The sum of all packages, in major units.
    pub total: Amount,
    /// How many packages there are.
    pub package_count: u32,
    /// One per sales agent, in the order of their first product.
    pub media_buys: Vec<PlannedBuyOut>,
    /// What to know; it stops nothing but what execute refuses.
    pub warnings: Vec<Warning>,
}

/// One media buy as it would be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedBuyOut {
    /// Who sells.
    pub sales_agent_id: String,
    /// Its name.
    pub sales_agent_name: String,
    /// `<campaign> - <agent>`, at most 255 characters.
    pub name: String,
    /// `asap` once the flight has begun, else a date-time.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-01T00:00:00Z"))]
    pub start_time: String,
    /// When it ends.
    pub end_time: DateTime<Utc>,
    /// The sum of its packages, in major units.
    pub budget: Amount,
    /// By product, then period.
    pub packages: Vec<PlannedPackageOut>,
}

/// One product in one pacing period, as it would be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedPackageOut {
    /// The product.
    pub product_id: String,
    /// Its name.
    pub product_name: String,
    /// The pacing period it is for; absent without pacing periods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pacing_period: Option<PeriodRefOut>,
    /// First instant of its window.
    pub start_time: DateTime<Utc>,
    /// Last instant of its window.
    pub end_time: DateTime<Utc>,
    /// Whether it is sent without a start, since its window has begun.
    pub starts_at_once: bool,
    /// Its media money, in major units.
    pub budget: Amount,
    /// How it spends inside its window.
    pub pacing: PackagePacing,
    /// The bid, for auction prices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bid_price: Option<Figure>,
}

impl PlannedPackageOut {
    fn of(package: &PlannedPackage) -> Self {
        let PlannedPackage {
            package_id: _,
            product,
            period,
            window,
            starts_at_once,
            budget,
            pacing,
            bid,
        } = package;
        Self {
            product_id: product.key.product_id.to_string(),
            product_name: product.name.clone(),
            pacing_period: period.as_deref().map(Into::into),
            start_time: window.start(),
            end_time: window.end(),
            starts_at_once: *starts_at_once,
            budget: (*budget).into(),
            pacing: (*pacing).into(),
            bid_price: bid.map(Into::into),
        }
    }
}

impl PlannedBuyOut {
    fn of(buy: &PlannedBuy, currency: Currency) -> Result<Self, Refusal> {
        let PlannedBuy {
            media_buy_id: _,
            reuses_failed: _,
            agent_id,
            agent_name,
            name,
            start,
            end,
            packages,
        } = buy;
        Ok(Self {
            sales_agent_id: agent_id.to_string(),
            sales_agent_name: agent_name.clone(),
            name: name.clone(),
            start_time: match start {
                StartTime::Asap => "asap".to_owned(),
                StartTime::At(at) => at.to_rfc3339_opts(SecondsFormat::Secs, true),
            },
            end_time: *end,
            budget: buy.budget()?.unwrap_or(Money::zero(currency)).into(),
            packages: packages.iter().map(PlannedPackageOut::of).collect(),
        })
    }
}

/// What executing a plan would buy now: of `flightDates`, `budget`, `fees`, `pacingPeriods` and
/// `products`. Money that is asked for and not there is a warning, with `strict` a refusal.
///
/// # Errors
/// What the API refuses these members with, or the execute.
pub fn plan_packages(body: &Json, asked: &Asked) -> Answer<PlannedPackages> {
    let (plan, currency) = laid_out(body, asked, &mut Numbered::default())?;
    let Plan { buys, warnings, .. } = &plan;
    let count: usize = buys.iter().map(|buy| buy.packages.len()).sum();
    Ok(PlannedPackages {
        currency: currency.code().to_owned(),
        total: plan.total()?.unwrap_or(Money::zero(currency)).into(),
        package_count: u32::try_from(count).unwrap_or(u32::MAX),
        media_buys: buys
            .iter()
            .map(|buy| PlannedBuyOut::of(buy, currency))
            .collect::<Result<_, _>>()?,
        warnings: warnings.iter().map(Into::into).collect(),
    })
}

/// Core's own plan of an execute.
pub(super) fn laid_out(body: &Json, asked: &Asked, ids: &mut dyn Ids) -> Answer<(Plan, Currency)> {
    let (campaign, selection) = draft(body, asked)?;
    let plan = planned(&campaign, &selection, asked, ids)?;
    Ok((plan, campaign.currency()))
}

/// What an execute would send, or with `strict` what it would refuse.
pub(super) fn planned(
    campaign: &Campaign,
    selection: &[SelectedProduct],
    asked: &Asked,
    ids: &mut dyn Ids,
) -> Result<Plan, Refusal> {
    if asked.strict {
        plan(campaign, selection, ids, asked.now())
    } else {
        preview(campaign, selection, ids, asked.now())
    }
}

/// The draft campaign of a plan with its products.
pub(super) fn draft(body: &Json, asked: &Asked) -> Answer<(Campaign, Vec<SelectedProduct>)> {
    if let Some(status) = body.member("status").and_then(Json::as_text)
        && status != CampaignStatus::Draft.as_str()
    {
        return Err(Refusal::WrongPhase {
            is: CampaignStatus::parse(status).map_or("", CampaignStatus::as_str),
            allowed: &["DRAFT"],
            message: "packages are planned here for drafts only".to_owned(),
        }
        .into());
    }
    let members = money_members(body, asked)?;
    if !members.has_flight {
        return Err(refused(vec![Violation::new(
            "flightDates",
            Code::Required,
            "expected a value, got nothing",
        )]));
    }
    let selection = products(body, members.plan.budget.total.currency())?;
    campaign_of(members.kind, members.plan)
        .map(|campaign| (campaign, selection))
        .ok_or_else(|| Refusal::Overflow.into())
}

/// A draft campaign of a plan, under an id that nobody sees.
pub(super) fn campaign_of(campaign_type: CampaignType, plan: PlanFields) -> Option<Campaign> {
    let draft = CampaignDraft {
        advertiser_id: AdvertiserId::parse("adv_0")?,
        campaign_type,
        plan,
        caps: Vec::new(),
        product_ids: Vec::new(),
    };
    let mut ids = Numbered::default();
    Some(Campaign::create(
        CampaignId::parse("cmp_0")?,
        draft,
        &mut || ids.cap(),
        DateTime::<Utc>::UNIX_EPOCH,
    ))
}
