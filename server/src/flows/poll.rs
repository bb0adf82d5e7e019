//! Looking at running buys: many of one agent and advertiser in one question, and no campaign is
//! read to learn that nothing is new.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::campaign::Campaign;
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::{MediaBuy, MediaBuyStatus, SellerBuyStatus, SellerError};
use sha2::{Digest, Sha256};

use super::contact::reach;
use super::{advertiser, commit, settle};
use crate::adcp::{SeenBuy, Which};
use crate::app::App;
use crate::error::Fault;
use crate::jobs::{Job, Next};
use crate::store::{AccountId, Change, DuePoll, NewJob, NewPoll, PollGroup, PollMove};

/// Buys in one question: the protocol's page.
const AT_ONCE: u32 = 100;

/// Questions in one run of the job, so that others get their turn.
const QUESTIONS: usize = 10;

/// How long a running buy is left alone between two looks; sandbox time runs faster.
const EVERY: TimeDelta = TimeDelta::seconds(60);
const SANDBOX_EVERY: TimeDelta = TimeDelta::seconds(5);

/// The longest pause after looks that failed.
const LONGEST: TimeDelta = TimeDelta::minutes(10);

fn every(app: &App) -> TimeDelta {
    if app.clock.speed() > 1 {
        SANDBOX_EVERY
    } else {
        EVERY
    }
}

/// The pause of one buy until its next look: up to a quarter longer than the usual, by its id, so
/// that buys made together are not looked at together. `failed` looks in a row double it.
fn pause(app: &App, buy: &MediaBuyId, failed: u32) -> TimeDelta {
    let usual = every(app);
    let grown = usual * (1 << failed.min(8));
    grown.min(LONGEST.max(usual)) + spread(buy.as_str(), usual / 4)
}

