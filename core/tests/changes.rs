//! Changing media buys: every pair of status and action against a written table (contract 9.3),
//! and what becomes of a change (decisions 14, 15, 20, 21).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod common;

use common::*;
use flighting_core::budget::PacingStrategy;
use flighting_core::campaign::{Campaign, CampaignUpdate, Touched};
use flighting_core::change::{
    BuyAction, BuyCommand, BuyUpdate, ChangeAnswer, ChangeOutcome, PackageUpdate, Seen, Step,
    Updated, seen, settle_change,
};
use flighting_core::error::{Code, Conflict, Refusal};
use flighting_core::execution::{self, Answer, FollowUp};
use flighting_core::flight::Flight;
use flighting_core::goal::{Goal, Metric, MetricGoal, MetricGoalParts};
use flighting_core::ids::ProductId;
use flighting_core::media_buy::{
    ChangeState, MediaBuyStatus, PackageStatus, SellerBuyStatus, Wish,
};

const NOW: &str = "2027-06-10T12:00:00Z";

/// A campaign of 1,000 with one buy of two flat packages of 300 each, answered so.
fn answered(answer: impl FnOnce(&Campaign) -> Answer) -> Campaign {
    let mut campaign = campaign_of(fields("1000", None));
    let products = [
        product("a", "p", Some("300")),
        product("a", "q", Some("300")),
    ];
    execute(&mut campaign, &products, &mut Sequence::default(), BEFORE).unwrap();
    let outcomes = [outcome(&campaign.buys()[0], answer(&campaign))];
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    campaign
}

fn running(status: SellerBuyStatus) -> Campaign {
    answered(|campaign| Answer::Accepted(seller_buy(&campaign.buys()[0], status)))
}

fn update(campaign: &Campaign, command: BuyCommand) -> CampaignUpdate {
    CampaignUpdate {
        plan: campaign.plan().clone(),
        touched: Touched::default(),
        caps: None,
        actions: vec![BuyAction {
            media_buy_id: campaign.buys()[0].id.clone(),
            command,
        }],
        expected_revision: None,
    }
}

fn act(campaign: &mut Campaign, command: BuyCommand) -> Result<Updated, Refusal> {
    let update = update(campaign, command);
    change(campaign, update)
}

/// Whatever is refused here is refused in the same words of a campaign that is only known by its
/// answer: that is what a page or another program asks.
fn change(campaign: &mut Campaign, update: CampaignUpdate) -> Result<Updated, Refusal> {
    let mut known = as_answered(campaign);
    let by_answer = known.update(update.clone(), &mut new_cap(), &mut Later(100), at(NOW));
    let said = campaign.update(update, &mut new_cap(), &mut Later(100), at(NOW));
    assert_eq!(by_answer.as_ref().err(), said.as_ref().err());
    said
}

/// Ids of packages that are added later.
struct Later(u64);

impl flighting_core::ids::Ids for Later {
    fn media_buy(&mut self) -> flighting_core::ids::MediaBuyId {
        unreachable!("no buy is made by an update")
    }
    fn package(&mut self) -> flighting_core::ids::PackageId {
        self.0 += 1;
        flighting_core::ids::PackageId::parse(&format!("pkg_{:06}", self.0)).unwrap()
    }
}

fn of_package(campaign: &Campaign, index: usize) -> PackageUpdate {
    PackageUpdate {
        id: campaign.buys()[0].packages[index].id.clone(),
        budget: None,
        pacing: None,
        bid: None,
        start: None,
        end: None,
        include: Vec::new(),
        exclude: Vec::new(),
    }
}

fn budget(campaign: &Campaign, index: usize, amount: &str) -> BuyCommand {
    BuyCommand::Update(Box::new(BuyUpdate {
        packages: vec![PackageUpdate {
            budget: Some(money(amount)),
            ..of_package(campaign, index)
        }],
        ..BuyUpdate::default()
    }))
}

fn cancel() -> BuyCommand {
    BuyCommand::Cancel {
        reason: None,
        packages: None,
    }
}

fn settle(campaign: &mut Campaign, answer: ChangeAnswer) -> Vec<FollowUp> {
    let buy = &campaign.buys()[0];
    let outcome = ChangeOutcome {
        media_buy_id: buy.id.clone(),
        number: buy.changes,
        answer,
    };
    settle_change(campaign, &outcome, at(NOW))
}

