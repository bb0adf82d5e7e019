//! Asking all sales agents for products, and keeping the session (contract 6, decision 13).

use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::CampaignType;
use flighting_core::error::{Code, Violation};
use flighting_core::ids::{AgentId, CampaignId, DiscoveryId};
use flighting_core::selection::{
    AskedAgent, DiscoveryQuery, DiscoverySession, Found, IncompleteAgent, Offer,
};
use futures::future::join_all;
use tokio::time::Instant;

use super::contact::reach;
use super::{ATTEMPTS, commit, moved};
use crate::agents::Agent;
use crate::app::App;
use crate::error::{Clash, Fault};
use crate::store::{AccountId, Actor, Change, StoreError, Stored};

/// Searches for an advertiser: in a new session, or anew in one that there is; at all agents, or
/// at those that are named.
///
/// # Errors
/// An unknown session, one of another advertiser, an agent that is not in use, and what the store
/// says.
pub async fn run(
    app: &App,
    by: &Actor,
    owner: &Advertiser,
    session: Option<&DiscoveryId>,
    campaign: Option<&CampaignId>,
    only: Option<&[AgentId]>,
    query: DiscoveryQuery,
) -> Result<DiscoverySession, Fault> {
    let account = &by.account;
    let deadline = app.agent_deadline();
    let mut about = campaign.cloned();
    if let Some(id) = session {
        let known = find(app, account, id).await?;
        if known.value.advertiser_id != owner.id {
            return Err(Fault::NotFound("discovery session"));
        }
        about = about.or(known.value.campaign_id);
    }
    let campaign_type = match &about {
        Some(id) => app.store.campaign(account, id).await?,
        None => None,
    }
    .map_or(CampaignType::Decisioned, |stored| {
        stored.value.campaign_type()
    });
    let agents = app.agents.in_use(account).await?;
    let in_use: Vec<AgentId> = agents.iter().map(|agent| agent.record.id.clone()).collect();
    if let Some(only) = only {
        are_in_use(only, &in_use)?;
    }
    let asked: Vec<&Agent> = agents
        .iter()
        .filter(|agent| only.is_none_or(|only| only.contains(&agent.record.id)))
        .collect();
    let answers = join_all(
        asked
            .iter()
            .map(|agent| ask(app, account, owner, campaign_type, agent, &query, deadline)),
    )
    .await;
    let mut found = Found::default();
    let at = app.clock.now();
    for (agent, answer) in asked.iter().zip(answers) {
        let (agent_id, agent_name) = (agent.record.id.clone(), agent.record.name.clone());
        found.asked.push(AskedAgent {
            agent_id: agent_id.clone(),
            agent_name: agent_name.clone(),
            at,
        });
        match answer? {
            Ok(offers) => found.offers.extend(offers),
            Err((code, message)) => found.incomplete.push(IncompleteAgent {
                agent_id,
                agent_name,
                code,
                message,
            }),
        }
    }
    keep(app, by, owner, session, campaign, query, found, &in_use).await
}

/// Every agent that is named has to be in use.
fn are_in_use(named: &[AgentId], in_use: &[AgentId]) -> Result<(), Fault> {
    let unknown: Vec<_> = named
        .iter()
        .enumerate()
        .filter(|(_, id)| !in_use.contains(id))
        .map(|(index, id)| {
            Violation::new(
                format!("salesAgentIds[{index}]"),
                Code::NotFound,
                format!("expected a sales agent of yours that is in use, got `{id}`"),
            )
        })
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Fault::violations(unknown))
    }
}

/// One session of an account.
///
/// # Errors
/// When there is none.
pub async fn find(
    app: &App,
    account: &AccountId,
    id: &DiscoveryId,
) -> Result<Stored<DiscoverySession>, Fault> {
    app.store
        .discovery(account, id)
        .await?
        .ok_or(Fault::NotFound("discovery session"))
}

