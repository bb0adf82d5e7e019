//! The same commands from several callers at once: what cannot be foretold is held to what must
//! always be so.

use std::sync::Arc;

use chrono::TimeDelta;
use flighting_core::media_buy::SellerBuyStatus;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::book::{Book, Manner, PRODUCTS, Temper};
use crate::chance::Chance;
use crate::support::TestApp;
use crate::table::open;

const SEQUENCES: u64 = 500;
const STEPS: u64 = 50;
const CALLERS: u64 = 3;

/// Time in which everything under way comes to rest with sellers that answer, in seconds.
const REST_S: i64 = 300;

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
        // Between two looks it may have been bought anew and ended.
        "FAILED" => false,
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
    books: [Arc<Book>; 2],
    agents: [String; 2],
    advertiser: String,
    path: String,
    session: String,
}

impl Crowd {
    async fn gather() -> Self {
        let (test, books, agents) = open().await;
        let advertiser = test.advertiser().await;
        Self {
            test,
            books,
            agents,
            advertiser,
            path: String::new(),
            session: String::new(),
        }
    }

    /// A new campaign for a sequence.
    async fn deal(&mut self) {
        let body = json!({"advertiserId": self.advertiser, "name": "Crowd", "campaignType": "DECISIONED",
            "flightDates": {"startDate": "2027-03-10", "endDate": "2027-05-31"}, "budget": {"total": 8_000},
            "pacingPeriods": {"mode": "weight", "periods": [
                {"label": "one", "start": "2027-03-10", "end": "2027-03-31", "weight": 1},
                {"label": "two", "start": "2027-04-10", "end": "2027-05-31", "weight": 2}]}});
        let data = self.test.post("/campaigns", body).await.data(201);
        let id = data["campaign"]["campaignId"].as_str().unwrap().to_owned();
        let search = json!({"advertiserId": self.advertiser, "campaignId": id});
        let found = self
            .test
            .post("/discovery/discover-products", search)
            .await
            .data(200);
        let session = found["discoveryId"].as_str().unwrap();
        self.session = format!("/discovery/{session}/products");
        self.path = format!("/campaigns/{id}");
    }

    /// A command of a caller; by how much it may move the revision.
    async fn command(&self, chance: u64, shown: &Value) -> Result<u64, String> {
        let mut chance = Chance::new(chance);
        let (test, path) = (&self.test, &self.path);
        let which = chance.below(33);
        let reply = match which {
            0..=4 => {
                let body = json!({"products": [{"productId": chance.pick(&PRODUCTS),
                    "salesAgentId": chance.pick(&self.agents), "budget": 100 * (1 + chance.below(30))}]});
                test.post(&self.session, body).await
            }
            5 => {
                test.put_among_others(path, json!({"name": format!("Crowd {}", chance.below(9))}))
                    .await
            }
            6..=7 => {
                let body = json!({"budget": {"total": 100 * (1 + chance.below(120))}});
                test.put_among_others(path, body).await
            }
            8 => {
                let end = ["2027-04-30", "2027-06-30", "2027-07-31"];
                let body = json!({"flightDates": {"startDate": "2027-03-10", "endDate": chance.pick(&end)}});
                test.put_among_others(path, body).await
            }
            9 => {
                let weight = 1 + chance.below(5);
                let body = json!({"pacingPeriods": {"mode": "weight", "periods": [
                    {"label": "one", "start": "2027-03-10", "end": "2027-03-31", "weight": weight},
                    {"label": "two", "start": "2027-04-10", "end": "2027-05-31", "weight": 2}]}});
                test.put_among_others(path, body).await
            }
            10..=14 => test.post(&format!("{path}/execute"), json!({})).await,
            15..=16 => test.post(&format!("{path}/pause"), json!({})).await,
            17..=18 => test.post(&format!("{path}/reactivate"), json!({})).await,
            19..=20 => test.get(&format!("{path}/media-buy-status")).await,
            21 if chance.one_in(6) => test.delete(path).await,
            _ => match self.act(&mut chance, shown) {
                Some(body) => test.put_among_others(path, body).await,
                None => return Ok(0),
            },
        };
        // An execute with nothing to send is taken and moves nothing; a delete ends buys first,
        // and is refused when one of them goes on.
        let moves = match which {
            0..=4 | 19..=20 => 0,
            21 => 2,
            _ => 1,
        };
        if reply.status.is_success() {
            return Ok(moves);
        }
        let code = reply.json()["error"]["code"].clone();
        let code = code.as_str().unwrap_or_default();
        if ALLOWED.contains(&(reply.status.as_u16(), code)) {
            Ok(if which == 21 { 1 } else { 0 })
        } else {
            Err(format!(
                "command {which} was answered {} {code}",
                reply.status
            ))
        }
    }

    /// What is asked of one of the buys.
    fn act(&self, chance: &mut Chance, shown: &Value) -> Option<Value> {
        let buys = shown["mediaBuys"].as_array()?;
        let buy = buys.get(chance.below(buys.len() as u64) as usize)?;
        let packages = buy["packages"].as_array()?;
        let package = &packages[chance.below(packages.len() as u64) as usize]["packageId"];
        let money = 100 * (1 + chance.below(20));
        let mut entry = match chance.below(8) {
            0 => json!({"action": "cancel"}),
            1 => json!({"action": "delete"}),
            2 => json!({"action": "cancel", "packageIds": [package]}),
            3 => json!({"paused": chance.one_in(2)}),
            _ => json!({"packages": [{"packageId": package, "budget": money}]}),
        };
        entry["mediaBuyId"] = buy["mediaBuyId"].clone();
        let mut body = json!({"mediaBuys": [entry]});
        if chance.one_in(4) {
            body["budget"] = json!({"total": 100 * (1 + chance.below(80))});
        }
        Some(body)
    }