/// A part of a span that an id always gets, so that what was begun together is not repeated
/// together; from 0 up to and without the whole.
pub(super) fn spread(id: &str, span: TimeDelta) -> TimeDelta {
    let place = id.bytes().fold(0_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    span * i32::try_from(place % 256).unwrap_or(0) / 256
}

/// Puts a running buy among those that are looked at together.
///
/// # Errors
/// What the store says.
pub(super) async fn enrol(
    app: &App,
    account: &AccountId,
    campaign: &Campaign,
    buy: &MediaBuy,
) -> Result<(), Fault> {
    let due_at = app.clock.real_now() + pause(app, &buy.id, 0);
    let group = PollGroup {
        agent: buy.agent_id.clone(),
        advertiser: campaign.advertiser_id().clone(),
        campaign_type: campaign.campaign_type(),
    };
    let mut change = Change::of(account.clone());
    change.jobs.push(NewJob {
        job: job(account, &group),
        run_at: due_at,
    });
    change.polls.push(NewPoll {
        campaign_id: campaign.id().clone(),
        media_buy_id: buy.id.clone(),
        group,
        due_at,
    });
    commit(app, change).await?;
    Ok(())
}

fn job(account: &AccountId, group: &PollGroup) -> Job {
    Job::PollBuys {
        account: account.clone(),
        group: group.clone(),
    }
}

/// The job: looks at all buys of a group that are due.
///
/// # Errors
/// What the store says.
pub async fn run(app: &App, account: &AccountId, group: &PollGroup) -> Result<Next, Fault> {
    for _ in 0..QUESTIONS {
        // What is due soon is taken along: one question instead of two.
        let until = app.clock.real_now() + every(app) / 8;
        let due = app.store.due_polls(account, group, until, AT_ONCE).await?;
        let (over, due): (Vec<_>, Vec<_>) = due
            .into_iter()
            .partition(|poll| !poll.status.is_running() || poll.seller_id.is_none());
        if !over.is_empty() {
            let over: Vec<_> = over.into_iter().map(|poll| poll.media_buy_id).collect();
            app.store.drop_polls(account, &over).await?;
            continue;
        }
        let Some(first) = due.first() else { break };
        // An answer about very large buys may be more than we read: after each failure fewer are
        // asked about at once, in the end one.
        let few = AT_ONCE >> (2 * first.looks.min(4));
        let due = due
            .into_iter()
            .take(usize::try_from(few).unwrap_or(0).max(1))
            .collect();
        if let Some(wait) = look(app, account, group, due).await? {
            return Ok(Next::Again {
                after: wait.to_std().unwrap_or_default(),
            });
        }
    }
    let Some(next) = app.store.next_poll(account, group).await? else {
        return Ok(Next::Done);
    };
    let wait = (next - app.clock.real_now()).max(TimeDelta::zero());
    Ok(Next::Again {
        after: wait.to_std().unwrap_or_default(),
    })
}

/// One question about some buys. How long to wait when the agent could not be asked at all.
async fn look(
    app: &App,
    account: &AccountId,
    group: &PollGroup,
    due: Vec<DuePoll>,
) -> Result<Option<TimeDelta>, Fault> {
    let deadline = app.agent_deadline();
    let owner = advertiser(app, account, &group.advertiser).await?;
    let contact = match reach(
        app,
        account,
        &owner,
        group.campaign_type,
        &group.agent,
        deadline,
    )
    .await?
    {
        Ok(contact) => contact,
        Err(out) => return put_off(app, account, due, &out.error).await.map(Some),
    };
    let ids: Vec<String> = due
        .iter()
        .filter_map(|poll| poll.seller_id.clone())
        .collect();
    let seen = contact
        .agent
        .client
        .media_buys(&contact.buyer, Which::Ids(&ids), owner.currency, deadline)
        .await;
    let seen = match seen {
        Ok(seen) => seen,
        Err(failure) => return put_off(app, account, due, &failure.error).await.map(Some),
    };
    let now = app.clock.real_now();
    let mut news: BTreeMap<CampaignId, Vec<_>> = BTreeMap::new();
    let mut moves = Vec::with_capacity(due.len());
    for poll in due {
        let of_poll = seen
            .iter()
            .find(|seen| Some(&seen.buy.media_buy_id) == poll.seller_id.as_ref());
        let Some(of_poll) = of_poll else {
            // An empty list is no proof that it is gone (decision 15).
            moves.push(moved(app, poll, None, 1, now));
            continue;
        };
        let digest = digest(of_poll, poll.status);
        if poll.seen.as_deref() != Some(digest.as_str()) || disagree(of_poll, poll.status) {
            news.entry(poll.campaign_id.clone())
                .or_default()
                .push((poll.media_buy_id.clone(), of_poll.buy.clone()));
        }
        moves.push(moved(app, poll, Some(digest), 0, now));
    }
    for (campaign, seen) in news {
        match settle::observations(app, account, &campaign, &seen).await {
            Ok(_) | Err(Fault::NotFound(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    app.store.move_polls(account, &moves).await?;
    Ok(None)
}

/// The agent could not be asked: all of these later, as late as it asks for.
async fn put_off(
    app: &App,
    account: &AccountId,
    due: Vec<DuePoll>,
    error: &SellerError,
) -> Result<TimeDelta, Fault> {
    let asked_for = TimeDelta::seconds(error.retry_after_s.unwrap_or(0).into());
    let now = app.clock.real_now();
    let moves: Vec<_> = due
        .into_iter()
        .map(|poll| {
            let mut later = moved(app, poll, None, 1, now);
            later.due_at = later.due_at.max(now + asked_for);
            later
        })
        .collect();
    app.store.move_polls(account, &moves).await?;
    tracing::debug!(
        code = error.code,
        "an agent could not be asked about its buys"
    );
    Ok(asked_for.max(TimeDelta::seconds(1)))
}

fn moved(
    app: &App,
    poll: DuePoll,
    seen: Option<String>,
    failed: u32,
    now: DateTime<Utc>,
) -> PollMove {
    let looks = if failed == 0 { 0 } else { poll.looks + failed };
    PollMove {
        due_at: now + pause(app, &poll.media_buy_id, looks),
        media_buy_id: poll.media_buy_id,
        looks,
        seen: seen.or(poll.seen),
    }
}

/// All that taking it in looks at, and our own status, in one short text.
fn digest(seen: &SeenBuy, ours: MediaBuyStatus) -> String {
    hex::encode(Sha256::digest(format!("{seen:?} {ours:?}").as_bytes()))
}

/// Whether the seller's word is not what we show: then it is taken in each time (decision 19), and
/// so is what only time changes.
fn disagree(seen: &SeenBuy, ours: MediaBuyStatus) -> bool {
    !matches!(
        (&seen.buy.status, ours),
        (SellerBuyStatus::Active, MediaBuyStatus::Active)
            | (SellerBuyStatus::Paused, MediaBuyStatus::Paused)
    )
}
