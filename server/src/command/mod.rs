//! What the subcommands do. Only here and in the tests are concrete databases named.

pub mod keys;
pub mod sandbox;
pub mod secrets;
pub mod serve;

use anyhow::Context;
use flighting_server::config::Database;
use flighting_server::secrets::{KEY_VARIABLE, Keyring, Secret};
use flighting_server::store::SqliteStore;

/// Opens the database and brings its tables up to date.
async fn open(database: &Database) -> anyhow::Result<SqliteStore> {
    SqliteStore::open(&database.path).await.with_context(|| {
        format!(
            "the database `{}` cannot be opened",
            database.path.display()
        )
    })
}

/// The key for stored secrets: the environment's, else the file beside the database.
fn keyring(database: &Database) -> anyhow::Result<Keyring> {
    let given = std::env::var(KEY_VARIABLE).ok().map(Secret::new);
    Ok(Keyring::open(
        given.as_ref(),
        &Keyring::file_beside(&database.path),
    )?)
}

/// Listens from now on for what asks the process to stop; the future ends with the first of SIGINT
/// and SIGTERM. A second one ends the process at once.
fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()> + Send + use<>> {
    let (send, receive) = tokio::sync::oneshot::channel();
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        signals.next().await;
        // Nobody waits any more: then there is nobody to tell.
        let _ = send.send(());
        signals.next().await;
        std::process::exit(130);
    });
    Ok(async move { drop(receive.await) })
}

#[cfg(unix)]
struct Signals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl Signals {
    fn new() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        ))
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> anyhow::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
