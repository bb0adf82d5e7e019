//! An agent's card: where it listens, which release of A2A it speaks there, and whether it knows
//! AdCP's profile. The card is hostile input: it may not send our requests anywhere but to the
//! agent's own origin (docs/decisions/0006-a2a-cards.md).

use serde::Deserialize;
use url::Url;

use super::super::address::AddressPolicy;
use super::super::bounded;
use super::super::lenient::{each, lenient, text};

/// AdCP's profile of A2A, as cards advertise it.
pub(super) const PROFILE: &str = "https://adcontextprotocol.org/extensions/adcp/v3";

/// Where a card stands below an address.
const WELL_KNOWN: &str = "/.well-known/agent-card.json";

/// The most of an agent's words that a message of ours repeats, in characters.
const MOST_SHOWN: usize = 120;

/// A release of A2A that we speak, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Release {
    /// `SendMessage`.
    V1_0,
    /// `message/send`.
    V0_3,
}

impl Release {
    fn read(version: &str) -> Option<Self> {
        let is = |line: &str| {
            version
                .strip_prefix(line)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if is("1.0") || version == "1" {
            Some(Self::V1_0)
        } else if is("0.3") {
            Some(Self::V0_3)
        } else {
            None
        }
    }
}

/// What we need of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Card {
    /// Where requests go.
    pub endpoint: Url,
    /// What is spoken there.
    pub release: Release,
    /// Whether the agent follows AdCP's profile.
    pub has_profile: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireCard {
    #[serde(deserialize_with = "each")]
    supported_interfaces: Vec<WireInterface>,
    #[serde(deserialize_with = "text")]
    url: Option<String>,
    #[serde(deserialize_with = "text")]
    preferred_transport: Option<String>,
    #[serde(deserialize_with = "text")]
    protocol_version: Option<String>,
    #[serde(deserialize_with = "each")]
    additional_interfaces: Vec<WireInterface>,
    #[serde(deserialize_with = "lenient")]
    capabilities: WireCapabilities,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WireInterface {
    #[serde(deserialize_with = "text")]
    url: Option<String>,
    #[serde(deserialize_with = "text")]
    protocol_binding: Option<String>,
    #[serde(deserialize_with = "text")]
    transport: Option<String>,
    #[serde(deserialize_with = "text")]
    protocol_version: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireCapabilities {
    #[serde(deserialize_with = "each")]
    extensions: Vec<WireExtension>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WireExtension {
    #[serde(deserialize_with = "text")]
    uri: Option<String>,
}

/// Where an agent's card may stand: the address itself when it is a card's, else below the whole
/// path, since several agents may share a host, else at the root.
pub(super) fn places(agent: &Url) -> Vec<Url> {
    let at = |path: &str| {
        let mut url = agent.clone();
        url.set_path(path);
        url.set_query(None);
        url.set_fragment(None);
        url
    };
    let path = agent.path().trim_end_matches('/');
    if path.ends_with(".json") {
        vec![at(path)]
    } else if path.is_empty() {
        vec![at(WELL_KNOWN)]
    } else {
        vec![at(&format!("{path}{WELL_KNOWN}")), at(WELL_KNOWN)]
    }
}

/// Reads a card of the agent at an address.
///
/// # Errors
/// A sentence: it is no card, offers nothing we speak, or names only addresses we do not go to.
pub(super) fn read(bytes: &[u8], agent: &Url, policy: &AddressPolicy) -> Result<Card, String> {
    let not_one = || "expected an A2A agent card, got something else".to_owned();
    let value = bounded::json(bytes).ok().flatten().ok_or_else(not_one)?;
    let WireCard {
        supported_interfaces,
        url,
        preferred_transport,
        protocol_version,
        additional_interfaces,
        capabilities,
    } = serde_json::from_value(value).map_err(|_| not_one())?;
    // What 0.3 says of itself outside a list; its version counts for its other transports, too.
    let own = url.map(|url| WireInterface {
        url: Some(url),
        protocol_binding: preferred_transport,
        transport: None,
        protocol_version: protocol_version.clone(),
    });
    let others = additional_interfaces
        .into_iter()
        .map(|other| WireInterface {
            protocol_version: other.protocol_version.or_else(|| protocol_version.clone()),
            ..other
        });
    let offered: Vec<(String, String, Option<String>)> = supported_interfaces
        .into_iter()
        .chain(own)
        .chain(others)
        .filter_map(|interface| {
            let binding = interface.protocol_binding.or(interface.transport);
            let binding = binding.unwrap_or_else(|| "JSONRPC".to_owned());
            Some((interface.url?, binding, interface.protocol_version))
        })
        .collect();
    if offered.is_empty() {
        return Err(not_one());
    }
    let spoken = |wanted: Release| {
        offered.iter().filter(move |(_, binding, version)| {
            // Before versions were written into cards there was no 1.0.
            let release = version
                .as_deref()
                .map_or(Some(Release::V0_3), Release::read);
            binding.eq_ignore_ascii_case("JSONRPC") && release == Some(wanted)
        })
    };
    let mut elsewhere = None;
    for release in [Release::V1_0, Release::V0_3] {
        for (address, _, _) in spoken(release) {
            match own_address(address, agent, policy) {
                Ok(endpoint) => {
                    let has_profile = capabilities
                        .extensions
                        .iter()
                        .any(|extension| extension.uri.as_deref() == Some(PROFILE));
                    return Ok(Card {
                        endpoint,
                        release,
                        has_profile,
                    });
                }
                Err(why) => elsewhere = elsewhere.or(Some(why)),
            }
        }
    }
    Err(elsewhere.unwrap_or_else(|| {
        let list: Vec<String> = offered
            .iter()
            .take(4)
            .map(|(_, binding, version)| {
                let words = format!("{binding} {}", version.as_deref().unwrap_or_default());
                shown(words.trim_end())
            })
            .collect();
        format!(
            "expected a card with A2A 0.3 or 1.0 over JSONRPC, got `{}`",
            list.join("`, `")
        )
    }))
}

/// An address that a card names, when it is allowed and on the agent's own origin.
fn own_address(named: &str, agent: &Url, policy: &AddressPolicy) -> Result<Url, String> {
    let url = policy.parse(named).map_err(|refusal| {
        format!("the agent's card names an address we do not go to: {refusal}")
    })?;
    if url.origin() == agent.origin() {
        return Ok(url);
    }
    Err(format!(
        "expected the agent's card to name an address on `{}`, got `{}`",
        agent.origin().ascii_serialization(),
        shown(&url.origin().ascii_serialization())
    ))
}

fn shown(words: &str) -> String {
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(MOST_SHOWN)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const AGENT: &str = "https://seller.example/tenant/a2a";

    fn card(value: &Value) -> Result<Card, String> {
        read(
            value.to_string().as_bytes(),
            &Url::parse(AGENT).unwrap(),
            &AddressPolicy::new(false),
        )
    }

    fn chosen(value: &Value) -> (String, Release, bool) {
        let card = card(value).unwrap();
        (card.endpoint.to_string(), card.release, card.has_profile)
    }

    #[test]
    fn the_newest_release_that_we_speak_is_chosen() {
        let new = json!({"url": "https://seller.example/", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"});
        let old = json!({"url": "https://seller.example/old", "protocolBinding": "jsonrpc", "protocolVersion": "0.3"});
        let grpc = json!({"url": "https://seller.example/grpc", "protocolBinding": "GRPC", "protocolVersion": "1.0"});
        let far = json!({"url": "https://seller.example/far", "protocolBinding": "JSONRPC", "protocolVersion": "2.0"});
        assert_eq!(
            chosen(
                &json!({"supportedInterfaces": [far, grpc, old, new], "url": "https://seller.example/x"})
            ),
            ("https://seller.example/".to_owned(), Release::V1_0, false)
        );
        assert_eq!(
            chosen(&json!({"supportedInterfaces": [grpc, old]})).1,
            Release::V0_3
        );
        assert_eq!(
            card(&json!({"supportedInterfaces": [grpc, far]})),
            Err(
                "expected a card with A2A 0.3 or 1.0 over JSONRPC, got `GRPC 1.0`, `JSONRPC 2.0`"
                    .to_owned()
            )
        );
    }

    #[test]
    fn cards_of_0_3_say_it_beside_the_list() {
        let old = json!({"url": "https://seller.example/a2a", "protocolVersion": "0.3.0", "preferredTransport": "JSONRPC"});
        assert_eq!(
            chosen(&old),
            (
                "https://seller.example/a2a".to_owned(),
                Release::V0_3,
                false
            )
        );
        let other = json!({
            "url": "https://seller.example/grpc", "protocolVersion": "0.3.0", "preferredTransport": "GRPC",
            "additionalInterfaces": [{"url": "https://seller.example/rpc", "transport": "JSONRPC"}],
        });
        assert_eq!(chosen(&other).0, "https://seller.example/rpc");
        let silent = json!({"url": "https://seller.example/a2a"});
        assert_eq!(chosen(&silent).1, Release::V0_3);
    }

    #[test]
    fn the_profile_counts_where_it_belongs() {
        let with = |extensions: Value| {
            chosen(&json!({"url": "https://seller.example/a2a", "capabilities": {"extensions": extensions}})).2
        };
        assert!(with(
            json!([{"uri": "https://other.example/x"}, {"uri": PROFILE, "required": true}])
        ));
        assert!(!with(
            json!([{"uri": "https://adcontextprotocol.org/extensions/adcp"}])
        ));
        let outside =
            json!({"url": "https://seller.example/a2a", "extensions": [{"uri": PROFILE}]});
        assert!(!chosen(&outside).2);
    }

    #[test]
    fn a_card_cannot_send_us_elsewhere() {
        for address in [
            "https://evil.example/a2a",
            "http://seller.example/a2a",
            "https://seller.example:8443/a2a",
            "https://sub.seller.example/a2a",
            "https://user:pass@seller.example/a2a",
            "https://169.254.169.254/latest",
            "http://127.0.0.1/",
            "/a2a",
            "file:///etc/passwd",
            "https://seller.example\\@evil.example/",
        ] {
            let told = card(&json!({"url": address, "protocolVersion": "0.3.0"}));
            assert!(told.is_err(), "{address}: {told:?}");
        }
        // An own address further down the list is good enough.
        let mixed = json!({"supportedInterfaces": [
            {"url": "https://cdn.example/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"},
            {"url": "https://seller.example/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "0.3"},
        ]});
        assert_eq!(chosen(&mixed).1, Release::V0_3);
    }

    #[test]
    fn what_is_no_card_is_told() {
        for value in [
            json!([]),
            json!("card"),
            json!({}),
            json!({"name": "x"}),
            json!({"url": 7.5, "supportedInterfaces": "none"}),
        ] {
            let told = card(&value).unwrap_err();
            assert!(told.contains("expected"), "{value}: {told}");
        }
    }

    #[test]
    fn cards_are_looked_for_below_the_path_and_at_the_root() {
        let found = |text: &str| {
            places(&Url::parse(text).unwrap())
                .into_iter()
                .map(String::from)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            found("https://s.example/t/a2a/?x=1#y"),
            [
                "https://s.example/t/a2a/.well-known/agent-card.json",
                "https://s.example/.well-known/agent-card.json"
            ]
        );
        assert_eq!(
            found("https://s.example"),
            ["https://s.example/.well-known/agent-card.json"]
        );
        assert_eq!(
            found("https://s.example/cards/a.json"),
            ["https://s.example/cards/a.json"]
        );
    }
}
