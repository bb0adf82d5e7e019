//! A table at which steps are taken at the product and in the model at once.

use std::sync::Arc;

use chrono::TimeDelta;
use flighting_core::media_buy::SellerBuyStatus;
use serde_json::{Value, json};

use crate::book::{Book, Decision, Manner, PRODUCTS, Temper};
use crate::compare;
use crate::expected::{Answer, At, Minds, Model, Phase, ok};
use crate::step::{Act, Step};
use crate::support::{Reply, Setup, TestApp};

/// How often what is due is done until everything under way rests, and the time between, in
/// seconds: longer than the pause between two tries.
const LOOKS: u64 = 4;
const LOOK_S: u64 = 40;
const REST_S: u64 = LOOKS * LOOK_S;
const DAY_S: u64 = 86_400;

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
    minds: Minds,
    path: String,
    session: String,
    start: String,
    /// The campaign as it was last shown.
    shown: Value,
}

const CALM: Minds = Minds {
    tempers: [Temper::Runs; 2],
    manners: [Manner::Yields; 2],
};

/// The product in memory, with two sellers that keep books; their ids.
pub async fn open() -> (TestApp, [Arc<Book>; 2], [String; 2]) {
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
    (test, books.try_into().unwrap(), agents.try_into().unwrap())
}

impl Table {
    pub async fn lay() -> Self {
        let (test, books, agents) = open().await;
        let advertiser = test.advertiser().await;
        let zero = test.clock.now();
        Self {
            books,
            agents,
            advertiser,
            zero,
            test,
        }
    }

