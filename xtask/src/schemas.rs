//! The official AdCP schemas that the server's tests check every request and answer against. They come from
//! the Python package `adcp`, whose wheel is a zip: only its schema folders are unpacked.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::{Place, apt_install, make_folder, on_path, remove_folder};
use crate::run::{Done, ask, failure, run, say};

const VERSION: &str = "9.2.0";
/// The folders unpacked, by AdCP version.
const VERSIONS: [&str; 3] = ["3.0", "3.1", "3.2"];

/// Takes the schema folders out of the wheel: standard library only, no package of it is imported.
const UNPACK: &str = "
import sys, zipfile, pathlib
wheel, into, wanted = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        parts = pathlib.PurePosixPath(name).parts
        if parts[:2] == ('adcp', '_schemas') and len(parts) > 3 and parts[2] in wanted and '..' not in parts:
            file = into.joinpath(*parts[2:])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.read(name))
";

/// The folder that holds `3.0`, `3.1` and `3.2`; fetched once.
pub fn ensure(place: &Place) -> Done<PathBuf> {
    let folder = place.tools.join(format!("adcp-schemas-{VERSION}"));
    if is_complete(&folder) {
        return Ok(folder);
    }
    let python = python()?;
    say(&format!("fetching the AdCP schemas (PyPI adcp {VERSION})"));
    let download = place.tools.join("adcp-download");
    remove_folder(&download)?;
    make_folder(&download)?;
    run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--only-binary",
                ":all:",
            ])
            .args(["--disable-pip-version-check", "--dest"])
            .arg(&download)
            .arg(format!("adcp=={VERSION}")),
        "pip could not fetch the package adcp: check the network and pip's index, then run this again",
    )?;
    // Unpacked beside and moved when whole: a run that is cut off must not leave half of it.
    let half = place.tools.join("adcp-schemas-unpacking");
    remove_folder(&half)?;
    make_folder(&half)?;
    run(
        Command::new(&python)
            .args(["-c", UNPACK])
            .arg(download.join(format!("adcp-{VERSION}-py3-none-any.whl")))
            .arg(&half)
            .args(VERSIONS),
        "the wheel of adcp could not be unpacked: remove the tools folder and run this again",
    )?;
    if !is_complete(&half) {
        return Err(failure(
            "the wheel of adcp holds no schemas where they are looked for: fix the version in xtask/src/schemas.rs",
        ));
    }
    remove_folder(&folder)?;
    std::fs::rename(&half, &folder)
        .map_err(|error| failure(format!("`{}` cannot be moved: {error}", half.display())))?;
    remove_folder(&download)?;
    Ok(folder)
}

fn is_complete(folder: &Path) -> bool {
    VERSIONS.iter().all(|version| folder.join(version).is_dir())
}

/// A Python with pip.
fn python() -> Done<PathBuf> {
    let found = |name: &str| {
        on_path(name)
            .filter(|file| ask(Command::new(file).args(["-m", "pip", "--version"])).is_some())
    };
    if let Some(python) = found("python3") {
        return Ok(python);
    }
    apt_install(&["python3", "python3-pip"], "python3 with pip")?;
    found("python3").ok_or_else(|| failure("`python3 -m pip` does not work: install pip"))
}
