//! Runs `vectors/<function>/*.json`: input and expected output as plain JSON, one folder per public
//! function. The same files are run from JavaScript. Amounts, rates and weights are decimal text
//! in major units; `split` and `table` speak of whole units.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic; that is how it fails"
)]

use std::fs;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use flighting_core::budget::{
    Fee, PacingStrategy, Percent, Weight, check_fees, fee_lines, media_budget, minimum_total,
};
use flighting_core::curve::{Curve, Line, curve, daily};
use flighting_core::delivery::{PaceThresholds, need_per_day, pace, projection, standing};
use flighting_core::error::{Refusal, Violation};
use flighting_core::flight::{DayRange, Flight};
use flighting_core::money::{Currency, Money};
use flighting_core::pacing::{Executed, Intensity, Mode, PacingPlan, Period, resolve};
use flighting_core::split::{split, split_money};
use flighting_core::table::table;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    input: Value,
    expected: Value,
}

/// Runs one folder.
fn run(function: &str, answer: impl Fn(Value) -> Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(function);
    let mut cases = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let file: File = serde_json::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            !file.about.is_empty(),
            "{} says what it is about",
            path.display()
        );
        for Case {
            name,
            input,
            expected,
        } in file.cases
        {
            assert_eq!(answer(input), expected, "{}: {name}", path.display());
            cases += 1;
        }
    }
    assert!(cases > 0, "{function} has cases");
}

fn read<T: DeserializeOwned>(input: Value) -> T {
    serde_json::from_value(input).unwrap()
}

fn money(text: &str, currency: Currency) -> Money {
    Money::from_decimal(text.parse().unwrap(), currency).unwrap()
}

fn text(amount: Money) -> Value {
    json!(amount.to_decimal().to_string())
}

fn texts(amounts: &[Money]) -> Value {
    amounts.iter().map(|amount| text(*amount)).collect()
}

fn refused(refusal: &Refusal) -> Value {
    match refusal {
        Refusal::Invalid(violations) => json!({ "refused": violations[0].code.as_str() }),
        Refusal::CurrencyMismatch { .. } => json!({ "refused": "currency_mismatch" }),
        other => json!({ "refused": other.to_string() }),
    }
}

fn violations(violations: &[Violation]) -> Value {
    let list: Vec<_> = violations
        .iter()
        .map(|v| json!({ "path": v.path, "code": v.code.as_str() }))
        .collect();
    json!({ "violations": list })
}

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodIn {
    label: String,
    start: NaiveDate,
    end: NaiveDate,
    weight: Option<Decimal>,
    budget: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PacingIn {
    mode: Mode,
    periods: Vec<PeriodIn>,
}

impl PacingIn {
    fn plan(self, currency: Currency) -> Result<PacingPlan, Vec<Violation>> {
        let period = |PeriodIn {
                          label,
                          start,
                          end,
                          weight,
                          budget,
                      }: PeriodIn| Period {
            label,
            days: DayRange::new(start, end).unwrap(),
            intensity: match (weight, budget) {
                (Some(weight), None) => Intensity::Weight(Weight::new(weight).unwrap()),
                (None, Some(budget)) => Intensity::Budget(money(&budget, currency)),
                _ => panic!("expected a weight or a budget"),
            },
        };
        PacingPlan::new(self.mode, self.periods.into_iter().map(period).collect())
    }
}

#[test]
fn pacing_plan_vectors() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Dates {
        start_date: DateTime<Utc>,
        end_date: DateTime<Utc>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Input {
        flight: Dates,
        total: String,
        currency: Currency,
        pacing_periods: PacingIn,
    }
    run("pacing_plan", |input| {
        let Input {
            flight,
            total,
            currency,
            pacing_periods,
        } = read(input);
        let flight = Flight::new(flight.start_date, flight.end_date).unwrap();
        match pacing_periods.plan(currency) {
            Ok(plan) => violations(&plan.check(flight, money(&total, currency))),
            Err(list) => violations(&list),
        }
    });
}

#[test]
fn resolve_vectors() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ExecutedIn {
        start: NaiveDate,
        end: NaiveDate,
        budget: String,
        net: String,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Input {
        total: String,
        media: String,
        currency: Currency,
        pacing_periods: PacingIn,
        executed: Vec<ExecutedIn>,
        unallocated: String,
    }
    run("resolve", |input| {
        let Input {
            total,
            media,
            currency,
            pacing_periods,
            executed,
            unallocated,
        } = read(input);
        let money = |text: &str| money(text, currency);
        let executed: Vec<_> = executed
            .iter()
            .map(|known| Executed {
                days: DayRange::new(known.start, known.end).unwrap(),
                budget: money(&known.budget),
                net: money(&known.net),
            })
            .collect();
        let plan = pacing_periods.plan(currency).unwrap();
        match resolve(
            &plan,
            money(&total),
            money(&media),
            &executed,
            money(&unallocated),
        ) {
            Ok(periods) => {
                let periods = periods.into_iter().map(|period| {
                    json!({ "budget": text(period.budget), "mediaBudget": text(period.net), "executed": period.executed })
                });
                json!({ "periods": periods.collect::<Vec<_>>() })
            }
            Err(refusal) => refused(&refusal),
        }
    });
}

#[test]
fn daily_vectors() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        budget: String,
        currency: Currency,
        days: u32,
        pacing: PacingStrategy,
    }
    run("daily", |input| {
        let Input {
            budget,
            currency,
            days,
            pacing,
        } = read(input);
        texts(&daily(money(&budget, currency), days, pacing))
    });
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineIn {
    start: NaiveDate,
    end: NaiveDate,
    budget: String,
    pacing: PacingStrategy,
}

