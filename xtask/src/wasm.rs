//! The compiler for the browser: the ordinary toolchain where rustup can add the target, else Debian's
//! compiler with a standard library built once from its own source.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::place::{Place, apt_install, make_folder, on_path, remove_folder, write};
use crate::run::{Done, ask, failure, output, run, say, succeeds_within};

pub const TARGET: &str = "wasm32-unknown-unknown";

/// The name under which rustup knows Debian's compiler.
const LINKED: &str = "debian-web";
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy"];
/// How long rustup may take: enough for its 20 MB, little enough where its servers cannot be reached.
const RUSTUP_WITHIN: Duration = Duration::from_secs(90);

/// Which compiler builds for the browser. Native code always stays with the ordinary one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    Ordinary,
    Debian,
}

impl Toolchain {
    /// Makes a command that builds for wasm use this compiler. Debian's gets a target folder of its own:
    /// two compilers in one folder would rebuild each other's build scripts.
    pub fn apply(self, place: &Place, command: &mut Command) {
        if self == Self::Debian {
            command
                .env("RUSTUP_TOOLCHAIN", LINKED)
                .env("CARGO_TARGET_DIR", place.target.join(LINKED));
        }
    }

    pub fn cargo(self, place: &Place) -> Command {
        let mut command = place.cargo();
        self.apply(place, &mut command);
        command
    }

    pub fn rustc(self, place: &Place) -> Command {
        let mut command = place.command("rustc");
        self.apply(place, &mut command);
        command
    }

    /// Where the source of this compiler's standard library is, if it is there.
    pub fn library_source(self) -> Option<PathBuf> {
        let compiler = match self {
            Self::Ordinary => None,
            Self::Debian => Some("/usr/bin/rustc"),
        };
        source_below(&sysroot(compiler)?)
    }
}

/// Returns a compiler that has the wasm target, after installing one where there is none.
/// `FLIGHTING_WASM_TOOLCHAIN=debian` goes straight to Debian's.
pub fn ensure(place: &Place) -> Done<Toolchain> {
    let debian_wanted = env::var("FLIGHTING_WASM_TOOLCHAIN").is_ok_and(|wanted| wanted == "debian");
    if !debian_wanted && sysroot(None).is_some_and(|sysroot| has_target(&sysroot)) {
        return Ok(Toolchain::Ordinary);
    }
    if debian_is_ready(place) {
        return Ok(Toolchain::Debian);
    }
    if !debian_wanted && on_path("rustup").is_some() {
        say(&format!("rustup target add {TARGET}"));
        if succeeds_within(
            Command::new("rustup").args(["target", "add", TARGET]),
            RUSTUP_WITHIN,
        ) && sysroot(None).is_some_and(|sysroot| has_target(&sysroot))
        {
            return Ok(Toolchain::Ordinary);
        }
        say("rustup could not add the wasm target, so Debian's compiler is tried");
    }
    install_debian(place)?;
    Ok(Toolchain::Debian)
}

/// The folder of a compiler: of the one given, else of the ordinary toolchain.
fn sysroot(rustc: Option<&str>) -> Option<PathBuf> {
    ask(Command::new(rustc.unwrap_or("rustc")).args(["--print", "sysroot"])).map(PathBuf::from)
}

