//! The MCP transport against a small server that misbehaves: what never left, what was turned
//! away, what may have arrived, and that nothing is ever sent twice.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use flighting_server::adcp::exchange::{Call, Effect, Turned, TurnedAway};
use flighting_server::adcp::{
    AddressPolicy, Bearer, Exchange, Guard, McpTransport, Reply, Transport,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

/// How the server answers `tools/call`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Manner {
    Json,
    Sse,
    SseForeign,
    TextOnly,
    Status(u16),
    Rpc(i64),
    UnknownTool,
    Arguments,
    ToolBroke,
    NotJson,
    Empty,
    OtherId,
    BreaksOff,
    Huge,
    Never,
    Forgets,
}

/// How it answers `initialize`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Hello {
    Session,
    Stateless,
    Status(u16),
    Rpc,
    Foreign,
    BreaksOff,
}

struct Seller {
    manner: Manner,
    hello: Hello,
    hellos: AtomicUsize,
    calls: AtomicUsize,
    seen: Mutex<Vec<(HeaderMap, String)>>,
}

fn json_answer(value: &Value) -> Response {
    ([("content-type", "application/json")], value.to_string()).into_response()
}

fn result(id: &Value, value: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": value})
}

fn body_of_adcp() -> Value {
    json!({"status": "completed", "media_buy_id": "s_1"})
}

fn broken(first: &'static str) -> Response {
    let pieces: Vec<Result<Bytes, std::io::Error>> = vec![
        Ok(Bytes::from_static(first.as_bytes())),
        Err(std::io::Error::other("gone")),
    ];
    (
        [("content-type", "application/json")],
        Body::from_stream(futures::stream::iter(pieces)),
    )
        .into_response()
}

async fn answer(State(seller): State<Arc<Seller>>, headers: HeaderMap, text: String) -> Response {
    let message: Value = serde_json::from_str(&text).unwrap();
    let id = message["id"].clone();
    seller.seen.lock().unwrap().push((headers.clone(), text));
    match message["method"].as_str().unwrap() {
        "initialize" => {
            seller.hellos.fetch_add(1, Ordering::SeqCst);
            let mut hello = result(
                &id,
                json!({"protocolVersion": "2025-03-26", "capabilities": {}, "serverInfo": {"name": "s", "version": "1"}}),
            );
            match seller.hello {
                Hello::Session => {
                    let mut answer = json_answer(&hello);
                    let session = format!("session-{}", seller.hellos.load(Ordering::SeqCst));
                    answer.headers_mut().insert(
                        HeaderName::from_static("mcp-session-id"),
                        session.parse().unwrap(),
                    );
                    answer
                }
                Hello::Stateless => json_answer(&hello),
                Hello::Status(status) => {
                    (StatusCode::from_u16(status).unwrap(), "no").into_response()
                }
                Hello::Rpc => json_answer(
                    &json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32603, "message": "asleep"}}),
                ),
                Hello::Foreign => {
                    hello["result"] = json!({"hello": "world"});
                    json_answer(&hello)
                }
                Hello::BreaksOff => broken("{\"jsonrpc\""),
            }
        }
        "notifications/initialized" => StatusCode::ACCEPTED.into_response(),
        "tools/call" => {
            let count = seller.calls.fetch_add(1, Ordering::SeqCst);
            call(&seller, &id, count).await
        }
        other => panic!("nobody asked for `{other}`"),
    }
}

async fn call(seller: &Seller, id: &Value, count: usize) -> Response {
    let rpc_error = |code: i64| json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": "words"}});
    let tool = |value: Value| json_answer(&result(id, value));
    let said = |text: &str, is_error: bool| {
        tool(json!({"content": [{"type": "text", "text": text}], "isError": is_error}))
    };
    let good = result(
        id,
        json!({"structuredContent": body_of_adcp(), "content": []}),
    );
    match seller.manner {
        Manner::Json => json_answer(&good),
        Manner::Sse => {
            let note = json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}});
            let text = format!(
                ": hi\r\n\r\nevent: message\r\ndata: {note}\r\n\r\nevent: message\r\ndata: {good}\r\n\r\n"
            );
            ([("content-type", "text/event-stream; charset=utf-8")], text).into_response()
        }
        Manner::SseForeign => (
            [("content-type", "text/event-stream")],
            "data: {\"jsonrpc\":\"2.0\",\"method\":\"ping\"}\n\n",
        )
            .into_response(),
        Manner::TextOnly => said(&body_of_adcp().to_string(), false),
        Manner::Status(status) => (
            StatusCode::from_u16(status).unwrap(),
            [("retry-after", "7")],
            "no",
        )
            .into_response(),
        Manner::Rpc(code) => json_answer(&rpc_error(code)),
        Manner::UnknownTool => said("MCP error -32602: Tool create_media_buy not found", true),
        Manner::Arguments => said(
            "MCP error -32602: Input validation error: Invalid arguments for tool create_media_buy: []",
            true,
        ),
        Manner::ToolBroke => said(
            "Error executing tool create_media_buy: database is locked",
            true,
        ),
        Manner::NotJson => "<html>maintenance</html>".into_response(),
        Manner::Empty => StatusCode::ACCEPTED.into_response(),
        Manner::OtherId => json_answer(&result(
            &json!(999_999),
            json!({"structuredContent": body_of_adcp()}),
        )),
        Manner::BreaksOff => broken("{\"jsonrpc\":\"2.0\",\"id\":"),
        Manner::Huge => {
            ([("content-type", "application/json")], vec![b' '; 70_000]).into_response()
        }
        Manner::Never => std::future::pending().await,
        Manner::Forgets if count == 0 => StatusCode::NOT_FOUND.into_response(),
        Manner::Forgets => json_answer(&good),
    }
}

