//! `GET /campaigns/{id}/creatives/formats` (contract 7.3).

use serde::{Deserialize, Serialize};

use super::campaign::CreativeFormatsOut;
use crate::creative::{Coverage, FormatId};
use crate::ids::CampaignId;
use crate::selection::SelectedProduct;

/// Which formats the selected products take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormatsOut {
    /// The campaign.
    pub campaign_id: String,
    /// All products together.
    pub creative_formats: CreativeFormatsOut,
    /// Each product; it needs a creative in one of its formats.
    pub products: Vec<ProductFormats>,
}

/// The formats of one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductFormats {
    /// The seller's id of it.
    pub product_id: String,
    /// Its name.
    pub name: String,
    /// Who sells it.
    pub sales_agent_id: String,
    /// What it takes.
    pub formats: Vec<FormatId>,
    /// Whether a creative fits.
    pub covered: bool,
}

impl FormatsOut {
    /// The answer for a campaign with a selection and the formats that creatives are supplied in.
    #[must_use]
    pub fn of(campaign: &CampaignId, selection: &[SelectedProduct], supplied: &[FormatId]) -> Self {
        let coverage = Coverage::of(
            selection.iter().map(|product| product.formats.as_slice()),
            supplied,
        );
        Self {
            campaign_id: campaign.to_string(),
            creative_formats: coverage.into(),
            products: selection
                .iter()
                .map(|product| ProductFormats {
                    product_id: product.key.product_id.to_string(),
                    name: product.name.clone(),
                    sales_agent_id: product.key.agent_id.to_string(),
                    formats: product.formats.clone(),
                    covered: product.formats.is_empty()
                        || product
                            .formats
                            .iter()
                            .any(|format| supplied.contains(format)),
                })
                .collect(),
        }
    }
}
