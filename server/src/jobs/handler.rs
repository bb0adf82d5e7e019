//! What a job gets, and what it says when it returns.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::Job;

/// Does the jobs; the flows implement it.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Does one job. It may be cut short at any await when its lease is lost or the server stops,
    /// and is then run again: all it does must bear repeating.
    async fn run(&self, job: Job, context: JobContext) -> Next;
}

/// What a job says when it returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// It is done and goes away, unless it was asked for anew while it ran.
    Done,
    /// It is not over: the same job again, counted from the first attempt.
    Again {
        /// In how long.
        after: Duration,
    },
    /// Nothing is wrong, but what it waits for has not happened: again, later each time.
    Wait,
    /// It could not be done now: again, later each time.
    Retry {
        /// What stood in the way, for the log; no secrets.
        why: String,
    },
    /// Nothing more can be done; it goes away, and the log says why.
    GiveUp {
        /// Why, for the log; no secrets.
        why: String,
    },
}

/// What a job may know about its run.
#[derive(Debug, Clone)]
pub struct JobContext {
    /// How often it was begun since it was asked for, this time included.
    pub attempt: u32,
    /// When it was due.
    pub run_at: DateTime<Utc>,
    /// Turns when the server stops: a long job should come to an end.
    pub stopping: CancellationToken,
}

impl JobContext {
    /// 1, 2, 4 … 30 seconds, by attempt (decision 32).
    #[must_use]
    pub fn growing_delay(&self) -> Duration {
        growing_delay(self.attempt)
    }
}

/// 1, 2, 4 … 30 seconds; attempts count from 1 (decision 32).
pub(super) fn growing_delay(attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(5);
    Duration::from_secs((1_u64 << doublings).min(30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_half_a_minute() {
        let seconds: Vec<u64> = (1..=8)
            .map(|attempt| growing_delay(attempt).as_secs())
            .collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(growing_delay(u32::MAX).as_secs(), 30);
    }
}
