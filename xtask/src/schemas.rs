//! The official AdCP schemas that the server's tests check every request and answer against, and the official
//! test vectors. They come from the Python package `adcp`, whose wheel is a zip: only those folders are unpacked.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::place::{Place, make_folder, remove_folder};
use crate::python;
use crate::run::{Done, failure, run, say};

/// Of the package `adcp` on PyPI; the third-party seller runs on the same one.
pub const VERSION: &str = "9.2.0";
/// The schema folders unpacked, by AdCP version.
const VERSIONS: [&str; 3] = ["3.0", "3.1", "3.2"];
/// Where the wheel keeps the vectors of its newest release.
const VECTORS_IN_WHEEL: &str = "3.2.4";
/// The folder of the vectors, beside those of the schemas.
const VECTORS: &str = "test-vectors";

/// Takes the folders out of the wheel: standard library only, no package of it is imported.
const UNPACK: &str = "
import sys, zipfile, pathlib
wheel, into, vectors, wanted = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        parts = pathlib.PurePosixPath(name).parts
        schema = parts[:2] == ('adcp', '_schemas') and len(parts) > 3 and parts[2] in wanted
        vector = parts[:4] == ('adcp', '_compliance', vectors, 'test-vectors') and len(parts) > 4
        if (schema or vector) and '..' not in parts:
            file = into.joinpath(*parts[3 if vector else 2:])
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(archive.read(name))
";

/// What the tests read of the official package.
pub struct Official {
    folder: PathBuf,
}

impl Official {
    /// Tells a test's command where the schemas and the vectors are.
    pub fn tell(&self, command: &mut Command) {
        command
            .env("FLIGHTING_ADCP_SCHEMAS", &self.folder)
            .env("FLIGHTING_ADCP_VECTORS", self.folder.join(VECTORS));
    }
}

/// The folder that holds `3.0`, `3.1`, `3.2` and `test-vectors`; fetched once.
pub fn ensure(place: &Place) -> Done<Official> {
    let folder = place.tools.join(format!("adcp-schemas-{VERSION}"));
    if is_complete(&folder) {
        return Ok(Official { folder });
    }
    let python = python::with_pip()?;
    say(&format!(
        "fetching the AdCP schemas and vectors (PyPI adcp {VERSION})"
    ));
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
            .arg(VECTORS_IN_WHEEL)
            .args(VERSIONS),
        "the wheel of adcp could not be unpacked: remove the tools folder and run this again",
    )?;
    if !is_complete(&half) {
        return Err(failure(
            "the wheel of adcp holds no schemas or vectors where they are looked for: fix the version in xtask/src/schemas.rs",
        ));
    }
    remove_folder(&folder)?;
    std::fs::rename(&half, &folder)
        .map_err(|error| failure(format!("`{}` cannot be moved: {error}", half.display())))?;
    remove_folder(&download)?;
    Ok(Official { folder })
}

fn is_complete(folder: &Path) -> bool {
    VERSIONS
        .iter()
        .chain([&VECTORS])
        .all(|part| folder.join(part).is_dir())
}
