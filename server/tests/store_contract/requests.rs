//! Idempotency keys (decision 25).

use std::sync::Arc;

use flighting_server::store::{AccountId, IdempotencyAnswer, IdempotencyStart, Store};

use crate::samples::*;

const ROUTE: &str = "POST /api/buyer/campaigns";
const KEY: &str = "key-12345";
const DAY: i64 = 24 * 3_600;

async fn begin(
    store: &dyn Store,
    account: &AccountId,
    route: &str,
    key: &str,
    body: u8,
    now: i64,
) -> IdempotencyStart {
    store
        .begin_request(account, route, key, &[body; 32], at(now))
        .await
        .unwrap()
}

fn answer() -> IdempotencyAnswer {
    IdempotencyAnswer {
        status: 201,
        headers: vec![("Location".into(), "/api/buyer/campaigns/cmp_1".into())],
        body: b"{\"data\":{\"x\":\"\xc3\xa4\"}}".to_vec(),
    }
}

pub async fn the_matrix_of_a_key(store: Handle) {
    use IdempotencyStart::{Mismatch, New, Replay, Running};
    assert_eq!(begin(&*store, &mine(), ROUTE, KEY, 1, 0).await, New);
    assert_eq!(begin(&*store, &mine(), ROUTE, KEY, 1, 1).await, Running);
    assert_eq!(begin(&*store, &mine(), ROUTE, KEY, 2, 1).await, Mismatch);
    store
        .finish_request(&mine(), ROUTE, KEY, &answer())
        .await
        .unwrap();
    assert_eq!(
        begin(&*store, &mine(), ROUTE, KEY, 1, 2).await,
        Replay(answer())
    );
    assert_eq!(begin(&*store, &mine(), ROUTE, KEY, 2, 2).await, Mismatch);
    // A second finish does not change what was answered.
    let other = IdempotencyAnswer {
        status: 200,
        ..answer()
    };
    store
        .finish_request(&mine(), ROUTE, KEY, &other)
        .await
        .unwrap();
    assert_eq!(
        begin(&*store, &mine(), ROUTE, KEY, 1, 2).await,
        Replay(answer())
    );
    // Another route, key or account is another request.
    assert_eq!(begin(&*store, &mine(), "PUT /x", KEY, 1, 2).await, New);
    assert_eq!(begin(&*store, &mine(), ROUTE, "key-67890", 1, 2).await, New);
    assert_eq!(begin(&*store, &theirs(), ROUTE, KEY, 1, 2).await, New);
}

pub async fn a_key_is_free_after_a_day_a_fault_or_a_crash(store: Handle) {
    use IdempotencyStart::{New, Replay, Running};
    assert_eq!(begin(&*store, &mine(), ROUTE, KEY, 1, 0).await, New);
    store
        .finish_request(&mine(), ROUTE, KEY, &answer())
        .await
        .unwrap();
    store.forget_request(&mine(), ROUTE, KEY).await.unwrap();
    assert_eq!(
        begin(&*store, &mine(), ROUTE, KEY, 1, DAY - 1).await,
        Replay(answer()),
        "answers are not forgotten"
    );
    store.prune(at(DAY - 1)).await.unwrap();
    assert_eq!(
        begin(&*store, &mine(), ROUTE, KEY, 1, DAY - 1).await,
        Replay(answer())
    );
    assert_eq!(
        begin(&*store, &mine(), ROUTE, KEY, 2, DAY).await,
        New,
        "a day is over"
    );

    assert_eq!(begin(&*store, &mine(), ROUTE, "key-fault", 1, 0).await, New);
    store
        .forget_request(&mine(), ROUTE, "key-fault")
        .await
        .unwrap();
    assert_eq!(begin(&*store, &mine(), ROUTE, "key-fault", 2, 1).await, New);

    store.recover().await.unwrap();
    assert_eq!(begin(&*store, &mine(), ROUTE, "key-fault", 3, 2).await, New);
    assert_eq!(
        begin(&*store, &mine(), ROUTE, "key-fault", 3, 2).await,
        Running
    );

    store.prune(at(3 * DAY)).await.unwrap();
    assert_eq!(
        begin(&*store, &mine(), ROUTE, KEY, 9, 2).await,
        New,
        "old keys are removed"
    );
}

pub async fn of_many_at_once_one_runs(store: Handle) {
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let store = Arc::clone(&store);
        tries.spawn(async move { begin(&*store, &mine(), ROUTE, KEY, 1, 0).await });
    }
    let mut new = 0;
    while let Some(tried) = tries.join_next().await {
        match tried.unwrap() {
            IdempotencyStart::New => new += 1,
            other => assert_eq!(other, IdempotencyStart::Running),
        }
    }
    assert_eq!(new, 1);
}
