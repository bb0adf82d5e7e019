//! The replay matrix: what becomes of a purchase whose answer is lost, by what its seller says to
//! the repeated request; counted in the seller's own ledger. And what a person can do then.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use chrono::TimeDelta;
use serde_json::{Value, json};
use support::Reply;
use support::seller::{Does, Seller};
use support::staged::Staged;

/// A seller that does not list what it holds.
async fn hidden(script: impl IntoIterator<Item = Does>) -> (Staged, String) {
    staged(script, |seller| {
        seller.set_lists(false);
        seller
    })
    .await
}

async fn staged(
    script: impl IntoIterator<Item = Does>,
    change: impl FnOnce(Seller) -> Seller,
) -> (Staged, String) {
    let stage = Staged::start(script, change).await;
    let id = stage.campaign().await;
    let done = stage.execute(&id).await;
    assert_eq!(
        (&done["success"], &done["newStatus"]),
        (&json!(false), &json!("ACTIVE"))
    );
    assert_eq!(done["errors"][0]["code"], "no_answer");
    let buy = stage.buy(&id).await;
    assert_eq!(
        (&buy["status"], &buy["submission"]),
        (&json!("PENDING_APPROVAL"), &json!("silent"))
    );
    (stage, id)
}

/// Keys of the creates that the seller was sent, and whether all their bytes are the same.
fn keys(stage: &Staged) -> (Vec<String>, bool) {
    let sent = stage.seller.requests();
    let same = sent.iter().all(|one| *one == sent[0]);
    let keys = sent
        .iter()
        .map(|one| {
            let body: Value = serde_json::from_str(one).unwrap();
            body["idempotency_key"].as_str().unwrap().to_owned()
        })
        .collect();
    (keys, same)
}

/// Waits for a person with this reason, was sent so often, and stays so whatever time passes and
/// whoever executes again; never FAILED.
async fn waits_for_person(stage: &Staged, id: &str, reason: &str, sent: usize) -> Value {
    let since = stage.buy(id).await["reconciliation"]["since"].clone();
    stage.test.pass(TimeDelta::hours(3)).await;
    let again = stage.execute(id).await;
    assert_eq!(again["mediaBuysExecuted"], 0);
    assert_eq!(again["warnings"][0]["type"], "in_flight");
    stage.test.pass(TimeDelta::hours(3)).await;
    let buy = stage.buy(id).await;
    assert_eq!(buy["status"], "PENDING_APPROVAL");
    assert_eq!(
        (&buy["pendingReason"], &buy["turn"]),
        (&json!("needs_reconciliation"), &json!("buyer"))
    );
    assert_eq!(buy["reconciliation"]["reason"], reason);
    assert_eq!(buy["reconciliation"]["since"], since);
    assert_eq!(buy["pendingSince"], since);
    assert_eq!(buy["reconciliation"]["actions"], json!(["link", "release"]));
    let (keys, same) = keys(stage);
    assert!(keys.len() == sent && same, "{keys:?}");
    let status = stage
        .test
        .get(&format!("/campaigns/{id}/media-buy-status"))
        .await
        .data(200);
    let row = &status["media_buys"][0];
    assert_eq!(row["operational_status"], "attention_required");
    assert_eq!(row["status_refresh_source"], "refresh_failed");
    assert_eq!(row["blockers"], json!(["needs_reconciliation"]));
    assert_eq!(status["errors"][0]["code"], "needs_reconciliation");
    assert_eq!(keys.len(), stage.seller.requests().len());
    buy
}

async fn say(stage: &Staged, buy: &Value, body: Value) -> Reply {
    let id = buy["mediaBuyId"].as_str().unwrap();
    stage
        .test
        .post(&format!("/media-buys/{id}/reconcile"), body)
        .await
}

#[tokio::test]
async fn same_key_and_body_bring_back_the_first_purchase() {
    let (stage, id) = hidden([Does::AcceptsSilently]).await;
    stage.test.pass(TimeDelta::seconds(10)).await;
    assert_eq!(stage.buy(&id).await["status"], "ACTIVE");
    let (keys, same) = keys(&stage);
    assert!(keys.len() == 2 && same);
    assert_eq!(stage.seller.ledger().len(), 1);
    stage.test.end().await;
}

