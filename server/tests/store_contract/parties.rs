//! Accounts, keys, advertisers, sales agents.

use flighting_core::advertiser::AdvertiserStatus;
use flighting_core::execution::{self, Answer, Outcome, SellerTask};
use flighting_core::ids::AdvertiserId;
use flighting_core::money::Currency;
use flighting_core::wire::audit::ActorOrigin;
use flighting_server::secrets::Sealed;
use flighting_server::store::{
    AdvertiserFilter, AgentProtocol, AgentStatus, ApiKey, Change, Probe, StoreError,
};

use crate::samples::*;

pub async fn accounts_are_made_once(store: Handle) {
    let first = store
        .ensure_account("default", &account("1"), at(0))
        .await
        .unwrap();
    assert_eq!(first, account("1"));
    assert_eq!(
        store
            .ensure_account("default", &account("2"), at(1))
            .await
            .unwrap(),
        account("1")
    );
    assert_eq!(
        store
            .ensure_account("other", &account("3"), at(2))
            .await
            .unwrap(),
        account("3")
    );
    let clash = store
        .ensure_account("third", &account("1"), at(3))
        .await
        .unwrap_err();
    assert!(matches!(clash, StoreError::Exists { .. }), "{clash:?}");
}

pub async fn keys_are_found_by_hash_until_revoked(store: Handle) {
    settle_in(&*store).await;
    let key = |id: &str, read_only, created| ApiKey {
        id: id.to_owned(),
        account: mine(),
        label: "for the planner".to_owned(),
        read_only,
        origin: ActorOrigin::Agent,
        created_at: at(created),
        revoked_at: None,
    };
    let (first, second) = (key("key_1", false, 1), key("key_2", true, 2));
    store.insert_key(&second, &[2; 32]).await.unwrap();
    store.insert_key(&first, &[1; 32]).await.unwrap();
    let twice = store
        .insert_key(&key("key_3", false, 3), &[1; 32])
        .await
        .unwrap_err();
    assert!(
        matches!(twice, StoreError::Exists { what: "key" }),
        "{twice:?}"
    );
    assert_eq!(
        store.key_by_hash(&[1; 32]).await.unwrap(),
        Some(first.clone())
    );
    assert_eq!(
        store.key_by_hash(&[2; 32]).await.unwrap(),
        Some(second.clone())
    );
    assert_eq!(store.key_by_hash(&[3; 32]).await.unwrap(), None);
    assert_eq!(store.keys().await.unwrap(), [first.clone(), second.clone()]);
    assert!(store.revoke_key("key_1", at(9)).await.unwrap());
    assert!(!store.revoke_key("key_1", at(10)).await.unwrap());
    assert!(!store.revoke_key("key_9", at(10)).await.unwrap());
    assert_eq!(store.key_by_hash(&[1; 32]).await.unwrap(), None);
    assert_eq!(
        store.keys().await.unwrap(),
        [
            ApiKey {
                revoked_at: Some(at(9)),
                ..first
            },
            second
        ]
    );
}

pub async fn advertisers_are_kept_listed_and_updated(store: Handle) {
    settle_in(&*store).await;
    let id = |name: &str| AdvertiserId::parse(&format!("adv_{name}")).unwrap();
    let mut test = advertiser(id("test"), "Testbrand ÄÖ", 5);
    test.sandbox = true;
    store.insert_advertiser(&mine(), &test).await.unwrap();
    let twice = store.insert_advertiser(&mine(), &test).await.unwrap_err();
    assert!(
        matches!(twice, StoreError::Exists { what: "advertiser" }),
        "{twice:?}"
    );
    let stored = store.advertiser(&mine(), &test.id).await.unwrap().unwrap();
    assert_eq!((&stored.value, stored.version), (&test, 1));

    let mut archived = advertiser(id("old"), "Old", 9);
    store.insert_advertiser(&mine(), &archived).await.unwrap();
    archived.status = AdvertiserStatus::Archived;
    assert_eq!(
        store
            .update_advertiser(&mine(), &archived, 1)
            .await
            .unwrap(),
        2
    );
    let stale = store
        .update_advertiser(&mine(), &archived, 1)
        .await
        .unwrap_err();
    assert!(
        matches!(stale, StoreError::Stale { what: "advertiser" }),
        "{stale:?}"
    );
    let foreign = store
        .update_advertiser(&theirs(), &archived, 2)
        .await
        .unwrap_err();
    assert!(matches!(foreign, StoreError::Stale { .. }), "{foreign:?}");

    let list = |filter: AdvertiserFilter| {
        let store = store.clone();
        async move {
            let page = store.advertisers(&mine(), &filter).await.unwrap();
            (
                page.rows
                    .into_iter()
                    .map(|row| row.name)
                    .collect::<Vec<_>>(),
                page.total,
            )
        }
    };
    let all = AdvertiserFilter {
        take: 10,
        ..AdvertiserFilter::default()
    };
    assert_eq!(
        list(all.clone()).await,
        (vec!["Old".into(), "Testbrand ÄÖ".into(), "Acme".into()], 3)
    );
    assert_eq!(
        list(AdvertiserFilter {
            take: 1,
            skip: 1,
            ..all.clone()
        })
        .await,
        (vec!["Testbrand ÄÖ".into()], 3)
    );
    let named = AdvertiserFilter {
        name_contains: Some("BRAND äö".into()),
        ..all.clone()
    };
    assert_eq!(list(named).await, (vec!["Testbrand ÄÖ".into()], 1));
    let active = AdvertiserFilter {
        status: Some(AdvertiserStatus::Active),
        ..all.clone()
    };
    assert_eq!(list(active).await.1, 2);
    let gone = AdvertiserFilter {
        status: Some(AdvertiserStatus::Archived),
        ..all.clone()
    };
    assert_eq!(list(gone).await, (vec!["Old".into()], 1));
    assert_eq!(
        list(AdvertiserFilter {
            sandbox: Some(true),
            ..all.clone()
        })
        .await,
        (vec!["Testbrand ÄÖ".into()], 1)
    );
    assert_eq!(
        list(AdvertiserFilter {
            sandbox: Some(false),
            ..all
        })
        .await
        .1,
        2
    );
}

