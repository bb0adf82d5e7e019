//! Requests that place buys: recorded once, sent by one, kept until settled.

use flighting_core::campaign::Campaign;
use flighting_core::media_buy::SubmissionState;
use flighting_server::store::{
    AgentStatus, Change, Store, StoreError, Submission, SubmissionUpdate,
};

use crate::samples::*;

async fn launched(store: &dyn Store) -> Campaign {
    settle_in(store).await;
    let campaign = begun(
        campaign("one", "one", 0),
        &[product("north", "a", "100"), product("south", "b", "100")],
    );
    let change = Change {
        campaign_new: Some(campaign.clone()),
        submissions: vec![submission(&campaign, 0, "sub_1")],
        ..change()
    };
    store.commit(change).await.unwrap();
    campaign
}

fn update(
    expected: SubmissionState,
    holder: Option<&str>,
    state: SubmissionState,
) -> SubmissionUpdate {
    SubmissionUpdate {
        id: "sub_1".into(),
        expected,
        holder: holder.map(str::to_owned),
        state,
        sent_at: None,
        seller_task_id: None,
    }
}

async fn apply(store: &dyn Store, update: SubmissionUpdate) -> Result<(), StoreError> {
    store
        .commit(Change {
            submission_updates: vec![update],
            ..change()
        })
        .await
        .map(|_| ())
}

async fn insert(store: &dyn Store, submission: Submission) -> Result<(), StoreError> {
    store
        .commit(Change {
            submissions: vec![submission],
            ..change()
        })
        .await
        .map(|_| ())
}

pub async fn one_is_read_back_byte_for_byte(store: Handle) {
    let campaign = launched(&*store).await;
    let expected = submission(&campaign, 0, "sub_1");
    assert_eq!(
        store
            .submission(&mine(), &campaign.buys()[0].id)
            .await
            .unwrap(),
        Some(expected)
    );
    assert_eq!(
        store
            .submission(&mine(), &campaign.buys()[1].id)
            .await
            .unwrap(),
        None
    );

    let mut sent = update(SubmissionState::Open, Some("sender"), SubmissionState::Open);
    sent.sent_at = Some(at(62));
    sent.seller_task_id = Some("task-7".into());
    apply(&*store, sent.clone()).await.unwrap();
    sent.sent_at = Some(at(99));
    sent.seller_task_id = None;
    apply(&*store, sent).await.unwrap();
    let stored = store
        .submission(&mine(), &campaign.buys()[0].id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        stored.first_sent_at,
        Some(at(62)),
        "only the first sending counts"
    );
    assert_eq!(stored.seller_task_id.as_deref(), Some("task-7"));
    assert_eq!(stored.claimed_by.as_deref(), Some("sender"));
    assert!(
        !format!("{stored:?}").contains("159"),
        "bytes are not printed"
    );
}

pub async fn what_is_closed_makes_room_for_a_change_in_the_same_commit(store: Handle) {
    let campaign = launched(&*store).await;
    let change_of_it = Submission {
        change: Some(3),
        ..submission(&campaign, 0, "sub_2")
    };
    let closed = update(
        SubmissionState::Open,
        Some("sender"),
        SubmissionState::Closed,
    );
    store
        .commit(Change {
            submission_updates: vec![closed],
            submissions: vec![change_of_it.clone()],
            ..change()
        })
        .await
        .unwrap();
    let buy = &campaign.buys()[0].id;
    let latest = store.submission(&mine(), buy).await.unwrap();
    assert_eq!(latest, Some(change_of_it));
    // And it is the one that is not closed: neither a purchase nor a change fits beside it.
    let third = submission(&campaign, 0, "sub_3");
    assert!(insert(&*store, third).await.is_err());
}

pub async fn a_buy_has_one_that_is_not_closed(store: Handle) {
    let campaign = launched(&*store).await;
    for state in [SubmissionState::Open, SubmissionState::Silent] {
        let second = Submission {
            state,
            ..submission(&campaign, 0, "sub_2")
        };
        let refused = insert(&*store, second).await.unwrap_err();
        assert!(
            matches!(refused, StoreError::Stale { what: "submission" }),
            "{refused:?}"
        );
    }
    apply(
        &*store,
        update(SubmissionState::Open, None, SubmissionState::Closed),
    )
    .await
    .unwrap();
    insert(&*store, submission(&campaign, 0, "sub_2"))
        .await
        .unwrap();
    let youngest = store
        .submission(&mine(), &campaign.buys()[0].id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(youngest.id, "sub_2");
}

pub async fn only_the_holder_may_settle(store: Handle) {
    let campaign = launched(&*store).await;
    let theft = update(
        SubmissionState::Open,
        Some("thief"),
        SubmissionState::Closed,
    );
    let refused = apply(&*store, theft).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Stale { what: "submission" }),
        "{refused:?}"
    );
    apply(
        &*store,
        update(
            SubmissionState::Open,
            Some("sender"),
            SubmissionState::Closed,
        ),
    )
    .await
    .unwrap();
    let again = update(
        SubmissionState::Open,
        Some("sender"),
        SubmissionState::Closed,
    );
    assert!(apply(&*store, again).await.is_err(), "settled twice");
    assert_eq!(
        store
            .unsettled_submissions(&mine(), campaign.id())
            .await
            .unwrap(),
        []
    );
}

