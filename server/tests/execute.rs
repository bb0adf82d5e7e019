//! The main job over REST: planned, executed at sellers, followed, paused; and what happens when
//! sellers are lost, slow or say no.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::sync::Arc;

use chrono::TimeDelta;
use flighting_core::ids::AgentId;
use flighting_core::media_buy::SellerBuyStatus;
use flighting_server::app::Settings;
use serde_json::{Value, json};
use support::seller::{Does, Seller, shared};
use support::{Setup, TestApp};

/// A campaign of March to May 2027 with three periods; its id and its session's.
async fn plan(test: &TestApp, products: &[(&str, f64, Option<f64>)]) -> (String, String) {
    let advertiser = test.advertiser().await;
    let body = json!({
        "advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"},
        "budget": {"total": 300_000},
        "constraints": {"countries": ["US"]},
        "pacingPeriods": {"mode": "weight", "periods": [
            {"label": "build", "start": "2027-03-10", "end": "2027-03-31", "weight": 1},
            {"label": "peak", "start": "2027-04-01", "end": "2027-04-20", "weight": 3},
            {"label": "tail", "start": "2027-04-21", "end": "2027-05-31", "weight": 0.5},
        ]},
    });
    let campaign = test.post("/campaigns", body).await.data(201)["campaign"]["campaignId"]
        .as_str()
        .unwrap()
        .to_owned();
    let found = test
        .post(
            "/discovery/discover-products",
            json!({"advertiserId": advertiser, "campaignId": campaign}),
        )
        .await
        .data(200);
    let session = found["discoveryId"].as_str().unwrap().to_owned();
    let chosen: Vec<Value> = products
        .iter()
        .map(|(product, budget, bid)| {
            let mut choice = json!({"productId": product, "budget": budget});
            let options = found["groups"]
                .as_array()
                .unwrap()
                .iter()
                .flat_map(|group| group["products"].as_array().unwrap());
            let offer = options
                .clone()
                .find(|offer| offer["productId"] == **product)
                .unwrap_or_else(|| panic!("no `{product}`"));
            let option = offer["pricingOptions"]
                .as_array()
                .unwrap()
                .iter()
                .find(|option| option["currency"] == "USD" && option["isFixed"] == bid.is_none());
            choice["pricingOptionId"] = option.unwrap()["pricingOptionId"].clone();
            if let Some(bid) = bid {
                choice["bidPrice"] = json!(bid);
            }
            choice
        })
        .collect();
    test.post(
        &format!("/discovery/{session}/products"),
        json!({"products": chosen}),
    )
    .await
    .data(200);
    (campaign, session)
}

async fn campaign(test: &TestApp, id: &str) -> Value {
    test.get(&format!("/campaigns/{id}")).await.data(200)["campaign"].clone()
}

async fn execute(test: &TestApp, id: &str) -> Value {
    test.post(&format!("/campaigns/{id}/execute"), json!({"debug": true}))
        .await
        .data(200)
}

/// A product whose only seller does what the test says.
async fn scripted(
    script: impl IntoIterator<Item = Does>,
    change: impl FnOnce(Seller) -> Seller,
) -> (TestApp, Arc<Seller>, String) {
    let test = TestApp::start().await;
    let (seller, id) = register(&test, script, change).await;
    let _ = id;
    let (campaign, _) = plan(&test, &[("banner", 900.0, None)]).await;
    (test, seller, campaign)
}

async fn register(
    test: &TestApp,
    script: impl IntoIterator<Item = Does>,
    change: impl FnOnce(Seller) -> Seller,
) -> (Arc<Seller>, AgentId) {
    let id = flighting_server::ids::IdSource.agent();
    let (seller, agent) = shared(change(Seller::new(id.clone(), script)));
    test.app.agents.script(id.clone(), agent);
    test.paper_agent_of(&id, "Scripted").await;
    (seller, id)
}

/// A campaign of 1,000 that shares its money between the banners of two sellers.
async fn both_banners(test: &TestApp, agents: [&AgentId; 2]) -> String {
    let advertiser = test.advertiser().await;
    let body = json!({"advertiserId": advertiser, "name": "Two", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 1000}});
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
    let chosen: Vec<_> = agents
        .iter()
        .map(|agent| json!({"productId": "banner", "salesAgentId": agent.as_str()}))
        .collect();
    test.post(
        &format!(
            "/discovery/{}/products",
            found["discoveryId"].as_str().unwrap()
        ),
        json!({"products": chosen}),
    )
    .await
    .data(200);
    id
}

