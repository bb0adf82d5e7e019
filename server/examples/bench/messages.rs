//! Messages from a seller: how many a second, each on the disk before it is answered; and how long
//! one takes until everybody who watches has seen what it changed.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use axum::http::{HeaderMap, HeaderValue};
use chrono::Utc;
use flighting_core::campaign::Campaign;
use flighting_core::execution::{self, Answer, Outcome, SellerTask};
use flighting_core::media_buy::SubmissionState;
use flighting_server::adcp::signing::WEBHOOK;
use flighting_server::hooks::{Hook, Signing};
use flighting_server::ids::IdSource;
use flighting_server::secrets::Keyring;
use flighting_server::signature::{Message, SigningKey, sign};
use flighting_server::store::{
    AgentProtocol, AgentStatus, Change, SalesAgent, SqliteStore, Store, Submission,
};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::client::Connection;
use super::listing::Stage;
use super::polling::planned;
use super::report;
use super::server::Served;

/// The address that messages are signed for; where it leads is no concern of the signature.
pub const PUBLIC: &str = "https://planner.example";

/// Connections that messages come over.
const CONNECTIONS: usize = 64;

/// How many messages go over one connection, one after the other, at most.
const ALONE: usize = 300;

/// How often the way to the streams is measured.
const TIMES: usize = 100;

/// A seller that will write.
pub struct Desk {
    hook: Hook,
    key: SigningKey,
    letters: Vec<Letter>,
}

/// What it has to say about one purchase.
pub struct Letter {
    campaign: String,
    operation: String,
    task: String,
    result: Value,
}

/// A letter as it is sent.
pub struct Signed {
    headers: String,
    body: String,
}

/// Puts purchases that their seller thinks about into a new database, one per campaign.
pub async fn fill(database: &Path, purchases: u32) -> anyhow::Result<Desk> {
    eprintln!("filling a database with {purchases} purchases that wait for their seller");
    let store = SqliteStore::open(database).await?;
    let keyring = Keyring::open(None, &Keyring::file_beside(database))?;
    let stage = Stage::make(&store).await?;
    let key = SigningKey::from_seed("bench", &[7; 32]);
    let keys = json!({"keys": [key.public("webhook-signing")]});
    let hook = Hook::fresh(Signing::Jwks(keys))?;
    let agent = agent_of(&stage, &hook, &keyring)?;
    let mut change = Change::of(&stage.account);
    change.agent_new = Some(agent.clone());
    change.webhook_path = Some(hook.path_hash());
    store.commit(change).await?;
    let mut letters = Vec::new();
    for number in 0..purchases {
        let (campaign, letter) = waiting(&stage, &agent, number)?;
        let mut change = Change::of(&stage.account);
        change.submissions = campaign
            .buys()
            .iter()
            .map(|buy| Submission {
                id: IdSource.other("sub_"),
                campaign_id: campaign.id().clone(),
                media_buy_id: buy.id.clone(),
                agent_id: agent.id.clone(),
                account: stage.account.clone(),
                idempotency_key: letter.operation.clone(),
                request_bytes: b"{}".to_vec(),
                request_digest: String::new(),
                state: SubmissionState::Closed,
                claimed_by: None,
                lease_until: None,
                created_at: Utc::now(),
                first_sent_at: Some(Utc::now()),
                seller_task_id: Some(letter.task.clone()),
                change: None,
            })
            .collect();
        change.campaign_new = Some(campaign);
        store.commit(change).await?;
        letters.push(letter);
    }
    store.close().await;
    Ok(Desk { hook, key, letters })
}

fn agent_of(stage: &Stage, hook: &Hook, keyring: &Keyring) -> anyhow::Result<SalesAgent> {
    let now = Utc::now();
    let id = IdSource.agent();
    let place = SalesAgent::webhooks_place(&stage.account, &id);
    Ok(SalesAgent {
        webhooks: Some(keyring.seal(&place, &hook.secret()?)?),
        id,
        account: stage.account.clone(),
        name: "Bench".to_owned(),
        url: "http://127.0.0.1:9/mcp".to_owned(),
        protocol: AgentProtocol::Mcp,
        token: None,
        status: AgentStatus::Active,
        probe: None,
        created_at: now,
        updated_at: now,
    })
}

