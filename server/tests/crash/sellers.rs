//! Five sellers with ledgers of their own: our sandbox behind a door that spoils what goes through.
//! The sandbox keeps the books, the door misbehaves, and neither knows the server.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use flighting_sandbox::{AgentKind, Config, LedgerBuy, Sandbox};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::chance::Chance;
use crate::letters::{Address, deliver};
use crate::raw::{Asked, RawServer, answer};
use crate::sender::Sender;

/// How a seller behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Manner {
    /// As it should; it takes some seconds to say yes, and writes to us when it does.
    Sound,
    /// Ends the connection before or after it did what was asked.
    Drops,
    /// Does and answers long after we stopped waiting.
    Delays,
    /// Answers in halves, in the wrong kind, twice, or with 500 after it did it; and lists a buy
    /// only when it is some seconds old.
    Garbles,
    /// Promises nothing about repeated requests, and does not recognise them; drops too.
    Forgets,
}

impl Manner {
    pub const ALL: [Self; 5] = [
        Self::Sound,
        Self::Drops,
        Self::Delays,
        Self::Garbles,
        Self::Forgets,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::Drops => "drops",
            Self::Delays => "delays",
            Self::Garbles => "garbles",
            Self::Forgets => "forgets",
        }
    }

    fn kind(self) -> AgentKind {
        match self {
            Self::Sound => AgentKind::Birch,
            Self::Drops => AgentKind::Bench(1),
            Self::Delays => AgentKind::Bench(2),
            Self::Garbles => AgentKind::Bench(3),
            Self::Forgets => AgentKind::Bench(4),
        }
    }

    fn agent(self) -> String {
        match self.kind() {
            AgentKind::Bench(number) => format!("bench-{number}"),
            _ => "birch".to_owned(),
        }
    }
}

/// What the sandbox asks for.
const TOKEN: &str = "crash-sellers-token";

/// How old a buy has to be before the garbling seller lists it.
const LIST_LAG: Duration = Duration::from_millis(2_500);

struct Door {
    manner: Manner,
    url: String,
    client: reqwest::Client,
    /// Whether keys are taken for what they are. Without them every request is a new one.
    keys: bool,
    chance: Mutex<Chance>,
    /// How often this seller may still misbehave.
    misdeeds: AtomicI64,
    /// Requests that change something and are still being done.
    busy: AtomicI64,
    /// When each buy was first made, for the lag.
    made: Mutex<HashMap<String, Instant>>,
    /// How far the story of a stale revision is: 2 until a change is told of a revision that is not
    /// the buy's, 1 until the buy is looked at, which goes well.
    ages: AtomicI64,
    pen: Sender,
}

/// How the five are minded.
#[derive(Debug, Clone, Copy)]
pub struct Minds {
    /// What their chance hangs on.
    pub seed: u64,
    /// Whether they take keys for what they are; else every request is a new one.
    pub keys: bool,
    /// How often each may misbehave.
    pub misdeeds: i64,
    /// How long the sound one takes to say yes, in seconds.
    pub approval_s: i64,
    /// Whether the garbling one finds the first change stale.
    pub ages: bool,
}

/// The five, running.
pub struct Sellers {
    sandbox: Sandbox,
    doors: Vec<(Arc<Door>, RawServer)>,
}

impl Sellers {
    /// Starts them.
    pub async fn start(minds: Minds) -> Self {
        let Minds {
            seed,
            keys,
            misdeeds,
            approval_s,
            ages,
        } = minds;
        let config = Config {
            agents: Manner::ALL.map(Manner::kind).to_vec(),
            approval: chrono::Duration::seconds(approval_s),
            ..Config::new(TOKEN)
        };
        let sandbox = flighting_sandbox::start(config)
            .await
            .expect("loopback has a free port");
        let mut doors = Vec::new();
        for (number, manner) in Manner::ALL.into_iter().enumerate() {
            let door = Arc::new(Door {
                manner,
                url: format!("http://{}/{}/mcp", sandbox.address(), manner.agent()),
                client: reqwest::Client::new(),
                keys: keys && manner != Manner::Forgets,
                chance: Mutex::new(Chance::new(seed ^ (number as u64 + 1).wrapping_mul(0xA5A5))),
                misdeeds: AtomicI64::new(misdeeds),
                busy: AtomicI64::new(0),
                made: Mutex::default(),
                ages: AtomicI64::new(2 * i64::from(ages && manner == Manner::Garbles)),
                pen: pen(),
            });
            let inside = Arc::clone(&door);
            let server = RawServer::start(move |asked, stream| {
                let door = Arc::clone(&inside);
                Box::pin(async move { Arc::clone(&door).serve(asked, stream).await })
            })
            .await;
            doors.push((door, server));
        }
        Self { sandbox, doors }
    }

