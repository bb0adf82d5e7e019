//! Sellers that nobody here wrote, started by `e2e/sellers/start.mjs`: those of the official npm
//! SDK, and one on the official Python framework.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use flighting_server::adcp::AddressPolicy;
use flighting_server::app::Settings;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;

use super::{Setup, TestApp};

/// The running sellers; they end with the test, since they end when their input closes. Killing
/// the one process that started them would leave them behind.
pub struct ThirdParty {
    told: Value,
    _child: Child,
    log: Log,
}

/// How many of the sellers' last lines a failed test shows.
const SHOWN: usize = 60;

/// What the sellers said last on standard error.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<VecDeque<String>>>);

impl Log {
    /// Reads on until the sellers end: a pipe that nobody empties would stop them.
    fn read(&self, stderr: ChildStderr) -> JoinHandle<()> {
        let Self(kept) = self.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stderr).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let mut kept = kept.lock().unwrap();
                if kept.len() == SHOWN {
                    kept.pop_front();
                }
                kept.push_back(line);
            }
        })
    }

    fn text(&self) -> String {
        Vec::from(self.0.lock().unwrap().clone()).join("\n")
    }
}

impl Drop for ThirdParty {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the third-party sellers said last:\n{}", self.log.text());
        }
    }
}

/// None of these sellers is slow; a machine that others use as well may be.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The product as it buys from these sellers: they are on loopback.
pub async fn buyer(agent_timeout: Duration) -> TestApp {
    TestApp::with(Setup {
        addresses: AddressPolicy::new(true),
        settings: Settings {
            rate_limit: 0,
            agent_timeout,
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await
}

/// The sellers work in their own time: looks again and again until `done`, and lets time pass on
/// the clock of the test meanwhile.
pub async fn eventually<F: Future<Output = bool>>(
    test: &TestApp,
    what: &str,
    mut done: impl FnMut() -> F,
) {
    let give_up = Instant::now() + PATIENCE;
    while !done().await {
        let patience = PATIENCE.as_secs();
        assert!(Instant::now() < give_up, "not within {patience} s: {what}");
        test.pass(TimeDelta::seconds(5)).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Where the sellers are installed.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .join("e2e/sellers")
}

impl ThirdParty {
    /// Starts the sellers of these names and waits until they answer. The names, and what is told
    /// of each, stand at the top of `e2e/sellers/start.mjs`.
    pub async fn start(names: &[&str]) -> Self {
        let root = folder();
        assert!(
            root.join("node_modules").exists(),
            "the third-party sellers are not installed: run `cargo xtask test sellers`"
        );
        let mut child = Command::new("node")
            .arg("start.mjs")
            .args(names)
            .current_dir(&root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("node starts: install Node 20 or later");
        let log = Log::default();
        let ended = log.read(child.stderr.take().unwrap());
        let line = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .next_line()
            .await
            .unwrap();
        let Some(line) = line else {
            ended.await.unwrap();
            panic!("the third-party sellers did not start:\n{}", log.text());
        };
        Self {
            told: serde_json::from_str(&line).unwrap(),
            _child: child,
            log,
        }
    }

    /// A text that was told of a seller, by JSON pointer: `/guaranteed/url`, `/pypi/all/a2a`.
    #[track_caller]
    pub fn told(&self, pointer: &str) -> &str {
        self.value(pointer)
            .as_str()
            .unwrap_or_else(|| panic!("expected a text at `{pointer}`"))
    }

    /// As [`ThirdParty::told`], whatever it is: `/guaranteed/jwks`.
    #[track_caller]
    pub fn value(&self, pointer: &str) -> &Value {
        self.told
            .pointer(pointer)
            .unwrap_or_else(|| panic!("nothing was told at `{pointer}`: {}", self.told))
    }

    /// The media buys that the guaranteed seller holds, asked by the SDK's own buyer: nothing of
    /// the product stands between.
    pub async fn held_by_guaranteed(&self) -> Vec<Value> {
        let (url, token) = (self.told("/guaranteed/url"), self.told("/guaranteed/token"));
        let question = json!({
            "account": {"brand": {"domain": "acmeoutdoor.example"}, "operator": "operator.example"},
            "status_filter": ["pending_creatives", "pending_start", "active", "paused",
                              "completed", "rejected", "canceled"],
        });
        let output = Command::new("node")
            .args(["node_modules/@adcp/sdk/bin/adcp.js", url, "get_media_buys"])
            .args([&question.to_string(), "--auth", token, "--json"])
            .current_dir(folder())
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
        told["data"]["media_buys"].as_array().unwrap().clone()
    }
}
