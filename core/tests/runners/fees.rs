//! Fees, and what they leave of a budget for media.

use flighting_core::budget::{Fee, Percent, check_fees, fee_lines, media_budget, minimum_total};
use flighting_core::money::{Currency, Money};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{money, read, refused, run, text, texts, violations};

#[derive(Deserialize)]
#[serde(tag = "pricingType", rename_all = "UPPERCASE", deny_unknown_fields)]
enum FeeIn {
    Margin {
        #[serde(rename = "marginPercent")]
        percent: Decimal,
    },
    Flat {
        amount: String,
        currency: Option<Currency>,
    },
}

fn fees(fees: Vec<FeeIn>, campaign: Currency) -> Vec<Fee> {
    fees.into_iter()
        .map(|fee| match fee {
            FeeIn::Margin { percent } => Fee::Margin {
                percent: Percent::new(percent).unwrap(),
                label: None,
            },
            FeeIn::Flat { amount, currency } => Fee::Flat {
                amount: money(&amount, currency.unwrap_or(campaign)),
                label: None,
            },
        })
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FeesOf {
    total: String,
    currency: Currency,
    fees: Vec<FeeIn>,
}

impl FeesOf {
    fn read(input: Value) -> (Money, Vec<Fee>) {
        let Self {
            total,
            currency,
            fees: lines,
        } = read(input);
        (money(&total, currency), fees(lines, currency))
    }
}

#[test]
fn fee_lines_vectors() {
    run("fee_lines", |input| {
        let (total, fees) = FeesOf::read(input);
        match fee_lines(total, &fees) {
            Ok(lines) => {
                json!({ "amounts": texts(&lines.iter().map(|line| line.amount).collect::<Vec<_>>()) })
            }
            Err(refusal) => refused(&refusal),
        }
    });
}

#[test]
fn media_budget_vectors() {
    run("media_budget", |input| {
        let (total, fees) = FeesOf::read(input);
        json!({ "mediaBudget": text(media_budget(total, &fees).unwrap()) })
    });
}

#[test]
fn check_fees_vectors() {
    run("check_fees", |input| {
        let (total, fees) = FeesOf::read(input);
        violations(&check_fees(total, &fees))
    });
}

#[test]
fn minimum_total_vectors() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        media: String,
        currency: Currency,
        fees: Vec<FeeIn>,
    }
    run("minimum_total", |input| {
        let Input {
            media,
            currency,
            fees: lines,
        } = read(input);
        minimum_total(money(&media, currency), &fees(lines, currency)).map_or(Value::Null, text)
    });
}