/// A campaign whose one buy waits for a task, and the yes that ends it.
fn waiting(stage: &Stage, agent: &SalesAgent, number: u32) -> anyhow::Result<(Campaign, Letter)> {
    let mut campaign = planned(stage, &agent.id, number)?;
    let task = format!("task-{number}");
    let buy = campaign.buys().first().context("no buy")?;
    let package = buy.packages.first().context("no package")?;
    let letter = Letter {
        campaign: campaign.id().to_string(),
        operation: uuid::Uuid::new_v4().to_string(),
        task: task.clone(),
        result: json!({"media_buy_id": format!("b{number}"), "status": "active", "revision": 1,
            "packages": [{"package_id": format!("p-b{number}"), "product_id": "banner", "budget": 1000,
                          "context": {"package_id": package.id.as_str()}}]}),
    };
    let waiting = Answer::Waiting(SellerTask {
        task_id: Some(task),
        status: "submitted".to_owned(),
        message: None,
        open: None,
    });
    let outcome = Outcome::of(buy, waiting, None);
    execution::settle(&mut campaign, &[outcome], Utc::now());
    Ok((campaign, letter))
}

impl Letter {
    /// The campaign of the purchase.
    pub fn campaign(&self) -> &str {
        &self.campaign
    }
}

impl Desk {
    /// What is still to be said.
    pub fn letters(&self) -> &[Letter] {
        &self.letters
    }

    pub fn sign(&self, letter: &Letter) -> anyhow::Result<Signed> {
        let now = Utc::now();
        let body = json!({
            "idempotency_key": format!("letter-{}", letter.operation), "operation_id": letter.operation,
            "task_id": letter.task, "task_type": "create_media_buy", "protocol": "media-buy",
            "status": "completed", "timestamp": now.to_rfc3339(), "token": self.hook.token(),
            "result": letter.result,
        })
        .to_string();
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let url = self.hook.url(&PUBLIC.parse()?);
        let message = Message {
            method: "POST",
            url: &url,
            headers: &headers,
            body: body.as_bytes(),
        };
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        let made = sign(&WEBHOOK, &self.key, &message, now.timestamp(), &nonce);
        let refused = |refusal| anyhow::anyhow!("cannot sign: {refusal:?}");
        made.map_err(refused)?.put(&mut headers).map_err(refused)?;
        let mut lines = String::new();
        for (name, value) in &headers {
            lines.push_str(&format!("{name}: {}\r\n", value.to_str()?));
        }
        Ok(Signed {
            headers: lines,
            body,
        })
    }

    fn path(&self) -> anyhow::Result<String> {
        let url = self.hook.url(&PUBLIC.parse()?);
        Ok(url.trim_start_matches(PUBLIC).to_owned())
    }

    /// Sends one letter and hears that it was taken in.
    pub async fn deliver(
        &self,
        connection: &mut Connection,
        letter: &Signed,
    ) -> anyhow::Result<()> {
        let status = connection
            .post_raw(&self.path()?, &letter.headers, &letter.body)
            .await?;
        if status != 200 {
            bail!("a message was answered {status}: {}", connection.said());
        }
        Ok(())
    }
}

/// Sends what the seller has to say as fast as it is taken, but for what the streams are measured
/// with.
pub async fn measure(
    served: &Served,
    desk: &Desk,
    folder: &Path,
    streams: usize,
) -> anyhow::Result<()> {
    report::title("messages from sellers, each on the disk before it is answered");
    report::figure(
        "writes of 4 kB that the disk keeps",
        "/s",
        vec![disk(folder)?],
        "",
    );
    let (watched, rushed) = desk.letters.split_at(TIMES.min(desk.letters.len() / 2));
    let mut signed: Vec<Signed> = rushed
        .iter()
        .map(|letter| desk.sign(letter))
        .collect::<Result<_, _>>()?;
    let path = desk.path()?;
    let single = signed.split_off(signed.len() - ALONE.min(signed.len() / 4));
    let count = single.len();
    let began = Instant::now();
    deliver(served.connect().await?, path.clone(), single).await?;
    let per_second = count as f64 / began.elapsed().as_secs_f64();
    report::figure("messages over one connection", "/s", vec![per_second], "");
    let count = signed.len();
    let mut lots: Vec<Vec<Signed>> = (0..CONNECTIONS).map(|_| Vec::new()).collect();
    for (number, letter) in signed.into_iter().enumerate() {
        lots[number % CONNECTIONS].push(letter);
    }
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        connections.push(served.connect().await?);
    }
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for (connection, lot) in connections.into_iter().zip(lots) {
        tasks.spawn(deliver(connection, path.clone(), lot));
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let per_second = count as f64 / began.elapsed().as_secs_f64();
    report::figure(
        "messages over many connections",
        "/s",
        vec![per_second],
        "5000, or what the disk allows",
    );
    report::memory(served, "");
    watch(served, desk, watched, streams).await
}

