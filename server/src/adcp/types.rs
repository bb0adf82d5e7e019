//! The fields of sellers' answers that we read, no more. Everything is optional here: what must
//! be there is decided where an answer is understood ([`crate::adcp::map`]).

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::lenient::{count, decimal, each, lenient, text, words};

pub use super::seller_types::*;

/// The state of a task; newer words are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskStatus {
    /// Blocked on something outside.
    Submitted,
    /// Being worked on.
    Working,
    /// The buyer is asked something.
    InputRequired,
    /// The buyer has to sign in first.
    AuthRequired,
    /// Done.
    Completed,
    /// Done for, without a result.
    Failed,
    /// Turned down.
    Rejected,
    /// Ended on purpose.
    Canceled,
    /// A word we do not know, or `unknown` itself.
    Unknown(String),
}

impl TaskStatus {
    /// Reads the word.
    #[must_use]
    pub fn read(word: &str) -> Self {
        match word {
            "submitted" => Self::Submitted,
            "working" => Self::Working,
            "input-required" | "input_required" => Self::InputRequired,
            "auth-required" | "auth_required" => Self::AuthRequired,
            "completed" => Self::Completed,
            "failed" => Self::Failed,
            "rejected" => Self::Rejected,
            "canceled" => Self::Canceled,
            other => Self::Unknown(other.to_owned()),
        }
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Submitted => "submitted",
            Self::Working => "working",
            Self::InputRequired => "input-required",
            Self::AuthRequired => "auth-required",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Canceled => "canceled",
            Self::Unknown(word) => word,
        }
    }
}

/// Whether a member was there, was null, or says something.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Presence {
    /// Not there.
    #[default]
    Absent,
    /// There, and null.
    Null,
    /// There.
    Given,
}

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(if Value::deserialize(deserializer)?.is_null() {
            Self::Null
        } else {
            Self::Given
        })
    }
}

impl Presence {
    /// Whether a `confirmed_at` says that the seller has committed: absent counts as yes, null
    /// does not (decision 18).
    #[must_use]
    pub fn confirms(&self) -> bool {
        !matches!(self, Self::Null)
    }
}

/// A buy as sellers describe it: in answers to create and update, in task results, and in
/// `get_media_buys`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireBuy {
    #[serde(deserialize_with = "text")]
    pub media_buy_id: Option<String>,
    /// The task's state, or in 3.0 the buy's.
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub media_buy_status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub task_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
    #[serde(deserialize_with = "text")]
    pub rejection_reason: Option<String>,
    #[serde(deserialize_with = "text")]
    pub adcp_version: Option<String>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
    #[serde(deserialize_with = "decimal")]
    pub total_budget: Option<Decimal>,
    pub confirmed_at: Presence,
    #[serde(deserialize_with = "count")]
    pub revision: Option<u64>,
    #[serde(deserialize_with = "text")]
    pub health: Option<String>,
    #[serde(deserialize_with = "words")]
    pub valid_actions: Vec<String>,
    #[serde(deserialize_with = "each")]
    pub available_actions: Vec<WireAction>,
    #[serde(deserialize_with = "each")]
    pub packages: Vec<WirePackage>,
    /// In answers to update: the packages it changed.
    #[serde(deserialize_with = "each")]
    pub affected_packages: Vec<WirePackage>,
    #[serde(deserialize_with = "text")]
    pub end_time: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub context: Option<Value>,
}

impl WireBuy {
    /// What may be done now: `available_actions`, else `valid_actions`.
    #[must_use]
    pub fn actions(&self) -> Vec<String> {
        let available: Vec<String> = self
            .available_actions
            .iter()
            .filter_map(|entry| entry.action.clone())
            .collect();
        if available.is_empty() {
            self.valid_actions.clone()
        } else {
            available
        }
    }

    /// A member of the echoed context.
    #[must_use]
    pub fn echoed(&self, member: &str) -> Option<String> {
        self.context
            .as_ref()?
            .get(member)?
            .as_str()
            .map(str::to_owned)
    }
}

/// One entry of `available_actions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireAction {
    #[serde(deserialize_with = "text")]
    pub action: Option<String>,
}

/// A package as sellers describe it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WirePackage {
    #[serde(deserialize_with = "text")]
    pub package_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub product_id: Option<String>,
    #[serde(deserialize_with = "decimal")]
    pub budget: Option<Decimal>,
    #[serde(deserialize_with = "text")]
    pub currency: Option<String>,
    #[serde(deserialize_with = "decimal")]
    pub bid_price: Option<Decimal>,
    #[serde(deserialize_with = "text")]
    pub end_time: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub paused: bool,
    #[serde(deserialize_with = "lenient")]
    pub canceled: bool,
    #[serde(deserialize_with = "lenient")]
    pub context: Option<Value>,
    #[serde(deserialize_with = "each")]
    pub creative_approvals: Vec<WireApproval>,
    #[serde(deserialize_with = "each")]
    pub creative_assignments: Vec<Value>,
}

impl WirePackage {
    /// Our id of it, where the seller echoes it.
    #[must_use]
    pub fn echoed_package_id(&self) -> Option<&str> {
        self.context.as_ref()?.get("package_id")?.as_str()
    }
}

/// What the seller thinks of one creative.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireApproval {
    #[serde(deserialize_with = "text")]
    pub approval_status: Option<String>,
}

/// `get_media_buys`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireBuys {
    #[serde(deserialize_with = "each")]
    pub media_buys: Vec<WireBuy>,
    #[serde(deserialize_with = "lenient")]
    pub pagination: WirePagination,
}

/// Where the next page is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WirePagination {
    #[serde(deserialize_with = "lenient")]
    pub has_more: bool,
    #[serde(deserialize_with = "text")]
    pub cursor: Option<String>,
    #[serde(deserialize_with = "text")]
    pub next_cursor: Option<String>,
}

impl WirePagination {
    /// The cursor of the next page.
    #[must_use]
    pub fn next(self) -> Option<String> {
        let cursor = self.cursor.or(self.next_cursor);
        if self.has_more { cursor } else { None }
    }
}

/// `get_task_status` and its older names.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct WireTask {
    #[serde(deserialize_with = "text")]
    pub task_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub result: Option<Value>,
    #[serde(deserialize_with = "lenient")]
    pub error: Option<Value>,
    #[serde(deserialize_with = "text")]
    pub adcp_version: Option<String>,
}
