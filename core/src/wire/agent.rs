//! Sales agents on the wire (decision 27), and the credentials of routed campaigns (decision 22).

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::json::Json;
use super::read::{Item, Reader};
use crate::error::{Code, Violation};
use crate::words::words;

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
    /// When it was last asked what it can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probed_at: Option<DateTime<Utc>>,
    /// Why it did not answer then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe_error: Option<String>,
    /// What it said it can do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<AgentCapabilities>,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When anything about it last changed.
    pub updated_at: DateTime<Utc>,
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

const MAX_URL: usize = 2048;
const MAX_TOKEN: usize = 8192;

/// Reads the body of a registration.
///
/// # Errors
/// Every violation.
pub fn read_agent(json: &Json) -> Result<AgentDraft, Vec<Violation>> {
    let mut reader = Reader::new();
    let draft = agent(json, &mut reader);
    reader.finish(draft)
}

fn agent(json: &Json, reader: &mut Reader) -> Option<AgentDraft> {
    let mut fields = reader.body(json)?;
    let name = fields
        .get(reader, "name")
        .required(reader)
        .and_then(|item| item.line(reader, 1, 255));
    let url = fields
        .get(reader, "url")
        .required(reader)
        .and_then(|item| web_address(item, reader));
    let protocol = fields
        .get(reader, "protocol")
        .required(reader)
        .and_then(|item| item.word(reader, AgentProtocol::WORDS, AgentProtocol::parse));
    let token = fields
        .get(reader, "auth")
        .optional(reader)
        .and_then(|item| auth(item, reader));
    let webhooks = fields
        .get(reader, "webhooks")
        .optional(reader)
        .and_then(|item| webhooks(item, reader));
    fields.finish(reader);
    Some(AgentDraft {
        name: name?,
        url: url?,
        protocol: protocol?,
        token,
        webhooks,
    })
}

/// Reads the body that sets an advertiser's own credentials.
///
/// # Errors
/// Every violation.
pub fn read_credentials(json: &Json) -> Result<Secret, Vec<Violation>> {
    let mut reader = Reader::new();
    let secret = reader.body(json).and_then(|mut fields| {
        let secret = fields
            .get(&mut reader, "auth")
            .required(&mut reader)
            .and_then(|item| auth(item, &mut reader));
        fields.finish(&mut reader);
        secret
    });
    reader.finish(secret)
}

fn auth(item: Item<'_>, reader: &mut Reader) -> Option<Secret> {
    let mut fields = item.object(reader)?;
    let kind = fields
        .get(reader, "type")
        .required(reader)
        .and_then(|item| item.word(reader, AuthKind::WORDS, AuthKind::parse));
    let token = fields
        .get(reader, "token")
        .required(reader)
        .and_then(|item| secret(item, reader, 1, MAX_TOKEN));
    fields.finish(reader);
    kind.and(token)
}

/// A secret is printable ASCII, so that it can stand in a header; messages never show it.
fn secret(item: Item<'_>, reader: &mut Reader, min: usize, max: usize) -> Option<Secret> {
    let path = item.path().to_owned();
    let text = item.secret_text(reader, min, max)?;
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        reader.add(Violation::new(
            path,
            Code::InvalidFormat,
            "expected printable ASCII without spaces",
        ));
        return None;
    }
    Some(Secret(text))
}

fn webhooks(item: Item<'_>, reader: &mut Reader) -> Option<AgentWebhooks> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let path = fields.path().to_owned();
    let uri = fields
        .get(reader, "jwksUri")
        .optional(reader)
        .and_then(|item| web_address(item, reader));
    let jwks = fields
        .get(reader, "jwks")
        .optional(reader)
        .and_then(|item| key_set(item, reader));
    let hmac = fields
        .get(reader, "hmac")
        .optional(reader)
        .and_then(|item| secret(item, reader, 32, 1024));
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    match (uri, jwks, hmac) {
        (Some(uri), None, None) => Some(AgentWebhooks::JwksUri(uri)),
        (None, Some(jwks), None) => Some(AgentWebhooks::Jwks(jwks)),
        (None, None, Some(hmac)) => Some(AgentWebhooks::Hmac(hmac)),
        _ => {
            reader.add(Violation::new(
                path,
                Code::Contradiction,
                "expected exactly one of `jwksUri`, `jwks` and `hmac`",
            ));
            None
        }
    }
}

