//! The command line and its environment. Every option is a flag and a `FLIGHTING_…` variable
//! (decision 29).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use flighting_core::wire::audit::ActorOrigin;

use url::Url;

use crate::app::Settings;
use crate::auth;
use crate::clock::MAX_SPEED;
use crate::secrets::Secret;

/// Plans and executes media campaigns over AdCP.
#[derive(Debug, Parser)]
#[command(name = "flighting", version, about, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the product: REST, the planner page, and jobs, in one process.
    Serve(Box<Serve>),
    /// Runs the sandbox sales agents alone, until a signal.
    Sandbox(SandboxOnly),
    /// Prints the OpenAPI document.
    Openapi,
    /// Makes, lists and revokes keys.
    Keys {
        /// Which of the three.
        #[command(subcommand)]
        action: KeyAction,
    },
    /// Cares for the secrets in the database.
    Secrets {
        /// What to do with them.
        #[command(subcommand)]
        action: SecretAction,
    },
}

/// Where things are remembered.
#[derive(Debug, Clone, Args)]
pub struct Database {
    /// The SQLite file; made where there is none.
    #[arg(
        long = "database",
        env = "FLIGHTING_DATABASE",
        default_value = "flighting.db",
        value_name = "FILE"
    )]
    pub path: PathBuf,
}

/// How `serve` runs.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Where to listen; port 0 takes a free one.
    #[arg(
        long,
        env = "FLIGHTING_LISTEN",
        default_value = "127.0.0.1:8086",
        value_name = "ADDRESS:PORT"
    )]
    pub listen: SocketAddr,
    /// Where things are remembered.
    #[command(flatten)]
    pub database: Database,
    /// A key that may do everything, such as `flt_` and 32 random letters and digits.
    #[arg(long, env = "FLIGHTING_ADMIN_KEY", hide_env_values = true, value_name = "KEY", value_parser = admin_key)]
    pub admin_key: Option<Secret>,
    /// Lets sales agents live on private and loopback addresses.
    #[arg(long, env = "FLIGHTING_ALLOW_PRIVATE_ADDRESSES")]
    pub allow_private_addresses: bool,
    /// The domain of whoever runs this server, told to sellers.
    #[arg(long, env = "FLIGHTING_OPERATOR", default_value = "operator.example", value_name = "DOMAIN", value_parser = domain)]
    pub operator: String,
    /// Starts sandbox sales agents on loopback, registers them, and makes a demo advertiser.
    #[arg(long, env = "FLIGHTING_SANDBOX")]
    pub sandbox: bool,
    /// How many times as fast as real time flights, approvals and delivery run with `--sandbox`.
    #[arg(long, env = "FLIGHTING_SANDBOX_SPEED", default_value_t = 1, requires = "sandbox", value_name = "N",
          value_parser = clap::value_parser!(i32).range(1..=i64::from(MAX_SPEED)))]
    pub sandbox_speed: i32,
    /// Where this server is reached from outside, such as `https://planner.example`. Sellers write
    /// there by themselves, and fetch there the keys that our requests are signed with.
    #[arg(long, env = "FLIGHTING_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<Url>,
    /// Requests of one key in a minute; 0 for no limit.
    #[arg(
        long,
        env = "FLIGHTING_RATE_LIMIT",
        default_value_t = 6_000,
        value_name = "N"
    )]
    pub rate_limit: u32,
    /// Seconds for all that one sales agent is asked in one request.
    #[arg(long, env = "FLIGHTING_AGENT_TIMEOUT", default_value_t = 25, value_name = "SECONDS",
          value_parser = clap::value_parser!(u64).range(1..=300))]
    pub agent_timeout: u64,
}

impl Serve {
    /// The part that requests and jobs depend on.
    #[must_use]
    pub fn settings(&self) -> Settings {
        Settings {
            operator: self.operator.clone(),
            agent_timeout: Duration::from_secs(self.agent_timeout),
            public_url: self.public_url.clone(),
            rate_limit: self.rate_limit,
        }
    }
}

/// How `sandbox` runs.
#[derive(Debug, Clone, Args)]
pub struct SandboxOnly {
    /// Where to listen; port 0 takes a free one.
    #[arg(
        long,
        env = "FLIGHTING_LISTEN",
        default_value = "127.0.0.1:8087",
        value_name = "ADDRESS:PORT"
    )]
    pub listen: SocketAddr,
    /// How many times as fast as real time approvals and delivery run.
    #[arg(long, env = "FLIGHTING_SANDBOX_SPEED", default_value_t = 1, value_name = "N",
          value_parser = clap::value_parser!(i32).range(1..=i64::from(MAX_SPEED)))]
    pub sandbox_speed: i32,
    /// Seconds that the guaranteed seller takes to approve a buy, on the sandbox's clock.
    #[arg(long, env = "FLIGHTING_SANDBOX_APPROVAL", default_value_t = 20, value_name = "SECONDS",
          value_parser = clap::value_parser!(i64).range(0..=31_536_000))]
    pub approval: i64,
    /// Milliseconds that every call takes at least, to see what slow sellers do.
    #[arg(long, env = "FLIGHTING_SANDBOX_LATENCY", default_value_t = 0, value_name = "MILLISECONDS",
          value_parser = clap::value_parser!(u64).range(0..=600_000))]
    pub latency: u64,
}

