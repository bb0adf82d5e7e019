//! A message from a seller until a page in a real browser shows what it changed.

use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, bail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::messages::Desk;
use super::report;
use super::server::Served;

/// How often it is measured.
pub const TIMES: u32 = 60;

/// How many of them come first and do not count: the browser is cold.
const WARM_UP: usize = 3;

/// A browser that looks at one campaign after another.
struct Browser {
    process: Child,
    tell: ChildStdin,
    told: Lines<BufReader<ChildStdout>>,
}

impl Browser {
    fn open(served: &Served) -> anyhow::Result<Self> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../e2e");
        let mut process = Command::new("node")
            .current_dir(folder)
            .arg("bench/message.mjs")
            .env("FLIGHTING_ORIGIN", format!("http://{}", served.address))
            .env("FLIGHTING_KEY", &served.key)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start node")?;
        let tell = process.stdin.take().context("no input")?;
        let told = process.stdout.take().context("no output")?;
        Ok(Self {
            process,
            tell,
            told: BufReader::new(told).lines(),
        })
    }

    async fn look_at(&mut self, campaign: &str) -> anyhow::Result<()> {
        self.tell
            .write_all(format!("{campaign}\n").as_bytes())
            .await?;
        self.hears("ready").await
    }

    async fn hears(&mut self, expected: &str) -> anyhow::Result<()> {
        let line = self.told.next_line().await?;
        if line.as_deref() == Some(expected) {
            return Ok(());
        }
        bail!(
            "expected the browser to say `{expected}`, got {line:?}: `cargo xtask bench seen` builds the page and finds Chromium"
        )
    }

    async fn close(mut self) -> anyhow::Result<()> {
        drop(self.tell);
        self.process.wait().await?;
        Ok(())
    }
}

/// One message after the other, from its first byte until the browser says that it shows.
pub async fn measure(served: &Served, desk: &Desk) -> anyhow::Result<()> {
    report::title("a message seen by a page in Chromium");
    let mut browser = Browser::open(served)?;
    let mut connection = served.connect().await?;
    let mut each = Vec::new();
    for letter in desk.letters() {
        browser.look_at(letter.campaign()).await?;
        let signed = desk.sign(letter)?;
        let began = Instant::now();
        desk.deliver(&mut connection, &signed).await?;
        browser.hears("seen").await?;
        each.push(began.elapsed().as_secs_f64() * 1e3);
    }
    browser.close().await?;
    let mut each = each.split_off(WARM_UP.min(each.len()));
    each.sort_by(f64::total_cmp);
    let share = |percent: usize| each[(each.len() * percent / 100).min(each.len() - 1)];
    report::figure("p50", "ms", vec![share(50)], "");
    report::figure("p95", "ms", vec![share(95)], "150");
    report::figure("all of them", "ms", each, "");
    Ok(())
}
