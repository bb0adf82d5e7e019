//! One verdict: what core says of an update to somebody who has only read the campaign is what the
//! API then answers. Every `TestApp::put` of a campaign asks both.

use flighting_core::wire::json::Json;
use flighting_core::wire::plan::{Asked, validate_campaign_update};
use flighting_core::wire::{ErrorBody, ErrorCode};
use serde_json::{Value, json};

use super::{Reply, TestApp};

/// Foretells the answer to a `PUT` of a campaign: the error, or none. Outer none where the path is
/// another's, or the campaign cannot be read.
pub async fn foretold(test: &TestApp, path: &str, body: &Value) -> Option<Option<Box<ErrorBody>>> {
    let id = path.strip_prefix("/campaigns/")?;
    if id.contains('/') || id.contains('?') {
        return None;
    }
    let known = test.get(path).await;
    if !known.status.is_success() {
        return None;
    }
    let read = |value: &Value| Json::from_text(value.to_string().as_bytes()).unwrap();
    let options = json!({ "now": test.app.clock.now() });
    let asked = Asked::read(Some(&read(&options))).unwrap();
    let known = read(&known.data(200)["campaign"]);
    Some(validate_campaign_update(&known, &read(body), &asked).unwrap())
}

/// Fails where the API answered something else.
#[track_caller]
pub fn same(foretold: Option<Box<ErrorBody>>, body: &Value, reply: &Reply) {
    let answer = String::from_utf8(reply.bytes.clone()).unwrap();
    if let Some(error) = foretold {
        let bytes = serde_json::to_string(&error).unwrap();
        assert!(
            answer.contains(&format!("\"error\":{bytes}")),
            "core foretold {bytes} of {body}\nand the API answers {answer}"
        );
        return;
    }
    let Ok(answered) = serde_json::from_str::<Value>(&answer) else {
        return;
    };
    let Ok(error) = serde_json::from_value::<ErrorBody>(answered["error"].clone()) else {
        return;
    };
    // What a campaign's answer does not show: sessions, and what stands outside of it.
    let outside = error.field.as_deref() == Some("discoveryId")
        || !matches!(
            error.code,
            ErrorCode::ValidationError
                | ErrorCode::InsufficientMediaBudget
                | ErrorCode::CurrencyMismatch
                | ErrorCode::CapabilityNotSupported
                | ErrorCode::Conflict
        );
    assert!(
        outside,
        "core foretold nothing wrong with {body}\nand the API answers {answer}"
    );
}
