//! One decision goes in whole or not at all.

use std::sync::Arc;

use flighting_core::campaign::Campaign;
use flighting_core::media_buy::SubmissionState;
use flighting_server::store::{
    CampaignFilter, Change, DeliveryRow, NewJob, StoreError, Submission, SubmissionUpdate,
};
use futures::future::join_all;

use crate::samples::{self, *};

fn renamed(campaign: &Campaign, name: &str) -> Campaign {
    let mut plan = plan_fields(name);
    plan.discovery_id.clone_from(&campaign.plan().discovery_id);
    planned(
        &mine(),
        campaign.id().as_str().trim_start_matches("cmp_"),
        plan,
        0,
    )
}

pub async fn a_stale_campaign_changes_nothing(store: Handle) {
    settle_in(&*store).await;
    let one = campaign("one", "one", 0);
    add(&*store, &one).await;
    let two = renamed(&one, "two");
    put(&*store, &two, 1).await;
    let late = Change {
        campaign: Some((renamed(&one, "late"), 1)),
        ..change()
    };
    let refused = store.commit(late).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Stale { what: "campaign" }),
        "{refused:?}"
    );
    let stored = store.campaign(&mine(), one.id()).await.unwrap().unwrap();
    assert_eq!((&*stored.value, stored.version), (&two, 2));
    let again = Change {
        campaign_new: Some(one.clone()),
        ..change()
    };
    let refused = store.commit(again).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Exists { what: "campaign" }),
        "{refused:?}"
    );
}

/// However many wait, and whatever they are written with: each goes in, or is refused, by itself.
pub async fn commits_at_the_same_time_are_each_decided_by_themselves(store: Handle) {
    const CAMPAIGNS: usize = 30;
    settle_in(&*store).await;
    let names: Vec<String> = (0..CAMPAIGNS).map(|number| format!("c{number}")).collect();
    let ones: Vec<Campaign> = names.iter().map(|name| campaign(name, "one", 0)).collect();
    let begins = ones.iter().flat_map(|one| [one, one]).map(|one| Change {
        campaign_new: Some(one.clone()),
        ..change()
    });
    // Twice the same: one of them is too late.
    let told = join_all(begins.map(|change| store.commit(change))).await;
    for pair in told.chunks(2) {
        let taken = pair.iter().filter(|told| told.is_ok()).count();
        let late = |told: &Result<_, StoreError>| {
            matches!(told, Err(StoreError::Exists { what: "campaign" }))
        };
        assert_eq!(
            (taken, pair.iter().filter(|told| late(told)).count()),
            (1, 1)
        );
    }
    let moves = ones.iter().flat_map(|one| {
        ["two", "three"].map(|name| Change {
            campaign: Some((renamed(one, name), 1)),
            ..change()
        })
    });
    let told = join_all(moves.map(|change| store.commit(change))).await;
    for (one, pair) in ones.iter().zip(told.chunks(2)) {
        let [first, second] = pair else {
            panic!("expected two answers")
        };
        let kept = store.campaign(&mine(), one.id()).await.unwrap().unwrap();
        let name = match (first, second) {
            (Ok(_), Err(StoreError::Stale { .. })) => "two",
            (Err(StoreError::Stale { .. }), Ok(_)) => "three",
            other => panic!("expected one to be stale, got {other:?}"),
        };
        assert_eq!((kept.value.plan().name.as_str(), kept.version), (name, 2));
    }
}

pub async fn a_stale_session_changes_nothing(store: Handle) {
    settle_in(&*store).await;
    let one = samples::session(&mine(), "one", 1);
    store
        .commit(Change {
            discovery_new: Some(one.clone()),
            ..change()
        })
        .await
        .unwrap();
    let two = samples::session(&mine(), "one", 2);
    store
        .commit(Change {
            discovery: Some((two.clone(), 1)),
            ..change()
        })
        .await
        .unwrap();
    let late = Change {
        discovery: Some((samples::session(&mine(), "one", 3), 1)),
        ..change()
    };
    let refused = store.commit(late).await.unwrap_err();
    assert!(
        matches!(
            refused,
            StoreError::Stale {
                what: "discovery session"
            }
        ),
        "{refused:?}"
    );
    assert_eq!(
        store
            .discovery(&mine(), &one.id)
            .await
            .unwrap()
            .unwrap()
            .value,
        two
    );
}

