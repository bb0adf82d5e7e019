//! What is waited for: sellers that decide are asked later each time, flights end when they end.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use chrono::TimeDelta;
use flighting_core::media_buy::SellerBuyStatus;
use serde_json::json;
use support::seller::{Seller, shared};
use support::{Setup, TestApp};

/// Moves the clock from job to job for so long.
async fn live(test: &TestApp, time: TimeDelta) {
    let end = test.clock.real_now() + time;
    loop {
        test.run_jobs().await;
        match test.app.store.next_job_at().await.unwrap() {
            Some(next) if next < end => test.clock.set(next.max(test.clock.real_now())),
            _ => break,
        }
    }
    test.clock.set(end);
    test.run_jobs().await;
}

#[tokio::test]
async fn a_seller_that_takes_its_time_is_asked_later_each_time() {
    let test = TestApp::with(Setup {
        sellers: vec![flighting_sandbox::AgentKind::Birch],
        approval: TimeDelta::minutes(10),
        ..Setup::default()
    })
    .await;
    let advertiser = test.advertiser().await;
    let body = json!({"advertiserId": advertiser, "name": "Slow", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 50_000}});
    let data = test.post("/campaigns", body).await.data(201);
    let id = data["campaign"]["campaignId"].as_str().unwrap().to_owned();
    let search = json!({"advertiserId": advertiser, "campaignId": id});
    let found = test
        .post("/discovery/discover-products", search)
        .await
        .data(200);
    let path = format!(
        "/discovery/{}/products",
        found["discoveryId"].as_str().unwrap()
    );
    let chosen = json!({"products": [{"productId": "birch_homepage", "budget": 50_000}]});
    test.post(&path, chosen).await.data(200);
    test.post(&format!("/campaigns/{id}/execute"), json!({}))
        .await
        .data(200);
    let asked = |task: &str| {
        let received = test.sandbox.as_ref().unwrap().received("birch");
        received.get(task).copied().unwrap_or(0)
    };
    // At 1, 2, 4, 8, 16, 32 seconds, and then every 30 (decision 32).
    live(&test, TimeDelta::seconds(61)).await;
    assert_eq!(asked("get_task_status"), 6);
    live(&test, TimeDelta::seconds(120)).await;
    assert_eq!(asked("get_task_status"), 6 + 4);

    // Approved: the task is not asked for any more, the buy once a minute.
    live(&test, TimeDelta::minutes(10)).await;
    let shown = test.get(&format!("/campaigns/{id}")).await.data(200);
    assert_eq!(shown["campaign"]["mediaBuyStatus"], "ACTIVE");
    let (tasks, buys) = (asked("get_task_status"), asked("get_media_buys"));
    live(&test, TimeDelta::minutes(10)).await;
    assert_eq!(asked("get_task_status"), tasks);
    let looks = asked("get_media_buys") - buys;
    // Every minute and up to a quarter more, so that looks are spread.
    assert!((7..=10).contains(&looks), "{looks}");
    test.end().await;
}

/// A flight that was made longer ends when it ends, also when nothing happened at its first end.
#[tokio::test]
async fn a_campaign_whose_buys_were_cancelled_ends_with_its_longer_flight() {
    let test = TestApp::start().await;
    let id = test.paper_agent("Scripted").await;
    let (seller, agent) = shared(Seller::new(id.clone(), []));
    test.app.agents.script(id, agent);
    let advertiser = test.advertiser().await;
    let flight = |end: &str| json!({"startDate": "2027-03-10", "endDate": end});
    let body = json!({"advertiserId": advertiser, "name": "Longer", "campaignType": "DECISIONED",
        "flightDates": flight("2027-03-31"), "budget": {"total": 1_000}});
    let data = test.post("/campaigns", body).await.data(201);
    let path = format!(
        "/campaigns/{}",
        data["campaign"]["campaignId"].as_str().unwrap()
    );
    let search = json!({"advertiserId": advertiser, "campaignId": data["campaign"]["campaignId"]});
    let found = test
        .post("/discovery/discover-products", search)
        .await
        .data(200);
    let select = format!(
        "/discovery/{}/products",
        found["discoveryId"].as_str().unwrap()
    );
    let chosen = json!({"products": [{"productId": "banner", "budget": 1_000}]});
    test.post(&select, chosen).await.data(200);
    test.post(&format!("{path}/execute"), json!({}))
        .await
        .data(200);
    test.put(&path, json!({"flightDates": flight("2027-04-30")}))
        .await
        .data(200);
    seller.set_status(SellerBuyStatus::Canceled);
    live(&test, TimeDelta::days(35)).await;
    let status = async || test.get(&path).await.data(200)["campaign"]["status"].clone();
    assert_eq!(status().await, "ACTIVE");
    live(&test, TimeDelta::days(30)).await;
    assert_eq!(status().await, "COMPLETED");
    test.finish().await;
}
