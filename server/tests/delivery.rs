//! Delivery over REST: by package and day, restated, late, refused, told by webhook; and flights
//! that end.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::media_buy::SellerBuyStatus;
use flighting_server::flows::delivery::take_report;
use serde_json::{Value, json};
use support::staged::Staged;

async fn delivery(stage: &Staged, id: &str, query: &str) -> Value {
    stage
        .test
        .get(&format!("/campaigns/{id}/delivery{query}"))
        .await
        .data(200)
}

/// Days as (date, spend, late).
fn days(of: &Value) -> Vec<(String, Value, bool)> {
    of["days"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| {
            (
                day["date"].as_str().unwrap().to_owned(),
                day["spend"].clone(),
                day["late"].as_bool().unwrap(),
            )
        })
        .collect()
}

fn day(date: &str, spend: f64) -> (String, Value, bool) {
    let spend = if spend.fract() == 0.0 {
        json!(spend as i64)
    } else {
        json!(spend)
    };
    (date.to_owned(), spend, false)
}

/// A report of the only package; the first of the days has all the impressions.
fn report(impressions: u64, spend: f64, days: &[(&str, f64)]) -> Value {
    let days: Vec<_> = days
        .iter()
        .enumerate()
        .map(|(index, (date, spend))| {
            let impressions = if index == 0 { impressions } else { 0 };
            json!({"date": date, "impressions": impressions, "spend": spend})
        })
        .collect();
    json!({"currency": "USD", "media_buy_deliveries": [{"media_buy_id": "b1", "status": "active",
        "totals": {"impressions": impressions, "spend": spend},
        "by_package": [{"package_id": "p1-0", "impressions": impressions, "spend": spend, "clicks": 2,
                        "currency": "USD", "daily_breakdown": days}]}]})
}

async fn set(stage: &Staged, at: &str) {
    stage.test.clock.set(at.parse().unwrap());
    stage.test.run_jobs().await;
}

#[tokio::test]
async fn a_seller_without_days_has_what_is_new_put_on_the_day_it_was_seen_for() {
    let stage = Staged::start([], |seller| seller).await;
    let id = stage.executed().await;
    stage.seller.reports(Some(report(100, 10.005, &[])));
    set(&stage, "2027-03-10T12:00:00Z").await;
    stage.seller.reports(Some(report(300, 30.0, &[])));
    set(&stage, "2027-03-11T12:00:00Z").await;
    set(&stage, "2027-03-11T13:00:00Z").await;

    let shown = delivery(&stage, &id, "").await;
    let buy = &shown["mediaBuys"][0];
    let expected = [day("2027-03-10", 10.01), day("2027-03-11", 19.99)];
    assert_eq!(days(&buy["packages"][0]), expected);
    assert_eq!(days(buy), expected);
    assert_eq!(days(&shown), expected);
    assert_eq!(shown["totals"]["spend"], 30);
    assert_eq!(shown["totals"]["clicks"], 2);
    assert_eq!(buy["freshness"]["source"], "pull");
    assert_eq!(buy["freshness"]["asOf"], "2027-03-11T13:00:00Z");
    // 90 a day; half of the second day is over an hour ago.
    assert_eq!(shown["totals"]["expected"], 138.75);

    let first = delivery(&stage, &id, "?startDate=2027-03-10&endDate=2027-03-10").await;
    assert_eq!(days(&first), [day("2027-03-10", 10.01)]);
    assert_eq!(first["totals"]["spend"], 10.01);
    assert_eq!(
        (&first["totals"]["planned"], &first["totals"]["expected"]),
        (&json!(90), &json!(90))
    );
    for (query, field) in [
        ("?startDate=2027-03-10", "endDate"),
        ("?startDate=2027-03-10&endDate=2027-03-09", "endDate"),
        ("?startDate=x&endDate=2027-03-09", "startDate"),
    ] {
        let refused = stage
            .test
            .get(&format!("/campaigns/{id}/delivery{query}"))
            .await;
        assert_eq!(
            refused.error(400, "VALIDATION_ERROR")["field"],
            field,
            "{query}"
        );
    }
    stage.test.end().await;
}

