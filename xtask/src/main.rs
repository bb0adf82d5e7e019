//! `cargo xtask …`: sets up, builds, runs and checks the project. `cargo xtask help` lists the commands.
//!
//! House rules here: the standard library only, so that the first command starts in seconds; every step
//! says what it does and skips what is done; every failure is one sentence that says what to do.

mod bench;
mod binary;
mod browser;
mod check;
mod compile;
mod document;
mod fingerprint;
mod npm;
mod order;
mod package;
mod packing;
mod page;
mod parts;
mod place;
mod program;
mod purity;
mod python;
mod rooms;
mod run;
mod sandbox;
mod schemas;
mod schemathesis;
mod serve;
mod server;
mod setup;
mod shared;
mod sources;
mod test;
mod wasm;
mod whole;

use std::process::ExitCode;

use crate::place::Place;
use crate::run::{Done, failure};

const USAGE: &str = "\
usage: cargo xtask <command>

  serve [--release] [-- <server options>]
              set up, build page and server, start them with sandbox sellers, print the one address
  dev [-- <server options>]
              the inner loop: the server, and the page rebuilt and reloaded as you save
  test [part…]
              install what the tests need and run them: core, server, npm, storyboards, sellers, web, page, xtask
  check       formatting, clippy for native and wasm, docs, core's purity, OpenAPI, the tree
  bench page  what the page weighs, and how quickly it loads and answers a key
  bench seen  how long a seller's message takes until a page in Chromium shows it
  bench [-- <benchmark options>]
              the server's benchmarks, in release; `bench crash` plays many rounds of the crash harness
  bench npm [<part>…]
              the npm package beside other libraries
  npm [types|pack]
              build the npm package into core/npm/wasm; write its types anew; pack it
  page        only the page, into dist/
  openapi     write server/openapi.json anew
  setup       only the tools: wasm target, wasm-bindgen, wasm-opt, the splitter
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            eprintln!("xtask: {failed}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(args: &[String]) -> Done {
    let Some((command, rest)) = args.split_first() else {
        print!("{USAGE}");
        return Ok(());
    };
    let place = Place::find()?;
    match command.as_str() {
        "serve" => serve::serve(&place, rest),
        "dev" => serve::dev(&place, rest),
        "test" => test::run_parts(&place, rest),
        "check" => none_left(rest).and_then(|()| check::check(&place)),
        "bench" => bench::bench(&place, rest),
        "npm" => package::command(&place, rest),
        "page" => none_left(rest).and_then(|()| page::build(&place)),
        "openapi" => none_left(rest).and_then(|()| server::write_openapi(&place)),
        "setup" => none_left(rest).and_then(|()| setup::page_tools(&place).map(|_| ())),
        "help" | "--help" | "-h" => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(failure(format!(
            "there is no command `{other}`: `cargo xtask help` lists them"
        ))),
    }
}

fn none_left(rest: &[String]) -> Done {
    match rest.first() {
        None => Ok(()),
        Some(extra) => Err(failure(format!(
            "this command takes no `{extra}`: `cargo xtask help` lists what there is"
        ))),
    }
}
