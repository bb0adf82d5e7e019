//! The same commands from several callers at once: what cannot be foretold is held to what must
//! always be so.

use std::sync::Arc;

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::book::{Book, PRODUCTS, Temper};
use crate::chance::Chance;
use crate::support::{Setup, TestApp};

const SEQUENCES: u64 = 60;
const STEPS: u64 = 50;
const CALLERS: u64 = 3;

/// What an answer to a command may be.
const ALLOWED: [(u16, &str); 5] = [
    (400, "VALIDATION_ERROR"),
    (404, "NOT_FOUND"),
    (409, "CONFLICT"),
    (409, "INSUFFICIENT_MEDIA_BUDGET"),
    (422, "CAPABILITY_NOT_SUPPORTED"),
];

/// Statuses most restrictive first (decision 17).
const RANK: [&str; 10] = [
    "FAILED",
    "REJECTED",
    "INPUT_REQUIRED",
    "PENDING_APPROVAL",
    "DRAFT",
    "PAUSED",
    "ACTIVE",
    "COMPLETED",
    "CANCELED",
    "ARCHIVED",
];

/// Moves that no buy may make, from and to (contract 12.2): what is over stays over, and what was
/// placed is neither a draft nor FAILED any more.
fn illegal(from: &str, to: &str) -> bool {
    match from {
        "COMPLETED" | "CANCELED" | "REJECTED" => !matches!(to, "ARCHIVED"),
        "ARCHIVED" => true,
        "FAILED" => matches!(to, "COMPLETED" | "CANCELED"),
        "ACTIVE" | "PAUSED" => matches!(
            to,
            "DRAFT" | "FAILED" | "PENDING_APPROVAL" | "INPUT_REQUIRED"
        ),
        "PENDING_APPROVAL" | "INPUT_REQUIRED" => to == "DRAFT",
        _ => false,
    }
}

struct Crowd {
    test: TestApp,
    books: Vec<Arc<Book>>,
    agents: Vec<String>,
    path: String,
    session: String,
}

impl Crowd {
    async fn gather() -> Self {
        let test = TestApp::with(Setup {
            in_memory: true,
            ..Setup::default()
        })
        .await;
        let (mut books, mut agents) = (Vec::new(), Vec::new());
        for name in ["One", "Two"] {
            let id = test.paper_agent(name).await;
            let book = Book::open(id.clone());
            test.app
                .agents
                .script(id.clone(), Arc::<Book>::clone(&book));
            books.push(book);
            agents.push(id.as_str().to_owned());
        }
        let advertiser = test.advertiser().await;
        let body = json!({"advertiserId": advertiser, "name": "Crowd", "campaignType": "DECISIONED",
            "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 8_000},
            "pacingPeriods": {"mode": "weight", "periods": [
                {"label": "one", "start": "2027-03-10", "end": "2027-03-31", "weight": 1},
                {"label": "two", "start": "2027-04-10", "end": "2027-05-31", "weight": 2}]}});
        let data = test.post("/campaigns", body).await.data(201);
        let id = data["campaign"]["campaignId"].as_str().unwrap().to_owned();
        let search = json!({"advertiserId": advertiser, "campaignId": id});
        let found = test
            .post("/discovery/discover-products", search)
            .await
            .data(200);
        let session = format!(
            "/discovery/{}/products",
            found["discoveryId"].as_str().unwrap()
        );
        Self {
            test,
            books,
            agents,
            path: format!("/campaigns/{id}"),
            session,
        }
    }

