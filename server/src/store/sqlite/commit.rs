//! Writing one decision: every part in one transaction.

use flighting_core::campaign::Campaign;
use flighting_core::selection::DiscoverySession;
use sqlx::sqlite::SqliteConnection;

use super::columns::{folded, micros, state_word};
use super::prepare::{CampaignRow, DiscoveryRow, Prepared};
use super::{
    advertisers, agents, audit, credentials, delivery, failed, hooks, outbox, polls, taken,
};
use crate::store::{
    AccountId, Committed, NewEvent, Result, StoreError, Submission, SubmissionUpdate,
};

/// Writes all of it; the caller commits.
pub(super) async fn apply(
    connection: &mut SqliteConnection,
    prepared: &Prepared,
) -> Result<Committed> {
    let change = &prepared.change;
    let account = &change.account;
    let mut committed = Committed::default();
    if let Some(advertiser) = &change.advertiser_new {
        advertisers::insert(connection, account, advertiser).await?;
    }
    if let Some((advertiser, version)) = &change.advertiser {
        advertisers::update(connection, account, advertiser, *version).await?;
    }
    if let Some(agent) = &change.agent_new {
        agents::insert(connection, account, agent).await?;
        if let Some(path_hash) = &change.webhook_path {
            hooks::insert_path(connection, agent, path_hash).await?;
        }
    }
    if let Some((agent, version)) = &change.agent {
        agents::update(connection, account, agent, *version).await?;
    }
    if let Some(given) = &change.credentials {
        credentials::put(connection, account, given).await?;
    }
    if let Some((advertiser, agent)) = &change.credentials_gone {
        credentials::remove(connection, account, advertiser, agent).await?;
    }
    if let Some(subscription) = &change.subscription_new {
        outbox::insert(connection, account, subscription).await?;
    }
    if let Some(subscription) = &change.subscription_gone {
        outbox::remove(connection, account, subscription).await?;
    }
    if let Some((subscription, n)) = &change.replay {
        let run_at = change.decided_at.map_or(0, micros);
        outbox::replay(connection, account, subscription, *n, run_at).await?;
    }
    if let Some((advertiser, version)) = &change.advertiser_seen {
        let now: Option<i64> =
            sqlx::query_scalar("SELECT version FROM advertisers WHERE id = ? AND account = ?")
                .bind(advertiser.as_str())
                .bind(account.as_str())
                .fetch_optional(&mut *connection)
                .await
                .map_err(failed)?;
        if now != Some(*version) {
            return Err(StoreError::Stale { what: "advertiser" });
        }
    }
    if let Some(row) = &prepared.campaign {
        if let Some(campaign) = &change.campaign_new {
            insert_campaign(connection, account, campaign, row).await?;
            committed.campaign_version = Some(1);
        } else if let Some((campaign, version)) = &change.campaign {
            update_campaign(connection, account, campaign, *version, row).await?;
            committed.campaign_version = Some(version + 1);
        }
    }
    if let Some(row) = &prepared.discovery {
        if let Some(session) = &change.discovery_new {
            insert_discovery(connection, account, session, row).await?;
            committed.discovery_version = Some(1);
        } else if let Some((session, version)) = &change.discovery {
            update_discovery(connection, account, session, *version, row).await?;
            committed.discovery_version = Some(version + 1);
        }
    }
    if let Some(receipt) = &change.receipt {
        hooks::insert(connection, receipt).await?;
    }
    // What is closed makes room for what is sent anew: a buy has at most one that is not closed.
    for update in &change.submission_updates {
        update_submission(connection, account, update).await?;
    }
    for submission in &change.submissions {
        insert_submission(connection, account, submission).await?;
    }
    for job in &change.jobs_done {
        sqlx::query("DELETE FROM jobs WHERE key = ?")
            .bind(job.key())
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    for (key, body, run_at) in &prepared.jobs {
        insert_job(connection, key, body, *run_at).await?;
    }
    for rows in &prepared.delivery {
        delivery::replace(connection, account, rows).await?;
    }
    for report in &change.delivery_reports {
        delivery::report(connection, account, report).await?;
    }
    for poll in &change.polls {
        polls::add(connection, account, poll).await?;
    }
    for (event, data) in change.events.iter().zip(&prepared.events) {
        let sequence = insert_event(connection, account, event, data).await?;
        let run_at = micros(change.decided_at.unwrap_or(event.at));
        outbox::tell(connection, account, sequence, event, data, run_at).await?;
        committed.last_event = Some(sequence);
    }
    for (row, words) in change.audit.iter().zip(&prepared.audit) {
        audit::insert(connection, account, row, words).await?;
    }
    Ok(committed)
}

async fn insert_campaign(
    connection: &mut SqliteConnection,
    account: &AccountId,
    campaign: &Campaign,
    row: &CampaignRow,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO campaigns (id, account, advertiser_id, version, status, buy_statuses, name_folded, \
         discovery_id, created_at, summary, body) VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(campaign.id().as_str())
    .bind(account.as_str())
    .bind(campaign.advertiser_id().as_str())
    .bind(campaign.status().as_str())
    .bind(row.buy_statuses)
    .bind(folded(&campaign.plan().name))
    .bind(campaign.plan().discovery_id.as_ref().map(|id| id.as_str()))
    .bind(micros(campaign.created_at()))
    .bind(&row.summary)
    .bind(&row.body)
    .execute(&mut *connection)
    .await
    .map_err(taken("campaign"))?;
    write_buys(connection, account, campaign, row).await
}

async fn update_campaign(
    connection: &mut SqliteConnection,
    account: &AccountId,
    campaign: &Campaign,
    version: i64,
    row: &CampaignRow,
) -> Result<()> {
    let changed = sqlx::query(
        "UPDATE campaigns SET version = version + 1, status = ?, buy_statuses = ?, name_folded = ?, \
         discovery_id = ?, summary = ?, body = ? WHERE id = ? AND account = ? AND version = ?",
    )
    .bind(campaign.status().as_str())
    .bind(row.buy_statuses)
    .bind(folded(&campaign.plan().name))
    .bind(campaign.plan().discovery_id.as_ref().map(|id| id.as_str()))
    .bind(&row.summary)
    .bind(&row.body)
    .bind(campaign.id().as_str())
    .bind(account.as_str())
    .bind(version)
    .execute(&mut *connection)
    .await
    .map_err(failed)?
    .rows_affected();
    if changed == 0 {
        return Err(StoreError::Stale { what: "campaign" });
    }
    write_buys(connection, account, campaign, row).await
}

/// Keeps the index of buys in step with the campaign's body.
async fn write_buys(
    connection: &mut SqliteConnection,
    account: &AccountId,
    campaign: &Campaign,
    row: &CampaignRow,
) -> Result<()> {
    if campaign.buys().is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO media_buys (id, account, campaign_id, agent_id, status, seller_id) \
         SELECT value ->> 'id', ?, ?, value ->> 'agent', value ->> 'status', value ->> 'seller_id' \
         FROM json_each(?) WHERE true \
         ON CONFLICT (id, account) DO UPDATE SET status = excluded.status, seller_id = excluded.seller_id \
         WHERE campaign_id = excluded.campaign_id \
         AND (status <> excluded.status OR seller_id IS NOT excluded.seller_id)",
    )
    .bind(account.as_str())
    .bind(campaign.id().as_str())
    .bind(&row.buys)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn insert_discovery(
    connection: &mut SqliteConnection,
    account: &AccountId,
    session: &DiscoverySession,
    row: &DiscoveryRow,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO discovery_sessions (id, account, advertiser_id, version, selected, body) \
         VALUES (?, ?, ?, 1, ?, ?)",
    )
    .bind(session.id.as_str())
    .bind(account.as_str())
    .bind(session.advertiser_id.as_str())
    .bind(row.selected)
    .bind(&row.body)
    .execute(connection)
    .await
    .map_err(taken("discovery session"))?;
    Ok(())
}

