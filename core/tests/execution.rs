//! What an execute would send: money over products and periods, windows, grouping, refusals.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod common;

use common::*;
use flighting_core::budget::Fee;
use flighting_core::error::{Code, Refusal};
use flighting_core::execution::{self, PlanWarning, PlannedBuy};
use flighting_core::flight::Flight;
use flighting_core::media_buy::{SellerBuyStatus, StartTime};
use flighting_core::money::Money;

fn amounts(buy: &PlannedBuy) -> Vec<String> {
    buy.packages
        .iter()
        .map(|package| package.budget.to_decimal().to_string())
        .collect()
}

fn codes(refusal: Refusal) -> Vec<Code> {
    match refusal {
        Refusal::Invalid(violations) => violations
            .into_iter()
            .map(|violation| violation.code)
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn three_products_over_three_periods_are_nine_packages_exact_both_ways() {
    let campaign = campaign_of(fields("300000", Some(three_periods())));
    let selection = [
        product("a", "p1", Some("100000")),
        product("a", "p2", Some("100000.01")),
        product("b", "p3", Some("99999.99")),
    ];
    let plan = execution::plan(&campaign, &selection, &mut preview_ids(), at(BEFORE)).unwrap();
    assert_eq!(plan.buys.len(), 2);
    let order: Vec<_> = plan.buys[0]
        .packages
        .iter()
        .map(|package| {
            (
                package.product.name.as_str(),
                package.period.as_ref().unwrap().index,
            )
        })
        .collect();
    assert_eq!(
        order,
        [
            ("p1", 1),
            ("p1", 2),
            ("p1", 3),
            ("p2", 1),
            ("p2", 2),
            ("p2", 3)
        ]
    );
    // Columns are the sum of the rows by days times weight.
    let column = |index: u32| {
        let cells = plan
            .buys
            .iter()
            .flat_map(|buy| &buy.packages)
            .filter(|package| package.period.as_ref().unwrap().index == index);
        Money::sum(usd(), cells.map(|package| package.budget)).unwrap()
    };
    assert_eq!(
        [column(1), column(2), column(3)],
        [money("91370.56"), money("137055.84"), money("71573.60")]
    );
    for (selected, total) in selection.iter().zip(["100000", "100000.01", "99999.99"]) {
        let row = plan
            .buys
            .iter()
            .flat_map(|buy| &buy.packages)
            .filter(|package| package.product.key == selected.key);
        assert_eq!(
            Money::sum(usd(), row.map(|package| package.budget)).unwrap(),
            money(total)
        );
    }
}

#[test]
fn budget_periods_pay_packages_from_their_nets() {
    let mut plan = fields(
        "300000",
        Some(budgets(&[
            ("2027-06-01", "2027-06-30", "100000"),
            ("2027-07-01", "2027-07-31", "120000"),
        ])),
    );
    plan.fees = vec![margin("8")];
    let campaign = campaign_of(plan);
    // The whole of the nets: 92000 and 110400.
    let selection = [
        product("a", "p1", Some("102400")),
        product("a", "p2", Some("100000")),
    ];
    let made = execution::plan(&campaign, &selection, &mut preview_ids(), at(BEFORE)).unwrap();
    let cells = amounts(&made.buys[0]);
    assert_eq!(cells.len(), 4);
    let first: rust_decimal::Decimal = [&cells[0], &cells[2]]
        .iter()
        .map(|text| text.parse::<rust_decimal::Decimal>().unwrap())
        .sum();
    assert_eq!(first.to_string(), "92000.00");
    // One more cent than the nets hold is refused, though the media budget has it.
    let selection = [
        product("a", "p1", Some("102400.01")),
        product("a", "p2", Some("100000")),
    ];
    match execution::plan(&campaign, &selection, &mut preview_ids(), at(BEFORE)) {
        Err(Refusal::OverBudget {
            short_by,
            minimum_total: None,
            ..
        }) => assert_eq!(short_by, money("0.01")),
        other => panic!("{other:?}"),
    }
    let looked_at =
        execution::preview(&campaign, &selection, &mut preview_ids(), at(BEFORE)).unwrap();
    assert!(looked_at.warnings.contains(&PlanWarning::OverAllocated {
        short_by: money("0.01")
    }));
}

#[test]
fn products_without_a_budget_share_what_is_left_and_the_share_is_written_down() {
    let mut plan = fields("1000", None);
    plan.fees = vec![Fee::Flat {
        amount: money("100"),
        label: None,
    }];
    let campaign = campaign_of(plan);
    let selection = [
        product("a", "p1", Some("300")),
        product("a", "p2", None),
        product("b", "p3", None),
        product("b", "p4", None),
    ];
    let made = execution::plan(&campaign, &selection, &mut preview_ids(), at(BEFORE)).unwrap();
    let shares: Vec<_> = made
        .shares
        .iter()
        .map(|(key, share)| (key.product_id.0.as_str(), *share))
        .collect();
    assert_eq!(
        shares,
        [
            ("p2", money("200")),
            ("p3", money("200")),
            ("p4", money("200"))
        ]
    );
    // What they ask for together is told before anything is laid out, and where nothing is left.
    assert_eq!(execution::asked(&campaign, &selection), Ok(money("900")));
    assert_eq!(
        execution::asked(&campaign, &selection[..1]),
        Ok(money("300"))
    );
    assert_eq!(execution::asked(&campaign, &[]), Ok(money("0")));
    let none_left = [product("a", "p1", Some("900")), product("a", "p2", None)];
    assert_eq!(execution::asked(&campaign, &none_left), Ok(money("900")));
    let too_much = [product("a", "p1", Some("950")), product("a", "p2", None)];
    assert_eq!(execution::asked(&campaign, &too_much), Ok(money("950")));
    assert_eq!(
        codes(execution::plan(&campaign, &none_left, &mut preview_ids(), at(BEFORE)).unwrap_err()),
        [Code::ProductWithoutMoney]
    );
}

#[test]
fn asking_for_more_than_the_media_budget_names_the_smallest_total() {
    let mut plan = fields("1000", None);
    plan.fees = vec![margin("10")];
    let campaign = campaign_of(plan);
    match execution::plan(
        &campaign,
        &[product("a", "p", Some("950"))],
        &mut preview_ids(),
        at(BEFORE),
    ) {
        Err(Refusal::OverBudget {
            short_by,
            minimum_total,
            ..
        }) => {
            assert_eq!(short_by, money("50"));
            // 1055.55 would leave 949.99: its fee rounds half up to 105.56.
            assert_eq!(minimum_total, Some(money("1055.56")));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_period_that_is_over_makes_no_package_and_one_under_way_starts_now() {
    let campaign = campaign_of(fields("300000", Some(three_periods())));
    let plan = execution::plan(
        &campaign,
        &[product("a", "p", Some("300000"))],
        &mut preview_ids(),
        at("2027-07-10T09:00:00Z"),
    )
    .unwrap();
    let buy = &plan.buys[0];
    assert_eq!(amounts(buy), ["137055.84", "71573.60"]);
    assert_eq!(buy.start, StartTime::Asap);
    assert_eq!(
        buy.packages
            .iter()
            .map(|package| package.starts_at_once)
            .collect::<Vec<_>>(),
        [true, false]
    );
    assert!(
        matches!(&plan.warnings[..], [PlanWarning::PeriodOver { period }] if period.index == 1)
    );
    let before = execution::plan(
        &campaign,
        &[product("a", "p", Some("300000"))],
        &mut preview_ids(),
        at(BEFORE),
    )
    .unwrap();
    assert_eq!(
        before.buys[0].start,
        StartTime::At(at("2027-06-01T00:00:00Z"))
    );
    assert!(
        before.buys[0]
            .packages
            .iter()
            .all(|package| !package.starts_at_once)
    );
}

#[test]
fn windows_are_the_periods_clipped_to_the_flight() {
    let mut fields = fields(
        "1000",
        Some(weights(&[
            ("2027-06-01", "2027-06-10", "1"),
            ("2027-06-20", "2027-06-30", "1"),
        ])),
    );
    fields.flight = Flight::new(at("2027-06-01T06:00:00Z"), at("2027-06-30T18:00:00Z")).unwrap();
    let plan = execution::plan(
        &campaign_of(fields),
        &[product("a", "p", Some("1000"))],
        &mut preview_ids(),
        at(BEFORE),
    )
    .unwrap();
    let windows: Vec<_> = plan.buys[0]
        .packages
        .iter()
        .map(|package| (package.window.start(), package.window.end()))
        .collect();
    assert_eq!(
        windows,
        [
            (at("2027-06-01T06:00:00Z"), at("2027-06-10T23:59:59Z")),
            (at("2027-06-20T00:00:00Z"), at("2027-06-30T18:00:00Z")),
        ]
    );
}

#[test]
fn what_cannot_be_executed_says_why() {
    let campaign = campaign_of(fields("1000", None));
    assert_eq!(
        codes(execution::plan(&campaign, &[], &mut preview_ids(), at(BEFORE)).unwrap_err()),
        [Code::NoProducts]
    );
    assert_eq!(
        codes(
            execution::plan(
                &campaign,
                &[product("a", "p", Some("1"))],
                &mut preview_ids(),
                at(AFTER)
            )
            .unwrap_err()
        ),
        [Code::FlightOver]
    );
    // Two cents over three periods: one package would hold nothing.
    let paced = campaign_of(fields("1000", Some(three_periods())));
    assert_eq!(
        codes(
            execution::plan(
                &paced,
                &[product("a", "p", Some("0.02"))],
                &mut preview_ids(),
                at(BEFORE)
            )
            .unwrap_err()
        ),
        [Code::PackageWithoutMoney]
    );
}

#[test]
fn planning_right_after_everything_was_sent_finds_nothing() {
    let mut campaign = campaign_of(fields("300000", Some(three_periods())));
    let selection = [product("a", "p1", Some("100000")), product("b", "p2", None)];
    let mut ids = Sequence::default();
    execute(&mut campaign, &selection, &mut ids, BEFORE).unwrap();
    let outcomes: Vec<_> = campaign
        .buys()
        .iter()
        .map(|buy| accepted(buy, SellerBuyStatus::PendingStart))
        .collect();
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    let again = execution::plan(&campaign, &selection, &mut ids, at(BEFORE)).unwrap();
    assert!(again.is_empty() && again.warnings.is_empty());
    assert!(!campaign.money().unwrap().unallocated.is_negative());
    // And settling the same outcomes again changes nothing.
    let settled = campaign.clone();
    execution::settle(&mut campaign, &outcomes, at("2027-05-02T00:00:00Z"));
    assert_eq!(
        campaign.buys().iter().map(|b| b.status).collect::<Vec<_>>(),
        settled.buys().iter().map(|b| b.status).collect::<Vec<_>>()
    );
    assert_eq!(campaign, settled);
}

#[test]
fn a_second_product_later_gets_what_the_periods_still_hold() {
    let mut campaign = campaign_of(fields(
        "300000",
        Some(budgets(&[
            ("2027-06-01", "2027-06-30", "100000"),
            ("2027-07-01", "2027-07-31", "100000"),
        ])),
    ));
    let mut ids = Sequence::default();
    let first = product("a", "p1", Some("50000"));
    execute(
        &mut campaign,
        std::slice::from_ref(&first),
        &mut ids,
        BEFORE,
    )
    .unwrap();
    let outcomes = [accepted(&campaign.buys()[0], SellerBuyStatus::PendingStart)];
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    let selection = [first, product("b", "p2", None)];
    let plan = execution::plan(&campaign, &selection, &mut ids, at(BEFORE)).unwrap();
    assert_eq!(plan.shares[0].1, money("150000"));
    assert_eq!(amounts(&plan.buys[0]), ["75000.00", "75000.00"]);
}

#[test]
fn a_package_below_the_sellers_minimum_and_money_the_cap_holds_back_are_told() {
    let mut plan = fields("9200", None);
    plan.budget.daily_cap = Some(money("90"));
    let campaign = campaign_of(plan);
    let mut selected = product("a", "p", Some("9200"));
    selected.min_spend_per_package = Some("10000".parse().unwrap());
    let made = execution::plan(&campaign, &[selected], &mut preview_ids(), at(BEFORE)).unwrap();
    assert!(made.warnings.iter().any(|warning| matches!(warning, PlanWarning::BelowMinimum { smallest, .. } if *smallest == money("9200"))));
    // 92 days at 90 a day.
    assert!(made.warnings.contains(&PlanWarning::Unspendable {
        amount: money("920")
    }));
}
