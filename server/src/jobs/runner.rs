//! Claims due jobs, runs them, finishes them or puts them back; stops cleanly.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt;
use tokio::task::{Id, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::handler::{Handler, JobContext, Next, growing_delay};
use crate::store::{LeasedJob, Store, StoreError};

/// The wall clock. Due times and leases are read on it, never on the clock of flights, which a
/// sandbox may speed up (decision 30).
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How a runner works.
#[derive(Debug, Clone)]
pub struct RunnerSettings {
    /// Its name in claims; no two living runners share one.
    pub worker: String,
    /// Jobs at the same time.
    pub at_once: usize,
    /// How long a claim holds without being renewed.
    pub lease: Duration,
    /// How long jobs may still run once the server stops.
    pub grace: Duration,
}

impl RunnerSettings {
    /// The usual: 16 at once, 60 s leases, and 25 s of grace, which is the deadline of one agent's
    /// answers (decision 32).
    #[must_use]
    pub fn named(worker: impl Into<String>) -> Self {
        Self {
            worker: worker.into(),
            at_once: 16,
            lease: Duration::from_secs(60),
            grace: Duration::from_secs(25),
        }
    }
}

/// The jobs of one process, running.
pub struct Runner {
    stopping: CancellationToken,
    task: JoinHandle<()>,
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("stopping", &self.stopping.is_cancelled())
            .finish_non_exhaustive()
    }
}

impl Runner {
    /// Starts working; jobs that are due already begin at once.
    #[must_use]
    pub fn start(
        store: Arc<dyn Store>,
        handler: Arc<dyn Handler>,
        now: Now,
        settings: RunnerSettings,
    ) -> Self {
        let stopping = CancellationToken::new();
        let work = Work {
            store,
            handler,
            now,
            settings,
            stopping: stopping.clone(),
        };
        Self {
            stopping,
            task: tokio::spawn(work.run()),
        }
    }

    /// Claims nothing more, lets what runs finish within the grace, puts the rest back.
    pub async fn stop(self) {
        self.stopping.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the job runner did not stop by itself");
        }
    }
}

/// Runs everything that is due by `now`, one at a time in the order of being due, until nothing
/// due is left; how many runs it took. For tests, which move the clock themselves. Stops after
/// `most` runs, so that a job that is always due again cannot hold a test forever.
///
/// # Errors
/// What the store says.
pub async fn run_due_until_idle(
    store: &dyn Store,
    handler: &dyn Handler,
    now: &Now,
    most: u32,
) -> Result<u32, StoreError> {
    let lease = TimeDelta::minutes(5);
    let mut runs = 0;
    while runs < most {
        let at = now();
        let Some(leased) = store.claim_due_jobs(at, "idle", at + lease, 1).await?.pop() else {
            break;
        };
        runs += 1;
        let context = JobContext {
            attempt: leased.attempt,
            run_at: leased.run_at,
            stopping: CancellationToken::new(),
        };
        let next = handler.run(leased.job.clone(), context).await;
        settle(store, &leased, next, now()).await?;
    }
    Ok(runs)
}

/// Writes down what a run came to.
async fn settle(
    store: &dyn Store,
    leased: &LeasedJob,
    next: Next,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let kind = leased.job.kind();
    let about = leased.job.about();
    match next {
        Next::Done => store.finish_job(leased).await,
        Next::Again { after } => store.put_back_job(leased, now + after, None).await,
        Next::Wait => {
            // With a reason, so that its attempts go on counting and the delays grow.
            let why = Some("what it waits for has not happened");
            store
                .put_back_job(leased, now + growing_delay(leased.attempt), why)
                .await
        }
        Next::Retry { why } => {
            let delay = growing_delay(leased.attempt);
            tracing::warn!(kind, %about, attempt = leased.attempt, delay_s = delay.as_secs(), %why, "job will be repeated");
            store.put_back_job(leased, now + delay, Some(&why)).await
        }
        Next::GiveUp { why } => {
            tracing::error!(kind, %about, attempt = leased.attempt, %why, "job given up");
            store.finish_job(leased).await
        }
    }
}

struct Work {
    store: Arc<dyn Store>,
    handler: Arc<dyn Handler>,
    now: Now,
    settings: RunnerSettings,
    stopping: CancellationToken,
}

/// Longest time between two looks, whatever the store says; a safety net, not the usual way.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Shortest time between two looks when nothing was claimed.
const SHORTEST_WAIT: Duration = Duration::from_millis(5);
/// How often old events and idempotency keys are removed.
const PRUNE_EVERY: Duration = Duration::from_secs(15 * 60);

