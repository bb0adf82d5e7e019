//! Jobs: claimed by one, run until done, never lost.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flighting_server::jobs::{
    Handler, Job, JobContext, Next, Now, Runner, RunnerSettings, run_due_until_idle,
};
use flighting_server::store::{Change, IdempotencyStart, LeasedJob, NewJob, Store};
use tokio::sync::Notify;

use crate::samples::*;

async fn claim(store: &dyn Store, now: i64, worker: &str, limit: u32) -> Vec<LeasedJob> {
    store
        .claim_due_jobs(at(now), worker, at(now + 60), limit)
        .await
        .unwrap()
}

async fn claimed(store: &dyn Store, now: i64, worker: &str, limit: u32) -> Vec<Job> {
    claim(store, now, worker, limit)
        .await
        .into_iter()
        .map(|leased| leased.job)
        .collect()
}

pub async fn due_ones_are_claimed_once_and_in_order(store: Handle) {
    for (id, run_at) in [("c", 30), ("a", 10), ("b", 20)] {
        ask(&*store, pull(id), run_at).await;
    }
    assert_eq!(store.next_job_at().await.unwrap(), Some(at(10)));
    assert_eq!(claimed(&*store, 9, "w", 9).await, []);
    assert_eq!(claimed(&*store, 20, "w", 1).await, [pull("a")]);
    assert_eq!(claimed(&*store, 20, "w", 9).await, [pull("b")]);
    assert_eq!(claimed(&*store, 29, "x", 9).await, []);
    let last = claim(&*store, 30, "x", 9).await.remove(0);
    assert_eq!(
        (
            last.job.clone(),
            last.attempt,
            last.run_at,
            last.worker.as_str()
        ),
        (pull("c"), 1, at(30), "x")
    );
    store.finish_job(&last).await.unwrap();
    assert_eq!(claimed(&*store, 31, "w", 9).await, []);
}

pub async fn asking_twice_is_asking_once_at_the_earlier_time(store: Handle) {
    for run_at in [50, 20, 80] {
        ask(&*store, pull("a"), run_at).await;
    }
    ask(&*store, calendar("a"), 90).await;
    assert_eq!(store.next_job_at().await.unwrap(), Some(at(20)));
    let only = claim(&*store, 80, "w", 9).await;
    assert_eq!(only.len(), 1);
    store.finish_job(&only[0]).await.unwrap();
    assert_eq!(claimed(&*store, 100, "w", 9).await, [calendar("a")]);
}

pub async fn asked_again_while_it_runs_it_runs_again(store: Handle) {
    ask(&*store, pull("a"), 10).await;
    let running = claim(&*store, 10, "w", 9).await.remove(0);
    ask(&*store, pull("a"), 40).await;
    ask(&*store, pull("a"), 45).await;
    assert_eq!(claimed(&*store, 50, "x", 9).await, [], "it runs already");
    store.finish_job(&running).await.unwrap();
    assert_eq!(store.next_job_at().await.unwrap(), Some(at(40)));
    let again = claim(&*store, 40, "x", 9).await.remove(0);
    assert_eq!(again.attempt, 1);
    ask(&*store, pull("a"), 55).await;
    store
        .put_back_job(&again, at(500), Some("later"))
        .await
        .unwrap();
    assert_eq!(
        store.next_job_at().await.unwrap(),
        Some(at(55)),
        "what was asked for last counts"
    );
}

pub async fn a_lease_that_ends_frees_the_job(store: Handle) {
    ask(&*store, pull("a"), 0).await;
    let lost = claim(&*store, 0, "w", 1).await.remove(0);
    assert_eq!(store.next_job_at().await.unwrap(), Some(at(60)));
    assert!(store.extend_job(&lost, at(90)).await.unwrap());
    assert_eq!(claimed(&*store, 89, "x", 1).await, []);
    let taken = claim(&*store, 90, "x", 1).await.remove(0);
    assert_eq!((taken.job.clone(), taken.attempt), (pull("a"), 2));
    assert!(!store.extend_job(&lost, at(900)).await.unwrap());
    store.finish_job(&lost).await.unwrap();
    store.put_back_job(&lost, at(1), None).await.unwrap();
    assert_eq!(
        claimed(&*store, 91, "y", 1).await,
        [],
        "who lost it has no say"
    );
    store.finish_job(&taken).await.unwrap();
    assert_eq!(store.next_job_at().await.unwrap(), None);
}

