//! A sandbox on a clock that the test moves, and a plain JSON-RPC client.

#![allow(dead_code, reason = "each test file uses its part")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot be set up has failed"
)]

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Duration, TimeZone, Utc};
use flighting_sandbox::{AgentKind, Config, Sandbox, start};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub struct Market {
    pub sandbox: Sandbox,
    now: Arc<Mutex<DateTime<Utc>>>,
    keys: AtomicU64,
}

/// Midnight of a day in January 2027.
pub fn january(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2027, 1, day, 0, 0, 0).unwrap()
}

pub fn account() -> Value {
    json!({"brand": {"domain": "acme.example"}, "operator": "agency.example"})
}

impl Market {
    /// The three agents at the first of January, Birch approving after an hour.
    pub async fn open() -> Self {
        Self::open_with(AgentKind::ALL.to_vec()).await
    }

    pub async fn open_with(agents: Vec<AgentKind>) -> Self {
        Self::open_at(january(1), agents, None).await
    }

    /// The same from a time on, with ledgers that are kept in a folder.
    pub async fn open_at(
        now: DateTime<Utc>,
        agents: Vec<AgentKind>,
        ledgers: Option<PathBuf>,
    ) -> Self {
        let now = Arc::new(Mutex::new(now));
        let clock = Arc::clone(&now);
        let mut config = Config::new("secret-token");
        config.clock = Arc::new(move || *clock.lock().unwrap());
        config.approval = Duration::hours(1);
        config.agents = agents;
        config.ledgers = ledgers;
        Self {
            sandbox: start(config).await.unwrap(),
            now,
            keys: AtomicU64::new(0),
        }
    }

    pub fn set(&self, now: DateTime<Utc>) {
        *self.now.lock().unwrap() = now;
    }

    pub fn key(&self) -> String {
        let number = self.keys.fetch_add(1, Ordering::Relaxed);
        format!("00000000-0000-4000-8000-{number:012}")
    }

    pub fn url(&self, agent: &str) -> String {
        format!("http://{}/{agent}/mcp", self.sandbox.address())
    }

    /// Status and body of a POST over a connection of its own.
    pub async fn post(&self, agent: &str, token: &str, body: String) -> (u16, String) {
        let address = self.sandbox.address();
        let head = format!(
            "POST /{agent}/mcp HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\naccept: application/json, text/event-stream\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        let (mut answers, mut asks) = TcpStream::connect(address).await.unwrap().into_split();
        // A server that turns a body away stops reading it: what counts is its answer.
        let sent = tokio::spawn(async move {
            let _ = asks.write_all((head + &body).as_bytes()).await;
            asks
        });
        let mut answer = Vec::new();
        let read = answers.read_to_end(&mut answer).await;
        assert!(read.is_ok() || !answer.is_empty());
        drop(sent.await);
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        if head.to_lowercase().contains("transfer-encoding: chunked") {
            return (status, unchunked(body));
        }
        (status, body.to_owned())
    }

    /// The whole JSON-RPC answer.
    pub async fn rpc(&self, agent: &str, method: &str, params: Value) -> Value {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let (status, answer) = self.post(agent, "secret-token", body.to_string()).await;
        assert_eq!(status, 200);
        serde_json::from_str(&answer).unwrap()
    }

    /// A tool's answer as it stands, without adding anything to the arguments.
    pub async fn raw(&self, agent: &str, tool: &str, arguments: Value) -> (bool, Value) {
        let params = json!({"name": tool, "arguments": arguments});
        let answer = self.rpc(agent, "tools/call", params).await;
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str().unwrap();
        let structured = result["structuredContent"].clone();
        assert_eq!(serde_json::from_str::<Value>(text).unwrap(), structured);
        (result["isError"].as_bool().unwrap_or(false), structured)
    }

    /// A call pinned to 3.1 that must work.
    pub async fn call(&self, agent: &str, tool: &str, arguments: Value) -> Value {
        let (failed, answer) = self.raw(agent, tool, pinned(arguments)).await;
        assert!(!failed, "{tool}: {answer}");
        answer
    }

    /// The error of a call pinned to 3.1 that must be refused.
    pub async fn refused(&self, agent: &str, tool: &str, arguments: Value) -> Value {
        let (failed, answer) = self.raw(agent, tool, pinned(arguments)).await;
        assert!(failed, "{tool}: {answer}");
        assert_eq!(answer["errors"][0], answer["adcp_error"]);
        answer["adcp_error"].clone()
    }

    /// A create over January with the given packages.
    pub fn order(&self, packages: Value) -> Value {
        json!({
            "idempotency_key": self.key(),
            "account": account(),
            "brand": {"domain": "acme.example"},
            "start_time": "2027-01-11T00:00:00Z",
            "end_time": "2027-01-21T00:00:00Z",
            "packages": packages,
            "context": {"campaign": "cmp_1"},
        })
    }

    pub async fn update(&self, agent: &str, media_buy_id: &Value, change: Value) -> Value {
        self.call(agent, "update_media_buy", self.change(media_buy_id, change))
            .await
    }

    pub fn change(&self, media_buy_id: &Value, change: Value) -> Value {
        let mut arguments = json!({
            "idempotency_key": self.key(),
            "account": account(),
            "media_buy_id": media_buy_id,
        });
        arguments
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        arguments
    }

    pub async fn delivery(&self, agent: &str, media_buy_id: &Value) -> Value {
        let answer = self
            .call(
                agent,
                "get_media_buy_delivery",
                json!({
                    "account": account(),
                    "media_buy_ids": [media_buy_id],
                    "include_package_daily_breakdown": true,
                }),
            )
            .await;
        answer["media_buy_deliveries"][0].clone()
    }

    pub async fn status(&self, agent: &str, media_buy_id: &Value) -> String {
        let answer = self
            .call(
                agent,
                "get_media_buys",
                json!({"media_buy_ids": [media_buy_id]}),
            )
            .await;
        answer["media_buys"][0]["status"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

fn unchunked(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        body.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
    }
    body
}

fn pinned(mut arguments: Value) -> Value {
    let members = arguments.as_object_mut().unwrap();
    members
        .entry("adcp_version")
        .or_insert_with(|| json!("3.1"));
    members
        .entry("adcp_major_version")
        .or_insert_with(|| json!(3));
    arguments
}

/// Cents of a JSON amount, by its decimal text.
pub fn cents(amount: &Value) -> i64 {
    let text = amount.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    assert!(fraction.len() <= 2, "{text}");
    format!("{whole}{fraction:0<2}").parse().unwrap()
}
