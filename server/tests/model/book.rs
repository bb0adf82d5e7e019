//! A seller's book: what it was asked to buy and to change, and what it holds. It does with each
//! request what it was told to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use flighting_core::execution::{SellerBuy, SellerPackage};
use flighting_core::ids::{AgentId, MediaBuyId, PackageId, ProductId};
use flighting_core::media_buy::SellerBuyStatus;
use flighting_core::money::{Currency, Money};
use serde_json::Value;

pub const PRODUCTS: [&str; 2] = ["display", "video"];

/// What a seller does with a purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temper {
    /// Says yes, it runs.
    Runs,
    /// Says yes, it runs later.
    Schedules,
    /// Books it without commitment yet.
    Waits,
    /// Decides later, in a task; it has no buy until then.
    Thinks,
    /// Books it, and the answer is lost.
    Silent,
    /// The request is lost on the way, and nobody knows.
    Loses,
    /// Says no.
    Rejects,
    /// Cannot be reached: nothing leaves us.
    Away,
}

impl Temper {
    pub const ALL: [Self; 8] = [
        Self::Runs,
        Self::Schedules,
        Self::Waits,
        Self::Thinks,
        Self::Silent,
        Self::Loses,
        Self::Rejects,
        Self::Away,
    ];
}

/// What a seller does with a change of a buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Applies it and says so.
    Yields,
    /// Says no.
    Refuses,
    /// Applies it, and the answer is lost.
    Swallows,
    /// The request is lost on the way, and nobody knows.
    Loses,
    /// Cannot be reached: nothing leaves us.
    Away,
}

impl Manner {
    pub const ALL: [Self; 5] = [
        Self::Yields,
        Self::Refuses,
        Self::Swallows,
        Self::Loses,
        Self::Away,
    ];
}

/// A buy in the book.
#[derive(Debug, Clone)]
pub struct Entry {
    pub key: String,
    pub ours: MediaBuyId,
    pub status: SellerBuyStatus,
    pub confirmed: bool,
    /// What it goes back to when it is resumed.
    pub runs_as: SellerBuyStatus,
    pub packages: Vec<SellerPackage>,
    pub revision: u64,
    pub number: usize,
}

impl Entry {
    pub fn id(&self) -> String {
        format!("s{}", self.number)
    }

    pub fn is_over(&self) -> bool {
        matches!(
            self.status,
            SellerBuyStatus::Completed | SellerBuyStatus::Canceled | SellerBuyStatus::Rejected
        )
    }

    pub fn told(&self) -> SellerBuy {
        SellerBuy {
            media_buy_id: self.id(),
            status: self.status.clone(),
            confirmed: self.confirmed,
            revision: Some(self.revision),
            valid_actions: Vec::new(),
            packages: Some(self.packages.clone()),
            message: None,
            creatives: Default::default(),
            end: None,
        }
    }

    /// Applies a change as a whole.
    pub fn apply(&mut self, request: &Value) {
        if request["canceled"] == true {
            self.status = SellerBuyStatus::Canceled;
        }
        for change in request["packages"].as_array().into_iter().flatten() {
            let package = self
                .packages
                .iter_mut()
                .find(|package| change["package_id"] == package.seller_package_id.as_str())
                .unwrap();
            if let (false, Some(held)) = (change["budget"].is_null(), package.budget) {
                package.budget = amount(&change["budget"], held.currency());
            }
            package.canceled |= change["canceled"] == true;
        }
        self.revision += 1;
    }
}

/// What it decided in a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Asks,
    Yes(usize),
    No,
    CalledOff,
}

/// A purchase it thinks about.
#[derive(Debug, Clone)]
pub struct Thought {
    pub key: String,
    pub ours: MediaBuyId,
    request: Value,
    currency: Currency,
    pub decision: Option<Decision>,
}

#[derive(Debug)]
pub struct Pages {
    pub temper: Temper,
    pub manner: Manner,
    pub entries: Vec<Entry>,
    pub thoughts: Vec<Thought>,
    /// What a change came to, by its key.
    pub changes: HashMap<String, SellerBuy>,
}

