//! Create and update as callers send them, and answers put back.

mod mutated;

use super::*;
use crate::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use crate::budget::Percent;
use crate::campaign::{Campaign, CampaignDraft, CampaignUpdate, Touched};
use crate::error::{Code, Violation};
use crate::ids::{AdvertiserId, CampaignId, CapId};
use crate::money::Currency;
use crate::wire::json::Json;
use crate::wire::read::testing::{members_of, take_asked, top};
use chrono::{DateTime, Utc};

const FULL: &str = r#"{
    "advertiserId": "adv_1", "name": " Summer launch ", "campaignType": "DECISIONED",
    "flightDates": {"startDate": "2026-06-01", "endDate": "2026-08-31"},
    "budget": {"total": 300000, "currency": "EUR", "dailyCap": "9000.50", "pacing": "FRONTLOADED"},
    "fees": [{"pricingType": "MARGIN", "marginPercent": 8, "label": "service"}, {"pricingType": "FLAT", "amount": 100}],
    "brief": "sneakers for runners",
    "constraints": {"channels": ["ctv", "video"], "geo_countries": ["DE"]},
    "discoveryId": "dsc_1", "productIds": ["p1"],
    "audienceConfig": {"targetAudienceIds": ["aud_1"], "suppressAudienceIds": ["aud_2"]},
    "performanceConfig": {"optimizationGoals": [{"kind": "metric", "metric": "clicks", "target": {"kind": "cost_per", "value": 0.5}}]},
    "optimizationApplyMode": "AUTO",
    "pacingPeriods": {"mode": "weight", "periods": [
        {"label": "June", "start": "2026-06-01", "end": "2026-06-30", "weight": 1},
        {"label": "July", "start": "2026-07-01", "end": "2026-07-15", "weight": 3.0},
        {"label": "rest", "start": "2026-07-16", "end": "2026-08-31", "weight": 0.5}]},
    "frequencyCaps": [{"max_impressions": 3, "window": {"interval": 1, "unit": "days"}}]
}"#;

const LEAST: &str = r#"{"advertiserId": "adv_1", "name": "x", "campaignType": "ROUTED",
    "flightDates": {"startDate": "2026-06-01T10:00:00Z", "endDate": "2026-06-02"}, "budget": {"total": 10}}"#;

fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

/// A body with one member changed; `None` takes it out.
fn with(text: &str, name: &str, value: Option<&str>) -> Json {
    let Json::Object(mut members) = json(text) else {
        panic!("a body is an object")
    };
    members.retain(|(n, _)| n != name);
    members.extend(value.map(|value| (name.to_owned(), json(value))));
    Json::Object(members)
}

fn now() -> DateTime<Utc> {
    "2026-05-01T00:00:00Z".parse().unwrap()
}

fn advertiser() -> Advertiser {
    Advertiser {
        id: AdvertiserId::parse("adv_1").unwrap(),
        name: "Acme".into(),
        description: None,
        brand: Brand::parse("acme.example").unwrap(),
        currency: Currency::parse("EUR").unwrap(),
        apply_mode: ApplyMode::Manual,
        margin_percent: Percent::new(5.into()).unwrap(),
        sandbox: true,
        caps: Vec::new(),
        status: AdvertiserStatus::Active,
        created_at: now(),
        updated_at: now(),
        revision: 1,
    }
}

fn create(body: &Json) -> Result<CampaignDraft, Vec<Violation>> {
    read_create(body, Some(&advertiser()))
}

fn campaign(text: &str) -> Campaign {
    let mut caps = 0;
    let mut new_cap = || {
        caps += 1;
        CapId::parse(&format!("cap_{caps}")).unwrap()
    };
    Campaign::create(
        CampaignId::parse("cmp_1").unwrap(),
        create(&json(text)).unwrap(),
        &mut new_cap,
        now(),
    )
}

fn out(campaign: &Campaign) -> CampaignOut {
    CampaignOut::of(CampaignView {
        campaign,
        advertiser: &advertiser(),
        selection: &[],
    })
    .unwrap()
}