/// What can be done with keys.
#[derive(Debug, Clone, Subcommand)]
pub enum KeyAction {
    /// Makes a key and prints it, this once.
    Create {
        /// Where things are remembered.
        #[command(flatten)]
        database: Database,
        /// What it is for.
        #[arg(long, default_value = "key", value_name = "TEXT")]
        label: String,
        /// Lets it read and nothing else.
        #[arg(long)]
        read_only: bool,
        /// Who uses it, for the audit log: `human`, `agent` or `autonomous`.
        #[arg(long, default_value = "human", value_name = "WHO", value_parser = key_origin)]
        origin: ActorOrigin,
        /// The name of the account it belongs to; made where there is none.
        #[arg(long, default_value = auth::DEFAULT_ACCOUNT, value_name = "NAME")]
        account: String,
    },
    /// Lists keys by id; their texts are stored nowhere.
    List {
        /// Where things are remembered.
        #[command(flatten)]
        database: Database,
    },
    /// Revokes a key at once.
    Revoke {
        /// Where things are remembered.
        #[command(flatten)]
        database: Database,
        /// The key's id, `key_…`.
        id: String,
    },
}

/// What can be done with secrets.
#[derive(Debug, Clone, Subcommand)]
pub enum SecretAction {
    /// Encrypts every stored secret with a new key: a fresh one in the key file, or
    /// `FLIGHTING_NEW_SECRET_KEY` where keys come from the environment.
    Rotate {
        /// Where things are remembered.
        #[command(flatten)]
        database: Database,
    },
    /// Makes a new key for signing requests to sellers. A running server takes it up within ten
    /// minutes; the old key stays published for a week.
    RotateSigningKey {
        /// Where things are remembered.
        #[command(flatten)]
        database: Database,
    },
}

/// What kind of actor a key is for; the system itself has none.
fn key_origin(text: &str) -> Result<ActorOrigin, String> {
    ActorOrigin::parse(text)
        .filter(|origin| *origin != ActorOrigin::System)
        .ok_or_else(|| format!("expected `human`, `agent` or `autonomous`, got `{text}`"))
}

fn admin_key(text: &str) -> Result<Secret, String> {
    if auth::looks_like_key(text) {
        Ok(Secret::new(text))
    } else {
        Err("expected `flt_` and at least 16 letters, digits, `-` or `_`".to_owned())
    }
}

/// A public address: its path may say where a proxy puts us.
fn public_url(text: &str) -> Result<Url, String> {
    let wanted = || {
        format!(
            "expected an address such as `https://planner.example` without user, query and fragment, got `{text}`"
        )
    };
    let url = Url::parse(text).map_err(|_| wanted())?;
    let fits = matches!(url.scheme(), "https" | "http")
        && url.host().is_some()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if fits { Ok(url) } else { Err(wanted()) }
}

fn domain(text: &str) -> Result<String, String> {
    flighting_core::advertiser::Brand::parse(text)
        .map(|domain| domain.as_str().to_owned())
        .ok_or_else(|| "expected a domain such as `agency.example`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn serve(args: &[&str]) -> Result<Serve, clap::Error> {
        let all = ["flighting", "serve"].iter().chain(args);
        match Cli::try_parse_from(all)?.command {
            Command::Serve(serve) => Ok(*serve),
            other => panic!("expected serve, got {other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_have_limits() {
        let given = serve(&[
            "--sandbox",
            "--sandbox-speed",
            "1440",
            "--operator",
            "Agency.example",
        ])
        .unwrap();
        assert_eq!(
            (given.sandbox_speed, given.operator.as_str()),
            (1440, "agency.example")
        );
        for bad in [
            &["--sandbox-speed", "0", "--sandbox"][..],
            &["--agent-timeout", "0"],
            &["--operator", "https://agency.example"],
            &["--admin-key", "secret"],
            &["--listen", "localhost"],
            &["--rate-limit", "-1"],
        ] {
            assert!(serve(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_admin_key_is_never_shown() {
        let given = serve(&["--admin-key", "flt_0123456789abcdefghij"]).unwrap();
        assert!(!format!("{given:?}").contains("0123456789"));
    }
}
