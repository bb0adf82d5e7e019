//! `cargo xtask bench`: the benchmark, which reports and asserts nothing.

use std::process::{Command, Stdio};

use crate::place::Place;
use crate::run::{Done, run};
use crate::{browser, npm, page, server};

/// Runs the server's example `bench` in release; what follows `--` goes to it. `page` measures the page instead.
pub fn bench(place: &Place, args: &[String]) -> Done {
    if args.first().is_some_and(|first| first == "page") {
        return bench_page(place);
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
