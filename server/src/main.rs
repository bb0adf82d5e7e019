//! `flighting`: one binary that serves the product, its sandbox, and the chores around it.

mod command;

use std::io::IsTerminal as _;

use clap::Parser;
use flighting_server::config::{Cli, Command, KeyAction, SecretAction};
use tracing_subscriber::EnvFilter;

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("FLIGHTING_LOG")
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,rmcp=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A log that goes to a file is read as it is.
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match run(cli.command) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("flighting: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    if let Command::Openapi = command {
        print!("{}", flighting_server::http::openapi::text()?);
        return Ok(());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match command {
            Command::Serve(options) => command::serve::run(*options).await,
            Command::Sandbox(options) => command::sandbox::run(options).await,
            Command::Openapi => Ok(()),
            Command::Keys { action } => match action {
                KeyAction::Create {
                    database,
                    label,
                    read_only,
                    origin,
                    account,
                } => command::keys::create(&database, &label, read_only, origin, &account).await,
                KeyAction::List { database } => command::keys::list(&database).await,
                KeyAction::Revoke { database, id } => command::keys::revoke(&database, &id).await,
            },
            Command::Secrets {
                action: SecretAction::Rotate { database },
            } => command::secrets::rotate(&database).await,
            Command::Secrets {
                action: SecretAction::RotateSigningKey { database },
            } => command::secrets::rotate_signing_key(&database).await,
        }
    })
}
