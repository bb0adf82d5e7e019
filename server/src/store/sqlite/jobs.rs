//! Claiming jobs, finishing them, putting them back.

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteConnection;

use super::columns::{from_json, instant, instant_or_none, micros};
use super::failed;
use crate::store::{LeasedJob, Result};

pub(super) async fn claim_due(
    connection: &mut SqliteConnection,
    now: DateTime<Utc>,
    worker: &str,
    lease_until: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<LeasedJob>> {
    let rows: Vec<(i64, String, i64, i64, i64)> = sqlx::query_as(
        "UPDATE jobs SET claimed_by = ?1, lease_until = ?2, attempt = attempt + 1, asked_at_claim = asked \
         WHERE id IN (SELECT id FROM ( \
             SELECT id, run_at FROM jobs WHERE claimed_by IS NULL AND run_at <= ?3 \
             UNION ALL \
             SELECT id, run_at FROM jobs WHERE claimed_by IS NOT NULL AND lease_until <= ?3 AND run_at <= ?3) \
           ORDER BY run_at, id LIMIT ?4) \
         RETURNING id, body, run_at, attempt, asked",
    )
    .bind(worker)
    .bind(micros(lease_until))
    .bind(micros(now))
    .bind(i64::from(limit))
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    let mut claimed = rows
        .into_iter()
        .map(|(id, body, run_at, attempt, asked)| {
            Ok(LeasedJob {
                id,
                job: from_json("job", &body)?,
                run_at: instant(run_at)?,
                attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
                asked,
                worker: worker.to_owned(),
            })
        })
        .collect::<Result<Vec<_>>>()?;
    claimed.sort_by_key(|leased| (leased.run_at, leased.id));
    Ok(claimed)
}

pub(super) async fn extend(
    connection: &mut SqliteConnection,
    job: &LeasedJob,
    lease_until: DateTime<Utc>,
) -> Result<bool> {
    let extended = sqlx::query("UPDATE jobs SET lease_until = ? WHERE id = ? AND claimed_by = ?")
        .bind(micros(lease_until))
        .bind(job.id)
        .bind(&job.worker)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(extended.rows_affected() > 0)
}

pub(super) async fn finish(connection: &mut SqliteConnection, job: &LeasedJob) -> Result<()> {
    let gone = sqlx::query("DELETE FROM jobs WHERE id = ? AND claimed_by = ? AND asked = ?")
        .bind(job.id)
        .bind(&job.worker)
        .bind(job.asked)
        .execute(&mut *connection)
        .await
        .map_err(failed)?
        .rows_affected();
    if gone == 0 {
        // Asked for anew while it ran, or not ours any more; the latter matches nothing here.
        put_back(connection, job, job.run_at, None).await?;
    }
    Ok(())
}

pub(super) async fn put_back(
    connection: &mut SqliteConnection,
    job: &LeasedJob,
    run_at: DateTime<Utc>,
    why: Option<&str>,
) -> Result<()> {
    sqlx::query(
        "UPDATE jobs SET claimed_by = NULL, lease_until = NULL, asked_at_claim = NULL, last_error = ?1, \
         run_at = CASE WHEN asked = ?2 THEN ?3 ELSE run_at END, \
         attempt = CASE WHEN ?1 IS NULL THEN 0 ELSE attempt END \
         WHERE id = ?4 AND claimed_by = ?5",
    )
    .bind(why)
    .bind(job.asked)
    .bind(micros(run_at))
    .bind(job.id)
    .bind(&job.worker)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// A job's key begins with its kind.
pub(super) async fn bring_forward(
    connection: &mut SqliteConnection,
    kinds: &[&str],
    at: DateTime<Utc>,
) -> Result<u64> {
    let mut moved = 0;
    for kind in kinds {
        moved += sqlx::query(
            "UPDATE jobs SET run_at = ?1, attempt = 0 \
             WHERE claimed_by IS NULL AND run_at > ?1 AND substr(key, 1, length(?2) + 1) = ?2 || '/'",
        )
        .bind(micros(at))
        .bind(kind)
        .execute(&mut *connection)
        .await
        .map_err(failed)?
        .rows_affected();
    }
    Ok(moved)
}

pub(super) async fn next_at(connection: &mut SqliteConnection) -> Result<Option<DateTime<Utc>>> {
    let next: Option<i64> = sqlx::query_scalar(
        "SELECT min(at) FROM ( \
         SELECT min(run_at) AS at FROM jobs WHERE claimed_by IS NULL \
         UNION ALL SELECT min(max(lease_until, run_at)) FROM jobs WHERE claimed_by IS NOT NULL)",
    )
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    instant_or_none(next)
}