pub async fn putting_back_sets_the_time_and_keeps_the_attempts(store: Handle) {
    ask(&*store, pull("a"), 0).await;
    for attempt in 1..=3 {
        let leased = claim(&*store, 100, "w", 1).await.remove(0);
        assert_eq!(leased.attempt, attempt);
        store
            .put_back_job(&leased, at(100), Some("the seller is down"))
            .await
            .unwrap();
    }
    let leased = claim(&*store, 100, "w", 1).await.remove(0);
    store.put_back_job(&leased, at(200), None).await.unwrap();
    assert_eq!(claimed(&*store, 199, "w", 1).await, []);
    assert_eq!(
        claim(&*store, 200, "w", 1).await[0].attempt,
        1,
        "a planned repeat counts from one"
    );
}

pub async fn what_waits_is_brought_forward_by_its_kind(store: Handle) {
    ask(&*store, pull("a"), 500).await;
    ask(&*store, pull("b"), 50).await;
    ask(&*store, calendar("a"), 600).await;
    assert_eq!(
        store.bring_forward(&["poll_task"], at(100)).await.unwrap(),
        0
    );
    assert_eq!(
        store
            .bring_forward(&["pull_delivery", "poll_task"], at(100))
            .await
            .unwrap(),
        1,
        "what is due before stays as it is"
    );
    assert_eq!(store.next_job_at().await.unwrap(), Some(at(50)));
    assert_eq!(claim(&*store, 100, "w", 9).await.len(), 2);
    assert_eq!(claimed(&*store, 150, "w", 9).await, []);
    assert_eq!(
        store.next_job_at().await.unwrap(),
        Some(at(160)),
        "the leases end first"
    );
}

pub async fn done_and_asked_in_one_change_is_replaced(store: Handle) {
    ask(&*store, pull("a"), 10).await;
    ask(&*store, pull("b"), 10).await;
    let later = vec![NewJob {
        job: pull("a"),
        run_at: at(99),
    }];
    store
        .commit(Change {
            jobs_done: vec![pull("a"), pull("b")],
            jobs: later,
            ..change()
        })
        .await
        .unwrap();
    assert_eq!(claimed(&*store, 98, "w", 9).await, []);
    assert_eq!(claimed(&*store, 99, "w", 9).await, [pull("a")]);
}

pub async fn many_workers_share_without_doubling(store: Handle) {
    let jobs = (0..60)
        .map(|n| NewJob {
            job: pull(&format!("j{n}")),
            run_at: at(0),
        })
        .collect();
    store.commit(Change { jobs, ..change() }).await.unwrap();
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let store = Arc::clone(&store);
        workers.spawn(async move {
            let mut mine = Vec::new();
            loop {
                let some = claim(&*store, 1, &format!("w{worker}"), 3).await;
                if some.is_empty() {
                    return mine;
                }
                for leased in some {
                    store.finish_job(&leased).await.unwrap();
                    mine.push(leased.job.key());
                }
            }
        });
    }
    let mut done: HashMap<String, u32> = HashMap::new();
    while let Some(mine) = workers.join_next().await {
        for key in mine.unwrap() {
            *done.entry(key).or_default() += 1;
        }
    }
    assert_eq!(done.len(), 60);
    assert!(done.values().all(|times| *times == 1), "{done:?}");
}

/// Does what its script says for each campaign, and counts.
struct Scripted {
    runs: Mutex<HashMap<String, Vec<u32>>>,
    finished: Notify,
    clock: Arc<AtomicI64>,
}

