//! Reading campaigns, discovery sessions and delivery.

use std::sync::Arc;

use flighting_core::campaign::Campaign;
use flighting_core::ids::{AgentId, CampaignId, DiscoveryId, MediaBuyId};
use flighting_core::selection::DiscoverySession;
use flighting_core::wire::campaign::CampaignOrder;
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteConnection};

use super::Parsed;
use super::columns::{bits, count, folded, from_json, id};
use super::failed;
use crate::store::{
    AccountId, CampaignFilter, CampaignSummary, CampaignVersions, Page, Result, Stored,
};

pub(super) async fn campaign(
    connection: &mut SqliteConnection,
    parsed: &Parsed,
    account: &AccountId,
    campaign_id: &CampaignId,
) -> Result<Option<Stored<Arc<Campaign>>>> {
    if parsed.knows(campaign_id) {
        let version: Option<i64> =
            sqlx::query_scalar("SELECT version FROM campaigns WHERE id = ? AND account = ?")
                .bind(campaign_id.as_str())
                .bind(account.as_str())
                .fetch_optional(&mut *connection)
                .await
                .map_err(failed)?;
        let Some(version) = version else {
            return Ok(None);
        };
        if let Some(value) = parsed.get(campaign_id, &version) {
            return Ok(Some(Stored { value, version }));
        }
    }
    let row: Option<(i64, String)> =
        sqlx::query_as("SELECT version, body FROM campaigns WHERE id = ? AND account = ?")
            .bind(campaign_id.as_str())
            .bind(account.as_str())
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
    let Some((version, body)) = row else {
        return Ok(None);
    };
    let value = Arc::new(from_json::<Campaign>("campaign", &body)?);
    parsed.put(campaign_id.clone(), version, Arc::clone(&value), body.len());
    Ok(Some(Stored { value, version }))
}

pub(super) async fn versions(
    connection: &mut SqliteConnection,
    account: &AccountId,
    campaign: &CampaignId,
) -> Result<Option<CampaignVersions>> {
    let row: Option<(i64, i64, Option<i64>)> = sqlx::query_as(
        "SELECT c.version, a.version, d.version FROM campaigns c \
         JOIN advertisers a ON a.id = c.advertiser_id AND a.account = c.account \
         LEFT JOIN discovery_sessions d ON d.id = c.discovery_id AND d.account = c.account \
         WHERE c.id = ? AND c.account = ?",
    )
    .bind(campaign.as_str())
    .bind(account.as_str())
    .fetch_optional(connection)
    .await
    .map_err(failed)?;
    Ok(
        row.map(|(campaign, advertiser, discovery)| CampaignVersions {
            campaign,
            advertiser,
            discovery,
        }),
    )
}

pub(super) async fn of_buy(
    connection: &mut SqliteConnection,
    account: &AccountId,
    buy: &MediaBuyId,
) -> Result<Option<CampaignId>> {
    let found: Option<String> =
        sqlx::query_scalar("SELECT campaign_id FROM media_buys WHERE id = ? AND account = ?")
            .bind(buy.as_str())
            .bind(account.as_str())
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
    found
        .map(|text| id("campaign", CampaignId::parse(&text), &text))
        .transpose()
}

pub(super) async fn discovery(
    connection: &mut SqliteConnection,
    account: &AccountId,
    session: &DiscoveryId,
) -> Result<Option<Stored<DiscoverySession>>> {
    let row: Option<(i64, String)> =
        sqlx::query_as("SELECT version, body FROM discovery_sessions WHERE id = ? AND account = ?")
            .bind(session.as_str())
            .bind(account.as_str())
            .fetch_optional(connection)
            .await
            .map_err(failed)?;
    row.map(|(version, body)| {
        Ok(Stored {
            value: from_json("discovery session", &body)?,
            version,
        })
    })
    .transpose()
}

