//! Buying from sellers that nobody here wrote, over every transport and release that they offer:
//! the npm seller over A2A 0.3, the PyPI seller over MCP, A2A 0.3 and A2A 1.0 at 3.1 and 3.2.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use flighting_core::execution::Answer;
use flighting_core::ids::{AgentId, MediaBuyId};
use flighting_core::money::Currency;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use support::TestApp;
use support::third_party::{PATIENCE, ThirdParty, buyer, eventually};

/// A way to a seller: what is registered, and what should come of it.
struct Way<'a> {
    name: &'a str,
    protocol: &'a str,
    url: &'a str,
    token: &'a str,
    /// The release we pin with it.
    pin: &'a str,
    product: (&'a str, f64),
}

/// A campaign that has selected the product of a way, over three weighted periods; its id, its
/// session's, and the agent's.
async fn plan(test: &TestApp, way: &Way<'_>) -> (String, String, AgentId) {
    let body = json!({"name": way.name, "url": way.url, "protocol": way.protocol, "auth": {"type": "bearer", "token": way.token}});
    let agent = test.post("/sales-agents", body).await.data(201)["salesAgent"].clone();
    assert_eq!(agent["status"], "ACTIVE", "{}: {agent}", way.name);
    assert_eq!(
        agent["capabilities"]["servedVersion"], way.pin,
        "{}: {agent}",
        way.name
    );
    let body = json!({"name": "Acme", "brand": "acmeoutdoor.example", "primaryCurrency": "USD"});
    let advertiser = test.post("/advertisers", body).await.data(201)["advertiser"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({
        "advertiserId": advertiser, "name": "Every way", "campaignType": "DECISIONED",
        "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 200_000},
        "pacingPeriods": {"mode": "weight", "periods": [
            {"label": "build", "start": "2027-03-10", "end": "2027-03-31", "weight": 1},
            {"label": "peak", "start": "2027-04-01", "end": "2027-04-20", "weight": 1.5},
            {"label": "tail", "start": "2027-04-21", "end": "2027-05-31", "weight": 1},
        ]},
    });
    let campaign = test.post("/campaigns", body).await.data(201)["campaign"]["campaignId"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({"advertiserId": advertiser, "campaignId": campaign});
    let found = test
        .post("/discovery/discover-products", body)
        .await
        .data(200);
    assert_eq!(found["incompleteAgents"], json!([]), "{}", way.name);
    let session = found["discoveryId"].as_str().unwrap().to_owned();
    select(test, &session, way.product).await;
    let agent = AgentId::parse(agent["salesAgentId"].as_str().unwrap()).unwrap();
    (campaign, session, agent)
}

async fn select(test: &TestApp, session: &str, (product, budget): (&str, f64)) {
    let body = json!({"products": [{"productId": product, "budget": budget}]});
    test.post(&format!("/discovery/{session}/products"), body)
        .await
        .data(200);
}

async fn buys(test: &TestApp, campaign: &str) -> Vec<Value> {
    let data = test.get(&format!("/campaigns/{campaign}")).await.data(200);
    data["campaign"]["mediaBuys"].as_array().unwrap().clone()
}

async fn execute(test: &TestApp, campaign: &str) {
    let done = test
        .post(
            &format!("/campaigns/{campaign}/execute"),
            json!({"debug": true}),
        )
        .await
        .data(200);
    assert_eq!(
        (&done["success"], &done["mediaBuysExecuted"]),
        (&json!(true), &json!(1)),
        "{done}"
    );
}

/// The buys that a seller holds, asked by a request written here: nothing of the product stands
/// between.
async fn held(a2a: &str, token: &str, release: &str) -> Vec<Value> {
    let question = json!({
        "adcp_version": release, "adcp_major_version": 3,
        "account": {"brand": {"domain": "acmeoutdoor.example"}, "operator": "operator.example"},
        "status_filter": ["pending_creatives", "pending_start", "active", "paused"],
    });
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "message/send", "params": {"message": {
        "kind": "message", "messageId": "m-1", "role": "user",
        "parts": [{"kind": "data", "data": {"skill": "get_media_buys", "parameters": question}}],
    }}});
    flighting_server::adcp::guard::install_tls();
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(a2a)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .body(request.to_string())
        .send()
        .await
        .unwrap();
    let answer: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let parts = answer["result"]["artifacts"][0]["parts"].as_array();
    let body = parts.and_then(|parts| parts.iter().rev().find_map(|part| part.get("data")));
    body.and_then(|body| body["media_buys"].as_array())
        .unwrap_or_else(|| panic!("no buys: {answer}"))
        .clone()
}