impl Scripted {
    fn new() -> (Arc<Self>, Now) {
        let clock = Arc::new(AtomicI64::new(0));
        let scripted = Self {
            runs: Mutex::default(),
            finished: Notify::new(),
            clock: Arc::clone(&clock),
        };
        (
            Arc::new(scripted),
            Arc::new(move || at(clock.load(Ordering::SeqCst))),
        )
    }

    fn runs(&self, campaign: &str) -> Vec<u32> {
        self.runs
            .lock()
            .unwrap()
            .get(campaign)
            .cloned()
            .unwrap_or_default()
    }

    async fn until(&self, campaign: &str, runs: usize) {
        let wait = async {
            loop {
                let notified = self.finished.notified();
                tokio::pin!(notified);
                notified.as_mut().enable();
                if self.runs(campaign).len() >= runs {
                    return;
                }
                notified.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), wait)
            .await
            .unwrap();
    }
}

#[async_trait]
impl Handler for Scripted {
    async fn run(&self, job: Job, context: JobContext) -> Next {
        let campaign = job.campaign().unwrap().as_str().to_owned();
        let times = {
            let mut runs = self.runs.lock().unwrap();
            let runs = runs.entry(campaign.clone()).or_default();
            runs.push(context.attempt);
            runs.len()
        };
        // Time passes by itself here: each run takes a minute, so that any delay is over.
        self.clock.fetch_add(60, Ordering::SeqCst);
        self.finished.notify_waiters();
        match (campaign.as_str(), times) {
            ("cmp_panic", 1) => panic!("as the script says"),
            ("cmp_retry", 1 | 2) => Next::Retry {
                why: "not yet".into(),
            },
            ("cmp_again", 1) => Next::Again {
                after: Duration::from_secs(5),
            },
            ("cmp_always", _) => Next::Again {
                after: Duration::ZERO,
            },
            ("cmp_hang" | "cmp_slow", _) => std::future::pending().await,
            ("cmp_hopeless", _) => Next::GiveUp {
                why: "nothing to be done".into(),
            },
            _ => Next::Done,
        }
    }
}

fn settings() -> RunnerSettings {
    RunnerSettings {
        grace: Duration::from_millis(50),
        ..RunnerSettings::named("runner")
    }
}

