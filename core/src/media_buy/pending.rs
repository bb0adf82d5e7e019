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
    /// The seller has turned a creative down.
    SourceRejectedCreatives,
    /// The seller has creatives and has not begun to look at them.
    CreativeProcessingAtSource,
    /// The seller looks at the creatives.
    AwaitingSourceModeration,
    /// The seller has approved some creatives and looks at the others.
    AwaitingCreativeApproval,
    /// The seller has all it needs and has not set it up yet.
    AcceptedAwaitingTrafficking,
    /// Sent, not answered; being reconciled.
    ForwardFailedRetrying,
    /// It failed, and another plan may work: execute it again.
    ForwardFailedNeedsCorrection,
    /// Sent, not answered, and only a person can tell what became of it.
    NeedsReconciliation,
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
            Self::AwaitingStorefrontApproval
            | Self::CreativeProcessingAtSource
            | Self::AwaitingSourceModeration
            | Self::AwaitingCreativeApproval => Turn::Seller,
            Self::InputRequested
            | Self::NoCreativesAttached
            | Self::SourceRejectedCreatives
            | Self::ForwardFailedNeedsCorrection
            | Self::NeedsReconciliation
            | Self::PackagesDiffer => Turn::Buyer,
            Self::ForwardFailedRetrying => Turn::Platform,
            Self::ScheduledNotStarted | Self::AcceptedAwaitingTrafficking => Turn::Nobody,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AwaitingStorefrontApproval => "awaiting_storefront_approval",
            Self::InputRequested => "input_requested",
            Self::NoCreativesAttached => "no_creatives_attached",
            Self::SourceRejectedCreatives => "source_rejected_creatives",
            Self::CreativeProcessingAtSource => "creative_processing_at_source",
            Self::AwaitingSourceModeration => "awaiting_source_moderation",
            Self::AwaitingCreativeApproval => "awaiting_creative_approval",
            Self::AcceptedAwaitingTrafficking => "accepted_awaiting_trafficking",
            Self::ForwardFailedRetrying => "forward_failed_retrying",
            Self::ForwardFailedNeedsCorrection => "forward_failed_needs_correction",
            Self::NeedsReconciliation => "needs_reconciliation",
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
