//! The seller's side of a media buy, in its own words: untrusted text and raw states.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// A seller's own word for the state of a buy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SellerBuyStatus {
    /// Waits for creatives.
    PendingCreatives,
    /// Approved, its flight has not begun.
    PendingStart,
    /// Serves.
    Active,
    /// Held.
    Paused,
    /// Its flight is over.
    Completed,
    /// Turned down.
    Rejected,
    /// Ended on purpose.
    Canceled,
    /// A word we do not know; our status stays as it was.
    Unknown(String),
}

impl SellerBuyStatus {
    /// The seller's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::PendingCreatives => "pending_creatives",
            Self::PendingStart => "pending_start",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Rejected => "rejected",
            Self::Canceled => "canceled",
            Self::Unknown(word) => word,
        }
    }

    /// Whether the buy is over at its seller, for good (AdCP's terminal states).
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Completed | Self::Rejected | Self::Canceled)
    }

    /// Reads a seller's word.
    #[must_use]
    pub fn read(word: &str) -> Self {
        match word {
            "pending_creatives" => Self::PendingCreatives,
            "pending_start" => Self::PendingStart,
            "active" => Self::Active,
            "paused" => Self::Paused,
            "completed" => Self::Completed,
            "rejected" => Self::Rejected,
            "canceled" => Self::Canceled,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// What to do about a seller's error, as the seller or the protocol's registry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Recovery {
    /// The same request may work later.
    Transient,
    /// Another request may work.
    Correctable,
    /// A person has to act.
    Terminal,
}

/// A seller's no, in its own words. All texts are the seller's: untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerError {
    /// The protocol's code, or ours where nothing was answered (`no_answer`, `not_sent`).
    pub code: String,
    /// The seller's sentence.
    pub message: String,
    /// The field of the request it is about.
    pub field: Option<String>,
    /// What the seller proposes.
    pub suggestion: Option<String>,
    /// What to do about it.
    pub recovery: Option<Recovery>,
    /// The least delay before asking again, in seconds.
    pub retry_after_s: Option<u32>,
}

/// A conversation that a seller keeps open at a question: what an answer has to name, so that the
/// seller goes on where it stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTask {
    /// The transport's task, not the protocol's.
    pub task_id: String,
    /// The conversation it belongs to, where the transport has any.
    pub context_id: Option<String>,
}

/// The seller's side of a buy, raw, as last seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellerSide {
    /// The seller's id of the buy.
    pub media_buy_id: Option<String>,
    /// The seller's word for its state.
    pub adcp_status: Option<String>,
    /// The task that decides about it.
    pub task_id: Option<String>,
    /// The seller's word for the state of that task.
    pub task_status: Option<String>,
    /// The conversation in which the seller waits for an answer; none where nothing can be resumed.
    #[serde(default)]
    pub open_task: Option<OpenTask>,
    /// When the seller made its youngest message about the task that was taken in, by the seller's
    /// clock.
    #[serde(default)]
    pub told_at: Option<DateTime<Utc>>,
    /// The seller's revision.
    pub revision: Option<u64>,
    /// Whether the seller has confirmed it.
    pub confirmed: bool,
    /// The protocol version that was served.
    pub served_version: Option<String>,
    /// What the seller says may be done now.
    pub valid_actions: Vec<String>,
    /// The seller's last sentence about it.
    pub message: Option<String>,
    /// How many creatives the seller looks at.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub creatives_in_review: u32,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}
