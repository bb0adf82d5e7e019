//! Advertisers over REST (C 2).

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use chrono::TimeDelta;
use serde_json::{Value, json};
use support::TestApp;

fn full() -> Value {
    json!({
        "name": "  Acme  ", "description": "Shoes", "brand": "ACME.example", "primaryCurrency": "EUR",
        "optimizationApplyMode": "AUTO", "marginPercent": "8.25", "sandbox": true,
        "frequencyCaps": [{"max_impressions": 3, "window": {"interval": 1, "unit": "days"}}],
    })
}

#[tokio::test]
async fn what_was_created_can_be_read() {
    let test = TestApp::start().await;
    let reply = test.post("/advertisers", full()).await;
    let made = reply.data(201)["advertiser"].clone();
    let id = made["id"].as_str().unwrap();
    assert_eq!(
        reply.header("location"),
        Some(format!("/api/buyer/advertisers/{id}").as_str())
    );
    assert!(id.starts_with("adv_"));
    let caps = made["frequencyCaps"].as_array().unwrap();
    assert_eq!(caps.len(), 1);
    assert_eq!(caps[0]["targetId"], id);
    let mut shown = made.clone();
    for name in ["id", "frequencyCaps"] {
        shown.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(
        shown,
        json!({
            "name": "Acme", "description": "Shoes", "brand": "acme.example", "primaryCurrency": "EUR",
            "currencyLocked": false, "optimizationApplyMode": "AUTO", "marginPercent": 8.25, "sandbox": true,
            "status": "ACTIVE", "revision": 1,
            "createdAt": "2027-03-01T12:00:00Z", "updatedAt": "2027-03-01T12:00:00Z",
        })
    );
    assert_eq!(
        test.get(&format!("/advertisers/{id}")).await.data(200)["advertiser"],
        made
    );
    test.finish().await;
}

#[tokio::test]
async fn everything_wrong_is_told_in_one_answer() {
    let test = TestApp::start().await;
    let body = json!({
        "name": "", "brand": "https://acme.example", "primaryCurrency": "XAU", "marginPercent": 100.5,
        "sandbox": "no", "fees": [],
    });
    assert_eq!(
        test.post("/advertisers", body).await.issues(),
        [
            ("name", "too_short"),
            ("brand", "invalid_format"),
            ("primaryCurrency", "unsupported_currency"),
            ("marginPercent", "too_large"),
            ("sandbox", "wrong_type"),
            ("fees", "unknown_field"),
        ]
        .map(|(path, code)| (path.to_owned(), code.to_owned()))
    );
    test.finish().await;
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_name() {
    let test = TestApp::start().await;
    let made = test.post("/advertisers", full()).await.data(201)["advertiser"].clone();
    let path = format!("/advertisers/{}", made["id"].as_str().unwrap());
    test.clock.advance(TimeDelta::minutes(1));
    let now = test
        .put(&path, json!({"description": "", "primaryCurrency": "USD"}))
        .await
        .data(200)["advertiser"]
        .clone();
    let mut expected = made.clone();
    expected.as_object_mut().unwrap().remove("description");
    expected["primaryCurrency"] = json!("USD");
    expected["revision"] = json!(2);
    expected["updatedAt"] = json!("2027-03-01T12:01:00Z");
    assert_eq!(now, expected);
    assert_eq!(test.get(&path).await.data(200)["advertiser"], expected);

    let caps = json!({"frequencyCaps": [{"max_impressions": 9, "window": {"interval": 1, "unit": "campaign"}}]});
    let replaced = test.put(&path, caps).await.data(200)["advertiser"]["frequencyCaps"].clone();
    assert_eq!(replaced.as_array().unwrap().len(), 1);
    assert_eq!(replaced[0]["max_impressions"], 9);
    assert_ne!(replaced[0]["id"], made["frequencyCaps"][0]["id"]);

    assert_eq!(
        test.put(&path, json!({"sandbox": false})).await.issues(),
        [("sandbox".to_owned(), "immutable".to_owned())]
    );
    test.finish().await;
}

#[tokio::test]
async fn a_change_of_an_older_revision_is_a_conflict() {
    let test = TestApp::start().await;
    let path = format!("/advertisers/{}", test.advertiser().await);
    assert_eq!(
        test.put(&path, json!({"name": "B", "expectedRevision": 1}))
            .await
            .status,
        200
    );
    let error = test
        .put(&path, json!({"name": "C", "expectedRevision": 1}))
        .await
        .error(409, "CONFLICT");
    assert_eq!(
        (
            &error["details"]["expectedRevision"],
            &error["details"]["currentRevision"]
        ),
        (&json!(1), &json!(2))
    );
    test.delete(&format!("{path}?expectedRevision=1"))
        .await
        .error(409, "CONFLICT");
    let now = test.get(&path).await.data(200)["advertiser"].clone();
    assert_eq!(
        (&now["name"], &now["status"]),
        (&json!("B"), &json!("ACTIVE"))
    );
    assert_eq!(
        test.delete(&format!("{path}?expectedRevision=2"))
            .await
            .status,
        204
    );
    test.finish().await;
}

#[tokio::test]
async fn the_currency_stays_once_a_campaign_exists() {
    let test = TestApp::start().await;
    let id = test.advertiser().await;
    let path = format!("/advertisers/{id}");
    assert_eq!(
        test.put(&path, json!({"primaryCurrency": "EUR"}))
            .await
            .status,
        200
    );
    let campaign = json!({
        "advertiserId": id, "name": "Spring", "campaignType": "DECISIONED", "budget": {"total": 1000},
        "flightDates": {"startDate": "2027-04-01", "endDate": "2027-04-30"},
    });
    assert_eq!(test.post("/campaigns", campaign).await.status, 201);
    assert_eq!(
        test.put(&path, json!({"primaryCurrency": "USD"}))
            .await
            .issues(),
        [("primaryCurrency".to_owned(), "locked".to_owned())]
    );
    let now = test.get(&path).await.data(200)["advertiser"].clone();
    assert_eq!(
        (&now["primaryCurrency"], &now["currencyLocked"]),
        (&json!("EUR"), &json!(true))
    );
    assert_eq!(
        test.put(&path, json!({"primaryCurrency": "EUR", "name": "B"}))
            .await
            .status,
        200
    );
    test.end().await;
}

#[tokio::test]
async fn an_archived_advertiser_can_be_restored() {
    let test = TestApp::start().await;
    let path = format!("/advertisers/{}", test.advertiser().await);
    let gone = test.delete(&path).await;
    assert_eq!((gone.status.as_u16(), gone.bytes.len()), (204, 0));
    assert_eq!(test.delete(&path).await.status, 204);
    let archived = test.get(&path).await.data(200)["advertiser"].clone();
    assert_eq!(
        (&archived["status"], &archived["revision"]),
        (&json!("ARCHIVED"), &json!(2))
    );
    let error = test
        .put(&path, json!({"name": "B"}))
        .await
        .error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "archived");
    assert_eq!(test.get("/advertisers").await.data(200)["total"], 0);
    assert_eq!(
        test.get("/advertisers?status=ARCHIVED").await.data(200)["total"],
        1
    );

    let restored = test
        .post(&format!("{path}/restore"), json!({}))
        .await
        .data(200)["advertiser"]
        .clone();
    assert_eq!(
        (&restored["status"], &restored["revision"]),
        (&json!("ACTIVE"), &json!(3))
    );
    let again = test
        .post(&format!("{path}/restore"), json!({}))
        .await
        .data(200)["advertiser"]
        .clone();
    assert_eq!(
        again["revision"], 3,
        "nothing changed, so the revision stays"
    );
    test.post("/advertisers/adv_unknown/restore", json!({}))
        .await
        .error(404, "NOT_FOUND");
    test.finish().await;
}

#[tokio::test]
async fn lists_come_in_pages_newest_first() {
    let test = TestApp::start().await;
    for (name, sandbox) in [("Alpha", true), ("Beta", false), ("alphabet", true)] {
        test.clock.advance(TimeDelta::seconds(1));
        let body = json!({"name": name, "brand": "acme.example", "primaryCurrency": "EUR", "sandbox": sandbox});
        assert_eq!(test.post("/advertisers", body).await.status, 201);
    }
    let names = async |query: &str| -> Vec<String> {
        let data = test.get(&format!("/advertisers{query}")).await.data(200);
        let rows = data["advertisers"].as_array().unwrap();
        rows.iter()
            .map(|row| row["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("").await, ["alphabet", "Beta", "Alpha"]);
    assert_eq!(names("?name=ALPHA").await, ["alphabet", "Alpha"]);
    assert_eq!(names("?name=%25").await, [""; 0]);
    assert_eq!(names("?sandbox=false").await, ["Beta"]);
    let page = test.get("/advertisers?take=1&skip=1").await.json();
    assert_eq!(page["data"]["advertisers"][0]["name"], "Beta");
    assert_eq!(
        page["meta"]["pagination"],
        json!({"skip": 1, "take": 1, "total": 3, "hasMore": true})
    );
    let last = test.get("/advertisers?take=2&skip=2").await.json();
    assert_eq!(
        last["meta"]["pagination"],
        json!({"skip": 2, "take": 2, "total": 3, "hasMore": false})
    );
    test.finish().await;
}
