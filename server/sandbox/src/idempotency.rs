//! Replays of calls that change something: one answer for one key and body.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::reading::Object;
use crate::refusal::Refusal;

/// How long an answer is replayed, in real time whatever the shared clock does.
pub(crate) const REPLAY: Duration = Duration::from_secs(86_400);
/// Answers remembered by one agent; the oldest goes first.
const REMEMBERED: usize = 20_000;

/// What a call is known by: its tool, its key, and the digest of its canonical body.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    key: String,
    digest: [u8; 32],
}

#[derive(Debug)]
struct Reply {
    digest: [u8; 32],
    body: Object,
    at: Instant,
}

#[derive(Debug, Default)]
pub(crate) struct Replies {
    by_key: HashMap<String, Reply>,
    oldest_first: VecDeque<String>,
    kept: u64,
}

impl Identity {
    /// Reads the key and digests the body as RFC 8785 text without the members that a retry may
    /// change: the key itself, `context`, `governance_context` and the push credentials.
    ///
    /// # Errors
    ///
    /// `VALIDATION_ERROR` when the key is missing or not 16 to 255 of its characters.
    pub(crate) fn of(tool: &str, arguments: &Object) -> Result<Self, Refusal> {
        let key = match arguments.get("idempotency_key") {
            Some(Value::String(key)) if is_key(key) => key.clone(),
            Some(_) => {
                return Err(Refusal::invalid(
                    "/idempotency_key",
                    "expected 16 to 255 letters, digits, `_`, `.`, `:` or `-`",
                ));
            }
            None => {
                return Err(Refusal::invalid(
                    "/idempotency_key",
                    "expected an idempotency_key",
                ));
            }
        };
        let mut body = arguments.clone();
        for member in ["idempotency_key", "context", "governance_context"] {
            body.remove(member);
        }
        if let Some(Value::Object(push)) = body.get_mut("push_notification_config")
            && let Some(Value::Object(authentication)) = push.get_mut("authentication")
        {
            authentication.remove("credentials");
        }
        body.insert("\u{0}tool".into(), tool.into());
        let text = serde_json_canonicalizer::to_vec(&Value::Object(body))
            .map_err(|error| Refusal::new("INVALID_REQUEST", error.to_string()))?;
        Ok(Self {
            key,
            digest: Sha256::digest(&text).into(),
        })
    }
}

fn is_key(text: &str) -> bool {
    (16..=255).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte))
}

impl Replies {
    /// The answer given before to the same key and body; none when the key is new.
    ///
    /// # Errors
    ///
    /// `IDEMPOTENCY_CONFLICT` for another body, `IDEMPOTENCY_EXPIRED` after [`REPLAY`].
    pub(crate) fn find(&self, identity: &Identity) -> Result<Option<Object>, Refusal> {
        let Some(reply) = self.by_key.get(&identity.key) else {
            return Ok(None);
        };
        if reply.digest != identity.digest {
            return Err(Refusal::new(
                "IDEMPOTENCY_CONFLICT",
                "the idempotency_key was used with another body",
            )
            .at("idempotency_key")
            .suggesting("use a new key for a changed request"));
        }
        if reply.at.elapsed() > REPLAY {
            return Err(Refusal::new(
                "IDEMPOTENCY_EXPIRED",
                "the answer to this idempotency_key is no longer kept",
            )
            .at("idempotency_key")
            .suggesting("look for the media buy by its context before sending again"));
        }
        let mut body = reply.body.clone();
        body.insert("replayed".into(), true.into());
        Ok(Some(body))
    }

    /// How many answers were ever kept.
    pub(crate) fn kept(&self) -> u64 {
        self.kept
    }

    pub(crate) fn keep(&mut self, identity: Identity, body: Object) {
        if self.oldest_first.len() >= REMEMBERED
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.by_key.remove(&oldest);
        }
        self.kept += 1;
        self.oldest_first.push_back(identity.key.clone());
        self.by_key.insert(
            identity.key,
            Reply {
                digest: identity.digest,
                body,
                at: Instant::now(),
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn identity(body: Value) -> Identity {
        let Value::Object(body) = body else {
            panic!("a body is an object");
        };
        match Identity::of("create_media_buy", &body) {
            Ok(identity) => identity,
            Err(refusal) => panic!("{refusal:?}"),
        }
    }

    #[test]
    fn only_the_excluded_members_may_change() {
        let key = "0123456789abcdef";
        let first = identity(
            json!({"idempotency_key": key, "a": 5000, "b": {"x": 1, "y": 2},
            "context": {"n": 1},
            "push_notification_config": {"url": "u", "authentication": {"credentials": "one"}}}),
        );
        let same = identity(
            json!({"idempotency_key": key, "b": {"y": 2, "x": 1}, "a": 5000.0,
            "context": {"n": 2},
            "push_notification_config": {"url": "u", "authentication": {"credentials": "two"}}}),
        );
        assert_eq!(first.digest, same.digest);
        for other in [
            json!({"idempotency_key": key, "a": 5001}),
            json!({"idempotency_key": key, "a": 5000, "ext": null}),
            json!({"idempotency_key": key, "a": 5000, "b": {"x": 1, "y": 2},
                "push_notification_config": {"url": "v", "authentication": {}}}),
        ] {
            assert_ne!(first.digest, identity(other).digest);
        }
    }
}