    /// Where a seller is reached.
    pub fn url(&self, manner: Manner) -> String {
        let door = self
            .doors
            .iter()
            .find(|(door, _)| door.manner == manner)
            .map(|(_, server)| server.address);
        format!("http://{}/mcp", door.expect("every manner has a door"))
    }

    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// How a seller signs what it writes; only the sound one writes.
    pub fn keys(&self, manner: Manner) -> Option<Value> {
        (manner == Manner::Sound).then(|| json!({"jwks": {"keys": [pen().jwk()]}}))
    }

    /// What a seller holds.
    pub fn ledger(&self, manner: Manner) -> Vec<LedgerBuy> {
        self.sandbox.ledger(&manner.agent())
    }

    /// How often each may still misbehave from now on.
    pub fn allow(&self, misdeeds: i64) {
        for (door, _) in &self.doors {
            door.misdeeds.store(misdeeds, Ordering::SeqCst);
        }
    }

    /// Whether any of them still does something that was asked of it.
    pub fn busy(&self) -> bool {
        self.doors
            .iter()
            .any(|(door, _)| door.busy.load(Ordering::SeqCst) > 0)
    }

    pub async fn stop(self) {
        drop(self.doors);
        self.sandbox.stop().await;
    }
}

fn pen() -> Sender {
    Sender::new("crash-seller", 9)
}

/// What the door does with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    Decent,
    /// The request is never passed on.
    DropBefore,
    /// It is passed on and its answer dropped.
    DropAfter,
    /// Half of the answer.
    Halve,
    /// The answer as a page.
    WrongKind,
    /// 500 with words of a gateway.
    Fails,
    /// The answer twice, one behind the other.
    Twice,
    /// The answer among an error of somebody else's.
    Mixed,
    /// Passed on late.
    Late(u64),
    /// Passed on at once and answered late.
    AnswersLate(u64),
}

