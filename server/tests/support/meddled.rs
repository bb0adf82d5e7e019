//! A store in which something happens between two calls: what one caller reads and writes while
//! another is half way, without threads that have to meet.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::Campaign;
use flighting_core::ids::{AdvertiserId, AgentId, CampaignId, DiscoveryId, MediaBuyId};
use flighting_core::selection::DiscoverySession;
use flighting_core::wire::webhook::DeliveryState;
use flighting_server::store::*;
use futures::future::BoxFuture;
use tokio::sync::watch;

type Happening = BoxFuture<'static, ()>;

/// What happens, and after which call.
#[derive(Clone, Default)]
pub struct Between(Arc<Mutex<Option<(&'static str, Happening)>>>);

impl Between {
    /// Lets something happen once, after the next call of this method, before its caller hears
    /// what it came to.
    pub fn after(
        &self,
        method: &'static str,
        happening: impl Future<Output = ()> + Send + 'static,
    ) {
        *self.0.lock().unwrap() = Some((method, Box::pin(happening)));
    }

    /// Whether it happened.
    pub fn is_over(&self) -> bool {
        self.0.lock().unwrap().is_none()
    }

    async fn turn(&self, method: &str) {
        let due = self
            .0
            .lock()
            .unwrap()
            .take_if(|(awaited, _)| *awaited == method);
        if let Some((_, happening)) = due {
            happening.await;
        }
    }
}

/// The store.
pub struct Meddled {
    pub store: Arc<dyn Store>,
    pub between: Between,
}

macro_rules! passed_on {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $told:ty;)*) => {
        #[async_trait]
        impl Store for Meddled {
            $(
                async fn $name(&self $(, $arg: $kind)*) -> $told {
                    let told = self.store.$name($($arg),*).await;
                    self.between.turn(stringify!($name)).await;
                    told
                }
            )*

            fn tip(&self) -> watch::Receiver<Tip> {
                self.store.tip()
            }
        }
    };
}

