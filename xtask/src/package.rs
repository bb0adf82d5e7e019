//! The npm package `@flighting/core`: built into core/npm/wasm, its types, packed into a tarball.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::compile::{self, Crate};
use crate::fingerprint;
use crate::npm;
use crate::place::{Place, make_folder, read, remove_folder, write};
use crate::run::{Done, ask, failure, output, run, say};
use crate::setup::{self, Tools};

/// Where the package is.
pub const FOLDER: &str = "core/npm";
/// Where its tests are, with the packages they need.
const TESTS: &str = "core/npm/test";
/// Its declarations that are made of the Rust types.
const TYPES: &str = "core/npm/types.d.ts";

/// Everything the WebAssembly is made of.
const INPUTS: [&str; 5] = [
    "Cargo.toml",
    "Cargo.lock",
    "core/Cargo.toml",
    "core/src",
    "core/wasm",
];

/// `cargo xtask npm [types|pack]`.
pub fn command(place: &Place, args: &[String]) -> Done {
    match args
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .as_slice()
    {
        [] => build(place),
        ["types"] => write_types(place),
        ["pack"] => {
            build(place)?;
            say(&format!("packed {}", pack(place)?.display()));
            Ok(())
        }
        other => Err(failure(format!(
            "`cargo xtask npm` takes `types` or `pack`, not `{}`",
            other.join(" ")
        ))),
    }
}

/// Builds the package, unless nothing it is made of has changed.
pub fn build(place: &Place) -> Done {
    let tools = setup::binding_tools(place)?;
    let note = place.notes().join("npm-package");
    let now = fingerprint::of(&place.root, &INPUTS, &format!("{:?}", tools.toolchain))?;
    let folder = place.root.join(FOLDER).join("wasm");
    let is_fresh = fs::read_to_string(&note).is_ok_and(|built| built == now)
        && folder.join("build.json").is_file();
    if is_fresh {
        say("the npm package is up to date");
        return Ok(());
    }
    say("building the npm package");
    let target = place.target.join("npm-wasm");
    let own_std = compile::has_library_source(tools.toolchain);
    let compiled = compile::wasm(
        place,
        &tools,
        &Crate {
            package: "flighting-wasm",
            profile: "npm",
            features: &[],
            // Small functions go into their callers, and no more than those (docs/decisions/0019).
            flags: &["-Cllvm-args=--inline-threshold=15"],
            target: &target,
            file: "flighting_wasm.wasm",
        },
        own_std,
    )?;
    let made = target.join("made");
    remove_folder(&made)?;
    make_folder(&made)?;
    let mut bindgen = place.command("wasm-bindgen");
    tools.apply(place, &mut bindgen)?;
    run(
        bindgen
            .args(["--target", "web", "--out-name", "core", "--no-typescript"])
            .args(["--omit-default-module-path", "--remove-producers-section"])
            // The wrapper starts a new instance when one ran out of memory.
            .arg("--experimental-reset-state-function")
            .arg("--out-dir")
            .arg(&made)
            .arg(&compiled),
        "wasm-bindgen failed: see what it says above",
    )?;
    remove_folder(&folder)?;
    make_folder(&folder)?;
    let mut opt = place.command("wasm-opt");
    tools.apply(place, &mut opt)?;
    run(
        opt.args(["-Oz", "--converge", "--strip-debug", "--strip-producers"])
            .args(compile::FEATURES)
            .arg(made.join("core_bg.wasm"))
            .arg("-o")
            .arg(folder.join("core_bg.wasm")),
        "wasm-opt failed: see what it says above",
    )?;
    fs::copy(made.join("core.js"), folder.join("core.js"))
        .map_err(|error| failure(format!("the glue cannot be copied: {error}")))?;
    describe(place, &tools, own_std)?;
    write(&note, &now)
}