#[tokio::test]
async fn a_purchase_that_never_arrived_is_made_by_the_repeated_request_once() {
    let (stage, id) = hidden([Does::Loses, Does::Loses]).await;
    stage.test.pass(TimeDelta::seconds(60)).await;
    stage.test.pass(TimeDelta::seconds(60)).await;
    assert_eq!(stage.buy(&id).await["status"], "ACTIVE");
    let (keys, same) = keys(&stage);
    assert!(keys.len() == 3 && same);
    assert_eq!(stage.seller.ledger().len(), 1);
    stage.test.end().await;
}

#[tokio::test]
async fn the_same_key_with_another_body_waits_for_a_person() {
    let (stage, id) = hidden([
        Does::AcceptsSilently,
        Does::Says("IDEMPOTENCY_CONFLICT", None),
    ])
    .await;
    stage.test.pass(TimeDelta::seconds(10)).await;
    let buy = waits_for_person(&stage, &id, "key_conflict", 2).await;
    assert_eq!(stage.seller.ledger().len(), 1);

    // The person finds it at the seller.
    stage.seller.set_lists(true);
    let linked = say(
        &stage,
        &buy,
        json!({"action": "link", "sellerMediaBuyId": "b1"}),
    )
    .await
    .data(200);
    assert_eq!(linked["mediaBuy"]["status"], "ACTIVE");
    assert_eq!(linked["mediaBuy"]["sellerMediaBuyId"], "b1");
    assert!(linked["mediaBuy"].get("reconciliation").is_none());
    let nothing = say(&stage, &buy, json!({"action": "release"})).await;
    assert_eq!(
        nothing.error(409, "CONFLICT")["details"]["conflict"],
        "nothing_to_reconcile"
    );
    assert_eq!(stage.seller.ledger().len(), 1);
    assert_eq!(stage.seller.requests().len(), 2);
    stage.test.end().await;
}

#[tokio::test]
async fn a_request_in_flight_is_repeated_when_the_seller_says_and_not_before() {
    let (stage, id) = hidden([
        Does::AcceptsSilently,
        Does::Says("IDEMPOTENCY_IN_FLIGHT", Some(7)),
        Does::Says("IDEMPOTENCY_IN_FLIGHT", None),
    ])
    .await;
    stage.test.pass(TimeDelta::seconds(2)).await;
    assert_eq!(stage.seller.requests().len(), 2);
    stage.test.pass(TimeDelta::seconds(6)).await;
    assert_eq!(stage.seller.requests().len(), 2);
    stage.test.pass(TimeDelta::seconds(1)).await;
    assert_eq!(stage.seller.requests().len(), 3);
    assert_eq!(stage.buy(&id).await["status"], "PENDING_APPROVAL");
    stage.test.pass(TimeDelta::seconds(2)).await;
    assert_eq!(stage.buy(&id).await["status"], "ACTIVE");
    let (keys, same) = keys(&stage);
    assert!(keys.len() == 4 && same);
    assert_eq!(stage.seller.ledger().len(), 1);
    stage.test.end().await;
}

#[tokio::test]
async fn a_key_that_the_seller_forgot_waits_for_a_person_and_a_release_takes_a_new_one() {
    let (stage, id) = hidden([Does::Loses, Does::Says("IDEMPOTENCY_EXPIRED", None)]).await;
    stage.test.pass(TimeDelta::seconds(10)).await;
    let buy = waits_for_person(&stage, &id, "key_expired", 2).await;
    let released = say(&stage, &buy, json!({"action": "release"}))
        .await
        .data(200);
    assert_eq!(released["mediaBuy"]["status"], "FAILED");
    assert_eq!(released["mediaBuy"]["errorCode"], "released");
    assert_eq!(released["warnings"][0]["type"], "may_be_bought_twice");
    assert_eq!(stage.execute(&id).await["success"], true);
    let again = stage.buy(&id).await;
    assert_eq!(
        (&again["status"], &again["mediaBuyId"]),
        (&json!("ACTIVE"), &buy["mediaBuyId"])
    );
    let (keys, _) = keys(&stage);
    assert!(keys[0] == keys[1] && keys[1] != keys[2] && keys.len() == 3);
    assert_eq!(stage.seller.ledger().len(), 1);
    stage.test.end().await;
}

