//! A seller that writes by itself: it signs what became of a task and delivers it again until it is
//! taken. The letters go to an address that stays, whichever server stands behind it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::raw::{RawServer, answer};
use crate::sender::{Sender, completed};

/// How long a seller waits before it delivers a letter again.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// The address that sellers write to; it hands over to the server that runs, if one does.
pub struct Gate {
    server: RawServer,
    behind: Arc<Mutex<Option<SocketAddr>>>,
}

impl Gate {
    pub async fn open() -> Self {
        let behind: Arc<Mutex<Option<SocketAddr>>> = Arc::default();
        let client = reqwest::Client::new();
        let inside = Arc::clone(&behind);
        let server = RawServer::start(move |asked, mut stream| {
            let (client, to) = (client.clone(), *inside.lock().unwrap());
            Box::pin(async move {
                let Some(to) = to else { return };
                let mut request = client
                    .post(format!("http://{to}{}", asked.path))
                    .body(asked.body);
                for (name, value) in asked.headers {
                    if !matches!(name.as_str(), "content-length" | "connection") {
                        request = request.header(name, value);
                    }
                }
                // A server that died says nothing, and so does this.
                let Ok(told) = request.send().await else {
                    return;
                };
                let status = told.status().as_u16();
                let body = told.bytes().await.unwrap_or_default();
                answer(&mut stream, status, "application/json", &body).await;
            })
        })
        .await;
        Self { server, behind }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Who stands behind it from now on.
    pub fn leads_to(&self, server: Option<SocketAddr>) {
        *self.behind.lock().unwrap() = server;
    }
}

/// Where the answer to a purchase is to go, as the buyer wrote it.
#[derive(Debug, Clone)]
pub struct Address {
    url: String,
    token: String,
    operation: String,
    task: String,
}

impl Address {
    /// Out of a request and its answer; `None` where nothing is to be written.
    pub fn of(arguments: &Value, told: &Value) -> Option<Self> {
        let push = &arguments["push_notification_config"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Some(Self {
            url: text(&push["url"])?,
            token: text(&push["token"])?,
            operation: text(&push["operation_id"])?,
            task: text(&told["task_id"])?,
        })
    }

    pub fn task(&self) -> &str {
        &self.task
    }
}

/// Writes that a task is completed, until somebody takes the letter or says that it is none.
pub async fn deliver(pen: &Sender, to: &Address, result: Value) {
    let key = format!("letter-{}-completed", to.task);
    let body = completed(&key, &to.operation, &to.task, &to.token, result);
    let client = reqwest::Client::new();
    loop {
        let now = chrono::Utc::now();
        let mut body = body.clone();
        body["timestamp"] = json!(now.to_rfc3339());
        let sent = pen.send(&to.url, &body, now);
        let request = client.post(&to.url).headers(sent.headers).body(sent.body);
        let status = request.send().await.map(|told| told.status().as_u16());
        match status {
            Ok(200..=299 | 400..=499) => return,
            Ok(_) | Err(_) => tokio::time::sleep(AGAIN_AFTER).await,
        }
    }
}
