//! Buying: idempotency, validation, and what each agent lets through.

mod support;

use chrono::Duration;
use serde_json::{Value, json};
use support::{Market, account, january};

fn display(budget: Value) -> Value {
    json!({
        "product_id": "alder_news_display",
        "pricing_option_id": "cpm_usd_auction",
        "budget": budget,
        "bid_price": 6.5,
        "context": {"package": "pkg_1"},
    })
}

#[tokio::test]
async fn one_key_makes_one_buy() {
    let market = Market::open().await;
    let order = market.order(json!([display(json!(5000))]));
    let first = market
        .call("alder", "create_media_buy", order.clone())
        .await;
    assert!(first.get("replayed").is_none());

    let mut same = order.clone();
    same["packages"][0]["budget"] = json!(5000.0);
    same["context"] = json!({"campaign": "another"});
    let replay = market.call("alder", "create_media_buy", same).await;
    assert_eq!(replay["replayed"], true);
    assert_eq!(replay["media_buy_id"], first["media_buy_id"]);
    assert_eq!(replay["packages"], first["packages"]);
    assert_eq!(replay["context"], json!({"campaign": "another"}));

    let mut other = order.clone();
    other["packages"][0]["budget"] = json!(5000.01);
    let error = market
        .refused("alder", "create_media_buy", other.clone())
        .await;
    assert_eq!(error["code"], "IDEMPOTENCY_CONFLICT");
    other["idempotency_key"] = json!(market.key());
    let second = market.call("alder", "create_media_buy", other).await;
    assert_ne!(second["media_buy_id"], first["media_buy_id"]);
    assert_eq!(market.sandbox.ledger("alder").len(), 2);
    assert_eq!(market.sandbox.received("alder")["create_media_buy"], 4);
}

#[tokio::test]
async fn a_refusal_is_not_kept_for_its_key() {
    let market = Market::open().await;
    let mut order = market.order(json!([display(json!(499.99))]));
    let error = market
        .refused("alder", "create_media_buy", order.clone())
        .await;
    assert_eq!(error["code"], "BUDGET_TOO_LOW");
    assert_eq!(error["field"], "packages[0].budget");
    assert_eq!(error["recovery"], "correctable");
    assert_eq!(
        error["details"],
        json!({"minimum_budget": 500, "currency": "USD"})
    );
    order["packages"][0]["budget"] = json!(500);
    market.call("alder", "create_media_buy", order).await;
    assert_eq!(market.sandbox.ledger("alder").len(), 1);
}

#[tokio::test]
async fn twenty_at_once_with_one_key_make_one_buy() {
    let market = std::sync::Arc::new(Market::open().await);
    let order = market.order(json!([display(json!(5000))]));
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (market, order) = (std::sync::Arc::clone(&market), order.clone());
            tokio::spawn(async move { market.call("alder", "create_media_buy", order).await })
        })
        .collect();
    let mut fresh = 0;
    for call in calls {
        fresh += usize::from(call.await.unwrap().get("replayed").is_none());
    }
    assert_eq!(fresh, 1);
    assert_eq!(market.sandbox.ledger("alder").len(), 1);
}

#[tokio::test]
async fn a_booked_buy_is_what_was_asked_for() {
    let market = Market::open().await;
    let mut second = display(json!(1234.56));
    second["pacing"] = json!("front_loaded");
    second["start_time"] = json!("2027-01-12T00:00:00Z");
    second["end_time"] = json!("2027-01-15T23:59:59Z");
    let order = market.order(json!([display(json!(5000)), second]));
    let answer = market
        .call("alder", "create_media_buy", order.clone())
        .await;
    assert_eq!(answer["status"], "completed");
    assert_eq!(answer["media_buy_status"], "pending_start");
    assert_eq!(answer["adcp_version"], "3.1");
    assert_eq!(
        answer["packages"][1]["context"],
        json!({"package": "pkg_1"})
    );
    let booked = &market.sandbox.ledger("alder")[0];
    assert_eq!(booked.media_buy_id, answer["media_buy_id"]);
    assert_eq!(booked.idempotency_key, order["idempotency_key"]);
    assert_eq!(booked.context, Some(json!({"campaign": "cmp_1"})));
    assert_eq!(booked.budget_minor(), 623_456);
    assert_eq!(booked.packages[0].start, january(11));
    assert_eq!(booked.packages[0].pacing, "even");
    assert_eq!(booked.packages[1].start, january(12));
    assert_eq!(booked.packages[1].bid_minor, Some(650));
    assert_eq!(booked.packages[1].pacing, "front_loaded");

    let listed = market
        .call(
            "alder",
            "get_media_buys",
            json!({"account": account(), "status_filter": "pending_start"}),
        )
        .await;
    assert_eq!(
        listed["media_buys"][0]["context"],
        json!({"campaign": "cmp_1"})
    );
    assert_eq!(
        listed["media_buys"][0]["packages"][0]["context"],
        json!({"package": "pkg_1"})
    );
    let active = market.call("alder", "get_media_buys", json!({})).await;
    assert_eq!(active["media_buys"], json!([]));
    market.set(january(11));
    let active = market.call("alder", "get_media_buys", json!({})).await;
    assert_eq!(
        active["media_buys"][0]["media_buy_id"],
        answer["media_buy_id"]
    );
}