pub async fn a_claim_passes_on_when_its_lease_ends(store: Handle) {
    launched(&*store).await;
    let claim = |holder: &'static str, now: i64, until: i64| {
        let store = store.clone();
        async move {
            store
                .claim_submission(&mine(), "sub_1", holder, at(now), at(until))
                .await
                .unwrap()
        }
    };
    assert_eq!(
        claim("late", 119, 200).await,
        None,
        "the sender holds it until 120"
    );
    assert_eq!(
        claim("sender", 119, 130).await.unwrap().lease_until,
        Some(at(130))
    );
    assert_eq!(claim("late", 129, 200).await, None);
    let taken = claim("late", 130, 200).await.unwrap();
    assert_eq!(
        (taken.claimed_by.as_deref(), taken.lease_until),
        (Some("late"), Some(at(200)))
    );
    assert_eq!(claim("sender", 140, 300).await, None);
    let late = update(
        SubmissionState::Open,
        Some("sender"),
        SubmissionState::Closed,
    );
    assert!(
        apply(&*store, late).await.is_err(),
        "who lost the claim settled"
    );
    apply(
        &*store,
        update(SubmissionState::Open, Some("late"), SubmissionState::Closed),
    )
    .await
    .unwrap();
    assert_eq!(
        claim("anybody", 999, 1_000).await,
        None,
        "closed ones are not sent"
    );
}

pub async fn silent_ones_stay_until_closed(store: Handle) {
    let campaign = launched(&*store).await;
    apply(
        &*store,
        update(
            SubmissionState::Open,
            Some("sender"),
            SubmissionState::Silent,
        ),
    )
    .await
    .unwrap();
    let unsettled = store
        .unsettled_submissions(&mine(), campaign.id())
        .await
        .unwrap();
    assert_eq!(
        (unsettled.len(), unsettled[0].state),
        (1, SubmissionState::Silent)
    );
    assert_eq!(unsettled[0].claimed_by, None, "silence gives up the claim");
    assert_eq!(store.open_submissions().await.unwrap(), []);
    assert!(
        store
            .claim_submission(&mine(), "sub_1", "job", at(61), at(99))
            .await
            .unwrap()
            .is_some()
    );
    let replay = update(
        SubmissionState::Silent,
        Some("job"),
        SubmissionState::Closed,
    );
    apply(&*store, replay).await.unwrap();
    assert_eq!(
        store
            .unsettled_submissions(&mine(), campaign.id())
            .await
            .unwrap(),
        []
    );
}

pub async fn an_archived_agent_gets_none(store: Handle) {
    let campaign = launched(&*store).await;
    let mut south = store
        .agent(&mine(), &agent_id("south"))
        .await
        .unwrap()
        .unwrap();
    south.value.status = AgentStatus::Archived;
    store
        .update_agent(&south.value, south.version)
        .await
        .unwrap();
    let refused = insert(&*store, submission(&campaign, 1, "sub_2"))
        .await
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::Stale { what: "agent" }),
        "{refused:?}"
    );
    let nobody = Submission {
        agent_id: agent_id("nobody"),
        ..submission(&campaign, 1, "sub_2")
    };
    assert!(insert(&*store, nobody).await.is_err());
}

pub async fn open_ones_of_all_accounts_are_found(store: Handle) {
    let campaign = launched(&*store).await;
    store.insert_agent(&agent(&theirs(), "west")).await.unwrap();
    let plan = plan_fields("theirs");
    let other = begun(
        planned(&theirs(), "other", plan, 0),
        &[product("west", "a", "100")],
    );
    let open = Submission {
        account: theirs(),
        ..submission(&other, 0, "sub_9")
    };
    let change = Change {
        campaign_new: Some(other.clone()),
        submissions: vec![open.clone()],
        ..Change::of(theirs())
    };
    store.commit(change).await.unwrap();
    assert_eq!(
        store.open_submissions().await.unwrap(),
        [submission(&campaign, 0, "sub_1"), open]
    );
    assert_eq!(store.recover().await.unwrap().submissions, 2);
    let freed = store.open_submissions().await.unwrap();
    assert!(
        freed
            .iter()
            .all(|submission| submission.claimed_by.is_none())
    );
    assert_eq!(freed.len(), 2, "they stay open: only settling ends them");
}
