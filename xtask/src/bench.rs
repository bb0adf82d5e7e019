//! `cargo xtask bench`: the benchmark, which reports and asserts nothing.

use crate::package;
use crate::place::Place;
use crate::run::{Done, run};

/// Runs the server's example `bench` in release; what follows `--` goes to it. `npm` runs the npm package's
/// own instead.
pub fn bench(place: &Place, args: &[String]) -> Done {
    if let Some((npm, rest)) = args.split_first()
        && npm == "npm"
    {
        return package::bench(place, rest);
    }
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