passed_on! {
    campaign(account: &AccountId, id: &CampaignId) -> Result<Option<Stored<Arc<Campaign>>>>;
    campaign_versions(account: &AccountId, id: &CampaignId) -> Result<Option<CampaignVersions>>;
    campaigns(account: &AccountId, filter: &CampaignFilter) -> Result<Page<CampaignSummary>>;
    campaign_of_buy(account: &AccountId, buy: &MediaBuyId) -> Result<Option<CampaignId>>;
    discovery(account: &AccountId, id: &DiscoveryId) -> Result<Option<Stored<DiscoverySession>>>;
    commit(change: Change) -> Result<Committed>;
    submission(account: &AccountId, buy: &MediaBuyId) -> Result<Option<Submission>>;
    unsettled_submissions(account: &AccountId, campaign: &CampaignId) -> Result<Vec<Submission>>;
    open_submissions() -> Result<Vec<Submission>>;
    claim_submission(account: &AccountId, id: &str, holder: &str, now: DateTime<Utc>, lease_until: DateTime<Utc>) -> Result<Option<Submission>>;
    submission_by_key(account: &AccountId, agent: &AgentId, key: &str) -> Result<Option<Submission>>;
    submission_by_task(account: &AccountId, agent: &AgentId, task: &str) -> Result<Option<Submission>>;
    has_unsettled(account: &AccountId, agent: &AgentId) -> Result<bool>;
    webhook_owner(path_hash: &[u8; 32]) -> Result<Option<PathOwner>>;
    message_seen(agent: &AgentId, key: &str, nonce: Option<&Nonce>) -> Result<Seen>;
    nonces_of_key(agent: &AgentId, keyid: &str) -> Result<u64>;
    insert_signing_key(key: &SigningKeyRow) -> Result<()>;
    signing_keys() -> Result<Vec<SigningKeyRow>>;
    forget_signing_keys(before: DateTime<Utc>) -> Result<u64>;
    delivery(account: &AccountId, campaign: &CampaignId, first: NaiveDate, last: NaiveDate) -> Result<Vec<DeliveryRow>>;
    delivery_totals(account: &AccountId, campaign: &CampaignId) -> Result<Vec<DeliveryTotal>>;
    delivery_reports(account: &AccountId, campaign: &CampaignId) -> Result<Vec<DeliveryReport>>;
    buys_at_seller(account: &AccountId, agent: &AgentId, seller_buy_id: &str) -> Result<Vec<(CampaignId, MediaBuyId)>>;
    audit_logs(account: &AccountId, filter: &AuditFilter) -> Result<Page<AuditRow>>;
    events_after(account: &AccountId, sequence: i64, limit: u32) -> Result<Vec<Event>>;
    event_window(account: &AccountId) -> Result<EventWindow>;
    due_polls(account: &AccountId, group: &PollGroup, until: DateTime<Utc>, limit: u32) -> Result<Vec<DuePoll>>;
    next_poll(account: &AccountId, group: &PollGroup) -> Result<Option<DateTime<Utc>>>;
    move_polls(account: &AccountId, moves: &[PollMove]) -> Result<()>;
    drop_polls(account: &AccountId, buys: &[MediaBuyId]) -> Result<()>;
    claim_due_jobs(now: DateTime<Utc>, worker: &str, lease_until: DateTime<Utc>, limit: u32) -> Result<Vec<LeasedJob>>;
    extend_job(job: &LeasedJob, lease_until: DateTime<Utc>) -> Result<bool>;
    finish_job(job: &LeasedJob) -> Result<()>;
    put_back_job(job: &LeasedJob, run_at: DateTime<Utc>, why: Option<&str>) -> Result<()>;
    bring_forward(kinds: &[&str], at: DateTime<Utc>) -> Result<u64>;
    next_job_at() -> Result<Option<DateTime<Utc>>>;
    advertiser(account: &AccountId, id: &AdvertiserId) -> Result<Option<Stored<Advertiser>>>;
    advertisers(account: &AccountId, filter: &AdvertiserFilter) -> Result<Page<Advertiser>>;
    has_campaigns(account: &AccountId, advertiser: &AdvertiserId) -> Result<bool>;
    agent(account: &AccountId, id: &AgentId) -> Result<Option<Stored<SalesAgent>>>;
    agents(account: &AccountId) -> Result<Vec<Stored<SalesAgent>>>;
    credentials(account: &AccountId, advertiser: &AdvertiserId, agent: &AgentId) -> Result<Option<Credentials>>;
    subscription(account: &AccountId, id: &str) -> Result<Option<Subscription>>;
    subscriptions(account: &AccountId) -> Result<Vec<Subscription>>;
    message(account: &AccountId, subscription: &str, n: i64) -> Result<Option<Message>>;
    messages(account: &AccountId, subscription: &str, state: Option<DeliveryState>, take: u32, skip: u64) -> Result<Page<Message>>;
    due_messages(account: &AccountId, subscription: &str, now: DateTime<Utc>, limit: u32) -> Result<Vec<Message>>;
    next_message_at(account: &AccountId, subscription: &str) -> Result<Option<DateTime<Utc>>>;
    record_attempt(subscription: &Subscription, attempt: &Attempt) -> Result<()>;
    reseal(reseal: Reseal<'_>) -> Result<u64>;
    ensure_account(name: &str, fresh: &AccountId, now: DateTime<Utc>) -> Result<AccountId>;
    insert_key(key: &ApiKey, hash: &[u8; 32]) -> Result<()>;
    key_by_hash(hash: &[u8; 32]) -> Result<Option<ApiKey>>;
    keys() -> Result<Vec<ApiKey>>;
    revoke_key(id: &str, now: DateTime<Utc>) -> Result<bool>;
    begin_request(account: &AccountId, route: &str, key: &str, body_hash: &[u8; 32], now: DateTime<Utc>) -> Result<IdempotencyStart>;
    finish_request(account: &AccountId, route: &str, key: &str, answer: &IdempotencyAnswer) -> Result<()>;
    forget_request(account: &AccountId, route: &str, key: &str) -> Result<()>;
    recover() -> Result<Recovered>;
    prune(now: DateTime<Utc>) -> Result<()>;
    ping() -> Result<()>;
    close() -> ();
}
