//! The planner page: built by trunk into dist/, skipped while nothing it is made of has changed.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use crate::fingerprint;
use crate::packing;
use crate::place::{Place, write};
use crate::run::{Done, Failure, failure, run, say};
use crate::setup::{self, Tools};

/// Everything the page is made of.
const INPUTS: [&str; 7] = [
    "index.html",
    "Trunk.toml",
    "Cargo.toml",
    "Cargo.lock",
    "core/Cargo.toml",
    "core/src",
    "web",
];

/// Builds the page for the server to carry (profile `web`, wasm-opt).
pub fn build(place: &Place) -> Done {
    let tools = setup::setup(place)?;
    let note = place.notes().join("page");
    // Two builds at once would clear each other's staging folder; the second then finds it fresh.
    let _alone = lock(&place.notes().join("page.lock"))?;
    // Taken before the build: what changes while it runs is built the next time.
    let now = fingerprint::of(
        &place.root,
        &INPUTS,
        &format!("packed, {:?}", tools.toolchain),
    )?;
    let is_fresh = fs::read_to_string(&note).is_ok_and(|built| built == now)
        && place.root.join("dist/index.html").is_file();
    if is_fresh {
        say("the page is up to date");
        return Ok(());
    }
    say("building the page");
    run(
        trunk(place, &tools)?.args(["build", "--release"]),
        "the page could not be built: fix what the compiler says above",
    )?;
    let dist = place.root.join("dist");
    packing::pack(place, &dist)?;
    write(&note, &now)?;
    report_size(&dist);
    Ok(())
}

/// Trunk with its tools, never downloading.
pub fn trunk(place: &Place, tools: &Tools) -> Done<Command> {
    let mut trunk = place.command("trunk");
    tools.apply(place, &mut trunk)?;
    trunk
        .env("TRUNK_BUILD_OFFLINE", "true")
        // Trunk reads this variable as a switch and refuses the usual value 1.
        .env_remove("NO_COLOR")
        // Its errors are chains of sentences; a backtrace below hides them.
        .env("RUST_BACKTRACE", "0");
    Ok(trunk)
}

/// Waits for the lock on a file; it is given back when the answer is dropped.
fn lock(file: &Path) -> Done<File> {
    write(file, "")?;
    let lock = File::open(file).map_err(|error| unlockable(file, &error))?;
    if lock.try_lock().is_err() {
        say("waiting for another build of the page");
        lock.lock().map_err(|error| unlockable(file, &error))?;
    }
    Ok(lock)
}

fn unlockable(file: &Path, error: &std::io::Error) -> Failure {
    failure(format!("`{}` cannot be locked: {error}", file.display()))
}

fn report_size(dist: &Path) {
    let Ok(entries) = fs::read_dir(dist) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let (true, Ok(about)) = (name.ends_with(".wasm"), entry.metadata()) {
            say(&format!("the page's wasm is {} KiB", about.len() / 1024));
        }
    }
}
