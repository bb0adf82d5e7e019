//! Packages as they are answered (contract 9.2).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::delivery::Delivery;
use crate::ids::AudienceId;
use crate::media_buy::{MediaBuy, Package, PackageStatus, PeriodRef};
use crate::targeting::Audiences;
use crate::wire::budget::PackagePacing;
use crate::wire::{Amount, Figure};

/// One product in one pacing period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Package))]
pub struct PackageOut {
    /// Our id.
    pub package_id: String,
    /// The seller's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_package_id: Option<String>,
    /// The product.
    pub product_id: String,
    /// Its name when it was bought.
    pub product_name: String,
    /// How it is priced.
    pub pricing_option_id: String,
    /// Its own switch, independent of the buy's status.
    pub status: PackageStatus,
    /// Its money.
    pub budget: Amount,
    /// The currency.
    pub budget_currency: String,
    /// What the seller holds, where that is not what we sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seller_budget: Option<Amount>,
    /// How it spends inside its window.
    pub pacing: PackagePacing,
    /// The bid, for auction prices.
    pub bid_price: Option<Figure>,
    /// First instant of its window.
    pub start_time: DateTime<Utc>,
    /// Last instant of its window.
    pub end_time: DateTime<Utc>,
    /// Whether it was sent without a start, since its window had begun.
    pub starts_at_once: bool,
    /// The pacing period it was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pacing_period: Option<PeriodRefOut>,
    /// Audiences it is to reach or to leave out, beside the campaign's constraints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targeting_overlay: Option<TargetingOverlay>,
    /// What was delivered so far; absent before the first report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryFigures>,
}

/// A pacing period by its position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PeriodRef))]
pub struct PeriodRefOut {
    /// Position in the schedule, from 1.
    pub index: u32,
    /// Its name when the package was made.
    pub label: String,
}

impl From<&PeriodRef> for PeriodRefOut {
    fn from(period: &PeriodRef) -> Self {
        let PeriodRef { index, label } = period;
        Self {
            index: *index,
            label: label.clone(),
        }
    }
}

/// Whom a package is to reach and to leave out; lists that are left out stay.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TargetingOverlay {
    /// Audiences to reach.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub audience_include: Option<Vec<String>>,
    /// Audiences to leave out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub audience_exclude: Option<Vec<String>>,
}

impl From<&Audiences> for TargetingOverlay {
    fn from(audiences: &Audiences) -> Self {
        let texts = |ids: &[AudienceId]| {
            (!ids.is_empty()).then(|| ids.iter().map(ToString::to_string).collect())
        };
        Self {
            audience_include: texts(audiences.target()),
            audience_exclude: texts(audiences.suppress()),
        }
    }
}

/// What was delivered: media money, without fees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryFigures {
    /// How often ads were shown.
    pub impressions: u64,
    /// What it cost, in major units.
    pub spend: Amount,
    /// How often they were clicked.
    pub clicks: u64,
}

impl From<&Delivery> for DeliveryFigures {
    fn from(delivery: &Delivery) -> Self {
        let Delivery {
            impressions,
            spend,
            clicks,
        } = delivery;
        Self {
            impressions: *impressions,
            spend: (*spend).into(),
            clicks: *clicks,
        }
    }
}

impl From<&Package> for PackageOut {
    fn from(package: &Package) -> Self {
        let Package {
            id,
            product_id,
            product_name,
            pricing_option_id,
            period,
            window,
            starts_at_once,
            budget,
            pacing,
            bid,
            status,
            seller_package_id,
            seller_budget,
            delivery,
            audiences,
        } = package;
        Self {
            package_id: id.to_string(),
            seller_package_id: seller_package_id.clone(),
            product_id: product_id.to_string(),
            product_name: product_name.clone(),
            pricing_option_id: pricing_option_id.clone(),
            status: *status,
            budget: (*budget).into(),
            budget_currency: budget.currency().code().to_owned(),
            seller_budget: seller_budget.map(Into::into),
            pacing: (*pacing).into(),
            bid_price: bid.map(Into::into),
            start_time: window.start(),
            end_time: window.end(),
            starts_at_once: *starts_at_once,
            pacing_period: period.as_ref().map(Into::into),
            targeting_overlay: (!audiences.is_empty()).then(|| audiences.into()),
            delivery: delivery.as_ref().map(Into::into),
        }
    }
}

/// The packages of one buy (`GET /media-buys/{id}/packages`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PackagesOut {
    /// The buy.
    pub media_buy_id: String,
    /// Whether its packages were made for pacing periods.
    pub is_paced: bool,
    /// How many there are.
    pub package_count: u64,
    /// By product, then period.
    pub packages: Vec<PackageOut>,
}

impl From<&MediaBuy> for PackagesOut {
    fn from(buy: &MediaBuy) -> Self {
        Self {
            media_buy_id: buy.id.to_string(),
            is_paced: buy.packages.iter().any(|package| package.period.is_some()),
            package_count: u64::try_from(buy.packages.len()).unwrap_or(u64::MAX),
            packages: buy.packages.iter().map(Into::into).collect(),
        }
    }
}
