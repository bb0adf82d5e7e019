//! The rows that are not core's: accounts, keys, sales agents, and what lists and claims answer.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use flighting_core::advertiser::AdvertiserStatus;
use flighting_core::campaign::{Campaign, CampaignStatus, CampaignType};
use flighting_core::flight::Flight;
use flighting_core::ids::{AdvertiserId, AgentId, CampaignId, DiscoveryId, MediaBuyId};
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::money::Money;
use flighting_core::targeting::Constraints;
use flighting_core::wire::audit::ActorOrigin;
use flighting_core::wire::campaign::CampaignOrder;
use serde::{Deserialize, Serialize};

use crate::jobs::Job;
use crate::secrets::Sealed;

/// Who owns keys, advertisers and agents (decision 26).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(String);

impl AccountId {
    /// What every account id begins with.
    pub const PREFIX: &'static str = "acc_";

    /// Reads an id: the prefix, then 1 to 60 of `[A-Za-z0-9_-]`. `None` for all else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(Self::PREFIX)?;
        let fits = (1..=60).contains(&rest.len())
            && rest
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        fits.then(|| Self(text.to_owned()))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AccountId {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
            .ok_or_else(|| format!("expected an id that begins with `acc_`, got `{text}`"))
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.0
    }
}

/// A value as it is stored, with the version of its row. The version moves with every commit; it
/// is ours alone and not the revision that callers see (decision 23).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// The value.
    pub value: T,
    /// The row's version when it was read.
    pub version: i64,
}

impl<T: Clone> Stored<std::sync::Arc<T>> {
    /// The value to change, with the version to commit it against.
    #[must_use]
    pub fn into_parts(self) -> (T, i64) {
        (std::sync::Arc::unwrap_or_clone(self.value), self.version)
    }
}

/// The row versions of a campaign, its advertiser and its discovery session: an answer about the
/// campaign holds as long as none of them moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CampaignVersions {
    /// Of the campaign.
    pub campaign: i64,
    /// Of its advertiser.
    pub advertiser: i64,
    /// Of its discovery session, where it has one.
    pub discovery: Option<i64>,
}

/// A part of a longer list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many fit the filter in all.
    pub total: u64,
}

/// Which campaigns to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CampaignFilter {
    /// Only of this advertiser.
    pub advertiser_id: Option<AdvertiserId>,
    /// Only with this in the name, capitals or not.
    pub name_contains: Option<String>,
    /// Only in one of these statuses; empty asks for all five.
    pub statuses: Vec<CampaignStatus>,
    /// Only with at least one buy in one of these statuses; empty does not ask.
    pub buy_statuses: Vec<MediaBuyStatus>,
    /// In which order.
    pub order: CampaignOrder,
    /// At most so many.
    pub take: u32,
    /// After so many.
    pub skip: u64,
}

/// A campaign in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignSummary {
    /// Its id.
    pub id: CampaignId,
    /// The owner.
    pub advertiser_id: AdvertiserId,
    /// Its name.
    pub name: String,
    /// Its status.
    pub status: CampaignStatus,
    /// Decisioned or routed.
    pub campaign_type: CampaignType,
    /// When its ads may run.
    pub flight: Flight,
    /// Everything the advertiser commits.
    pub total: Money,
    /// Its constraints.
    pub constraints: Constraints,
    /// The session its products come from.
    pub discovery_id: Option<DiscoveryId>,
    /// How many products that session has selected.
    #[serde(default, skip_serializing)]
    pub product_count: u32,
    /// The roll-up of its buys; none before the first execute.
    pub media_buy_status: Option<MediaBuyStatus>,
    /// How many buys are in each status, by the status's word.
    pub media_buy_status_counts: BTreeMap<String, u32>,
    /// The revision that callers see.
    pub revision: u64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl CampaignSummary {
    /// The summary of a campaign; the product count is the session's and stays 0 here.
    #[must_use]
    pub fn of(campaign: &Campaign) -> Self {
        let plan = campaign.plan();
        let roll_up = campaign.roll_up();
        Self {
            id: campaign.id().clone(),
            advertiser_id: campaign.advertiser_id().clone(),
            name: plan.name.clone(),
            status: campaign.status(),
            campaign_type: campaign.campaign_type(),
            flight: plan.flight,
            total: plan.budget.total,
            constraints: plan.constraints.clone(),
            discovery_id: plan.discovery_id.clone(),
            product_count: 0,
            media_buy_status: roll_up.as_ref().map(|roll_up| roll_up.status),
            media_buy_status_counts: roll_up
                .map(|roll_up| {
                    roll_up
                        .counts
                        .into_iter()
                        .map(|(word, n)| (word.to_owned(), n))
                        .collect()
                })
                .unwrap_or_default(),
            revision: campaign.revision(),
            created_at: campaign.created_at(),
            updated_at: campaign.updated_at(),
        }
    }
}

/// Which advertisers to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdvertiserFilter {
    /// Only in this status.
    pub status: Option<AdvertiserStatus>,
    /// Only with this in the name, capitals or not.
    pub name_contains: Option<String>,
    /// Only sandbox ones, or only real ones.
    pub sandbox: Option<bool>,
    /// At most so many.
    pub take: u32,
    /// After so many.
    pub skip: u64,
}

