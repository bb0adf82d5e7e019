//! A seller's question and its answer: shown, answered once in the conversation that is open, and
//! known again when the answer is lost.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use flighting_server::adcp::AddressPolicy;
use serde_json::{Value, json};
use support::a2a::{A2aAgent, CardManner, Manner, bought, data, said};
use support::{Setup, TestApp};

const QUESTION: &str = "Which purchase order does this belong to?";

fn asks() -> Manner {
    Manner::Task(
        "input-required",
        Vec::new(),
        vec![said(QUESTION), data(json!({"reason": "APPROVAL_REQUIRED"}))],
    )
}

/// A product, an agent that asks back, and a launched campaign: its id and its buy's.
async fn asked(first: Manner) -> (TestApp, A2aAgent, String, String) {
    let test = TestApp::with(Setup {
        addresses: AddressPolicy::new(true),
        ..Setup::default()
    })
    .await;
    let agent = A2aAgent::start(CardManner::Profile).await;
    agent.tell(first);
    let body = json!({"name": "Asks", "url": agent.url.as_str(), "protocol": "A2A"});
    let registered = test.post("/sales-agents", body).await.data(201)["salesAgent"].clone();
    assert_eq!(
        (&registered["status"], &registered["protocol"]),
        (&json!("ACTIVE"), &json!("A2A")),
        "{registered}"
    );
    let advertiser = test.advertiser().await;
    let body = json!({
        "advertiserId": advertiser, "name": "Asked", "campaignType": "DECISIONED", "budget": {"total": 1_000},
        "flightDates": {"startDate": "2027-03-01", "endDate": "2027-03-31"},
    });
    let campaign = test.post("/campaigns", body).await.data(201)["campaign"]["campaignId"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = json!({"advertiserId": advertiser, "campaignId": campaign});
    let found = test
        .post("/discovery/discover-products", body)
        .await
        .data(200);
    let path = format!(
        "/discovery/{}/products",
        found["discoveryId"].as_str().unwrap()
    );
    test.post(
        &path,
        json!({"products": [{"productId": "banner", "budget": 600.10}]}),
    )
    .await
    .data(200);
    let done = test
        .post(&format!("/campaigns/{campaign}/execute"), json!({}))
        .await
        .data(200);
    assert_eq!(done["success"], true, "{done}");
    let buy = buys(&test, &campaign).await[0]["mediaBuyId"]
        .as_str()
        .unwrap()
        .to_owned();
    (test, agent, campaign, buy)
}

async fn buys(test: &TestApp, campaign: &str) -> Vec<Value> {
    let data = test.get(&format!("/campaigns/{campaign}")).await.data(200);
    data["campaign"]["mediaBuys"].as_array().unwrap().clone()
}

fn answer_to(buy: &str) -> String {
    format!("/media-buys/{buy}/answer")
}

#[tokio::test]
async fn a_question_is_shown_and_its_answer_goes_on_with_the_same_request() {
    let (test, agent, campaign, buy) = asked(asks()).await;
    let shown = &buys(&test, &campaign).await[0];
    assert_eq!(
        (
            &shown["status"],
            &shown["pendingReason"],
            &shown["turn"],
            &shown["taskStatus"]
        ),
        (
            &json!("INPUT_REQUIRED"),
            &json!("input_requested"),
            &json!("buyer"),
            &json!("input-required")
        )
    );
    assert_eq!(
        shown["question"],
        json!({"text": QUESTION, "since": shown["pendingSince"], "answerable": true})
    );

    agent.tell(Manner::Accepts);
    let done = test
        .post(&answer_to(&buy), json!({"message": " PO 7 "}))
        .await
        .data(200);
    assert_eq!(
        (
            &done["success"],
            &done["previousStatus"],
            &done["newStatus"],
            &done["errors"]
        ),
        (
            &json!(true),
            &json!("INPUT_REQUIRED"),
            &json!("ACTIVE"),
            &json!([])
        ),
        "{done}"
    );
    assert_eq!(done["mediaBuy"].get("question"), None);
    assert_eq!(done["mediaBuy"]["warnings"], json!([]));
    assert_eq!(done["mediaBuy"]["sellerMediaBuyId"], "s_1");

    let creates = agent.creates();
    assert_eq!(creates.len(), 2);
    assert!(!creates[0].resumes() && creates[1].resumes());
    let message = creates[1].message();
    assert_eq!(
        (
            &message["taskId"],
            &message["contextId"],
            &message["parts"][0]
        ),
        (
            &json!("task-1"),
            &json!("context-1"),
            &json!({"text": "PO 7"})
        )
    );
    // The same request under the same key, to the byte.
    assert_eq!(creates[0].call(), creates[1].call());
    let input = creates[0].text.split("\"input\":").nth(1).unwrap();
    let input = input.split("}]").next().unwrap();
    assert!(input.contains("\"budget\":600.1") && creates[1].text.contains(input));

    // Who said what to which question stands in the audit log.
    let logs = test.get("/audit-logs?take=500").await.data(200);
    let rows = logs["logs"].as_array().unwrap();
    let told = rows
        .iter()
        .find(|row| row["changes"][0]["field"] == "answer")
        .unwrap_or_else(|| panic!("the answer left no row: {rows:#?}"));
    assert_eq!(
        (&told["resourceType"], &told["resourceId"], &told["changes"]),
        (
            &json!("MEDIA_BUY"),
            &json!(buy),
            &json!([{"field": "answer", "old": QUESTION, "new": "PO 7"}])
        )
    );

    // There is nothing to answer any more.
    let error = test
        .post(&answer_to(&buy), json!({"message": "again"}))
        .await
        .error(400, "VALIDATION_ERROR");
    assert_eq!(error["details"]["currentStatus"], "ACTIVE", "{error}");
    assert_eq!(agent.creates().len(), 2);
    test.end().await;
}

#[tokio::test]
async fn data_is_added_under_another_key_and_cannot_change_the_plan() {
    let (test, agent, campaign, buy) = asked(asks()).await;
    for (body, path) in [
        (json!({}), "message"),
        (json!({"message": "  "}), "message"),
        (json!({"message": "x", "data": [1]}), "data"),
        (
            json!({"message": "x", "data": {"packages": []}}),
            "data.packages",
        ),
        (
            json!({"message": "x", "data": {"total_budget": 1_000_000}}),
            "data.total_budget",
        ),
        (json!({"message": "x", "more": 1}), "more"),
    ] {
        let issues = test.post(&answer_to(&buy), body).await.issues();
        assert_eq!(issues[0].0, path);
    }
    test.post(
        &answer_to(&buy),
        json!({"message": "x", "expectedRevision": 99}),
    )
    .await
    .error(409, "CONFLICT");
    assert_eq!(agent.creates().len(), 1, "a refused answer was sent");

    // The seller asks again; the second answer goes through.
    agent.tell(asks());
    agent.tell(Manner::Accepts);
    let body =
        json!({"message": "see data", "data": {"po_number": "7", "ext": {"approved": true}}});
    let done = test.post(&answer_to(&buy), body.clone()).await.data(200);
    assert_eq!(
        (&done["success"], &done["newStatus"]),
        (&json!(true), &json!("INPUT_REQUIRED")),
        "{done}"
    );
    let done = test.post(&answer_to(&buy), body).await.data(200);
    assert_eq!(done["newStatus"], "ACTIVE", "{done}");
    let inputs: Vec<Value> = agent
        .creates()
        .iter()
        .map(|seen| seen.call()["input"].clone())
        .collect();
    assert_eq!(inputs[1]["po_number"], "7");
    assert_eq!(inputs[2]["ext"], json!({"approved": true}));
    assert_eq!(inputs[2]["packages"], inputs[0]["packages"]);
    let mut keys: Vec<&Value> = inputs
        .iter()
        .map(|input| &input["idempotency_key"])
        .collect();
    keys.dedup();
    assert_eq!(keys.len(), 3, "another request needs another key");
    assert_eq!(buys(&test, &campaign).await.len(), 1);
    test.end().await;
}

#[tokio::test]
async fn an_answer_that_reaches_nobody_leaves_the_question() {
    let (test, agent, campaign, buy) = asked(asks()).await;
    for (manner, code) in [
        (Manner::Rpc(-32001), "turned_away"),
        (Manner::Status(401), "credentials_refused"),
        (Manner::Status(429), "RATE_LIMITED"),
    ] {
        agent.tell(manner);
        let done = test
            .post(&answer_to(&buy), json!({"message": "PO 7", "debug": true}))
            .await
            .data(200);
        assert_eq!(
            (
                &done["success"],
                &done["newStatus"],
                &done["errors"][0]["code"]
            ),
            (&json!(false), &json!("INPUT_REQUIRED"), &json!(code)),
            "{done}"
        );
        assert!(done["errors"][0]["debug"]["request"].is_object(), "{done}");
        let shown = &buys(&test, &campaign).await[0];
        assert_eq!(
            (&shown["question"]["answerable"], &shown["submission"]),
            (&json!(true), &json!("closed"))
        );
    }
    agent.show(CardManner::Status(503));
    let done = test
        .post(&answer_to(&buy), json!({"message": "PO 7"}))
        .await
        .data(200);
    assert_eq!(done["errors"][0]["code"], "not_sent", "{done}");
    assert_eq!(done["newStatus"], "INPUT_REQUIRED");
    agent.show(CardManner::Profile);
    agent.tell(Manner::Accepts);
    test.post(&answer_to(&buy), json!({"message": "PO 7"}))
        .await
        .data(200);
    assert_eq!(buys(&test, &campaign).await[0]["status"], "ACTIVE");
    test.end().await;
}

#[tokio::test]
async fn a_lost_answer_is_found_at_the_seller_and_never_sent_again() {
    let (test, agent, campaign, buy) = asked(asks()).await;
    agent.tell(Manner::Status(500));
    let done = test
        .post(&answer_to(&buy), json!({"message": "PO 7"}))
        .await
        .data(200);
    assert_eq!(
        (
            &done["success"],
            &done["newStatus"],
            &done["errors"][0]["code"]
        ),
        (
            &json!(false),
            &json!("PENDING_APPROVAL"),
            &json!("no_answer")
        ),
        "{done}"
    );
    let shown = &buys(&test, &campaign).await[0];
    assert_eq!(
        (
            &shown["submission"],
            &shown["turn"],
            &shown["pendingReason"]
        ),
        (
            &json!("silent"),
            &json!("platform"),
            &json!("forward_failed_retrying")
        )
    );
    test.post(&answer_to(&buy), json!({"message": "again"}))
        .await
        .error(409, "CONFLICT");
    // The seller had taken it.
    let mut held = bought(&agent.creates()[1]);
    held["status"] = json!("active");
    agent.lists(held);
    test.run_until("the buy is found", || async {
        buys(&test, &campaign).await[0]["status"] == "ACTIVE"
    })
    .await;
    assert_eq!(agent.creates().len(), 2);
    test.end().await;
}

#[tokio::test]
async fn two_answers_at_once_are_sent_once() {
    let (test, agent, _, buy) = asked(asks()).await;
    agent.tell(Manner::Accepts);
    let path = answer_to(&buy);
    let (first, second) = futures::join!(
        test.post(&path, json!({"message": "one"})),
        test.post(&path, json!({"message": "two"}))
    );
    let mut statuses = [first.status.as_u16(), second.status.as_u16()];
    statuses.sort_unstable();
    assert!(
        statuses == [200, 409] || statuses == [200, 400],
        "{statuses:?}"
    );
    assert_eq!(agent.creates().len(), 2);
    test.end().await;
}

#[tokio::test]
async fn where_nothing_can_be_resumed_the_sellers_words_are_told() {
    // A conversation without a name cannot be gone on with, as over MCP none can.
    let words = json!({"role": "ROLE_AGENT", "messageId": "m", "parts": [{"text": QUESTION}]});
    let nameless =
        json!({"task": {"status": {"state": "TASK_STATE_INPUT_REQUIRED", "message": words}}});
    let (test, agent, campaign, buy) = asked(Manner::Result(nameless)).await;
    let shown = &buys(&test, &campaign).await[0];
    assert_eq!(
        (&shown["question"]["text"], &shown["question"]["answerable"]),
        (&json!(QUESTION), &json!(false))
    );
    let error = test
        .post(&answer_to(&buy), json!({"message": "PO 7"}))
        .await
        .error(422, "CAPABILITY_NOT_SUPPORTED");
    assert!(
        error["message"].as_str().unwrap().contains(QUESTION),
        "{error}"
    );
    assert_eq!(agent.creates().len(), 1);

    // Another account's buy does not exist.
    let other = test.account_named("other").await;
    let key = test.key_of(&other, false).await;
    let mut request = test.json(
        axum::http::Method::POST,
        &answer_to(&buy),
        &json!({"message": "x"}),
    );
    request
        .headers_mut()
        .insert("authorization", format!("Bearer {key}").parse().unwrap());
    test.send(request).await.error(404, "NOT_FOUND");
    test.end().await;
}
