//! Laws of pacing periods (decisions 6 and 21).

use chrono::{Days, NaiveDate};
use flighting_core::budget::Weight;
use flighting_core::flight::{DayRange, Flight};
use flighting_core::money::{Currency, Money};
use flighting_core::pacing::{
    Executed, Intensity, Mode, PacingPlan, Period, Source, explain, resolve,
};
use flighting_core::split::split;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{any_currency, any_minor, money};

/// Gap before, further days, weight in ten-thousandths or share of the total in budget mode.
type Shape = Vec<(u64, u64, u32)>;

fn any_shape() -> impl Strategy<Value = Shape> {
    let weight = prop_oneof![1 => Just(0_u32), 2 => Just(10_000), 4 => 0..=100_000_u32];
    prop::collection::vec((0..3_u64, 0..60_u64, weight), 1..=12)
        .prop_filter("some weight", |shape| {
            shape.iter().any(|(_, _, weight)| *weight > 0)
        })
}

fn windows(shape: &Shape) -> Vec<DayRange> {
    let mut next = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    shape
        .iter()
        .map(|(gap, more, _)| {
            let first = next + Days::new(*gap);
            let last = first + Days::new(*more);
            next = last + Days::new(1);
            DayRange::new(first, last).unwrap()
        })
        .collect()
}

fn plan(mode: Mode, shape: &Shape, intensities: Vec<Intensity>) -> PacingPlan {
    let periods = windows(shape)
        .into_iter()
        .zip(intensities)
        .map(|(days, intensity)| Period {
            label: "period".to_owned(),
            days,
            intensity,
        });
    PacingPlan::new(mode, periods.collect()).unwrap()
}

fn by_weight(shape: &Shape) -> PacingPlan {
    let weight =
        |steps: u32| Intensity::Weight(Weight::new(Decimal::new(i64::from(steps), 4)).unwrap());
    plan(
        Mode::Weight,
        shape,
        shape.iter().map(|(_, _, steps)| weight(*steps)).collect(),
    )
}

/// Budgets that leave a headroom: the total split by the weights and once more.
fn by_budget(shape: &Shape, total: i64, headroom: u32, currency: Currency) -> Option<PacingPlan> {
    let weights: Vec<u64> = shape
        .iter()
        .map(|(_, _, steps)| u64::from(*steps))
        .chain([u64::from(headroom)])
        .collect();
    let budgets = split(total, &weights)?.amounts();
    if budgets.iter().take(shape.len()).all(|budget| *budget == 0) {
        return None;
    }
    Some(plan(
        Mode::Budget,
        shape,
        budgets
            .iter()
            .take(shape.len())
            .map(|budget| Intensity::Budget(money(*budget, currency)))
            .collect(),
    ))
}

fn sums(resolved: impl IntoIterator<Item = (Money, Money)>) -> (i64, i64) {
    resolved.into_iter().fold((0, 0), |(budget, net), (b, n)| {
        (budget + b.minor(), net + n.minor())
    })
}

