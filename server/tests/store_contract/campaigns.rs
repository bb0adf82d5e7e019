//! Reading campaigns, lists and delivery.

use std::sync::Arc;

use chrono::TimeDelta;
use flighting_core::campaign::CampaignStatus;
use flighting_core::execution;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_server::store::{
    CampaignFilter, Change, DeliveryReport, DeliveryRow, NewPoll, PollGroup, PollMove,
    ReportSource, ReportTrouble,
};

use crate::lists::all;
use crate::samples::{self, *};

pub async fn what_was_committed_is_read_back(store: Handle) {
    settle_in(&*store).await;
    let mut plan = plan_fields("Summer");
    plan.pacing = Some(three_periods());
    plan.discovery_id = Some(session_id("one"));
    let draft = planned(&mine(), "one", plan, 0);
    let session = samples::session(&mine(), "one", 2);
    let committed = store
        .commit(Change {
            campaign_new: Some(draft.clone()),
            discovery_new: Some(session.clone()),
            ..change()
        })
        .await
        .unwrap();
    assert_eq!(
        (committed.campaign_version, committed.discovery_version),
        (Some(1), Some(1))
    );
    let stored = store.campaign(&mine(), draft.id()).await.unwrap().unwrap();
    assert_eq!((&*stored.value, stored.version), (&draft, 1));
    let found = store
        .discovery(&mine(), &session.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&found.value, found.version), (&session, 1));

    let launched = begun(
        draft,
        &[product("north", "a", "1000"), product("south", "b", "2000")],
    );
    put(&*store, &launched, 1).await;
    let stored = store
        .campaign(&mine(), launched.id())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((&*stored.value, stored.version), (&launched, 2));
    for buy in launched.buys() {
        let holder = store.campaign_of_buy(&mine(), &buy.id).await.unwrap();
        assert_eq!(holder.as_ref(), Some(launched.id()));
    }
    assert_eq!(
        store
            .campaign_of_buy(&mine(), &buy_id("none"))
            .await
            .unwrap(),
        None
    );
    assert!(
        store
            .campaign(&mine(), &campaign_id("none"))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .discovery(&mine(), &session_id("none"))
            .await
            .unwrap()
            .is_none()
    );
}

pub async fn versions_move_with_each_row_of_an_answer(store: Handle) {
    settle_in(&*store).await;
    let versions = async |id: &str| {
        let found = store.campaign_versions(&mine(), &campaign_id(id)).await;
        found
            .unwrap()
            .map(|seen| (seen.campaign, seen.advertiser, seen.discovery))
    };
    assert_eq!(versions("one").await, None);
    let mut plan = plan_fields("Summer");
    plan.discovery_id = Some(session_id("one"));
    let draft = planned(&mine(), "one", plan, 0);
    let mut session = samples::session(&mine(), "one", 2);
    store
        .commit(Change {
            campaign_new: Some(draft.clone()),
            discovery_new: Some(session.clone()),
            ..change()
        })
        .await
        .unwrap();
    assert_eq!(versions("one").await, Some((1, 1, Some(1))));
    put(&*store, &draft, 1).await;
    assert_eq!(versions("one").await, Some((2, 1, Some(1))));
    session.selection.clear();
    store
        .commit(Change {
            discovery: Some((session, 1)),
            ..change()
        })
        .await
        .unwrap();
    assert_eq!(versions("one").await, Some((2, 1, Some(2))));
    let owner = store
        .advertiser(&mine(), draft.advertiser_id())
        .await
        .unwrap()
        .unwrap();
    store
        .update_advertiser(&mine(), &owner.value, owner.version)
        .await
        .unwrap();
    assert_eq!(versions("one").await, Some((2, 2, Some(2))));

    add(&*store, &campaign("alone", "alone", 1)).await;
    assert_eq!(versions("alone").await, Some((1, 2, None)));
    let seen = store
        .campaign_versions(&theirs(), &campaign_id("one"))
        .await
        .unwrap();
    assert_eq!(seen, None, "another account sees nothing");
}

