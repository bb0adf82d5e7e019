//! The planner page in dist/, skipped while nothing it is made of has changed: compiled, taken apart into the
//! files of its parts, packed. `dev` has trunk build it in one file instead.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::process::Command;

use crate::compile::{self, Crate, FEATURES};
use crate::document::{self, Files};
use crate::fingerprint;
use crate::packing;
use crate::parts::{self, Bundle, Loader};
use crate::place::{Place, make_folder, read, remove_folder, write};
use crate::run::{Done, Failure, failure, run, say};
use crate::setup::{self, Tools};
use crate::shared::{self, PIECES_IMPORT};

/// Everything the page is made of.
const INPUTS: [&str; 6] = [
    "index.html",
    "Cargo.toml",
    "Cargo.lock",
    "core/Cargo.toml",
    "core/src",
    "web",
];

/// The name of the program's files.
const NAME: &str = "planner";

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
        &format!("in parts, {:?}", tools.toolchain),
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
    let bundles = take_apart(place, &tools, &compiled, &made)?;
    lay_out(place, &made, &bundles, &dist)?;
    packing::pack(place, &dist)?;
    write(&note, &now)?;
    report_size(&dist);
    Ok(())
}

/// The program in files, in the folder `made`: `planner.js`, `planner_bg.wasm`, `parts.js` and the bundles,
/// under their own names.
fn take_apart(
    place: &Place,
    tools: &Tools,
    compiled: &Path,
    made: &Path,
) -> Done<(Loader, Vec<Bundle>)> {
    let raw = made.join("raw");
    let tool = |name: &str| -> Done<Command> {
        let mut command = place.command(name);
        tools.apply(place, &mut command)?;
        Ok(command)
    };
    run(
        tool("wasm-split-cli")?
            .args(["--out-name", NAME])
            .arg(compiled)
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
            .arg(made)
            .arg(raw.join(format!("{NAME}.wasm"))),
        "wasm-bindgen failed: see what it says above",
    )?;
    let mut loader = Loader::read(&read(&raw.join("__wasm_split.js"))?)?;
    let mut in_common = BTreeMap::new();
    for piece in &mut loader.pieces {
        let file = raw.join(&piece.file);
        let bytes = fs::read(&file)
            .map_err(|error| failure(format!("`{}` cannot be read: {error}", file.display())))?;
        shared::collect(&bytes, &mut in_common)?;
        piece.bytes = shared::weight(&bytes);
    }
    let hand_on = raw.join("shared.wasm");
    write(&raw.join("shared.wat"), &shared::hand_on(&in_common))?;
    run(
        tool("wasm-as")?
            .args(FEATURES)
            .arg(raw.join("shared.wat"))
            .arg("-o")
            .arg(&hand_on),
        "what the parts share could not be written: see what wasm-as says above",
    )?;
    let bundles = parts::bundles(&loader.pieces);
    let smallest = |from: &Path, to: &Path| -> Done {
        run(
            tool("wasm-opt")?
                .args(["-Oz", "--strip-debug", "--strip-producers"])
                .args(FEATURES)
                .arg(from)
                .arg("-o")
                .arg(to),
            "wasm-opt failed: see what it says above",
        )
    };
    let program = made.join(format!("{NAME}_bg.wasm"));
    smallest(&program, &program)?;
    for (at, bundle) in bundles.iter().enumerate() {
        let joined = made.join(format!("joined-{at}.wasm"));
        let mut merge = tool("wasm-merge")?;
        merge.arg(&hand_on).arg(PIECES_IMPORT);
        for file in &bundle.files {
            merge.arg(raw.join(file)).arg(file);
        }
        run(
            merge.args(FEATURES).arg("-o").arg(&joined),
            "parts of the page could not be joined: see what wasm-merge says above",
        )?;
        smallest(&joined, &made.join(bundle_file(at, "")))?;
    }
    Ok((loader, bundles))
}

fn bundle_file(at: usize, digest: &str) -> String {
    let digest = if digest.is_empty() {
        String::new()
    } else {
        format!("-{digest}")
    };
    format!("part-{at}{digest}.wasm")
}

/// Puts everything into `dist`, under names with one digest of all of it.
fn lay_out(
    place: &Place,
    made: &Path,
    (loader, bundles): &(Loader, Vec<Bundle>),
    dist: &Path,
) -> Done {
    let page = read(&place.root.join("index.html"))?;
    let style = document::style(&page, |file| read(&place.root.join(file)))?;
    let script = read(&made.join(format!("{NAME}.js")))?;
    let mut hasher = DefaultHasher::new();
    (&style, &script).hash(&mut hasher);
    let mut wasm = vec![(format!("{NAME}_bg.wasm"), None)];
    wasm.extend((0..bundles.len()).map(|at| (bundle_file(at, ""), Some(at))));
    for (file, _) in &wasm {
        fs::read(made.join(file))
            .map_err(|error| failure(format!("`{file}` cannot be read: {error}")))?
            .hash(&mut hasher);
    }
    let digest = format!("{:016x}", hasher.finish());
    let named: Vec<(Bundle, String)> = bundles
        .iter()
        .enumerate()
        .map(|(at, bundle)| (bundle.clone(), bundle_file(at, &digest)))
        .collect();
    let files = Files {
        style: format!("{NAME}-{digest}.css"),
        script: format!("{NAME}-{digest}.js"),
        program: format!("{NAME}-{digest}_bg.wasm"),
        loader: format!("parts-{digest}.js"),
    };
    remove_folder(dist)?;
    make_folder(dist)?;
    for (file, bundle) in &wasm {
        let to = bundle.map_or_else(|| files.program.clone(), |at| bundle_file(at, &digest));
        fs::copy(made.join(file), dist.join(&to))
            .map_err(|error| failure(format!("`{file}` cannot be copied: {error}")))?;
    }
    write(&dist.join(&files.style), &style)?;
    write(
        &dist.join(&files.script),
        &script.replace(
            "from \"./__wasm_split.js\"",
            &format!("from \"./{}\"", files.loader),
        ),
    )?;
    write(
        &dist.join(&files.loader),
        &loader.write(&named).replace(
            &format!("from \"./{NAME}.js\""),
            &format!("from \"./{}\"", files.script),
        ),
    )?;
    write(
        &dist.join("index.html"),
        &document::page(&page, &files, &parts::preloads(&named))?,
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
