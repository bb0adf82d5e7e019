//! One decision and its parts: what goes into the store together.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::Campaign;
use flighting_core::ids::{AdvertiserId, AgentId, CampaignId, MediaBuyId, PackageId};
use flighting_core::media_buy::SubmissionState;
use flighting_core::money::Money;
use flighting_core::selection::DiscoverySession;
use flighting_core::wire::audit::AuditAction;
use serde::{Deserialize, Serialize};

use super::{
    AccountId, Actor, AuditRow, Credentials, PollGroup, Receipt, SalesAgent, Subscription, Who,
};
use crate::jobs::Job;

/// One decision. All parts belong to one account and go in together; a part that does not fit
/// leaves nothing of the others.
#[derive(Debug, Clone)]
pub struct Change {
    /// Whose rows they are.
    pub account: AccountId,
    /// Who decided.
    pub by: Who,
    /// When it was decided, in real time; what is done about its events is due from then on.
    pub decided_at: Option<DateTime<Utc>>,
    /// How the audit log calls it, where before and after do not tell.
    pub action: Option<AuditAction>,
    /// The campaign as it was before, where it is at hand; else it is read again for the audit log.
    pub campaign_before: Option<Arc<Campaign>>,
    /// An advertiser that begins.
    pub advertiser_new: Option<Advertiser>,
    /// An advertiser that changes, and the row version it was read at.
    pub advertiser: Option<(Advertiser, i64)>,
    /// A sales agent that begins.
    pub agent_new: Option<SalesAgent>,
    /// A sales agent that changes, and the row version it was read at.
    pub agent: Option<(SalesAgent, i64)>,
    /// Credentials of an advertiser that begin or are replaced.
    pub credentials: Option<Credentials>,
    /// Credentials of an advertiser at an agent that end.
    pub credentials_gone: Option<(AdvertiserId, AgentId)>,
    /// A subscription to webhooks that begins.
    pub subscription_new: Option<Subscription>,
    /// A subscription to webhooks that ends, with all it was to be told.
    pub subscription_gone: Option<String>,
    /// A message that is sent anew: its subscription and its number.
    pub replay: Option<(String, i64)>,
    /// An advertiser that the decision leant on, and the row version it was read at. A new
    /// campaign names it, so that its currency cannot change in between.
    pub advertiser_seen: Option<(AdvertiserId, i64)>,
    /// A campaign that begins.
    pub campaign_new: Option<Campaign>,
    /// A campaign that changes, and the row version it was read at.
    pub campaign: Option<(Campaign, i64)>,
    /// A discovery session that begins.
    pub discovery_new: Option<DiscoverySession>,
    /// A discovery session that changes, and the row version it was read at.
    pub discovery: Option<(DiscoverySession, i64)>,
    /// The hash of the address at which the agent that begins writes to us.
    pub webhook_path: Option<[u8; 32]>,
    /// The message that the decision takes in; one that is known already makes the change stale.
    pub receipt: Option<Receipt>,
    /// Requests that will be sent; a buy has at most one that is not closed.
    pub submissions: Vec<Submission>,
    /// What became of earlier ones.
    pub submission_updates: Vec<SubmissionUpdate>,
    /// Jobs that are not needed any more; taken away before new ones are added, so that naming
    /// one here and in `jobs` replaces it.
    pub jobs_done: Vec<Job>,
    /// Jobs to do. One that waits already keeps the earlier of the two times.
    pub jobs: Vec<NewJob>,
    /// Delivered days; a row replaces the one of the same package and day.
    pub delivery: Vec<DeliveryRow>,
    /// The last report of buys; one replaces the one before.
    pub delivery_reports: Vec<DeliveryReport>,
    /// Buys to look at from time to time.
    pub polls: Vec<NewPoll>,
    /// What to tell the page and whoever else listens.
    pub events: Vec<NewEvent>,
    /// Who did what, for the audit log.
    pub audit: Vec<AuditRow>,
}

impl Change {
    /// A change of nothing yet, by somebody; an account alone stands for the system in it.
    #[must_use]
    pub fn of(by: impl Into<Actor>) -> Self {
        let Actor { account, who } = by.into();
        Self {
            account,
            by: who,
            decided_at: None,
            action: None,
            campaign_before: None,
            advertiser_new: None,
            advertiser: None,
            agent_new: None,
            agent: None,
            credentials: None,
            credentials_gone: None,
            subscription_new: None,
            subscription_gone: None,
            replay: None,
            advertiser_seen: None,
            campaign_new: None,
            campaign: None,
            discovery_new: None,
            discovery: None,
            webhook_path: None,
            receipt: None,
            submissions: Vec::new(),
            submission_updates: Vec::new(),
            jobs_done: Vec::new(),
            jobs: Vec::new(),
            delivery: Vec::new(),
            delivery_reports: Vec::new(),
            polls: Vec::new(),
            events: Vec::new(),
            audit: Vec::new(),
        }
    }
}

