//! Why a media buy waits, since when, and whose turn it is (contract 9.5).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why a buy waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PendingReason {
    /// The seller decides.
    AwaitingStorefrontApproval,
    /// The seller asked a question.
    InputRequested,
    /// No creative is attached yet.
    NoCreativesAttached,
    /// Sent, not answered; being reconciled.
    ForwardFailedRetrying,
    /// What the seller holds differs from what we sent; a person has to look.
    PackagesDiffer,
    /// Approved, the flight has not begun.
    ScheduledNotStarted,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Turn {
    /// The planner or the advertiser.
    Buyer,
    /// The seller.
    Seller,
    /// We.
    Platform,
    /// Nobody: time has to pass.
    Nobody,
}

impl PendingReason {
    /// Who must act.
    #[must_use]
    pub fn turn(self) -> Turn {
        match self {
            Self::AwaitingStorefrontApproval => Turn::Seller,
            Self::InputRequested | Self::NoCreativesAttached | Self::PackagesDiffer => Turn::Buyer,
            Self::ForwardFailedRetrying => Turn::Platform,
            Self::ScheduledNotStarted => Turn::Nobody,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingStorefrontApproval => "awaiting_storefront_approval",
            Self::InputRequested => "input_requested",
            Self::NoCreativesAttached => "no_creatives_attached",
            Self::ForwardFailedRetrying => "forward_failed_retrying",
            Self::PackagesDiffer => "packages_differ",
            Self::ScheduledNotStarted => "scheduled_not_started",
        }
    }
}

/// Why a buy waits, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Why.
    pub reason: PendingReason,
    /// Since when.
    pub since: DateTime<Utc>,
}
