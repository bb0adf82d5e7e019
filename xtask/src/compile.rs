//! Crates compiled for browsers, with a standard library of their own where its source is at hand.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::place::{Place, on_path};
use crate::run::{Done, run, say, succeeds_within};
use crate::setup::Tools;
use crate::wasm::{TARGET, Toolchain};

/// What the compiler may write into the WebAssembly; all of it runs in Node 20 and in every browser of 2023.
pub const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// What is compiled, and how.
#[derive(Debug, Clone, Copy)]
pub struct Crate<'a> {
    pub package: &'a str,
    pub profile: &'a str,
    pub features: &'a [&'a str],
    /// The compiler's flags beside those that every crate gets.
    pub flags: &'a [&'a str],
    /// Cargo's target folder. One of its own: other flags would have everything built anew each time.
    pub target: &'a Path,
    /// The name of the file that comes of it.
    pub file: &'a str,
}

/// The compiled file. With `own_std` the standard library is compiled along, for size and so that a
/// panic is one instruction instead of a sentence nobody reads.
pub fn wasm(place: &Place, tools: &Tools, what: &Crate<'_>, own_std: bool) -> Done<PathBuf> {
    let mut cargo = tools.toolchain.cargo(place);
    cargo
        .args(["build", "--package", what.package, "--locked"])
        .args(["--target", TARGET, "--profile", what.profile])
        .arg("--target-dir")
        .arg(what.target);
    if !what.features.is_empty() {
        cargo.args(["--features", &what.features.join(",")]);
    }
    // No path of this machine in the file: the same sources give the same bytes elsewhere.
    let mut flags = vec![format!("--remap-path-prefix={}=.", place.root.display())];
    if let Some(home) = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))
    {
        flags.push(format!("--remap-path-prefix={}=cargo", home.display()));
    }
    if let Some(source) = tools.toolchain.library_source() {
        flags.push(format!("--remap-path-prefix={}=library", source.display()));
    }
    flags.extend(what.flags.iter().map(|flag| (*flag).to_owned()));
    if own_std {
        cargo
            .args(["-Z", "build-std=std,panic_abort"])
            .args(["-Z", "build-std-features=optimize_for_size"])
            // Build-std is for nightly compilers; this lets the matching source be built with a stable one.
            .env("RUSTC_BOOTSTRAP", "1");
        flags.push("-Zunstable-options".to_owned());
        flags.push("-Cpanic=immediate-abort".to_owned());
    } else {
        say(&format!(
            "the standard library's source is not here, so `{}` is larger than it could be: `rustup component add rust-src`",
            what.package
        ));
    }
    run(
        cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")),
        &format!(
            "`{}` could not be compiled for browsers: fix what the compiler says above",
            what.package
        ),
    )?;
    Ok(what.target.join(TARGET).join(what.profile).join(what.file))
}

/// Whether the source of the standard library is there, after asking rustup for it.
pub fn has_library_source(toolchain: Toolchain) -> bool {
    let there = || toolchain.library_source().is_some();
    if there() {
        return true;
    }
    if matches!(toolchain, Toolchain::Ordinary) && on_path("rustup").is_some() {
        say("rustup component add rust-src");
        let _asked = succeeds_within(
            Command::new("rustup").args(["component", "add", "rust-src"]),
            Duration::from_secs(60),
        );
    }
    there()
}
