//! `cargo xtask bench`: the benchmark, which reports and asserts nothing.

use crate::place::Place;
use crate::run::{Done, run};

/// Runs the server's example `bench` in release; what follows `--` goes to it.
pub fn bench(place: &Place, args: &[String]) -> Done {
    let passed = match args.split_first() {
        Some((dashes, rest)) if dashes == "--" => rest,
        _ => args,
    };
    run(
        place
            .cargo()
            .args([
                "run",
                "--release",
                "--package",
                "flighting-server",
                "--example",
                "bench",
                "--",
            ])
            .args(passed),
        "the benchmark ended with an error: read what it says above",
    )
}
