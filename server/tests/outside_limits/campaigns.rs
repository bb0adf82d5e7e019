//! Each member of a campaign outside its limits, for create and for update.

use axum::http::Method;
use serde_json::json;

use super::cases::{MISSING, On, TYPE, UNKNOWN, cases, long};
use super::support::TestApp;
use super::{campaign, check, count, send_text, valid, with};

#[tokio::test]
async fn every_member_of_a_create_has_its_limits() {
    let test = TestApp::start().await;
    let members = valid(&test.advertiser().await);
    for (_, member, value, issues) in cases().filter(|(on, ..)| *on != On::Update) {
        let body = with(&members, member, Some(*value).filter(|v| !v.is_empty()));
        let reply = send_text(&test, Method::POST, "/campaigns", body).await;
        check(&format!("create with `{member}`: {value}"), &reply, issues);
    }
    for (member, value, issue) in long() {
        let body = with(&members, member, Some(&value));
        let reply = send_text(&test, Method::POST, "/campaigns", body).await;
        check(&format!("create with a long `{member}`"), &reply, &[issue]);
    }
    assert_eq!(count(&test).await, 0, "a refused create left something");
    // What all cases are made from is right, so that each is refused for what it says.
    campaign(&test, members[0].1.trim_matches('"')).await;
    test.finish().await;
}

#[tokio::test]
async fn every_member_of_an_update_has_its_limits() {
    let test = TestApp::start().await;
    let id = campaign(&test, &test.advertiser().await).await;
    let path = format!("/campaigns/{id}");
    let before = test.get(&path).await.data(200);
    for (_, member, value, issues) in cases().filter(|(on, ..)| *on != On::Create) {
        let body = with(&[], member, Some(*value));
        let reply = send_text(&test, Method::PUT, &path, body).await;
        check(&format!("update of `{member}`: {value}"), &reply, issues);
    }
    for (member, value, issue) in long() {
        let body = with(&[], member, Some(&value));
        let reply = send_text(&test, Method::PUT, &path, body).await;
        check(&format!("update with a long `{member}`"), &reply, &[issue]);
    }
    assert_eq!(test.get(&path).await.data(200), before, "all or nothing");
    test.finish().await;
}

#[tokio::test]
async fn everything_wrong_is_told_at_once_and_in_one_order() {
    let test = TestApp::start().await;
    let advertiser = test.advertiser().await;
    let mut wrong = vec![
        ("zzz", "1".to_owned()),
        ("frequencyCaps", "{}".to_owned()),
        ("pacingPeriods", "7".to_owned()),
        ("budget", r#"{"total":0,"extra":1}"#.to_owned()),
        ("name", "\"\"".to_owned()),
        ("advertiserId", json!(advertiser).to_string()),
        ("campaignType", "\"x\"".to_owned()),
        ("aaa", "1".to_owned()),
    ];
    let expected = [
        ("name", "too_short"),
        ("campaignType", "unknown_value"),
        ("flightDates", MISSING),
        ("budget.total", "too_small"),
        ("budget.extra", UNKNOWN),
        ("pacingPeriods", TYPE),
        ("frequencyCaps", TYPE),
        ("aaa", UNKNOWN),
        ("zzz", UNKNOWN),
    ];
    for turn in 0..wrong.len() {
        let body = with(&wrong, "", None);
        let reply = send_text(&test, Method::POST, "/campaigns", body).await;
        check(&format!("turn {turn}"), &reply, &expected);
        wrong.rotate_left(1);
    }
    test.finish().await;
}

#[tokio::test]
async fn the_edges_of_the_limits_are_inside() {
    let test = TestApp::start().await;
    let members = valid(&test.advertiser().await);
    let edges = [
        ("name", json!("ä".repeat(255)).to_string()),
        ("name", json!(format!("  {}\t", "a".repeat(255))).to_string()),
        ("brief", json!("b".repeat(5000)).to_string()),
        ("brief", "\"\"".to_owned()),
        ("budget", r#"{"total":"300000.00","dailyCap":"300000"}"#.to_owned()),
        ("budget", r#"{"total":3e5,"pacing":"FRONTLOADED"}"#.to_owned()),
        ("budget", r#"{"total":9999999999999.99}"#.to_owned()),
        ("budget", r#"{"total":0.01}"#.to_owned()),
        ("fees", r#"[{"pricingType":"FLAT","amount":300000}]"#.to_owned()),
        (
            "fees",
            r#"[{"pricingType":"MARGIN","marginPercent":60},{"pricingType":"MARGIN","marginPercent":40}]"#.to_owned(),
        ),
        ("fees", "[]".to_owned()),
        (
            "flightDates",
            r#"{"startDate":"2020-01-01","endDate":"2027-05-31T00:00:01Z"}"#.to_owned(),
        ),
        ("pacingPeriods", "null".to_owned()),
        (
            "pacingPeriods",
            r#"{"mode":"weight","periods":[{"label":"a","start":"2027-03-10","end":"2027-05-31","weight":10}]}"#.to_owned(),
        ),
        (
            "pacingPeriods",
            r#"{"mode":"budget","periods":[{"label":"a","start":"2027-03-10","end":"2027-03-10","budget":300000}]}"#.to_owned(),
        ),
        ("performanceConfig", "null".to_owned()),
        ("optimizationApplyMode", "null".to_owned()),
        (
            "frequencyCaps",
            r#"[{"max_impressions":4294967295,"window":{"unit":"campaign"}}]"#.to_owned(),
        ),
    ];
    for (member, value) in &edges {
        let body = with(&members, member, Some(value));
        let reply = send_text(&test, Method::POST, "/campaigns", body).await;
        let text = String::from_utf8_lossy(&reply.bytes);
        assert_eq!(reply.status, 201, "create with `{member}`: {value}: {text}");
        let id = reply.data(201)["campaign"]["campaignId"].clone();
        let path = format!("/campaigns/{}", id.as_str().unwrap());
        let reply = send_text(&test, Method::PUT, &path, with(&[], member, Some(value))).await;
        let text = String::from_utf8_lossy(&reply.bytes);
        assert_eq!(reply.status, 200, "update with `{member}`: {value}: {text}");
    }
    test.finish().await;
}

#[tokio::test]
async fn what_was_read_can_be_written_back() {
    let test = TestApp::start().await;
    let id = campaign(&test, &test.advertiser().await).await;
    let path = format!("/campaigns/{id}");
    let made = test.get(&path).await.data(200)["campaign"].clone();
    let kept = [
        "name",
        "brief",
        "flightDates",
        "budget",
        "fees",
        "constraints",
        "performanceConfig",
        "optimizationApplyMode",
        "pacingPeriods",
        "frequencyCaps",
    ];
    let body = kept.map(|name| (name, made[name].to_string()));
    let reply = send_text(&test, Method::PUT, &path, with(&body, "", None)).await;
    let now = reply.data(200)["campaign"].clone();
    // Caps are replaced, and get ids of their own.
    let same = kept.iter().filter(|name| **name != "frequencyCaps");
    for name in same.chain([&"mediaBudget", &"unallocatedBudget"]) {
        assert_eq!(now[name], made[name], "{name}");
    }
    assert_eq!(now["frequencyCaps"][0]["max_impressions"], 3);
    test.finish().await;
}
