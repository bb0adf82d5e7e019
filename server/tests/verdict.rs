//! One verdict: the vectors of create and update, which `cargo test` and the npm package run as
//! functions, against the real router and a real SQLite: the same error, byte for byte.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use axum::body::Body;
use axum::http::{Method, Request, header};
use chrono::{DateTime, Utc};
use flighting_core::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use flighting_core::budget::Percent;
use flighting_core::campaign::Campaign;
use flighting_core::ids::AdvertiserId;
use flighting_core::money::Currency;
use flighting_core::wire::ErrorBody;
use flighting_core::wire::json::Json;
use flighting_core::wire::plan::{Asked, read_known};
use flighting_server::store::Change;
use serde::Deserialize;
use serde_json::Value;
use support::{NOW, Reply, Setup, TestApp};

#[derive(Deserialize)]
struct File {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    input: Input,
    expected: Value,
}

#[derive(Deserialize)]
struct Input {
    args: Vec<Value>,
}

/// All cases of a folder of core's vectors.
fn cases(folder: &str) -> Vec<Case> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../core/tests/vectors")
        .join(folder);
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let file: File = serde_json::from_str(&text).unwrap();
        cases.extend(file.cases);
    }
    assert!(!cases.is_empty());
    cases
}

/// An argument as it goes over the wire: `{"$text": …}` is text as it came.
fn text(argument: &Value) -> String {
    argument["$text"]
        .as_str()
        .map_or_else(|| argument.to_string(), str::to_owned)
}

/// The advertiser that the options of a case speak of, under the id that the vectors name.
async fn advertiser(test: &TestApp, options: Option<&Value>) {
    let option = |name: &str| options.map(|options| &options[name]);
    let currency = option("currency").and_then(Value::as_str).unwrap_or("USD");
    let margin = option("marginPercent").map_or_else(
        || "0".to_owned(),
        |margin| {
            if margin.is_null() {
                "0".to_owned()
            } else {
                margin.to_string()
            }
        },
    );
    let now: DateTime<Utc> = NOW.parse().unwrap();
    let advertiser = Advertiser {
        id: AdvertiserId::parse("adv_acme").unwrap(),
        name: "Acme".to_owned(),
        description: None,
        brand: Brand::parse("acme.example").unwrap(),
        currency: Currency::parse(currency).unwrap(),
        apply_mode: ApplyMode::Manual,
        margin_percent: Percent::new(margin.parse().unwrap()).unwrap(),
        sandbox: true,
        caps: Vec::new(),
        status: AdvertiserStatus::Active,
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    test.app
        .store
        .insert_advertiser(&test.account, &advertiser)
        .await
        .unwrap();
}

async fn send(test: &TestApp, method: Method, path: &str, body: String) -> Reply {
    let request: Request<Body> = test
        .request(method, path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body))
        .unwrap();
    test.send(request).await
}

/// The answer holds exactly the error that is expected, in the bytes that core writes of it.
#[track_caller]
fn same(name: &str, reply: &Reply, expected: &Value) {
    let answer = String::from_utf8(reply.bytes.clone()).unwrap();
    if expected.is_null() {
        assert!(reply.status.is_success(), "{name}: {answer}");
        return;
    }
    let error: ErrorBody = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(
        reply.status.as_u16(),
        error.code.http_status(),
        "{name}: {answer}"
    );
    let bytes = serde_json::to_string(&error).unwrap();
    assert!(
        answer.contains(&format!("\"error\":{bytes}")),
        "{name}:\nexpected {bytes}\ngot      {answer}"
    );
}

#[tokio::test]
async fn create_is_answered_as_the_vectors_say() {
    for case in cases("validate_campaign") {
        let test = TestApp::start().await;
        advertiser(&test, case.input.args.get(1)).await;
        let reply = send(&test, Method::POST, "/campaigns", text(&case.input.args[0])).await;
        same(&case.name, &reply, &case.expected);
        test.end().await;
    }
}

/// The campaign that a case shows, as a store holds it.
fn held(current: &Value, options: Option<&Value>) -> Campaign {
    let json = |value: &Value| Json::from_text(value.to_string().as_bytes()).unwrap();
    let asked = Asked::read(options.map(json).as_ref()).unwrap();
    read_known(&json(current), &asked).unwrap()
}

/// Campaigns of every state, also executed ones, lie in the store as the case describes them: the
/// buys' sellers need not be there for a refusal, and what passes is only sent later.
#[tokio::test]
async fn update_is_answered_as_the_vectors_say() {
    let (mut drafts, mut executed) = (0, 0);
    for case in cases("validate_campaign_update") {
        let (current, options) = (&case.input.args[0], case.input.args.get(2));
        if !current["status"].is_string() {
            // No campaign, so none that a store could hold.
            continue;
        }
        let campaign = held(current, options);
        let now = options.and_then(|options| options["now"].as_str());
        let test = TestApp::with(Setup {
            start: now.unwrap_or(NOW).parse().unwrap(),
            ..Setup::default()
        })
        .await;
        advertiser(&test, options).await;
        for buy in campaign.buys() {
            test.paper_agent_of(&buy.agent_id, "Cedar").await;
        }
        let path = format!("/campaigns/{}", campaign.id().as_str());
        if campaign.buys().is_empty() {
            drafts += 1;
        } else {
            executed += 1;
        }
        let mut change = Change::of(&test.account);
        change.campaign_new = Some(campaign);
        test.app.store.commit(change).await.unwrap();
        let reply = send(&test, Method::PUT, &path, text(&case.input.args[1])).await;
        same(&case.name, &reply, &case.expected);
        test.end().await;
    }
    assert!(
        drafts >= 5 && executed >= 15,
        "{drafts} drafts, {executed} executed"
    );
}
