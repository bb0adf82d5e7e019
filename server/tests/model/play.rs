//! Steps, and a table at which they are taken at the product and in the model at once.

use std::sync::Arc;

use chrono::TimeDelta;
use flighting_core::media_buy::SellerBuyStatus;
use serde_json::{Value, json};

use crate::book::{Book, PRODUCTS, Temper};
use crate::chance::Chance;
use crate::expected::{Answer, At, Buy, Model, Phase};
use crate::support::{Reply, Setup, TestApp};

/// How long everything under way takes to come to rest, in seconds: longer than any delay.
const REST_S: u64 = 120;
const DAY_S: u64 = 86_400;

/// One step; its numbers are taken as far as they fit when it is played.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Select(usize, usize, i64),
    Deselect(usize, usize),
    Rename,
    RenameStale,
    Brief,
    Money(i64, i64),
    Extend,
    Execute,
    Pause,
    Reactivate,
    Delete,
    /// A seller changes what it does with purchases.
    Temper(usize, usize),
    /// Something happens at a seller to one of the buys.
    Event(usize, usize),
    /// The caller asks how things stand.
    Look,
    /// Time passes until everything rests.
    Rest,
    /// Time passes until the flight is over.
    End,
}

impl Step {
    pub fn random(chance: &mut Chance) -> Self {
        let seller = chance.below(2) as usize;
        let product = chance.below(2) as usize;
        match chance.below(64) {
            0..=9 => Self::Select(seller, product, 10_000 * (1 + chance.below(40) as i64)),
            10..=11 => Self::Deselect(seller, product),
            12..=13 => Self::Rename,
            14 => Self::RenameStale,
            15 => Self::Brief,
            16..=19 => Self::Money(
                10_000 * (1 + chance.below(120) as i64),
                10_000 * chance.below(20) as i64,
            ),
            20 => Self::Extend,
            21..=31 => Self::Execute,
            32..=36 => Self::Pause,
            37..=41 => Self::Reactivate,
            42 => Self::Delete,
            43..=48 => Self::Temper(seller, chance.below(7) as usize),
            49..=54 => Self::Event(chance.below(8) as usize, chance.below(6) as usize),
            55..=57 => Self::Look,
            58..=62 => Self::Rest,
            _ => Self::End,
        }
    }
}

/// A product with two sellers, and one campaign after another.
pub struct Table {
    test: TestApp,
    books: [Arc<Book>; 2],
    agents: [String; 2],
    advertiser: String,
    zero: chrono::DateTime<chrono::Utc>,
}

/// One sequence under way.
struct Hand {
    model: Model,
    tempers: [Temper; 2],
    path: String,
    session: String,
    start: String,
}

impl Table {
    pub async fn lay() -> Self {
        let test = TestApp::with(Setup {
            in_memory: true,
            ..Setup::default()
        })
        .await;
        let mut books = Vec::new();
        let mut agents = Vec::new();
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
        let zero = test.clock.now();
        Self {
            books: books.try_into().unwrap(),
            agents: agents.try_into().unwrap(),
            advertiser,
            zero,
            test,
        }
    }

    /// Lets everything that is under way come to rest: what is due is done, and what follows.
    async fn rest(&self) {
        let most = i64::try_from(REST_S).unwrap();
        self.test.pass(TimeDelta::seconds(most - 1)).await;
        self.test.pass(TimeDelta::seconds(1)).await;
    }

    fn now(&self) -> u64 {
        u64::try_from((self.test.clock.now() - self.zero).num_seconds()).unwrap()
    }

    /// The date of a second.
    fn date(&self, second: u64) -> String {
        let at = self.zero + TimeDelta::seconds(i64::try_from(second).unwrap());
        at.date_naive().to_string()
    }

