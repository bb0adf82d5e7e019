//! Reading one campaign with 600 packages.

use super::server::Served;
use super::{load, report};

const RATE: u32 = 1_000;

/// Reads it at a fixed rate, then as often as it goes.
pub async fn measure(
    served: &Served,
    campaign: &str,
    runs: u32,
    seconds: u32,
) -> anyhow::Result<()> {
    let path = format!("/campaigns/{campaign}");
    let (mut steady, mut full) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        steady.push(load::at_rate(served, &path, RATE, seconds).await?);
        full.push(load::at_full_speed(served, &path, seconds).await?);
    }
    report::title("GET one campaign with 20 media buys and 600 packages");
    report::runs("at 1,000 requests/s", &steady, "under 10");
    report::runs("at full speed", &full, "");
    report::memory(served, "");
    Ok(())
}
