//! Commits that wait at the writer at the same time go to the disk together: each is decided by
//! itself, in the order in which they came, and one write makes all of them lasting. What a disk
//! takes in a second is writes, not changes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use super::prepare::{self, Prepared};
use super::{Inner, begin, commit, failed};
use crate::store::{Change, Committed, Result, StoreError};

/// The most commits in one write, so that the first of them does not wait long for the last.
const MOST: usize = 64;

/// Commits that wait for the writer.
#[derive(Debug, Default)]
pub(super) struct Queue(Mutex<VecDeque<Waiting>>);

#[derive(Debug)]
struct Waiting {
    prepared: Prepared,
    tell: oneshot::Sender<Result<Committed>>,
}

impl Queue {
    fn push(&self, waiting: Waiting) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(waiting);
    }

    fn take(&self) -> Vec<Waiting> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let many = queue.len().min(MOST);
        queue.drain(..many).collect()
    }
}

impl Inner {
    /// Commits a change; whoever gets the writer commits for all that wait with it.
    pub(super) async fn commit(&self, change: Change) -> Result<Committed> {
        // Everything is put into words before the one writer is held up.
        let prepared = prepare::prepare(change)?;
        let (tell, mut told) = oneshot::channel();
        self.queue.push(Waiting { prepared, tell });
        loop {
            let mut writer = tokio::select! {
                biased;
                // Another may take it along while we wait.
                result = &mut told => return result.unwrap_or_else(|_| Err(given_up())),
                writer = self.writer.lock() => writer,
            };
            let lot = self.queue.take();
            self.write(&mut writer, lot).await;
        }
    }

    async fn write(&self, writer: &mut SqliteConnection, lot: Vec<Waiting>) {
        let results = match lot.as_slice() {
            [] | [_] => None,
            many => together(writer, many).await,
        };
        match results {
            Some(results) => {
                for (waiting, result) in lot.into_iter().zip(results) {
                    self.tell(waiting, result);
                }
            }
            // What fails by itself does not fail the others.
            None => {
                for waiting in lot {
                    let result = alone(writer, &waiting.prepared).await;
                    self.tell(waiting, result);
                }
            }
        }
    }

    fn tell(&self, waiting: Waiting, result: Result<Committed>) {
        let Waiting { prepared, tell } = waiting;
        if let Ok(committed) = &result {
            if let (Some((campaign, bytes)), Some(version)) =
                (prepared.into_campaign(), committed.campaign_version)
            {
                let id = campaign.id().clone();
                self.parsed.put(id, version, Arc::new(campaign), bytes);
            }
            self.moved(committed.last_event);
        }
        // Nobody is left to hear it when the process ends.
        drop(tell.send(result));
    }
}

fn given_up() -> StoreError {
    StoreError::Failed("the commit was given up by the one that took it along".into())
}

async fn alone(writer: &mut SqliteConnection, prepared: &Prepared) -> Result<Committed> {
    let mut transaction = begin(writer).await?;
    let committed = commit::apply(&mut transaction, prepared).await?;
    transaction.commit().await.map_err(failed)?;
    Ok(committed)
}

/// Each in a part of one transaction that can be taken back by itself. `None` when the database
/// failed before anything was lasting: then nothing was done.
async fn together(
    writer: &mut SqliteConnection,
    lot: &[Waiting],
) -> Option<Vec<Result<Committed>>> {
    let mut transaction = begin(writer).await.ok()?;
    let mut results = Vec::with_capacity(lot.len());
    for waiting in lot {
        let mut part = transaction.begin().await.ok()?;
        match commit::apply(&mut part, &waiting.prepared).await {
            Ok(committed) => {
                part.commit().await.ok()?;
                results.push(Ok(committed));
            }
            Err(StoreError::Busy | StoreError::Failed(_)) => return None,
            Err(refused) => {
                part.rollback().await.ok()?;
                results.push(Err(refused));
            }
        }
    }
    if let Err(error) = transaction.commit().await {
        // Nobody may say that it is lasting, and nobody may do it once more.
        let why = error.to_string();
        return Some(
            lot.iter()
                .map(|_| Err(StoreError::Failed(why.clone().into())))
                .collect(),
        );
    }
    Some(results)
}
