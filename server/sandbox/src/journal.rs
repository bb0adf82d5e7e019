//! What an agent was asked that changed something, kept in a file: asked again in the same order
//! and at the same times it comes to the same ledger, ids included, so an agent that starts anew
//! holds the media buys that it held.

use std::fs::{File, OpenOptions, create_dir_all, read};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::reading::Object;

/// Stands in the file for the address that the agent has while it runs: its next one is another,
/// and the formats that a buyer names carry it.
const HERE: &str = "sandbox.invalid";

/// One call that changed something.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub tool: String,
    pub at: DateTime<Utc>,
    pub arguments: Object,
}

/// The file, open at its end.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    address: String,
}

/// What stood in a file.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// What the ids of this ledger carry; none in a new file.
    pub run: Option<String>,
    pub entries: Vec<Entry>,
}

impl Journal {
    /// Opens or begins the file of an agent. A last line that was cut off is taken away: nobody
    /// was answered on it.
    pub(crate) fn open(
        folder: &Path,
        agent: &str,
        address: SocketAddr,
    ) -> io::Result<(Self, Kept)> {
        let address = address.to_string();
        create_dir_all(folder)?;
        let path = folder.join(format!("{agent}.jsonl"));
        let bytes = match read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let (kept, sound) = Kept::read(&bytes, &address);
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.set_len(sound)?;
        Ok((Self { file, address }, kept))
    }

    /// The first line of a new file.
    pub(crate) fn begin(&mut self, run: &str) -> io::Result<()> {
        self.line(&json!({"run": run}))
    }

    /// Keeps a call, but not the secrets that a buyer sends along for messages to it.
    pub(crate) fn add(&mut self, entry: &Entry) -> io::Result<()> {
        let mut arguments = entry.arguments.clone();
        for webhook in ["push_notification_config", "reporting_webhook"] {
            if let Some(Value::Object(authentication)) = arguments
                .get_mut(webhook)
                .and_then(|webhook| webhook.get_mut("authentication"))
            {
                authentication.remove("credentials");
            }
        }
        self.line(&json!({"tool": entry.tool, "at": entry.at, "arguments": arguments}))
    }

    fn line(&mut self, value: &Value) -> io::Result<()> {
        let text = value.to_string().replace(&self.address, HERE);
        let sound = self.file.metadata()?.len();
        let written = self.file.write_all(format!("{text}\n").as_bytes());
        if written.is_err() {
            // Half a line would take those after it away at the next start.
            self.file.set_len(sound)?;
        }
        written
    }
}

impl Kept {
    /// Reads whole lines up to the first that is none of ours; how many bytes they take.
    fn read(bytes: &[u8], address: &str) -> (Self, u64) {
        let mut kept = Self::default();
        let mut sound = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Some(value) = line
                .strip_suffix(b"\n")
                .and_then(|line| std::str::from_utf8(line).ok())
                .and_then(|line| serde_json::from_str::<Value>(&line.replace(HERE, address)).ok())
            else {
                break;
            };
            match (&kept.run, value["run"].as_str(), entry(&value)) {
                (None, Some(run), _) => kept.run = Some(run.to_owned()),
                (Some(_), _, Some(entry)) => kept.entries.push(entry),
                _ => break,
            }
            sound += line.len() as u64;
        }
        (kept, sound)
    }

    /// The time of the last call.
    pub(crate) fn last(&self) -> Option<DateTime<Utc>> {
        self.entries.iter().map(|entry| entry.at).max()
    }
}

fn entry(value: &Value) -> Option<Entry> {
    Some(Entry {
        tool: value["tool"].as_str()?.to_owned(),
        at: value["at"].as_str()?.parse().ok()?,
        arguments: value["arguments"].as_object()?.clone(),
    })
}

/// The latest time at which an agent with a file in `folder` changed something; none without any.
///
/// A clock that runs faster than real time is ahead when it stops: one that starts again before
/// this time would find media buys of the future.
///
/// # Errors
///
/// When a file cannot be read.
pub fn last_change(folder: &Path) -> io::Result<Option<DateTime<Utc>>> {
    let files = match std::fs::read_dir(folder) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut last = None;
    for file in files {
        let (kept, _) = Kept::read(&read(file?.path())?, HERE);
        last = last.max(kept.last());
    }
    Ok(last)
}
