//! The tools that build the page: the wasm compiler, wasm-bindgen, wasm-opt, the splitter; trunk for `dev`. What fits on PATH is
//! used; the rest is installed once per version into the tools folder.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::npm;
use crate::place::{Place, make_folder, on_path, read, remove_folder, write};
use crate::run::{Done, ask, failure, run, say};
use crate::wasm::{self, Toolchain};

/// The trunk that fits the pinned compiler: later ones want a newer rustc.
const TRUNK: &str = "0.21.14";
/// The splitter that fits the `wasm_split_helpers` of the page.
const SPLITTER: &str = "0.2.4";
/// The npm package that carries wasm-opt and wasm-merge.
const BINARYEN: &str = "132.0.0";
/// Older ones do not know the instructions that the compiler writes by now.
const OLDEST_WASM_OPT: u32 = 117;

/// The tools, found or installed.
#[derive(Debug, Clone)]
pub struct Tools {
    pub toolchain: Toolchain,
    folders: Vec<PathBuf>,
}

impl Tools {
    /// Puts the tools in front of PATH for a command and gives it the wasm compiler.
    pub fn apply(&self, place: &Place, command: &mut Command) -> Done {
        command.env("PATH", self.path()?);
        self.toolchain.apply(place, command);
        Ok(())
    }

    fn path(&self) -> Done<OsString> {
        let old = env::var_os("PATH").unwrap_or_default();
        env::join_paths(self.folders.iter().cloned().chain(env::split_paths(&old)))
            .map_err(|error| failure(format!("PATH cannot hold the tools folder: {error}")))
    }
}

/// Makes sure of what builds the page; quick when it is there.
pub fn page_tools(place: &Place) -> Done<Tools> {
    let mut tools = binding_tools(place)?;
    tools.folders.extend(splitter(place)?);
    Ok(tools)
}

/// Makes sure of what `dev` builds the page with.
pub fn dev_tools(place: &Place) -> Done<Tools> {
    let mut tools = binding_tools(place)?;
    tools.folders.extend(trunk(place)?);
    Ok(tools)
}

/// Makes sure of what builds the npm package.
pub fn binding_tools(place: &Place) -> Done<Tools> {
    let toolchain = wasm::ensure(place)?;
    let mut folders = Vec::new();
    folders.extend(wasm_bindgen(place)?);
    folders.extend(wasm_opt(place)?);
    Ok(Tools { toolchain, folders })
}

fn trunk(place: &Place) -> Done<Option<PathBuf>> {
    if version_on_path("trunk").as_deref() == Some(TRUNK) {
        return Ok(None);
    }
    let tool = FromSource {
        package: "trunk",
        version: TRUNK,
        binary: "trunk",
        // No TLS and no look for updates: both are only for what trunk would download.
        options: &["--no-default-features"],
        opt_level: 0,
    };
    tool.ensure(place).map(Some)
}

fn splitter(place: &Place) -> Done<Option<PathBuf>> {
    let tool = FromSource {
        package: "wasm_split_cli_support",
        version: SPLITTER,
        binary: "wasm-split-cli",
        options: &["--features", "build-binary"],
        opt_level: 1,
    };
    tool.ensure(place).map(Some)
}

fn wasm_bindgen(place: &Place) -> Done<Option<PathBuf>> {
    let lock = read(&place.root.join("Cargo.lock"))?;
    let version = locked_version(&lock, "wasm-bindgen").ok_or_else(|| {
        failure("Cargo.lock names no wasm-bindgen: run `cargo metadata` to write it anew")
    })?;
    if version_on_path("wasm-bindgen").as_deref() == Some(version) {
        return Ok(None);
    }
    let tool = FromSource {
        package: "wasm-bindgen-cli",
        version,
        binary: "wasm-bindgen",
        options: &["--bin", "wasm-bindgen"],
        // It goes through the whole page at every save in `dev`, unlike trunk.
        opt_level: 1,
    };
    tool.ensure(place).map(Some)
}

