//! The audit log as it is answered (contract 11): who did what, to what, and what it changed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Json;
use crate::words::words;

words! {
    /// What was done.
    pub enum AuditAction {
        /// It was made.
        Create = "CREATE",
        /// It was changed.
        Update = "UPDATE",
        /// It was removed for good.
        Delete = "DELETE",
        /// It was put away and kept for reporting.
        Archive = "ARCHIVE",
        /// A campaign was executed.
        Execute = "EXECUTE",
        /// It runs, or is in use, from now on: launched, reactivated, restored.
        Activate = "ACTIVATE",
        /// It was halted.
        Deactivate = "DEACTIVATE",
    }
}

words! {
    /// What it was done to.
    pub enum AuditResource {
        /// An advertiser.
        Advertiser = "ADVERTISER",
        /// A campaign.
        Campaign = "CAMPAIGN",
        /// A creative.
        Creative = "CREATIVE",
        /// A media buy, its packages included.
        MediaBuy = "MEDIA_BUY",
        /// A product of a selection.
        Product = "PRODUCT",
        /// A package by itself.
        Package = "PACKAGE",
        /// A discovery session with its selection.
        DiscoverySession = "DISCOVERY_SESSION",
        /// A sales agent.
        SalesAgent = "SALES_AGENT",
        /// An advertiser's own credentials at a sales agent.
        Credentials = "CREDENTIALS",
        /// A subscription to webhooks.
        WebhookSubscription = "WEBHOOK_SUBSCRIPTION",
    }
}

words! {
    /// What kind of actor it was.
    pub enum ActorOrigin {
        /// A person, through a key made for people.
        Human = "human",
        /// A program, through a key made for programs.
        Agent = "agent",
        /// A program that decides by itself.
        Autonomous = "autonomous",
        /// Flighting itself: time passed, or a seller moved something.
        System = "system",
    }
}

words! {
    /// How it ended.
    pub enum AuditOutcome {
        /// It was done.
        Succeeded = "succeeded",
        /// The key may not do this.
        Denied = "denied",
        /// It was refused, or it failed; nothing was changed by it.
        Failed = "failed",
    }
}

/// One field that changed. A field that was not there, or is not any more, is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    /// Its path in the resource as the API shows it; entries of lists by their id.
    pub field: String,
    /// The value before.
    #[cfg_attr(feature = "openapi", schema(value_type = Value))]
    pub old: Json,
    /// The value after.
    #[cfg_attr(feature = "openapi", schema(value_type = Value))]
    pub new: Json,
}

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditRefusal {
    /// The HTTP status that was answered.
    pub status: u16,
    /// The error's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The field the error was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = AuditLog))]
pub struct AuditLogOut {
    /// Its id, `log_…`; later rows sort later.
    pub id: String,
    /// When it was done; real time, also where the sandbox's runs faster.
    pub timestamp: DateTime<Utc>,
    /// The same instant.
    pub created_at: DateTime<Utc>,
    /// What was done.
    pub action: AuditAction,
    /// To what kind of thing.
    pub resource_type: AuditResource,
    /// Its id; null where a create was refused.
    pub resource_id: Option<String>,
    /// Its name at that time.
    pub resource_name: Option<String>,
    /// The kind of thing it belongs to.
    pub parent_type: Option<AuditResource>,
    /// The id of the thing it belongs to.
    pub parent_id: Option<String>,
    /// The advertiser it belongs to.
    pub advertiser_id: Option<String>,
    /// The campaign it belongs to, or is.
    pub campaign_id: Option<String>,
    /// Null: people have no accounts of their own here, they use keys.
    pub user_id: Option<String>,
    /// Null, as `userId`.
    pub user_email: Option<String>,
    /// Null, as `userId`.
    pub user_name: Option<String>,
    /// The key that was used, `key_…`; null for what Flighting did by itself.
    pub service_token_id: Option<String>,
    /// The key's label.
    pub service_token_name: Option<String>,
    /// What kind of actor it was.
    pub actor_origin: ActorOrigin,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Why it was not carried out; null where it was.
    pub parameters: Option<AuditRefusal>,
    /// What it changed, field by field; secrets never appear here.
    pub changes: Vec<FieldChange>,
    /// The row as a sentence.
    pub description: String,
}
