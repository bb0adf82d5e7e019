//! Buys with all there is to say of them, and the requests that place and change them, in each
//! dialect and for each kind of account.

use std::sync::Arc;

use flighting_core::budget::PacingStrategy;
use flighting_core::execution::{PlannedBuy, PlannedPackage};
use flighting_core::flight::Flight;
use flighting_core::goal::{
    Attribution, EventGoal, EventGoalParts, EventSource, EventSourceParts, EventTarget, EventType,
    Goal, Metric, MetricGoal, MetricGoalParts, MetricTarget, Positive,
};
use flighting_core::ids::{AgentId, CampaignId, MediaBuyId, PackageId, ProductId, ProductKey};
use flighting_core::media_buy::StartTime;
use flighting_core::money::{Currency, Money};
use flighting_core::selection::{ReportFrequency, SelectedProduct};
use flighting_core::targeting::{
    Channel, Constraints, Country, DevicePlatform, DeviceType, Language, MetroSystem, Metros,
    PostalAreas, PostalSystem, Region, Window, WindowUnit,
};
use flighting_server::adcp::requests::{self, AccountRef, BrandRef, Buyer};
use flighting_server::adcp::webhook::PushConfig;
use flighting_server::adcp::{Dialect, Version};
use serde_json::value::RawValue;

use super::{KEY, changed};

/// Where an agent writes to us; the secrets are put in when a request is sent.
fn push(has_shared_secret: bool) -> PushConfig {
    PushConfig {
        url: "https://planner.example/adcp/webhooks/0123456789abcdef".to_owned(),
        has_shared_secret,
        reports: Some(ReportFrequency::Hourly),
    }
}

fn at(text: &str) -> chrono::DateTime<chrono::Utc> {
    text.parse().unwrap()
}

fn positive(text: &str) -> Positive {
    Positive::new(text.parse().unwrap()).unwrap()
}

pub fn money(minor: i64, currency: &str) -> Money {
    Money::from_minor(minor, Currency::parse(currency).unwrap()).unwrap()
}

pub fn package(
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

pub fn planned(start: StartTime, packages: Vec<PlannedPackage>) -> PlannedBuy {
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

pub fn constraints(everywhere: bool) -> Constraints {
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

pub fn buyers() -> Vec<Buyer> {
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

pub fn creates(buyer: &Buyer) -> Vec<Box<RawValue>> {
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
pub fn updates(buyer: &Buyer) -> Vec<Box<RawValue>> {
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
