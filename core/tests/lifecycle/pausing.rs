//! Pausing and reactivating: what is asked of sellers, what is held, and what they make of it.

use flighting_core::campaign::CampaignStatus;
use flighting_core::execution::{self, FollowUp, WishAnswer};
use flighting_core::media_buy::{BuyFlag, MediaBuyStatus, SellerBuyStatus, Wish};

use super::common::{
    AFTER, accepted, at, campaign_of, execute, fields, no, outcome, product, seller_buy, waiting,
};
use super::{NOW, ids, in_status, running};

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
