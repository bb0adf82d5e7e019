//! The planner page in dist/, skipped while nothing it is made of has changed: compiled, made into a program for
//! each room, packed. `dev` has trunk build it in one file instead.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher as _};
use std::path::Path;
use std::process::Command;

use crate::compile::{self, Crate};
use crate::document;
use crate::fingerprint;
use crate::packing;
use crate::place::{Place, make_folder, read, remove_folder, write};
use crate::program::{self, Program};
use crate::rooms;
use crate::run::{Done, Failure, failure, say};
use crate::setup::{self, Tools};

/// Everything the page is made of.
const INPUTS: [&str; 6] = [
    "index.html",
    "Cargo.toml",
    "Cargo.lock",
    "core/Cargo.toml",
    "core/src",
    "web",
];

/// Builds the page for the server to carry (profile `web`, wasm-opt).
pub fn build(place: &Place) -> Done {
    let tools = setup::page_tools(place)?;
    let note = place.notes().join("page");
    // Two builds at once would clear each other's folders; the second then finds it fresh.
    let _alone = lock(&place.notes().join("page.lock"))?;
    // Taken before the build: what changes while it runs is built the next time.
    let now = fingerprint::of(
        &place.root,
        &INPUTS,
        &format!("a program for each room, in order, {:?}", tools.toolchain),
    )?;
    let dist = place.root.join("dist");
    let is_fresh = fs::read_to_string(&note).is_ok_and(|built| built == now)
        && dist.join("index.html").is_file();
    if is_fresh {
        say("the page is up to date");
        return Ok(());
    }
    say("building the page");
    // Asked only now: where rustup does not answer this takes a minute, and a second start is to be quick.
    let own_std = compile::has_library_source(tools.toolchain);
    let target = place.target.join("page-wasm");
    let compiled = compile::wasm(
        place,
        &tools,
        &Crate {
            package: "flighting-web",
            profile: "web",
            features: &["split"],
            flags: &[
                // As in .cargo/config.toml, which flags given here stand in for.
                "--cfg",
                "erase_components",
                // What the splitter goes by.
                "-Clink-args=--emit-relocs",
            ],
            target: &target,
            file: "flighting-web.wasm",
        },
        own_std,
    )?;
    let made = target.join("made");
    remove_folder(&made)?;
    make_folder(&made)?;
    let programs = program::of_rooms(place, &tools, &compiled, &made)?;
    lay_out(place, &programs, &dist)?;
    packing::pack(place, &dist)?;
    write(&note, &now)?;
    report_size(&dist);
    Ok(())
}

/// Puts everything into `dist`, under names with one digest of all of it.
fn lay_out(place: &Place, programs: &[Program], dist: &Path) -> Done {
    let page = read(&place.root.join("index.html"))?;
    let style = document::style(&page, |file| read(&place.root.join(file)))?;
    let mut hasher = DefaultHasher::new();
    hasher.write(style.as_bytes());
    for program in programs {
        program.hash(&mut hasher)?;
    }
    let digest = format!("{:016x}", hasher.finish());
    remove_folder(dist)?;
    make_folder(dist)?;
    for program in programs {
        program.lay_out(&digest, dist)?;
    }
    let style_file = format!("{}-{digest}.css", program::NAME);
    write(&dist.join(&style_file), &style)?;
    write(
        &dist.join("index.html"),
        &document::page(&page, &style_file, &rooms::opening(&digest))?,
    )
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
    let sizes: Vec<u64> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".wasm"))
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .collect();
    say(&format!(
        "the page's wasm is {} KiB in {} files",
        sizes.iter().sum::<u64>() / 1024,
        sizes.len()
    ));
}
