//! The periods of a campaign, right in themselves and fitting flight and total (decision 6).

use serde::{Deserialize, Serialize};

use super::{Intensity, MAX_LABEL, MAX_PERIODS, Mode, Period};
use crate::error::{Code, Refusal, Violation};
use crate::flight::Flight;
use crate::money::Money;

const PERIODS: &str = "pacingPeriods.periods";

/// 1 to 52 periods in order, none overlapping, all of one mode, at least one with money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct PacingPlan {
    mode: Mode,
    periods: Vec<Period>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    mode: Mode,
    periods: Vec<Period>,
}

impl TryFrom<Stored> for PacingPlan {
    type Error = String;
    fn try_from(Stored { mode, periods }: Stored) -> Result<Self, String> {
        Self::new(mode, periods).map_err(|violations| Refusal::Invalid(violations).to_string())
    }
}

impl From<PacingPlan> for Stored {
    fn from(PacingPlan { mode, periods }: PacingPlan) -> Self {
        Self { mode, periods }
    }
}

fn at(index: usize, member: &str) -> String {
    format!("{PERIODS}[{index}].{member}")
}

impl PacingPlan {
    /// A plan that is right in itself; whether it fits a flight and a total is told by
    /// [`PacingPlan::check`].
    ///
    /// # Errors
    /// Every violation, paths below `pacingPeriods.periods`: number of periods, then period by
    /// period label, order and overlap, another mode's intensity, negative or foreign money, then
    /// all 0.
    pub fn new(mode: Mode, periods: Vec<Period>) -> Result<Self, Vec<Violation>> {
        let mut violations = Vec::new();
        if periods.is_empty() {
            violations.push(
                Violation::new(
                    PERIODS,
                    Code::TooShort,
                    "expected at least 1 period, got none",
                )
                .with("minimum", 1_i64),
            );
        }
        if periods.len() > MAX_PERIODS {
            violations.push(
                Violation::new(
                    PERIODS,
                    Code::TooLong,
                    format!(
                        "expected at most {MAX_PERIODS} periods, got {}",
                        periods.len()
                    ),
                )
                .with("maximum", MAX_PERIODS)
                .with("got", periods.len()),
            );
        }
        let currency = periods.iter().find_map(|period| match period.intensity {
            Intensity::Budget(budget) => Some(budget.currency()),
            Intensity::Weight(_) => None,
        });
        let mut before: Option<&Period> = None;
        for (index, period) in periods.iter().enumerate() {
            violations.extend(check_label(index, &period.label));
            if let Some(before) = before
                && period.days.first() <= before.days.last()
            {
                let (last, got) = (before.days.last(), period.days.first());
                violations.push(
                    Violation::new(
                        at(index, "start"),
                        Code::Overlap,
                        format!(
                            "expected a day after {last}, where the period before ends, got `{got}`"
                        ),
                    )
                    .with("after", last.to_string())
                    .with("got", got.to_string()),
                );
            }
            before = Some(period);
            match period.intensity {
                intensity if intensity.mode() != mode => violations.push(Violation::new(
                    at(index, mode.as_str()),
                    Code::Required,
                    format!("expected a {0} in {0} mode, got none", mode.as_str()),
                )),
                Intensity::Budget(budget) if budget.is_negative() => violations.push(
                    Violation::new(
                        at(index, "budget"),
                        Code::TooSmall,
                        format!("expected at least 0, got `{}`", budget.to_decimal()),
                    )
                    .with("minimum", 0_i64),
                ),
                Intensity::Budget(budget)
                    if currency.is_some_and(|currency| currency != budget.currency()) =>
                {
                    violations.push(Violation::new(
                        at(index, "budget"),
                        Code::CurrencyMismatch,
                        format!(
                            "expected the currency of the first period, got `{}`",
                            budget.currency()
                        ),
                    ));
                }
                Intensity::Budget(_) | Intensity::Weight(_) => {}
            }
        }
        if violations.is_empty() && periods.iter().all(|period| period.intensity.is_zero()) {
            violations.push(Violation::new(
                PERIODS,
                Code::AllZero,
                format!(
                    "expected a {} above 0 in at least one period, got 0 in all",
                    mode.as_str()
                ),
            ));
        }
        if violations.is_empty() {
            Ok(Self { mode, periods })
        } else {
            Err(violations)
        }
    }

    /// The mode of every period.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The periods, in order of time.
    #[must_use]
    pub fn periods(&self) -> &[Period] {
        &self.periods
    }

