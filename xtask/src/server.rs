//! The server's binary and the API document that it prints.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::place::{Place, read, write};
use crate::run::{Done, output, run, say};

const OPENAPI: &str = "server/openapi.json";

/// Builds `flighting` (nothing to do when it is fresh) and returns where it is.
pub fn build(place: &Place, release: bool) -> Done<PathBuf> {
    let mut cargo = place.cargo();
    cargo.args([
        "build",
        "--package",
        "flighting-server",
        "--bin",
        "flighting",
    ]);
    if release {
        cargo.arg("--release");
    }
    say("building the server");
    run(
        &mut cargo,
        "the server could not be built: fix what the compiler says above",
    )?;
    let profile = if release { "release" } else { "debug" };
    let name = format!("flighting{}", std::env::consts::EXE_SUFFIX);
    Ok(place.target.join(profile).join(name))
}

/// The API document as the handlers say it.
fn printed_openapi(binary: &Path) -> Done<String> {
    output(
        Command::new(binary).arg("openapi").stdin(Stdio::null()),
        "`flighting openapi` fails: run it and fix what it says",
    )
}

/// Writes the committed API document anew.
pub fn write_openapi(place: &Place) -> Done {
    let printed = printed_openapi(&build(place, false)?)?;
    write(&place.root.join(OPENAPI), &printed)?;
    say(&format!("{OPENAPI} is written"));
    Ok(())
}

/// Fails when the committed document is not what the handlers say.
pub fn compare_openapi(place: &Place) -> Done {
    let printed = printed_openapi(&build(place, false)?)?;
    let committed = read(&place.root.join(OPENAPI)).unwrap_or_default();
    match first_difference(&committed, &printed) {
        None => Ok(()),
        Some(line) => Err(crate::run::failure(format!(
            "{OPENAPI} differs from what the handlers say at line {line}: run `cargo xtask openapi` and commit it"
        ))),
    }
}

/// The first line, from 1, in which two texts differ; line ends do not count.
fn first_difference(one: &str, other: &str) -> Option<usize> {
    let (mut ones, mut others) = (one.lines(), other.lines());
    let mut line = 1;
    loop {
        match (ones.next(), others.next()) {
            (None, None) => return None,
            (one, other) if one == other => line += 1,
            _ => return Some(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_only_at_the_end_of_the_file_are_the_same() {
        assert_eq!(first_difference("a\nb\n", "a\nb"), None);
    }

    #[test]
    fn the_first_changed_or_missing_line_is_named() {
        assert_eq!(first_difference("a\nb\nc", "a\nx\nc"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb"), Some(2));
        assert_eq!(first_difference("", "a"), Some(1));
    }
}
