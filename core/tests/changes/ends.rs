//! Flights that move, and buys and packages that end.

use super::*;

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
