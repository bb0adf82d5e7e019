//! Bodies that are no request at all, on create, update, selection and execute.

use axum::body::Body;
use axum::http::Method;

use super::support::TestApp;
use super::{campaign, check, count, send_text};

/// What JSON does not allow, what we do not, and what no number can be.
fn unreadable() -> Vec<(&'static str, Vec<u8>)> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("nothing", text("  ")),
        ("cut off", text(r#"{"name":"a""#)),
        ("no quotes", text("{name:\"a\"}")),
        ("a comma too many", text(r#"{"name":"a",}"#)),
        ("two bodies", text(r#"{"name":"a"}{"name":"b"}"#)),
        ("a comment", text(r#"{/* x */"name":"a"}"#)),
        ("a byte order mark", text("\u{feff}{}")),
        ("a lone surrogate", text(r#"{"name":"\ud800"}"#)),
        ("a lone low surrogate", text(r#"{"name":"\udc00a"}"#)),
        ("no UTF-8", b"{\"name\":\"\xc3\x28\"}".to_vec()),
        ("UTF-16", b"\xff\xfe{\0}\0".to_vec()),
        ("a raw control character", text("{\"name\":\"a\u{1}\"}")),
        ("an infinite number", text(r#"{"budget":{"total":1e400}}"#)),
        ("not a number", text(r#"{"budget":{"total":NaN}}"#)),
        ("a hexadecimal number", text(r#"{"budget":{"total":0x10}}"#)),
        (
            "a number with a zero ahead",
            text(r#"{"budget":{"total":007}}"#),
        ),
        (
            "10,000 lists",
            format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)).into_bytes(),
        ),
        (
            "10,000 objects",
            format!("{}1{}", r#"{"budget":"#.repeat(10_000), "}".repeat(10_000)).into_bytes(),
        ),
    ]
}

async fn targets(test: &TestApp) -> Vec<(Method, String)> {
    let advertiser = test.advertiser().await;
    let id = campaign(test, &advertiser).await;
    vec![
        (Method::POST, "/campaigns".to_owned()),
        (Method::PUT, format!("/campaigns/{id}")),
        (Method::POST, format!("/campaigns/{id}/execute")),
        (Method::POST, format!("/campaigns/{id}/pause")),
        (Method::POST, format!("/campaigns/{id}/reactivate")),
        (Method::POST, "/advertisers".to_owned()),
        (Method::PUT, format!("/advertisers/{advertiser}")),
        (Method::POST, "/sales-agents".to_owned()),
        (Method::POST, "/discovery/discover-products".to_owned()),
    ]
}

#[tokio::test]
async fn what_is_no_json_is_refused_everywhere() {
    let test = TestApp::start().await;
    let targets = targets(&test).await;
    let before = count(&test).await;
    for (method, path) in &targets {
        for (what, body) in unreadable() {
            let reply = send_text(&test, method.clone(), path, body).await;
            check(
                &format!("{method} {path}: {what}"),
                &reply,
                &[("", "invalid_format")],
            );
        }
        for body in ["[]", "[{}]", "null", "7", "\"{}\"", "false"] {
            let reply = send_text(&test, method.clone(), path, body).await;
            check(
                &format!("{method} {path}: {body}"),
                &reply,
                &[("", "wrong_type")],
            );
        }
    }
    assert_eq!(count(&test).await, before);
    test.finish().await;
}

#[tokio::test]
async fn bodies_that_are_missing_too_long_or_of_another_kind() {
    let test = TestApp::start().await;
    let targets = targets(&test).await;
    let before = count(&test).await;
    let long = format!("{{\"brief\":\"{}\"}}", "x".repeat(5_000_000));
    for (method, path) in &targets {
        let optional = ["/execute", "/pause", "/reactivate"]
            .iter()
            .any(|end| path.ends_with(end));
        if !optional {
            let reply = send_text(&test, method.clone(), path, "").await;
            check(
                &format!("{method} {path}: empty"),
                &reply,
                &[("", "invalid_format")],
            );
        }
        send_text(&test, method.clone(), path, long.clone())
            .await
            .error(413, "BAD_REQUEST");
        for kind in [
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/xml",
            "",
        ] {
            let request = test
                .request(method.clone(), path)
                .header("content-type", kind)
                .body(Body::from("{}"))
                .unwrap();
            test.send(request).await.error(415, "BAD_REQUEST");
        }
    }
    assert_eq!(count(&test).await, before);
    test.finish().await;
}
