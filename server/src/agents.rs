//! Sales agents by id: the registered record, and the client that speaks with it.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use flighting_core::ids::{AdvertiserId, AgentId};
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::adcp::{
    A2aTransport, AgentClient, Bearer, CallFailure, Capabilities, FailureKind, Guard, KeySeat,
    McpTransport, RequestSigner, SalesAgent, Transport, webhook,
};
use crate::breaker::{Pass, Standing};
use crate::clock::Clock;
use crate::error::Fault;
use crate::hooks::Hook;
use crate::secrets::{Keyring, Sealed};
use crate::store::{
    self, AccountId, AgentProtocol, AgentStatus, Credentials, Probe, Store, StoreError,
};
use crate::watched::{Health, Watched};

/// How old a probe may be that the bytes of a buy depend on.
pub const PROBE_LIFE: TimeDelta = TimeDelta::minutes(10);

/// An agent as registered, with its client.
#[derive(Debug, Clone)]
pub struct Agent {
    /// The record, with its last probe.
    pub record: store::SalesAgent,
    /// Speaks with it.
    pub client: Arc<dyn SalesAgent>,
}

impl Agent {
    /// What it said it can do when it was last asked, however long ago.
    #[must_use]
    pub fn last_capabilities(&self) -> Option<Capabilities> {
        let told = self.record.probe.as_ref()?.capabilities.clone()?;
        serde_json::from_value(told).ok()
    }
}

/// With whose credentials an agent is asked: an advertiser's own, or none for the platform's.
type Whose = Option<AdvertiserId>;

/// A client that is kept, and what it was made from.
struct Kept {
    url: String,
    token: Option<Sealed>,
    client: Arc<dyn SalesAgent>,
}

/// Finds agents and keeps their clients, whose sessions live as long as address and token stay
/// the same.
pub struct AgentDirectory {
    store: Arc<dyn Store>,
    keyring: Arc<Keyring>,
    guard: Arc<Guard>,
    clock: Clock,
    kept: Mutex<HashMap<(AgentId, Whose), Kept>>,
    scripted: Mutex<HashMap<AgentId, Arc<dyn SalesAgent>>>,
    health: Mutex<HashMap<AgentId, Arc<Health>>>,
    seat: KeySeat,
    signers: Mutex<HashMap<AgentId, Arc<RequestSigner>>>,
    /// Agents that may write to us by themselves.
    hooked: Mutex<HashSet<AgentId>>,
}

impl fmt::Debug for AgentDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentDirectory").finish_non_exhaustive()
    }
}