/// The budgets of a list of packages in whole minor units, sorted.
fn cents(packages: &Value) -> Vec<i64> {
    let mut cents: Vec<i64> = packages
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let budget = package["budget"].to_string();
            let money = flighting_core::money::Money::from_decimal(
                budget.parse().unwrap(),
                Currency::parse("USD").unwrap(),
            );
            money.unwrap().minor()
        })
        .collect();
    cents.sort_unstable();
    cents
}

/// The stored request once more, through the product's own client: what the seller makes of it.
async fn replayed(test: &TestApp, agent: &AgentId, buy: &Value) -> Answer {
    let id = MediaBuyId::parse(buy["mediaBuyId"].as_str().unwrap()).unwrap();
    let submission = test.app.store.submission(&test.account, &id).await;
    let stored = String::from_utf8(submission.unwrap().unwrap().request_bytes).unwrap();
    let agent = test
        .app
        .agents
        .find(&test.account, agent)
        .await
        .unwrap()
        .unwrap();
    let arguments = RawValue::from_string(stored).unwrap();
    let currency = Currency::parse("USD").unwrap();
    agent
        .client
        .create(&arguments, currency, test.app.agent_deadline())
        .await
        .reading
        .answer
}

#[tokio::test]
async fn the_npm_seller_sells_over_a2a_0_3() {
    let sellers = ThirdParty::start(&["guaranteed"]).await;
    let test = buyer(PATIENCE).await;
    let (a2a, token) = (
        sellers.told("/guaranteed/a2a"),
        sellers.told("/guaranteed/token"),
    );
    let way = Way {
        name: "Guaranteed",
        protocol: "A2A",
        url: a2a,
        token,
        pin: "3.0",
        product: ("acme_dooh_billboards_q2", 90_000.01),
    };
    let (id, _, agent) = plan(&test, &way).await;
    execute(&test, &id).await;
    let buy = buys(&test, &id).await[0].clone();
    assert_eq!(
        (&buy["status"], &buy["taskStatus"], &buy["turn"]),
        (
            &json!("PENDING_APPROVAL"),
            &json!("submitted"),
            &json!("seller")
        )
    );
    assert!(buy["pendingSince"].is_string());
    assert_eq!(buy["packages"].as_array().unwrap().len(), 3);
    // The same bytes again are the same task.
    let Answer::Waiting(task) = replayed(&test, &agent, &buy).await else {
        panic!("the seller did not recognise its request")
    };
    assert_eq!(task.status, "submitted");

    eventually(&test, "the seller approves", || async {
        buys(&test, &id).await[0]["sellerMediaBuyId"].is_string()
    })
    .await;
    let buy = buys(&test, &id).await[0].clone();
    assert_eq!(
        (&buy["taskStatus"], &buy["warnings"]),
        (&json!("completed"), &json!([]))
    );
    let theirs = held(a2a, token, "3.0").await;
    assert_eq!(theirs.len(), 1, "the seller holds one buy: {theirs:?}");
    assert_eq!(cents(&theirs[0]["packages"]), cents(&buy["packages"]));
    assert_eq!(cents(&buy["packages"]).iter().sum::<i64>(), 9_000_001);

    eventually(&test, "the seller says active", || async {
        test.get(&format!("/campaigns/{id}/media-buy-status"))
            .await
            .data(200);
        buys(&test, &id).await[0]["status"] == "ACTIVE"
    })
    .await;
    let paused = test
        .post(&format!("/campaigns/{id}/pause"), json!({}))
        .await
        .data(200);
    assert_eq!(
        (&paused["newStatus"], &paused["successCount"]),
        (&json!("PAUSED"), &json!(1)),
        "{paused}"
    );
    test.end().await;
}

