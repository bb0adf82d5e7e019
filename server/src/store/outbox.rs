//! Subscriptions to webhooks, and the messages that are written with the events they tell of.

use chrono::{DateTime, Utc};
use flighting_core::ids::{CampaignId, MediaBuyId};
use flighting_core::wire::webhook::{DeliveryState, WebhookEvent};

use super::AccountId;
use crate::secrets::Sealed;

/// Who is told of events by webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// `whs_…`.
    pub id: String,
    /// Whose it is.
    pub account: AccountId,
    /// Where messages are posted.
    pub url: String,
    /// The key of the signature, sealed for [`Subscription::place`].
    pub secret: Sealed,
    /// What it is told of.
    pub event_types: Vec<WebhookEvent>,
    /// Whether its receiver keeps failing.
    pub has_failed: bool,
    /// Attempts in a row that failed.
    pub failure_count: u32,
    /// When a message last arrived.
    pub last_success: Option<DateTime<Utc>>,
    /// When an attempt last failed.
    pub last_failure: Option<DateTime<Utc>>,
    /// Nothing is sent before; real time.
    pub resume_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last told something, or failed to be.
    pub updated_at: DateTime<Utc>,
}

impl Subscription {
    /// What an id of one begins with.
    pub const PREFIX: &'static str = "whs_";

    /// What the seal of its secret is bound to.
    #[must_use]
    pub fn place(account: &AccountId, id: &str) -> String {
        format!("{account}/{id}/secret")
    }
}

/// One message to one subscription.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its number; grows, with gaps.
    pub n: i64,
    /// The subscription.
    pub subscription: String,
    /// Sequence number of the event it tells of.
    pub event: i64,
    /// The event's name.
    pub event_type: WebhookEvent,
    /// The campaign it is about.
    pub campaign_id: CampaignId,
    /// The buy it is about, where it is about one.
    pub media_buy_id: Option<MediaBuyId>,
    /// What the receiver gets.
    pub data: serde_json::Value,
    /// When the event happened; the product's time.
    pub at: DateTime<Utc>,
    /// How far it has come.
    pub state: DeliveryState,
    /// How often it was sent since it was made or replayed.
    pub attempts: u32,
    /// When it was first sent.
    pub first_attempt: Option<DateTime<Utc>>,
    /// When it was last sent.
    pub last_attempt: Option<DateTime<Utc>>,
    /// Not to be sent before; real time.
    pub next_attempt: DateTime<Utc>,
    /// What the receiver last answered.
    pub http_status: Option<u16>,
    /// Why the last attempt failed.
    pub error: Option<String>,
}

/// What became of one attempt to send a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The message.
    pub n: i64,
    /// When it was sent.
    pub at: DateTime<Utc>,
    /// What the receiver answered, where it did.
    pub http_status: Option<u16>,
    /// What came of it.
    pub came_to: CameTo,
}

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CameTo {
    /// The receiver has it.
    Arrived,
    /// It is sent again.
    Again {
        /// Why.
        error: String,
        /// Not before.
        next: DateTime<Utc>,
    },
    /// It is not sent again.
    GivenUp {
        /// Why.
        error: String,
    },
}