fn target_library(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

fn has_target(sysroot: &Path) -> bool {
    let Ok(entries) = fs::read_dir(target_library(sysroot)) else {
        return false;
    };
    entries
        .flatten()
        .any(|entry| is_standard_library(&entry.file_name().to_string_lossy()))
}

fn is_standard_library(file_name: &str) -> bool {
    file_name.starts_with("libstd-") && file_name.ends_with(".rlib")
}

/// The compiler version that the standard library under /usr was built with is remembered, because a
/// library of another version is refused by the compiler with words nobody understands.
fn debian_note(place: &Place) -> PathBuf {
    place.tools.join("debian-web/rustc-version")
}

fn debian_version() -> Option<String> {
    ask(Command::new("/usr/bin/rustc").arg("-vV"))
}

fn debian_is_ready(place: &Place) -> bool {
    let built_with = fs::read_to_string(debian_note(place)).ok();
    built_with.is_some()
        && built_with == debian_version()
        && sysroot(Some("/usr/bin/rustc")).is_some_and(|sysroot| has_target(&sysroot))
        && ask(Command::new("rustup").args(["run", LINKED, "rustc", "--version"])).is_some()
}

fn install_debian(place: &Place) -> Done {
    if on_path("rustup").is_none() {
        return Err(failure(format!(
            "the compiler has no {TARGET}: install rustup and run `rustup target add {TARGET}`"
        )));
    }
    let tools = ["rustc", "cargo", "clippy-driver"];
    if tools
        .iter()
        .any(|tool| !Path::new("/usr/bin").join(tool).is_file())
        || !Path::new("/usr/src").is_dir()
        || Toolchain::Debian.library_source().is_none()
    {
        apt_install(
            &DEBIAN_PACKAGES,
            &format!("a compiler for {TARGET} (rustup could not add it)"),
        )?;
    }
    let version = debian_version().ok_or_else(|| {
        failure("/usr/bin/rustc does not run: install Debian's package rustc-web")
    })?;
    let sysroot = sysroot(Some("/usr/bin/rustc"))
        .ok_or_else(|| failure("/usr/bin/rustc has no sysroot: reinstall Debian's rustc-web"))?;
    link_linker(&sysroot, &version)?;
    build_standard_library(place, &sysroot)?;
    run(
        Command::new("rustup").args(["toolchain", "link", LINKED, "/usr"]),
        "rustup could not link Debian's compiler: see what it printed",
    )?;
    // Objects of another standard library cannot be used any more.
    remove_folder(&place.target.join(LINKED))?;
    write(&debian_note(place), &version)
}

fn source_below(sysroot: &Path) -> Option<PathBuf> {
    let library = sysroot.join("lib/rustlib/src/rust/library");
    library.join("std").is_dir().then_some(library)
}

/// Debian's compiler looks for `rust-lld` at its own place; the ordinary toolchain ships one.
fn link_linker(debian: &Path, version: &str) -> Done {
    let host = host_of(version)
        .ok_or_else(|| failure("`/usr/bin/rustc -vV` names no host: reinstall rustc-web"))?;
    let wanted = debian.join("lib/rustlib").join(host).join("bin/rust-lld");
    if wanted.exists() {
        return Ok(());
    }
    let shipped =
        sysroot(None).map(|ours| ours.join("lib/rustlib").join(host).join("bin/rust-lld"));
    let linker = match shipped.filter(|file| file.is_file()) {
        Some(file) => file,
        None => {
            if on_path("lld").is_none() {
                apt_install(&["lld"], "a linker for wasm")?;
            }
            on_path("lld").ok_or_else(|| failure("no linker for wasm: install Debian's lld"))?
        }
    };
    if let Some(folder) = wanted.parent() {
        make_folder(folder)?;
    }
    run(
        Command::new("ln").arg("-sfn").arg(&linker).arg(&wanted),
        "the linker could not be put beside Debian's compiler: run this as root",
    )
}

fn host_of(version: &str) -> Option<&str> {
    version.lines().find_map(|line| line.strip_prefix("host: "))
}

/// Builds std for wasm with exactly the compiler that will use it and copies it to where that looks.
fn build_standard_library(place: &Place, debian: &Path) -> Done {
    say("building the standard library for wasm once (under a minute on two cores)");
    let folder = place.tools.join("debian-web/std");
    remove_folder(&folder)?;
    write(
        &folder.join("Cargo.toml"),
        "[package]\nname = \"std-for-wasm\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
    )?;
    write(&folder.join("src/lib.rs"), "#![no_std]\n")?;
    let mut build = Command::new("/usr/bin/cargo");
    build
        .current_dir(&folder)
        .args(["build", "--release", "--target", TARGET])
        .args(["-Z", "build-std=std,panic_abort,panic_unwind"])
        .arg("--target-dir")
        .arg(folder.join("target"))
        // Build-std is for nightly compilers; this flag lets the matching source be built with a stable one.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", "/usr/bin/rustc")
        // Without bitcode in it, a page with `lto = true` cannot be linked.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .env_remove("RUSTUP_TOOLCHAIN")
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTC_WRAPPER")
        .stdin(Stdio::null());
    run(
        &mut build,
        "the standard library for wasm could not be built: check the network and the version of rust-web-src, then run this again",
    )?;
    let built = folder.join("target").join(TARGET).join("release/deps");
    let library = target_library(debian);
    make_folder(&library)?;
    let advice =
        "the standard library for wasm could not be put beside Debian's compiler: run this as root";
    let old = output(
        Command::new("find")
            .arg(&library)
            .args(["-name", "*.rlib", "-delete"]),
        advice,
    )?;
    debug_assert!(old.is_empty());
    for entry in fs::read_dir(&built)
        .map_err(|error| failure(format!("`{}` cannot be read: {error}", built.display())))?
        .flatten()
    {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libstd_for_wasm") {
            fs::copy(entry.path(), library.join(&name))
                .map_err(|error| failure(format!("{advice} ({error})")))?;
        }
    }
    if !has_target(debian) {
        return Err(failure(
            "the build gave no standard library for wasm: run `rustup target add wasm32-unknown-unknown` where the network allows it",
        ));
    }
    remove_folder(&folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_read_from_the_verbose_version() {
        let text =
            "rustc 1.96.0\nbinary: rustc\nhost: aarch64-unknown-linux-gnu\nrelease: 1.96.0\n";
        assert_eq!(host_of(text), Some("aarch64-unknown-linux-gnu"));
        assert_eq!(host_of("rustc 1.96.0"), None);
    }

    #[test]
    fn only_the_standard_librarys_archive_counts_as_the_target() {
        assert!(is_standard_library("libstd-0123456789abcdef.rlib"));
        assert!(!is_standard_library("libstd_detect-0123.rlib"));
        assert!(!is_standard_library("libstd-0123.rmeta"));
    }
}