impl Pages {
    /// Books a purchase once; one with a known key is the same.
    pub fn book(&mut self, request: &Value, currency: Currency, temper: Temper) -> Entry {
        let key = request["idempotency_key"].as_str().unwrap().to_owned();
        if let Some(known) = self.entries.iter().find(|entry| entry.key == key) {
            return known.clone();
        }
        let number = self.entries.len() + 1;
        let packages = request["packages"].as_array().unwrap().iter().enumerate();
        let packages = packages
            .map(|(index, package)| package_of(package, format!("s{number}-{index}"), currency))
            .collect();
        let (status, confirmed) = match temper {
            Temper::Schedules => (SellerBuyStatus::PendingStart, true),
            Temper::Waits => (SellerBuyStatus::PendingStart, false),
            _ => (SellerBuyStatus::Active, true),
        };
        let runs_as = match temper {
            Temper::Schedules => SellerBuyStatus::PendingStart,
            _ => SellerBuyStatus::Active,
        };
        let entry = Entry {
            key,
            ours: ours(request),
            status,
            confirmed,
            runs_as,
            packages,
            revision: 1,
            number,
        };
        self.entries.push(entry.clone());
        entry
    }

    /// Puts a purchase aside to think about it; the name of the task.
    pub fn think(&mut self, request: Value, currency: Currency) -> String {
        let key = request["idempotency_key"].as_str().unwrap().to_owned();
        let place = self.thoughts.iter().position(|thought| thought.key == key);
        let place = place.unwrap_or_else(|| {
            self.thoughts.push(Thought {
                key,
                ours: ours(&request),
                request,
                currency,
                decision: None,
            });
            self.thoughts.len() - 1
        });
        format!("t{place}")
    }

    /// Decides about the purchases of a buy of ours that it thinks about.
    fn decide(&mut self, ours: &str, decision: &Decision) {
        for place in 0..self.thoughts.len() {
            let thought = &self.thoughts[place];
            let open = matches!(thought.decision, None | Some(Decision::Asks));
            if thought.ours.as_str() != ours || !open {
                continue;
            }
            let decision = match decision {
                Decision::Yes(_) => {
                    let (request, currency) = (thought.request.clone(), thought.currency);
                    Decision::Yes(self.book(&request, currency, Temper::Runs).number)
                }
                other => other.clone(),
            };
            self.thoughts[place].decision = Some(decision);
        }
    }
}

fn ours(request: &Value) -> MediaBuyId {
    MediaBuyId::parse(request["context"]["media_buy_id"].as_str().unwrap()).unwrap()
}

fn amount(value: &Value, currency: Currency) -> Option<Money> {
    Money::from_decimal(value.to_string().parse().unwrap(), currency).ok()
}

fn package_of(package: &Value, id: String, currency: Currency) -> SellerPackage {
    SellerPackage {
        seller_package_id: id,
        our_package_id: PackageId::parse(package["context"]["package_id"].as_str().unwrap()),
        product_id: Some(ProductId(
            package["product_id"].as_str().unwrap().to_owned(),
        )),
        budget: amount(&package["budget"], currency),
        paused: false,
        canceled: false,
        bid: None,
        end: None,
    }
}

/// The seller.
#[derive(Debug)]
pub struct Book {
    pub id: AgentId,
    pages: Mutex<Pages>,
}

impl Book {
    pub fn open(id: AgentId) -> Arc<Self> {
        Arc::new(Self {
            id,
            pages: Mutex::new(Pages {
                temper: Temper::Runs,
                manner: Manner::Yields,
                entries: Vec::new(),
                thoughts: Vec::new(),
                changes: HashMap::new(),
            }),
        })
    }

    pub fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap()
    }

    pub fn set_temper(&self, temper: Temper) {
        self.pages().temper = temper;
    }

    pub fn set_manner(&self, manner: Manner) {
        self.pages().manner = manner;
    }

    /// What it holds of a buy of ours.
    pub fn entries_of(&self, ours: &str) -> Vec<Entry> {
        let of = |entry: &&Entry| entry.ours.as_str() == ours;
        self.pages().entries.iter().filter(of).cloned().collect()
    }

    /// Changes what it holds of a buy of ours.
    pub fn moves(&self, ours: &str, status: &SellerBuyStatus) {
        for entry in &mut self.pages().entries {
            if entry.ours.as_str() == ours {
                entry.status = status.clone();
                entry.confirmed = true;
                entry.revision += 1;
            }
        }
    }

    /// Decides about a buy of ours that it thinks about.
    pub fn decides(&self, ours: &str, decision: &Decision) {
        self.pages().decide(ours, decision);
    }

    /// Decides about everything it thinks about.
    pub fn decides_all(&self) {
        let mut pages = self.pages();
        let waiting: Vec<String> = pages
            .thoughts
            .iter()
            .map(|thought| thought.ours.as_str().to_owned())
            .collect();
        for ours in waiting {
            pages.decide(&ours, &Decision::Yes(0));
        }
        for entry in &mut pages.entries {
            entry.confirmed = true;
        }
    }
}