impl Door {
    async fn serve(self: Arc<Self>, asked: Asked, mut stream: TcpStream) {
        let Ok(mut body) = serde_json::from_slice::<Value>(&asked.body) else {
            return answer(&mut stream, 400, "application/json", b"{}").await;
        };
        let task = body["params"]["name"].as_str().unwrap_or("").to_owned();
        let writes = matches!(task.as_str(), "create_media_buy" | "update_media_buy");
        let mut deed = self.deed(&task);
        if writes {
            self.busy.fetch_add(1, Ordering::SeqCst);
        }
        if !self.keys && writes {
            body["params"]["arguments"]["idempotency_key"] =
                json!(format!("door-{}", uuid_like(&self.chance)));
        }
        let revision = &mut body["params"]["arguments"]["revision"];
        let step = |from: i64| {
            let to = from - 1;
            let (done, seen) = (Ordering::SeqCst, Ordering::SeqCst);
            self.ages.compare_exchange(from, to, done, seen).is_ok()
        };
        if task == "update_media_buy" && revision.is_u64() && step(2) {
            *revision = json!(revision.as_u64().unwrap_or(0) + 7);
            deed = Deed::Decent;
        } else if task == "get_media_buys" && step(1) {
            deed = Deed::Decent;
        }
        if let Deed::Late(ms) = deed {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        let told = if deed == Deed::DropBefore {
            None
        } else {
            let told = self.pass(&asked, &body, &task).await;
            if task == "create_media_buy" {
                self.promise(&asked, &body, told.as_ref());
            }
            told
        };
        if writes {
            self.busy.fetch_sub(1, Ordering::SeqCst);
        }
        if let Deed::AnswersLate(ms) = deed {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        let Some((status, told)) = told else { return };
        let json = "application/json";
        match deed {
            Deed::Decent | Deed::Late(_) | Deed::AnswersLate(_) => {
                answer(&mut stream, status, json, &told).await;
            }
            Deed::DropBefore | Deed::DropAfter => {}
            Deed::Halve => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: {json}\r\ncontent-length: {}\r\n\r\n",
                    told.len()
                );
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(&told[..told.len() / 2]).await;
            }
            Deed::WrongKind => {
                let page = [b"<html><pre>".as_slice(), &told, b"</pre></html>"].concat();
                answer(&mut stream, 200, "text/html", &page).await;
            }
            Deed::Fails => {
                answer(&mut stream, 500, "text/plain", b"upstream went away").await;
            }
            Deed::Twice => {
                answer(&mut stream, status, json, &[told.clone(), told].concat()).await;
            }
            Deed::Mixed => {
                let id = &body["id"];
                let error = json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32603, "message": "internal"}});
                answer(&mut stream, 200, json, error.to_string().as_bytes()).await;
            }
        }
    }

    /// Writes what becomes of a purchase, when the buyer said where to.
    fn promise(self: &Arc<Self>, asked: &Asked, body: &Value, told: Option<&(u16, Vec<u8>)>) {
        let content = told.and_then(|(_, bytes)| serde_json::from_slice::<Value>(bytes).ok());
        let content = content.map(|value| value["result"]["structuredContent"].clone());
        let address = content
            .as_ref()
            .and_then(|told| Address::of(&body["params"]["arguments"], told));
        let Some(address) = address.filter(|_| self.manner == Manner::Sound) else {
            return;
        };
        let (door, asked, mut question) = (Arc::clone(self), asked.clone(), body.clone());
        let account = body["params"]["arguments"]["account"].clone();
        question["params"] = json!({"name": "get_task_status", "arguments": {
            "adcp_major_version": 3, "account": account,
            "task_id": address.task(), "include_result": true}});
        tokio::spawn(async move {
            loop {
                let told = door.pass(&asked, &question, "get_task_status").await;
                let told = told.and_then(|(_, bytes)| serde_json::from_slice::<Value>(&bytes).ok());
                let told = told.map(|value| value["result"]["structuredContent"].clone());
                let told = told.unwrap_or_default();
                if told["result"].is_object() {
                    return deliver(&door.pen, &address, told["result"].clone()).await;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
    }

    /// What becomes of this request. Only what buys or changes is spoiled, and the list of buys.
    fn deed(&self, task: &str) -> Deed {
        let of_interest = matches!(
            task,
            "create_media_buy" | "update_media_buy" | "get_media_buys"
        );
        if !of_interest || self.manner == Manner::Sound {
            return Deed::Decent;
        }
        let mut chance = self.chance.lock().unwrap();
        if chance.one_in(4) || self.misdeeds.fetch_sub(1, Ordering::SeqCst) <= 0 {
            return Deed::Decent;
        }
        let writes = task != "get_media_buys";
        match self.manner {
            Manner::Sound => Deed::Decent,
            Manner::Drops | Manner::Forgets => *chance.pick(&[Deed::DropBefore, Deed::DropAfter]),
            Manner::Delays if writes && chance.one_in(2) => Deed::Late(3_000 + chance.below(1_500)),
            Manner::Delays => Deed::AnswersLate(2_500),
            Manner::Garbles => *chance.pick(&[
                Deed::Halve,
                Deed::WrongKind,
                Deed::Fails,
                Deed::Twice,
                Deed::Mixed,
            ]),
        }
    }

    /// Asks the sandbox; its status and body.
    async fn pass(&self, asked: &Asked, body: &Value, task: &str) -> Option<(u16, Vec<u8>)> {
        let mut request = self.client.post(&self.url).body(body.to_string());
        for name in [
            "content-type",
            "accept",
            "authorization",
            "mcp-session-id",
            "mcp-protocol-version",
        ] {
            if let Some(value) = asked.headers.get(name) {
                request = request.header(name, value);
            }
        }
        let told = request.send().await.ok()?;
        let status = told.status().as_u16();
        let bytes = told.bytes().await.ok()?.to_vec();
        let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
            return Some((status, bytes));
        };
        let content = &mut value["result"]["structuredContent"];
        match task {
            "get_adcp_capabilities" if self.manner == Manner::Forgets => {
                if let Some(adcp) = content["adcp"].as_object_mut() {
                    adcp.remove("idempotency");
                }
            }
            "create_media_buy" => {
                if let Some(id) = content["media_buy_id"].as_str() {
                    let mut made = self.made.lock().unwrap();
                    made.entry(id.to_owned()).or_insert_with(Instant::now);
                }
            }
            // A list that lags behind; who asks by id is told.
            "get_media_buys"
                if self.manner == Manner::Garbles
                    && body["params"]["arguments"]["media_buy_ids"].is_null() =>
            {
                let made = self.made.lock().unwrap();
                if let Some(buys) = content["media_buys"].as_array_mut() {
                    buys.retain(|buy| {
                        buy["media_buy_id"]
                            .as_str()
                            .and_then(|id| made.get(id))
                            .is_none_or(|at| at.elapsed() > LIST_LAG)
                    });
                }
            }
            _ => return Some((status, bytes)),
        }
        Some((status, value.to_string().into_bytes()))
    }
}

fn uuid_like(chance: &Mutex<Chance>) -> String {
    let mut chance = chance.lock().unwrap();
    format!("{:016x}{:016x}", chance.next(), chance.next())
}
