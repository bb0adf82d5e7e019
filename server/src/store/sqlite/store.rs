//! [`Store`] on SQLite, method by method: which connection, and which room does it.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::Campaign;
use flighting_core::ids::{AdvertiserId, AgentId, CampaignId, DiscoveryId, MediaBuyId};
use flighting_core::selection::DiscoverySession;
use flighting_core::wire::webhook::DeliveryState;
use tokio::sync::watch;

use super::super::{
    AccountId, AdvertiserFilter, ApiKey, Attempt, AuditFilter, AuditRow, CampaignFilter,
    CampaignSummary, CampaignVersions, Change, Committed, Credentials, DeliveryReport, DeliveryRow,
    DeliveryTotal, DuePoll, Event, EventWindow, IdempotencyAnswer, IdempotencyStart, LeasedJob,
    Message, Nonce, Page, PathOwner, PollGroup, PollMove, Recovered, Reseal, Result, SalesAgent,
    Seen, SigningKeyRow, Store, StoreError, Stored, Submission, Subscription, Tip,
};
use super::{
    SqliteStore, accounts, advertisers, agents, audit, campaigns, care, credentials, delivery,
    hooks, jobs, outbox, polls, requests, submissions,
};

#[async_trait]
impl Store for SqliteStore {
    async fn campaign(
        &self,
        account: &AccountId,
        id: &CampaignId,
    ) -> Result<Option<Stored<Arc<Campaign>>>> {
        let mut reader = self.inner.reader().await?;
        campaigns::campaign(&mut reader, &self.inner.parsed, account, id).await
    }

    async fn campaign_versions(
        &self,
        account: &AccountId,
        id: &CampaignId,
    ) -> Result<Option<CampaignVersions>> {
        campaigns::versions(&mut *self.inner.reader().await?, account, id).await
    }

    async fn campaigns(
        &self,
        account: &AccountId,
        filter: &CampaignFilter,
    ) -> Result<Page<CampaignSummary>> {
        campaigns::list(&mut *self.inner.reader().await?, account, filter).await
    }

    async fn campaign_of_buy(
        &self,
        account: &AccountId,
        buy: &MediaBuyId,
    ) -> Result<Option<CampaignId>> {
        campaigns::of_buy(&mut *self.inner.reader().await?, account, buy).await
    }

    async fn discovery(
        &self,
        account: &AccountId,
        id: &DiscoveryId,
    ) -> Result<Option<Stored<DiscoverySession>>> {
        campaigns::discovery(&mut *self.inner.reader().await?, account, id).await
    }

    async fn commit(&self, change: Change) -> Result<Committed> {
        // On its own: a caller that hangs up does not leave a commit without its wake-up call.
        let inner = Arc::clone(&self.inner);
        match tokio::spawn(async move { inner.commit(change).await }).await {
            Ok(committed) => committed,
            Err(error) => Err(StoreError::Failed(Box::new(error))),
        }
    }

    fn tip(&self) -> watch::Receiver<Tip> {
        self.inner.tip.subscribe()
    }

    async fn submission(
        &self,
        account: &AccountId,
        buy: &MediaBuyId,
    ) -> Result<Option<Submission>> {
        submissions::of_buy(&mut *self.inner.reader().await?, account, buy).await
    }

    async fn unsettled_submissions(
        &self,
        account: &AccountId,
        campaign: &CampaignId,
    ) -> Result<Vec<Submission>> {
        submissions::unsettled(&mut *self.inner.reader().await?, account, campaign).await
    }

    async fn open_submissions(&self) -> Result<Vec<Submission>> {
        submissions::open(&mut *self.inner.reader().await?).await
    }

