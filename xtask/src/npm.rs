//! Node and the npm packages of the tests.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::place::{Place, apt_install, on_path, read, write};
use crate::run::{Done, ask, failure, run, say};

/// What the packages of the tests need.
const OLDEST_NODE: u32 = 20;

/// Makes sure of node and npm, new enough.
pub fn ensure_node() -> Done {
    if on_path("node").is_none() || on_path("npm").is_none() {
        apt_install(&["nodejs", "npm"], "node with npm")?;
    }
    let said = ask(Command::new("node").arg("--version"))
        .ok_or_else(|| failure("`node --version` fails: reinstall node"))?;
    match major(&said) {
        Some(version) if version >= OLDEST_NODE => Ok(()),
        _ => Err(failure(format!(
            "node is `{said}`, the tests need {OLDEST_NODE} or newer: install it and put it first on PATH"
        ))),
    }
}

fn major(said: &str) -> Option<u32> {
    said.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs the locked packages of a folder, unless exactly these are installed.
pub fn ensure(place: &Place, folder: &str) -> Done {
    ensure_node()?;
    let folder = place.root.join(folder);
    let lock = read(&folder.join("package-lock.json"))?;
    let note = folder.join("node_modules/.installed-lock");
    if is_installed(&note, &lock) {
        return Ok(());
    }
    say(&format!(
        "installing the npm packages of {}",
        folder
            .strip_prefix(&place.root)
            .unwrap_or(&folder)
            .display()
    ));
    run(
        Command::new("npm")
            .current_dir(&folder)
            .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
            // The system's Chromium is used; Playwright's own would be another 150 MB.
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        "npm could not install the packages: check the network and npm's registry, then run this again",
    )?;
    write(&note, &lock)
}

fn is_installed(note: &Path, lock: &str) -> bool {
    fs::read_to_string(note).is_ok_and(|installed| installed == lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("20.1"), None);
    }
}
