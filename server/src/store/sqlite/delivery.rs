//! What was delivered by package and day, and the last report of each buy.

use chrono::NaiveDate;
use flighting_core::ids::{CampaignId, MediaBuyId, PackageId};
use sqlx::FromRow;
use sqlx::sqlite::SqliteConnection;

use super::columns::{
    count, day, day_text, from_json, id, instant, instant_or_none, micros, money, to_json,
};
use super::failed;
use crate::store::{
    AccountId, DeliveryReport, DeliveryRow, DeliveryTotal, ReportSource, Result, StoreError,
};

#[derive(FromRow)]
struct Day {
    media_buy_id: String,
    package_id: String,
    day: String,
    impressions: i64,
    spend_minor: i64,
    currency: String,
    clicks: i64,
    late: bool,
    observed_at: i64,
}

pub(super) async fn days(
    connection: &mut SqliteConnection,
    account: &AccountId,
    campaign: &CampaignId,
    first: NaiveDate,
    last: NaiveDate,
) -> Result<Vec<DeliveryRow>> {
    let rows: Vec<Day> = sqlx::query_as(
        "SELECT media_buy_id, package_id, day, impressions, spend_minor, currency, clicks, late, observed_at \
         FROM delivery WHERE campaign_id = ? AND account = ? AND day BETWEEN ? AND ? ORDER BY package_id, day",
    )
    .bind(campaign.as_str())
    .bind(account.as_str())
    .bind(day_text(first))
    .bind(day_text(last))
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.into_iter()
        .map(|row| {
            let Day {
                media_buy_id: buy,
                package_id: package,
                day: on,
                impressions,
                spend_minor,
                currency,
                clicks,
                late,
                observed_at,
            } = row;
            Ok(DeliveryRow {
                campaign_id: campaign.clone(),
                media_buy_id: id("delivery", MediaBuyId::parse(&buy), &buy)?,
                package_id: id("delivery", PackageId::parse(&package), &package)?,
                day: day(&on)?,
                impressions: count(impressions)?,
                spend: money(spend_minor, &currency)?,
                clicks: count(clicks)?,
                late,
                observed_at: instant(observed_at)?,
            })
        })
        .collect()
}

pub(super) async fn totals(
    connection: &mut SqliteConnection,
    account: &AccountId,
    campaign: &CampaignId,
) -> Result<Vec<DeliveryTotal>> {
    let rows: Vec<(String, String, i64, i64, String, i64)> = sqlx::query_as(
        "SELECT media_buy_id, package_id, sum(impressions), sum(spend_minor), currency, sum(clicks) \
         FROM delivery WHERE campaign_id = ? AND account = ? \
         GROUP BY package_id, media_buy_id, currency ORDER BY package_id",
    )
    .bind(campaign.as_str())
    .bind(account.as_str())
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.into_iter()
        .map(|(buy, package, impressions, spend, currency, clicks)| {
            Ok(DeliveryTotal {
                media_buy_id: id("delivery", MediaBuyId::parse(&buy), &buy)?,
                package_id: id("delivery", PackageId::parse(&package), &package)?,
                impressions: count(impressions)?,
                spend: money(spend, &currency)?,
                clicks: count(clicks)?,
            })
        })
        .collect()
}

pub(super) async fn replace(
    connection: &mut SqliteConnection,
    account: &AccountId,
    rows: &str,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO delivery (campaign_id, account, package_id, day, media_buy_id, impressions, spend_minor, \
         currency, clicks, late, observed_at) \
         SELECT value ->> 0, ?, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, \
         value ->> 7, value ->> 8, value ->> 9 FROM json_each(?) WHERE true \
         ON CONFLICT (campaign_id, account, package_id, day) DO UPDATE SET \
         media_buy_id = excluded.media_buy_id, impressions = excluded.impressions, \
         spend_minor = excluded.spend_minor, currency = excluded.currency, clicks = excluded.clicks, \
         late = excluded.late, observed_at = excluded.observed_at",
    )
    .bind(account.as_str())
    .bind(rows)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

pub(super) async fn report(
    connection: &mut SqliteConnection,
    account: &AccountId,
    report: &DeliveryReport,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO delivery_reports (media_buy_id, account, campaign_id, as_of, source, delayed, expected_at, \
         is_final, troubles) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) \
         ON CONFLICT (media_buy_id, account) DO UPDATE SET as_of = excluded.as_of, source = excluded.source, \
         delayed = excluded.delayed, expected_at = excluded.expected_at, is_final = excluded.is_final, \
         troubles = excluded.troubles WHERE campaign_id = excluded.campaign_id",
    )
    .bind(report.media_buy_id.as_str())
    .bind(account.as_str())
    .bind(report.campaign_id.as_str())
    .bind(micros(report.as_of))
    .bind(source_word(report.source))
    .bind(report.delayed)
    .bind(report.expected_at.map(micros))
    .bind(report.is_final)
    .bind(to_json("delivery report", &report.troubles)?)
    .execute(connection)
    .await
    .map_err(failed)?;
    Ok(())
}

#[derive(FromRow)]
struct Report {
    media_buy_id: String,
    as_of: i64,
    source: String,
    delayed: bool,
    expected_at: Option<i64>,
    is_final: bool,
    troubles: String,
}

pub(super) async fn reports(
    connection: &mut SqliteConnection,
    account: &AccountId,
    campaign: &CampaignId,
) -> Result<Vec<DeliveryReport>> {
    let rows: Vec<Report> = sqlx::query_as(
        "SELECT media_buy_id, as_of, source, delayed, expected_at, is_final, troubles \
         FROM delivery_reports WHERE campaign_id = ? AND account = ? ORDER BY media_buy_id",
    )
    .bind(campaign.as_str())
    .bind(account.as_str())
    .fetch_all(connection)
    .await
    .map_err(failed)?;
    rows.into_iter()
        .map(|row| {
            let Report {
                media_buy_id: buy,
                as_of,
                source,
                delayed,
                expected_at,
                is_final,
                troubles,
            } = row;
            Ok(DeliveryReport {
                campaign_id: campaign.clone(),
                media_buy_id: id("delivery report", MediaBuyId::parse(&buy), &buy)?,
                as_of: instant(as_of)?,
                source: read_source(&source)?,
                delayed,
                expected_at: instant_or_none(expected_at)?,
                is_final,
                troubles: from_json("delivery report", &troubles)?,
            })
        })
        .collect()
}

fn source_word(source: ReportSource) -> &'static str {
    match source {
        ReportSource::Pull => "pull",
        ReportSource::Webhook => "webhook",
    }
}

fn read_source(word: &str) -> Result<ReportSource> {
    match word {
        "pull" => Ok(ReportSource::Pull),
        "webhook" => Ok(ReportSource::Webhook),
        other => Err(StoreError::Unreadable {
            what: "delivery report",
            why: format!("source `{other}`"),
        }),
    }
}
