//! A campaign as a row of a list: a summary, cheap to make for hundreds.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::FlightDates;
use crate::campaign::{Campaign, CampaignStatus, CampaignType, PlanFields};
use crate::media_buy::MediaBuyStatus;
use crate::wire::budget::TotalOut;
use crate::wire::constraints::ConstraintsBody;
use crate::words::words;

words! {
    /// In which order a list of campaigns comes; equal ones in the order of their ids.
    #[derive(Default)]
    pub enum CampaignOrder {
        /// The newest first: when nothing else is asked for.
        #[default]
        Newest = "-createdAt",
        /// The oldest first.
        Oldest = "createdAt",
        /// By name, capitals or not.
        Name = "name",
        /// By name, backwards.
        NameBackwards = "-name",
        /// The earliest start of a flight first.
        EarliestStart = "startDate",
        /// The latest start of a flight first.
        LatestStart = "-startDate",
        /// The earliest end of a flight first.
        EarliestEnd = "endDate",
        /// The latest end of a flight first.
        LatestEnd = "-endDate",
    }
}

/// One campaign in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CampaignRow {
    /// Stable id.
    pub campaign_id: String,
    /// The owner.
    pub advertiser_id: String,
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: CampaignStatus,
    /// Decisioned or routed.
    pub campaign_type: CampaignType,
    /// When ads may run.
    pub flight_dates: FlightDates,
    /// Everything the advertiser commits, fees included.
    pub budget: TotalOut,
    /// Channels, places, devices.
    pub constraints: ConstraintsBody,
    /// In DRAFT only: how many products are selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_count: Option<u64>,
    /// The one status of its media buys; none before the first execute.
    pub media_buy_status: Option<MediaBuyStatus>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl CampaignRow {
    /// The row of a campaign with so many selected products.
    #[must_use]
    pub fn of(campaign: &Campaign, products: u64) -> Self {
        let PlanFields {
            name,
            brief: _,
            flight,
            budget,
            fees: _,
            pacing: _,
            constraints,
            goals: _,
            audiences: _,
            apply_mode: _,
            discovery_id: _,
        } = campaign.plan();
        Self {
            campaign_id: campaign.id().to_string(),
            advertiser_id: campaign.advertiser_id().to_string(),
            name: name.clone(),
            status: campaign.status(),
            campaign_type: campaign.campaign_type(),
            flight_dates: (*flight).into(),
            budget: budget.total.into(),
            constraints: constraints.into(),
            product_count: (campaign.status() == CampaignStatus::Draft).then_some(products),
            media_buy_status: campaign.roll_up().map(|roll_up| roll_up.status),
            created_at: campaign.created_at(),
            updated_at: campaign.updated_at(),
        }
    }
}
