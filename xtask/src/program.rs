//! The planner's program, made once for each room: in one file all that the room opens with, and the rest in parts
//! that follow (docs/decisions/0025).

use std::collections::BTreeMap;
use std::fs;
use std::hash::Hasher;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;

use crate::compile::FEATURES;
use crate::order;
use crate::parts::{self, Bundle, Loader};
use crate::place::{Place, make_folder, read, write};
use crate::rooms::{ROOMS, Room};
use crate::run::{Done, failure, run};
use crate::setup::Tools;
use crate::shared::{self, PIECES_IMPORT};
use crate::whole;

/// The name of the program's files.
pub const NAME: &str = "planner";

/// As many are made at once: the tools use a core and a bit.
const AT_ONCE: usize = 2;

/// The program of a room.
#[derive(Debug)]
pub struct Program {
    room: &'static Room,
    /// Where its files are, under their own names: `planner.js`, `planner_bg.wasm` and the bundles.
    made: PathBuf,
    loader: Loader,
    bundles: Vec<Bundle>,
}

/// The programs of all rooms, in their order, each in a folder of its own in `made`.
pub fn of_rooms(place: &Place, tools: &Tools, compiled: &Path, made: &Path) -> Done<Vec<Program>> {
    let compiled = bytes(compiled)?;
    let waiting = Mutex::new(ROOMS.iter().enumerate());
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((at, room)) = waiting.lock().ok().and_then(|mut all| all.next()) {
                    let program = of(place, tools, &compiled, room, made.join(room.name));
                    if let Ok(mut done) = done.lock() {
                        done.push((at, program));
                    }
                }
            });
        }
    });
    let mut done = done
        .into_inner()
        .map_err(|_| failure("making the rooms' programs ended early: see above"))?;
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, program)| program).collect()
}

fn of(
    place: &Place,
    tools: &Tools,
    compiled: &[u8],
    room: &'static Room,
    made: PathBuf,
) -> Done<Program> {
    make_folder(&made)?;
    let raw = made.join("raw");
    let marked = made.join("marked.wasm");
    write(&marked, &whole::keep(compiled, room.parts)?)?;
    let tool = |name: &str| -> Done<Command> {
        let mut command = place.command(name);
        tools.apply(place, &mut command)?;
        Ok(command)
    };
    run(
        tool("wasm-split-cli")?
            .args(["--out-name", NAME])
            .arg(&marked)
            .arg(&raw)
            // Names of debug info that it passes over are no news.
            .env("RUST_LOG", "error"),
        "the page could not be taken apart: see what wasm-split-cli says above",
    )?;
    run(
        tool("wasm-bindgen")?
            .args(["--target", "web", "--out-name", NAME, "--no-typescript"])
            // What the parts use of the program has to stay.
            .args(["--keep-lld-exports", "--no-demangle"])
            .arg("--remove-producers-section")
            .arg("--out-dir")
            .arg(&made)
            .arg(raw.join(format!("{NAME}.wasm"))),
        "wasm-bindgen failed: see what it says above",
    )?;
    let assemble = |name: &str, text: &str| -> Done<PathBuf> {
        let (from, to) = (
            raw.join(format!("{name}.wat")),
            raw.join(format!("{name}.wasm")),
        );
        write(&from, text)?;
        run(
            tool("wasm-as")?
                .args(FEATURES)
                .arg(&from)
                .arg("-o")
                .arg(&to),
            "what joins the files of the page could not be written: see what wasm-as says above",
        )?;
        Ok(to)
    };
    let smallest = |from: &Path, passes: &[&str], to: &Path| -> Done {
        run(
            tool("wasm-opt")?
                .arg("-Oz")
                .args(passes)
                .args(["--strip-debug", "--strip-producers"])
                .args(FEATURES)
                .arg(from)
                .arg("-o")
                .arg(to),
            "wasm-opt failed: see what it says above",
        )
    };
    let join = |files: &[(PathBuf, &str)], to: &Path| -> Done {
        let mut merge = tool("wasm-merge")?;
        for (file, name) in files {
            merge.arg(file).arg(name);
        }
        run(
            merge.args(FEATURES).arg("-o").arg(to),
            "files of the page could not be joined: see what wasm-merge says above",
        )
    };

    let program = made.join(format!("{NAME}_bg.wasm"));
    let joint = assemble("joint", &whole::joint(&bytes(&program)?, room.parts)?)?;
    let joined = made.join("joined.wasm");
    join(
        &[(program.clone(), whole::PROGRAM), (joint, whole::LOADED)],
        &joined,
    )?;
    smallest(&joined, &[], &program)?;
    let named = made.join("named.wasm");
    let in_order = order::named(&bytes(&program)?).ok_or_else(|| {
        failure("wasm-opt wrote what xtask/src/binary.rs does not know: was it updated?")
    })?;
    write(&named, in_order)?;
    smallest(&named, &["--reorder-functions-by-name"], &program)?;

    let mut loader = Loader::read(&read(&raw.join("__wasm_split.js"))?, room.parts)?;
    let mut in_common = BTreeMap::new();
    for piece in &mut loader.pieces {
        let bytes = bytes(&raw.join(&piece.file))?;
        shared::collect(&bytes, &mut in_common)?;
        piece.bytes = shared::weight(&bytes);
    }
    let hand_on = assemble("shared", &shared::hand_on(&in_common))?;
    let bundles = parts::bundles(&loader.pieces);
    for (at, bundle) in bundles.iter().enumerate() {
        let joined = made.join(format!("joined-{at}.wasm"));
        let mut files = vec![(hand_on.clone(), PIECES_IMPORT)];
        files.extend(
            bundle
                .files
                .iter()
                .map(|file| (raw.join(file), file.as_str())),
        );
        join(&files, &joined)?;
        smallest(&joined, &[], &made.join(bundle_file(at)))?;
    }
    Ok(Program {
        room,
        made,
        loader,
        bundles,
    })
}

