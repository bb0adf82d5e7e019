//! Other values for packages, and what is counted until a seller has said yes.

use std::sync::Arc;

use chrono::TimeDelta;
use flighting_server::app::Settings;
use serde_json::{Value, json};

use super::support::seller::Then;
use super::support::{Setup, TestApp};
use super::{asked, buy, campaign, executed, of_package, one, put, register};

#[tokio::test]
async fn a_budget_is_raised_at_the_seller_and_then_here() {
    let (test, seller, id) = one(|seller| seller).await;
    let body = of_package(&test, &id, json!({"budget": 450.5, "pacing": "asap"})).await;
    let done = put(&test, &id, body.clone()).await;
    assert_eq!(
        done["mediaBuyResults"],
        json!([{
            "mediaBuyId": body["mediaBuys"][0]["mediaBuyId"], "name": "Spring - Scripted", "action": "update",
            "outcome": "applied", "success": true, "previousStatus": "ACTIVE", "newStatus": "ACTIVE",
        }])
    );
    let after = &done["campaign"];
    assert_eq!(
        (&after["allocatedBudget"], &after["unallocatedBudget"]),
        (&json!(450.5), &json!(549.5))
    );
    assert_eq!(after["mediaBuys"][0]["packages"][0]["pacing"], "asap");
    assert!(after["mediaBuys"][0].get("pendingChange").is_none());
    assert_eq!(after["mediaBuys"][0]["warnings"], json!([]));
    let requests = asked(&seller);
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0]["packages"][0]["budget"], 450.5);
    assert_eq!(requests[0]["revision"], 1);
    // Asked again, everything is so already and nobody is asked.
    let done = put(&test, &id, body).await;
    assert_eq!(done["mediaBuyResults"][0]["outcome"], "unchanged");
    assert_eq!(seller.changes().len(), 1);
    test.end().await;
}

#[tokio::test]
async fn what_a_seller_refuses_stands_beside_the_campaign_and_changes_nothing() {
    let (test, seller, id) = one(|seller| seller).await;
    seller.then(Then::Refuses("BUDGET_TOO_LOW"));
    let body = of_package(&test, &id, json!({"budget": 5})).await;
    let done = put(&test, &id, body).await;
    let result = &done["mediaBuyResults"][0];
    assert_eq!(
        (
            &result["outcome"],
            &result["success"],
            &result["error"]["code"]
        ),
        (&json!("refused"), &json!(false), &json!("BUDGET_TOO_LOW"))
    );
    let buy = &done["campaign"]["mediaBuys"][0];
    assert_eq!(
        (&buy["status"], &buy["budget"]),
        (&json!("ACTIVE"), &json!(300))
    );
    assert_eq!(buy["pendingChange"]["status"], "refused");
    assert_eq!(done["campaign"]["allocatedBudget"], 300);
    test.end().await;
}

#[tokio::test]
async fn a_lost_answer_is_found_out_and_the_change_is_made_once() {
    for (then, sent) in [(Then::AppliesSilently, 1), (Then::Loses, 2)] {
        let (test, seller, id) = one(|seller| seller).await;
        seller.then(then);
        let body = of_package(&test, &id, json!({"budget": 500})).await;
        let done = put(&test, &id, body.clone()).await;
        assert_eq!(done["mediaBuyResults"][0]["outcome"], "unknown");
        let shown = &done["campaign"]["mediaBuys"][0];
        assert_eq!(
            (
                &shown["status"],
                &shown["budget"],
                &shown["pendingChange"]["status"]
            ),
            (&json!("ACTIVE"), &json!(300), &json!("silent"))
        );
        assert_eq!(
            shown["pendingChange"]["differences"]["budget"],
            json!({"live": 300, "proposed": 500})
        );
        // Nobody knows, so the larger counts, and nothing else may be asked meanwhile.
        assert_eq!(done["campaign"]["allocatedBudget"], 500);
        test.put(&format!("/campaigns/{id}"), body)
            .await
            .error(409, "CONFLICT");
        test.delete(&format!("/campaigns/{id}"))
            .await
            .error(409, "CONFLICT");
        test.run_until("it is reconciled", || async {
            buy(&test, &id).await["budget"] == 500
        })
        .await;
        let buy = buy(&test, &id).await;
        assert!(buy.get("pendingChange").is_none(), "{buy}");
        assert_eq!(buy["warnings"], json!([]));
        let changes = seller.changes();
        assert_eq!(changes.len(), sent);
        assert!(
            changes.iter().all(|bytes| *bytes == changes[0]),
            "a replay sends the identical bytes"
        );
        test.end().await;
    }
}

