//! Campaigns: reading create and update, and what is answered (contract 3).

mod create;
mod input;
mod members;
mod out;
mod reactivation;
mod row;
#[cfg(test)]
mod tests;
mod update;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::flight::Flight;

pub(crate) use create::read_create_among;
pub use create::{named_advertiser, read_create};
pub use input::{CampaignIn, CampaignPatchIn};
pub(crate) use members::{campaign_type, expected_revision, flight};
pub use out::{
    CampaignOut, CampaignView, CreativeFormatsOut, PendingPlanOut, SelectedProductRef, StatusReason,
};
pub use reactivation::{Reactivation, reactivation};
pub use row::{CampaignOrder, CampaignRow};
pub use update::read_update;

/// When ads may run; both ends are always there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlightDatesIn {
    /// `YYYY-MM-DD` (from 00:00:00Z) or a date-time that ends in `Z`; years 1970 to 9999.
    #[cfg_attr(feature = "openapi", schema(example = "2026-06-01"))]
    pub start_date: String,
    /// `YYYY-MM-DD` (to 23:59:59Z) or a date-time that ends in `Z`; after the start, at most
    /// 3,660 days later.
    #[cfg_attr(feature = "openapi", schema(example = "2026-08-31"))]
    pub end_date: String,
}

/// When ads may run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlightDates {
    /// First instant.
    pub start_date: DateTime<Utc>,
    /// Last instant.
    pub end_date: DateTime<Utc>,
}

impl From<Flight> for FlightDates {
    fn from(flight: Flight) -> Self {
        Self {
            start_date: flight.start(),
            end_date: flight.end(),
        }
    }
}
