//! Laws of the one-way split (decision 3).

use flighting_core::split::{split, split_money};
use proptest::prelude::*;

use super::{any_currency, any_minor, money};

fn any_weights() -> impl Strategy<Value = Vec<u64>> {
    let weight = prop_oneof![Just(0), 1..10_u64, 1..1_000_000_u64, any::<u64>()];
    prop::collection::vec(weight, 1..60).prop_filter("something to split by", |weights| {
        weights.iter().any(|w| *w > 0)
    })
}

proptest! {
    #[test]
    fn parts_add_up_and_stay_within_one_unit_of_exact(total in any_minor(), weights in any_weights()) {
        let parts = split(total, &weights).unwrap();
        prop_assert_eq!(parts.amounts().iter().sum::<i64>(), total);
        let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
        for (share, weight) in parts.shares.iter().zip(&weights) {
            prop_assert!(share.amount >= 0);
            prop_assert!(*weight > 0 || share.amount == 0, "a zero weight never receives a unit");
            let exact = u128::try_from(total).unwrap() * u128::from(*weight);
            let amount = u128::try_from(share.amount).unwrap();
            // amount - 1 < exact / sum < amount + 1
            prop_assert!(exact < (amount + 1) * sum);
            prop_assert!(amount * sum < exact + sum);
        }
    }

    #[test]
    fn no_part_without_an_odd_unit_had_more_right_to_it(total in any_minor(), weights in any_weights()) {
        let parts = split(total, &weights).unwrap();
        for (late, loser) in parts.shares.iter().enumerate().filter(|(_, share)| !share.extra) {
            for (early, winner) in parts.shares.iter().enumerate().filter(|(_, share)| share.extra) {
                prop_assert!(winner.remainder > loser.remainder || (winner.remainder == loser.remainder && early < late));
            }
        }
    }

    #[test]
    fn every_part_explains_itself(total in any_minor(), weights in any_weights()) {
        let parts = split(total, &weights).unwrap();
        let mut places = Vec::new();
        for (index, share) in parts.shares.iter().enumerate() {
            let why = parts.explain(index).unwrap();
            let whole = u128::try_from(share.floor).unwrap() * why.divisor + share.remainder;
            prop_assert_eq!(whole, u128::try_from(total).unwrap() * u128::from(share.weight));
            prop_assert_eq!(share.amount, share.floor + i64::from(share.extra));
            prop_assert_eq!(share.extra, why.place <= why.odd_units);
            places.push(why.place);
        }
        places.sort_unstable();
        prop_assert_eq!(places, (1..=weights.len()).collect::<Vec<_>>());
    }

    #[test]
    fn money_splits_alike_in_every_currency(minor in any_minor(), weights in any_weights(), currency in any_currency()) {
        let parts = split_money(money(minor, currency), &weights).unwrap();
        prop_assert!(parts.iter().all(|part| part.currency() == currency));
        let amounts: Vec<_> = parts.iter().map(|part| part.minor()).collect();
        prop_assert_eq!(amounts, split(minor, &weights).unwrap().amounts());
    }

    #[test]
    fn a_larger_weight_never_gets_less(total in any_minor(), weights in any_weights()) {
        let parts = split(total, &weights).unwrap();
        for a in &parts.shares {
            for b in &parts.shares {
                prop_assert!(a.weight <= b.weight || a.amount >= b.amount);
            }
        }
    }
}
