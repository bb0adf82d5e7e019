//! Keys rotate under stored secrets (decision 31).

use flighting_core::ids::AgentId;
use flighting_server::secrets::{Keyring, Secret, SecretsError};
use flighting_server::store::{AccountId, SalesAgent, Store, StoreError};

use crate::samples::*;

async fn with_token(
    store: &dyn Store,
    ring: &Keyring,
    account: &AccountId,
    name: &str,
    token: &str,
) -> AgentId {
    let mut agent = agent(account, name);
    let place = SalesAgent::token_place(account, &agent.id);
    agent.token = Some(ring.seal(&place, &Secret::new(token)).unwrap());
    let place = SalesAgent::webhooks_place(account, &agent.id);
    agent.webhooks = Some(
        ring.seal(&place, &Secret::new(format!("hmac of {token}")))
            .unwrap(),
    );
    store.insert_agent(&agent).await.unwrap();
    agent.id
}

async fn token(
    store: &dyn Store,
    ring: &Keyring,
    account: &AccountId,
    id: &AgentId,
) -> Result<String, SecretsError> {
    let agent = store.agent(account, id).await.unwrap().unwrap().value;
    let place = SalesAgent::token_place(account, id);
    let token = ring.open_sealed(&place, agent.token.as_ref().unwrap())?;
    let place = SalesAgent::webhooks_place(account, id);
    let hmac = ring.open_sealed(&place, agent.webhooks.as_ref().unwrap())?;
    assert_eq!(hmac.expose(), format!("hmac of {}", token.expose()));
    Ok(token.expose().to_owned())
}

pub async fn rotation_seals_everything_anew(store: Handle) {
    settle_in(&*store).await;
    let folder = folder();
    let file = folder.join("flighting.db.key");
    let before = std::fs::read(&file).ok();
    assert!(before.is_none());
    let ring = Keyring::from_file(&file).unwrap();
    let old = std::fs::read_to_string(&file).unwrap();
    let one = with_token(&*store, &ring, &mine(), "one", "tok-1").await;
    let two = with_token(&*store, &ring, &theirs(), "two", "tok-2").await;
    // Another process that has the file open already.
    let beside = Keyring::from_file(&file).unwrap();

    assert_eq!(ring.rotate(&*store, None).await.unwrap(), 4);
    let new = std::fs::read_to_string(&file).unwrap();
    assert_ne!(new, old);
    assert_eq!(
        new.lines().count(),
        1,
        "the old key is gone when nothing needs it"
    );
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        1,
        "leftover files"
    );
    for ring in [&ring, &beside, &Keyring::from_file(&file).unwrap()] {
        assert_eq!(token(&*store, ring, &mine(), &one).await.unwrap(), "tok-1");
        assert_eq!(
            token(&*store, ring, &theirs(), &two).await.unwrap(),
            "tok-2"
        );
    }
    let lost = Keyring::from_text(old.trim()).unwrap();
    let refused = token(&*store, &lost, &mine(), &one).await.unwrap_err();
    assert!(
        matches!(refused, SecretsError::OtherKey(_)),
        "the old key still opens: {refused:?}"
    );
    // What the other process seals from now on is sealed with the new key.
    let three = with_token(&*store, &beside, &mine(), "three", "tok-3").await;
    assert_eq!(
        token(
            &*store,
            &Keyring::from_file(&file).unwrap(),
            &mine(),
            &three
        )
        .await
        .unwrap(),
        "tok-3"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

pub async fn a_rotation_that_fails_changes_nothing(store: Handle) {
    settle_in(&*store).await;
    let key = |digit: &str| digit.repeat(64);
    let ring = Keyring::from_text(&key("1")).unwrap();
    let good = with_token(&*store, &ring, &mine(), "good", "tok-1").await;
    let foreign = Keyring::from_text(&key("2")).unwrap();
    with_token(&*store, &foreign, &mine(), "foreign", "tok-2").await;
    let before = store.agents(&mine()).await.unwrap();

    let no_key = ring.rotate(&*store, None).await.unwrap_err();
    assert!(
        matches!(no_key, StoreError::Secrets(SecretsError::NoNewKey)),
        "{no_key:?}"
    );
    let same = ring
        .rotate(&*store, Some(&Secret::new(key("1"))))
        .await
        .unwrap_err();
    assert!(
        matches!(same, StoreError::Secrets(SecretsError::NoNewKey)),
        "{same:?}"
    );
    let stuck = ring
        .rotate(&*store, Some(&Secret::new(key("3"))))
        .await
        .unwrap_err();
    assert!(
        matches!(stuck, StoreError::Secrets(SecretsError::OtherKey(_))),
        "{stuck:?}"
    );
    assert_eq!(store.agents(&mine()).await.unwrap(), before);
    assert_eq!(
        token(&*store, &ring, &mine(), &good).await.unwrap(),
        "tok-1"
    );
    let said = format!("{no_key} {same} {stuck} {no_key:?} {same:?} {stuck:?}");
    assert!(
        !said.contains("tok-") && !said.contains("11111111"),
        "{said}"
    );
}

pub async fn an_update_with_an_old_seal_is_stale(store: Handle) {
    settle_in(&*store).await;
    let ring = Keyring::from_text(&"1".repeat(64)).unwrap();
    let id = with_token(&*store, &ring, &mine(), "one", "tok-1").await;
    let read = store.agent(&mine(), &id).await.unwrap().unwrap();
    ring.rotate(&*store, Some(&Secret::new("2".repeat(64))))
        .await
        .unwrap();
    let late = store
        .update_agent(&read.value, read.version)
        .await
        .unwrap_err();
    assert!(
        matches!(late, StoreError::Stale { what: "agent" }),
        "{late:?}"
    );
    assert_eq!(token(&*store, &ring, &mine(), &id).await.unwrap(), "tok-1");
}
