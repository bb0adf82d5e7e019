//! Looking at running buys: many in one question, spread, later where the seller asks for it; and
//! the breaker of an agent that does not answer.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use chrono::TimeDelta;
use flighting_core::media_buy::SellerBuyStatus;
use serde_json::{Value, json};
use support::seller::Does;
use support::staged::Staged;

async fn agent(stage: &Staged) -> Value {
    stage
        .test
        .get(&format!("/sales-agents/{}", stage.agent))
        .await
        .data(200)["salesAgent"]
        .clone()
}

#[tokio::test]
async fn many_running_buys_are_asked_about_in_one_question() {
    let stage = Staged::start([], |seller| seller).await;
    let ids = stage.many(12).await;
    // The first look at each is its own; from then on they are looked at together.
    stage.test.pass(TimeDelta::seconds(70)).await;
    stage.test.pass(TimeDelta::seconds(90)).await;
    let before = stage.seller.listed();
    stage.test.pass(TimeDelta::seconds(90)).await;
    stage.test.pass(TimeDelta::seconds(90)).await;
    let questions = stage.seller.listed() - before;
    assert!((1..=4).contains(&questions), "{questions}");

    // What is new arrives at each of them.
    stage.seller.set_status(SellerBuyStatus::Paused);
    stage.test.pass(TimeDelta::seconds(90)).await;
    for id in &ids {
        assert_eq!(stage.buy(id).await["status"], "PAUSED");
    }
    // Those that ended are not looked at any more.
    stage.seller.set_status(SellerBuyStatus::Canceled);
    stage.test.pass(TimeDelta::seconds(90)).await;
    for id in &ids {
        assert_eq!(stage.buy(id).await["status"], "CANCELED");
    }
    let before = stage.seller.listed();
    stage.test.pass(TimeDelta::minutes(10)).await;
    stage.test.pass(TimeDelta::minutes(10)).await;
    assert_eq!(stage.seller.listed(), before);
    stage.test.end().await;
}

#[tokio::test]
async fn a_pause_that_a_seller_forgets_is_seen_by_the_common_look() {
    let stage = Staged::start([], |seller| seller).await;
    let id = stage.executed().await;
    stage.test.pass(TimeDelta::seconds(70)).await;
    stage.test.pass(TimeDelta::seconds(90)).await;
    stage
        .test
        .post(&format!("/campaigns/{id}/pause"), json!({}))
        .await
        .data(200);
    assert_eq!(stage.buy(&id).await["status"], "PAUSED");
    stage.seller.set_status(SellerBuyStatus::Active);
    *stage.seller.refuses_wishes.lock().unwrap() = true;
    stage.test.pass(TimeDelta::seconds(90)).await;
    let buy = stage.buy(&id).await;
    assert_eq!(
        (&buy["status"], &buy["warnings"]),
        (&json!("PAUSED"), &json!(["seller_reports_active"]))
    );
    stage.test.end().await;
}

#[tokio::test]
async fn an_agent_that_does_not_answer_rests_and_says_so() {
    let stage = Staged::start([], |seller| seller).await;
    let id = stage.executed().await;
    assert_eq!(agent(&stage).await["breaker"]["state"], "closed");
    let second = stage.second_campaign(&id).await;
    stage.seller.go_down(true);
    // Five looks that nobody answers.
    for _ in 0..5 {
        let path = format!("/campaigns/{id}/media-buy-status");
        let status = stage.test.get(&path).await.data(200);
        assert_eq!(status["errors"][0]["code"], "agent_unreachable");
        assert_eq!(
            status["media_buys"][0]["status_refresh_source"],
            "refresh_failed"
        );
    }
    let resting = agent(&stage).await["breaker"].clone();
    assert_eq!(
        (&resting["state"], &resting["failures"]),
        (&json!("open"), &json!(5))
    );
    assert_eq!(resting["nextTryAt"], "2027-03-01T12:00:10Z");

    // Whoever asks now is told at once, and nothing leaves us: an execute fails without a request.
    let asked = stage.seller.asked();
    let status = stage
        .test
        .get(&format!("/campaigns/{id}/media-buy-status"))
        .await
        .data(200);
    assert_eq!(status["errors"][0]["code"], "agent_resting");
    let done = stage.execute(&second).await;
    assert_eq!(done["errors"][0]["code"], "agent_resting");
    assert_eq!(done["errors"][0]["retryAfter"], 11);
    assert_eq!(done["newStatus"], "DRAFT");
    assert_eq!(stage.buy(&second).await["status"], "FAILED");
    assert_eq!(stage.seller.asked(), asked);
    assert_eq!(stage.seller.requests().len(), 1);

    // The rest is over: one harmless question decides, and the next rest is longer.
    stage.test.clock.advance(TimeDelta::seconds(10));
    stage.execute(&second).await;
    let resting = agent(&stage).await["breaker"].clone();
    assert_eq!(
        (&resting["state"], &resting["nextTryAt"]),
        (&json!("open"), &json!("2027-03-01T12:00:30Z"))
    );
    assert_eq!(stage.seller.asked(), asked + 1);

    // It is back: a person that looks finds out at once.
    stage.seller.go_down(false);
    stage
        .test
        .post(&format!("/sales-agents/{}/probe", stage.agent), json!({}))
        .await
        .data(200);
    assert_eq!(agent(&stage).await["breaker"]["state"], "closed");
    assert_eq!(stage.execute(&second).await["success"], true);
    assert_eq!(stage.seller.requests().len(), 2);
    assert_eq!(stage.seller.ledger().len(), 2);
    stage.test.end().await;
}

#[tokio::test]
async fn looks_are_put_off_as_long_as_the_seller_asks() {
    let stage = Staged::start([Does::Accepts], |seller| seller).await;
    let id = stage.executed().await;
    stage.test.pass(TimeDelta::seconds(70)).await;
    stage.seller.asks_to_wait(Some(300));
    stage.test.pass(TimeDelta::seconds(90)).await;
    let before = stage.seller.listed();
    for _ in 0..4 {
        stage.test.pass(TimeDelta::seconds(60)).await;
    }
    assert_eq!(stage.seller.listed(), before);
    stage.seller.asks_to_wait(None);
    stage.seller.set_status(SellerBuyStatus::Paused);
    stage.test.pass(TimeDelta::seconds(180)).await;
    assert_eq!(stage.buy(&id).await["status"], "PAUSED");
    assert_eq!(agent(&stage).await["breaker"]["state"], "closed");
    stage.test.end().await;
}
