//! What may be asked of a buy, and what becomes of it, while something asked earlier is undecided.

use flighting_core::execution::Answer;
use flighting_core::media_buy::SellerBuyStatus;
use serde_json::{Value, json};

use super::support::TestApp;
use super::support::seller::{Does, Then};
use super::{buy, campaign, executed, of_package, one, put, register};

#[tokio::test]
async fn a_change_does_not_take_back_an_end_that_waits_for_the_sellers_yes() {
    let test = TestApp::start().await;
    let seller = register(&test, |seller| seller).await;
    seller.tell(Does::Submits("t-yes"));
    let id = executed(&test, &[std::sync::Arc::clone(&seller)], Value::Null).await;
    let media_buy = buy(&test, &id).await["mediaBuyId"].clone();
    let cancel = json!({"mediaBuys": [{"mediaBuyId": media_buy, "action": "cancel"}]});
    let done = put(&test, &id, cancel).await;
    assert_eq!(done["mediaBuyResults"][0]["outcome"], "held");
    // The seller says yes, and a caller sees it before the end has gone out.
    let bytes = seller.requests().pop().unwrap();
    let bytes = serde_json::value::RawValue::from_string(bytes).unwrap();
    seller.decide("t-yes", Answer::Accepted(seller.hold(&bytes)));
    test.get(&format!("/campaigns/{id}/media-buy-status"))
        .await
        .data(200);
    assert_eq!(buy(&test, &id).await["status"], "ACTIVE");
    let body = of_package(&test, &id, json!({"budget": 200})).await;
    let error = test
        .put(&format!("/campaigns/{id}"), body)
        .await
        .error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "in_flight");
    test.run_jobs().await;
    assert_eq!(buy(&test, &id).await["status"], "CANCELED");
    assert_eq!(seller.changes().len(), 1);
    test.end().await;
}

#[tokio::test]
async fn a_change_does_not_take_back_an_end_that_the_seller_thinks_about() {
    let (test, seller, id) = one(|seller| seller).await;
    let media_buy = buy(&test, &id).await["mediaBuyId"].clone();
    seller.then(Then::Submits);
    let cancel = json!({"mediaBuys": [{"mediaBuyId": media_buy, "action": "cancel"}]});
    put(&test, &id, cancel).await;
    let body = of_package(&test, &id, json!({"budget": 200})).await;
    test.put(&format!("/campaigns/{id}"), body)
        .await
        .error(409, "CONFLICT");
    assert_eq!(
        buy(&test, &id).await["pendingChange"]["status"],
        "submitted"
    );
    seller.decide_changes(true);
    test.run_until("it is canceled", || async {
        buy(&test, &id).await["status"] == "CANCELED"
    })
    .await;
    test.end().await;
}

#[tokio::test]
async fn a_yes_that_an_answer_to_a_change_shows_is_paused_at_once() {
    let test = TestApp::start().await;
    let seller = register(&test, |seller| seller).await;
    seller.books_as(SellerBuyStatus::PendingStart, false, Default::default());
    let id = executed(&test, &[std::sync::Arc::clone(&seller)], Value::Null).await;
    test.post(&format!("/campaigns/{id}/pause"), json!({}))
        .await
        .data(200);
    assert_eq!(buy(&test, &id).await["status"], "PENDING_APPROVAL");
    // Approved meanwhile; the answer to a change is the first to say so.
    seller.amend(|held| {
        held.status = SellerBuyStatus::Active;
        held.confirmed = true;
    });
    let body = of_package(&test, &id, json!({"budget": 200})).await;
    put(&test, &id, body).await;
    test.run_jobs().await;
    assert_eq!(buy(&test, &id).await["status"], "PAUSED");
    assert_eq!(seller.ledger()[0].buy.status, SellerBuyStatus::Paused);
    test.end().await;
}

#[tokio::test]
async fn a_lost_change_of_a_buy_that_ended_is_not_sent_again() {
    let (test, seller, id) = one(|seller| seller).await;
    seller.then(Then::Loses);
    let mut body = of_package(&test, &id, json!({"budget": 100})).await;
    body["budget"] = json!({"total": 200});
    let done = put(&test, &id, body).await;
    assert_eq!(done["mediaBuyResults"][0]["outcome"], "unknown");
    assert!(!done["campaign"]["pendingPlan"].is_null());
    seller.amend(|held| {
        held.status = SellerBuyStatus::Completed;
        held.revision = Some(2);
    });
    test.run_until("it is over", || async {
        buy(&test, &id).await["status"] == "COMPLETED"
    })
    .await;
    assert_eq!(
        seller.changes().len(),
        1,
        "nothing is asked of what is over"
    );
    // What it held is free, so the smaller total has its room.
    let shown = campaign(&test, &id).await;
    assert_eq!(
        (&shown["budget"]["total"], shown.get("pendingPlan")),
        (&json!(200), None)
    );
    test.end().await;
}

