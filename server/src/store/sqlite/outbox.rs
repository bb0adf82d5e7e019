//! Subscriptions to webhooks, and their messages.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::wire::webhook::{DeliveryState, WebhookEvent};
use sqlx::sqlite::{Sqlite, SqliteConnection, SqliteRow};
use sqlx::{FromRow, QueryBuilder, Row};

use super::batch::Batch;
use super::columns::{count, from_json, id, instant, instant_or_none, micros, to_json, unreadable};
use super::writer::{Writer, begin};
use super::{commit, failed, taken};
use crate::jobs::Job;
use crate::secrets::Sealed;
use crate::store::{
    AccountId, Attempt, CameTo, Message, NewEvent, Page, Result, StoreError, Subscription,
};

#[derive(FromRow)]
struct SubscriptionRow {
    id: String,
    url: String,
    secret: Vec<u8>,
    event_types: String,
    failed: bool,
    failure_count: i64,
    last_success: Option<i64>,
    last_failure: Option<i64>,
    resume_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
}

impl SubscriptionRow {
    fn read(self, account: &AccountId) -> Result<Subscription> {
        Ok(Subscription {
            account: account.clone(),
            url: self.url,
            secret: Sealed::from_bytes(self.secret),
            event_types: from_json("webhook subscription", &self.event_types)?,
            has_failed: self.failed,
            failure_count: u32::try_from(self.failure_count).unwrap_or(u32::MAX),
            last_success: instant_or_none(self.last_success)?,
            last_failure: instant_or_none(self.last_failure)?,
            resume_at: instant_or_none(self.resume_at)?,
            created_at: instant(self.created_at)?,
            updated_at: instant(self.updated_at)?,
            id: self.id,
        })
    }
}

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    account: &AccountId,
    subscription: &Subscription,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO webhook_subscriptions (id, account, url, secret, event_types, created_at, updated_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&subscription.id)
    .bind(account.as_str())
    .bind(&subscription.url)
    .bind(subscription.secret.as_bytes())
    .bind(to_json("webhook subscription", &subscription.event_types)?)
    .bind(micros(subscription.created_at))
    .bind(micros(subscription.updated_at))
    .execute(connection)
    .await
    .map_err(taken("webhook subscription"))?;
    Ok(())
}

pub(super) async fn remove(
    connection: &mut SqliteConnection,
    account: &AccountId,
    subscription: &str,
) -> Result<()> {
    let removed = sqlx::query("DELETE FROM webhook_subscriptions WHERE id = ? AND account = ?")
        .bind(subscription)
        .bind(account.as_str())
        .execute(connection)
        .await
        .map_err(failed)?
        .rows_affected();
    if removed == 0 {
        return Err(StoreError::Stale {
            what: "webhook subscription",
        });
    }
    Ok(())
}

pub(super) async fn one(
    connection: &mut SqliteConnection,
    account: &AccountId,
    subscription: &str,
) -> Result<Option<Subscription>> {
    sqlx::query_as::<_, SubscriptionRow>(
        "SELECT * FROM webhook_subscriptions WHERE id = ? AND account = ?",
    )
    .bind(subscription)
    .bind(account.as_str())
    .fetch_optional(connection)
    .await
    .map_err(failed)?
    .map(|row| row.read(account))
    .transpose()
}

