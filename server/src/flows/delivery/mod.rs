//! What was delivered: fetched from sellers while buys run and some days longer, and taken in with
//! what sellers send by themselves (`intake`).

mod intake;
mod view;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::campaign::Campaign;
use flighting_core::delivery::Span;
use flighting_core::ids::{AgentId, CampaignId, MediaBuyId};
use flighting_core::media_buy::{MediaBuy, MediaBuyStatus, SellerError};
use futures::future::join_all;

use super::contact::reach;
use super::{advertiser, calendar, poll};
use crate::app::App;
use crate::error::Fault;
use crate::jobs::Next;
use crate::store::{AccountId, ReportSource};

pub use intake::{Observation, Taken, take_in, take_report};
pub use view::view;

/// How long after a buy ended its late figures are asked for, in the product's time.
const LATE_FIGURES: TimeDelta = TimeDelta::days(7);

/// How often they are, in the product's time.
const LATE_EVERY: TimeDelta = TimeDelta::hours(6);

/// What sellers said about delivery.
#[derive(Debug)]
pub struct Pulled {
    /// The campaign with the figures taken in.
    pub campaign: Campaign,
    /// Buys whose seller could not tell.
    pub errors: Vec<(MediaBuyId, SellerError)>,
}

/// The job: takes in the figures of every buy that runs or ended lately, again and again until
/// none does.
///
/// # Errors
/// What the store says.
pub async fn pull(app: &App, account: &AccountId, id: &CampaignId) -> Result<Next, Fault> {
    let pulled = run(app, account, id).await?;
    for (buy, error) in &pulled.errors {
        tracing::debug!(campaign = %id, media_buy = %buy, code = error.code, "a seller could not tell its delivery");
    }
    Ok(
        next(app, &pulled.campaign).map_or(Next::Done, |after| Next::Again {
            after: after.to_std().unwrap_or_default(),
        }),
    )
}

/// How long until figures are worth asking for again, in real time; `None` when they are not.
fn next(app: &App, campaign: &Campaign) -> Option<TimeDelta> {
    let now = app.clock.now();
    if campaign.buys().iter().any(|buy| buy.status.is_running()) {
        let every = calendar::delivery_every(app);
        return Some(every + poll::spread(campaign.id().as_str(), every / 4));
    }
    let ended_lately = campaign.buys().iter().any(|buy| is_asked_for(buy, now));
    ended_lately.then(|| calendar::real_span(app, LATE_EVERY))
}

/// Whether a buy's figures may still move: it runs, or ended some days ago at most.
fn is_asked_for(buy: &MediaBuy, now: DateTime<Utc>) -> bool {
    use MediaBuyStatus as S;
    if buy.seller.media_buy_id.is_none() {
        return false;
    }
    match buy.status {
        S::Active | S::Paused => true,
        S::Completed | S::Canceled | S::Archived => now - buy.status_since <= LATE_FIGURES,
        S::Draft | S::PendingApproval | S::InputRequired | S::Failed | S::Rejected => false,
    }
}

/// Asks every seller what its buys delivered since their beginning, and takes it in.
///
/// # Errors
/// An unknown campaign, and what the store says.
pub async fn run(app: &App, account: &AccountId, id: &CampaignId) -> Result<Pulled, Fault> {
    let deadline = app.agent_deadline();
    let stored = app
        .store
        .campaign(account, id)
        .await?
        .ok_or(Fault::NotFound("campaign"))?;
    let campaign = stored.value;
    let owner = advertiser(app, account, campaign.advertiser_id()).await?;
    let now = app.clock.now();
    let mut by_agent: BTreeMap<&AgentId, Vec<&MediaBuy>> = BTreeMap::new();
    for buy in campaign.buys().iter().filter(|buy| is_asked_for(buy, now)) {
        by_agent.entry(&buy.agent_id).or_default().push(buy);
    }
    let (currency, campaign_type) = (campaign.currency(), campaign.campaign_type());
    let told = join_all(by_agent.iter().map(|(agent, buys)| {
        let owner = &owner;
        async move {
            let contact = match reach(app, account, owner, campaign_type, agent, deadline).await? {
                Ok(contact) => contact,
                Err(out) => return Ok::<_, Fault>(Err(out.error)),
            };
            let ids: Vec<String> = buys
                .iter()
                .filter_map(|buy| buy.seller.media_buy_id.clone())
                .collect();
            let answer = contact
                .agent
                .client
                .delivery(&contact.buyer, &ids, None, currency, deadline)
                .await;
            Ok(answer.map_err(|failure| failure.error))
        }
    }))
    .await;
    let mut observations = Vec::new();
    let mut errors = Vec::new();
    for (buys, told) in by_agent.values().zip(told) {
        match told? {
            Ok(reported) => {
                for buy in buys {
                    let of_buy = reported
                        .iter()
                        .find(|of| Some(&of.seller_buy_id) == buy.seller.media_buy_id.as_ref());
                    observations.extend(of_buy.map(|figures| Observation {
                        buy: buy.id.clone(),
                        span: Some(Span::SinceStart),
                        figures: figures.clone(),
                    }));
                }
            }
            Err(error) => errors.extend(buys.iter().map(|buy| (buy.id.clone(), error.clone()))),
        }
    }
    let campaign = take_in(app, account, id, now, ReportSource::Pull, &observations).await?;
    Ok(Pulled { campaign, errors })
}
