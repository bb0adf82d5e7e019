//! What sellers answer to an execute: whose buys count, in which status they stand, and what that
//! makes of the campaign.

use flighting_core::campaign::CampaignStatus;
use flighting_core::execution::{self, Answer, FollowUp};
use flighting_core::media_buy::{
    BuyFlag, MediaBuyStatus, PendingReason, SellerBuyStatus, SubmissionState,
};
use flighting_core::rollup::Rule;

use super::common::{
    AFTER, BEFORE, accepted, agent, at, campaign_of, execute, fields, money, no, outcome, product,
    seller_buy, silent, three_periods, waiting,
};
use super::{NOW, ids, in_status};

#[test]
fn all_failed_keeps_the_status_and_some_accepted_moves_it() {
    let selection = [
        product("a", "p", Some("300")),
        product("b", "q", Some("300")),
    ];
    let mut campaign = campaign_of(fields("1000", None));
    let mut ids = ids();
    execute(&mut campaign, &selection, &mut ids, NOW).unwrap();
    let all_no: Vec<_> = campaign
        .buys()
        .iter()
        .map(|buy| outcome(buy, Answer::Failed(no("not_sent"))))
        .collect();
    let settled = execution::settle(&mut campaign, &all_no, at(NOW));
    assert_eq!(
        (settled.previous, settled.new),
        (CampaignStatus::Draft, CampaignStatus::Draft)
    );
    assert_eq!(settled.troubles.len(), 2);
    assert_eq!(campaign.allocated().unwrap(), money("0"));

    // Execute again uses the same buys and packages anew (decision 16).
    let before: Vec<_> = campaign
        .buys()
        .iter()
        .map(|buy| (buy.id.clone(), buy.packages[0].id.clone()))
        .collect();
    execute(&mut campaign, &selection, &mut ids, NOW).unwrap();
    let after: Vec<_> = campaign
        .buys()
        .iter()
        .map(|buy| (buy.id.clone(), buy.packages[0].id.clone()))
        .collect();
    assert_eq!(before, after);

    let mixed = [
        accepted(&campaign.buys()[0], SellerBuyStatus::Active),
        outcome(
            &campaign.buys()[1],
            Answer::Rejected(no("POLICY_VIOLATION")),
        ),
    ];
    let settled = execution::settle(&mut campaign, &mixed, at(NOW));
    assert_eq!(settled.new, CampaignStatus::Active);
    assert_eq!(campaign.allocated().unwrap(), money("300"));

    // A rejected buy is bought anew as a new one; the accepted product is not sent again.
    let plan = execute(&mut campaign, &selection, &mut ids, NOW).unwrap();
    assert_eq!(plan.buys.len(), 1);
    assert!(!plan.buys[0].reuses_failed);
    assert_eq!(plan.buys[0].agent_id, agent("b"));
    // The retry clears what the rejected one says: it is archived and no more on top.
    assert_eq!(campaign.buys()[1].status, MediaBuyStatus::Archived);
    assert_eq!(campaign.roll_up().unwrap().status, MediaBuyStatus::Draft);
}

#[test]
fn a_silent_buy_counts_as_bought_and_is_not_sent_again() {
    let selection = [product("a", "p", Some("300"))];
    let mut campaign = campaign_of(fields("1000", None));
    let mut ids = ids();
    execute(&mut campaign, &selection, &mut ids, NOW).unwrap();
    let outcomes = [outcome(&campaign.buys()[0], silent())];
    let settled = execution::settle(&mut campaign, &outcomes, at(NOW));
    assert_eq!(campaign.status(), CampaignStatus::Active);
    let buy = &campaign.buys()[0];
    assert_eq!(buy.status, MediaBuyStatus::PendingApproval);
    assert_eq!(buy.submission, SubmissionState::Silent);
    assert_eq!(buy.seller.adcp_status.as_deref(), Some("unknown"));
    assert_eq!(settled.troubles[0].error.code, "no_answer");
    assert_eq!(settled.follow_ups, [FollowUp::Reconcile(buy.id.clone())]);
    let plan = execute(&mut campaign, &selection, &mut ids, NOW).unwrap();
    assert!(plan.is_empty());
    assert!(matches!(
        plan.warnings[..],
        [execution::PlanWarning::InFlight { .. }]
    ));
}

