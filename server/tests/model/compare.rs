//! The product's picture against the model's, and the sellers' books against both.

use std::sync::Arc;

use flighting_core::money::Money;
use serde_json::{Value, json};

use crate::book::{Book, Entry, PRODUCTS};
use crate::expected::{At, Buy, Item, Model, Way};

type Same = Result<(), String>;

fn same(what: &str, is: &Value, expected: Value) -> Same {
    if *is == expected {
        Ok(())
    } else {
        Err(format!("{what} is {is}, expected {expected}"))
    }
}

fn amount(what: &str, is: &Value, cents: i64) -> Same {
    let expected = cents as f64 / 100.0;
    if is.as_f64() == Some(expected) {
        Ok(())
    } else {
        Err(format!("{what} is {is}, expected {expected}"))
    }
}

/// A campaign as it is shown; the ids of new buys are taken over.
pub fn campaign(
    shown: &Value,
    model: &mut Model,
    books: &[Arc<Book>; 2],
    agents: &[String; 2],
) -> Same {
    same("status", &shown["status"], json!(model.phase.word()))?;
    same("revision", &shown["revision"], json!(model.revision))?;
    amount("total", &shown["budget"]["total"], model.total)?;
    amount("media", &shown["mediaBudget"]["total"], model.media())?;
    amount("allocated", &shown["allocatedBudget"], model.allocated())?;
    let left = model.media() - model.allocated();
    amount("unallocated", &shown["unallocatedBudget"], left)?;
    if left < 0 {
        return Err(format!("{} cents above media are allocated", -left));
    }
    same(
        "whether a plan waits",
        &json!(!shown["pendingPlan"].is_null()),
        json!(model.plan.is_some()),
    )?;
    let roll_up = model
        .roll_up()
        .map_or(Value::Null, |status| json!(status.word()));
    same("roll-up", &shown["mediaBuyStatus"], roll_up)?;
    let buys = shown["mediaBuys"].as_array().cloned().unwrap_or_default();
    if buys.len() != model.buys.len() {
        return Err(format!(
            "{} buys, expected {}",
            buys.len(),
            model.buys.len()
        ));
    }
    for (shown, expected) in buys.iter().zip(&mut model.buys) {
        let id = shown["mediaBuyId"].as_str().unwrap();
        let known = expected.id.get_or_insert_with(|| id.to_owned());
        if known != id {
            return Err(format!("a buy is `{id}`, expected `{known}`"));
        }
        let agent = json!(agents[expected.seller]);
        same("the seller of a buy", &shown["salesAgentId"], agent)?;
        buy(shown, expected)
            .and_then(|()| in_book(&books[expected.seller].entries_of(id), expected))
            .map_err(|why| format!("`{id}`: {why}"))?;
    }
    Ok(())
}

fn buy(shown: &Value, expected: &Buy) -> Same {
    same("status", &shown["status"], json!(expected.status.word()))?;
    let submission = if expected.silent { "silent" } else { "closed" };
    same("submission", &shown["submission"], json!(submission))?;
    amount("budget", &shown["budget"], expected.budget())?;
    same(
        "warnings",
        &shown["warnings"],
        shown["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|warning| **warning != "packages_differ")
            .cloned()
            .collect(),
    )?;
    let undecided = ["held", "open", "silent", "submitted"];
    let state = shown["pendingChange"]["status"]
        .as_str()
        .unwrap_or_default();
    let state = undecided.contains(&state).then_some(state);
    let way = expected.change.as_ref().map(|change| match change.way {
        Way::Held => "held",
        Way::Lost => "silent",
    });
    same("undecided change", &json!(state), json!(way))?;
    let packages = shown["packages"].as_array().unwrap();
    for item in &expected.items {
        let package = packages
            .iter()
            .find(|package| package["productId"] == PRODUCTS[item.product])
            .ok_or("a package is missing")?;
        amount("a package", &package["budget"], item.cents)?;
        let canceled = json!(package["status"] == "canceled");
        same("whether a package ended", &canceled, json!(item.ended))?;
    }
    Ok(())
}

fn in_book(entries: &[Entry], expected: &Buy) -> Same {
    if entries.len() != usize::from(expected.booked) {
        return Err(format!(
            "it is {} times in its seller's book",
            entries.len()
        ));
    }
    let (Some(at), Some(entry)) = (expected.at, entries.first()) else {
        return Ok(());
    };
    let word = match at {
        At::Thinking | At::Asking => return Err("a thought is in the book".to_owned()),
        At::Waiting | At::Scheduled => "pending_start",
        At::Active => "active",
        At::Paused => "paused",
        At::Completed => "completed",
        At::Canceled => "canceled",
        At::Rejected => "rejected",
    };
    let status = json!(entry.status.as_str());
    same("what its seller holds", &status, json!(word))?;
    for Item {
        product,
        cents,
        ended,
    } in &expected.held
    {
        let package = entry
            .packages
            .iter()
            .find(|package| {
                package
                    .product_id
                    .as_ref()
                    .is_some_and(|id| id.0 == PRODUCTS[*product])
            })
            .ok_or("its seller lacks a package")?;
        let budget = package.budget.map(Money::minor);
        same("a package at its seller", &json!(budget), json!(cents))?;
        let canceled = json!(package.canceled);
        same("whether a package ended there", &canceled, json!(ended))?;
    }
    Ok(())
}
