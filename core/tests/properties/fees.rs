//! Laws of fees and the media budget (decision 4).

use flighting_core::budget::{Fee, Percent, check_fees, fee_lines, media_budget, minimum_total};
use flighting_core::money::{Currency, MAX_MINOR, Money};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{any_currency, any_minor, money};

#[derive(Debug, Clone)]
enum Line {
    Margin(u32),
    Flat(i64),
}

/// Up to six lines whose percents add up to at most 100.
fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    let percent = prop_oneof![Just(0_u32), Just(80_000), 0..=166_666_u32];
    let line = prop_oneof![3 => percent.prop_map(Line::Margin), 1 => (0..100_000_i64).prop_map(Line::Flat)];
    prop_oneof![
        6 => prop::collection::vec(line, 0..=6),
        1 => Just(vec![Line::Margin(1_000_000)]),
    ]
}

fn fees(lines: &[Line], currency: Currency) -> Vec<Fee> {
    lines
        .iter()
        .map(|line| match line {
            Line::Margin(steps) => {
                let percent = Percent::new(Decimal::new(i64::from(*steps), 4)).unwrap();
                Fee::Margin {
                    percent,
                    label: None,
                }
            }
            Line::Flat(minor) => Fee::Flat {
                amount: money(*minor, currency),
                label: None,
            },
        })
        .collect()
}

fn steps(lines: &[Line]) -> i128 {
    lines
        .iter()
        .map(|line| {
            if let Line::Margin(steps) = line {
                i128::from(*steps)
            } else {
                0
            }
        })
        .sum()
}

proptest! {
    #[test]
    fn media_budget_plus_fees_is_the_total(total in any_minor(), lines in any_lines(), currency in any_currency()) {
        let (total, fees) = (money(total, currency), fees(&lines, currency));
        let amounts = fee_lines(total, &fees).unwrap();
        prop_assert_eq!(amounts.len(), fees.len());
        let media = media_budget(total, &fees).unwrap();
        let back = amounts.iter().try_fold(media, |sum, line| sum.plus(line.amount)).unwrap();
        prop_assert_eq!(back, total);
    }

    #[test]
    fn margins_are_the_rounded_sum_of_percents(total in any_minor(), lines in any_lines(), currency in any_currency()) {
        let amounts = fee_lines(money(total, currency), &fees(&lines, currency)).unwrap();
        let mut margin = 0;
        for (line, amount) in lines.iter().zip(&amounts) {
            match line {
                Line::Flat(minor) => prop_assert_eq!(amount.amount.minor(), *minor),
                Line::Margin(steps) => {
                    margin += i128::from(amount.amount.minor());
                    prop_assert!(*steps > 0 || amount.amount.is_zero());
                }
            }
        }
        // margin - 1/2 <= exact < margin + 1/2
        let exact = 2 * i128::from(total) * steps(&lines);
        prop_assert!((2 * margin - 1) * 1_000_000 <= exact && exact < (2 * margin + 1) * 1_000_000);
    }

    #[test]
    fn total_less_fees_is_monotone_in_total(
        a in any_minor(), more in any_minor(), lines in any_lines(), currency in any_currency(),
    ) {
        let fees = fees(&lines, currency);
        let b = (a + more).min(MAX_MINOR);
        let media = |minor| media_budget(money(minor, currency), &fees).unwrap().minor();
        prop_assert!(media(a) <= media(b));
    }

    #[test]
    fn a_minimum_total_is_the_smallest(media in any_minor(), lines in any_lines(), currency in any_currency()) {
        let fees = fees(&lines, currency);
        let covers = |minor| media_budget(money(minor, currency), &fees).unwrap().minor() >= media;
        match minimum_total(money(media, currency), &fees) {
            Some(total) => {
                prop_assert!(covers(total.minor()));
                prop_assert!(total.is_zero() || !covers(total.minor() - 1));
            }
            // Monotone, so the largest total tells for all.
            None => prop_assert!(!covers(MAX_MINOR)),
        }
    }

    #[test]
    fn fees_are_refused_exactly_when_they_exceed_the_total(
        total in any_minor(), lines in any_lines(), currency in any_currency(),
    ) {
        let (total, fees) = (money(total, currency), fees(&lines, currency));
        let fits = !media_budget(total, &fees).unwrap().is_negative();
        prop_assert_eq!(check_fees(total, &fees).is_empty(), fits);
    }

    #[test]
    fn percents_above_100_are_always_refused(total in any_minor(), steps in 1..=1_000_000_u32, currency in any_currency()) {
        let lines = [Line::Margin(1_000_000), Line::Margin(steps)];
        prop_assert!(!check_fees(money(total, currency), &fees(&lines, currency)).is_empty());
        prop_assert_eq!(minimum_total(Money::zero(currency), &fees(&lines, currency)), None);
    }
}