#[tokio::test]
async fn the_main_job_runs_from_plan_to_live_status() {
    let test = TestApp::with_sellers().await;
    let (id, _) = plan(
        &test,
        &[
            ("alder_news_display", 60_000.0, Some(4.0)),
            ("birch_homepage", 90_000.0, None),
        ],
    )
    .await;

    let done = execute(&test, &id).await;
    assert_eq!(
        (
            &done["previousStatus"],
            &done["newStatus"],
            &done["success"]
        ),
        (&json!("DRAFT"), &json!("ACTIVE"), &json!(true))
    );
    assert_eq!(done["mediaBuysExecuted"], 2);

    let live = campaign(&test, &id).await;
    assert_eq!(live["mediaBuyStatus"], "PENDING_APPROVAL");
    assert_eq!(live["allocatedBudget"], 150_000);
    let buys = live["mediaBuys"].as_array().unwrap();
    assert_eq!(buys[0]["status"], "ACTIVE");
    assert_eq!(buys[0]["pendingReason"], "scheduled_not_started");
    assert_eq!(buys[1]["status"], "PENDING_APPROVAL");

    // What the sellers hold is what we planned, to the cent.
    let sandbox = test.sandbox.as_ref().unwrap();
    for (name, buy) in [("alder", &buys[0]), ("birch", &buys[1])] {
        let held: Vec<i64> = sandbox
            .ledger(name)
            .iter()
            .flat_map(|buy| buy.packages.iter().map(|p| p.budget_minor))
            .collect();
        let ours: Vec<i64> = buy["packages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|package| (package["budget"].as_f64().unwrap() * 100.0).round() as i64)
            .collect();
        if !held.is_empty() {
            assert_eq!(held, ours, "{name}");
        }
    }

    test.run_until("the guaranteed seller approves", || async {
        campaign(&test, &id).await["mediaBuys"][1]["status"] == "ACTIVE"
    })
    .await;
    // And the explanation names the buy that sets the status.
    let reason = campaign(&test, &id).await["mediaBuyStatusReason"].clone();
    assert_eq!(reason["rule"], "all_alike");

    let paused = test
        .post(&format!("/campaigns/{id}/pause"), json!({}))
        .await
        .data(200);
    assert_eq!(
        (&paused["newStatus"], &paused["successCount"]),
        (&json!("PAUSED"), &json!(2))
    );
    assert_eq!(campaign(&test, &id).await["mediaBuyStatus"], "PAUSED");
    test.post(&format!("/campaigns/{id}/execute"), json!({}))
        .await
        .error(400, "VALIDATION_ERROR");
    let back = test
        .post(&format!("/campaigns/{id}/reactivate"), json!({}))
        .await
        .data(200);
    assert_eq!(
        (&back["newStatus"], &back["successCount"]),
        (&json!("ACTIVE"), &json!(2))
    );

    // Into the flight: money is delivered, and the campaign ends with its flight.
    test.clock.set("2027-04-05T12:00:00Z".parse().unwrap());
    let delivered = test
        .get(&format!("/campaigns/{id}/delivery?fresh=true"))
        .await
        .data(200);
    assert!(
        delivered["totals"]["spend"].as_f64().unwrap() > 0.0,
        "{delivered}"
    );
    test.clock.set("2027-06-01T00:00:01Z".parse().unwrap());
    test.run_jobs().await;
    let over = campaign(&test, &id).await;
    assert_eq!(
        (&over["status"], &over["mediaBuyStatus"]),
        (&json!("COMPLETED"), &json!("COMPLETED"))
    );
    test.end().await;
}

#[tokio::test]
async fn a_lost_answer_is_reconciled_and_never_bought_twice() {
    for (script, sent) in [(Does::AcceptsSilently, 1), (Does::Loses, 2)] {
        let (test, seller, id) = scripted([script], |seller| seller).await;
        let done = execute(&test, &id).await;
        assert_eq!(done["success"], false);
        assert_eq!(done["errors"][0]["code"], "no_answer");
        assert_eq!(done["newStatus"], "ACTIVE");
        let buy = campaign(&test, &id).await["mediaBuys"][0].clone();
        assert_eq!(
            (&buy["status"], &buy["adcpStatus"]),
            (&json!("PENDING_APPROVAL"), &json!("unknown"))
        );

        // Executing again sends nothing and says why.
        let again = execute(&test, &id).await;
        assert_eq!(
            (&again["mediaBuysExecuted"], &again["reason"]),
            (&json!(0), &json!("no_media_buys_to_execute"))
        );
        assert_eq!(again["warnings"][0]["type"], "in_flight");

        test.run_until("it is reconciled", || async {
            campaign(&test, &id).await["mediaBuys"][0]["status"] == "ACTIVE"
        })
        .await;
        assert_eq!(seller.ledger().len(), 1, "bought once");
        let requests = seller.requests();
        assert_eq!(requests.len(), sent);
        assert!(
            requests.iter().all(|request| *request == requests[0]),
            "a replay sends the identical bytes"
        );
        test.end().await;
    }
}

#[tokio::test]
async fn a_seller_that_promises_no_replay_waits_for_a_person() {
    let (test, seller, id) = scripted([Does::Loses], |mut seller| {
        seller.replay_ttl_s = None;
        seller
    })
    .await;
    execute(&test, &id).await;
    test.pass(TimeDelta::minutes(5)).await;
    test.pass(TimeDelta::minutes(5)).await;
    assert_eq!(seller.requests().len(), 1, "never sent again");
    assert_eq!(
        campaign(&test, &id).await["mediaBuys"][0]["status"],
        "PENDING_APPROVAL"
    );
    test.end().await;
}

#[tokio::test]
async fn a_seller_that_may_hold_it_under_no_name_waits_for_a_person() {
    let (test, seller, id) = scripted([Does::AcceptsSilently], |mut seller| {
        seller.echoes = false;
        seller
    })
    .await;
    execute(&test, &id).await;
    test.pass(TimeDelta::minutes(5)).await;
    assert_eq!((seller.requests().len(), seller.ledger().len()), (1, 1));
    assert_eq!(
        campaign(&test, &id).await["mediaBuys"][0]["status"],
        "PENDING_APPROVAL"
    );
    test.end().await;
}

#[tokio::test]
async fn a_seller_that_hangs_is_silent_and_spoils_nothing_for_the_other() {
    let settings = Settings {
        rate_limit: 0,
        agent_timeout: std::time::Duration::from_millis(300),
        ..Settings::default()
    };
    let test = TestApp::with(Setup {
        settings,
        ..Setup::default()
    })
    .await;
    let (_, slow) = register(&test, [], Seller::gated).await;
    let (_, quick) = register(&test, [], |seller| seller).await;
    let id = both_banners(&test, [&slow, &quick]).await;
    let done = execute(&test, &id).await;
    assert_eq!(
        (&done["success"], &done["errors"][0]["code"]),
        (&json!(false), &json!("no_answer"))
    );
    assert_eq!(done["errors"][0]["salesAgentId"], slow.as_str());
    let buys = campaign(&test, &id).await["mediaBuys"].clone();
    assert_eq!(
        (&buys[0]["status"], &buys[0]["submission"]),
        (&json!("PENDING_APPROVAL"), &json!("silent"))
    );
    assert_eq!(buys[1]["status"], "ACTIVE");
    test.app.store.close().await;
}

#[tokio::test]
async fn two_executes_at_once_buy_once() {
    let (test, seller, id) = scripted([], Seller::gated).await;
    let path = format!("/campaigns/{id}/execute");
    let first = test.post(&path, json!({}));
    let second = async {
        seller.arrived.acquire().await.unwrap().forget();
        // The first request is at the seller now, without an answer.
        let second = test.post(&path, json!({})).await.data(200);
        assert_eq!(second["mediaBuysExecuted"], 0);
        assert_eq!(second["warnings"][0]["type"], "in_flight");
        test.put(&format!("/campaigns/{id}"), json!({"budget": {"total": 5}}))
            .await
            .error(409, "CONFLICT");
        test.delete(&format!("/campaigns/{id}"))
            .await
            .error(409, "CONFLICT");
        seller.open();
    };
    let (first, ()) = tokio::join!(first, second);
    assert_eq!(first.data(200)["success"], true);
    assert_eq!(seller.ledger().len(), 1);
    test.end().await;
}

#[tokio::test]
async fn what_failed_is_sent_again_and_nothing_else() {
    let test = TestApp::start().await;
    let (bad, bad_id) = register(&test, [Does::Unreachable, Does::Accepts], |seller| seller).await;
    let (good, good_id) = register(&test, [], |seller| seller).await;
    let id = both_banners(&test, [&bad_id, &good_id]).await;

    let done = execute(&test, &id).await;
    assert_eq!(
        (&done["success"], &done["newStatus"]),
        (&json!(false), &json!("ACTIVE"))
    );
    assert_eq!(done["errors"].as_array().unwrap().len(), 1);
    assert_eq!(done["errors"][0]["salesAgentId"], bad_id.as_str());
    assert!(done["errors"][0]["debug"].is_object());
    assert_eq!(campaign(&test, &id).await["mediaBuyStatus"], "FAILED");
    // The even share was written down: the retry buys the same.
    let before = campaign(&test, &id).await["mediaBuys"][0].clone();
    let again = execute(&test, &id).await;
    assert_eq!(
        (&again["mediaBuysExecuted"], &again["success"]),
        (&json!(1), &json!(true))
    );
    let after = campaign(&test, &id).await["mediaBuys"][0].clone();
    assert_eq!(
        (&before["mediaBuyId"], &before["budget"]),
        (&after["mediaBuyId"], &after["budget"])
    );
    assert_eq!((bad.ledger().len(), good.ledger().len()), (1, 1));
    let requests = bad.requests();
    assert_eq!(requests[0], requests[1], "the same bytes keep their key");
    test.end().await;
}

#[tokio::test]
async fn a_pause_that_is_refused_is_listed_and_repeated() {
    let (test, seller, id) = scripted([], |seller| seller).await;
    execute(&test, &id).await;
    *seller.refuses_wishes.lock().unwrap() = true;
    let paused = test
        .post(&format!("/campaigns/{id}/pause"), json!({}))
        .await
        .data(200);
    assert_eq!(
        (
            &paused["success"],
            &paused["failureCount"],
            &paused["newStatus"]
        ),
        (&json!(false), &json!(1), &json!("PAUSED"))
    );
    assert_eq!(paused["errors"][0]["code"], "ACTION_NOT_ALLOWED");
    assert_eq!(
        campaign(&test, &id).await["mediaBuys"][0]["status"],
        "ACTIVE"
    );
    *seller.refuses_wishes.lock().unwrap() = false;
    test.run_until("the seller confirms", || async {
        campaign(&test, &id).await["mediaBuys"][0]["status"] == "PAUSED"
    })
    .await;
    // A seller that says active all the same does not undo it.
    seller.set_status(SellerBuyStatus::Active);
    *seller.refuses_wishes.lock().unwrap() = true;
    test.get(&format!("/campaigns/{id}/media-buy-status"))
        .await
        .data(200);
    let buy = campaign(&test, &id).await["mediaBuys"][0].clone();
    assert_eq!(
        (&buy["status"], &buy["warnings"]),
        (&json!("PAUSED"), &json!(["seller_reports_active"]))
    );
    test.end().await;
}

#[tokio::test]
async fn what_cannot_be_executed_is_refused_with_its_place() {
    let (test, seller, id) = scripted([], |seller| seller).await;
    let path = format!("/campaigns/{id}/execute");
    test.post(&path, json!({"expectedRevision": 99}))
        .await
        .error(409, "CONFLICT");
    assert_eq!(
        test.post(&path, json!({"Debug": true})).await.issues(),
        [("Debug".to_owned(), "unknown_field".to_owned())]
    );
    test.post(&format!("/campaigns/{id}/pause"), json!({}))
        .await
        .error(400, "VALIDATION_ERROR");
    test.post(&format!("/campaigns/{id}/reactivate"), json!({}))
        .await
        .error(400, "VALIDATION_ERROR");
    // Less media than the selected product asks for: the smallest total that would do is told.
    test.put(
        &format!("/campaigns/{id}"),
        json!({"budget": {"total": 500}}),
    )
    .await
    .data(200);
    let error = test
        .post(&path, json!({}))
        .await
        .error(409, "INSUFFICIENT_MEDIA_BUDGET");
    assert_eq!(error["details"]["minimumAllowedBudget"], 900);
    assert!(seller.requests().is_empty());

    let empty = test.post("/campaigns", json!({"advertiserId": test.advertiser().await, "name": "Empty", "campaignType": "ROUTED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 1000}})).await.data(201);
    let empty = empty["campaign"]["campaignId"].as_str().unwrap();
    assert_eq!(
        test.post(&format!("/campaigns/{empty}/execute"), json!({}))
            .await
            .issues()[0]
            .1,
        "no_products"
    );
    test.end().await;
}