fn codes<T: std::fmt::Debug>(read: Result<T, Vec<Violation>>) -> Vec<(String, Code)> {
    read.unwrap_err()
        .into_iter()
        .map(|v| (v.path, v.code))
        .collect()
}

fn paths(found: &[(String, Code)]) -> Vec<&str> {
    found.iter().map(|(path, _)| path.as_str()).collect()
}

#[test]
fn everything_that_is_sent_is_in_the_answer() {
    let campaign = campaign(FULL);
    let text = serde_json::to_string(&out(&campaign)).unwrap();
    for part in [
        r#""name":"Summer launch""#,
        r#""campaignType":"DECISIONED""#,
        r#""flightDates":{"startDate":"2026-06-01T00:00:00Z","endDate":"2026-08-31T23:59:59Z"}"#,
        r#""budget":{"total":300000,"currency":"EUR","dailyCap":9000.5,"pacing":"FRONTLOADED"}"#,
        r#""mediaBudget":{"total":275900,"currency":"EUR"}"#,
        r#"{"label":"service","pricingType":"MARGIN","marginPercent":8,"amount":24000,"currency":"EUR"}"#,
        r#""allocatedBudget":0,"unallocatedBudget":275900"#,
        r#""channels":["ctv","olv"]"#,
        r#""discoveryId":"dsc_1","productCount":0,"products":[]"#,
        r#"{"audienceId":"aud_2","name":null,"type":"SUPPRESS"}"#,
        r#""optimizationApplyMode":"AUTO","optimizationApplyModeInherited":false"#,
        r#"{"label":"July","start":"2026-07-01","end":"2026-07-15","weight":3,"budget":137055.84,"mediaBudget":"#,
        r#""max_impressions":3,"window":{"interval":1,"unit":"days"},"targetLevel":"CAMPAIGN","targetId":"cmp_1""#,
        r#""mediaBuyStatus":null"#,
        r#""mediaBuys":[],"revision":1"#,
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    let back: CampaignOut = serde_json::from_str(&text).unwrap();
    assert_eq!(back, out(&campaign));
}

#[test]
fn the_least_body_takes_the_defaults() {
    let answer = out(&campaign(LEAST));
    assert_eq!(answer.fees.len(), 1, "the advertiser's margin");
    assert_eq!(answer.media_budget.total.to_string(), "9.50");
    assert_eq!(answer.optimization_apply_mode, ApplyMode::Manual);
    assert!(answer.optimization_apply_mode_inherited);
    assert!(answer.pacing_periods.is_none());
    let none = campaign(&serde_json::to_string(&with(LEAST, "fees", Some("[]"))).unwrap());
    assert!(none.plan().fees.is_empty());
}

#[test]
fn an_empty_body_lacks_the_required_five() {
    let expected = [
        "advertiserId",
        "name",
        "campaignType",
        "flightDates",
        "budget",
    ];
    let found = codes(create(&json("{}")));
    assert_eq!(paths(&found), expected);
    assert!(found.iter().all(|(_, code)| *code == Code::Required));
    for wrong in ["[]", "null", "1", "\"x\"", "true"] {
        assert_eq!(
            codes(create(&json(wrong))),
            [(String::new(), Code::WrongType)]
        );
    }
}

#[test]
fn each_member_outside_its_limits_is_named() {
    let long = |n: usize| format!("\"{}\"", "x".repeat(n));
    let cases = [
        ("advertiserId", "1".to_owned(), "advertiserId", Code::WrongType),
        ("advertiserId", "\"cmp_1\"".to_owned(), "advertiserId", Code::InvalidFormat),
        ("advertiserId", "\"adv_2\"".to_owned(), "advertiserId", Code::NotFound),
        ("name", "\"\"".to_owned(), "name", Code::TooShort),
        ("name", long(256), "name", Code::TooLong),
        ("name", "null".to_owned(), "name", Code::NullNotAllowed),
        ("campaignType", "\"decisioned\"".to_owned(), "campaignType", Code::UnknownValue),
        ("flightDates", r#"{"startDate":"2026-06-01"}"#.to_owned(), "flightDates.endDate", Code::Required),
        ("flightDates", r#"{"startDate":"2026-06-02T00:00:00Z","endDate":"2026-06-02T00:00:00Z"}"#.to_owned(), "flightDates.endDate", Code::EndBeforeStart),
        ("flightDates", r#"{"startDate":"2026-06-01","endDate":"2036-06-30"}"#.to_owned(), "flightDates.endDate", Code::TooLong),
        ("budget", r#"{"total":0.001}"#.to_owned(), "budget.total", Code::TooManyDecimals),
        ("budget", r#"{"total":1e15}"#.to_owned(), "budget.total", Code::OutOfRange),
        ("budget", r#"{"total":300000,"currency":"USD"}"#.to_owned(), "budget.currency", Code::CurrencyMismatch),
        ("budget", r#"{"total":300000,"dailyCap":300000.01}"#.to_owned(), "budget.dailyCap", Code::TooLarge),
        ("fees", r#"[{"pricingType":"FLAT","amount":300000.01}]"#.to_owned(), "fees", Code::FeesExceedTotal),
        ("fees", "null".to_owned(), "fees", Code::NullNotAllowed),
        ("brief", long(5001), "brief", Code::TooLong),
        ("brief", "\"a\\u0007b\"".to_owned(), "brief", Code::InvalidFormat),
        ("constraints", r#"{"geo_countries":["Germany"]}"#.to_owned(), "constraints.geo_countries[0]", Code::InvalidFormat),
        ("discoveryId", "\"x\"".to_owned(), "discoveryId", Code::InvalidFormat),
        ("productIds", r#"["a","a"]"#.to_owned(), "productIds[1]", Code::Duplicate),
        ("audienceConfig", r#"{"targetAudienceIds":["aud_1"],"suppressAudienceIds":["aud_1"]}"#.to_owned(), "audienceConfig.suppressAudienceIds[0]", Code::Contradiction),
        ("performanceConfig", r#"{"optimizationGoals":[]}"#.to_owned(), "performanceConfig.optimizationGoals", Code::TooShort),
        ("optimizationApplyMode", "\"SOMETIMES\"".to_owned(), "optimizationApplyMode", Code::UnknownValue),
        ("pacingPeriods", r#"{"mode":"weight","periods":[{"label":"a","start":"2026-05-31","end":"2026-06-30","weight":1}]}"#.to_owned(), "pacingPeriods.periods[0].start", Code::OutsideFlight),
        ("frequencyCaps", r#"[{"max_impressions":1.5,"window":{"interval":1,"unit":"days"}}]"#.to_owned(), "frequencyCaps[0].max_impressions", Code::WrongType),
        ("status", "\"ACTIVE\"".to_owned(), "status", Code::UnknownField),
        ("mediaBudget", r#"{"total":1}"#.to_owned(), "mediaBudget", Code::UnknownField),
    ];
    for (name, value, path, code) in cases {
        let found = codes(create(&with(FULL, name, Some(&value))));
        assert_eq!(found, [(path.to_owned(), code)], "{name} = {value}");
    }
}

#[test]
fn rules_between_members_are_told_beside_those_of_single_members() {
    let mut body = with(FULL, "name", Some("\"\""));
    let Json::Object(members) = &mut body else {
        panic!()
    };
    members.retain(|(n, _)| n != "budget" && n != "pacingPeriods");
    members.push(("budget".into(), json(r#"{"total":100,"dailyCap":101}"#)));
    members.push((
        "pacingPeriods".into(),
        json(r#"{"mode":"budget","periods":[{"label":"a","start":"2026-09-01","end":"2026-09-02","budget":200}]}"#),
    ));
    let found = codes(create(&body));
    assert_eq!(found[0], ("name".to_owned(), Code::TooShort));
    assert!(
        found.contains(&("budget.dailyCap".to_owned(), Code::TooLarge)),
        "{found:?}"
    );
    assert!(
        paths(&found)
            .iter()
            .any(|path| path.starts_with("pacingPeriods.periods[0]")),
        "{found:?}"
    );
}

#[test]
fn without_an_advertiser_the_rest_is_still_checked() {
    assert_eq!(named_advertiser(&json(FULL)).unwrap().as_str(), "adv_1");
    assert_eq!(named_advertiser(&json(r#"{"advertiserId":1}"#)), None);
    assert_eq!(
        codes(read_create(&json(FULL), None)),
        [("advertiserId".to_owned(), Code::NotFound)]
    );
    let body = with(FULL, "name", Some("1"));
    assert_eq!(
        paths(&codes(read_create(&body, None))),
        ["advertiserId", "name"]
    );
    let archived = Advertiser {
        status: AdvertiserStatus::Archived,
        ..advertiser()
    };
    assert_eq!(
        codes(read_create(&json(FULL), Some(&archived))),
        [("advertiserId".to_owned(), Code::WrongStatus)]
    );
}

#[test]
fn products_need_their_session() {
    assert_eq!(
        codes(create(&with(FULL, "discoveryId", None))),
        [("productIds".to_owned(), Code::NotAllowedHere)]
    );
}

fn update(campaign: &Campaign, text: &str) -> Result<CampaignUpdate, Vec<Violation>> {
    read_update(&json(text), campaign)
}

#[test]
fn a_patch_of_nothing_changes_nothing() {
    let campaign = campaign(FULL);
    let read = update(&campaign, "{}").unwrap();
    assert_eq!(read.plan, *campaign.plan());
    assert_eq!(read.touched, Touched::default());
    assert_eq!((read.caps, read.expected_revision), (None, None));
}

#[test]
fn what_was_read_can_be_put_back() {
    for text in [FULL, LEAST] {
        let campaign = campaign(text);
        let Json::Object(members) = json(&serde_json::to_string(&out(&campaign)).unwrap()) else {
            panic!()
        };
        let updatable = [
            "advertiserId",
            "name",
            "campaignType",
            "flightDates",
            "budget",
            "fees",
            "brief",
            "constraints",
            "discoveryId",
            "performanceConfig",
            "pacingPeriods",
            "frequencyCaps",
        ];
        let body = Json::Object(
            members
                .into_iter()
                .filter(|(n, _)| updatable.contains(&n.as_str()))
                .collect(),
        );
        let read = read_update(&body, &campaign).unwrap();
        assert_eq!(read.plan, *campaign.plan());
        assert_eq!(read.touched, Touched::default());
    }
}

#[test]
fn null_clears_three_members_and_no_other() {
    let campaign = campaign(FULL);
    let read = update(
        &campaign,
        r#"{"pacingPeriods":null,"performanceConfig":null,"optimizationApplyMode":null}"#,
    )
    .unwrap();
    assert!(
        read.plan.pacing.is_none() && read.plan.goals.is_empty() && read.plan.apply_mode.is_none()
    );
    assert_eq!(
        read.touched,
        Touched {
            pacing: true,
            goals: true,
            apply_mode: true,
            ..Touched::default()
        }
    );
    for name in [
        "advertiserId",
        "name",
        "campaignType",
        "flightDates",
        "budget",
        "fees",
        "brief",
        "constraints",
        "discoveryId",
        "audienceConfig",
        "frequencyCaps",
        "expectedRevision",
    ] {
        assert_eq!(
            codes(update(&campaign, &format!(r#"{{"{name}":null}}"#))),
            [(name.to_owned(), Code::NullNotAllowed)]
        );
    }
}

#[test]
fn each_member_merges_by_its_own_rule() {
    let campaign = campaign(FULL);
    let read = update(
        &campaign,
        r#"{"budget":{"total":400000},"audienceConfig":{"targetAudienceIds":["aud_3"]},"frequencyCaps":[],"brief":"","expectedRevision":7}"#,
    )
    .unwrap();
    assert_eq!(read.plan.budget.total.minor(), 40_000_000);
    assert_eq!(read.plan.budget.daily_cap, campaign.plan().budget.daily_cap);
    assert_eq!(read.plan.audiences.target().len(), 2);
    assert_eq!(read.plan.brief, None);
    assert_eq!(read.caps, Some(Vec::new()));
    assert_eq!(read.expected_revision, Some(7));
    assert_eq!(
        read.touched,
        Touched {
            budget: true,
            audiences: true,
            brief: true,
            ..Touched::default()
        }
    );
}

#[test]
fn type_and_owner_stay() {
    let campaign = campaign(FULL);
    assert!(
        update(
            &campaign,
            r#"{"campaignType":"DECISIONED","advertiserId":"adv_1"}"#
        )
        .is_ok()
    );
    assert_eq!(
        codes(update(
            &campaign,
            r#"{"campaignType":"ROUTED","advertiserId":"adv_2"}"#
        )),
        [
            ("advertiserId".to_owned(), Code::Immutable),
            ("campaignType".to_owned(), Code::Immutable)
        ]
    );
    assert_eq!(
        codes(update(&campaign, r#"{"productIds":["a"]}"#)),
        [("productIds".to_owned(), Code::UnknownField)]
    );
}

#[test]
fn an_update_is_checked_against_what_stays() {
    let campaign = campaign(FULL);
    let found = codes(update(
        &campaign,
        r#"{"flightDates":{"startDate":"2026-06-02","endDate":"2026-08-31"}}"#,
    ));
    assert_eq!(
        found,
        [(
            "pacingPeriods.periods[0].start".to_owned(),
            Code::OutsideFlight
        )]
    );
    let found = codes(update(&campaign, r#"{"budget":{"total":9000}}"#));
    assert_eq!(found, [("budget.dailyCap".to_owned(), Code::TooLarge)]);
}

#[test]
fn readers_and_documented_structs_know_the_same_members() {
    take_asked();
    create(&json(FULL)).unwrap();
    assert_eq!(top(take_asked()), members_of::<CampaignIn>());
    update(&campaign(FULL), "{}").unwrap();
    take_asked();
    update(&campaign(FULL), "{}").unwrap();
    let mut asked = top(take_asked());
    asked.remove("productIds");
    assert_eq!(asked, members_of::<CampaignPatchIn>());
}

#[test]
fn a_body_built_from_the_structs_is_read() {
    let body: CampaignIn = serde_json::from_str(FULL).unwrap();
    let sent = json(&serde_json::to_string(&body).unwrap());
    assert_eq!(create(&sent).unwrap(), create(&json(FULL)).unwrap());
    let patch = CampaignPatchIn {
        pacing_periods: Some(None),
        expected_revision: Some(1),
        ..CampaignPatchIn::default()
    };
    let text = serde_json::to_string(&patch).unwrap();
    assert_eq!(text, r#"{"pacingPeriods":null,"expectedRevision":1}"#);
    assert_eq!(
        serde_json::from_str::<CampaignPatchIn>(&text).unwrap(),
        patch
    );
    assert!(update(&campaign(FULL), &text).unwrap().touched.pacing);
}

#[test]
fn the_order_of_members_does_not_change_what_is_said() {
    let body = json(
        r#"{"zeta":1,"pacingPeriods":7,"budget":{"pacing":1,"total":"x"},"name":5,"alpha":2,"fees":{},"advertiserId":"adv_1"}"#,
    );
    let Json::Object(members) = &body else {
        panic!()
    };
    let expected = create(&body).unwrap_err();
    let turned = Json::Object(members.iter().rev().cloned().collect());
    assert_eq!(create(&turned).unwrap_err(), expected);
    let said: Vec<_> = expected.iter().map(|v| v.path.as_str()).collect();
    assert_eq!(
        said,
        [
            "name",
            "campaignType",
            "flightDates",
            "budget.total",
            "budget.pacing",
            "fees",
            "pacingPeriods",
            "alpha",
            "zeta"
        ]
    );
}
