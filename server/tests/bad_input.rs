//! Bad campaigns: every field outside its limits is named by its path, and nothing that comes is
//! ever our own failure.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use axum::body::Body;
use axum::http::Method;
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{Reply, TestApp};

/// A good body with every field.
fn good(advertiser: &str) -> Value {
    json!({
        "advertiserId": advertiser, "name": "Spring", "campaignType": "DECISIONED", "brief": "shoes",
        "flightDates": {"startDate": "2027-04-01", "endDate": "2027-04-30"},
        "budget": {"total": 1000, "currency": "USD", "dailyCap": 100, "pacing": "EVEN"},
        "fees": [{"pricingType": "MARGIN", "marginPercent": 8}],
        "constraints": {"channels": ["display"], "countries": ["US"]},
        "performanceConfig": {"optimizationGoals": [{"kind": "metric", "metric": "clicks"}]},
        "optimizationApplyMode": "MANUAL",
        "pacingPeriods": {"mode": "weight", "periods": [
            {"label": "all", "start": "2027-04-01", "end": "2027-04-30", "weight": 1}]},
        "frequencyCaps": [{"max_impressions": 3, "window": {"interval": 1, "unit": "days"}}],
    })
}

/// The body with one place of it replaced.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        parent => parent[name] = value,
    }
    body
}

/// A place, what is put there, and the path that is told first.
fn table() -> Vec<(&'static str, Value, &'static str)> {
    let long = |n: usize| Value::from("x".repeat(n));
    vec![
        ("/name", json!(""), "name"),
        ("/name", json!("   "), "name"),
        ("/name", long(256), "name"),
        ("/name", json!(null), "name"),
        ("/name", json!(7), "name"),
        ("/brief", long(5_001), "brief"),
        (
            "/flightDates/endDate",
            json!("2027-03-31"),
            "flightDates.endDate",
        ),
        (
            "/flightDates/startDate",
            json!("2027-02-30"),
            "flightDates.startDate",
        ),
        (
            "/flightDates/startDate",
            json!("2027-04-01T00:00:00+02:00"),
            "flightDates.startDate",
        ),
        (
            "/flightDates",
            json!({"startDate": "2027-04-01"}),
            "flightDates.endDate",
        ),
        ("/flightDates/when", json!(1), "flightDates.when"),
        ("/budget/total", json!(0), "budget.total"),
        ("/budget/total", json!(-1), "budget.total"),
        ("/budget/total", json!(10.001), "budget.total"),
        ("/budget/total", json!(1e15), "budget.total"),
        ("/budget/total", json!(1e300), "budget.total"),
        ("/budget/total", json!("lots"), "budget.total"),
        ("/budget/total", json!(true), "budget.total"),
        ("/budget/dailyCap", json!(0), "budget.dailyCap"),
        ("/budget/pacing", json!("even"), "budget.pacing"),
        ("/budget/spent", json!(1), "budget.spent"),
        ("/fees", json!({}), "fees"),
        (
            "/fees/0/marginPercent",
            json!(100.1),
            "fees[0].marginPercent",
        ),
        (
            "/fees/0/marginPercent",
            json!(1.00001),
            "fees[0].marginPercent",
        ),
        ("/fees/0/pricingType", json!("CPM"), "fees[0].pricingType"),
        (
            "/fees",
            json!([{"pricingType": "FLAT", "amount": 1000.01}]),
            "fees",
        ),
        (
            "/constraints/channels",
            json!(["smoke signals"]),
            "constraints.channels[0]",
        ),
        (
            "/constraints/countries",
            json!(["USA"]),
            "constraints.countries[0]",
        ),
        (
            "/performanceConfig/optimizationGoals",
            json!([]),
            "performanceConfig.optimizationGoals",
        ),
        (
            "/optimizationApplyMode",
            json!("SOMETIMES"),
            "optimizationApplyMode",
        ),
        ("/pacingPeriods/mode", json!("share"), "pacingPeriods.mode"),
        ("/pacingPeriods/periods", json!([]), "pacingPeriods.periods"),
        (
            "/pacingPeriods/periods/0/weight",
            json!(10.1),
            "pacingPeriods.periods[0].weight",
        ),
        (
            "/pacingPeriods/periods/0/weight",
            json!(-1),
            "pacingPeriods.periods[0].weight",
        ),
        (
            "/pacingPeriods/periods/0/start",
            json!("2027-03-31"),
            "pacingPeriods.periods[0].start",
        ),
        (
            "/pacingPeriods/periods/0/end",
            json!("2027-05-01"),
            "pacingPeriods.periods[0].end",
        ),
        (
            "/pacingPeriods/periods/0/label",
            long(256),
            "pacingPeriods.periods[0].label",
        ),
        (
            "/frequencyCaps/0/max_impressions",
            json!(0),
            "frequencyCaps[0].max_impressions",
        ),
        (
            "/frequencyCaps/0/window/unit",
            json!("weeks"),
            "frequencyCaps[0].window.unit",
        ),
        (
            "/frequencyCaps/0/suppress",
            json!(true),
            "frequencyCaps[0].suppress",
        ),
        ("/colour", json!("red"), "colour"),
    ]
}