async fn update_discovery(
    connection: &mut SqliteConnection,
    account: &AccountId,
    session: &DiscoverySession,
    version: i64,
    row: &DiscoveryRow,
) -> Result<()> {
    let changed = sqlx::query(
        "UPDATE discovery_sessions SET version = version + 1, selected = ?, body = ? \
         WHERE id = ? AND account = ? AND version = ?",
    )
    .bind(row.selected)
    .bind(&row.body)
    .bind(session.id.as_str())
    .bind(account.as_str())
    .bind(version)
    .execute(connection)
    .await
    .map_err(failed)?
    .rows_affected();
    if changed == 0 {
        return Err(StoreError::Stale {
            what: "discovery session",
        });
    }
    Ok(())
}

async fn insert_submission(
    connection: &mut SqliteConnection,
    account: &AccountId,
    submission: &Submission,
) -> Result<()> {
    let inserted = sqlx::query(
        "INSERT INTO submissions (id, account, campaign_id, media_buy_id, agent_id, state, claimed_by, \
         lease_until, created_at, first_sent_at, seller_task_id, idempotency_key, request_digest, request_bytes, \
         change_number) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15 \
         WHERE EXISTS (SELECT 1 FROM agents WHERE id = ?5 AND account = ?2 AND status <> 'ARCHIVED')",
    )
    .bind(&submission.id)
    .bind(account.as_str())
    .bind(submission.campaign_id.as_str())
    .bind(submission.media_buy_id.as_str())
    .bind(submission.agent_id.as_str())
    .bind(state_word(submission.state))
    .bind(&submission.claimed_by)
    .bind(submission.lease_until.map(micros))
    .bind(micros(submission.created_at))
    .bind(submission.first_sent_at.map(micros))
    .bind(&submission.seller_task_id)
    .bind(&submission.idempotency_key)
    .bind(&submission.request_digest)
    .bind(&submission.request_bytes)
    .bind(submission.change)
    .execute(connection)
    .await
    .map_err(|error| match taken("submission")(error) {
        // Another execute was faster: the buy has a submission that is not closed.
        StoreError::Exists { what } => StoreError::Stale { what },
        other => other,
    })?
    .rows_affected();
    if inserted == 0 {
        return Err(StoreError::Stale { what: "agent" });
    }
    Ok(())
}

