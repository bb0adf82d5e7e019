//! `pacingPeriods` (contract 4, decisions 6 and 21).

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::read::{Fields, Item, Least, Range, Reader};
use super::{Amount, Figure};
use crate::budget::Weight;
use crate::error::{Code, Violation};
use crate::flight::DayRange;
use crate::money::Currency;
use crate::pacing::{Intensity, Mode, PacingPlan, Period, Resolved};
use crate::words::words;

/// The most periods.
pub const MAX_PERIODS: usize = 52;

words! {
    /// How periods say what they get.
    pub enum PacingMode {
        /// Relative weights: each gets its days times its weight.
        Weight = "weight",
        /// An amount for each.
        Budget = "budget",
    }
}

impl From<Mode> for PacingMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Weight => Self::Weight,
            Mode::Budget => Self::Budget,
        }
    }
}

/// A pacing schedule as it is sent: 1 to 52 periods, ordered, not overlapping, inside the flight.
/// Gaps are pauses. After an execute only later periods may be appended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PacingPeriodsIn {
    /// How the periods say what they get.
    pub mode: PacingMode,
    /// The periods.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 52))]
    pub periods: Vec<PeriodIn>,
}

/// One period as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeriodIn {
    /// Its name.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 1, max_length = 100, example = "launch")
    )]
    pub label: String,
    /// First day, `YYYY-MM-DD`.
    #[cfg_attr(feature = "openapi", schema(format = Date, example = "2026-06-01"))]
    pub start: String,
    /// Last day, `YYYY-MM-DD`, inclusive.
    #[cfg_attr(feature = "openapi", schema(format = Date, example = "2026-06-30"))]
    pub end: String,
    /// Weight mode: 0 to 10 with at most 4 decimals; 1 is normal, 0 skips the period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10))]
    pub weight: Option<Figure>,
    /// Budget mode: its share of the total, at least 0; 0 skips the period. Ignored in weight
    /// mode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Amount>,
}

/// A pacing schedule as it is answered, with the money each period comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PacingPeriodsOut {
    /// How the periods say what they get.
    pub mode: PacingMode,
    /// The periods, in order.
    pub periods: Vec<PeriodOut>,
}

/// One period as it is answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeriodOut {
    /// Its name.
    pub label: String,
    /// First day, `YYYY-MM-DD`.
    pub start: chrono::NaiveDate,
    /// Last day, inclusive.
    pub end: chrono::NaiveDate,
    /// Weight mode: its weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Figure>,
    /// What it takes of `budget.total`.
    pub budget: Amount,
    /// What it takes of the media budget: what its packages are paid from.
    pub media_budget: Amount,
    /// Whether an execute knew it: it cannot change any more.
    pub executed: bool,
}

/// The schedule with what each period resolved to.
pub(super) fn pacing_out(plan: &PacingPlan, resolved: &[Resolved]) -> PacingPeriodsOut {
    PacingPeriodsOut {
        mode: plan.mode().into(),
        periods: plan
            .periods()
            .iter()
            .zip(resolved)
            .map(|(period, money)| {
                let Period {
                    label,
                    days,
                    intensity,
                } = period;
                let Resolved {
                    budget,
                    net,
                    executed,
                } = money;
                PeriodOut {
                    label: label.clone(),
                    start: days.first(),
                    end: days.last(),
                    weight: match intensity {
                        Intensity::Weight(weight) => Some(weight.to_decimal().into()),
                        Intensity::Budget(_) => None,
                    },
                    budget: (*budget).into(),
                    media_budget: (*net).into(),
                    executed: *executed,
                }
            })
            .collect(),
    }
}

/// Reads the object; a fault of the whole schedule is told with its full path.
pub(super) fn read(item: Item<'_>, reader: &mut Reader, currency: Currency) -> Option<PacingPlan> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let mode = fields
        .get(reader, "mode")
        .required(reader)
        .and_then(|item| item.word(reader, PacingMode::WORDS, PacingMode::parse));
    let periods = fields
        .get(reader, "periods")
        .required(reader)
        .and_then(|item| {
            item.each(reader, 1, MAX_PERIODS, |item, reader| {
                period(item, reader, mode, currency)
            })
        });
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    let mode = match mode? {
        PacingMode::Weight => Mode::Weight,
        PacingMode::Budget => Mode::Budget,
    };
    PacingPlan::new(mode, periods?)
        .map_err(|found| found.into_iter().for_each(|v| reader.add(v)))
        .ok()
}

