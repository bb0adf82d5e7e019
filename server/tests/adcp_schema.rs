//! Every request we build, and every answer our tables call valid, against the official schemas
//! of AdCP 3.0, 3.1 and 3.2. They are not part of this project: `cargo xtask test server` fetches
//! them and says where they are.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use flighting_core::budget::PacingStrategy;
use flighting_core::execution::{PlannedBuy, PlannedPackage};
use flighting_core::flight::{DayRange, Flight};
use flighting_core::goal::{
    Attribution, EventGoal, EventGoalParts, EventSource, EventSourceParts, EventTarget, EventType,
    Goal, Metric, MetricGoal, MetricGoalParts, MetricTarget, Positive,
};
use flighting_core::ids::{AgentId, CampaignId, MediaBuyId, PackageId, ProductId, ProductKey};
use flighting_core::media_buy::StartTime;
use flighting_core::money::{Currency, Money};
use flighting_core::selection::{DiscoveryQuery, ReportFrequency, SelectedProduct};
use flighting_core::targeting::{
    Channel, Constraints, Country, DevicePlatform, DeviceType, Language, MetroSystem, Metros,
    PostalAreas, PostalSystem, Region, Window, WindowUnit,
};
use flighting_core::wire::Json;
use flighting_server::adcp::requests::{self, AccountRef, BrandRef, Buyer, Which};
use flighting_server::adcp::webhook::PushConfig;
use flighting_server::adcp::{Dialect, Version};
use jsonschema::{Retrieve, Uri, Validator};
use serde_json::value::RawValue;
use serde_json::{Value, json};

#[path = "fixtures/changed.rs"]
mod changed;

const KEY: &str = "0d6f2a3e-8b1c-4f2e-9a77-5b1e2c3d4f50";

/// Where an agent writes to us; the secrets are put in when a request is sent.
fn push(has_shared_secret: bool) -> PushConfig {
    PushConfig {
        url: "https://planner.example/adcp/webhooks/0123456789abcdef".to_owned(),
        has_shared_secret,
        reports: Some(ReportFrequency::Hourly),
    }
}

fn folder() -> PathBuf {
    std::env::var_os("FLIGHTING_ADCP_SCHEMAS").map(PathBuf::from).unwrap_or_else(|| {
        panic!("expected the folder with AdCP's schemas in FLIGHTING_ADCP_SCHEMAS: run `cargo xtask test server`, which fetches them")
    })
}

/// Finds `…/schemas/3.1.27/core/error.json` in the folder of 3.1.
struct Official;

impl Retrieve for Official {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let path = uri.path().as_str();
        let rest = path
            .split("/schemas/")
            .nth(1)
            .ok_or_else(|| format!("no schema at {path}"))?;
        let (release, file) = rest
            .split_once('/')
            .ok_or_else(|| format!("no schema at {path}"))?;
        let line: Vec<&str> = release.splitn(3, '.').take(2).collect();
        let text = std::fs::read_to_string(folder().join(line.join(".")).join(file))
            .map_err(|error| format!("{path}: {error}"))?;
        Ok(serde_json::from_str(&text)?)
    }
}

#[derive(Default)]
struct Schemas(HashMap<(String, String), Validator>);

impl Schemas {
    fn get(&mut self, release: &str, file: &str) -> &Validator {
        self.0
            .entry((release.to_owned(), file.to_owned()))
            .or_insert_with(|| {
                let path = folder().join(release).join(file);
                let text = std::fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                jsonschema::options()
                    .with_retriever(Official)
                    .with_base_uri(format!(
                        "https://adcontextprotocol.org/schemas/{release}.0/{file}"
                    ))
                    .should_validate_formats(true)
                    .build(&serde_json::from_str(&text).unwrap())
                    .unwrap_or_else(|error| panic!("{release}/{file}: {error}"))
            })
    }

