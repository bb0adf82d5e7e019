//! Every refusal comes in the envelope, with its code, and says what was expected.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use axum::body::Body;
use axum::http::{Method, Request};
use flighting_core::error::{Code, Conflict, Refusal};
use flighting_core::money::{Currency, Money};
use flighting_server::error::{Busy, Clash, Fault, Malformed};
use proptest::prelude::*;
use serde_json::json;
use support::{Reply, TestApp};

async fn raw(test: &TestApp, content_type: Option<&str>, body: impl Into<Body>) -> Reply {
    let mut request = test.request(Method::POST, "/advertisers");
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    test.send(request.body(body.into()).unwrap()).await
}

const JSON: Option<&str> = Some("application/json");

#[tokio::test]
async fn what_is_no_json_is_refused() {
    let test = TestApp::start().await;
    let bad: [&[u8]; 12] = [
        b"",
        b"{",
        b"{\"name\":}",
        b"{\"name\":\"a\"",
        b"nothing",
        b"{\"name\":\"a\"}x",
        b"{'name':'a'}",
        b"\xff\xfe",
        b"{\"name\":\"\xff\"}",
        b"{\"name\":\"\\ud800\"}",
        b"{\"marginPercent\":1e999}",
        b"{\"marginPercent\":NaN}",
    ];
    for body in bad {
        let reply = raw(&test, JSON, body.to_vec()).await;
        assert_eq!(
            reply.issues(),
            [(String::new(), "invalid_format".to_owned())],
            "{body:?}"
        );
    }
    for body in ["null", "[]", "1", "\"text\"", "true"] {
        assert_eq!(
            raw(&test, JSON, body).await.issues(),
            [(String::new(), "wrong_type".to_owned())],
            "{body}"
        );
    }
    let deep = "[".repeat(100_000);
    assert_eq!(raw(&test, JSON, deep).await.issues()[0].1, "invalid_format");
    assert_eq!(
        test.get("/advertisers?status=ALL").await.data(200)["total"],
        0
    );
    test.finish().await;
}

#[tokio::test]
async fn bodies_have_a_type_and_a_size() {
    let test = TestApp::start().await;
    let body = r#"{"name":"A","brand":"a.example","primaryCurrency":"EUR"}"#;
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some("application/jsonx"),
    ] {
        raw(&test, content_type, body)
            .await
            .error(415, "BAD_REQUEST");
    }
    assert_eq!(
        raw(&test, Some("Application/JSON; charset=utf-8"), body)
            .await
            .status,
        201
    );
    let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(5_000_000));
    raw(&test, JSON, huge.clone())
        .await
        .error(413, "BAD_REQUEST");
    // Without an announced length, too.
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> = huge
        .as_bytes()
        .chunks(65_536)
        .map(|c| Ok(c.to_vec()))
        .collect();
    let streamed = Body::from_stream(futures::stream::iter(pieces));
    raw(&test, JSON, streamed).await.error(413, "BAD_REQUEST");
    let broken: [Result<Vec<u8>, std::io::Error>; 2] =
        [Ok(b"{".to_vec()), Err(std::io::Error::other("gone"))];
    let broken = Body::from_stream(futures::stream::iter(broken));
    assert_eq!(
        raw(&test, JSON, broken).await.issues()[0].1,
        "invalid_format"
    );
    test.finish().await;
}

#[tokio::test]
async fn paths_and_methods_that_are_not_there() {
    let test = TestApp::start().await;
    for path in [
        "/nowhere",
        "/advertisers/",
        "/advertisers/adv_1/nowhere",
        "//advertisers",
        "/advertisers/x/y/z",
    ] {
        test.get(path).await.error(404, "NOT_FOUND");
    }
    for id in [
        "adv_unknown",
        "cmp_1",
        "1",
        "adv_",
        "adv_%00",
        "adv_%ff",
        "adv_ä",
        "%2e%2e%2f",
    ] {
        test.get(&format!("/advertisers/{id}"))
            .await
            .error(404, "NOT_FOUND");
    }
    let reply = test
        .send(test.json(Method::PATCH, "/advertisers", &json!({})))
        .await;
    reply.error(405, "BAD_REQUEST");
    assert!(
        reply
            .header("allow")
            .is_some_and(|allow| allow.contains("POST")),
        "{:?}",
        reply.header("allow")
    );
    let reply = test
        .send(test.json(Method::POST, "/advertisers/adv_1", &json!({})))
        .await;
    reply.error(405, "BAD_REQUEST");
    let outside = Request::builder()
        .uri("/api/nowhere")
        .body(Body::empty())
        .unwrap();
    test.send(outside).await.error(404, "NOT_FOUND");
    test.finish().await;
}