/// How an agent is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AgentProtocol {
    /// Over MCP's streamable HTTP.
    Mcp,
    /// Over A2A.
    A2a,
}

/// Whether an agent is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AgentStatus {
    /// In use.
    Active,
    /// In use, but its last probe failed.
    Unreachable,
    /// Put away; kept for its past buys, asked nothing.
    Archived,
}

/// What an agent said about itself when it was last asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// Its capabilities as it told them, where it did.
    pub capabilities: Option<serde_json::Value>,
    /// Why it did not, in a sentence that may be shown.
    pub error: Option<String>,
}

/// A sales agent as an account registered it (decision 27). Its secrets are ciphertext.
#[derive(Debug, Clone, PartialEq)]
pub struct SalesAgent {
    /// Ours.
    pub id: AgentId,
    /// Whose it is.
    pub account: AccountId,
    /// 1 to 255 characters.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// How it is spoken to.
    pub protocol: AgentProtocol,
    /// The bearer token, sealed for [`SalesAgent::token_place`].
    pub token: Option<Sealed>,
    /// How its webhooks are signed, as JSON, sealed for [`SalesAgent::webhooks_place`] since it
    /// may hold a shared key.
    pub webhooks: Option<Sealed>,
    /// Whether it is in use.
    pub status: AgentStatus,
    /// What it last said about itself.
    pub probe: Option<Probe>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
}

impl SalesAgent {
    /// What the seal of the token is bound to: a token copied to another agent does not open.
    #[must_use]
    pub fn token_place(account: &AccountId, id: &AgentId) -> String {
        format!("{account}/{id}/token")
    }

    /// What the seal of the webhook settings is bound to.
    #[must_use]
    pub fn webhooks_place(account: &AccountId, id: &AgentId) -> String {
        format!("{account}/{id}/webhooks")
    }
}

/// An advertiser's own credentials at an agent (decision 22), as ciphertext.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The advertiser.
    pub advertiser_id: AdvertiserId,
    /// The agent.
    pub agent_id: AgentId,
    /// The bearer token, sealed for [`Credentials::place`].
    pub token: Sealed,
    /// Since when there are any.
    pub created_at: DateTime<Utc>,
    /// When they were last replaced.
    pub updated_at: DateTime<Utc>,
}

impl Credentials {
    /// What the seal of the token is bound to.
    #[must_use]
    pub fn place(account: &AccountId, advertiser: &AdvertiserId, agent: &AgentId) -> String {
        format!("{account}/{advertiser}/{agent}/token")
    }
}

/// A caller's key, without its text: only a hash of that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// `key_…`, for listing and revoking.
    pub id: String,
    /// Whose it is.
    pub account: AccountId,
    /// What it is for, in its maker's words.
    pub label: String,
    /// Whether it may only read.
    pub read_only: bool,
    /// What kind of actor uses it, for the audit log.
    pub origin: ActorOrigin,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// An answer kept for a repeated request.
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyAnswer {
    /// HTTP status.
    pub status: u16,
    /// Headers worth repeating.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl fmt::Debug for IdempotencyAnswer {
    /// Without the body, which is the caller's alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyAnswer")
            .field("status", &self.status)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// What a request under an idempotency key may do (decision 25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdempotencyStart {
    /// The key is free and now taken: run, then finish or forget.
    New,
    /// It ran: answer the same again.
    Replay(IdempotencyAnswer),
    /// The first one still runs.
    Running,
    /// The key was used with another body.
    Mismatch,
}

/// Buys that can be looked at in one question: of one agent, advertiser and type of campaign, for
/// on these depend whom we ask and as whom.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PollGroup {
    /// Who sells.
    pub agent: AgentId,
    /// Who buys.
    pub advertiser: AdvertiserId,
    /// Decisioned or routed.
    pub campaign_type: CampaignType,
}

impl fmt::Display for PollGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.campaign_type.as_str();
        write!(f, "{}/{}/{kind}", self.agent, self.advertiser)
    }
}

/// A buy that is due to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuePoll {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// The seller's id of it.
    pub seller_id: Option<String>,
    /// Its status.
    pub status: MediaBuyStatus,
    /// Looks that failed, in a row.
    pub looks: u32,
    /// What was seen last.
    pub seen: Option<String>,
}

/// What a look at a buy came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PollMove {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// When it is looked at next; real time.
    pub due_at: DateTime<Utc>,
    /// Looks that failed, in a row.
    pub looks: u32,
    /// What was seen.
    pub seen: Option<String>,
}

/// A job that a worker holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeasedJob {
    /// Its row.
    pub id: i64,
    /// What to do.
    pub job: Job,
    /// When it was due.
    pub run_at: DateTime<Utc>,
    /// How often it was begun since it was asked for, this time included.
    pub attempt: u32,
    /// Moves when it is asked for anew, so that finishing the old does not remove the new.
    pub asked: i64,
    /// Who holds it.
    pub worker: String,
}

/// What an earlier process left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Jobs that were claimed.
    pub jobs: u64,
    /// Submissions that were claimed.
    pub submissions: u64,
    /// Idempotency keys whose request was running.
    pub requests: u64,
}

/// How far the store has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tip {
    /// Commits so far, of this process.
    pub commits: u64,
    /// The youngest event that this process wrote.
    pub last_event: i64,
}