/// Lets time pass, and the runner look, until no job is left.
async fn empty(store: &dyn Store, clock: &AtomicI64) {
    let wait = async {
        while store.next_job_at().await.unwrap().is_some() {
            clock.fetch_add(60, Ordering::SeqCst);
            store.commit(change()).await.unwrap();
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait)
        .await
        .unwrap();
}

pub async fn the_runner_runs_repeats_and_survives_a_panic(store: Handle) {
    let (handler, now) = Scripted::new();
    ask(&*store, pull("early"), 0).await;
    let runner = Runner::start(Arc::clone(&store), handler.clone(), now, settings());
    handler.until("cmp_early", 1).await;
    // The rest arrives while it sleeps: the commit wakes it.
    for id in ["panic", "retry", "again", "hopeless", "plain"] {
        ask(&*store, pull(id), 0).await;
    }
    empty(&*store, &handler.clock).await;
    runner.stop().await;
    assert_eq!(handler.runs("cmp_panic"), [1, 2]);
    assert_eq!(handler.runs("cmp_retry"), [1, 2, 3]);
    assert_eq!(handler.runs("cmp_again"), [1, 1]);
    assert_eq!(handler.runs("cmp_hopeless"), [1]);
    assert_eq!(handler.runs("cmp_plain"), [1]);
}

pub async fn a_leap_of_the_clock_does_not_run_a_job_twice(store: Handle) {
    let (handler, now) = Scripted::new();
    ask(&*store, pull("slow"), 0).await;
    let runner = Runner::start(Arc::clone(&store), handler.clone(), now, settings());
    handler.until("cmp_slow", 1).await;
    // Each of these finds the clock further on than any lease.
    for n in 0..5 {
        handler.clock.fetch_add(600, Ordering::SeqCst);
        ask(&*store, pull(&format!("plain{n}")), 0).await;
        handler.until(&format!("cmp_plain{n}"), 1).await;
    }
    runner.stop().await;
    assert_eq!(handler.runs("cmp_slow"), [1]);
}

pub async fn the_runner_stops_and_puts_back(store: Handle) {
    let (handler, now) = Scripted::new();
    ask(&*store, pull("hang"), 0).await;
    let runner = Runner::start(
        Arc::clone(&store),
        handler.clone(),
        Arc::clone(&now),
        settings(),
    );
    handler.until("cmp_hang", 1).await;
    runner.stop().await;
    let again = claim(&*store, 3_600, "next", 9).await;
    assert_eq!(again.len(), 1, "what hung is free for the next process");
    assert_eq!(again[0].attempt, 2);
    assert_eq!(handler.runs("cmp_hang").len(), 1);
}

pub async fn running_until_idle_stops_at_its_limit(store: Handle) {
    let (handler, now) = Scripted::new();
    for id in ["plain", "again", "retry"] {
        ask(&*store, pull(id), 0).await;
    }
    assert_eq!(
        run_due_until_idle(&*store, &*handler, &now, 50)
            .await
            .unwrap(),
        5
    );
    assert!(
        store.next_job_at().await.unwrap().is_some(),
        "what is not due yet is left"
    );
    handler.clock.fetch_add(60, Ordering::SeqCst);
    assert_eq!(
        run_due_until_idle(&*store, &*handler, &now, 50)
            .await
            .unwrap(),
        1
    );
    assert_eq!(store.next_job_at().await.unwrap(), None);
    ask(&*store, pull("always"), 0).await;
    assert_eq!(
        run_due_until_idle(&*store, &*handler, &now, 7)
            .await
            .unwrap(),
        7
    );
    assert!(
        store.next_job_at().await.unwrap().is_some(),
        "what is left over can be seen"
    );
}

/// A process that dies with a job, a submission and a request under way.
pub async fn leaves_claims_behind(store: Handle) {
    settle_in(&*store).await;
    let campaign = begun(campaign("one", "one", 0), &[product("north", "a", "100")]);
    let change = Change {
        campaign_new: Some(campaign.clone()),
        submissions: vec![submission(&campaign, 0, "sub_1")],
        jobs: vec![NewJob {
            job: reconcile(&campaign, 0),
            run_at: at(0),
        }],
        events: vec![event("one", "made", 0)],
        ..change()
    };
    store.commit(change).await.unwrap();
    assert_eq!(claim(&*store, 1, "dead", 9).await.len(), 1);
    let begun = store
        .begin_request(&mine(), "POST /x", "key-12345", &[1; 32], at(0))
        .await
        .unwrap();
    assert_eq!(begun, IdempotencyStart::New);
}

/// The process after it.
pub async fn takes_claims_back(store: Handle) {
    assert_eq!(claim(&*store, 2, "next", 9).await.len(), 0);
    let recovered = store.recover().await.unwrap();
    assert_eq!(
        (recovered.jobs, recovered.submissions, recovered.requests),
        (1, 1, 1)
    );
    let open = store.open_submissions().await.unwrap();
    assert_eq!(open.len(), 1);
    let held = store
        .claim_submission(&mine(), "sub_1", "next", at(2), at(60))
        .await
        .unwrap();
    assert_eq!(held.unwrap().request_bytes, open[0].request_bytes);
    assert_eq!(claim(&*store, 2, "next", 9).await.len(), 1);
    let again = store
        .begin_request(&mine(), "POST /x", "key-12345", &[1; 32], at(3))
        .await
        .unwrap();
    assert_eq!(again, IdempotencyStart::New);
    let stored = store
        .campaign(&mine(), &campaign_id("one"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(stored.value.buys().len(), 1);
    assert_eq!(store.events_after(&mine(), 0, 9).await.unwrap().len(), 1);
}
