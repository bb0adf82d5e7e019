//! Reaching a sales agent for an advertiser: what it can do, which release we speak with it, and
//! the account that pays. What a request's bytes depend on is at most ten minutes old.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::CampaignType;
use flighting_core::ids::{AdvertiserId, AgentId};
use flighting_core::media_buy::{Recovery, SellerError};
use futures::future::join_all;
use tokio::time::Instant;

use crate::adcp::{AccountNeed, AccountRef, Buyer, CallFailure, Capabilities, RawExchange};
use crate::agents::{Agent, PROBE_LIFE};
use crate::app::App;
use crate::error::Fault;
use crate::secrets::Sealed;
use crate::store::{AccountId, AgentStatus};

/// Accounts at sellers, as last told; by advertiser, agent and whose credentials asked.
#[derive(Debug, Default)]
pub struct AccountCache(Mutex<HashMap<Asked, Told>>);

/// Advertiser, agent, and the advertiser's own credentials where those asked: what the platform was
/// told is never used with them, nor what was told to earlier ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Asked {
    advertiser: AdvertiserId,
    agent: AgentId,
    own: Option<Sealed>,
}

/// An account as it was told, for which brand, and when.
#[derive(Debug)]
struct Told {
    account: AccountRef,
    brand: String,
    at: DateTime<Utc>,
}

impl AccountCache {
    fn get(&self, key: &Asked, brand: &str, now: DateTime<Utc>) -> Option<AccountRef> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = kept.get(key)?;
        let age = now - told.at;
        let fresh = age >= TimeDelta::zero() && age <= PROBE_LIFE;
        (told.brand == brand && fresh).then(|| told.account.clone())
    }

    fn keep(&self, key: Asked, told: Told) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Credentials that were replaced are asked with no more.
        kept.retain(|known, _| {
            known.own == key.own
                || known.own.is_none()
                || key.own.is_none()
                || known.advertiser != key.advertiser
                || known.agent != key.agent
        });
        kept.insert(key, told);
    }
}

/// An agent that can be asked for an advertiser.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    pub agent: Agent,
    pub capabilities: Capabilities,
    pub buyer: Buyer,
}

/// Why an agent cannot be asked: nothing that could buy has left us.
#[derive(Debug, Clone)]
pub(super) struct OutOfReach {
    pub error: SellerError,
    pub raw: Option<Box<RawExchange>>,
}

impl From<CallFailure> for OutOfReach {
    fn from(failure: CallFailure) -> Self {
        Self {
            error: failure.error,
            raw: failure.raw,
        }
    }
}

/// Agents that were reached or could not be, by id.
pub(super) type Contacts = HashMap<AgentId, Result<Contact, OutOfReach>>;

/// Reaches the agents that were not yet, at the same time.
pub(super) async fn reach_all<'a>(
    app: &App,
    account: &AccountId,
    advertiser: &Advertiser,
    campaign_type: CampaignType,
    agents: impl Iterator<Item = &'a AgentId>,
    deadline: Instant,
    contacts: &mut Contacts,
) -> Result<(), Fault> {
    let mut missing: Vec<&AgentId> = agents
        .filter(|agent| !contacts.contains_key(*agent))
        .collect();
    missing.sort();
    missing.dedup();
    let reached = join_all(
        missing
            .iter()
            .map(|agent| reach(app, account, advertiser, campaign_type, agent, deadline)),
    )
    .await;
    for (agent, contact) in missing.into_iter().zip(reached) {
        contacts.insert(agent.clone(), contact?);
    }
    Ok(())
}

/// Reaches an agent, for a campaign of a type: a routed one with the advertiser's own credentials
/// and with no others (decision 22). The outer error is ours, the inner one the agent's.
pub(super) async fn reach(
    app: &App,
    account: &AccountId,
    advertiser: &Advertiser,
    campaign_type: CampaignType,
    agent_id: &AgentId,
    deadline: Instant,
) -> Result<Result<Contact, OutOfReach>, Fault> {
    let Some(record) = app.store.agent(account, agent_id).await? else {
        return Ok(Err(gone("the sales agent is not registered any more")));
    };
    let record = record.value;
    if record.status == AgentStatus::Archived {
        return Ok(Err(gone("the sales agent was removed")));
    }
    let own = match campaign_type {
        CampaignType::Decisioned => None,
        CampaignType::Routed => {
            let own = app
                .store
                .credentials(account, &advertiser.id, agent_id)
                .await?;
            match own {
                Some(own) => Some(own),
                None => return Ok(Err(without_credentials())),
            }
        }
    };
    let agent = match &own {
        Some(own) => app.agents.connect_as(record, own)?,
        None => app.agents.connect(record)?,
    };
    let asked = match &own {
        // What the agent says to these credentials says nothing about the platform's.
        Some(_) => app.agents.capabilities_unkept(&agent, deadline).await,
        None => app.agents.capabilities(&agent, deadline).await,
    };
    let capabilities = match asked {
        Ok(capabilities) => capabilities,
        Err(failure) => return Ok(Err((*failure).into())),
    };
    let brand = advertiser.brand.as_str();
    let key = Asked {
        advertiser: advertiser.id.clone(),
        agent: agent_id.clone(),
        own: own.map(|own| own.token),
    };
    let now = app.clock.real_now();
    let paying = match app.accounts.get(&key, brand, now) {
        Some(paying) => paying,
        None => {
            let need = AccountNeed {
                brand: brand.to_owned(),
                operator: app.settings.operator.clone(),
                sandbox: advertiser.sandbox,
                idempotency_key: app.ids.other("acct-"),
            };
            match agent.client.account(&capabilities, &need, deadline).await {
                Ok(paying) => {
                    let told = Told {
                        account: paying.clone(),
                        brand: brand.to_owned(),
                        at: now,
                    };
                    app.accounts.keep(key, told);
                    paying
                }
                Err(failure) => return Ok(Err(failure.into())),
            }
        }
    };
    let buyer = Buyer {
        dialect: capabilities.dialect,
        brand: brand.to_owned(),
        account: paying,
    };
    Ok(Ok(Contact {
        agent,
        capabilities,
        buyer,
    }))
}

fn without_credentials() -> OutOfReach {
    OutOfReach {
        error: SellerError {
            code: "credentials_missing".to_owned(),
            message: "the advertiser has no credentials of its own at this sales agent".to_owned(),
            field: None,
            suggestion: Some("set the advertiser's credentials at the sales agent".to_owned()),
            recovery: Some(Recovery::Correctable),
            retry_after_s: None,
        },
        raw: None,
    }
}

fn gone(message: &str) -> OutOfReach {
    OutOfReach {
        error: SellerError {
            code: "agent_not_registered".to_owned(),
            message: message.to_owned(),
            field: None,
            suggestion: Some("register the sales agent again".to_owned()),
            recovery: Some(Recovery::Correctable),
            retry_after_s: None,
        },
        raw: None,
    }
}
