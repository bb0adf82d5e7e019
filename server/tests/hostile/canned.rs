//! A seller that says recorded good answers, or for some tasks whatever the test wants.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flighting_core::ids::AgentId;
use flighting_core::media_buy::Wish;
use flighting_core::money::Currency;
use flighting_core::selection::DiscoveryQuery;
use flighting_sandbox::{AgentKind, Config, Sandbox};
use flighting_server::adcp::exchange::Call;
use flighting_server::adcp::{
    AccountNeed, AddressPolicy, AgentClient, Bearer, Buyer, Dialect, Exchange, Guard, McpTransport,
    Reply, SalesAgent, Transport, Version, Which, WishRequest,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::Instant;
use url::Url;

use super::support::raw::{RawServer, answer};

const TOKEN: &str = "hostile-token";

/// Good answers by task.
pub type Bodies = Arc<BTreeMap<String, Value>>;

/// What a seller does with a call of a task.
#[derive(Clone)]
pub enum Act {
    /// The recorded answer.
    Decent,
    /// Another AdCP body.
    Body(Value),
    /// These bytes as JSON.
    Json(Vec<u8>),
    /// These bytes and no others, head included.
    Bytes(Vec<u8>),
    /// A head, then a piece again and again until somebody hangs up.
    Flood(Vec<u8>, Vec<u8>),
    /// One byte at a time.
    Drip(Vec<u8>, Duration),
    /// Nothing, with the connection open.
    Mute,
}

pub type Hook = dyn Fn(&str, &Value) -> Act + Send + Sync;

/// A running seller.
pub struct Canned {
    server: RawServer,
}

impl Canned {
    pub async fn start(
        bodies: &Bodies,
        hook: impl Fn(&str, &Value) -> Act + Send + Sync + 'static,
    ) -> Self {
        let bodies = Arc::clone(bodies);
        let hook: Arc<Hook> = Arc::new(hook);
        let server = RawServer::start(move |asked, stream| {
            let (bodies, hook) = (Arc::clone(&bodies), Arc::clone(&hook));
            Box::pin(async move {
                let message: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
                serve(&bodies, &*hook, &message, stream).await;
            })
        })
        .await;
        Self { server }
    }

    pub fn url(&self) -> String {
        format!("http://{}/mcp", self.server.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.server.address
    }

    pub fn client(&self) -> AgentClient {
        let policy = AddressPolicy::new(false).allowing(
            &self.server.address.ip().to_string(),
            self.server.address.port(),
        );
        client(policy, &self.url())
    }
}

/// An answer to `tools/call` around the bytes of a body.
pub fn enveloped(id: &Value, body: &[u8]) -> Vec<u8> {
    let head =
        format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"content":[],"structuredContent":"#);
    [head.as_bytes(), body, b"}}"].concat()
}

async fn serve(bodies: &Bodies, hook: &Hook, message: &Value, mut stream: TcpStream) {
    let id = &message["id"];
    let kind = "application/json";
    match message["method"].as_str().unwrap_or_default() {
        "initialize" => {
            let hello = json!({"jsonrpc": "2.0", "id": id, "result": {"protocolVersion": "2025-06-18",
                "capabilities": {}, "serverInfo": {"name": "canned", "version": "1"}}});
            answer(&mut stream, 200, kind, hello.to_string().as_bytes()).await;
        }
        "tools/call" => {
            let task = message["params"]["name"].as_str().unwrap_or_default();
            let body = match hook(task, message) {
                Act::Decent => bodies.get(task).cloned(),
                Act::Body(body) => Some(body),
                Act::Json(bytes) => return answer(&mut stream, 200, kind, &bytes).await,
                Act::Bytes(bytes) => {
                    let _ = stream.write_all(&bytes).await;
                    let _ = stream.shutdown().await;
                    return;
                }
                Act::Flood(head, piece) => {
                    let mut next = stream.write_all(&head).await;
                    while next.is_ok() {
                        next = stream.write_all(&piece).await;
                    }
                    return;
                }
                Act::Drip(bytes, every) => {
                    let _ = stream.set_nodelay(true);
                    for byte in bytes {
                        if stream.write_all(&[byte]).await.is_err() {
                            return;
                        }
                        tokio::time::sleep(every).await;
                    }
                    return;
                }
                Act::Mute => return std::future::pending().await,
            };
            let told = match body {
                Some(body) => enveloped(id, body.to_string().as_bytes()),
                None => json!({"jsonrpc": "2.0", "id": id,
                    "error": {"code": -32602, "message": format!("Tool {task} not found")}})
                .to_string()
                .into_bytes(),
            };
            answer(&mut stream, 200, kind, &told).await;
        }
        _ => answer(&mut stream, 202, kind, b"").await,
    }
}

fn client(policy: AddressPolicy, url: &str) -> AgentClient {
    let transport = transport(policy, url);
    AgentClient::new(agent_id(), "Seller", url, transport)
}

fn transport(policy: AddressPolicy, url: &str) -> Arc<dyn Transport> {
    let guard = Arc::new(Guard::new(policy).unwrap());
    let url = Url::parse(url).unwrap();
    Arc::new(McpTransport::new(guard, url, Some(Bearer::new(TOKEN))))
}

fn agent_id() -> AgentId {
    AgentId::parse("agt_1").unwrap()
}

pub fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

pub fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

pub fn buyer() -> Buyer {
    Buyer {
        dialect: Dialect {
            pin: Version::V3_1,
            listed: true,
        },
        brand: "acme.example".to_owned(),
        account: need().natural(),
    }
}

pub fn need() -> AccountNeed {
    AccountNeed {
        brand: "acme.example".to_owned(),
        operator: "operator.example".to_owned(),
        sandbox: true,
        idempotency_key: "acct-0123456789abcdef".to_owned(),
    }
}

/// Arguments that place a buy of two packages.
pub fn create_arguments() -> Box<RawValue> {
    let package = |id: &str, budget: u32| {
        json!({"product_id": "birch_homepage", "pricing_option_id": "cpm_usd_fixed",
        "budget": budget, "context": {"package_id": id}})
    };
    let arguments = json!({
        "adcp_version": "3.1", "adcp_major_version": 3,
        "idempotency_key": "create-0123456789abcdef",
        "account": {"brand": {"domain": "acme.example"}, "operator": "operator.example", "sandbox": true},
        "brand": {"domain": "acme.example"},
        "start_time": "asap", "end_time": "2099-01-31T23:59:59Z",
        "packages": [package("pkg_1", 60_000), package("pkg_2", 70_000)],
        "context": {"media_buy_id": "mb_1"},
    });
    RawValue::from_string(arguments.to_string()).unwrap()
}

/// Passes calls on and keeps what was answered.
#[derive(Debug)]
struct Recorder {
    inner: Arc<dyn Transport>,
    heard: Mutex<BTreeMap<String, Value>>,
}

#[async_trait]
impl Transport for Recorder {
    async fn call(&self, call: Call<'_>) -> Exchange {
        let exchange = self.inner.call(call).await;
        match &exchange.reply {
            Reply::Answer { body, .. } => {
                let mut heard = self.heard.lock().unwrap();
                heard.insert(call.task.to_owned(), body.clone());
            }
            other => panic!("`{}`: {other:?}", call.task),
        }
        exchange
    }
}

/// Asks a sandbox seller everything that we ever ask, and keeps its answers.
pub async fn recorded() -> Bodies {
    let sandbox: Sandbox = flighting_sandbox::start(Config {
        agents: vec![AgentKind::Birch],
        approval: chrono::Duration::milliseconds(50),
        ..Config::new(TOKEN)
    })
    .await
    .unwrap();
    let url = sandbox.agents()[0].url.clone();
    let policy =
        AddressPolicy::new(false).allowing("127.0.0.1", Url::parse(&url).unwrap().port().unwrap());
    let recorder = Arc::new(Recorder {
        inner: transport(policy, &url),
        heard: Mutex::default(),
    });
    let inner: Arc<dyn Transport> = Arc::<Recorder>::clone(&recorder);
    let agent = AgentClient::new(agent_id(), "Seller", url, inner);
    let buyer = buyer();
    let mut capabilities = agent.capabilities(soon()).await.unwrap();
    agent.account(&capabilities, &need(), soon()).await.unwrap();
    capabilities.require_operator_auth = true;
    agent.account(&capabilities, &need(), soon()).await.unwrap();
    let query = DiscoveryQuery::default();
    agent
        .products(buyer.dialect, "acme.example", None, &query, soon())
        .await
        .unwrap();
    let placed = agent.create(&create_arguments(), usd(), soon()).await;
    let flighting_core::execution::Answer::Waiting(task) = placed.reading.answer else {
        panic!("{:?}", placed.reading);
    };
    let task_id = task.task_id.unwrap();
    let bought = loop {
        let reading = agent.task(&buyer, &task_id, usd(), soon()).await.unwrap();
        if let flighting_core::execution::Answer::Accepted(buy) = reading.answer {
            break buy.media_buy_id;
        }
    };
    agent
        .media_buys(&buyer, Which::All, usd(), soon())
        .await
        .unwrap();
    let ids = [bought.clone()];
    agent
        .delivery(&buyer, &ids, None, usd(), soon())
        .await
        .unwrap();
    let wish = WishRequest {
        seller_buy_id: &bought,
        wish: Wish::Pause,
        revision: None,
        idempotency_key: "pause-0123456789abcdef",
    };
    agent.ask(&buyer, wish, soon()).await;
    sandbox.stop().await;
    let mut heard = recorder.heard.lock().unwrap().clone();
    // What the task came to is what a seller that needs no approval says at once.
    let made = heard["get_task_status"]["result"].clone();
    assert!(made["media_buy_id"].is_string(), "{made}");
    heard.insert("create_media_buy".to_owned(), made);
    Arc::new(heard)
}