    fn errors(&mut self, release: &str, file: &str, value: &Value) -> Vec<String> {
        self.get(release, file)
            .iter_errors(value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect()
    }

    fn valid(&mut self, release: &str, file: &str, value: &Value, what: &str) {
        let errors = self.errors(release, file, value);
        assert!(
            errors.is_empty(),
            "{what} against {release}/{file}: {errors:#?}\n{value:#}"
        );
    }
}

fn at(text: &str) -> chrono::DateTime<chrono::Utc> {
    text.parse().unwrap()
}

fn positive(text: &str) -> Positive {
    Positive::new(text.parse().unwrap()).unwrap()
}

fn money(minor: i64, currency: &str) -> Money {
    Money::from_minor(minor, Currency::parse(currency).unwrap()).unwrap()
}

fn package(
    number: u32,
    budget: Money,
    pacing: PacingStrategy,
    bid: Option<&str>,
    starts_at_once: bool,
) -> PlannedPackage {
    let agent_id = AgentId::parse("agt_1").unwrap();
    PlannedPackage {
        package_id: PackageId::parse(&format!("pkg_{number}")).unwrap(),
        product: Arc::new(SelectedProduct {
            key: ProductKey {
                agent_id,
                product_id: ProductId("run of site / ü".into()),
            },
            agent_name: "Seller".into(),
            name: "Run of site".into(),
            pricing_option_id: "po-cpm".into(),
            pricing_model: "cpm".into(),
            fixed_price: None,
            min_spend_per_package: None,
            formats: Vec::new(),
            budget: Some(budget),
            bid: bid.map(|bid| bid.parse().unwrap()),
            selected_at: at("2026-11-01T00:00:00Z"),
        }),
        period: None,
        window: Flight::new(at("2027-01-01T00:00:00Z"), at("2027-01-15T23:59:59Z")).unwrap(),
        starts_at_once,
        budget,
        pacing,
        bid: bid.map(|bid| bid.parse().unwrap()),
    }
}

fn planned(start: StartTime, packages: Vec<PlannedPackage>) -> PlannedBuy {
    PlannedBuy {
        media_buy_id: MediaBuyId::parse("mb_1").unwrap(),
        reuses_failed: false,
        agent_id: AgentId::parse("agt_1").unwrap(),
        agent_name: "Seller".into(),
        name: "Launch - Seller".into(),
        start,
        end: at("2027-01-31T23:59:59Z"),
        packages,
    }
}

fn all_goals() -> Vec<Goal> {
    let source = |event_type, custom: Option<&str>, value: Option<&str>| {
        EventSource::new(EventSourceParts {
            event_source_id: "es_web".into(),
            event_type,
            custom_event_name: custom.map(str::to_owned),
            value_field: value.map(str::to_owned),
            value_factor: value.map(|_| "0.01".parse().unwrap()),
        })
        .unwrap()
    };
    let event = |target, priority| {
        Goal::Event(
            EventGoal::new(EventGoalParts {
                sources: vec![
                    source(EventType::Purchase, None, Some("value")),
                    source(EventType::Custom, Some("test_drive"), None),
                ],
                target,
                attribution: Attribution::new(
                    Window::new(7, WindowUnit::Days),
                    Window::new(1, WindowUnit::Days),
                ),
                priority,
            })
            .unwrap(),
        )
    };
    let metric = |metric, view_duration_seconds, target| {
        Goal::Metric(
            MetricGoal::new(MetricGoalParts {
                metric,
                view_duration_seconds,
                target,
                priority: Some(2),
            })
            .unwrap(),
        )
    };
    let mut goals = vec![
        event(Some(EventTarget::CostPer(positive("25"))), Some(1)),
        event(Some(EventTarget::PerAdSpend(positive("4.5"))), None),
        event(Some(EventTarget::MaximizeValue), None),
        event(None, None),
        metric(
            Metric::CompletedViews,
            Some(positive("6.5")),
            Some(MetricTarget::ThresholdRate(positive("0.7"))),
        ),
        metric(
            Metric::Clicks,
            None,
            Some(MetricTarget::CostPer(positive("1.200001"))),
        ),
    ];
    goals.extend(Metric::ALL.iter().map(|word| metric(*word, None, None)));
    goals
}

fn constraints(everywhere: bool) -> Constraints {
    let postal = |country: &str, system, value: &str| PostalAreas {
        country: Country::parse(country).unwrap(),
        system,
        values: vec![value.to_owned()],
    };
    let mut postal_areas = vec![
        postal("US", PostalSystem::Zip, "94103"),
        postal("US", PostalSystem::ZipPlusFour, "94103-1234"),
        postal("GB", PostalSystem::Outward, "SW1A"),
        postal("GB", PostalSystem::Full, "SW1A 1AA"),
        postal("CA", PostalSystem::Fsa, "K1A"),
        postal("CA", PostalSystem::Full, "K1A 0B1"),
        postal("DE", PostalSystem::Plz, "10115"),
        postal("CH", PostalSystem::Plz, "8001"),
        postal("AT", PostalSystem::Plz, "1010"),
        postal("FR", PostalSystem::CodePostal, "75001"),
        postal("AU", PostalSystem::Postcode, "2000"),
    ];
    if everywhere {
        postal_areas.push(postal("BR", PostalSystem::Cep, "01001-000"));
        postal_areas.push(postal("NL", PostalSystem::PostalCode, "1011"));
    }
    Constraints {
        channels: vec![Channel::Display, Channel::Ctv],
        countries: vec![Country::parse("US").unwrap()],
        countries_exclude: vec![Country::parse("FR").unwrap()],
        regions: vec![Region::parse("US-CA").unwrap()],
        regions_exclude: vec![Region::parse("US-NV").unwrap()],
        metros: vec![Metros {
            system: MetroSystem::NielsenDma,
            values: vec!["501".into()],
        }],
        metros_exclude: vec![Metros {
            system: MetroSystem::UkItl2,
            values: vec!["UKI3".into()],
        }],
        postal_areas,
        postal_areas_exclude: vec![postal("US", PostalSystem::Zip, "94104")],
        languages: vec![Language::parse("en").unwrap()],
        device_types: vec![DeviceType::Mobile],
        device_types_exclude: vec![DeviceType::Dooh],
        device_platforms: vec![DevicePlatform::Ios, DevicePlatform::FireOs],
    }
}

fn buyers() -> Vec<Buyer> {
    let accounts = [
        AccountRef::Id {
            account_id: "acc_1".into(),
        },
        AccountRef::Natural {
            brand: BrandRef {
                domain: "acme.example".into(),
            },
            operator: "agency.example".into(),
            sandbox: false,
        },
        AccountRef::Natural {
            brand: BrandRef {
                domain: "acme.example".into(),
            },
            operator: "agency.example".into(),
            sandbox: true,
        },
    ];
    let dialects = [
        Dialect {
            pin: Version::V3_0,
            listed: false,
        },
        Dialect {
            pin: Version::V3_0,
            listed: true,
        },
        Dialect {
            pin: Version::V3_1,
            listed: true,
        },
        Dialect {
            pin: Version::V3_2,
            listed: true,
        },
    ];
    dialects
        .into_iter()
        .flat_map(|dialect| {
            accounts.clone().map(|account| Buyer {
                dialect,
                brand: "acme.example".into(),
                account,
            })
        })
        .collect()
}

fn creates(buyer: &Buyer) -> Vec<Box<RawValue>> {
    let campaign = CampaignId::parse("cmp_1").unwrap();
    let rich = planned(
        StartTime::At(at("2027-01-01T00:00:00Z")),
        vec![
            package(
                1,
                money(8_406_091, "USD"),
                PacingStrategy::Even,
                Some("6.50"),
                false,
            ),
            package(2, money(1, "USD"), PacingStrategy::FrontLoaded, None, false),
            package(
                3,
                money(999_999_999_999_999, "USD"),
                PacingStrategy::Asap,
                None,
                true,
            ),
        ],
    );
    let begun = planned(
        StartTime::Asap,
        vec![package(
            1,
            money(1000, "JPY"),
            PacingStrategy::Even,
            None,
            true,
        )],
    );
    let only_channels = Constraints {
        channels: vec![Channel::Olv],
        ..Constraints::default()
    };
    let everywhere = buyer.dialect.pin != Version::V3_0;
    [
        requests::create_media_buy(
            buyer,
            KEY,
            &campaign,
            &rich,
            &all_goals(),
            &constraints(everywhere),
            Some(&push(true)),
        ),
        requests::create_media_buy(
            buyer,
            KEY,
            &campaign,
            &begun,
            &[],
            &only_channels,
            Some(&push(false)),
        ),
        requests::create_media_buy(
            buyer,
            KEY,
            &campaign,
            &begun,
            &[],
            &Constraints::default(),
            None,
        ),
    ]
    .map(Result::unwrap)
    .into()
}

/// Changes of every kind, of a buy that was placed as planned.
fn updates(buyer: &Buyer) -> Vec<Box<RawValue>> {
    let everywhere = buyer.dialect.pin != Version::V3_0;
    let campaign_id = CampaignId::parse("cmp_1").unwrap();
    let limits = constraints(everywhere);
    let buy = changed::placed(&limits);
    changed::proposals(&buy, all_goals())
        .into_iter()
        .map(|change| {
            requests::update_media_buy(
                buyer,
                KEY,
                requests::Changing {
                    campaign_id: &campaign_id,
                    buy: &buy,
                    change: &change,
                    constraints: &limits,
                },
            )
            .unwrap()
        })
        .collect()
}

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
fn what_the_schemas_forbid_is_refused_by_them() {
    let mut schemas = Schemas::default();
    let buyer = buyers().pop().unwrap();
    let valid: Value = serde_json::from_str(creates(&buyer).remove(1).get()).unwrap();
    let broken = |path: &str, value: Value| {
        let mut body = valid.clone();
        *body.pointer_mut(path).unwrap() = value;
        body
    };
    let create = "media-buy/create-media-buy-request.json";
    for release in ["3.0", "3.1", "3.2"] {
        for (what, body) in [
            (
                "a budget object",
                broken(
                    "/packages/0/budget",
                    json!({"amount": 5, "currency": "USD"}),
                ),
            ),
            (
                "a merged account",
                broken(
                    "/account",
                    json!({"account_id": "a", "brand": {"domain": "acme.example"}, "operator": "agency.example"}),
                ),
            ),
            (
                "a start that is no time",
                broken("/start_time", json!("soon")),
            ),
            (
                "a pacing word in capitals",
                broken("/packages/0/pacing", json!("EVEN")),
            ),
            ("a short key", broken("/idempotency_key", json!("short"))),
        ] {
            assert!(
                !schemas.errors(release, create, &body).is_empty(),
                "{release} accepts {what}"
            );
        }
        let no_mode = json!({"adcp_major_version": 3, "brief": "x"});
        assert!(
            !schemas
                .errors(release, "media-buy/get-products-request.json", &no_mode)
                .is_empty()
        );
    }
}

#[test]
fn answers_that_the_tables_call_valid_are_valid() {
    let mut schemas = Schemas::default();
    for (text, file) in [
        (
            include_str!("fixtures/adcp/create.json"),
            "media-buy/create-media-buy-response.json",
        ),
        (
            include_str!("fixtures/adcp/task.json"),
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
