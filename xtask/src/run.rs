//! Running other programs, and the one kind of failure there is here.

use std::fmt;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What went wrong and what to do about it, in one sentence for the person at the terminal.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What every step answers with.
pub type Done<T = ()> = Result<T, Failure>;

pub fn failure(sentence: impl Into<String>) -> Failure {
    Failure(sentence.into())
}

/// Says on standard error what is being done; standard output belongs to the programs started.
pub fn say(line: &str) {
    eprintln!("==> {line}");
}

/// Runs to the end with the terminal's streams; `advice` is the sentence when it fails.
pub fn run(command: &mut Command, advice: &str) -> Done {
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(failure(format!("{advice} ({})", ended(command, status))))
}

/// Runs to the end and returns what it wrote on standard output; its errors go to the terminal.
pub fn output(command: &mut Command, advice: &str) -> Done<String> {
    let out = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if !out.status.success() {
        return Err(failure(format!(
            "{advice} ({})",
            ended(command, out.status)
        )));
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// What the program prints: to standard output, and to standard error.
pub fn both_outputs(command: &mut Command, advice: &str) -> Done<(String, String)> {
    let out = command
        .output()
        .map_err(|error| not_started(command, &error))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, remarked) = (text(&out.stdout), text(&out.stderr));
    if out.status.success() {
        return Ok((said, remarked));
    }
    eprint!("{said}{remarked}");
    Err(failure(format!(
        "{advice} ({})",
        ended(command, out.status)
    )))
}

/// What the program prints, or nothing where it is missing or fails: a question, not a step.
pub fn ask(command: &mut Command) -> Option<String> {
    let out = command.stdin(Stdio::null()).output().ok()?;
    out.status
        .success()
        .then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Whether it ended well within the time given; it is stopped when the time is over.
pub fn succeeds_within(command: &mut Command, limit: Duration) -> bool {
    let Ok(mut child) = command.stdin(Stdio::null()).spawn() else {
        return false;
    };
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if begun.elapsed() < limit => thread::sleep(Duration::from_millis(50)),
            Ok(None) | Err(_) => {
                stop(&mut child);
                return false;
            }
        }
    }
}

/// Asks a child to end, and ends it when it has not within ten seconds.
pub fn stop(child: &mut Child) {
    let asked = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let begun = Instant::now();
    while asked && begun.elapsed() < Duration::from_secs(10) {
        match child.try_wait() {
            Ok(None) => thread::sleep(Duration::from_millis(50)),
            Ok(Some(_)) | Err(_) => return,
        }
    }
    // Either it is gone already or it does not listen; both are fine after these two.
    let _gone = child.kill();
    let _reaped = child.wait();
}

/// Hands this process over to the program, so that signals and the exit code are its own.
/// Returns only when it could not be started.
#[cfg(unix)]
pub fn become_program(command: &mut Command) -> Done {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Err(not_started(command, &error))
}

/// Runs the program to its end, where a process cannot hand itself over.
#[cfg(not(unix))]
pub fn become_program(command: &mut Command) -> Done {
    run(
        command,
        "it ended with an error: read what it printed above",
    )
}

pub fn not_started(command: &Command, error: &io::Error) -> Failure {
    let program = command.get_program().to_string_lossy().into_owned();
    failure(match error.kind() {
        io::ErrorKind::NotFound => {
            format!("`{program}` is not on this machine: install it and put it on PATH")
        }
        _ => format!("`{program}` could not be started: {error}"),
    })
}

fn ended(command: &Command, status: ExitStatus) -> String {
    let program = command.get_program().to_string_lossy();
    match status.code() {
        Some(code) => format!("`{program}` ended with {code}"),
        None => format!("`{program}` was stopped by a signal"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_program_gives_the_advice_and_its_code() {
        let failed = run(Command::new("sh").args(["-c", "exit 3"]), "do this").unwrap_err();
        assert_eq!(failed.to_string(), "do this (`sh` ended with 3)");
    }

    #[test]
    fn a_missing_program_is_named() {
        let failed = run(&mut Command::new("no-such-program-here"), "do this").unwrap_err();
        assert_eq!(
            failed.to_string(),
            "`no-such-program-here` is not on this machine: install it and put it on PATH"
        );
    }

    #[test]
    fn a_program_that_hangs_is_given_up() {
        // Were it not given up, it would end well and the answer would be yes.
        assert!(!succeeds_within(
            Command::new("sleep").arg("60"),
            Duration::from_millis(100)
        ));
    }

    #[test]
    fn asking_a_failing_program_answers_nothing() {
        assert_eq!(ask(&mut Command::new("false")), None);
        assert_eq!(
            ask(Command::new("echo").arg("it is there")),
            Some("it is there".to_owned())
        );
    }
}