pub(super) async fn list(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<Subscription>> {
    sqlx::query_as::<_, SubscriptionRow>(
        "SELECT * FROM webhook_subscriptions WHERE account = ? ORDER BY n",
    )
    .bind(account.as_str())
    .fetch_all(connection)
    .await
    .map_err(failed)?
    .into_iter()
    .map(|row| row.read(account))
    .collect()
}

/// Writes the messages of the event that was written last; what is returned is to whom, see
/// [`ask_for_all`].
pub(super) fn tell(
    batch: &mut Batch,
    account: &AccountId,
    event: &NewEvent,
    data: &str,
    run_at: i64,
) {
    if WebhookEvent::parse(&event.kind).is_none() {
        return;
    }
    batch
        .add(
            "INSERT INTO webhook_deliveries (account, subscription_id, event, event_type, campaign_id, media_buy_id, \
             data, at, next_attempt) \
             SELECT account, id, (SELECT max(sequence) FROM events), ?, ?, ?, ?, ?, ? \
             FROM webhook_subscriptions s WHERE account = ? \
             AND EXISTS (SELECT 1 FROM json_each(s.event_types) WHERE value = ?) ORDER BY n \
             RETURNING subscription_id",
        )
        .bind(&event.kind)
        .bind(event.campaign_id.as_str())
        .bind(event.media_buy_id.as_ref().map(|id| id.as_str()))
        .bind(data)
        .bind(micros(event.at))
        .bind(run_at)
        .bind(account.as_str())
        .bind(&event.kind);
}

/// Asks for the jobs that send what was written for these subscriptions, as soon as it is due.
pub(super) async fn ask_for_all(
    connection: &mut SqliteConnection,
    account: &AccountId,
    told: Vec<SqliteRow>,
    run_at: i64,
) -> Result<()> {
    let told: Result<BTreeSet<String>, _> = told.iter().map(|row| row.try_get(0)).collect();
    for subscription in told.map_err(failed)? {
        ask(connection, account, subscription, run_at).await?;
    }
    Ok(())
}

async fn ask(
    connection: &mut SqliteConnection,
    account: &AccountId,
    subscription: String,
    run_at: i64,
) -> Result<()> {
    let job = Job::SendWebhooks {
        account: account.clone(),
        subscription,
    };
    commit::insert_job(connection, &job.key(), &to_json("job", &job)?, run_at).await
}

/// Lets a message be sent anew, as if it had never been.
pub(super) async fn replay(
    connection: &mut SqliteConnection,
    account: &AccountId,
    subscription: &str,
    n: i64,
    run_at: i64,
) -> Result<()> {
    let changed = sqlx::query(
        "UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, first_attempt = NULL, next_attempt = ?, \
         http_status = NULL, error = NULL WHERE n = ? AND subscription_id = ? AND account = ?",
    )
    .bind(run_at)
    .bind(n)
    .bind(subscription)
    .bind(account.as_str())
    .execute(&mut *connection)
    .await
    .map_err(failed)?
    .rows_affected();
    if changed == 0 {
        return Err(StoreError::Stale {
            what: "webhook message",
        });
    }
    // Whoever replays says that the receiver is well again.
    sqlx::query("UPDATE webhook_subscriptions SET resume_at = NULL WHERE id = ? AND account = ?")
        .bind(subscription)
        .bind(account.as_str())
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    ask(connection, account, subscription.to_owned(), run_at).await
}

#[derive(FromRow)]
struct MessageRow {
    n: i64,
    subscription_id: String,
    event: i64,
    event_type: String,
    campaign_id: String,
    media_buy_id: Option<String>,
    data: String,
    at: i64,
    state: String,
    attempts: i64,
    first_attempt: Option<i64>,
    last_attempt: Option<i64>,
    next_attempt: i64,
    http_status: Option<i64>,
    error: Option<String>,
}

impl MessageRow {
    fn read(self) -> Result<Message> {
        let what = "webhook message";
        Ok(Message {
            n: self.n,
            subscription: self.subscription_id,
            event: self.event,
            event_type: WebhookEvent::parse(&self.event_type)
                .ok_or_else(|| unreadable(what, &self.event_type))?,
            campaign_id: id(
                what,
                CampaignId::parse(&self.campaign_id),
                &self.campaign_id,
            )?,
            media_buy_id: self
                .media_buy_id
                .map(|text| id(what, MediaBuyId::parse(&text), &text))
                .transpose()?,
            data: from_json(what, &self.data)?,
            at: instant(self.at)?,
            state: DeliveryState::parse(&self.state)
                .ok_or_else(|| unreadable(what, &self.state))?,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            first_attempt: instant_or_none(self.first_attempt)?,
            last_attempt: instant_or_none(self.last_attempt)?,
            next_attempt: instant(self.next_attempt)?,
            http_status: self
                .http_status
                .and_then(|status| u16::try_from(status).ok()),
            error: self.error,
        })
    }
}

pub(super) async fn message(
    connection: &mut SqliteConnection,
    account: &AccountId,
    subscription: &str,
    n: i64,
) -> Result<Option<Message>> {
    sqlx::query_as::<_, MessageRow>(
        "SELECT * FROM webhook_deliveries WHERE n = ? AND subscription_id = ? AND account = ?",
    )
    .bind(n)
    .bind(subscription)
    .bind(account.as_str())
    .fetch_optional(connection)
    .await
    .map_err(failed)?
    .map(MessageRow::read)
    .transpose()
}

pub(super) async fn messages(
    connection: &mut SqliteConnection,
    account: &AccountId,
    subscription: &str,
    state: Option<DeliveryState>,
    take: u32,
    skip: u64,
) -> Result<Page<Message>> {
    let filtered = |select: &str| {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT ");
        query.push(select).push(" FROM webhook_deliveries");
        query
            .push(" WHERE account = ")
            .push_bind(account.as_str().to_owned());
        query
            .push(" AND subscription_id = ")
            .push_bind(subscription.to_owned());
        if let Some(state) = state {
            query.push(" AND state = ").push_bind(state.as_str());
        }
        query
    };
    let total: i64 = filtered("count(*)")
        .build_query_scalar()
        .fetch_one(&mut *connection)
        .await
        .map_err(failed)?;
    let mut query = filtered("*");
    query
        .push(" ORDER BY n DESC LIMIT ")
        .push_bind(i64::from(take));
    query
        .push(" OFFSET ")
        .push_bind(i64::try_from(skip).unwrap_or(i64::MAX));
    let rows = query
        .build_query_as::<MessageRow>()
        .fetch_all(connection)
        .await
        .map_err(failed)?
        .into_iter()
        .map(MessageRow::read)
        .collect::<Result<_>>()?;
    Ok(Page {
        rows,
        total: count(total)?,
    })
}

pub(super) async fn due(
    connection: &mut SqliteConnection,
    account: &AccountId,
    subscription: &str,
    now: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Message>> {
    sqlx::query_as::<_, MessageRow>(
        "SELECT * FROM webhook_deliveries WHERE n IN (SELECT min(n) FROM webhook_deliveries \
         WHERE account = ?1 AND subscription_id = ?2 AND state = 'waiting' GROUP BY campaign_id) \
         AND next_attempt <= ?3 ORDER BY n LIMIT ?4",
    )
    .bind(account.as_str())
    .bind(subscription)
    .bind(micros(now))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(failed)?
    .into_iter()
    .map(MessageRow::read)
    .collect()
}

pub(super) async fn next_at(
    connection: &mut SqliteConnection,
    account: &AccountId,
    subscription: &str,
) -> Result<Option<DateTime<Utc>>> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT min(next_attempt) FROM webhook_deliveries WHERE n IN (SELECT min(n) FROM webhook_deliveries \
         WHERE account = ? AND subscription_id = ? AND state = 'waiting' GROUP BY campaign_id)",
    )
    .bind(account.as_str())
    .bind(subscription)
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    instant_or_none(next)
}

