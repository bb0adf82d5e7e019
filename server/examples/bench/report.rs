//! Figures on standard output.

use super::load::Run;
use super::server::Served;

/// The title of what follows.
pub fn title(text: &str) {
    println!("\n{text}");
}

/// One figure: its median, its spread, and what is aimed at.
pub fn figure(name: &str, unit: &str, mut values: Vec<f64>, aim: &str) {
    values.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (values.first(), values.last()) else {
        return;
    };
    let median = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
    let aim = if aim.is_empty() {
        String::new()
    } else {
        format!("   aim: {aim}")
    };
    println!("  {name:<34} {median:>9.2} {unit} ({least:.2} to {most:.2}){aim}");
}

/// Runs of requests.
pub fn runs(name: &str, runs: &[Run], aim_p99: &str) {
    let each = |value: fn(&Run) -> f64| runs.iter().map(value).collect();
    let bytes = runs.first().map_or(0, |run| run.bytes);
    println!("  {name}, {bytes} bytes each");
    figure("  requests/s", "", each(|run| run.per_second), "");
    figure("  p50", "ms", each(|run| run.p50_ms), "");
    figure("  p99", "ms", each(|run| run.p99_ms), aim_p99);
}

/// The memory of the server so far. The page is compressed at start, which may be the peak.
pub fn memory(served: &Served, aim: &str) {
    if let Some((peak, now)) = served.memory_mb() {
        figure("peak memory of the server", "MB", vec![peak], aim);
        figure("memory of the server now", "MB", vec![now], "");
    }
}