struct Running {
    seller: Arc<Seller>,
    transport: McpTransport,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn run(hello: Hello, manner: Manner) -> Running {
    let seller = Arc::new(Seller {
        manner,
        hello,
        hellos: AtomicUsize::new(0),
        calls: AtomicUsize::new(0),
        seen: Mutex::new(Vec::new()),
    });
    let app = Router::new()
        .route("/mcp", post(answer))
        .with_state(Arc::clone(&seller));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let guard = Guard::new(AddressPolicy::new(false).allowing("127.0.0.1", port))
        .unwrap()
        .with_max_body_bytes(65_536);
    let url = Url::parse(&format!("http://127.0.0.1:{port}/mcp")).unwrap();
    let transport = McpTransport::new(Arc::new(guard), url, Some(Bearer::new("sk_secret")));
    Running {
        seller,
        transport,
        server,
    }
}

const ARGUMENTS: &str =
    r#"{"z":1,"budget":5000.00,"a":[1.10,{"b":84060.91}],"big":999999999999999.99}"#;

async fn send(transport: &McpTransport, effect: Effect, limit: Duration) -> Exchange {
    let arguments = RawValue::from_string(ARGUMENTS.to_owned()).unwrap();
    transport
        .call(Call {
            task: "create_media_buy",
            arguments: &arguments,
            effect,
            resume: None,
            deadline: Instant::now() + limit,
        })
        .await
}

const PLENTY: Duration = Duration::from_secs(20);

#[derive(Debug, PartialEq)]
enum Told {
    Answer,
    Marked,
    Turned(Turned),
    NeverLeft,
    NoAnswer,
}

fn told(reply: &Reply) -> Told {
    match reply {
        Reply::Answer {
            marked_error: false,
            ..
        } => Told::Answer,
        Reply::Answer {
            marked_error: true, ..
        } => Told::Marked,
        Reply::TurnedAway(TurnedAway { how, .. }) => Told::Turned(*how),
        Reply::NeverLeft { .. } => Told::NeverLeft,
        Reply::NoAnswer { .. } => Told::NoAnswer,
    }
}

#[tokio::test]
async fn every_way_to_answer_has_its_class_and_is_asked_for_once() {
    let table = [
        (Manner::Json, Told::Answer),
        (Manner::Sse, Told::Answer),
        (Manner::TextOnly, Told::Answer),
        (Manner::Status(401), Told::Turned(Turned::Credentials)),
        (Manner::Status(403), Told::Turned(Turned::Credentials)),
        (Manner::Status(404), Told::Turned(Turned::Malformed)),
        (Manner::Status(405), Told::Turned(Turned::Malformed)),
        (Manner::Status(413), Told::Turned(Turned::Malformed)),
        (Manner::Status(415), Told::Turned(Turned::Malformed)),
        (Manner::Status(429), Told::Turned(Turned::TooMany)),
        (Manner::Rpc(-32700), Told::Turned(Turned::Malformed)),
        (Manner::Rpc(-32600), Told::Turned(Turned::Malformed)),
        (Manner::Rpc(-32601), Told::Turned(Turned::NoSuchTask)),
        (Manner::Rpc(-32602), Told::Turned(Turned::Malformed)),
        (Manner::UnknownTool, Told::Turned(Turned::NoSuchTask)),
        (Manner::Arguments, Told::Turned(Turned::Malformed)),
        (Manner::Status(400), Told::NoAnswer),
        (Manner::Status(302), Told::NoAnswer),
        (Manner::Status(408), Told::NoAnswer),
        (Manner::Status(409), Told::NoAnswer),
        (Manner::Status(500), Told::NoAnswer),
        (Manner::Status(502), Told::NoAnswer),
        (Manner::Status(503), Told::NoAnswer),
        (Manner::Status(504), Told::NoAnswer),
        (Manner::Rpc(-32603), Told::NoAnswer),
        (Manner::Rpc(-32000), Told::NoAnswer),
        (Manner::ToolBroke, Told::NoAnswer),
        (Manner::SseForeign, Told::NoAnswer),
        (Manner::NotJson, Told::NoAnswer),
        (Manner::Empty, Told::NoAnswer),
        (Manner::OtherId, Told::NoAnswer),
        (Manner::BreaksOff, Told::NoAnswer),
        (Manner::Huge, Told::NoAnswer),
    ];
    for (manner, expected) in table {
        for hello in [Hello::Session, Hello::Stateless] {
            let running = run(hello, manner).await;
            let exchange = send(&running.transport, Effect::Write, PLENTY).await;
            assert_eq!(
                told(&exchange.reply),
                expected,
                "{manner:?}: {:?}",
                exchange.reply
            );
            assert_eq!(
                running.seller.calls.load(Ordering::SeqCst),
                1,
                "{manner:?} was sent again"
            );
            if let Reply::Answer { body, .. } = &exchange.reply {
                assert_eq!(*body, body_of_adcp());
            }
            if let Reply::TurnedAway(turned) = &exchange.reply
                && turned.http_status.is_some()
            {
                assert_eq!(turned.retry_after_s, Some(7));
            }
        }
    }
}

#[tokio::test]
async fn without_a_session_nothing_leaves() {
    for hello in [
        Hello::Status(401),
        Hello::Status(500),
        Hello::Status(404),
        Hello::Rpc,
        Hello::Foreign,
        Hello::BreaksOff,
    ] {
        let running = run(hello, Manner::Json).await;
        let exchange = send(&running.transport, Effect::Write, PLENTY).await;
        assert_eq!(
            told(&exchange.reply),
            Told::NeverLeft,
            "{hello:?}: {:?}",
            exchange.reply
        );
        assert_eq!(running.seller.calls.load(Ordering::SeqCst), 0);
        if let (Hello::Status(status), Reply::NeverLeft { http_status, .. }) =
            (hello, &exchange.reply)
        {
            assert_eq!(*http_status, Some(status));
        }
    }
}

#[tokio::test]
async fn a_seller_that_is_down_or_forbidden_gets_nothing() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let url = Url::parse(&format!("http://127.0.0.1:{port}/mcp")).unwrap();
    for policy in [AddressPolicy::new(true), AddressPolicy::new(false)] {
        let transport = McpTransport::new(Arc::new(Guard::new(policy).unwrap()), url.clone(), None);
        let exchange = send(&transport, Effect::Write, PLENTY).await;
        assert_eq!(told(&exchange.reply), Told::NeverLeft);
        assert_eq!(exchange.raw.response, None);
    }
}

