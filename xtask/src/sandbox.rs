//! Our sandbox sellers, started for the official storyboards to try them.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::run::{Done, failure, not_started, stop};

/// How long the sellers may take to say where they are.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// One sandbox seller, as the binary announces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    pub name: String,
    pub url: String,
    pub token: String,
}

/// `flighting sandbox`, ended when dropped.
#[derive(Debug)]
pub struct Sandbox {
    child: Child,
    pub agents: Vec<Agent>,
}

impl Sandbox {
    /// Starts it on a free port and waits until it has announced `count` sellers.
    pub fn start(binary: &Path, count: usize) -> Done<Self> {
        let mut command = Command::new(binary);
        command
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command
            .spawn()
            .map_err(|error| not_started(&command, &error))?;
        let (send, receive) = mpsc::channel();
        if let Some(stdout) = child.stdout.take() {
            // Reads on to the end: a pipe that nobody empties would stop the sellers.
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                    println!("{line}");
                    if let Some(agent) = announced(&line) {
                        drop(send.send(agent));
                    }
                }
            });
        }
        let mut sandbox = Self {
            child,
            agents: Vec::new(),
        };
        while sandbox.agents.len() < count {
            match receive.recv_timeout(READY_WITHIN) {
                Ok(agent) => sandbox.agents.push(agent),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(failure(format!(
                        "`flighting sandbox` announced {} of {count} sellers within {} s: run it by hand and see what it says",
                        sandbox.agents.len(),
                        READY_WITHIN.as_secs()
                    )));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(failure(
                        "`flighting sandbox` ended before it was ready: read its last words above",
                    ));
                }
            }
        }
        Ok(sandbox)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// Reads `sandbox agent NAME: URL token TOKEN`.
fn announced(line: &str) -> Option<Agent> {
    let (name, rest) = line.strip_prefix("sandbox agent ")?.split_once(": ")?;
    let (url, token) = rest.split_once(" token ")?;
    Some(Agent {
        name: name.to_owned(),
        url: url.trim().to_owned(),
        token: token.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_read() {
        assert_eq!(
            announced("sandbox agent billboards: http://127.0.0.1:4000/billboards/mcp token abc"),
            Some(Agent {
                name: "billboards".to_owned(),
                url: "http://127.0.0.1:4000/billboards/mcp".to_owned(),
                token: "abc".to_owned(),
            })
        );
    }

    #[test]
    fn other_lines_are_none() {
        assert_eq!(announced("listening on 127.0.0.1:4000"), None);
        assert_eq!(announced("sandbox agent x: http://127.0.0.1/mcp"), None);
    }
}
