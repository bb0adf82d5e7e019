//! The product as a process of its own, with a real SQLite file, told where to die.

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use flighting_server::crash;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The server's binary, with crash points.
pub const BINARY: &str = env!("CARGO_BIN_EXE_flighting");
const KEY: &str = "flt_crash0harness0crash0harness";

/// Seconds for all that one agent is asked in one request.
pub const AGENT_TIMEOUT_S: u64 = 2;

/// A running server.
pub struct Server {
    child: Child,
    _lines: Lines<BufReader<ChildStdout>>,
    pub address: SocketAddr,
    base: String,
    client: reqwest::Client,
}

impl Server {
    /// Starts it on a folder; `crash_at` names the point at which it dies, `public` is where sellers
    /// write to. `None` when it died
    /// before it was ready.
    pub async fn start(folder: &Path, crash_at: Option<&str>, public: &str) -> Option<Self> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(folder.join("server.log"))
            .expect("the folder takes a file");
        let mut command = Command::new(BINARY);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FLIGHTING_")) {
            command.env_remove(name);
        }
        if let Some(point) = crash_at {
            command.env(crash::VARIABLE, point);
        }
        let timeout = AGENT_TIMEOUT_S.to_string();
        let mut child = command
            .current_dir(folder)
            .args(["serve", "--listen", "127.0.0.1:0", "--rate-limit", "0"])
            .args(["--allow-private-addresses", "--admin-key", KEY])
            .args(["--agent-timeout", &timeout, "--public-url", public])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("the server's binary starts");
        let mut lines = BufReader::new(child.stdout.take()?).lines();
        let address = loop {
            let line = lines.next_line().await.ok()??;
            if let Some(planner) = line.strip_prefix("planner: http://") {
                break planner.split('/').next()?.to_owned();
            }
        };
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .build()
            .expect("a client");
        Some(Self {
            child,
            _lines: lines,
            address: address.parse().expect("an address"),
            base: format!("http://{address}/api/buyer"),
            client,
        })
    }

    /// Whether it has ended.
    pub fn is_dead(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends it as a power cut would.
    pub async fn kill(&mut self) {
        let _ = self.child.kill().await;
    }

    /// Reads; `None` when there was no answer.
    pub async fn get(&self, path: &str) -> Option<Value> {
        let request = self.client.get(format!("{}{path}", self.base));
        Some(Self::told(request.bearer_auth(KEY)).await?.1)
    }

    /// Sends a body, under a key where one is given; status and data or error.
    pub async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        body: &Value,
        key: Option<&str>,
    ) -> Option<(StatusCode, Value)> {
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(KEY)
            .json(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        Self::told(request).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Option<(StatusCode, Value)> {
        self.send(reqwest::Method::POST, path, body, None).await
    }

    async fn told(request: reqwest::RequestBuilder) -> Option<(StatusCode, Value)> {
        let answer = request.send().await.ok()?;
        let status = answer.status();
        if status == StatusCode::NO_CONTENT {
            return Some((status, Value::Null));
        }
        let mut value: Value = answer.json().await.ok()?;
        let inner = if status.is_success() { "data" } else { "error" };
        Some((status, value[inner].take()))
    }
}