/// Puts a good part of every kind beside one that fails, for every kind that can fail, and looks
/// whether any good part stayed.
pub async fn every_failing_part_leaves_nothing_of_the_others(store: Handle) {
    settle_in(&*store).await;
    let before = begun(
        campaign("one", "one", 0),
        &[product("north", "a", "100"), product("south", "b", "100")],
    );
    let first = Change {
        campaign_new: Some(before.clone()),
        discovery_new: Some(samples::session(&mine(), "one", 1)),
        submissions: vec![submission(&before, 0, "sub_old")],
        jobs: vec![NewJob {
            job: calendar("one"),
            run_at: at(500),
        }],
        ..change()
    };
    store.commit(first).await.unwrap();
    let settled_by = |holder: &str| SubmissionUpdate {
        id: "sub_old".into(),
        expected: SubmissionState::Open,
        holder: Some(holder.to_owned()),
        state: SubmissionState::Closed,
        sent_at: Some(at(61)),
        seller_task_id: None,
    };
    let good = || Change {
        campaign: Some((renamed(&before, "changed"), 1)),
        discovery: Some((samples::session(&mine(), "one", 4), 1)),
        submissions: vec![submission(&before, 1, "sub_new")],
        submission_updates: vec![settled_by("sender")],
        jobs_done: vec![calendar("one")],
        jobs: vec![NewJob {
            job: pull("one"),
            run_at: at(1),
        }],
        delivery: vec![row(&before, "1.00")],
        events: vec![event("one", "changed", 1)],
        ..change()
    };
    let nowhere = campaign("nowhere", "nowhere", 0);
    let bad: Vec<(&str, Change)> = vec![
        (
            "campaign",
            Change {
                campaign: Some((before.clone(), 7)),
                ..good()
            },
        ),
        (
            "session",
            Change {
                discovery: Some((samples::session(&mine(), "one", 4), 7)),
                ..good()
            },
        ),
        (
            "submission",
            Change {
                submissions: vec![submission(&before, 0, "sub_2")],
                // Without closing the one that the buy has.
                submission_updates: Vec::new(),
                ..good()
            },
        ),
        (
            "holder",
            Change {
                submission_updates: vec![settled_by("somebody else")],
                ..good()
            },
        ),
        (
            "advertiser",
            Change {
                advertiser_seen: Some((advertiser_of(&mine()), 7)),
                ..good()
            },
        ),
        (
            "delivery",
            Change {
                delivery: vec![
                    row(&before, "1.00"),
                    DeliveryRow {
                        campaign_id: nowhere.id().clone(),
                        ..row(&before, "1.00")
                    },
                ],
                ..good()
            },
        ),
        (
            "account",
            Change {
                account: account("nobody"),
                ..good()
            },
        ),
    ];
    // Two of a buy: the first is written and has to go again.
    let twice = vec![
        submission(&before, 1, "sub_new"),
        submission(&before, 1, "sub_again"),
    ];
    let bad = bad.into_iter().chain([(
        "twice",
        Change {
            submissions: twice,
            ..good()
        },
    )]);
    for (part, change) in bad {
        store.commit(change).await.unwrap_err();
        let stored = store.campaign(&mine(), before.id()).await.unwrap().unwrap();
        assert_eq!((&*stored.value, stored.version), (&before, 1), "{part}");
        assert_eq!(
            store
                .discovery(&mine(), &session_id("one"))
                .await
                .unwrap()
                .unwrap()
                .version,
            1,
            "{part}"
        );
        let unsettled = store
            .unsettled_submissions(&mine(), before.id())
            .await
            .unwrap();
        assert_eq!(unsettled, [submission(&before, 0, "sub_old")], "{part}");
        assert_eq!(store.next_job_at().await.unwrap(), Some(at(500)), "{part}");
        assert_eq!(
            store.delivery_totals(&mine(), before.id()).await.unwrap(),
            [],
            "{part}"
        );
        assert_eq!(
            store.events_after(&mine(), 0, 10).await.unwrap(),
            [],
            "{part}"
        );
        let page = store
            .campaigns(
                &mine(),
                &CampaignFilter {
                    take: 9,
                    ..Default::default()
                },
            )
            .await
            .unwrap();
        assert_eq!(
            (page.total, page.rows[0].name.as_str()),
            (1, "one"),
            "{part}"
        );
    }
    // The good parts alone do go in.
    store.commit(good()).await.unwrap();
    assert_eq!(store.next_job_at().await.unwrap(), Some(at(1)));
    assert_eq!(store.events_after(&mine(), 0, 10).await.unwrap().len(), 1);
    let unsettled: Vec<Submission> = store
        .unsettled_submissions(&mine(), before.id())
        .await
        .unwrap();
    assert_eq!(unsettled, [submission(&before, 1, "sub_new")]);
}

fn row(campaign: &Campaign, spend: &str) -> DeliveryRow {
    DeliveryRow {
        campaign_id: campaign.id().clone(),
        media_buy_id: buy_id("x"),
        package_id: package_id("x"),
        day: day("2027-06-01"),
        impressions: 1,
        spend: dollars(spend),
        clicks: 0,
        late: false,
        observed_at: at(1),
    }
}

