//! Later pacing periods appended to a running campaign, and a completed one launched again.

use std::sync::Arc;

use serde_json::{Value, json};

use super::support::TestApp;
use super::support::seller::Then;
use super::{asked, campaign, executed, put, register};

fn period(label: &str, start: &str, end: &str, weight: f64) -> Value {
    json!({"label": label, "start": start, "end": end, "weight": weight})
}

fn weights(periods: &[Value]) -> Value {
    json!({"mode": "weight", "periods": periods})
}

fn first() -> Value {
    period("first", "2027-03-10", "2027-04-09", 1.0)
}

#[tokio::test]
async fn appended_periods_become_packages_of_the_live_buys() {
    let test = TestApp::start().await;
    let adds = register(&test, |seller| seller).await;
    let thinks = register(&test, |seller| seller).await;
    let cannot = register(&test, |seller| {
        *seller.actions.lock().unwrap() = vec!["pause".to_owned(), "cancel".to_owned()];
        seller
    })
    .await;
    let sellers = [Arc::clone(&adds), Arc::clone(&thinks), Arc::clone(&cannot)];
    let id = executed(&test, &sellers, weights(&[first()])).await;
    thinks.then(Then::Submits);
    let second = period("second", "2027-04-10", "2027-05-31", 1.0);
    let done = put(
        &test,
        &id,
        json!({"budget": {"total": 2001}, "pacingPeriods": weights(&[first(), second.clone()])}),
    )
    .await;
    let cascade = &done["pacingCascadeResult"]["mediaBuyResults"];
    let outcomes: Vec<_> = (0..3)
        .map(|index| {
            (
                cascade[index]["outcome"].as_str().unwrap(),
                cascade[index]["packagesAdded"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        outcomes,
        [("applied", 1), ("submitted", 0), ("unsupported", 0)]
    );
    assert_eq!(cascade[2]["error"]["code"], "UNSUPPORTED_FEATURE");
    // 1,101 were left: a third to each seller that was bought from, and the last third stays.
    let after = &done["campaign"];
    let added = &after["mediaBuys"][0]["packages"][1];
    assert_eq!(
        (&added["budget"], &added["pacingPeriod"]),
        (&json!(367), &json!({"index": 2, "label": "second"}))
    );
    assert!(added["sellerPackageId"].is_string());
    assert_eq!(after["unallocatedBudget"], 367);
    assert_eq!(after["mediaBuys"][0]["warnings"], json!([]));
    let request = &asked(&adds)[0];
    assert_eq!(request["new_packages"][0]["budget"], 367.0);
    assert_eq!(
        request["new_packages"][0]["start_time"],
        "2027-04-10T00:00:00Z"
    );
    assert!(
        cannot.changes().is_empty(),
        "a seller that cannot add packages is not asked"
    );

    thinks.decide_changes(true);
    test.run_until("the other seller has added them, too", || async {
        campaign(&test, &id).await["mediaBuys"][1]["packages"]
            .as_array()
            .unwrap()
            .len()
            == 2
    })
    .await;
    // Known from now on: appended periods do not change any more, later ones may follow.
    let path = format!("/campaigns/{id}");
    let mut changed = second.clone();
    changed["weight"] = json!(2);
    let error = test
        .put(
            &path,
            json!({"pacingPeriods": weights(&[first(), changed])}),
        )
        .await
        .error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "live_pacing_changed");
    let error = test
        .put(&path, json!({"pacingPeriods": null}))
        .await
        .error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "live_pacing_changed");
    let again = put(
        &test,
        &id,
        json!({"pacingPeriods": weights(&[first(), second])}),
    )
    .await;
    assert!(
        again.get("pacingCascadeResult").is_none(),
        "nothing was appended"
    );
    assert_eq!((adds.changes().len(), thinks.changes().len()), (1, 1));
    test.end().await;
}

#[tokio::test]
async fn a_lost_answer_to_an_append_adds_the_packages_once() {
    for (then, sent) in [(Then::AppliesSilently, 1), (Then::Loses, 2)] {
        let test = TestApp::start().await;
        let seller = register(&test, |seller| seller).await;
        let id = executed(&test, &[Arc::clone(&seller)], weights(&[first()])).await;
        seller.then(then);
        let second = period("second", "2027-04-10", "2027-05-31", 1.0);
        let longer = json!({"pacingPeriods": weights(&[first(), second])});
        let done = put(&test, &id, longer).await;
        assert_eq!(
            done["pacingCascadeResult"]["mediaBuyResults"][0]["outcome"],
            "unknown"
        );
        assert_eq!(
            done["campaign"]["unallocatedBudget"], 0,
            "what may be held counts"
        );
        test.run_until("it is found out", || async {
            campaign(&test, &id).await["mediaBuys"][0]["packages"]
                .as_array()
                .unwrap()
                .len()
                == 2
        })
        .await;
        assert_eq!(seller.changes().len(), sent);
        let held = &seller.ledger()[0].buy;
        assert_eq!(held.packages.as_ref().unwrap().len(), 2, "added once");
        let after = campaign(&test, &id).await;
        assert_eq!(
            (
                &after["mediaBuys"][0]["warnings"],
                &after["unallocatedBudget"]
            ),
            (&json!([]), &json!(0))
        );
        test.end().await;
    }
}

#[tokio::test]
async fn what_cannot_be_appended_is_refused_before_anybody_is_asked() {
    let test = TestApp::start().await;
    let seller = register(&test, |seller| seller).await;
    let budget = |label: &str, start: &str, end: &str, budget: f64| json!({"label": label, "start": start, "end": end, "budget": budget});
    let one = budget("first", "2027-03-10", "2027-04-09", 300.0);
    let plan = |periods: &[Value]| json!({"mode": "budget", "periods": periods});
    let id = executed(
        &test,
        &[Arc::clone(&seller)],
        plan(std::slice::from_ref(&one)),
    )
    .await;
    let path = format!("/campaigns/{id}");
    // A fee takes 100: 600 of the media budget are not allocated.
    put(
        &test,
        &id,
        json!({"fees": [{"pricingType": "FLAT", "amount": 100}]}),
    )
    .await;
    let second = |amount: f64| budget("second", "2027-04-10", "2027-05-31", amount);
    // Its net would be 700 of 1,000 times 900.
    let error = test
        .put(
            &path,
            json!({"pacingPeriods": plan(&[one.clone(), second(700.0)])}),
        )
        .await
        .error(409, "INSUFFICIENT_MEDIA_BUDGET");
    assert_eq!(error["details"]["shortBy"], 30);
    assert!(seller.changes().is_empty());
    let done = put(
        &test,
        &id,
        json!({"pacingPeriods": plan(&[one, second(600.0)])}),
    )
    .await;
    assert_eq!(
        done["campaign"]["mediaBuys"][0]["packages"][1]["budget"],
        540
    );
    assert_eq!(done["campaign"]["unallocatedBudget"], 60);
    test.end().await;
}

#[tokio::test]
async fn a_completed_campaign_is_launched_again_with_new_dates_money_and_periods() {
    let test = TestApp::start().await;
    let seller = register(&test, |seller| seller).await;
    let id = executed(&test, &[Arc::clone(&seller)], weights(&[first()])).await;
    test.clock.set("2027-06-02T00:00:00Z".parse().unwrap());
    test.run_jobs().await;
    let over = campaign(&test, &id).await;
    assert_eq!(
        (&over["status"], &over["mediaBuyStatus"]),
        (&json!("COMPLETED"), &json!("COMPLETED"))
    );
    // Ended buys count with what they delivered, so all the money is there again.
    assert_eq!(over["unallocatedBudget"], 1000);
    let path = format!("/campaigns/{id}");
    let error = test.post(&format!("{path}/execute"), json!({})).await;
    assert_eq!(error.issues()[0].1, "flight_over");
    assert_eq!(
        test.put(&path, json!({"brief": "autumn"})).await.issues(),
        [("brief".to_owned(), "locked".to_owned())]
    );
    let second = period("autumn", "2027-09-01", "2027-10-31", 1.0);
    let done = put(
        &test,
        &id,
        json!({
            "flightDates": {"startDate": "2027-03-10", "endDate": "2027-10-31"},
            "budget": {"total": 2000}, "fees": [{"pricingType": "FLAT", "amount": 200}],
            "pacingPeriods": weights(&[first(), second]),
        }),
    )
    .await;
    assert_eq!(done["campaign"]["status"], "COMPLETED");
    assert!(
        seller.changes().is_empty(),
        "ended buys are not asked for anything"
    );
    let done = test
        .post(&format!("{path}/execute"), json!({}))
        .await
        .data(200);
    assert_eq!(
        (
            &done["previousStatus"],
            &done["newStatus"],
            &done["mediaBuysExecuted"],
            &done["success"]
        ),
        (
            &json!("COMPLETED"),
            &json!("ACTIVE"),
            &json!(1),
            &json!(true)
        )
    );
    let after = campaign(&test, &id).await;
    let buys = after["mediaBuys"].as_array().unwrap();
    assert_eq!(
        buys.len(),
        2,
        "a new buy; the ended one stays for reporting"
    );
    assert_ne!(buys[0]["mediaBuyId"], buys[1]["mediaBuyId"]);
    assert_eq!(
        (&buys[0]["status"], &buys[1]["status"]),
        (&json!("COMPLETED"), &json!("ACTIVE"))
    );
    let packages = buys[1]["packages"].as_array().unwrap();
    assert_eq!(
        packages.len(),
        1,
        "only the period that no earlier execute knew"
    );
    assert_eq!(packages[0]["pacingPeriod"]["label"], "autumn");
    assert_eq!(after["allocatedBudget"], 300);
    assert_eq!(seller.ledger().len(), 2);
    // Executing again finds nothing left to send.
    let again = test
        .post(&format!("{path}/execute"), json!({}))
        .await
        .data(200);
    assert_eq!(again["reason"], "no_media_buys_to_execute");
    test.end().await;
}
