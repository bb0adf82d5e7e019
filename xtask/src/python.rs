//! Python for the tests: pip to fetch the official package, and a virtual environment for the seller that runs on
//! the official framework. Both are kept in the tools folder; the system's Python is left as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::{Place, apt_install, on_path, read, remove_folder, write};
use crate::run::{Done, ask, failure, run, say};

/// A virtual environment: its folder among the tools, the file its packages are pinned in, and what it is for.
pub struct Environment {
    folder: &'static str,
    requirements: &'static str,
    holds: &'static str,
}

/// The seller on the official framework.
const SELLER: Environment = Environment {
    folder: "pypi-seller",
    requirements: "e2e/sellers/requirements.txt",
    holds: "the Python packages of the third-party seller (about 440 MB)",
};

/// Schemathesis, which tries the API by its document.
pub const SCHEMATHESIS: Environment = Environment {
    folder: "schemathesis",
    requirements: "e2e/schemathesis/requirements.txt",
    holds: "schemathesis",
};

/// A Python with pip.
pub fn with_pip() -> Done<PathBuf> {
    with(
        &["-m", "pip", "--version"],
        &["python3", "python3-pip"],
        "pip",
    )
}

/// A Python for which a small program ends well; installed as root where it is missing.
fn with(program: &[&str], packages: &[&str], what: &str) -> Done<PathBuf> {
    let found =
        || on_path("python3").filter(|file| ask(Command::new(file).args(program)).is_some());
    if let Some(python) = found() {
        return Ok(python);
    }
    apt_install(packages, &format!("python3 with {what}"))?;
    found().ok_or_else(|| {
        failure(format!(
            "`python3 {}` does not work: install {what} for Python",
            program.join(" ")
        ))
    })
}

/// The Python of the virtual environment that has the seller's packages; made once.
pub fn ensure_seller(place: &Place) -> Done<PathBuf> {
    ensure(place, &SELLER)
}

/// The Python of a virtual environment with its packages; made once.
pub fn ensure(place: &Place, environment: &Environment) -> Done<PathBuf> {
    let requirements = place.root.join(environment.requirements);
    let wanted = read(&requirements)?;
    let folder = place.tools.join(environment.folder);
    let note = folder.join("installed-requirements.txt");
    let python = folder.join("bin/python");
    if is_installed(&note, &wanted) && python.is_file() {
        return Ok(python);
    }
    let system = with(
        &["-c", "import ensurepip, venv"],
        &["python3", "python3-venv"],
        "venv",
    )?;
    say(&format!("installing {}", environment.holds));
    // An environment cannot be moved, so that a half made one is told by its missing note.
    remove_folder(&folder)?;
    run(
        Command::new(system).args(["-m", "venv"]).arg(&folder),
        "python3 could not make a virtual environment: see what it says above",
    )?;
    run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--requirement"])
            .arg(requirements),
        "pip could not install the packages: check the network and pip's index, then run this again",
    )?;
    write(&note, &wanted)?;
    Ok(python)
}

fn is_installed(note: &Path, wanted: &str) -> bool {
    fs::read_to_string(note).is_ok_and(|installed| installed == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seller_runs_on_the_version_whose_schemas_the_tests_read() {
        let pinned = fs::read_to_string(format!("../{}", SELLER.requirements)).unwrap();
        let expected = format!("adcp=={}", crate::schemas::VERSION);
        assert!(
            pinned.lines().any(|line| line == expected),
            "`{expected}` is not in {}",
            SELLER.requirements
        );
    }
}
