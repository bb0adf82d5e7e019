//! Telling subscribers by webhook. Messages stand in the store since the event's own commit; here
//! they are sent, at least once each, in the order of their campaign, for up to a day.
//!
//! A message is a POST of `{id, type, timestamp, data}`. `X-Webhook-Timestamp` holds the second at
//! which it was sent, and `X-Webhook-Signature` the HMAC-SHA256 of `timestamp.body` under the
//! subscription's secret, in lower case hex: an old message with a new time does not pass.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::wire::webhook::DeliveryState;
use hmac::{Hmac, Mac};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use sha2::Sha256;
use tokio::time::Instant;

use crate::adcp::Post;
use crate::app::App;
use crate::error::Fault;
use crate::jobs::Next;
use crate::secrets::Secret;
use crate::store::{AccountId, Attempt, CameTo, Message, Subscription};

/// Names the event, so that a receiver can tell a repetition before it reads the body.
const ID: HeaderName = HeaderName::from_static("x-webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-webhook-signature");

/// How long a receiver may take for one message.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a message is tried, counted from its first attempt.
const GIVE_UP_AFTER: TimeDelta = TimeDelta::hours(24);

/// Seconds between attempts, our choice: often at first, then ever more seldom.
const DELAYS_S: [i64; 8] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400];

/// Attempts in a row after which a subscription counts as failed, our choice.
const FAILED_AFTER: u32 = 10;

/// Failures in a row after which the receiver is left alone for a while: it is not one message that
/// it does not like.
const PAUSE_AFTER: u32 = 3;

/// Messages read from the store at once, and sent in one run of the job.
const BATCH: u32 = 20;
const MOST_IN_A_RUN: u32 = 200;

/// Sends what is due of a subscription, until nothing is or its receiver fails.
///
/// # Errors
/// What the store says, or a secret that cannot be opened.
pub async fn send(app: &App, account: &AccountId, id: &str) -> Result<Next, Fault> {
    let Some(mut subscription) = app.store.subscription(account, id).await? else {
        return Ok(Next::Done);
    };
    let place = Subscription::place(account, id);
    let secret = app.keyring.open_sealed(&place, &subscription.secret)?;
    let mut sent = 0;
    while sent < MOST_IN_A_RUN && !app.stopping.is_cancelled() {
        let now = app.clock.real_now();
        if let Some(at) = subscription.resume_at.filter(|at| *at > now) {
            return Ok(later(at, now));
        }
        let due = app.store.due_messages(account, id, now, BATCH).await?;
        if due.is_empty() {
            let next = app.store.next_message_at(account, id).await?;
            return Ok(next.map_or(Next::Done, |at| later(at, now)));
        }
        for message in due {
            sent += 1;
            let attempt = post(app, &subscription, &secret, &message).await?;
            subscription = counted(subscription, &attempt);
            let rests = subscription.resume_at.is_some();
            app.store.record_attempt(&subscription, &attempt).await?;
            if rests || app.stopping.is_cancelled() {
                break;
            }
        }
    }
    Ok(Next::Again {
        after: Duration::ZERO,
    })
}

fn later(at: DateTime<Utc>, now: DateTime<Utc>) -> Next {
    Next::Again {
        after: (at - now).to_std().unwrap_or_default(),
    }
}

/// How a subscription stands after an attempt.
fn counted(mut subscription: Subscription, attempt: &Attempt) -> Subscription {
    subscription.updated_at = attempt.at;
    match &attempt.came_to {
        CameTo::Arrived => {
            subscription.failure_count = 0;
            subscription.has_failed = false;
            subscription.last_success = Some(attempt.at);
            subscription.resume_at = None;
        }
        CameTo::Again { .. } | CameTo::GivenUp { .. } => {
            let count = subscription.failure_count.saturating_add(1);
            let given_up = matches!(attempt.came_to, CameTo::GivenUp { .. });
            subscription.failure_count = count;
            subscription.has_failed |= given_up || count >= FAILED_AFTER;
            subscription.last_failure = Some(attempt.at);
            subscription.resume_at =
                (count >= PAUSE_AFTER).then(|| attempt.at + delay(count - PAUSE_AFTER + 1));
        }
    }
    subscription
}

/// How long to wait after so many attempts, counted from 1.
fn delay(attempts: u32) -> TimeDelta {
    let index = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    TimeDelta::seconds(*DELAYS_S.get(index).unwrap_or(&DELAYS_S[DELAYS_S.len() - 1]))
}