#[tokio::test]
async fn an_answer_that_never_comes_is_no_answer_and_a_late_start_never_leaves() {
    let running = run(Hello::Session, Manner::Never).await;
    let exchange = send(&running.transport, Effect::Write, Duration::from_secs(2)).await;
    assert_eq!(told(&exchange.reply), Told::NoAnswer);
    assert_eq!(running.seller.calls.load(Ordering::SeqCst), 1);
    let late = send(&running.transport, Effect::Write, Duration::ZERO).await;
    assert_eq!(told(&late.reply), Told::NeverLeft);
    assert_eq!(running.seller.calls.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_forgotten_session_is_opened_anew_for_reads_only() {
    let running = run(Hello::Session, Manner::Forgets).await;
    let write = send(&running.transport, Effect::Write, PLENTY).await;
    assert_eq!(told(&write.reply), Told::Turned(Turned::Malformed));
    assert_eq!(running.seller.calls.load(Ordering::SeqCst), 1);
    // The next write opens a session of its own.
    let again = send(&running.transport, Effect::Write, PLENTY).await;
    assert_eq!(told(&again.reply), Told::Answer);
    assert_eq!(running.seller.hellos.load(Ordering::SeqCst), 2);

    let running = run(Hello::Session, Manner::Forgets).await;
    let read = send(&running.transport, Effect::Read, PLENTY).await;
    assert_eq!(told(&read.reply), Told::Answer);
    assert_eq!(running.seller.calls.load(Ordering::SeqCst), 2);
    assert_eq!(running.seller.hellos.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn the_wire_carries_our_bytes_our_headers_and_one_session() {
    let running = run(Hello::Session, Manner::Json).await;
    let first = send(&running.transport, Effect::Write, PLENTY).await;
    send(&running.transport, Effect::Read, PLENTY).await;
    assert_eq!(running.seller.hellos.load(Ordering::SeqCst), 1);
    let seen = running.seller.seen.lock().unwrap();
    let methods: Vec<String> = seen
        .iter()
        .map(|(_, text)| {
            serde_json::from_str::<Value>(text).unwrap()["method"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(
        methods,
        [
            "initialize",
            "notifications/initialized",
            "tools/call",
            "tools/call"
        ]
    );
    for (headers, text) in seen.iter() {
        assert_eq!(headers["authorization"], "Bearer sk_secret");
        assert_eq!(headers["accept"], "application/json, text/event-stream");
        assert_eq!(headers["content-type"], "application/json");
        assert!(!text.contains("sk_secret"));
    }
    for (headers, text) in seen.iter().skip(2) {
        assert_eq!(headers["mcp-session-id"], "session-1");
        assert_eq!(headers["mcp-protocol-version"], "2025-03-26");
        assert!(text.contains(ARGUMENTS), "{text}");
    }
    assert!(!seen[0].0.contains_key("mcp-session-id"));
    assert_eq!(first.raw.http_status, Some(200));
    assert_eq!(first.raw.request["z"], 1);
    assert!(!format!("{first:?} {:?}", running.transport).contains("sk_secret"));
}