    /// Whether it fits: every period inside the flight's UTC days, and in budget mode the sum at
    /// most the total. Empty when it does.
    #[must_use]
    pub fn check(&self, flight: Flight, total: Money) -> Vec<Violation> {
        let days = flight.days();
        let inside = days.first()..=days.last();
        let mut violations = Vec::new();
        for (index, period) in self.periods.iter().enumerate() {
            for (member, day) in [("start", period.days.first()), ("end", period.days.last())] {
                if !inside.contains(&day) {
                    let (first, last) = (days.first(), days.last());
                    violations.push(
                        Violation::new(
                            at(index, member),
                            Code::OutsideFlight,
                            format!(
                                "expected a day of the flight from {first} to {last}, got `{day}`"
                            ),
                        )
                        .with("first", first.to_string())
                        .with("last", last.to_string())
                        .with("got", day.to_string()),
                    );
                }
            }
        }
        if self.mode == Mode::Budget {
            violations.extend(self.check_sum(total));
        }
        violations
    }

    pub(super) fn check_sum(&self, total: Money) -> Option<Violation> {
        let budgets = self
            .periods
            .iter()
            .filter_map(|period| match period.intensity {
                Intensity::Budget(budget) => Some(budget),
                Intensity::Weight(_) => None,
            });
        match Money::sum(total.currency(), budgets) {
            Ok(sum) if sum.minor() <= total.minor() => None,
            Ok(sum) => Some(
                Violation::new(
                    PERIODS,
                    Code::SumTooLarge,
                    format!("expected budgets of at most the total of {total} in sum, got {sum}"),
                )
                .with("sum", sum.to_decimal().to_string())
                .with("total", total.to_decimal().to_string()),
            ),
            Err(Refusal::CurrencyMismatch { expected, got }) => Some(Violation::new(
                PERIODS,
                Code::CurrencyMismatch,
                format!("expected the campaign's currency {expected}, got `{got}`"),
            )),
            Err(_) => Some(Violation::new(
                PERIODS,
                Code::OutOfRange,
                "expected budgets within the range of money in sum",
            )),
        }
    }
}