/// A page of campaigns: found in an index that holds all that is filtered by, then read row by row
/// for the page alone.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    account: &AccountId,
    filter: &CampaignFilter,
) -> Result<Page<CampaignSummary>> {
    let total = total(connection, account, filter).await?;
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT c.summary, coalesce(d.selected, 0) FROM (SELECT n FROM campaigns WHERE ",
    );
    push_filter(&mut query, account, filter);
    push_order(&mut query, "", filter.order);
    query.push(" LIMIT ").push_bind(i64::from(filter.take));
    query
        .push(" OFFSET ")
        .push_bind(i64::try_from(filter.skip).unwrap_or(i64::MAX));
    query.push(
        ") page JOIN campaigns c ON c.n = page.n \
         LEFT JOIN discovery_sessions d ON d.id = c.discovery_id AND d.account = c.account",
    );
    push_order(&mut query, "c.", filter.order);
    let found: Vec<(String, i64)> = query
        .build_query_as()
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    let rows = found
        .into_iter()
        .map(|(summary, selected)| {
            let mut summary: CampaignSummary = from_json("campaign", &summary)?;
            summary.product_count = u32::try_from(selected).unwrap_or(u32::MAX);
            Ok(summary)
        })
        .collect::<Result<_>>()?;
    Ok(Page { rows, total })
}

/// How many fit. Without a search this is a sum over the few rows that are kept for it.
async fn total(
    connection: &mut SqliteConnection,
    account: &AccountId,
    filter: &CampaignFilter,
) -> Result<u64> {
    let mut query;
    if filter.name_contains.is_none() && filter.buy_statuses.is_empty() {
        query =
            QueryBuilder::<Sqlite>::new("SELECT coalesce(sum(n), 0) FROM campaign_counts WHERE ");
        push_owner(&mut query, account, filter);
        push_statuses(&mut query, filter);
    } else {
        query = QueryBuilder::<Sqlite>::new("SELECT count(*) FROM campaigns WHERE ");
        push_filter(&mut query, account, filter);
    }
    count(
        query
            .build_query_scalar()
            .fetch_one(connection)
            .await
            .map_err(failed)?,
    )
}

fn push_owner(query: &mut QueryBuilder<Sqlite>, account: &AccountId, filter: &CampaignFilter) {
    query
        .push("account = ")
        .push_bind(account.as_str().to_owned());
    if let Some(advertiser) = &filter.advertiser_id {
        query
            .push(" AND advertiser_id = ")
            .push_bind(advertiser.as_str().to_owned());
    }
}

fn push_statuses(query: &mut QueryBuilder<Sqlite>, filter: &CampaignFilter) {
    if !filter.statuses.is_empty() {
        query.push(" AND status IN (");
        let mut words = query.separated(", ");
        for status in &filter.statuses {
            words.push_bind(status.as_str());
        }
        query.push(")");
    }
}

/// By a column, then by id in the same direction, so that pages never overlap.
fn push_order(query: &mut QueryBuilder<Sqlite>, of: &str, order: CampaignOrder) {
    let (column, direction) = match order {
        CampaignOrder::Newest => ("created_at", "DESC"),
        CampaignOrder::Oldest => ("created_at", "ASC"),
        CampaignOrder::Name => ("name_folded", "ASC"),
        CampaignOrder::NameBackwards => ("name_folded", "DESC"),
        CampaignOrder::EarliestStart => ("flight_start", "ASC"),
        CampaignOrder::LatestStart => ("flight_start", "DESC"),
        CampaignOrder::EarliestEnd => ("flight_end", "ASC"),
        CampaignOrder::LatestEnd => ("flight_end", "DESC"),
    };
    query.push(format_args!(
        " ORDER BY {of}{column} {direction}, {of}id {direction}"
    ));
}

fn push_filter(query: &mut QueryBuilder<Sqlite>, account: &AccountId, filter: &CampaignFilter) {
    push_owner(query, account, filter);
    push_statuses(query, filter);
    if !filter.buy_statuses.is_empty() {
        query
            .push(" AND buy_statuses & ")
            .push_bind(bits(filter.buy_statuses.iter().copied()))
            .push(" <> 0");
    }
    if let Some(part) = &filter.name_contains {
        query
            .push(" AND instr(name_folded, ")
            .push_bind(folded(part))
            .push(") > 0");
    }
}

pub(super) async fn at_seller(
    connection: &mut SqliteConnection,
    account: &AccountId,
    agent: &AgentId,
    seller_buy_id: &str,
) -> Result<Vec<(CampaignId, MediaBuyId)>> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT campaign_id, id FROM media_buys WHERE account = ? AND agent_id = ? AND seller_id = ? \
         ORDER BY id LIMIT 10",
    )
    .bind(account.as_str())
    .bind(agent.as_str())
    .bind(seller_buy_id)
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.into_iter()
        .map(|(campaign, buy)| {
            Ok((
                id("media buy", CampaignId::parse(&campaign), &campaign)?,
                id("media buy", MediaBuyId::parse(&buy), &buy)?,
            ))
        })
        .collect()
}
