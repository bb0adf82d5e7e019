//! Sandbox sales agents: real AdCP over real HTTP, with simulated inventory, approval and delivery.
//!
//! The crate shares no AdCP type with the buyer, so that a mistake in one side's reading of the
//! protocol cannot cancel itself out (docs/decisions/0001-sandbox-is-its-own-crate.md).

mod accounts;
mod amount;
mod answer;
mod buying;
mod buys;
mod capabilities;
mod catalogue;
mod changing;
mod controller;
mod creatives;
mod delivery;
mod discovery;
mod idempotency;
mod journal;
mod ledger;
mod listing;
mod overlay;
mod package_request;
mod product;
mod reading;
mod refusal;
mod reporting;
mod seller;
mod serving;
mod tasks;
mod tools;
mod version;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

pub use journal::last_change;
pub use ledger::{LedgerBuy, LedgerPackage};
use seller::Seller;

/// The clock that flights, approvals and delivery run on; it may run faster than real time.
pub type Clock = Arc<dyn Fn() -> chrono::DateTime<chrono::Utc> + Send + Sync>;

/// How one sandbox sales agent behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentKind {
    /// Alder Media: accepts at once, mostly auction priced, delivers along its pacing.
    Alder,
    /// Birch Guaranteed: submits for approval; the buy exists after [`Config::approval`].
    Birch,
    /// Cedar Video: refuses above a budget and wants creatives before anything runs.
    Cedar,
    /// A copy of Alder named `bench-N`, for benchmarks over many agents.
    Bench(u32),
}

impl AgentKind {
    /// The three agents that people meet.
    pub const ALL: [Self; 3] = [Self::Alder, Self::Birch, Self::Cedar];
}

/// What to start.
#[derive(Clone)]
pub struct Config {
    /// Shared clock of flights, approvals and delivery.
    pub clock: Clock,
    /// How long Birch's approval takes on [`Config::clock`].
    pub approval: chrono::Duration,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Real time that every tool call takes at least; zero for none.
    pub latency: std::time::Duration,
    /// Bearer token that every agent asks for.
    pub token: String,
    /// Which agents to run; each is served at `/{name}/mcp`.
    pub agents: Vec<AgentKind>,
    /// Folder in which the agents keep what they were asked, one file each, so that they hold the
    /// same media buys when they start again; without it every start is a new beginning.
    pub ledgers: Option<PathBuf>,
}

impl Config {
    /// The three agents on a free port of loopback, on the system clock, with Birch approving
    /// after 20 seconds.
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            clock: Arc::new(chrono::Utc::now),
            approval: chrono::Duration::seconds(20),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            latency: std::time::Duration::ZERO,
            token: token.into(),
            agents: AgentKind::ALL.to_vec(),
            ledgers: None,
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("approval", &self.approval)
            .field("listen", &self.listen)
            .field("latency", &self.latency)
            .field("agents", &self.agents)
            .finish_non_exhaustive()
    }
}

/// One running agent.
#[derive(Clone)]
pub struct AgentInfo {
    /// Name in the address, such as `alder`.
    pub name: String,
    /// Name for people, such as `Alder Media`.
    pub title: String,
    /// Address of the MCP endpoint.
    pub url: String,
    /// Bearer token.
    pub token: String,
}

impl fmt::Debug for AgentInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentInfo")
            .field("name", &self.name)
            .field("title", &self.title)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Running sandbox sales agents; dropping it stops them without waiting for open requests.
pub struct Sandbox {
    address: SocketAddr,
    agents: Vec<AgentInfo>,
    sellers: BTreeMap<String, Arc<Seller>>,
    listener: serving::Listener,
}

/// Starts every agent of `config` behind one listener.
///
/// # Errors
///
/// When the address cannot be bound, when a file of [`Config::ledgers`] cannot be opened, and
/// `InvalidInput` when two agents have the same name.
pub async fn start(config: Config) -> std::io::Result<Sandbox> {
    let socket = tokio::net::TcpListener::bind(config.listen).await?;
    let address = socket.local_addr()?;
    let mut agents = Vec::with_capacity(config.agents.len());
    let mut sellers = BTreeMap::new();
    for kind in &config.agents {
        let seller = Arc::new(Seller::open(*kind, address, &config)?);
        agents.push(AgentInfo {
            name: seller.name.clone(),
            title: seller.title.clone(),
            url: seller.url.clone(),
            token: config.token.clone(),
        });
        let name = seller.name.clone();
        if sellers.insert(name.clone(), seller).is_some() {
            return Err(std::io::Error::new(
                std::io::ErrorKind::InvalidInput,
                format!("two sandbox agents are named `{name}`"),
            ));
        }
    }
    let listener = serving::serve(socket, &sellers, &config.token);
    Ok(Sandbox {
        address,
        agents,
        sellers,
        listener,
    })
}

impl Sandbox {
    /// Where the agents listen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The running agents, in the order of [`Config::agents`].
    pub fn agents(&self) -> &[AgentInfo] {
        &self.agents
    }

    /// Every media buy of the agent named `agent`, oldest first, those still waiting for
    /// approval included; empty for an unknown name.
    pub fn ledger(&self, agent: &str) -> Vec<LedgerBuy> {
        self.sellers
            .get(agent)
            .map(|seller| seller.ledger())
            .unwrap_or_default()
    }

    /// How often each tool of the agent was called, refused calls included; empty for an
    /// unknown name.
    pub fn received(&self, agent: &str) -> BTreeMap<String, u64> {
        self.sellers
            .get(agent)
            .map(|seller| seller.received())
            .unwrap_or_default()
    }

    /// Stops listening, lets open requests end for up to two seconds, and returns.
    pub async fn stop(self) {
        self.listener.stop().await;
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("address", &self.address)
            .field("agents", &self.agents)
            .finish_non_exhaustive()
    }
}