#[tokio::test]
async fn when_the_promised_time_is_over_nothing_is_repeated() {
    let (stage, id) = staged(vec![Does::Loses; 300], |mut seller| {
        seller.replay_ttl_s = Some(3_600);
        seller.set_lists(false);
        seller
    })
    .await;
    for _ in 0..70 {
        stage.test.pass(TimeDelta::minutes(1)).await;
    }
    let sent = stage.seller.requests().len();
    assert!(sent > 10, "{sent}");
    let buy = waits_for_person(&stage, &id, "replay_over", sent).await;
    say(&stage, &buy, json!({"action": "release"}))
        .await
        .data(200);
    stage.execute(&id).await;
    let (keys, _) = keys(&stage);
    assert_ne!(keys[sent - 1], keys[sent]);
    stage.test.end().await;
}

#[tokio::test]
async fn a_seller_without_idempotency_is_never_asked_twice() {
    // It holds the buy and does not say whose it is.
    let (stage, id) = staged([Does::AcceptsSilently], |mut seller| {
        seller.replay_ttl_s = None;
        seller.echoes = false;
        seller
    })
    .await;
    stage.test.pass(TimeDelta::seconds(10)).await;
    let buy = waits_for_person(&stage, &id, "looks_alike", 1).await;
    assert_eq!(
        buy["reconciliation"]["candidates"],
        json!([{"sellerMediaBuyId": "b1", "adcpStatus": "active", "budget": 900, "packages": 1}])
    );
    let linked = say(
        &stage,
        &buy,
        json!({"action": "link", "sellerMediaBuyId": "b1"}),
    )
    .await;
    assert_eq!(linked.data(200)["mediaBuy"]["status"], "ACTIVE");
    assert_eq!(stage.seller.ledger().len(), 1);
    stage.test.end().await;

    // It holds nothing: a person says so, and the same request goes out again.
    let (stage, id) = staged([Does::Loses], |mut seller| {
        seller.replay_ttl_s = None;
        seller
    })
    .await;
    stage.test.pass(TimeDelta::seconds(10)).await;
    let buy = waits_for_person(&stage, &id, "no_replay", 1).await;
    say(&stage, &buy, json!({"action": "release"}))
        .await
        .data(200);
    stage.execute(&id).await;
    let (keys, same) = keys(&stage);
    assert!(keys.len() == 2 && same);
    assert_eq!(stage.seller.ledger().len(), 1);
    stage.test.end().await;
}

#[tokio::test]
async fn one_that_turns_up_at_the_seller_after_all_needs_no_person() {
    let (stage, id) = staged([Does::AcceptsSilently], |mut seller| {
        seller.replay_ttl_s = None;
        seller.set_lists(false);
        seller
    })
    .await;
    stage.test.pass(TimeDelta::seconds(10)).await;
    waits_for_person(&stage, &id, "no_replay", 1).await;
    stage.seller.set_lists(true);
    stage.test.pass(TimeDelta::hours(1)).await;
    assert_eq!(stage.buy(&id).await["status"], "ACTIVE");
    assert_eq!(stage.seller.ledger().len(), 1);
    stage.test.end().await;
}

