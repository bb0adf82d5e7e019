//! Advertisers.

use flighting_core::advertiser::{Advertiser, AdvertiserStatus};
use flighting_core::ids::AdvertiserId;
use sqlx::QueryBuilder;
use sqlx::sqlite::{Sqlite, SqliteConnection};

use super::columns::{count, folded, from_json, micros, to_json};
use super::{failed, taken};
use crate::store::{AccountId, AdvertiserFilter, Page, Result, StoreError, Stored};

pub(super) async fn insert(
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

pub(super) async fn one(
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

pub(super) async fn list(
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

pub(super) async fn update(
    connection: &mut SqliteConnection,
    account: &AccountId,
    advertiser: &Advertiser,
    version: i64,
) -> Result<()> {
    let body = to_json("advertiser", advertiser)?;
    let currency: Option<String> = sqlx::query_scalar(
        "SELECT currency FROM advertisers WHERE id = ? AND account = ? AND version = ?",
    )
    .bind(advertiser.id.as_str())
    .bind(account.as_str())
    .bind(version)
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed)?;
    let Some(currency) = currency else {
        return Err(StoreError::Stale { what: "advertiser" });
    };
    if currency != advertiser.currency.code()
        && has_campaigns(&mut *connection, account, &advertiser.id).await?
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
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
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