    /// A command of a caller; whether it was taken.
    async fn command(&self, chance: u64) -> Result<bool, String> {
        let mut chance = Chance::new(chance);
        let (test, path) = (&self.test, &self.path);
        let which = chance.below(20);
        let reply = match which {
            0..=4 => {
                let body = json!({"products": [{"productId": chance.pick(&PRODUCTS),
                    "salesAgentId": chance.pick(&self.agents), "budget": 100 * (1 + chance.below(30))}]});
                test.post(&self.session, body).await
            }
            5 => {
                test.put(path, json!({"name": format!("Crowd {}", chance.below(9))}))
                    .await
            }
            6..=7 => {
                let body = json!({"budget": {"total": 100 * (1 + chance.below(120))}});
                test.put(path, body).await
            }
            8 => {
                let end = ["2027-04-30", "2027-06-30", "2027-07-31"];
                let body = json!({"flightDates": {"startDate": "2027-03-10", "endDate": chance.pick(&end)}});
                test.put(path, body).await
            }
            9 => {
                let weight = 1 + chance.below(5);
                let body = json!({"pacingPeriods": {"mode": "weight", "periods": [
                    {"label": "one", "start": "2027-03-10", "end": "2027-03-31", "weight": weight},
                    {"label": "two", "start": "2027-04-10", "end": "2027-05-31", "weight": 2}]}});
                test.put(path, body).await
            }
            10..=14 => test.post(&format!("{path}/execute"), json!({})).await,
            15..=16 => test.post(&format!("{path}/pause"), json!({})).await,
            17..=18 => test.post(&format!("{path}/reactivate"), json!({})).await,
            _ => test.get(&format!("{path}/media-buy-status")).await,
        };
        if reply.status.is_success() {
            return Ok(!(0..=4).contains(&which) && which != 19);
        }
        let code = reply.json()["error"]["code"].clone();
        let code = code.as_str().unwrap_or_default();
        if ALLOWED.contains(&(reply.status.as_u16(), code)) {
            Ok(false)
        } else {
            Err(format!(
                "command {which} was answered {} {code}",
                reply.status
            ))
        }
    }

    /// What must always be so, after `before`.
    async fn judge(&self, before: &Value) -> Result<Value, String> {
        let shown = self.test.get(&self.path).await.data(200)["campaign"].clone();
        let number = |value: &Value, member: &str| value[member].as_f64().unwrap_or(f64::NAN);
        if number(&shown, "unallocatedBudget") < 0.0 {
            return Err(format!("allocated is above media: {shown}"));
        }
        let buys = shown["mediaBuys"].as_array().cloned().unwrap_or_default();
        let rank = |status: &str| RANK.iter().position(|other| *other == status);
        let worst = buys
            .iter()
            .filter_map(|buy| rank(buy["status"].as_str()?))
            .min();
        if shown["mediaBuyStatus"].as_str().and_then(rank) != worst {
            return Err(format!("the roll-up is wrong: {shown}"));
        }
        for buy in &buys {
            let id = &buy["mediaBuyId"];
            let old = before["mediaBuys"]
                .as_array()
                .and_then(|buys| buys.iter().find(|old| old["mediaBuyId"] == *id));
            let now = buy["status"].as_str().unwrap();
            if let Some(old) = old.and_then(|old| old["status"].as_str())
                && old != now
                && illegal(old, now)
            {
                return Err(format!("{id} went from {old} to {now}"));
            }
            let held: usize = self
                .books
                .iter()
                .map(|book| book.entries_of(id.as_str().unwrap()).len())
                .sum();
            if held > 1 {
                return Err(format!("{id} is {held} times at its seller"));
            }
        }
        Ok(shown)
    }

    async fn play(&self, seed: u64) -> Result<(), String> {
        let mut chance = Chance::new(seed);
        let mut shown = self.judge(&Value::Null).await?;
        for _ in 0..STEPS / CALLERS {
            for book in &self.books {
                book.set_temper(*chance.pick(&Temper::ALL));
            }
            let seeds: Vec<u64> = (0..CALLERS).map(|_| chance.next()).collect();
            let taken = join_all(seeds.iter().map(|seed| self.command(*seed))).await;
            let mut effective = 0;
            for taken in taken {
                effective += u64::from(taken?);
            }
            let before = shown["revision"].as_u64().unwrap();
            shown = self.judge(&shown).await?;
            let after = shown["revision"].as_u64().unwrap();
            // An execute with nothing to send is taken and moves nothing.
            if after < before || after > before + effective {
                return Err(format!(
                    "{effective} commands moved the revision from {before} to {after}"
                ));
            }
            if chance.one_in(3) {
                self.test.pass(TimeDelta::seconds(90)).await;
                shown = self.judge(&shown).await?;
            }
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_callers_at_once_keep_what_must_always_be_so() {
    let first = crate::number("FLIGHTING_MODEL_SEED").unwrap_or(1);
    for seed in first..first + SEQUENCES {
        let crowd = Crowd::gather().await;
        if let Err(why) = crowd.play(seed).await {
            panic!("seed {seed} (FLIGHTING_MODEL_SEED={seed}): {why}");
        }
    }
}