proptest! {
    #[test]
    fn weights_lay_out_all_of_total_and_media(
        total in any_minor(), share in 0..=100_i64, shape in any_shape(), currency in any_currency(),
    ) {
        let media = total / 100 * share;
        let plan = by_weight(&shape);
        let resolved = resolve(&plan, money(total, currency), money(media, currency), &[], Money::zero(currency)).unwrap();
        prop_assert_eq!(sums(resolved.iter().map(|r| (r.budget, r.net))), (total, media));
        for (period, resolved) in plan.periods().iter().zip(&resolved) {
            prop_assert!(!resolved.executed && !resolved.budget.is_negative() && !resolved.net.is_negative());
            prop_assert!(!period.intensity.is_zero() || (resolved.budget.is_zero() && resolved.net.is_zero()));
        }
    }

    #[test]
    fn budgets_stay_as_given_and_nets_are_their_share(
        total in any_minor(), share in 0..=100_i64, shape in any_shape(), headroom in 0..200_000_u32, currency in any_currency(),
    ) {
        let media = total / 100 * share;
        let Some(plan) = by_budget(&shape, total, headroom, currency) else { return Ok(()) };
        let days = windows(&shape);
        let flight = Flight::over(DayRange::new(days[0].first(), days[days.len() - 1].last()).unwrap());
        prop_assert_eq!(plan.check(flight, money(total, currency)), vec![]);
        let resolved = resolve(&plan, money(total, currency), money(media, currency), &[], Money::zero(currency)).unwrap();
        let (budgets, nets) = sums(resolved.iter().map(|r| (r.budget, r.net)));
        prop_assert!(nets <= media);
        prop_assert!(budgets < total || nets == media, "without headroom the nets are all of the media budget");
        for (period, resolved) in plan.periods().iter().zip(&resolved) {
            prop_assert_eq!(period.intensity, Intensity::Budget(resolved.budget));
            let exact = i128::from(media) * i128::from(resolved.budget.minor());
            let off = i128::from(resolved.net.minor()) * i128::from(total) - exact;
            prop_assert!(off.abs() < i128::from(total), "less than one unit from exact");
            prop_assert!(!resolved.budget.is_zero() || resolved.net.is_zero());
        }
    }

    #[test]
    fn appended_weights_share_what_is_left(
        total in any_minor(), unallocated in -1_000..1_000_000_i64, kept in 1..6_usize, shape in any_shape(), currency in any_currency(),
    ) {
        let plan = by_weight(&shape);
        let kept = kept.min(shape.len());
        let first = resolve(&plan, money(total, currency), money(total, currency), &[], Money::zero(currency)).unwrap();
        let executed: Vec<_> = plan.periods().iter().zip(&first).take(kept)
            .map(|(period, known)| Executed { days: period.days, budget: known.budget, net: known.net })
            .collect();
        let unallocated = money(unallocated, currency);
        let resolved = resolve(&plan, money(total, currency), money(total, currency), &executed, unallocated).unwrap();
        prop_assert_eq!(resolved.len(), shape.len());
        for (known, resolved) in executed.iter().zip(&resolved) {
            prop_assert_eq!((known.budget, known.net, true), (resolved.budget, resolved.net, resolved.executed));
        }
        let spent: i64 = executed.iter().map(|known| known.budget.minor()).sum();
        let appended = sums(resolved.iter().skip(kept).map(|r| (r.budget, r.net)));
        if plan.periods().iter().skip(kept).any(|period| !period.intensity.is_zero()) {
            prop_assert_eq!(appended, (total - spent, unallocated.minor().max(0)));
        } else {
            prop_assert_eq!(appended, (0, 0));
        }
    }

    #[test]
    fn every_amount_has_a_reason_that_comes_to_it(
        total in any_minor(), shape in any_shape(), headroom in 0..200_000_u32, currency in any_currency(),
    ) {
        let amount = money(total, currency);
        for plan in [Some(by_weight(&shape)), by_budget(&shape, total, headroom, currency)].into_iter().flatten() {
            for period in explain(&plan, amount, amount, &[], amount).unwrap() {
                for (source, money) in [(period.budget, period.resolved.budget), (period.net, period.resolved.net)] {
                    match source {
                        Source::Share(why) => prop_assert_eq!(why.share.amount, money.minor()),
                        Source::Nothing => prop_assert!(money.is_zero()),
                        Source::Given => prop_assert_eq!(plan.mode(), Mode::Budget),
                        Source::Kept => prop_assert!(false, "nothing was executed"),
                    }
                }
            }
        }
    }

    #[test]
    fn a_stored_plan_reads_back(shape in any_shape()) {
        let plan = by_weight(&shape);
        let stored = serde_json::to_string(&plan).unwrap();
        prop_assert_eq!(serde_json::from_str::<PacingPlan>(&stored).unwrap(), plan);
    }
}
