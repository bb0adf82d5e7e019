//! A seller in memory: it keeps a ledger of what it was asked to buy and does with each request
//! what the test told it to.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use flighting_core::execution::{
    Answer, SellerBuy, SellerCreatives, SellerPackage, SellerTask, Silence, WishAnswer,
};
use flighting_core::flight::DayRange;
use flighting_core::ids::{AgentId, MediaBuyId, PackageId, ProductId, ProductKey};
use flighting_core::media_buy::{SellerBuyStatus, SellerError, Wish};
use flighting_core::money::{Currency, Money};
use flighting_core::selection::{DiscoveryQuery, Offer, PricingOption, ReportFrequency};
use flighting_server::adcp::{
    AccountNeed, AccountRef, AnswerRequest, Answered, BuyFigures, Buyer, CallFailure, Capabilities,
    Dialect, FailureKind, Placed, RawExchange, Reading, SalesAgent, SeenBuy, Told, Which,
    WishRequest, figures,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// What the seller does with the next request that places a buy.
#[derive(Debug, Clone)]
pub enum Does {
    /// Takes it and says so.
    Accepts,
    /// Takes it, and the answer is lost.
    AcceptsSilently,
    /// Takes it, and answers with this id instead of its own.
    AcceptsAs(&'static str),
    /// Nothing arrives at all, and nobody knows.
    Loses,
    /// Takes it with half the money in each package.
    Halves,
    /// Says no with a code.
    Refuses(&'static str),
    /// Answers a code of which nobody can tell whether it was bought, and asks to wait so many
    /// seconds.
    Says(&'static str, Option<u32>),
    /// The request provably never leaves us.
    Unreachable,
    /// Decides later, in a task of this name.
    Submits(&'static str),
}

/// What the seller does with the next request that changes a buy.
#[derive(Debug, Clone)]
pub enum Then {
    /// Applies it and says so.
    Applies,
    /// Applies it, and the answer is lost.
    AppliesSilently,
    /// Nothing arrives at all, and nobody knows.
    Loses,
    /// Says no with a code.
    Refuses(&'static str),
    /// The request provably never leaves us.
    Unreachable,
    /// Thinks about it: a task, decided with [`Seller::decide`].
    Submits,
    /// Somebody else changed the buy meanwhile: its revision moved.
    Moved,
}

/// A change the seller thinks about.
#[derive(Debug, Clone)]
struct Thought {
    task_id: String,
    request: Value,
    /// What it decided; none yet.
    said: Option<bool>,
}

/// A buy in its ledger.
#[derive(Debug, Clone)]
pub struct Kept {
    pub key: String,
    pub bytes: String,
    pub buy: SellerBuy,
    pub ours: MediaBuyId,
}

/// The seller.
#[derive(Debug)]
pub struct Seller {
    id: AgentId,
    /// Whether it promises to recognise repeated requests.
    pub replay_ttl_s: Option<u64>,
    /// Whether it lists buys with our context.
    pub echoes: bool,
    /// Whether it lists buys at all.
    lists: Mutex<bool>,
    down: Mutex<bool>,
    books: Mutex<(SellerBuyStatus, bool, SellerCreatives)>,
    wait: Mutex<Option<u32>>,
    asked: AtomicUsize,
    /// How often it was asked for its buys.
    listed: AtomicUsize,
    script: Mutex<VecDeque<Does>>,
    ledger: Mutex<Vec<Kept>>,
    requests: Mutex<Vec<String>>,
    pub refuses_wishes: Mutex<bool>,
    /// What it answers when asked for delivery; `None` is no answer.
    delivery: Mutex<Option<Value>>,
    /// What it answers when asked for a task that it has decided.
    decided: Mutex<HashMap<String, Answer>>,
    pub actions: Mutex<Vec<String>>,
    then: Mutex<VecDeque<Then>>,
    changes: Mutex<Vec<String>>,
    answered: Mutex<Vec<(String, SellerBuy)>>,
    thoughts: Mutex<Vec<Thought>>,
    gate: Option<Semaphore>,
    pub arrived: Semaphore,
}

impl Seller {
    pub fn new(id: AgentId, script: impl IntoIterator<Item = Does>) -> Self {
        Self {
            id,
            replay_ttl_s: Some(86_400),
            echoes: true,
            lists: Mutex::new(true),
            down: Mutex::default(),
            books: Mutex::new((SellerBuyStatus::Active, true, SellerCreatives::default())),
            wait: Mutex::default(),
            asked: AtomicUsize::new(0),
            listed: AtomicUsize::new(0),
            script: Mutex::new(script.into_iter().collect()),
            ledger: Mutex::default(),
            requests: Mutex::default(),
            refuses_wishes: Mutex::new(false),
            delivery: Mutex::new(Some(json!({}))),
            decided: Mutex::default(),
            actions: Mutex::default(),
            then: Mutex::default(),
            changes: Mutex::default(),
            answered: Mutex::default(),
            thoughts: Mutex::default(),
            gate: None,
            arrived: Semaphore::new(0),
        }
    }

    /// Answers a create only when [`Seller::open`] lets it.
    pub fn gated(mut self) -> Self {
        self.gate = Some(Semaphore::new(0));
        self
    }

    pub fn open(&self) {
        if let Some(gate) = &self.gate {
            gate.add_permits(1);
        }
    }

    /// Whether nobody answers from now on.
    pub fn go_down(&self, down: bool) {
        *self.down.lock().unwrap() = down;
    }

    /// How often it was asked anything but to buy, answered or not.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// Whether it turns questions about its buys away, and for how many seconds.
    pub fn asks_to_wait(&self, seconds: Option<u32>) {
        *self.wait.lock().unwrap() = seconds;
    }

    /// Counts a question; what it gets when nobody answers.
    fn silence(&self) -> Option<CallFailure> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let down = *self.down.lock().unwrap();
        down.then(|| CallFailure::new(FailureKind::Unreachable, "nobody answers", None))
    }

    /// Decides a task: from now on that is the answer of whoever asks for it.
    pub fn decide(&self, task: &str, answer: Answer) {
        self.decided.lock().unwrap().insert(task.to_owned(), answer);
    }

    /// Who it is.
    pub fn id(&self) -> &AgentId {
        &self.id
    }

    /// What it holds.
    pub fn ledger(&self) -> Vec<Kept> {
        self.ledger.lock().unwrap().clone()
    }

    /// The creates it was sent, byte for byte.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn tell(&self, does: Does) {
        self.script.lock().unwrap().push_back(does);
    }

    /// Whether it lists its buys from now on.
    pub fn set_lists(&self, lists: bool) {
        *self.lists.lock().unwrap() = lists;
    }

    /// How often it was asked for its buys.
    pub fn listed(&self) -> usize {
        self.listed.load(Ordering::SeqCst)
    }

    /// How it answers what it takes from now on.
    pub fn books_as(&self, status: SellerBuyStatus, confirmed: bool, creatives: SellerCreatives) {
        *self.books.lock().unwrap() = (status, confirmed, creatives);
    }

    /// Changes what it holds.
    pub fn amend(&self, change: impl Fn(&mut SellerBuy)) {
        for kept in self.ledger.lock().unwrap().iter_mut() {
            change(&mut kept.buy);
        }
    }

    pub fn set_status(&self, status: SellerBuyStatus) {
        for kept in self.ledger.lock().unwrap().iter_mut() {
            kept.buy.status = status.clone();
        }
    }

    /// What it reports as delivered from now on, as it stands on the wire; `None` is no answer.
    pub fn reports(&self, body: Option<Value>) {
        *self.delivery.lock().unwrap() = body;
    }

    /// Takes a request into its ledger, whenever it decides to.
    pub fn hold(&self, arguments: &RawValue) -> SellerBuy {
        self.book(arguments, Currency::parse("USD").unwrap())
    }

    /// What it does with the next change.
    pub fn then(&self, then: Then) {
        self.then.lock().unwrap().push_back(then);
    }

    /// The changes it was sent, byte for byte.
    pub fn changes(&self) -> Vec<String> {
        self.changes.lock().unwrap().clone()
    }

    /// Decides about every change it thinks about.
    pub fn decide_changes(&self, yes: bool) {
        let mut thoughts = self.thoughts.lock().unwrap();
        for thought in thoughts.iter_mut().filter(|thought| thought.said.is_none()) {
            thought.said = Some(yes);
            if yes {
                self.apply(&thought.request);
            }
        }
    }

    /// Applies a change to the ledger, as a whole.
    fn apply(&self, request: &Value) -> SellerBuy {
        let mut ledger = self.ledger.lock().unwrap();
        let kept = ledger
            .iter_mut()
            .find(|kept| request["media_buy_id"] == kept.buy.media_buy_id.as_str())
            .unwrap();
        let buy = &mut kept.buy;
        if request["canceled"] == true {
            buy.status = SellerBuyStatus::Canceled;
        }
        if let Some(end) = request["end_time"].as_str() {
            buy.end = Some(end.parse().unwrap());
        }
        let packages = buy.packages.as_mut().unwrap();
        for change in request["packages"].as_array().into_iter().flatten() {
            let package = packages
                .iter_mut()
                .find(|package| change["package_id"] == package.seller_package_id.as_str())
                .unwrap();
            if !change["budget"].is_null() {
                let currency = package.budget.unwrap().currency();
                package.budget = money(&change["budget"], currency);
            }
            if !change["bid_price"].is_null() {
                package.bid = Some(change["bid_price"].to_string().parse().unwrap());
            }
            if let Some(end) = change["end_time"].as_str() {
                package.end = Some(end.parse().unwrap());
            }
            package.canceled |= change["canceled"] == true;
        }
        let currency = packages[0].budget.unwrap().currency();
        for new in request["new_packages"].as_array().into_iter().flatten() {
            let id = format!("{}-new{}", buy.media_buy_id, packages.len());
            packages.push(package_of(new, id, currency));
        }
        buy.revision = buy.revision.map(|revision| revision + 1);
        buy.clone()
    }

    fn book(&self, arguments: &RawValue, currency: Currency) -> SellerBuy {
        let request: Value = serde_json::from_str(arguments.get()).unwrap();
        let key = request["idempotency_key"].as_str().unwrap().to_owned();
        let mut ledger = self.ledger.lock().unwrap();
        if let Some(known) = ledger.iter().find(|kept| kept.key == key) {
            assert_eq!(
                known.bytes,
                arguments.get(),
                "the same key with other bytes"
            );
            return known.buy.clone();
        }
        let number = ledger.len() + 1;
        let packages = request["packages"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(index, package)| package_of(package, format!("p{number}-{index}"), currency))
            .collect();
        let (status, confirmed, creatives) = self.books.lock().unwrap().clone();
        let buy = SellerBuy {
            media_buy_id: format!("b{number}"),
            status,
            confirmed,
            revision: Some(1),
            valid_actions: self.actions.lock().unwrap().clone(),
            packages: Some(packages),
            creatives,
            message: None,
            end: Some(request["end_time"].as_str().unwrap().parse().unwrap()),
        };
        let ours = MediaBuyId::parse(request["context"]["media_buy_id"].as_str().unwrap()).unwrap();
        ledger.push(Kept {
            key,
            bytes: arguments.get().to_owned(),
            buy: buy.clone(),
            ours,
        });
        buy
    }
}

fn money(value: &Value, currency: Currency) -> Option<Money> {
    Money::from_decimal(value.to_string().parse().unwrap(), currency).ok()
}

fn package_of(package: &Value, id: String, currency: Currency) -> SellerPackage {
    SellerPackage {
        seller_package_id: id,
        our_package_id: PackageId::parse(package["context"]["package_id"].as_str().unwrap()),
        product_id: Some(ProductId(
            package["product_id"].as_str().unwrap().to_owned(),
        )),
        budget: money(&package["budget"], currency),
        paused: false,
        canceled: false,
        bid: None,
        end: Some(package["end_time"].as_str().unwrap().parse().unwrap()),
    }
}

pub fn no(code: &str) -> SellerError {
    SellerError {
        code: code.to_owned(),
        message: "the seller says no".to_owned(),
        field: None,
        suggestion: None,
        recovery: None,
        retry_after_s: None,
    }
}

fn reading(answer: Answer, error: Option<SellerError>) -> Reading {
    Reading {
        answer,
        error,
        served_version: None,
    }
}

fn task(task_id: &str) -> SellerTask {
    SellerTask {
        task_id: Some(task_id.to_owned()),
        status: "submitted".to_owned(),
        message: Some("the sales team looks at it".to_owned()),
        open: None,
    }
}

fn silent() -> Answer {
    Answer::Silent(Silence {
        message: "no answer".to_owned(),
        seller_media_buy_id: None,
    })
}

fn raw(task: &str) -> RawExchange {
    RawExchange {
        task: task.to_owned(),
        request: Value::Null,
        response: None,
        http_status: None,
        took_ms: 0,
    }
}

#[async_trait]
impl SalesAgent for Seller {
    async fn capabilities(&self, _: Instant) -> Told<Capabilities> {
        if let Some(silence) = self.silence() {
            return Err(silence);
        }
        Ok(Capabilities {
            dialect: Dialect::OPENING,
            supported_versions: vec!["3.1".to_owned()],
            protocols: vec!["media_buy".to_owned()],
            specialisms: Vec::new(),
            replay_ttl_s: self.replay_ttl_s,
            require_operator_auth: false,
            supported_billing: Vec::new(),
            pricing_models: Vec::new(),
            signing: Default::default(),
        })
    }

    async fn account(&self, _: &Capabilities, need: &AccountNeed, _: Instant) -> Told<AccountRef> {
        Ok(need.natural())
    }

    async fn products(
        &self,
        _: Dialect,
        _: &str,
        _: Option<&AccountRef>,
        _: &DiscoveryQuery,
        _: Instant,
    ) -> Told<Vec<Offer>> {
        Ok(vec![Offer {
            key: ProductKey {
                agent_id: self.id.clone(),
                product_id: ProductId("banner".to_owned()),
            },
            agent_name: "Scripted".to_owned(),
            name: "Banner".to_owned(),
            description: String::new(),
            channels: vec!["display".to_owned()],
            delivery_type: None,
            formats: Vec::new(),
            pricing_options: vec![PricingOption {
                id: "fixed".to_owned(),
                model: "cpm".to_owned(),
                currency: "USD".to_owned(),
                fixed_price: Some("5".parse().unwrap()),
                floor_price: None,
                min_spend_per_package: None,
            }],
            publishers: Vec::new(),
            brief_relevance: None,
            report_webhooks: vec![ReportFrequency::Daily],
        }])
    }

    async fn create(&self, arguments: &RawValue, currency: Currency, _: Instant) -> Placed {
        self.requests
            .lock()
            .unwrap()
            .push(arguments.get().to_owned());
        self.arrived.add_permits(1);
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let does = self
            .script
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Does::Accepts);
        let (answer, error) = match does {
            Does::Accepts => (Answer::Accepted(self.book(arguments, currency)), None),
            Does::AcceptsSilently => {
                self.book(arguments, currency);
                (silent(), None)
            }
            Does::AcceptsAs(id) => {
                let buy = SellerBuy {
                    media_buy_id: id.to_owned(),
                    ..self.book(arguments, currency)
                };
                (Answer::Accepted(buy), None)
            }
            Does::Loses => (silent(), None),
            Does::Halves => {
                self.book(arguments, currency);
                self.amend(|buy| {
                    for package in buy.packages.iter_mut().flatten() {
                        package.budget = package
                            .budget
                            .and_then(|held| Money::from_minor(held.minor() / 2, currency));
                    }
                });
                let held = self.ledger().pop().unwrap().buy;
                (Answer::Accepted(held), None)
            }
            Does::Says(code, retry_after_s) => {
                let error = SellerError {
                    retry_after_s,
                    ..no(code)
                };
                (silent(), Some(error))
            }
            Does::Refuses(code) => (Answer::Rejected(no(code)), Some(no(code))),
            Does::Unreachable => (Answer::Failed(no("not_sent")), Some(no("not_sent"))),
            Does::Submits(task) => (
                Answer::Waiting(SellerTask {
                    task_id: Some(task.to_owned()),
                    status: "submitted".to_owned(),
                    message: None,
                    open: None,
                }),
                None,
            ),
        };
        Placed {
            reading: Reading {
                answer,
                error,
                served_version: None,
            },
            raw: raw("create_media_buy"),
        }
    }

    async fn answer(&self, _: AnswerRequest<'_>, _: Currency, _: Instant) -> Answered {
        Answered::NotTaken {
            error: no("not_sent"),
            raw: raw("create_media_buy"),
        }
    }

    async fn task(&self, _: &Buyer, task_id: &str, _: Currency, _: Instant) -> Told<Reading> {
        if let Some(answer) = self.decided.lock().unwrap().get(task_id) {
            return Ok(reading(answer.clone(), None));
        }
        let thoughts = self.thoughts.lock().unwrap();
        let Some(thought) = thoughts.iter().find(|thought| thought.task_id == task_id) else {
            return Err(CallFailure::new(
                FailureKind::TurnedAway,
                "this seller has no such task",
                None,
            ));
        };
        let answer = match thought.said {
            None => Answer::Waiting(task(task_id)),
            Some(false) => Answer::Rejected(no("POLICY_VIOLATION")),
            Some(true) => {
                let ledger = self.ledger.lock().unwrap();
                let held = ledger
                    .iter()
                    .find(|kept| thought.request["media_buy_id"] == kept.buy.media_buy_id.as_str());
                Answer::Accepted(held.unwrap().buy.clone())
            }
        };
        Ok(reading(answer, None))
    }

    async fn media_buys(
        &self,
        _: &Buyer,
        which: Which<'_>,
        _: Currency,
        _: Instant,
    ) -> Told<Vec<SeenBuy>> {
        if let Some(silence) = self.silence() {
            return Err(silence);
        }
        self.listed.fetch_add(1, Ordering::SeqCst);
        if let Some(seconds) = *self.wait.lock().unwrap() {
            let mut failure = CallFailure::new(FailureKind::TooMany, "later", None);
            failure.error.retry_after_s = Some(seconds);
            return Err(failure);
        }
        if !*self.lists.lock().unwrap() {
            return Ok(Vec::new());
        }
        let wanted = |kept: &Kept| match which {
            Which::Ids(ids) => ids.contains(&kept.buy.media_buy_id),
            Which::All => true,
        };
        Ok(self
            .ledger()
            .into_iter()
            .filter(wanted)
            .map(|kept| SeenBuy {
                buy: kept.buy,
                our_media_buy_id: self.echoes.then_some(kept.ours),
                is_impaired: false,
            })
            .collect())
    }

    async fn change(&self, arguments: &RawValue, _: Currency, _: Instant) -> Placed {
        self.changes
            .lock()
            .unwrap()
            .push(arguments.get().to_owned());
        self.arrived.add_permits(1);
        if let Some(gate) = &self.gate {
            gate.acquire().await.unwrap().forget();
        }
        let placed = |answer, error| Placed {
            reading: reading(answer, error),
            raw: raw("update_media_buy"),
        };
        let request: Value = serde_json::from_str(arguments.get()).unwrap();
        let key = request["idempotency_key"].as_str().unwrap().to_owned();
        let known = self
            .answered
            .lock()
            .unwrap()
            .iter()
            .find(|(known, _)| *known == key)
            .map(|(_, buy)| buy.clone());
        if let Some(buy) = known {
            return placed(Answer::Accepted(buy), None);
        }
        let then = self
            .then
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or(Then::Applies);
        if matches!(then, Then::Moved) {
            for kept in self.ledger.lock().unwrap().iter_mut() {
                kept.buy.revision = kept.buy.revision.map(|revision| revision + 1);
            }
        }
        let holds = self
            .ledger
            .lock()
            .unwrap()
            .iter()
            .find(|kept| request["media_buy_id"] == kept.buy.media_buy_id.as_str())
            .and_then(|kept| kept.buy.revision);
        let stale = request["revision"]
            .as_u64()
            .is_some_and(|sent| Some(sent) != holds);
        match then {
            Then::Loses => placed(silent(), None),
            Then::Refuses(code) => placed(Answer::Rejected(no(code)), Some(no(code))),
            Then::Unreachable => placed(Answer::Failed(no("not_sent")), Some(no("not_sent"))),
            _ if stale => placed(silent(), Some(no("CONFLICT"))),
            Then::Applies | Then::Moved => {
                let buy = self.apply(&request);
                self.answered.lock().unwrap().push((key, buy.clone()));
                placed(Answer::Accepted(buy), None)
            }
            Then::AppliesSilently => {
                let buy = self.apply(&request);
                self.answered.lock().unwrap().push((key, buy));
                placed(silent(), None)
            }
            Then::Submits => {
                let mut thoughts = self.thoughts.lock().unwrap();
                let task_id = format!("t{}", thoughts.len() + 1);
                thoughts.push(Thought {
                    task_id: task_id.clone(),
                    request,
                    said: None,
                });
                placed(Answer::Waiting(task(&task_id)), None)
            }
        }
    }

    async fn ask(
        &self,
        _: &Buyer,
        request: WishRequest<'_>,
        _: Instant,
    ) -> (WishAnswer, Option<RawExchange>) {
        if *self.refuses_wishes.lock().unwrap() {
            return (
                WishAnswer::NotConfirmed(no("ACTION_NOT_ALLOWED")),
                Some(raw("update_media_buy")),
            );
        }
        let mut ledger = self.ledger.lock().unwrap();
        let kept = ledger
            .iter_mut()
            .find(|kept| kept.buy.media_buy_id == request.seller_buy_id)
            .unwrap();
        kept.buy.status = match request.wish {
            Wish::Pause => SellerBuyStatus::Paused,
            Wish::Resume => SellerBuyStatus::Active,
        };
        kept.buy.revision = kept.buy.revision.map(|revision| revision + 1);
        (
            WishAnswer::Confirmed {
                revision: kept.buy.revision,
            },
            Some(raw("update_media_buy")),
        )
    }

    async fn delivery(
        &self,
        _: &Buyer,
        _: &[String],
        _: Option<DayRange>,
        currency: Currency,
        _: Instant,
    ) -> Told<Vec<BuyFigures>> {
        match self.delivery.lock().unwrap().clone() {
            Some(body) => Ok(figures::read(
                &serde_json::from_value(body).unwrap(),
                currency,
            )),
            None => Err(CallFailure::new(
                FailureKind::Unreachable,
                "no answer",
                None,
            )),
        }
    }
}

/// Two names for one seller: the test keeps one, the product gets the other.
pub fn shared(seller: Seller) -> (Arc<Seller>, Arc<dyn SalesAgent>) {
    let seller = Arc::new(seller);
    let agent: Arc<dyn SalesAgent> = Arc::clone(&seller) as Arc<dyn SalesAgent>;
    (seller, agent)
}
