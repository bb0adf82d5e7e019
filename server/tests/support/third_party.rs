//! Sellers that nobody here wrote: those of the official SDK, started by `e2e/sellers/start.mjs`.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The running sellers; they end with the test, since they end when their input closes. Killing
/// the one process that started them would leave them behind.
pub struct ThirdParty {
    pub guaranteed: (String, String),
    pub non_guaranteed: (String, String),
    _child: Child,
}

impl ThirdParty {
    /// Starts both and waits until they answer.
    pub async fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .unwrap()
            .join("e2e/sellers");
        assert!(
            root.join("node_modules").exists(),
            "the third-party sellers are not installed: run `cargo xtask test sellers`"
        );
        let mut child = Command::new("node")
            .arg("start.mjs")
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
        let told: Value = serde_json::from_str(&line).unwrap();
        let of = |name: &str| {
            let text = |member: &str| told[name][member].as_str().unwrap().to_owned();
            (text("url"), text("token"))
        };
        Self {
            guaranteed: of("guaranteed"),
            non_guaranteed: of("nonGuaranteed"),
            _child: child,
        }
    }
}
