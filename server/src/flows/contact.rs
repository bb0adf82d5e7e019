//! Reaching a sales agent for an advertiser: what it can do, which release we speak with it, and
//! the account that pays. What a request's bytes depend on is at most ten minutes old.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::ids::{AdvertiserId, AgentId};
use flighting_core::media_buy::{Recovery, SellerError};
use tokio::time::Instant;

use crate::adcp::{AccountNeed, AccountRef, Buyer, CallFailure, Capabilities, RawExchange};
use crate::agents::{Agent, PROBE_LIFE};
use crate::app::App;
use crate::error::Fault;
use crate::store::{AccountId, AgentStatus};

/// Accounts at sellers, as last told; by advertiser and agent.
#[derive(Debug, Default)]
pub struct AccountCache(Mutex<HashMap<(AdvertiserId, AgentId), Told>>);

/// An account as it was told, for which brand, and when.
#[derive(Debug)]
struct Told {
    account: AccountRef,
    brand: String,
    at: DateTime<Utc>,
}

impl AccountCache {
    fn get(
        &self,
        key: &(AdvertiserId, AgentId),
        brand: &str,
        now: DateTime<Utc>,
    ) -> Option<AccountRef> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let told = kept.get(key)?;
        let age = now - told.at;
        let fresh = age >= TimeDelta::zero() && age <= PROBE_LIFE;
        (told.brand == brand && fresh).then(|| told.account.clone())
    }

    fn keep(&self, key: (AdvertiserId, AgentId), told: Told) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, told);
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

/// Reaches an agent. The outer error is ours, the inner one the agent's.
pub(super) async fn reach(
    app: &App,
    account: &AccountId,
    advertiser: &Advertiser,
    agent_id: &AgentId,
    deadline: Instant,
) -> Result<Result<Contact, OutOfReach>, Fault> {
    let Some(agent) = app.agents.find(account, agent_id).await? else {
        return Ok(Err(gone("the sales agent is not registered any more")));
    };
    if agent.record.status == AgentStatus::Archived {
        return Ok(Err(gone("the sales agent was removed")));
    }
    let capabilities = match app.agents.capabilities(&agent, deadline).await {
        Ok(capabilities) => capabilities,
        Err(failure) => return Ok(Err((*failure).into())),
    };
    let brand = advertiser.brand.as_str();
    let key = (advertiser.id.clone(), agent_id.clone());
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