#[tokio::test]
async fn a_person_cannot_link_what_is_not_there_or_somebody_elses() {
    let (stage, id) = staged([Does::AcceptsSilently, Does::Loses], |mut seller| {
        seller.replay_ttl_s = None;
        seller.echoes = false;
        seller
    })
    .await;
    stage.test.pass(TimeDelta::seconds(10)).await;
    let buy = stage.buy(&id).await;
    let link = |to: &str| json!({"action": "link", "sellerMediaBuyId": to});
    let missing = say(&stage, &buy, link("b9")).await.error(409, "CONFLICT");
    assert_eq!(missing["details"]["conflict"], "not_at_seller");

    say(&stage, &buy, link("b1")).await.data(200);
    let second = stage.campaign().await;
    stage.execute(&second).await;
    stage.test.pass(TimeDelta::seconds(10)).await;
    let other = stage.buy(&second).await;
    assert_eq!(other["reconciliation"]["candidates"], json!([]));
    let taken = say(&stage, &other, link("b1")).await.error(409, "CONFLICT");
    assert_eq!(taken["details"]["conflict"], "linked_elsewhere");

    let stale = say(
        &stage,
        &other,
        json!({"action": "release", "expectedRevision": 99}),
    )
    .await;
    stale.error(409, "CONFLICT");
    for (body, field) in [
        (json!({}), "action"),
        (json!({"action": "forget"}), "action"),
        (json!({"action": "link"}), "sellerMediaBuyId"),
        (link(""), "sellerMediaBuyId"),
        (
            json!({"action": "release", "sellerMediaBuyId": "b1"}),
            "sellerMediaBuyId",
        ),
        (json!({"action": "release", "x": 1}), "x"),
    ] {
        let refused = say(&stage, &other, body.clone()).await;
        assert_eq!(refused.issues()[0].0, field, "{body}");
    }
    let unknown = json!({"mediaBuyId": "mb_nobody"});
    say(&stage, &unknown, json!({"action": "release"}))
        .await
        .error(404, "NOT_FOUND");
    assert_eq!(stage.buy(&second).await["status"], "PENDING_APPROVAL");
    stage.test.end().await;
}

#[tokio::test]
async fn other_packages_at_the_seller_are_taken_over_when_a_person_says_so() {
    let stage = Staged::start([Does::Halves], |seller| seller).await;
    let id = stage.executed().await;
    let buy = stage.buy(&id).await;
    assert_eq!(buy["warnings"], json!(["packages_differ"]));
    assert_eq!(buy["reconciliation"]["reason"], "packages_differ");
    assert_eq!(buy["reconciliation"]["candidates"][0]["budget"], 450);
    assert_eq!(stage.read(&id).await["allocatedBudget"], 900);
    let kept = say(&stage, &buy, json!({"action": "release"})).await;
    kept.error(409, "CONFLICT");
    let other = say(
        &stage,
        &buy,
        json!({"action": "link", "sellerMediaBuyId": "b2"}),
    )
    .await;
    other.error(409, "CONFLICT");

    // Two packages instead of one, and more money than the campaign has.
    stage.seller.amend(|buy| {
        let mut more = buy.packages.clone().unwrap();
        more[0].seller_package_id = "extra".to_owned();
        more[0].our_package_id = None;
        buy.packages.as_mut().unwrap().append(&mut more);
    });
    let budgets = |each: i64| {
        stage.seller.amend(|buy| {
            for package in buy.packages.iter_mut().flatten() {
                package.budget = package.budget.map(|held| {
                    flighting_core::money::Money::from_minor(each, held.currency()).unwrap()
                });
            }
        });
    };
    let link = json!({"action": "link", "sellerMediaBuyId": "b1"});
    budgets(60_000);
    let over = say(&stage, &buy, link.clone()).await;
    over.error(409, "INSUFFICIENT_MEDIA_BUDGET");
    budgets(40_000);
    let linked = say(&stage, &buy, link).await.data(200);
    let after = &linked["mediaBuy"];
    assert_eq!(
        (&after["status"], &after["warnings"], &after["budget"]),
        (&json!("ACTIVE"), &json!([]), &json!(800))
    );
    assert_eq!(after["packages"].as_array().unwrap().len(), 2);
    assert_eq!(stage.read(&id).await["allocatedBudget"], 800);
    stage.test.pass(TimeDelta::minutes(5)).await;
    assert_eq!(stage.buy(&id).await["warnings"], json!([]));
    stage.test.end().await;
}
