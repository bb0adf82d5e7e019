//! Sales agents over REST (decision 27).

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use flighting_sandbox::AgentKind;
use flighting_server::adcp::AddressPolicy;
use flighting_server::store::{AgentStatus, SalesAgent};
use serde_json::{Value, json};
use support::{Setup, TestApp};

const TOKEN: &str = "a-token-that-nobody-may-see";

fn agent(url: &str) -> Value {
    json!({"name": "Seller", "url": url, "protocol": "MCP", "auth": {"type": "bearer", "token": TOKEN}})
}

/// A port of loopback where nobody listens.
fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

#[tokio::test]
async fn a_registered_seller_tells_what_it_can_do() {
    let test = TestApp::with(Setup {
        sellers: vec![AgentKind::Alder],
        ..Setup::default()
    })
    .await;
    let list = test.get("/sales-agents").await.data(200);
    assert_eq!(list["total"], 1);
    let shown = &list["salesAgents"][0];
    assert_eq!(
        (
            &shown["name"],
            &shown["protocol"],
            &shown["status"],
            &shown["hasToken"]
        ),
        (
            &json!("Alder Media"),
            &json!("MCP"),
            &json!("ACTIVE"),
            &json!(true)
        )
    );
    let capabilities = &shown["capabilities"];
    assert!(
        capabilities["supportedVersions"]
            .as_array()
            .unwrap()
            .contains(&json!("3.1")),
        "{capabilities}"
    );
    assert_eq!(capabilities["servedVersion"], "3.1");
    assert!(
        capabilities["specialisms"]
            .as_array()
            .unwrap()
            .contains(&json!("sales-non-guaranteed"))
    );

    let id = shown["salesAgentId"].as_str().unwrap();
    let one = test.get(&format!("/sales-agents/{id}")).await.data(200);
    assert_eq!(&one["salesAgent"], shown);
    test.clock.advance(chrono::TimeDelta::minutes(3));
    let probed = test
        .post(&format!("/sales-agents/{id}/probe"), json!({}))
        .await
        .data(200);
    assert_eq!(probed["salesAgent"]["probedAt"], "2027-03-01T12:03:00Z");
    test.finish().await;
}