#[tokio::test]
async fn restated_days_replace_and_plan_amounts_stay() {
    let stage = Staged::start([], |seller| seller).await;
    let id = stage.executed().await;
    stage.seller.reports(Some(report(
        30,
        300.0,
        &[("2027-03-10", 100.0), ("2027-03-11", 150.0)],
    )));
    set(&stage, "2027-03-12T12:00:00Z").await;
    let shown = delivery(&stage, &id, "").await;
    assert_eq!(
        days(&shown),
        [
            day("2027-03-10", 100.0),
            day("2027-03-11", 150.0),
            day("2027-03-12", 50.0)
        ]
    );
    // Corrected downwards, and more than was bought: neither adds, neither changes the plan.
    stage.seller.reports(Some(report(
        30,
        1200.0,
        &[
            ("2027-03-10", 100.0),
            ("2027-03-11", 50.0),
            ("2027-03-12", 1050.0),
        ],
    )));
    set(&stage, "2027-03-12T13:00:00Z").await;
    let shown = delivery(&stage, &id, "").await;
    assert_eq!(
        days(&shown),
        [
            day("2027-03-10", 100.0),
            day("2027-03-11", 50.0),
            day("2027-03-12", 1050.0)
        ]
    );
    assert_eq!(shown["totals"]["spend"], 1200);
    let campaign = stage.read(&id).await;
    assert_eq!(campaign["allocatedBudget"], 900);
    assert_eq!(campaign["mediaBuys"][0]["budget"], 900);
    stage.test.end().await;
}

#[tokio::test]
async fn flights_end_on_time_and_late_figures_are_kept_and_marked() {
    let stage = Staged::start([], |seller| seller).await;
    let id = stage.executed().await;
    stage
        .seller
        .reports(Some(report(90, 90.0, &[("2027-03-10", 90.0)])));
    set(&stage, "2027-03-10T23:59:59Z").await;
    assert_eq!(stage.buy(&id).await["status"], "ACTIVE");
    stage
        .test
        .clock
        .set("2027-03-19T23:59:59Z".parse().unwrap());
    stage.test.run_jobs().await;
    stage.test.pass(TimeDelta::seconds(1)).await;
    let over = stage.read(&id).await;
    assert_eq!(
        (&over["status"], &over["mediaBuys"][0]["status"]),
        (&json!("COMPLETED"), &json!("COMPLETED"))
    );
    assert_eq!(over["allocatedBudget"], 90);

    // Three days after the end the seller counts an early day anew, and adds one that never was.
    stage.seller.set_status(SellerBuyStatus::Completed);
    stage.seller.reports(Some(report(
        99,
        99.0,
        &[("2027-03-10", 95.0), ("2027-03-21", 4.0)],
    )));
    set(&stage, "2027-03-22T12:00:00Z").await;
    let shown = delivery(&stage, &id, "").await;
    assert_eq!(
        days(&shown),
        [
            ("2027-03-10".to_owned(), json!(95), true),
            ("2027-03-21".to_owned(), json!(4), true)
        ]
    );
    assert_eq!(stage.read(&id).await["allocatedBudget"], 99);

    // A week after the end nobody asks any more, and no job is left.
    set(&stage, "2027-03-28T12:00:00Z").await;
    stage.test.finish().await;
}

#[tokio::test]
async fn figures_that_cannot_be_ours_are_refused_and_told() {
    let stage = Staged::start([], |seller| seller).await;
    let id = stage.executed().await;
    stage.seller.reports(Some(report(10, 10.0, &[])));
    set(&stage, "2027-03-11T12:00:00Z").await;
    let foreign = json!({"package_id": "p1-0", "impressions": 90, "spend": 90, "currency": "EUR"});
    let negative = json!({"package_id": "p1-0", "impressions": 90, "spend": -90});
    let huge = json!({"package_id": "p1-0", "impressions": 90, "spend": 1e20});
    let another = json!({"package_id": "p9", "impressions": 90, "spend": 90});
    for (package, code) in [
        (foreign, "currency_differs"),
        (negative, "negative_figures"),
        (huge, "figures_out_of_range"),
        (another, "unknown_package"),
    ] {
        stage.seller.reports(Some(json!({"media_buy_deliveries": [
            {"media_buy_id": "b1", "totals": {}, "by_package": [package]}]})));
        stage.test.pass(TimeDelta::hours(1)).await;
        let shown = delivery(&stage, &id, "").await;
        let buy = &shown["mediaBuys"][0];
        assert_eq!(buy["freshness"]["troubles"][0]["code"], code);
        assert_eq!(buy["totals"]["spend"], 10, "{code}");
    }
    // Late: zeros in the place of figures are none.
    let mut delayed = report(0, 0.0, &[]);
    delayed["media_buy_deliveries"][0]["status"] = json!("reporting_delayed");
    delayed["media_buy_deliveries"][0]["expected_availability"] = json!("2027-03-12T06:00:00Z");
    stage.seller.reports(Some(delayed));
    stage.test.pass(TimeDelta::hours(1)).await;
    let shown = delivery(&stage, &id, "").await;
    assert_eq!(shown["reportingDelayed"], true);
    assert_eq!(
        shown["mediaBuys"][0]["freshness"]["expectedAt"],
        "2027-03-12T06:00:00Z"
    );
    assert_eq!(shown["totals"]["spend"], 10);
    // No answer at all changes nothing.
    stage.seller.reports(None);
    stage.test.pass(TimeDelta::hours(1)).await;
    assert_eq!(delivery(&stage, &id, "").await["totals"]["spend"], 10);
    stage.test.end().await;
}

