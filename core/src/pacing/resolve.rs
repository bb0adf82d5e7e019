//! The money of every period, with its reasons (decisions 6 and 21).

use serde::{Deserialize, Serialize};

use super::{Intensity, Mode, PacingPlan, Period};
use crate::error::{Code, Refusal, Violation};
use crate::flight::DayRange;
use crate::money::Money;
use crate::split::{Explanation, Split, split};

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
    let kept = executed.len().min(plan.periods().len());
    let mut explained = Vec::with_capacity(plan.periods().len());
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
    let weights: Vec<u64> = plan.periods().iter().map(Period::share_weight).collect();
    match plan.mode() {
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
            for (index, period) in plan.periods().iter().enumerate().skip(kept) {
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

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::budget::Weight;
    use crate::money::Currency;

    fn usd(minor: i64) -> Money {
        Money::from_minor(minor, Currency::parse("USD").unwrap()).unwrap()
    }

    fn days(first: u32, last: u32) -> DayRange {
        let day = |day| NaiveDate::from_ymd_opt(2026, 6, day).unwrap();
        DayRange::new(day(first), day(last)).unwrap()
    }

    fn by_weight(periods: &[(u32, u32, &str)]) -> PacingPlan {
        let periods = periods.iter().map(|(first, last, weight)| Period {
            label: "June".to_owned(),
            days: days(*first, *last),
            intensity: Intensity::Weight(Weight::new(weight.parse().unwrap()).unwrap()),
        });
        PacingPlan::new(Mode::Weight, periods.collect()).unwrap()
    }

    fn by_budget(periods: &[(u32, u32, i64)]) -> PacingPlan {
        let periods = periods.iter().map(|(first, last, minor)| Period {
            label: "June".to_owned(),
            days: days(*first, *last),
            intensity: Intensity::Budget(usd(*minor)),
        });
        PacingPlan::new(Mode::Budget, periods.collect()).unwrap()
    }

    fn kept(first: u32, last: u32, budget: i64, net: i64) -> Executed {
        Executed {
            days: days(first, last),
            budget: usd(budget),
            net: usd(net),
        }
    }

    fn money(resolved: &[Resolved]) -> Vec<(i64, i64, bool)> {
        resolved
            .iter()
            .map(|period| (period.budget.minor(), period.net.minor(), period.executed))
            .collect()
    }

    #[test]
    fn appended_weights_share_what_is_left() {
        let plan = by_weight(&[(1, 10, "1"), (11, 20, "1"), (21, 30, "3")]);
        let resolved = resolve(
            &plan,
            usd(1_000),
            usd(900),
            &[kept(1, 10, 600, 540)],
            usd(80),
        )
        .unwrap();
        // 400 of the total and 80 of the media money are left, 1 to 3
        assert_eq!(
            money(&resolved),
            [(600, 540, true), (100, 20, false), (300, 60, false)]
        );
    }

    #[test]
    fn appended_weights_of_nothing_left_get_nothing() {
        let plan = by_weight(&[(1, 10, "1"), (11, 20, "1")]);
        let resolved = resolve(
            &plan,
            usd(500),
            usd(500),
            &[kept(1, 10, 600, 540)],
            usd(-40),
        )
        .unwrap();
        assert_eq!(money(&resolved)[1], (0, 0, false));
        let skipped = by_weight(&[(1, 10, "1"), (11, 20, "0")]);
        let resolved = resolve(
            &skipped,
            usd(1_000),
            usd(900),
            &[kept(1, 10, 600, 540)],
            usd(80),
        )
        .unwrap();
        assert_eq!(money(&resolved)[1], (0, 0, false));
    }

    #[test]
    fn appended_budgets_have_their_own_net() {
        let plan = by_budget(&[(1, 10, 600), (11, 20, 200)]);
        let resolved = resolve(
            &plan,
            usd(1_000),
            usd(900),
            &[kept(1, 10, 600, 500)],
            usd(0),
        )
        .unwrap();
        assert_eq!(money(&resolved), [(600, 500, true), (200, 180, false)]);
    }

    #[test]
    fn every_amount_has_its_reason() {
        let plan = by_budget(&[(1, 10, 600), (11, 20, 0), (21, 22, 200)]);
        let explained = explain(
            &plan,
            usd(1_000),
            usd(905),
            &[kept(1, 10, 600, 500)],
            usd(0),
        )
        .unwrap();
        assert_eq!(
            (explained[0].budget, explained[0].net),
            (Source::Kept, Source::Kept)
        );
        assert_eq!(
            (explained[1].budget, explained[1].net),
            (Source::Given, Source::Nothing)
        );
        let share = explained[2].net;
        assert!(matches!(share, Source::Share(why) if why.to_string() == "905 x 200/1000 = 181"));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let plan = by_budget(&[(1, 10, 600)]);
        assert!(matches!(
            resolve(&plan, usd(599), usd(500), &[], usd(0)),
            Err(Refusal::Invalid(_))
        ));
        assert!(matches!(
            resolve(&plan, usd(600), usd(-1), &[], usd(0)),
            Err(Refusal::Invalid(_))
        ));
        let yen = Money::zero(Currency::parse("JPY").unwrap());
        assert!(matches!(
            resolve(&plan, usd(600), yen, &[], usd(0)),
            Err(Refusal::CurrencyMismatch { .. })
        ));
        assert!(matches!(
            resolve(&plan, usd(600), usd(600), &[], yen),
            Err(Refusal::CurrencyMismatch { .. })
        ));
    }
}