pub(super) async fn record(
    writer: &mut Writer,
    subscription: &Subscription,
    attempt: &Attempt,
) -> Result<()> {
    let Attempt {
        n,
        at,
        http_status,
        came_to,
    } = attempt;
    let (state, error, next) = match came_to {
        CameTo::Arrived => (DeliveryState::Delivered, None, *at),
        CameTo::Again { error, next } => (DeliveryState::Waiting, Some(error), *next),
        CameTo::GivenUp { error } => (DeliveryState::Failed, Some(error), *at),
    };
    let mut transaction = begin(writer).await?;
    sqlx::query(
        "UPDATE webhook_deliveries SET state = ?1, attempts = attempts + 1, first_attempt = coalesce(first_attempt, ?2), \
         last_attempt = ?2, next_attempt = ?3, http_status = ?4, error = ?5 \
         WHERE n = ?6 AND subscription_id = ?7 AND account = ?8",
    )
    .bind(state.as_str())
    .bind(micros(*at))
    .bind(micros(next))
    .bind(http_status.map(i64::from))
    .bind(error)
    .bind(n)
    .bind(&subscription.id)
    .bind(subscription.account.as_str())
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    sqlx::query(
        "UPDATE webhook_subscriptions SET failed = ?, failure_count = ?, last_success = ?, last_failure = ?, \
         resume_at = ?, updated_at = ? WHERE id = ? AND account = ?",
    )
    .bind(subscription.has_failed)
    .bind(i64::from(subscription.failure_count))
    .bind(subscription.last_success.map(micros))
    .bind(subscription.last_failure.map(micros))
    .bind(subscription.resume_at.map(micros))
    .bind(micros(subscription.updated_at))
    .bind(&subscription.id)
    .bind(subscription.account.as_str())
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    transaction.commit().await
}
