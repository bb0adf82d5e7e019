//! The one connection that writes, and transactions on it.
//!
//! They are begun and ended by our own statements: a disk that is full, or fails, ends a
//! transaction inside SQLite, and who counts transactions beside it would take it for open until
//! the process ends.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::sqlite::SqliteConnection;
use tokio::runtime::Handle;
use tokio::sync::OwnedMutexGuard;

use super::{Inner, failed};
use crate::store::Result;

/// The connection that writes.
#[derive(Debug)]
pub(super) struct Writer {
    connection: SqliteConnection,
    /// A transaction was begun, and nobody knows that it ended.
    is_open: bool,
}

impl Writer {
    pub(super) fn over(connection: SqliteConnection) -> Self {
        Self {
            connection,
            is_open: false,
        }
    }

    async fn run(&mut self, statement: &'static str) -> Result<()> {
        sqlx::query(statement)
            .execute(&mut self.connection)
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// Takes back what was left half way: it failed, or its caller went away. What somebody else
    /// writes next must not become a part of it.
    async fn clear(&mut self) {
        if self.is_open {
            if let Err(error) = self.run("ROLLBACK").await {
                // SQLite ended it by itself.
                tracing::debug!(%error, "a transaction had ended");
            }
            self.is_open = false;
        }
    }
}

impl Deref for Writer {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Writer {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

/// The writer in somebody's hands.
#[derive(Debug)]
pub(super) struct Held(Option<OwnedMutexGuard<Writer>>);

impl Held {
    fn writer(&self) -> &Writer {
        self.0.as_ref().expect("given back by drop alone")
    }
}

impl Deref for Held {
    type Target = Writer;
    fn deref(&self) -> &Writer {
        self.writer()
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Writer {
        self.0.as_mut().expect("given back by drop alone")
    }
}

impl Drop for Held {
    /// What was left half way is taken back at once, before anybody else gets the writer: until
    /// then other processes cannot write.
    fn drop(&mut self) {
        let Some(mut writer) = self.0.take().filter(|writer| writer.is_open) else {
            return;
        };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { writer.clear().await });
        }
    }
}

impl Inner {
    /// The writer, with no transaction open.
    pub(super) async fn writer(&self) -> Held {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        writer.clear().await;
        Held(Some(writer))
    }
}

/// A transaction; what is dropped before it was committed is taken back.
#[derive(Debug)]
pub(super) struct Writing<'a>(&'a mut Writer);

impl Writing<'_> {
    /// Makes all of it lasting: it is on the disk when this answers.
    pub(super) async fn commit(self) -> Result<()> {
        self.0.run("COMMIT").await?;
        self.0.is_open = false;
        Ok(())
    }
}

impl Deref for Writing<'_> {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        self.0
    }
}

impl DerefMut for Writing<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.0
    }
}

/// Begins a transaction that writes from its start, so that it never fails half way for want of
/// the lock.
pub(super) async fn begin(writer: &mut Writer) -> Result<Writing<'_>> {
    writer.clear().await;
    // Before it is: a caller that goes away meanwhile leaves it behind all the same.
    writer.is_open = true;
    writer.run("BEGIN IMMEDIATE").await?;
    Ok(Writing(writer))
}
