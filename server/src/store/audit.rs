//! Who acts, and the rows of the audit log, which are written with the change they tell of.

use std::fmt;

use chrono::{DateTime, Utc};
use flighting_core::ids::{AdvertiserId, CampaignId};
use flighting_core::wire::audit::{
    ActorOrigin, AuditAction, AuditOutcome, AuditRefusal, AuditResource, FieldChange,
};

use super::AccountId;

/// Who acts, and in which account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Whose things are touched.
    pub account: AccountId,
    /// Who touches them.
    pub who: Who,
}

/// A caller by its key, or Flighting itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A caller.
    Key {
        /// The key's id, never its text.
        id: String,
        /// What the key is for, in its maker's words.
        label: String,
        /// What kind of actor uses it.
        origin: ActorOrigin,
    },
    /// Flighting itself: time passed, or a seller moved something.
    System,
}

impl Who {
    /// What kind of actor it is.
    #[must_use]
    pub fn origin(&self) -> ActorOrigin {
        match self {
            Self::Key { origin, .. } => *origin,
            Self::System => ActorOrigin::System,
        }
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { label, .. } => write!(f, "the key `{label}`"),
            Self::System => f.write_str("flighting"),
        }
    }
}

impl Actor {
    /// Flighting itself, in an account.
    #[must_use]
    pub fn system(account: AccountId) -> Self {
        Self {
            account,
            who: Who::System,
        }
    }
}

/// Nobody who was named: the system.
impl From<AccountId> for Actor {
    fn from(account: AccountId) -> Self {
        Self::system(account)
    }
}

/// Nobody who was named: the system.
impl From<&AccountId> for Actor {
    fn from(account: &AccountId) -> Self {
        Self::system(account.clone())
    }
}

impl From<&Actor> for Actor {
    fn from(actor: &Actor) -> Self {
        actor.clone()
    }
}

/// The thing that something was done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its kind.
    pub kind: AuditResource,
    /// Its id; none where it was never made.
    pub id: Option<String>,
    /// Its name at that time.
    pub name: Option<String>,
    /// What it belongs to.
    pub parent: Option<(AuditResource, String)>,
    /// The advertiser it belongs to, or is.
    pub advertiser: Option<AdvertiserId>,
    /// The campaign it belongs to, or is.
    pub campaign: Option<CampaignId>,
}

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// `log_…`.
    pub id: String,
    /// When, in real time.
    pub at: DateTime<Utc>,
    /// By whom.
    pub who: Who,
    /// What was done.
    pub action: AuditAction,
    /// To what.
    pub subject: Subject,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Why it was not carried out; none where it was.
    pub refusal: Option<AuditRefusal>,
    /// What it changed; without secrets.
    pub changes: Vec<FieldChange>,
    /// The row as a sentence.
    pub description: String,
}

/// Which rows to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFilter {
    /// Not before.
    pub from: Option<DateTime<Utc>>,
    /// Before.
    pub until: Option<DateTime<Utc>>,
    /// Only of this advertiser.
    pub advertiser: Option<AdvertiserId>,
    /// Only of this campaign, its buys included.
    pub campaign: Option<CampaignId>,
    /// Only these kinds; empty does not ask.
    pub resources: Vec<AuditResource>,
    /// Only these actions; empty does not ask.
    pub actions: Vec<AuditAction>,
    /// Only by this kind of actor.
    pub origin: Option<ActorOrigin>,
    /// Only about this one thing.
    pub resource_id: Option<String>,
    /// Only by this key.
    pub key_id: Option<String>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// At most so many.
    pub take: u32,
    /// After so many.
    pub skip: u64,
}
