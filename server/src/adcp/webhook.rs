//! Messages that agents send by themselves: what a request says so that they do, and the envelope
//! they come in (adcp.md 7).

use chrono::{DateTime, Utc};
use flighting_core::execution::Outcome;
use flighting_core::media_buy::MediaBuy;
use flighting_core::money::Currency;
use flighting_core::selection::ReportFrequency;
use flighting_core::wire::json::Json;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::map;
use super::repeats::repeats_a_name;
use super::types::TaskStatus;

/// Stands in stored requests where the token goes. What is sent holds the token itself.
const TOKEN_PLACE: &str = "[the token of the agent's webhook address goes here]";
/// Stands in stored requests where the shared secret goes.
const SECRET_PLACE: &str = "[the shared secret of the agent's webhooks goes here]";

/// What a request says so that an agent writes to us. Secrets are put in when it is sent, so that
/// none is stored with the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushConfig {
    /// The agent's one address.
    pub url: String,
    /// Whether messages are signed with a shared secret. Telling it is what makes an agent sign so.
    pub has_shared_secret: bool,
    /// How often delivery is reported by itself, where the seller offers that. AdCP 3 has reports
    /// signed with a shared secret only, so it is asked for only where there is one.
    pub reports: Option<ReportFrequency>,
}

/// `push_notification_config`.
#[derive(Debug, Serialize)]
pub(super) struct WirePush<'a> {
    url: &'a str,
    operation_id: &'a str,
    token: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication: Option<WireSecret>,
}

/// `reporting_webhook`.
#[derive(Debug, Serialize)]
pub(super) struct WireReports<'a> {
    url: &'a str,
    token: &'static str,
    authentication: WireSecret,
    reporting_frequency: &'static str,
}

#[derive(Debug, Serialize)]
struct WireSecret {
    schemes: [&'static str; 1],
    credentials: &'static str,
}

const SHARED: WireSecret = WireSecret {
    schemes: ["HMAC-SHA256"],
    credentials: SECRET_PLACE,
};

impl PushConfig {
    /// For one operation, named by the key of its request.
    pub(super) fn push<'a>(&'a self, operation_id: &'a str) -> WirePush<'a> {
        WirePush {
            url: &self.url,
            operation_id,
            token: TOKEN_PLACE,
            authentication: self.has_shared_secret.then_some(SHARED),
        }
    }

    /// For the reports on what an operation buys.
    pub(super) fn reports(&self) -> Option<WireReports<'_>> {
        let frequency = self.reports.filter(|_| self.has_shared_secret)?;
        Some(WireReports {
            url: &self.url,
            token: TOKEN_PLACE,
            authentication: SHARED,
            reporting_frequency: frequency.as_str(),
        })
    }
}

/// The arguments as they are sent: secrets in their places. The same arguments and secrets always
/// give the same bytes.
///
/// # Errors
/// When a secret cannot stand in JSON.
pub fn with_secrets(
    arguments: &RawValue,
    token: &str,
    shared_secret: Option<&str>,
) -> serde_json::Result<Box<RawValue>> {
    let member = |name: &str, value: &str| -> serde_json::Result<String> {
        Ok(format!("\"{name}\":{}", serde_json::to_string(value)?))
    };
    // A quote inside a text is escaped, so these can stand nowhere but where we wrote them.
    let mut text = arguments
        .get()
        .replace(&member("token", TOKEN_PLACE)?, &member("token", token)?);
    if let Some(secret) = shared_secret {
        text = text.replace(
            &member("credentials", SECRET_PLACE)?,
            &member("credentials", secret)?,
        );
    }
    RawValue::from_string(text)
}

/// Whether stored arguments wait for secrets.
#[must_use]
pub fn wants_secrets(arguments: &RawValue) -> bool {
    arguments.get().contains(TOKEN_PLACE)
}

/// A message in its envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// Makes it one: the same for every attempt to deliver it.
    pub idempotency_key: String,
    /// Our name of the operation, where the agent repeats it.
    pub operation_id: Option<String>,
    /// The agent's name of the task.
    pub task_id: String,
    /// What kind of task.
    pub task_type: String,
    /// Its state.
    pub status: TaskStatus,
    /// When the message was made, by the agent's clock.
    pub timestamp: DateTime<Utc>,
    /// What it repeats of our request.
    pub token: Option<String>,
    /// Digest of all it says, whatever the order of its members.
    pub digest: [u8; 32],
    body: Value,
}

