//! Where things are: the checkout, what is built, and the tools kept per user.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::run::{Done, failure};

/// The folders every command works with.
#[derive(Debug, Clone)]
pub struct Place {
    /// The folder of the workspace manifest.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
    /// Tools that `setup` installed, one folder per name and version: `$FLIGHTING_TOOLS`, else
    /// `flighting` in the user's cache folder. Versions side by side, so that branches do not fight.
    pub tools: PathBuf,
}

impl Place {
    pub fn find() -> Done<Self> {
        let here = env::current_dir()
            .map_err(|error| failure(format!("the current folder cannot be read: {error}")))?;
        let root = here
            .ancestors()
            .find(|folder| folder.join("xtask/Cargo.toml").is_file())
            .ok_or_else(|| failure("this is not inside the checkout: change to its folder"))?
            .to_path_buf();
        let target = root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
        let tools = tools_folder(
            env::var_os("FLIGHTING_TOOLS").map(PathBuf::from),
            env::var_os("XDG_CACHE_HOME").map(PathBuf::from),
            env::var_os("HOME").map(PathBuf::from),
        )
        .ok_or_else(|| {
            failure("no folder for the tools is known: set FLIGHTING_TOOLS to one you can write")
        })?;
        Ok(Self {
            root,
            target,
            tools,
        })
    }

    /// A command that runs in the root of the checkout.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        // `cargo run` tells this process about its package. Passed on, that would look like a change to
        // build scripts that watch these variables, and each change between cargo and xtask would build
        // half of the server anew.
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(is_about_this_package) {
                command.env_remove(name);
            }
        }
        command
    }

    /// Cargo of the ordinary toolchain, in the root.
    pub fn cargo(&self) -> Command {
        self.command("cargo")
    }

    /// Where xtask keeps what it remembers between runs.
    pub fn notes(&self) -> PathBuf {
        self.target.join("xtask")
    }
}

/// Whether cargo sets this variable for the package it runs; settings such as CARGO_TARGET_DIR are not.
fn is_about_this_package(variable: &str) -> bool {
    let beginnings = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_"];
    beginnings.iter().any(|begin| variable.starts_with(begin))
}

fn tools_folder(
    named: Option<PathBuf>,
    cache: Option<PathBuf>,
    home: Option<PathBuf>,
) -> Option<PathBuf> {
    named
        .or_else(|| cache.map(|cache| cache.join("flighting")))
        .or_else(|| home.map(|home| home.join(".cache/flighting")))
        .filter(|folder| folder.is_absolute())
}

/// Finds a program on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Whether this process may install packages of the system.
pub fn is_root() -> bool {
    crate::run::ask(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

pub fn read(file: &Path) -> Done<String> {
    fs::read_to_string(file)
        .map_err(|error| failure(format!("`{}` cannot be read: {error}", file.display())))
}

pub fn write(file: &Path, inside: impl AsRef<[u8]>) -> Done {
    if let Some(folder) = file.parent() {
        make_folder(folder)?;
    }
    fs::write(file, inside)
        .map_err(|error| failure(format!("`{}` cannot be written: {error}", file.display())))
}

pub fn make_folder(folder: &Path) -> Done {
    fs::create_dir_all(folder)
        .map_err(|error| failure(format!("`{}` cannot be made: {error}", folder.display())))
}

/// Removes a folder and what is in it; one that is not there is fine.
pub fn remove_folder(folder: &Path) -> Done {
    match fs::remove_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failure(format!(
            "`{}` cannot be removed: {error}",
            folder.display()
        ))),
    }
}

/// Installs Debian packages as root; otherwise fails with the command to run.
pub fn apt_install(packages: &[&str], what_for: &str) -> Done {
    let list = packages.join(" ");
    if on_path("apt-get").is_none() {
        return Err(failure(format!(
            "{what_for} is missing: install it with your system's package manager (Debian: {list})"
        )));
    }
    if !is_root() {
        return Err(failure(format!(
            "{what_for} is missing: run `sudo apt-get install --no-install-recommends {list}`, then this again"
        )));
    }
    crate::run::say(&format!("installing {list} for {what_for}"));
    let advice =
        format!("`apt-get install {list}` failed: see what it printed, then run this again");
    // A list of packages that is months old names files that are gone.
    crate::run::run(
        Command::new("apt-get").args(["-qq", "update"]),
        "`apt-get update` failed: check the network and the package sources, then run this again",
    )?;
    crate::run::run(
        Command::new("apt-get")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"),
        &advice,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Option<PathBuf> {
        Some(PathBuf::from(text))
    }

    #[test]
    fn the_named_tools_folder_wins_then_the_cache_then_home() {
        assert_eq!(tools_folder(path("/t"), path("/c"), path("/h")), path("/t"));
        assert_eq!(
            tools_folder(None, path("/c"), path("/h")),
            path("/c/flighting")
        );
        assert_eq!(
            tools_folder(None, None, path("/h")),
            path("/h/.cache/flighting")
        );
    }

    #[test]
    fn what_cargo_says_of_this_package_is_not_passed_on_and_settings_are() {
        assert!(is_about_this_package("CARGO_MANIFEST_DIR"));
        assert!(is_about_this_package("CARGO_PKG_VERSION_MAJOR"));
        assert!(!is_about_this_package("CARGO_TARGET_DIR"));
        assert!(!is_about_this_package("CARGO_HOME"));
    }

    #[test]
    fn a_relative_tools_folder_is_none_since_steps_run_in_several_folders() {
        assert_eq!(tools_folder(path("tools"), None, None), None);
        assert_eq!(tools_folder(None, None, None), None);
    }
}
