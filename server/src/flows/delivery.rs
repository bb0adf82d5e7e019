//! Fetching what was delivered. Cumulative figures since a buy began replace those we have.

use std::collections::BTreeMap;

use flighting_core::campaign::Campaign;
use flighting_core::delivery::Delivery;
use flighting_core::execution::{ReportedPackage, deliver};
use flighting_core::ids::{AgentId, CampaignId, MediaBuyId};
use flighting_core::media_buy::{MediaBuy, SellerError};
use flighting_core::money::{Currency, Money};
use futures::future::join_all;

use super::contact::reach;
use super::{advertiser, calendar, change, events};
use crate::adcp::BuyFigures;
use crate::app::App;
use crate::error::Fault;
use crate::jobs::Next;
use crate::store::AccountId;

/// What sellers said about delivery.
#[derive(Debug)]
pub struct Pulled {
    /// The campaign with the figures taken in.
    pub campaign: Campaign,
    /// Buys whose seller could not tell.
    pub errors: Vec<(MediaBuyId, SellerError)>,
}

/// The job: takes in the totals of every buy that runs or ended lately.
///
/// # Errors
/// What the store says.
pub async fn pull(app: &App, account: &AccountId, id: &CampaignId) -> Result<Next, Fault> {
    let pulled = run(app, account, id).await?;
    let runs = pulled
        .campaign
        .buys()
        .iter()
        .any(|buy| buy.status.is_running());
    if runs {
        return Ok(Next::Again {
            after: calendar::delivery_every(app).to_std().unwrap_or_default(),
        });
    }
    match pulled.errors.into_iter().next() {
        // The last figures of a buy that ended are worth asking for again.
        Some((_, error)) => Ok(Next::Retry {
            why: format!("{}: {}", error.code, error.message),
        }),
        None => Ok(Next::Done),
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
    let campaign: Campaign = (*stored.value).clone();
    let owner = advertiser(app, account, campaign.advertiser_id()).await?;
    let mut by_agent: BTreeMap<&AgentId, Vec<&MediaBuy>> = BTreeMap::new();
    for buy in campaign
        .buys()
        .iter()
        .filter(|buy| buy.seller.media_buy_id.is_some())
    {
        by_agent.entry(&buy.agent_id).or_default().push(buy);
    }
    let currency = campaign.currency();
    let told = join_all(by_agent.iter().map(|(agent, buys)| {
        let owner = &owner;
        async move {
            let contact = match reach(app, account, owner, agent, deadline).await? {
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
    let mut figures = BTreeMap::new();
    let mut errors = Vec::new();
    for (buys, told) in by_agent.values().zip(told) {
        match told? {
            Ok(reported) => {
                for buy in buys {
                    let of_buy = reported
                        .iter()
                        .find(|of| Some(&of.seller_buy_id) == buy.seller.media_buy_id.as_ref());
                    if let Some(of_buy) = of_buy {
                        figures.insert(buy.id.clone(), packages(buy, of_buy, currency));
                    }
                }
            }
            Err(error) => errors.extend(buys.iter().map(|buy| (buy.id.clone(), error.clone()))),
        }
    }
    if figures.is_empty() {
        return Ok(Pulled { campaign, errors });
    }
    let ((), campaign) = change(app, account, id, |campaign, change, now| {
        let mut changed = false;
        for (buy, reported) in &figures {
            changed |= deliver(campaign, buy, reported, now);
        }
        if changed {
            change.events.push(events::delivered(campaign, now));
        }
        Ok(())
    })
    .await?;
    Ok(Pulled { campaign, errors })
}

/// The figures by package; where a seller reports only the whole of a buy with one package, that
/// is the package's.
fn packages(buy: &MediaBuy, reported: &BuyFigures, currency: Currency) -> Vec<ReportedPackage> {
    let delivery = |figures: &crate::adcp::Figures| Delivery {
        impressions: figures.impressions,
        spend: figures.spend.unwrap_or(Money::zero(currency)),
        clicks: figures.clicks.unwrap_or(0),
    };
    match (reported.packages.as_slice(), buy.packages.as_slice()) {
        ([], [only]) => only
            .seller_package_id
            .iter()
            .map(|id| ReportedPackage {
                seller_package_id: id.clone(),
                delivery: delivery(&reported.totals),
            })
            .collect(),
        (packages, _) => packages
            .iter()
            .map(|(id, figures)| ReportedPackage {
                seller_package_id: id.clone(),
                delivery: delivery(figures),
            })
            .collect(),
    }
}
