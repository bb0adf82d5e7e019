//! Changes of media buys as they are answered: the undecided one beside the live values, and what
//! became of the entries of an update (contract 4.4, 8.3 and 9.1).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::change::Skipped;
use crate::error::Refusal;
use crate::media_buy::{
    ChangeKind, ChangeState, MediaBuy, MediaBuyStatus, PackageProposal, PendingChange, Proposal,
    Recovery, SellerError,
};
use crate::money::{Currency, Money};
use crate::wire::Amount;
use crate::words::words;

/// A change that a media buy was last asked for. The live values stay until it is applied; an
/// undecided one counts with the larger of live and proposed budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = PendingChange))]
pub struct PendingChangeOut {
    /// What it is for.
    pub kind: ChangeKind,
    /// How far it has come.
    pub status: ChangeState,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// Since when it is in that state.
    pub since: DateTime<Utc>,
    /// Why, in the caller's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What differs: live and proposed.
    pub differences: Differences,
    /// The seller's words while it decides: untrusted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_message: Option<String>,
    /// The seller's no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ChangeError>,
}

/// What a change would change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Differences {
    /// The budget of the whole buy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<AmountDifference>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<InstantDifference>,
    /// Whether the whole buy ends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub canceled: bool,
    /// Packages that change, by our id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub package_ids: Vec<String>,
    /// The money of those whose money changes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub package_budgets: Vec<PackageBudgetDifference>,
    /// Packages that end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub canceled_package_ids: Vec<String>,
    /// How many packages are added.
    #[serde(skip_serializing_if = "is_zero")]
    pub packages_added: u64,
}

fn is_zero<T: Default + PartialEq>(count: &T) -> bool {
    *count == T::default()
}

/// An amount, live and proposed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AmountDifference {
    /// As it is.
    pub live: Amount,
    /// As it shall be.
    pub proposed: Amount,
}

/// The money of a package, live and proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PackageBudgetDifference {
    /// Our id of it.
    pub package_id: String,
    /// As it is.
    pub live: Amount,
    /// As it shall be.
    pub proposed: Amount,
}

/// An instant, live and proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InstantDifference {
    /// As it is.
    pub live: DateTime<Utc>,
    /// As it shall be.
    pub proposed: DateTime<Utc>,
}

impl PendingChangeOut {
    /// The last change of a buy, where there is one to show.
    ///
    /// # Errors
    /// Arithmetic beyond the range of money.
    pub fn of(buy: &MediaBuy, currency: Currency) -> Result<Option<Self>, Refusal> {
        let Some(change) = &buy.pending_change else {
            return Ok(None);
        };
        let PendingChange {
            number: _,
            kind,
            state,
            proposal,
            reason,
            asked_at,
            since,
            base_revision: _,
            task_id: _,
            message,
            error,
        } = change;
        let live = Money::sum(
            currency,
            buy.packages.iter().map(crate::media_buy::Package::holds),
        )?;
        let proposed = buy.holds_with(proposal, currency)?;
        let ids = |cancels: bool| {
            proposal
                .packages
                .iter()
                .filter(|package| package.cancels == cancels)
                .map(|package: &PackageProposal| package.id.to_string())
                .collect()
        };
        Ok(Some(Self {
            kind: *kind,
            status: *state,
            requested_at: *asked_at,
            since: *since,
            reason: reason.clone(),
            differences: Differences {
                budget: (live != proposed).then(|| AmountDifference {
                    live: live.into(),
                    proposed: proposed.into(),
                }),
                end_time: proposal.end.map(|end| InstantDifference {
                    live: buy.end,
                    proposed: end,
                }),
                canceled: proposal.cancels,
                package_ids: ids(false),
                package_budgets: package_budgets(buy, proposal),
                canceled_package_ids: ids(true),
                packages_added: u64::try_from(proposal.new_packages.len()).unwrap_or(u64::MAX),
            },
            source_message: message.clone(),
            error: error.as_ref().map(Into::into),
        }))
    }
}

fn package_budgets(buy: &MediaBuy, proposal: &Proposal) -> Vec<PackageBudgetDifference> {
    buy.packages
        .iter()
        .filter_map(|package| {
            let proposed = proposal.package(&package.id)?.budget?;
            Some(PackageBudgetDifference {
                package_id: package.id.to_string(),
                live: package.budget.into(),
                proposed: proposed.into(),
            })
        })
        .collect()
}

/// A seller's no to a change, or ours where nothing was answered. Texts are untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeError {
    /// The seller's code, or ours: `no_answer`, `not_sent`.
    pub code: String,
    /// The seller's sentence, or ours.
    pub message: String,
    /// The field of the seller's request it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What the seller proposes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// What helps, as the seller or the protocol says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery: Option<Recovery>,
    /// The least delay before asking again, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl From<&SellerError> for ChangeError {
    fn from(error: &SellerError) -> Self {
        let SellerError {
            code,
            message,
            field,
            suggestion,
            recovery,
            retry_after_s,
        } = error;
        Self {
            code: code.clone(),
            message: message.clone(),
            field: field.clone(),
            suggestion: suggestion.clone(),
            recovery: *recovery,
            retry_after: *retry_after_s,
        }
    }
}

words! {
    /// What became of an entry of `mediaBuys[]`.
    pub enum ChangeResultWord {
        /// Done, and confirmed where a seller had to.
        Applied = "applied",
        /// Everything was so already.
        Unchanged = "unchanged",
        /// The seller decides later; see `pendingChange`.
        Submitted = "submitted",
        /// The seller is asked as soon as it has said yes to the media buy.
        Held = "held",
        /// The seller said no, or could not be asked: nothing changed.
        Refused = "refused",
        /// Nobody knows yet whether it was applied; it is being found out.
        Unknown = "unknown",
        /// It was called off.
        Expired = "expired",
    }
}

/// What became of one entry of `mediaBuys[]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeResult {
    /// The buy.
    pub media_buy_id: String,
    /// Its name.
    pub name: String,
    /// What was asked for.
    pub action: ChangeKind,
    /// What became of it.
    pub outcome: ChangeResultWord,
    /// Whether it is done.
    pub success: bool,
    /// The buy's status before.
    pub previous_status: MediaBuyStatus,
    /// And after.
    pub new_status: MediaBuyStatus,
    /// Why it is not done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ChangeError>,
}

words! {
    /// What became of the packages of appended periods in one media buy.
    pub enum CascadeWord {
        /// The seller added them.
        Applied = "applied",
        /// The seller decides later; see `pendingChange`.
        Submitted = "submitted",
        /// The seller cannot add packages: buy the periods anew by hand.
        Unsupported = "unsupported",
        /// The seller said no, or could not be asked.
        Failed = "failed",
        /// Nobody knows yet whether they were added; it is being found out.
        Unknown = "unknown",
        /// The seller was not asked.
        Skipped = "skipped",
    }
}

/// What became of appended pacing periods in the live media buys. The money of packages that were
/// not added stays unallocated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PacingCascadeResult {
    /// One entry per live media buy with pacing periods.
    pub media_buy_results: Vec<CascadeResult>,
}

/// What became of appended pacing periods in one media buy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CascadeResult {
    /// The buy.
    pub media_buy_id: String,
    /// What became of it.
    pub outcome: CascadeWord,
    /// How many packages the seller added.
    pub packages_added: u64,
    /// Why the seller was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Skipped>,
    /// Why they were not added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ChangeError>,
}
