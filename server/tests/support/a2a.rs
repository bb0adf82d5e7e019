//! A small A2A agent that does what a test tells it to: with its card, and with each request that
//! places a buy. All else it answers like a seller of one product.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use url::Url;

/// AdCP's profile, as cards advertise it.
pub const PROFILE: &str = "https://adcontextprotocol.org/extensions/adcp/v3";

/// What the agent does when it is asked for its card.
#[derive(Debug, Clone)]
pub enum CardManner {
    /// These releases of A2A, at its own address.
    Speaks(&'static [&'static str]),
    /// 1.0 with AdCP's profile.
    Profile,
    /// 0.3 with AdCP's profile.
    OldProfile,
    /// A card whose requests go to another address.
    At(String),
    /// This text.
    Text(String),
    /// Nothing but a status.
    Status(u16),
    /// A redirect to an address.
    Redirect(String),
    /// No answer at all.
    Never,
}

/// What the agent does with a request that places a buy.
#[derive(Debug, Clone)]
pub enum Manner {
    /// Takes it, as it was asked for.
    Accepts,
    /// A task in a state: parts of its artifact, and of its status' message.
    Task(&'static str, Vec<Value>, Vec<Value>),
    /// A message instead of a task.
    Message(Vec<Value>),
    /// A result of any shape.
    Result(Value),
    /// A JSON-RPC error.
    Rpc(i64),
    /// Nothing but a status.
    Status(u16),
    /// This text under 200.
    Text(&'static str),
    /// An answer to another request.
    OtherId,
    /// The beginning of an answer.
    BreaksOff,
    /// So many bytes.
    Huge(usize),
    /// One byte every twentieth of a second, without end.
    Trickles,
    /// Nothing.
    Never,
}

/// A data part.
pub fn data(value: Value) -> Value {
    json!({ "data": value })
}

/// A text part.
pub fn said(text: &str) -> Value {
    json!({ "text": text })
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Seen {
    pub headers: HeaderMap,
    pub text: String,
}

impl Seen {
    pub fn message(&self) -> Value {
        serde_json::from_str::<Value>(&self.text).unwrap()["params"]["message"].clone()
    }

    pub fn skill(&self) -> String {
        self.call()["skill"].as_str().unwrap().to_owned()
    }

    /// The data of its last part.
    pub fn call(&self) -> Value {
        self.message()["parts"].as_array().unwrap().last().unwrap()["data"].clone()
    }

    /// Whether it goes on with an open task.
    pub fn resumes(&self) -> bool {
        self.message()["taskId"].is_string()
    }
}

struct Shared {
    url: Mutex<String>,
    card: Mutex<CardManner>,
    script: Mutex<VecDeque<Manner>>,
    last: Mutex<Option<Manner>>,
    seen: Mutex<Vec<Seen>>,
    cards: Mutex<usize>,
    /// What `get_media_buys` lists.
    buys: Mutex<Vec<Value>>,
    /// Which requests it wants signed, in the words of its capabilities.
    signing: Mutex<Value>,
}

/// The running agent.
pub struct A2aAgent {
    pub url: Url,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Drop for A2aAgent {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl A2aAgent {
    pub async fn start(card: CardManner) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/a2a", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            url: Mutex::new(url.clone()),
            card: Mutex::new(card),
            script: Mutex::default(),
            last: Mutex::default(),
            seen: Mutex::default(),
            cards: Mutex::default(),
            buys: Mutex::default(),
            signing: Mutex::default(),
        });
        let app = Router::new()
            .route("/.well-known/agent-card.json", get(show_card))
            .route("/a2a", post(answer))
            .with_state(Arc::clone(&shared));
        Self {
            url: url.parse().unwrap(),
            shared,
            server: tokio::spawn(async move { axum::serve(listener, app).await.unwrap() }),
        }
    }

    /// What it does with the next request that places a buy; the last one told stays.
    pub fn tell(&self, manner: Manner) {
        self.shared.script.lock().unwrap().push_back(manner);
    }

    pub fn show(&self, card: CardManner) {
        *self.shared.card.lock().unwrap() = card;
    }

    pub fn lists(&self, buy: Value) {
        self.shared.buys.lock().unwrap().push(buy);
    }

    /// Which requests it wants signed, in the words of its capabilities.
    pub fn wants_signed(&self, signing: Value) {
        *self.shared.signing.lock().unwrap() = signing;
    }

    /// How often its card was asked for.
    pub fn cards(&self) -> usize {
        *self.shared.cards.lock().unwrap()
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// The requests that place a buy.
    pub fn creates(&self) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(|seen| seen.skill() == "create_media_buy");
        seen
    }
}

fn json_of(value: &Value) -> Response {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

async fn show_card(State(agent): State<Arc<Shared>>) -> Response {
    *agent.cards.lock().unwrap() += 1;
    let url = agent.url.lock().unwrap().clone();
    let manner = agent.card.lock().unwrap().clone();
    let old = |url: &str, extensions: Value| json!({"name": "S", "url": url, "protocolVersion": "0.3.0", "preferredTransport": "JSONRPC", "capabilities": {"extensions": extensions}});
    let new = |versions: &[&str], extensions: Value| {
        let interfaces: Vec<Value> = versions
            .iter()
            .map(|version| json!({"url": url, "protocolBinding": "JSONRPC", "protocolVersion": version}))
            .collect();
        json!({"name": "S", "supportedInterfaces": interfaces, "capabilities": {"extensions": extensions}})
    };
    let profile = || json!([{"uri": PROFILE, "required": true}]);
    match manner {
        CardManner::Speaks(versions) => json_of(&new(versions, json!([]))),
        CardManner::Profile => json_of(&new(&["1.0"], profile())),
        CardManner::OldProfile => json_of(&old(&url, profile())),
        CardManner::At(address) => json_of(&old(&address, json!([]))),
        CardManner::Text(text) => text.into_response(),
        CardManner::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
        CardManner::Redirect(to) => (StatusCode::FOUND, [("location", to)]).into_response(),
        CardManner::Never => std::future::pending().await,
    }
}

async fn answer(State(agent): State<Arc<Shared>>, headers: HeaderMap, text: String) -> Response {
    let seen = Seen { headers, text };
    let request: Value = serde_json::from_str(&seen.text).unwrap();
    let old = request["method"] == "message/send";
    let id = request["id"].clone();
    let skill = seen.skill();
    agent.seen.lock().unwrap().push(seen.clone());
    let manner = match skill.as_str() {
        "create_media_buy" => {
            let mut last = agent.last.lock().unwrap();
            if let Some(next) = agent.script.lock().unwrap().pop_front() {
                *last = Some(next);
            }
            match last.clone().expect("told what to do") {
                Manner::Accepts => done(bought(&seen)),
                other => other,
            }
        }
        "get_adcp_capabilities" => {
            let mut told = json!({
                "adcp": {"major_versions": [3], "supported_versions": ["3.1"], "idempotency": {"supported": true, "replay_ttl_seconds": 86_400}},
                "supported_protocols": ["media_buy"], "status": "completed",
            });
            let signing = agent.signing.lock().unwrap().clone();
            if !signing.is_null() {
                told["request_signing"] = signing;
            }
            done(told)
        }
        "get_products" => done(json!({"status": "completed", "products": [{
            "product_id": "banner", "name": "Banner", "channels": ["display"], "delivery_type": "guaranteed",
            "pricing_options": [{"pricing_option_id": "fixed", "pricing_model": "cpm", "currency": "USD", "fixed_price": 5.0}],
        }]})),
        "get_media_buys" => {
            done(json!({"status": "completed", "media_buys": *agent.buys.lock().unwrap()}))
        }
        other => Manner::Task(
            "failed",
            vec![said(&format!("Unknown skill: {other}"))],
            Vec::new(),
        ),
    };
    carry_out(manner, &id, old).await
}

/// The buy that a request asks for, with our context in it.
pub fn bought(seen: &Seen) -> Value {
    let call = seen.call();
    let asked = call
        .get("input")
        .or_else(|| call.get("parameters"))
        .unwrap();
    let packages: Vec<Value> = asked["packages"]
        .as_array()
        .unwrap()
        .iter()
        .enumerate()
        .map(|(index, package)| json!({"package_id": format!("p{index}"), "product_id": package["product_id"], "budget": package["budget"], "context": package["context"]}))
        .collect();
    json!({"status": "completed", "media_buy_id": "s_1", "media_buy_status": "active", "packages": packages, "context": asked["context"]})
}

fn done(body: Value) -> Manner {
    Manner::Task("completed", vec![data(body)], Vec::new())
}

async fn carry_out(manner: Manner, id: &Value, old: bool) -> Response {
    let result = |value: Value| json!({"jsonrpc": "2.0", "id": id, "result": value});
    match manner {
        Manner::Accepts => unreachable!("made into a task before"),
        Manner::Task(state, artifact, said) => json_of(&result(task(state, artifact, said, old))),
        Manner::Message(parts) if old => json_of(&result(
            json!({"kind": "message", "role": "agent", "messageId": "m", "parts": parts}),
        )),
        Manner::Message(parts) => json_of(&result(
            json!({"message": {"role": "ROLE_AGENT", "messageId": "m", "parts": parts}}),
        )),
        Manner::Result(value) => json_of(&result(value)),
        Manner::Rpc(code) => json_of(
            &json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": "words"}}),
        ),
        Manner::Status(status) => (
            StatusCode::from_u16(status).unwrap(),
            [("retry-after", "7"), ("location", "http://127.0.0.1:9/")],
            "no",
        )
            .into_response(),
        Manner::Text(text) => text.into_response(),
        Manner::OtherId => {
            let value = task(
                "completed",
                vec![data(json!({"media_buy_id": "other"}))],
                Vec::new(),
                old,
            );
            json_of(&json!({"jsonrpc": "2.0", "id": 999_999, "result": value}))
        }
        Manner::BreaksOff => {
            let pieces = vec![
                Ok(Bytes::from_static(b"{\"jsonrpc\":\"2.0\",\"id\":")),
                Err(std::io::Error::other("gone")),
            ];
            stream(futures::stream::iter(pieces))
        }
        Manner::Huge(bytes) => {
            ([("content-type", "application/json")], vec![b' '; bytes]).into_response()
        }
        Manner::Trickles => stream(futures::stream::unfold((), |()| async {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            Some((Ok(Bytes::from_static(b" ")), ()))
        })),
        Manner::Never => std::future::pending().await,
    }
}

fn stream(
    pieces: impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static,
) -> Response {
    (
        [("content-type", "application/json")],
        Body::from_stream(pieces),
    )
        .into_response()
}

/// A task in the words and shape of a release.
fn task(state: &str, artifact: Vec<Value>, said: Vec<Value>, old: bool) -> Value {
    let artifacts = if artifact.is_empty() {
        json!([])
    } else {
        json!([{"artifactId": "a", "parts": artifact}])
    };
    let message = if said.is_empty() {
        Value::Null
    } else {
        json!({"role": if old { "agent" } else { "ROLE_AGENT" }, "messageId": "m", "parts": said})
    };
    if old {
        json!({"kind": "task", "id": "task-1", "contextId": "context-1", "artifacts": artifacts, "status": {"state": state, "message": message}})
    } else {
        let state = format!(
            "TASK_STATE_{}",
            state.to_ascii_uppercase().replace('-', "_")
        );
        json!({"task": {"id": "task-1", "contextId": "context-1", "artifacts": artifacts, "status": {"state": state, "message": message}}})
    }
}
