//! A campaign as it is answered.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::FlightDates;
use crate::advertiser::{Advertiser, ApplyMode};
use crate::campaign::{Campaign, CampaignStatus, CampaignType, MoneyView, PlanFields};
use crate::creative::{Coverage, FormatId};
use crate::error::Refusal;
use crate::media_buy::MediaBuyStatus;
use crate::pacing::{Executed, PacingPlan, resolve};
use crate::rollup::{RollUp, Rule};
use crate::selection::SelectedProduct;
use crate::wire::Amount;
use crate::wire::budget::{BudgetOut, FeeOut, TotalOut, fees_out};
use crate::wire::caps::{AudienceOut, CapLevel, FrequencyCapOut, audiences_out, caps_out};
use crate::wire::constraints::ConstraintsBody;
use crate::wire::goals::PerformanceConfig;
use crate::wire::media_buy::MediaBuyOut;
use crate::wire::pacing::{PacingPeriodsOut, pacing_out};

/// What an answer is made of: the campaign, its owner, and the selection of its discovery session
/// (empty where it has none).
#[derive(Debug, Clone, Copy)]
pub struct CampaignView<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// Its owner.
    pub advertiser: &'a Advertiser,
    /// What is selected in its discovery session.
    pub selection: &'a [SelectedProduct],
}

/// One campaign, all of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Campaign))]
pub struct CampaignOut {
    /// Stable id.
    pub campaign_id: String,
    /// The owner.
    pub advertiser_id: String,
    /// 1 to 255 characters.
    pub name: String,
    /// Its status.
    pub status: CampaignStatus,
    /// Fixed after create.
    pub campaign_type: CampaignType,
    /// When ads may run.
    pub flight_dates: FlightDates,
    /// The currency of every amount here.
    pub currency: String,
    /// Everything the advertiser commits, fees included.
    pub budget: BudgetOut,
    /// Total less fees: what is there for media.
    pub media_budget: TotalOut,
    /// What is taken from the total before media.
    pub fees: Vec<FeeOut>,
    /// Held by media buys that still count.
    pub allocated_budget: Amount,
    /// Media budget less allocated; below 0 where sellers delivered more than was bought.
    pub unallocated_budget: Amount,
    /// Media money delivered so far.
    pub delivered_spend: Amount,
    /// A smaller budget or a narrower flight that waits until sellers have confirmed what makes
    /// room for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_plan: Option<PendingPlanOut>,
    /// Free text for product search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brief: Option<String>,
    /// Channels, places, devices.
    pub constraints: ConstraintsBody,
    /// In DRAFT only: the discovery session that owns the selection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery_id: Option<String>,
    /// In DRAFT only: how many products are selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_count: Option<u64>,
    /// In DRAFT only: the selected products.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub products: Option<Vec<SelectedProductRef>>,
    /// Whom to reach and whom to leave out.
    pub audiences: Vec<AudienceOut>,
    /// Optimisation goals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performance_config: Option<PerformanceConfig>,
    /// What happens to suggestions: the campaign's own word, else the advertiser's.
    pub optimization_apply_mode: ApplyMode,
    /// Whether that is the advertiser's.
    pub optimization_apply_mode_inherited: bool,
    /// How the money is laid over time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pacing_periods: Option<PacingPeriodsOut>,
    /// Caps in force.
    pub frequency_caps: Vec<FrequencyCapOut>,
    /// Which formats the selected products take, and which still need a creative.
    pub creative_formats: CreativeFormatsOut,
    /// The one status of all media buys, the most restrictive; none before the first execute.
    pub media_buy_status: Option<MediaBuyStatus>,
    /// How many buys are in each status.
    pub media_buy_status_counts: BTreeMap<String, u32>,
    /// Why the media buy status is the one it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_buy_status_reason: Option<StatusReason>,
    /// What executing made.
    pub media_buys: Vec<MediaBuyOut>,
    /// Moves with every command of a caller; send it back as `expectedRevision`.
    pub revision: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// The part of a plan that waits for sellers: packages first, the plan after them. It is dropped
/// when one of them refuses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PendingPlan))]
pub struct PendingPlanOut {
    /// The budget as it shall be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetOut>,
    /// The fees as they shall be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fees: Option<Vec<FeeOut>>,
    /// The flight as it shall be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flight_dates: Option<FlightDates>,
    /// The media buys whose changes have to be confirmed first.
    pub waits_for: Vec<String>,
}

impl PendingPlanOut {
    fn of(campaign: &Campaign) -> Result<Option<Self>, Refusal> {
        let Some(waits_for) = campaign.plan_waits_for() else {
            return Ok(None);
        };
        let money = campaign.pending_money();
        Ok(Some(Self {
            budget: money.map(|(budget, _)| budget.into()),
            fees: money
                .map(|(budget, fees)| fees_out(budget.total, fees))
                .transpose()?,
            flight_dates: campaign.pending_flight().map(Into::into),
            waits_for: waits_for.into_iter().map(ToString::to_string).collect(),
        }))
    }
}

/// A selected product, by its ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SelectedProductRef {
    /// The seller's id of it.
    pub product_id: String,
    /// Who sells it.
    pub sales_agent_id: String,
}

