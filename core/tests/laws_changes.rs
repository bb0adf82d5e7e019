//! Laws of changes over random ones: no command of ours leaves less media money than is allocated,
//! whatever sellers answer and in whatever order; a refused command changes nothing; settling
//! twice changes nothing; revisions strictly increase.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod common;

use common::*;
use flighting_core::campaign::{Campaign, CampaignUpdate, Touched};
use flighting_core::change::{
    BuyAction, BuyCommand, BuyUpdate, ChangeAnswer, ChangeOutcome, PackageUpdate, settle_change,
};
use flighting_core::execution::{self, SellerTask};
use flighting_core::media_buy::{MediaBuy, SellerBuyStatus};
use proptest::prelude::*;

const NOW: &str = "2027-06-10T12:00:00Z";

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// Packages of a buy are to hold so many cents each; the total is to be so many, or stays.
    Change(usize, Vec<Option<i64>>, Option<i64>),
    /// The total is to be so many cents.
    Total(i64),
    /// A buy, or its first package, is to end.
    End(usize, bool),
    /// The seller of a buy says something about its change.
    Says(usize, u8),
    /// The seller's picture of a buy is looked at.
    Looks(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let cents = 1_i64..70_000;
    let step = prop_oneof![
        3 => (0_usize..2, proptest::collection::vec(proptest::option::of(cents.clone()), 2), proptest::option::of(1_i64..200_000))
            .prop_map(|(buy, packages, total)| Step::Change(buy, packages, total)),
        2 => (1_i64..200_000).prop_map(Step::Total),
        1 => (0_usize..2, any::<bool>()).prop_map(|(buy, whole)| Step::End(buy, whole)),
        4 => (0_usize..2, 0_u8..6).prop_map(|(buy, what)| Step::Says(buy, what)),
        1 => (0_usize..2).prop_map(Step::Looks),
    ];
    proptest::collection::vec(step, 1..40)
}

fn cents(amount: i64) -> flighting_core::money::Money {
    flighting_core::money::Money::from_minor(amount, usd()).unwrap()
}

/// Two buys of two packages, 600 of 1,000 dollars.
fn campaign() -> Campaign {
    let mut campaign = campaign_of(fields("1000", None));
    let products = [
        product("a", "p", Some("100")),
        product("a", "q", Some("200")),
        product("b", "r", Some("150")),
        product("b", "s", Some("150")),
    ];
    execute(&mut campaign, &products, &mut Sequence::default(), BEFORE).unwrap();
    let outcomes: Vec<_> = campaign
        .buys()
        .iter()
        .map(|buy| accepted(buy, SellerBuyStatus::Active))
        .collect();
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    campaign
}

fn update(
    campaign: &Campaign,
    command: Option<(usize, BuyCommand)>,
    total: Option<i64>,
) -> CampaignUpdate {
    let mut plan = campaign.plan().clone();
    if let Some(total) = total {
        plan.budget.total = cents(total);
    }
    CampaignUpdate {
        plan,
        touched: Touched {
            budget: total.is_some(),
            ..Touched::default()
        },
        caps: None,
        actions: command
            .into_iter()
            .map(|(buy, command)| BuyAction {
                media_buy_id: campaign.buys()[buy].id.clone(),
                command,
            })
            .collect(),
        expected_revision: None,
    }
}

/// The buy as its seller holds it once its change is applied.
fn applied(buy: &MediaBuy) -> ChangeAnswer {
    let Some(change) = &buy.pending_change else {
        return ChangeAnswer::Silent("?".to_owned());
    };
    let mut after = buy.clone();
    after.packages = buy.packages_with(&change.proposal);
    let status = if change.proposal.cancels {
        SellerBuyStatus::Canceled
    } else {
        SellerBuyStatus::Active
    };
    ChangeAnswer::Applied(Box::new(seller_buy(&after, status)))
}

proptest! {
    #[test]
    fn allocated_never_exceeds_media_by_a_command_of_ours(steps in steps()) {
        let mut campaign = campaign();
        for step in steps {
            let before = campaign.clone();
            let command = match &step {
                Step::Change(buy, packages, total) => {
                    let packages = packages.iter().enumerate().filter_map(|(index, budget)| Some(PackageUpdate {
                        id: campaign.buys()[*buy].packages[index].id.clone(),
                        budget: Some(cents((*budget)?)),
                        pacing: None,
                        bid: None,
                        start: None,
                        end: None,
                        include: Vec::new(),
                        exclude: Vec::new(),
                    })).collect();
                    let change = BuyCommand::Update(Box::new(BuyUpdate { packages, ..BuyUpdate::default() }));
                    Some(update(&campaign, Some((*buy, change)), *total))
                }
                Step::Total(total) => Some(update(&campaign, None, Some(*total))),
                Step::End(buy, whole) => {
                    let first = campaign.buys()[*buy].packages[0].id.clone();
                    let packages = (!whole).then(|| vec![first]);
                    Some(update(&campaign, Some((*buy, BuyCommand::Cancel { reason: None, packages })), None))
                }
                Step::Says(..) | Step::Looks(_) => None,
            };
            if let Some(command) = command {
                let by_answer = as_answered(&campaign).update(command.clone(), &mut new_cap(), &mut Sequence::default(), at(NOW));
                let said = campaign.update(command, &mut new_cap(), &mut Sequence::default(), at(NOW));
                prop_assert_eq!(by_answer.err(), said.as_ref().err().cloned(), "by its answer");
                match said {
                    Ok(_) => prop_assert_eq!(campaign.revision(), before.revision() + 1),
                    Err(_) => prop_assert_eq!(&campaign, &before),
                }
            }
            if let Step::Says(buy, what) = step {
                let asked = campaign.buys()[buy].clone();
                let answer = match what {
                    0 | 1 => applied(&asked),
                    2 => ChangeAnswer::Refused(no("BUDGET_TOO_LOW")),
                    3 => ChangeAnswer::Silent("?".to_owned()),
                    4 => ChangeAnswer::Expired(no("task_canceled")),
                    _ => ChangeAnswer::Submitted(SellerTask {
                        task_id: Some("t".to_owned()),
                        status: "submitted".to_owned(),
                        message: None,
                        open: None,
                    }),
                };
                let outcome = ChangeOutcome { media_buy_id: asked.id.clone(), number: asked.changes, answer };
                settle_change(&mut campaign, &outcome, at(NOW));
                let once = campaign.clone();
                let decided = campaign.buys()[buy].undecided_change().is_none();
                settle_change(&mut campaign, &outcome, at(NOW));
                if decided {
                    prop_assert_eq!(&campaign, &once, "settling twice");
                }
            }
            if let Step::Looks(buy) = step {
                let asked = campaign.buys()[buy].clone();
                // A seller that holds what it refused is a story of its own: its sum counts then.
                if asked.undecided_change().is_some()
                    && let ChangeAnswer::Applied(seller) = applied(&asked)
                {
                    execution::observe(&mut campaign, &asked.id, &seller, at(NOW));
                }
            }
            let money = campaign.money().unwrap();
            prop_assert!(!money.unallocated.is_negative(), "{} after {:?}", money.unallocated, campaign);
        }
    }
}
