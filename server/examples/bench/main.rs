//! The benchmark: what the server built beside it does on this machine. It reports and asserts
//! nothing. `cargo xtask bench` runs it in release.
//!
//! The server runs as a process of its own, so that its memory is its own; the load comes from
//! this one, over real HTTP on loopback. Both share the machine, which bounds the full speed.

mod buying;
mod client;
mod listing;
mod load;
mod messages;
mod polling;
mod reading;
mod report;
mod seen;
mod server;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};
use clap::Parser;

/// Measures reading, listing, executing, polling and messages from sellers.
#[derive(Debug, Parser)]
struct Options {
    /// How often each figure is taken; the spread is told.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// How long one run of requests lasts, in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// How many campaigns are listed from.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..))]
    campaigns: u32,
    /// How many live buys are polled.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    live_buys: u32,
    /// How many messages sellers send.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(200..))]
    messages: u32,
    /// How many event streams watch.
    #[arg(long, default_value_t = 300)]
    streams: usize,
    /// Only these parts, joined by commas; when left out, all but `seen`.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Executing, and reading what came of it.
    Buying,
    /// Listing from many campaigns.
    Listing,
    /// Looking at live buys.
    Polling,
    /// Messages from sellers.
    Messages,
    /// A message until a page shows it; takes a browser, see `cargo xtask bench seen`.
    Seen,
}

/// A folder for databases, gone at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let binary = built()?;
    let folder =
        Folder(std::env::temp_dir().join(format!("flighting-bench-{}", std::process::id())));
    std::fs::create_dir_all(&folder.0)?;
    println!(
        "{} processors, {} runs of each figure: median (least to most)",
        std::thread::available_parallelism()?,
        options.runs
    );

    let wants = |part: Part| options.only.is_empty() || options.only.contains(&part);
    if wants(Part::Buying) {
        let sellers = buying::start_sellers().await?;
        let served = server::start(&binary, &folder.0.join("buying.db")).await?;
        let campaign = buying::measure(&served, &sellers, options.runs).await?;
        reading::measure(&served, &campaign, options.runs, options.seconds).await?;
        served.stop().await?;
        sellers.stop().await;
    }
    if wants(Part::Listing) {
        let database = folder.0.join("listing.db");
        listing::fill(&database, options.campaigns).await?;
        let served = server::start(&binary, &database).await?;
        listing::measure(&served, options.campaigns, options.runs, options.seconds).await?;
        served.stop().await?;
    }
    if wants(Part::Polling) {
        let database = folder.0.join("polling.db");
        let seller = polling::start_seller().await?;
        polling::fill(&database, &seller, options.live_buys).await?;
        let served = server::start(&binary, &database).await?;
        polling::measure(&served, &seller, options.live_buys).await?;
        served.stop().await?;
        seller.stop();
    }
    if wants(Part::Messages) {
        let database = folder.0.join("messages.db");
        let desk = messages::fill(&database, options.messages).await?;
        let public = ["--public-url", messages::PUBLIC];
        let served = server::start_with(&binary, &database, &public).await?;
        messages::measure(&served, &desk, &folder.0, options.streams).await?;
        served.stop().await?;
    }
    if options.only.contains(&Part::Seen) {
        let database = folder.0.join("seen.db");
        let desk = messages::fill(&database, seen::TIMES).await?;
        let public = ["--public-url", messages::PUBLIC];
        let served = server::start_with(&binary, &database, &public).await?;
        seen::measure(&served, &desk).await?;
        served.stop().await?;
    }
    Ok(())
}

/// The server beside this program, brought up to date where cargo runs us.
fn built() -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe()?;
    let profile = here
        .parent()
        .and_then(std::path::Path::parent)
        .context("expected this program to be in an `examples` folder")?;
    if let Some(cargo) = std::env::var_os("CARGO") {
        let mut build = Command::new(cargo);
        build.args([
            "build",
            "--quiet",
            "--package",
            "flighting-server",
            "--bin",
            "flighting",
        ]);
        if profile.ends_with("release") {
            build.arg("--release");
        }
        if !build.status()?.success() {
            bail!("the server does not build");
        }
    }
    let binary = profile.join(format!("flighting{}", std::env::consts::EXE_SUFFIX));
    if !binary.exists() {
        bail!(
            "expected the server at {}: build it first",
            binary.display()
        );
    }
    Ok(binary)
}
