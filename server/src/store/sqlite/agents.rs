//! Sales agents.

use flighting_core::ids::AgentId;
use sqlx::FromRow;
use sqlx::sqlite::SqliteConnection;

use super::columns::{from_json, id, instant, micros, to_json, unreadable};
use super::{failed, taken};
use crate::secrets::Sealed;
use crate::store::{AccountId, AgentProtocol, AgentStatus, Result, SalesAgent, StoreError, Stored};

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

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    account: &AccountId,
    agent: &SalesAgent,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO agents (id, account, version, name, url, protocol, status, token, webhooks, probe, \
         created_at, updated_at) VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(agent.id.as_str())
    .bind(account.as_str())
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

pub(super) async fn one(
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

pub(super) async fn list(
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

pub(super) async fn update(
    connection: &mut SqliteConnection,
    account: &AccountId,
    agent: &SalesAgent,
    version: i64,
) -> Result<()> {
    if agent.status == AgentStatus::Archived {
        let held: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM media_buys WHERE account = ?1 AND agent_id = ?2 \
                 AND status IN ('PENDING_APPROVAL', 'INPUT_REQUIRED', 'ACTIVE', 'PAUSED')) \
             OR EXISTS (SELECT 1 FROM submissions WHERE account = ?1 AND agent_id = ?2 AND state <> 'closed')",
        )
        .bind(account.as_str())
        .bind(agent.id.as_str())
        .fetch_one(&mut *connection)
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
    .bind(account.as_str())
    .bind(version)
    .execute(connection)
    .await
    .map_err(failed)?
    .rows_affected();
    if changed == 0 {
        return Err(StoreError::Stale { what: "agent" });
    }
    Ok(())
}
