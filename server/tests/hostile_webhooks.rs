//! Messages that are not what they say, to an address that is: each is refused in its own way, and
//! nothing changes.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use axum::http::Method;
use chrono::TimeDelta;
use flighting_core::ids::AgentId;
use flighting_server::adcp::AddressPolicy;
use flighting_server::adcp::signing::{REQUEST_31, WEBHOOK};
use flighting_server::adcp::webhook::Envelope;
use flighting_server::app::Settings;
use flighting_server::signature::Profile;
use serde_json::{Value, json};
use support::seller::{Does, Seller, shared};
use support::sender::{Sender, Sent, completed};
use support::staged::Staged;
use support::{Setup, TestApp};

const KEY: &str = "whk_hostile_00000001";

/// An agent with webhooks of these keys, and a buy that waits for its seller.
async fn waiting(test: TestApp, name: &str, keys: Value, task: &'static str) -> (Staged, String) {
    let body = json!({"name": name, "url": "http://127.0.0.1:1/mcp", "protocol": "MCP", "webhooks": {"jwks": {"keys": keys}}});
    let told = test.post("/sales-agents", body).await.data(201);
    let agent = AgentId::parse(told["salesAgent"]["salesAgentId"].as_str().unwrap()).unwrap();
    let (seller, client) = shared(Seller::new(agent.clone(), [Does::Submits(task)]));
    test.app.agents.script(agent.clone(), client);
    let staged = Staged {
        test,
        seller,
        agent,
    };
    let id = staged.executed().await;
    (staged, id)
}

fn config(staged: &Staged) -> Value {
    let request: Value = serde_json::from_str(&staged.seller.requests()[0]).unwrap();
    request["push_notification_config"].clone()
}

