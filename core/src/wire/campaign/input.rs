//! The bodies of create and update as plain documented structs: for the OpenAPI document and for
//! programs that build them. The server does not read them: `read` does, with every violation.

use serde::{Deserialize, Serialize};

use super::FlightDatesIn;
use crate::advertiser::ApplyMode;
use crate::campaign::CampaignType;
use crate::wire::budget::{BudgetIn, FeeIn};
use crate::wire::caps::{AudienceConfig, FrequencyCapIn};
use crate::wire::constraints::ConstraintsBody;
use crate::wire::goals::PerformanceConfig;
use crate::wire::media_buy::MediaBuyActionIn;
use crate::wire::pacing::PacingPeriodsIn;

/// A member that may be absent, `null`, or have a value.
#[expect(
    clippy::option_option,
    reason = "absent and null mean different things on update"
)]
pub(crate) mod patch {
    use serde::{Deserialize, Deserializer};

    /// Reads a member that is there: `null` is some none.
    pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }
}

/// A new campaign; it begins in DRAFT.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CampaignIn {
    /// The owner.
    #[cfg_attr(feature = "openapi", schema(example = "adv_01HX"))]
    pub advertiser_id: String,
    /// 1 to 255 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 255, example = "Summer launch")
    )]
    pub name: String,
    /// Fixed after create.
    pub campaign_type: CampaignType,
    /// When ads may run.
    pub flight_dates: FlightDatesIn,
    /// The money; `total` is required here.
    pub budget: BudgetIn,
    /// What is taken from the total before media; left out: the advertiser's margin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub fees: Option<Vec<FeeIn>>,
    /// Free text for product search, at most 5,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 5000))]
    pub brief: Option<String>,
    /// Channels, places, devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<ConstraintsBody>,
    /// The discovery session that owns the selection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery_id: Option<String>,
    /// Products of that session to select at once; only with `discoveryId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub product_ids: Option<Vec<String>>,
    /// Audiences to attach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience_config: Option<AudienceConfig>,
    /// Optimisation goals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performance_config: Option<PerformanceConfig>,
    /// Left out: the advertiser's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimization_apply_mode: Option<ApplyMode>,
    /// How the money is laid over time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pacing_periods: Option<PacingPeriodsIn>,
    /// Caps on impressions per person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub frequency_caps: Option<Vec<FrequencyCapIn>>,
}

/// A change of a campaign: what is left out stays. `null` is taken only where it is said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CampaignPatchIn {
    /// Only the owner it has: cannot change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advertiser_id: Option<String>,
    /// 1 to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub name: Option<String>,
    /// Only the type it has: cannot change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign_type: Option<CampaignType>,
    /// Both ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flight_dates: Option<FlightDatesIn>,
    /// Member by member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetIn>,
    /// Replaces all lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub fees: Option<Vec<FeeIn>>,
    /// At most 5,000 characters; empty text clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 5000))]
    pub brief: Option<String>,
    /// Replaces all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraints: Option<ConstraintsBody>,
    /// Another discovery session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discovery_id: Option<String>,
    /// Adds audiences, or makes the lists exactly these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience_config: Option<AudienceConfig>,
    /// Replaces the goals; `null` clears them.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "patch::present"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<PerformanceConfig>))]
    pub performance_config: Option<Option<PerformanceConfig>>,
    /// `null` goes back to the advertiser's.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "patch::present"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ApplyMode>))]
    pub optimization_apply_mode: Option<Option<ApplyMode>>,
    /// Replaces the schedule, `null` removes it; after an execute only later periods may be
    /// appended.
    #[serde(
        skip_serializing_if = "Option::is_none",
        deserialize_with = "patch::present"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<PacingPeriodsIn>))]
    pub pacing_periods: Option<Option<PacingPeriodsIn>>,
    /// Replaces all caps in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub frequency_caps: Option<Vec<FrequencyCapIn>>,
    /// What to do with single media buys; each at most once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub media_buys: Option<Vec<MediaBuyActionIn>>,
    /// The revision that was seen; another one is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub expected_revision: Option<u64>,
}
