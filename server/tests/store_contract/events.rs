//! What happened, in order, for as long as promised.

use flighting_server::store::{Change, EVENTS_KEPT};

use crate::samples::*;

pub async fn they_come_in_order_and_after_a_number(store: Handle) {
    settle_in(&*store).await;
    let write = |kinds: &[&str], seconds: i64| {
        let events = kinds
            .iter()
            .map(|kind| event("one", kind, seconds))
            .collect();
        store.commit(Change { events, ..change() })
    };
    let first = write(&["a", "b"], 1).await.unwrap().last_event.unwrap();
    let second = write(&["c"], 2).await.unwrap().last_event.unwrap();
    assert!(second > first);
    let kinds = |after: i64, limit: u32| {
        let store = store.clone();
        async move {
            let events = store.events_after(&mine(), after, limit).await.unwrap();
            assert!(
                events
                    .windows(2)
                    .all(|pair| pair[0].sequence < pair[1].sequence)
            );
            events
                .into_iter()
                .map(|event| event.kind)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(kinds(0, 10).await, ["a", "b", "c"]);
    assert_eq!(kinds(0, 2).await, ["a", "b"]);
    assert_eq!(kinds(first, 10).await, ["c"]);
    assert_eq!(kinds(second, 10).await, Vec::<String>::new());
    let window = store.event_window(&mine()).await.unwrap();
    assert_eq!((window.complete_after, window.latest), (0, second));
    let one = store
        .events_after(&mine(), first, 1)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(
        (one.sequence, one.campaign_id, one.at),
        (second, campaign_id("one"), at(2))
    );
    assert_eq!(one.data, serde_json::json!({ "kind": "c" }));
}

pub async fn old_ones_go_and_the_window_tells(store: Handle) {
    settle_in(&*store).await;
    let kept = i64::from(EVENTS_KEPT);
    // Ten more than are kept, a second apart, and a few of another account in between.
    let events = |from: i64, to: i64| {
        (from..to)
            .map(|n| event("one", "tick", n))
            .collect::<Vec<_>>()
    };
    store
        .commit(Change {
            events: events(0, 5),
            ..change()
        })
        .await
        .unwrap();
    let others = vec![event("x", "other", 0)];
    store
        .commit(Change {
            events: others,
            ..Change::of(theirs())
        })
        .await
        .unwrap();
    store
        .commit(Change {
            events: events(5, kept + 10),
            ..change()
        })
        .await
        .unwrap();
    let all = store.events_after(&mine(), 0, u32::MAX).await.unwrap();

    store.prune(at(3_600)).await.unwrap();
    assert_eq!(
        store
            .events_after(&mine(), 0, u32::MAX)
            .await
            .unwrap()
            .len(),
        all.len(),
        "an hour is not over"
    );
    assert_eq!(store.event_window(&mine()).await.unwrap().complete_after, 0);

    store.prune(at(3_600 + 7)).await.unwrap();
    let left = store.events_after(&mine(), 0, u32::MAX).await.unwrap();
    assert_eq!(
        left,
        all[7..],
        "seven are older than an hour and beyond the number"
    );
    let window = store.event_window(&mine()).await.unwrap();
    assert_eq!(window.complete_after, all[6].sequence);

    store.prune(at(999_999)).await.unwrap();
    let left = store.events_after(&mine(), 0, u32::MAX).await.unwrap();
    assert_eq!(left, all[10..], "the number is kept however old");
    let window = store.event_window(&mine()).await.unwrap();
    assert_eq!(window.complete_after, all[9].sequence);
    assert_eq!(window.latest, all[all.len() - 1].sequence);
    assert_eq!(store.events_after(&theirs(), 0, 10).await.unwrap().len(), 1);
    assert_eq!(
        store.event_window(&theirs()).await.unwrap().complete_after,
        0
    );
}
