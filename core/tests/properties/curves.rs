//! Laws of the planned curve (decision 9) and of delivery against it.

use chrono::{Days, NaiveDate, TimeDelta};
use flighting_core::budget::PacingStrategy;
use flighting_core::curve::{Curve, Line, curve, daily};
use flighting_core::delivery::{need_per_day, projection};
use flighting_core::flight::DayRange;
use flighting_core::money::{Currency, Money};
use proptest::prelude::*;

use super::{any_currency, any_minor, money};

fn any_pacing() -> impl Strategy<Value = PacingStrategy> {
    prop::sample::select(PacingStrategy::ALL.to_vec())
}

fn day(offset: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(offset)
}

/// Lines over at most sixty days; budgets small beside the days as well as large.
fn any_lines() -> impl Strategy<Value = (Vec<Line>, Currency)> {
    let budget = prop_oneof![0..20_i64, 0..100_000_i64, 0..1_000_000_000_i64];
    let line = (0..30_u64, 0..30_u64, budget, any_pacing());
    (prop::collection::vec(line, 1..=8), any_currency()).prop_map(|(lines, currency)| {
        let lines = lines
            .into_iter()
            .map(|(first, more, budget, pacing)| Line {
                days: DayRange::new(day(first), day(first + more)).unwrap(),
                budget: money(budget, currency),
                pacing,
            })
            .collect();
        (lines, currency)
    })
}

fn any_cap() -> impl Strategy<Value = i64> {
    prop_oneof![0..10_i64, 0..10_000_i64, 0..100_000_000_i64]
}

fn spent(curve: &Curve, line: usize) -> i64 {
    curve.line(line).iter().map(|amount| amount.minor()).sum()
}

proptest! {
    #[test]
    fn days_add_up_to_the_budget(minor in any_minor(), days in 1..400_u32, pacing in any_pacing(), currency in any_currency()) {
        let amounts = daily(money(minor, currency), days, pacing);
        prop_assert_eq!(u32::try_from(amounts.len()).unwrap(), days);
        prop_assert!(amounts.iter().all(|amount| !amount.is_negative()));
        prop_assert_eq!(amounts.iter().map(|amount| amount.minor()).sum::<i64>(), minor);
        if pacing != PacingStrategy::Even {
            prop_assert!(amounts.windows(2).all(|pair| pair[0].minor() >= pair[1].minor()), "falls");
        }
    }

    #[test]
    fn a_front_loaded_day_is_within_one_unit_of_one_and_a_half_falling_to_half_the_mean(
        minor in any_minor(), days in 2..400_u32, currency in any_currency(),
    ) {
        let amounts = daily(money(minor, currency), days, PacingStrategy::FrontLoaded);
        let (n, total) = (i128::from(days), i128::from(minor));
        for (i, amount) in (0_i128..).zip(&amounts) {
            // mean x (3/2 - i/(n-1)), times 2n(n-1)
            let exact = total * (3 * (n - 1) - 2 * i);
            let scale = 2 * n * (n - 1);
            prop_assert!((i128::from(amount.minor()) * scale - exact).abs() < scale);
        }
    }

    #[test]
    fn spend_and_unspendable_are_the_budget_and_no_day_is_above_the_cap(
        (lines, currency) in any_lines(), cap in any_cap(),
    ) {
        let curve = curve(&lines, Some(money(cap, currency)), currency).unwrap();
        for (index, line) in lines.iter().enumerate() {
            prop_assert!(curve.line(index).iter().all(|amount| !amount.is_negative()));
            prop_assert_eq!(spent(&curve, index) + curve.unspendable[index].minor(), line.budget.minor());
            prop_assert!(!curve.unspendable[index].is_negative());
        }
        for (day, amount) in curve.days() {
            prop_assert!(amount.minor() <= cap);
            let parts: i64 = (0..lines.len()).map(|line| curve.line_on(line, day).minor()).sum();
            prop_assert_eq!(parts, amount.minor());
        }
    }

    #[test]
    fn money_is_held_back_on_full_days_only((lines, currency) in any_lines(), cap in any_cap()) {
        let free = curve(&lines, None, currency).unwrap();
        let capped = curve(&lines, Some(money(cap, currency)), currency).unwrap();
        for (day, amount) in capped.days().filter(|(_, amount)| amount.minor() < cap) {
            for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.days.first() <= day && day <= line.days.last()) {
                let planned = free.line_by(index, day);
                prop_assert_eq!(capped.line_by(index, day), planned, "{} spends all it wants on {} of {}", index, day, line.budget);
            }
            prop_assert!(amount.minor() < cap);
        }
    }

    #[test]
    fn without_a_cap_every_line_spends_as_if_alone((lines, currency) in any_lines()) {
        let curve = curve(&lines, None, currency).unwrap();
        for (index, line) in lines.iter().enumerate() {
            prop_assert_eq!(curve.line(index), daily(line.budget, line.days.days(), line.pacing));
            prop_assert!(curve.unspendable[index].is_zero());
        }
    }

    #[test]
    fn a_cap_that_is_never_reached_changes_nothing((lines, currency) in any_lines()) {
        let total: i64 = lines.iter().map(|line| line.budget.minor()).sum();
        let capped = curve(&lines, Some(money(total, currency)), currency).unwrap();
        prop_assert_eq!(capped, curve(&lines, None, currency).unwrap());
    }

    #[test]
    fn asap_alone_fills_day_after_day(minor in 0..1_000_000_i64, days in 1..60_u64, cap in any_cap(), currency in any_currency()) {
        let line = Line {
            days: DayRange::new(day(0), day(days - 1)).unwrap(),
            budget: money(minor, currency),
            pacing: PacingStrategy::Asap,
        };
        let curve = curve(&[line], Some(money(cap, currency)), currency).unwrap();
        let mut left = minor;
        for amount in curve.line(0) {
            prop_assert_eq!(amount.minor(), left.min(cap));
            left -= amount.minor();
        }
        prop_assert_eq!(curve.unspendable[0].minor(), left);
    }

    #[test]
    fn expected_spend_grows_to_the_total((lines, currency) in any_lines(), cap in prop::option::of(any_cap()), second in 0..86_400_i64) {
        let curve = curve(&lines, cap.map(|cap| money(cap, currency)), currency).unwrap();
        let mut before = 0;
        for offset in 0..62 {
            let day = day(offset);
            let by = curve.total_by(day).minor();
            prop_assert_eq!(by - before, curve.total_on(day).minor());
            let during = curve.total_at(day.and_hms_opt(0, 0, 0).unwrap().and_utc() + TimeDelta::seconds(second)).minor();
            prop_assert!(before <= during && during <= by);
            before = by;
        }
        prop_assert_eq!(before, curve.total().minor());
    }

    #[test]
    fn needed_money_suffices_and_not_a_unit_more(spend in any_minor(), budget in any_minor(), days in 1..4_000_u32, currency in any_currency()) {
        let need = need_per_day(money(spend, currency), money(budget, currency), days).unwrap().minor();
        let left = i128::from((budget - spend).max(0));
        prop_assert!(i128::from(need) * i128::from(days) >= left);
        prop_assert!(need == 0 || i128::from(need - 1) * i128::from(days) < left);
    }

    #[test]
    fn on_plan_projects_to_the_plan(expected in 1..1_000_000_000_i64, planned in any_minor(), currency in any_currency()) {
        let expected = money(expected, currency);
        prop_assert_eq!(projection(expected, expected, money(planned, currency)), Some(money(planned, currency)));
        prop_assert_eq!(projection(Money::zero(currency), expected, money(planned, currency)), Some(Money::zero(currency)));
    }
}
