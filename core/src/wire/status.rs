//! `GET /campaigns/{id}/media-buy-status` (contract 9.5): snake case throughout.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::execute::SubmissionError;
use super::media_buy::{ErrorOwner, MediaBuyOut};
use crate::campaign::{Campaign, CampaignStatus};
use crate::error::Refusal;
use crate::media_buy::{MediaBuy, MediaBuyStatus, PendingReason, Turn};
use crate::words::words;

words! {
    /// Where the status of a buy comes from.
    pub enum RefreshSource {
        /// The agent was asked now.
        DirectAgent = "direct_agent",
        /// Nothing was sent yet.
        NotSubmitted = "not_submitted",
        /// It is over and was not asked about.
        PersistedTerminal = "persisted_terminal",
        /// The agent was asked and did not answer; this is what was known before.
        RefreshFailed = "refresh_failed",
    }
}

/// The status of every buy of a campaign, asked of the agents now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MediaBuyStatusOut {
    /// The campaign.
    pub campaign_id: String,
    /// Its own status.
    pub campaign_status: CampaignStatus,
    /// The one status of all its buys; none before the first execute.
    pub media_buy_status: Option<MediaBuyStatus>,
    /// Its buys.
    pub media_buys: Vec<MediaBuyStatusRow>,
    /// How many agents were asked; 0 is fine when no buy is live.
    pub agents_queried: u32,
    /// Agents that did not answer, one entry per buy.
    pub errors: Vec<StatusError>,
}

/// One buy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MediaBuyStatusRow {
    /// Ours.
    pub media_buy_id: String,
    /// The seller's id.
    pub adcp_media_buy_id: Option<String>,
    /// Our status now.
    pub internal_status: MediaBuyStatus,
    /// The seller's word now.
    pub adcp_status: Option<String>,
    /// Our status before.
    pub previous_internal_status: MediaBuyStatus,
    /// The seller's word before.
    pub previous_adcp_status: Option<String>,
    /// Whether anything of that changed.
    pub updated: bool,
    /// Where this comes from.
    pub status_refresh_source: RefreshSource,
    /// Why it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_reason: Option<PendingReason>,
    /// Since when it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending_since: Option<DateTime<Utc>>,
    /// Whose turn it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// Code of the last no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Who can do something about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_owner: Option<ErrorOwner>,
    /// The seller's last sentence: untrusted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_message: Option<String>,
}

/// An agent that did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StatusError {
    /// The buy that could not be asked about.
    pub media_buy_id: String,
    /// What happened.
    pub error: String,
    /// Its code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl From<SubmissionError> for StatusError {
    fn from(error: SubmissionError) -> Self {
        Self {
            media_buy_id: error.media_buy_id,
            error: error.message,
            code: Some(error.code),
        }
    }
}

impl MediaBuyStatusOut {
    /// The answer, with the campaign before and after the agents were asked; `source` tells for
    /// each buy where its status comes from.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn of(
        before: &Campaign,
        after: &Campaign,
        agents_queried: u32,
        errors: Vec<StatusError>,
        source: impl Fn(&MediaBuy) -> RefreshSource,
    ) -> Result<Self, Refusal> {
        Ok(Self {
            campaign_id: after.id().to_string(),
            campaign_status: after.status(),
            media_buy_status: after.roll_up().map(|roll_up| roll_up.status),
            media_buys: after
                .buys()
                .iter()
                .map(|buy| MediaBuyStatusRow::of(before.buy(&buy.id), buy, source(buy), after))
                .collect::<Result<_, _>>()?,
            agents_queried,
            errors,
        })
    }
}

impl MediaBuyStatusRow {
    fn of(
        before: Option<&MediaBuy>,
        buy: &MediaBuy,
        source: RefreshSource,
        campaign: &Campaign,
    ) -> Result<Self, Refusal> {
        let out = MediaBuyOut::of(buy, campaign.currency())?;
        let previous = before.unwrap_or(buy);
        Ok(Self {
            media_buy_id: out.media_buy_id,
            adcp_media_buy_id: out.seller_media_buy_id,
            internal_status: out.status,
            updated: previous.status != buy.status
                || previous.seller.adcp_status != buy.seller.adcp_status,
            previous_internal_status: previous.status,
            previous_adcp_status: previous.seller.adcp_status.clone(),
            adcp_status: out.adcp_status,
            status_refresh_source: source,
            pending_reason: out.pending_reason,
            pending_since: out.pending_since,
            turn: out.turn,
            error_code: out.error_code,
            error_owner: out.error_owner,
            source_message: out.source_message,
        })
    }
}
