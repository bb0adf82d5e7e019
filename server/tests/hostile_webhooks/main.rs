//! Messages that are not what they say, to an address that is: each is refused in its own way, and
//! nothing changes.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

#[path = "../support/mod.rs"]
mod support;

mod bodies;
mod signatures;

use chrono::{DateTime, Utc};
use flighting_core::ids::AgentId;
use flighting_server::adcp::AddressPolicy;
use flighting_server::adcp::webhook::Envelope;
use flighting_server::app::Settings;
use serde_json::{Value, json};
use support::seller::{Does, Seller, shared};
use support::sender::{Sender, Sent, completed};
use support::staged::Staged;
use support::{Setup, TestApp};

const KEY: &str = "whk_hostile_00000001";

/// What is wrong with a message, the status and the code that it is refused with, and the message.
type Case = (&'static str, u16, &'static str, Sent);

/// A message that is good in every way, and who else could have signed it.
struct Given {
    url: String,
    message: Value,
    now: DateTime<Utc>,
    sender: Sender,
    neighbour: Sender,
    for_answers: Sender,
    /// What the neighbour was told to write to.
    beside_config: Value,
}

impl Given {
    fn good(&self) -> Sent {
        self.sender.send(&self.url, &self.message, self.now)
    }

    /// The same with another body.
    fn with(&self, change: &dyn Fn(&mut Value)) -> Sent {
        let mut body = self.message.clone();
        change(&mut body);
        self.sender.send(&self.url, &body, self.now)
    }
}

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
    let given = Given {
        url,
        message,
        now,
        sender,
        neighbour,
        for_answers,
        beside_config,
    };

    let mut table = signatures::cases(&given);
    table.extend(bodies::cases(&given));
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
            given
                .with(&|body| {
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
