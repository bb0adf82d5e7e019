//! The binary itself: what it prints, what it refuses, and how it ends.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use flighting_server::ids::IdSource;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_flighting");

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(IdSource.other("flighting-test-"));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// `flighting` in a folder of its own, with nothing of the environment's settings.
fn flighting(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command
        .current_dir(folder)
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FLIGHTING_")) {
        command.env_remove(name);
    }
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    flighting(folder, args).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A running server, ended when dropped.
struct Served {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    seen: Vec<String>,
    address: SocketAddr,
    key: String,
}

impl Served {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let mut all = vec!["serve", "--listen", "127.0.0.1:0"];
        all.extend(args);
        let mut child = flighting(folder, &all)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = Vec::new();
        let planner = loop {
            let Some(line) = lines.next().map(|line| line.unwrap()) else {
                let mut story = String::new();
                child
                    .stderr
                    .take()
                    .unwrap()
                    .read_to_string(&mut story)
                    .unwrap();
                panic!("ended before it was ready: {story}");
            };
            seen.push(line.clone());
            if let Some(planner) = line.strip_prefix("planner: http://") {
                break planner.to_owned();
            }
        };
        let (address, key) = planner.split_once("/#key=").unwrap();
        Self {
            child,
            lines,
            seen,
            address: address.parse().unwrap(),
            key: key.to_owned(),
        }
    }

    fn get(&self, path: &str, key: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// `data` of the answer to a JSON body, which has to be a success.
    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let body = body.to_string();
        write!(
            stream,
            "{method} /api/buyer{path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.key,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{answer}");
        serde_json::from_str::<Value>(body).unwrap()["data"].clone()
    }

    fn terminate(&mut self) -> i32 {
        let killed = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_prints_an_address_that_works_and_ends_cleanly() {
    let folder = Folder::new();
    let mut served = Served::start(&folder.0, &["--sandbox"]);
    let sellers: Vec<&String> = served
        .seen
        .iter()
        .filter(|line| line.starts_with("sandbox agent "))
        .collect();
    assert_eq!(sellers.len(), 3, "{:?}", served.seen);
    assert!(served.get("/healthz", "").starts_with("HTTP/1.1 200"));
    let agents = served.get("/api/buyer/sales-agents", &served.key);
    assert!(
        agents.starts_with("HTTP/1.1 200") && agents.contains("\"total\":3"),
        "{agents}"
    );
    let advertisers = served.get("/api/buyer/advertisers", &served.key);
    assert!(
        advertisers.contains("\"total\":1") && advertisers.contains("\"sandbox\":true"),
        "{advertisers}"
    );

    // An open stream of events does not hold it up.
    let mut stream = TcpStream::connect(served.address).unwrap();
    write!(
        stream,
        "GET /api/buyer/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        served.key
    )
    .unwrap();
    let mut first = [0_u8; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(text(&first), "HTTP/1.1 200");
    assert_eq!(served.terminate(), 0);
    assert!(served.lines.next().is_none());
}

#[test]
fn a_second_start_keeps_what_there_is_and_replaces_the_key() {
    let folder = Folder::new();
    let mut first = Served::start(&folder.0, &["--sandbox"]);
    let old = first.key.clone();
    assert_eq!(first.terminate(), 0);
    let second = Served::start(&folder.0, &["--sandbox"]);
    assert!(
        second
            .get("/api/buyer/advertisers", &old)
            .starts_with("HTTP/1.1 401")
    );
    assert!(
        second
            .get("/api/buyer/advertisers", &second.key)
            .contains("\"total\":1")
    );
    let agents = second.get("/api/buyer/sales-agents?status=ALL", &second.key);
    assert!(agents.contains("\"total\":3"), "{agents}");
    let port = second.seen[0]
        .split("http://127.0.0.1:")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap();
    assert_eq!(
        agents.matches(&format!(":{port}/")).count(),
        3,
        "the new port: {agents}"
    );
}

#[test]
fn the_sandbox_sellers_still_know_after_a_restart_what_they_sold() {
    let folder = Folder::new();
    // Fast, so that the clock is far ahead when it stops.
    let fast = ["--sandbox", "--sandbox-speed", "3000"];
    let mut first = Served::start(&folder.0, &fast);
    let advertiser = first.ask("GET", "/advertisers", &json!({}))["advertisers"][0]["id"].clone();
    let begin = chrono::Utc::now().date_naive() + chrono::TimeDelta::days(400);
    let end = begin + chrono::TimeDelta::days(30);
    let campaign = first.ask(
        "POST",
        "/campaigns",
        &json!({
        "advertiserId": advertiser, "name": "Kept", "campaignType": "DECISIONED",
        "flightDates": {"startDate": begin, "endDate": end}, "budget": {"total": 10_000}}),
    );
    let id = campaign["campaign"]["campaignId"].as_str().unwrap();
    let found = first.ask(
        "POST",
        "/discovery/discover-products",
        &json!({"advertiserId": advertiser, "campaignId": id}),
    );
    let session = found["discoveryId"].as_str().unwrap();
    first.ask("POST", &format!("/discovery/{session}/products"), &json!({"products": [
        {"productId": "alder_news_display", "pricingOptionId": "cpm_usd_auction", "bidPrice": 4, "budget": 9_000}]}));
    first.ask("POST", &format!("/campaigns/{id}/execute"), &json!({}));
    let buys = |served: &Served| {
        let status = format!("/campaigns/{id}/media-buy-status");
        let looked = served.ask("GET", &status, &json!({}));
        assert_eq!(looked["errors"], json!([]), "{looked}");
        served.ask("GET", &format!("/campaigns/{id}"), &json!({}))["campaign"]["mediaBuys"].clone()
    };
    let sold = buys(&first);
    assert_eq!(
        (&sold[0]["status"], sold.as_array().unwrap().len()),
        (&json!("ACTIVE"), 1)
    );
    assert_eq!(first.terminate(), 0);

    let second = Served::start(&folder.0, &fast);
    let still = buys(&second);
    assert_eq!(still[0]["sellerMediaBuyId"], sold[0]["sellerMediaBuyId"]);
    assert_eq!(still[0]["status"], "ACTIVE", "{still}");
    let paused = second.ask("POST", &format!("/campaigns/{id}/pause"), &json!({}));
    assert_eq!(paused["successCount"], 1, "{paused}");
}

#[test]
fn beyond_loopback_it_wants_a_key_first() {
    let folder = Folder::new();
    let refused = run(&folder.0, &["serve", "--listen", "0.0.0.0:0"]);
    assert!(!refused.status.success());
    assert!(
        text(&refused.stderr).contains("expected a key before listening on 0.0.0.0:0"),
        "{}",
        text(&refused.stderr)
    );
    assert!(refused.stdout.is_empty());

    let key = "flt_0123456789abcdefghijklmnop";
    let mut child = flighting(
        &folder.0,
        &["serve", "--listen", "0.0.0.0:0", "--admin-key", key],
    )
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let line = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .next()
        .unwrap()
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        line.starts_with("planner: http://0.0.0.0:") && !line.contains("key"),
        "{line}"
    );
}

#[test]
fn an_admin_key_works_again_and_again_until_it_is_revoked() {
    let folder = Folder::new();
    let key = "flt_0123456789abcdefghijklmnop";
    for _ in 0..2 {
        let mut served = Served::start(&folder.0, &["--admin-key", key]);
        assert!(
            served
                .get("/api/buyer/advertisers", key)
                .starts_with("HTTP/1.1 200")
        );
        assert!(
            served.seen.iter().all(|line| !line.contains(key)),
            "an admin key is not printed"
        );
        assert_eq!(served.terminate(), 0);
    }
    let list = run(&folder.0, &["keys", "list"]);
    let admin = text(&list.stdout)
        .lines()
        .find(|line| line.ends_with("  admin"))
        .unwrap();
    assert!(
        run(
            &folder.0,
            &["keys", "revoke", &admin[..admin.find(' ').unwrap()]]
        )
        .status
        .success()
    );
    let refused = run(
        &folder.0,
        &["serve", "--listen", "127.0.0.1:0", "--admin-key", key],
    );
    assert!(
        text(&refused.stderr).contains("got one that was revoked"),
        "{}",
        text(&refused.stderr)
    );
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let folder = Folder::new();
    let made = run(
        &folder.0,
        &["keys", "create", "--label", "reports", "--read-only"],
    );
    let key = text(&made.stdout).trim().to_owned();
    assert!(key.starts_with("flt_"), "{key}");
    let list = run(&folder.0, &["keys", "list"]);
    let line = text(&list.stdout).lines().next().unwrap().to_owned();
    assert!(
        line.contains("read-only") && line.contains("in use") && line.ends_with("reports"),
        "{line}"
    );
    assert!(!line.contains(&key));

    let served = Served::start(&folder.0, &[]);
    assert!(
        served
            .get("/api/buyer/advertisers", &key)
            .starts_with("HTTP/1.1 200")
    );
    // While the server runs.
    let id = line.split(' ').next().unwrap();
    assert!(run(&folder.0, &["keys", "revoke", id]).status.success());
    assert!(
        served
            .get("/api/buyer/advertisers", &key)
            .starts_with("HTTP/1.1 401")
    );
    let again = run(&folder.0, &["keys", "revoke", id]);
    assert!(!again.status.success() && text(&again.stderr).contains("flighting keys list"));
}

#[test]
fn secrets_are_rotated_under_a_running_server() {
    let folder = Folder::new();
    let served = Served::start(&folder.0, &["--sandbox"]);
    let file = folder.0.join("flighting.db.key");
    let before = std::fs::read(&file).unwrap();
    let rotated = run(&folder.0, &["secrets", "rotate"]);
    assert_eq!(
        text(&rotated.stdout),
        "3 secrets are encrypted with the new key\n",
        "{}",
        text(&rotated.stderr)
    );
    assert_ne!(std::fs::read(&file).unwrap(), before);
    assert!(
        served
            .get("/api/buyer/sales-agents", &served.key)
            .contains("\"total\":3")
    );
}

#[test]
fn the_document_is_printed_and_ends_with_a_newline() {
    let folder = Folder::new();
    let printed = run(&folder.0, &["openapi"]);
    assert!(printed.status.success());
    assert_eq!(
        text(&printed.stdout),
        flighting_server::http::openapi::text().unwrap()
    );
    assert!(text(&printed.stdout).ends_with("}\n"));
    assert_eq!(
        std::fs::read_dir(&folder.0).unwrap().count(),
        0,
        "it opens no database"
    );
}

#[test]
fn the_sandbox_runs_alone() {
    let folder = Folder::new();
    let mut child = flighting(&folder.0, &["sandbox", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for name in ["alder", "birch", "cedar"] {
        let line = lines.next().unwrap().unwrap();
        assert!(
            line.starts_with(&format!("sandbox agent {name}: http://127.0.0.1:"))
                && line.contains(" token "),
            "{line}"
        );
    }
    let killed = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_wrong_option_is_told_in_words() {
    let folder = Folder::new();
    for (args, words) in [
        (
            &["serve", "--operator", "https://x"][..],
            "expected a domain",
        ),
        (&["serve", "--admin-key", "secret"], "expected `flt_`"),
        (&["serve", "--sandbox-speed", "10"], "--sandbox"),
        (&["fly"], "unrecognized subcommand"),
    ] {
        let refused = run(&folder.0, args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        assert!(
            text(&refused.stderr).contains(words),
            "{args:?}: {}",
            text(&refused.stderr)
        );
    }
    let lost = run(
        &folder.0,
        &["keys", "list", "--database", "missing/folder/x.db"],
    );
    assert_eq!(lost.status.code(), Some(1));
    assert!(
        text(&lost.stderr).contains("missing/folder/x.db"),
        "{}",
        text(&lost.stderr)
    );
}

/// The crash harness holds that a build with the feature has them.
#[cfg(not(feature = "crash-points"))]
#[test]
fn a_build_without_the_feature_has_no_crash_points() {
    let binary = std::fs::read(BINARY).unwrap();
    for trace in ["FLIGHTING_CRASH_AT", "execute.recorded", "wish.settling"] {
        let found = binary
            .windows(trace.len())
            .any(|window| window == trace.as_bytes());
        assert!(!found, "`{trace}` is in the binary");
    }
}