pub async fn a_summary_follows_its_campaign(store: Handle) {
    settle_in(&*store).await;
    let mut plan = plan_fields("Summer");
    plan.discovery_id = Some(session_id("one"));
    let draft = planned(&mine(), "one", plan, 5);
    let session = samples::session(&mine(), "one", 3);
    let both = Change {
        campaign_new: Some(draft.clone()),
        discovery_new: Some(session.clone()),
        ..change()
    };
    store.commit(both).await.unwrap();
    let row = store
        .campaigns(&mine(), &all())
        .await
        .unwrap()
        .rows
        .remove(0);
    assert_eq!(
        (&row.id, &row.advertiser_id),
        (draft.id(), draft.advertiser_id())
    );
    assert_eq!(
        (row.status, row.flight, row.total),
        (
            CampaignStatus::Draft,
            draft.plan().flight,
            dollars("300000")
        )
    );
    assert_eq!(
        (row.created_at, row.updated_at, row.revision),
        (at(5), at(5), 1)
    );
    assert_eq!((row.product_count, row.media_buy_status), (3, None));

    let launched = begun(
        draft,
        &[product("north", "a", "1000"), product("south", "b", "2000")],
    );
    let fewer = samples::session(&mine(), "one", 1);
    let change = Change {
        campaign: Some((launched, 1)),
        discovery: Some((fewer, 1)),
        ..change()
    };
    store.commit(change).await.unwrap();
    let row = store
        .campaigns(&mine(), &all())
        .await
        .unwrap()
        .rows
        .remove(0);
    assert_eq!(
        (row.product_count, row.media_buy_status),
        (1, Some(MediaBuyStatus::Draft))
    );
    assert_eq!(row.media_buy_status_counts.get("DRAFT"), Some(&2));
    assert_eq!(row.updated_at, at(60));
}

