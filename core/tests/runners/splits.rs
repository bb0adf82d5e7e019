//! Sums that are split by weights, tables whose rows and columns add up, and the rates they are
//! split by.

use flighting_core::budget::{Percent, Weight};
use flighting_core::money::Currency;
use flighting_core::split::{split, split_money};
use flighting_core::table::table;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{money, read, refused, run, texts};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Weights<T> {
    total: T,
    currency: Option<Currency>,
    weights: Vec<u64>,
}

#[test]
fn split_vectors() {
    run("split", |input| {
        let Weights::<i64> {
            total,
            currency: _,
            weights,
        } = read(input);
        split(total, &weights).map_or(Value::Null, |split| {
            let odd: Vec<_> = (0..split.shares.len())
                .filter(|index| split.shares[*index].extra)
                .collect();
            json!({ "parts": split.amounts(), "oddUnits": odd })
        })
    });
}

#[test]
fn split_money_vectors() {
    run("split_money", |input| {
        let Weights::<String> {
            total,
            currency,
            weights,
        } = read(input);
        match split_money(money(&total, currency.unwrap()), &weights) {
            Ok(parts) => json!({ "parts": texts(&parts) }),
            Err(refusal) => refused(&refusal),
        }
    });
}

#[test]
fn table_vectors() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        rows: Vec<i64>,
        columns: Vec<i64>,
    }
    run("table", |input| {
        let Input { rows, columns } = read(input);
        table(&rows, &columns).map_or(Value::Null, |table| {
            let row = |r| {
                (0..columns.len())
                    .map(|c| table.cell(r, c))
                    .collect::<Vec<_>>()
            };
            json!({ "cells": (0..rows.len()).map(row).collect::<Vec<_>>() })
        })
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rate {
    value: Decimal,
}

#[test]
fn percent_vectors() {
    run("percent", |input| {
        let Rate { value } = read(input);
        Percent::new(value).map_or(Value::Null, |percent| {
            json!(percent.to_decimal().to_string())
        })
    });
}

#[test]
fn weight_vectors() {
    run("weight", |input| {
        let Rate { value } = read(input);
        Weight::new(value).map_or(Value::Null, |weight| json!(weight.to_decimal().to_string()))
    });
}
