//! Advertisers on the wire (contract 2, decision 4 for `marginPercent`).

mod read;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Figure;
use super::caps::{CapLevel, FrequencyCapIn, FrequencyCapOut, caps_out};
use crate::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use crate::budget::Percent;
use crate::money::Currency;
use crate::targeting::CapRule;

pub use read::{read_advertiser, read_advertiser_update};

/// A new advertiser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdvertiserIn {
    /// 1 to 255 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 255, example = "Acme")
    )]
    pub name: String,
    /// At most 1,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub description: Option<String>,
    /// The domain of the brand; sellers are told.
    #[cfg_attr(
        feature = "openapi",
        schema(max_length = 253, example = "acme.example")
    )]
    pub brand: String,
    /// ISO 4217, with minor units; of every campaign.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 3, max_length = 3, example = "EUR")
    )]
    pub primary_currency: String,
    /// `MANUAL` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optimization_apply_mode: Option<ApplyMode>,
    /// The fee line of campaigns that name none: percent of their total, 0 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100))]
    pub margin_percent: Option<Figure>,
    /// Whether its buys spend nothing; cannot change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<bool>,
    /// Caps on all its campaigns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 20))]
    pub frequency_caps: Option<Vec<FrequencyCapIn>>,
}

/// A change of an advertiser: what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdvertiserPatchIn {
    /// 1 to 255 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub name: Option<String>,
    /// At most 1,000 characters; empty text clears it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1000))]
    pub description: Option<String>,
    /// The domain of the brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// Only until the first campaign exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary_currency: Option<String>,
    /// What campaigns use that do not say otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optimization_apply_mode: Option<ApplyMode>,
    /// For campaigns to come; those that are keep their fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin_percent: Option<Figure>,
    /// Only what it is: cannot change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<bool>,
    /// Replaces all caps in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frequency_caps: Option<Vec<FrequencyCapIn>>,
    /// The revision that was seen; another one is a conflict.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_revision: Option<u64>,
}

/// An advertiser.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Advertiser))]
pub struct AdvertiserOut {
    /// Stable id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The domain of the brand.
    pub brand: String,
    /// Of every campaign.
    pub primary_currency: String,
    /// Whether a campaign exists, so that the currency stays.
    pub currency_locked: bool,
    /// What campaigns use that do not say otherwise.
    pub optimization_apply_mode: ApplyMode,
    /// The fee line of campaigns that name none: percent of their total.
    pub margin_percent: Figure,
    /// Whether its buys spend nothing.
    pub sandbox: bool,
    /// Caps in force.
    pub frequency_caps: Vec<FrequencyCapOut>,
    /// Whether it is in use.
    pub status: AdvertiserStatus,
    /// Moves with every command of a caller.
    pub revision: u64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl AdvertiserOut {
    /// The answer; whether a campaign exists only the store knows.
    #[must_use]
    pub fn of(advertiser: &Advertiser, currency_locked: bool) -> Self {
        let Advertiser {
            id,
            name,
            description,
            brand,
            currency,
            apply_mode,
            margin_percent,
            sandbox,
            caps,
            status,
            created_at,
            updated_at,
            revision,
        } = advertiser;
        Self {
            id: id.to_string(),
            name: name.clone(),
            description: description.clone(),
            brand: brand.as_str().to_owned(),
            primary_currency: currency.code().to_owned(),
            currency_locked,
            optimization_apply_mode: *apply_mode,
            margin_percent: margin_percent.to_decimal().into(),
            sandbox: *sandbox,
            frequency_caps: caps_out(caps, CapLevel::Advertiser, id.as_str()),
            status: *status,
            revision: *revision,
            created_at: *created_at,
            updated_at: *updated_at,
        }
    }
}

/// What a create asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvertiserDraft {
    /// 1 to 255 characters.
    pub name: String,
    /// At most 1,000 characters.
    pub description: Option<String>,
    /// The brand.
    pub brand: Brand,
    /// Of every campaign.
    pub currency: Currency,
    /// What campaigns use that do not say otherwise.
    pub apply_mode: ApplyMode,
    /// The fee line of campaigns that name none.
    pub margin_percent: Percent,
    /// Whether its buys spend nothing.
    pub sandbox: bool,
    /// Caps to begin with.
    pub caps: Vec<CapRule>,
}

/// What an update asks for: the advertiser as it shall be, caps and revision apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvertiserUpdate {
    /// 1 to 255 characters.
    pub name: String,
    /// At most 1,000 characters.
    pub description: Option<String>,
    /// The brand.
    pub brand: Brand,
    /// Of every campaign.
    pub currency: Currency,
    /// What campaigns use that do not say otherwise.
    pub apply_mode: ApplyMode,
    /// The fee line of campaigns to come.
    pub margin_percent: Percent,
    /// All caps as they shall be; none keeps them.
    pub caps: Option<Vec<CapRule>>,
    /// The revision the caller saw.
    pub expected_revision: Option<u64>,
}