fn wasm_opt(place: &Place) -> Done<Option<PathBuf>> {
    // Both come together; one alone on PATH is somebody's own.
    let there = ask(Command::new("wasm-opt").arg("--version"))
        .as_deref()
        .and_then(wasm_opt_version)
        .filter(|_| on_path("wasm-merge").is_some());
    if there.is_some_and(|version| version >= OLDEST_WASM_OPT) {
        return Ok(None);
    }
    let folder = place.tools.join(format!("binaryen-{BINARYEN}"));
    let programs = folder.join("node_modules/.bin");
    if !programs.join("wasm-opt").exists() {
        npm::ensure_node()?;
        say(&format!("installing wasm-opt (npm binaryen {BINARYEN})"));
        make_folder(&folder)?;
        write(&folder.join("package.json"), "{ \"private\": true }\n")?;
        run(
            Command::new("npm")
                .current_dir(&folder)
                .args([
                    "install",
                    "--no-save",
                    "--no-audit",
                    "--no-fund",
                    "--loglevel=error",
                ])
                .arg(format!("binaryen@{BINARYEN}")),
            "npm could not install binaryen: check the network and npm's registry, then run this again",
        )?;
    }
    Ok(Some(programs))
}

fn version_on_path(program: &str) -> Option<String> {
    on_path(program)?;
    let said = ask(Command::new(program).arg("--version"))?;
    said.split_whitespace().nth(1).map(str::to_owned)
}

fn wasm_opt_version(said: &str) -> Option<u32> {
    said.strip_prefix("wasm-opt version ")?
        .split(|c: char| !c.is_ascii_digit())
        .next()?
        .parse()
        .ok()
}

/// The version of a package in the text of a lock file.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == name)?;
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

/// A program from crates.io. It is built for a quick build first: it runs for a second a time.
#[derive(Debug)]
struct FromSource<'a> {
    package: &'a str,
    version: &'a str,
    binary: &'a str,
    options: &'a [&'a str],
    opt_level: u8,
}

impl FromSource<'_> {
    /// The folder of its binary, which is built where it is not there yet.
    fn ensure(&self, place: &Place) -> Done<PathBuf> {
        let (package, version) = (self.package, self.version);
        let home = place.tools.join(format!("{package}-{version}"));
        let programs = home.join("bin");
        if programs.join(self.binary).is_file() {
            return Ok(programs);
        }
        make_folder(&place.tools)?;
        say(&format!(
            "installing {package} {version} (some minutes, once)"
        ));
        // The versions that its authors tested first; where one of them is not to be had, the newest that fit.
        if self.install(place, &home, true).is_err() {
            say(&format!(
                "{package}: its own lock file did not work, so the newest fitting versions are taken"
            ));
            self.install(place, &home, false)?;
        }
        remove_folder(&place.tools.join("build"))?;
        Ok(programs)
    }

    fn install(&self, place: &Place, home: &Path, locked: bool) -> Done {
        let (package, version) = (self.package, self.version);
        let mut install = Command::new("cargo");
        install
            // Outside the checkout: its settings are not meant for other people's programs.
            .current_dir(&place.tools)
            .args(["install", package, "--version", version])
            .args(["--quiet", "--force"])
            .args(self.options)
            .arg("--root")
            .arg(home)
            .arg("--target-dir")
            .arg(place.tools.join("build"));
        for setting in [
            format!("opt-level={}", self.opt_level),
            "codegen-units=256".to_owned(),
            "lto=false".to_owned(),
            "debug=false".to_owned(),
            "strip=true".to_owned(),
        ] {
            install.args(["--config", &format!("profile.release.{setting}")]);
        }
        if locked {
            install.arg("--locked");
        }
        run(
            install
                .env_remove("RUSTFLAGS")
                .env_remove("CARGO_TARGET_DIR"),
            &format!(
                "{package} {version} could not be built: read the compiler's words above, check the network, then run `cargo xtask setup`"
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasm_opts_version_is_its_number() {
        assert_eq!(
            wasm_opt_version("wasm-opt version 132 (version_132)"),
            Some(132)
        );
        assert_eq!(wasm_opt_version("wasm-opt version 108"), Some(108));
        assert_eq!(wasm_opt_version("something else"), None);
    }

    #[test]
    fn the_locked_version_is_that_of_the_whole_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }

    #[test]
    fn the_tools_come_before_what_is_on_path() {
        let tools = Tools {
            toolchain: Toolchain::Ordinary,
            folders: vec![PathBuf::from("/tools/bin")],
        };
        let path = tools.path().unwrap();
        assert_eq!(
            env::split_paths(&path).next(),
            Some(PathBuf::from("/tools/bin"))
        );
    }
}
