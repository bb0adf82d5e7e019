//! A new sales agent, as it is typed.

use flighting_core::error::Violation;
use flighting_core::wire::Json;
use flighting_core::wire::agent::read_agent;

use super::{object, text, word};

/// A sales agent as typed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AgentForm {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub url: String,
    /// `MCP` or `A2A`.
    pub protocol: String,
    /// The bearer token; empty where it asks for none.
    pub token: String,
}

// The token is a secret: it is not printed.
impl std::fmt::Debug for AgentForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AgentForm")
            .field("name", &self.name)
            .field("url", &self.url)
            .field("protocol", &self.protocol)
            .finish_non_exhaustive()
    }
}

impl AgentForm {
    /// The body of a registration.
    #[must_use]
    pub fn body(&self) -> Json {
        let auth = text(&self.token)
            .map(|token| object([("type", Some(word("bearer"))), ("token", Some(token))]));
        let protocol = if self.protocol.is_empty() {
            word("MCP")
        } else {
            word(&self.protocol)
        };
        object([
            ("name", text(&self.name)),
            ("url", text(&self.url)),
            ("protocol", Some(protocol)),
            ("auth", auth),
        ])
    }

    /// Everything wrong with it, in core's order.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        read_agent(&self.body()).err().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_says_what_is_missing_and_the_token_is_never_printed() {
        let paths = |form: &AgentForm| -> Vec<String> {
            form.violations().into_iter().map(|one| one.path).collect()
        };
        assert_eq!(paths(&AgentForm::default()), ["name", "url"]);
        let form = AgentForm {
            name: "Alder".into(),
            url: "https://sales.example/mcp".into(),
            token: "hush".into(),
            ..AgentForm::default()
        };
        assert!(form.violations().is_empty());
        assert!(!format!("{form:?}").contains("hush"));
        assert!(
            serde_json::to_string(&form.body())
                .unwrap()
                .contains("hush")
        );
    }
}
