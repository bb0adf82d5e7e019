//! Messages beside what we ask ourselves: both come to one result, whichever is faster.

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::execution::Answer;
use flighting_core::ids::AgentId;
use flighting_server::adcp::AddressPolicy;
use serde_json::{Value, json};

use super::support::seller::{Does, Seller, shared};
use super::support::sender::Sender;
use super::support::staged::Staged;
use super::support::{Setup, TestApp};
use super::{FIRST, app, deliver, keys_of, now, placed, register, staged, told};

#[tokio::test]
async fn a_message_and_a_poll_at_once_come_to_one_result() {
    for round in 0..8_u8 {
        let sender = Sender::new("seller-1", 7);
        let staged = staged(app().await, keys_of(&sender), [Does::Submits("task-1")]).await;
        let id = staged.executed().await;
        let told = told(&staged);
        let arguments = serde_json::value::RawValue::from_string(told.request.to_string()).unwrap();
        let held = staged.seller.hold(&arguments);
        staged.seller.decide("task-1", Answer::Accepted(held));
        let mut result = placed(&told, "active");
        result["packages"][0]["package_id"] = json!("p1-0");
        let message = told.message(FIRST, result);
        let sent = sender.send(&told.url, &message, now(&staged));
        let poll = async {
            if round % 2 == 0 {
                tokio::task::yield_now().await;
            }
            staged
                .test
                .get(&format!("/campaigns/{id}/media-buy-status"))
                .await
                .data(200)
        };
        let (delivered, _) = tokio::join!(deliver(&staged.test, sent), poll);
        assert_eq!(delivered.0, 200);
        let buy = staged.buy(&id).await;
        assert_eq!(
            (&buy["status"], staged.seller.ledger().len()),
            (&json!("ACTIVE"), 1)
        );
        let events = staged
            .test
            .app
            .store
            .events_after(&staged.test.account, 0, 100)
            .await
            .unwrap();
        let to_active = events.iter().filter(|event| {
            event.kind == "media_buy.status_changed" && event.data["newStatus"] == "ACTIVE"
        });
        assert_eq!(to_active.count(), 1, "{events:?}");
        staged.test.end().await;
    }
}

#[tokio::test]
async fn a_message_that_is_faster_than_the_answer_settles_the_buy() {
    let sender = Sender::new("seller-1", 7);
    let test = app().await;
    let told_of = register(&test, keys_of(&sender)).await.data(201);
    let id = AgentId::parse(told_of["salesAgent"]["salesAgentId"].as_str().unwrap()).unwrap();
    let (seller, agent) = shared(Seller::new(id.clone(), [Does::Submits("task-1")]).gated());
    test.app.agents.script(id.clone(), agent);
    let staged = Staged {
        test,
        seller,
        agent: id,
    };
    let campaign = staged.campaign().await;
    let executing = staged.execute(&campaign);
    let meanwhile = async {
        staged.seller.arrived.acquire().await.unwrap().forget();
        let told = told(&staged);
        // By its task alone nobody knows it yet: the seller shall come again.
        let mut nameless = told.message("whk_0000000000000009", placed(&told, "active"));
        nameless.as_object_mut().unwrap().remove("operation_id");
        let sent = sender.send(&told.url, &nameless, now(&staged));
        assert_eq!(deliver(&staged.test, sent).await.0, 503);
        let message = told.message(FIRST, placed(&told, "active"));
        let sent = sender.send(&told.url, &message, now(&staged));
        assert_eq!(deliver(&staged.test, sent).await.0, 200);
        staged.seller.open();
    };
    let (executed, ()) = tokio::join!(executing, meanwhile);
    assert_eq!(executed["success"], true, "{executed}");
    let buy = staged.buy(&campaign).await;
    assert_eq!(buy["status"], "ACTIVE", "{buy}");
    assert!(
        staged
            .test
            .app
            .store
            .open_submissions()
            .await
            .unwrap()
            .is_empty()
    );
    staged.test.end().await;
}

#[tokio::test]
async fn without_a_public_address_sellers_are_polled() {
    let sender = Sender::new("seller-1", 7);
    let test = TestApp::with(Setup {
        addresses: AddressPolicy::new(true),
        ..Setup::default()
    })
    .await;
    let staged = staged(test, keys_of(&sender), [Does::Submits("task-1")]).await;
    let id = staged.executed().await;
    let request: Value = serde_json::from_str(&staged.seller.requests()[0]).unwrap();
    assert_eq!(request.get("push_notification_config"), None);
    let next = staged.test.app.store.next_job_at().await.unwrap().unwrap();
    assert_eq!(next - now(&staged), TimeDelta::seconds(1));
    assert_eq!(staged.buy(&id).await["status"], "PENDING_APPROVAL");
    let sent = sender.send(
        "https://planner.example/adcp/webhooks/0123",
        &json!({}),
        now(&staged),
    );
    assert_eq!(deliver(&staged.test, sent).await.0, 404);
    staged.test.end().await;
}

#[tokio::test]
async fn a_seller_that_writes_to_us_is_asked_every_two_minutes_as_a_backup() {
    let sender = Sender::new("seller-1", 7);
    let staged = staged(app().await, keys_of(&sender), [Does::Submits("task-1")]).await;
    let id = staged.executed().await;
    let wait = |next: DateTime<Utc>| next - now(&staged);
    let next = staged.test.app.store.next_job_at().await.unwrap().unwrap();
    assert_eq!(wait(next), TimeDelta::seconds(120));
    let told = told(&staged);
    let arguments = serde_json::value::RawValue::from_string(told.request.to_string()).unwrap();
    let held = staged.seller.hold(&arguments);
    staged.seller.decide("task-1", Answer::Accepted(held));
    staged.test.pass(TimeDelta::seconds(119)).await;
    assert_eq!(staged.buy(&id).await["status"], "PENDING_APPROVAL");
    staged.test.pass(TimeDelta::seconds(2)).await;
    assert_eq!(staged.buy(&id).await["status"], "ACTIVE");
    // The message comes all the same, and finds it so.
    let mut result = placed(&told, "active");
    result["packages"][0]["package_id"] = json!("p1-0");
    let before = staged.read(&id).await;
    let sent = sender.send(&told.url, &told.message(FIRST, result), now(&staged));
    assert_eq!(deliver(&staged.test, sent).await.0, 200);
    assert_eq!(staged.read(&id).await, before);
    staged.test.end().await;
}