#[tokio::test]
async fn a_report_that_a_seller_sends_is_taken_in_as_one_that_we_asked_for() {
    let stage = Staged::start([], |seller| seller).await;
    let id = stage.executed().await;
    let app = &stage.test.app;
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let send = async |period: Option<(&str, &str)>, at, body: Value| {
        let mut body = body;
        if let Some((start, end)) = period {
            body["reporting_period"] = json!({"start": start, "end": end});
        }
        take_report(app, &stage.test.account, &stage.agent, &body, at)
            .await
            .unwrap()
    };
    stage.test.clock.set(at("2027-03-13T12:00:00Z"));
    let tenth = Some(("2027-03-11T00:00:00Z", "2027-03-12T00:00:00Z"));
    // Whole days, twice: they replace.
    for _ in 0..2 {
        let taken = send(tenth, at("2027-03-12T01:00:00Z"), report(7, 70.0, &[])).await;
        assert_eq!((taken.buys.len(), taken.unknown.len()), (1, 0));
    }
    let twelfth = Some(("2027-03-12T00:00:00Z", "2027-03-13T00:00:00Z"));
    send(twelfth, at("2027-03-13T01:00:00Z"), report(5, 50.0, &[])).await;
    let shown = delivery(&stage, &id, "").await;
    assert_eq!(
        days(&shown),
        [day("2027-03-11", 70.0), day("2027-03-12", 50.0)]
    );
    assert_eq!(shown["totals"]["spend"], 120);
    assert_eq!(shown["mediaBuys"][0]["freshness"]["source"], "webhook");
    // An older message that arrives late changes nothing; a corrected one replaces its day.
    send(twelfth, at("2027-03-13T00:30:00Z"), report(1, 1.0, &[])).await;
    assert_eq!(delivery(&stage, &id, "").await["totals"]["spend"], 120);
    send(twelfth, at("2027-03-13T02:00:00Z"), report(4, 40.0, &[])).await;
    assert_eq!(delivery(&stage, &id, "").await["totals"]["spend"], 110);
    // An hour of a day cannot be told from another; a report since the beginning counts it all.
    let hour = Some(("2027-03-13T09:00:00Z", "2027-03-13T10:00:00Z"));
    send(hour, at("2027-03-13T10:00:00Z"), report(1, 5.0, &[])).await;
    let shown = delivery(&stage, &id, "").await;
    assert_eq!(
        shown["mediaBuys"][0]["freshness"]["troubles"][0]["code"],
        "part_of_a_day"
    );
    assert_eq!(shown["totals"]["spend"], 110);
    let all = Some(("2027-03-10T00:00:00Z", "2027-03-13T10:00:00Z"));
    send(all, at("2027-03-13T10:30:00Z"), report(20, 125.0, &[])).await;
    let shown = delivery(&stage, &id, "").await;
    assert_eq!(
        days(&shown),
        [
            day("2027-03-11", 70.0),
            day("2027-03-12", 40.0),
            day("2027-03-13", 15.0)
        ]
    );
    // What is no report, and a buy of somebody else.
    let nothing = take_report(
        app,
        &stage.test.account,
        &stage.agent,
        &json!({"x": 1}),
        at("2027-03-13T11:00:00Z"),
    )
    .await;
    assert_eq!(nothing.unwrap(), Default::default());
    let mut foreign = report(1, 1.0, &[]);
    foreign["media_buy_deliveries"][0]["media_buy_id"] = json!("b7");
    let taken = send(None, at("2027-03-13T11:00:00Z"), foreign).await;
    assert_eq!(taken.unknown, ["b7"]);
    let others = stage.test.account_named("others").await;
    let taken = take_report(
        app,
        &others,
        &stage.agent,
        &report(9, 9.0, &[]),
        at("2027-03-13T11:00:00Z"),
    )
    .await;
    assert_eq!(taken.unwrap().unknown, ["b1"]);
    stage.test.end().await;
}

#[tokio::test]
async fn a_campaign_whose_buys_were_all_canceled_runs_until_its_flight_ends() {
    let stage = Staged::start([], |seller| seller).await;
    let id = stage.executed().await;
    stage.seller.set_status(SellerBuyStatus::Canceled);
    set(&stage, "2027-03-12T12:00:00Z").await;
    let running = stage.read(&id).await;
    assert_eq!(
        (&running["status"], &running["mediaBuys"][0]["status"]),
        (&json!("ACTIVE"), &json!("CANCELED"))
    );
    set(&stage, "2027-03-20T00:00:00Z").await;
    assert_eq!(stage.read(&id).await["status"], "COMPLETED");
    stage.test.end().await;
}
