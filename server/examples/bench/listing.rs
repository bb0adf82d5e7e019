//! Listing from many campaigns.

use std::path::Path;

use anyhow::{Context, anyhow};
use chrono::{TimeDelta, Utc};
use flighting_core::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use flighting_core::budget::Percent;
use flighting_core::campaign::Campaign;
use flighting_core::money::Currency;
use flighting_core::wire::Json;
use flighting_core::wire::campaign::read_create;
use flighting_server::auth;
use flighting_server::ids::IdSource;
use flighting_server::store::{AccountId, Change, SqliteStore, Store};
use serde_json::json;

use super::server::Served;
use super::{load, report};

/// An account with an advertiser, to put campaigns under.
pub struct Stage {
    pub account: AccountId,
    pub owner: Advertiser,
}

impl Stage {
    /// Makes both in a new database.
    pub async fn make(store: &SqliteStore) -> anyhow::Result<Self> {
        let now = Utc::now();
        let fresh =
            AccountId::parse(&IdSource.other(AccountId::PREFIX)).context("no account id")?;
        let account = store
            .ensure_account(auth::DEFAULT_ACCOUNT, &fresh, now)
            .await?;
        let owner = Advertiser {
            id: IdSource.advertiser(),
            name: "Bench".to_owned(),
            description: None,
            brand: Brand::parse("bench.example").context("no brand")?,
            currency: Currency::parse("USD").context("no currency")?,
            apply_mode: ApplyMode::Manual,
            margin_percent: Percent::new(8.into()).context("no percent")?,
            sandbox: true,
            caps: Vec::new(),
            status: AdvertiserStatus::Active,
            created_at: now,
            updated_at: now,
            revision: 1,
        };
        store.insert_advertiser(&account, &owner).await?;
        Ok(Self { account, owner })
    }
}

/// Puts campaigns into a new database, through the store, without the server.
pub async fn fill(database: &Path, campaigns: u32) -> anyhow::Result<()> {
    eprintln!("filling a database with {campaigns} campaigns");
    let store = SqliteStore::open(database).await?;
    let now = Utc::now();
    let Stage { account, owner } = Stage::make(&store).await?;
    for number in 0..campaigns {
        let body = json!({
            "advertiserId": owner.id.as_str(), "name": format!("Campaign {number} of spring"),
            "campaignType": "DECISIONED", "budget": {"total": 300_000},
            "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"},
            "constraints": {"geo_countries": ["US"], "channels": ["ctv"]},
            "pacingPeriods": {"mode": "weight", "periods": [
                {"label": "build", "start": "2027-03-10", "end": "2027-03-31", "weight": 1},
                {"label": "peak", "start": "2027-04-01", "end": "2027-04-20", "weight": 3},
                {"label": "tail", "start": "2027-04-21", "end": "2027-05-31", "weight": 0.5},
            ]},
        });
        let json: Json = serde_json::from_value(body)?;
        let draft = read_create(&json, Some(&owner))
            .map_err(|found| anyhow!("the campaign is wrong: {found:?}"))?;
        let created = now - TimeDelta::seconds(i64::from(campaigns - number));
        let ids = IdSource;
        let campaign = Campaign::create(ids.campaign(), draft, &mut || ids.cap(), created);
        let mut change = Change::of(account.clone());
        change.campaign_new = Some(campaign);
        store.commit(change).await?;
    }
    store.close().await;
    Ok(())
}

/// Lists a page of 50 in four ways, one connection's worth at a time.
pub async fn measure(
    served: &Served,
    campaigns: u32,
    runs: u32,
    seconds: u32,
) -> anyhow::Result<()> {
    report::title(&format!("List 50 of {campaigns} campaigns, at full speed"));
    let deep = campaigns.saturating_sub(50);
    let middle = campaigns / 2;
    let ways = [
        ("first page", "/campaigns?take=50".to_owned()),
        (
            "a page in the middle",
            format!("/campaigns?take=50&skip={middle}"),
        ),
        ("last page", format!("/campaigns?take=50&skip={deep}")),
        (
            "name that many have",
            "/campaigns?take=50&name=spring".to_owned(),
        ),
        (
            "name that few have",
            format!("/campaigns?take=50&name=campaign%20{middle}%20"),
        ),
    ];
    for (name, path) in ways {
        let mut done = Vec::new();
        for _ in 0..runs {
            done.push(load::at_full_speed(served, &path, seconds).await?);
        }
        report::runs(name, &done, "");
    }
    report::memory(served, "under 60");
    Ok(())
}