fn check_label(index: usize, label: &str) -> Option<Violation> {
    let length = label.trim().chars().count();
    if length == 0 {
        return Some(
            Violation::new(
                at(index, "label"),
                Code::TooShort,
                "expected at least 1 character, got none",
            )
            .with("minimum", 1_i64),
        );
    }
    (length > MAX_LABEL).then(|| {
        Violation::new(
            at(index, "label"),
            Code::TooLong,
            format!("expected at most {MAX_LABEL} characters, got {length}"),
        )
        .with("maximum", MAX_LABEL)
        .with("got", length)
    })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::budget::Weight;
    use crate::flight::DayRange;
    use crate::money::Currency;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("USD").unwrap()).unwrap()
    }

    fn days(first: u32, last: u32) -> DayRange {
        let day = |day| NaiveDate::from_ymd_opt(2026, 6, day).unwrap();
        DayRange::new(day(first), day(last)).unwrap()
    }

    fn weight(first: u32, last: u32, text: &str) -> Period {
        let weight = Weight::new(text.parse().unwrap()).unwrap();
        Period {
            label: "June".to_owned(),
            days: days(first, last),
            intensity: Intensity::Weight(weight),
        }
    }

    fn budget(first: u32, last: u32, minor: i64) -> Period {
        Period {
            intensity: Intensity::Budget(usd(minor)),
            ..weight(first, last, "1")
        }
    }

    fn refused(mode: Mode, periods: Vec<Period>) -> Vec<(String, Code)> {
        let violations = PacingPlan::new(mode, periods).unwrap_err();
        violations
            .into_iter()
            .map(|violation| (violation.path, violation.code))
            .collect()
    }

    fn at(index: usize, member: &str, code: Code) -> (String, Code) {
        (super::at(index, member), code)
    }

    #[test]
    fn a_plan_has_1_to_52_periods() {
        let many = |count: u32| {
            (0..count)
                .map(|week| {
                    let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap()
                        + chrono::Days::new(u64::from(week) * 7);
                    Period {
                        days: DayRange::new(first, first).unwrap(),
                        ..weight(1, 1, "1")
                    }
                })
                .collect::<Vec<_>>()
        };
        assert!(PacingPlan::new(Mode::Weight, many(52)).is_ok());
        assert_eq!(
            refused(Mode::Weight, many(53)),
            [(PERIODS.to_owned(), Code::TooLong)]
        );
        assert_eq!(
            refused(Mode::Weight, many(0))[0],
            (PERIODS.to_owned(), Code::TooShort)
        );
    }

    #[test]
    fn periods_follow_each_other_and_may_leave_gaps() {
        assert!(PacingPlan::new(Mode::Weight, vec![weight(1, 5, "1"), weight(6, 9, "1")]).is_ok());
        assert!(
            PacingPlan::new(Mode::Weight, vec![weight(1, 5, "1"), weight(20, 20, "1")]).is_ok()
        );
        let overlapping = vec![weight(1, 5, "1"), weight(5, 9, "1")];
        assert_eq!(
            refused(Mode::Weight, overlapping),
            [at(1, "start", Code::Overlap)]
        );
        let unordered = vec![weight(6, 9, "1"), weight(1, 5, "1")];
        assert_eq!(
            refused(Mode::Weight, unordered),
            [at(1, "start", Code::Overlap)]
        );
    }

    #[test]
    fn every_violation_is_told_at_once() {
        let label = |label: String, period| Period { label, ..period };
        let periods = vec![
            label("  ".to_owned(), weight(1, 5, "1")),
            label("ä".repeat(101), weight(5, 9, "1")),
            budget(10, 12, 5),
        ];
        assert_eq!(
            refused(Mode::Weight, periods),
            [
                at(0, "label", Code::TooShort),
                at(1, "label", Code::TooLong),
                at(1, "start", Code::Overlap),
                at(2, "weight", Code::Required),
            ],
        );
        assert!(
            PacingPlan::new(
                Mode::Weight,
                vec![label("ä".repeat(100), weight(1, 2, "1"))]
            )
            .is_ok()
        );
    }

    #[test]
    fn budgets_are_not_negative_and_of_one_currency() {
        let yen = Intensity::Budget(Money::zero(Currency::parse("JPY").unwrap()));
        let periods = vec![
            budget(1, 2, 5),
            budget(3, 4, -1),
            Period {
                intensity: yen,
                ..budget(5, 6, 0)
            },
        ];
        assert_eq!(
            refused(Mode::Budget, periods),
            [
                at(1, "budget", Code::TooSmall),
                at(2, "budget", Code::CurrencyMismatch)
            ],
        );
    }

    #[test]
    fn at_least_one_period_has_money() {
        assert_eq!(
            refused(Mode::Weight, vec![weight(1, 2, "0")]),
            [(PERIODS.to_owned(), Code::AllZero)]
        );
        assert_eq!(
            refused(Mode::Budget, vec![budget(1, 2, 0)]),
            [(PERIODS.to_owned(), Code::AllZero)]
        );
        assert!(
            PacingPlan::new(
                Mode::Weight,
                vec![weight(1, 2, "0"), weight(3, 3, "0.0001")]
            )
            .is_ok()
        );
    }

    #[test]
    fn periods_stay_inside_the_flight() {
        let plan =
            PacingPlan::new(Mode::Weight, vec![weight(1, 5, "1"), weight(20, 30, "1")]).unwrap();
        let check = |first, last| {
            let violations = plan.check(Flight::over(days(first, last)), usd(1));
            violations
                .into_iter()
                .map(|violation| (violation.path, violation.code))
                .collect::<Vec<_>>()
        };
        assert_eq!(check(1, 30), []);
        assert_eq!(
            check(2, 29),
            [
                at(0, "start", Code::OutsideFlight),
                at(1, "end", Code::OutsideFlight)
            ]
        );
    }

    #[test]
    fn budgets_stay_within_the_total() {
        let plan = PacingPlan::new(Mode::Budget, vec![budget(1, 5, 60), budget(6, 9, 40)]).unwrap();
        let flight = Flight::over(days(1, 30));
        assert_eq!(plan.check(flight, usd(100)), []);
        let over = plan.check(flight, usd(99));
        assert_eq!(
            (over[0].path.as_str(), over[0].code),
            (PERIODS, Code::SumTooLarge)
        );
        assert_eq!(
            over[0].message,
            "expected budgets of at most the total of 0.99 USD in sum, got 1.00 USD",
        );
    }

    #[test]
    fn the_stored_form_reads_through_the_same_rules() {
        let plan = PacingPlan::new(Mode::Budget, vec![budget(1, 5, 60), budget(6, 9, 40)]).unwrap();
        let stored = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<PacingPlan>(&stored).unwrap(), plan);
        let backwards = stored.replace("2026-06-06", "2026-06-05");
        assert!(serde_json::from_str::<PacingPlan>(&backwards).is_err());
    }
}
