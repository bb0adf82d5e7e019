//! Changes of the plan of a campaign that is executing, has bought, or has ended.

use flighting_core::campaign::CampaignStatus;
use flighting_core::error::{Conflict, Refusal};
use flighting_core::execution;
use flighting_core::flight::Flight;
use flighting_core::media_buy::SellerBuyStatus;

use super::common::{
    AFTER, BEFORE, Sequence, accepted, at, campaign_of, days, execute, fields, margin, money,
    new_cap, product, three_periods, weights,
};
use super::{NOW, ids, in_status, rename, running};

#[test]
fn nobody_changes_the_plan_while_an_execute_is_under_way() {
    let mut campaign = campaign_of(fields("1000", None));
    execute(
        &mut campaign,
        &[product("a", "p", Some("300"))],
        &mut ids(),
        NOW,
    )
    .unwrap();
    let mut update = rename(&campaign);
    update.touched.budget = true;
    let refusal = campaign
        .update(update, &mut new_cap(), &mut Sequence::default(), at(NOW))
        .unwrap_err();
    assert!(matches!(
        refusal,
        Refusal::Conflict {
            what: Conflict::ExecutionUnderWay,
            ..
        }
    ));
    let name_only = rename(&campaign);
    campaign
        .update(name_only, &mut new_cap(), &mut Sequence::default(), at(NOW))
        .unwrap();
    assert!(matches!(
        campaign.archive(at(NOW)),
        Err(Refusal::Conflict {
            what: Conflict::ExecutionUnderWay,
            ..
        })
    ));
}

#[test]
fn a_relaunch_buys_again_and_keeps_what_was_spent() {
    let mut campaign = in_status(CampaignStatus::Completed);
    let mut update = rename(&campaign);
    update.plan.flight = Flight::over(days("2027-06-01", "2027-10-31"));
    update.touched.flight = true;
    campaign
        .update(update, &mut new_cap(), &mut Sequence::default(), at(AFTER))
        .unwrap();
    let plan = execute(
        &mut campaign,
        &[product("a", "p", Some("600"))],
        &mut ids_after(),
        AFTER,
    )
    .unwrap();
    assert_eq!(
        plan.buys.len(),
        1,
        "an ended buy of the first launch does not count"
    );
    let fresh = campaign.buys().last().unwrap().clone();
    execution::settle(
        &mut campaign,
        &[accepted(&fresh, SellerBuyStatus::Active)],
        at(AFTER),
    );
    assert_eq!(campaign.status(), CampaignStatus::Active);
    let again = execute(
        &mut campaign,
        &[product("a", "p", Some("600"))],
        &mut ids_after(),
        AFTER,
    )
    .unwrap();
    assert!(again.is_empty(), "bought once in this launch");
}

fn ids_after() -> Sequence {
    let mut ids = Sequence::default();
    for _ in 0..100 {
        flighting_core::ids::Ids::media_buy(&mut ids);
    }
    ids
}

#[test]
fn a_budget_below_what_is_allocated_is_refused_with_the_smallest_total() {
    let mut campaign = running(SellerBuyStatus::Active);
    let mut update = rename(&campaign);
    update.plan.budget.total = money("500");
    update.plan.fees = vec![margin("8")];
    update.touched.budget = true;
    update.touched.fees = true;
    let before = campaign.clone();
    match campaign.update(update, &mut new_cap(), &mut Sequence::default(), at(NOW)) {
        Err(Refusal::OverBudget {
            minimum_total: Some(total),
            short_by,
            ..
        }) => {
            assert_eq!(total, money("652.17"));
            assert_eq!(short_by, money("140"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(campaign, before);
}

#[test]
fn executed_periods_only_take_later_ones() {
    let mut campaign = campaign_of(fields("300000", Some(three_periods())));
    execute(
        &mut campaign,
        &[product("a", "p", Some("100000"))],
        &mut ids(),
        BEFORE,
    )
    .unwrap();
    let outcomes = [accepted(&campaign.buys()[0], SellerBuyStatus::PendingStart)];
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    assert_eq!(campaign.launched_periods().len(), 3);
    let mut changed = rename(&campaign);
    changed.touched.pacing = true;
    changed.plan.pacing = None;
    assert!(matches!(
        campaign.update(
            changed.clone(),
            &mut new_cap(),
            &mut Sequence::default(),
            at(BEFORE)
        ),
        Err(Refusal::Conflict {
            what: Conflict::LivePacingChanged,
            ..
        })
    ));
    changed.plan.flight = Flight::over(days("2027-06-01", "2027-09-30"));
    changed.touched.flight = true;
    changed.plan.pacing = Some(weights(&[
        ("2027-06-01", "2027-06-30", "1"),
        ("2027-07-01", "2027-07-15", "3"),
        ("2027-07-16", "2027-08-31", "0.5"),
        ("2027-09-01", "2027-09-30", "1"),
    ]));
    campaign
        .update(
            changed,
            &mut new_cap(),
            &mut Sequence::default(),
            at(BEFORE),
        )
        .unwrap();
}
