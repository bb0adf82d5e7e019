//! What an execute would send now: the requests themselves, before anybody sends them.

use serde::{Deserialize, Serialize};

use super::execute::Warning;
use super::json::Json;
use crate::media_buy::SellerError;

/// The requests that an execute would send now, one per sales agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreflightOut {
    /// The campaign.
    pub campaign_id: String,
    /// The revision of the campaign that they are written from.
    pub revision: u64,
    /// One per sales agent, in the order of their first product; empty when nothing is left to
    /// send.
    pub requests: Vec<PreflightRequest>,
    /// What to know besides, as execute tells it.
    pub warnings: Vec<Warning>,
}

/// One request as it would go out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreflightRequest {
    /// Who would be asked.
    pub sales_agent_id: String,
    /// Its name.
    pub sales_agent_name: String,
    /// The failed media buy that would be sent again; absent where a new one would be made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_buy_id: Option<String>,
    /// The AdCP task: `create_media_buy`.
    pub task: String,
    /// Its arguments, written by what execute sends. A text in square brackets stands for what is
    /// made when it is executed (keys and ids) and for secrets. Absent where the agent could not be
    /// asked what the request depends on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub arguments: Option<Json>,
    /// Why there are none; execute would fail this media buy in the same way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<PreflightError>,
}

/// Why a request cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreflightError {
    /// The seller's code, or ours.
    pub code: String,
    /// The seller's sentence, or ours: untrusted text.
    pub message: String,
    /// What helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl From<&SellerError> for PreflightError {
    fn from(error: &SellerError) -> Self {
        Self {
            code: error.code.clone(),
            message: error.message.clone(),
            suggestion: error.suggestion.clone(),
        }
    }
}
