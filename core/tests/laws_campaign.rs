//! Laws of campaigns over random ones: the roll-up ignores order and repeats, settling twice
//! changes nothing, planning after everything was sent finds nothing, allocated money never
//! exceeds the media budget by a command of ours.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod common;

use common::*;
use flighting_core::campaign::{Campaign, CampaignStatus, CampaignUpdate, Touched};
use flighting_core::execution::{self, Answer, Outcome, WishAnswer};
use flighting_core::media_buy::{MediaBuyStatus, SellerBuyStatus};
use flighting_core::rollup::roll_up;
use flighting_core::selection::SelectedProduct;
use proptest::prelude::*;

const NOW: &str = "2027-06-10T12:00:00Z";

fn answers() -> impl Strategy<Value = u8> {
    0_u8..8
}

/// The answer of a number, for a buy.
fn answer(campaign: &Campaign, index: usize, which: u8) -> Outcome {
    let buy = &campaign.buys()[index];
    let accepted = |status| Answer::Accepted(seller_buy(buy, status));
    outcome(
        buy,
        match which {
            0 => accepted(SellerBuyStatus::Active),
            1 => accepted(SellerBuyStatus::PendingCreatives),
            2 => accepted(SellerBuyStatus::PendingStart),
            3 => waiting(),
            4 => Answer::Rejected(no("POLICY_VIOLATION")),
            5 => Answer::Failed(no("not_sent")),
            6 => silent(),
            _ => accepted(SellerBuyStatus::Unknown("odd".to_owned())),
        },
    )
}

fn selection() -> impl Strategy<Value = Vec<SelectedProduct>> {
    proptest::collection::vec((0_u8..4, proptest::option::of(1_i64..400_000)), 1..7).prop_map(
        |chosen| {
            chosen
                .into_iter()
                .enumerate()
                .map(|(index, (seller, cents))| {
                    let budget =
                        cents.map(|cents| rust_decimal::Decimal::new(cents, 2).to_string());
                    product(
                        &format!("s{seller}"),
                        &format!("p{index}"),
                        budget.as_deref(),
                    )
                })
                .collect()
        },
    )
}

fn paced() -> impl Strategy<Value = Campaign> {
    (0_u8..3, 1_000_i64..3_000_000).prop_map(|(kind, cents)| {
        let total = rust_decimal::Decimal::new(cents, 2).to_string();
        let pacing = match kind {
            0 => None,
            1 => Some(three_periods()),
            _ => {
                let half = rust_decimal::Decimal::new(cents / 3, 2).to_string();
                Some(budgets(&[
                    ("2027-06-01", "2027-06-30", &half),
                    ("2027-07-01", "2027-07-15", &half),
                ]))
            }
        };
        campaign_of(fields(&total, pacing))
    })
}

