//! The store on SQLite, embedded: one file, one writing connection, a few reading ones.

mod accounts;
mod advertisers;
mod agents;
mod audit;
mod batch;
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
mod together;
mod writer;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use flighting_core::campaign::Campaign;
use flighting_core::ids::CampaignId;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{Sqlite, SqliteConnection, SqlitePool};
use tokio::sync::{Mutex, watch};

use crate::kept::Kept;

use super::{Result, StoreError, Tip};
use writer::{Held, Writer};

/// The store on SQLite.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    /// The only connection that writes. Writers queue here, in order, and not at the file's lock.
    writer: Arc<Mutex<Writer>>,
    /// Commits that wait for it.
    queue: together::Queue,
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
enum Reader {
    Pooled(PoolConnection<Sqlite>),
    Shared(Held),
}

impl Deref for Reader {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Pooled(connection) => connection,
            Self::Shared(connection) => connection,
        }
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Pooled(connection) => connection,
            Self::Shared(connection) => connection,
        }
    }
}

impl Inner {
    async fn reader(&self) -> Result<Reader> {
        match &self.readers {
            Some(pool) => pool.acquire().await.map(Reader::Pooled).map_err(failed),
            None => Ok(Reader::Shared(self.writer().await)),
        }
    }

    fn moved(&self, last_event: Option<i64>) {
        self.tip.send_modify(|tip| {
            tip.commits += 1;
            tip.last_event =
                last_event.map_or(tip.last_event, |sequence| tip.last_event.max(sequence));
        });
    }
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
