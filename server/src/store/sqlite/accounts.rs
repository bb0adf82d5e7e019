//! Accounts and their keys.

use chrono::{DateTime, Utc};
use flighting_core::wire::audit::ActorOrigin;
use sqlx::FromRow;
use sqlx::sqlite::SqliteConnection;

use super::columns::{id, instant, instant_or_none, micros, unreadable};
use super::{failed, taken};
use crate::store::{AccountId, ApiKey, Result};

pub(super) async fn ensure_account(
    connection: &mut SqliteConnection,
    name: &str,
    fresh: &AccountId,
    now: DateTime<Utc>,
) -> Result<AccountId> {
    let found: String = sqlx::query_scalar(
        "INSERT INTO accounts (id, name, created_at) VALUES (?, ?, ?) \
         ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
    )
    .bind(fresh.as_str())
    .bind(name)
    .bind(micros(now))
    .fetch_one(connection)
    .await
    .map_err(taken("account"))?;
    id("account", AccountId::parse(&found), &found)
}

#[derive(FromRow)]
struct KeyRow {
    id: String,
    account: String,
    label: String,
    read_only: bool,
    origin: String,
    created_at: i64,
    revoked_at: Option<i64>,
}

impl KeyRow {
    fn read(self) -> Result<ApiKey> {
        Ok(ApiKey {
            account: id("key", AccountId::parse(&self.account), &self.account)?,
            origin: ActorOrigin::parse(&self.origin)
                .ok_or_else(|| unreadable("key", format!("origin `{}`", self.origin)))?,
            created_at: instant(self.created_at)?,
            revoked_at: instant_or_none(self.revoked_at)?,
            id: self.id,
            label: self.label,
            read_only: self.read_only,
        })
    }
}

pub(super) async fn insert_key(
    connection: &mut SqliteConnection,
    key: &ApiKey,
    hash: &[u8; 32],
) -> Result<()> {
    sqlx::query(
        "INSERT INTO api_keys (id, account, hash, label, read_only, origin, created_at, revoked_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&key.id)
    .bind(key.account.as_str())
    .bind(hash.as_slice())
    .bind(&key.label)
    .bind(key.read_only)
    .bind(key.origin.as_str())
    .bind(micros(key.created_at))
    .bind(key.revoked_at.map(micros))
    .execute(connection)
    .await
    .map_err(taken("key"))?;
    Ok(())
}

pub(super) async fn key_by_hash(
    connection: &mut SqliteConnection,
    hash: &[u8; 32],
) -> Result<Option<ApiKey>> {
    sqlx::query_as::<_, KeyRow>(
        "SELECT id, account, label, read_only, origin, created_at, revoked_at FROM api_keys \
         WHERE hash = ? AND revoked_at IS NULL",
    )
    .bind(hash.as_slice())
    .fetch_optional(connection)
    .await
    .map_err(failed)?
    .map(KeyRow::read)
    .transpose()
}

pub(super) async fn keys(connection: &mut SqliteConnection) -> Result<Vec<ApiKey>> {
    sqlx::query_as::<_, KeyRow>(
        "SELECT id, account, label, read_only, origin, created_at, revoked_at FROM api_keys ORDER BY created_at, id",
    )
    .fetch_all(connection)
    .await
    .map_err(failed)?
    .into_iter()
    .map(KeyRow::read)
    .collect()
}

pub(super) async fn revoke_key(
    connection: &mut SqliteConnection,
    key: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let revoked =
        sqlx::query("UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL")
            .bind(micros(now))
            .bind(key)
            .execute(connection)
            .await
            .map_err(failed)?;
    Ok(revoked.rows_affected() > 0)
}
