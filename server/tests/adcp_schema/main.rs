//! Every request we build, and every answer our tables call valid, against the official schemas
//! of AdCP 3.0, 3.1 and 3.2. They are not part of this project: `cargo xtask test server` fetches
//! them and says where they are.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[path = "../fixtures/changed.rs"]
mod changed;

mod official;
mod samples;

use flighting_core::budget::PacingStrategy;
use flighting_core::flight::DayRange;
use flighting_core::ids::CampaignId;
use flighting_core::media_buy::StartTime;
use flighting_core::selection::DiscoveryQuery;
use flighting_core::targeting::Constraints;
use flighting_core::wire::Json;
use flighting_server::adcp::requests::{self, Buyer, Which};
use flighting_server::adcp::{Dialect, Version};
use official::Schemas;
use samples::{buyers, constraints, creates, money, package, planned, updates};
use serde_json::Value;

const KEY: &str = "0d6f2a3e-8b1c-4f2e-9a77-5b1e2c3d4f50";

#[test]
fn every_request_is_valid_in_its_release_and_in_3_1() {
    let mut schemas = Schemas::default();
    let query = DiscoveryQuery {
        brief: Some("  premium display, January  ".into()),
        channels: vec!["display".into(), "video".into()],
        countries: vec!["US".into()],
        budget: Some(money(2_500_000, "USD")),
        days: DayRange::new("2027-01-01".parse().unwrap(), "2027-01-31".parse().unwrap()),
    };
    for buyer in buyers() {
        let Buyer {
            dialect, account, ..
        } = &buyer;
        let ids = vec!["s_1".to_owned(), "s_2".to_owned()];
        let mut sent = vec![
            (
                "protocol/get-adcp-capabilities-request.json",
                requests::get_adcp_capabilities(*dialect),
            ),
            (
                "account/list-accounts-request.json",
                requests::list_accounts(*dialect, false, None),
            ),
            (
                "account/list-accounts-request.json",
                requests::list_accounts(*dialect, true, Some("next")),
            ),
            (
                "account/sync-accounts-request.json",
                requests::sync_accounts(
                    *dialect,
                    KEY,
                    "acme.example",
                    "agency.example",
                    "operator",
                    true,
                ),
            ),
            (
                "media-buy/get-products-request.json",
                requests::get_products(
                    *dialect,
                    "acme.example",
                    Some(account),
                    &query,
                    Some("next"),
                ),
            ),
            (
                "media-buy/get-products-request.json",
                requests::get_products(
                    *dialect,
                    "acme.example",
                    None,
                    &DiscoveryQuery::default(),
                    None,
                ),
            ),
            (
                "media-buy/get-media-buys-request.json",
                requests::get_media_buys(&buyer, Which::Ids(&ids), None),
            ),
            (
                "media-buy/get-media-buys-request.json",
                requests::get_media_buys(&buyer, Which::All, Some("next")),
            ),
            (
                "media-buy/update-media-buy-request.json",
                requests::set_paused(&buyer, KEY, "s_1", Some(3), true),
            ),
            (
                "media-buy/update-media-buy-request.json",
                requests::set_paused(&buyer, KEY, "s_1", None, false),
            ),
            (
                "media-buy/get-media-buy-delivery-request.json",
                requests::get_media_buy_delivery(&buyer, &ids, query.days),
            ),
            (
                "media-buy/get-media-buy-delivery-request.json",
                requests::get_media_buy_delivery(&buyer, &ids, None),
            ),
            (
                "core/tasks-get-request.json",
                requests::task_status(&buyer, "task_1", true),
            ),
        ];
        if dialect.pin != Version::V3_0 {
            sent.push((
                "protocol/get-task-status-request.json",
                requests::task_status(&buyer, "task_1", false),
            ));
        }
        // An answer to a seller's question is the same request with what was asked for.
        let data = [("po_number".to_owned(), Json::Text("7".to_owned()))];
        let fresh = "1e7f3b4f-9c2d-4e3f-8b88-6c2f3d4e5f61";
        sent.extend(creates(&buyer).into_iter().map(|create| {
            let answered = requests::answered(create.get(), KEY, fresh, &data).unwrap();
            assert!(answered.get().contains(fresh) && !answered.get().contains(KEY));
            ("media-buy/create-media-buy-request.json", Ok(answered))
        }));
        sent.extend(
            creates(&buyer)
                .into_iter()
                .map(|create| ("media-buy/create-media-buy-request.json", Ok(create))),
        );
        sent.extend(
            updates(&buyer)
                .into_iter()
                .map(|update| ("media-buy/update-media-buy-request.json", Ok(update))),
        );
        for (file, arguments) in sent {
            let value: Value = serde_json::from_str(arguments.unwrap().get()).unwrap();
            schemas.valid(dialect.pin.as_str(), file, &value, "request");
            schemas.valid("3.1", file, &value, "request");
        }
    }
}

#[test]
fn answers_that_the_tables_call_valid_are_valid() {
    let mut schemas = Schemas::default();
    for (text, file) in [
        (
            include_str!("../fixtures/adcp/create.json"),
            "media-buy/create-media-buy-response.json",
        ),
        (
            include_str!("../fixtures/adcp/task.json"),
            "protocol/get-task-status-response.json",
        ),
    ] {
        let cases: Vec<Value> = serde_json::from_str(text).unwrap();
        for case in cases {
            for release in case["valid_in"].as_array().into_iter().flatten() {
                schemas.valid(
                    release.as_str().unwrap(),
                    file,
                    &case["body"],
                    case["name"].as_str().unwrap(),
                );
            }
        }
    }
}

#[test]
fn money_windows_and_ids_stand_on_the_wire_as_planned() {
    let buyer = &buyers()[6];
    let written = creates(buyer);
    let rich = written[0].get();
    for part in [
        r#""budget":84060.91,"pacing":"even","bid_price":6.5,"start_time":"2027-01-01T00:00:00Z","end_time":"2027-01-15T23:59:59Z""#,
        r#""budget":0.01,"pacing":"front_loaded","start_time""#,
        r#""budget":9999999999999.99,"pacing":"asap","end_time""#,
        r#""context":{"package_id":"pkg_3"}"#,
        r#""context":{"campaign_id":"cmp_1","media_buy_id":"mb_1"}"#,
        r#""start_time":"2027-01-01T00:00:00Z","end_time":"2027-01-31T23:59:59Z","packages""#,
    ] {
        assert!(rich.contains(part), "expected {part} in {rich}");
    }
    let begun = written[1].get();
    assert!(
        begun.contains(r#""start_time":"asap""#) && begun.contains(r#""budget":1000,"#),
        "{begun}"
    );
    assert!(
        !begun.contains("targeting_overlay") && !begun.contains("optimization_goals"),
        "{begun}"
    );
    assert_eq!(creates(buyer)[0].get(), rich);
    let nowhere = Constraints {
        postal_areas: constraints(true).postal_areas,
        ..Constraints::default()
    };
    let old = Buyer {
        dialect: Dialect {
            pin: Version::V3_0,
            listed: false,
        },
        ..buyer.clone()
    };
    let plan = planned(
        StartTime::Asap,
        vec![package(
            1,
            money(1000, "JPY"),
            PacingStrategy::Even,
            None,
            true,
        )],
    );
    let unspeakable = requests::create_media_buy(
        &old,
        KEY,
        &CampaignId::parse("cmp_1").unwrap(),
        &plan,
        &[],
        &nowhere,
        None,
    );
    assert!(
        unspeakable
            .unwrap_err()
            .to_string()
            .contains("`cep` of `BR`")
    );
}
