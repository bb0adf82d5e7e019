//! `flighting secrets`: care for what is encrypted at rest.

use chrono::Utc;
use flighting_server::config::Database;
use flighting_server::secrets::{NEW_KEY_VARIABLE, Secret};
use flighting_server::signing_keys;
use flighting_server::store::Store;

/// `secrets rotate`.
pub async fn rotate(database: &Database) -> anyhow::Result<()> {
    let store = super::open(database).await?;
    let keyring = super::keyring(database)?;
    let new_key = std::env::var(NEW_KEY_VARIABLE).ok().map(Secret::new);
    let sealed = keyring.rotate(&store, new_key.as_ref()).await?;
    store.close().await;
    println!("{sealed} secrets are encrypted with the new key");
    Ok(())
}

/// `secrets rotate-signing-key`.
pub async fn rotate_signing_key(database: &Database) -> anyhow::Result<()> {
    let store = super::open(database).await?;
    let keyring = super::keyring(database)?;
    let kid = signing_keys::make(&store, &keyring, Utc::now()).await?;
    store.close().await;
    println!(
        "requests are signed with the new key `{kid}`; the old ones stay published for a week"
    );
    Ok(())
}
