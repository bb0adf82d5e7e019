//! An answer about a campaign is written once and given again, for as long as it holds: nothing
//! that it says may be older than the request.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use serde_json::{Value, json};
use support::TestApp;

async fn campaign(test: &TestApp, id: &str) -> Value {
    test.get(&format!("/campaigns/{id}")).await.data(200)["campaign"].clone()
}

#[tokio::test]
async fn a_written_answer_holds_until_what_it_says_changes() {
    let test = TestApp::with_sellers().await;
    let advertiser = test.advertiser().await;
    let body = json!({
        "advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"},
        "budget": {"total": 300_000},
    });
    let id = test.post("/campaigns", body).await.data(201)["campaign"]["campaignId"]
        .as_str()
        .unwrap()
        .to_owned();
    let first = campaign(&test, &id).await;
    assert_eq!(campaign(&test, &id).await, first, "nothing changed");
    assert_eq!(first["optimizationApplyMode"], "MANUAL");

    // The campaign itself.
    test.put(&format!("/campaigns/{id}"), json!({"name": "Summer"}))
        .await
        .data(200);
    assert_eq!(campaign(&test, &id).await["name"], "Summer");

    // Its advertiser.
    test.put(
        &format!("/advertisers/{advertiser}"),
        json!({"optimizationApplyMode": "AUTO"}),
    )
    .await
    .data(200);
    assert_eq!(campaign(&test, &id).await["optimizationApplyMode"], "AUTO");

    // Its discovery session: bound to it, then with a product more.
    let found = test
        .post(
            "/discovery/discover-products",
            json!({"advertiserId": advertiser, "campaignId": id}),
        )
        .await
        .data(200);
    let session = found["discoveryId"].as_str().unwrap();
    let bound = campaign(&test, &id).await;
    assert_eq!(
        (&bound["discoveryId"], &bound["productCount"]),
        (&json!(session), &json!(0))
    );
    let offers = found["groups"].as_array().unwrap();
    let offer = offers
        .iter()
        .flat_map(|group| group["products"].as_array().unwrap())
        .find(|offer| offer["pricingOptions"][0]["isFixed"] == true)
        .unwrap();
    let choice = json!({
        "productId": offer["productId"], "salesAgentId": offer["salesAgentId"],
        "pricingOptionId": offer["pricingOptions"][0]["pricingOptionId"],
    });
    test.post(
        &format!("/discovery/{session}/products"),
        json!({"products": [choice]}),
    )
    .await
    .data(200);
    assert_eq!(campaign(&test, &id).await["productCount"], 1);

    // And nobody else gets it, written or not.
    let stranger = test.account_named("stranger").await;
    let key = test.key_of(&stranger, false).await;
    let request = axum::http::Request::builder()
        .uri(format!("{}/campaigns/{id}", flighting_server::http::BASE))
        .header("authorization", format!("Bearer {key}"))
        .body(axum::body::Body::empty())
        .unwrap();
    assert_eq!(test.send(request).await.status, 404);
    test.end().await;
}