async fn update_submission(
    connection: &mut SqliteConnection,
    account: &AccountId,
    update: &SubmissionUpdate,
) -> Result<()> {
    let changed = sqlx::query(
        "UPDATE submissions SET state = ?1, \
         claimed_by = CASE WHEN ?1 = 'open' THEN claimed_by END, \
         lease_until = CASE WHEN ?1 = 'open' THEN lease_until END, \
         first_sent_at = coalesce(first_sent_at, ?2), \
         seller_task_id = coalesce(?3, seller_task_id) \
         WHERE id = ?4 AND account = ?5 AND state = ?6 AND (?7 IS NULL OR claimed_by = ?7)",
    )
    .bind(state_word(update.state))
    .bind(update.sent_at.map(micros))
    .bind(&update.seller_task_id)
    .bind(&update.id)
    .bind(account.as_str())
    .bind(state_word(update.expected))
    .bind(&update.holder)
    .execute(connection)
    .await
    .map_err(failed)?
    .rows_affected();
    if changed == 0 {
        return Err(StoreError::Stale { what: "submission" });
    }
    Ok(())
}

/// Asks for a job. One that waits keeps the earlier time; one that runs will run once more.
pub(super) async fn insert_job(
    connection: &mut SqliteConnection,
    key: &str,
    body: &str,
    run_at: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO jobs (key, body, run_at) VALUES (?, ?, ?) \
         ON CONFLICT (key) DO UPDATE SET asked = asked + 1, attempt = 0, \
         run_at = CASE WHEN claimed_by IS NOT NULL AND asked = asked_at_claim \
                       THEN excluded.run_at ELSE min(run_at, excluded.run_at) END",
    )
    .bind(key)
    .bind(body)
    .bind(run_at)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

async fn insert_event(
    connection: &mut SqliteConnection,
    account: &AccountId,
    event: &NewEvent,
    data: &str,
) -> Result<i64> {
    let inserted = sqlx::query(
        "INSERT INTO events (account, kind, campaign_id, media_buy_id, data, at) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(account.as_str())
    .bind(&event.kind)
    .bind(event.campaign_id.as_str())
    .bind(event.media_buy_id.as_ref().map(|id| id.as_str()))
    .bind(data)
    .bind(micros(event.at))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(inserted.last_insert_rowid())
}