#[tokio::test]
async fn parameters_are_read_strictly() {
    let test = TestApp::start().await;
    let cases = [
        ("/advertisers?take=0", "take", "too_small"),
        ("/advertisers?take=251", "take", "too_large"),
        ("/advertisers?take=ten", "take", "invalid_format"),
        ("/advertisers?skip=-1", "skip", "invalid_format"),
        (
            "/advertisers?skip=99999999999999999999",
            "skip",
            "too_large",
        ),
        ("/advertisers?status=active", "status", "unknown_value"),
        ("/advertisers?sandbox=1", "sandbox", "unknown_value"),
        ("/advertisers?limit=5", "limit", "unknown_field"),
        ("/advertisers?take=5&take=6", "take", "duplicate_field"),
        (
            "/advertisers/adv_1?verbose=true",
            "verbose",
            "unknown_field",
        ),
        ("/sales-agents?status=ACTIVE", "status", "unknown_value"),
        ("/events?since=3", "since", "unknown_field"),
    ];
    for (path, field, code) in cases {
        assert_eq!(
            test.get(path).await.issues(),
            [(field.to_owned(), code.to_owned())],
            "{path}"
        );
    }
    let long = format!("/advertisers?name={}", "x".repeat(256));
    assert_eq!(test.get(&long).await.issues()[0].1, "too_long");
    let all = test
        .get("/advertisers?b=1&skip=x&take=0&a=2")
        .await
        .issues();
    let paths: Vec<&str> = all.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["take", "skip", "a", "b"]);
    test.finish().await;
}

#[tokio::test]
async fn our_own_failures_tell_nothing_but_an_id() {
    let test = TestApp::start().await;
    test.app.store.close().await;
    let reply = test.get("/advertisers").await;
    let error = reply.json()["error"].clone();
    assert!(matches!(reply.status.as_u16(), 500 | 503), "{error}");
    let text = error.to_string().to_lowercase();
    for word in ["sql", "pool", "connection", "closed", "panicked"] {
        assert!(!text.contains(word), "{text}");
    }
    assert!(
        reply
            .header("x-request-id")
            .is_some_and(|id| id.starts_with("req_"))
    );
}

#[tokio::test]
async fn every_answer_says_that_it_is_not_to_be_kept() {
    let test = TestApp::start().await;
    for reply in [test.get("/advertisers").await, test.get("/nowhere").await] {
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert!(reply.header("x-request-id").is_some());
    }
    test.finish().await;
}

