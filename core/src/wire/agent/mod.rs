//! Sales agents on the wire (decision 27), and the credentials of routed campaigns (decision 22).

pub(in crate::wire) mod read;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::json::Json;
use crate::words::words;

pub use read::{is_web_address, read_agent, read_credentials};

words! {
    /// How an agent is spoken to.
    pub enum AgentProtocol {
        /// MCP over streamable HTTP.
        Mcp = "MCP",
        /// A2A.
        A2a = "A2A",
    }
}

words! {
    /// How we prove who we are.
    pub enum AuthKind {
        /// `Authorization: Bearer`.
        Bearer = "bearer",
    }
}

words! {
    /// Whether an agent is in use.
    pub enum AgentStatus {
        /// In use.
        Active = "ACTIVE",
        /// In use, but it did not answer when last asked.
        Unreachable = "UNREACHABLE",
        /// Put away.
        Archived = "ARCHIVED",
    }
}

/// A secret that came in; it is not printed and not written.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, to be sealed or sent.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A new sales agent.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentIn {
    /// 1 to 255 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 255))]
    pub name: String,
    /// Where it listens: `http` or `https`, without user or fragment.
    #[cfg_attr(
        feature = "openapi",
        schema(
            format = "uri",
            max_length = 2048,
            example = "https://sales.example/mcp"
        )
    )]
    pub url: String,
    /// How it is spoken to.
    pub protocol: AgentProtocol,
    /// How we prove who we are; left out where the agent asks for nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AgentAuthIn>,
    /// How its messages to us are signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhooks: Option<AgentWebhooksIn>,
}

impl fmt::Debug for AgentIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            url,
            protocol,
            auth: _,
            webhooks: _,
        } = self;
        f.debug_struct("AgentIn")
            .field("name", name)
            .field("url", url)
            .field("protocol", protocol)
            .finish_non_exhaustive()
    }
}

/// How we prove who we are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentAuthIn {
    /// The only kind.
    #[serde(rename = "type")]
    pub kind: AuthKind,
    /// The token; stored encrypted, never answered.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 8192, write_only)
    )]
    pub token: String,
}

impl fmt::Debug for AgentAuthIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentAuthIn")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// How an agent's messages to us are signed: exactly one member.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentWebhooksIn {
    /// Where its public keys are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = "uri"))]
    pub jwks_uri: Option<String>,
    /// Its public keys: a JSON Web Key Set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub jwks: Option<Json>,
    /// A shared secret of 32 to 1,024 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 32, max_length = 1024, write_only)
    )]
    pub hmac: Option<String>,
}

impl fmt::Debug for AgentWebhooksIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentWebhooksIn").finish_non_exhaustive()
    }
}

/// The advertiser's own credentials for an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CredentialsIn {
    /// How the advertiser proves who it is.
    pub auth: AgentAuthIn,
}

/// Whether an advertiser has credentials of its own at an agent; they themselves are never shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = Credentials))]
pub struct CredentialsOut {
    /// The advertiser.
    pub advertiser_id: String,
    /// The agent.
    pub sales_agent_id: String,
    /// Whether there are any.
    pub has_credentials: bool,
    /// Since when there are any.
    pub since: Option<DateTime<Utc>>,
    /// When they were last replaced.
    pub updated_at: Option<DateTime<Utc>>,
}

/// What a registration asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentDraft {
    /// 1 to 255 characters.
    pub name: String,
    /// Where it listens; only the form was checked.
    pub url: String,
    /// How it is spoken to.
    pub protocol: AgentProtocol,
    /// The bearer token.
    pub token: Option<Secret>,
    /// How its messages are signed.
    pub webhooks: Option<AgentWebhooks>,
}

/// How an agent's messages to us are signed.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentWebhooks {
    /// By keys that are found there.
    JwksUri(String),
    /// By these keys.
    Jwks(Json),
    /// By a shared secret.
    Hmac(Secret),
}

/// A sales agent; secrets are never in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = SalesAgent))]
pub struct AgentOut {
    /// Stable id.
    pub sales_agent_id: String,
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// How it is spoken to.
    pub protocol: AgentProtocol,
    /// Whether it is in use.
    pub status: AgentStatus,
    /// Whether we hold a token for it.
    pub has_token: bool,
    /// Whether it was registered to write to us by itself; it does where the server has a public
    /// address, and is polled otherwise.
    #[serde(default)]
    pub has_webhooks: bool,
    /// When it was last asked what it can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed_at: Option<DateTime<Utc>>,
    /// Why it did not answer then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe_error: Option<String>,
    /// What it said it can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<AgentCapabilities>,
    /// Whether it is asked at the moment, or left alone since it did not answer.
    pub breaker: BreakerOut,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
}

words! {
    /// Whether an agent is asked.
    pub enum BreakerState {
        /// As usual.
        Closed = "closed",
        /// Left alone: it did not answer several times in a row.
        Open = "open",
        /// The rest is over and one question is on its way; its answer decides.
        HalfOpen = "half_open",
    }
}

/// Whether an agent is asked, and if not, until when. Known to this process alone: it begins
/// closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BreakerOut {
    /// Which of the three.
    pub state: BreakerState,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Questions in a row without an answer.
    pub failures: u32,
    /// When it is asked again; absent while it is asked as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try_at: Option<DateTime<Utc>>,
}

/// What an agent said it can do, as far as we use it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentCapabilities {
    /// Versions of AdCP it lists.
    pub supported_versions: Vec<String>,
    /// The version we speak with it.
    pub served_version: Option<String>,
    /// Its protocols, `media_buy` among them.
    pub protocols: Vec<String>,
    /// Its specialisms.
    pub specialisms: Vec<String>,
    /// Pricing models it sells by.
    pub pricing_models: Vec<String>,
    /// How long it answers a repeated request with the first answer, in seconds.
    pub replay_ttl_seconds: Option<u64>,
    /// Whether accounts are the seller's own.
    pub requires_operator_auth: bool,
}
