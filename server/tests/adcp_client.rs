//! The sales agent's client over a scripted transport: which tasks are asked, in which words, and
//! what is made of the answers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flighting_core::execution::Answer;
use flighting_core::ids::AgentId;
use flighting_core::money::Currency;
use flighting_core::selection::DiscoveryQuery;
use flighting_server::adcp::exchange::{Call, Turned, TurnedAway};
use flighting_server::adcp::{
    AccountNeed, AccountRef, AgentClient, Buyer, Capabilities, Dialect, Exchange, FailureKind,
    RawExchange, Reply, SalesAgent, Transport, Version, Which,
};
use serde_json::{Value, json};
use tokio::time::Instant;

/// Answers the calls it expects, in order.
#[derive(Debug, Default)]
struct Script {
    lines: Mutex<VecDeque<(&'static str, Reply)>>,
    asked: Mutex<Vec<Value>>,
}

#[async_trait]
impl Transport for Script {
    async fn call(&self, call: Call<'_>) -> Exchange {
        let (task, reply) = self
            .lines
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or_else(|| panic!("`{}` was not expected", call.task));
        assert_eq!(call.task, task);
        self.asked
            .lock()
            .unwrap()
            .push(serde_json::from_str(call.arguments.get()).unwrap());
        let text = match &reply {
            Reply::Answer { body, .. } => Some(body.to_string().into_bytes()),
            _ => None,
        };
        let raw = RawExchange::new(&call, None, text.as_deref(), None, Instant::now());
        Exchange {
            reply,
            open: None,
            raw,
        }
    }
}

fn agent(lines: Vec<(&'static str, Reply)>) -> (AgentClient, Arc<Script>) {
    let script = Arc::new(Script {
        lines: Mutex::new(lines.into()),
        ..Script::default()
    });
    let transport: Arc<dyn Transport> = Arc::<Script>::clone(&script);
    (
        AgentClient::new(
            AgentId::parse("agt_1").unwrap(),
            "Seller",
            "https://seller.example/mcp",
            transport,
        ),
        script,
    )
}

fn says(body: Value) -> Reply {
    Reply::Answer {
        body,
        marked_error: false,
    }
}

fn turned(how: Turned, rpc_code: Option<i64>) -> Reply {
    Reply::TurnedAway(TurnedAway {
        how,
        reason: "words".into(),
        http_status: None,
        rpc_code,
        retry_after_s: None,
    })
}

fn missing() -> Reply {
    turned(Turned::NoSuchTask, Some(-32602))
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

fn buyer(pin: Version) -> Buyer {
    Buyer {
        dialect: Dialect {
            pin,
            listed: pin != Version::V3_0,
        },
        brand: "acme.example".into(),
        account: AccountRef::Id {
            account_id: "a1".into(),
        },
    }
}

fn capabilities(operator_auth: bool) -> Capabilities {
    let body = json!({"adcp": {"major_versions": [3], "supported_versions": ["3.1"]}, "supported_protocols": ["media_buy"],
        "account": {"require_operator_auth": operator_auth, "supported_billing": ["advertiser", "agent"]}});
    Capabilities::read(serde_json::from_value(body).unwrap()).unwrap()
}

fn need() -> AccountNeed {
    AccountNeed {
        brand: "acme.example".into(),
        operator: "agency.example".into(),
        sandbox: true,
        idempotency_key: "0123456789abcdef".into(),
    }
}

#[tokio::test]
async fn a_seller_without_our_pin_is_asked_again_in_its_own() {
    let refusal = json!({"adcp_error": {"code": "VERSION_UNSUPPORTED", "message": "no", "details": {"supported_versions": ["3.0", "3.2"]}}});
    let answer = json!({"adcp": {"major_versions": [3], "supported_versions": ["3.0", "3.2"]}, "supported_protocols": ["media_buy"]});
    let (agent, script) = agent(vec![
        ("get_adcp_capabilities", says(refusal)),
        ("get_adcp_capabilities", says(answer)),
    ]);
    let found = agent.capabilities(soon()).await.unwrap();
    assert_eq!(found.dialect.pin, Version::V3_2);
    let asked = script.asked.lock().unwrap();
    assert_eq!(
        (&asked[0]["adcp_version"], &asked[1]["adcp_version"]),
        (&json!("3.1"), &json!("3.2"))
    );
}

#[tokio::test]
async fn what_is_no_seller_is_told_apart() {
    for (reply, kind) in [
        (missing(), FailureKind::NotASeller),
        (says(json!({"hello": "world"})), FailureKind::NotASeller),
        (
            says(
                json!({"adcp_error": {"code": "VERSION_UNSUPPORTED", "message": "no", "details": {"supported_versions": ["4.0"]}}}),
            ),
            FailureKind::Refused,
        ),
        (turned(Turned::Credentials, None), FailureKind::Credentials),
        (
            Reply::NeverLeft {
                reason: "x".into(),
                http_status: Some(401),
            },
            FailureKind::Credentials,
        ),
        (
            Reply::NeverLeft {
                reason: "x".into(),
                http_status: None,
            },
            FailureKind::Unreachable,
        ),
        (
            Reply::NoAnswer {
                reason: "x".into(),
                http_status: Some(500),
            },
            FailureKind::Unreachable,
        ),
    ] {
        let (agent, _) = agent(vec![("get_adcp_capabilities", reply.clone())]);
        let failure = agent.capabilities(soon()).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{reply:?}");
        assert!(failure.raw.is_some());
    }
}

#[tokio::test]
async fn accounts_are_declared_or_looked_up_as_the_seller_wants() {
    let row = json!([{"brand": {"domain": "acme.example"}, "operator": "agency.example", "action": "created", "status": "active", "account_id": "x"}]);
    let (declaring, script) = agent(vec![("sync_accounts", says(json!({"accounts": row})))]);
    assert_eq!(
        declaring
            .account(&capabilities(false), &need(), soon())
            .await
            .unwrap(),
        need().natural()
    );
    assert_eq!(
        script.asked.lock().unwrap()[0]["accounts"][0]["billing"],
        "agent"
    );

    let (without, _) = agent(vec![("sync_accounts", missing())]);
    assert_eq!(
        without
            .account(&capabilities(false), &need(), soon())
            .await
            .unwrap(),
        need().natural()
    );

    let other = json!({"account_id": "a9", "status": "active", "brand": {"domain": "other.example"}, "sandbox": true});
    let ours = json!({"account_id": "a1", "status": "active", "brand": {"domain": "acme.example"}, "sandbox": true});
    let (listing, script) = agent(vec![
        (
            "list_accounts",
            says(json!({"accounts": [other], "pagination": {"has_more": true, "cursor": "c2"}})),
        ),
        (
            "list_accounts",
            says(json!({"accounts": [ours], "pagination": {"has_more": false}})),
        ),
    ]);
    let account = listing
        .account(&capabilities(true), &need(), soon())
        .await
        .unwrap();
    assert_eq!(
        account,
        AccountRef::Id {
            account_id: "a1".into()
        }
    );
    assert_eq!(
        script.asked.lock().unwrap()[1]["pagination"]["cursor"],
        "c2"
    );

    let (pending, _) = agent(vec![(
        "sync_accounts",
        says(
            json!({"accounts": [{"brand": {"domain": "acme.example"}, "action": "created", "status": "pending_approval"}]}),
        ),
    )]);
    let failure = pending
        .account(&capabilities(false), &need(), soon())
        .await
        .unwrap_err();
    assert_eq!(
        (failure.kind, failure.error.code.as_str()),
        (FailureKind::Account, "ACCOUNT_SETUP_REQUIRED")
    );
}

#[tokio::test]
async fn products_of_all_pages_become_offers_once_each() {
    let product = |id: &str| {
        json!({"product_id": id, "name": "Run of site", "channels": ["display"], "delivery_type": "guaranteed",
        "format_ids": [{"agent_url": "https://formats.example", "id": "mrec"}],
        "publisher_properties": [{"publisher_domain": "pub.example"}, {"publisher_domain": "pub.example"}],
        "pricing_options": [{"pricing_option_id": "a", "pricing_model": "cpm", "currency": "USD", "floor_price": 5.0, "min_spend_per_package": "500"},
                            {"pricing_option_id": "b", "pricing_model": "cpm", "currency": "USD", "fixed_price": 9}, {"pricing_model": "cpm"}]})
    };
    let canonical = json!({"product_id": "tv", "format_options": [{"format_option_id": "spot"}, {"format_kind": "video"}]});
    let (agent, script) = agent(vec![
        (
            "get_products",
            says(
                json!({"products": [product("ros"), {"name": "no id"}], "pagination": {"has_more": true, "cursor": "c2"}}),
            ),
        ),
        (
            "get_products",
            says(json!({"products": [product("ros"), canonical]})),
        ),
    ]);
    let query = DiscoveryQuery {
        brief: Some("outdoor".into()),
        ..DiscoveryQuery::default()
    };
    let dialect = Dialect {
        pin: Version::V3_1,
        listed: true,
    };
    let offers = agent
        .products(dialect, "acme.example", None, &query, soon())
        .await
        .unwrap();
    assert_eq!(
        offers
            .iter()
            .map(|offer| offer.key.product_id.0.as_str())
            .collect::<Vec<_>>(),
        ["ros", "tv"]
    );
    let ros = &offers[0];
    assert_eq!(
        (ros.publishers.as_slice(), ros.pricing_options.len()),
        (["pub.example".to_owned()].as_slice(), 2)
    );
    assert!(!ros.pricing_options[0].is_fixed() && ros.pricing_options[1].is_fixed());
    assert_eq!(
        ros.pricing_options[0].min_spend_per_package,
        Some("500".parse().unwrap())
    );
    let formats: Vec<_> = offers[1]
        .formats
        .iter()
        .map(|format| (format.agent_url.as_str(), format.id.as_str()))
        .collect();
    assert_eq!(
        formats,
        [
            ("https://seller.example/mcp", "spot"),
            ("https://seller.example/mcp", "video")
        ]
    );
    assert_eq!(script.asked.lock().unwrap()[0]["buying_mode"], "brief");
}

#[tokio::test]
async fn the_name_of_the_task_question_is_found_and_remembered() {
    let working = || says(json!({"task_id": "t", "status": "working"}));
    let (agent, script) = agent(vec![
        ("tasks_get", missing()),
        ("tasks/get", working()),
        ("tasks/get", working()),
        (
            "tasks/get",
            Reply::NoAnswer {
                reason: "HTTP 500".into(),
                http_status: Some(500),
            },
        ),
        ("tasks/get", missing()),
        ("tasks_get", missing()),
        ("tasks/get", turned(Turned::Malformed, Some(-32602))),
        ("get_task_status", working()),
    ]);
    let three = buyer(Version::V3_0);
    assert!(matches!(
        agent.task(&three, "t", usd(), soon()).await.unwrap().answer,
        Answer::Waiting(_)
    ));
    assert!(agent.task(&three, "t", usd(), soon()).await.is_ok());
    assert_eq!(
        agent
            .task(&three, "t", usd(), soon())
            .await
            .unwrap_err()
            .kind,
        FailureKind::Unreachable
    );
    assert_eq!(
        agent
            .task(&three, "t", usd(), soon())
            .await
            .unwrap_err()
            .kind,
        FailureKind::TurnedAway
    );
    assert!(agent.task(&three, "t", usd(), soon()).await.is_ok());
    let asked = script.asked.lock().unwrap();
    assert!(asked[0].get("account").is_none() && asked[7].get("account").is_some());
}

#[tokio::test]
async fn a_failed_task_is_an_answer_and_a_failed_question_is_none() {
    let failed = json!({"task_id": "t", "status": "failed", "error": {"code": "POLICY_VIOLATION", "message": "declined"}});
    let (one, _) = agent(vec![(
        "get_task_status",
        Reply::Answer {
            body: failed,
            marked_error: true,
        },
    )]);
    let reading = one
        .task(&buyer(Version::V3_1), "t", usd(), soon())
        .await
        .unwrap();
    assert!(matches!(reading.answer, Answer::Rejected(_)));
    let refusal = json!({"adcp_error": {"code": "AUTH_INVALID", "message": "no"}});
    let (other, _) = agent(vec![(
        "get_task_status",
        Reply::Answer {
            body: refusal,
            marked_error: true,
        },
    )]);
    let failure = other
        .task(&buyer(Version::V3_1), "t", usd(), soon())
        .await
        .unwrap_err();
    assert_eq!(
        (failure.kind, failure.error.code.as_str()),
        (FailureKind::Refused, "AUTH_INVALID")
    );
}

#[tokio::test]
async fn a_list_of_buys_is_whole_or_a_failure() {
    let page = |id: &str, more: bool| {
        says(
            json!({"media_buys": [{"media_buy_id": id, "status": "active"}], "pagination": {"has_more": more, "cursor": "next"}}),
        )
    };
    let (two, script) = agent(vec![
        ("get_media_buys", page("s_1", true)),
        ("get_media_buys", page("s_2", false)),
    ]);
    let found = two
        .media_buys(&buyer(Version::V3_1), Which::All, usd(), soon())
        .await
        .unwrap();
    assert_eq!(
        found
            .iter()
            .map(|seen| seen.buy.media_buy_id.as_str())
            .collect::<Vec<_>>(),
        ["s_1", "s_2"]
    );
    assert_eq!(
        script.asked.lock().unwrap()[0]["status_filter"]
            .as_array()
            .unwrap()
            .len(),
        7
    );

    let (endless, _) = agent(
        (0..20)
            .map(|_| ("get_media_buys", page("s_1", true)))
            .collect(),
    );
    assert_eq!(
        endless
            .media_buys(&buyer(Version::V3_1), Which::All, usd(), soon())
            .await
            .unwrap_err()
            .kind,
        FailureKind::Unreadable
    );

    let (refused, _) = agent(vec![(
        "get_media_buys",
        says(json!({"errors": [{"code": "ACCOUNT_NOT_FOUND", "message": "who?"}]})),
    )]);
    assert_eq!(
        refused
            .media_buys(&buyer(Version::V3_1), Which::All, usd(), soon())
            .await
            .unwrap_err()
            .kind,
        FailureKind::Refused
    );
}
