//! Reading and claiming submissions.

use chrono::{DateTime, Utc};
use flighting_core::ids::{AgentId, CampaignId, MediaBuyId};
use sqlx::FromRow;
use sqlx::query::QueryAs;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};

use super::columns::{id, instant, instant_or_none, micros, state};
use super::failed;
use crate::store::{AccountId, Result, Submission};

#[derive(FromRow)]
struct Row {
    id: String,
    account: String,
    campaign_id: String,
    media_buy_id: String,
    agent_id: String,
    state: String,
    claimed_by: Option<String>,
    lease_until: Option<i64>,
    created_at: i64,
    first_sent_at: Option<i64>,
    seller_task_id: Option<String>,
    idempotency_key: String,
    request_digest: String,
    request_bytes: Vec<u8>,
    change_number: Option<u32>,
}

impl Row {
    fn read(self) -> Result<Submission> {
        Ok(Submission {
            account: id("submission", AccountId::parse(&self.account), &self.account)?,
            campaign_id: id(
                "submission",
                CampaignId::parse(&self.campaign_id),
                &self.campaign_id,
            )?,
            media_buy_id: id(
                "submission",
                MediaBuyId::parse(&self.media_buy_id),
                &self.media_buy_id,
            )?,
            agent_id: id("submission", AgentId::parse(&self.agent_id), &self.agent_id)?,
            state: state(&self.state)?,
            lease_until: instant_or_none(self.lease_until)?,
            created_at: instant(self.created_at)?,
            first_sent_at: instant_or_none(self.first_sent_at)?,
            id: self.id,
            claimed_by: self.claimed_by,
            seller_task_id: self.seller_task_id,
            idempotency_key: self.idempotency_key,
            request_digest: self.request_digest,
            request_bytes: self.request_bytes,
            change: self.change_number,
        })
    }
}

type Asks<'q> = QueryAs<'q, Sqlite, Row, SqliteArguments>;

async fn first(query: Asks<'_>, connection: &mut SqliteConnection) -> Result<Option<Submission>> {
    let row = query.fetch_optional(connection).await.map_err(failed)?;
    row.map(Row::read).transpose()
}

async fn all(query: Asks<'_>, connection: &mut SqliteConnection) -> Result<Vec<Submission>> {
    let rows = query.fetch_all(connection).await.map_err(failed)?;
    rows.into_iter().map(Row::read).collect()
}

pub(super) async fn of_buy(
    connection: &mut SqliteConnection,
    account: &AccountId,
    buy: &MediaBuyId,
) -> Result<Option<Submission>> {
    let query = sqlx::query_as(
        "SELECT * FROM submissions WHERE media_buy_id = ? AND account = ? ORDER BY n DESC LIMIT 1",
    )
    .bind(buy.as_str())
    .bind(account.as_str());
    first(query, connection).await
}

pub(super) async fn by_key(
    connection: &mut SqliteConnection,
    account: &AccountId,
    agent: &AgentId,
    key: &str,
) -> Result<Option<Submission>> {
    let query = sqlx::query_as(
        "SELECT * FROM submissions WHERE idempotency_key = ? AND agent_id = ? AND account = ? \
         ORDER BY n DESC LIMIT 1",
    )
    .bind(key)
    .bind(agent.as_str())
    .bind(account.as_str());
    first(query, connection).await
}

pub(super) async fn by_task(
    connection: &mut SqliteConnection,
    account: &AccountId,
    agent: &AgentId,
    task: &str,
) -> Result<Option<Submission>> {
    let query = sqlx::query_as(
        "SELECT * FROM submissions WHERE seller_task_id = ? AND agent_id = ? AND account = ? \
         ORDER BY n DESC LIMIT 1",
    )
    .bind(task)
    .bind(agent.as_str())
    .bind(account.as_str());
    first(query, connection).await
}

pub(super) async fn has_unsettled(
    connection: &mut SqliteConnection,
    account: &AccountId,
    agent: &AgentId,
) -> Result<bool> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM submissions WHERE account = ? AND agent_id = ? AND state <> 'closed')",
    )
    .bind(account.as_str())
    .bind(agent.as_str())
    .fetch_one(connection)
    .await
    .map_err(failed)
}

pub(super) async fn unsettled(
    connection: &mut SqliteConnection,
    account: &AccountId,
    campaign: &CampaignId,
) -> Result<Vec<Submission>> {
    let query = sqlx::query_as(
        "SELECT * FROM submissions WHERE campaign_id = ? AND account = ? AND state <> 'closed' ORDER BY n",
    )
    .bind(campaign.as_str())
    .bind(account.as_str());
    all(query, connection).await
}

pub(super) async fn open(connection: &mut SqliteConnection) -> Result<Vec<Submission>> {
    let query = sqlx::query_as("SELECT * FROM submissions WHERE state = 'open' ORDER BY n");
    all(query, connection).await
}

pub(super) async fn claim(
    connection: &mut SqliteConnection,
    account: &AccountId,
    submission: &str,
    holder: &str,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
) -> Result<Option<Submission>> {
    let query = sqlx::query_as(
        "UPDATE submissions SET claimed_by = ?1, lease_until = ?2 \
         WHERE id = ?3 AND account = ?4 AND state <> 'closed' \
         AND (claimed_by IS NULL OR claimed_by = ?1 OR lease_until IS NULL OR lease_until <= ?5) \
         RETURNING *",
    )
    .bind(holder)
    .bind(micros(lease_until))
    .bind(submission)
    .bind(account.as_str())
    .bind(micros(now));
    first(query, connection).await
}
