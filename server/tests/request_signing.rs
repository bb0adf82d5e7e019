//! Requests to sellers that want them signed: the seller checks them with the keys we publish.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use chrono::TimeDelta;
use flighting_core::ids::AgentId;
use flighting_server::adcp::AddressPolicy;
use flighting_server::adcp::signing::{REQUEST_31, REQUEST_32};
use flighting_server::app::Settings;
use flighting_server::signature::{Claim, DigestCover, KeySet, Message, Profile, Standing};
use flighting_server::signing_keys;
use serde_json::{Value, json};
use support::a2a::{A2aAgent, CardManner, Manner, Seen, said};
use support::{Setup, TestApp};

/// A call as it arrived.
#[derive(Clone)]
struct Arrived {
    task: String,
    headers: HeaderMap,
    body: Bytes,
}

/// A seller over MCP that says what it says of itself and keeps what arrives.
#[derive(Clone)]
struct Picky {
    capabilities: Value,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

async fn answer(State(picky): State<Picky>, headers: HeaderMap, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let result = match request["method"].as_str().unwrap() {
        "initialize" => {
            json!({"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "picky", "version": "1"}})
        }
        "tools/call" => {
            let task = request["params"]["name"].as_str().unwrap().to_owned();
            let arguments = &request["params"]["arguments"];
            picky.arrived.lock().unwrap().push(Arrived {
                task: task.clone(),
                headers,
                body: body.clone(),
            });
            let said = match task.as_str() {
                "get_adcp_capabilities" => picky.capabilities.clone(),
                "sync_accounts" => {
                    json!({"status": "completed", "accounts": [{"account_id": "a1", "brand": {"domain": "acme.example"},
                    "operator": "operator.example", "action": "created", "status": "active", "sandbox": true}]})
                }
                "get_products" => {
                    json!({"status": "completed", "products": [{"product_id": "banner", "name": "Banner",
                    "delivery_type": "non_guaranteed", "channels": ["display"],
                    "pricing_options": [{"pricing_option_id": "fixed", "pricing_model": "cpm", "currency": "USD", "fixed_price": 5}]}]})
                }
                "create_media_buy" => {
                    json!({"status": "completed", "media_buy_id": "b1", "media_buy_status": "active", "revision": 1,
                    "packages": [{"package_id": "p1", "product_id": "banner", "budget": arguments["packages"][0]["budget"]}]})
                }
                other => {
                    json!({"status": "failed", "adcp_error": {"code": "UNSUPPORTED_FEATURE", "message": other}})
                }
            };
            json!({"content": [{"type": "text", "text": "ok"}], "structuredContent": said})
        }
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    axum::Json(json!({"jsonrpc": "2.0", "id": request["id"], "result": result})).into_response()
}

struct Stage {
    test: TestApp,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    url: String,
    agent: AgentId,
}

impl Stage {
    async fn start(public: Option<&str>, versions: &[&str], signing: Value) -> Self {
        let capabilities = json!({"status": "completed", "adcp_version": versions.last(),
            "adcp": {"major_versions": [3], "supported_versions": versions, "idempotency": {"supported": true, "replay_ttl_seconds": 86400}},
            "supported_protocols": ["media_buy"], "account": {"require_operator_auth": false, "supported_billing": ["operator"]},
            "media_buy": {"supported_pricing_models": ["cpm"]}, "request_signing": signing});
        let arrived = Arc::new(Mutex::new(Vec::new()));
        let picky = Picky {
            capabilities,
            arrived: Arc::clone(&arrived),
        };
        let router = Router::new().route("/mcp", post(answer)).with_state(picky);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/mcp", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self::beside(public, "MCP", url, arrived).await
    }

    /// A server with the seller at this address registered.
    async fn beside(
        public: Option<&str>,
        protocol: &str,
        url: String,
        arrived: Arc<Mutex<Vec<Arrived>>>,
    ) -> Self {
        let test = TestApp::with(Setup {
            addresses: AddressPolicy::new(true),
            settings: Settings {
                rate_limit: 0,
                public_url: public.map(|url| url.parse().unwrap()),
                ..Settings::default()
            },
            ..Setup::default()
        })
        .await;
        let body = json!({"name": "Picky", "url": url, "protocol": protocol, "auth": {"type": "bearer", "token": "t"}});
        let told = test.post("/sales-agents", body).await.data(201);
        assert_eq!(told["salesAgent"]["status"], "ACTIVE", "{told}");
        let agent = AgentId::parse(told["salesAgent"]["salesAgentId"].as_str().unwrap()).unwrap();
        Self {
            test,
            arrived,
            url,
            agent,
        }
    }

    /// Plans a campaign of one banner and executes it; the answer and the campaign's id.
    async fn buy(&self) -> (Value, String) {
        let test = &self.test;
        let advertiser = test.advertiser().await;
        let body = json!({"advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED",
            "flightDates": {"startDate": "2027-03-10", "endDate": "2027-03-19"}, "budget": {"total": 1000}});
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
        let chosen =
            json!({"productId": "banner", "salesAgentId": self.agent.as_str(), "budget": 900});
        test.post(
            &format!("/discovery/{session}/products"),
            json!({"products": [chosen]}),
        )
        .await
        .data(200);
        (
            test.post(&format!("/campaigns/{id}/execute"), json!({}))
                .await
                .data(200),
            id,
        )
    }

    fn calls(&self, task: &str) -> Vec<Arrived> {
        self.arrived
            .lock()
            .unwrap()
            .iter()
            .filter(|call| call.task == task)
            .cloned()
            .collect()
    }

    /// The keys we publish, as anybody gets them.
    async fn published(&self) -> KeySet {
        let request = Request::get("/adcp/jwks.json").body(Body::empty()).unwrap();
        let reply = self.test.send(request).await;
        assert_eq!(reply.status, 200);
        let text = String::from_utf8(reply.bytes).unwrap();
        assert!(!text.contains("\"d\""), "{text}");
        KeySet::parse(&serde_json::from_str(&text).unwrap()).unwrap()
    }

    /// Checks a call as the seller would; the key it was signed with.
    async fn checked(&self, call: &Arrived, profile: &Profile) -> String {
        let message = Message {
            method: "POST",
            url: &self.url,
            headers: &call.headers,
            body: &call.body,
        };
        let now = self.test.clock.real_now().timestamp();
        let claim = Claim::read(profile, &message, now).unwrap();
        let kid = claim.keyid().to_owned();
        let keys = self.published().await;
        claim
            .verify(keys.find(&kid), Standing::default(), &message)
            .unwrap()
            .keyid
    }
}

fn is_signed(call: &Arrived) -> bool {
    call.headers.contains_key("signature")
}

const PUBLIC: Option<&str> = Some("https://planner.example");

#[tokio::test]
async fn a_buy_is_signed_where_its_seller_takes_no_other() {
    let signing = json!({"supported": true, "required_for": ["create_media_buy"], "supported_for": ["create_media_buy", "sync_accounts"]});
    let stage = Stage::start(PUBLIC, &["3.0", "3.1"], signing).await;
    let (executed, id) = stage.buy().await;
    assert_eq!(executed["success"], true, "{executed}");
    let [call] = stage.calls("create_media_buy").try_into().ok().unwrap();
    // The seller left it open whether the content is covered: it is.
    stage
        .checked(
            &call,
            &Profile {
                digest: DigestCover::Required,
                ..REQUEST_31
            },
        )
        .await;
    let told = |name: &str| call.headers[name].to_str().unwrap().to_owned();
    for name in ["signature", "content-digest"] {
        let value = told(name);
        let bytes = value.split(':').nth(1).unwrap();
        assert!(!bytes.contains(['+', '/', '=']), "{name}: {value}");
    }
    assert!(
        is_signed(&stage.calls("sync_accounts")[0]),
        "what it would rather see signed is signed"
    );
    assert!(
        !is_signed(&stage.calls("get_products")[0])
            && !is_signed(&stage.calls("get_adcp_capabilities")[0])
    );
    assert_eq!(
        stage.test.get(&format!("/campaigns/{id}")).await.data(200)["campaign"]["mediaBuys"][0]["status"],
        "ACTIVE"
    );
    stage.test.end().await;
}

#[tokio::test]
async fn signatures_are_spelt_as_the_sellers_release_reads_them() {
    let required = json!({"supported": true, "covers_content_digest": "required", "required_for": ["create_media_buy"]});
    let stage = Stage::start(PUBLIC, &["3.2"], required).await;
    assert_eq!(stage.buy().await.0["success"], true);
    let call = &stage.calls("create_media_buy")[0];
    stage.checked(call, &REQUEST_32).await;
    assert!(
        call.headers["content-digest"]
            .to_str()
            .unwrap()
            .ends_with("=:")
    );
    stage.test.end().await;

    let forbidden = json!({"supported": true, "covers_content_digest": "forbidden", "required_for": ["create_media_buy"]});
    let stage = Stage::start(PUBLIC, &["3.1"], forbidden).await;
    assert_eq!(stage.buy().await.0["success"], true);
    let call = &stage.calls("create_media_buy")[0];
    stage
        .checked(
            call,
            &Profile {
                digest: DigestCover::Forbidden,
                ..REQUEST_31
            },
        )
        .await;
    assert!(!call.headers.contains_key("content-digest"));
    stage.test.end().await;
}

#[tokio::test]
async fn without_a_public_address_nothing_leaves_for_a_seller_that_wants_signatures() {
    let signing = json!({"supported": true, "required_for": ["create_media_buy"], "warn_for": ["get_products"]});
    let stage = Stage::start(None, &["3.1"], signing).await;
    let (executed, id) = stage.buy().await;
    assert_eq!(executed["success"], false);
    let words = executed["errors"][0].to_string();
    assert!(
        words.contains("--public-url") && words.contains("create_media_buy"),
        "{words}"
    );
    assert_eq!(stage.calls("create_media_buy").len(), 0);
    assert!(!is_signed(&stage.calls("get_products")[0]));
    let buy = stage.test.get(&format!("/campaigns/{id}")).await.data(200)["campaign"]["mediaBuys"]
        [0]
    .clone();
    assert_eq!(buy["status"], "FAILED", "{buy}");
    let reply = stage
        .test
        .send(Request::get("/adcp/jwks.json").body(Body::empty()).unwrap())
        .await;
    assert_eq!(reply.status, 404);
    stage.test.end().await;
}

/// What arrived at an agent over A2A.
fn over_a2a(seen: &Seen) -> Arrived {
    Arrived {
        task: seen.skill(),
        headers: seen.headers.clone(),
        body: Bytes::from(seen.text.clone()),
    }
}

#[tokio::test]
async fn over_a2a_a_buy_is_signed_as_well_and_so_is_the_answer_to_a_question() {
    let signing = json!({"supported": true, "covers_content_digest": "required", "required_for": ["create_media_buy"]});
    let covered = Profile {
        digest: DigestCover::Required,
        ..REQUEST_31
    };
    for card in [
        CardManner::Profile,
        CardManner::OldProfile,
        CardManner::Speaks(&["1.0"]),
        CardManner::At(String::new()),
    ] {
        let agent = A2aAgent::start(card.clone()).await;
        if let CardManner::At(_) = &card {
            agent.show(CardManner::At(agent.url.to_string()));
        }
        agent.wants_signed(signing.clone());
        agent.tell(Manner::Task(
            "input-required",
            Vec::new(),
            vec![said("Which purchase order?")],
        ));
        let stage = Stage::beside(PUBLIC, "A2A", agent.url.to_string(), Arc::default()).await;
        let (_, id) = stage.buy().await;
        let path = format!("/campaigns/{id}");
        let buy = stage.test.get(&path).await.data(200)["campaign"]["mediaBuys"][0].clone();
        assert_eq!(buy["status"], "INPUT_REQUIRED", "{card:?}: {buy}");
        agent.tell(Manner::Accepts);
        let answer = format!("/media-buys/{}/answer", buy["mediaBuyId"].as_str().unwrap());
        let done = stage.test.post(&answer, json!({"message": "PO 7"})).await;
        assert_eq!(done.data(200)["mediaBuy"]["status"], "ACTIVE", "{card:?}");

        let creates = agent.creates();
        let resumes: Vec<bool> = creates.iter().map(Seen::resumes).collect();
        assert_eq!(resumes, [false, true], "{card:?}");
        for create in &creates {
            stage.checked(&over_a2a(create), &covered).await;
        }
        let others = agent.seen();
        let others = others.iter().map(over_a2a);
        assert!(
            others.filter(is_signed).count() == creates.len(),
            "{card:?}: nothing else is signed"
        );
        stage.test.end().await;
    }
}

#[tokio::test]
async fn a_new_key_signs_at_once_and_the_old_one_is_published_for_a_week() {
    let signing = json!({"supported": true, "required_for": ["create_media_buy"]});
    let stage = Stage::start(PUBLIC, &["3.1"], signing).await;
    stage.buy().await;
    let covered = Profile {
        digest: DigestCover::Required,
        ..REQUEST_31
    };
    let first = stage
        .checked(&stage.calls("create_media_buy")[0], &covered)
        .await;
    let app = &stage.test.app;
    stage.test.clock.advance(TimeDelta::minutes(1));
    let made = signing_keys::make(&*app.store, &app.keyring, stage.test.clock.real_now())
        .await
        .unwrap();
    app.seat_signing_key().await.unwrap();
    stage.buy().await;
    let second = stage
        .checked(&stage.calls("create_media_buy")[1], &covered)
        .await;
    assert_eq!((second == made, second != first), (true, true));
    assert!(stage.published().await.find(&first).is_some());

    // Sealed like other secrets, and sealed anew with them.
    let row = app.store.signing_keys().await.unwrap().remove(0);
    app.keyring
        .rotate(
            &*app.store,
            Some(&flighting_server::secrets::Secret::new("ab".repeat(32))),
        )
        .await
        .unwrap();
    let resealed = app.store.signing_keys().await.unwrap().remove(0);
    assert_ne!(row.secret, resealed.secret);
    app.seat_signing_key().await.unwrap();
    stage.buy().await;
    stage
        .checked(&stage.calls("create_media_buy")[2], &covered)
        .await;

    stage.test.clock.advance(TimeDelta::days(8));
    signing_keys::make(&*app.store, &app.keyring, stage.test.clock.real_now())
        .await
        .unwrap();
    assert!(stage.published().await.find(&first).is_none());
    stage.test.end().await;
}
