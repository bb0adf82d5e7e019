//! What happens, as it happens (decision 28).

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use axum::body::Body;
use axum::http::{Method, Response};
use flighting_core::ids::CampaignId;
use flighting_server::store::{Change, NewEvent};
use futures::StreamExt;
use serde_json::{Value, json};
use support::TestApp;
use tower::ServiceExt;

/// An open stream.
struct Stream {
    pieces: axum::body::BodyDataStream,
    rest: String,
}

/// One event: name, id, data.
#[derive(Debug, PartialEq)]
struct Seen {
    event: String,
    id: i64,
    data: Value,
}

impl Stream {
    async fn open(test: &TestApp, last_seen: Option<&str>) -> Self {
        let mut request = test.request(Method::GET, "/events");
        if let Some(id) = last_seen {
            request = request.header("last-event-id", id);
        }
        let response: Response<Body> = test
            .router()
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            pieces: response.into_body().into_data_stream(),
            rest: String::new(),
        }
    }

    /// The next event; none when the stream ended.
    async fn next(&mut self) -> Option<Seen> {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let field = |name: &str| {
                    block
                        .lines()
                        .find_map(|line| line.strip_prefix(name))
                        .map(str::trim)
                };
                let seen = field("event:").map(|event| Seen {
                    event: event.to_owned(),
                    id: field("id:").unwrap().parse().unwrap(),
                    data: serde_json::from_str(field("data:").unwrap()).unwrap(),
                });
                self.rest = rest.to_owned();
                match seen {
                    Some(seen) => return Some(seen),
                    None => continue,
                }
            }
            let piece = self.pieces.next().await?.unwrap();
            self.rest.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }
}

async fn tell(test: &TestApp, n: u32) -> i64 {
    let mut change = Change::of(test.account.clone());
    change.events.push(NewEvent {
        kind: "campaign.status_changed".to_owned(),
        campaign_id: CampaignId::parse("cmp_1").unwrap(),
        media_buy_id: None,
        data: json!({"n": n}),
        at: test.clock.real_now(),
    });
    test.app
        .store
        .commit(change)
        .await
        .unwrap()
        .last_event
        .unwrap()
}

#[tokio::test]
async fn a_listener_hears_what_happens_and_goes_on_where_it_left() {
    let test = TestApp::start().await;
    tell(&test, 0).await;
    let mut stream = Stream::open(&test, None).await;
    let ready = stream.next().await.unwrap();
    assert_eq!(ready.event, "ready");
    let first = tell(&test, 1).await;
    assert_eq!(
        stream.next().await.unwrap(),
        Seen {
            event: "campaign.status_changed".to_owned(),
            id: first,
            data: json!({"campaignId": "cmp_1", "at": "2027-03-01T12:00:00Z", "data": {"n": 1}}),
        }
    );
    drop(stream);
    let second = tell(&test, 2).await;
    let third = tell(&test, 3).await;

    let mut resumed = Stream::open(&test, Some(&first.to_string())).await;
    assert_eq!(resumed.next().await.unwrap().event, "ready");
    assert_eq!(resumed.next().await.unwrap().id, second);
    assert_eq!(resumed.next().await.unwrap().id, third);
    test.end().await;
}

#[tokio::test]
async fn a_listener_that_cannot_go_on_starts_over() {
    let test = TestApp::start().await;
    let latest = tell(&test, 1).await;
    for unknown in ["999999", "-5", "yesterday"] {
        let mut stream = Stream::open(&test, Some(unknown)).await;
        let first = stream.next().await.unwrap();
        assert_eq!(
            (first.event.as_str(), first.id),
            ("reset", latest),
            "{unknown}"
        );
    }
    // What is older than an hour and than a thousand others is gone.
    for n in 0..1_001 {
        tell(&test, n).await;
    }
    test.clock.advance(chrono::TimeDelta::hours(2));
    test.app.store.prune(test.clock.real_now()).await.unwrap();
    let mut stream = Stream::open(&test, Some(&latest.to_string())).await;
    assert_eq!(stream.next().await.unwrap().event, "reset");
    test.end().await;
}

#[tokio::test]
async fn accounts_hear_only_their_own() {
    let mut test = TestApp::start().await;
    let mut theirs = Stream::open(&test, None).await;
    theirs.next().await.unwrap();
    let owner = test.account.clone();
    let other = test.account_named("other").await;
    test.key = test.key_of(&other, false).await;
    let mut ours = Stream::open(&test, None).await;
    ours.next().await.unwrap();
    tell(&test, 1).await;
    test.account = other;
    let mine = tell(&test, 2).await;
    assert_eq!(ours.next().await.unwrap().id, mine);
    assert_eq!(theirs.next().await.unwrap().data["data"], json!({"n": 1}));
    test.account = owner;
    test.end().await;
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() {
    let test = TestApp::start().await;
    let mut stream = Stream::open(&test, None).await;
    stream.next().await.unwrap();
    test.app.stopping.cancel();
    assert_eq!(stream.next().await, None);
    test.end().await;
}
