//! AdCP over A2A, releases 0.3 and 1.0: which of them, and where, says the agent's card. A call is
//! one message with one data part; what must not be doubled is sent once, byte for byte.

mod answer;
mod card;
mod message;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use flighting_core::media_buy::OpenTask;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::exchange::{Bearer, Call, Exchange, RawExchange, Reply, Transport};
use super::guard::{Guard, GuardError};
use super::rpc::{Line, Request};
use super::signer::RequestSigner;
use card::Card;

/// How long a card is believed: as long as what the agent says it can do.
const CARD_LIFE: Duration = Duration::from_secs(600);

/// The most bytes of a card that we read: 1 MiB, our choice.
const MAX_CARD_BYTES: usize = 1024 * 1024;

/// Codes of A2A with which a server turns an answer away before anything runs: no such task, and a
/// task that takes no more messages.
const NOT_OPEN: [i64; 2] = [-32001, -32004];

/// One agent over A2A.
#[derive(Debug)]
pub struct A2aTransport {
    line: Line,
    url: Url,
    card: Mutex<Option<(Card, Instant)>>,
}

/// Why there is no card.
struct NoCard {
    reason: String,
    http_status: Option<u16>,
    body: Option<Vec<u8>>,
}

impl From<GuardError> for NoCard {
    fn from(error: GuardError) -> Self {
        Self {
            reason: error.to_string(),
            http_status: None,
            body: None,
        }
    }
}

struct Attempt {
    reply: Reply,
    open: Option<OpenTask>,
    body: Option<Vec<u8>>,
    http_status: Option<u16>,
}

impl Attempt {
    fn never_left(reason: String) -> Self {
        Self {
            reply: Reply::NeverLeft {
                reason,
                http_status: None,
            },
            open: None,
            body: None,
            http_status: None,
        }
    }
}

impl A2aTransport {
    /// The agent at an address: its own, or its card's. Nothing is sent yet.
    #[must_use]
    pub fn new(guard: Arc<Guard>, url: Url, bearer: Option<Bearer>) -> Self {
        Self {
            line: Line::new(guard, bearer),
            url,
            card: Mutex::new(None),
        }
    }

    /// The same, signing what the agent wants signed.
    #[must_use]
    pub fn signing(mut self, signer: Arc<RequestSigner>) -> Self {
        self.line = self.line.signing(signer);
        self
    }

    /// The card to go by: the one we have while it is fresh, else a new one.
    async fn card(&self, deadline: Instant) -> Result<Card, NoCard> {
        let Ok(mut held) = timeout_at(deadline, self.card.lock()).await else {
            return Err(GuardError::TooLate.into());
        };
        if let Some((card, read_at)) = held.as_ref()
            && read_at.elapsed() < CARD_LIFE
        {
            return Ok(card.clone());
        }
        let card = self.fetch(deadline).await?;
        *held = Some((card.clone(), Instant::now()));
        Ok(card)
    }

    /// Looks in each place; what is missing, or no card, is looked for in the next.
    async fn fetch(&self, deadline: Instant) -> Result<Card, NoCard> {
        let mut none = NoCard {
            reason: "the agent has no card".to_owned(),
            http_status: None,
            body: None,
        };
        for place in card::places(&self.url) {
            let mut answer = self.line.get(&place, MAX_CARD_BYTES, deadline).await?;
            let status = answer.status().as_u16();
            let body = answer.body().await?;
            let why = if answer.status().is_success() {
                match card::read(&body, &self.url, self.line.guard().policy()) {
                    Ok(card) => return Ok(card),
                    Err(why) => why,
                }
            } else {
                format!(
                    "expected the agent's card at `{}`, got HTTP {status}",
                    place.path()
                )
            };
            none = NoCard {
                reason: why,
                http_status: (!answer.status().is_success()).then_some(status),
                body: Some(body),
            };
            if !matches!(status, 200 | 404 | 405 | 410) {
                break;
            }
        }
        Err(none)
    }

    async fn attempt(&self, call: &Call<'_>) -> Attempt {
        let card = match self.card(call.deadline).await {
            Ok(card) => card,
            Err(none) => {
                return Attempt {
                    reply: Reply::NeverLeft {
                        reason: none.reason,
                        http_status: none.http_status,
                    },
                    open: None,
                    body: none.body,
                    http_status: none.http_status,
                };
            }
        };
        let id = self.line.next_id();
        let message_id = uuid::Uuid::new_v4().to_string();
        let body = match message::write(
            &card,
            id,
            message_id,
            call.task,
            call.arguments,
            call.resume,
        ) {
            Ok(body) => body,
            Err(error) => {
                return Attempt::never_left(format!("the request could not be written: {error}"));
            }
        };
        let mut headers = match self.line.headers("application/json") {
            Ok(headers) => headers,
            Err(reason) => return Attempt::never_left(reason),
        };
        message::headers(&card, &mut headers);
        let unknown = |words: &str| answer::says_unknown(call.task, words);
        let came = self
            .line
            .ask(Request {
                url: &card.endpoint,
                id,
                headers,
                body,
                effect: call.effect,
                deadline: call.deadline,
                method: message::method(card.release),
                also_turned_by: if call.resume.is_some() {
                    &NOT_OPEN
                } else {
                    &[]
                },
                says_unknown: &unknown,
            })
            .await;
        let (reply, open) = match came.result {
            Ok(result) => answer::read(call.task, &result),
            Err(reply) => (reply, None),
        };
        Attempt {
            reply,
            open,
            body: came.body,
            http_status: came.http_status,
        }
    }
}

#[async_trait]
impl Transport for A2aTransport {
    async fn call(&self, call: Call<'_>) -> Exchange {
        let begun = Instant::now();
        let attempt = self.attempt(&call).await;
        // What the card says may be what is wrong: the next call reads it anew.
        if !matches!(attempt.reply, Reply::Answer { .. }) {
            *self.card.lock().await = None;
        }
        let raw = RawExchange::new(
            &call,
            self.line.bearer(),
            attempt.body.as_deref(),
            attempt.http_status,
            begun,
        );
        Exchange {
            reply: attempt.reply,
            open: attempt.open,
            raw,
        }
    }
}
