//! Advertisers' own credentials at sales agents.

use flighting_core::ids::{AdvertiserId, AgentId};
use sqlx::sqlite::SqliteConnection;

use super::columns::{instant, micros};
use super::failed;
use crate::secrets::Sealed;
use crate::store::{AccountId, Credentials, Result, StoreError};

pub(super) async fn put(
    connection: &mut SqliteConnection,
    account: &AccountId,
    credentials: &Credentials,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO advertiser_credentials (account, advertiser_id, agent_id, token, created_at, updated_at) \
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (account, advertiser_id, agent_id) \
         DO UPDATE SET token = excluded.token, updated_at = excluded.updated_at",
    )
    .bind(account.as_str())
    .bind(credentials.advertiser_id.as_str())
    .bind(credentials.agent_id.as_str())
    .bind(credentials.token.as_bytes())
    .bind(micros(credentials.created_at))
    .bind(micros(credentials.updated_at))
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Removes credentials, unless a live buy of a routed campaign could then not be asked after, or
/// stopped.
pub(super) async fn remove(
    connection: &mut SqliteConnection,
    account: &AccountId,
    advertiser: &AdvertiserId,
    agent: &AgentId,
) -> Result<()> {
    let needed: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM campaigns c WHERE c.account = ?1 AND c.advertiser_id = ?2 \
             AND c.summary ->> 'campaign_type' = 'ROUTED' AND ( \
             EXISTS (SELECT 1 FROM media_buys b WHERE b.account = ?1 AND b.campaign_id = c.id AND b.agent_id = ?3 \
                 AND b.status IN ('PENDING_APPROVAL', 'INPUT_REQUIRED', 'ACTIVE', 'PAUSED')) \
             OR EXISTS (SELECT 1 FROM submissions s WHERE s.account = ?1 AND s.campaign_id = c.id \
                 AND s.agent_id = ?3 AND s.state <> 'closed')))",
    )
    .bind(account.as_str())
    .bind(advertiser.as_str())
    .bind(agent.as_str())
    .fetch_one(&mut *connection)
    .await
    .map_err(failed)?;
    if needed {
        return Err(StoreError::InUse {
            what: "credentials",
        });
    }
    sqlx::query(
        "DELETE FROM advertiser_credentials WHERE account = ? AND advertiser_id = ? AND agent_id = ?",
    )
    .bind(account.as_str())
    .bind(advertiser.as_str())
    .bind(agent.as_str())
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(super) async fn one(
    connection: &mut SqliteConnection,
    account: &AccountId,
    advertiser: &AdvertiserId,
    agent: &AgentId,
) -> Result<Option<Credentials>> {
    let row: Option<(Vec<u8>, i64, i64)> = sqlx::query_as(
        "SELECT token, created_at, updated_at FROM advertiser_credentials \
         WHERE account = ? AND advertiser_id = ? AND agent_id = ?",
    )
    .bind(account.as_str())
    .bind(advertiser.as_str())
    .bind(agent.as_str())
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    row.map(|(token, created_at, updated_at)| {
        Ok(Credentials {
            advertiser_id: advertiser.clone(),
            agent_id: agent.clone(),
            token: Sealed::from_bytes(token),
            created_at: instant(created_at)?,
            updated_at: instant(updated_at)?,
        })
    })
    .transpose()
}
