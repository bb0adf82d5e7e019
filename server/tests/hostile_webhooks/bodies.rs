//! Messages that are refused for what they say or how they come: their type, size, JSON and
//! envelope, what they name, and the address they are sent to.

use axum::http::Method;
use serde_json::{Value, json};

use super::{Case, Given};

pub fn cases(given: &Given) -> Vec<Case> {
    let Given {
        url,
        message,
        now,
        sender,
        beside_config,
        ..
    } = given;
    let with = |change: &dyn Fn(&mut Value)| given.with(change);
    let good = || given.good();
    let raw = |body: &str| sender.sign(url, body.as_bytes().to_vec(), *now);
    let created = now.timestamp();
    vec![
        (
            "text",
            415,
            "not_json",
            good().with("content-type", "text/plain"),
        ),
        (
            "no type at all",
            415,
            "not_json",
            good().without("content-type"),
        ),
        (
            "two types",
            415,
            "not_json",
            good().and("content-type", "text/plain"),
        ),
        (
            "a huge body",
            413,
            "too_large",
            raw(&format!("{{\"x\":\"{}\"}}", "x".repeat(5 * 1024 * 1024))),
        ),
        (
            "a name twice",
            400,
            "duplicate_member",
            raw(&message
                .to_string()
                .replacen('{', "{\"status\":\"failed\",", 1)),
        ),
        (
            "a name twice deep inside",
            400,
            "duplicate_member",
            raw(&message
                .to_string()
                .replace("\"revision\":1", "\"revision\":1,\"revision\":2")),
        ),
        (
            "a name twice in disguise",
            400,
            "duplicate_member",
            raw(&message
                .to_string()
                .replacen('{', "{\"st\\u0061tus\":\"failed\",", 1)),
        ),
        ("no JSON", 400, "not_json", raw("{\"idempotency_key\":")),
        ("nothing but text", 400, "not_json", raw("\"hello\"")),
        ("a list", 400, "not_json", raw(&format!("[{message}]"))),
        (
            "a tower of brackets",
            400,
            "not_json",
            raw(&"[".repeat(10_000)),
        ),
        (
            "no key to know it by",
            400,
            "missing_idempotency_key",
            with(&|body| {
                body.as_object_mut().unwrap().remove("idempotency_key");
            }),
        ),
        (
            "a key too short",
            400,
            "invalid_envelope_field",
            with(&|body| body["idempotency_key"] = json!("short")),
        ),
        (
            "a key with a space",
            400,
            "invalid_envelope_field",
            with(&|body| body["idempotency_key"] = json!("whk hostile 00000001")),
        ),
        (
            "a key that is a number",
            400,
            "invalid_envelope_field",
            with(&|body| body["idempotency_key"] = json!(1_234_567_890_123_456_u64)),
        ),
        (
            "no task",
            400,
            "missing_envelope_fields",
            with(&|body| {
                body.as_object_mut().unwrap().remove("task_id");
            }),
        ),
        (
            "the result alone",
            400,
            "missing_envelope_fields",
            with(&|body| *body = body["result"].clone()),
        ),
        (
            "the status of a buy",
            400,
            "invalid_envelope_status",
            with(&|body| body["status"] = json!("active")),
        ),
        (
            "no time",
            400,
            "invalid_envelope_field",
            with(&|body| body["timestamp"] = json!("yesterday")),
        ),
        (
            "a shared secret's signature",
            401,
            "webhook_mode_mismatch",
            good()
                .without("signature")
                .without("signature-input")
                .with("x-adcp-timestamp", &created.to_string())
                .with("x-adcp-signature", &format!("sha256={}", "00".repeat(32))),
        ),
        (
            "no token",
            401,
            "webhook_token_missing",
            with(&|body| {
                body.as_object_mut().unwrap().remove("token");
            }),
        ),
        (
            "another token",
            401,
            "webhook_token_invalid",
            with(&|body| body["token"] = json!("0".repeat(64))),
        ),
        (
            "the neighbour's token",
            401,
            "webhook_token_invalid",
            with(&|body| body["token"] = beside_config["token"].clone()),
        ),
        (
            "an operation of nobody",
            422,
            "unknown_operation",
            with(&|body| body["operation_id"] = json!("op-of-nobody")),
        ),
        (
            "the neighbour's operation",
            422,
            "unknown_operation",
            with(&|body| body["operation_id"] = beside_config["operation_id"].clone()),
        ),
        (
            "a task of nobody",
            422,
            "unknown_operation",
            with(&|body| {
                body["task_id"] = json!("task-x");
                body.as_object_mut().unwrap().remove("operation_id");
            }),
        ),
        (
            "the neighbour's task",
            422,
            "unknown_operation",
            with(&|body| {
                body["task_id"] = json!("task-n");
                body.as_object_mut().unwrap().remove("operation_id");
            }),
        ),
        (
            "another task under our operation",
            422,
            "unknown_operation",
            with(&|body| body["task_id"] = json!("task-2")),
        ),
        (
            "a report on a buy of nobody",
            422,
            "unknown_operation",
            with(&|body| {
                body["task_type"] = json!("media_buy_delivery");
                body["result"] = json!({"media_buy_deliveries": [{"media_buy_id": "nobodys", "status": "active", "totals": {"impressions": 9}}]});
            }),
        ),
        (
            "a report on nothing",
            422,
            "unknown_operation",
            with(&|body| {
                body["task_type"] = json!("media_buy_delivery");
                body["result"] = Value::Null;
            }),
        ),
        ("an address of nobody", 404, "not_found", {
            let mut sent = good();
            sent.path.push('0');
            sent
        }),
        ("a query", 404, "not_found", {
            let mut sent = good();
            sent.path.push_str("?x=1");
            sent
        }),
        ("another method", 404, "not_found", {
            let mut sent = good();
            sent.method = Method::PUT;
            sent
        }),
    ]
}
