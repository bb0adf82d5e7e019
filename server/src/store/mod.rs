//! What the server remembers. One small trait; SQL lives in this folder and nowhere else.
//!
//! Three rules hold for every store (`tests/store_contract.rs` proves them):
//!
//! - Every question starts from the owner: an [`AccountId`] that does not own the row gets the
//!   same answer as if the row were absent (decision 26).
//! - One decision is one [`Change`], in one transaction: a campaign, its submissions and its
//!   follow-up jobs go in together or not at all.
//! - A row that moved since it was read refuses the whole change with [`StoreError::Stale`].

mod audit;
mod change;
mod outbox;
mod records;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::Campaign;
use flighting_core::ids::{AdvertiserId, AgentId, CampaignId, DiscoveryId, MediaBuyId};
use flighting_core::selection::DiscoverySession;
use flighting_core::wire::webhook::DeliveryState;
use tokio::sync::watch;

use crate::secrets::{Sealed, SecretsError};

pub use audit::{Actor, AuditFilter, AuditRow, Subject, Who};
pub use change::{
    Change, Committed, DeliveryReport, DeliveryRow, DeliveryTotal, Event, EventWindow, NewEvent,
    NewJob, NewPoll, ReportSource, ReportTrouble,
};
pub use change::{Submission, SubmissionUpdate};
pub use outbox::{Attempt, CameTo, Message, Subscription};
pub use records::Credentials;
pub use records::{
    AccountId, AdvertiserFilter, AgentProtocol, AgentStatus, ApiKey, CampaignFilter,
};
pub use records::{
    CampaignSummary, CampaignVersions, IdempotencyAnswer, IdempotencyStart, LeasedJob, SalesAgent,
};
pub use records::{DuePoll, PollGroup, PollMove};
pub use records::{Page, Probe, Recovered, Stored, Tip};
pub use sqlite::SqliteStore;

/// How long an idempotency key is remembered (decision 25).
pub const IDEMPOTENCY_LIFE: TimeDelta = TimeDelta::hours(24);

/// Events that can always be read again, counted per account (decision 28).
pub const EVENTS_KEPT: u32 = 1_000;

/// Events younger than this can always be read again, however many there are (decision 28).
pub const EVENTS_LIFE: TimeDelta = TimeDelta::hours(1);