pub async fn of_many_at_once_one_wins(store: Handle) {
    settle_in(&*store).await;
    let one = campaign("one", "one", 0);
    add(&*store, &one).await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = Arc::clone(&store);
        let change = Change {
            campaign: Some((renamed(&one, &format!("try {n}")), 1)),
            events: vec![event("one", &format!("try {n}"), n)],
            ..change()
        };
        tries.spawn(async move { (n, store.commit(change).await) });
    }
    let mut won = Vec::new();
    while let Some(tried) = tries.join_next().await {
        match tried.unwrap() {
            (n, Ok(_)) => won.push(n),
            (_, Err(error)) => assert!(matches!(error, StoreError::Stale { .. }), "{error:?}"),
        }
    }
    assert_eq!(won.len(), 1);
    let stored = store.campaign(&mine(), one.id()).await.unwrap().unwrap();
    assert_eq!(
        (stored.value.plan().name.clone(), stored.version),
        (format!("try {}", won[0]), 2)
    );
    let events = store.events_after(&mine(), 0, 99).await.unwrap();
    assert_eq!(events.len(), 1);
}

pub async fn a_campaign_of_another_account_is_not_written(store: Handle) {
    settle_in(&*store).await;
    let one = campaign("one", "one", 0);
    add(&*store, &one).await;
    let thief = Change {
        account: theirs(),
        campaign: Some((renamed(&one, "stolen"), 1)),
        ..change()
    };
    let refused = store.commit(thief).await.unwrap_err();
    assert!(matches!(refused, StoreError::Stale { .. }), "{refused:?}");
    assert_eq!(
        store
            .campaign(&mine(), one.id())
            .await
            .unwrap()
            .unwrap()
            .value
            .plan()
            .name,
        "one"
    );
    // Nor a new one under an advertiser, or an event on an account, that is not theirs.
    let guest = Change {
        account: theirs(),
        campaign_new: Some(campaign("guest", "guest", 0)),
        ..change()
    };
    store.commit(guest).await.unwrap_err();
    assert!(
        store
            .campaign(&theirs(), &campaign_id("guest"))
            .await
            .unwrap()
            .is_none()
    );
    let guest = Change {
        account: theirs(),
        delivery: vec![row(&one, "1")],
        ..change()
    };
    store.commit(guest).await.unwrap_err();
    assert_eq!(store.delivery_totals(&mine(), one.id()).await.unwrap(), []);
}

pub async fn an_advertiser_that_moved_refuses_a_new_campaign(store: Handle) {
    settle_in(&*store).await;
    let mut acme = store
        .advertiser(&mine(), &advertiser_of(&mine()))
        .await
        .unwrap()
        .unwrap();
    acme.value.name = "Acme & Co".into();
    let version = store
        .update_advertiser(&mine(), &acme.value, acme.version)
        .await
        .unwrap();
    let new = |seen| Change {
        advertiser_seen: Some((advertiser_of(&mine()), seen)),
        campaign_new: Some(campaign("one", "one", 0)),
        ..change()
    };
    let refused = store.commit(new(acme.version)).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Stale { what: "advertiser" }),
        "{refused:?}"
    );
    store.commit(new(version)).await.unwrap();
}

pub async fn a_commit_wakes_whoever_waits(store: Handle) {
    settle_in(&*store).await;
    let mut tip = store.tip();
    tip.mark_unchanged();
    let waiting = tokio::spawn(async move {
        tip.changed().await.unwrap();
        *tip.borrow()
    });
    let added = Change {
        campaign_new: Some(campaign("one", "one", 0)),
        events: vec![event("one", "made", 0)],
        ..change()
    };
    let committed = store.commit(added).await.unwrap();
    let tip = tokio::time::timeout(std::time::Duration::from_secs(30), waiting)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(Some(tip.last_event), committed.last_event);
    assert!(committed.last_event.is_some());
}

/// Two openings of one file, as the server and a subcommand beside it have.
pub async fn two_writers_lose_nothing(one: Handle, other: Handle) {
    settle_in(&*one).await;
    let mut writers = tokio::task::JoinSet::new();
    for (name, store) in [("a", Arc::clone(&one)), ("b", Arc::clone(&other))] {
        writers.spawn(async move {
            for n in 0..25 {
                add(&*store, &campaign(&format!("{name}{n}"), name, n)).await;
            }
        });
    }
    while let Some(written) = writers.join_next().await {
        written.unwrap();
    }
    let filter = CampaignFilter {
        take: 99,
        ..CampaignFilter::default()
    };
    for store in [&one, &other] {
        let page = store.campaigns(&mine(), &filter).await.unwrap();
        assert_eq!((page.total, page.rows.len()), (50, 50));
    }
    // What one of them has read and the other has changed is read anew.
    let id = campaign_id("a0");
    assert_eq!(
        one.campaign(&mine(), &id).await.unwrap().unwrap().version,
        1
    );
    put(&*other, &campaign("a0", "changed", 0), 1).await;
    let stored = one.campaign(&mine(), &id).await.unwrap().unwrap();
    assert_eq!(
        (stored.value.plan().name.as_str(), stored.version),
        ("changed", 2)
    );
}
