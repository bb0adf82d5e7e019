//! Periods that are appended to what was bought.

use super::*;

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
