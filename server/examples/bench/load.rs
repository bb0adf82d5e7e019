//! Requests at a fixed rate, and as many as go.

use std::time::{Duration, Instant};

use super::client::Connection;
use super::server::Served;

/// How many requests are under way at most.
const CONNECTIONS: u32 = 16;

/// What one run measured.
pub struct Run {
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// Bytes of one body.
    pub bytes: usize,
}

/// Reads an address so many times a second. A request that had to wait for its turn because
/// earlier ones were slow counts from its turn on, so that a stall is not measured once only.
pub async fn at_rate(served: &Served, path: &str, rate: u32, seconds: u32) -> anyhow::Result<Run> {
    let begin = Instant::now() + Duration::from_millis(50);
    run(served, path, move |connection, turn| {
        let number = turn * CONNECTIONS + connection;
        let due = begin + Duration::from_secs(1) / rate * number;
        (number < rate * seconds).then_some(due)
    })
    .await
}

/// Reads an address as often as it goes.
pub async fn at_full_speed(served: &Served, path: &str, seconds: u32) -> anyhow::Result<Run> {
    let end = Instant::now() + Duration::from_secs(u64::from(seconds));
    run(served, path, move |_, _| {
        let now = Instant::now();
        (now < end).then_some(now)
    })
    .await
}

/// Every connection asks when its next turn is, until there is none.
async fn run(
    served: &Served,
    path: &str,
    due: impl Fn(u32, u32) -> Option<Instant> + Clone + Send + 'static,
) -> anyhow::Result<Run> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut connection = served.connect().await?;
        connection.get(path).await?;
        connections.push(connection);
    }
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for (number, connection) in (0..).zip(connections) {
        let due = due.clone();
        let path = path.to_owned();
        tasks.spawn(turns(connection, path, move |turn| due(number, turn)));
    }
    let mut took_ms = Vec::new();
    let mut bytes = 0;
    while let Some(done) = tasks.join_next().await {
        let (more, length) = done??;
        took_ms.extend(more);
        bytes = length;
    }
    let elapsed = began.elapsed().as_secs_f64();
    took_ms.sort_by(f64::total_cmp);
    let count = u32::try_from(took_ms.len())?;
    Ok(Run {
        per_second: f64::from(count) / elapsed,
        p50_ms: at_share(&took_ms, 50),
        p99_ms: at_share(&took_ms, 99),
        bytes,
    })
}

async fn turns(
    mut connection: Connection,
    path: String,
    due: impl Fn(u32) -> Option<Instant>,
) -> anyhow::Result<(Vec<f64>, usize)> {
    let mut took_ms = Vec::new();
    let mut bytes = 0;
    let mut turn = 0;
    while let Some(mut start) = due(turn) {
        if start > Instant::now() {
            tokio::time::sleep_until(start.into()).await;
            // The timer's own grain is not the server's.
            start = Instant::now();
        }
        bytes = connection.get(&path).await?;
        took_ms.push(start.elapsed().as_secs_f64() * 1e3);
        turn += 1;
    }
    Ok((took_ms, bytes))
}

/// The value that so many percent of sorted ones do not pass.
fn at_share(sorted: &[f64], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or(f64::NAN)
}
