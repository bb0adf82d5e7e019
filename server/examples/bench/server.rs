//! The server as a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::client::Connection;

/// A running server.
pub struct Served {
    pub address: SocketAddr,
    pub key: String,
    process: Child,
    /// Kept open, for a server that cannot print ends.
    _output: Lines<BufReader<ChildStdout>>,
}

/// Starts the server on a free port and waits until it says where it is.
pub async fn start(binary: &Path, database: &Path) -> anyhow::Result<Served> {
    start_with(binary, database, &[]).await
}

/// The same with more on its command line.
pub async fn start_with(binary: &Path, database: &Path, more: &[&str]) -> anyhow::Result<Served> {
    let mut process = Command::new(binary)
        .args(["serve", "--listen", "127.0.0.1:0", "--rate-limit", "0"])
        .arg("--allow-private-addresses")
        .arg("--database")
        .arg(database)
        .args(more)
        .env("RUST_LOG", "error")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("cannot start {}", binary.display()))?;
    let output = process.stdout.take().context("no output")?;
    let mut output = BufReader::new(output).lines();
    loop {
        let line = output
            .next_line()
            .await?
            .context("the server ended before it said where it is")?;
        let Some(planner) = line.strip_prefix("planner: http://") else {
            continue;
        };
        let (address, key) = planner
            .split_once("/#key=")
            .context("expected the planner's address to carry a key")?;
        return Ok(Served {
            address: address.parse()?,
            key: key.to_owned(),
            process,
            _output: output,
        });
    }
}

impl Served {
    pub async fn connect(&self) -> anyhow::Result<Connection> {
        Connection::open(self.address, &self.key).await
    }

    /// The most memory it has held, and what it holds now, in MB of 10^6 bytes; `None` where the
    /// system does not tell.
    pub fn memory_mb(&self) -> Option<(f64, f64)> {
        let id = self.process.id()?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let mb = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
            Some(kib * 1024.0 / 1e6)
        };
        Some((mb("VmHWM:")?, mb("VmRSS:")?))
    }

    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.process.kill().await?;
        Ok(())
    }
}
