//! Messages from sellers: whose address it is, what counts once, what is forgotten; and our keys.

use chrono::TimeDelta;
use flighting_core::media_buy::SubmissionState;
use flighting_server::secrets::{Keyring, Secret};
use flighting_server::store::{
    Change, MESSAGES_LIFE, Nonce, Receipt, SigningKeyRow, StoreError, SubmissionUpdate,
};

use crate::samples::*;

fn receipt(agent: &str, key: &str, digest: u8, nonce: u8) -> Receipt {
    Receipt {
        agent: agent_id(agent),
        message: Some((key.to_owned(), [digest; 32])),
        nonce: Some(Nonce {
            keyid: "k1".to_owned(),
            digest: [nonce; 32],
            until: at(360),
        }),
        at: at(0),
    }
}

fn taking(receipt: Receipt) -> Change {
    let mut change = Change::of(mine());
    change.receipt = Some(receipt);
    change
}

pub async fn an_address_belongs_to_the_agent_it_was_made_with(store: Handle) {
    settle_in(&*store).await;
    let hooked = agent(&mine(), "hooked");
    let mut change = Change::of(mine());
    change.agent_new = Some(hooked.clone());
    change.webhook_path = Some([7; 32]);
    store.commit(change).await.unwrap();
    let owner = store.webhook_owner(&[7; 32]).await.unwrap().unwrap();
    assert_eq!((owner.account, owner.agent), (mine(), hooked.id));
    assert_eq!(store.webhook_owner(&[8; 32]).await.unwrap(), None);
    // Nobody else gets it, and whoever tries does not begin at all.
    let other = agent(&theirs(), "other");
    let mut change = Change::of(theirs());
    change.agent_new = Some(other.clone());
    change.webhook_path = Some([7; 32]);
    let refused = store.commit(change).await;
    assert!(matches!(refused, Err(StoreError::Exists { .. })));
    assert!(store.agent(&theirs(), &other.id).await.unwrap().is_none());
}

pub async fn a_message_counts_once_with_all_that_came_with_it(store: Handle) {
    settle_in(&*store).await;
    let first = receipt("a", "key-1", 1, 1);
    let nonce = first.nonce.clone();
    store.commit(taking(first)).await.unwrap();
    let id = agent_id("a");
    let seen = store
        .message_seen(&id, "key-1", nonce.as_ref())
        .await
        .unwrap();
    assert_eq!((seen.digest, seen.replayed), (Some([1; 32]), true));
    // The same key, the same signature: each alone refuses the whole change.
    for again in [receipt("a", "key-1", 2, 2), receipt("a", "key-2", 2, 1)] {
        let (key, nonce) = (again.message.clone().unwrap().0, again.nonce.clone());
        let refused = store.commit(taking(again)).await;
        assert!(
            matches!(refused, Err(StoreError::Stale { .. })),
            "{refused:?}"
        );
        let seen = store.message_seen(&id, &key, nonce.as_ref()).await.unwrap();
        assert_ne!(seen.digest, Some([2; 32]));
    }
    assert_eq!(store.nonces_of_key(&id, "k1").await.unwrap(), 1);
    // Another agent's key is another key.
    store
        .commit(taking(receipt("b", "key-1", 3, 1)))
        .await
        .unwrap();
    let seen = store
        .message_seen(&agent_id("c"), "key-1", nonce.as_ref())
        .await
        .unwrap();
    assert_eq!(seen, Default::default());
}

pub async fn signatures_are_forgotten_when_they_end_and_messages_days_later(store: Handle) {
    settle_in(&*store).await;
    store
        .commit(taking(receipt("a", "key-1", 1, 1)))
        .await
        .unwrap();
    let id = agent_id("a");
    store.prune(at(360)).await.unwrap();
    assert_eq!(store.nonces_of_key(&id, "k1").await.unwrap(), 1);
    store.prune(at(361)).await.unwrap();
    assert_eq!(store.nonces_of_key(&id, "k1").await.unwrap(), 0);
    let known = async |now| {
        store.prune(now).await.unwrap();
        store
            .message_seen(&id, "key-1", None)
            .await
            .unwrap()
            .digest
            .is_some()
    };
    assert!(known(at(0) + TimeDelta::hours(24)).await);
    assert!(known(at(0) + MESSAGES_LIFE - TimeDelta::seconds(1)).await);
    assert!(!known(at(0) + MESSAGES_LIFE).await);
}

pub async fn a_message_finds_the_request_it_is_about(store: Handle) {
    settle_in(&*store).await;
    let campaign = begun(campaign("one", "one", 0), &[product("north", "a", "100")]);
    let sent = submission(&campaign, 0, "sub_1");
    let first = Change {
        campaign_new: Some(campaign.clone()),
        submissions: vec![sent.clone()],
        ..change()
    };
    store.commit(first).await.unwrap();
    let found = |account, agent, key: String| {
        let store = store.clone();
        async move {
            store
                .submission_by_key(&account, &agent, &key)
                .await
                .unwrap()
        }
    };
    let key = sent.idempotency_key.clone();
    let id = found(mine(), sent.agent_id.clone(), key.clone())
        .await
        .map(|found| found.id);
    assert_eq!(id, Some(sent.id.clone()));
    assert!(
        found(theirs(), sent.agent_id.clone(), key.clone())
            .await
            .is_none()
    );
    assert!(found(mine(), agent_id("stranger"), key).await.is_none());
    assert!(store.has_unsettled(&mine(), &sent.agent_id).await.unwrap());
    assert!(
        !store
            .has_unsettled(&theirs(), &sent.agent_id)
            .await
            .unwrap()
    );
    let of_task = async || {
        let found = store
            .submission_by_task(&mine(), &sent.agent_id, "task-1")
            .await
            .unwrap();
        found.map(|found| found.id)
    };
    assert_eq!(of_task().await, None);
    let settled = SubmissionUpdate {
        id: sent.id.clone(),
        expected: SubmissionState::Open,
        holder: None,
        state: SubmissionState::Closed,
        sent_at: None,
        seller_task_id: Some("task-1".to_owned()),
    };
    let second = Change {
        submission_updates: vec![settled],
        ..change()
    };
    store.commit(second).await.unwrap();
    assert_eq!(of_task().await, Some(sent.id.clone()));
    assert!(!store.has_unsettled(&mine(), &sent.agent_id).await.unwrap());
}

pub async fn the_youngest_signing_key_stays(store: Handle) {
    settle_in(&*store).await;
    let ring = Keyring::ephemeral().unwrap();
    for (kid, seconds) in [("one", 0), ("two", 100)] {
        let secret = ring
            .seal(&SigningKeyRow::place(kid), &Secret::new(kid))
            .unwrap();
        let row = SigningKeyRow {
            kid: kid.to_owned(),
            secret,
            created_at: at(seconds),
        };
        store.insert_signing_key(&row).await.unwrap();
    }
    let names = async || {
        let rows = store.signing_keys().await.unwrap();
        rows.into_iter().map(|row| row.kid).collect::<Vec<_>>()
    };
    assert_eq!(names().await, ["two", "one"]);
    assert_eq!(store.forget_signing_keys(at(50)).await.unwrap(), 1);
    assert_eq!(store.forget_signing_keys(at(500)).await.unwrap(), 0);
    assert_eq!(names().await, ["two"]);
}
