//! What happens, as it happens: server-sent events of an account (decision 28).

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures::stream::{self, Stream};
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::query::Query;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Fault;
use crate::store::{AccountId, Event, Store, Tip};

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// A silent stream says so much that it lives, so that nothing on the way closes it.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// A stream ends after this time and is taken up again by its listener: a key that was revoked
/// meanwhile is refused then.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// Events read from the store at once.
const BATCH: u32 = 200;

/// The `data` of an event.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventOut {
    /// The campaign it is about.
    pub campaign_id: String,
    /// The media buy it is about, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_buy_id: Option<String>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened; its members depend on the event's name.
    pub data: serde_json::Value,
}

impl From<Event> for EventOut {
    fn from(event: Event) -> Self {
        let Event {
            sequence: _,
            kind: _,
            campaign_id,
            media_buy_id,
            data,
            at,
        } = event;
        Self {
            campaign_id: campaign_id.to_string(),
            media_buy_id: media_buy_id.map(|id| id.to_string()),
            at,
            data,
        }
    }
}

pub(crate) fn router() -> OpenApiRouter<Arc<App>> {
    OpenApiRouter::new().routes(routes!(listen))
}

/// Follow what happens
///
/// A stream of server-sent events. An event's `id` is its sequence number, its `event` a name such
/// as `campaign.status_changed`. The stream opens with `ready`, whose id is where it begins; with
/// `Last-Event-ID` it goes on behind that event, as long as it is among the last 1,000 or an hour
/// old; else it opens with `reset`, and what is shown has to be read anew.
#[utoipa::path(
    get, path = "/events", tag = "events",
    params(("Last-Event-ID" = Option<i64>, Header, description = "The last event that was seen")),
    responses((status = 200, description = "The stream", body = EventOut, content_type = "text/event-stream"))
)]
async fn listen(
    State(app): State<Arc<App>>,
    caller: Caller,
    query: Query,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    query.finish()?;
    let window = app.store.event_window(&caller.account).await?;
    let seen = headers.get(LAST_EVENT_ID).and_then(|id| id.to_str().ok());
    let (opening, from) = match seen.map(str::parse::<i64>) {
        None => ("ready", window.latest),
        Some(Ok(seen)) if seen >= window.complete_after && seen <= window.latest => ("ready", seen),
        Some(_) => ("reset", window.latest),
    };
    let follower = Follower {
        account: caller.account,
        store: Arc::clone(&app.store),
        tip: app.store.tip(),
        stopping: app.stopping.clone(),
        until: Instant::now() + LIFE,
        seen: from,
        ready: VecDeque::from([Frame::default()
            .event(opening)
            .id(from.to_string())
            .data("{}")]),
    };
    let alive = KeepAlive::new().interval(HEARTBEAT);
    let mut response = Sse::new(follower.follow())
        .keep_alive(alive)
        .into_response();
    // Proxies hold streams back unless told.
    response
        .headers_mut()
        .insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

struct Follower {
    account: AccountId,
    store: Arc<dyn Store>,
    tip: watch::Receiver<Tip>,
    stopping: CancellationToken,
    until: Instant,
    seen: i64,
    ready: VecDeque<Frame>,
}

impl Follower {
    fn follow(self) -> impl Stream<Item = Result<Frame, Infallible>> {
        stream::unfold(self, |mut follower| async move {
            let frame = follower.next().await?;
            Some((Ok(frame), follower))
        })
    }

    /// The next event; none when the stream is over.
    async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Some(frame);
            }
            // Also while there is more to tell: a stream that is never up to date ends in time, so
            // that what it has not told yet cannot have been removed meanwhile, and ends at a stop.
            if self.stopping.is_cancelled() || Instant::now() >= self.until {
                return None;
            }
            // Marked before reading: a commit in between wakes the wait below.
            self.tip.borrow_and_update();
            let events = match self
                .store
                .events_after(&self.account, self.seen, BATCH)
                .await
            {
                Ok(events) => events,
                Err(error) => {
                    tracing::error!(%error, "a stream of events ends: the store failed");
                    return None;
                }
            };
            for event in events {
                self.seen = event.sequence;
                let frame = Frame::default()
                    .event(event.kind.clone())
                    .id(event.sequence.to_string());
                match frame.json_data(EventOut::from(event)) {
                    Ok(frame) => self.ready.push_back(frame),
                    Err(error) => tracing::error!(%error, "an event cannot be written"),
                }
            }
            if self.ready.is_empty() {
                tokio::select! {
                    () = self.stopping.cancelled() => return None,
                    () = tokio::time::sleep_until(self.until) => return None,
                    changed = self.tip.changed() => changed.ok()?,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Change, NewEvent, SqliteStore};
    use flighting_core::ids::CampaignId;

    async fn follower(events: u32) -> Follower {
        let store = SqliteStore::in_memory().await.unwrap();
        let account = AccountId::parse("acc_1").unwrap();
        let at = DateTime::UNIX_EPOCH;
        store.ensure_account("one", &account, at).await.unwrap();
        let mut change = Change::of(&account);
        change.events = (0..events)
            .map(|n| NewEvent {
                kind: "campaign.updated".to_owned(),
                campaign_id: CampaignId::parse("cmp_1").unwrap(),
                media_buy_id: None,
                data: serde_json::json!({ "n": n }),
                at,
            })
            .collect();
        store.commit(change).await.unwrap();
        Follower {
            account,
            tip: store.tip(),
            store: Arc::new(store),
            stopping: CancellationToken::new(),
            until: Instant::now() + LIFE,
            seen: 0,
            ready: VecDeque::new(),
        }
    }

    #[tokio::test]
    async fn a_slow_reader_holds_one_batch_and_misses_nothing() {
        let mut follower = follower(1_000).await;
        let mut told = 0;
        while told < 1_000 {
            assert!(follower.next().await.is_some());
            told += 1;
            assert!(follower.ready.len() < BATCH as usize);
        }
        assert_eq!(follower.seen, 1_000);
    }

    #[tokio::test]
    async fn a_stream_with_more_to_tell_ends_too() {
        let mut stopped = follower(1_000).await;
        assert!(stopped.next().await.is_some());
        stopped.stopping.cancel();
        let mut rest = 0;
        while stopped.next().await.is_some() {
            rest += 1;
        }
        assert_eq!(rest, BATCH as usize - 1, "what was read, and no more");
        let mut old = follower(1_000).await;
        old.until = Instant::now();
        assert!(old.next().await.is_none());
    }
}