#[tokio::test]
async fn a_seller_that_promises_no_replay_is_not_asked_again() {
    let (test, seller, id) = one(|mut seller| {
        seller.replay_ttl_s = None;
        seller
    })
    .await;
    seller.then(Then::Loses);
    let body = of_package(&test, &id, json!({"budget": 500})).await;
    put(&test, &id, body).await;
    test.pass(TimeDelta::minutes(5)).await;
    test.pass(TimeDelta::minutes(5)).await;
    assert_eq!(seller.changes().len(), 1, "never sent again");
    assert_eq!(buy(&test, &id).await["pendingChange"]["status"], "silent");
    test.end().await;
}

#[tokio::test]
async fn a_stale_revision_is_read_and_asked_anew_under_another_key() {
    let (test, seller, id) = one(|seller| seller).await;
    seller.then(Then::Moved);
    let body = of_package(&test, &id, json!({"budget": 400})).await;
    let done = put(&test, &id, body.clone()).await;
    assert_eq!(done["mediaBuyResults"][0]["outcome"], "applied");
    let requests = asked(&seller);
    assert_eq!(requests.len(), 2);
    assert_eq!(
        (&requests[0]["revision"], &requests[1]["revision"]),
        (&json!(1), &json!(2))
    );
    assert_ne!(
        requests[0]["idempotency_key"],
        requests[1]["idempotency_key"]
    );
    assert_eq!(done["campaign"]["mediaBuys"][0]["budget"], 400);

    // One that always moves is given up on, and says so.
    for _ in 0..3 {
        seller.then(Then::Moved);
    }
    let body = of_package(&test, &id, json!({"budget": 410})).await;
    let done = put(&test, &id, body).await;
    assert_eq!(
        (
            &done["mediaBuyResults"][0]["outcome"],
            &done["mediaBuyResults"][0]["error"]["code"]
        ),
        (&json!("refused"), &json!("CONFLICT"))
    );
    assert_eq!(done["campaign"]["mediaBuys"][0]["budget"], 400);
    test.end().await;
}

#[tokio::test]
async fn a_seller_that_thinks_about_it_leaves_the_live_values_until_it_decides() {
    for yes in [true, false] {
        let (test, seller, id) = one(|seller| seller).await;
        seller.then(Then::Submits);
        let body = of_package(&test, &id, json!({"budget": 700})).await;
        let done = put(&test, &id, body).await;
        assert_eq!(done["mediaBuyResults"][0]["outcome"], "submitted");
        let shown = &done["campaign"]["mediaBuys"][0];
        assert_eq!(
            (
                &shown["status"],
                &shown["budget"],
                &shown["pendingChange"]["status"]
            ),
            (&json!("ACTIVE"), &json!(300), &json!("submitted"))
        );
        assert_eq!(
            done["campaign"]["allocatedBudget"], 700,
            "the larger of live and proposed"
        );
        // What is spoken for cannot be promised to somebody else.
        let low = test
            .put(
                &format!("/campaigns/{id}"),
                json!({"budget": {"total": 600}}),
            )
            .await
            .error(409, "INSUFFICIENT_MEDIA_BUDGET");
        assert_eq!(low["details"]["minimumAllowedBudget"], 700);
        seller.decide_changes(yes);
        test.run_until("it is decided", || async {
            buy(&test, &id).await["pendingChange"]["status"] != "submitted"
        })
        .await;
        let after = campaign(&test, &id).await;
        let shown = &after["mediaBuys"][0];
        if yes {
            assert_eq!(
                (&shown["budget"], &shown["pendingChange"]["status"]),
                (&json!(700), &json!("approved"))
            );
            assert_eq!(after["allocatedBudget"], 700);
        } else {
            assert_eq!(
                (&shown["budget"], &shown["pendingChange"]["status"]),
                (&json!(300), &json!("refused"))
            );
            assert_eq!(shown["pendingChange"]["error"]["code"], "POLICY_VIOLATION");
            assert_eq!(after["allocatedBudget"], 300);
        }
        assert_eq!(seller.changes().len(), 1);
        test.end().await;
    }
}

