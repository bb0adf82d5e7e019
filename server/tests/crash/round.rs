//! One round: a plan is executed by two callers at once, then paused and taken up again, or changed
//! and deleted, with a crash somewhere on the way; and what both sides hold afterwards.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use flighting_sandbox::LedgerBuy;
use flighting_server::crash::POINTS;
use flighting_server::ids::IdSource;
use serde_json::{Value, json};

use crate::books::{Books, compare, live, ours};
use crate::chance::Chance;
use crate::letters::Gate;
use crate::sellers::{Manner, Minds, Sellers};
use crate::server::Server;
use crate::steps::{Step, Wanted, program, told_by_a_person};

/// How long after a restart nothing may differ any more.
pub const RECOVERED_WITHIN: Duration = Duration::from_secs(10);
/// How long a step may take to come to rest.
const REST_WITHIN: Duration = Duration::from_secs(25);
/// How often a step is asked for again, as a caller does whose answer was lost or partly a no.
const TRIES: u32 = 3;

/// What to do in a round.
#[derive(Debug, Clone)]
pub struct Orders {
    pub seed: u64,
    /// Where the server dies: a point and a passing for each of its lives, with commas between.
    pub points: String,
    /// Whether sellers take keys for what they are.
    pub keys: bool,
    /// Whether each step is told of: for a round that is played again.
    pub tells: bool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Came {
    /// Points at which it died.
    pub died_at: Vec<String>,
    pub doubled: Vec<String>,
    pub lost: Vec<String>,
    /// What still differed ten seconds after a restart, or never came to rest.
    pub differing: Vec<String>,
    pub waiting_for_a_person: usize,
    /// From each restart until nothing differed.
    pub recoveries: Vec<Duration>,
}

impl Came {
    pub fn is_good(&self) -> bool {
        self.doubled.is_empty() && self.lost.is_empty() && self.differing.is_empty()
    }
}

struct Round {
    chance: Chance,
    folder: PathBuf,
    sellers: Sellers,
    gate: Gate,
    server: Option<Server>,
    /// Where it was told to die.
    told: Option<String>,
    /// Where its next lives end.
    points: VecDeque<String>,
    agents: BTreeMap<String, Manner>,
    selected: Vec<(Manner, String)>,
    /// Buys that the caller ended.
    ended: BTreeSet<String>,
    campaign: String,
    came: Came,
}

/// Plays a round. The folder of a round that went wrong is left behind; that of a control round,
/// which is meant to, is not.
pub async fn play(orders: Orders) -> Came {
    let mut chance = Chance::new(orders.seed);
    let keys = orders.keys;
    let holds = orders.points.contains("change.held");
    let sellers = Sellers::start(Minds {
        seed: orders.seed,
        keys,
        misdeeds: 3,
        approval_s: if holds { 15 } else { 2 },
        ages: orders.points.contains("change.anew"),
    })
    .await;
    let steps = program(&orders.points, &mut chance);
    let folder = std::env::temp_dir().join(IdSource.other("flighting-crash-"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut points: VecDeque<String> = orders.points.split(',').map(str::to_owned).collect();
    // Sometimes again, while it recovers.
    points.extend(chance.one_in(3).then(|| {
        let later: Vec<&str> = POINTS
            .iter()
            .copied()
            .filter(|point| {
                ["reconcile.", "unanswered.", "job."]
                    .iter()
                    .any(|kind| point.starts_with(kind))
            })
            .collect();
        format!("{}:{}", chance.pick(&later), 1 + chance.below(2))
    }));
    let mut round = Round {
        points,
        chance,
        folder: folder.clone(),
        sellers,
        gate: Gate::open().await,
        server: None,
        told: None,
        agents: BTreeMap::new(),
        selected: Vec::new(),
        ended: BTreeSet::new(),
        campaign: String::new(),
        came: Came::default(),
    };
    round.set_up().await;
    if keys {
        for step in steps {
            let begun = Instant::now();
            round.take(step).await;
            if orders.tells {
                let took = begun.elapsed().as_secs_f64();
                println!(
                    "{step:?} took {took:.1} s, died at {:?}",
                    round.came.died_at
                );
            }
        }
    } else {
        // What was bought twice never comes to rest: it is asked for once, and looked at.
        round.ask(Step::Execute, &Wanted::default()).await;
        round.recover().await;
    }
    round.conclude().await;
    let Round { came, sellers, .. } = round;
    sellers.stop().await;
    if came.is_good() || !keys {
        let _ = std::fs::remove_dir_all(&folder);
    }
    came
}

impl Round {
    fn server(&mut self) -> &mut Server {
        self.server.as_mut().expect("a server runs")
    }

    /// Registers the sellers and makes the plan; then the server is ended and started anew, told
    /// where to die.
    async fn set_up(&mut self) {
        let server = Server::start(&self.folder, None, &self.gate.url())
            .await
            .expect("the server starts");
        let data = async |path: &str, body: Value| {
            let (status, data) = server.post(path, &body).await.expect("an answer");
            assert!(status.is_success(), "{path}: {status} {data}");
            data
        };
        for manner in Manner::ALL {
            let mut body = json!({"name": manner.name(), "url": self.sellers.url(manner), "protocol": "MCP",
                "auth": {"type": "bearer", "token": self.sellers.token()}});
            if let Some(keys) = self.sellers.keys(manner) {
                body["webhooks"] = keys;
            }
            let agent = data("/sales-agents", body).await;
            let id = &agent["salesAgent"]["salesAgentId"];
            self.agents
                .insert(id.as_str().expect("an id").to_owned(), manner);
        }
        let advertiser = json!({"name": "Acme", "brand": "acme.example", "primaryCurrency": "USD", "sandbox": true});
        let advertiser = data("/advertisers", advertiser).await["advertiser"]["id"].clone();
        let today = chrono::Utc::now().date_naive();
        let day = |days: u64| (today + chrono::Days::new(days)).to_string();
        let campaign = json!({"advertiserId": advertiser, "name": "Crash", "campaignType": "DECISIONED",
            "flightDates": {"startDate": day(2), "endDate": day(31)}, "budget": {"total": 500_000},
            "pacingPeriods": {"mode": "weight", "periods": [
                {"label": "one", "start": day(2), "end": day(14), "weight": 1},
                {"label": "two", "start": day(15), "end": day(31), "weight": 2}]}});
        let campaign = data("/campaigns", campaign).await["campaign"]["campaignId"].clone();
        self.campaign = campaign.as_str().expect("an id").to_owned();
        let search = json!({"advertiserId": advertiser, "campaignId": campaign, "productsPerGroup": 15, "groupLimit": 10});
        let found = data("/discovery/discover-products", search).await;
        let mut chosen = Vec::new();
        for group in found["groups"].as_array().into_iter().flatten() {
            let agent = group["salesAgentId"].as_str().expect("an id");
            let fixed = |product: &Value| {
                let options = product["pricingOptions"].as_array()?.clone();
                options
                    .into_iter()
                    .find(|option| option["currency"] == "USD" && option["isFixed"] == true)
            };
            let products: Vec<(&Value, Value)> = group["products"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|product| Some((product, fixed(product)?)))
                .collect();
            let many = 1 + usize::from(self.chance.one_in(2));
            for (product, option) in products.into_iter().take(many) {
                let id = product["productId"].as_str().expect("an id");
                chosen.push(json!({"productId": id, "salesAgentId": agent,
                    "pricingOptionId": option["pricingOptionId"], "budget": 40_000}));
                self.selected.push((self.agents[agent], id.to_owned()));
            }
        }
        let sellers_chosen = Manner::ALL
            .iter()
            .filter(|manner| self.selected.iter().any(|(other, _)| other == *manner))
            .count();
        assert_eq!(sellers_chosen, Manner::ALL.len(), "{found}");
        let session = found["discoveryId"].as_str().expect("an id");
        let path = format!("/discovery/{session}/products");
        data(&path, json!({"products": chosen})).await;
        let mut server = server;
        server.kill().await;
        self.restart().await;
    }

    /// Starts the server, told to die where it still should.
    async fn restart(&mut self) {
        self.gate.leads_to(None);
        loop {
            let point = self.points.pop_front();
            match Server::start(&self.folder, point.as_deref(), &self.gate.url()).await {
                Some(server) => {
                    self.gate.leads_to(Some(server.address));
                    self.server = Some(server);
                    self.told = point;
                    return;
                }
                None => self.came.died_at.extend(point),
            }
        }
    }

    /// When it died: starts it again and waits until nothing differs, for ten seconds.
    async fn recover(&mut self) -> bool {
        if !self.server().is_dead() {
            return false;
        }
        let told = self.told.take();
        if told.is_none() {
            self.came.differing.push("it died unasked".to_owned());
        }
        self.came.died_at.extend(told);
        self.sellers.allow(1);
        self.restart().await;
        let begun = Instant::now();
        loop {
            if self.server().is_dead() {
                // The second crash: the time runs from the last restart.
                return Box::pin(self.recover()).await;
            }
            let books = self.books().await;
            if let Some(books) = &books
                && books.differences.is_empty()
                && !self.sellers.busy()
            {
                self.came.recoveries.push(begun.elapsed());
                return true;
            }
            if begun.elapsed() > RECOVERED_WITHIN {
                let differences = books.map(|books| books.differences).unwrap_or_default();
                self.came.differing.extend(
                    differences
                        .into_iter()
                        .map(|difference| format!("10 s after the restart: {difference}")),
                );
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn shown(&mut self) -> Option<Value> {
        let path = format!("/campaigns/{}", self.campaign);
        Some(self.server().get(&path).await?["campaign"].take())
    }

    async fn books(&mut self) -> Option<Books> {
        let campaign = self.shown().await?;
        Some(self.compared(&campaign))
    }

    fn compared(&self, campaign: &Value) -> Books {
        compare(
            campaign,
            &self.sellers,
            &self.agents,
            &self.selected,
            &self.ended,
        )
    }

    /// Takes a step, again where the answer was lost or some of it failed, until it is done.
    async fn take(&mut self, step: Step) {
        let campaign = self.shown().await.unwrap_or_default();
        let wanted = Wanted::of(step, &campaign, &self.agents);
        let all = campaign["mediaBuys"].as_array().into_iter().flatten();
        let all = all.filter_map(|buy| buy["mediaBuyId"].as_str().map(str::to_owned));
        self.ended.extend(wanted.ended.clone());
        if step == Step::Delete {
            self.ended.extend(all);
        }
        let mut tries = 0;
        while tries < TRIES {
            let deaths = self.came.died_at.len();
            self.ask(step, &wanted).await;
            self.recover().await;
            if self.rest(step, &wanted).await {
                return;
            }
            // A crash is no answer.
            tries += u32::from(self.came.died_at.len() == deaths);
        }
        let books = self.books().await.unwrap_or_default();
        self.came.differing.push(format!(
            "{step:?} was never done: {:?} {:?}",
            books.shown, books.differences
        ));
    }

    async fn ask(&mut self, step: Step, wanted: &Wanted) {
        let path = format!("/campaigns/{}", self.campaign);
        let key = format!("round-{:016x}", self.chance.next());
        let campaign = self.shown().await.unwrap_or_default();
        let server = self.server.as_ref().expect("a server runs");
        let post = async |name: &str, key: Option<&str>| {
            let path = format!("{path}/{name}");
            server
                .send(reqwest::Method::POST, &path, &json!({}), key)
                .await;
        };
        // Two callers at the same time buy, or change, once.
        match step {
            Step::Execute => {
                tokio::join!(post("execute", Some(&key)), post("execute", None));
            }
            Step::Pause => post("pause", Some(&key)).await,
            Step::Reactivate => post("reactivate", Some(&key)).await,
            Step::Update | Step::Lower | Step::Cancel | Step::CancelEarly => {
                let body = wanted.body(&campaign);
                let put = |key| server.send(reqwest::Method::PUT, &path, &body, key);
                tokio::join!(put(Some(&key)), put(None));
            }
            Step::Delete => {
                let body = json!({});
                server
                    .send(reqwest::Method::DELETE, &path, &body, None)
                    .await;
            }
        }
    }

    /// What a person does for buys that wait for one: looks into the seller's books and says what
    /// is there. Purchases are left waiting until everything shall end, so that they are counted.
    async fn ask_a_person(&mut self, step: Step, campaign: &Value) {
        if self.sellers.busy() {
            return;
        }
        for buy in campaign["mediaBuys"].as_array().into_iter().flatten() {
            let of_purchase = buy["submission"] == "silent";
            if buy["reconciliation"].is_null() || (of_purchase && step != Step::Delete) {
                continue;
            }
            let id = buy["mediaBuyId"].as_str().unwrap_or_default();
            let agent = buy["salesAgentId"].as_str().unwrap_or_default();
            let ledger = self.sellers.ledger(self.agents[agent]);
            let held = held_of(&ledger, id).map(|held| (&*held.media_buy_id, held.budget_minor()));
            let body = told_by_a_person(buy, held);
            let path = format!("/media-buys/{id}/reconcile");
            self.server().post(&path, &body).await;
        }
    }

    /// Waits until both sides agree and nothing is under way; whether the step is done.
    async fn rest(&mut self, step: Step, wanted: &Wanted) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < REST_WITHIN {
            if self.recover().await {
                return false;
            }
            if let Some(campaign) = self.shown().await {
                self.ask_a_person(step, &campaign).await;
                let books = self.compared(&campaign);
                let rests = books.differences.is_empty() && !self.sellers.busy();
                if rests && let Some(done) = verdict(step, wanted, &campaign, &books) {
                    return done;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }

    /// The last count, when nobody does anything any more.
    async fn conclude(&mut self) {
        let begun = Instant::now();
        while self.sellers.busy() && begun.elapsed() < REST_WITHIN {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.recover().await;
        let Some(books) = self.books().await else {
            self.came
                .differing
                .push("the server does not answer".to_owned());
            return;
        };
        self.came.waiting_for_a_person = books
            .shown
            .iter()
            .filter(|shown| shown.waits_for_a_person())
            .count();
        self.came.doubled = books.doubled;
        self.came.lost = books.lost;
        self.came.differing.extend(books.differences);
        self.server().kill().await;
    }
}

/// What a step came to where both sides agree; `None` while something of it is under way.
fn verdict(step: Step, wanted: &Wanted, campaign: &Value, books: &Books) -> Option<bool> {
    let status = match step {
        Step::Pause => Some("PAUSED"),
        Step::Reactivate => Some("ACTIVE"),
        _ => None,
    };
    let runs: Vec<_> = books
        .shown
        .iter()
        .filter(|shown| !shown.waits_for_a_person())
        .collect();
    let failed = runs.iter().any(|shown| shown.status == "FAILED");
    let still = runs
        .iter()
        .all(|shown| !shown.is_unconfirmed && !shown.is_changing);
    let so = runs
        .iter()
        .all(|shown| status.is_none_or(|status| shown.status == status));
    let ends = step == Step::Delete;
    if still && so && (ends || books.lost.is_empty() && !failed) && wanted.is_done(step, campaign) {
        return Some(true);
    }
    // Where nothing goes on by itself that could help, the caller asks again.
    let waits = books
        .shown
        .iter()
        .any(|shown| shown.status == "PENDING_APPROVAL");
    let again = match step {
        Step::Execute => failed || !books.lost.is_empty(),
        Step::Pause | Step::Reactivate => false,
        Step::Update | Step::Lower | Step::Cancel => still,
        Step::CancelEarly | Step::Delete => still && !waits,
    };
    again.then_some(false)
}

/// What a seller holds of a buy of ours, unless it is over.
fn held_of<'a>(ledger: &'a [LedgerBuy], id: &str) -> Option<&'a LedgerBuy> {
    ledger
        .iter()
        .find(|held| ours(held) == Some(id) && live(held))
}
