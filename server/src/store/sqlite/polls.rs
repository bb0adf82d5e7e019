//! When each running buy is looked at next, and what was seen last.

use chrono::{DateTime, Utc};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::MediaBuyStatus;
use serde_json::json;
use sqlx::FromRow;
use sqlx::sqlite::SqliteConnection;

use super::batch::Batch;
use super::columns::{id, instant_or_none, micros, to_json, unreadable};
use super::failed;
use crate::store::{AccountId, DuePoll, NewPoll, PollGroup, PollMove, Result};

pub(super) fn add(batch: &mut Batch, account: &AccountId, new: &NewPoll) {
    let NewPoll {
        campaign_id,
        media_buy_id,
        group,
        due_at,
    } = new;
    batch.add(
        "INSERT INTO polls (media_buy_id, account, campaign_id, agent_id, advertiser_id, campaign_type, due_at, looks) \
         VALUES (?, ?, ?, ?, ?, ?, ?, 0) \
         ON CONFLICT (media_buy_id, account) DO UPDATE SET due_at = min(due_at, excluded.due_at)",
    )
    .bind(media_buy_id.as_str())
    .bind(account.as_str())
    .bind(campaign_id.as_str())
    .bind(group.agent.as_str())
    .bind(group.advertiser.as_str())
    .bind(group.campaign_type.as_str())
    .bind(micros(*due_at));
}

#[derive(FromRow)]
struct Row {
    campaign_id: String,
    media_buy_id: String,
    seller_id: Option<String>,
    status: String,
    looks: i64,
    seen: Option<String>,
}

pub(super) async fn due(
    connection: &mut SqliteConnection,
    account: &AccountId,
    group: &PollGroup,
    until: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<DuePoll>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT polls.campaign_id, media_buy_id, seller_id, status, looks, seen \
         FROM polls JOIN media_buys ON media_buys.id = media_buy_id AND media_buys.account = polls.account \
         WHERE polls.account = ? AND polls.agent_id = ? AND advertiser_id = ? AND campaign_type = ? AND due_at <= ? \
         ORDER BY due_at LIMIT ?",
    )
    .bind(account.as_str())
    .bind(group.agent.as_str())
    .bind(group.advertiser.as_str())
    .bind(group.campaign_type.as_str())
    .bind(micros(until))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.into_iter()
        .map(|row| {
            let Row {
                campaign_id,
                media_buy_id,
                seller_id,
                status,
                looks,
                seen,
            } = row;
            Ok(DuePoll {
                campaign_id: id("poll", CampaignId::parse(&campaign_id), &campaign_id)?,
                media_buy_id: id("poll", MediaBuyId::parse(&media_buy_id), &media_buy_id)?,
                seller_id,
                status: MediaBuyStatus::parse(&status)
                    .ok_or_else(|| unreadable("poll", format!("status `{status}`")))?,
                looks: u32::try_from(looks).unwrap_or(u32::MAX),
                seen,
            })
        })
        .collect()
}

pub(super) async fn next(
    connection: &mut SqliteConnection,
    account: &AccountId,
    group: &PollGroup,
) -> Result<Option<DateTime<Utc>>> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT min(due_at) FROM polls WHERE account = ? AND agent_id = ? AND advertiser_id = ? AND campaign_type = ?",
    )
    .bind(account.as_str())
    .bind(group.agent.as_str())
    .bind(group.advertiser.as_str())
    .bind(group.campaign_type.as_str())
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    instant_or_none(next)
}

pub(super) async fn moved(
    connection: &mut SqliteConnection,
    account: &AccountId,
    moves: &[PollMove],
) -> Result<()> {
    let rows: Vec<_> = moves
        .iter()
        .map(|one| json!([one.media_buy_id, micros(one.due_at), one.looks, one.seen]))
        .collect();
    sqlx::query(
        "UPDATE polls SET due_at = row.value ->> 1, looks = row.value ->> 2, seen = row.value ->> 3 \
         FROM json_each(?) AS row WHERE media_buy_id = row.value ->> 0 AND account = ?",
    )
    .bind(to_json("poll", &rows)?)
    .bind(account.as_str())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(super) async fn dropped(
    connection: &mut SqliteConnection,
    account: &AccountId,
    buys: &[MediaBuyId],
) -> Result<()> {
    sqlx::query(
        "DELETE FROM polls WHERE account = ? AND media_buy_id IN (SELECT value FROM json_each(?))",
    )
    .bind(account.as_str())
    .bind(to_json("poll", &buys)?)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}
