//! `cargo xtask bench`: the benchmark, which reports and asserts nothing.

use crate::place::Place;
use crate::run::{Done, run};
use crate::test::{CRASH_TEST, crash_rounds};

/// How many rounds of crashes and of their control run the benchmark plays, unless told otherwise.
const CRASH_ROUNDS: [&str; 4] = ["--rounds", "240", "--control", "24"];

/// Runs the server's example `bench` in release, or with `crash` as its first word many rounds of
/// the crash harness; what follows `--` goes to it.
pub fn bench(place: &Place, args: &[String]) -> Done {
    if let Some((crash, rest)) = args.split_first()
        && crash == CRASH_TEST
    {
        let mut all = CRASH_ROUNDS.map(str::to_owned).to_vec();
        all.extend(rest.iter().filter(|word| *word != "--").cloned());
        return crash_rounds(place, &all);
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