/// The seller's word for a change it applied: the buy with the change in it.
fn applied(campaign: &Campaign, status: SellerBuyStatus) -> ChangeAnswer {
    let mut buy = campaign.buys()[0].clone();
    if let Some(change) = &campaign.buys()[0].pending_change {
        buy.packages = campaign.buys()[0].packages_with(&change.proposal);
        buy.end = change.proposal.end.unwrap_or(buy.end);
    }
    let mut seller = seller_buy(&buy, status);
    seller.revision = Some(2);
    ChangeAnswer::Applied(Box::new(seller))
}

fn thinks() -> ChangeAnswer {
    ChangeAnswer::Submitted(flighting_core::execution::SellerTask {
        task_id: Some("task".to_owned()),
        status: "submitted".to_owned(),
        message: None,
        open: None,
    })
}

#[test]
fn the_table_of_status_and_action() {
    let with_change = |answer: Option<ChangeAnswer>| {
        let mut campaign = running(SellerBuyStatus::Active);
        let command = budget(&campaign, 0, "310");
        act(&mut campaign, command).unwrap();
        if let Some(answer) = answer {
            settle(&mut campaign, answer);
        }
        campaign
    };
    let ended = |status| {
        let mut campaign = running(SellerBuyStatus::Active);
        let id = campaign.buys()[0].id.clone();
        let seller = seller_buy(&campaign.buys()[0], status);
        execution::observe(&mut campaign, &id, &seller, at(NOW));
        campaign
    };
    let sent = || {
        let mut campaign = campaign_of(fields("1000", None));
        let products = [
            product("a", "p", Some("300")),
            product("a", "q", Some("300")),
        ];
        execute(&mut campaign, &products, &mut Sequence::default(), BEFORE).unwrap();
        campaign
    };
    let unconfirmed = || {
        answered(|campaign| {
            let mut seller = seller_buy(&campaign.buys()[0], SellerBuyStatus::PendingStart);
            seller.confirmed = false;
            Answer::Accepted(seller)
        })
    };
    let archived = || {
        let mut campaign = answered(|_| Answer::Failed(no("not_sent")));
        act(&mut campaign, BuyCommand::Delete).unwrap();
        campaign
    };
    use MediaBuyStatus as S;
    // Columns: name, budget, end, goals, pause, products, cancel, cancel one package, delete.
    // S goes to the seller, H waits for its yes, D is done, F in flight, T over, X wrong status.
    let table: [(&str, S, Campaign, &str); 15] = [
        ("on its way", S::Draft, sent(), "FFFFFXFFF"),
        (
            "silent",
            S::PendingApproval,
            answered(|_| silent()),
            "FFFFFXFFF",
        ),
        (
            "not named",
            S::PendingApproval,
            answered(|_| waiting()),
            "DFFFDXHFH",
        ),
        ("named", S::PendingApproval, unconfirmed(), "DSSSDXSSS"),
        (
            "needs input",
            S::InputRequired,
            running(SellerBuyStatus::PendingCreatives),
            "DSSSDXSSS",
        ),
        (
            "active",
            S::Active,
            running(SellerBuyStatus::Active),
            "DSSSDXSSS",
        ),
        (
            "paused",
            S::Paused,
            running(SellerBuyStatus::Paused),
            "DSSSDXSSS",
        ),
        ("change open", S::Active, with_change(None), "FFFFFXFFF"),
        (
            "change silent",
            S::Active,
            with_change(Some(ChangeAnswer::Silent("?".into()))),
            "FFFFFXFFF",
        ),
        (
            "change submitted",
            S::Active,
            with_change(Some(thinks())),
            "DSSSDXSSS",
        ),
        (
            "completed",
            S::Completed,
            ended(SellerBuyStatus::Completed),
            "TTTTTXTTD",
        ),
        (
            "canceled",
            S::Canceled,
            ended(SellerBuyStatus::Canceled),
            "TTTTTXTTD",
        ),
        (
            "failed",
            S::Failed,
            answered(|_| Answer::Failed(no("not_sent"))),
            "TTTTTXTTD",
        ),
        (
            "rejected",
            S::Rejected,
            answered(|_| Answer::Rejected(no("POLICY_VIOLATION"))),
            "TTTTTXTTD",
        ),
        ("archived", S::Archived, archived(), "TTTTTXTTT"),
    ];
    for (name, status, campaign, row) in table {
        assert_eq!(campaign.buys()[0].status, status, "{name}");
        let of = |update: BuyUpdate| BuyCommand::Update(Box::new(update));
        let commands = [
            of(BuyUpdate {
                name: Some("Other".to_owned()),
                ..BuyUpdate::default()
            }),
            budget(&campaign, 0, "350"),
            of(BuyUpdate {
                end: Some(at("2027-07-31T23:59:59Z")),
                ..BuyUpdate::default()
            }),
            of(BuyUpdate {
                goals: Some(vec![clicks()]),
                ..BuyUpdate::default()
            }),
            of(BuyUpdate {
                paused: Some(true),
                ..BuyUpdate::default()
            }),
            of(BuyUpdate {
                products: vec![ProductId("p".to_owned())],
                ..BuyUpdate::default()
            }),
            cancel(),
            BuyCommand::Cancel {
                reason: None,
                packages: Some(vec![campaign.buys()[0].packages[1].id.clone()]),
            },
            BuyCommand::Delete,
        ];
        for (command, expected) in commands.into_iter().zip(row.chars()) {
            let mut after = campaign.clone();
            let said = match act(&mut after, command.clone()) {
                Ok(updated) => match updated.asked[0].step {
                    Step::Sent(number) => {
                        assert_eq!(updated.to_send, [after.buys()[0].id.clone()]);
                        assert_eq!(
                            after.buys()[0].pending_change.as_ref().unwrap().number,
                            number
                        );
                        assert_eq!(after.buys()[0].status, status, "the live status stays");
                        'S'
                    }
                    Step::Held => 'H',
                    Step::Done => 'D',
                    Step::AlreadySo => 'A',
                },
                Err(Refusal::Conflict {
                    what: Conflict::InFlight,
                    media_buys,
                    ..
                }) => {
                    assert_eq!(media_buys, [campaign.buys()[0].id.to_string()]);
                    'F'
                }
                Err(Refusal::Conflict {
                    what: Conflict::TerminalBuy,
                    ..
                }) => 'T',
                Err(Refusal::Invalid(found)) if found[0].code == Code::WrongStatus => {
                    assert_eq!(found[0].path, "mediaBuys[0].products");
                    'X'
                }
                Err(other) => panic!("{name} {command:?}: {other:?}"),
            };
            assert_eq!(said, expected, "{name}: {command:?}");
            if "FTX".contains(expected) {
                assert_eq!(
                    after, campaign,
                    "a refused action changed a buy that is {name}"
                );
            } else {
                assert_eq!(after.revision(), campaign.revision() + 1);
            }
        }
    }
}

