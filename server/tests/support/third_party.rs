//! Sellers that nobody here wrote, started by `e2e/sellers/start.mjs`: those of the official npm
//! SDK, and one on the official Python framework.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The running sellers; they end with the test, since they end when their input closes. Killing
/// the one process that started them would leave them behind.
pub struct ThirdParty {
    told: Value,
    _child: Child,
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
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts: install Node 20 or later");
        let line = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .next_line()
            .await
            .unwrap();
        let line = line.expect("the third-party sellers say where they listen; run e2e/sellers/start.mjs to see why not");
        Self {
            told: serde_json::from_str(&line).unwrap(),
            _child: child,
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