#[tokio::test]
async fn a_person_says_what_became_of_a_change_that_cannot_be_asked_about() {
    for action in ["release", "link"] {
        let (test, seller, id) = one(|mut seller| {
            seller.replay_ttl_s = None;
            seller
        })
        .await;
        seller.then(Then::Loses);
        let body = of_package(&test, &id, json!({"budget": 500})).await;
        put(&test, &id, body).await;
        let media_buy = buy(&test, &id).await["mediaBuyId"].clone();
        let path = format!("/media-buys/{}/reconcile", media_buy.as_str().unwrap());
        let mut word = json!({"action": action});
        if action == "link" {
            word["sellerMediaBuyId"] = json!("b1");
        }
        // Nobody is asked before it is known that only a person can tell.
        test.post(&path, word.clone()).await.error(409, "CONFLICT");
        test.run_until("a person is asked", || async {
            buy(&test, &id).await["reconciliation"]["reason"] == "no_replay"
        })
        .await;
        // Looks at the running buy do not take that back.
        test.get(&format!("/campaigns/{id}/media-buy-status"))
            .await
            .data(200);
        assert!(!buy(&test, &id).await["reconciliation"].is_null());
        if action == "link" {
            // It was applied, in a way that does not show the whole of it.
            seller.amend(|held| held.revision = Some(2));
        }
        let done = test.post(&path, word).await.data(200);
        let shown = &done["mediaBuy"];
        assert!(shown.get("reconciliation").is_none() || action == "link");
        if action == "release" {
            assert_eq!(
                (
                    &shown["budget"],
                    &shown["pendingChange"]["status"],
                    &done["warnings"][0]["type"]
                ),
                (&json!(300), &json!("refused"), &json!("may_be_applied"))
            );
        } else {
            assert_eq!(
                (&shown["budget"], &shown["warnings"]),
                (&json!(500), &json!(["packages_differ"]))
            );
        }
        // From then on it can be ended again.
        let cancel = json!({"mediaBuys": [{"mediaBuyId": media_buy, "action": "cancel"}]});
        let done = put(&test, &id, cancel).await;
        assert_eq!(
            done["campaign"]["mediaBuys"][0]["status"], "CANCELED",
            "{done}"
        );
        test.end().await;
    }
}

#[tokio::test]
async fn packages_that_a_seller_thinks_about_are_not_asked_for_twice() {
    let test = TestApp::start().await;
    let seller = register(&test, |seller| seller).await;
    let period = |label: &str, start: &str, end: &str| json!({"label": label, "start": start, "end": end, "weight": 1});
    let first = period("first", "2027-03-10", "2027-04-09");
    let second = period("second", "2027-04-10", "2027-05-31");
    let pacing = |periods: &[&Value]| json!({"mode": "weight", "periods": periods});
    let sellers = [std::sync::Arc::clone(&seller)];
    let id = executed(&test, &sellers, pacing(&[&first])).await;
    seller.then(Then::Submits);
    put(
        &test,
        &id,
        json!({"pacingPeriods": pacing(&[&first, &second])}),
    )
    .await;
    // Another request would say the appended packages again, and the seller may say yes to both.
    let body = of_package(&test, &id, json!({"budget": 200})).await;
    let error = test
        .put(&format!("/campaigns/{id}"), body.clone())
        .await
        .error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "in_flight");
    assert_eq!(seller.changes().len(), 1);
    seller.decide_changes(true);
    test.run_until("they are added", || async {
        buy(&test, &id).await["packages"].as_array().unwrap().len() == 2
    })
    .await;
    put(&test, &id, body).await;
    let held = &seller.ledger()[0].buy;
    assert_eq!(held.packages.as_ref().unwrap().len(), 2, "added once");
    test.end().await;
}

#[tokio::test]
async fn a_change_of_which_the_seller_shows_nothing_is_not_called_refused() {
    for action in ["release", "link"] {
        let (test, seller, id) = one(|seller| seller).await;
        seller.then(Then::Loses);
        let body = of_package(&test, &id, json!({"pacing": "asap"})).await;
        put(&test, &id, body).await;
        // The buy moved, by the lost change or by somebody else, and sellers do not tell pacing.
        seller.amend(|held| held.revision = Some(2));
        test.run_until("a person is asked", || async {
            buy(&test, &id).await["reconciliation"]["reason"] == "not_shown"
        })
        .await;
        let shown = buy(&test, &id).await;
        assert_eq!(shown["pendingChange"]["status"], "silent", "{shown}");
        // Sent, and sent again byte for byte, which was answered with a conflict; and no more.
        let sent = seller.changes();
        assert_eq!((sent.len(), &sent[0]), (2, &sent[1]));
        let media_buy = shown["mediaBuyId"].as_str().unwrap();
        test.pass(chrono::TimeDelta::hours(2)).await;
        assert_eq!(seller.changes().len(), 2);
        let mut word = json!({"action": action});
        if action == "link" {
            word["sellerMediaBuyId"] = json!("b1");
        }
        let path = format!("/media-buys/{media_buy}/reconcile");
        let done = test.post(&path, word).await.data(200);
        let pacing = &done["mediaBuy"]["packages"][0]["pacing"];
        assert_eq!(pacing, if action == "link" { "asap" } else { "even" });
        test.end().await;
    }
}
