//! Schemathesis, of PyPI, against the API document of a running server: requests that fit the document and
//! requests that do not, and walks along its links.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::place::{Place, make_folder, remove_folder};
use crate::run::{Done, failure, not_started, run, say, stop};
use crate::{python, server};

/// Cases per operation and per walk; with the seed below the same on every machine.
const EXAMPLES: &str = "30";
const SEED: &str = "20270301";

/// Which checks hold where, with the reason for each exception.
const SETTINGS: &str = "e2e/schemathesis/schemathesis.toml";

/// Makes things that requests can be about.
const WORLD: &str = "e2e/schemathesis/world.py";

/// What the server prints before its address when it is ready.
const PLANNER: &str = "planner: ";
const READY_WITHIN: Duration = Duration::from_secs(60);

/// A key for a server that listens on loopback and ends with the test.
const KEY: &str = "flt_schemathesis-0123456789-abcdefghij";

/// All checks and all phases; nothing may fail.
pub fn test(place: &Place) -> Done {
    let python = python::ensure(place, &python::SCHEMATHESIS)?;
    let binary = server::build(place, false)?;
    let folder = place.notes().join("schemathesis");
    remove_folder(&folder)?;
    make_folder(&folder)?;
    let server = Server::start(&binary, &folder)?;
    say(&format!(
        "schemathesis: {EXAMPLES} cases per operation and walk, seed {SEED}, against {}",
        server.address
    ));
    let program = python.with_file_name("st");
    run(
        place
            .command(&program.to_string_lossy())
            .arg("--config-file")
            .arg(place.root.join(SETTINGS))
            .arg("run")
            .arg(format!("{}/api/buyer/openapi.json", server.address))
            .arg("--header")
            .arg(format!("Authorization: Bearer {KEY}"))
            .args(["--max-examples", EXAMPLES, "--seed", SEED])
            .args(["--generation-deterministic", "--no-color"])
            .args(["--report", "junit", "--report-junit-path"])
            .arg(folder.join("report.xml"))
            .env("SCHEMATHESIS_HOOKS", place.root.join(WORLD))
            .env("FLIGHTING_ADDRESS", &server.address)
            .env("FLIGHTING_KEY", KEY)
            .stdin(Stdio::null()),
        "schemathesis found what the document or the server gets wrong: read it above, each failure has a curl line",
    )
}

/// `flighting serve --sandbox` on a free port with a database of its own, ended when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(binary: &Path, folder: &Path) -> Done<Self> {
        let log = std::fs::File::create(folder.join("server.log"))
            .map_err(|error| failure(format!("the server's log cannot be written: {error}")))?;
        let mut command = Command::new(binary);
        command
            .args(["serve", "--sandbox", "--listen", "127.0.0.1:0"])
            .args(["--rate-limit", "0", "--agent-timeout", "5", "--database"])
            .arg(folder.join("flighting.db"))
            .env("FLIGHTING_ADMIN_KEY", KEY)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command
            .spawn()
            .map_err(|error| not_started(&command, &error))?;
        let (send, receive) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            // Reads on to the end: a pipe that nobody empties would stop the server.
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    if let Some(address) = address(&line) {
                        drop(send.send(address));
                    }
                }
            });
        }
        match receive.recv_timeout(READY_WITHIN) {
            Ok(address) => Ok(Self { child, address }),
            Err(_) => {
                stop(&mut child);
                Err(failure(format!(
                    "the server was not ready within {} s: read target/xtask/schemathesis/server.log",
                    READY_WITHIN.as_secs()
                )))
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// The server's address in the line that says where the page is; the key behind it stays out.
fn address(line: &str) -> Option<String> {
    let page = line.strip_prefix(PLANNER)?;
    let (address, _) = page.split_once("/#").unwrap_or((page, ""));
    Some(address.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_read_without_its_key() {
        assert_eq!(
            address("planner: http://127.0.0.1:4000/#key=flt_1").as_deref(),
            Some("http://127.0.0.1:4000")
        );
        assert_eq!(
            address("planner: http://127.0.0.1:4000/").as_deref(),
            Some("http://127.0.0.1:4000")
        );
        assert_eq!(
            address("sandbox agent a: http://127.0.0.1:1/mcp token t"),
            None
        );
    }
}
