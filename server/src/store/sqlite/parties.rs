//! Accounts, their keys, their advertisers, their sales agents.

use chrono::{DateTime, Utc};
use flighting_core::advertiser::{Advertiser, AdvertiserStatus};
use flighting_core::ids::{AdvertiserId, AgentId};
use sqlx::sqlite::{Sqlite, SqliteConnection};
use sqlx::{FromRow, QueryBuilder};

use super::columns::{
    count, folded, from_json, id, instant, instant_or_none, micros, to_json, unreadable,
};
use super::{begin, failed, taken};
use crate::secrets::Sealed;
use crate::store::{
    AccountId, AdvertiserFilter, AgentProtocol, AgentStatus, ApiKey, Page, Result, SalesAgent,
    StoreError, Stored,
};

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
    created_at: i64,
    revoked_at: Option<i64>,
}

impl KeyRow {
    fn read(self) -> Result<ApiKey> {
        Ok(ApiKey {
            account: id("key", AccountId::parse(&self.account), &self.account)?,
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
        "INSERT INTO api_keys (id, account, hash, label, read_only, created_at, revoked_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&key.id)
    .bind(key.account.as_str())
    .bind(hash.as_slice())
    .bind(&key.label)
    .bind(key.read_only)
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
        "SELECT id, account, label, read_only, created_at, revoked_at FROM api_keys \
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
        "SELECT id, account, label, read_only, created_at, revoked_at FROM api_keys ORDER BY created_at, id",
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

pub(super) async fn insert_advertiser(
    connection: &mut SqliteConnection,
    account: &AccountId,
    advertiser: &Advertiser,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO advertisers (id, account, version, status, sandbox, currency, name_folded, created_at, body) \
         VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?)",
    )
    .bind(advertiser.id.as_str())
    .bind(account.as_str())
    .bind(status_word(advertiser.status))
    .bind(advertiser.sandbox)
    .bind(advertiser.currency.code())
    .bind(folded(&advertiser.name))
    .bind(micros(advertiser.created_at))
    .bind(to_json("advertiser", advertiser)?)
    .execute(connection)
    .await
    .map_err(taken("advertiser"))?;
    Ok(())
}

fn status_word(status: AdvertiserStatus) -> &'static str {
    match status {
        AdvertiserStatus::Active => "ACTIVE",
        AdvertiserStatus::Archived => "ARCHIVED",
    }
}

pub(super) async fn advertiser(
    connection: &mut SqliteConnection,
    account: &AccountId,
    advertiser: &AdvertiserId,
) -> Result<Option<Stored<Advertiser>>> {
    let row: Option<(i64, String)> =
        sqlx::query_as("SELECT version, body FROM advertisers WHERE id = ? AND account = ?")
            .bind(advertiser.as_str())
            .bind(account.as_str())
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
    row.map(|(version, body)| {
        Ok(Stored {
            value: from_json("advertiser", &body)?,
            version,
        })
    })
    .transpose()
}

pub(super) async fn advertisers(
    connection: &mut SqliteConnection,
    account: &AccountId,
    filter: &AdvertiserFilter,
) -> Result<Page<Advertiser>> {
    let mut counting = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM advertisers WHERE ");
    push_filter(&mut counting, account, filter);
    let total = count(
        counting
            .build_query_scalar()
            .fetch_one(&mut *connection)
            .await
            .map_err(failed)?,
    )?;
    let mut query = QueryBuilder::<Sqlite>::new("SELECT body FROM advertisers WHERE ");
    push_filter(&mut query, account, filter);
    query
        .push(" ORDER BY created_at DESC, id DESC LIMIT ")
        .push_bind(i64::from(filter.take));
    query
        .push(" OFFSET ")
        .push_bind(i64::try_from(filter.skip).unwrap_or(i64::MAX));
    let bodies: Vec<String> = query
        .build_query_scalar()
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    let rows = bodies
        .iter()
        .map(|body| from_json("advertiser", body))
        .collect::<Result<_>>()?;
    Ok(Page { rows, total })
}

fn push_filter(query: &mut QueryBuilder<Sqlite>, account: &AccountId, filter: &AdvertiserFilter) {
    query
        .push("account = ")
        .push_bind(account.as_str().to_owned());
    if let Some(status) = filter.status {
        query.push(" AND status = ").push_bind(status_word(status));
    }
    if let Some(sandbox) = filter.sandbox {
        query.push(" AND sandbox = ").push_bind(sandbox);
    }
    if let Some(part) = &filter.name_contains {
        query
            .push(" AND instr(name_folded, ")
            .push_bind(folded(part))
            .push(") > 0");
    }
}

pub(super) async fn update_advertiser(
    connection: &mut SqliteConnection,
    account: &AccountId,
    advertiser: &Advertiser,
    version: i64,
) -> Result<i64> {
    let body = to_json("advertiser", advertiser)?;
    let mut transaction = begin(connection).await?;
    let currency: Option<String> = sqlx::query_scalar(
        "SELECT currency FROM advertisers WHERE id = ? AND account = ? AND version = ?",
    )
    .bind(advertiser.id.as_str())
    .bind(account.as_str())
    .bind(version)
    .fetch_optional(&mut *transaction)
    .await
    .map_err(failed)?;
    let Some(currency) = currency else {
        return Err(StoreError::Stale { what: "advertiser" });
    };
    if currency != advertiser.currency.code()
        && has_campaigns(&mut transaction, account, &advertiser.id).await?
    {
        return Err(StoreError::InUse { what: "advertiser" });
    }
    sqlx::query(
        "UPDATE advertisers SET version = version + 1, status = ?, sandbox = ?, currency = ?, name_folded = ?, \
         body = ? WHERE id = ? AND account = ?",
    )
    .bind(status_word(advertiser.status))
    .bind(advertiser.sandbox)
    .bind(advertiser.currency.code())
    .bind(folded(&advertiser.name))
    .bind(body)
    .bind(advertiser.id.as_str())
    .bind(account.as_str())
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(version + 1)
}

pub(super) async fn has_campaigns(
    connection: &mut SqliteConnection,
    account: &AccountId,
    advertiser: &AdvertiserId,
) -> Result<bool> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM campaign_counts WHERE account = ? AND advertiser_id = ?)",
    )
    .bind(account.as_str())
    .bind(advertiser.as_str())
    .fetch_one(connection)
    .await
    .map_err(failed)
}

