//! What HTTP, flows and jobs share: one value, behind an [`Arc`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::adcp::{AddressPolicy, Guard};
use crate::agents::AgentDirectory;
use crate::clock::Clock;
use crate::error::Fault;
use crate::flows::AccountCache;
use crate::http::answers::Answers;
use crate::http::limits::RateLimiter;
use crate::ids::IdSource;
use crate::jobs::{AWAITING, Job};
use crate::secrets::Keyring;
use crate::store::{Change, NewJob, Recovered, Store, StoreError, Submission};

/// What the operator chose, as far as requests and jobs depend on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The operator's domain, told to sellers (decision 27).
    pub operator: String,
    /// For all that one agent is asked in one request; real time (decision 32).
    pub agent_timeout: Duration,
    /// Requests of one key in a minute; 0 for no limit (decision 26).
    pub rate_limit: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            operator: "operator.example".to_owned(),
            agent_timeout: Duration::from_secs(25),
            rate_limit: 6_000,
        }
    }
}

/// The running product.
pub struct App {
    /// What is remembered. Its [`Store::tip`] wakes jobs and event streams.
    pub store: Arc<dyn Store>,
    /// What time it is, in both kinds.
    pub clock: Clock,
    /// Fresh ids.
    pub ids: IdSource,
    /// Sales agents by id.
    pub agents: AgentDirectory,
    /// The accounts that pay at sellers, as last told.
    pub accounts: AccountCache,
    /// Seals and opens secrets.
    pub keyring: Arc<Keyring>,
    /// What the operator chose.
    pub settings: Settings,
    /// Answers about campaigns that were written lately.
    pub answers: Answers,
    /// Requests per key.
    pub limits: RateLimiter,
    /// Turns when the server stops: streams end, nothing new begins.
    pub stopping: CancellationToken,
    /// Requests that change something. They run to their end even when the caller hangs up, and
    /// the server waits for them.
    pub running: TaskTracker,
}

impl App {
    /// Puts it together. Opens nothing and sends nothing.
    ///
    /// # Errors
    /// When the system offers no TLS.
    pub fn new(
        store: Arc<dyn Store>,
        keyring: Keyring,
        addresses: AddressPolicy,
        clock: Clock,
        settings: Settings,
    ) -> anyhow::Result<Arc<Self>> {
        let keyring = Arc::new(keyring);
        let guard = Arc::new(Guard::new(addresses)?);
        Ok(Arc::new(Self {
            agents: AgentDirectory::new(
                Arc::clone(&store),
                Arc::clone(&keyring),
                guard,
                clock.clone(),
            ),
            accounts: AccountCache::default(),
            answers: Answers::default(),
            limits: RateLimiter::new(settings.rate_limit),
            store,
            clock,
            ids: IdSource,
            keyring,
            settings,
            stopping: CancellationToken::new(),
            running: TaskTracker::new(),
        }))
    }

    /// When all that one agent is asked from now on has to be answered.
    #[must_use]
    pub fn agent_deadline(&self) -> Instant {
        Instant::now() + self.settings.agent_timeout
    }

    /// Whether requests can be served.
    ///
    /// # Errors
    /// What the store says, as a fault.
    pub async fn ready(&self) -> Result<(), Fault> {
        self.store
            .ping()
            .await
            .map_err(|error: StoreError| error.into())
    }

    /// For a single process at its start: frees what an earlier one held, and has sellers asked at
    /// once for all that they may have done unseen: purchases left open, for their sender is dead
    /// (decision 14), tasks, and wishes.
    ///
    /// # Errors
    /// What the store says.
    pub async fn take_up(&self) -> Result<Recovered, StoreError> {
        let recovered = self.store.recover().await?;
        // Their times were chosen by a process that meant to have the answers itself by then.
        self.store
            .bring_forward(&AWAITING, self.clock.real_now())
            .await?;
        for submission in self.store.open_submissions().await? {
            let Submission {
                account,
                campaign_id,
                media_buy_id,
                ..
            } = submission;
            let mut change = Change::of(account.clone());
            let job = Job::ReconcileSubmission {
                account,
                campaign: campaign_id,
                buy: media_buy_id,
            };
            change.jobs.push(NewJob {
                job,
                run_at: self.clock.real_now(),
            });
            self.store.commit(change).await?;
        }
        Ok(recovered)
    }

    /// Stops taking in: streams end, and what changes something is waited for, at most `grace`.
    /// True when all of it came to its end.
    pub async fn stop(&self, grace: Duration) -> bool {
        self.stopping.cancel();
        self.running.close();
        tokio::time::timeout(grace, self.running.wait())
            .await
            .is_ok()
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("settings", &self.settings)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
