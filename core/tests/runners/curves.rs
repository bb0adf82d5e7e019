//! What is to be spent on each day, and how what was spent stands against it.

use chrono::NaiveDate;
use flighting_core::budget::PacingStrategy;
use flighting_core::curve::{Curve, Line, curve, daily};
use flighting_core::delivery::{PaceThresholds, need_per_day, pace, projection, standing};
use flighting_core::flight::DayRange;
use flighting_core::money::Currency;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{money, read, run, text, texts};

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
