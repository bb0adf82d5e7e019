//! Writing one decision: every part in one transaction.

use flighting_core::campaign::Campaign;
use flighting_core::selection::DiscoverySession;
use sqlx::sqlite::SqliteConnection;

use super::batch::Batch;
use super::columns::{folded, micros, state_word};
use super::prepare::{CampaignRow, DiscoveryRow, Prepared, Words};
use super::{advertisers, agents, audit, credentials, delivery, failed, hooks, outbox, polls};
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
    let came = prepared.batch.run(connection).await?;
    let mut committed = prepared.moves;
    committed.last_event = prepared
        .last_event
        .and_then(|place| came.row_ids.get(place).copied());
    if let Some(at) = change
        .decided_at
        .or(change.events.first().map(|event| event.at))
    {
        outbox::ask_for_all(connection, account, came.rows, micros(at)).await?;
    }
    for rows in &prepared.delivery {
        delivery::replace(connection, account, rows).await?;
    }
    for report in &change.delivery_reports {
        delivery::report(connection, account, report).await?;
    }
    Ok(committed)
}

/// The statements that most commits are made of, in the order in which they are run; and where
/// among them the last event is written.
pub(super) fn statements(words: &Words<'_>) -> (Batch, Option<usize>) {
    let mut batch = Batch::default();
    let Words {
        change,
        campaign,
        discovery,
        jobs,
        events,
        audit: audit_words,
    } = words;
    let account = &change.account;
    if let Some(row) = campaign {
        if let Some(campaign) = &change.campaign_new {
            insert_campaign(&mut batch, account, campaign, row);
        } else if let Some((campaign, version)) = &change.campaign {
            update_campaign(&mut batch, account, campaign, *version, row);
        }
    }
    if let Some(row) = discovery {
        if let Some(session) = &change.discovery_new {
            insert_discovery(&mut batch, account, session, row);
        } else if let Some((session, version)) = &change.discovery {
            update_discovery(&mut batch, account, session, *version, row);
        }
    }
    if let Some(receipt) = &change.receipt {
        hooks::insert(&mut batch, receipt);
    }
    // What is closed makes room for what is sent anew: a buy has at most one that is not closed.
    for update in &change.submission_updates {
        update_submission(&mut batch, account, update);
    }
    for submission in &change.submissions {
        insert_submission(&mut batch, account, submission);
    }
    for job in &change.jobs_done {
        batch.add("DELETE FROM jobs WHERE key = ?").bind(job.key());
    }
    for (key, body, run_at) in *jobs {
        batch.add(INSERT_JOB).bind(key).bind(body).bind(run_at);
    }
    for poll in &change.polls {
        polls::add(&mut batch, account, poll);
    }
    let mut last_event = None;
    for (event, data) in change.events.iter().zip(*events) {
        last_event = Some(batch.len());
        insert_event(&mut batch, account, event, data);
        let run_at = micros(change.decided_at.unwrap_or(event.at));
        outbox::tell(&mut batch, account, event, data, run_at);
    }
    for (row, words) in change.audit.iter().zip(*audit_words) {
        audit::insert(&mut batch, account, row, words);
    }
    (batch, last_event)
}