    /// Plays a sequence on a new campaign; how many steps changed something.
    pub async fn play(&mut self, steps: &[Step]) -> Result<u64, String> {
        let mut hand = self.deal().await;
        let mut effective = 0;
        for (index, step) in steps.iter().enumerate() {
            self.test.clock.advance(TimeDelta::seconds(1));
            let before = hand.model.revision;
            self.take(&mut hand, *step)
                .await
                .and(self.compare(&mut hand).await)
                .map_err(|why| format!("step {index}, {step:?}: {why}\n{:#?}", hand.model))?;
            if hand.model.revision < before {
                return Err("the model's revision fell".to_owned());
            }
            effective += hand.model.revision - before;
        }
        // What is left goes to rest, and out of the way of the next.
        for book in &self.books {
            book.set_temper(Temper::Runs);
        }
        self.test.pass(TimeDelta::days(400)).await;
        Ok(effective)
    }

    async fn deal(&self) -> Hand {
        for book in &self.books {
            book.set_temper(Temper::Runs);
        }
        let end = self.now() / DAY_S * DAY_S + 30 * DAY_S;
        let start = self.date(self.now() + 5 * DAY_S);
        let body = json!({"advertiserId": self.advertiser, "name": "Model", "campaignType": "DECISIONED",
            "flightDates": {"startDate": start, "endDate": self.date(end)}, "budget": {"total": 8_000}});
        let data = self.test.post("/campaigns", body).await.data(201);
        let id = data["campaign"]["campaignId"].as_str().unwrap().to_owned();
        let search = json!({"advertiserId": self.advertiser, "campaignId": id});
        let found = self
            .test
            .post("/discovery/discover-products", search)
            .await
            .data(200);
        Hand {
            model: Model::new(800_000, self.day_end(end)),
            tempers: [Temper::Runs; 2],
            path: format!("/campaigns/{id}"),
            session: format!(
                "/discovery/{}/products",
                found["discoveryId"].as_str().unwrap()
            ),
            start,
        }
    }

    /// The second in which a day is over: its last one (decision 10).
    fn day_end(&self, second: u64) -> u64 {
        let at = self.zero + TimeDelta::seconds(i64::try_from(second).unwrap());
        let last = at.date_naive().and_hms_opt(23, 59, 59).unwrap().and_utc();
        u64::try_from((last - self.zero).num_seconds()).unwrap()
    }

    async fn take(&self, hand: &mut Hand, step: Step) -> Result<(), String> {
        let test = &self.test;
        let now = self.now();
        let path = hand.path.clone();
        let model = &mut hand.model;
        if model.phase == Phase::Archived {
            return self.knock(hand, step).await;
        }
        let (reply, expected) = match step {
            Step::Select(seller, product, cents) => {
                let body = json!({"products": [{"productId": PRODUCTS[product],
                    "salesAgentId": self.agents[seller], "budget": cents / 100}]});
                let expected = model.select(seller, product, cents, now);
                (test.post(&hand.session, body).await, expected)
            }
            Step::Deselect(seller, product) => {
                let body = json!({"products": [{"productId": PRODUCTS[product],
                    "salesAgentId": self.agents[seller]}]});
                let request = test.json(axum::http::Method::DELETE, &hand.session, &body);
                let expected = model.deselect(seller, product);
                (test.send(request).await, expected)
            }
            Step::Rename => {
                let body =
                    json!({"name": format!("Model {now}"), "expectedRevision": model.revision});
                let expected = model.rename(model.revision);
                (test.put(&path, body).await, expected)
            }
            Step::RenameStale => {
                let stale = model.revision - 1;
                let body = json!({"name": "Stale", "expectedRevision": stale});
                (test.put(&path, body).await, model.rename(stale))
            }
            Step::Brief => {
                let expected = model.write_brief();
                (test.put(&path, json!({"brief": "shoes"})).await, expected)
            }
            Step::Money(total, fee) => {
                let fees = if fee == 0 {
                    json!([])
                } else {
                    json!([{"pricingType": "FLAT", "amount": fee / 100}])
                };
                let body = json!({"budget": {"total": total / 100}, "fees": fees});
                let expected = model.set_money(total, fee);
                (test.put(&path, body).await, expected)
            }
            Step::Extend => {
                let end = model.flight_end + 30 * DAY_S;
                let body =
                    json!({"flightDates": {"startDate": hand.start, "endDate": self.date(end)}});
                let expected = model.extend(self.day_end(end));
                (test.put(&path, body).await, expected)
            }
            Step::Execute => {
                let expected = model.execute(hand.tempers, now);
                let reply = test.post(&format!("{path}/execute"), json!({})).await;
                (reply, expected)
            }
            Step::Pause => {
                let expected = model.pause();
                (
                    test.post(&format!("{path}/pause"), json!({})).await,
                    expected,
                )
            }
            Step::Reactivate => {
                let expected = model.reactivate(now);
                let reply = test.post(&format!("{path}/reactivate"), json!({})).await;
                (reply, expected)
            }
            // Ending what lives is a story of its own.
            Step::Delete if model.has_live_buys() => return Ok(()),
            Step::Delete => {
                let expected = model.delete();
                (test.delete(&path).await, expected)
            }
            Step::Temper(seller, number) => {
                hand.tempers[seller] = Temper::ALL[number];
                self.books[seller].set_temper(Temper::ALL[number]);
                return Ok(());
            }
            Step::Event(which, what) => {
                self.happen(model, which, what);
                return Ok(());
            }
            Step::Look => {
                model.look(hand.tempers);
                let reply = test.get(&format!("{path}/media-buy-status")).await;
                return expect(
                    &reply,
                    Answer {
                        status: 200,
                        code: None,
                        attempted: None,
                    },
                );
            }
            Step::Rest => {
                self.rest().await;
                model.rest(hand.tempers, now + REST_S);
                return Ok(());
            }
            Step::End => {
                self.rest().await;
                model.rest(hand.tempers, now + REST_S);
                if model.is_decided() && model.flight_end > self.now() {
                    let left = model.flight_end + 3_600 - self.now();
                    test.pass(TimeDelta::seconds(i64::try_from(left).unwrap()))
                        .await;
                    // What that brought about is done in its turn.
                    test.pass(TimeDelta::seconds(1)).await;
                    model.rest(hand.tempers, self.now());
                }
                return Ok(());
            }
        };
        expect(&reply, expected)
    }