fn curve_of(currency: Currency, cap: Option<&str>, lines: &[LineIn]) -> Curve {
    let lines: Vec<_> = lines
        .iter()
        .map(|line| Line {
            days: DayRange::new(line.start, line.end).unwrap(),
            budget: money(&line.budget, currency),
            pacing: line.pacing,
        })
        .collect();
    curve(&lines, cap.map(|cap| money(cap, currency)), currency).unwrap()
}

#[test]
fn curve_vectors() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Input {
        currency: Currency,
        daily_cap: Option<String>,
        lines: Vec<LineIn>,
    }
    run("curve", |input| {
        let Input {
            currency,
            daily_cap,
            lines,
        } = read(input);
        let curve = curve_of(currency, daily_cap.as_deref(), &lines);
        json!({
            "first": curve.first(),
            "days": texts(&curve.days().map(|(_, amount)| amount).collect::<Vec<_>>()),
            "lines": (0..lines.len()).map(|line| texts(&curve.line(line))).collect::<Vec<_>>(),
            "unspendable": texts(&curve.unspendable),
        })
    });
}

#[test]
fn pace_vectors() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        spend: String,
        expected: String,
        currency: Currency,
    }
    run("pace", |input| {
        let Input {
            spend,
            expected,
            currency,
        } = read(input);
        json!(
            pace(money(&spend, currency), money(&expected, currency))
                .map(|share| share.to_string())
        )
    });
}

#[test]
fn projection_vectors() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Input {
        spend: String,
        expected: String,
        planned: String,
        currency: Currency,
    }
    run("projection", |input| {
        let Input {
            spend,
            expected,
            planned,
            currency,
        } = read(input);
        let money = |text: &str| money(text, currency);
        projection(money(&spend), money(&expected), money(&planned)).map_or(Value::Null, text)
    });
}

#[test]
fn need_per_day_vectors() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Input {
        spend: String,
        budget: String,
        days_left: u32,
        currency: Currency,
    }
    run("need_per_day", |input| {
        let Input {
            spend,
            budget,
            days_left,
            currency,
        } = read(input);
        need_per_day(money(&spend, currency), money(&budget, currency), days_left)
            .map_or(Value::Null, text)
    });
}

#[test]
fn standing_vectors() {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Input {
        spend: String,
        day: NaiveDate,
        currency: Currency,
        daily_cap: Option<String>,
        lines: Vec<LineIn>,
    }
    run("standing", |input| {
        let Input {
            spend,
            day,
            currency,
            daily_cap,
            lines,
        } = read(input);
        let curve = curve_of(currency, daily_cap.as_deref(), &lines);
        let standing = standing(
            money(&spend, currency),
            &curve,
            day,
            PaceThresholds::default(),
        )
        .unwrap();
        json!({
            "expected": text(standing.expected),
            "pace": standing.pace.map(|pace| pace.to_string()),
            "rating": standing.rating,
            "projected": standing.projected.map(text),
            "needPerDay": standing.need_per_day.map(text),
        })
    });
}

/// A new folder without a runner would prove nothing.
#[test]
fn every_folder_is_run() {
    let source = concat!(include_str!("vectors.rs"), include_str!("questions.rs"));
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")).unwrap()
    {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let name = entry.file_name().into_string().unwrap();
            assert!(
                source.contains(&format!("run(\"{name}\""))
                    || source.contains(&format!("(\"{name}\", ")),
                "`{name}` has a runner"
            );
        }
    }
}
