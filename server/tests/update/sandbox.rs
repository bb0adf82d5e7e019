//! Changes at our sandbox sellers, over real MCP: what they hold afterwards is what we say.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::support::TestApp;
use super::{campaign, put};

/// Alder, Birch and Cedar in one campaign with one period, executed and approved.
async fn bought(test: &TestApp) -> String {
    let advertiser = test.advertiser().await;
    let body = json!({
        "advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"},
        "budget": {"total": 100_000},
        "pacingPeriods": {"mode": "weight", "periods": [
            {"label": "first", "start": "2027-03-10", "end": "2027-04-09", "weight": 1},
        ]},
    });
    let id = test.post("/campaigns", body).await.data(201)["campaign"]["campaignId"]
        .as_str()
        .unwrap()
        .to_owned();
    let found = test
        .post(
            "/discovery/discover-products",
            json!({"advertiserId": advertiser, "campaignId": id}),
        )
        .await
        .data(200);
    let session = found["discoveryId"].as_str().unwrap();
    let products = json!([
        {"productId": "alder_news_display", "budget": 10_000, "pricingOptionId": "cpm_usd_auction", "bidPrice": 4},
        {"productId": "birch_homepage", "budget": 20_000},
        {"productId": "cedar_documentaries", "budget": 30_000, "pricingOptionId": "cpm_usd_fixed"},
    ]);
    test.post(
        &format!("/discovery/{session}/products"),
        json!({"products": products}),
    )
    .await
    .data(200);
    let done = test
        .post(&format!("/campaigns/{id}/execute"), json!({}))
        .await
        .data(200);
    assert_eq!(done["success"], true, "{done}");
    test.run_until("the guaranteed seller approves", || async {
        campaign(test, &id).await["mediaBuys"][1]["status"] == "ACTIVE"
    })
    .await;
    id
}

/// Minor units of the packages that a sandbox seller holds and has not ended.
fn held(test: &TestApp, seller: &str) -> Vec<i64> {
    test.sandbox
        .as_ref()
        .unwrap()
        .ledger(seller)
        .iter()
        .flat_map(|buy| &buy.packages)
        .filter(|package| !package.canceled)
        .map(|package| package.budget_minor)
        .collect()
}

fn package(campaign: &Value, buy: usize, change: Value) -> Value {
    let buy = &campaign["mediaBuys"][buy];
    let mut change = change;
    change["packageId"] = buy["packages"][0]["packageId"].clone();
    json!({"mediaBuyId": buy["mediaBuyId"], "packages": [change], "updated_reason": "more money"})
}

#[tokio::test]
async fn three_sellers_take_changes_each_in_its_way() {
    let test = TestApp::with_sellers().await;
    let id = bought(&test).await;
    let live = campaign(&test, &id).await;
    let done = put(
        &test,
        &id,
        json!({"mediaBuys": [
            package(&live, 0, json!({"budget": 12_345.67, "bidPrice": 5.5, "pacing": "front_loaded"})),
            package(&live, 1, json!({"budget": 25_000})),
        ]}),
    )
    .await;
    let results = &done["mediaBuyResults"];
    assert_eq!(
        (&results[0]["outcome"], &results[1]["outcome"]),
        (&json!("applied"), &json!("submitted")),
        "{results}"
    );
    assert_eq!(
        (held(&test, "alder"), held(&test, "birch")),
        (vec![1_234_567], vec![2_000_000])
    );
    let bid = test.sandbox.as_ref().unwrap().ledger("alder")[0].packages[0].bid_minor;
    assert_eq!(bid, Some(550));
    test.pass(TimeDelta::minutes(6)).await;
    test.run_until("the guaranteed seller says yes", || async {
        campaign(&test, &id).await["mediaBuys"][1]["pendingChange"]["status"] == "approved"
    })
    .await;
    assert_eq!(held(&test, "birch"), [2_500_000]);
    let live = campaign(&test, &id).await;
    assert_eq!(live["mediaBuys"][1]["budget"], 25_000);
    assert_eq!(live["mediaBuys"][1]["warnings"], json!([]));

    // A period more: one seller adds it at once, one thinks, one cannot.
    let longer = json!({"pacingPeriods": {"mode": "weight", "periods": [
        {"label": "first", "start": "2027-03-10", "end": "2027-04-09", "weight": 1},
        {"label": "second", "start": "2027-04-10", "end": "2027-05-31", "weight": 1},
    ]}});
    let done = put(&test, &id, longer).await;
    let cascade = &done["pacingCascadeResult"]["mediaBuyResults"];
    assert_eq!(
        (
            &cascade[0]["outcome"],
            &cascade[1]["outcome"],
            &cascade[2]["outcome"]
        ),
        (
            &json!("applied"),
            &json!("submitted"),
            &json!("unsupported")
        ),
        "{cascade}"
    );
    assert_eq!(held(&test, "alder").len(), 2);
    test.run_until("the guaranteed seller has added it", || async {
        campaign(&test, &id).await["mediaBuys"][1]["packages"]
            .as_array()
            .unwrap()
            .len()
            == 2
    })
    .await;
    let live = campaign(&test, &id).await;
    for (index, seller) in ["alder", "birch", "cedar"].iter().enumerate() {
        let ours: Vec<i64> = live["mediaBuys"][index]["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|package| (package["budget"].as_f64().unwrap() * 100.0).round() as i64)
            .collect();
        assert_eq!(held(&test, seller), ours, "{seller}");
        assert_eq!(live["mediaBuys"][index]["warnings"], json!([]), "{seller}");
    }

    // An earlier end, then the end of everything.
    let alder = &live["mediaBuys"][0]["mediaBuyId"];
    let second = &live["mediaBuys"][0]["packages"][1]["packageId"];
    let done = put(
        &test,
        &id,
        json!({"mediaBuys": [{"mediaBuyId": alder, "action": "cancel", "packageIds": [second], "reason": "too long"}]}),
    )
    .await;
    assert_eq!(done["mediaBuyResults"][0]["outcome"], "applied", "{done}");
    assert_eq!(held(&test, "alder").len(), 1);
    assert_eq!(test.delete(&format!("/campaigns/{id}")).await.status, 204);
    for seller in ["alder", "birch", "cedar"] {
        assert_eq!(
            held(&test, seller),
            Vec::<i64>::new(),
            "{seller} still holds something"
        );
    }
    test.end().await;
}
