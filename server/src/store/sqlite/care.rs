//! Looking after the database: after a crash, against growth, when keys rotate, at the end.

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteConnection;

use super::columns::{id, micros};
use super::writer::{Writer, begin};
use super::{failed, hooks};
use crate::secrets::Sealed;
use crate::store::{
    AccountId, Credentials, EVENTS_KEPT, EVENTS_LIFE, IDEMPOTENCY_LIFE, MESSAGES_KEPT, Recovered,
    Reseal, Result, SalesAgent, SigningKeyRow, StoreError, Subscription,
};
use flighting_core::ids::{AdvertiserId, AgentId};

pub(super) async fn recover(writer: &mut Writer) -> Result<Recovered> {
    let mut transaction = begin(writer).await?;
    let jobs = sqlx::query(
        "UPDATE jobs SET claimed_by = NULL, lease_until = NULL, asked_at_claim = NULL WHERE claimed_by IS NOT NULL",
    )
    .execute(&mut *transaction)
    .await
    .map_err(failed)?
    .rows_affected();
    let submissions = sqlx::query(
        "UPDATE submissions SET claimed_by = NULL, lease_until = NULL \
         WHERE state <> 'closed' AND claimed_by IS NOT NULL",
    )
    .execute(&mut *transaction)
    .await
    .map_err(failed)?
    .rows_affected();
    let requests = sqlx::query("DELETE FROM idempotency WHERE status IS NULL")
        .execute(&mut *transaction)
        .await
        .map_err(failed)?
        .rows_affected();
    transaction.commit().await?;
    Ok(Recovered {
        jobs,
        submissions,
        requests,
    })
}

/// An event goes when it is both old and no longer among the youngest of its account.
pub(super) async fn prune(writer: &mut Writer, now: DateTime<Utc>) -> Result<()> {
    let mut transaction = begin(writer).await?;
    sqlx::query("DELETE FROM idempotency WHERE created_at <= ?")
        .bind(micros(now - IDEMPOTENCY_LIFE))
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    sqlx::query("DELETE FROM webhook_deliveries WHERE state <> 'waiting' AND last_attempt <= ?")
        .bind(micros(now - MESSAGES_KEPT))
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    hooks::prune(&mut transaction, now).await?;
    // Per account: the youngest event that may go, if any.
    let ends: Vec<(String, i64)> = sqlx::query_as(
        "SELECT account, through FROM ( \
             SELECT a.id AS account, (SELECT max(e.sequence) FROM events e WHERE e.account = a.id AND e.at < ?1 \
                 AND e.sequence <= (SELECT k.sequence FROM events k WHERE k.account = a.id \
                                    ORDER BY k.sequence DESC LIMIT 1 OFFSET ?2)) AS through \
             FROM accounts a) WHERE through IS NOT NULL",
    )
    .bind(micros(now - EVENTS_LIFE))
    .bind(i64::from(EVENTS_KEPT))
    .fetch_all(&mut *transaction)
    .await
    .map_err(failed)?;
    for (account, through) in ends {
        sqlx::query("DELETE FROM events WHERE account = ? AND sequence <= ?")
            .bind(&account)
            .bind(through)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        sqlx::query("UPDATE accounts SET events_pruned = ? WHERE id = ?")
            .bind(through)
            .bind(&account)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
    }
    transaction.commit().await
}

/// An agent's row number, account, id, token and webhook settings.
type SealedRow = (i64, String, String, Option<Vec<u8>>, Option<Vec<u8>>);