fn clicks() -> Goal {
    Goal::Metric(
        MetricGoal::new(MetricGoalParts {
            metric: Metric::Clicks,
            view_duration_seconds: None,
            target: None,
            priority: None,
        })
        .unwrap(),
    )
}

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
fn a_later_end_takes_flat_packages_along_and_an_earlier_one_stops_at_paced_ones() {
    let mut campaign = running(SellerBuyStatus::Active);
    let end = at("2027-07-31T23:59:59Z");
    let of = |end| {
        BuyCommand::Update(Box::new(BuyUpdate {
            end: Some(end),
            ..BuyUpdate::default()
        }))
    };
    act(&mut campaign, of(end)).unwrap();
    let answer = applied(&campaign, SellerBuyStatus::Active);
    settle(&mut campaign, answer);
    let buy = &campaign.buys()[0];
    assert_eq!(buy.end, end);
    assert!(
        buy.packages
            .iter()
            .all(|package| package.window.end() == end)
    );
    // Its end is later than the flight allows.
    match act(&mut campaign, of(at("2027-12-31T00:00:00Z"))) {
        Err(Refusal::Invalid(found)) => assert_eq!(found[0].path, "mediaBuys[0].end_time"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_flight_is_narrowed_when_the_buys_inside_have_ended_earlier() {
    let mut campaign = running(SellerBuyStatus::Active);
    let end = at("2027-07-31T23:59:59Z");
    let narrow = |campaign: &Campaign, actions: bool| {
        let command = BuyCommand::Update(Box::new(BuyUpdate {
            end: Some(end),
            ..BuyUpdate::default()
        }));
        let mut narrower = update(campaign, command);
        if !actions {
            narrower.actions.clear();
        }
        narrower.plan.flight = Flight::over(days("2027-06-01", "2027-07-31"));
        narrower.touched.flight = true;
        narrower
    };
    let alone = narrow(&campaign, false);
    match change(&mut campaign, alone) {
        Err(Refusal::Invalid(found)) => assert_eq!(found[0].path, "flightDates.endDate"),
        other => panic!("{other:?}"),
    }
    let both = narrow(&campaign, true);
    assert!(change(&mut campaign, both).unwrap().waits);
    assert_eq!(
        campaign.plan().flight,
        flight(),
        "the old flight holds until the seller says yes"
    );
    let mut refused = campaign.clone();
    settle(&mut refused, ChangeAnswer::Refused(no("INVALID_STATE")));
    assert_eq!(
        (refused.plan().flight, refused.pending_flight()),
        (flight(), None)
    );
    let answer = applied(&campaign, SellerBuyStatus::Active);
    settle(&mut campaign, answer);
    assert_eq!(campaign.plan().flight.end(), end);
    assert_eq!(campaign.pending_flight(), None);
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
fn an_end_asked_for_before_the_seller_decides_goes_out_with_its_yes() {
    let mut campaign = answered(|_| waiting());
    assert_eq!(
        act(&mut campaign, cancel()).unwrap().asked[0].step,
        Step::Held
    );
    assert_eq!(
        act(&mut campaign, cancel()).unwrap().asked[0].step,
        Step::Held,
        "asking again is asking once"
    );
    let id = campaign.buys()[0].id.clone();
    let accepted = accepted(&campaign.buys()[0], SellerBuyStatus::Active);
    let settled = execution::settle(&mut campaign, &[accepted], at(NOW));
    assert_eq!(settled.follow_ups, [FollowUp::SendChange(id.clone())]);
    flighting_core::change::again(&mut campaign, &id, None, at(NOW)).unwrap();
    let answer = applied(&campaign, SellerBuyStatus::Canceled);
    settle(&mut campaign, answer);
    assert_eq!(campaign.buys()[0].status, MediaBuyStatus::Canceled);
    assert_eq!(campaign.allocated().unwrap(), money("0"));
}

#[test]
fn a_cancelled_package_gives_its_money_back_and_a_last_one_is_the_whole_buy() {
    let mut campaign = running(SellerBuyStatus::Active);
    let ids: Vec<_> = campaign.buys()[0]
        .packages
        .iter()
        .map(|package| package.id.clone())
        .collect();
    let of = |ids: &[flighting_core::ids::PackageId]| BuyCommand::Cancel {
        reason: None,
        packages: Some(ids.to_vec()),
    };
    act(&mut campaign, of(&ids[..1])).unwrap();
    let answer = applied(&campaign, SellerBuyStatus::Active);
    settle(&mut campaign, answer);
    assert_eq!(
        campaign.buys()[0].packages[0].status,
        PackageStatus::Canceled
    );
    assert_eq!(campaign.allocated().unwrap(), money("300"));
    let command = budget(&campaign, 0, "10");
    assert!(matches!(
        act(&mut campaign, command),
        Err(Refusal::Invalid(_))
    ));
    act(&mut campaign, of(&ids)).unwrap();
    assert!(
        campaign.buys()[0]
            .pending_change
            .as_ref()
            .unwrap()
            .proposal
            .cancels
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
fn appended_periods_go_to_the_bought_products_in_proportion() {
    let mut campaign = campaign_of(fields(
        "3000",
        Some(weights(&[("2027-06-01", "2027-06-30", "1")])),
    ));
    let products = [
        product("a", "p", Some("200")),
        product("a", "q", Some("100")),
        product("b", "r", Some("300")),
    ];
    execute(&mut campaign, &products, &mut Sequence::default(), BEFORE).unwrap();
    let outcomes: Vec<_> = campaign
        .buys()
        .iter()
        .map(|buy| accepted(buy, SellerBuyStatus::Active))
        .collect();
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    let mut longer = update(&campaign, cancel());
    longer.actions.clear();
    longer.plan.pacing = Some(weights(&[
        ("2027-06-01", "2027-06-30", "1"),
        ("2027-07-01", "2027-07-31", "1"),
        ("2027-08-01", "2027-08-31", "2"),
    ]));
    longer.touched.pacing = true;
    let updated = change(&mut campaign, longer).unwrap();
    let cascade = updated.cascade.unwrap();
    assert_eq!(
        cascade
            .iter()
            .map(|entry| entry.packages)
            .collect::<Vec<_>>(),
        [4, 2]
    );
    assert_eq!(updated.to_send.len(), 2);
    // 2,400 are unallocated: 800 in July and 1,600 in August, by 2 : 1 : 3 over the products.
    let new = &campaign.buys()[0]
        .pending_change
        .as_ref()
        .unwrap()
        .proposal
        .new_packages;
    let budgets: Vec<_> = new.iter().map(|package| package.budget).collect();
    assert_eq!(budgets[..2], [money("266.67"), money("533.33")]);
    let all: i64 = campaign
        .buys()
        .iter()
        .flat_map(|buy| &buy.pending_change.as_ref().unwrap().proposal.new_packages)
        .map(|package| package.budget.minor())
        .sum();
    assert_eq!(all, 240_000, "exact to the cent");
    assert_eq!(campaign.money().unwrap().unallocated, money("0"));
    // Applied, the periods are known and keep their money; the packages stand by product.
    for index in 0..2 {
        let buy = campaign.buys()[index].clone();
        let change = buy.pending_change.as_ref().unwrap();
        let mut seller = seller_buy(&buy, SellerBuyStatus::Active);
        let mut with = buy.clone();
        with.packages = buy.packages_with(&change.proposal);
        seller.packages = seller_buy(&with, SellerBuyStatus::Active).packages;
        let outcome = ChangeOutcome {
            media_buy_id: buy.id.clone(),
            number: change.number,
            answer: ChangeAnswer::Applied(Box::new(seller)),
        };
        settle_change(&mut campaign, &outcome, at(NOW));
    }
    assert_eq!(campaign.launched_periods().len(), 3);
    assert_eq!(campaign.launched_periods()[2].period.net, money("1600"));
    let order: Vec<_> = campaign.buys()[0]
        .packages
        .iter()
        .map(|package| {
            (
                package.product_id.0.clone(),
                package.period.as_ref().unwrap().index,
            )
        })
        .collect();
    assert_eq!(
        order,
        [
            ("p".to_owned(), 1),
            ("p".to_owned(), 2),
            ("p".to_owned(), 3),
            ("q".to_owned(), 1),
            ("q".to_owned(), 2),
            ("q".to_owned(), 3)
        ]
    );
    assert!(
        campaign.buys()[0]
            .packages
            .iter()
            .all(|package| package.seller_package_id.is_some())
    );
    assert_eq!(campaign.buys()[0].flags, []);
}

#[test]
fn what_cannot_be_appended_is_refused_and_changes_nothing() {
    let mut campaign = campaign_of(fields(
        "1000",
        Some(budgets(&[("2027-06-01", "2027-06-30", "600")])),
    ));
    execute(
        &mut campaign,
        &[product("a", "p", Some("600"))],
        &mut Sequence::default(),
        BEFORE,
    )
    .unwrap();
    let outcomes = [accepted(&campaign.buys()[0], SellerBuyStatus::Active)];
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    let command = budget(&campaign, 0, "900");
    act(&mut campaign, command).unwrap();
    let answer = applied(&campaign, SellerBuyStatus::Active);
    settle(&mut campaign, answer);
    let before = campaign.clone();
    let append = |campaign: &Campaign, amount: &str| {
        let mut longer = update(campaign, cancel());
        longer.actions.clear();
        longer.plan.pacing = Some(budgets(&[
            ("2027-06-01", "2027-06-30", "600"),
            ("2027-07-01", "2027-07-31", amount),
        ]));
        longer.touched.pacing = true;
        longer
    };
    // 400 of the plan are in no period, but only 100 are not allocated.
    let too_much = append(&campaign, "400");
    assert!(matches!(
        change(&mut campaign, too_much),
        Err(Refusal::OverBudget { .. })
    ));
    assert_eq!(campaign, before);
    let fits = append(&campaign, "100");
    let updated = change(&mut campaign, fits).unwrap();
    assert_eq!(updated.cascade.unwrap()[0].packages, 1);
    // All refused: the period is not executed and its money is free again.
    settle(
        &mut campaign,
        ChangeAnswer::Refused(no("UNSUPPORTED_FEATURE")),
    );
    assert_eq!(campaign.launched_periods().len(), 1);
    assert_eq!(campaign.money().unwrap().unallocated, money("100"));
}

#[test]
fn pausing_one_buy_is_its_own_wish() {
    let mut campaign = running(SellerBuyStatus::Active);
    let of = |paused| {
        BuyCommand::Update(Box::new(BuyUpdate {
            paused: Some(paused),
            ..BuyUpdate::default()
        }))
    };
    let updated = act(&mut campaign, of(true)).unwrap();
    assert_eq!(updated.wishes[0].wish, Wish::Pause);
    campaign.pause(at(NOW)).unwrap();
    campaign.reactivate(at(NOW)).unwrap();
    assert_eq!(
        campaign.buys()[0].wish,
        Some(Wish::Pause),
        "its own pause outlives the campaign's"
    );
    let updated = act(&mut campaign, of(false)).unwrap();
    assert_eq!(updated.wishes[0].wish, Wish::Resume);
    assert_eq!(
        campaign.buys()[0]
            .undecided_change()
            .map(|change| change.state),
        None::<ChangeState>
    );
}
