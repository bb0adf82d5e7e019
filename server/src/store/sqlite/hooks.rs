//! Messages from sellers, and our signing keys.

use chrono::{DateTime, Utc};
use flighting_core::ids::AgentId;
use sqlx::sqlite::SqliteConnection;

use super::batch::Batch;
use super::columns::{id, instant, micros};
use super::{failed, taken};
use crate::secrets::Sealed;
use crate::store::{
    AccountId, MESSAGES_LIFE, Nonce, PathOwner, Receipt, Result, SalesAgent, Seen, SigningKeyRow,
};

pub(super) async fn insert_path(
    connection: &mut SqliteConnection,
    agent: &SalesAgent,
    path_hash: &[u8; 32],
) -> Result<()> {
    sqlx::query("INSERT INTO webhook_paths (hash, account, agent_id) VALUES (?, ?, ?)")
        .bind(path_hash.as_slice())
        .bind(agent.account.as_str())
        .bind(agent.id.as_str())
        .execute(connection)
        .await
        .map_err(taken("webhook path"))?;
    Ok(())
}

pub(super) async fn owner(
    connection: &mut SqliteConnection,
    path_hash: &[u8; 32],
) -> Result<Option<PathOwner>> {
    let row: Option<(String, String)> =
        sqlx::query_as("SELECT account, agent_id FROM webhook_paths WHERE hash = ?")
            .bind(path_hash.as_slice())
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
    row.map(|(account, agent)| {
        Ok(PathOwner {
            account: id("webhook path", AccountId::parse(&account), &account)?,
            agent: id("webhook path", AgentId::parse(&agent), &agent)?,
        })
    })
    .transpose()
}

pub(super) async fn seen(
    connection: &mut SqliteConnection,
    agent: &AgentId,
    key: &str,
    nonce: Option<&Nonce>,
) -> Result<Seen> {
    let (digest, replayed): (Option<Vec<u8>>, bool) = sqlx::query_as(
        "SELECT (SELECT digest FROM webhook_messages WHERE agent_id = ?1 AND key = ?2), \
         EXISTS (SELECT 1 FROM webhook_nonces WHERE agent_id = ?1 AND keyid = ?3 AND nonce = ?4)",
    )
    .bind(agent.as_str())
    .bind(key)
    .bind(nonce.map(|nonce| &nonce.keyid))
    .bind(nonce.map(|nonce| nonce.digest.as_slice()))
    .fetch_one(connection)
    .await
    .map_err(failed)?;
    Ok(Seen {
        digest: digest.map(|digest| digest.try_into().unwrap_or_default()),
        replayed,
    })
}

pub(super) async fn nonces(
    connection: &mut SqliteConnection,
    agent: &AgentId,
    keyid: &str,
) -> Result<u64> {
    let n: Option<i64> =
        sqlx::query_scalar("SELECT n FROM webhook_nonce_counts WHERE agent_id = ? AND keyid = ?")
            .bind(agent.as_str())
            .bind(keyid)
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
    Ok(n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
}

/// Puts a receipt down; a message or signature that is there already refuses the whole change.
pub(super) fn insert(batch: &mut Batch, receipt: &Receipt) {
    let Receipt {
        agent,
        message,
        nonce,
        at,
    } = receipt;
    if let Some((key, digest)) = message {
        batch
            .add("INSERT INTO webhook_messages (agent_id, key, digest, at) VALUES (?, ?, ?, ?)")
            .makes_first("message")
            .bind(agent.as_str())
            .bind(key)
            .bind(digest.as_slice())
            .bind(micros(*at));
    }
    if let Some(nonce) = nonce {
        batch
            .add("INSERT INTO webhook_nonces (agent_id, keyid, nonce, until) VALUES (?, ?, ?, ?)")
            .makes_first("message")
            .bind(agent.as_str())
            .bind(&nonce.keyid)
            .bind(nonce.digest.as_slice())
            .bind(micros(nonce.until));
    }
}

pub(super) async fn prune(connection: &mut SqliteConnection, now: DateTime<Utc>) -> Result<()> {
    for (statement, before) in [
        (
            "DELETE FROM webhook_messages WHERE at <= ?",
            now - MESSAGES_LIFE,
        ),
        ("DELETE FROM webhook_nonces WHERE until < ?", now),
    ] {
        sqlx::query(statement)
            .bind(micros(before))
            .execute(&mut *connection)
            .await
            .map_err(failed)?;
    }
    sqlx::query("DELETE FROM webhook_nonce_counts WHERE n <= 0")
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

pub(super) async fn insert_key(
    connection: &mut SqliteConnection,
    key: &SigningKeyRow,
) -> Result<()> {
    sqlx::query("INSERT INTO signing_keys (kid, secret, created_at) VALUES (?, ?, ?)")
        .bind(&key.kid)
        .bind(key.secret.as_bytes())
        .bind(micros(key.created_at))
        .execute(connection)
        .await
        .map_err(taken("signing key"))?;
    Ok(())
}

pub(super) async fn keys(connection: &mut SqliteConnection) -> Result<Vec<SigningKeyRow>> {
    let rows: Vec<(String, Vec<u8>, i64)> =
        sqlx::query_as("SELECT kid, secret, created_at FROM signing_keys ORDER BY n DESC")
            .fetch_all(connection)
            .await
            .map_err(failed)?;
    rows.into_iter()
        .map(|(kid, secret, created_at)| {
            Ok(SigningKeyRow {
                kid,
                secret: Sealed::from_bytes(secret),
                created_at: instant(created_at)?,
            })
        })
        .collect()
}

pub(super) async fn forget_keys(
    connection: &mut SqliteConnection,
    before: DateTime<Utc>,
) -> Result<u64> {
    let gone = sqlx::query(
        "DELETE FROM signing_keys WHERE created_at < ? AND n < (SELECT max(n) FROM signing_keys)",
    )
    .bind(micros(before))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(gone.rows_affected())
}
