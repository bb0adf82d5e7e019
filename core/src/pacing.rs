//! Laying money over time: pacing periods by weight or by budget (decisions 6 and 21).

use serde::{Deserialize, Serialize};

use crate::budget::Weight;
use crate::error::{Code, Refusal, Violation};
use crate::flight::{DayRange, Flight};
use crate::money::Money;
use crate::split::{Explanation, Split, split};

/// The most periods of one plan.
pub const MAX_PERIODS: usize = 52;
/// The most characters of a label.
pub const MAX_LABEL: usize = 100;

const PERIODS: &str = "pacingPeriods.periods";

/// What lays the money over the periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Mode {
    /// By days times weight.
    Weight,
    /// By an amount per period.
    Budget,
}

impl Mode {
    /// The word: `weight` or `budget`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::Budget => "budget",
        }
    }

    /// Reads exactly one of the words.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Weight, Self::Budget]
            .into_iter()
            .find(|mode| mode.as_str() == word)
    }
}

/// How much a period spends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intensity {
    /// Relative to the other periods, per day; 0 skips the period.
    Weight(Weight),
    /// This much of the budget total; 0 skips the period.
    Budget(Money),
}

impl Intensity {
    /// The mode it belongs to.
    #[must_use]
    pub fn mode(self) -> Mode {
        match self {
            Self::Weight(_) => Mode::Weight,
            Self::Budget(_) => Mode::Budget,
        }
    }

    /// Whether the period is skipped.
    #[must_use]
    pub fn is_zero(self) -> bool {
        match self {
            Self::Weight(weight) => weight.ten_thousandths() == 0,
            Self::Budget(budget) => budget.is_zero(),
        }
    }
}

/// One period: whole UTC days and how much they spend.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// What it is called: 1 to 100 characters; may repeat.
    pub label: String,
    /// Its days, both ends inclusive.
    pub days: DayRange,
    /// How much it spends.
    pub intensity: Intensity,
}

impl Period {
    /// What it is split by: days times weight in ten-thousandths, or its budget in minor units.
    #[must_use]
    pub fn share_weight(&self) -> u64 {
        match self.intensity {
            Intensity::Weight(weight) => {
                u64::from(self.days.days()) * u64::from(weight.ten_thousandths())
            }
            Intensity::Budget(budget) => u64::try_from(budget.minor()).unwrap_or(0),
        }
    }
}

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

    fn check_sum(&self, total: Money) -> Option<Violation> {
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

/// A period that an earlier execute knew, and the money it resolved to; it keeps it (decision 21).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Executed {
    /// Its days.
    pub days: DayRange,
    /// Its part of the budget total.
    pub budget: Money,
    /// Its part of the media budget.
    pub net: Money,
}

/// The money of one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// Its part of the budget total, fees included.
    pub budget: Money,
    /// Its part of the media budget: what packages are paid from.
    pub net: Money,
    /// Whether an earlier execute fixed it.
    pub executed: bool,
}

/// Where an amount of a period comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The caller gave it.
    Given,
    /// An earlier execute resolved it, and it is kept (decision 21).
    Kept,
    /// There is nothing left to share, or the period is skipped.
    Nothing,
    /// It is a share of a larger amount.
    Share(Explanation),
}

/// The money of one period with its reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explained {
    /// The money.
    pub resolved: Resolved,
    /// Where its budget comes from.
    pub budget: Source,
    /// Where its net comes from.
    pub net: Source,
}

/// The money of every period, in order (decisions 6 and 21). `executed` is what earlier executes
/// resolved, for as many of the first periods; these keep it. The others share what is left: in
/// weight mode the total less the kept budgets and the unallocated media money, by days times
/// weight; in budget mode each has its budget, and its share of the media budget over all budgets
/// and, last, the headroom. Without executed periods `unallocated` plays no part.
///
/// # Errors
/// [`Refusal::Invalid`] for a negative total or media budget, or budgets above the total;
/// [`Refusal::CurrencyMismatch`]; [`Refusal::Overflow`].
///
/// ```
/// use chrono::NaiveDate;
/// use flighting_core::budget::Weight;
/// use flighting_core::flight::DayRange;
/// use flighting_core::money::{Currency, Money};
/// use flighting_core::pacing::{Intensity, Mode, PacingPlan, Period, resolve};
/// use rust_decimal::Decimal;
///
/// let period = |label: &str, first, last, weight| Period {
///     label: label.to_owned(),
///     days: DayRange::new(
///         NaiveDate::from_ymd_opt(2026, 6, first).unwrap(),
///         NaiveDate::from_ymd_opt(2026, 6, last).unwrap(),
///     )
///     .unwrap(),
///     intensity: Intensity::Weight(Weight::new(Decimal::from(weight)).unwrap()),
/// };
/// let plan = PacingPlan::new(
///     Mode::Weight,
///     vec![period("Tease", 1, 20, 1), period("Launch", 21, 30, 3)],
/// )
/// .unwrap();
/// let euro = Currency::parse("EUR").unwrap();
/// let total = Money::from_minor(1_000_00, euro).unwrap();
/// let media = Money::from_minor(900_00, euro).unwrap();
/// let money = resolve(&plan, total, media, &[], media).unwrap();
/// assert_eq!(money[1].budget.to_string(), "600.00 EUR");
/// assert_eq!(money[1].net.to_string(), "540.00 EUR");
/// ```
pub fn resolve(
    plan: &PacingPlan,
    total: Money,
    media: Money,
    executed: &[Executed],
    unallocated: Money,
) -> Result<Vec<Resolved>, Refusal> {
    let explained = explain(plan, total, media, executed, unallocated)?;
    Ok(explained
        .into_iter()
        .map(|period| period.resolved)
        .collect())
}

