//! What reactivating demands, from the answer that a page holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod common;

use common::*;
use flighting_core::campaign::Campaign;
use flighting_core::execution::settle;
use flighting_core::media_buy::SellerBuyStatus;
use flighting_core::wire::campaign::{CampaignOut, CampaignView, Reactivation, reactivation};

fn advertiser() -> flighting_core::advertiser::Advertiser {
    use flighting_core::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
    Advertiser {
        id: flighting_core::ids::AdvertiserId::parse("adv_1").unwrap(),
        name: "Aurora".into(),
        description: None,
        brand: Brand::parse("aurora.example").unwrap(),
        currency: usd(),
        apply_mode: ApplyMode::Manual,
        margin_percent: flighting_core::budget::Percent::new(0.into()).unwrap(),
        sandbox: true,
        caps: Vec::new(),
        status: AdvertiserStatus::Active,
        created_at: at(BEFORE),
        updated_at: at(BEFORE),
        revision: 1,
    }
}

/// Two buys over three periods: the first is taken, the second waits; then the campaign is paused
/// and the first seller confirms.
fn paused() -> Campaign {
    let mut campaign = campaign_of(fields("276000", Some(three_periods())));
    let selection = [
        product("alder", "news", Some("92000")),
        product("birch", "radio", Some("46000")),
    ];
    execute(&mut campaign, &selection, &mut Sequence::default(), BEFORE).unwrap();
    let buys = campaign.buys().to_vec();
    let outcomes = [
        accepted(&buys[0], SellerBuyStatus::Active),
        outcome(&buys[1], waiting()),
    ];
    settle(&mut campaign, &outcomes, at(BEFORE));
    campaign
        .pause(at("2027-07-06T09:00:00Z"))
        .expect("a running campaign is paused");
    campaign
}

fn told(campaign: &Campaign, now: &str) -> Reactivation {
    let out = CampaignOut::of(CampaignView {
        campaign,
        advertiser: &advertiser(),
        selection: &[],
    })
    .unwrap();
    reactivation(&out, at(now), 1).unwrap()
}

#[test]
fn the_days_left_have_to_take_what_is_left_and_a_period_that_is_over_is_lost() {
    let campaign = paused();
    let told = told(&campaign, "2027-07-11T10:00:00Z");
    let cell = |buy: usize, package: usize| campaign.buys()[buy].packages[package].budget;
    let lost = cell(0, 0).plus(cell(1, 0)).unwrap();
    assert_eq!(told.from[0].lost, lost);
    // Five days of the second period are left; of each package the share is rounded up.
    let need = |buy: usize| (cell(buy, 1).minor() + 4) / 5;
    let (day_of, first) = told.from[0].first.unwrap();
    assert_eq!(day_of, day("2027-07-11"));
    assert_eq!(first.minor(), need(0) + need(1));
    // A day later the same money has a day less.
    assert!(told.from[1].first.unwrap().1.minor() > first.minor());
    let waits = cell(1, 0)
        .plus(cell(1, 1))
        .and_then(|sum| sum.plus(cell(1, 2)))
        .unwrap();
    assert_eq!(told.waiting, waits);
    assert_eq!((told.buys, told.stay_paused, told.over), (2, 0, 0));
}

#[test]
fn what_is_over_does_not_come_back() {
    let told = told(&paused(), AFTER);
    assert_eq!(told.from[0].first, None);
    assert_eq!(told.over, 1);
}