fn period(
    item: Item<'_>,
    reader: &mut Reader,
    mode: Option<PacingMode>,
    currency: Currency,
) -> Option<Period> {
    let before = reader.count();
    let mut fields = item.object(reader)?;
    let label = fields
        .get(reader, "label")
        .required(reader)
        .and_then(|item| item.line(reader, 1, 100));
    let start = fields
        .get(reader, "start")
        .required(reader)
        .and_then(|item| item.day(reader));
    let end = fields.get(reader, "end");
    let end_path = end.path();
    let end = end.required(reader).and_then(|item| item.day(reader));
    let days = match (start, end) {
        (Some(start), Some(end)) => DayRange::new(start, end).or_else(|| {
            reader.add(
                Violation::new(
                    reader.spell(end_path),
                    Code::EndBeforeStart,
                    format!("expected an end on or after {start}, got {end}"),
                )
                .with("start", start.to_string()),
            );
            None
        }),
        _ => None,
    };
    let intensity = intensity(&mut fields, reader, mode, currency);
    fields.ignore(&["mediaBudget", "executed"]);
    fields.finish(reader);
    if reader.count() > before {
        return None;
    }
    Some(Period {
        label: label?,
        days: days?,
        intensity: intensity?,
    })
}

fn intensity(
    fields: &mut Fields<'_>,
    reader: &mut Reader,
    mode: Option<PacingMode>,
    currency: Currency,
) -> Option<Intensity> {
    let weight = fields.get(reader, "weight");
    let budget = fields.get(reader, "budget");
    match mode? {
        // The budget of a weighted period is ours to work out: what was read can be put back.
        PacingMode::Weight => {
            let range = Range {
                above: None,
                min: Some(Decimal::ZERO),
                max: Decimal::TEN,
                decimals: 4,
            };
            weight
                .required(reader)
                .and_then(|item| item.rate(reader, "a weight", range))
                .and_then(Weight::new)
                .map(Intensity::Weight)
        }
        PacingMode::Budget => {
            if weight.is_present() {
                reader.add(Violation::new(
                    reader.spell(weight.path()),
                    Code::NotAllowedHere,
                    "expected no weight in budget mode",
                ));
            }
            budget
                .required(reader)
                .and_then(|item| item.money(reader, currency, Least::Zero))
                .map(Intensity::Budget)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::testing::{read_with, violations_of};
    use super::*;
    use crate::money::Money;

    fn eur() -> Currency {
        Currency::parse("EUR").unwrap()
    }

    fn plan(text: &str) -> Result<PacingPlan, Vec<Violation>> {
        read_with(text, |item, reader| read(item, reader, eur()))
    }

    #[test]
    fn a_schedule_can_be_written_back() {
        for text in [
            r#"{"mode":"weight","periods":[{"label":"a","start":"2026-06-01","end":"2026-06-30","weight":1.5},
                {"label":"b","start":"2026-07-01","end":"2026-07-01","weight":0}]}"#,
            r#"{"mode":"budget","periods":[{"label":"a","start":"2026-06-01","end":"2026-06-30","budget":100.5}]}"#,
        ] {
            let first = plan(text).unwrap();
            let money = Money::from_minor(777, eur()).unwrap();
            let resolved: Vec<_> = first
                .periods()
                .iter()
                .map(|period| Resolved {
                    budget: match &period.intensity {
                        Intensity::Budget(budget) => *budget,
                        Intensity::Weight(_) => money,
                    },
                    net: money,
                    executed: false,
                })
                .collect();
            let out = serde_json::to_string(&pacing_out(&first, &resolved)).unwrap();
            assert_eq!(plan(&out).unwrap(), first, "{out}");
        }
    }

    #[test]
    fn every_period_is_checked() {
        let found = violations_of(
            r#"{"mode":"weight","periods":[{"label":" ","start":"2026-06-02","end":"2026-06-01","weight":11},
                {"label":"b","start":"1.6.2026","end":"2026-07-01"},
                {"label":"c","start":"2026-07-02","end":"2026-07-03","weight":0.00001,"pace":1}]}"#,
            |i, r| read(i, r, eur()),
        );
        assert_eq!(
            found,
            [
                ("x.periods[0].label".to_owned(), Code::TooShort),
                ("x.periods[0].end".to_owned(), Code::EndBeforeStart),
                ("x.periods[0].weight".to_owned(), Code::TooLarge),
                ("x.periods[1].start".to_owned(), Code::InvalidFormat),
                ("x.periods[1].weight".to_owned(), Code::Required),
                ("x.periods[2].weight".to_owned(), Code::TooManyDecimals),
                ("x.periods[2].pace".to_owned(), Code::UnknownField),
            ]
        );
    }

    #[test]
    fn budget_mode_has_no_weights() {
        let found = violations_of(
            r#"{"mode":"budget","periods":[{"label":"a","start":"2026-06-01","end":"2026-06-01","weight":1}]}"#,
            |i, r| read(i, r, eur()),
        );
        assert_eq!(
            found,
            [
                ("x.periods[0].weight".to_owned(), Code::NotAllowedHere),
                ("x.periods[0].budget".to_owned(), Code::Required)
            ]
        );
        assert_eq!(
            violations_of(r#"{"mode":"weight","periods":[]}"#, |i, r| read(
                i,
                r,
                eur()
            )),
            [("x.periods".to_owned(), Code::TooShort)]
        );
    }
}
