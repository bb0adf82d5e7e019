//! Every pair of status and command against a written table (contract 12.1, decisions 12, 19, 20).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod common;

use common::*;
use flighting_core::campaign::{Campaign, CampaignStatus, CampaignUpdate, Touched};
use flighting_core::error::{Conflict, Refusal};
use flighting_core::execution::{self, Answer, FollowUp, WishAnswer};
use flighting_core::flight::Flight;
use flighting_core::media_buy::{
    BuyFlag, MediaBuyStatus, PendingReason, SellerBuyStatus, SubmissionState, Wish,
};
use flighting_core::rollup::Rule;

const NOW: &str = "2027-06-10T12:00:00Z";

fn ids() -> Sequence {
    Sequence::default()
}

fn running(status: SellerBuyStatus) -> Campaign {
    let mut campaign = campaign_of(fields("1000", None));
    execute(
        &mut campaign,
        &[product("a", "p", Some("600"))],
        &mut ids(),
        NOW,
    )
    .unwrap();
    let outcomes = [accepted(&campaign.buys()[0], status)];
    execution::settle(&mut campaign, &outcomes, at(NOW));
    campaign
}

fn in_status(status: CampaignStatus) -> Campaign {
    match status {
        CampaignStatus::Draft => campaign_of(fields("1000", None)),
        CampaignStatus::Active => running(SellerBuyStatus::Active),
        CampaignStatus::Paused => {
            let mut campaign = running(SellerBuyStatus::Active);
            campaign.pause(at(NOW)).unwrap();
            let id = campaign.buys()[0].id.clone();
            execution::answer_wish(
                &mut campaign,
                &id,
                Wish::Pause,
                &WishAnswer::Confirmed { revision: Some(2) },
                at(NOW),
            );
            campaign
        }
        CampaignStatus::Completed => {
            let mut campaign = running(SellerBuyStatus::Active);
            assert!(campaign.tick(at(AFTER)));
            campaign
        }
        CampaignStatus::Archived => {
            let mut campaign = campaign_of(fields("1000", None));
            campaign.archive(at(NOW)).unwrap();
            campaign
        }
    }
}

fn rename(campaign: &Campaign) -> CampaignUpdate {
    let mut plan = campaign.plan().clone();
    plan.name = "Autumn".to_owned();
    CampaignUpdate {
        plan,
        touched: Touched {
            name: true,
            ..Touched::default()
        },
        caps: None,
        actions: Vec::new(),
        expected_revision: None,
    }
}

#[test]
fn the_table_of_status_and_command() {
    use CampaignStatus as S;
    #[derive(Debug, Clone, Copy)]
    enum Command {
        Execute,
        Pause,
        Reactivate,
        Rename,
        Archive,
    }
    use Command as C;
    /// `Ok` with the status after, or the kind of refusal.
    #[derive(Debug, PartialEq)]
    enum Answered {
        Becomes(S),
        WrongPhase,
        Conflict,
        Invalid,
    }
    use Answered as A;
    let table = [
        // Nothing was sent yet when execute is planned, so the status stays until it is settled.
        (S::Draft, C::Execute, A::Becomes(S::Draft)),
        (S::Draft, C::Pause, A::WrongPhase),
        (S::Draft, C::Reactivate, A::WrongPhase),
        (S::Draft, C::Rename, A::Becomes(S::Draft)),
        (S::Draft, C::Archive, A::Becomes(S::Archived)),
        (S::Active, C::Execute, A::Becomes(S::Active)),
        (S::Active, C::Pause, A::Becomes(S::Paused)),
        (S::Active, C::Reactivate, A::WrongPhase),
        (S::Active, C::Rename, A::Becomes(S::Active)),
        (S::Active, C::Archive, A::Conflict),
        (S::Paused, C::Execute, A::WrongPhase),
        (S::Paused, C::Pause, A::Becomes(S::Paused)),
        (S::Paused, C::Reactivate, A::Becomes(S::Active)),
        (S::Paused, C::Rename, A::Becomes(S::Paused)),
        (S::Paused, C::Archive, A::Conflict),
        // The flight is over: a relaunch needs a later end first.
        (S::Completed, C::Execute, A::Invalid),
        (S::Completed, C::Pause, A::WrongPhase),
        (S::Completed, C::Reactivate, A::WrongPhase),
        (S::Completed, C::Rename, A::Becomes(S::Completed)),
        (S::Completed, C::Archive, A::Becomes(S::Archived)),
        (S::Archived, C::Execute, A::WrongPhase),
        (S::Archived, C::Pause, A::WrongPhase),
        (S::Archived, C::Reactivate, A::WrongPhase),
        (S::Archived, C::Rename, A::WrongPhase),
        (S::Archived, C::Archive, A::WrongPhase),
    ];
    for (status, command, expected) in table {
        let mut campaign = in_status(status);
        assert_eq!(campaign.status(), status);
        let before = campaign.clone();
        let now = if status == S::Completed { AFTER } else { NOW };
        let answer = match command {
            C::Execute => execute(
                &mut campaign,
                &[product("b", "q", Some("100"))],
                &mut Sequence::default(),
                now,
            )
            .map(|_| ()),
            C::Pause => campaign.pause(at(now)).map(|_| ()),
            C::Reactivate => campaign.reactivate(at(now)).map(|_| ()),
            C::Rename => campaign
                .update(
                    rename(&before),
                    &mut new_cap(),
                    &mut Sequence::default(),
                    at(now),
                )
                .map(|_| ()),
            C::Archive => campaign.archive(at(now)),
        };
        let answered = match &answer {
            Ok(()) => A::Becomes(campaign.status()),
            Err(Refusal::WrongPhase { is, .. }) => {
                assert_eq!(*is, status.as_str());
                A::WrongPhase
            }
            Err(Refusal::Conflict { .. }) => A::Conflict,
            Err(Refusal::Invalid(_)) => A::Invalid,
            Err(other) => panic!("{status:?} {command:?}: {other:?}"),
        };
        assert_eq!(answered, expected, "{status:?} {command:?}");
        if answer.is_err() {
            assert_eq!(
                campaign, before,
                "a refused {command:?} changed a {status:?} campaign"
            );
        } else {
            assert_eq!(
                campaign.revision(),
                before.revision() + 1,
                "{status:?} {command:?}"
            );
        }
    }
}