#[test]
fn the_table_of_faults_stays() {
    let eur = Money::from_minor(5, Currency::parse("EUR").unwrap()).unwrap();
    let malformed = |what| Fault::Malformed {
        what,
        message: "m".to_owned(),
    };
    let busy = |why| Fault::Busy {
        why,
        retry_after_s: 7,
        message: "m".to_owned(),
    };
    let faults = [
        Fault::invalid("name", Code::Required, "m"),
        Fault::Refused(Refusal::Overflow),
        Fault::Refused(Refusal::WrongPhase {
            is: "DRAFT",
            allowed: &["ACTIVE"],
            message: "m".to_owned(),
        }),
        Fault::Refused(Refusal::CurrencyMismatch {
            expected: "EUR".to_owned(),
            got: "USD".to_owned(),
        }),
        Fault::Refused(Refusal::OverBudget {
            short_by: eur,
            minimum_total: None,
            message: "m".to_owned(),
        }),
        Fault::Refused(Refusal::Conflict {
            what: Conflict::InFlight,
            message: "m".to_owned(),
            media_buys: vec![],
        }),
        Fault::Refused(Refusal::Unsupported("m".to_owned())),
        Fault::NotFound("campaign"),
        Fault::Stale {
            expected: 1,
            current: 2,
        },
        Fault::clash(Clash::Moved, "m"),
        Fault::clash(Clash::IdempotencyKeyReused, "m"),
        Fault::clash(Clash::IdempotencyKeyRunning, "m"),
        Fault::clash(Clash::AgentHoldsBuys, "m"),
        Fault::clash(Clash::InUse, "m"),
        Fault::clash(Clash::Archived, "m"),
        Fault::clash(Clash::Exists, "m"),
        Fault::Unauthenticated,
        Fault::Forbidden("m"),
        malformed(Malformed::Unreadable),
        malformed(Malformed::Method),
        malformed(Malformed::Slow),
        malformed(Malformed::TooLarge),
        malformed(Malformed::NotJson),
        busy(Busy::RateLimited),
        busy(Busy::Unavailable),
        Fault::ours(std::io::Error::other("the disk is full")),
    ];
    let table: Vec<String> = faults
        .iter()
        .map(|fault| {
            let (status, body) = fault.to_http();
            let conflict = body
                .details
                .and_then(|details| details.conflict)
                .unwrap_or_default();
            format!("{} {} {conflict}", status.as_u16(), body.code)
                .trim_end()
                .to_owned()
        })
        .collect();
    assert_eq!(
        table,
        [
            "400 VALIDATION_ERROR",
            "400 VALIDATION_ERROR",
            "400 VALIDATION_ERROR",
            "400 CURRENCY_MISMATCH",
            "409 INSUFFICIENT_MEDIA_BUDGET",
            "409 CONFLICT in_flight",
            "422 CAPABILITY_NOT_SUPPORTED",
            "404 NOT_FOUND",
            "409 CONFLICT stale_revision",
            "409 CONFLICT moved",
            "409 CONFLICT idempotency_key_reused",
            "409 CONFLICT idempotency_key_running",
            "409 CONFLICT agent_holds_buys",
            "409 CONFLICT in_use",
            "409 CONFLICT archived",
            "409 CONFLICT exists",
            "401 UNAUTHORIZED",
            "403 FORBIDDEN",
            "400 VALIDATION_ERROR",
            "405 BAD_REQUEST",
            "408 BAD_REQUEST",
            "413 BAD_REQUEST",
            "415 BAD_REQUEST",
            "429 RATE_LIMITED",
            "503 SERVICE_UNAVAILABLE",
            "500 INTERNAL_ERROR",
        ]
    );
    let (_, ours) = Fault::ours(std::io::Error::other("the disk is full")).to_http();
    assert_eq!(ours.message, "something went wrong on our side");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Forty mutations of a good body a case: whatever comes, the answer is 201 or a refusal that
    /// names a path, and never our own failure.
    #[test]
    fn mutated_bodies_are_never_our_failure(mutations in prop::collection::vec((any::<prop::sample::Index>(), mutation()), 40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let test = TestApp::start().await;
            for (place, mutation) in mutations {
                let mut body = GOOD.to_vec();
                mutation.apply(&mut body, place.index(GOOD.len()));
                let reply = raw(&test, JSON, body.clone()).await;
                match reply.status.as_u16() {
                    201 => {}
                    400 => {
                        reply.json();
                    }
                    other => panic!("{other} for {}", String::from_utf8_lossy(&body)),
                }
            }
            test.finish().await;
        });
    }
}

const GOOD: &[u8] = br#"{"name":"Acme","description":"Shoes","brand":"acme.example","primaryCurrency":"EUR","marginPercent":8.5,"sandbox":true,"optimizationApplyMode":"AUTO","frequencyCaps":[{"max_impressions":3,"window":{"interval":1,"unit":"days"}}]}"#;

#[derive(Debug, Clone)]
enum Mutation {
    Byte(u8),
    Insert(&'static str),
    Cut(usize),
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
            "99999999999999999999999999",
            "\"",
            "\\u0000",
            "\\ud83d",
            ",",
            ":",
            "0.00001",
            "true",
            "\"x\":1,",
            "\u{202e}",
            "NaN",
        ])
        .prop_map(Mutation::Insert),
        (1_usize..40).prop_map(Mutation::Cut),
    ]
}
