//! A seller speaks of one request with two voices, the answer and its messages, and nobody knows
//! which arrives first (decisions 15 and 18).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod common;

use common::*;
use flighting_core::campaign::Campaign;
use flighting_core::execution::{self, Answer, Outcome};
use flighting_core::media_buy::{MediaBuyStatus, PersonReason, SellerBuyStatus, SubmissionState};

const NOW: &str = "2027-06-10T12:00:00Z";
const TOLD: &str = "2027-06-10T11:59:58Z";
const LATER: &str = "2027-06-10T11:59:59Z";

fn on_its_way() -> Campaign {
    let mut campaign = campaign_of(fields("1000", None));
    let selection = [product("a", "p", Some("600"))];
    execute(&mut campaign, &selection, &mut Sequence::default(), NOW).unwrap();
    campaign
}

fn answers(campaign: &Campaign) -> [(&'static str, Outcome); 6] {
    let buy = &campaign.buys()[0];
    [
        ("accepted", accepted(buy, SellerBuyStatus::Active)),
        (
            "accepted without creatives",
            accepted(buy, SellerBuyStatus::PendingCreatives),
        ),
        ("waiting", outcome(buy, waiting())),
        ("failed", outcome(buy, Answer::Failed(no("UNSUPPORTED")))),
        (
            "rejected",
            outcome(buy, Answer::Rejected(no("POLICY_VIOLATION"))),
        ),
        ("silent", outcome(buy, silent())),
    ]
}

fn answer_then_message(answer: &Outcome, message: &Outcome) -> Campaign {
    let mut campaign = on_its_way();
    execution::settle(&mut campaign, std::slice::from_ref(answer), at(NOW));
    execution::take_message(&mut campaign, message, at(TOLD), at(NOW));
    campaign
}

fn message_then_answer(message: &Outcome, answer: &Outcome) -> Campaign {
    let mut campaign = on_its_way();
    execution::take_message(&mut campaign, message, at(TOLD), at(NOW));
    execution::settle(&mut campaign, std::slice::from_ref(answer), at(NOW));
    campaign
}

#[test]
fn a_buy_that_either_voice_names_is_held_whatever_the_other_says() {
    let all = answers(&on_its_way());
    for (of_answer, answer) in &all {
        for (of_message, message) in &all {
            let named = of_answer.starts_with("accepted") || of_message.starts_with("accepted");
            if !named {
                continue;
            }
            for (order, campaign) in [
                ("answer first", answer_then_message(answer, message)),
                ("message first", message_then_answer(message, answer)),
            ] {
                let told = format!("answer {of_answer}, message {of_message}, {order}");
                let buy = &campaign.buys()[0];
                assert!(
                    matches!(
                        buy.status,
                        MediaBuyStatus::Active | MediaBuyStatus::InputRequired
                    ),
                    "{told}: {:?}",
                    buy.status
                );
                assert_eq!(buy.submission, SubmissionState::Closed, "{told}");
                assert!(buy.seller.media_buy_id.is_some(), "{told}");
                assert!(buy.failure.is_none(), "{told}: {:?}", buy.failure);
                assert_eq!(campaign.allocated().unwrap(), money("600"), "{told}");
            }
        }
    }
}

#[test]
fn a_no_that_no_buy_contradicts_ends_it_in_either_order() {
    let all = answers(&on_its_way());
    for (of_no, no) in all
        .iter()
        .filter(|(name, _)| matches!(*name, "failed" | "rejected"))
    {
        for (of_other, other) in all
            .iter()
            .filter(|(name, _)| matches!(*name, "waiting" | "silent"))
        {
            for campaign in [
                answer_then_message(other, no),
                answer_then_message(no, other),
                message_then_answer(no, other),
                message_then_answer(other, no),
            ] {
                let buy = &campaign.buys()[0];
                assert!(
                    buy.status.has_ended(),
                    "{of_no}, {of_other}: {:?}",
                    buy.status
                );
                assert_eq!(buy.submission, SubmissionState::Closed);
            }
        }
    }
}

#[test]
fn a_buy_that_failed_and_is_named_by_an_older_message_is_held() {
    let mut campaign = on_its_way();
    let buy = campaign.buys()[0].clone();
    let failed = outcome(&buy, Answer::Failed(no("UNSUPPORTED")));
    execution::take_message(&mut campaign, &failed, at(LATER), at(NOW));
    assert_eq!(campaign.buys()[0].status, MediaBuyStatus::Failed);
    // Named in an older message than the no: it exists all the same.
    let named = accepted(&buy, SellerBuyStatus::Active);
    let settled = execution::take_message(&mut campaign, &named, at(TOLD), at(NOW)).unwrap();
    assert_eq!(campaign.buys()[0].status, MediaBuyStatus::Active);
    assert!(
        !settled.follow_ups.is_empty(),
        "it is looked at from now on"
    );
    // Told twice, it changes nothing more.
    let before = campaign.clone();
    execution::settle(&mut campaign, &[named], at(NOW));
    assert_eq!(campaign.buys(), before.buys());
}

#[test]
fn what_is_told_of_an_earlier_request_says_nothing_of_the_latest() {
    let mut campaign = on_its_way();
    let first = campaign.buys()[0].clone();
    // Asked twice at the same time what became of it; the second answer is slow.
    let no = outcome(&first, Answer::Failed(no("UNSUPPORTED")));
    let slow = answers(&campaign);
    execution::settle(&mut campaign, std::slice::from_ref(&no), at(NOW));
    let selection = [product("a", "p", Some("600"))];
    let mut ids = Sequence::default();
    execute(&mut campaign, &selection, &mut ids, NOW).unwrap();
    let anew = campaign.buys()[0].clone();
    assert_eq!(
        (&anew.id, anew.submission),
        (&first.id, SubmissionState::Open)
    );
    for (told, late) in &slow {
        execution::settle(&mut campaign, std::slice::from_ref(late), at(NOW));
        assert_eq!(campaign.buys(), std::slice::from_ref(&anew), "{told}");
        let taken = execution::take_message(&mut campaign, late, at(LATER), at(NOW));
        assert!(taken.is_none(), "{told}");
        assert_eq!(campaign.buys(), std::slice::from_ref(&anew), "{told}");
    }
    let bought = accepted(&campaign.buys()[0], SellerBuyStatus::Active);
    execution::settle(&mut campaign, &[bought], at(NOW));
    assert_eq!(campaign.buys()[0].status, MediaBuyStatus::Active);
}

#[test]
fn a_look_at_another_buy_of_the_seller_changes_nothing() {
    let mut campaign = on_its_way();
    let bought = accepted(&campaign.buys()[0], SellerBuyStatus::Active);
    execution::settle(&mut campaign, &[bought], at(NOW));
    let before = campaign.clone();
    let buy = campaign.buys()[0].clone();
    let mut other = seller_buy(&buy, SellerBuyStatus::Canceled);
    other.media_buy_id = "another".to_owned();
    assert!(execution::observe(&mut campaign, &buy.id, &other, at(NOW)).is_none());
    assert_eq!(campaign, before);
}

#[test]
fn a_person_is_not_asked_about_an_earlier_request() {
    let mut campaign = on_its_way();
    let first = campaign.buys()[0].clone();
    let lost = outcome(&first, Answer::Failed(no("UNSUPPORTED")));
    execution::settle(&mut campaign, &[lost], at(NOW));
    let selection = [product("a", "p", Some("600"))];
    execute(&mut campaign, &selection, &mut Sequence::default(), NOW).unwrap();
    let latest = campaign.buys()[0].clone();
    execution::settle(&mut campaign, &[outcome(&latest, silent())], at(NOW));
    let mut wait = |request: u32| {
        let reason = PersonReason::KeyExpired;
        let why = "the seller has forgotten the key";
        let buy = &first.id;
        execution::wait_for_person(&mut campaign, buy, request, reason, why, vec![], at(NOW))
    };
    // What was found out about the first came when the second was silent already.
    assert!(!wait(first.requests));
    assert!(wait(latest.requests));
    assert!(campaign.buys()[0].needs_person.is_some());
}
