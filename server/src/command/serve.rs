//! `flighting serve`: the whole product in one process (decision 29).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::Utc;
use flighting_core::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use flighting_core::budget::Percent;
use flighting_core::money::Currency;
use flighting_core::wire::audit::ActorOrigin;
use flighting_sandbox::{AgentInfo, Config, Sandbox};
use flighting_server::adcp::AddressPolicy;
use flighting_server::app::App;
use flighting_server::clock::Clock;
use flighting_server::config::Serve;
use flighting_server::flows::FlowJobs;
use flighting_server::jobs::{Runner, RunnerSettings};
use flighting_server::secrets::{Keyring, Secret};
use flighting_server::store::{
    AccountId, AdvertiserFilter, AgentProtocol, AgentStatus, SalesAgent, SqliteStore, Store,
    StoreError,
};
use flighting_server::{auth, http};
use tokio::net::TcpListener;
use url::Url;

use super::{keys, sandbox};

/// The label of the key in the planner's address. There is one at a time.
const PLANNER_KEY: &str = "planner";

/// How long requests and jobs may take to end once we are asked to stop: the longest that one
/// request waits for its agents, and a little more (decision 32).
const GRACE: Duration = Duration::from_secs(30);

/// How often what is past its time is removed.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// Serves until a signal, then ends cleanly.
pub async fn run(options: Serve) -> anyhow::Result<()> {
    let stop = super::asked_to_stop()?;
    let store = Arc::new(super::open(&options.database).await?);
    let served = serve(&options, Arc::clone(&store), stop).await;
    store.close().await;
    served
}

async fn serve(
    options: &Serve,
    store: Arc<SqliteStore>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let keyring = super::keyring(&options.database)?;
    let account = keys::account(&*store, auth::DEFAULT_ACCOUNT).await?;
    let local = options.listen.ip().is_loopback();
    if let Some(key) = &options.admin_key {
        remember_admin(&*store, &account, key).await?;
    }
    if !local && !has_key(&*store).await? {
        bail!(
            "expected a key before listening on {}: set `--admin-key`, or make one with `flighting keys create`",
            options.listen
        );
    }
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("cannot listen on {}", options.listen))?;
    let address = listener.local_addr()?;

    let (clock, sellers) = if options.sandbox {
        let (clock, sellers) = start_sandbox(options).await?;
        (clock, Some(sellers))
    } else {
        (Clock::real(), None)
    };
    let mut policy = AddressPolicy::new(options.allow_private_addresses);
    if let Some(sellers) = &sellers {
        policy = policy.allowing(
            &sellers.address().ip().to_string(),
            sellers.address().port(),
        );
        for agent in sellers.agents() {
            register(&*store, &keyring, &account, agent).await?;
        }
        make_demo_advertiser(&*store, &account).await?;
    }
    let app = App::new(store, keyring, policy, clock, options.settings())?;
    app.seat_signing_key().await?;
    let recovered = app.take_up().await?;
    if recovered != Default::default() {
        tracing::info!(
            jobs = recovered.jobs,
            submissions = recovered.submissions,
            requests = recovered.requests,
            "freed what an earlier process had not finished"
        );
    }
    let work = Work::start(&app);

    // Printed last: what reads these lines may call at once, for the socket is open.
    if let Some(sellers) = &sellers {
        sandbox::announce(sellers.agents());
    }
    println!(
        "planner: {}",
        planner_address(&app, &account, address, local).await?
    );

    let router = http::router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let stopping = Arc::clone(&app);
    let served = axum::serve(listener, router).with_graceful_shutdown(async move {
        stop.await;
        tracing::info!("stopping: finishing what is in flight");
        stopping.stopping.cancel();
    });
    let stop_work = async {
        app.stopping.cancelled().await;
        tokio::join!(app.stop(GRACE), work.stop()).0
    };
    let (served, finished) = tokio::join!(bounded(&app, served.into_future()), stop_work);
    if !finished {
        tracing::warn!(
            "some requests did not end in time; what they sent is reconciled at the next start"
        );
    }
    if let Some(sellers) = sellers {
        sellers.stop().await;
    }
    served.context("the server failed")
}

