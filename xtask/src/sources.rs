//! What is committed: no path of somebody's machine, no registry in a lock file, no file grown too long.

use std::env;
use std::fs;

use crate::place::Place;
use crate::run::{Done, failure, output, say};

/// Longer files are to be split by idea.
const LINES: usize = 400;

/// Fails when a committed file names a folder of the machine it was written on, or when a lock file of npm
/// names the registry it came from (others install from another one).
pub fn check(place: &Place) -> Done {
    let listed = output(
        place.command("git").args(["ls-files", "-z"]),
        "`git ls-files` fails: run this inside a clone",
    )?;
    let home = env::var("HOME").ok();
    let root = place.root.to_string_lossy().into_owned();
    let machine: Vec<&str> = [home.as_deref(), Some(root.as_str())]
        .into_iter()
        .flatten()
        // A one-word folder such as `/src` is too common a text to look for.
        .filter(|folder| folder.matches('/').count() > 1)
        .collect();
    let mut wrong = Vec::new();
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        // Not text, or removed in the work tree: nothing to read.
        let Ok(text) = fs::read_to_string(place.root.join(name)) else {
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            if let Some(what) = machine_path(line, &machine) {
                wrong.push(format!("{name}:{} has the path `{what}`", number + 1));
            }
            if name.ends_with("package-lock.json") && line.trim_start().starts_with("\"resolved\"")
            {
                wrong.push(format!("{name}:{} names a registry", number + 1));
            }
        }
        let lines = text.lines().count();
        if lines > LINES && is_source(name) {
            say(&format!(
                "note: {name} has {lines} lines; past {LINES}, split it by idea"
            ));
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(failure(format!(
        "what is only true on one machine may not be committed, so take it out: {}",
        wrong.join("; ")
    )))
}

fn is_source(name: &str) -> bool {
    [".rs", ".ts", ".mjs", ".css"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// The first path in a line that only exists on one machine: below a user's home folder, or `known`.
fn machine_path(line: &str, known: &[&str]) -> Option<String> {
    for folder in known {
        if line.contains(folder) {
            return Some((*folder).to_owned());
        }
    }
    ["home", "Users"].iter().find_map(|parent| {
        let start = format!("/{parent}/");
        let at = line.find(&start)?;
        // `https://example.com/home/` is an address, not a folder.
        let before = line[..at].chars().next_back();
        if before.is_some_and(|c| c.is_ascii_alphanumeric()) {
            return None;
        }
        let user: String = line[at + start.len()..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c))
            .collect();
        (!user.is_empty()).then(|| format!("{start}{user}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Written in two parts, so that this file passes its own check.
    fn home(rest: &str) -> String {
        format!("see /{}{rest}", "home")
    }

    #[test]
    fn a_folder_of_a_user_is_found() {
        assert_eq!(
            machine_path(&home("/ada/flighting"), &[]),
            Some(format!("/{}/ada", "home"))
        );
    }

    #[test]
    fn the_checkout_itself_is_found() {
        assert_eq!(
            machine_path("built in /builds/it/target", &["/builds/it"]),
            Some("/builds/it".to_owned())
        );
    }

    #[test]
    fn addresses_and_patterns_pass() {
        assert_eq!(machine_path("https://example.com/home/page", &[]), None);
        assert_eq!(machine_path(&home("/*"), &[]), None);
        assert_eq!(machine_path("$HOME/.cache", &["/builds/it"]), None);
    }
}