#[tokio::test]
async fn a_total_is_lowered_after_the_packages_and_not_without_them() {
    let (test, seller, id) = one(|seller| seller).await;
    let path = format!("/campaigns/{id}");
    let error = test
        .put(&path, json!({"budget": {"total": 200}}))
        .await
        .error(409, "INSUFFICIENT_MEDIA_BUDGET");
    assert_eq!(error["details"]["minimumAllowedBudget"], 300);
    // Not enough lowered: the smallest total is told, and nothing went out.
    let mut body = of_package(&test, &id, json!({"budget": 250})).await;
    body["budget"] = json!({"total": 200});
    let error = test
        .put(&path, body.clone())
        .await
        .error(409, "INSUFFICIENT_MEDIA_BUDGET");
    assert_eq!(error["details"]["minimumAllowedBudget"], 250);
    assert!(seller.changes().is_empty());

    // A seller that says no keeps its money, so the total stays.
    body["mediaBuys"][0]["packages"][0]["budget"] = json!(150);
    seller.then(Then::Refuses("BUDGET_TOO_LOW"));
    let done = put(&test, &id, body.clone()).await;
    assert_eq!(done["campaign"]["budget"]["total"], 1000);
    assert!(done["campaign"].get("pendingPlan").is_none());
    // One that thinks about it: the lower total waits, and comes with its yes.
    seller.then(Then::Submits);
    let done = put(&test, &id, body.clone()).await;
    assert_eq!(done["campaign"]["budget"]["total"], 1000);
    let waits = &done["campaign"]["pendingPlan"];
    assert_eq!(
        (&waits["budget"]["total"], &waits["waitsFor"]),
        (&json!(200), &json!([body["mediaBuys"][0]["mediaBuyId"]]))
    );
    seller.decide_changes(true);
    test.run_until("the total is lowered", || async {
        campaign(&test, &id).await["budget"]["total"] == 200
    })
    .await;
    let after = campaign(&test, &id).await;
    assert_eq!(
        (&after["allocatedBudget"], &after["unallocatedBudget"]),
        (&json!(150), &json!(50))
    );
    assert!(after.get("pendingPlan").is_none());
    test.end().await;
}

#[tokio::test]
async fn what_is_wrong_is_told_with_its_place_and_nothing_goes_out() {
    let (test, seller, id) = one(|seller| seller).await;
    let buy = buy(&test, &id).await;
    let media_buy = &buy["mediaBuyId"];
    let package = &buy["packages"][0]["packageId"];
    let path = format!("/campaigns/{id}");
    let body = json!({"name": "Other", "mediaBuys": [
        {"mediaBuyId": media_buy, "reason": "x", "packages": [{"packageId": package, "budget": 0}], "creative_ids": []},
        {"mediaBuyId": media_buy, "action": "cancel", "name": "x"},
    ]});
    assert_eq!(
        test.put(&path, body).await.issues(),
        [
            ("mediaBuys[0].creative_ids", "not_allowed_here"),
            ("mediaBuys[0].reason", "not_allowed_here"),
            ("mediaBuys[0].packages[0].budget", "too_small"),
            ("mediaBuys[1].name", "not_allowed_here"),
        ]
        .map(|(path, code)| (path.to_owned(), code.to_owned()))
    );
    let body = json!({"name": "Other", "mediaBuys": [
        {"mediaBuyId": media_buy, "end_time": "2027-07-01", "products": [{"productId": "banner"}], "packages": [
            {"packageId": "pkg_unknown", "budget": 5},
            {"packageId": package, "bidPrice": 3, "endTime": "2027-08-01"},
        ]},
        {"mediaBuyId": "mb_unknown", "action": "delete"},
    ]});
    assert_eq!(
        test.put(&path, body).await.issues(),
        [
            ("mediaBuys[0].products", "wrong_status"),
            ("mediaBuys[0].end_time", "outside_flight"),
            ("mediaBuys[0].packages[0].packageId", "not_found"),
            ("mediaBuys[0].packages[1].bidPrice", "not_allowed_here"),
            ("mediaBuys[0].packages[1].endTime", "outside_flight"),
            ("mediaBuys[1].mediaBuyId", "not_found"),
        ]
        .map(|(path, code)| (path.to_owned(), code.to_owned()))
    );
    let body = of_package(&test, &id, json!({"budget": 1200})).await;
    let error = test
        .put(&path, body)
        .await
        .error(409, "INSUFFICIENT_MEDIA_BUDGET");
    assert_eq!(error["details"]["minimumAllowedBudget"], 1200);
    assert_eq!(campaign(&test, &id).await["name"], "Spring");
    assert!(seller.changes().is_empty());
    test.end().await;
}

#[tokio::test]
async fn a_seller_that_hangs_is_silent_and_spoils_nothing_for_the_other() {
    let settings = Settings {
        rate_limit: 0,
        agent_timeout: std::time::Duration::from_millis(300),
        ..Settings::default()
    };
    let test = TestApp::with(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let slow = register(&test, |seller| seller.gated()).await;
    let quick = register(&test, |seller| seller).await;
    slow.open();
    let id = executed(&test, &[Arc::clone(&slow), Arc::clone(&quick)], Value::Null).await;
    let buys = campaign(&test, &id).await["mediaBuys"].clone();
    let change = |index: usize| {
        json!({"mediaBuyId": buys[index]["mediaBuyId"],
            "packages": [{"packageId": buys[index]["packages"][0]["packageId"], "budget": 310}]})
    };
    let done = put(&test, &id, json!({"mediaBuys": [change(0), change(1)]})).await;
    let results = &done["mediaBuyResults"];
    assert_eq!(
        (&results[0]["outcome"], &results[1]["outcome"]),
        (&json!("unknown"), &json!("applied"))
    );
    assert_eq!(results[0]["error"]["code"], "no_answer");
    test.app.store.close().await;
}
