//! Asking sellers how their buys stand: the task that decides about one, or the buy itself. Used
//! by jobs and by media-buy-status (contract 9.5).

use std::collections::{BTreeMap, BTreeSet};

use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::Campaign;
use flighting_core::execution::{Outcome, SellerBuy, Silence};
use flighting_core::ids::{AgentId, CampaignId, MediaBuyId};
use flighting_core::media_buy::{MediaBuy, SellerError, SubmissionState};
use futures::future::join_all;
use tokio::time::Instant;

use super::contact::{Contact, reach};
use super::{advertiser, reconcile, settle};
use crate::adcp::Which;
use crate::app::App;
use crate::error::Fault;
use crate::store::AccountId;

/// A campaign after its sellers were asked.
#[derive(Debug)]
pub struct Refreshed {
    /// Before.
    pub before: Campaign,
    /// After.
    pub campaign: Campaign,
    /// Buys whose seller was asked and answered.
    pub answered: Vec<MediaBuyId>,
    /// Buys whose seller could not tell, and why.
    pub errors: Vec<(MediaBuyId, SellerError)>,
    /// How many agents were asked.
    pub agents_queried: usize,
}

/// What a seller told about some of its buys.
#[derive(Default)]
struct Told {
    outcomes: Vec<Outcome>,
    seen: Vec<(MediaBuyId, SellerBuy)>,
    errors: Vec<(MediaBuyId, SellerError)>,
}

/// Asks every seller about the buys that are not over, or about some of them; all agents at the
/// same time, and one agent's failure does not spoil the rest.
///
/// # Errors
/// An unknown campaign, and what the store says.
pub async fn run(
    app: &App,
    account: &AccountId,
    id: &CampaignId,
    only: Option<&MediaBuyId>,
) -> Result<Refreshed, Fault> {
    let deadline = app.agent_deadline();
    let stored = app
        .store
        .campaign(account, id)
        .await?
        .ok_or(Fault::NotFound("campaign"))?;
    let before: Campaign = (*stored.value).clone();
    let owner = advertiser(app, account, before.advertiser_id()).await?;
    let mut by_agent: BTreeMap<&AgentId, Vec<&MediaBuy>> = BTreeMap::new();
    let mut silent = Vec::new();
    for buy in before
        .buys()
        .iter()
        .filter(|buy| only.is_none_or(|only| *only == buy.id))
    {
        match buy.submission {
            SubmissionState::Closed if buy.status.may_be_at_seller() => {
                by_agent.entry(&buy.agent_id).or_default().push(buy);
            }
            SubmissionState::Silent => silent.push(buy.id.clone()),
            SubmissionState::Closed | SubmissionState::Open => {}
        }
    }
    let agents_queried = by_agent
        .keys()
        .copied()
        .chain(
            silent
                .iter()
                .filter_map(|buy| Some(&before.buy(buy)?.agent_id)),
        )
        .collect::<BTreeSet<_>>()
        .len();
    let asked: Vec<MediaBuyId> = by_agent
        .values()
        .flatten()
        .map(|buy| buy.id.clone())
        .collect();
    let told = join_all(
        by_agent
            .into_iter()
            .map(|(agent, buys)| ask(app, account, &owner, &before, agent, buys, deadline)),
    )
    .await;
    let mut all = Told::default();
    for told in told {
        let Told {
            outcomes,
            seen,
            errors,
        } = told?;
        all.outcomes.extend(outcomes);
        all.seen.extend(seen);
        all.errors.extend(errors);
    }
    crash_point!("refresh.asked");
    let mut campaign = before.clone();
    if !all.outcomes.is_empty() {
        campaign = settle::outcomes(app, account, id, &all.outcomes).await?.1;
    }
    if !all.seen.is_empty() {
        campaign = settle::observations(app, account, id, &all.seen).await?;
    }
    crash_point!("refresh.settled");
    let looked_up = silent
        .iter()
        .map(|buy| reconcile::run(app, account, id, buy));
    for looked_up in join_all(looked_up).await {
        looked_up?;
    }
    if !silent.is_empty()
        && let Some(stored) = app.store.campaign(account, id).await?
    {
        campaign = (*stored.value).clone();
    }
    for buy in silent.iter().filter_map(|buy| campaign.buy(buy)) {
        if buy.submission != SubmissionState::Closed {
            all.errors.push((buy.id.clone(), not_found_out(buy)));
        }
    }
    let answered = asked
        .into_iter()
        .chain(silent)
        .filter(|buy| !all.errors.iter().any(|(failed, _)| failed == buy))
        .collect();
    Ok(Refreshed {
        before,
        campaign,
        answered,
        errors: all.errors,
        agents_queried,
    })
}

