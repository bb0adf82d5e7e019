//! `cargo xtask bench`: the benchmark, which reports and asserts nothing.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::place::Place;
use crate::run::{Done, run};
use crate::test::{CRASH_TEST, crash_rounds};
use crate::{browser, npm, package, page, server};

/// How many rounds of crashes and of their control run the benchmark plays, unless told otherwise.
const CRASH_ROUNDS: [&str; 4] = ["--rounds", "240", "--control", "24"];

/// Runs the server's example `bench` in release, or with `crash` as its first word many rounds of
/// the crash harness, or with `npm` the npm package's own; what follows `--` goes to it. `page`
/// measures the page instead, and `seen` how long a seller's message takes until a page shows it.
pub fn bench(place: &Place, args: &[String]) -> Done {
    if args.first().is_some_and(|first| first == "page") {
        return bench_page(place);
    }
    if args.first().is_some_and(|first| first == "seen") {
        return bench_seen(place);
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
    example(place, passed, None)
}

/// The server's example `bench`, built in release, with the browser it may need.
fn example(place: &Place, args: &[String], chromium: Option<PathBuf>) -> Done {
    let mut cargo = place.cargo();
    cargo.args(["run", "--release", "--package", "flighting-server"]);
    cargo.args(["--example", "bench", "--"]).args(args);
    if let Some(chromium) = chromium {
        cargo.env("FLIGHTING_CHROMIUM", chromium);
    }
    run(
        &mut cargo,
        "the benchmark ended with an error: read what it says above",
    )
}

/// From a seller's message to a page in Chromium that shows what it changed.
fn bench_seen(place: &Place) -> Done {
    npm::ensure(place, "e2e")?;
    let chromium = browser::ensure()?;
    // The server carries the page that it was built with.
    page::build(place)?;
    example(
        place,
        &["--only", "seen"].map(str::to_owned),
        Some(chromium),
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