fn key_set(item: Item<'_>, reader: &mut Reader) -> Option<Json> {
    let keys = matches!(item.value().member("keys"), Some(Json::List(keys)) if (1..=20).contains(&keys.len()));
    if keys {
        Some(item.value().clone())
    } else {
        item.wrong(reader, "an object with a list `keys` of 1 to 20")
    }
}

fn web_address(item: Item<'_>, reader: &mut Reader) -> Option<String> {
    item.parsed(
        reader,
        Code::InvalidFormat,
        "an address that begins with `https://` or `http://`",
        |text| is_web_address(text).then(|| text.to_owned()),
    )
}

/// Whether text has the form of a web address we may call: scheme, host, optional port, no user,
/// no fragment. Whether the host may be called is the server's question.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    let Some(rest) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.strip_prefix('[') {
        Some(inner) => match inner.split_once(']') {
            Some((host, after)) => (
                host,
                after
                    .strip_prefix(':')
                    .or((!after.is_empty()).then_some("x")),
            ),
            None => return false,
        },
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let port_fits = port
        .is_none_or(|port| port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok());
    text.len() <= MAX_URL
        && text.bytes().all(|b| b.is_ascii_graphic())
        && !text.contains(['#', '\\', '"', '<', '>'])
        && !host.is_empty()
        && !authority.contains('@')
        && port_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        serde_json::from_str(text).unwrap()
    }

    fn codes(text: &str) -> Vec<(String, Code)> {
        read_agent(&json(text))
            .unwrap_err()
            .into_iter()
            .map(|v| (v.path, v.code))
            .collect()
    }

    #[test]
    fn addresses_have_a_form() {
        for good in [
            "https://a.example/mcp",
            "http://127.0.0.1:8080",
            "https://[::1]:9/x?y=1",
            "http://localhost",
        ] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in [
            "ftp://a.example",
            "https://",
            "https:///x",
            "https://u:p@a.example",
            "https://a.example#x",
            "a.example",
            "https://a b",
            "https://a:99999",
            "https://a:",
            "https://[::1",
            "https://ä.example",
            "javascript:alert(1)",
        ] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }

    #[test]
    fn an_agent_is_registered_with_its_token() {
        let draft = read_agent(&json(
            r#"{"name":"Seller","url":"https://a.example/mcp","protocol":"MCP","auth":{"type":"bearer","token":"s3cret"}}"#,
        ))
        .unwrap();
        assert_eq!(draft.token.as_ref().unwrap().reveal(), "s3cret");
        assert!(!format!("{draft:?}").contains("s3cret"));
    }

    #[test]
    fn secrets_are_not_in_messages() {
        let body = r#"{"name":"S","url":"x","protocol":"mcp","auth":{"type":"basic","token":"geheim wort"},"webhooks":{"hmac":"zukurz"}}"#;
        assert_eq!(
            codes(body),
            [
                ("url".to_owned(), Code::InvalidFormat),
                ("protocol".to_owned(), Code::UnknownValue),
                ("auth.type".to_owned(), Code::UnknownValue),
                ("auth.token".to_owned(), Code::InvalidFormat),
                ("webhooks.hmac".to_owned(), Code::TooShort),
            ]
        );
        let told = format!("{:?}", read_agent(&json(body)).unwrap_err());
        assert!(
            !told.contains("geheim") && !told.contains("zukurz"),
            "{told}"
        );
        let number = r#"{"name":"S","url":"https://a.example","protocol":"MCP","auth":{"type":"bearer","token":12345}}"#;
        let told = format!("{:?}", read_agent(&json(number)).unwrap_err());
        assert!(!told.contains("12345"), "{told}");
    }

    #[test]
    fn webhooks_are_signed_in_one_way() {
        let agent = |webhooks: &str| {
            format!(
                r#"{{"name":"S","url":"https://a.example","protocol":"A2A","webhooks":{webhooks}}}"#
            )
        };
        assert_eq!(
            codes(&agent("{}")),
            [("webhooks".to_owned(), Code::Contradiction)]
        );
        assert_eq!(
            codes(&agent(
                r#"{"jwksUri":"https://a.example/jwks","jwks":{"keys":[{}]}}"#
            )),
            [("webhooks".to_owned(), Code::Contradiction)]
        );
        assert_eq!(
            codes(&agent(r#"{"jwks":{"keys":[]}}"#)),
            [("webhooks.jwks".to_owned(), Code::WrongType)]
        );
        assert!(read_agent(&json(&agent(r#"{"jwks":{"keys":[{"kid":"a"}]}}"#))).is_ok());
    }
}