    /// An archived campaign takes nothing any more.
    async fn knock(&self, hand: &Hand, step: Step) -> Result<(), String> {
        let path = &hand.path;
        let reply = match step {
            Step::Execute => self.test.post(&format!("{path}/execute"), json!({})).await,
            Step::Pause => self.test.post(&format!("{path}/pause"), json!({})).await,
            Step::Reactivate => {
                self.test
                    .post(&format!("{path}/reactivate"), json!({}))
                    .await
            }
            Step::Rename => self.test.put(path, json!({"name": "Late"})).await,
            Step::Delete => self.test.delete(path).await,
            _ => return Ok(()),
        };
        let code = reply.json()["error"]["code"].clone();
        if matches!(reply.status.as_u16(), 400 | 404 | 409) && code.is_string() {
            Ok(())
        } else {
            Err(format!(
                "an archived campaign answered {} {code}",
                reply.status
            ))
        }
    }

    /// Something happens at a seller to a buy that it holds and that is not over there.
    fn happen(&self, model: &mut Model, which: usize, what: usize) {
        let held: Vec<&mut Buy> = model
            .buys
            .iter_mut()
            .filter(|buy| {
                buy.id.is_some()
                    && matches!(
                        buy.at,
                        Some(At::Waiting | At::Scheduled | At::Active | At::Paused)
                    )
            })
            .collect();
        let count = held.len();
        let Some(buy) = held.into_iter().nth(which % count.max(1)) else {
            return;
        };
        let (at, status) = match (buy.at, what) {
            (Some(At::Waiting), 0..=2) => (At::Active, SellerBuyStatus::Active),
            (Some(At::Waiting), 3) => (At::Rejected, SellerBuyStatus::Rejected),
            (Some(At::Waiting), _) => (At::Canceled, SellerBuyStatus::Canceled),
            (Some(At::Scheduled), 0) => (At::Active, SellerBuyStatus::Active),
            (Some(At::Active), 0 | 1) => (At::Paused, SellerBuyStatus::Paused),
            (Some(At::Paused), 0 | 1) => (At::Active, SellerBuyStatus::Active),
            (Some(At::Active | At::Paused), 2) => (At::Completed, SellerBuyStatus::Completed),
            (_, 3) => (At::Canceled, SellerBuyStatus::Canceled),
            _ => return,
        };
        buy.at = Some(at);
        self.books[buy.seller].change(buy.id.as_deref().unwrap(), status);
    }

