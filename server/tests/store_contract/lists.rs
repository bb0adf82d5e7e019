//! Lists of campaigns: filters, orders, pages.

use flighting_core::campaign::CampaignStatus;
use flighting_core::execution::{self, Answer, Outcome};
use flighting_core::flight::{DayRange, Flight};
use flighting_core::ids::AdvertiserId;
use flighting_core::media_buy::{MediaBuyStatus, SellerError};
use flighting_core::wire::campaign::CampaignOrder;
use flighting_server::store::{CampaignFilter, Store};

use crate::samples::*;

pub fn all() -> CampaignFilter {
    CampaignFilter {
        take: 50,
        ..CampaignFilter::default()
    }
}

pub async fn names(store: &dyn Store, filter: &CampaignFilter) -> (Vec<String>, u64) {
    let page = store.campaigns(&mine(), filter).await.unwrap();
    (
        page.rows.into_iter().map(|row| row.name).collect(),
        page.total,
    )
}

pub async fn lists_are_newest_first_and_count_all(store: Handle) {
    settle_in(&*store).await;
    for (id, created) in [("b", 2), ("a", 1), ("d", 3), ("c", 3)] {
        add(&*store, &campaign(id, id, created)).await;
    }
    assert_eq!(
        names(&*store, &all()).await,
        (vec!["d".into(), "c".into(), "b".into(), "a".into()], 4)
    );
    let two = CampaignFilter {
        take: 2,
        skip: 1,
        ..all()
    };
    assert_eq!(
        names(&*store, &two).await,
        (vec!["c".into(), "b".into()], 4)
    );
    let beyond = CampaignFilter { skip: 9, ..all() };
    assert_eq!(names(&*store, &beyond).await, (vec![], 4));
    let none = CampaignFilter { take: 0, ..all() };
    assert_eq!(names(&*store, &none).await, (vec![], 4));
}

pub async fn lists_come_in_every_order(store: Handle) {
    settle_in(&*store).await;
    // Name, first day, last day; `b` and `B` are one name, `b` and `c` start together.
    for (id, name, first, last, created) in [
        ("p", "b", "2027-03-01", "2027-03-31", 3),
        ("q", "c", "2027-03-01", "2027-03-09", 1),
        ("r", "B", "2027-01-01", "2027-12-31", 2),
        ("s", "a", "2027-02-01", "2027-03-31", 4),
    ] {
        let mut plan = plan_fields(name);
        plan.flight = Flight::over(DayRange::new(day(first), day(last)).unwrap());
        add(&*store, &planned(&mine(), id, plan, created)).await;
    }
    let ids = async |filter: CampaignFilter| {
        let page = store.campaigns(&mine(), &filter).await.unwrap();
        let ids = page.rows.iter().map(|row| row.id.to_string());
        ids.map(|id| id.replace("cmp_", "")).collect::<String>()
    };
    for (order, expected) in [
        (CampaignOrder::Newest, "sprq"),
        (CampaignOrder::Oldest, "qrps"),
        (CampaignOrder::Name, "sprq"),
        (CampaignOrder::NameBackwards, "qrps"),
        (CampaignOrder::EarliestStart, "rspq"),
        (CampaignOrder::LatestStart, "qpsr"),
        (CampaignOrder::EarliestEnd, "qpsr"),
        (CampaignOrder::LatestEnd, "rspq"),
    ] {
        assert_eq!(
            ids(CampaignFilter { order, ..all() }).await,
            expected,
            "{order}"
        );
        let mut pieces = String::new();
        for skip in 0..5 {
            let page = CampaignFilter {
                order,
                skip,
                take: 1,
                ..all()
            };
            pieces += &ids(page).await;
        }
        assert_eq!(pieces, expected, "{order}, one by one");
    }
    // A plan that moves is listed where it went.
    let mut moved = plan_fields("z");
    moved.flight = Flight::over(DayRange::new(day("2026-01-01"), day("2028-01-01")).unwrap());
    put(&*store, &planned(&mine(), "q", moved, 1), 1).await;
    for (order, expected) in [
        (CampaignOrder::EarliestStart, "qrsp"),
        (CampaignOrder::LatestEnd, "qrsp"),
        (CampaignOrder::NameBackwards, "qrps"),
    ] {
        assert_eq!(
            ids(CampaignFilter { order, ..all() }).await,
            expected,
            "{order}"
        );
    }
    let some = CampaignFilter {
        order: CampaignOrder::Name,
        name_contains: Some("b".to_owned()),
        statuses: vec![CampaignStatus::Draft],
        ..all()
    };
    assert_eq!(ids(some).await, "pr");
}