/// As [`resolve`], with the reason of every amount.
///
/// # Errors
/// As [`resolve`].
pub fn explain(
    plan: &PacingPlan,
    total: Money,
    media: Money,
    executed: &[Executed],
    unallocated: Money,
) -> Result<Vec<Explained>, Refusal> {
    let same = |amount: Money| Money::zero(total.currency()).plus(amount);
    same(media)?;
    same(unallocated)?;
    let kept = executed.len().min(plan.periods.len());
    let mut explained = Vec::with_capacity(plan.periods.len());
    for period in executed.iter().take(kept) {
        explained.push(Explained {
            resolved: Resolved {
                budget: same(period.budget)?,
                net: same(period.net)?,
                executed: true,
            },
            budget: Source::Kept,
            net: Source::Kept,
        });
    }
    let weights: Vec<u64> = plan.periods.iter().map(Period::share_weight).collect();
    match plan.mode {
        Mode::Weight => {
            let (base, net_base) = if kept == 0 {
                (total, media)
            } else {
                let budgets = explained.iter().map(|period| period.resolved.budget);
                let held = Money::sum(total.currency(), budgets)?;
                (
                    total.minus(held)?.at_least_zero(),
                    unallocated.at_least_zero(),
                )
            };
            let weights: Vec<u64> = weights.into_iter().skip(kept).collect();
            let budgets = shares(base, &weights)?;
            let nets = shares(net_base, &weights)?;
            for index in 0..weights.len() {
                let (budget, budget_source) = part(&budgets, index, total)?;
                let (net, net_source) = part(&nets, index, total)?;
                explained.push(Explained {
                    resolved: Resolved {
                        budget,
                        net,
                        executed: false,
                    },
                    budget: budget_source,
                    net: net_source,
                });
            }
        }
        Mode::Budget => {
            if let Some(violation) = plan.check_sum(total) {
                return Err(Refusal::invalid(violation));
            }
            let spoken_for: u64 = weights.iter().sum();
            let headroom = u64::try_from(total.minor())
                .unwrap_or(0)
                .saturating_sub(spoken_for);
            let weights: Vec<u64> = weights.into_iter().chain([headroom]).collect();
            let nets = shares(media, &weights)?;
            for (index, period) in plan.periods.iter().enumerate().skip(kept) {
                let Intensity::Budget(budget) = period.intensity else {
                    continue;
                };
                let (net, net_source) = part(&nets, index, total)?;
                explained.push(Explained {
                    resolved: Resolved {
                        budget,
                        net,
                        executed: false,
                    },
                    budget: Source::Given,
                    net: net_source,
                });
            }
        }
    }
    Ok(explained)
}

/// The split of an amount; none when no weight is above 0, so that nobody gets anything.
fn shares(amount: Money, weights: &[u64]) -> Result<Option<Split>, Refusal> {
    if amount.is_negative() {
        return Err(Refusal::invalid(Violation::new(
            "budget.total",
            Code::TooSmall,
            format!("expected an amount of at least 0 to lay over the periods, got `{amount}`"),
        )));
    }
    if weights.iter().all(|weight| *weight == 0) {
        return Ok(None);
    }
    split(amount.minor(), weights)
        .map(Some)
        .ok_or(Refusal::Overflow)
}

fn part(split: &Option<Split>, index: usize, like: Money) -> Result<(Money, Source), Refusal> {
    match split.as_ref().and_then(|split| split.explain(index)) {
        Some(why) if why.share.weight > 0 && why.total > 0 => {
            let amount =
                Money::from_minor(why.share.amount, like.currency()).ok_or(Refusal::Overflow)?;
            Ok((amount, Source::Share(why)))
        }
        _ => Ok((Money::zero(like.currency()), Source::Nothing)),
    }
}
