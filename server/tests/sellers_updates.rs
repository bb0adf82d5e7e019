//! Changing buys at sellers that nobody here wrote, over REST and real MCP: a budget, and the end.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use serde_json::{Value, json};
use support::TestApp;
use support::third_party::{PATIENCE, ThirdParty, buyer, eventually};

async fn campaign(test: &TestApp, id: &str) -> Value {
    test.get(&format!("/campaigns/{id}")).await.data(200)["campaign"].clone()
}

#[tokio::test]
async fn a_budget_is_changed_and_a_buy_is_ended_at_third_party_sellers() {
    let sellers = ThirdParty::start(&["guaranteed", "nonGuaranteed"]).await;
    let test = buyer(PATIENCE).await;
    for (name, seller) in [
        ("Guaranteed", "guaranteed"),
        ("Non-guaranteed", "nonGuaranteed"),
    ] {
        let body = json!({"name": name, "url": sellers.told(&format!("/{seller}/url")), "protocol": "MCP",
            "auth": {"type": "bearer", "token": sellers.told(&format!("/{seller}/token"))}});
        test.post("/sales-agents", body).await.data(201);
    }
    let body = json!({"name": "Acme", "brand": "acmeoutdoor.example", "primaryCurrency": "USD"});
    let advertiser = test.post("/advertisers", body).await.data(201)["advertiser"]["id"].clone();
    let body = json!({
        "advertiserId": advertiser, "name": "Third party", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"},
        "budget": {"total": 200_000},
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
        {"productId": "acme_dooh_billboards_q2", "budget": 90_000},
        {"productId": "acme_dooh_remnant_q2", "budget": 10_000},
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
    eventually(&test, "the guaranteed seller approves", || async {
        campaign(&test, &id).await["mediaBuys"][0]["status"] == "ACTIVE"
    })
    .await;
    let live = campaign(&test, &id).await;
    let changes: Vec<Value> = [(0, 80_000.5), (1, 12_000.25)]
        .into_iter()
        .map(|(index, budget)| {
            let buy = &live["mediaBuys"][index];
            json!({"mediaBuyId": buy["mediaBuyId"],
                "packages": [{"packageId": buy["packages"][0]["packageId"], "budget": budget}]})
        })
        .collect();
    let done = test
        .put(&format!("/campaigns/{id}"), json!({"mediaBuys": changes}))
        .await
        .data(200);
    let results = &done["mediaBuyResults"];
    assert_eq!(
        (&results[0]["outcome"], &results[1]["outcome"]),
        (&json!("applied"), &json!("applied")),
        "{results}"
    );
    assert_eq!(done["campaign"]["allocatedBudget"], 92_000.75);
    // What they list afterwards is compared with what we hold.
    let asked = test
        .get(&format!("/campaigns/{id}/media-buy-status"))
        .await
        .data(200);
    assert_eq!(asked["errors"], json!([]), "{asked}");
    let live = campaign(&test, &id).await;
    // Both examples acknowledge a change and go on holding what they held: that is told, and the
    // larger sum counts until somebody has looked.
    for (index, held) in [(0, 90_000), (1, 10_000)] {
        let buy = &live["mediaBuys"][index];
        assert_eq!(buy["warnings"], json!(["packages_differ"]), "{buy}");
        assert_eq!(buy["packages"][0]["sellerBudget"], held);
    }
    assert_eq!(live["allocatedBudget"], 102_000.25);
    // The end of one by itself, and of the other with its campaign.
    let cancel = json!({"mediaBuys": [{"mediaBuyId": live["mediaBuys"][1]["mediaBuyId"], "action": "cancel", "reason": "moved to autumn"}]});
    let done = test
        .put(&format!("/campaigns/{id}"), cancel)
        .await
        .data(200);
    assert_eq!(
        done["mediaBuyResults"][0]["outcome"], "applied",
        "{}",
        done["mediaBuyResults"]
    );
    assert_eq!(done["campaign"]["mediaBuys"][1]["status"], "CANCELED");
    let gone = test.delete(&format!("/campaigns/{id}")).await;
    assert_eq!(gone.status, 204, "{}", String::from_utf8_lossy(&gone.bytes));
    test.end().await;
}
