//! Every pair of status and command against a written table (contract 12.1, decisions 12, 19, 20),
//! and what becomes of a campaign and its buys on the way.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

#[path = "../common/mod.rs"]
mod common;

mod answers;
mod pausing;
mod plan;

use common::*;
use flighting_core::campaign::{Campaign, CampaignStatus, CampaignUpdate, Touched};
use flighting_core::error::Refusal;
use flighting_core::execution::{self, WishAnswer};
use flighting_core::media_buy::{SellerBuyStatus, Wish};

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
