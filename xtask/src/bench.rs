//! `cargo xtask bench`: the benchmark, which reports and asserts nothing.

use std::process::{Command, Stdio};

use crate::place::Place;
use crate::run::{Done, run};
use crate::test::{CRASH_TEST, crash_rounds};
use crate::{browser, npm, package, page, server};

/// How many rounds of crashes and of their control run the benchmark plays, unless told otherwise.
const CRASH_ROUNDS: [&str; 4] = ["--rounds", "240", "--control", "24"];

/// Runs the server's example `bench` in release, or with `crash` as its first word many rounds of
/// the crash harness, or with `npm` the npm package's own; what follows `--` goes to it. `page`
/// measures the page instead.
pub fn bench(place: &Place, args: &[String]) -> Done {
    if args.first().is_some_and(|first| first == "page") {
        return bench_page(place);
    }
    if let Some((crash, rest)) = args.split_first()
        && crash == CRASH_TEST
    {
        let mut all = CRASH_ROUNDS.map(str::to_owned).to_vec();
        all.extend(rest.iter().filter(|word| *word != "--").cloned());
        return crash_rounds(place, &all);
    }
    if let Some((first, rest)) = args.split_first()
        && first == "npm"
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

/// What the page weighs, and how quickly it loads and answers a key, in Chromium against the sandbox.
fn bench_page(place: &Place) -> Done {
    npm::ensure(place, "e2e")?;
    let chromium = browser::ensure()?;
    page::build(place)?;
    let binary = server::build(place, false)?;
    run(
        Command::new("node")
            .current_dir(place.root.join("e2e"))
            .arg("bench/page.mjs")
            .env("FLIGHTING_BIN", binary)
            .env("FLIGHTING_CHROMIUM", chromium)
            .stdin(Stdio::null()),
        "the page could not be measured: read what it says above",
    )
}