#[test]
fn execute_on_paused_names_reactivate() {
    let mut campaign = in_status(CampaignStatus::Paused);
    let refusal = execute(
        &mut campaign,
        &[product("b", "q", Some("100"))],
        &mut ids(),
        NOW,
    )
    .unwrap_err();
    assert!(refusal.to_string().contains("reactivate"), "{refusal}");
}

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
fn pause_asks_running_buys_and_holds_waiting_ones() {
    let mut campaign = campaign_of(fields("1000", None));
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
    let (runs, waits) = (campaign.buys()[0].id.clone(), campaign.buys()[1].id.clone());

    let cascade = campaign.pause(at(NOW)).unwrap();
    assert_eq!(campaign.status(), CampaignStatus::Paused);
    assert_eq!(cascade.held, std::slice::from_ref(&waits));
    assert_eq!(cascade.to_send.len(), 1);
    assert_eq!(
        campaign.buy(&runs).unwrap().status,
        MediaBuyStatus::Active,
        "not before the seller confirms"
    );
    assert!(execution::answer_wish(
        &mut campaign,
        &runs,
        Wish::Pause,
        &WishAnswer::Confirmed { revision: None },
        at(NOW)
    ));
    assert_eq!(campaign.buy(&runs).unwrap().status, MediaBuyStatus::Paused);

    // Approved while held: paused at once.
    let approved = [accepted(
        campaign.buy(&waits).unwrap(),
        SellerBuyStatus::Active,
    )];
    let settled = execution::settle(&mut campaign, &approved, at(NOW));
    assert_eq!(settled.follow_ups, [FollowUp::SendWish(waits.clone())]);
    assert_eq!(campaign.buy(&waits).unwrap().wish, Some(Wish::Pause));

    let cascade = campaign.reactivate(at(NOW)).unwrap();
    assert_eq!(campaign.status(), CampaignStatus::Active);
    assert_eq!(cascade.to_send.len(), 2);
    assert!(cascade.to_send.iter().all(|send| send.wish == Wish::Resume));
}

#[test]
fn a_refused_pause_stays_listed_and_is_asked_again() {
    let mut campaign = running(SellerBuyStatus::Active);
    let id = campaign.buys()[0].id.clone();
    campaign.pause(at(NOW)).unwrap();
    assert!(!execution::answer_wish(
        &mut campaign,
        &id,
        Wish::Pause,
        &WishAnswer::NotConfirmed(no("CONFLICT")),
        at(NOW)
    ));
    assert_eq!(campaign.buys()[0].status, MediaBuyStatus::Active);
    assert_eq!(campaign.status(), CampaignStatus::Paused);
    let again = campaign.pause(at(NOW)).unwrap();
    assert_eq!(again.to_send.len(), 1);
    // Reactivating takes the wish back; the seller may have paused after all, so it is asked.
    let back = campaign.reactivate(at(NOW)).unwrap();
    assert_eq!(back.to_send[0].wish, Wish::Resume);
}

#[test]
fn a_confirmed_pause_is_not_undone_by_a_poll() {
    let mut campaign = in_status(CampaignStatus::Paused);
    let id = campaign.buys()[0].id.clone();
    let reported = seller_buy(&campaign.buys()[0], SellerBuyStatus::Active);
    let next = execution::observe(&mut campaign, &id, &reported, at(NOW));
    assert_eq!(next, Some(FollowUp::SendWish(id.clone())));
    assert_eq!(campaign.buys()[0].status, MediaBuyStatus::Paused);
    assert_eq!(campaign.buys()[0].flags, [BuyFlag::SellerReportsActive]);
    let reported = seller_buy(&campaign.buys()[0], SellerBuyStatus::Paused);
    execution::observe(&mut campaign, &id, &reported, at(NOW));
    assert!(campaign.buys()[0].flags.is_empty());
}

#[test]
fn a_buy_whose_flight_is_over_does_not_come_back() {
    let mut campaign = in_status(CampaignStatus::Paused);
    let cascade = campaign.reactivate(at(AFTER)).unwrap();
    assert_eq!(cascade.completed.len(), 1);
    assert!(cascade.to_send.is_empty());
    assert_eq!(campaign.buys()[0].status, MediaBuyStatus::Completed);
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
