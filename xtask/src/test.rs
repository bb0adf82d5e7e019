//! `cargo xtask test`: installs what the tests need and runs them, part by part.

use std::env;
use std::fs;
use std::process::{Command, Stdio};

use crate::place::{Place, make_folder, read, remove_folder};
use crate::run::{Done, both_outputs, failure, run, say};
use crate::sandbox::Sandbox;
use crate::{browser, npm, package, page, python, schemas, schemathesis, server};

/// One part: its name on the command line, what it proves, how it runs.
struct Part {
    name: &'static str,
    proves: &'static str,
    run: fn(&Place) -> Done,
}

const PARTS: [Part; 10] = [
    Part {
        name: "xtask",
        proves: "the commands themselves",
        run: xtask,
    },
    Part {
        name: "core",
        proves: "the rules: units, lifecycle table, laws, vectors, examples in the docs",
        run: core,
    },
    Part {
        name: "server",
        proves: "the API, the store and AdCP, with the real router and a real SQLite",
        run: server_tests,
    },
    Part {
        name: "npm",
        proves: "the npm package: one verdict in Node and Chromium, types, and as other projects use it",
        run: package::test,
    },
    Part {
        name: "schemathesis",
        proves: "the API by its document: all checks, all phases",
        run: schemathesis::test,
    },
    Part {
        name: "crash",
        proves: "no buy is lost or doubled when the server dies, counted at the sellers",
        run: crash,
    },
    Part {
        name: "storyboards",
        proves: "our sandbox sellers, by the official AdCP storyboards",
        run: storyboards,
    },
    Part {
        name: "sellers",
        proves: "buying from sellers that nobody here wrote",
        run: sellers,
    },
    Part {
        name: "web",
        proves: "the page's forms and formatting, natively",
        run: web,
    },
    Part {
        name: "page",
        proves: "a person can do it, in Chromium with the real server",
        run: page_tests,
    },
];

/// What the names of the third-party sellers' tests begin with. They are a part of their own: they need npm
/// and Python packages that the others do not.
const SELLERS_TESTS: &str = "sellers";

/// The crash harness is a part of its own: it needs a server with crash points.
pub const CRASH_TEST: &str = "crash";

/// The storyboards, in the order in which the sandbox announces its sellers.
const STORYBOARDS: [&str; 2] = ["sales-non-guaranteed", "sales-guaranteed"];

/// How many cases each law of the core is tried with in CI; proptest's own number elsewhere.
const CASES_IN_CI: &str = "10000";

/// Runs the parts named, or all. A part that fails does not keep the others from running.
pub fn run_parts(place: &Place, names: &[String]) -> Done {
    let parts = chosen(names)?;
    let mut results = Vec::new();
    for part in &parts {
        say(&format!("test {}: {}", part.name, part.proves));
        let result = (part.run)(place);
        if let Err(why) = &result {
            eprintln!("xtask: test {}: {why}", part.name);
        }
        results.push((part.name, result.is_ok()));
    }
    println!();
    for (name, passed) in &results {
        println!("{name:12} {}", if *passed { "passed" } else { "FAILED" });
    }
    let failed = results.iter().filter(|(_, passed)| !passed).count();
    println!("{} passed, {failed} failed", results.len() - failed);
    if failed == 0 {
        return Ok(());
    }
    Err(failure(
        "some parts failed: see each one's sentence above; `cargo xtask test <part>` runs one again",
    ))
}

fn chosen(names: &[String]) -> Done<Vec<&'static Part>> {
    if names.is_empty() {
        return Ok(PARTS.iter().collect());
    }
    names
        .iter()
        .map(|name| {
            PARTS.iter().find(|part| part.name == name).ok_or_else(|| {
                let known: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
                failure(format!(
                    "there is no part `{name}`: take one of {}",
                    known.join(", ")
                ))
            })
        })
        .collect()
}

fn cargo_test(place: &Place, package: &str) -> Command {
    let mut cargo = place.cargo();
    // One failure does not keep what comes after it from being tried.
    cargo.args(["test", "--no-fail-fast", "--package", package]);
    cargo
}

fn advice(part: &str) -> String {
    format!("tests failed: read them above, `cargo xtask test {part}` runs them again")
}

fn xtask(place: &Place) -> Done {
    run(&mut cargo_test(place, "xtask"), &advice("xtask"))
}

fn core(place: &Place) -> Done {
    let mut cargo = cargo_test(place, "flighting-core");
    if env::var_os("CI").is_some() && env::var_os("PROPTEST_CASES").is_none() {
        cargo.env("PROPTEST_CASES", CASES_IN_CI);
    }
    run(&mut cargo, &advice("core"))
}

fn server_tests(place: &Place) -> Done {
    let official = schemas::ensure(place)?;
    let mut cargo = cargo_test(place, "flighting-server");
    official.tell(&mut cargo);
    cargo.args(["--package", "flighting-sandbox", "--lib", "--bins"]);
    for folder in ["server", "server/sandbox"] {
        for test in integration_tests(place, folder)? {
            if !test.starts_with(SELLERS_TESTS) && test != CRASH_TEST {
                cargo.args(["--test", &test]);
            }
        }
    }
    run(&mut cargo, &advice("server"))
}

/// The names of a package's integration tests: `tests/name.rs` and `tests/name/main.rs`.
fn integration_tests(place: &Place, package: &str) -> Done<Vec<String>> {
    let folder = place.root.join(package).join("tests");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&folder)
        .map_err(|error| failure(format!("`{package}/tests` cannot be read: {error}")))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            match name.strip_suffix(".rs") {
                Some(stem) => Some(stem.to_owned()),
                None => entry.path().join("main.rs").is_file().then_some(name),
            }
        })
        .collect();
    names.sort();
    Ok(names)
}