/// Which formats are taken, supplied, and still to be supplied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = CreativeFormats))]
pub struct CreativeFormatsOut {
    /// Formats the selected products take.
    pub required: Vec<FormatId>,
    /// Those that a creative is supplied in.
    pub covered: Vec<FormatId>,
    /// Formats of products that no creative fits yet.
    pub missing: Vec<FormatId>,
}

impl From<Coverage> for CreativeFormatsOut {
    fn from(coverage: Coverage) -> Self {
        let Coverage {
            required,
            covered,
            missing,
        } = coverage;
        Self {
            required,
            covered,
            missing,
        }
    }
}

/// Why the media buy status of a campaign is the one it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusReason {
    /// The buy that sets it.
    pub media_buy_id: String,
    /// By which rule.
    pub rule: Rule,
    /// Since when that buy has it.
    pub since: DateTime<Utc>,
}

impl StatusReason {
    /// The reason in a roll-up.
    pub(crate) fn of(roll_up: &RollUp) -> Self {
        let RollUp {
            status: _,
            media_buy_id,
            since,
            rule,
            counts: _,
        } = roll_up;
        Self {
            media_buy_id: media_buy_id.to_string(),
            rule: *rule,
            since: *since,
        }
    }
}

impl CampaignOut {
    /// The answer for a campaign.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money; not possible for a campaign whose plan was checked.
    pub fn of(view: CampaignView<'_>) -> Result<Self, Refusal> {
        let CampaignView {
            campaign,
            advertiser,
            selection,
        } = view;
        let PlanFields {
            name,
            brief,
            flight,
            budget,
            fees,
            pacing,
            constraints,
            goals,
            audiences,
            apply_mode,
            discovery_id,
        } = campaign.plan();
        let money = campaign.money()?;
        let MoneyView {
            total,
            media,
            allocated,
            unallocated,
            spent,
        } = money;
        let roll_up = campaign.roll_up();
        let draft = campaign.status() == CampaignStatus::Draft;
        let formats = selection.iter().map(|product| product.formats.as_slice());
        let currency = campaign.currency();
        Ok(Self {
            campaign_id: campaign.id().to_string(),
            advertiser_id: campaign.advertiser_id().to_string(),
            name: name.clone(),
            status: campaign.status(),
            campaign_type: campaign.campaign_type(),
            flight_dates: (*flight).into(),
            currency: currency.code().to_owned(),
            budget: budget.into(),
            media_budget: media.into(),
            fees: fees_out(total, fees)?,
            allocated_budget: allocated.into(),
            unallocated_budget: unallocated.into(),
            delivered_spend: spent.into(),
            pending_plan: PendingPlanOut::of(campaign)?,
            brief: brief.clone(),
            constraints: constraints.into(),
            discovery_id: discovery_id
                .as_ref()
                .filter(|_| draft)
                .map(ToString::to_string),
            product_count: draft.then(|| u64::try_from(selection.len()).unwrap_or(u64::MAX)),
            products: draft.then(|| selection.iter().map(SelectedProductRef::of).collect()),
            audiences: audiences_out(audiences),
            performance_config: (!goals.is_empty()).then(|| PerformanceConfig {
                optimization_goals: goals.iter().map(Into::into).collect(),
            }),
            optimization_apply_mode: apply_mode.unwrap_or(advertiser.apply_mode),
            optimization_apply_mode_inherited: apply_mode.is_none(),
            pacing_periods: pacing
                .as_ref()
                .map(|plan| periods(campaign, plan, &money))
                .transpose()?,
            frequency_caps: caps_out(campaign.caps(), CapLevel::Campaign, campaign.id().as_str()),
            creative_formats: Coverage::of(formats, &[]).into(),
            media_buy_status: roll_up.as_ref().map(|roll_up| roll_up.status),
            media_buy_status_counts: roll_up
                .iter()
                .flat_map(|roll_up| &roll_up.counts)
                .map(|(status, count)| ((*status).to_owned(), *count))
                .collect(),
            media_buy_status_reason: roll_up.as_ref().map(StatusReason::of),
            media_buys: campaign
                .buys()
                .iter()
                .map(|buy| MediaBuyOut::of(buy, currency))
                .collect::<Result<_, _>>()?,
            revision: campaign.revision(),
            created_at: campaign.created_at(),
            updated_at: campaign.updated_at(),
        })
    }
}

impl SelectedProductRef {
    fn of(product: &SelectedProduct) -> Self {
        Self {
            product_id: product.key.product_id.to_string(),
            sales_agent_id: product.key.agent_id.to_string(),
        }
    }
}

fn periods(
    campaign: &Campaign,
    plan: &PacingPlan,
    money: &MoneyView,
) -> Result<PacingPeriodsOut, Refusal> {
    let executed: Vec<Executed> = campaign
        .launched_periods()
        .iter()
        .map(|launched| &launched.period)
        .cloned()
        .collect();
    let resolved = resolve(plan, money.total, money.media, &executed, money.unallocated)?;
    Ok(pacing_out(plan, &resolved))
}
