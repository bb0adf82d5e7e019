//! Idempotency keys, and the events that callers follow.

use chrono::{DateTime, Utc};
use flighting_core::ids::{CampaignId, MediaBuyId};
use sqlx::sqlite::SqliteConnection;

use super::columns::{from_json, id, instant, micros, to_json, unreadable};
use super::failed;
use super::writer::{self, Writer};
use crate::store::{
    AccountId, Event, EventWindow, IDEMPOTENCY_LIFE, IdempotencyAnswer, IdempotencyStart, Result,
};

type Kept = (Vec<u8>, Option<i64>, Option<String>, Option<Vec<u8>>);

pub(super) async fn begin(
    writer: &mut Writer,
    account: &AccountId,
    route: &str,
    key: &str,
    body_hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<IdempotencyStart> {
    let mut transaction = writer::begin(writer).await?;
    sqlx::query(
        "DELETE FROM idempotency WHERE account = ? AND route = ? AND key = ? AND created_at <= ?",
    )
    .bind(account.as_str())
    .bind(route)
    .bind(key)
    .bind(micros(now - IDEMPOTENCY_LIFE))
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    let inserted = sqlx::query(
        "INSERT INTO idempotency (account, route, key, body_hash, created_at) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT DO NOTHING",
    )
    .bind(account.as_str())
    .bind(route)
    .bind(key)
    .bind(body_hash.as_slice())
    .bind(micros(now))
    .execute(&mut *transaction)
    .await
    .map_err(failed)?
    .rows_affected();
    if inserted > 0 {
        transaction.commit().await?;
        return Ok(IdempotencyStart::New);
    }
    let (hash, status, headers, body): Kept = sqlx::query_as(
        "SELECT body_hash, status, headers, body FROM idempotency WHERE account = ? AND route = ? AND key = ?",
    )
    .bind(account.as_str())
    .bind(route)
    .bind(key)
    .fetch_one(&mut *transaction)
    .await
    .map_err(failed)?;
    transaction.commit().await?;
    if hash != body_hash {
        return Ok(IdempotencyStart::Mismatch);
    }
    let Some(status) = status else {
        return Ok(IdempotencyStart::Running);
    };
    Ok(IdempotencyStart::Replay(IdempotencyAnswer {
        status: u16::try_from(status).map_err(|error| unreadable("answer", error))?,
        headers: from_json("answer", headers.as_deref().unwrap_or("[]"))?,
        body: body.unwrap_or_default(),
    }))
}

pub(super) async fn finish(
    connection: &mut SqliteConnection,
    account: &AccountId,
    route: &str,
    key: &str,
    answer: &IdempotencyAnswer,
) -> Result<()> {
    sqlx::query(
        "UPDATE idempotency SET status = ?, headers = ?, body = ? \
         WHERE account = ? AND route = ? AND key = ? AND status IS NULL",
    )
    .bind(i64::from(answer.status))
    .bind(to_json("answer", &answer.headers)?)
    .bind(&answer.body)
    .bind(account.as_str())
    .bind(route)
    .bind(key)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(super) async fn forget(
    connection: &mut SqliteConnection,
    account: &AccountId,
    route: &str,
    key: &str,
) -> Result<()> {
    sqlx::query(
        "DELETE FROM idempotency WHERE account = ? AND route = ? AND key = ? AND status IS NULL",
    )
    .bind(account.as_str())
    .bind(route)
    .bind(key)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(super) async fn events_after(
    connection: &mut SqliteConnection,
    account: &AccountId,
    sequence: i64,
    limit: u32,
) -> Result<Vec<Event>> {
    let rows: Vec<(i64, String, String, Option<String>, String, i64)> = sqlx::query_as(
        "SELECT sequence, kind, campaign_id, media_buy_id, data, at FROM events \
         WHERE account = ? AND sequence > ? ORDER BY sequence LIMIT ?",
    )
    .bind(account.as_str())
    .bind(sequence)
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.into_iter()
        .map(|(sequence, kind, campaign, buy, data, at)| {
            Ok(Event {
                sequence,
                kind,
                campaign_id: id("event", CampaignId::parse(&campaign), &campaign)?,
                media_buy_id: buy
                    .map(|buy| id("event", MediaBuyId::parse(&buy), &buy))
                    .transpose()?,
                data: from_json("event", &data)?,
                at: instant(at)?,
            })
        })
        .collect()
}

pub(super) async fn event_window(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<EventWindow> {
    let row: Option<(i64, i64)> = sqlx::query_as(
        "SELECT events_pruned, max(events_pruned, coalesce( \
         (SELECT max(sequence) FROM events WHERE account = accounts.id), 0)) FROM accounts WHERE id = ?",
    )
    .bind(account.as_str())
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    Ok(
        row.map_or_else(EventWindow::default, |(complete_after, latest)| {
            EventWindow {
                complete_after,
                latest,
            }
        }),
    )
}
