//! Live changes by server-sent events (decision 28), read from a fetch so that the bearer key goes
//! along; after a break the stream is resumed behind the last event seen.

use gloo_net::http::RequestBuilder;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::{Api, BASE};
use crate::clock;

/// One event as the stream carries it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Its place in the order of events; what to resume behind.
    pub id: Option<String>,
    /// What happened; `message` where the stream does not say.
    pub event: String,
    /// The data, lines joined.
    pub data: String,
}

/// Cuts a stream of bytes into messages, wherever the pieces are cut.
#[derive(Debug, Default)]
pub struct Cutter {
    rest: Vec<u8>,
    id: Option<String>,
    event: String,
    data: Vec<String>,
}

impl Cutter {
    /// Takes a piece and gives the messages that are now complete.
    pub fn feed(&mut self, piece: &[u8]) -> Vec<Message> {
        self.rest.extend_from_slice(piece);
        let mut messages = Vec::new();
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            self.line(line.trim_end_matches(['\n', '\r']), &mut messages);
        }
        messages
    }

    fn line(&mut self, line: &str, messages: &mut Vec<Message>) {
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            let event = std::mem::take(&mut self.event);
            if !data.is_empty() {
                let event = if event.is_empty() {
                    "message".to_owned()
                } else {
                    event
                };
                messages.push(Message {
                    id: self.id.clone(),
                    event,
                    data: data.join("\n"),
                });
            }
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.id = Some(value.to_owned()),
            "event" => self.event = value.to_owned(),
            "data" => self.data.push(value.to_owned()),
            // Comments keep the line open; retry is ours to decide.
            _ => {}
        }
    }
}

/// Something changed at the server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub event: String,
    /// The campaign it is about; none for `ready` and `reset`: everything may have changed since it
    /// was fetched.
    pub campaign_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct About {
    campaign_id: Option<String>,
}

impl Message {
    fn change(&self) -> Change {
        let about: About = crate::answer::read(&self.data).unwrap_or_default();
        Change {
            event: self.event.clone(),
            campaign_id: about.campaign_id,
        }
    }
}

/// How the stream stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Not open yet.
    Connecting,
    /// Open: what is shown is what is.
    Live,
    /// Broken; it is being opened again.
    Lost,
}

/// The live changes: the state of the stream, and the last change.
#[derive(Clone, Copy)]
pub struct Live {
    /// How the stream stands.
    pub link: RwSignal<Link>,
    /// The last change; notifies even when it equals the one before.
    pub change: RwSignal<Option<Change>>,
}

impl Live {
    /// Opens the stream and keeps it open for as long as the page lives.
    #[must_use]
    pub fn open(api: Api) -> Self {
        let live = Self {
            link: RwSignal::new(Link::Connecting),
            change: RwSignal::new(None),
        };
        spawn_local(follow(api, live));
        live
    }

    /// Whether the last change, followed, is about a campaign or about everything.
    #[must_use]
    pub fn concerns(self, campaign_id: &str) -> bool {
        self.change.with(|change| {
            change.as_ref().is_some_and(|change| {
                change
                    .campaign_id
                    .as_deref()
                    .is_none_or(|id| id == campaign_id)
            })
        })
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Live")
    }
}

/// The delays between attempts, in milliseconds; the last one repeats.
const DELAYS: [i32; 5] = [250, 1_000, 2_000, 5_000, 10_000];

async fn follow(api: Api, live: Live) {
    let mut last: Option<String> = None;
    let mut failures = 0_usize;
    loop {
        if api.key.with_untracked(Option::is_none) {
            clock::wait(500).await;
            continue;
        }
        match listen(api, live, &mut last).await {
            Ended::Closed => failures = 0,
            Ended::Failed => failures += 1,
        }
        live.link.set(Link::Lost);
        let delay = DELAYS
            .get(failures)
            .or(DELAYS.last())
            .copied()
            .unwrap_or(10_000);
        clock::wait(delay).await;
    }
}

enum Ended {
    Closed,
    Failed,
}

async fn listen(api: Api, live: Live, last: &mut Option<String>) -> Ended {
    let mut request = RequestBuilder::new(&format!("{BASE}/events"))
        .header("Authorization", &api.bearer())
        .header("Accept", "text/event-stream");
    if let Some(id) = last {
        request = request.header("Last-Event-ID", id);
    }
    let Ok(request) = request.build() else {
        return Ended::Failed;
    };
    let Ok(response) = request.send().await else {
        return Ended::Failed;
    };
    if response.status() == 401 {
        api.forget_key();
    }
    if !response.ok() {
        return Ended::Failed;
    }
    let Some(reader) = response
        .body()
        .and_then(|body| web_sys::ReadableStreamDefaultReader::new(&body).ok())
    else {
        return Ended::Failed;
    };
    live.link.set(Link::Live);
    let mut cutter = Cutter::default();
    loop {
        let Ok(step) = JsFuture::from(reader.read()).await else {
            return Ended::Failed;
        };
        let done = js_sys::Reflect::get(&step, &"done".into()).is_ok_and(|done| done.is_truthy());
        if done {
            return Ended::Closed;
        }
        let piece = js_sys::Reflect::get(&step, &"value".into())
            .ok()
            .and_then(|value| value.dyn_into::<js_sys::Uint8Array>().ok())
            .map(|bytes| bytes.to_vec())
            .unwrap_or_default();
        for message in cutter.feed(&piece) {
            if message.id.is_some() {
                last.clone_from(&message.id);
            }
            live.change.set(Some(message.change()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": hello\n\nid: 7\nevent: campaign.changed\ndata: {\"campaignId\":\"cmp_ä\"}\n\n\
                          data: a\r\ndata: b\r\n\r\nid: 9\nevent: reset\ndata: {}\n\n";

    #[test]
    fn messages_are_whole_wherever_the_stream_is_cut() {
        let whole = Cutter::default().feed(STREAM.as_bytes());
        assert_eq!(whole.len(), 3);
        for size in 1..STREAM.len() {
            let mut cutter = Cutter::default();
            let cut: Vec<_> = STREAM
                .as_bytes()
                .chunks(size)
                .flat_map(|piece| cutter.feed(piece))
                .collect();
            assert_eq!(cut, whole, "pieces of {size}");
        }
        assert_eq!(whole[0].id.as_deref(), Some("7"));
        assert_eq!(whole[0].change().campaign_id.as_deref(), Some("cmp_ä"));
        assert_eq!(
            (whole[1].event.as_str(), whole[1].data.as_str()),
            ("message", "a\nb")
        );
        assert_eq!(
            whole[2].change(),
            Change {
                event: "reset".into(),
                campaign_id: None
            }
        );
    }

    #[test]
    fn a_message_without_its_end_waits() {
        let mut cutter = Cutter::default();
        assert!(cutter.feed(b"event: x\ndata: 1\n").is_empty());
        assert_eq!(cutter.feed(b"\n").len(), 1);
    }
}
