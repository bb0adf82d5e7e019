//! What one agent remembers, in memory and bounded, and how tests read it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::accounts::Account;
use crate::buys::Buy;
use crate::creatives::Creative;
use crate::idempotency::Replies;
use crate::product::Product;
use crate::refusal::Refusal;

/// Most media buys of one agent.
const BUYS: usize = 10_000;
/// Most creatives of one agent.
const CREATIVES: usize = 20_000;
/// Most accounts of one agent.
const ACCOUNTS: usize = 10_000;
/// Most products, the catalogue and those of a test controller.
const PRODUCTS: usize = 500;

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub accounts: Vec<Account>,
    pub products: Vec<Product>,
    /// By id; ids grow with time.
    pub buys: BTreeMap<String, Buy>,
    /// By id. Creatives and buys belong to the credential, as its accounts do: the official
    /// storyboards bring a creative in one account and run it in another.
    pub creatives: BTreeMap<String, Creative>,
    pub replies: Replies,
    pub received: BTreeMap<&'static str, u64>,
    issued: u64,
    /// Tells the ids of this run from those of an earlier one, which a buyer may still hold.
    run: String,
}

impl Ledger {
    pub(crate) fn new(products: Vec<Product>, run: String) -> Self {
        Self {
            products,
            run,
            ..Self::default()
        }
    }

    /// A ledger of one buy, to try a change on.
    pub(crate) fn on_paper(&self, buy: &Buy) -> Self {
        Self {
            accounts: self.accounts.clone(),
            products: self.products.clone(),
            buys: BTreeMap::from([(buy.id.clone(), buy.clone())]),
            creatives: self.creatives.clone(),
            ..Self::default()
        }
    }

    /// A new id such as `alder_mb_5f3a…_000007`.
    pub(crate) fn issue(&mut self, kind: &str) -> String {
        self.issued += 1;
        format!("{kind}_{}_{:06}", self.run, self.issued)
    }

    /// Moves whenever a call changed something that time alone would not have: it was answered
    /// under a key, or an id was given out.
    pub(crate) fn mark(&self) -> (u64, u64) {
        (self.issued, self.replies.kept())
    }

    pub(crate) fn product(&self, id: &str) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    pub(crate) fn room_for_a_buy(&self) -> Result<(), Refusal> {
        room(self.buys.len(), BUYS, "media buys")
    }

    pub(crate) fn room_for_a_creative(&self) -> Result<(), Refusal> {
        room(self.creatives.len(), CREATIVES, "creatives")
    }

    pub(crate) fn room_for_an_account(&self) -> Result<(), Refusal> {
        room(self.accounts.len(), ACCOUNTS, "accounts")
    }

    pub(crate) fn room_for_a_product(&self) -> Result<(), Refusal> {
        room(self.products.len(), PRODUCTS, "products")
    }

    /// A buy that the seller has committed to.
    ///
    /// # Errors
    ///
    /// `MEDIA_BUY_NOT_FOUND`, also while a person still looks at it.
    pub(crate) fn confirmed(&mut self, id: &str, now: DateTime<Utc>) -> Result<&mut Buy, Refusal> {
        match self.buys.get_mut(id) {
            Some(buy) if buy.is_confirmed(now) => Ok(buy),
            _ => Err(
                Refusal::new("MEDIA_BUY_NOT_FOUND", format!("no media buy `{id}`"))
                    .at("media_buy_id")
                    .suggesting("list the media buys with get_media_buys"),
            ),
        }
    }

    /// Ids of the creatives that may run.
    pub(crate) fn usable_creatives(&self) -> BTreeSet<String> {
        self.creatives
            .iter()
            .filter(|(_, creative)| creative.is_usable())
            .map(|(id, _)| id.clone())
            .collect()
    }

    /// Looks again at the buys after creatives or their assignments changed.
    pub(crate) fn creatives_changed(&mut self, now: DateTime<Utc>) {
        let usable = self.usable_creatives();
        for buy in self.buys.values_mut() {
            if !buy.status(now).is_terminal() {
                buy.settle(now);
                buy.look_at_creatives(&usable);
            }
        }
    }
}

fn room(held: usize, most: usize, what: &str) -> Result<(), Refusal> {
    if held < most {
        return Ok(());
    }
    Err(Refusal::new(
        "SERVICE_UNAVAILABLE",
        format!("the sandbox holds {most} {what}, its most; start it anew"),
    ))
}

/// A media buy as the agent booked it.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerBuy {
    /// The agent's id of it.
    pub media_buy_id: String,
    /// Task of its approval, for agents that approve.
    pub task_id: Option<String>,
    /// AdCP status now, or `submitted` while it waits for approval.
    pub status: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Key of the create that made it.
    pub idempotency_key: String,
    /// Context of the create, as the buyer sent it.
    pub context: Option<Value>,
    /// Start of the flight.
    pub start: DateTime<Utc>,
    /// End of the flight, inclusive to the second.
    pub end: DateTime<Utc>,
    /// Grows by one with every change.
    pub revision: u64,
    /// Packages in the order of the request.
    pub packages: Vec<LedgerPackage>,
}

impl LedgerBuy {
    /// Minor units of all packages that were not cancelled.
    pub fn budget_minor(&self) -> i64 {
        self.packages
            .iter()
            .filter(|package| !package.canceled)
            .map(|package| package.budget_minor)
            .sum()
    }
}

/// A package as the agent booked it.
#[derive(Debug, Clone, PartialEq)]
pub struct LedgerPackage {
    /// The agent's id of it.
    pub package_id: String,
    /// Which product it buys.
    pub product_id: String,
    /// At which pricing option.
    pub pricing_option_id: String,
    /// Minor units of the buy's currency.
    pub budget_minor: i64,
    /// Bid a unit of the pricing model, minor units.
    pub bid_minor: Option<i64>,
    /// `even`, `asap` or `front_loaded`.
    pub pacing: String,
    /// Start of its window: its own, else the buy's.
    pub start: DateTime<Utc>,
    /// End of its window: its own, else the buy's.
    pub end: DateTime<Utc>,
    /// Paused by itself.
    pub paused: bool,
    /// Cancelled, by itself or with its buy.
    pub canceled: bool,
    /// Context of the package, as the buyer sent it.
    pub context: Option<Value>,
    /// Minor units spent until now.
    pub spent_minor: i64,
}

impl LedgerBuy {
    pub(crate) fn of(buy: &Buy, now: DateTime<Utc>) -> Self {
        let packages = buy
            .packages
            .iter()
            .map(|package| {
                let (start, end) = package.window(buy);
                LedgerPackage {
                    package_id: package.id.clone(),
                    product_id: package.product_id.clone(),
                    pricing_option_id: package.price.id.clone(),
                    budget_minor: package.budget,
                    bid_minor: package.bid,
                    pacing: package.pacing.word().to_owned(),
                    start,
                    end,
                    paused: package.paused,
                    canceled: package.canceled.is_some() || buy.canceled.is_some(),
                    context: package.kept.get("context").cloned(),
                    spent_minor: package.served(buy, now).spend,
                }
            })
            .collect();
        Self {
            media_buy_id: buy.id.clone(),
            task_id: buy.task_id.clone(),
            status: if buy.is_confirmed(now) {
                buy.status(now).word().to_owned()
            } else {
                "submitted".to_owned()
            },
            currency: buy.currency.clone(),
            idempotency_key: buy.idempotency_key.clone(),
            context: buy.context.clone(),
            start: buy.start,
            end: buy.end,
            revision: buy.revision,
            packages,
        }
    }
}
