//! What the API shows against what the sellers hold.

use std::collections::{BTreeMap, BTreeSet};

use flighting_sandbox::LedgerBuy;
use serde_json::Value;

use crate::sellers::{Manner, Sellers};

/// How many packages one product is bought with: one per pacing period.
pub const PERIODS: usize = 2;

/// A picture of both sides.
#[derive(Debug, Default)]
pub struct Books {
    /// What does not agree, in words.
    pub differences: Vec<String>,
    /// Buys of ours by seller: status, submission, unconfirmed wish.
    pub shown: Vec<Shown>,
    /// Products that a seller holds more than once.
    pub doubled: Vec<String>,
    /// Selected products that are neither at their seller, nor failed, nor waiting for a person.
    pub lost: Vec<String>,
}

/// A buy as the API shows it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub manner: Manner,
    pub status: String,
    pub is_silent: bool,
    pub is_unconfirmed: bool,
    /// Whether a change of it is on its way or unanswered.
    pub is_changing: bool,
    pub products: Vec<String>,
    pub id: String,
}

impl Shown {
    /// Whether only a person can go on with it.
    pub fn waits_for_a_person(&self) -> bool {
        self.is_silent && self.manner == Manner::Forgets
    }
}

pub fn live(buy: &LedgerBuy) -> bool {
    !matches!(buy.status.as_str(), "canceled" | "rejected" | "completed")
}

pub fn ours(buy: &LedgerBuy) -> Option<&str> {
    buy.context.as_ref()?["media_buy_id"].as_str()
}

/// Compares a campaign as the API shows it with the five ledgers. `agents` are our ids of the
/// sellers, `selected` the products chosen at each, `ended` the buys that the caller ended.
pub fn compare(
    campaign: &Value,
    sellers: &Sellers,
    agents: &BTreeMap<String, Manner>,
    selected: &[(Manner, String)],
    ended: &BTreeSet<String>,
) -> Books {
    let mut books = Books::default();
    let ledgers: BTreeMap<&str, Vec<LedgerBuy>> = Manner::ALL
        .into_iter()
        .map(|manner| (manner.name(), sellers.ledger(manner)))
        .collect();
    let mut known = Vec::new();
    for buy in campaign["mediaBuys"].as_array().into_iter().flatten() {
        let text = |member: &str| buy[member].as_str().unwrap_or_default().to_owned();
        let Some(manner) = agents.get(&text("salesAgentId")).copied() else {
            books.differences.push("a buy of an unknown seller".into());
            continue;
        };
        let id = text("mediaBuyId");
        let held: Vec<&LedgerBuy> = ledgers[manner.name()]
            .iter()
            .filter(|held| ours(held) == Some(&id) && live(held))
            .collect();
        known.push(id.clone());
        let products = buy["products"].as_array().into_iter().flatten();
        let shown = Shown {
            manner,
            status: text("status"),
            is_silent: text("submission") == "silent",
            is_unconfirmed: buy["unconfirmed"].is_string(),
            is_changing: ["held", "open", "silent", "submitted"]
                .iter()
                .any(|state| buy["pendingChange"]["status"] == *state),
            id: id.clone(),
            products: products
                .filter_map(|product| product["productId"].as_str().map(str::to_owned))
                .collect(),
        };
        if let Some(difference) = differs(buy, &shown, &held) {
            books
                .differences
                .push(format!("{} {id}: {difference}", manner.name()));
        }
        books.shown.push(shown);
    }
    for (seller, ledger) in &ledgers {
        for held in ledger.iter().filter(|held| live(held)) {
            if !ours(held).is_some_and(|id| known.iter().any(|known| known == id)) {
                books.differences.push(format!(
                    "{seller} holds `{}` unknown to us",
                    held.media_buy_id
                ));
            }
        }
    }
    for (manner, product) in selected {
        let held = ledgers[manner.name()]
            .iter()
            .filter(|held| live(held))
            .flat_map(|held| &held.packages)
            .filter(|package| package.product_id == *product)
            .count();
        if held > PERIODS {
            books.doubled.push(format!(
                "{} holds {held} packages of `{product}`, not {PERIODS}",
                manner.name()
            ));
        }
        let excused = books.shown.iter().any(|shown| {
            shown.manner == *manner
                && shown.products.contains(product)
                && (shown.status == "FAILED"
                    || shown.waits_for_a_person()
                    || ended.contains(&shown.id))
        });
        if held == 0 && !excused {
            books
                .lost
                .push(format!("{}: `{product}` is nowhere", manner.name()));
        }
    }
    books
}

/// How a buy differs from what its seller holds of it; `None` when it does not.
fn differs(buy: &Value, shown: &Shown, held: &[&LedgerBuy]) -> Option<String> {
    if held.len() > 1 {
        return Some(format!("its seller holds it {} times", held.len()));
    }
    if shown.waits_for_a_person() {
        return None;
    }
    let at_seller = held.first().map(|held| held.status.as_str());
    let agrees = match shown.status.as_str() {
        "ACTIVE" => matches!(at_seller, Some("active" | "pending_start")),
        "PAUSED" => at_seller == Some("paused"),
        "PENDING_APPROVAL" => !shown.is_silent && at_seller == Some("submitted"),
        "FAILED" | "REJECTED" | "CANCELED" | "ARCHIVED" => at_seller.is_none(),
        _ => false,
    };
    if !agrees {
        let side = if shown.is_silent { ", silent" } else { "" };
        return Some(format!(
            "shown {}{side}, its seller says {}",
            shown.status,
            at_seller.unwrap_or("nothing")
        ));
    }
    let budget = buy["budget"].as_f64().unwrap_or(-1.0);
    match held.first() {
        Some(held) if held.budget_minor() != (budget * 100.0).round() as i64 => Some(format!(
            "shown {budget}, its seller holds {} cents",
            held.budget_minor()
        )),
        _ => None,
    }
}