    /// Lets everything that is under way come to rest: what is due is done, and what follows.
    async fn rest(&self) {
        for _ in 0..LOOKS {
            self.test.pass(TimeDelta::seconds(LOOK_S as i64)).await;
        }
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
            self.keep_awake(hand.minds, *step).await;
            let before = hand.model.revision;
            let taken = self.take(&mut hand, *step).await;
            hand.shown = self.test.get(&hand.path).await.data(200)["campaign"].clone();
            taken
                .and(compare::campaign(
                    &hand.shown,
                    &mut hand.model,
                    &self.books,
                    &self.agents,
                ))
                .map_err(|why| format!("step {index}, {step:?}: {why}\n{:#?}", hand.model))?;
            effective += hand.model.revision - before;
        }
        // What is left goes to rest, and out of the way of the next.
        for book in &self.books {
            book.set_temper(Temper::Runs);
            book.set_manner(Manner::Yields);
        }
        self.test.pass(TimeDelta::days(400)).await;
        Ok(effective)
    }

    /// A seller that failed some times in a row is left alone for a while; that has tests of its
    /// own. Here it is asked something harmless before it comes to that.
    async fn keep_awake(&self, minds: Minds, step: Step) {
        let asks = matches!(
            step,
            Step::Execute | Step::Act(..) | Step::Delete | Step::Look
        );
        for (seller, agent) in self.agents.iter().enumerate().filter(|_| asks) {
            let answers = matches!(
                minds.tempers[seller],
                Temper::Runs | Temper::Schedules | Temper::Waits | Temper::Thinks
            ) && matches!(minds.manners[seller], Manner::Yields | Manner::Refuses);
            if !answers {
                let path = format!("/sales-agents/{agent}/probe");
                self.test.post(&path, json!({})).await.data(200);
            }
        }
    }

    async fn deal(&self) -> Hand {
        for book in &self.books {
            book.set_temper(Temper::Runs);
            book.set_manner(Manner::Yields);
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
            minds: CALM,
            path: format!("/campaigns/{id}"),
            session: format!(
                "/discovery/{}/products",
                found["discoveryId"].as_str().unwrap()
            ),
            start,
            shown: Value::Null,
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
        let minds = hand.minds;
        let model = &mut hand.model;
        if model.phase == Phase::Archived {
            return self.knock(&path, step).await;
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
                let expected = model.execute(minds, now);
                let reply = test.post(&format!("{path}/execute"), json!({})).await;
                (reply, expected)
            }
            Step::Pause => {
                let expected = model.pause();
                let reply = test.post(&format!("{path}/pause"), json!({})).await;
                (reply, expected)
            }
            Step::Reactivate => {
                let expected = model.reactivate(now);
                let reply = test.post(&format!("{path}/reactivate"), json!({})).await;
                (reply, expected)
            }
            Step::Delete => {
                let expected = model.delete(minds);
                (test.delete(&path).await, expected)
            }
            Step::Act(which, act) => match self.act(hand, which, act, now) {
                Some((body, expected)) => (test.put(&path, body).await, expected),
                None => return Ok(()),
            },
            Step::Temper(seller, number) => {
                hand.minds.tempers[seller] = Temper::ALL[number];
                self.books[seller].set_temper(Temper::ALL[number]);
                return Ok(());
            }
            Step::Manner(seller, number) => {
                hand.minds.manners[seller] = Manner::ALL[number];
                self.books[seller].set_manner(Manner::ALL[number]);
                return Ok(());
            }
            Step::Event(which, what) => {
                self.happen(model, which, what);
                return Ok(());
            }
            Step::Look => {
                model.look(minds);
                let reply = test.get(&format!("{path}/media-buy-status")).await;
                (reply, ok())
            }
            Step::Rest => {
                self.rest().await;
                model.rest(minds, now + REST_S);
                return Ok(());
            }
            Step::End => {
                self.rest().await;
                model.rest(minds, now + REST_S);
                if model.is_decided() && model.flight_end > self.now() {
                    let left = model.flight_end + 3_600 - self.now();
                    test.pass(TimeDelta::seconds(i64::try_from(left).unwrap()))
                        .await;
                    // What that brought about is done in its turn.
                    test.pass(TimeDelta::seconds(1)).await;
                    model.rest(minds, self.now());
                }
                return Ok(());
            }
        };
        expect(&reply, expected)
    }

    /// The request that asks something of a buy, and its answer; none where there is no such buy.
    fn act(&self, hand: &mut Hand, which: usize, act: Act, now: u64) -> Option<(Value, Answer)> {
        let minds = hand.minds;
        let model = &mut hand.model;
        let index = which % model.buys.len().max(1);
        let buy = model.buys.get(index)?;
        let id = buy.id.clone()?;
        let one = |entry: Value| {
            let mut entry = entry;
            entry["mediaBuyId"] = json!(id);
            json!([entry])
        };
        let product_of = |number: usize| buy.items[number % buy.items.len()].product;
        let package_of = |product: usize| {
            let shown = &hand.shown["mediaBuys"][index]["packages"];
            let mut packages = shown.as_array().unwrap().iter();
            let found = packages.find(|package| package["productId"] == PRODUCTS[product]);
            found.unwrap()["packageId"].clone()
        };
        let money = |product, cents: i64| {
            let package = json!({"packageId": package_of(product), "budget": cents / 100});
            one(json!({"packages": [package]}))
        };
        Some(match act {
            Act::Cancel => (
                json!({"mediaBuys": one(json!({"action": "cancel", "reason": "enough"}))}),
                model.end(index, false, minds),
            ),
            Act::Delete => (
                json!({"mediaBuys": one(json!({"action": "delete"}))}),
                model.end(index, true, minds),
            ),
            Act::EndProduct(number) => {
                let product = product_of(number);
                let cancel = json!({"action": "cancel", "packageIds": [package_of(product)]});
                (
                    json!({"mediaBuys": one(cancel)}),
                    model.end_product(index, product, minds),
                )
            }
            Act::Pause(paused) => (
                json!({"mediaBuys": one(json!({"paused": paused}))}),
                model.pause_one(index, paused, now),
            ),
            Act::Money(number, cents) => {
                let product = product_of(number);
                (
                    json!({"mediaBuys": money(product, cents)}),
                    model.spend(index, product, cents, None, minds),
                )
            }
            Act::Squeeze(number, cents, total) => {
                let product = product_of(number);
                (
                    json!({"mediaBuys": money(product, cents), "budget": {"total": total / 100}}),
                    model.spend(index, product, cents, Some(total), minds),
                )
            }
        })
    }

    /// An archived campaign takes nothing any more.
    async fn knock(&self, path: &str, step: Step) -> Result<(), String> {
        let test = &self.test;
        let reply = match step {
            Step::Execute => test.post(&format!("{path}/execute"), json!({})).await,
            Step::Pause => test.post(&format!("{path}/pause"), json!({})).await,
            Step::Reactivate => test.post(&format!("{path}/reactivate"), json!({})).await,
            Step::Rename => test.put(path, json!({"name": "Late"})).await,
            Step::Delete => test.delete(path).await,
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

    /// Something happens at a seller to a buy that is not over there.
    fn happen(&self, model: &mut Model, which: usize, what: usize) {
        let open: Vec<_> = model
            .buys
            .iter_mut()
            .filter(|buy| buy.id.is_some() && buy.at.is_some_and(|at| !at.is_over()))
            .collect();
        let count = open.len();
        let Some(buy) = open.into_iter().nth(which % count.max(1)) else {
            return;
        };
        let id = buy.id.clone().unwrap();
        let book = &self.books[buy.seller];
        let (at, decision) = match (buy.at, what) {
            (Some(At::Thinking | At::Asking), 0 | 1) => (At::Active, Some(Decision::Yes(0))),
            (Some(At::Thinking), 2) => (At::Asking, Some(Decision::Asks)),
            (Some(At::Thinking | At::Asking), 3) => (At::Rejected, Some(Decision::No)),
            (Some(At::Thinking | At::Asking), 4) => (At::Canceled, Some(Decision::CalledOff)),
            (Some(At::Thinking | At::Asking), _) => return,
            (Some(At::Waiting), 0..=2) => (At::Active, None),
            (Some(At::Waiting), 3) => (At::Rejected, None),
            (Some(At::Waiting), _) => (At::Canceled, None),
            (Some(At::Scheduled), 0) => (At::Active, None),
            (Some(At::Active), 0 | 1) => (At::Paused, None),
            (Some(At::Paused), 0 | 1) => (At::Active, None),
            (Some(At::Active | At::Paused), 2) => (At::Completed, None),
            (_, 3) => (At::Canceled, None),
            _ => return,
        };
        buy.happens(at);
        let status = match at {
            At::Active => SellerBuyStatus::Active,
            At::Paused => SellerBuyStatus::Paused,
            At::Completed => SellerBuyStatus::Completed,
            At::Rejected => SellerBuyStatus::Rejected,
            _ => SellerBuyStatus::Canceled,
        };
        match decision {
            Some(decision) => book.decides(&id, &decision),
            None => book.moves(&id, &status),
        }
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
