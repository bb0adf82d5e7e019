//! Subscriptions to webhooks, and what was sent to them (contract 11).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::agent::Secret;
use super::agent::read::{secret, web_address};
use super::json::Json;
use super::read::Reader;
use crate::error::Violation;
use crate::words::words;

/// Characters of a secret, both ends included.
const SECRET: (usize, usize) = (16, 256);

words! {
    /// What can be subscribed to.
    pub enum WebhookEvent {
        /// A campaign's status moved.
        CampaignStatusChanged = "campaign.status_changed",
        /// A media buy's status moved, or its hold or warnings did.
        MediaBuyStatusChanged = "media_buy.status_changed",
        /// New delivery figures of a campaign.
        DeliveryUpdated = "delivery.updated",
    }
}

words! {
    /// Whether a subscription works.
    pub enum SubscriptionStatus {
        /// It is told what happens.
        Active = "active",
        /// It is told nothing.
        Inactive = "inactive",
        /// Its receiver keeps failing; it is still tried, ever more seldom, and active again with
        /// the first success.
        Failed = "failed",
    }
}

words! {
    /// How far one message has come.
    pub enum DeliveryState {
        /// To be sent, for the first time or again.
        Waiting = "waiting",
        /// The receiver answered 2xx.
        Delivered = "delivered",
        /// Given up after 24 hours; it can be replayed.
        Failed = "failed",
    }
}

/// A new subscription.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = WebhookSubscriptionInput))]
pub struct WebhookSubscriptionIn {
    /// Where messages are posted: `https`, without user or fragment.
    #[cfg_attr(
        feature = "openapi",
        schema(
            format = "uri",
            max_length = 2048,
            example = "https://hooks.example/flighting"
        )
    )]
    pub url: String,
    /// The key of the signature: printable ASCII without spaces. It is never shown again.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 16, max_length = 256, write_only, pattern = "^[!-~]+$")
    )]
    pub secret: String,
    /// What to be told of, each word once.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 3))]
    pub event_types: Vec<WebhookEvent>,
}

impl std::fmt::Debug for WebhookSubscriptionIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSubscriptionIn")
            .field("url", &self.url)
            .field("event_types", &self.event_types)
            .finish_non_exhaustive()
    }
}

/// A subscription that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionDraft {
    /// Where messages are posted.
    pub url: String,
    /// The key of the signature.
    pub secret: Secret,
    /// What to be told of.
    pub event_types: Vec<WebhookEvent>,
}

/// Reads the body of a new subscription.
///
/// # Errors
/// Every violation; none shows the secret.
pub fn read_subscription(json: &Json) -> Result<SubscriptionDraft, Vec<Violation>> {
    let mut reader = Reader::new();
    let draft = subscription(json, &mut reader);
    reader.finish(draft)
}

fn subscription(json: &Json, reader: &mut Reader) -> Option<SubscriptionDraft> {
    let mut fields = reader.body(json)?;
    let url = fields
        .get(reader, "url")
        .required(reader)
        .and_then(|item| web_address(item, reader));
    let key = fields
        .get(reader, "secret")
        .required(reader)
        .and_then(|item| secret(item, reader, SECRET.0, SECRET.1));
    let event_types = fields
        .get(reader, "eventTypes")
        .required(reader)
        .and_then(|item| {
            item.distinct(reader, 1, WebhookEvent::ALL.len(), |item, reader| {
                item.word(reader, WebhookEvent::WORDS, WebhookEvent::parse)
            })
        });
    fields.finish(reader);
    Some(SubscriptionDraft {
        url: url?,
        secret: key?,
        event_types: event_types?,
    })
}

/// A subscription; its secret is never in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = WebhookSubscription))]
pub struct WebhookSubscriptionOut {
    /// Stable id, `whs_…`.
    pub id: String,
    /// Where messages are posted.
    pub url: String,
    /// What it is told of.
    pub event_types: Vec<WebhookEvent>,
    /// Whether it works.
    pub status: SubscriptionStatus,
    /// Attempts in a row that failed.
    pub failure_count: u32,
    /// When a message last arrived.
    pub last_success: Option<DateTime<Utc>>,
    /// When an attempt last failed.
    pub last_failure: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last told something, or failed to be.
    pub updated_at: DateTime<Utc>,
}

/// One message to one subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = WebhookDelivery))]
pub struct WebhookDeliveryOut {
    /// Its id, `whd_…`.
    pub id: String,
    /// The event it tells of, `evt_…`: the `id` in the message, the same at every attempt.
    pub event_id: String,
    /// The event's name.
    pub event_type: WebhookEvent,
    /// The campaign it is about.
    pub campaign_id: String,
    /// The media buy it is about, where it is about one.
    pub media_buy_id: Option<String>,
    /// How far it has come.
    pub status: DeliveryState,
    /// How often it was sent since it was made or replayed.
    pub attempts: u32,
    /// When it was last sent.
    pub last_attempt: Option<DateTime<Utc>>,
    /// When it is sent next; null when it is not.
    pub next_attempt: Option<DateTime<Utc>>,
    /// What the receiver last answered.
    pub http_status: Option<u16>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use crate::wire::read::testing::{members_of, take_asked, top};

    fn read(text: &str) -> Result<SubscriptionDraft, Vec<(String, Code)>> {
        read_subscription(&serde_json::from_str(text).unwrap())
            .map_err(|found| found.into_iter().map(|v| (v.path, v.code)).collect())
    }

    #[test]
    fn a_subscription_is_read_and_hides_its_secret() {
        take_asked();
        let text = r#"{"url":"https://a.example/h","secret":"0123456789abcdef","eventTypes":["delivery.updated"]}"#;
        let draft = read(text).unwrap();
        assert_eq!(top(take_asked()), members_of::<WebhookSubscriptionIn>());
        assert_eq!(draft.secret.reveal(), "0123456789abcdef");
        assert_eq!(draft.event_types, [WebhookEvent::DeliveryUpdated]);
        assert!(!format!("{draft:?}").contains("0123456789"));
    }

    #[test]
    fn everything_wrong_is_told_and_no_secret() {
        let text = r#"{"url":"x","secret":"short","eventTypes":["delivery.updated","delivery.updated","else"],"extra":1}"#;
        assert_eq!(
            read(text).unwrap_err(),
            [
                ("url".to_owned(), Code::InvalidFormat),
                ("secret".to_owned(), Code::TooShort),
                ("eventTypes[1]".to_owned(), Code::Duplicate),
                ("eventTypes[2]".to_owned(), Code::UnknownValue),
                ("extra".to_owned(), Code::UnknownField),
            ]
        );
        let told = format!(
            "{:?}",
            read_subscription(&serde_json::from_str(text).unwrap())
        );
        assert!(!told.contains("short`"), "{told}");
        assert_eq!(
            read(r#"{"url":"https://a.example","secret":"0123456789abcdef","eventTypes":[]}"#)
                .unwrap_err()[0]
                .0,
            "eventTypes"
        );
    }
}