    /// The product's picture against the model's, and the sellers' books against both.
    async fn compare(&self, hand: &mut Hand) -> Result<(), String> {
        let shown = self.test.get(&hand.path).await.data(200)["campaign"].clone();
        let model = &mut hand.model;
        let differs = |what: &str, is: &Value, expected: Value| {
            if *is == expected {
                Ok(())
            } else {
                Err(format!("{what} is {is}, expected {expected}"))
            }
        };
        differs("status", &shown["status"], json!(model.phase.word()))?;
        differs("revision", &shown["revision"], json!(model.revision))?;
        let money = |cents: i64| cents as f64 / 100.0;
        let amount = |what: &str, is: &Value, cents: i64| {
            if is.as_f64() == Some(money(cents)) {
                Ok(())
            } else {
                Err(format!("{what} is {is}, expected {}", money(cents)))
            }
        };
        amount("allocated", &shown["allocatedBudget"], model.allocated())?;
        amount(
            "unallocated",
            &shown["unallocatedBudget"],
            model.media() - model.allocated(),
        )?;
        let roll_up = model
            .roll_up()
            .map_or(Value::Null, |status| json!(status.word()));
        differs("roll-up", &shown["mediaBuyStatus"], roll_up)?;
        let buys = shown["mediaBuys"].as_array().cloned().unwrap_or_default();
        if buys.len() != model.buys.len() {
            return Err(format!(
                "{} buys, expected {}",
                buys.len(),
                model.buys.len()
            ));
        }
        for (buy, expected) in buys.iter().zip(&mut model.buys) {
            let id = buy["mediaBuyId"].as_str().unwrap();
            let known = expected.id.get_or_insert_with(|| id.to_owned());
            if known != id {
                return Err(format!("a buy is `{id}`, expected `{known}`"));
            }
            differs(
                "the seller of a buy",
                &buy["salesAgentId"],
                json!(self.agents[expected.seller]),
            )?;
            differs(
                "a buy's status",
                &buy["status"],
                json!(expected.status.word()),
            )?;
            let submission = if expected.silent { "silent" } else { "closed" };
            differs("a buy's submission", &buy["submission"], json!(submission))?;
            let budget: i64 = expected.products.iter().map(|(_, cents)| cents).sum();
            amount("a buy's budget", &buy["budget"], budget)?;
            let entries = self.books[expected.seller].entries_of(id);
            let held = expected.at.iter().count();
            if entries.len() < held || entries.len() > held && expected.at.is_some() {
                return Err(format!(
                    "`{id}` is {} times in its seller's book, expected {held}",
                    entries.len()
                ));
            }
            if let (Some(at), Some(entry)) = (expected.at, entries.last()) {
                let word = match at {
                    At::Waiting | At::Scheduled => "pending_start",
                    At::Active => "active",
                    At::Paused => "paused",
                    At::Completed => "completed",
                    At::Canceled => "canceled",
                    At::Rejected => "rejected",
                };
                if entry.status.as_str() != word {
                    return Err(format!(
                        "its seller holds {:?}, expected {word}",
                        entry.status
                    ));
                }
            }
        }
        Ok(())
    }
}

fn expect(reply: &Reply, expected: Answer) -> Result<(), String> {
    let answer = if reply.bytes.is_empty() {
        Value::Null
    } else {
        reply.json()
    };
    let status = reply.status.as_u16();
    let right = match expected.code {
        None => (200..300).contains(&status),
        Some(code) => status == expected.status && answer["error"]["code"] == code,
    };
    if !right {
        return Err(format!("answered {status} {answer}, expected {expected:?}"));
    }
    match expected.attempted {
        Some(attempted) if answer["data"]["mediaBuysExecuted"] != attempted as u64 => Err(format!(
            "{} buys attempted, expected {attempted}",
            answer["data"]["mediaBuysExecuted"]
        )),
        _ => Ok(()),
    }
}
