//! The core's purity: what its dependencies may not hold. A sentence does not keep a crate pure; this does.

use crate::place::Place;
use crate::run::{Done, failure, output};

/// Crates that act on the world, or that only exist in a browser.
const FORBIDDEN: [&str; 11] = [
    "tokio",
    "sqlx",
    "axum",
    "reqwest",
    "hyper",
    "web-sys",
    "js-sys",
    "wasm-bindgen",
    "getrandom",
    "rand",
    "iana-time-zone",
];
/// Features that read the clock.
const FORBIDDEN_FEATURES: [(&str, &str); 3] =
    [("chrono", "clock"), ("chrono", "now"), ("uuid", "v4")];

/// Fails when the core, built by itself, could act.
pub fn check(place: &Place) -> Done {
    let tree = output(
        place.cargo().args([
            "tree",
            "--package",
            "flighting-core",
            "--no-default-features",
            "--edges",
            "normal",
            "--target",
            "all",
            "--prefix",
            "none",
            "--format",
            "{p}\t{f}",
        ]),
        "`cargo tree` fails: run `cargo tree -p flighting-core` and fix what it says",
    )?;
    let found = impurities(&tree);
    if found.is_empty() {
        return Ok(());
    }
    Err(failure(format!(
        "flighting-core may not depend on {}: pass what it needs (time, ids, numbers) as an argument instead",
        found.join(", ")
    )))
}

/// What is forbidden in a tree of lines `name version\tfeature,feature`.
fn impurities(tree: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in tree.lines() {
        let (package, features) = line.split_once('\t').unwrap_or((line, ""));
        let Some(name) = package.split_whitespace().next() else {
            continue;
        };
        if FORBIDDEN.contains(&name) {
            found.push(format!("`{name}`"));
        }
        // A package that was printed before ends in " (*)".
        let on: Vec<&str> = features.trim_end_matches("(*)").trim().split(',').collect();
        for (package, feature) in FORBIDDEN_FEATURES {
            if name == package && on.contains(&feature) {
                found.push(format!("`{package}` with `{feature}`"));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pure_tree_passes() {
        let tree = "flighting-core v0.1.0 (/x/core)\t\nchrono v0.4.42\talloc,serde,std\nserde v1.0\tderive,std (*)\n";
        assert_eq!(impurities(tree), [""; 0]);
    }

    #[test]
    fn a_runtime_and_a_clock_are_named_once() {
        let tree = "chrono v0.4.42\talloc,clock,now\ntokio v1.0\trt\ntokio v1.0\trt (*)\n";
        assert_eq!(
            impurities(tree),
            ["`chrono` with `clock`", "`chrono` with `now`", "`tokio`"]
        );
    }

    #[test]
    fn a_name_that_only_begins_alike_passes() {
        assert_eq!(impurities("tokio-free v1.0\t\nrandom v1.0\t\n"), [""; 0]);
    }
}
