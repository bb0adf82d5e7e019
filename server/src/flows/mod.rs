//! Load, decide, commit, act, decide, commit. Core decides, the store remembers, agents act; here
//! they are joined. HTTP and jobs both call these and nothing below them.

pub mod answer;
pub mod archive;
pub(crate) mod audit;
pub mod calendar;
pub mod campaign;
mod changes;
mod contact;
pub mod delivery;
pub mod discover;
mod events;
pub mod execute;
mod handler;
pub mod lifecycle;
pub mod outbox;
pub mod poll;
pub mod preflight;
pub mod reconcile;
mod reconcile_change;
pub mod refresh;
mod settle;
mod submit;
pub mod update;
pub mod webhooks;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::Campaign;
use flighting_core::ids::{AdvertiserId, CampaignId};

use crate::app::App;
use crate::error::{Clash, Fault};
use crate::store::{AccountId, Actor, Change, Committed, StoreError, Stored};

pub use contact::AccountCache;
pub use handler::FlowJobs;

/// How often a decision is made again because the campaign moved meanwhile.
const ATTEMPTS: usize = 12;

/// Commits a decision with its rows of the audit log, which are taken from before and after.
/// Nothing above the store commits in another way.
///
/// # Errors
/// As the store's [`commit`](crate::store::Store::commit).
pub(crate) async fn commit(app: &App, mut change: Change) -> Result<Committed, StoreError> {
    change.decided_at = Some(app.clock.real_now());
    audit::write(app, &mut change).await?;
    app.store.commit(change).await
}

/// Reads a campaign, lets core decide, and commits the decision with what belongs to it; when the
/// campaign moved meanwhile, all of that again. What changed is told as events, and in the audit
/// log as done by `by`: an account alone stands for Flighting itself.
async fn change<T>(
    app: &App,
    by: impl Into<Actor>,
    id: &CampaignId,
    decide: impl FnMut(&mut Campaign, &mut Change, DateTime<Utc>) -> Result<T, Fault>,
) -> Result<(T, Campaign), Fault> {
    change_from(app, by, id, None, decide).await
}

/// The same for a campaign that was just read: it is read again only when it moved meanwhile.
async fn change_from<T>(
    app: &App,
    by: impl Into<Actor>,
    id: &CampaignId,
    mut read: Option<Stored<Arc<Campaign>>>,
    mut decide: impl FnMut(&mut Campaign, &mut Change, DateTime<Utc>) -> Result<T, Fault>,
) -> Result<(T, Campaign), Fault> {
    let by = by.into();
    let account = &by.account;
    for _ in 0..ATTEMPTS {
        let stored = match read.take() {
            Some(read) => read,
            None => app
                .store
                .campaign(account, id)
                .await?
                .ok_or(Fault::NotFound("campaign"))?,
        };
        let before = Arc::clone(&stored.value);
        let (mut campaign, version) = stored.into_parts();
        let mut change = Change::of(&by);
        let now = app.clock.now();
        let value = decide(&mut campaign, &mut change, now)?;
        if campaign == *before && is_empty(&change) {
            return Ok((value, campaign));
        }
        change
            .events
            .extend(events::between(&before, &campaign, now));
        change.jobs.extend(calendar::job(app, account, &campaign));
        if campaign != *before {
            change.campaign = Some((campaign.clone(), version));
            change.campaign_before = Some(before);
        }
        match commit(app, change).await {
            Ok(_) => return Ok((value, campaign)),
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(moved())
}

fn is_empty(change: &Change) -> bool {
    change.submissions.is_empty()
        && change.submission_updates.is_empty()
        && change.jobs.is_empty()
        && change.jobs_done.is_empty()
        && change.discovery.is_none()
        && change.discovery_new.is_none()
        && change.receipt.is_none()
        && change.delivery.is_empty()
        && change.delivery_reports.is_empty()
        && change.polls.is_empty()
        && change.events.is_empty()
}

/// The fault when somebody else is always faster.
fn moved() -> Fault {
    Fault::clash(
        Clash::Moved,
        "the campaign keeps changing while the request is under way: try again",
    )
}

/// The caller's revision against the one there is (decision 25).
fn check_revision(campaign: &Campaign, expected: Option<u64>) -> Result<(), Fault> {
    match expected {
        Some(expected) if expected != campaign.revision() => Err(Fault::Stale {
            expected,
            current: campaign.revision(),
        }),
        _ => Ok(()),
    }
}

/// The advertiser of a campaign.
async fn advertiser(
    app: &App,
    account: &AccountId,
    id: &AdvertiserId,
) -> Result<Advertiser, Fault> {
    Ok(app
        .store
        .advertiser(account, id)
        .await?
        .ok_or(Fault::NotFound("advertiser"))?
        .value)
}

/// Real time in so many seconds.
fn in_seconds(app: &App, seconds: i64) -> DateTime<Utc> {
    app.clock.real_now() + TimeDelta::seconds(seconds)
}
