//! Ending and pausing buys one by one, and deleting a campaign.

use std::sync::Arc;

use serde_json::{Value, json};

use super::support::TestApp;
use super::support::seller::Then;
use super::{asked, buy, campaign, executed, one, put, register};

#[tokio::test]
async fn cancel_and_delete_end_a_buy_at_its_seller_first() {
    let (test, seller, id) = one(|seller| seller).await;
    let media_buy = buy(&test, &id).await["mediaBuyId"].clone();
    let cancel = json!({"mediaBuys": [{"mediaBuyId": media_buy, "action": "cancel", "reason": "moved to autumn"}]});
    seller.then(Then::Refuses("NOT_CANCELLABLE"));
    let done = put(&test, &id, cancel.clone()).await;
    assert_eq!(
        (
            &done["mediaBuyResults"][0]["outcome"],
            &done["mediaBuyResults"][0]["error"]["code"]
        ),
        (&json!("refused"), &json!("NOT_CANCELLABLE"))
    );
    assert_eq!(done["campaign"]["mediaBuys"][0]["status"], "ACTIVE");
    let done = put(&test, &id, cancel.clone()).await;
    assert_eq!(
        (
            &done["mediaBuyResults"][0]["outcome"],
            &done["mediaBuyResults"][0]["newStatus"]
        ),
        (&json!("applied"), &json!("CANCELED"))
    );
    assert_eq!(done["campaign"]["allocatedBudget"], 0);
    let request = &asked(&seller)[1];
    assert_eq!(
        (&request["canceled"], &request["cancellation_reason"]),
        (&json!(true), &json!("moved to autumn"))
    );
    // Over is over; what is over can be put away.
    let error = test
        .put(&format!("/campaigns/{id}"), cancel)
        .await
        .error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "terminal_buy");
    let delete = json!({"mediaBuys": [{"mediaBuyId": media_buy, "action": "delete"}]});
    let done = put(&test, &id, delete.clone()).await;
    assert_eq!(done["campaign"]["mediaBuys"][0]["status"], "ARCHIVED");
    test.put(&format!("/campaigns/{id}"), delete)
        .await
        .error(409, "CONFLICT");
    assert_eq!(seller.changes().len(), 2);
    test.end().await;
}

#[tokio::test]
async fn a_campaign_is_deleted_when_every_seller_has_confirmed() {
    let test = TestApp::start().await;
    let first = register(&test, |seller| seller).await;
    let second = register(&test, |seller| seller).await;
    let id = executed(
        &test,
        &[Arc::clone(&first), Arc::clone(&second)],
        Value::Null,
    )
    .await;
    second.then(Then::Refuses("NOT_CANCELLABLE"));
    let error = test
        .delete(&format!("/campaigns/{id}"))
        .await
        .error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "delete_not_confirmed");
    let results = error["details"]["mediaBuyResults"].as_array().unwrap();
    assert_eq!(
        (
            &results[0]["outcome"],
            &results[1]["outcome"],
            &results[1]["error"]["code"]
        ),
        (
            &json!("applied"),
            &json!("refused"),
            &json!("NOT_CANCELLABLE")
        )
    );
    let stays = campaign(&test, &id).await;
    assert_eq!(stays["status"], "ACTIVE");
    assert_eq!(
        (
            &stays["mediaBuys"][0]["status"],
            &stays["mediaBuys"][1]["status"]
        ),
        (&json!("CANCELED"), &json!("ACTIVE"))
    );
    // A seller whose answer is lost may have ended it: it is found out before the next try.
    second.then(Then::AppliesSilently);
    test.delete(&format!("/campaigns/{id}"))
        .await
        .error(409, "CONFLICT");
    test.run_until("it is found out", || async {
        campaign(&test, &id).await["mediaBuys"][1]["status"] == "CANCELED"
    })
    .await;
    assert_eq!(test.delete(&format!("/campaigns/{id}")).await.status, 204);
    let gone = campaign(&test, &id).await;
    assert_eq!(
        (&gone["status"], &gone["mediaBuys"][0]["status"]),
        (&json!("ARCHIVED"), &json!("ARCHIVED"))
    );
    test.delete(&format!("/campaigns/{id}"))
        .await
        .error(404, "NOT_FOUND");
    assert_eq!((first.changes().len(), second.changes().len()), (1, 2));
    test.end().await;
}

#[tokio::test]
async fn a_buy_paused_by_itself_stays_paused_when_the_campaign_comes_back() {
    let test = TestApp::start().await;
    let first = register(&test, |seller| seller).await;
    let second = register(&test, |seller| seller).await;
    let id = executed(&test, &[first, second], Value::Null).await;
    let buys = campaign(&test, &id).await["mediaBuys"].clone();
    let pause = |paused: bool| json!({"mediaBuys": [{"mediaBuyId": buys[0]["mediaBuyId"], "paused": paused}]});
    let done = put(&test, &id, pause(true)).await;
    assert_eq!(
        (
            &done["mediaBuyResults"][0]["outcome"],
            &done["mediaBuyResults"][0]["newStatus"]
        ),
        (&json!("applied"), &json!("PAUSED"))
    );
    let again = put(&test, &id, pause(true)).await;
    assert_eq!(again["mediaBuyResults"][0]["outcome"], "unchanged");
    test.post(&format!("/campaigns/{id}/pause"), json!({}))
        .await
        .data(200);
    let back = test
        .post(&format!("/campaigns/{id}/reactivate"), json!({}))
        .await
        .data(200);
    assert_eq!(
        (&back["newStatus"], &back["successCount"]),
        (&json!("ACTIVE"), &json!(1))
    );
    let after = campaign(&test, &id).await["mediaBuys"].clone();
    assert_eq!(
        (&after[0]["status"], &after[1]["status"]),
        (&json!("PAUSED"), &json!("ACTIVE"))
    );
    assert_eq!(after[0]["pausedByItself"], true);
    let done = put(&test, &id, pause(false)).await;
    assert_eq!(done["campaign"]["mediaBuys"][0]["status"], "ACTIVE");
    test.end().await;
}
