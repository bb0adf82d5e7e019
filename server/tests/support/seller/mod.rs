//! A seller in memory: it keeps a ledger of what it was asked to buy and does with each request
//! what the test told it to. What a test tells and asks it is here, its ledger in `ledger`, and
//! what it answers the product in `agent`.

mod agent;
mod ledger;

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use flighting_core::execution::{Answer, SellerBuy, SellerCreatives};
use flighting_core::ids::{AgentId, MediaBuyId};
use flighting_core::media_buy::{SellerBuyStatus, SellerError};
use flighting_core::money::Currency;
use flighting_server::adcp::{CallFailure, FailureKind, SalesAgent};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

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

/// Two names for one seller: the test keeps one, the product gets the other.
pub fn shared(seller: Seller) -> (Arc<Seller>, Arc<dyn SalesAgent>) {
    let seller = Arc::new(seller);
    let agent: Arc<dyn SalesAgent> = Arc::clone(&seller) as Arc<dyn SalesAgent>;
    (seller, agent)
}
