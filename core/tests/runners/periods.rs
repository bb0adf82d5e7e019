//! Pacing periods: whether a plan holds, and how the budget is resolved into them.

use chrono::{DateTime, NaiveDate, Utc};
use flighting_core::budget::Weight;
use flighting_core::error::Violation;
use flighting_core::flight::{DayRange, Flight};
use flighting_core::money::Currency;
use flighting_core::pacing::{Executed, Intensity, Mode, PacingPlan, Period, resolve};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;

use super::{money, read, refused, run, text, violations};

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