pub async fn the_currency_stays_once_there_is_a_campaign(store: Handle) {
    settle_in(&*store).await;
    let id = advertiser_of(&mine());
    let mut acme = store.advertiser(&mine(), &id).await.unwrap().unwrap().value;
    assert!(!store.has_campaigns(&mine(), &id).await.unwrap());
    acme.currency = Currency::parse("EUR").unwrap();
    assert_eq!(store.update_advertiser(&mine(), &acme, 1).await.unwrap(), 2);
    add(&*store, &campaign("one", "one", 0)).await;
    assert!(store.has_campaigns(&mine(), &id).await.unwrap());
    acme.name = "Acme & Co".into();
    assert_eq!(store.update_advertiser(&mine(), &acme, 2).await.unwrap(), 3);
    acme.currency = usd();
    let refused = store
        .update_advertiser(&mine(), &acme, 3)
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::InUse { what: "advertiser" }),
        "{refused:?}"
    );
    let stored = store.advertiser(&mine(), &id).await.unwrap().unwrap();
    assert_eq!((stored.value.currency.code(), stored.version), ("EUR", 3));
    // An archived campaign still counts.
    let mut archived = campaign("one", "one", 0);
    archived.archive(at(9)).unwrap();
    put(&*store, &archived, 1).await;
    assert!(store.has_campaigns(&mine(), &id).await.unwrap());
}

pub async fn agents_are_kept_and_updated(store: Handle) {
    settle_in(&*store).await;
    let mut west = agent(&mine(), "west");
    west.protocol = AgentProtocol::A2a;
    west.token = Some(Sealed::from_bytes(vec![1, 2, 3]));
    west.webhooks = Some(Sealed::from_bytes(vec![4, 5]));
    west.probe = Some(Probe {
        at: at(3),
        capabilities: Some(serde_json::json!({ "adcp": { "major_versions": [3] } })),
        error: None,
    });
    store.insert_agent(&west).await.unwrap();
    assert!(matches!(
        store.insert_agent(&west).await.unwrap_err(),
        StoreError::Exists { what: "agent" }
    ));
    let stored = store.agent(&mine(), &west.id).await.unwrap().unwrap();
    assert_eq!((&stored.value, stored.version), (&west, 1));
    let names: Vec<_> = store
        .agents(&mine())
        .await
        .unwrap()
        .into_iter()
        .map(|agent| agent.value.name)
        .collect();
    assert_eq!(
        names,
        ["north", "south", "west"],
        "in the order of registration"
    );

    west.status = AgentStatus::Unreachable;
    west.token = None;
    west.probe = Some(Probe {
        at: at(9),
        capabilities: None,
        error: Some("no route".into()),
    });
    west.updated_at = at(9);
    assert_eq!(store.update_agent(&west, 1).await.unwrap(), 2);
    assert!(matches!(
        store.update_agent(&west, 1).await.unwrap_err(),
        StoreError::Stale { what: "agent" }
    ));
    assert_eq!(
        store.agent(&mine(), &west.id).await.unwrap().unwrap().value,
        west
    );
}

pub async fn an_agent_with_a_live_buy_is_not_archived(store: Handle) {
    settle_in(&*store).await;
    let mut campaign = begun(campaign("one", "one", 0), &[product("north", "a", "100")]);
    let first = Change {
        campaign_new: Some(campaign.clone()),
        submissions: vec![submission(&campaign, 0, "sub_1")],
        ..change()
    };
    store.commit(first).await.unwrap();
    let mut north = store
        .agent(&mine(), &agent_id("north"))
        .await
        .unwrap()
        .unwrap()
        .value;
    north.status = AgentStatus::Archived;
    let refused = store.update_agent(&north, 1).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::InUse { what: "agent" }),
        "a submission is open: {refused:?}"
    );

    let waiting = Answer::Waiting(SellerTask {
        task_id: Some("t".into()),
        status: "submitted".into(),
        message: None,
        open: None,
    });
    let waiting = Outcome::of(&campaign.buys()[0], waiting, None);
    execution::settle(&mut campaign, &[waiting], at(70));
    let closed = flighting_server::store::SubmissionUpdate {
        id: "sub_1".into(),
        expected: flighting_core::media_buy::SubmissionState::Open,
        holder: None,
        state: flighting_core::media_buy::SubmissionState::Closed,
        sent_at: None,
        seller_task_id: None,
    };
    let second = Change {
        campaign: Some((campaign, 1)),
        submission_updates: vec![closed],
        ..change()
    };
    store.commit(second).await.unwrap();
    let refused = store.update_agent(&north, 1).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::InUse { what: "agent" }),
        "a buy waits: {refused:?}"
    );

    let mut south = store
        .agent(&mine(), &agent_id("south"))
        .await
        .unwrap()
        .unwrap()
        .value;
    south.status = AgentStatus::Archived;
    store.update_agent(&south, 1).await.unwrap();
    let kept = store.agents(&mine()).await.unwrap();
    assert_eq!(kept.len(), 2, "archived ones are kept");
}