#[derive(FromRow)]
struct AgentRow {
    id: String,
    account: String,
    version: i64,
    name: String,
    url: String,
    protocol: String,
    status: String,
    token: Option<Vec<u8>>,
    webhooks: Option<Vec<u8>>,
    probe: Option<String>,
    created_at: i64,
    updated_at: i64,
}

impl AgentRow {
    fn read(self) -> Result<Stored<SalesAgent>> {
        let value = SalesAgent {
            id: id("agent", AgentId::parse(&self.id), &self.id)?,
            account: id("agent", AccountId::parse(&self.account), &self.account)?,
            name: self.name,
            url: self.url,
            protocol: match self.protocol.as_str() {
                "MCP" => AgentProtocol::Mcp,
                "A2A" => AgentProtocol::A2a,
                other => return Err(unreadable("agent", format!("protocol `{other}`"))),
            },
            token: self.token.map(Sealed::from_bytes),
            webhooks: self.webhooks.map(Sealed::from_bytes),
            status: match self.status.as_str() {
                "ACTIVE" => AgentStatus::Active,
                "UNREACHABLE" => AgentStatus::Unreachable,
                "ARCHIVED" => AgentStatus::Archived,
                other => return Err(unreadable("agent", format!("status `{other}`"))),
            },
            probe: self
                .probe
                .as_deref()
                .map(|text| from_json("agent", text))
                .transpose()?,
            created_at: instant(self.created_at)?,
            updated_at: instant(self.updated_at)?,
        };
        Ok(Stored {
            value,
            version: self.version,
        })
    }
}

fn protocol_word(protocol: AgentProtocol) -> &'static str {
    match protocol {
        AgentProtocol::Mcp => "MCP",
        AgentProtocol::A2a => "A2A",
    }
}

