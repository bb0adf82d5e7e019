//! Who did it: a person, Flighting by itself, or the kind of program that a key is for.

use axum::body::Body;
use axum::http::Request;
use chrono::TimeDelta;
use flighting_core::wire::audit::ActorOrigin;
use flighting_server::auth;
use serde_json::{Value, json};

use super::support::TestApp;
use super::support::seller::{Does, Seller, shared};
use super::support::staged::Staged;
use super::{Log, RECONCILE, change, row};

#[tokio::test]
async fn what_a_person_says_of_a_lost_purchase_is_told_as_that_persons() {
    let stage = Staged::start([Does::Loses], |mut seller| {
        seller.replay_ttl_s = None;
        seller
    })
    .await;
    let id = stage.executed().await;
    stage.test.pass(TimeDelta::seconds(10)).await;
    let buy = stage.buy(&id).await["mediaBuyId"].clone();
    let path = format!("/media-buys/{}/reconcile", buy.as_str().unwrap());
    let log = Log(&stage.test);
    let release = stage.test.post(&path, json!({"action": "release"}));
    let (_, rows) = log.of(release, 200).await;
    let told = row(&rows, RECONCILE);
    assert_eq!(told["resourceId"], buy);
    assert_eq!(told["actorOrigin"], "human");
    assert_eq!(
        change(told, "status"),
        (json!("PENDING_APPROVAL"), json!("FAILED"))
    );
    stage.test.end().await;
}

#[tokio::test]
async fn what_flighting_does_by_itself_is_told_as_its_own() {
    let test = TestApp::start().await;
    let log = Log(&test);
    let agent = test.paper_agent("Scripted").await;
    let (_, client) = shared(Seller::new(agent.clone(), []));
    test.app.agents.script(agent, client);
    let advertiser = test.advertiser().await;
    let body = json!({
        "advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-01", "endDate": "2027-03-03"}, "budget": {"total": 900},
    });
    let data = test.post("/campaigns", body).await.data(201);
    let campaign = data["campaign"]["campaignId"].as_str().unwrap().to_owned();
    let search = json!({"advertiserId": advertiser, "campaignId": campaign});
    let data = test
        .post("/discovery/discover-products", search)
        .await
        .data(200);
    let products = format!(
        "/discovery/{}/products",
        data["discoveryId"].as_str().unwrap()
    );
    test.post(&products, json!({"products": [{"productId": "banner"}]}))
        .await
        .data(200);
    test.post(&format!("/campaigns/{campaign}/execute"), json!({}))
        .await
        .data(200);
    test.pass(TimeDelta::days(4)).await;

    let rows = log.read("&actorOrigin=system").await;
    assert!(!rows.is_empty());
    for row in &rows {
        assert_eq!(row["serviceTokenId"], Value::Null);
        assert_eq!(row["campaignId"], json!(campaign));
    }
    let ended: Vec<(Value, Value)> = rows
        .iter()
        .filter(|row| row["resourceType"] == "CAMPAIGN")
        .map(|row| change(row, "status"))
        .collect();
    assert_eq!(ended, [(json!("ACTIVE"), json!("COMPLETED"))]);
    assert!(rows.iter().any(|row| {
        row["resourceType"] == "MEDIA_BUY"
            && row["description"]
                .as_str()
                .unwrap()
                .starts_with("flighting changed the media buy")
    }));
    test.end().await;
}

#[tokio::test]
async fn a_key_says_what_kind_of_actor_uses_it() {
    let test = TestApp::start().await;
    let key = auth::fresh_key().unwrap();
    auth::store_key_of(
        &*test.app.store,
        &test.account,
        &key,
        "nightly",
        false,
        ActorOrigin::Autonomous,
        test.clock.real_now(),
    )
    .await
    .unwrap();
    let body = json!({"name": "Acme", "brand": "acme.example", "primaryCurrency": "USD"});
    let request = Request::builder()
        .method("POST")
        .uri("/api/buyer/advertisers")
        .header("authorization", format!("Bearer {}", key.expose()))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    test.send(request).await.data(201);
    let rows = Log(&test).read("&actorOrigin=autonomous").await;
    assert_eq!(rows[0]["serviceTokenName"], "nightly");
    test.finish().await;
}