    async fn claim_submission(
        &self,
        account: &AccountId,
        id: &str,
        holder: &str,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<Option<Submission>> {
        let mut writer = self.inner.writer().await;
        submissions::claim(&mut writer, account, id, holder, now, lease_until).await
    }

    async fn submission_by_key(
        &self,
        account: &AccountId,
        agent: &AgentId,
        key: &str,
    ) -> Result<Option<Submission>> {
        submissions::by_key(&mut *self.inner.reader().await?, account, agent, key).await
    }

    async fn submission_by_task(
        &self,
        account: &AccountId,
        agent: &AgentId,
        task: &str,
    ) -> Result<Option<Submission>> {
        submissions::by_task(&mut *self.inner.reader().await?, account, agent, task).await
    }

    async fn has_unsettled(&self, account: &AccountId, agent: &AgentId) -> Result<bool> {
        submissions::has_unsettled(&mut *self.inner.reader().await?, account, agent).await
    }

    async fn webhook_owner(&self, path_hash: &[u8; 32]) -> Result<Option<PathOwner>> {
        hooks::owner(&mut *self.inner.reader().await?, path_hash).await
    }

    async fn message_seen(
        &self,
        agent: &AgentId,
        key: &str,
        nonce: Option<&Nonce>,
    ) -> Result<Seen> {
        hooks::seen(&mut *self.inner.reader().await?, agent, key, nonce).await
    }

    async fn nonces_of_key(&self, agent: &AgentId, keyid: &str) -> Result<u64> {
        hooks::nonces(&mut *self.inner.reader().await?, agent, keyid).await
    }

    async fn insert_signing_key(&self, key: &SigningKeyRow) -> Result<()> {
        hooks::insert_key(&mut *self.inner.writer().await, key).await
    }

    async fn signing_keys(&self) -> Result<Vec<SigningKeyRow>> {
        hooks::keys(&mut *self.inner.reader().await?).await
    }

    async fn forget_signing_keys(&self, before: DateTime<Utc>) -> Result<u64> {
        hooks::forget_keys(&mut *self.inner.writer().await, before).await
    }

    async fn delivery(
        &self,
        account: &AccountId,
        campaign: &CampaignId,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<Vec<DeliveryRow>> {
        delivery::days(
            &mut *self.inner.reader().await?,
            account,
            campaign,
            first,
            last,
        )
        .await
    }

    async fn delivery_totals(
        &self,
        account: &AccountId,
        campaign: &CampaignId,
    ) -> Result<Vec<DeliveryTotal>> {
        delivery::totals(&mut *self.inner.reader().await?, account, campaign).await
    }

    async fn delivery_reports(
        &self,
        account: &AccountId,
        campaign: &CampaignId,
    ) -> Result<Vec<DeliveryReport>> {
        delivery::reports(&mut *self.inner.reader().await?, account, campaign).await
    }

    async fn buys_at_seller(
        &self,
        account: &AccountId,
        agent: &AgentId,
        seller_buy_id: &str,
    ) -> Result<Vec<(CampaignId, MediaBuyId)>> {
        let mut reader = self.inner.reader().await?;
        campaigns::at_seller(&mut reader, account, agent, seller_buy_id).await
    }

    async fn audit_logs(
        &self,
        account: &AccountId,
        filter: &AuditFilter,
    ) -> Result<Page<AuditRow>> {
        audit::list(&mut *self.inner.reader().await?, account, filter).await
    }

    async fn due_polls(
        &self,
        account: &AccountId,
        group: &PollGroup,
        until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<DuePoll>> {
        polls::due(
            &mut *self.inner.reader().await?,
            account,
            group,
            until,
            limit,
        )
        .await
    }

    async fn next_poll(
        &self,
        account: &AccountId,
        group: &PollGroup,
    ) -> Result<Option<DateTime<Utc>>> {
        polls::next(&mut *self.inner.reader().await?, account, group).await
    }

    async fn move_polls(&self, account: &AccountId, moves: &[PollMove]) -> Result<()> {
        polls::moved(&mut *self.inner.writer().await, account, moves).await
    }

    async fn drop_polls(&self, account: &AccountId, buys: &[MediaBuyId]) -> Result<()> {
        polls::dropped(&mut *self.inner.writer().await, account, buys).await
    }

    async fn events_after(
        &self,
        account: &AccountId,
        sequence: i64,
        limit: u32,
    ) -> Result<Vec<Event>> {
        requests::events_after(&mut *self.inner.reader().await?, account, sequence, limit).await
    }

    async fn event_window(&self, account: &AccountId) -> Result<EventWindow> {
        requests::event_window(&mut *self.inner.reader().await?, account).await
    }

    async fn claim_due_jobs(
        &self,
        now: DateTime<Utc>,
        worker: &str,
        lease_until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<LeasedJob>> {
        // Looking is cheap and holds nobody up; most looks find nothing.
        let next = jobs::next_at(&mut *self.inner.reader().await?).await?;
        if next.is_none_or(|next| next > now) {
            return Ok(Vec::new());
        }
        let mut writer = self.inner.writer().await;
        jobs::claim_due(&mut writer, now, worker, lease_until, limit).await
    }

    async fn extend_job(&self, job: &LeasedJob, lease_until: DateTime<Utc>) -> Result<bool> {
        jobs::extend(&mut *self.inner.writer().await, job, lease_until).await
    }

    async fn finish_job(&self, job: &LeasedJob) -> Result<()> {
        jobs::finish(&mut *self.inner.writer().await, job).await
    }

    async fn put_back_job(
        &self,
        job: &LeasedJob,
        run_at: DateTime<Utc>,
        why: Option<&str>,
    ) -> Result<()> {
        jobs::put_back(&mut *self.inner.writer().await, job, run_at, why).await
    }

    async fn next_job_at(&self) -> Result<Option<DateTime<Utc>>> {
        jobs::next_at(&mut *self.inner.reader().await?).await
    }

    async fn advertiser(
        &self,
        account: &AccountId,
        id: &AdvertiserId,
    ) -> Result<Option<Stored<Advertiser>>> {
        advertisers::one(&mut *self.inner.reader().await?, account, id).await
    }

    async fn advertisers(
        &self,
        account: &AccountId,
        filter: &AdvertiserFilter,
    ) -> Result<Page<Advertiser>> {
        advertisers::list(&mut *self.inner.reader().await?, account, filter).await
    }

    async fn has_campaigns(&self, account: &AccountId, advertiser: &AdvertiserId) -> Result<bool> {
        advertisers::has_campaigns(&mut *self.inner.reader().await?, account, advertiser).await
    }

    async fn agent(&self, account: &AccountId, id: &AgentId) -> Result<Option<Stored<SalesAgent>>> {
        agents::one(&mut *self.inner.reader().await?, account, id).await
    }

    async fn agents(&self, account: &AccountId) -> Result<Vec<Stored<SalesAgent>>> {
        agents::list(&mut *self.inner.reader().await?, account).await
    }

    async fn credentials(
        &self,
        account: &AccountId,
        advertiser: &AdvertiserId,
        agent: &AgentId,
    ) -> Result<Option<Credentials>> {
        credentials::one(&mut *self.inner.reader().await?, account, advertiser, agent).await
    }

    async fn subscription(&self, account: &AccountId, id: &str) -> Result<Option<Subscription>> {
        outbox::one(&mut *self.inner.reader().await?, account, id).await
    }

    async fn subscriptions(&self, account: &AccountId) -> Result<Vec<Subscription>> {
        outbox::list(&mut *self.inner.reader().await?, account).await
    }

    async fn message(
        &self,
        account: &AccountId,
        subscription: &str,
        n: i64,
    ) -> Result<Option<Message>> {
        outbox::message(&mut *self.inner.reader().await?, account, subscription, n).await
    }

    async fn messages(
        &self,
        account: &AccountId,
        subscription: &str,
        state: Option<DeliveryState>,
        take: u32,
        skip: u64,
    ) -> Result<Page<Message>> {
        let mut reader = self.inner.reader().await?;
        outbox::messages(&mut reader, account, subscription, state, take, skip).await
    }

    async fn due_messages(
        &self,
        account: &AccountId,
        subscription: &str,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Message>> {
        let mut reader = self.inner.reader().await?;
        outbox::due(&mut reader, account, subscription, now, limit).await
    }

    async fn next_message_at(
        &self,
        account: &AccountId,
        subscription: &str,
    ) -> Result<Option<DateTime<Utc>>> {
        outbox::next_at(&mut *self.inner.reader().await?, account, subscription).await
    }

    async fn record_attempt(&self, subscription: &Subscription, attempt: &Attempt) -> Result<()> {
        outbox::record(&mut *self.inner.writer().await, subscription, attempt).await
    }

    async fn reseal(&self, reseal: Reseal<'_>) -> Result<u64> {
        care::reseal(&mut *self.inner.writer().await, reseal).await
    }

    async fn ensure_account(
        &self,
        name: &str,
        fresh: &AccountId,
        now: DateTime<Utc>,
    ) -> Result<AccountId> {
        accounts::ensure_account(&mut *self.inner.writer().await, name, fresh, now).await
    }

    async fn insert_key(&self, key: &ApiKey, hash: &[u8; 32]) -> Result<()> {
        accounts::insert_key(&mut *self.inner.writer().await, key, hash).await
    }

    async fn key_by_hash(&self, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
        accounts::key_by_hash(&mut *self.inner.reader().await?, hash).await
    }

    async fn keys(&self) -> Result<Vec<ApiKey>> {
        accounts::keys(&mut *self.inner.reader().await?).await
    }

    async fn revoke_key(&self, id: &str, now: DateTime<Utc>) -> Result<bool> {
        accounts::revoke_key(&mut *self.inner.writer().await, id, now).await
    }

    async fn begin_request(
        &self,
        account: &AccountId,
        route: &str,
        key: &str,
        body_hash: &[u8; 32],
        now: DateTime<Utc>,
    ) -> Result<IdempotencyStart> {
        requests::begin(
            &mut *self.inner.writer().await,
            account,
            route,
            key,
            body_hash,
            now,
        )
        .await
    }

    async fn finish_request(
        &self,
        account: &AccountId,
        route: &str,
        key: &str,
        answer: &IdempotencyAnswer,
    ) -> Result<()> {
        requests::finish(&mut *self.inner.writer().await, account, route, key, answer).await
    }

    async fn forget_request(&self, account: &AccountId, route: &str, key: &str) -> Result<()> {
        requests::forget(&mut *self.inner.writer().await, account, route, key).await
    }

    async fn bring_forward(&self, kinds: &[&str], at: DateTime<Utc>) -> Result<u64> {
        let moved = jobs::bring_forward(&mut *self.inner.writer().await, kinds, at).await?;
        self.inner.moved(None);
        Ok(moved)
    }

    async fn recover(&self) -> Result<Recovered> {
        care::recover(&mut *self.inner.writer().await).await
    }

    async fn prune(&self, now: DateTime<Utc>) -> Result<()> {
        care::prune(&mut *self.inner.writer().await, now).await
    }

    async fn ping(&self) -> Result<()> {
        care::ping(&mut *self.inner.reader().await?).await
    }

    async fn close(&self) {
        if let Some(readers) = &self.inner.readers {
            readers.close().await;
        }
        care::checkpoint(&mut *self.inner.writer().await).await;
    }
}