/// Why a body is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeRefusal {
    /// No JSON object.
    #[error("expected a JSON object")]
    NotJson,
    /// A name stands twice in an object.
    #[error("expected every name once in an object, got one twice")]
    RepeatedName,
    /// Members of the envelope are missing.
    #[error("expected `task_id`, `task_type`, `status` and `timestamp`")]
    MissingFields,
    /// No key to know it by.
    #[error("expected `idempotency_key`")]
    MissingKey,
    /// A member is not what it has to be.
    #[error("expected `{0}` in its form")]
    Invalid(&'static str),
    /// A status that no task has.
    #[error("expected the `status` of a task")]
    InvalidStatus,
}

impl EnvelopeRefusal {
    /// The stable word; the official vectors name some of them.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::RepeatedName => "duplicate_member",
            Self::MissingFields => "missing_envelope_fields",
            Self::MissingKey => "missing_idempotency_key",
            Self::Invalid(_) => "invalid_envelope_field",
            Self::InvalidStatus => "invalid_envelope_status",
        }
    }
}

impl Envelope {
    /// Reads a body. Members we do not know are left alone.
    ///
    /// # Errors
    /// [`EnvelopeRefusal`].
    pub fn read(bytes: &[u8]) -> Result<Self, EnvelopeRefusal> {
        let json: Json = serde_json::from_slice(bytes).map_err(|_| EnvelopeRefusal::NotJson)?;
        if repeats_a_name(&json) {
            return Err(EnvelopeRefusal::RepeatedName);
        }
        let body: Value = serde_json::from_slice(bytes).map_err(|_| EnvelopeRefusal::NotJson)?;
        if !body.is_object() {
            return Err(EnvelopeRefusal::NotJson);
        }
        let text = |name: &'static str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() && text.len() <= 4096 => {
                Ok(Some(text.clone()))
            }
            Some(_) => Err(EnvelopeRefusal::Invalid(name)),
        };
        let (Some(task_id), Some(task_type), Some(status), Some(timestamp)) = (
            text("task_id")?,
            text("task_type")?,
            text("status")?,
            text("timestamp")?,
        ) else {
            return Err(EnvelopeRefusal::MissingFields);
        };
        let idempotency_key = text("idempotency_key")?.ok_or(EnvelopeRefusal::MissingKey)?;
        let is_key = (16..=255).contains(&idempotency_key.len())
            && idempotency_key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte));
        if !is_key {
            return Err(EnvelopeRefusal::Invalid("idempotency_key"));
        }
        let status = match TaskStatus::read(&status) {
            TaskStatus::Unknown(word) if word != "unknown" => {
                return Err(EnvelopeRefusal::InvalidStatus);
            }
            status => status,
        };
        let timestamp = DateTime::parse_from_rfc3339(&timestamp)
            .map_err(|_| EnvelopeRefusal::Invalid("timestamp"))?
            .with_timezone(&Utc);
        let canonical =
            serde_json_canonicalizer::to_vec(&body).map_err(|_| EnvelopeRefusal::NotJson)?;
        Ok(Self {
            idempotency_key,
            operation_id: text("operation_id")?,
            task_id,
            task_type,
            status,
            timestamp,
            token: text("token")?,
            digest: Sha256::digest(&canonical).into(),
            body,
        })
    }

    /// Whether it reports on delivery.
    #[must_use]
    pub fn is_report(&self) -> bool {
        self.task_type == "media_buy_delivery"
    }

    /// The task's own answer; `null` where there is none yet.
    #[must_use]
    pub fn result(&self) -> &Value {
        &self.body["result"]
    }

    /// What it means for the buy that its task decides about, read as an answer to a poll is.
    /// `None` where it says nothing about the task.
    #[must_use]
    pub fn outcome(&self, buy: &MediaBuy, currency: Currency) -> Option<Outcome> {
        let reading = map::task(&self.body, false, &self.task_id, currency)?;
        Some(Outcome::of(buy, reading.answer, reading.served_version))
    }
}
