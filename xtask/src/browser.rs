//! The Chromium that the page's tests drive.

use std::env;
use std::path::PathBuf;

use crate::place::{apt_install, on_path};
use crate::run::{Done, failure};

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Finds the browser (`FLIGHTING_CHROMIUM` first) or installs Debian's.
pub fn ensure() -> Done<PathBuf> {
    if let Some(named) = env::var_os("FLIGHTING_CHROMIUM") {
        let named = PathBuf::from(named);
        if named.is_file() {
            return Ok(named);
        }
        return Err(failure(format!(
            "FLIGHTING_CHROMIUM is `{}`, which is no file: set it to a Chromium or unset it",
            named.display()
        )));
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    apt_install(&["chromium"], "Chromium, for the page's tests,")?;
    find().ok_or_else(|| failure("Chromium is still not on PATH: set FLIGHTING_CHROMIUM to it"))
}

fn find() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| on_path(name))
}