impl Work {
    async fn run(self) {
        let mut tip = self.store.tip();
        let mut running = JoinSet::new();
        let mut held: HashMap<Id, LeasedJob> = HashMap::new();
        let mut pruned: Option<Instant> = None;
        let mut renewed = (self.now)();
        while !self.stopping.is_cancelled() {
            if pruned.is_none_or(|at| at.elapsed() >= PRUNE_EVERY) {
                pruned = Some(Instant::now());
                if let Err(error) = self.store.prune((self.now)()).await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "old rows were not removed"
                    );
                }
            }
            tip.mark_unchanged();
            let wait = match self.claim(&mut running, &mut held, &mut renewed).await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "jobs could not be claimed"
                    );
                    Some(Duration::from_secs(1))
                }
            };
            tokio::select! {
                () = self.stopping.cancelled() => {}
                changed = tip.changed(), if wait.is_some() => {
                    if changed.is_err() {
                        break;
                    }
                }
                Some(ended) = running.join_next_with_id(), if !running.is_empty() => {
                    forget(&mut held, &ended);
                }
                () = tokio::time::sleep(wait.unwrap_or(LONGEST_WAIT)) => {}
            }
        }
        self.wind_down(running, held).await;
    }

    /// Claims what is due and there is room for. How long to wait for more; `None` when there is
    /// no room, and only an ending job makes some.
    async fn claim(
        &self,
        running: &mut JoinSet<()>,
        held: &mut HashMap<Id, LeasedJob>,
        renewed: &mut DateTime<Utc>,
    ) -> Result<Option<Duration>, StoreError> {
        while let Some(ended) = running.try_join_next_with_id() {
            forget(held, &ended);
        }
        let room = self.settings.at_once.saturating_sub(running.len());
        if room == 0 {
            return Ok(None);
        }
        let now = (self.now)();
        // The wall clock may leap, when a machine wakes up for one: what runs here must not look
        // abandoned to ourselves.
        if now - *renewed >= TimeDelta::from_std(self.settings.lease / 3).unwrap_or(TimeDelta::MAX)
        {
            for leased in held.values() {
                self.store
                    .extend_job(leased, now + self.settings.lease)
                    .await?;
            }
            *renewed = now;
        }
        let limit = u32::try_from(room).unwrap_or(u32::MAX);
        let claimed = self
            .store
            .claim_due_jobs(now, &self.settings.worker, now + self.settings.lease, limit)
            .await?;
        let full = claimed.len() == room;
        for leased in claimed {
            let task = one(
                Arc::clone(&self.store),
                Arc::clone(&self.handler),
                Arc::clone(&self.now),
                leased.clone(),
                self.settings.lease,
                self.stopping.clone(),
            );
            let id = running.spawn(task).id();
            held.insert(id, leased);
        }
        if full {
            return Ok(None);
        }
        let wait = match self.store.next_job_at().await? {
            Some(at) => (at - (self.now)()).to_std().unwrap_or(Duration::ZERO),
            None => LONGEST_WAIT,
        };
        Ok(Some(wait.clamp(SHORTEST_WAIT, LONGEST_WAIT)))
    }

    async fn wind_down(&self, mut running: JoinSet<()>, mut held: HashMap<Id, LeasedJob>) {
        let deadline = tokio::time::Instant::now() + self.settings.grace;
        while let Ok(Some(ended)) =
            tokio::time::timeout_at(deadline, running.join_next_with_id()).await
        {
            forget(&mut held, &ended);
        }
        running.shutdown().await;
        for leased in held.into_values() {
            tracing::info!(kind = leased.job.kind(), about = %leased.job.about(), "job put back, the server stops");
            if let Err(error) = self
                .store
                .put_back_job(&leased, (self.now)(), Some("the server stopped"))
                .await
            {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a job was not put back; its lease will end"
                );
            }
        }
    }
}

fn forget(held: &mut HashMap<Id, LeasedJob>, ended: &Result<(Id, ()), tokio::task::JoinError>) {
    let id = match ended {
        Ok((id, ())) => *id,
        Err(error) => error.id(),
    };
    held.remove(&id);
}

/// One job from claim to settled. A panic counts as a failed attempt; a lost lease ends the run,
/// since another worker may have begun it.
async fn one(
    store: Arc<dyn Store>,
    handler: Arc<dyn Handler>,
    now: Now,
    leased: LeasedJob,
    lease: Duration,
    stopping: CancellationToken,
) {
    crash_point!("job.claimed");
    let context = JobContext {
        attempt: leased.attempt,
        run_at: leased.run_at,
        stopping,
    };
    let run = AssertUnwindSafe(handler.run(leased.job.clone(), context)).catch_unwind();
    let next = tokio::select! {
        outcome = run => outcome.unwrap_or_else(|_| Next::Retry { why: "the job panicked".to_owned() }),
        () = keep(&*store, &now, &leased, lease) => {
            tracing::warn!(kind = leased.job.kind(), about = %leased.job.about(), "job cut short, its lease was lost");
            return;
        }
    };
    crash_point!("job.ran");
    if let Err(error) = settle(&*store, &leased, next, now()).await {
        tracing::error!(
            kind = leased.job.kind(),
            about = %leased.job.about(),
            error = &error as &dyn std::error::Error,
            "the end of a job was not recorded; it will run again when its lease ends"
        );
    }
    crash_point!("job.settled");
}

/// Renews a lease three times per length; returns when it is lost.
async fn keep(store: &dyn Store, now: &Now, leased: &LeasedJob, lease: Duration) {
    let mut good_until = Instant::now() + lease;
    loop {
        tokio::time::sleep(lease / 3).await;
        let begun = Instant::now();
        match store.extend_job(leased, now() + lease).await {
            Ok(true) => good_until = begun + lease,
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a lease could not be renewed"
                );
                if Instant::now() >= good_until {
                    return;
                }
            }
        }
    }
}