/// What a commit moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Committed {
    /// The campaign's row version now, where the change had one.
    pub campaign_version: Option<i64>,
    /// The session's row version now, where the change had one.
    pub discovery_version: Option<i64>,
    /// Sequence number of the last event, where the change had any.
    pub last_event: Option<i64>,
}

/// A request about one media buy, exactly as it is sent (decision 14): the one that places it, or
/// one that changes it.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// Ours.
    pub id: String,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// Who is asked.
    pub agent_id: AgentId,
    /// Whose it is.
    pub account: AccountId,
    /// The key that makes a replay safe at the seller.
    pub idempotency_key: String,
    /// The bytes that are sent; a replay sends these and no others.
    pub request_bytes: Vec<u8>,
    /// Digest of what the request says, without what differs at each sending.
    pub request_digest: String,
    /// How far it has come.
    pub state: SubmissionState,
    /// Who may send it now.
    pub claimed_by: Option<String>,
    /// Until when.
    pub lease_until: Option<DateTime<Utc>>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
    /// When its first byte may have left us; the seller's replay window counts from here.
    pub first_sent_at: Option<DateTime<Utc>>,
    /// The task at the seller that decides about it.
    pub seller_task_id: Option<String>,
    /// Which change of the buy it is; none places the buy.
    pub change: Option<u32>,
}

impl fmt::Debug for Submission {
    /// Without the bytes: they belong to the caller's debug answer, never to a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submission")
            .field("id", &self.id)
            .field("media_buy_id", &self.media_buy_id)
            .field("agent_id", &self.agent_id)
            .field("state", &self.state)
            .field("claimed_by", &self.claimed_by)
            .field("change", &self.change)
            .field("first_sent_at", &self.first_sent_at)
            .field("request_bytes", &self.request_bytes.len())
            .finish_non_exhaustive()
    }
}

/// What becomes of a submission. Fields that are `None` stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionUpdate {
    /// Which.
    pub id: String,
    /// The state it must be in; else the whole change is stale.
    pub expected: SubmissionState,
    /// Who must hold its claim; `None` asks nobody.
    pub holder: Option<String>,
    /// Its state from now on; anything but open gives up the claim.
    pub state: SubmissionState,
    /// When it was sent; only the first time is kept.
    pub sent_at: Option<DateTime<Utc>>,
    /// The task at the seller.
    pub seller_task_id: Option<String>,
}

/// A job to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What.
    pub job: Job,
    /// Not before.
    pub run_at: DateTime<Utc>,
}

/// What one package delivered on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// The package.
    pub package_id: PackageId,
    /// The UTC day.
    pub day: NaiveDate,
    /// Times shown.
    pub impressions: u64,
    /// Media money.
    pub spend: Money,
    /// Clicks.
    pub clicks: u64,
    /// Whether the figures came long after the day, or for a day on which it did not run.
    pub late: bool,
    /// When they were observed; the product's time.
    pub observed_at: DateTime<Utc>,
}

/// A buy that is to be looked at from time to time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPoll {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// With which others.
    pub group: PollGroup,
    /// When first; one that is looked at already keeps the earlier time.
    pub due_at: DateTime<Utc>,
}

/// Where figures came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportSource {
    /// We asked.
    Pull,
    /// The seller sent them by itself.
    Webhook,
}

/// The last report of a buy's delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The campaign.
    pub campaign_id: CampaignId,
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// When it was true; the product's time.
    pub as_of: DateTime<Utc>,
    /// How it came.
    pub source: ReportSource,
    /// Whether the seller says that figures are late.
    pub delayed: bool,
    /// When the seller expects them then.
    pub expected_at: Option<DateTime<Utc>>,
    /// Whether the seller says that these were the last.
    pub is_final: bool,
    /// What of it could not be taken in.
    pub troubles: Vec<ReportTrouble>,
}

/// What of a report could not be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTrouble {
    /// Its stable code.
    pub code: String,
    /// The seller's id of the package; none where it is about all of the buy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The sentence.
    pub message: String,
}

/// What one package delivered over all days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryTotal {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// The package.
    pub package_id: PackageId,
    /// Times shown.
    pub impressions: u64,
    /// Media money.
    pub spend: Money,
    /// Clicks.
    pub clicks: u64,
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEvent {
    /// Its name, such as `campaign.status_changed`.
    pub kind: String,
    /// The campaign it is about.
    pub campaign_id: CampaignId,
    /// The buy it is about, where it is about one.
    pub media_buy_id: Option<MediaBuyId>,
    /// What a listener gets.
    pub data: serde_json::Value,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// Something that was told.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Place in the one order of all events; grows, with gaps.
    pub sequence: i64,
    /// Its name.
    pub kind: String,
    /// The campaign it is about.
    pub campaign_id: CampaignId,
    /// The buy it is about, where it is about one.
    pub media_buy_id: Option<MediaBuyId>,
    /// What a listener gets.
    pub data: serde_json::Value,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// Which events of an account can be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EventWindow {
    /// A listener that has seen this or a later one misses nothing; one that has seen only an
    /// earlier one has to start over.
    pub complete_after: i64,
    /// The youngest of the account; 0 before the first.
    pub latest: i64,
}
