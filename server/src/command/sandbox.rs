//! `flighting sandbox`: the sandbox sales agents alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use flighting_sandbox::{AgentInfo, Config};
use flighting_server::auth;
use flighting_server::clock::Clock;
use flighting_server::config::SandboxOnly;

/// Runs the three agents until a signal.
pub async fn run(options: SandboxOnly) -> anyhow::Result<()> {
    let config = Config {
        clock: Clock::faster(options.sandbox_speed).shared(),
        approval: chrono::Duration::seconds(options.approval),
        listen: options.listen,
        latency: Duration::from_millis(options.latency),
        ..Config::new(token()?)
    };
    let sandbox = flighting_sandbox::start(config)
        .await
        .with_context(|| format!("the sandbox cannot listen on {}", options.listen))?;
    let stop = super::asked_to_stop()?;
    announce(sandbox.agents());
    stop.await;
    sandbox.stop().await;
    Ok(())
}

/// A token for the agents, new at every start.
pub fn token() -> anyhow::Result<String> {
    Ok(auth::fresh_key()?
        .expose()
        .replacen(auth::KEY_PREFIX, "sandbox_", 1))
}

/// The folder beside a database in which the sellers keep what they sold to its campaigns.
pub fn ledgers_beside(database: &Path) -> PathBuf {
    let mut folder = database.as_os_str().to_owned();
    folder.push(".sandbox");
    folder.into()
}

/// One line each, with what a buyer needs to reach it.
pub fn announce(agents: &[AgentInfo]) {
    for agent in agents {
        println!(
            "sandbox agent {}: {} token {}",
            agent.name, agent.url, agent.token
        );
    }
}
