//! Starts the sandbox sales agents on a port and prints their addresses, one a line.
//!
//! `cargo run -p flighting-sandbox --example sandbox -- --port 4600 --token TOKEN`

use clap::Parser;
use flighting_sandbox::{AgentKind, Config};

#[derive(Parser)]
struct Options {
    /// Port on loopback; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Bearer token of every agent.
    #[arg(long, default_value = "sandbox-token")]
    token: String,
    /// Seconds until Birch approves.
    #[arg(long, default_value_t = 1)]
    approval: i64,
    /// Milliseconds that every call takes.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Copies of Alder for benchmarks, named bench-1 and so on.
    #[arg(long, default_value_t = 0)]
    bench: u32,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let options = Options::parse();
    let mut config = Config::new(options.token);
    config.listen.set_port(options.port);
    config.approval = chrono::Duration::seconds(options.approval);
    config.latency = std::time::Duration::from_millis(options.latency_ms);
    config
        .agents
        .extend((1..=options.bench).map(AgentKind::Bench));
    let sandbox = flighting_sandbox::start(config).await?;
    for agent in sandbox.agents() {
        println!("{} {}", agent.title, agent.url);
    }
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(())
}