/// Writes build.json: which sources, which compilers, which file.
fn describe(place: &Place, tools: &Tools, own_std: bool) -> Done {
    npm::ensure_node()?;
    let mut compiler = tools.toolchain.rustc(place);
    let rustc = ask(compiler.arg("--version")).unwrap_or_default();
    let version = |program: &str| -> Done<String> {
        let mut command = place.command(program);
        tools.apply(place, &mut command)?;
        Ok(ask(command.arg("--version")).unwrap_or_default())
    };
    run(
        place
            .command("node")
            .arg(format!("{TESTS}/describe.mjs"))
            .env("BUILT_WITH_RUSTC", rustc)
            .env("BUILT_WITH_BINDGEN", version("wasm-bindgen")?)
            .env("BUILT_WITH_OPT", version("wasm-opt")?)
            .env("BUILT_WITH_OWN_STD", own_std.to_string()),
        "build.json could not be written: see what node says above",
    )
}

/// Packs the package and answers with the tarball.
pub fn pack(place: &Place) -> Done<PathBuf> {
    npm::ensure_node()?;
    let folder = place.target.join("npm-pack");
    remove_folder(&folder)?;
    make_folder(&folder)?;
    let said = output(
        place
            .command("npm")
            .current_dir(place.root.join(FOLDER))
            .args(["pack", "--silent", "--pack-destination"])
            .arg(&folder),
        "npm could not pack the package: see what it says above",
    )?;
    let name = said.lines().last().unwrap_or_default().trim();
    Ok(folder.join(name))
}

/// The declarations as the Rust types give them now.
fn types(place: &Place) -> Done<String> {
    output(
        place
            .cargo()
            .args(["run", "--quiet", "--package", "flighting-core"])
            .args(["--features", "openapi", "--example", "types"]),
        "the declarations could not be made: fix what is said above",
    )
}

fn write_types(place: &Place) -> Done {
    write(&place.root.join(TYPES), &types(place)?)
}

/// Fails when the committed declarations are not those of the Rust types.
pub fn compare_types(place: &Place) -> Done {
    if read(&place.root.join(TYPES))
        .is_ok_and(|committed| types(place).is_ok_and(|now| now == committed))
    {
        return Ok(());
    }
    Err(failure(
        "core/npm/types.d.ts is not what the Rust types say: run `cargo xtask npm types` and commit it",
    ))
}

/// The package's tests: in Node, in Chromium, and as other projects use it.
pub fn test(place: &Place) -> Done {
    npm::ensure(place, TESTS)?;
    let chromium = crate::browser::ensure()?;
    build(place)?;
    let tarball = pack(place)?;
    // Native answers, for the digests that Node and Chromium have to equal.
    run(
        place.cargo().args([
            "build",
            "--quiet",
            "--package",
            "flighting-wasm",
            "--example",
            "answers",
        ]),
        "the native side could not be built: fix what the compiler says above",
    )?;
    let tests = place.root.join(TESTS);
    run(
        Command::new("npm")
            .current_dir(&tests)
            .args(["run", "--silent", "types"]),
        "the package's types do not hold: fix what tsc says above",
    )?;
    run(
        Command::new("npm")
            .current_dir(&tests)
            .args(["run", "--silent", "test"])
            .env("FLIGHTING_TARBALL", tarball)
            .env(
                "FLIGHTING_ANSWERS",
                place.target.join("debug/examples/answers"),
            )
            .env("FLIGHTING_CHROMIUM", chromium)
            .stdin(Stdio::null()),
        "the package's tests failed: read them above",
    )
}

/// The package's benchmarks; they print and assert nothing but equal answers.
pub fn bench(place: &Place, args: &[String]) -> Done {
    npm::ensure(place, TESTS)?;
    let chromium = crate::browser::ensure()?;
    build(place)?;
    run(
        place.cargo().args([
            "build",
            "--quiet",
            "--release",
            "--package",
            "flighting-wasm",
            "--example",
            "answers",
        ]),
        "the native side could not be built: fix what the compiler says above",
    )?;
    run(
        Command::new("node")
            .current_dir(place.root.join(TESTS))
            .args(["--expose-gc", "bench/main.mjs"])
            .args(args)
            .env(
                "FLIGHTING_ANSWERS",
                place.target.join("release/examples/answers"),
            )
            .env("FLIGHTING_CHROMIUM", chromium)
            .stdin(Stdio::null()),
        "the benchmark ended with an error: read what it says above",
    )
}
