//! What a process takes up that another one left.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use chrono::TimeDelta;
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::media_buy::SubmissionState;
use flighting_server::store::{Change, IdempotencyStart, Submission};
use serde_json::json;
use support::TestApp;

#[tokio::test]
async fn what_died_is_free_again_and_reconciled_at_once() {
    let test = TestApp::start().await;
    let agent = test.paper_agent("Seller").await;
    let body = json!({
        "advertiserId": test.advertiser().await, "name": "Spring", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-04-01", "endDate": "2027-04-30"}, "budget": {"total": 1000},
    });
    let made = test.post("/campaigns", body).await.data(201);
    let campaign = CampaignId::parse(made["campaign"]["campaignId"].as_str().unwrap()).unwrap();
    test.run_jobs().await;
    let now = test.clock.real_now();
    let mut change = Change::of(test.account.clone());
    change.submissions.push(Submission {
        id: "sub_1".to_owned(),
        campaign_id: campaign,
        media_buy_id: MediaBuyId::parse("mb_1").unwrap(),
        agent_id: agent,
        account: test.account.clone(),
        idempotency_key: "key".to_owned(),
        request_bytes: b"{}".to_vec(),
        request_digest: "digest".to_owned(),
        state: SubmissionState::Open,
        claimed_by: Some("the dead".to_owned()),
        lease_until: Some(now + TimeDelta::hours(1)),
        created_at: now,
        first_sent_at: None,
        seller_task_id: None,
        change: None,
    });
    test.app.store.commit(change).await.unwrap();
    let begin = || {
        let store = &test.app.store;
        store.begin_request(
            &test.account,
            "POST /x",
            "the-key-of-the-dead",
            &[0; 32],
            now,
        )
    };
    assert_eq!(begin().await.unwrap(), IdempotencyStart::New);

    let recovered = test.app.take_up().await.unwrap();
    assert_eq!((recovered.submissions, recovered.requests), (1, 1));
    assert_eq!(begin().await.unwrap(), IdempotencyStart::New);
    assert_eq!(test.app.store.next_job_at().await.unwrap(), Some(now));
    let lease = now + TimeDelta::minutes(1);
    let claimed = test
        .app
        .store
        .claim_submission(&test.account, "sub_1", "the living", now, lease)
        .await
        .unwrap();
    assert_eq!(
        claimed
            .and_then(|submission| submission.claimed_by)
            .as_deref(),
        Some("the living")
    );

    // Twice is once.
    test.app.take_up().await.unwrap();
    assert_eq!(test.run_jobs().await, 1);
    test.end().await;
}