#[tokio::test]
async fn a_token_is_never_told_and_stored_only_sealed() {
    let policy = AddressPolicy::new(true);
    let test = TestApp::with(Setup {
        addresses: policy,
        ..Setup::default()
    })
    .await;
    let made = test
        .post(
            "/sales-agents",
            agent(&format!("http://127.0.0.1:{}/mcp", closed_port())),
        )
        .await;
    let id = made.data(201)["salesAgent"]["salesAgentId"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/sales-agents/{id}");
    let replies = [made, test.get("/sales-agents").await, test.get(&path).await];
    for reply in replies {
        assert!(!String::from_utf8_lossy(&reply.bytes).contains(TOKEN));
    }
    let agent_id = flighting_core::ids::AgentId::parse(&id).unwrap();
    let stored = test
        .app
        .store
        .agent(&test.account, &agent_id)
        .await
        .unwrap()
        .unwrap()
        .value;
    let sealed = stored.token.clone().unwrap();
    assert!(
        !sealed
            .as_bytes()
            .windows(TOKEN.len())
            .any(|bytes| bytes == TOKEN.as_bytes())
    );
    let place = SalesAgent::token_place(&test.account, &agent_id);
    assert_eq!(
        test.app
            .keyring
            .open_sealed(&place, &sealed)
            .unwrap()
            .expose(),
        TOKEN
    );
    assert!(!format!("{stored:?}").contains(TOKEN));
    test.finish().await;
}

#[tokio::test]
async fn addresses_inside_our_network_are_refused() {
    let test = TestApp::start().await;
    let refused = [
        "http://127.0.0.1:3004/mcp",
        "https://127.0.0.1/mcp",
        "https://localhost/mcp",
        "https://10.0.0.8/mcp",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/mcp",
        "https://[::ffff:10.0.0.1]/mcp",
        "https://2130706433/mcp",
        "https://router.internal/mcp",
        "http://seller.example/mcp",
    ];
    for url in refused {
        let issues = test.post("/sales-agents", agent(url)).await.issues();
        assert_eq!(
            issues,
            [("url".to_owned(), "invalid_format".to_owned())],
            "{url}"
        );
    }
    assert_eq!(
        test.get("/sales-agents?status=ALL").await.data(200)["total"],
        0
    );
    test.finish().await;
}

#[tokio::test]
async fn an_agent_that_does_not_answer_is_registered_and_says_so() {
    let test = TestApp::with(Setup {
        addresses: AddressPolicy::new(true),
        ..Setup::default()
    })
    .await;
    let url = format!("http://127.0.0.1:{}/mcp", closed_port());
    let made = test.post("/sales-agents", agent(&url)).await.data(201)["salesAgent"].clone();
    assert_eq!(
        (&made["status"], &made["capabilities"]),
        (&json!("UNREACHABLE"), &Value::Null)
    );
    assert!(
        made["probeError"]
            .as_str()
            .is_some_and(|error| error.contains("no connection")),
        "{made}"
    );
    let path = format!(
        "/sales-agents/{}/probe",
        made["salesAgentId"].as_str().unwrap()
    );
    let again = test.post(&path, json!({})).await.data(200);
    assert_eq!(again["salesAgent"]["status"], "UNREACHABLE");
    test.finish().await;
}

#[tokio::test]
async fn everything_wrong_is_told_in_one_answer() {
    let test = TestApp::start().await;
    let body = json!({
        "name": "", "url": "seller", "protocol": "mcp", "auth": {"type": "basic", "token": "with space"}, "id": "agt_1",
    });
    assert_eq!(
        test.post("/sales-agents", body).await.issues(),
        [
            ("name", "too_short"),
            ("url", "invalid_format"),
            ("protocol", "unknown_value"),
            ("auth.type", "unknown_value"),
            ("auth.token", "invalid_format"),
            ("id", "unknown_field"),
        ]
        .map(|(path, code)| (path.to_owned(), code.to_owned()))
    );
    test.finish().await;
}

#[tokio::test]
async fn an_archived_agent_is_kept_and_asked_nothing() {
    let test = TestApp::start().await;
    let id = test.paper_agent("Seller").await;
    let path = format!("/sales-agents/{id}");
    assert_eq!(test.delete(&path).await.status, 204);
    assert_eq!(test.delete(&path).await.status, 204);
    assert_eq!(
        test.get(&path).await.data(200)["salesAgent"]["status"],
        "ARCHIVED"
    );
    assert_eq!(test.get("/sales-agents").await.data(200)["total"], 0);
    assert_eq!(
        test.get("/sales-agents?status=ARCHIVED").await.data(200)["total"],
        1
    );
    let error = test
        .post(&format!("{path}/probe"), json!({}))
        .await
        .error(409, "CONFLICT");
    assert_eq!(error["details"]["conflict"], "archived");
    assert!(
        test.app
            .agents
            .in_use(&test.account)
            .await
            .unwrap()
            .is_empty()
    );
    test.delete("/sales-agents/agt_unknown")
        .await
        .error(404, "NOT_FOUND");
    test.finish().await;
}

#[tokio::test]
async fn lists_come_in_pages_in_the_order_of_registration() {
    let test = TestApp::start().await;
    for name in ["One", "Two", "Three"] {
        test.clock.advance(chrono::TimeDelta::seconds(1));
        test.paper_agent(name).await;
    }
    let page = test.get("/sales-agents?take=1&skip=1").await.json();
    assert_eq!(page["data"]["salesAgents"][0]["name"], "Two");
    assert_eq!(
        page["meta"]["pagination"],
        json!({"skip": 1, "take": 1, "total": 3, "hasMore": true})
    );
    test.finish().await;
}

#[tokio::test]
async fn a_probe_younger_than_ten_minutes_is_good_enough() {
    let test = TestApp::with(Setup {
        sellers: vec![AgentKind::Alder],
        ..Setup::default()
    })
    .await;
    let asked = || {
        let received = test.sandbox.as_ref().unwrap().received("alder");
        received.get("get_adcp_capabilities").copied().unwrap_or(0)
    };
    let before = asked();
    let id = flighting_core::ids::AgentId::parse(&test.agent_id("Alder Media").await).unwrap();
    let capabilities = async || {
        let agent = test
            .app
            .agents
            .find(&test.account, &id)
            .await
            .unwrap()
            .unwrap();
        test.app
            .agents
            .capabilities(&agent, test.app.agent_deadline())
            .await
            .unwrap()
    };
    let first = capabilities().await;
    test.clock.advance(chrono::TimeDelta::minutes(10));
    assert_eq!(capabilities().await, first);
    assert_eq!(asked(), before, "the registration's own probe was used");
    test.clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(capabilities().await, first);
    assert_eq!(asked(), before + 1);
    let status = test
        .app
        .store
        .agent(&test.account, &id)
        .await
        .unwrap()
        .unwrap()
        .value
        .status;
    assert_eq!(status, AgentStatus::Active);
    test.finish().await;
}