#[tokio::test]
async fn every_shape_error_is_named_at_once() {
    let market = Market::open().await;
    let error = market
        .refused(
            "alder",
            "create_media_buy",
            json!({
                "idempotency_key": market.key(),
                "account": {"account_id": "a", "brand": {"domain": "acme.example"}, "operator": "o"},
                "brand": {"domain": "Not A Domain"},
                "start_time": "soon",
                "end_time": "2027-01-21",
                "packages": [{
                    "product_id": 7,
                    "budget": {"amount": 5, "currency": "USD"},
                    "pacing": "fast",
                    "targeting_overlay": {"frequency_cap": {"max_impressions": 3}},
                }],
            }),
        )
        .await;
    assert_eq!(error["code"], "VALIDATION_ERROR");
    let mut pointers: Vec<&str> = error["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["pointer"].as_str().unwrap())
        .collect();
    pointers.sort_unstable();
    assert_eq!(
        pointers,
        [
            "/account",
            "/brand/domain",
            "/end_time",
            "/packages/0/budget",
            "/packages/0/pacing",
            "/packages/0/pricing_option_id",
            "/packages/0/product_id",
            "/packages/0/targeting_overlay/frequency_cap/per",
            "/packages/0/targeting_overlay/frequency_cap/window",
            "/start_time",
        ]
    );
    assert!(market.sandbox.ledger("alder").is_empty());
}

#[tokio::test]
async fn unusable_orders_are_refused_where_they_are_wrong() {
    let market = Market::open().await;
    let with = |change: fn(&mut Value)| {
        let mut order = market.order(json!([display(json!(5000))]));
        change(&mut order);
        order
    };
    let cases: Vec<(Value, &str, &str)> = vec![
        (
            with(|order| order["packages"][0]["product_id"] = json!("nothing")),
            "PRODUCT_NOT_FOUND",
            "packages[0].product_id",
        ),
        (
            with(|order| order["packages"][0]["pricing_option_id"] = json!("nothing")),
            "VALIDATION_ERROR",
            "packages[0].pricing_option_id",
        ),
        (
            with(|order| order["packages"][0]["bid_price"] = json!(2.99)),
            "VALIDATION_ERROR",
            "packages[0].bid_price",
        ),
        (
            with(|order| order["packages"][0]["end_time"] = json!("2027-01-21T00:00:01Z")),
            "VALIDATION_ERROR",
            "packages[0].end_time",
        ),
        (
            with(|order| order["packages"][0]["start_time"] = json!("2027-01-10T00:00:00Z")),
            "VALIDATION_ERROR",
            "packages[0].start_time",
        ),
        (
            with(|order| {
                order["start_time"] = json!("2026-12-01T00:00:00Z");
                order["end_time"] = json!("2026-12-31T23:59:59Z");
            }),
            "VALIDATION_ERROR",
            "end_time",
        ),
        (
            with(|order| order["account"] = json!({"account_id": "acct_unknown"})),
            "ACCOUNT_NOT_FOUND",
            "account.account_id",
        ),
        (
            with(|order| {
                order["packages"].as_array_mut().unwrap().push(json!({
                    "product_id": "alder_europe_display",
                    "pricing_option_id": "cpm_eur_fixed",
                    "budget": 5000,
                }));
            }),
            "VALIDATION_ERROR",
            "packages[1].pricing_option_id",
        ),
        (
            with(|order| order["packages"] = json!([])),
            "VALIDATION_ERROR",
            "packages",
        ),
    ];
    for (order, code, field) in cases {
        let error = market.refused("alder", "create_media_buy", order).await;
        assert_eq!(
            (error["code"].as_str(), error["field"].as_str()),
            (Some(code), Some(field))
        );
    }
    assert!(market.sandbox.ledger("alder").is_empty());
}

#[tokio::test]
async fn a_stale_revision_changes_nothing() {
    let market = Market::open().await;
    let order = market.order(json!([display(json!(5000))]));
    let id = market.call("alder", "create_media_buy", order).await["media_buy_id"].clone();
    let answer = market
        .update("alder", &id, json!({"revision": 1, "paused": true}))
        .await;
    assert_eq!(answer["revision"], 2);
    let stale = market.change(&id, json!({"revision": 1, "paused": false}));
    let error = market.refused("alder", "update_media_buy", stale).await;
    assert_eq!(error["code"], "CONFLICT");
    assert_eq!(error["recovery"], "transient");
    assert_eq!(error["details"], json!({"current_revision": 2}));
    assert_eq!(market.status("alder", &id).await, "paused");

    let half = market.change(
        &id,
        json!({"paused": false, "packages": [{"package_id": "nothing", "budget": 1}]}),
    );
    let error = market.refused("alder", "update_media_buy", half).await;
    assert_eq!(error["code"], "PACKAGE_NOT_FOUND");
    assert_eq!(market.status("alder", &id).await, "paused");
    assert_eq!(market.sandbox.ledger("alder")[0].revision, 2);
}

#[tokio::test]
async fn birch_submits_and_the_buy_exists_once_the_clock_passes() {
    let market = Market::open().await;
    let order = market.order(json!([{
        "product_id": "birch_homepage",
        "pricing_option_id": "cpm_usd_fixed",
        "budget": 10_000,
    }]));
    let answer = market
        .call("birch", "create_media_buy", order.clone())
        .await;
    assert_eq!(answer["status"], "submitted");
    assert!(answer.get("media_buy_id").is_none());
    let task = json!({"task_id": answer["task_id"], "include_result": true});
    market.set(january(1) + Duration::minutes(59));
    let waiting = market.call("birch", "get_task_status", task.clone()).await;
    assert_eq!(waiting["status"], "submitted");
    assert!(waiting.get("result").is_none());
    assert_eq!(market.sandbox.ledger("birch")[0].status, "submitted");
    let hidden = market
        .call("birch", "get_media_buys", json!({"account": account(), "status_filter": [
            "pending_creatives", "pending_start", "active", "paused", "completed", "rejected", "canceled"
        ]}))
        .await;
    assert_eq!(hidden["media_buys"], json!([]));

    market.set(january(1) + Duration::hours(1));
    for tool in ["get_task_status", "tasks_get", "tasks/get"] {
        let done = market.call("birch", tool, task.clone()).await;
        assert_eq!(done["status"], "completed");
        assert_eq!(done["result"]["media_buy_status"], "pending_start");
        assert_eq!(done["result"]["confirmed_at"], "2027-01-01T01:00:00Z");
        assert_eq!(done["result"]["context"], json!({"campaign": "cmp_1"}));
    }
    let replay = market.call("birch", "create_media_buy", order).await;
    assert_eq!(replay["task_id"], answer["task_id"]);
    assert_eq!(market.sandbox.ledger("birch").len(), 1);
    market.set(january(30));
    assert_eq!(
        market.sandbox.ledger("birch")[0].packages[0].spent_minor,
        1_000_000
    );
}

#[tokio::test]
async fn nothing_is_spent_before_birch_approves() {
    let market = Market::open().await;
    let mut order = market.order(json!([{
        "product_id": "birch_homepage",
        "pricing_option_id": "cpm_usd_fixed",
        "budget": 10_000,
    }]));
    order["start_time"] = json!("asap");
    order["end_time"] = json!("2027-01-01T02:00:00Z");
    market.call("birch", "create_media_buy", order).await;
    market.set(january(1) + Duration::minutes(60));
    assert_eq!(market.sandbox.ledger("birch")[0].packages[0].spent_minor, 0);
    market.set(january(1) + Duration::minutes(90));
    assert_eq!(
        market.sandbox.ledger("birch")[0].packages[0].spent_minor,
        500_000
    );
}