fn crash(place: &Place) -> Done {
    crash_rounds(place, &[])
}

/// Plays rounds of the crash harness; without words of its own as many as it plays by itself.
pub fn crash_rounds(place: &Place, args: &[String]) -> Done {
    run(
        cargo_test(place, "flighting-server")
            .args(["--features", "crash-points", "--test", CRASH_TEST, "--"])
            .args(args),
        "the crash harness counted something wrong: each such round says above how to play it again",
    )
}

fn storyboards(place: &Place) -> Done {
    npm::ensure(place, "e2e/sellers")?;
    let binary = server::build(place, false)?;
    let sandbox = Sandbox::start(&binary, STORYBOARDS.len())?;
    make_folder(&place.notes())?;
    let mut failed = Vec::new();
    for (agent, storyboard) in sandbox.agents.iter().zip(STORYBOARDS) {
        say(&format!("storyboard {storyboard} against {}", agent.name));
        let summary = place.notes().join(format!("storyboard-{storyboard}.json"));
        let _old = fs::remove_file(&summary);
        let (report, verdict) = both_outputs(
            place
                .command("node")
                .args([
                    "e2e/sellers/node_modules/@adcp/sdk/bin/adcp.js",
                    "storyboard",
                    "run",
                ])
                .args([
                    &agent.url,
                    storyboard,
                    "--allow-http",
                    "--auth",
                    &agent.token,
                ])
                .arg("--summary-output")
                .arg(&summary)
                .stdin(Stdio::null()),
            "the storyboard runner fails: see what it says above",
        )?;
        print!("{report}{verdict}");
        // It ends with 0 whatever came out, so its words are read; the verdict is on standard error.
        if !storyboard_passed(&verdict, &read(&summary).unwrap_or_default()) {
            failed.push(storyboard);
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(failure(format!(
        "the storyboard {} did not pass: read its failed steps above",
        failed.join(" and ")
    )))
}

/// Passed: the last line says so, and the summary counts no failed step.
fn storyboard_passed(said: &str, summary: &str) -> bool {
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    let none_failed = summary
        .lines()
        .any(|line| line.trim().trim_end_matches(',') == "\"failed\": 0");
    last.is_some_and(|line| line.starts_with("STORYBOARD-OK")) && none_failed
}

fn sellers(place: &Place) -> Done {
    npm::ensure(place, "e2e/sellers")?;
    let seller = python::ensure_seller(place)?;
    let official = schemas::ensure(place)?;
    let mut cargo = cargo_test(place, "flighting-server");
    official.tell(&mut cargo);
    cargo.env("FLIGHTING_SELLERS_PYTHON", seller);
    for test in integration_tests(place, "server")? {
        if test.starts_with(SELLERS_TESTS) {
            cargo.args(["--test", &test]);
        }
    }
    cargo.args(["--", "--include-ignored"]);
    run(&mut cargo, &advice("sellers"))
}

fn web(place: &Place) -> Done {
    let mut cargo = cargo_test(place, "flighting-web");
    cargo.arg("--lib");
    for test in integration_tests(place, "web")? {
        cargo.args(["--test", &test]);
    }
    run(&mut cargo, &advice("web"))
}

fn page_tests(place: &Place) -> Done {
    npm::ensure(place, "e2e")?;
    let chromium = browser::ensure()?;
    page::build(place)?;
    let binary = server::build(place, false)?;
    let folder = place.root.join("e2e");
    run(
        Command::new("npm")
            .current_dir(&folder)
            .args(["run", "--silent", "types"]),
        "the page's tests do not type-check: fix what tsc says above",
    )?;
    remove_folder(&folder.join("test-results"))?;
    run(
        Command::new("npm")
            .current_dir(&folder)
            .args(["run", "--silent", "test"])
            .env("FLIGHTING_BIN", binary)
            .env("FLIGHTING_CHROMIUM", chromium)
            .stdin(Stdio::null()),
        "the page's tests failed: read them above, pictures are in e2e/test-results",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: &str = "{\n  \"passed\": 37,\n  \"failed\": 0,\n  \"skipped\": 0\n}\n";

    #[test]
    fn a_storyboard_passes_by_its_last_line_and_its_summary() {
        assert!(storyboard_passed(
            "Steps: 37\n\nSTORYBOARD-OK 37/37 steps passed\n\n",
            SUMMARY
        ));
    }

    #[test]
    fn either_alone_is_not_enough() {
        assert!(!storyboard_passed(
            "STORYBOARD-OK 1/1 steps passed\nafterwards\n",
            SUMMARY
        ));
        assert!(!storyboard_passed("STORYBOARD-OK 37/37 steps passed", ""));
        let failed = SUMMARY.replace("\"failed\": 0", "\"failed\": 2");
        assert!(!storyboard_passed(
            "STORYBOARD-OK 35/37 steps passed",
            &failed
        ));
        assert!(!storyboard_passed("", SUMMARY));
    }

    #[test]
    fn no_name_means_every_part_and_a_wrong_one_lists_them() {
        assert_eq!(chosen(&[]).unwrap().len(), PARTS.len());
        assert_eq!(chosen(&["page".to_owned()]).unwrap()[0].name, "page");
        let Err(unknown) = chosen(&["pages".to_owned()]) else {
            panic!("`pages` is no part");
        };
        assert!(unknown.to_string().contains("`pages`"));
        assert!(unknown.to_string().contains("storyboards"));
    }
}
