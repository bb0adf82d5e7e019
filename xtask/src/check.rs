//! `cargo xtask check`: everything that is judged without running the product.

use crate::place::{Place, on_path};
use crate::run::{Done, failure, run, say};
use crate::test::CRASH_TEST;
use crate::wasm::{self, TARGET};
use crate::{package, purity, server, sources};

type Step = (&'static str, fn(&Place) -> Done);

const STEPS: [Step; 9] = [
    ("formatting", formatting),
    (
        "the tree: no machine's paths, no registry, sizes",
        sources::check,
    ),
    ("core's purity", purity::check),
    ("clippy, native", clippy_native),
    ("clippy, wasm", clippy_wasm),
    ("docs", docs),
    ("the OpenAPI document", server::compare_openapi),
    ("the npm package's types", package::compare_types),
    ("licences, advisories, duplicate versions", deny),
];

/// Runs every step, also after one has failed, and names those that did.
pub fn check(place: &Place) -> Done {
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        say(&format!("check: {name}"));
        if let Err(why) = step(place) {
            eprintln!("xtask: {name}: {why}");
            failed.push(name);
        }
    }
    if failed.is_empty() {
        say(&format!("all {} checks passed", STEPS.len()));
        return Ok(());
    }
    Err(failure(format!(
        "{} of {} checks failed, see each one's sentence above: {}",
        failed.len(),
        STEPS.len(),
        failed.join("; ")
    )))
}

fn formatting(place: &Place) -> Done {
    run(
        place.cargo().args(["fmt", "--all", "--", "--check", "-l"]),
        "some files are not formatted: run `cargo fmt --all`",
    )
}

/// The default members: the page's crates are for wasm only.
fn clippy_native(place: &Place) -> Done {
    run(
        place
            .cargo()
            .args(["clippy", "--all-targets", "--", "-D", "warnings"]),
        "clippy warns: fix what it says above",
    )?;
    run(
        place.cargo().args([
            "clippy",
            "--package",
            "flighting-server",
            "--features",
            "crash-points",
            "--test",
            CRASH_TEST,
            "--",
            "-D",
            "warnings",
        ]),
        "clippy warns of the crash harness: fix what it says above",
    )
}

fn clippy_wasm(place: &Place) -> Done {
    let toolchain = wasm::ensure(place)?;
    // The core by itself first: with the page's crates in one build it would get their features.
    for packages in [
        &["flighting-core"][..],
        &["flighting-wasm", "flighting-web"],
    ] {
        let mut clippy = toolchain.cargo(place);
        clippy.args(["clippy", "--target", TARGET]);
        for package in packages {
            clippy.args(["--package", package]);
        }
        run(
            clippy.args(["--", "-D", "warnings"]),
            "clippy for wasm warns: fix what it says above",
        )?;
    }
    Ok(())
}

fn docs(place: &Place) -> Done {
    let advice = "the docs have warnings: fix what rustdoc says above";
    run(
        place
            .cargo()
            .args(["doc", "--no-deps", "--document-private-items"])
            .env("RUSTDOCFLAGS", "-D warnings"),
        advice,
    )?;
    run(
        wasm::ensure(place)?
            .cargo(place)
            .args([
                "doc",
                "--no-deps",
                "--document-private-items",
                "--target",
                TARGET,
            ])
            .args(["--package", "flighting-wasm", "--package", "flighting-web"])
            .env("RUSTDOCFLAGS", "-D warnings"),
        advice,
    )
}

/// Needs cargo-deny, which is minutes to build and asks the network: run where it is installed.
fn deny(place: &Place) -> Done {
    if on_path("cargo-deny").is_none() {
        say("skipped: `cargo install cargo-deny` to have it checked here");
        return Ok(());
    }
    run(
        place.cargo().args(["deny", "check"]),
        "cargo-deny objects: see what it says above and deny.toml",
    )
}
