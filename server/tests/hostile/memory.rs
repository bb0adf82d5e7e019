//! What hostile answers cost: the server in a process of its own, asked by many sellers at once,
//! and the most memory it held.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use flighting_server::adcp::guard::install_tls;
use flighting_server::ids::IdSource;
use futures::future::join_all;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::canned::{Canned, recorded};
use super::wire::manners;

const KEY: &str = "flt_memory0test0memory0test";

/// Sellers that send the same at the same time.
const SELLERS: usize = 6;

/// The most that one hostile answer may cost at once, in MB of 10^6 bytes: the 16 MiB of its body
/// while they arrive, and the values in it, whose number is limited.
const MOST_MB_EACH: f64 = 45.0;

struct Server {
    child: Child,
    base: String,
    folder: PathBuf,
    client: reqwest::Client,
    /// Whoever prints into a closed pipe ends.
    _lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Server {
    async fn start() -> Self {
        install_tls();
        let folder = std::env::temp_dir().join(IdSource.other("flighting-memory-"));
        std::fs::create_dir_all(&folder).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_flighting"))
            .current_dir(&folder)
            .args(["serve", "--listen", "127.0.0.1:0", "--admin-key", KEY])
            .args(["--allow-private-addresses", "--agent-timeout", "3"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().unwrap();
            if let Some(planner) = line.strip_prefix("planner: http://") {
                break planner.split('/').next().unwrap().to_owned();
            }
        };
        Self {
            child,
            base: format!("http://{address}/api/buyer"),
            folder,
            client: reqwest::Client::new(),
            _lines: lines,
        }
    }

    fn memory_mb(&self, name: &str) -> f64 {
        let id = self.child.id().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib * 1024.0 / 1e6
    }

    /// From now on the most is counted anew.
    fn forget_peak(&self) {
        let id = self.child.id().unwrap();
        std::fs::write(format!("/proc/{id}/clear_refs"), "5").unwrap();
    }

    /// Registers an agent, which is asked at once; its status.
    async fn register(&self, url: String) -> String {
        let body = json!({"name": "Hostile", "url": url, "protocol": "MCP"});
        let answer = self
            .client
            .post(format!("{}/sales-agents", self.base))
            .bearer_auth(KEY)
            .timeout(Duration::from_secs(60))
            .json(&body)
            .send()
            .await
            .unwrap();
        let data: serde_json::Value = answer.json().await.unwrap();
        data["data"]["salesAgent"]["status"]
            .as_str()
            .unwrap_or_else(|| panic!("{data}"))
            .to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hostile_answers_cost_a_bounded_amount_of_memory() {
    let bodies = recorded().await;
    let server = Server::start().await;
    let mut story = Vec::new();
    for (name, act) in manners() {
        let act: std::sync::Arc<dyn Fn(&serde_json::Value) -> super::canned::Act + Send + Sync> =
            act.into();
        let sellers = join_all((0..SELLERS).map(|_| {
            let act = std::sync::Arc::clone(&act);
            Canned::start(&bodies, move |_, message| act(&message["id"]))
        }))
        .await;
        server.forget_peak();
        let before = server.memory_mb("VmRSS");
        let told = join_all(sellers.iter().map(|seller| server.register(seller.url()))).await;
        assert!(
            told.iter().all(|status| status == "UNREACHABLE"),
            "{name}: {told:?}"
        );
        let grown = server.memory_mb("VmHWM") - before;
        story.push((name, grown));
    }
    let shown: Vec<String> = story
        .iter()
        .map(|(name, grown)| format!("{name}: {grown:.0} MB"))
        .collect();
    println!("{SELLERS} at once: {}", shown.join(", "));
    for (name, grown) in story {
        let most = MOST_MB_EACH * SELLERS as f64;
        assert!(
            grown < most,
            "{name}: {grown:.0} MB, expected less than {most:.0}"
        );
    }
}
