//! Opening a database: how it keeps its promises, and within what memory.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use tokio::sync::{Mutex, watch};

use super::writer::Writer;
use super::{Inner, SqliteStore, failed};
use crate::kept::Kept;
use crate::store::{Result, StoreError, Tip};

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Reading connections. Each holds a page cache of its own, so few: memory stays small, and two
/// cores have no use for more.
const READERS: u32 = 4;

/// Page cache of the writing connection and of each reading one, in KiB.
const WRITER_CACHE_KIB: u32 = 4_096;
const READER_CACHE_KIB: u32 = 2_048;

/// Stored bytes of all campaigns that are kept parsed, where they take two to three times that; and
/// how many.
const PARSED_BYTES: usize = 4 * 1024 * 1024;
const PARSED: usize = 256;

/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

impl SqliteStore {
    /// Opens the database of a file and brings its tables up to date; the file is made where there
    /// is none.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when it cannot be opened or was made by a newer version.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            .pragma("trusted_schema", "off");
        let writer = options
            .clone()
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A commit is on the disk before anything is sent: a purchase that the database forgot
            // after a power cut would be bought twice.
            .synchronous(SqliteSynchronous::Full)
            .pragma("cache_size", format!("-{WRITER_CACHE_KIB}"))
            .pragma("journal_size_limit", "67108864");
        let writer = Self::migrated(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(BUSY_TIMEOUT)
            .connect_with(
                options
                    .read_only(true)
                    .pragma("cache_size", format!("-{READER_CACHE_KIB}")),
            )
            .await
            .map_err(failed)?;
        Ok(Self::over(writer, Some(readers)))
    }

    /// A database in memory that ends with this value. Reads and writes share its one connection.
    ///
    /// # Errors
    /// [`StoreError::Failed`] when SQLite cannot make it.
    pub async fn in_memory() -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .in_memory(true)
            .foreign_keys(true);
        Ok(Self::over(Self::migrated(&options).await?, None))
    }

    async fn migrated(options: &SqliteConnectOptions) -> Result<SqliteConnection> {
        let mut connection = options.connect().await.map_err(failed)?;
        MIGRATIONS
            .run(&mut connection)
            .await
            .map_err(|error| StoreError::Failed(Box::new(error)))?;
        Ok(connection)
    }

    fn over(writer: SqliteConnection, readers: Option<SqlitePool>) -> Self {
        let inner = Inner {
            queue: super::together::Queue::default(),
            writer: Arc::new(Mutex::new(Writer::over(writer))),
            readers,
            parsed: Kept::within(PARSED_BYTES, PARSED),
            tip: watch::Sender::new(Tip::default()),
        };
        Self {
            inner: Arc::new(inner),
        }
    }
}