    /// With sellers that answer, everything comes to rest, and the product shows what they hold.
    async fn settle(&self) -> Result<(), String> {
        for book in &self.books {
            book.set_temper(Temper::Runs);
            book.set_manner(Manner::Yields);
            book.decides_all();
        }
        for _ in 0..4 {
            self.test.pass(TimeDelta::seconds(REST_S)).await;
        }
        let shown = self.test.get(&self.path).await.data(200)["campaign"].clone();
        if !shown["pendingPlan"].is_null() {
            return Err(format!("a plan waits for ever: {shown}"));
        }
        for buy in shown["mediaBuys"].as_array().into_iter().flatten() {
            let change = buy["pendingChange"]["status"].as_str().unwrap_or_default();
            if buy["submission"] != "closed"
                || !buy["unconfirmed"].is_null()
                || ["held", "open", "silent", "submitted"].contains(&change)
            {
                return Err(format!("it does not come to rest: {buy}"));
            }
            let id = buy["mediaBuyId"].as_str().unwrap();
            let entries: Vec<_> = self
                .books
                .iter()
                .flat_map(|book| book.entries_of(id))
                .collect();
            let status = buy["status"].as_str().unwrap();
            let Some(entry) = entries.first() else {
                if ["ACTIVE", "PAUSED", "COMPLETED"].contains(&status) {
                    return Err(format!("no seller holds it: {buy}"));
                }
                continue;
            };
            let agrees = match entry.status.as_str() {
                "active" | "pending_start" => status == "ACTIVE",
                "paused" => status == "PAUSED",
                "completed" => ["COMPLETED", "ARCHIVED"].contains(&status),
                _ => ["CANCELED", "ARCHIVED"].contains(&status),
            };
            let held: i64 = entry
                .packages
                .iter()
                .filter(|package| !package.canceled)
                .filter_map(|package| package.budget)
                .map(|budget| budget.minor())
                .sum();
            if !agrees || buy["budget"].as_f64() != Some(held as f64 / 100.0) {
                return Err(format!("its seller holds {entry:?}: {buy}"));
            }
        }
        Ok(())
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

    /// Something happens at a seller to one of the buys it holds.
    fn happen(&self, chance: &mut Chance) {
        let mut pages = chance.pick(&self.books).pages();
        let mut held: Vec<_> = pages
            .entries
            .iter_mut()
            .filter(|entry| !entry.is_over())
            .collect();
        let which = chance.below(held.len() as u64) as usize;
        if let Some(entry) = held.get_mut(which) {
            let statuses = [
                SellerBuyStatus::Active,
                SellerBuyStatus::Paused,
                SellerBuyStatus::Completed,
                SellerBuyStatus::Canceled,
            ];
            entry.status = chance.pick(&statuses).clone();
            entry.confirmed = true;
            entry.revision += 1;
        }
    }

    /// Plays a sequence; how often a command moved the campaign.
    async fn play(&self, seed: u64) -> Result<u64, String> {
        let mut chance = Chance::new(seed);
        let first = self.test.get(&self.path).await.data(200)["campaign"]["revision"].clone();
        let mut shown = self.judge(&Value::Null).await?;
        for _ in 0..STEPS / CALLERS {
            for book in &self.books {
                book.set_temper(*chance.pick(&Temper::ALL));
                book.set_manner(*chance.pick(&Manner::ALL));
                if chance.one_in(6) {
                    book.decides_all();
                }
            }
            if chance.one_in(5) {
                self.happen(&mut chance);
            }
            let seeds: Vec<u64> = (0..CALLERS).map(|_| chance.next()).collect();
            let commands = seeds.iter().map(|seed| self.command(*seed, &shown));
            let mut effective = 0;
            for taken in join_all(commands).await {
                effective += taken?;
            }
            let before = shown["revision"].as_u64().unwrap();
            shown = self.judge(&shown).await?;
            let after = shown["revision"].as_u64().unwrap();
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
        self.settle().await?;
        // Everything is at rest, so it can be put away.
        let gone = self.test.delete(&self.path).await.status.as_u16();
        if !matches!(gone, 204 | 404) {
            return Err(format!("a campaign at rest cannot be deleted: {gone}"));
        }
        Ok(shown["revision"].as_u64().unwrap() - first.as_u64().unwrap())
    }
}

async fn play_all(seeds: Vec<u64>) -> Result<u64, String> {
    let mut crowd = Crowd::gather().await;
    let mut effective = 0;
    for seed in seeds {
        crowd.deal().await;
        effective += crowd
            .play(seed)
            .await
            .map_err(|why| format!("seed {seed} (FLIGHTING_MODEL_SEED={seed}): {why}"))?;
    }
    Ok(effective)
}

#[test]
fn several_callers_at_once_keep_what_must_always_be_so() {
    let seeds = crate::seeds(SEQUENCES);
    let effective = crate::at_tables(&seeds, play_all);
    println!(
        "{} sequences of {STEPS} commands of {CALLERS} callers, {effective} of them changed something",
        seeds.len()
    );
    assert!(
        seeds.len() == 1 || effective > seeds.len() as u64 * 10,
        "{effective}"
    );
}