async fn deliver(mut connection: Connection, path: String, lot: Vec<Signed>) -> anyhow::Result<()> {
    for letter in lot {
        let status = connection
            .post_raw(&path, &letter.headers, &letter.body)
            .await?;
        if status != 200 {
            bail!("a message was answered {status}: {}", connection.said());
        }
    }
    Ok(())
}

/// How often in a second the disk says of one write that it keeps it: what one commit after the
/// other costs at least.
fn disk(folder: &Path) -> anyhow::Result<f64> {
    let path = folder.join("disk");
    let mut file = std::fs::File::create(&path)?;
    let began = Instant::now();
    let mut count = 0_u32;
    while began.elapsed() < Duration::from_secs(2) {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    std::fs::remove_file(path)?;
    Ok(f64::from(count) / began.elapsed().as_secs_f64())
}

/// One message after the other, from its first byte until each of the streams has told of it.
async fn watch(
    served: &Served,
    desk: &Desk,
    letters: &[Letter],
    streams: usize,
) -> anyhow::Result<()> {
    report::title(&format!("a message seen by {streams} event streams"));
    let (tell, mut told) = mpsc::unbounded_channel();
    let mut listeners = JoinSet::new();
    for _ in 0..streams {
        listeners.spawn(listen(served.address, served.key.clone(), tell.clone()));
    }
    // Each says once that it listens.
    for _ in 0..streams {
        told.recv().await.context("a stream ended")?;
    }
    let mut connection = served.connect().await?;
    let (mut each, mut last) = (Vec::new(), Vec::new());
    for letter in letters {
        let signed = desk.sign(letter)?;
        let began = Instant::now();
        desk.deliver(&mut connection, &signed).await?;
        let mut seen = 0;
        let patience = tokio::time::sleep(Duration::from_secs(10));
        tokio::pin!(patience);
        while seen < streams {
            tokio::select! {
                heard = told.recv() => {
                    let (line, at): (String, Instant) = heard.context("the streams ended")?;
                    if line.contains(&letter.campaign) {
                        seen += 1;
                        each.push((at - began).as_secs_f64() * 1e3);
                    }
                }
                () = &mut patience => bail!("{seen} of {streams} streams told of a message"),
            }
        }
        last.push(each.iter().rev().take(streams).copied().fold(0.0, f64::max));
    }
    each.sort_by(f64::total_cmp);
    let share = |percent: usize| each[(each.len() * percent / 100).min(each.len() - 1)];
    report::figure("p50", "ms", vec![share(50)], "");
    report::figure("p95", "ms", vec![share(95)], "150");
    report::figure("until the last of them", "ms", last, "");
    report::memory(served, "");
    listeners.abort_all();
    Ok(())
}

/// Tells the first event of each campaign's media buy, and when it came.
async fn listen(
    address: std::net::SocketAddr,
    key: String,
    tell: mpsc::UnboundedSender<(String, Instant)>,
) -> anyhow::Result<()> {
    let stream = TcpStream::connect(address).await?;
    let mut stream = BufReader::new(stream);
    let request = format!(
        "GET /api/buyer/events HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\naccept: text/event-stream\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut line = String::new();
    let mut known = String::new();
    let mut began = false;
    while stream.read_line(&mut line).await? > 0 {
        let is_head_end = line.trim_end().is_empty() && !began;
        if is_head_end {
            began = true;
            drop(tell.send((String::new(), Instant::now())));
        }
        let id = line.find("cmp_").and_then(|at| line.get(at..at + 36));
        if let Some(id) = id.filter(|id| began && *id != known) {
            known = id.to_owned();
            drop(tell.send((line.clone(), Instant::now())));
        }
        line.clear();
    }
    Ok(())
}