pub async fn other_accounts_see_nothing(store: Handle) {
    settle_in(&*store).await;
    let launched = begun(campaign("one", "one", 1), &[product("north", "a", "1000")]);
    let change = Change {
        campaign_new: Some(launched.clone()),
        discovery_new: Some(samples::session(&mine(), "one", 1)),
        submissions: vec![submission(&launched, 0, "sub_1")],
        delivery: vec![delivered(&launched, "2027-06-01", 5, "1.00")],
        events: vec![event("one", "made", 1)],
        ..change()
    };
    store.commit(change).await.unwrap();
    // Read once by the owner, so that anything kept in memory is warm.
    assert!(
        store
            .campaign(&mine(), launched.id())
            .await
            .unwrap()
            .is_some()
    );

    let other = theirs();
    let buy = &launched.buys()[0].id;
    let (first, last) = (day("2027-01-01"), day("2027-12-31"));
    assert!(
        store
            .campaign(&other, launched.id())
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .discovery(&other, &session_id("one"))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(store.campaigns(&other, &all()).await.unwrap().total, 0);
    assert_eq!(store.campaigns(&other, &all()).await.unwrap().rows, []);
    let named = CampaignFilter {
        name_contains: Some("one".into()),
        ..all()
    };
    assert_eq!(store.campaigns(&other, &named).await.unwrap().total, 0);
    let of_mine = CampaignFilter {
        advertiser_id: Some(advertiser_of(&mine())),
        ..all()
    };
    assert_eq!(store.campaigns(&other, &of_mine).await.unwrap().total, 0);
    assert_eq!(store.campaign_of_buy(&other, buy).await.unwrap(), None);
    assert_eq!(store.submission(&other, buy).await.unwrap(), None);
    assert_eq!(
        store
            .unsettled_submissions(&other, launched.id())
            .await
            .unwrap(),
        []
    );
    let until = at(0) + TimeDelta::hours(1);
    assert_eq!(
        store
            .claim_submission(&other, "sub_1", "thief", until, until)
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        store
            .delivery(&other, launched.id(), first, last)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        store.delivery_totals(&other, launched.id()).await.unwrap(),
        []
    );
    assert_eq!(store.events_after(&other, 0, 10).await.unwrap(), []);
    assert_eq!(store.event_window(&other).await.unwrap().latest, 0);
    assert!(
        store
            .advertiser(&other, &advertiser_of(&mine()))
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        !store
            .has_campaigns(&other, &advertiser_of(&mine()))
            .await
            .unwrap()
    );
    assert!(
        store
            .agent(&other, &agent_id("north"))
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(store.agents(&other).await.unwrap(), []);
    // And the owner sees all of it.
    assert_eq!(
        store
            .delivery(&mine(), launched.id(), first, last)
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(store.events_after(&mine(), 0, 10).await.unwrap().len(), 1);
    assert_eq!(
        store
            .unsettled_submissions(&mine(), launched.id())
            .await
            .unwrap()
            .len(),
        1
    );
}

fn delivered(
    campaign: &flighting_core::campaign::Campaign,
    on: &str,
    impressions: u64,
    spend: &str,
) -> DeliveryRow {
    let buy = &campaign.buys()[0];
    DeliveryRow {
        campaign_id: campaign.id().clone(),
        media_buy_id: buy.id.clone(),
        package_id: buy.packages[0].id.clone(),
        day: day(on),
        impressions,
        spend: dollars(spend),
        clicks: impressions / 5,
        late: impressions == 15,
        observed_at: at(impressions.try_into().unwrap()),
    }
}

pub async fn delivery_replaces_and_sums(store: Handle) {
    settle_in(&*store).await;
    let launched = begun(campaign("one", "one", 1), &[product("north", "a", "1000")]);
    add(&*store, &launched).await;
    let row = |on, impressions, spend| delivered(&launched, on, impressions, spend);
    let write = |rows: Vec<DeliveryRow>| {
        store.commit(Change {
            delivery: rows,
            ..change()
        })
    };
    write(vec![
        row("2027-06-02", 10, "1.25"),
        row("2027-06-01", 20, "2.50"),
    ])
    .await
    .unwrap();
    write(vec![
        row("2027-06-02", 15, "9999999999.99"),
        row("2027-06-03", 5, "0"),
    ])
    .await
    .unwrap();
    let (first, last) = (day("2027-06-01"), day("2027-06-02"));
    let rows = store
        .delivery(&mine(), launched.id(), first, last)
        .await
        .unwrap();
    assert_eq!(
        rows,
        [
            row("2027-06-01", 20, "2.50"),
            row("2027-06-02", 15, "9999999999.99")
        ]
    );
    let totals = store.delivery_totals(&mine(), launched.id()).await.unwrap();
    assert_eq!(totals.len(), 1);
    assert_eq!((totals[0].impressions, totals[0].clicks), (40, 8));
    assert_eq!(totals[0].spend, dollars("10000000002.49"));
}

pub async fn the_last_report_of_a_buy_replaces_the_one_before(store: Handle) {
    settle_in(&*store).await;
    let launched = begun(campaign("one", "one", 1), &[product("north", "a", "1000")]);
    add(&*store, &launched).await;
    let report = |seconds, source, delayed| DeliveryReport {
        campaign_id: launched.id().clone(),
        media_buy_id: launched.buys()[0].id.clone(),
        as_of: at(seconds),
        source,
        delayed,
        expected_at: delayed.then(|| at(seconds + 60)),
        is_final: !delayed,
        troubles: vec![ReportTrouble {
            code: "negative_figures".to_owned(),
            package: Some("p".to_owned()),
            message: "expected more".to_owned(),
        }],
    };
    for next in [
        report(1, ReportSource::Pull, true),
        report(2, ReportSource::Webhook, false),
    ] {
        store
            .commit(Change {
                delivery_reports: vec![next.clone()],
                ..change()
            })
            .await
            .unwrap();
        let kept = store
            .delivery_reports(&mine(), launched.id())
            .await
            .unwrap();
        assert_eq!(kept, [next]);
    }
    let foreign = store.delivery_reports(&theirs(), launched.id()).await;
    assert_eq!(foreign.unwrap(), []);
}

pub async fn a_buy_is_found_by_its_sellers_id(store: Handle) {
    settle_in(&*store).await;
    let mut launched = begun(
        campaign("one", "one", 1),
        &[product("north", "a", "1000"), product("south", "b", "1000")],
    );
    add(&*store, &launched).await;
    let north = agent_id("north");
    let find = |account, agent| {
        let store = Arc::clone(&store);
        async move {
            store
                .buys_at_seller(&account, &agent, "seller-1")
                .await
                .unwrap()
        }
    };
    assert_eq!(find(mine(), north.clone()).await, []);
    let outcomes = outcomes(&launched);
    execution::settle(&mut launched, &outcomes, at(90));
    store
        .commit(Change {
            campaign: Some((launched.clone(), 1)),
            ..change()
        })
        .await
        .unwrap();
    let buy = launched.buys()[0].id.clone();
    assert_eq!(
        find(mine(), north.clone()).await,
        [(launched.id().clone(), buy)]
    );
    assert_eq!(find(mine(), agent_id("south")).await, []);
    assert_eq!(find(theirs(), north).await, []);
}

pub async fn polls_are_due_moved_and_dropped(store: Handle) {
    settle_in(&*store).await;
    let mut launched = begun(
        campaign("one", "one", 1),
        &[product("north", "a", "1000"), product("south", "b", "1000")],
    );
    let outcomes = outcomes(&launched);
    execution::settle(&mut launched, &outcomes, at(90));
    add(&*store, &launched).await;
    let group = |buy: usize| PollGroup {
        agent: launched.buys()[buy].agent_id.clone(),
        advertiser: launched.advertiser_id().clone(),
        campaign_type: launched.campaign_type(),
    };
    let poll = |buy: usize, due| NewPoll {
        campaign_id: launched.id().clone(),
        media_buy_id: launched.buys()[buy].id.clone(),
        group: group(buy),
        due_at: at(due),
    };
    store
        .commit(Change {
            polls: vec![poll(0, 20), poll(1, 30), poll(0, 10), poll(0, 40)],
            ..change()
        })
        .await
        .unwrap();
    let due = |account, buy, until| {
        let (store, group) = (Arc::clone(&store), group(buy));
        async move {
            store
                .due_polls(&account, &group, at(until), 10)
                .await
                .unwrap()
        }
    };
    assert_eq!(
        store.next_poll(&mine(), &group(0)).await.unwrap(),
        Some(at(10))
    );
    assert_eq!(due(mine(), 0, 9).await, []);
    assert_eq!(due(theirs(), 0, 99).await, []);
    let first = due(mine(), 0, 10).await.pop().unwrap();
    assert_eq!(first.media_buy_id, launched.buys()[0].id);
    assert_eq!(
        (
            first.seller_id.as_deref(),
            first.status,
            first.looks,
            first.seen
        ),
        (Some("seller-1"), launched.buys()[0].status, 0, None)
    );
    let moved = PollMove {
        media_buy_id: first.media_buy_id.clone(),
        due_at: at(50),
        looks: 2,
        seen: Some("digest".to_owned()),
    };
    store
        .move_polls(&theirs(), std::slice::from_ref(&moved))
        .await
        .unwrap();
    assert_eq!(due(mine(), 0, 10).await.len(), 1);
    store.move_polls(&mine(), &[moved]).await.unwrap();
    assert_eq!(due(mine(), 0, 49).await, []);
    let later = due(mine(), 0, 50).await.pop().unwrap();
    assert_eq!((later.looks, later.seen.as_deref()), (2, Some("digest")));
    store
        .drop_polls(&theirs(), std::slice::from_ref(&later.media_buy_id))
        .await
        .unwrap();
    store
        .drop_polls(&mine(), &[later.media_buy_id])
        .await
        .unwrap();
    assert_eq!(store.next_poll(&mine(), &group(0)).await.unwrap(), None);
    assert_eq!(due(mine(), 1, 30).await.len(), 1);
}
