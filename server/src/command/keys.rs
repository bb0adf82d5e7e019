//! `flighting keys`: makes, lists and revokes keys in the database, while the server runs or not.

use anyhow::bail;
use chrono::Utc;
use flighting_core::wire::audit::ActorOrigin;
use flighting_server::auth;
use flighting_server::config::Database;
use flighting_server::ids::IdSource;
use flighting_server::secrets::Secret;
use flighting_server::store::{AccountId, Store};

/// The account of a name.
pub async fn account(store: &dyn Store, name: &str) -> anyhow::Result<AccountId> {
    let fresh = IdSource.other(AccountId::PREFIX);
    let Some(fresh) = AccountId::parse(&fresh) else {
        bail!("no account id could be made");
    };
    Ok(store.ensure_account(name, &fresh, Utc::now()).await?)
}

/// Makes a key for an account and stores its hash.
pub async fn issue(
    store: &dyn Store,
    account: &AccountId,
    label: &str,
    read_only: bool,
    origin: ActorOrigin,
) -> anyhow::Result<Secret> {
    let key = auth::fresh_key()?;
    let now = Utc::now();
    auth::store_key_of(store, account, &key, label, read_only, origin, now).await?;
    Ok(key)
}

/// `keys create`: the key goes to standard output and nowhere else.
pub async fn create(
    database: &Database,
    label: &str,
    read_only: bool,
    origin: ActorOrigin,
    name: &str,
) -> anyhow::Result<()> {
    let store = super::open(database).await?;
    let account = account(&store, name).await?;
    let key = issue(&store, &account, label, read_only, origin).await?;
    store.close().await;
    println!("{}", key.expose());
    Ok(())
}

/// `keys list`: one line each, oldest first.
pub async fn list(database: &Database) -> anyhow::Result<()> {
    let store = super::open(database).await?;
    let keys = store.keys().await?;
    store.close().await;
    for key in keys {
        let rights = if key.read_only { "read-only" } else { "full" };
        let state = key.revoked_at.map_or_else(
            || "in use".to_owned(),
            |at| format!("revoked {}", at.to_rfc3339()),
        );
        println!(
            "{}  {}  {rights}  {}  {state}  {}  {}",
            key.id,
            key.account,
            key.origin,
            key.created_at.to_rfc3339(),
            key.label
        );
    }
    Ok(())
}

/// `keys revoke`.
pub async fn revoke(database: &Database, id: &str) -> anyhow::Result<()> {
    let store = super::open(database).await?;
    let revoked = store.revoke_key(id, Utc::now()).await?;
    store.close().await;
    if !revoked {
        bail!("expected the id of a key in use, got `{id}`: see `flighting keys list`");
    }
    println!("revoked {id}");
    Ok(())
}
