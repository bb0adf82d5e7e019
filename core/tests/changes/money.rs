//! What changes do to the plan's money, and goals.

use super::*;

#[test]
fn goals_are_replaced_and_cannot_be_cleared() {
    let mut campaign = running(SellerBuyStatus::Active);
    let of = |goals| {
        BuyCommand::Update(Box::new(BuyUpdate {
            goals: Some(goals),
            ..BuyUpdate::default()
        }))
    };
    act(&mut campaign, of(vec![clicks()])).unwrap();
    let answer = applied(&campaign, SellerBuyStatus::Active);
    settle(&mut campaign, answer);
    assert_eq!(campaign.buys()[0].goals, [clicks()]);
    assert!(matches!(
        act(&mut campaign, of(Vec::new())),
        Err(Refusal::Unsupported(_))
    ));
}

#[test]
fn money_moves_inside_one_buy_and_not_between_two_without_room() {
    // Inside one buy the seller takes all of it or nothing, so the sum is what counts.
    let mut campaign = running(SellerBuyStatus::Active);
    let swap = |campaign: &Campaign, first: &str, second: &str| {
        BuyCommand::Update(Box::new(BuyUpdate {
            packages: vec![
                PackageUpdate {
                    budget: Some(money(first)),
                    ..of_package(campaign, 0)
                },
                PackageUpdate {
                    budget: Some(money(second)),
                    ..of_package(campaign, 1)
                },
            ],
            ..BuyUpdate::default()
        }))
    };
    let command = swap(&campaign, "900", "100");
    act(&mut campaign, command).unwrap();
    assert_eq!(campaign.allocated().unwrap(), money("1000"));
    // The larger of live and proposed counts while it is undecided.
    settle(&mut campaign, thinks());
    let command = swap(&campaign, "100", "100");
    act(&mut campaign, command).unwrap();
    assert_eq!(
        campaign.allocated().unwrap(),
        money("600"),
        "a later wish stands for the earlier one"
    );
    let over = swap(&campaign, "900", "101");
    let mut fresh = running(SellerBuyStatus::Active);
    match act(&mut fresh, over) {
        Err(Refusal::OverBudget {
            minimum_total,
            short_by,
            ..
        }) => {
            assert_eq!((minimum_total, short_by), (Some(money("1001")), money("1")));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lower_total_waits_for_what_makes_room_for_it() {
    let mut campaign = running(SellerBuyStatus::Active);
    let lower = |campaign: &Campaign, total: &str, amount: &str| {
        let mut lower = update(campaign, budget(campaign, 0, amount));
        lower.plan.budget.total = money(total);
        lower.touched.budget = true;
        lower
    };
    let too_low = lower(&campaign, "300", "100");
    match change(&mut campaign, too_low) {
        Err(Refusal::OverBudget { minimum_total, .. }) => {
            assert_eq!(minimum_total, Some(money("400")))
        }
        other => panic!("{other:?}"),
    }
    let enough = lower(&campaign, "400", "100");
    let before = campaign.clone();
    assert!(change(&mut campaign, enough.clone()).unwrap().waits);
    assert_eq!(campaign.plan().budget.total, money("1000"));
    assert_eq!(campaign.pending_money().unwrap().0.total, money("400"));
    // Refused: the total stays. Confirmed: it is lowered, to the cent.
    let mut refused = campaign.clone();
    settle(&mut refused, ChangeAnswer::Refused(no("BUDGET_TOO_LOW")));
    assert_eq!(
        (refused.plan(), refused.pending_money()),
        (before.plan(), None)
    );
    assert_eq!(refused.money().unwrap(), before.money().unwrap());
    let mut silent = campaign.clone();
    settle(&mut silent, ChangeAnswer::Silent("?".into()));
    assert!(
        silent.pending_money().is_some(),
        "nobody knows, so it waits on"
    );
    let answer = applied(&campaign, SellerBuyStatus::Active);
    settle(&mut campaign, answer);
    assert_eq!(campaign.plan().budget.total, money("400"));
    assert_eq!(campaign.money().unwrap().unallocated, money("0"));
    // A later word about the total stands for the one that waits.
    let mut again = before.clone();
    change(&mut again, enough).unwrap();
    let mut other = update(&again, cancel());
    other.actions.clear();
    other.plan.budget.total = money("900");
    other.touched.budget = true;
    change(&mut again, other).unwrap();
    assert_eq!(
        (again.plan().budget.total, again.pending_money()),
        (money("900"), None)
    );
}

#[test]
fn a_picture_shows_a_change_only_when_all_of_it_is_there() {
    let mut campaign = running(SellerBuyStatus::Active);
    let command = BuyCommand::Update(Box::new(BuyUpdate {
        packages: vec![
            PackageUpdate {
                budget: Some(money("310")),
                ..of_package(&campaign, 0)
            },
            PackageUpdate {
                budget: Some(money("320")),
                pacing: Some(PacingStrategy::Asap),
                ..of_package(&campaign, 1)
            },
        ],
        ..BuyUpdate::default()
    }));
    act(&mut campaign, command).unwrap();
    settle(&mut campaign, ChangeAnswer::Silent("?".into()));
    let buy = &campaign.buys()[0];
    let wanted = buy.pending_change.as_ref().unwrap();
    let untouched = seller_buy(buy, SellerBuyStatus::Active);
    assert_eq!(seen(buy, wanted, &untouched), Seen::NotApplied);
    let mut half = untouched.clone();
    half.revision = Some(2);
    half.packages.as_mut().unwrap()[0].budget = Some(money("310"));
    assert_eq!(seen(buy, wanted, &half), Seen::Unclear);
    let mut other = half.clone();
    other.packages.as_mut().unwrap()[0].budget = Some(money("299"));
    assert_eq!(seen(buy, wanted, &other), Seen::NotApplied);
    let mut whole = half.clone();
    whole.packages.as_mut().unwrap()[1].budget = Some(money("320"));
    assert_eq!(seen(buy, wanted, &whole), Seen::Applied);
    // A poll that shows it settles it, and the packages do not differ from what we hold then.
    let id = buy.id.clone();
    execution::observe(&mut campaign, &id, &whole, at(NOW));
    let buy = &campaign.buys()[0];
    assert_eq!(buy.pending_change, None);
    assert_eq!(
        (buy.packages[1].budget, buy.packages[1].pacing),
        (money("320"), PacingStrategy::Asap)
    );
    assert_eq!(buy.flags, []);
    // Settling it again changes nothing.
    let before = campaign.clone();
    settle(&mut campaign, ChangeAnswer::Refused(no("late")));
    assert_eq!(campaign, before);
}

#[test]
fn a_person_is_not_asked_about_an_earlier_change() {
    let mut campaign = running(SellerBuyStatus::Active);
    let command = budget(&campaign, 0, "310");
    act(&mut campaign, command).unwrap();
    let first = campaign.buys()[0].changes;
    settle(&mut campaign, ChangeAnswer::Refused(no("late")));
    let command = budget(&campaign, 0, "320");
    act(&mut campaign, command).unwrap();
    settle(&mut campaign, ChangeAnswer::Silent("?".into()));
    let id = campaign.buys()[0].id.clone();
    let second = campaign.buys()[0].changes;
    let mut wait = |number: u32| {
        let reason = PersonReason::NoReplay;
        wait_for_person(&mut campaign, &id, number, reason, "no replay", at(NOW))
    };
    assert!(!wait(first));
    assert!(wait(second));
    assert!(campaign.buys()[0].needs_person.is_some());
}
