//! Running the product: as its users do, and as its builders do.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::page;
use crate::place::Place;
use crate::run::{Done, become_program, failure, not_started, say, stop};
use crate::{server, setup};

/// Where `dev` starts the server; Trunk.toml sends `/api` there.
const DEV_SERVER: &str = "127.0.0.1:8086";
/// Where trunk serves the page in `dev`; see Trunk.toml.
const DEV_PAGE: &str = "127.0.0.1:8080";

/// What comes before the address on the line that the server prints when it is ready.
const PLANNER: &str = "planner: ";

/// Everything a bare machine needs, then the server with sandbox sellers in place of this process.
pub fn serve(place: &Place, args: &[String]) -> Done {
    let (own, passed) = split(args);
    let mut release = false;
    for arg in own {
        match arg.as_str() {
            "--release" => release = true,
            other => {
                return Err(failure(format!(
                    "`serve` has no option `{other}`: options of the server come after `--`"
                )));
            }
        }
    }
    // The page first: the server carries it.
    page::build(place)?;
    let binary = server::build(place, release)?;
    say("starting (Ctrl-C ends it)");
    let mut command = place.command(&binary.to_string_lossy());
    command.args(["serve", "--sandbox"]).args(passed);
    become_program(&mut command)
}

/// The server and trunk side by side; whichever ends takes the other with it.
pub fn dev(place: &Place, args: &[String]) -> Done {
    let (own, passed) = split(args);
    if let Some(other) = own.first() {
        return Err(failure(format!(
            "`dev` has no option `{other}`: options of the server come after `--`"
        )));
    }
    let tools = setup::dev_tools(place)?;
    let binary = server::build(place, false)?;

    let mut command = place.command(&binary.to_string_lossy());
    command
        .args(["serve", "--sandbox", "--listen", DEV_SERVER])
        .args(passed)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut flighting = command
        .spawn()
        .map_err(|error| not_started(&command, &error))?;
    let planner = pass_on(&mut flighting);

    let mut trunk = page::trunk(place, &tools)?;
    // A folder of its own: dist/ holds the page that the server carries.
    trunk
        .args(["serve", "--dist"])
        .arg(place.notes().join("dev-dist"))
        .stdin(Stdio::null());
    let mut trunk = match trunk.spawn() {
        Ok(child) => child,
        Err(error) => {
            stop(&mut flighting);
            return Err(not_started(&trunk, &error));
        }
    };
    loop {
        if let Ok(address) = planner.recv_timeout(Duration::from_millis(200)) {
            say(&format!("open {}", on_the_page(&address)));
            say(
                "the page reloads as you save; after a change of the server, end this and start it again",
            );
        }
        let ended = |child: &mut Child| !matches!(child.try_wait(), Ok(None));
        if ended(&mut flighting) {
            stop(&mut trunk);
            return Err(failure("the server ended: read its last words above"));
        }
        if ended(&mut trunk) {
            stop(&mut flighting);
            return Err(failure("trunk ended: read its last words above"));
        }
    }
}

/// Arguments of the command and, after `--`, those of the server.
fn split(args: &[String]) -> (&[String], &[String]) {
    match args.iter().position(|arg| arg == "--") {
        Some(at) => (&args[..at], &args[at + 1..]),
        None => (args, &[]),
    }
}

/// Prints what the server prints, and sends on the planner's address.
fn pass_on(child: &mut Child) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                match line.strip_prefix(PLANNER) {
                    // Nobody listens any more when everything is ending.
                    Some(address) => drop(send.send(address.to_owned())),
                    None => println!("{line}"),
                }
            }
        });
    }
    receive
}

/// The server's address of the planner, with trunk's host and port: the key stays in the fragment.
fn on_the_page(address: &str) -> String {
    let fragment = address.split_once('#').map_or("", |(_, fragment)| fragment);
    format!("http://{DEV_PAGE}/#{fragment}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_two_dashes_is_the_servers() {
        let args: Vec<String> = ["--release", "--", "--listen", "x"]
            .map(str::to_owned)
            .to_vec();
        let (own, passed) = split(&args);
        assert_eq!(own, ["--release"]);
        assert_eq!(passed, ["--listen", "x"]);
        assert_eq!(split(&args[..1]).1, [""; 0]);
    }

    #[test]
    fn the_key_follows_to_trunks_address() {
        assert_eq!(
            on_the_page("http://127.0.0.1:8086/#key=flt_1"),
            format!("http://{DEV_PAGE}/#key=flt_1")
        );
    }

    #[test]
    fn trunk_proxies_to_where_dev_starts_the_server() {
        let settings = include_str!("../../Trunk.toml");
        assert!(settings.contains(&format!("backend = \"http://{DEV_SERVER}/api\"")));
        let (host, port) = DEV_PAGE.split_once(':').unwrap();
        assert!(settings.contains(&format!("addresses = [\"{host}\"]")));
        assert!(settings.contains(&format!("port = {port}")));
    }
}
