//! The store on SQLite, embedded: one file, one writing connection, a few reading ones.

mod accounts;
mod advertisers;
mod agents;
mod audit;
mod campaigns;
mod care;
mod columns;
mod commit;
mod credentials;
mod delivery;
mod hooks;
mod jobs;
mod open;
mod outbox;
mod polls;
mod prepare;
mod requests;
mod store;
mod submissions;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use flighting_core::campaign::Campaign;
use flighting_core::ids::CampaignId;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqlitePool};
use sqlx::{Connection, Transaction};
use tokio::sync::{Mutex, MutexGuard, watch};

use crate::kept::Kept;

use super::{Change, Committed, Result, StoreError, Tip};

/// The store on SQLite.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The only connection that writes. Writers queue here, in order, and not at the file's lock.
    writer: Mutex<SqliteConnection>,
    /// Connections that read beside it; none for a database in memory, which has one connection.
    readers: Option<SqlitePool>,
    /// Campaigns that were read or written lately, parsed: one with hundreds of packages takes
    /// milliseconds to parse.
    parsed: Parsed,
    tip: watch::Sender<Tip>,
}

/// Parsed campaigns by id and row version. Whose a campaign is was asked before: the version comes
/// from a row of the owner.
type Parsed = Kept<CampaignId, i64, Arc<Campaign>>;

/// A connection to read with.
enum Reader<'a> {
    Pooled(PoolConnection<Sqlite>),
    Shared(MutexGuard<'a, SqliteConnection>),
}

impl Deref for Reader<'_> {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Pooled(connection) => connection,
            Self::Shared(connection) => connection,
        }
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Pooled(connection) => connection,
            Self::Shared(connection) => connection,
        }
    }
}

impl Inner {
    async fn reader(&self) -> Result<Reader<'_>> {
        match &self.readers {
            Some(pool) => pool.acquire().await.map(Reader::Pooled).map_err(failed),
            None => Ok(Reader::Shared(self.writer.lock().await)),
        }
    }

    fn moved(&self, last_event: Option<i64>) {
        self.tip.send_modify(|tip| {
            tip.commits += 1;
            tip.last_event =
                last_event.map_or(tip.last_event, |sequence| tip.last_event.max(sequence));
        });
    }

    async fn commit(&self, change: Change) -> Result<Committed> {
        // Everything is put into words before the one writer is held up.
        let prepared = prepare::prepare(change)?;
        let committed = {
            let mut writer = self.writer.lock().await;
            let mut transaction = begin(&mut writer).await?;
            let committed = commit::apply(&mut transaction, &prepared).await?;
            transaction.commit().await.map_err(failed)?;
            committed
        };
        if let (Some((campaign, bytes)), Some(version)) =
            (prepared.into_campaign(), committed.campaign_version)
        {
            let id = campaign.id().clone();
            self.parsed.put(id, version, Arc::new(campaign), bytes);
        }
        self.moved(committed.last_event);
        Ok(committed)
    }
}

/// Begins a transaction that writes from its start, so that it never fails half way for want of
/// the lock.
async fn begin(connection: &mut SqliteConnection) -> Result<Transaction<'_, Sqlite>> {
    connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .map_err(failed)
}

/// A failure of the database; one that only says that somebody else is writing is
/// [`StoreError::Busy`].
fn failed(error: sqlx::Error) -> StoreError {
    let busy = match &error {
        // Primary codes 5 (busy) and 6 (locked); extended codes keep them in the low byte.
        sqlx::Error::Database(database) => database
            .code()
            .and_then(|code| code.parse::<i32>().ok())
            .is_some_and(|code| matches!(code & 0xff, 5 | 6)),
        sqlx::Error::PoolTimedOut => true,
        _ => false,
    };
    if busy {
        StoreError::Busy
    } else {
        StoreError::Failed(Box::new(error))
    }
}

/// A failed insert; a place that is taken is [`StoreError::Exists`].
fn taken(what: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => {
            StoreError::Exists { what }
        }
        _ => failed(error),
    }
}