fn agent_status_word(status: AgentStatus) -> &'static str {
    match status {
        AgentStatus::Active => "ACTIVE",
        AgentStatus::Unreachable => "UNREACHABLE",
        AgentStatus::Archived => "ARCHIVED",
    }
}

pub(super) async fn insert_agent(
    connection: &mut SqliteConnection,
    agent: &SalesAgent,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO agents (id, account, version, name, url, protocol, status, token, webhooks, probe, \
         created_at, updated_at) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(agent.id.as_str())
    .bind(agent.account.as_str())
    .bind(&agent.name)
    .bind(&agent.url)
    .bind(protocol_word(agent.protocol))
    .bind(agent_status_word(agent.status))
    .bind(agent.token.as_ref().map(Sealed::as_bytes))
    .bind(agent.webhooks.as_ref().map(Sealed::as_bytes))
    .bind(agent.probe.as_ref().map(|probe| to_json("agent", probe)).transpose()?)
    .bind(micros(agent.created_at))
    .bind(micros(agent.updated_at))
    .execute(connection)
    .await
    .map_err(taken("agent"))?;
    Ok(())
}

pub(super) async fn agent(
    connection: &mut SqliteConnection,
    account: &AccountId,
    agent: &AgentId,
) -> Result<Option<Stored<SalesAgent>>> {
    sqlx::query_as::<_, AgentRow>("SELECT * FROM agents WHERE id = ? AND account = ?")
        .bind(agent.as_str())
        .bind(account.as_str())
        .fetch_optional(connection)
        .await
        .map_err(failed)?
        .map(AgentRow::read)
        .transpose()
}

pub(super) async fn agents(
    connection: &mut SqliteConnection,
    account: &AccountId,
) -> Result<Vec<Stored<SalesAgent>>> {
    sqlx::query_as::<_, AgentRow>("SELECT * FROM agents WHERE account = ? ORDER BY n")
        .bind(account.as_str())
        .fetch_all(connection)
        .await
        .map_err(failed)?
        .into_iter()
        .map(AgentRow::read)
        .collect()
}

pub(super) async fn update_agent(
    connection: &mut SqliteConnection,
    agent: &SalesAgent,
    version: i64,
) -> Result<i64> {
    let mut transaction = begin(connection).await?;
    if agent.status == AgentStatus::Archived {
        let held: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM media_buys WHERE account = ?1 AND agent_id = ?2 \
                 AND status IN ('PENDING_APPROVAL', 'INPUT_REQUIRED', 'ACTIVE', 'PAUSED')) \
             OR EXISTS (SELECT 1 FROM submissions WHERE account = ?1 AND agent_id = ?2 AND state <> 'closed')",
        )
        .bind(agent.account.as_str())
        .bind(agent.id.as_str())
        .fetch_one(&mut *transaction)
        .await
        .map_err(failed)?;
        if held {
            return Err(StoreError::InUse { what: "agent" });
        }
    }
    let changed = sqlx::query(
        "UPDATE agents SET version = version + 1, name = ?, url = ?, protocol = ?, status = ?, token = ?, \
         webhooks = ?, probe = ?, updated_at = ? WHERE id = ? AND account = ? AND version = ?",
    )
    .bind(&agent.name)
    .bind(&agent.url)
    .bind(protocol_word(agent.protocol))
    .bind(agent_status_word(agent.status))
    .bind(agent.token.as_ref().map(Sealed::as_bytes))
    .bind(agent.webhooks.as_ref().map(Sealed::as_bytes))
    .bind(agent.probe.as_ref().map(|probe| to_json("agent", probe)).transpose()?)
    .bind(micros(agent.updated_at))
    .bind(agent.id.as_str())
    .bind(agent.account.as_str())
    .bind(version)
    .execute(&mut *transaction)
    .await
    .map_err(failed)?
    .rows_affected();
    if changed == 0 {
        return Err(StoreError::Stale { what: "agent" });
    }
    transaction.commit().await.map_err(failed)?;
    Ok(version + 1)
}
