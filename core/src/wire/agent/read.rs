//! Reading registrations and credentials. No message shows a secret.

use super::{AgentDraft, AgentProtocol, AgentWebhooks, AuthKind, Secret};
use crate::error::{Code, Violation};
use crate::wire::json::Json;
use crate::wire::read::{Item, Reader};

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
pub(in crate::wire) fn secret(
    item: Item<'_>,
    reader: &mut Reader,
    min: usize,
    max: usize,
) -> Option<Secret> {
    let path = item.path();
    let text = item.secret_text(reader, min, max)?;
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        reader.add(Violation::new(
            reader.spell(path),
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
    let path = fields.path();
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
                reader.spell(path),
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

pub(in crate::wire) fn web_address(item: Item<'_>, reader: &mut Reader) -> Option<String> {
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
    use super::super::{AgentIn, CredentialsIn};
    use super::*;
    use crate::wire::read::testing::{members_of, take_asked, top};

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

    #[test]
    fn readers_and_documented_structs_know_the_same_members() {
        take_asked();
        let body = r#"{"name":"S","url":"https://a.example","protocol":"A2A"}"#;
        read_agent(&json(body)).unwrap();
        assert_eq!(top(take_asked()), members_of::<AgentIn>());
        read_credentials(&json(r#"{"auth":{"type":"bearer","token":"x"}}"#)).unwrap();
        assert_eq!(top(take_asked()), members_of::<CredentialsIn>());
    }
}