/// Changes the selection of a session, unless an execute of its campaign is under way
/// (decision 14).
///
/// # Errors
/// An unknown session, what `decide` refuses, and what the store says.
pub async fn select(
    app: &App,
    by: &Actor,
    id: &DiscoveryId,
    mut decide: impl FnMut(&mut DiscoverySession) -> Result<(), Fault>,
) -> Result<DiscoverySession, Fault> {
    let account = &by.account;
    for _ in 0..ATTEMPTS {
        let Stored {
            value: mut session,
            version,
        } = find(app, account, id).await?;
        let mut change = Change::of(by);
        if let Some(campaign_id) = &session.campaign_id
            && let Some(stored) = app.store.campaign(account, campaign_id).await?
        {
            if stored.value.is_executing() {
                return Err(stored.value.execution_under_way().into());
            }
            // Touching its row makes an execute that begins at this moment decide again.
            change.campaign = Some(stored.into_parts());
        }
        decide(&mut session)?;
        change.discovery = Some((session.clone(), version));
        match commit(app, change).await {
            Ok(_) => return Ok(session),
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Fault::clash(
        Clash::Moved,
        "the selection keeps changing while the request is under way: try again",
    ))
}

async fn ask(
    app: &App,
    account: &AccountId,
    owner: &Advertiser,
    campaign_type: CampaignType,
    agent: &Agent,
    query: &DiscoveryQuery,
    deadline: Instant,
) -> Result<Result<Vec<Offer>, (String, String)>, Fault> {
    let id = &agent.record.id;
    // Looking needs no credentials of the advertiser's own; where there are some, they tell what
    // it is offered.
    let own = campaign_type == CampaignType::Routed
        && app
            .store
            .credentials(account, &owner.id, id)
            .await?
            .is_some();
    let campaign_type = if own {
        CampaignType::Routed
    } else {
        CampaignType::Decisioned
    };
    let contact = match reach(app, account, owner, campaign_type, id, deadline).await? {
        Ok(contact) => contact,
        Err(out) => return Ok(Err((out.error.code, out.error.message))),
    };
    let answer = contact
        .agent
        .client
        .products(
            contact.buyer.dialect,
            &contact.buyer.brand,
            Some(&contact.buyer.account),
            query,
            deadline,
        )
        .await;
    Ok(answer.map_err(|failure| (failure.error.code, failure.error.message)))
}

#[expect(
    clippy::too_many_arguments,
    reason = "the parts of one session, written once"
)]
async fn keep(
    app: &App,
    by: &Actor,
    owner: &Advertiser,
    session: Option<&DiscoveryId>,
    campaign: Option<&CampaignId>,
    query: DiscoveryQuery,
    found: Found,
    in_use: &[AgentId],
) -> Result<DiscoverySession, Fault> {
    let account = &by.account;
    for _ in 0..ATTEMPTS {
        let now = app.clock.now();
        let mut change = Change::of(by);
        let kept = match session {
            Some(id) => {
                let Stored {
                    value: mut known,
                    version,
                } = find(app, account, id).await?;
                known.take_found(found.clone(), in_use);
                known.query = query.clone();
                known.revision += 1;
                known.updated_at = now;
                change.discovery = Some((known.clone(), version));
                known
            }
            None => {
                let mut fresh = DiscoverySession {
                    id: app.ids.discovery(),
                    advertiser_id: owner.id.clone(),
                    campaign_id: None,
                    query: query.clone(),
                    offers: Vec::new(),
                    incomplete: Vec::new(),
                    asked: Vec::new(),
                    selection: Vec::new(),
                    revision: 1,
                    created_at: now,
                    updated_at: now,
                };
                fresh.take_found(found.clone(), in_use);
                change.discovery_new = Some(fresh.clone());
                fresh
            }
        };
        match commit(app, change).await {
            Ok(_) => {
                return match (campaign, &kept.campaign_id) {
                    (Some(campaign), None) => {
                        super::campaign::attach(app, by, campaign, &kept.id).await
                    }
                    _ => Ok(kept),
                };
            }
            Err(StoreError::Stale { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(moved())
}