#[tokio::test]
async fn nothing_that_is_not_the_sellers_own_message_changes_anything() {
    let test = TestApp::with(Setup {
        addresses: AddressPolicy::new(true),
        settings: Settings {
            rate_limit: 0,
            public_url: Some("https://planner.example".parse().unwrap()),
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await;
    let sender = Sender::new("seller-1", 7);
    let neighbour = Sender::new("neighbour-1", 9);
    let for_answers = Sender::new("answers-1", 11);
    // Another agent of the same account, with a buy of its own.
    let (beside, _) = waiting(test, "Neighbour", json!([neighbour.jwk()]), "task-n").await;
    let beside_config = config(&beside);
    let keys = json!([sender.jwk(), for_answers.key.public("response-signing")]);
    let (staged, id) = waiting(beside.test, "Seller", keys, "task-1").await;
    let config = config(&staged);
    let text = |name: &str| config[name].as_str().unwrap().to_owned();
    let (url, operation, token) = (text("url"), text("operation_id"), text("token"));
    let now = staged.test.clock.real_now();

    let result =
        json!({"media_buy_id": "b1", "media_buy_status": "active", "revision": 1, "packages": []});
    let message = completed(KEY, &operation, "task-1", &token, result);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = message.clone();
        change(&mut body);
        sender.send(&url, &body, now)
    };
    let good = || sender.send(&url, &message, now);
    let raw = |body: &str| sender.sign(&url, body.as_bytes().to_vec(), now);
    let at = |offset: i64| sender.send(&url, &message, now + TimeDelta::seconds(offset));
    let as_profile = |profile: Profile| {
        Sender {
            profile,
            ..sender.clone()
        }
        .send(&url, &message, now)
    };
    let elsewhere =
        |signed: &str| sender.sign_as(signed, &url, message.to_string().into_bytes(), now);
    let input = |from: &str, to: &str| good().edit("signature-input", from, to);
    let other_body = |mut sent: Sent| {
        sent.body = message.to_string().replace("active", "paused").into_bytes();
        sent
    };
    let created = now.timestamp();
    let expires = created + 300;

    let table: Vec<(&str, u16, &str, Sent)> = vec![
        (
            "unsigned",
            401,
            "webhook_signature_required",
            good().without("signature").without("signature-input"),
        ),
        (
            "half a pair",
            401,
            "webhook_signature_header_malformed",
            good().without("signature-input"),
        ),
        (
            "the other half",
            401,
            "webhook_signature_header_malformed",
            good().without("signature"),
        ),
        (
            "another key under the same name",
            401,
            "webhook_signature_invalid",
            Sender::new("seller-1", 8).send(&url, &message, now),
        ),
        (
            "a stranger's key",
            401,
            "webhook_signature_key_unknown",
            Sender::new("stranger", 8).send(&url, &message, now),
        ),
        (
            "the neighbour's key",
            401,
            "webhook_signature_key_unknown",
            neighbour.send(&url, &message, now),
        ),
        (
            "a key for something else",
            401,
            "webhook_signature_key_purpose_invalid",
            for_answers.send(&url, &message, now),
        ),
        (
            "the tag of requests",
            401,
            "webhook_signature_tag_invalid",
            as_profile(Profile {
                binary: WEBHOOK.binary,
                digest: WEBHOOK.digest,
                ..REQUEST_31
            }),
        ),
        (
            "a tag of nobody",
            401,
            "webhook_signature_tag_invalid",
            input("adcp/webhook-signing/v1", "adcp/webhook-signing/v2"),
        ),
        (
            "rsa",
            401,
            "webhook_signature_alg_not_allowed",
            input("\"ed25519\"", "\"rsa-pss-sha512\""),
        ),
        (
            "hmac as algorithm",
            401,
            "webhook_signature_alg_not_allowed",
            input("\"ed25519\"", "\"hmac-sha256\""),
        ),
        (
            "the other algorithm",
            401,
            "webhook_signature_key_purpose_invalid",
            input("\"ed25519\"", "\"ecdsa-p256-sha256\""),
        ),
        (
            "no method",
            401,
            "webhook_signature_components_incomplete",
            input("\"@method\" ", ""),
        ),
        (
            "no address",
            401,
            "webhook_signature_components_incomplete",
            input("\"@target-uri\" ", ""),
        ),
        (
            "no authority",
            401,
            "webhook_signature_components_incomplete",
            input("\"@authority\" ", ""),
        ),
        (
            "no type",
            401,
            "webhook_signature_components_incomplete",
            input("\"content-type\" ", ""),
        ),
        (
            "no digest covered",
            401,
            "webhook_signature_components_incomplete",
            input(" \"content-digest\"", ""),
        ),
        (
            "a component we cannot judge",
            401,
            "webhook_signature_components_unexpected",
            input("(", "(\"@query\" "),
        ),
        (
            "a component twice",
            401,
            "webhook_signature_header_malformed",
            input("(", "(\"@method\" "),
        ),
        (
            "a component with parameters",
            401,
            "webhook_signature_header_malformed",
            input("\"@method\"", "\"@method\";req"),
        ),
        (
            "a header that is not there",
            401,
            "webhook_signature_header_malformed",
            input("(", "(\"x-not-there\" "),
        ),
        ("stale", 401, "webhook_signature_window_invalid", at(-361)),
        (
            "from the future",
            401,
            "webhook_signature_window_invalid",
            at(61),
        ),
        (
            "valid for too long",
            401,
            "webhook_signature_window_invalid",
            input(
                &format!("expires={expires}"),
                &format!("expires={}", expires + 1),
            ),
        ),
        (
            "over before it began",
            401,
            "webhook_signature_window_invalid",
            input(&format!("expires={expires}"), &format!("expires={created}")),
        ),
        (
            "a later end",
            401,
            "webhook_signature_invalid",
            input(
                &format!("expires={expires}"),
                &format!("expires={}", expires - 1),
            ),
        ),
        (
            "no nonce",
            401,
            "webhook_signature_params_incomplete",
            input(";nonce=", ";once="),
        ),
        (
            "a short nonce",
            401,
            "webhook_signature_params_incomplete",
            input(";nonce=\"", ";nonce=\"short\";once=\""),
        ),
        (
            "no key",
            401,
            "webhook_signature_params_incomplete",
            input(";keyid=", ";key="),
        ),
        (
            "no beginning",
            401,
            "webhook_signature_params_incomplete",
            input(";created=", ";made="),
        ),
        (
            "no tag",
            401,
            "webhook_signature_params_incomplete",
            input(";tag=", ";label="),
        ),
        (
            "a number as text",
            401,
            "webhook_signature_header_malformed",
            input(
                &format!("created={created}"),
                &format!("created=\"{created}\""),
            ),
        ),
        (
            "a parameter twice",
            401,
            "webhook_signature_header_malformed",
            input(";tag=", ";alg=\"ed25519\";tag="),
        ),
        (
            "a label of another name",
            401,
            "webhook_signature_header_malformed",
            input("sig1=", "sig2="),
        ),
        (
            "two of one label",
            401,
            "webhook_signature_header_malformed",
            good().and("signature", "sig1=:AAAA:"),
        ),
        (
            "a signature cut short",
            401,
            "webhook_signature_invalid",
            good().with("signature", "sig1=:AAAA:"),
        ),
        (
            "two alphabets at once",
            401,
            "webhook_signature_header_malformed",
            good().with("signature", "sig1=:A+B-:"),
        ),
        (
            "no signature but garbage",
            401,
            "webhook_signature_header_malformed",
            good().with("signature", "garbage"),
        ),
        (
            "no input but garbage",
            401,
            "webhook_signature_header_malformed",
            good().with("signature-input", "((("),
        ),
        (
            "signed for another path",
            401,
            "webhook_signature_invalid",
            elsewhere(&format!("{url}0")),
        ),
        (
            "signed for the neighbour's address",
            401,
            "webhook_signature_invalid",
            elsewhere(beside_config["url"].as_str().unwrap()),
        ),
        (
            "signed for another host",
            401,
            "webhook_signature_invalid",
            elsewhere(&url.replace("planner", "planer")),
        ),
        (
            "signed for another port",
            401,
            "webhook_signature_invalid",
            elsewhere(&url.replace(".example", ".example:8443")),
        ),
        (
            "signed without encryption",
            401,
            "webhook_signature_invalid",
            elsewhere(&url.replace("https", "http")),
        ),
        (
            "another body",
            401,
            "webhook_signature_digest_mismatch",
            other_body(good()),
        ),
        (
            "another body with its digest",
            401,
            "webhook_signature_invalid",
            {
                let digest =
                    sender.sign(&url, other_body(good()).body, now).headers["content-digest"]
                        .to_str()
                        .unwrap()
                        .to_owned();
                other_body(good()).with("content-digest", &digest)
            },
        ),
        (
            "no digest",
            401,
            "webhook_signature_header_malformed",
            good().without("content-digest"),
        ),
        (
            "two digests",
            401,
            "webhook_signature_header_malformed",
            good().and("content-digest", "sha-256=:AAAA:"),
        ),
        (
            "a digest of an algorithm nobody has",
            401,
            "webhook_signature_header_malformed",
            good().with("content-digest", "md5=:AAAA:"),
        ),
        (
            "another type than was signed",
            401,
            "webhook_signature_invalid",
            good().with("content-type", "application/json; charset=utf-8"),
        ),
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
    ];
    assert!(table.len() >= 60, "{}", table.len());

    let before = staged.read(&id).await;
    let tip = staged.test.app.store.tip().borrow().commits;
    let mut wrong = Vec::new();
    for (what, status, code, sent) in table {
        let reply = staged.test.send(sent.request()).await;
        let body: Value = serde_json::from_slice(&reply.bytes).unwrap_or(Value::Null);
        let challenge = reply
            .headers
            .get("www-authenticate")
            .map(|value| value.to_str().unwrap().to_owned());
        let expected = (status == 401).then(|| format!("Signature error=\"{code}\""));
        if reply.status != status || body["error"]["code"] != code || challenge != expected {
            wrong.push(format!(
                "{what}: expected {status} {code}, got {} {body} {challenge:?}",
                reply.status
            ));
        }
        let told = String::from_utf8_lossy(&reply.bytes).into_owned();
        assert!(
            !told.contains(&token) && !told.contains(staged.agent.as_str()),
            "{what}: {told}"
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(staged.read(&id).await, before);
    assert_eq!(
        staged.test.app.store.tip().borrow().commits,
        tip,
        "something was written"
    );

    // The message itself is as good as ever: none of its spoilt copies used up its key.
    let reply = staged
        .test
        .send(
            with(&|body| {
                body["result"]["packages"] = json!([{"package_id": "p1", "budget": 900}]);
            })
            .request(),
        )
        .await;
    assert_eq!(
        reply.status,
        200,
        "{}",
        String::from_utf8_lossy(&reply.bytes)
    );
    assert_eq!(staged.buy(&id).await["status"], "ACTIVE");
    staged.test.end().await;
}

#[test]
fn envelopes_are_read_as_the_official_vectors_say() {
    let told = |variable: &str| std::env::var_os(variable).map(std::path::PathBuf::from);
    let folder = told("FLIGHTING_ADCP_VECTORS")
        .or_else(|| told("FLIGHTING_ADCP_SCHEMAS").map(|schemas| schemas.join("test-vectors")))
        .expect("the folder with AdCP's test vectors in FLIGHTING_ADCP_VECTORS: run `cargo xtask test server`");
    let text = std::fs::read_to_string(folder.join("webhook-receiver-envelope.json")).unwrap();
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let positive = vectors["positive"].as_array().unwrap();
    let digests: Vec<_> = positive
        .iter()
        .map(|vector| {
            Envelope::read(vector["payload"].to_string().as_bytes())
                .unwrap()
                .digest
        })
        .collect();
    // The second is a delivery of the first once more.
    assert_eq!((digests.len(), digests[0]), (2, digests[1]));
    let negative = vectors["negative"].as_array().unwrap();
    assert_eq!(negative.len(), 3);
    for vector in negative {
        let refusal = Envelope::read(vector["payload"].to_string().as_bytes()).unwrap_err();
        assert_eq!(vector["expected_error"], refusal.code(), "{vector}");
    }
}
