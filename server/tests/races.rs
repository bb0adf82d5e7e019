//! What happens between two steps of one caller: a request that is settled, and another one that
//! takes its place, while somebody is half way with the first.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use flighting_core::execution::{self, Answer, Outcome};
use flighting_core::ids::{AgentId, CampaignId};
use flighting_core::media_buy::SubmissionState;
use flighting_server::App;
use flighting_server::adcp::AddressPolicy;
use flighting_server::app::Settings;
use flighting_server::store::{AccountId, Change, SubmissionUpdate};
use serde_json::{Value, json};
use support::meddled::Between;
use support::seller::{Does, Seller, no, shared};
use support::sender::{Sender, completed};
use support::staged::Staged;
use support::{Setup, TestApp};
use tower::ServiceExt;

/// Somebody else who finds out that a purchase came to nothing, and buys it anew.
struct Other {
    app: Arc<App>,
    router: Router,
    account: AccountId,
    campaign: CampaignId,
    execute: Request<Body>,
}

impl Other {
    fn of(test: &TestApp, id: &str) -> Self {
        let path = format!("/campaigns/{id}/execute");
        Self {
            app: Arc::clone(&test.app),
            router: test.router(),
            account: test.account.clone(),
            campaign: CampaignId::parse(id).unwrap(),
            execute: test.json(Method::POST, &path, &json!({})),
        }
    }

    async fn buys_anew(self) {
        let store = &self.app.store;
        let stored = store.campaign(&self.account, &self.campaign).await;
        let (mut campaign, version) = stored.unwrap().unwrap().into_parts();
        let buy = campaign.buys()[0].clone();
        let submission = store.submission(&self.account, &buy.id).await;
        let submission = submission.unwrap().unwrap();
        let nothing = Outcome::of(&buy, Answer::Failed(no("UNSUPPORTED")), None);
        execution::settle(&mut campaign, &[nothing], self.app.clock.now());
        let mut change = Change::of(&self.account);
        change.campaign = Some((campaign, version));
        if submission.state != SubmissionState::Closed {
            change.submission_updates.push(SubmissionUpdate {
                id: submission.id,
                expected: submission.state,
                holder: None,
                state: SubmissionState::Closed,
                sent_at: None,
                seller_task_id: None,
            });
        }
        store.commit(change).await.unwrap();
        let executed = self.router.oneshot(self.execute).await.unwrap();
        assert_eq!(executed.status(), 200);
    }
}

#[tokio::test]
async fn the_answer_to_a_replay_says_nothing_of_the_request_that_took_its_place() {
    let between = Between::default();
    let test = TestApp::with(Setup {
        between: between.clone(),
        ..Setup::default()
    })
    .await;
    let script = [
        Does::Loses,
        // Sent anew by somebody else, and lost as well.
        Does::Loses,
        // The replay of the first.
        Does::Refuses("POLICY_VIOLATION"),
    ];
    let staged = Staged::on(test, script, |seller| seller).await;
    let id = staged.executed().await;
    let other = Other::of(&staged.test, &id);
    between.after("claim_submission", other.buys_anew());
    let happened = || std::future::ready(between.is_over());
    staged.test.run_until("a replay", happened).await;
    let requests = staged.seller.requests();
    assert_eq!((requests.len(), &requests[2]), (3, &requests[0]));
    let buy = staged.buy(&id).await;
    assert_eq!(
        (&buy["status"], &buy["submission"]),
        (&json!("PENDING_APPROVAL"), &json!("silent")),
        "{buy}"
    );
    let bought = async || staged.buy(&id).await["status"] == "ACTIVE";
    staged.test.run_until("it is bought", bought).await;
    let ledger = staged.seller.ledger();
    assert_eq!((ledger.len(), &ledger[0].bytes), (1, &requests[1]));
    staged.test.end().await;
}

#[tokio::test]
async fn a_message_about_a_request_says_nothing_of_the_one_that_took_its_place() {
    let between = Between::default();
    let test = TestApp::with(Setup {
        between: between.clone(),
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
    let body = json!({"name": "Scripted", "url": "http://127.0.0.1:1/mcp", "protocol": "MCP",
        "webhooks": {"jwks": {"keys": [sender.jwk()]}}});
    let told = test.post("/sales-agents", body).await.data(201);
    let agent = AgentId::parse(told["salesAgent"]["salesAgentId"].as_str().unwrap()).unwrap();
    let script = [Does::Submits("task-1"), Does::Submits("task-2")];
    let (seller, client) = shared(Seller::new(agent.clone(), script));
    test.app.agents.script(agent.clone(), client);
    let staged = Staged {
        test,
        seller,
        agent,
    };
    let id = staged.executed().await;
    let request: Value = serde_json::from_str(&staged.seller.requests()[0]).unwrap();
    let config = &request["push_notification_config"];
    let text = |name: &str| config[name].as_str().unwrap();
    let no = json!({"adcp_error": {"code": "POLICY_VIOLATION", "message": "no", "recovery": "terminal"}});
    let key = "whk_0000000000000001";
    let mut message = completed(key, text("operation_id"), "task-1", text("token"), no);
    message["status"] = json!("rejected");
    let sent = sender.send(text("url"), &message, staged.test.clock.real_now());

    let other = Other::of(&staged.test, &id);
    between.after("submission", other.buys_anew());
    let reply = staged.test.send(sent.request()).await;
    assert_eq!((reply.status.as_u16(), between.is_over()), (200, true));
    assert_eq!(staged.seller.requests().len(), 2);
    let buy = staged.buy(&id).await;
    assert_eq!(buy["status"], "PENDING_APPROVAL", "{buy}");
    // Nobody came between this one and the request that it is about.
    let request: Value = serde_json::from_str(&staged.seller.requests()[1]).unwrap();
    message["idempotency_key"] = json!("whk_0000000000000002");
    message["operation_id"] = request["push_notification_config"]["operation_id"].clone();
    message["task_id"] = json!("task-2");
    let sent = sender.send(text("url"), &message, staged.test.clock.real_now());
    assert_eq!(staged.test.send(sent.request()).await.status, 200);
    assert_eq!(staged.buy(&id).await["status"], "REJECTED");
    staged.test.end().await;
}