fn insert_campaign(batch: &mut Batch, account: &AccountId, campaign: &Campaign, row: &CampaignRow) {
    batch
        .add(
            "INSERT INTO campaigns (id, account, advertiser_id, version, status, buy_statuses, name_folded, \
             discovery_id, created_at, flight_start, flight_end, summary, body) \
             VALUES (?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .makes("campaign")
        .bind(campaign.id().as_str())
        .bind(account.as_str())
        .bind(campaign.advertiser_id().as_str())
        .bind(campaign.status().as_str())
        .bind(row.buy_statuses)
        .bind(folded(&campaign.plan().name))
        .bind(campaign.plan().discovery_id.as_ref().map(|id| id.as_str()))
        .bind(micros(campaign.created_at()))
        .bind(campaign.plan().flight.start().timestamp())
        .bind(campaign.plan().flight.end().timestamp())
        .bind(&row.summary)
        .bind(&row.body);
    write_buys(batch, account, campaign, row);
}

fn update_campaign(
    batch: &mut Batch,
    account: &AccountId,
    campaign: &Campaign,
    version: i64,
    row: &CampaignRow,
) {
    batch
        .add(
            "UPDATE campaigns SET version = version + 1, status = ?, buy_statuses = ?, name_folded = ?, \
             discovery_id = ?, flight_start = ?, flight_end = ?, summary = ?, body = ? \
             WHERE id = ? AND account = ? AND version = ?",
        )
        .changes("campaign")
        .bind(campaign.status().as_str())
        .bind(row.buy_statuses)
        .bind(folded(&campaign.plan().name))
        .bind(campaign.plan().discovery_id.as_ref().map(|id| id.as_str()))
        .bind(campaign.plan().flight.start().timestamp())
        .bind(campaign.plan().flight.end().timestamp())
        .bind(&row.summary)
        .bind(&row.body)
        .bind(campaign.id().as_str())
        .bind(account.as_str())
        .bind(version);
    write_buys(batch, account, campaign, row);
}

/// Keeps the index of buys in step with the campaign's body.
fn write_buys(batch: &mut Batch, account: &AccountId, campaign: &Campaign, row: &CampaignRow) {
    if campaign.buys().is_empty() {
        return;
    }
    batch
        .add(
            "INSERT INTO media_buys (id, account, campaign_id, agent_id, status, seller_id) \
             SELECT value ->> 'id', ?, ?, value ->> 'agent', value ->> 'status', value ->> 'seller_id' \
             FROM json_each(?) WHERE true \
             ON CONFLICT (id, account) DO UPDATE SET status = excluded.status, seller_id = excluded.seller_id \
             WHERE campaign_id = excluded.campaign_id \
             AND (status <> excluded.status OR seller_id IS NOT excluded.seller_id)",
        )
        .bind(account.as_str())
        .bind(campaign.id().as_str())
        .bind(&row.buys);
}

fn insert_discovery(
    batch: &mut Batch,
    account: &AccountId,
    session: &DiscoverySession,
    row: &DiscoveryRow,
) {
    batch
        .add(
            "INSERT INTO discovery_sessions (id, account, advertiser_id, version, selected, body) \
             VALUES (?, ?, ?, 1, ?, ?)",
        )
        .makes("discovery session")
        .bind(session.id.as_str())
        .bind(account.as_str())
        .bind(session.advertiser_id.as_str())
        .bind(row.selected)
        .bind(&row.body);
}

fn update_discovery(
    batch: &mut Batch,
    account: &AccountId,
    session: &DiscoverySession,
    version: i64,
    row: &DiscoveryRow,
) {
    batch
        .add(
            "UPDATE discovery_sessions SET version = version + 1, selected = ?, body = ? \
             WHERE id = ? AND account = ? AND version = ?",
        )
        .changes("discovery session")
        .bind(row.selected)
        .bind(&row.body)
        .bind(session.id.as_str())
        .bind(account.as_str())
        .bind(version);
}

fn insert_submission(batch: &mut Batch, account: &AccountId, submission: &Submission) {
    batch
        .add(
            "INSERT INTO submissions (id, account, campaign_id, media_buy_id, agent_id, state, claimed_by, \
             lease_until, created_at, first_sent_at, seller_task_id, idempotency_key, request_digest, \
             request_bytes, change_number) \
             SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? \
             WHERE EXISTS (SELECT 1 FROM agents WHERE id = ? AND account = ? AND status <> 'ARCHIVED')",
        )
        .changes("agent")
        // Another execute was faster: the buy has a submission that is not closed.
        .makes_first("submission")
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
        .bind(submission.agent_id.as_str())
        .bind(account.as_str());
}

fn update_submission(batch: &mut Batch, account: &AccountId, update: &SubmissionUpdate) {
    let state = state_word(update.state);
    batch
        .add(
            "UPDATE submissions SET state = ?, \
             claimed_by = CASE WHEN ? = 'open' THEN claimed_by END, \
             lease_until = CASE WHEN ? = 'open' THEN lease_until END, \
             first_sent_at = coalesce(first_sent_at, ?), \
             seller_task_id = coalesce(?, seller_task_id) \
             WHERE id = ? AND account = ? AND state = ? AND (? IS NULL OR claimed_by = ?)",
        )
        .changes("submission")
        .bind(state)
        .bind(state)
        .bind(state)
        .bind(update.sent_at.map(micros))
        .bind(&update.seller_task_id)
        .bind(&update.id)
        .bind(account.as_str())
        .bind(state_word(update.expected))
        .bind(&update.holder)
        .bind(&update.holder);
}

/// Asks for a job. One that waits keeps the earlier time; one that runs will run once more.
const INSERT_JOB: &str = "INSERT INTO jobs (key, body, run_at) VALUES (?, ?, ?) \
     ON CONFLICT (key) DO UPDATE SET asked = asked + 1, attempt = 0, \
     run_at = CASE WHEN claimed_by IS NOT NULL AND asked = asked_at_claim \
                   THEN excluded.run_at ELSE min(run_at, excluded.run_at) END";

/// Asks for a job by itself.
pub(super) async fn insert_job(
    connection: &mut SqliteConnection,
    key: &str,
    body: &str,
    run_at: i64,
) -> Result<()> {
    sqlx::query(INSERT_JOB)
        .bind(key)
        .bind(body)
        .bind(run_at)
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

fn insert_event(batch: &mut Batch, account: &AccountId, event: &NewEvent, data: &str) {
    batch
        .add(
            "INSERT INTO events (account, kind, campaign_id, media_buy_id, data, at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(account.as_str())
        .bind(&event.kind)
        .bind(event.campaign_id.as_str())
        .bind(event.media_buy_id.as_ref().map(|id| id.as_str()))
        .bind(data)
        .bind(micros(event.at));
}