#[tokio::test]
async fn the_pypi_seller_sells_over_every_transport_and_release() {
    let sellers = ThirdParty::start(&["pypi"]).await;
    for (release, pointer) in [("3.1", "/pypi/all"), ("3.2", "/pypi/newest")] {
        let told = |name: &str| sellers.told(&format!("{pointer}/{name}")).to_owned();
        let (token, a2a) = (told("token"), told("a2a"));
        for (name, protocol, url) in [
            ("MCP", "MCP", told("url")),
            ("A2A 1.0", "A2A", a2a.clone()),
            ("A2A 0.3", "A2A", told("a2aOld")),
        ] {
            let test = buyer(PATIENCE).await;
            let before = held(&a2a, &token, release).await.len();
            let way = Way {
                name: &format!("PyPI over {name} at {release}"),
                protocol,
                url: &url,
                token: &token,
                pin: release,
                product: ("run_of_site", 10_000.01),
            };
            sells(&test, &way).await;
            let now = held(&a2a, &token, release).await;
            assert_eq!(
                now.len() - before,
                2,
                "{}: a buy too many or too few",
                way.name
            );
            test.end().await;
        }
    }
}

/// One buy at once and one that a person of the seller's decides: to the cent, once, followed,
/// paused and resumed.
async fn sells(test: &TestApp, way: &Way<'_>) {
    let (id, session, agent) = plan(test, way).await;
    execute(test, &id).await;
    let buy = buys(test, &id).await[0].clone();
    assert_eq!(
        (&buy["status"], &buy["adcpStatus"], &buy["warnings"]),
        (&json!("ACTIVE"), &json!("active"), &json!([])),
        "{}: {buy}",
        way.name
    );
    // 3.2 is not echoed by this seller.
    let echoed = if way.pin == "3.1" {
        json!("3.1")
    } else {
        Value::Null
    };
    assert_eq!(buy["servedVersion"], echoed, "{}", way.name);
    assert_eq!(cents(&buy["packages"]).iter().sum::<i64>(), 1_000_001);
    let Answer::Accepted(again) = replayed(test, &agent, &buy).await else {
        panic!("{}: the seller did not recognise its request", way.name)
    };
    assert_eq!(
        buy["sellerMediaBuyId"],
        json!(again.media_buy_id),
        "{}",
        way.name
    );
    let theirs: Vec<i64> = {
        let mut theirs: Vec<i64> = again
            .packages
            .unwrap()
            .iter()
            .map(|package| package.budget.unwrap().minor())
            .collect();
        theirs.sort_unstable();
        theirs
    };
    assert_eq!(theirs, cents(&buy["packages"]), "{}", way.name);

    let paused = test
        .post(&format!("/campaigns/{id}/pause"), json!({}))
        .await
        .data(200);
    assert_eq!(paused["successCount"], 1, "{}: {paused}", way.name);
    let status = test
        .get(&format!("/campaigns/{id}/media-buy-status"))
        .await
        .data(200);
    assert_eq!(status["errors"], json!([]), "{}: {status}", way.name);
    let buy = buys(test, &id).await[0].clone();
    assert_eq!(
        (&buy["status"], &buy["adcpStatus"]),
        (&json!("PAUSED"), &json!("paused")),
        "{}",
        way.name
    );
    test.post(&format!("/campaigns/{id}/reactivate"), json!({}))
        .await
        .data(200);
    assert_eq!(buys(test, &id).await[0]["status"], "ACTIVE", "{}", way.name);

    // A product that a person of the seller's has to approve.
    select(test, &session, ("homepage_takeover", 5_000.0)).await;
    execute(test, &id).await;
    let buy = buys(test, &id).await[1].clone();
    assert_eq!(
        (&buy["status"], &buy["taskStatus"]),
        (&json!("PENDING_APPROVAL"), &json!("submitted")),
        "{}",
        way.name
    );
    eventually(test, "the seller approves", || async {
        buys(test, &id).await[1]["status"] == "ACTIVE"
    })
    .await;
    let buy = buys(test, &id).await[1].clone();
    assert_eq!(buy["warnings"], json!([]), "{}: {buy}", way.name);
}