impl AgentDirectory {
    /// A directory over a store.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        keyring: Arc<Keyring>,
        guard: Arc<Guard>,
        clock: Clock,
    ) -> Self {
        Self {
            store,
            keyring,
            guard,
            clock,
            kept: Mutex::default(),
            scripted: Mutex::default(),
            health: Mutex::default(),
            seat: KeySeat::default(),
            signers: Mutex::default(),
            hooked: Mutex::default(),
        }
    }

    /// The guarded way out, with its rules about addresses.
    #[must_use]
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Where the key is that signs our requests.
    #[must_use]
    pub fn seat(&self) -> &KeySeat {
        &self.seat
    }

    /// What lets an agent write to us; none where it may not.
    ///
    /// # Errors
    /// What opening its seal says.
    pub fn hook(&self, record: &store::SalesAgent) -> Result<Option<Hook>, Fault> {
        Ok(Hook::open(record, &self.keyring)?)
    }

    /// Whether an agent that was spoken to since the start may write to us.
    #[must_use]
    pub fn is_hooked(&self, id: &AgentId) -> bool {
        self.hooked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(id)
    }

    /// A stored request as it is sent: with the secrets that are stored with the agent alone.
    ///
    /// # Errors
    /// What opening their seal says.
    pub fn with_secrets(
        &self,
        record: &store::SalesAgent,
        arguments: &RawValue,
    ) -> Result<Box<RawValue>, Fault> {
        if webhook::wants_secrets(arguments)
            && let Some(hook) = self.hook(record)?
        {
            return webhook::with_secrets(arguments, hook.token(), hook.shared_secret())
                .map_err(Fault::ours);
        }
        Ok(arguments.to_owned())
    }

    /// Puts another client in an agent's place, whatever its record says: for tests that need a
    /// seller to say something exact.
    pub fn script(&self, id: AgentId, client: Arc<dyn SalesAgent>) {
        self.scripted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, client);
    }

    /// An agent of an account, archived ones too; none when it is unknown or another account's.
    ///
    /// # Errors
    /// What the store says, or a token that cannot be opened.
    pub async fn find(&self, account: &AccountId, id: &AgentId) -> Result<Option<Agent>, Fault> {
        match self.store.agent(account, id).await? {
            Some(stored) => self.connect(stored.value).map(Some),
            None => Ok(None),
        }
    }

    /// Every agent of an account that is in use, in the order of registration.
    ///
    /// # Errors
    /// As [`AgentDirectory::find`].
    pub async fn in_use(&self, account: &AccountId) -> Result<Vec<Agent>, Fault> {
        let stored = self.store.agents(account).await?;
        stored
            .into_iter()
            .filter(|agent| agent.value.status != AgentStatus::Archived)
            .map(|agent| self.connect(agent.value))
            .collect()
    }

    /// The client of a record.
    ///
    /// # Errors
    /// A token that cannot be opened, or an address that is none.
    pub fn connect(&self, record: store::SalesAgent) -> Result<Agent, Fault> {
        let client = self.client(&record, None)?;
        Ok(self.joined(record, client))
    }

    /// The client that asks with an advertiser's own credentials instead of the platform's. It is
    /// the same agent: both stand before one breaker.
    ///
    /// # Errors
    /// As [`AgentDirectory::connect`].
    pub fn connect_as(
        &self,
        record: store::SalesAgent,
        credentials: &Credentials,
    ) -> Result<Agent, Fault> {
        let client = self.client(&record, Some(credentials))?;
        Ok(self.joined(record, client))
    }

    /// A record with a client, watched, and signing as the agent said when it was last asked.
    fn joined(&self, record: store::SalesAgent, client: Arc<dyn SalesAgent>) -> Agent {
        if record.webhooks.is_some() {
            self.hooked
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(record.id.clone());
        }
        let client = Arc::new(Watched::new(client, self.health(&record.id)));
        let agent = Agent { record, client };
        if let Some(capabilities) = agent.last_capabilities() {
            self.signer(&agent.record.id).follow(capabilities.signing);
        }
        agent
    }

    /// Signs requests to an agent, with whosever credentials they go.
    fn signer(&self, id: &AgentId) -> Arc<RequestSigner> {
        let mut known = self.signers.lock().unwrap_or_else(PoisonError::into_inner);
        let signer = known.entry(id.clone()).or_insert_with(|| {
            let clock = self.clock.clone();
            let now = Arc::new(move || clock.real_now());
            Arc::new(RequestSigner::new(self.seat.clone(), now))
        });
        Arc::clone(signer)
    }

    fn health(&self, id: &AgentId) -> Arc<Health> {
        let mut known = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        let health = known
            .entry(id.clone())
            .or_insert_with(|| Arc::new(Health::new(self.clock.clone())));
        Arc::clone(health)
    }

    /// How the breaker of an agent stands.
    #[must_use]
    pub fn standing(&self, id: &AgentId) -> Standing {
        self.health(id).standing()
    }

    fn client(
        &self,
        record: &store::SalesAgent,
        own: Option<&Credentials>,
    ) -> Result<Arc<dyn SalesAgent>, Fault> {
        if let Some(client) = self
            .scripted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&record.id)
        {
            return Ok(Arc::clone(client));
        }
        let key = (record.id.clone(), own.map(|own| own.advertiser_id.clone()));
        let (token, place) = match own {
            Some(own) => (
                Some(&own.token),
                Credentials::place(&record.account, &own.advertiser_id, &record.id),
            ),
            None => (
                record.token.as_ref(),
                store::SalesAgent::token_place(&record.account, &record.id),
            ),
        };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.get(&key)
            && known.url == record.url
            && known.token.as_ref() == token
        {
            return Ok(Arc::clone(&known.client));
        }
        let bearer = match token {
            Some(sealed) => Some(Bearer::new(
                self.keyring.open_sealed(&place, sealed)?.expose(),
            )),
            None => None,
        };
        let url = url::Url::parse(&record.url).map_err(Fault::ours)?;
        let guard = Arc::clone(&self.guard);
        let signs = self.signer(&record.id);
        let transport: Arc<dyn Transport> = match record.protocol {
            AgentProtocol::Mcp => Arc::new(McpTransport::new(guard, url, bearer).signing(signs)),
            AgentProtocol::A2a => Arc::new(A2aTransport::new(guard, url, bearer).signing(signs)),
        };
        let client: Arc<dyn SalesAgent> = Arc::new(AgentClient::new(
            record.id.clone(),
            &record.name,
            &record.url,
            transport,
        ));
        kept.insert(
            key,
            Kept {
                url: record.url.clone(),
                token: token.cloned(),
                client: Arc::clone(&client),
            },
        );
        Ok(client)
    }

    /// What the agent can do, from its last probe when that is at most [`PROBE_LIFE`] old, else
    /// asked now. The first question after a rest is this one, whatever is known: it buys nothing.
    ///
    /// # Errors
    /// Why it could not be asked; that it rests.
    pub async fn capabilities(
        &self,
        agent: &Agent,
        deadline: Instant,
    ) -> Result<Capabilities, Box<CallFailure>> {
        let pass = self.health(&agent.record.id).allow()?;
        if pass == Pass::Usual
            && let Some(capabilities) = self.fresh(agent)
        {
            return Ok(capabilities);
        }
        self.ask(agent, deadline).await.1.map_err(Box::new)
    }

    /// As [`AgentDirectory::capabilities`], without keeping the answer: for an agent that is asked
    /// with other credentials than the platform's.
    ///
    /// # Errors
    /// Why it could not be asked; that it rests.
    pub async fn capabilities_unkept(
        &self,
        agent: &Agent,
        deadline: Instant,
    ) -> Result<Capabilities, Box<CallFailure>> {
        let pass = self.health(&agent.record.id).allow()?;
        match self.fresh(agent).filter(|_| pass == Pass::Usual) {
            Some(capabilities) => Ok(capabilities),
            None => agent.client.capabilities(deadline).await.map_err(Box::new),
        }
    }

    /// What the agent's last probe said, where that is at most [`PROBE_LIFE`] old.
    fn fresh(&self, agent: &Agent) -> Option<Capabilities> {
        let probe = agent.record.probe.as_ref()?;
        let age = self.clock.real_now() - probe.at;
        let fresh = probe.error.is_none() && age <= PROBE_LIFE && age >= TimeDelta::zero();
        fresh.then(|| agent.last_capabilities()).flatten()
    }

    /// Asks the agent what it can do and keeps the answer, or why there is none. An agent that
    /// cannot be asked is still returned: that is what its record then says.
    pub async fn ask(
        &self,
        agent: &Agent,
        deadline: Instant,
    ) -> (store::SalesAgent, Result<Capabilities, CallFailure>) {
        let answer = agent.client.capabilities(deadline).await;
        if let Ok(capabilities) = &answer {
            self.signer(&agent.record.id)
                .follow(capabilities.signing.clone());
        }
        let at = self.clock.real_now();
        let probe = match &answer {
            Ok(capabilities) => Probe {
                at,
                capabilities: serde_json::to_value(capabilities).ok(),
                error: None,
            },
            Err(failure) => Probe {
                at,
                capabilities: agent
                    .record
                    .probe
                    .as_ref()
                    .and_then(|probe| probe.capabilities.clone()),
                error: Some(failure.to_string()),
            },
        };
        let record = self
            .keep(
                agent,
                probe,
                answer.as_ref().err().map(|failure| failure.kind),
            )
            .await;
        (record, answer)
    }

    /// Writes a probe into the record as it is now; a record that moves at the same moment keeps
    /// what the other wrote, and the next probe comes soon enough.
    async fn keep(
        &self,
        agent: &Agent,
        probe: Probe,
        failed: Option<FailureKind>,
    ) -> store::SalesAgent {
        let mut record = agent.record.clone();
        let wrote = async {
            if let Some(stored) = self.store.agent(&record.account, &record.id).await? {
                record = stored.value;
                record.status = match (record.status, failed) {
                    (AgentStatus::Archived, _) => AgentStatus::Archived,
                    (AgentStatus::Active | AgentStatus::Unreachable, Some(_)) => {
                        AgentStatus::Unreachable
                    }
                    (AgentStatus::Active | AgentStatus::Unreachable, None) => AgentStatus::Active,
                };
                record.updated_at = probe.at;
                record.probe = Some(probe);
                self.store.update_agent(&record, stored.version).await?;
            }
            Ok::<(), StoreError>(())
        };
        match wrote.await {
            Ok(()) | Err(StoreError::Stale { .. }) => {}
            Err(error) => {
                tracing::warn!(agent = %agent.record.id, %error, "the answer of a probe was not kept");
            }
        }
        record
    }
}
