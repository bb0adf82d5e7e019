//! Commits that wait at the writer at the same time go to the disk together: each is decided by
//! itself, in the order in which they came, and one write makes all of them lasting. What a disk
//! takes in a second is writes, not changes.
//!
//! Nobody hears of a commit before the write that holds it is on the disk, and a write that fails
//! fails all commits that it held.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use super::prepare::{self, Prepared};
use super::writer::{Writer, Writing, begin};
use super::{Inner, commit};
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
                writer = self.writer() => writer,
            };
            let lot = self.queue.take();
            self.write(&mut writer, lot).await;
        }
    }

    async fn write(&self, writer: &mut Writer, lot: Vec<Waiting>) {
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

/// The one that took a commit along ended before it said what came of it.
fn given_up() -> StoreError {
    StoreError::Failed("the commit was given up by the one that took it along".into())
}

async fn alone(writer: &mut Writer, prepared: &Prepared) -> Result<Committed> {
    let mut transaction = begin(writer).await?;
    let committed = commit::apply(&mut transaction, prepared).await?;
    transaction.commit().await?;
    Ok(committed)
}

/// A part of a transaction that can be taken back by itself. Each ends the one before it, so that
/// there is one at a time.
const FIRST_PART: &str = "SAVEPOINT part";
const NEXT_PART: &str = "RELEASE part; SAVEPOINT part";
const TAKE_BACK: &str = "ROLLBACK TO part";

/// Each in a part of one transaction. `None` when the database failed before anything was written:
/// then nothing was done.
async fn together(writer: &mut Writer, lot: &[Waiting]) -> Option<Vec<Result<Committed>>> {
    let mut transaction = begin(writer).await.ok()?;
    let mut results = Vec::with_capacity(lot.len());
    let mut part = FIRST_PART;
    for waiting in lot {
        run(&mut transaction, part).await?;
        part = NEXT_PART;
        match commit::apply(&mut transaction, &waiting.prepared).await {
            Ok(committed) => results.push(Ok(committed)),
            Err(StoreError::Busy | StoreError::Failed(_)) => return None,
            Err(refused) => {
                run(&mut transaction, TAKE_BACK).await?;
                results.push(Err(refused));
            }
        }
    }
    if let Err(error) = transaction.commit().await {
        // Nobody may say that it is lasting, and nobody may do it once more: what reached the disk
        // is not known.
        let why = format!("a write of {} commits failed: {error}", lot.len());
        return Some(
            lot.iter()
                .map(|_| Err(StoreError::Failed(why.clone().into())))
                .collect(),
        );
    }
    Some(results)
}

async fn run(transaction: &mut Writing<'_>, statement: &'static str) -> Option<()> {
    sqlx::query(statement)
        .execute(&mut **transaction)
        .await
        .ok()
        .map(|_| ())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use flighting_core::ids::AgentId;
    use sqlx::AssertSqlSafe;
    use tokio::task::JoinHandle;

    use super::*;
    use crate::store::{AccountId, Nonce, Receipt, SqliteStore};

    /// A message that was received.
    fn received(key: &str) -> Change {
        let mut change = Change::of(AccountId::parse("acc_one").unwrap());
        change.receipt = Some(Receipt {
            agent: AgentId::parse("agt_one").unwrap(),
            message: Some((key.to_owned(), [1; 32])),
            nonce: None,
            at: DateTime::UNIX_EPOCH,
        });
        change
    }

    fn begun(store: &SqliteStore, change: Change) -> JoinHandle<Result<Committed>> {
        let inner = Arc::clone(&store.inner);
        tokio::spawn(async move { inner.commit(change).await })
    }

    /// Commits of which all wait before the first of them is taken.
    async fn at_once(
        store: &SqliteStore,
        changes: Vec<Change>,
    ) -> Vec<JoinHandle<Result<Committed>>> {
        let writer = store.inner.writer().await;
        let mut waiting = Vec::new();
        for change in changes {
            waiting.push(begun(store, change));
            while store.inner.queue.0.lock().unwrap().len() < waiting.len() {
                tokio::task::yield_now().await;
            }
        }
        drop(writer);
        waiting
    }

    async fn told(waiting: Vec<JoinHandle<Result<Committed>>>) -> Vec<&'static str> {
        let mut words = Vec::new();
        for one in waiting {
            words.push(match one.await.unwrap() {
                Ok(_) => "taken",
                Err(StoreError::Stale { .. }) => "stale",
                Err(StoreError::Failed(_)) => "failed",
                Err(other) => panic!("expected another answer than {other:?}"),
            });
        }
        words
    }

    async fn sql(store: &SqliteStore, statement: &str) {
        let mut writer = store.inner.writer().await;
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
            .execute(&mut **writer)
            .await
            .unwrap();
    }

    async fn kept(store: &SqliteStore) -> Vec<String> {
        sqlx::query_scalar("SELECT key FROM webhook_messages ORDER BY key")
            .fetch_all(&mut **store.inner.writer().await)
            .await
            .unwrap()
    }

    /// A row that names nobody is found out by the write, not by the statement.
    const FAILS_AT_THE_END: &str =
        "CREATE TABLE owed (id TEXT REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER owes AFTER INSERT ON webhook_messages WHEN NEW.key = 'bad'
        BEGIN INSERT INTO owed VALUES ('nobody'); END;";

    #[tokio::test]
    async fn one_that_is_refused_does_not_spoil_the_others() {
        let store = SqliteStore::in_memory().await.unwrap();
        // Written before the signature turns out to be known.
        let signed_as_before = |key: &str| {
            let mut change = received(key);
            let nonce = Nonce {
                keyid: "one".to_owned(),
                digest: [1; 32],
                until: DateTime::UNIX_EPOCH,
            };
            change.receipt.as_mut().unwrap().nonce = Some(nonce);
            change
        };
        let changes = vec![
            signed_as_before("a"),
            signed_as_before("half"),
            received("b"),
            received("b"),
            received("c"),
        ];
        let waiting = at_once(&store, changes).await;
        assert_eq!(
            told(waiting).await,
            ["taken", "stale", "taken", "stale", "taken"]
        );
        assert_eq!(kept(&store).await, ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn a_write_that_fails_fails_all_that_it_held_and_nothing_else() {
        let store = SqliteStore::in_memory().await.unwrap();
        sql(&store, FAILS_AT_THE_END).await;
        let before = *store.inner.tip.borrow();
        let waiting = at_once(&store, ["a", "bad", "c"].map(received).into()).await;
        assert_eq!(told(waiting).await, ["failed", "failed", "failed"]);
        assert!(kept(&store).await.is_empty());
        assert_eq!(*store.inner.tip.borrow(), before);
        let waiting = at_once(&store, ["a", "c"].map(received).into()).await;
        assert_eq!(told(waiting).await, ["taken", "taken"]);
        assert_eq!(kept(&store).await, ["a", "c"]);
    }

    #[tokio::test]
    async fn a_full_disk_is_no_longer_full_when_there_is_room() {
        let store = SqliteStore::in_memory().await.unwrap();
        sql(&store, "PRAGMA max_page_count = 1").await;
        let long = |name: &str| received(&name.repeat(50_000));
        let waiting = at_once(&store, ["a", "b"].map(long).into()).await;
        assert_eq!(told(waiting).await, ["failed", "failed"]);
        let waiting = at_once(&store, vec![long("a")]).await;
        assert_eq!(told(waiting).await, ["failed"]);
        sql(&store, "PRAGMA max_page_count = 100000").await;
        let waiting = at_once(&store, ["a", "b"].map(long).into()).await;
        assert_eq!(told(waiting).await, ["taken", "taken"]);
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_holds_up_nobody() {
        let store = SqliteStore::in_memory().await.unwrap();
        let writer = store.inner.writer().await;
        let gone = begun(&store, received("a"));
        while store.inner.queue.0.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        drop(writer);
        let waiting = at_once(&store, ["b", "c"].map(received).into()).await;
        assert_eq!(told(waiting).await, ["taken", "taken"]);
        assert_eq!(kept(&store).await, ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn what_was_left_half_way_is_no_part_of_what_comes_after() {
        let store = SqliteStore::in_memory().await.unwrap();
        {
            let mut writer = store.inner.writer().await;
            let mut transaction = begin(&mut writer).await.unwrap();
            let half = prepare::prepare(received("a")).unwrap();
            commit::apply(&mut transaction, &half).await.unwrap();
        }
        assert!(kept(&store).await.is_empty());
        let waiting = at_once(&store, vec![received("b")]).await;
        assert_eq!(told(waiting).await, ["taken"]);
        assert_eq!(kept(&store).await, ["b"]);
    }
}