#[tokio::test]
async fn every_field_outside_its_limits_is_named() {
    let test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    let made = test.post("/campaigns", good(&advertiser)).await.data(201);
    let path = format!(
        "/campaigns/{}",
        made["campaign"]["campaignId"].as_str().unwrap()
    );
    let before = test.get(&path).await.data(200);
    let create_only = [
        ("/advertiserId", json!("adv_unknown"), "advertiserId"),
        ("/campaignType", json!("AUTO"), "campaignType"),
        ("/campaignType", json!(null), "campaignType"),
    ];
    let mut wrong = Vec::new();
    for (pointer, value, expected) in table().into_iter().chain(create_only) {
        let reply = test
            .post(
                "/campaigns",
                with(good(&advertiser), pointer, value.clone()),
            )
            .await;
        check(&mut wrong, "POST", pointer, &value, expected, &reply);
    }
    for (pointer, value, expected) in table() {
        let mut body = with(good(&advertiser), pointer, value.clone());
        body.as_object_mut().unwrap().remove("advertiserId");
        let reply = test.put(&path, body).await;
        check(&mut wrong, "PUT", pointer, &value, expected, &reply);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        test.get(&path).await.data(200),
        before,
        "nothing of it was taken"
    );
    assert_eq!(test.get("/campaigns").await.data(200)["total"], 1);
    test.end().await;
}

fn check(
    wrong: &mut Vec<String>,
    method: &str,
    pointer: &str,
    value: &Value,
    expected: &str,
    reply: &Reply,
) {
    let body = reply.json();
    let field = body["error"]["field"].as_str().unwrap_or_default();
    if reply.status != 400 || field != expected {
        let mut value = value.to_string();
        value.truncate(60);
        wrong.push(format!(
            "{method} {pointer} = {value}: expected 400 at {expected}, got {} {}",
            reply.status, body["error"]
        ));
    }
}

#[tokio::test]
async fn another_currency_has_its_own_code() {
    let test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    let body = with(good(&advertiser), "/budget/currency", json!("EUR"));
    let error = test
        .post("/campaigns", body)
        .await
        .error(400, "CURRENCY_MISMATCH");
    assert_eq!(error["field"], "budget.currency");
    test.end().await;
}

#[tokio::test]
async fn what_was_read_can_be_written_back() {
    let test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    let made = test.post("/campaigns", good(&advertiser)).await.data(201)["campaign"].clone();
    let path = format!("/campaigns/{}", made["campaignId"].as_str().unwrap());
    let mut body = json!({});
    for name in [
        "name",
        "brief",
        "flightDates",
        "budget",
        "fees",
        "constraints",
        "performanceConfig",
        "pacingPeriods",
        "frequencyCaps",
    ] {
        body[name] = made[name].clone();
    }
    let now = test.put(&path, body).await.data(200)["campaign"].clone();
    for name in [
        "name",
        "brief",
        "flightDates",
        "budget",
        "fees",
        "mediaBudget",
        "constraints",
        "performanceConfig",
        "pacingPeriods",
    ] {
        assert_eq!(now[name], made[name], "{name}");
    }
    test.end().await;
}

#[tokio::test]
async fn huge_bodies_are_turned_away() {
    let test = TestApp::start().await;
    let body = with(good("adv_1"), "/brief", json!("x".repeat(5_000_000)));
    test.post("/campaigns", body)
        .await
        .error(413, "BAD_REQUEST");
    test.end().await;
}

#[derive(Debug, Clone)]
enum Mutation {
    Byte(u8),
    Insert(&'static str),
    Cut(usize),
    /// Copies so much from the beginning of the body.
    Copy(usize),
}

impl Mutation {
    fn apply(&self, body: &mut Vec<u8>, place: usize) {
        match self {
            Self::Byte(byte) => body[place] = *byte,
            Self::Insert(text) => {
                body.splice(place..place, text.bytes());
            }
            Self::Cut(length) => {
                body.drain(place..(place + length).min(body.len()));
            }
            Self::Copy(length) => {
                let copied: Vec<u8> = body.iter().copied().take(*length).collect();
                body.splice(place..place, copied);
            }
        }
    }
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        any::<u8>().prop_map(Mutation::Byte),
        prop::sample::select(vec![
            "null",
            "[]",
            "{}",
            "-1",
            "1e308",
            "-0.0",
            "99999999999999999999999999",
            "\"",
            "\\u0000",
            "\\ud83d",
            ",",
            ":",
            "0.00001",
            "9",
            "-",
            "true",
            "\"x\":1,",
            "\u{202e}",
            "NaN",
            "2027-13-45",
            "T25:00:00Z",
        ])
        .prop_map(Mutation::Insert),
        (1_usize..60).prop_map(Mutation::Cut),
        (1_usize..200).prop_map(Mutation::Copy),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 26, failure_persistence: None, ..ProptestConfig::default() })]

    /// Forty mutations of a good body a case, created and updated in turn: the answer is a success
    /// or a refusal in the envelope.
    #[test]
    fn a_thousand_mutated_bodies_are_never_our_failure(
        mutations in prop::collection::vec((any::<prop::sample::Index>(), mutation()), 40)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let test = TestApp::start().await;
            let advertiser = test.advertiser().await;
            let made = test.post("/campaigns", good(&advertiser)).await.data(201);
            let path = format!("/campaigns/{}", made["campaign"]["campaignId"].as_str().unwrap());
            let create = good(&advertiser);
            let mut update = create.clone();
            update.as_object_mut().unwrap().remove("advertiserId");
            for (index, (place, mutation)) in mutations.into_iter().enumerate() {
                let (method, path, body) = if index % 2 == 0 {
                    (Method::POST, "/campaigns", &create)
                } else {
                    (Method::PUT, path.as_str(), &update)
                };
                let mut bytes = body.to_string().into_bytes();
                let place = place.index(bytes.len());
                mutation.apply(&mut bytes, place);
                let request = test.request(method, path).header("content-type", "application/json");
                let reply = test.send(request.body(Body::from(bytes.clone())).unwrap()).await;
                reply.json();
                assert!(
                    matches!(reply.status.as_u16(), 200 | 201 | 400 | 404 | 409),
                    "{} for {}", reply.status, String::from_utf8_lossy(&bytes)
                );
            }
            test.end().await;
        });
    }
}
