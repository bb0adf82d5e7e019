//! What surrounds a call: credentials, MCP, releases, discovery, the test controller.

mod support;

use flighting_sandbox::AgentKind;
use serde_json::{Value, json};
use support::{Market, account};

#[tokio::test]
async fn a_wrong_token_is_turned_away_before_mcp() {
    let market = Market::open().await;
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "get_adcp_capabilities", "arguments": {}}})
    .to_string();
    for token in ["wrong", "secret-toke", "secret-token-"] {
        assert_eq!(market.post("alder", token, call.clone()).await.0, 401);
    }
    assert!(market.sandbox.received("alder").is_empty());
    assert_eq!(market.post("alder", "secret-token", call).await.0, 200);
    assert!(!format!("{:?}", market.sandbox).contains("secret-token"));
}

#[tokio::test]
async fn large_bodies_and_unknown_paths_are_refused() {
    let market = Market::open().await;
    let large = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "get_products", "arguments": {"brief": "x".repeat(2_200_000)}}});
    let (status, _) = market
        .post("alder", "secret-token", large.to_string())
        .await;
    assert_eq!(status, 413);
    let (status, _) = market.post("elm", "secret-token", "{}".into()).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn mcp_lists_small_tools_and_refuses_unknown_ones() {
    let market = Market::open().await;
    let answer = market
        .rpc(
            "birch",
            "initialize",
            json!({"protocolVersion": "2025-06-18", "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"}}),
        )
        .await;
    assert_eq!(answer["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(answer["result"]["serverInfo"]["name"], "birch");
    let listed = market.rpc("birch", "tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    assert!(tools.iter().any(|tool| tool["name"] == "create_media_buy"));
    assert!(listed.to_string().len() < 20_000);
    let unknown = market
        .rpc(
            "birch",
            "tools/call",
            json!({"name": "buy_products", "arguments": {}}),
        )
        .await;
    assert_eq!(unknown["error"]["code"], -32602);
}

#[tokio::test]
async fn answers_take_the_shape_of_the_release_asked_for() {
    let market = Market::open().await;
    let order = || {
        market.order(json!([{
            "product_id": "alder_stream_audio",
            "pricing_option_id": "cpm_usd_fixed",
            "budget": 5000,
        }]))
    };
    let mut old = order();
    old["adcp_major_version"] = json!(3);
    let (failed, answer) = market.raw("alder", "create_media_buy", old).await;
    assert!(!failed);
    assert_eq!(answer["status"], "pending_start");
    assert!(answer.get("media_buy_status").is_none() && answer.get("adcp_version").is_none());
    let (_, list) = market.raw("alder", "get_media_buys", json!({})).await;
    assert!(list.get("status").is_none());

    let mut newer = order();
    newer["adcp_version"] = json!("3.2");
    let answer = market.call("alder", "create_media_buy", newer).await;
    assert_eq!(answer["adcp_version"], "3.1");
    assert_eq!(answer["status"], "completed");

    let mut later = order();
    later["adcp_version"] = json!("4.0");
    later["adcp_major_version"] = json!(4);
    let error = market.refused("alder", "create_media_buy", later).await;
    assert_eq!(error["code"], "VERSION_UNSUPPORTED");
    assert_eq!(
        error["details"]["supported_versions"],
        json!(["3.0", "3.1"])
    );
}

#[tokio::test]
async fn capabilities_say_what_is_served() {
    let market = Market::open().await;
    let answer = market
        .call("cedar", "get_adcp_capabilities", json!({}))
        .await;
    assert_eq!(
        answer["adcp"]["idempotency"],
        json!({"supported": true, "replay_ttl_seconds": 86400})
    );
    assert_eq!(
        answer["media_buy"]["supported_pricing_models"],
        json!(["cpcv", "cpm"])
    );
    assert_eq!(
        answer["media_buy"]["portfolio"]["primary_channels"],
        json!(["ctv", "olv"])
    );
}

#[tokio::test]
async fn products_pass_every_filter_given() {
    let market = Market::open().await;
    let ids = |answer: &Value| -> Vec<String> {
        answer["products"]
            .as_array()
            .unwrap()
            .iter()
            .map(|product| product["product_id"].as_str().unwrap().to_owned())
            .collect()
    };
    let find = async |filters: Value| {
        let arguments = json!({"buying_mode": "wholesale", "filters": filters});
        ids(&market.call("alder", "get_products", arguments).await)
    };
    assert_eq!(find(json!({})).await.len(), 7);
    assert_eq!(
        find(json!({"channels": ["dooh", "ctv"]})).await,
        ["alder_city_screens", "alder_ctv_open"]
    );
    assert_eq!(
        find(json!({"countries": ["DE"]})).await,
        ["alder_europe_display", "alder_play_cards"]
    );
    assert_eq!(
        find(json!({"budget_range": {"max": 400, "currency": "EUR"}})).await,
        ["alder_europe_display"]
    );
    assert!(
        find(json!({"budget_range": {"max": 399.99, "currency": "EUR"}}))
            .await
            .is_empty()
    );
    assert!(
        find(json!({"delivery_type": "guaranteed"}))
            .await
            .is_empty()
    );
    assert_eq!(
        find(json!({"is_fixed_price": true, "channels": ["display"]}))
            .await
            .len(),
        2
    );

    let brief = json!({"buying_mode": "brief", "brief": "music streaming audio spots"});
    let answer = market.call("alder", "get_products", brief).await;
    assert_eq!(ids(&answer)[0], "alder_stream_audio");
    let refused = json!({"buying_mode": "wholesale", "brief": "anything"});
    assert_eq!(
        market.refused("alder", "get_products", refused).await["field"],
        "brief"
    );
    let refused = json!({"brief": "anything"});
    assert_eq!(
        market.refused("alder", "get_products", refused).await["field"],
        "buying_mode"
    );
    let refused = json!({"buying_mode": "wholesale", "filters": {"channels": ["video"]}});
    let error = market.refused("alder", "get_products", refused).await;
    assert_eq!(error["issues"][0]["pointer"], "/filters/channels/0");
}

#[tokio::test]
async fn pages_follow_their_cursor_to_the_end() {
    let market = Market::open().await;
    let mut seen = Vec::new();
    let mut pagination = json!({"max_results": 3});
    loop {
        let arguments = json!({"buying_mode": "wholesale", "pagination": pagination});
        let answer = market.call("alder", "get_products", arguments).await;
        for product in answer["products"].as_array().unwrap() {
            seen.push(product["product_id"].clone());
        }
        if answer["pagination"]["has_more"] == false {
            break;
        }
        pagination = json!({"max_results": 3, "cursor": answer["pagination"]["cursor"]});
    }
    let count = seen.len();
    seen.sort_by_key(Value::to_string);
    seen.dedup();
    assert_eq!((count, seen.len()), (7, 7));
}

#[tokio::test]
async fn accounts_are_opened_once_and_listed() {
    let market = Market::open().await;
    let mut row = account();
    row["billing"] = json!("operator");
    let sync = || json!({"idempotency_key": market.key(), "accounts": [row]});
    let first = market.call("birch", "sync_accounts", sync()).await;
    let second = market.call("birch", "sync_accounts", sync()).await;
    assert_eq!(first["accounts"][0]["action"], "created");
    assert_eq!(second["accounts"][0]["action"], "unchanged");
    assert_eq!(
        first["accounts"][0]["account_id"],
        second["accounts"][0]["account_id"]
    );
    let listed = market.call("birch", "list_accounts", json!({})).await;
    assert_eq!(listed["accounts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_test_controller_serves_sandbox_accounts_only() {
    let market = Market::open().await;
    let order = market.order(json!([{
        "product_id": "alder_stream_audio",
        "pricing_option_id": "cpm_usd_fixed",
        "budget": 5000,
    }]));
    let id = market.call("alder", "create_media_buy", order).await["media_buy_id"].clone();
    let force = |sandbox: bool| {
        let mut account = account();
        account["sandbox"] = json!(sandbox);
        json!({"scenario": "force_media_buy_status", "account": account,
            "params": {"media_buy_id": id, "status": "rejected", "rejection_reason": "no"}})
    };
    let (_, answer) = market
        .raw("alder", "comply_test_controller", force(false))
        .await;
    assert_eq!(
        (&answer["success"], &answer["error"]),
        (&json!(false), &json!("FORBIDDEN"))
    );
    let (_, answer) = market
        .raw("alder", "comply_test_controller", force(true))
        .await;
    assert_eq!(answer["current_state"], "rejected");
    assert_eq!(market.status("alder", &id).await, "rejected");
}

#[tokio::test]
async fn benchmark_agents_stand_beside_each_other() {
    let market = Market::open_with((1..=20).map(AgentKind::Bench).collect()).await;
    let names: Vec<&str> = market
        .sandbox
        .agents()
        .iter()
        .map(|agent| agent.name.as_str())
        .collect();
    assert_eq!((names.len(), names[19]), (20, "bench-20"));
    let order = market.order(json!([{
        "product_id": "alder_stream_audio",
        "pricing_option_id": "cpm_usd_fixed",
        "budget": 5000,
    }]));
    market.call("bench-7", "create_media_buy", order).await;
    assert_eq!(market.sandbox.ledger("bench-7").len(), 1);
    assert!(market.sandbox.ledger("bench-8").is_empty());
}

#[tokio::test]
async fn a_stopped_sandbox_listens_no_more() {
    let market = Market::open().await;
    let address = market.sandbox.address();
    market.sandbox.stop().await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