/// How long a webhook message is kept after it arrived or was given up: it can be replayed so long.
pub const MESSAGES_KEPT: TimeDelta = TimeDelta::days(7);

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A row moved, ended or is gone since it was read; nothing was changed. Load and decide
    /// again.
    #[error("the {what} changed meanwhile")]
    Stale {
        /// The kind of row: `campaign`, `discovery session`, `submission`, `advertiser`, `agent`.
        what: &'static str,
    },
    /// The id or the unique place of a new row is taken; nothing was changed.
    #[error("the {what} exists already")]
    Exists {
        /// The kind of row.
        what: &'static str,
    },
    /// Other rows hold this one as it is: an agent with live buys is not archived, the currency of
    /// an advertiser with campaigns does not change. Nothing was changed.
    #[error("the {what} is in use")]
    InUse {
        /// The kind of row.
        what: &'static str,
    },
    /// Another process holds the database for too long; the same call may work later.
    #[error("the database is busy")]
    Busy,
    /// A stored row cannot be read back.
    #[error("the stored {what} cannot be read: {why}")]
    Unreadable {
        /// The kind of row.
        what: &'static str,
        /// What the reader says.
        why: String,
    },
    /// A secret cannot be opened or sealed.
    #[error(transparent)]
    Secrets(#[from] SecretsError),
    /// The database failed.
    #[error("the database failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What every method answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Gives every sealed value a new seal; the text is the place the value is bound to.
pub type Reseal<'a> = &'a mut (dyn FnMut(&str, &Sealed) -> Result<Sealed, SecretsError> + Send);

/// The store. Times are arguments; nothing here reads a clock.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // Campaigns and what is decided about them.

    /// One campaign with its row version.
    async fn campaign(
        &self,
        account: &AccountId,
        id: &CampaignId,
    ) -> Result<Option<Stored<Arc<Campaign>>>>;

    /// The row versions of all that an answer about a campaign is made of.
    async fn campaign_versions(
        &self,
        account: &AccountId,
        id: &CampaignId,
    ) -> Result<Option<CampaignVersions>>;

    /// Summaries, newest first, and how many fit the filter in all.
    async fn campaigns(
        &self,
        account: &AccountId,
        filter: &CampaignFilter,
    ) -> Result<Page<CampaignSummary>>;

    /// The campaign that holds a media buy.
    async fn campaign_of_buy(
        &self,
        account: &AccountId,
        buy: &MediaBuyId,
    ) -> Result<Option<CampaignId>>;

    /// One discovery session with its row version.
    async fn discovery(
        &self,
        account: &AccountId,
        id: &DiscoveryId,
    ) -> Result<Option<Stored<DiscoverySession>>>;

    /// Writes one decision, whole or not at all.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when a version or a submission is not as expected, or the agent of a
    /// new submission was archived meanwhile; [`StoreError::Exists`] when an id is taken;
    /// [`StoreError::InUse`] when the currency of an advertiser with campaigns would change, or an
    /// agent would be archived while it holds a live buy or an unsettled submission, or credentials
    /// would end that live buys of routed campaigns need.
    async fn commit(&self, change: Change) -> Result<Committed>;

    /// Moves with every commit that went through this store, so that jobs and event streams wake.
    fn tip(&self) -> watch::Receiver<Tip>;

    // Submissions (decision 14).

    /// The youngest submission of a buy, whatever its state.
    async fn submission(&self, account: &AccountId, buy: &MediaBuyId)
    -> Result<Option<Submission>>;

    /// Open and silent submissions of a campaign, oldest first.
    async fn unsettled_submissions(
        &self,
        account: &AccountId,
        campaign: &CampaignId,
    ) -> Result<Vec<Submission>>;

    /// Every open submission of every account, oldest first: at start each of them is one whose
    /// sender died, and becomes silent.
    async fn open_submissions(&self) -> Result<Vec<Submission>>;

    /// Takes the claim of a submission that is not closed, when nobody else holds it at `now`;
    /// `None` when somebody does. Only the holder sends.
    async fn claim_submission(
        &self,
        account: &AccountId,
        id: &str,
        holder: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<Submission>>;

    // Delivery.

    /// Daily rows of a campaign between two days, both included, by package and day.
    async fn delivery(
        &self,
        account: &AccountId,
        campaign: &CampaignId,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<DeliveryRow>>;

    /// Sums over all days, one per package.
    async fn delivery_totals(
        &self,
        account: &AccountId,
        campaign: &CampaignId,
    ) -> Result<Vec<DeliveryTotal>>;

    /// The last report of each buy of a campaign, by buy.
    async fn delivery_reports(
        &self,
        account: &AccountId,
        campaign: &CampaignId,
    ) -> Result<Vec<DeliveryReport>>;

    /// The buys that an agent knows by an id of its own, with their campaigns: usually one. Two
    /// where a seller numbers anew for every account.
    async fn buys_at_seller(
        &self,
        account: &AccountId,
        agent: &AgentId,
        seller_buy_id: &str,
    ) -> Result<Vec<(CampaignId, MediaBuyId)>>;
    // The audit log.

    /// Rows, newest first, and how many fit the filter in all.
    async fn audit_logs(&self, account: &AccountId, filter: &AuditFilter)
    -> Result<Page<AuditRow>>;

    // Events (decision 28).

    /// Events of an account after a sequence number, oldest first, at most `limit`.
    async fn events_after(
        &self,
        account: &AccountId,
        sequence: i64,
        limit: u32,
    ) -> Result<Vec<Event>>;

    /// Which sequence numbers can still be read again.
    async fn event_window(&self, account: &AccountId) -> Result<EventWindow>;

    // Looks at running buys.

    /// Buys of a group that are due by `until`, the longest due first, at most `limit`. Those that
    /// ended meanwhile are among them.
    async fn due_polls(
        &self,
        account: &AccountId,
        group: &PollGroup,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DuePoll>>;

    /// When the next buy of a group is due.
    async fn next_poll(
        &self,
        account: &AccountId,
        group: &PollGroup,
    ) -> Result<Option<DateTime<Utc>>>;

    /// Writes down what looks came to.
    async fn move_polls(&self, account: &AccountId, moves: &[PollMove]) -> Result<()>;

    /// Buys that are not looked at any more.
    async fn drop_polls(&self, account: &AccountId, buys: &[MediaBuyId]) -> Result<()>;

    // Jobs.

    /// Claims up to `limit` due jobs for a worker until its lease ends, the longest due first. A
    /// job whose lease ran out counts as unclaimed.
    async fn claim_due_jobs(
        &self,
        now: DateTime<Utc>,
        worker: &str,
        lease_until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<LeasedJob>>;

    /// Lengthens the lease of a job; false when it is no longer the worker's.
    async fn extend_job(&self, job: &LeasedJob, lease_until: DateTime<Utc>) -> Result<bool>;

    /// Removes a job that was run. One that was asked for anew meanwhile stays, unclaimed.
    async fn finish_job(&self, job: &LeasedJob) -> Result<()>;

    /// Gives a job back, due at `run_at`. One that was asked for anew meanwhile keeps its new time.
    async fn put_back_job(
        &self,
        job: &LeasedJob,
        run_at: DateTime<Utc>,
        why: Option<&str>,
    ) -> Result<()>;

    /// Makes the unclaimed jobs of some kinds due at `at`, where they were due later; how many.
    /// Kinds are the words of [`Job::kind`](crate::jobs::Job::kind).
    async fn bring_forward(&self, kinds: &[&str], at: DateTime<Utc>) -> Result<u64>;

    /// When the next unclaimed job is due, or the next lease ends.
    async fn next_job_at(&self) -> Result<Option<DateTime<Utc>>>;

    // Advertisers.

    /// Inserts an advertiser, as a change of its own.
    async fn insert_advertiser(&self, account: &AccountId, advertiser: &Advertiser) -> Result<()> {
        let mut change = Change::of(account);
        change.advertiser_new = Some(advertiser.clone());
        self.commit(change).await.map(|_| ())
    }

    /// One advertiser with its row version.
    async fn advertiser(
        &self,
        account: &AccountId,
        id: &AdvertiserId,
    ) -> Result<Option<Stored<Advertiser>>>;

    /// Advertisers, newest first, and how many fit the filter in all.
    async fn advertisers(
        &self,
        account: &AccountId,
        filter: &AdvertiserFilter,
    ) -> Result<Page<Advertiser>>;

    /// Replaces an advertiser, as a change of its own; the new row version.
    ///
    /// # Errors
    /// As [`Store::commit`].
    async fn update_advertiser(
        &self,
        account: &AccountId,
        advertiser: &Advertiser,
        version: i64,
    ) -> Result<i64> {
        let mut change = Change::of(account);
        change.advertiser = Some((advertiser.clone(), version));
        self.commit(change).await.map(|_| version + 1)
    }

    /// Whether any campaign was ever made under it, which fixes its currency.
    async fn has_campaigns(&self, account: &AccountId, advertiser: &AdvertiserId) -> Result<bool>;

    // Sales agents (decision 27).

    /// Inserts an agent, as a change of its own.
    async fn insert_agent(&self, agent: &SalesAgent) -> Result<()> {
        let mut change = Change::of(&agent.account);
        change.agent_new = Some(agent.clone());
        self.commit(change).await.map(|_| ())
    }

    /// One agent with its row version, archived ones too.
    async fn agent(&self, account: &AccountId, id: &AgentId) -> Result<Option<Stored<SalesAgent>>>;

    /// All agents of an account in the order of registration, archived ones too.
    async fn agents(&self, account: &AccountId) -> Result<Vec<Stored<SalesAgent>>>;

    /// Replaces an agent, as a change of its own; the new row version.
    ///
    /// # Errors
    /// As [`Store::commit`].
    async fn update_agent(&self, agent: &SalesAgent, version: i64) -> Result<i64> {
        let mut change = Change::of(&agent.account);
        change.agent = Some((agent.clone(), version));
        self.commit(change).await.map(|_| version + 1)
    }

    /// An advertiser's own credentials at an agent.
    async fn credentials(
        &self,
        account: &AccountId,
        advertiser: &AdvertiserId,
        agent: &AgentId,
    ) -> Result<Option<Credentials>>;

    // Webhooks out.

    /// One subscription.
    async fn subscription(&self, account: &AccountId, id: &str) -> Result<Option<Subscription>>;

    /// All subscriptions of an account, oldest first.
    async fn subscriptions(&self, account: &AccountId) -> Result<Vec<Subscription>>;

    /// One message of a subscription.
    async fn message(
        &self,
        account: &AccountId,
        subscription: &str,
        n: i64,
    ) -> Result<Option<Message>>;

    /// Messages of a subscription, newest first, and how many there are in all.
    async fn messages(
        &self,
        account: &AccountId,
        subscription: &str,
        state: Option<DeliveryState>,
        take: u32,
        skip: u64,
    ) -> Result<Page<Message>>;

    /// Messages that are due, oldest first: of each campaign only the oldest that waits, so that
    /// they arrive in order.
    async fn due_messages(
        &self,
        account: &AccountId,
        subscription: &str,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Message>>;

    /// When the next message of a subscription is due; none when none waits.
    async fn next_message_at(
        &self,
        account: &AccountId,
        subscription: &str,
    ) -> Result<Option<DateTime<Utc>>>;

    /// Writes down an attempt, and how its subscription stands now. A subscription that ended
    /// meanwhile is no error.
    async fn record_attempt(&self, subscription: &Subscription, attempt: &Attempt) -> Result<()>;

    /// Seals every stored secret anew, all of them or none; how many there were.
    async fn reseal(&self, reseal: Reseal<'_>) -> Result<u64>;

    // Accounts and keys (decision 26).

    /// The account of a name; made with the given id when there is none.
    async fn ensure_account(
        &self,
        name: &str,
        fresh: &AccountId,
        now: DateTime<Utc>,
    ) -> Result<AccountId>;

    /// Inserts a key by the hash of its text.
    async fn insert_key(&self, key: &ApiKey, hash: &[u8; 32]) -> Result<()>;

    /// The key with this hash, revoked ones not.
    async fn key_by_hash(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>>;

    /// All keys of all accounts, oldest first, revoked ones too: for the operator's own listing
    /// and never for a caller.
    async fn keys(&self) -> Result<Vec<ApiKey>>;

    /// Revokes a key; false when there is none in use with this id.
    async fn revoke_key(&self, id: &str, now: DateTime<Utc>) -> Result<bool>;

    // Idempotency (decision 25).

    /// Asks for the right to run a request under its key.
    async fn begin_request(
        &self,
        account: &AccountId,
        route: &str,
        key: &str,
        body_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<IdempotencyStart>;

    /// Keeps the answer of a request that ran.
    async fn finish_request(
        &self,
        account: &AccountId,
        route: &str,
        key: &str,
        answer: &IdempotencyAnswer,
    ) -> Result<()>;

    /// Frees the key of a request whose answer is not kept.
    async fn forget_request(&self, account: &AccountId, route: &str, key: &str) -> Result<()>;

    // Care.

    /// For a single process at its start: what an earlier process claimed and did not finish is
    /// free again (jobs, submissions' claims, running idempotency keys).
    async fn recover(&self) -> Result<Recovered>;

    /// Removes events and idempotency keys that are past their time.
    async fn prune(&self, now: DateTime<Utc>) -> Result<()>;

    /// Whether the store answers.
    async fn ping(&self) -> Result<()>;

    /// Finishes what is being written and closes.
    async fn close(&self);
}