proptest! {
    #[test]
    fn an_execute_settles_once_and_leaves_nothing_to_send(
        campaign in paced(), selection in selection(), which in proptest::collection::vec(answers(), 8), later in proptest::collection::vec(answers(), 8)
    ) {
        let mut campaign = campaign;
        let mut ids = Sequence::default();
        let Ok(plan) = execute(&mut campaign, &selection, &mut ids, NOW) else { return Ok(()) };
        // Every product goes out once, each to its seller, and nothing beyond the media budget.
        prop_assert!(!campaign.money().unwrap().unallocated.is_negative());
        let sent: Vec<_> = plan.buys.iter().flat_map(|buy| &buy.packages).map(|package| &package.product.key).collect();
        for product in &selection {
            prop_assert!(sent.contains(&&product.key));
        }
        prop_assert!(execution::plan(&campaign, &selection, &mut ids, at(NOW)).unwrap().is_empty(), "all is on its way");

        let outcomes: Vec<_> = (0..campaign.buys().len()).map(|index| answer(&campaign, index, which[index % 8])).collect();
        execution::settle(&mut campaign, &outcomes, at(NOW));
        let settled = campaign.clone();
        execution::settle(&mut campaign, &outcomes, at("2027-06-11T12:00:00Z"));
        prop_assert_eq!(&campaign.buys().iter().map(|b| b.status).collect::<Vec<_>>(), &settled.buys().iter().map(|b| b.status).collect::<Vec<_>>());
        prop_assert_eq!(campaign.allocated().unwrap(), settled.allocated().unwrap());
        let bought = campaign.buys().iter().any(|buy| !matches!(buy.status, MediaBuyStatus::Failed | MediaBuyStatus::Rejected));
        prop_assert_eq!(campaign.status() == CampaignStatus::Active, bought);

        // Again and again: what failed is sent anew, what was bought is not.
        let _ = execute(&mut campaign, &selection, &mut ids, NOW);
        let outcomes: Vec<_> = (0..campaign.buys().len())
            .filter(|index| campaign.buys()[*index].is_in_flight())
            .map(|index| answer(&campaign, index, later[index % 8]))
            .collect();
        execution::settle(&mut campaign, &outcomes, at(NOW));
        for product in &selection {
            let live = campaign.buys().iter().filter(|buy| !buy.status.has_ended() && buy.agent_id == product.key.agent_id)
                .flat_map(|buy| &buy.packages).filter(|package| package.product_id == product.key.product_id)
                .filter(|package| package.period.as_ref().is_none_or(|period| period.index == 1)).count();
            prop_assert!(live <= 1, "{:?} is bought {live} times", product.key);
        }
        prop_assert!(!campaign.money().unwrap().unallocated.is_negative());
    }

    #[test]
    fn a_sketch_holds_the_money_of_the_preview(
        campaign in paced(), cap in proptest::option::of(1_i64..40_000), selection in selection(),
        which in proptest::collection::vec(answers(), 8), month in 4_u32..10
    ) {
        let mut campaign = campaign;
        if let Some(cents) = cap {
            let mut fields = campaign.plan().clone();
            fields.budget.daily_cap = Some(money(&rust_decimal::Decimal::new(cents, 2).to_string()));
            campaign = campaign_of(fields);
        }
        // Some of it is bought by an earlier execute, some failed.
        let (early, _) = selection.split_at(selection.len() / 2);
        let mut ids = Sequence::default();
        if execute(&mut campaign, early, &mut ids, BEFORE).is_ok() {
            let outcomes: Vec<_> = (0..campaign.buys().len()).map(|index| answer(&campaign, index, which[index % 8])).collect();
            execution::settle(&mut campaign, &outcomes, at(BEFORE));
        }
        let now = at(&format!("2027-{month:02}-02T12:00:00Z"));
        let (preview, sketch) = (
            execution::preview(&campaign, &selection, &mut ids, now),
            execution::sketch(&campaign, &selection, now),
        );
        let (plan, (rows, warnings)) = match (preview, sketch) {
            (Ok(plan), Ok(sketch)) => (plan, sketch),
            (plan, sketch) => {
                prop_assert_eq!(plan.err(), sketch.err());
                return Ok(());
            }
        };
        prop_assert_eq!(&plan.warnings, &warnings);
        let order: Vec<_> = selection.iter().map(|product| &product.key).filter(|key| rows.iter().any(|row| row.key == **key)).collect();
        prop_assert_eq!(rows.iter().map(|row| &row.key).collect::<Vec<_>>(), order);
        for row in &rows {
            let packages: Vec<_> = plan.buys.iter().flat_map(|buy| &buy.packages).filter(|package| package.product.key == row.key)
                .map(|package| (&package.period, package.window, package.budget)).collect();
            let cells: Vec<_> = row.cells.iter().filter(|cell| !cell.over).map(|cell| (&cell.period, cell.window, cell.budget)).collect();
            prop_assert_eq!(packages, cells);
        }
        let shares: Vec<_> = rows.iter().filter(|row| row.is_share).map(|row| (row.key.clone(), row.budget)).collect();
        prop_assert_eq!(plan.shares, shares);
        let packages: usize = plan.buys.iter().map(|buy| buy.packages.len()).sum();
        prop_assert_eq!(packages, rows.iter().flat_map(|row| &row.cells).filter(|cell| !cell.over).count());
    }

    #[test]
    fn the_roll_up_ignores_order_and_repeats(campaign in paced(), selection in selection(), which in proptest::collection::vec(answers(), 8), turn in 0_usize..8) {
        let mut campaign = campaign;
        if execute(&mut campaign, &selection, &mut Sequence::default(), NOW).is_err() { return Ok(()) }
        let outcomes: Vec<_> = (0..campaign.buys().len()).map(|index| answer(&campaign, index, which[index % 8])).collect();
        execution::settle(&mut campaign, &outcomes, at(NOW));
        let mut buys = campaign.buys().to_vec();
        let first = roll_up(&buys).unwrap();
        let by = turn % buys.len();
        buys.rotate_left(by);
        let turned = roll_up(&buys).unwrap();
        prop_assert_eq!(&first, &turned);
        let doubled: Vec<_> = buys.iter().chain(&buys).cloned().collect();
        let twice = roll_up(&doubled).unwrap();
        prop_assert_eq!((first.status, first.media_buy_id), (twice.status, twice.media_buy_id));
        // It is never less restrictive than any buy that still matters.
        let rank = |status: MediaBuyStatus| MediaBuyStatus::ALL.iter().position(|other| *other == status).unwrap();
        prop_assert!(buys.iter().all(|buy| rank(first.status) <= rank(buy.status)));
    }

    #[test]
    fn commands_keep_their_promises(campaign in paced(), selection in selection(), commands in proptest::collection::vec((0_u8..6, 1_i64..4_000_000), 1..20)) {
        let mut campaign = campaign;
        let mut ids = Sequence::default();
        for (command, cents) in commands {
            let before = campaign.clone();
            let refused = match command {
                0 => execute(&mut campaign, &selection, &mut ids, NOW).is_err(),
                1 => campaign.pause(at(NOW)).is_err(),
                2 => campaign.reactivate(at(NOW)).is_err(),
                3 => {
                    let mut plan = before.plan().clone();
                    plan.budget.total = money(&rust_decimal::Decimal::new(cents, 2).to_string());
                    let touched = Touched { budget: true, ..Touched::default() };
                    let update = CampaignUpdate { plan, touched, caps: None, actions: Vec::new(), expected_revision: None };
                    campaign.update(update, &mut new_cap(), &mut Sequence::default(), at(NOW)).is_err()
                }
                4 => {
                    let flying: Vec<_> = (0..campaign.buys().len()).filter(|index| campaign.buys()[*index].is_in_flight()).collect();
                    let outcomes: Vec<_> = flying.into_iter().map(|index| answer(&campaign, index, u8::try_from(cents % 8).unwrap())).collect();
                    execution::settle(&mut campaign, &outcomes, at(NOW));
                    continue;
                }
                _ => {
                    let wishes: Vec<_> = campaign.buys().iter().filter_map(|buy| Some((buy.id.clone(), buy.wish?))).collect();
                    for (id, wish) in wishes {
                        execution::answer_wish(&mut campaign, &id, wish, &WishAnswer::Confirmed { revision: None }, at(NOW));
                    }
                    continue;
                }
            };
            if refused {
                prop_assert_eq!(&campaign, &before, "a refused command changed something");
            } else {
                prop_assert!(campaign.revision() >= before.revision());
            }
            prop_assert!(!campaign.money().unwrap().unallocated.is_negative(), "unallocated below zero");
            prop_assert_eq!(campaign.campaign_type(), before.campaign_type());
        }
    }

    #[test]
    fn an_update_of_nothing_changes_nothing_but_the_revision(campaign in paced()) {
        let mut changed = campaign.clone();
        let update = CampaignUpdate { plan: campaign.plan().clone(), touched: Touched::default(), caps: None, actions: Vec::new(), expected_revision: None };
        changed.update(update, &mut new_cap(), &mut Sequence::default(), at(BEFORE)).unwrap();
        prop_assert_eq!(changed.plan(), campaign.plan());
        prop_assert_eq!(changed.caps(), campaign.caps());
        prop_assert_eq!(changed.revision(), campaign.revision() + 1);
    }
}