#[test]
fn seller_words_become_ours_by_the_one_table() {
    use MediaBuyStatus as S;
    use SellerBuyStatus as W;
    let table = [
        (
            W::PendingCreatives,
            true,
            S::InputRequired,
            Some(PendingReason::NoCreativesAttached),
        ),
        (
            W::PendingCreatives,
            false,
            S::PendingApproval,
            Some(PendingReason::AwaitingStorefrontApproval),
        ),
        (
            W::PendingStart,
            true,
            S::Active,
            Some(PendingReason::AcceptedAwaitingTrafficking),
        ),
        (
            W::PendingStart,
            false,
            S::PendingApproval,
            Some(PendingReason::AwaitingStorefrontApproval),
        ),
        (W::Active, true, S::Active, None),
        (W::Paused, true, S::Paused, None),
        (W::Completed, true, S::Completed, None),
        (W::Rejected, true, S::Rejected, None),
        (W::Canceled, true, S::Canceled, None),
        (
            W::Unknown("trafficking".to_owned()),
            true,
            S::PendingApproval,
            Some(PendingReason::AwaitingStorefrontApproval),
        ),
    ];
    for (word, confirmed, status, reason) in table {
        let mut campaign = campaign_of(fields("1000", None));
        execute(
            &mut campaign,
            &[product("a", "p", Some("300"))],
            &mut ids(),
            NOW,
        )
        .unwrap();
        let mut theirs = seller_buy(&campaign.buys()[0], word.clone());
        theirs.confirmed = confirmed;
        let outcomes = [outcome(&campaign.buys()[0], Answer::Accepted(theirs))];
        execution::settle(&mut campaign, &outcomes, at(NOW));
        let buy = &campaign.buys()[0];
        assert_eq!(
            (buy.status, buy.pending.map(|p| p.reason)),
            (status, reason),
            "{word:?} {confirmed}"
        );
        // Before its flight, a buy that is to start waits for nothing but time.
        if word == W::PendingStart && confirmed {
            let mut early = campaign_of(fields("1000", None));
            let products = [product("a", "p", Some("300"))];
            execute(&mut early, &products, &mut ids(), BEFORE).unwrap();
            let theirs = seller_buy(&early.buys()[0], word.clone());
            let outcomes = [outcome(&early.buys()[0], Answer::Accepted(theirs))];
            execution::settle(&mut early, &outcomes, at(BEFORE));
            let reason = early.buys()[0].pending.map(|pending| pending.reason);
            assert_eq!(reason, Some(PendingReason::ScheduledNotStarted));
        }
    }
}

#[test]
fn packages_that_differ_wait_for_a_person_and_hold_the_larger_sum() {
    let mut campaign = campaign_of(fields("1000", None));
    execute(
        &mut campaign,
        &[product("a", "p", Some("300"))],
        &mut ids(),
        NOW,
    )
    .unwrap();
    let mut theirs = seller_buy(&campaign.buys()[0], SellerBuyStatus::Active);
    theirs.packages.as_mut().unwrap()[0].budget = Some(money("450"));
    let outcomes = [outcome(&campaign.buys()[0], Answer::Accepted(theirs))];
    execution::settle(&mut campaign, &outcomes, at(NOW));
    let buy = &campaign.buys()[0];
    assert_eq!(buy.status, MediaBuyStatus::PendingApproval);
    assert_eq!(buy.flags, [BuyFlag::PackagesDiffer]);
    assert_eq!(campaign.allocated().unwrap(), money("450"));
}

#[test]
fn packages_match_by_order_when_nothing_is_echoed() {
    let mut campaign = campaign_of(fields("1000", Some(three_periods())));
    execute(
        &mut campaign,
        &[product("a", "p", Some("300"))],
        &mut ids(),
        BEFORE,
    )
    .unwrap();
    let mut theirs = seller_buy(&campaign.buys()[0], SellerBuyStatus::PendingStart);
    for package in theirs.packages.as_mut().unwrap() {
        package.our_package_id = None;
    }
    let outcomes = [outcome(&campaign.buys()[0], Answer::Accepted(theirs))];
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    let buy = &campaign.buys()[0];
    assert_eq!(buy.status, MediaBuyStatus::Active);
    for package in &buy.packages {
        assert_eq!(
            package.seller_package_id.as_deref(),
            Some(format!("seller-{}", package.id).as_str())
        );
    }
}

#[test]
fn a_late_message_about_an_ended_buy_changes_nothing() {
    let mut campaign = in_status(CampaignStatus::Completed);
    let id = campaign.buys()[0].id.clone();
    let before = campaign.clone();
    let late = seller_buy(&campaign.buys()[0], SellerBuyStatus::Active);
    assert_eq!(
        execution::observe(&mut campaign, &id, &late, at(AFTER)),
        None
    );
    assert_eq!(campaign, before);
}

#[test]
fn the_roll_up_says_which_buy_and_why() {
    let mut campaign = campaign_of(fields("1000", None));
    assert!(campaign.roll_up().is_none());
    execute(
        &mut campaign,
        &[
            product("a", "p", Some("300")),
            product("b", "q", Some("300")),
        ],
        &mut ids(),
        NOW,
    )
    .unwrap();
    let outcomes = [
        accepted(&campaign.buys()[0], SellerBuyStatus::Active),
        outcome(&campaign.buys()[1], waiting()),
    ];
    execution::settle(&mut campaign, &outcomes, at(NOW));
    let roll = campaign.roll_up().unwrap();
    assert_eq!(roll.status, MediaBuyStatus::PendingApproval);
    assert_eq!(roll.media_buy_id, campaign.buys()[1].id);
    assert_eq!(roll.rule, Rule::MostRestrictive);
    assert!(roll.counts.contains(&("ACTIVE", 1)));
}