async fn ask(
    app: &App,
    account: &AccountId,
    owner: &Advertiser,
    campaign: &Campaign,
    agent: &AgentId,
    buys: Vec<&MediaBuy>,
    deadline: Instant,
) -> Result<Told, Fault> {
    let campaign_type = campaign.campaign_type();
    let contact = match reach(app, account, owner, campaign_type, agent, deadline).await? {
        Ok(contact) => contact,
        Err(out) => {
            let errors = buys
                .iter()
                .map(|buy| (buy.id.clone(), out.error.clone()))
                .collect();
            return Ok(Told {
                errors,
                ..Told::default()
            });
        }
    };
    let (placed, tasks): (Vec<_>, Vec<_>) = buys
        .into_iter()
        .partition(|buy| buy.seller.media_buy_id.is_some());
    let mut told = Told::default();
    for buy in tasks {
        ask_task(campaign, &contact, buy, deadline, &mut told).await;
    }
    if !placed.is_empty() {
        ask_buys(campaign, &contact, &placed, deadline, &mut told).await;
    }
    Ok(told)
}

async fn ask_task(
    campaign: &Campaign,
    contact: &Contact,
    buy: &MediaBuy,
    deadline: Instant,
    told: &mut Told,
) {
    let Some(task_id) = &buy.seller.task_id else {
        return;
    };
    match contact
        .agent
        .client
        .task(&contact.buyer, task_id, campaign.currency(), deadline)
        .await
    {
        Ok(reading) => {
            let outcome = Outcome::of(buy, reading.answer, reading.served_version);
            told.outcomes.push(outcome);
        }
        Err(failure) => told.errors.push((buy.id.clone(), failure.error)),
    }
}

async fn ask_buys(
    campaign: &Campaign,
    contact: &Contact,
    buys: &[&MediaBuy],
    deadline: Instant,
    told: &mut Told,
) {
    let ids: Vec<String> = buys
        .iter()
        .filter_map(|buy| buy.seller.media_buy_id.clone())
        .collect();
    match contact
        .agent
        .client
        .media_buys(
            &contact.buyer,
            Which::Ids(&ids),
            campaign.currency(),
            deadline,
        )
        .await
    {
        Ok(seen) => {
            for buy in buys {
                match seen
                    .iter()
                    .find(|seen| Some(&seen.buy.media_buy_id) == buy.seller.media_buy_id.as_ref())
                {
                    Some(seen) => told.seen.push((buy.id.clone(), seen.buy.clone())),
                    None => told.errors.push((buy.id.clone(), not_listed())),
                }
            }
        }
        Err(failure) => {
            told.errors.extend(
                buys.iter()
                    .map(|buy| (buy.id.clone(), failure.error.clone())),
            );
        }
    }
}

/// What is known of a buy that stays silent.
fn not_found_out(buy: &MediaBuy) -> SellerError {
    let (code, message) = match &buy.needs_person {
        Some(needs) => (
            "needs_reconciliation",
            format!("a person has to tell what became of it: {}", needs.message),
        ),
        None => (
            Silence::CODE,
            "nobody knows yet whether the seller holds it".to_owned(),
        ),
    };
    SellerError {
        code: code.to_owned(),
        message,
        field: None,
        suggestion: None,
        recovery: None,
        retry_after_s: None,
    }
}

/// An empty list is no proof that a buy is gone (decision 15): its status stays.
fn not_listed() -> SellerError {
    SellerError {
        code: "not_listed".to_owned(),
        message: "the seller did not list this media buy".to_owned(),
        field: None,
        suggestion: None,
        recovery: None,
        retry_after_s: None,
    }
}