pub async fn lists_filter_by_every_member(store: Handle) {
    settle_in(&*store).await;
    let other = AdvertiserId::parse("adv_other").unwrap();
    store
        .insert_advertiser(&mine(), &advertiser(other.clone(), "Other", 1))
        .await
        .unwrap();
    add(&*store, &campaign("draft", "draft", 1)).await;
    let launched = begun(
        campaign("sent", "sent", 2),
        &[product("north", "a", "10"), product("south", "b", "10")],
    );
    add(&*store, &launched).await;
    let mut archived = campaign("gone", "gone", 3);
    archived.archive(at(4)).unwrap();
    add(&*store, &archived).await;

    let of = |statuses: &[CampaignStatus]| CampaignFilter {
        statuses: statuses.to_vec(),
        ..all()
    };
    assert_eq!(
        names(&*store, &of(&[CampaignStatus::Archived])).await,
        (vec!["gone".into()], 1)
    );
    let live = of(&[CampaignStatus::Draft, CampaignStatus::Active]);
    assert_eq!(
        names(&*store, &live).await,
        (vec!["sent".into(), "draft".into()], 2)
    );
    let both = CampaignFilter {
        advertiser_id: Some(advertiser_of(&mine())),
        ..live.clone()
    };
    assert_eq!(names(&*store, &both).await.1, 2);
    let others = CampaignFilter {
        advertiser_id: Some(other),
        ..all()
    };
    assert_eq!(names(&*store, &others).await, (vec![], 0));

    let buys = |statuses: &[MediaBuyStatus]| CampaignFilter {
        buy_statuses: statuses.to_vec(),
        ..all()
    };
    assert_eq!(
        names(&*store, &buys(&[MediaBuyStatus::Draft])).await,
        (vec!["sent".into()], 1)
    );
    assert_eq!(
        names(&*store, &buys(&[MediaBuyStatus::Active])).await,
        (vec![], 0)
    );
    let not_sent = Answer::Failed(SellerError {
        code: "not_sent".into(),
        message: "no route".into(),
        field: None,
        suggestion: None,
        recovery: None,
        retry_after_s: None,
    });
    let failed = [Outcome::of(&launched.buys()[0], not_sent, None)];
    let mut settled = launched.clone();
    execution::settle(&mut settled, &failed, at(70));
    put(&*store, &settled, 1).await;
    for status in [MediaBuyStatus::Draft, MediaBuyStatus::Failed] {
        assert_eq!(
            names(&*store, &buys(&[status])).await,
            (vec!["sent".into()], 1),
            "{status:?}"
        );
    }
    let either = buys(&[MediaBuyStatus::Failed, MediaBuyStatus::Active]);
    assert_eq!(names(&*store, &either).await, (vec!["sent".into()], 1));
}

pub async fn names_are_found_whatever_their_capitals(store: Handle) {
    settle_in(&*store).await;
    for (n, name) in ["Sommer für Ältere", "SUMMER 50%", "winter_sale"]
        .into_iter()
        .enumerate()
    {
        add(
            &*store,
            &campaign(&format!("{n}"), name, i64::try_from(n).unwrap()),
        )
        .await;
    }
    for (part, expected) in [
        ("für ält", vec!["Sommer für Ältere"]),
        ("FÜR ÄLT", vec!["Sommer für Ältere"]),
        ("mmer", vec!["SUMMER 50%", "Sommer für Ältere"]),
        ("0%", vec!["SUMMER 50%"]),
        ("%", vec!["SUMMER 50%"]),
        ("r_s", vec!["winter_sale"]),
        ("", vec!["winter_sale", "SUMMER 50%", "Sommer für Ältere"]),
        ("'; DROP TABLE campaigns", vec![]),
    ] {
        let filter = CampaignFilter {
            name_contains: Some(part.to_owned()),
            ..all()
        };
        let (found, total) = names(&*store, &filter).await;
        assert_eq!(found, expected, "{part}");
        assert_eq!(total, expected.len() as u64, "{part}");
    }
}

pub async fn a_page_of_many_is_the_same_as_the_whole_cut_up(store: Handle) {
    settle_in(&*store).await;
    for n in 0..60 {
        add(
            &*store,
            &campaign(&format!("c{n:03}"), &format!("Campaign {n}"), n / 3),
        )
        .await;
    }
    let (whole, total) = names(&*store, &CampaignFilter { take: 250, ..all() }).await;
    assert_eq!((whole.len(), total), (60, 60));
    let mut pieces = Vec::new();
    for skip in (0..70).step_by(7) {
        let (piece, total) = names(
            &*store,
            &CampaignFilter {
                take: 7,
                skip,
                ..all()
            },
        )
        .await;
        assert_eq!(total, 60);
        pieces.extend(piece);
    }
    assert_eq!(pieces, whole);
}