/// What a receiver gets.
#[derive(Debug, Serialize)]
struct Body<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: DateTime<Utc>,
    data: &'a serde_json::Value,
}

async fn post(
    app: &App,
    subscription: &Subscription,
    secret: &Secret,
    message: &Message,
) -> Result<Attempt, Fault> {
    debug_assert_eq!(message.state, DeliveryState::Waiting);
    let now = app.clock.real_now();
    let id = event_id(message.event);
    let body = serde_json::to_vec(&Body {
        id: id.clone(),
        kind: message.event_type.as_str(),
        timestamp: message.at,
        data: &message.data,
    })
    .map_err(Fault::ours)?;
    let seconds = now.timestamp().to_string();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, text) in [
        (ID, id),
        (SIGNATURE, signature(secret, &seconds, &body)),
        (TIMESTAMP, seconds),
    ] {
        headers.insert(name, HeaderValue::try_from(text).map_err(Fault::ours)?);
    }
    let url = app.agents.guard().policy().parse(&subscription.url);
    let answer = match &url {
        Ok(url) => app
            .agents
            .guard()
            .post(Post {
                url,
                headers,
                body,
                own_connection: false,
                deadline: Instant::now() + PATIENCE,
            })
            .await
            // The answer's body is nobody's business and is not read.
            .map(|answer| answer.status())
            .map_err(|error| error.to_string()),
        Err(refusal) => Err(refusal.to_string()),
    };
    let (http_status, error) = match answer {
        Ok(status) if status.is_success() => (Some(status.as_u16()), None),
        Ok(status) => (
            Some(status.as_u16()),
            Some(format!(
                "expected an answer of 2xx, got {}",
                status.as_u16()
            )),
        ),
        Err(error) => (None, Some(error)),
    };
    let came_to = match error {
        None => CameTo::Arrived,
        Some(error) => {
            let end = message.first_attempt.unwrap_or(now) + GIVE_UP_AFTER;
            if now >= end {
                CameTo::GivenUp { error }
            } else {
                // The last attempt is made when the day is over.
                let next = (now + delay(message.attempts + 1)).min(end);
                CameTo::Again { error, next }
            }
        }
    };
    if let CameTo::Again { error, .. } | CameTo::GivenUp { error } = &came_to {
        tracing::info!(
            subscription = %subscription.id, event = message.event, attempt = message.attempts + 1, %error,
            "a webhook did not arrive"
        );
    }
    Ok(Attempt {
        n: message.n,
        at: now,
        http_status,
        came_to,
    })
}

/// The event's id as receivers see it.
#[must_use]
pub fn event_id(sequence: i64) -> String {
    format!("evt_{sequence}")
}

/// A message's id as callers see it.
#[must_use]
pub fn message_id(n: i64) -> String {
    format!("whd_{n}")
}

/// Reads a message's id.
#[must_use]
pub fn parse_message_id(text: &str) -> Option<i64> {
    let digits = text.strip_prefix("whd_")?;
    let fits = (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}

/// HMAC-SHA256 over `timestamp.body`, in lower case hex.
#[must_use]
pub fn signature(secret: &Secret, timestamp: &str, body: &[u8]) -> String {
    // A key of any length fits this MAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()) else {
        return String::new();
    };
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_covers_time_and_body() {
        let secret = Secret::new("0123456789abcdef");
        let one = signature(&secret, "1", b"{}");
        // HMAC-SHA256 of `1.{}` under that key, by another implementation.
        assert_eq!(
            one,
            "2af693cb56b22c16912222aeefdc75a01de562bf70ee2015f41ecea48382997f"
        );
        assert_ne!(one, signature(&secret, "2", b"{}"));
        assert_ne!(one, signature(&secret, "1", b"{ }"));
        assert_ne!(one, signature(&Secret::new("another-key-0123"), "1", b"{}"));
    }

    #[test]
    fn delays_grow_and_stay_within_a_day() {
        assert_eq!(delay(1), TimeDelta::seconds(5));
        assert_eq!(delay(8), TimeDelta::hours(4));
        assert_eq!(delay(u32::MAX), TimeDelta::hours(4));
        let sum = (1..=8).fold(TimeDelta::zero(), |sum, n| sum + delay(n));
        assert!(sum < GIVE_UP_AFTER);
    }
}