fn bytes(file: &Path) -> Done<Vec<u8>> {
    fs::read(file).map_err(|error| failure(format!("`{}` cannot be read: {error}", file.display())))
}

/// The name of a bundle's file before it has its digest.
fn bundle_file(at: usize) -> String {
    format!("part-{at}.wasm")
}

impl Program {
    /// Adds all that it is made of.
    pub fn hash(&self, hasher: &mut impl Hasher) -> Done {
        hasher.write(self.room.name.as_bytes());
        let files = (0..self.bundles.len())
            .map(bundle_file)
            .chain([format!("{NAME}_bg.wasm"), format!("{NAME}.js")]);
        for file in files {
            hasher.write(&bytes(&self.made.join(file))?);
        }
        Ok(())
    }

    /// Puts its files into `dist`, under the names by which `rooms::opening` finds them.
    pub fn lay_out(&self, digest: &str, dist: &Path) -> Done {
        let of_room = |kind: &str, end: &str| format!("{kind}-{}-{digest}{end}", self.room.name);
        let copy = |file: &str, to: &str| -> Done {
            fs::copy(self.made.join(file), dist.join(to))
                .map_err(|error| failure(format!("`{file}` cannot be copied: {error}")))?;
            Ok(())
        };
        copy(&format!("{NAME}_bg.wasm"), &of_room(NAME, "_bg.wasm"))?;
        let mut named = Vec::new();
        for (at, bundle) in self.bundles.iter().enumerate() {
            let to = of_room(&format!("part-{at}"), ".wasm");
            copy(&bundle_file(at), &to)?;
            named.push((bundle.clone(), to));
        }
        let (script, loader) = (of_room(NAME, ".js"), of_room("parts", ".js"));
        write(
            &dist.join(&script),
            read(&self.made.join(format!("{NAME}.js")))?.replace(
                &format!("from \"{}\"", whole::LOADED),
                &format!("from \"./{loader}\""),
            ),
        )?;
        write(
            &dist.join(&loader),
            self.loader.write(&named, self.room.parts).replace(
                &format!("from \"./{NAME}.js\""),
                &format!("from \"./{script}\""),
            ),
        )
    }
}