/// Waits for the server; once it is asked to stop, for at most [`GRACE`].
async fn bounded(
    app: &App,
    served: impl Future<Output = std::io::Result<()>>,
) -> std::io::Result<()> {
    let too_long = async {
        app.stopping.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    let served = tokio::select! {
        served = served => served,
        () = too_long => Ok(()),
    };
    // Also when the server ended by itself, so that the rest ends with it.
    app.stopping.cancel();
    served
}

/// What runs beside the requests.
struct Work {
    jobs: Runner,
    pruning: tokio::task::JoinHandle<()>,
}

impl Work {
    fn start(app: &Arc<App>) -> Self {
        let clock = app.clock.clone();
        Self {
            jobs: Runner::start(
                Arc::clone(&app.store),
                Arc::new(FlowJobs(Arc::clone(app))),
                Arc::new(move || clock.real_now()),
                RunnerSettings::named(app.ids.other("worker_")),
            ),
            pruning: tokio::spawn(prune(Arc::clone(app))),
        }
    }

    async fn stop(self) {
        self.pruning.abort();
        self.jobs.stop().await;
    }
}

async fn prune(app: Arc<App>) {
    let mut ticks = tokio::time::interval(PRUNE_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = app.store.prune(app.clock.real_now()).await {
            tracing::warn!(%error, "what is past its time was not removed");
        }
        // It may have been rotated beside us.
        if let Err(error) = app.seat_signing_key().await {
            tracing::warn!(%error, "the signing key was not read again");
        }
    }
}

async fn has_key(store: &dyn Store) -> anyhow::Result<bool> {
    Ok(store
        .keys()
        .await?
        .iter()
        .any(|key| key.revoked_at.is_none()))
}

async fn remember_admin(
    store: &dyn Store,
    account: &AccountId,
    key: &Secret,
) -> anyhow::Result<()> {
    match auth::store_key(store, account, key, "admin", false, Utc::now()).await {
        Ok(_) => Ok(()),
        // Known from an earlier start, unless it was revoked since.
        Err(StoreError::Exists { .. }) => match store.key_by_hash(&auth::hash(key.expose())).await?
        {
            Some(_) => Ok(()),
            None => bail!("expected an admin key in use, got one that was revoked: choose another"),
        },
        Err(error) => Err(error.into()),
    }
}

/// Where to open the page. On loopback the address carries a key, which replaces that of the last
/// start: only hashes are stored, so that an old one cannot be printed again.
async fn planner_address(
    app: &App,
    account: &AccountId,
    address: SocketAddr,
    local: bool,
) -> anyhow::Result<String> {
    if !local {
        return Ok(format!("http://{address}/"));
    }
    for old in app.store.keys().await? {
        if old.label == PLANNER_KEY && old.account == *account && old.revoked_at.is_none() {
            app.store.revoke_key(&old.id, Utc::now()).await?;
        }
    }
    let key = keys::issue(&*app.store, account, PLANNER_KEY, false, ActorOrigin::Human).await?;
    Ok(format!("http://{address}/#key={}", key.expose()))
}

/// The sandbox sellers, with what they sold before to the campaigns of this database, and the
/// clock that they share with the product.
async fn start_sandbox(options: &Serve) -> anyhow::Result<(Clock, Sandbox)> {
    let ledgers = sandbox::ledgers_beside(&options.database.path);
    let last = flighting_sandbox::last_change(&ledgers)
        .with_context(|| format!("cannot read the sandbox's ledgers in {}", ledgers.display()))?;
    let clock = Clock::faster_from(options.sandbox_speed, last.unwrap_or_default());
    let config = Config {
        clock: clock.shared(),
        ledgers: Some(ledgers),
        ..Config::new(sandbox::token()?)
    };
    let sandbox = flighting_sandbox::start(config)
        .await
        .context("the sandbox cannot listen on loopback, or not write beside the database")?;
    Ok((clock, sandbox))
}

/// Registers a sandbox agent, or tells the registered one its new address and token. One that
/// somebody archived stays archived.
async fn register(
    store: &dyn Store,
    keyring: &Keyring,
    account: &AccountId,
    agent: &AgentInfo,
) -> anyhow::Result<()> {
    let path = Url::parse(&agent.url)?.path().to_owned();
    let is_ours = |record: &SalesAgent| {
        record.name == agent.title
            && Url::parse(&record.url)
                .is_ok_and(|url| url.path() == path && url.host_str() == Some("127.0.0.1"))
    };
    let known = store
        .agents(account)
        .await?
        .into_iter()
        .find(|stored| is_ours(&stored.value));
    let now = Utc::now();
    let id = match &known {
        Some(stored) => stored.value.id.clone(),
        None => flighting_server::ids::IdSource.agent(),
    };
    let token = keyring.seal(
        &SalesAgent::token_place(account, &id),
        &Secret::new(agent.token.clone()),
    )?;
    match known {
        Some(stored) if stored.value.status == AgentStatus::Archived => {}
        Some(stored) => {
            let record = SalesAgent {
                url: agent.url.clone(),
                token: Some(token),
                status: AgentStatus::Active,
                probe: None,
                updated_at: now,
                ..stored.value
            };
            store.update_agent(&record, stored.version).await?;
        }
        None => {
            let record = SalesAgent {
                id,
                account: account.clone(),
                name: agent.title.clone(),
                url: agent.url.clone(),
                protocol: AgentProtocol::Mcp,
                token: Some(token),
                webhooks: None,
                status: AgentStatus::Active,
                probe: None,
                created_at: now,
                updated_at: now,
            };
            store.insert_agent(&record).await?;
        }
    }
    Ok(())
}

/// An advertiser to try things with, where there is none at all.
async fn make_demo_advertiser(store: &dyn Store, account: &AccountId) -> anyhow::Result<()> {
    let any = AdvertiserFilter {
        take: 1,
        ..AdvertiserFilter::default()
    };
    if store.advertisers(account, &any).await?.total > 0 {
        return Ok(());
    }
    let (Some(brand), Some(currency), Some(margin_percent)) = (
        Brand::parse("acme.example"),
        Currency::parse("USD"),
        Percent::new(8.into()),
    ) else {
        bail!("the demo advertiser breaks a rule");
    };
    let now = Utc::now();
    let demo = Advertiser {
        id: flighting_server::ids::IdSource.advertiser(),
        name: "Acme Outdoor (demo)".to_owned(),
        description: Some("Buys from the sandbox sellers; nothing is spent.".to_owned()),
        brand,
        currency,
        apply_mode: ApplyMode::Manual,
        margin_percent,
        sandbox: true,
        caps: Vec::new(),
        status: AdvertiserStatus::Active,
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    store.insert_advertiser(account, &demo).await?;
    Ok(())
}
