//! Every pair of status and action, and wishes of one buy.

use super::*;

#[test]
fn the_table_of_status_and_action() {
    let with_change = |answer: Option<ChangeAnswer>| {
        let mut campaign = running(SellerBuyStatus::Active);
        let command = budget(&campaign, 0, "310");
        act(&mut campaign, command).unwrap();
        if let Some(answer) = answer {
            settle(&mut campaign, answer);
        }
        campaign
    };
    let ended = |status| {
        let mut campaign = running(SellerBuyStatus::Active);
        let id = campaign.buys()[0].id.clone();
        let seller = seller_buy(&campaign.buys()[0], status);
        execution::observe(&mut campaign, &id, &seller, at(NOW));
        campaign
    };
    let sent = || {
        let mut campaign = campaign_of(fields("1000", None));
        let products = [
            product("a", "p", Some("300")),
            product("a", "q", Some("300")),
        ];
        execute(&mut campaign, &products, &mut Sequence::default(), BEFORE).unwrap();
        campaign
    };
    let unconfirmed = || {
        answered(|campaign| {
            let mut seller = seller_buy(&campaign.buys()[0], SellerBuyStatus::PendingStart);
            seller.confirmed = false;
            Answer::Accepted(seller)
        })
    };
    let archived = || {
        let mut campaign = answered(|_| Answer::Failed(no("not_sent")));
        act(&mut campaign, BuyCommand::Delete).unwrap();
        campaign
    };
    use MediaBuyStatus as S;
    // Columns: name, budget, end, goals, pause, products, cancel, cancel one package, delete.
    // S goes to the seller, H waits for its yes, D is done, F in flight, T over, X wrong status.
    let table: [(&str, S, Campaign, &str); 15] = [
        ("on its way", S::Draft, sent(), "FFFFFXFFF"),
        (
            "silent",
            S::PendingApproval,
            answered(|_| silent()),
            "FFFFFXFFF",
        ),
        (
            "not named",
            S::PendingApproval,
            answered(|_| waiting()),
            "DFFFDXHFH",
        ),
        ("named", S::PendingApproval, unconfirmed(), "DSSSDXSSS"),
        (
            "needs input",
            S::InputRequired,
            running(SellerBuyStatus::PendingCreatives),
            "DSSSDXSSS",
        ),
        (
            "active",
            S::Active,
            running(SellerBuyStatus::Active),
            "DSSSDXSSS",
        ),
        (
            "paused",
            S::Paused,
            running(SellerBuyStatus::Paused),
            "DSSSDXSSS",
        ),
        ("change open", S::Active, with_change(None), "FFFFFXFFF"),
        (
            "change silent",
            S::Active,
            with_change(Some(ChangeAnswer::Silent("?".into()))),
            "FFFFFXFFF",
        ),
        (
            "change submitted",
            S::Active,
            with_change(Some(thinks())),
            "DSSSDXSSS",
        ),
        (
            "completed",
            S::Completed,
            ended(SellerBuyStatus::Completed),
            "TTTTTXTTD",
        ),
        (
            "canceled",
            S::Canceled,
            ended(SellerBuyStatus::Canceled),
            "TTTTTXTTD",
        ),
        (
            "failed",
            S::Failed,
            answered(|_| Answer::Failed(no("not_sent"))),
            "TTTTTXTTD",
        ),
        (
            "rejected",
            S::Rejected,
            answered(|_| Answer::Rejected(no("POLICY_VIOLATION"))),
            "TTTTTXTTD",
        ),
        ("archived", S::Archived, archived(), "TTTTTXTTT"),
    ];
    for (name, status, campaign, row) in table {
        assert_eq!(campaign.buys()[0].status, status, "{name}");
        let of = |update: BuyUpdate| BuyCommand::Update(Box::new(update));
        let commands = [
            of(BuyUpdate {
                name: Some("Other".to_owned()),
                ..BuyUpdate::default()
            }),
            budget(&campaign, 0, "350"),
            of(BuyUpdate {
                end: Some(at("2027-07-31T23:59:59Z")),
                ..BuyUpdate::default()
            }),
            of(BuyUpdate {
                goals: Some(vec![clicks()]),
                ..BuyUpdate::default()
            }),
            of(BuyUpdate {
                paused: Some(true),
                ..BuyUpdate::default()
            }),
            of(BuyUpdate {
                products: vec![ProductId("p".to_owned())],
                ..BuyUpdate::default()
            }),
            cancel(),
            BuyCommand::Cancel {
                reason: None,
                packages: Some(vec![campaign.buys()[0].packages[1].id.clone()]),
            },
            BuyCommand::Delete,
        ];
        for (command, expected) in commands.into_iter().zip(row.chars()) {
            let mut after = campaign.clone();
            let said = match act(&mut after, command.clone()) {
                Ok(updated) => match updated.asked[0].step {
                    Step::Sent(number) => {
                        assert_eq!(updated.to_send, [after.buys()[0].id.clone()]);
                        assert_eq!(
                            after.buys()[0].pending_change.as_ref().unwrap().number,
                            number
                        );
                        assert_eq!(after.buys()[0].status, status, "the live status stays");
                        'S'
                    }
                    Step::Held => 'H',
                    Step::Done => 'D',
                    Step::AlreadySo => 'A',
                },
                Err(Refusal::Conflict {
                    what: Conflict::InFlight,
                    media_buys,
                    ..
                }) => {
                    assert_eq!(media_buys, [campaign.buys()[0].id.to_string()]);
                    'F'
                }
                Err(Refusal::Conflict {
                    what: Conflict::TerminalBuy,
                    ..
                }) => 'T',
                Err(Refusal::Invalid(found)) if found[0].code == Code::WrongStatus => {
                    assert_eq!(found[0].path, "mediaBuys[0].products");
                    'X'
                }
                Err(other) => panic!("{name} {command:?}: {other:?}"),
            };
            assert_eq!(said, expected, "{name}: {command:?}");
            if "FTX".contains(expected) {
                assert_eq!(
                    after, campaign,
                    "a refused action changed a buy that is {name}"
                );
            } else {
                assert_eq!(after.revision(), campaign.revision() + 1);
            }
        }
    }
}

#[test]
fn pausing_one_buy_is_its_own_wish() {
    let mut campaign = running(SellerBuyStatus::Active);
    let of = |paused| {
        BuyCommand::Update(Box::new(BuyUpdate {
            paused: Some(paused),
            ..BuyUpdate::default()
        }))
    };
    let updated = act(&mut campaign, of(true)).unwrap();
    assert_eq!(updated.wishes[0].wish, Wish::Pause);
    campaign.pause(at(NOW)).unwrap();
    campaign.reactivate(at(NOW)).unwrap();
    assert_eq!(
        campaign.buys()[0].wish,
        Some(Wish::Pause),
        "its own pause outlives the campaign's"
    );
    let updated = act(&mut campaign, of(false)).unwrap();
    assert_eq!(updated.wishes[0].wish, Wish::Resume);
    assert_eq!(
        campaign.buys()[0]
            .undecided_change()
            .map(|change| change.state),
        None::<ChangeState>
    );
}
