//! One round: plan, execute twice at once, pause, reactivate, with a crash somewhere on the way, and
//! what both sides hold afterwards.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use flighting_server::crash::POINTS;
use flighting_server::ids::IdSource;
use serde_json::{Value, json};

use crate::books::{Books, compare};
use crate::chance::Chance;
use crate::sellers::{Manner, Sellers};
use crate::server::Server;

/// How long after a restart nothing may differ any more.
pub const RECOVERED_WITHIN: Duration = Duration::from_secs(10);
/// How long a step may take to come to rest.
const REST_WITHIN: Duration = Duration::from_secs(25);
/// How often a step is asked for again, as a caller does whose answer was lost.
const TRIES: u32 = 3;

/// What to do in a round.
#[derive(Debug, Clone)]
pub struct Orders {
    pub seed: u64,
    /// Where the server dies: a point and a passing for each of its lives, with commas between.
    pub points: String,
    /// Whether sellers take keys for what they are.
    pub keys: bool,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Execute,
    Pause,
    Reactivate,
}

struct Round {
    chance: Chance,
    folder: PathBuf,
    sellers: Sellers,
    server: Option<Server>,
    /// Where it was told to die.
    told: Option<String>,
    /// Where its next lives end.
    points: VecDeque<String>,
    agents: BTreeMap<String, Manner>,
    selected: Vec<(Manner, String)>,
    campaign: String,
    came: Came,
}

/// Plays a round. The folder of a round that went wrong is left behind.
pub async fn play(orders: Orders) -> Came {
    let mut chance = Chance::new(orders.seed);
    let keys = orders.keys;
    let sellers = Sellers::start(orders.seed, orders.keys, 3).await;
    let folder = std::env::temp_dir().join(IdSource.other("flighting-crash-"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let mut points: VecDeque<String> = orders.points.split(',').map(str::to_owned).collect();
    // Sometimes again, while it recovers.
    points.extend(chance.one_in(3).then(|| {
        let later: Vec<&str> = POINTS
            .iter()
            .copied()
            .filter(|point| point.starts_with("reconcile.") || point.starts_with("job."))
            .collect();
        format!("{}:{}", chance.pick(&later), 1 + chance.below(2))
    }));
    let mut round = Round {
        points,
        chance,
        folder: folder.clone(),
        sellers,
        server: None,
        told: None,
        agents: BTreeMap::new(),
        selected: Vec::new(),
        campaign: String::new(),
        came: Came::default(),
    };
    round.set_up().await;
    if keys {
        for step in [Step::Execute, Step::Pause, Step::Reactivate] {
            round.take(step).await;
        }
    } else {
        // What was bought twice never comes to rest: it is asked for once, and looked at.
        round.ask(Step::Execute).await;
        round.recover().await;
    }
    round.conclude().await;
    let Round { came, sellers, .. } = round;
    sellers.stop().await;
    if came.is_good() {
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
        let server = Server::start(&self.folder, None)
            .await
            .expect("the server starts");
        let data = async |path: &str, body: Value| {
            let (status, data) = server.post(path, &body).await.expect("an answer");
            assert!(status.is_success(), "{path}: {status} {data}");
            data
        };
        for manner in Manner::ALL {
            let body = json!({"name": manner.name(), "url": self.sellers.url(manner), "protocol": "MCP",
                "auth": {"type": "bearer", "token": self.sellers.token()}});
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
            "flightDates": {"startDate": day(2), "endDate": day(31)}, "budget": {"total": 400_000},
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
        loop {
            let point = self.points.pop_front();
            match Server::start(&self.folder, point.as_deref()).await {
                Some(server) => {
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

    async fn books(&mut self) -> Option<Books> {
        let path = format!("/campaigns/{}", self.campaign);
        let data = self.server().get(&path).await?;
        Some(compare(
            &data["campaign"],
            &self.sellers,
            &self.agents,
            &self.selected,
        ))
    }

    /// Takes a step, again where the answer was lost or some of it failed, until it is done.
    async fn take(&mut self, step: Step) {
        for _ in 0..TRIES {
            self.ask(step).await;
            self.recover().await;
            if self.rest(step).await {
                return;
            }
        }
        let books = self.books().await.unwrap_or_default();
        self.came.differing.push(format!(
            "{step:?} was never done: {:?} {:?}",
            books.shown, books.differences
        ));
    }

    async fn ask(&mut self, step: Step) {
        let name = match step {
            Step::Execute => "execute",
            Step::Pause => "pause",
            Step::Reactivate => "reactivate",
        };
        let path = format!("/campaigns/{}/{name}", self.campaign);
        let key = format!("round-{:016x}", self.chance.next());
        let server = self.server.as_ref().expect("a server runs");
        let body = json!({});
        let keyed = server.send(reqwest::Method::POST, &path, &body, Some(&key));
        if step == Step::Execute {
            // Two callers at the same time buy once.
            tokio::join!(keyed, server.post(&path, &body));
        } else {
            keyed.await;
        }
    }

    /// Waits until both sides agree and nothing is under way; whether the step is done.
    async fn rest(&mut self, step: Step) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < REST_WITHIN {
            if self.recover().await {
                return false;
            }
            if let Some(books) = self.books().await
                && books.differences.is_empty()
                && !self.sellers.busy()
            {
                let wanted = match step {
                    Step::Execute => None,
                    Step::Pause => Some("PAUSED"),
                    Step::Reactivate => Some("ACTIVE"),
                };
                let runs: Vec<_> = books
                    .shown
                    .iter()
                    .filter(|shown| !shown.waits_for_a_person())
                    .collect();
                let failed = runs.iter().any(|shown| shown.status == "FAILED");
                let done = books.lost.is_empty()
                    && !failed
                    && runs.iter().all(|shown| {
                        !shown.is_unconfirmed && wanted.is_none_or(|wanted| shown.status == wanted)
                    });
                if done {
                    return true;
                }
                // Nothing goes on by itself that could help: the caller asks again.
                if step == Step::Execute && (failed || !books.lost.is_empty()) {
                    return false;
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