pub(super) async fn reseal(writer: &mut Writer, reseal: Reseal<'_>) -> Result<u64> {
    let mut transaction = begin(writer).await?;
    let rows: Vec<SealedRow> = sqlx::query_as(
        "SELECT n, account, id, token, webhooks FROM agents WHERE token IS NOT NULL OR webhooks IS NOT NULL",
    )
    .fetch_all(&mut *transaction)
    .await
    .map_err(failed)?;
    let mut resealed = 0;
    for (n, account, agent, token, webhooks) in rows {
        let account = id("agent", AccountId::parse(&account), &account)?;
        let agent = id("agent", AgentId::parse(&agent), &agent)?;
        let mut anew = |place: String, bytes: Option<Vec<u8>>| {
            let Some(bytes) = bytes else {
                return Ok::<_, StoreError>(None);
            };
            resealed += 1;
            Ok(Some(reseal(&place, &Sealed::from_bytes(bytes))?))
        };
        let token = anew(SalesAgent::token_place(&account, &agent), token)?;
        let webhooks = anew(SalesAgent::webhooks_place(&account, &agent), webhooks)?;
        // The version moves: whoever read the row before would write the old seal back.
        sqlx::query("UPDATE agents SET version = version + 1, token = ?, webhooks = ? WHERE n = ?")
            .bind(token.as_ref().map(Sealed::as_bytes))
            .bind(webhooks.as_ref().map(Sealed::as_bytes))
            .bind(n)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
    }
    resealed += reseal_credentials(&mut transaction, &mut *reseal).await?;
    resealed += reseal_subscriptions(&mut transaction, &mut *reseal).await?;
    for key in hooks::keys(&mut transaction).await? {
        let sealed = reseal(&SigningKeyRow::place(&key.kid), &key.secret)?;
        resealed += 1;
        sqlx::query("UPDATE signing_keys SET secret = ? WHERE kid = ?")
            .bind(sealed.as_bytes())
            .bind(&key.kid)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
    }
    transaction.commit().await?;
    Ok(resealed)
}

async fn reseal_credentials(connection: &mut SqliteConnection, reseal: Reseal<'_>) -> Result<u64> {
    let rows: Vec<(String, String, String, Vec<u8>)> = sqlx::query_as(
        "SELECT account, advertiser_id, agent_id, token FROM advertiser_credentials",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed)?;
    let mut resealed = 0;
    for (account, advertiser, agent, token) in rows {
        let place = Credentials::place(
            &id("credentials", AccountId::parse(&account), &account)?,
            &id("credentials", AdvertiserId::parse(&advertiser), &advertiser)?,
            &id("credentials", AgentId::parse(&agent), &agent)?,
        );
        let anew = reseal(&place, &Sealed::from_bytes(token))?;
        resealed += 1;
        sqlx::query(
            "UPDATE advertiser_credentials SET token = ? WHERE account = ? AND advertiser_id = ? AND agent_id = ?",
        )
        .bind(anew.as_bytes())
        .bind(&account)
        .bind(&advertiser)
        .bind(&agent)
        .execute(&mut *connection)
        .await
        .map_err(failed)?;
    }
    Ok(resealed)
}

async fn reseal_subscriptions(
    connection: &mut SqliteConnection,
    reseal: Reseal<'_>,
) -> Result<u64> {
    let rows: Vec<(i64, String, String, Vec<u8>)> =
        sqlx::query_as("SELECT n, account, id, secret FROM webhook_subscriptions")
            .fetch_all(&mut *connection)
            .await
            .map_err(failed)?;
    let mut resealed = 0;
    for (n, account, subscription, secret) in rows {
        let account = id("webhook subscription", AccountId::parse(&account), &account)?;
        let place = Subscription::place(&account, &subscription);
        let anew = reseal(&place, &Sealed::from_bytes(secret))?;
        resealed += 1;
        sqlx::query("UPDATE webhook_subscriptions SET secret = ? WHERE n = ?")
            .bind(anew.as_bytes())
            .bind(n)
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    Ok(resealed)
}

pub(super) async fn ping(connection: &mut SqliteConnection) -> Result<()> {
    let _: i64 = sqlx::query_scalar("SELECT count(*) FROM accounts")
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Moves what the log holds into the file itself, so that a copy of the file is whole.
pub(super) async fn checkpoint(connection: &mut SqliteConnection) {
    if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(connection)
        .await
    {
        tracing::warn!(%error, "the write-ahead log was not folded into the database; the next start does it");
    }
}
