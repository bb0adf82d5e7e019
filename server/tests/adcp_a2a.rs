//! The A2A transport against an agent that misbehaves: with its card, and with the request that
//! places a buy. What never left, what was turned away, what may have arrived; nothing twice.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use flighting_core::execution::Answer;
use flighting_core::media_buy::OpenTask;
use flighting_core::money::Currency;
use flighting_server::adcp::exchange::{Call, Effect, Resume, Turned, TurnedAway};
use flighting_server::adcp::{
    A2aTransport, AddressPolicy, Bearer, Exchange, Guard, Reply, Transport, map,
};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use support::a2a::{A2aAgent, CardManner, Manner, PROFILE, data, said};
use tokio::time::Instant;
use url::Url;

const ARGUMENTS: &str =
    r#"{"z":1,"budget":5000.00,"a":[1.10,{"b":84060.91}],"big":999999999999999.99}"#;
const PLENTY: Duration = Duration::from_secs(20);
const MOST_BYTES: usize = 65_536;

fn transport(url: Url) -> A2aTransport {
    let guard = Guard::new(AddressPolicy::new(true))
        .unwrap()
        .with_max_body_bytes(MOST_BYTES);
    A2aTransport::new(Arc::new(guard), url, Some(Bearer::new("sk_secret")))
}

async fn send(transport: &A2aTransport, resume: Option<Resume<'_>>, limit: Duration) -> Exchange {
    let arguments = RawValue::from_string(ARGUMENTS.to_owned()).unwrap();
    transport
        .call(Call {
            task: "create_media_buy",
            arguments: &arguments,
            effect: Effect::Write,
            resume,
            deadline: Instant::now() + limit,
        })
        .await
}

#[derive(Debug, PartialEq)]
enum Told {
    Answer,
    Marked,
    Turned(Turned),
    NeverLeft,
    NoAnswer,
}

fn told(reply: &Reply) -> Told {
    match reply {
        Reply::Answer {
            marked_error: false,
            ..
        } => Told::Answer,
        Reply::Answer {
            marked_error: true, ..
        } => Told::Marked,
        Reply::TurnedAway(TurnedAway { how, .. }) => Told::Turned(*how),
        Reply::NeverLeft { .. } => Told::NeverLeft,
        Reply::NoAnswer { .. } => Told::NoAnswer,
    }
}

fn bought() -> Value {
    json!({"status": "completed", "media_buy_id": "s_1", "media_buy_status": "active", "packages": []})
}

fn no() -> Value {
    json!({"adcp_error": {"code": "POLICY_VIOLATION", "message": "no", "recovery": "correctable"}})
}

#[tokio::test]
async fn every_way_to_answer_has_its_class_and_is_asked_for_once() {
    let done = |state| Manner::Task(state, vec![said("Done"), data(bought())], Vec::new());
    let words = |state, text| Manner::Task(state, vec![said(text)], Vec::new());
    let table = [
        (done("completed"), Told::Answer),
        (Manner::Message(vec![data(bought())]), Told::Answer),
        (
            Manner::Task("failed", vec![data(no())], Vec::new()),
            Told::Marked,
        ),
        (
            Manner::Task("failed", Vec::new(), vec![data(no())]),
            Told::Marked,
        ),
        (words("failed", "the database is locked"), Told::Marked),
        (
            words("failed", "Unknown skill: create_media_buy"),
            Told::Turned(Turned::NoSuchTask),
        ),
        (words("rejected", "we do not sell to you"), Told::Answer),
        (words("canceled", "stopped by a person"), Told::Answer),
        (
            Manner::Task(
                "submitted",
                Vec::new(),
                vec![data(json!({"status": "submitted", "task_id": "t"}))],
            ),
            Told::Answer,
        ),
        (
            Manner::Task("input-required", Vec::new(), vec![said("Which brand?")]),
            Told::Answer,
        ),
        (
            Manner::Task("auth-required", Vec::new(), vec![said("Sign in")]),
            Told::Answer,
        ),
        (Manner::Status(401), Told::Turned(Turned::Credentials)),
        (Manner::Status(403), Told::Turned(Turned::Credentials)),
        (Manner::Status(404), Told::Turned(Turned::Malformed)),
        (Manner::Status(405), Told::Turned(Turned::Malformed)),
        (Manner::Status(413), Told::Turned(Turned::Malformed)),
        (Manner::Status(415), Told::Turned(Turned::Malformed)),
        (Manner::Status(429), Told::Turned(Turned::TooMany)),
        (Manner::Rpc(-32700), Told::Turned(Turned::Malformed)),
        (Manner::Rpc(-32600), Told::Turned(Turned::Malformed)),
        (Manner::Rpc(-32601), Told::Turned(Turned::NoSuchTask)),
        (Manner::Rpc(-32602), Told::Turned(Turned::Malformed)),
        // No task was named, so these say nothing about whether something ran.
        (Manner::Rpc(-32001), Told::NoAnswer),
        (Manner::Rpc(-32004), Told::NoAnswer),
        (Manner::Rpc(-32603), Told::NoAnswer),
        (Manner::Rpc(-32000), Told::NoAnswer),
        (Manner::Status(302), Told::NoAnswer),
        (Manner::Status(400), Told::NoAnswer),
        (Manner::Status(500), Told::NoAnswer),
        (Manner::Status(503), Told::NoAnswer),
        (done("reviewing"), Told::NoAnswer),
        (words("completed", "Done"), Told::NoAnswer),
        (words("working", "One moment"), Told::NoAnswer),
        (Manner::Result(json!({"hello": "world"})), Told::NoAnswer),
        (
            Manner::Result(json!({"task": "not an object", "status": {"state": 7}})),
            Told::NoAnswer,
        ),
        (Manner::Result(json!(null)), Told::NoAnswer),
        (Manner::Message(vec![said("hello")]), Told::NoAnswer),
        (Manner::Text("<html>maintenance</html>"), Told::NoAnswer),
        (Manner::Text(""), Told::NoAnswer),
        (Manner::OtherId, Told::NoAnswer),
        (Manner::BreaksOff, Told::NoAnswer),
        (Manner::Huge(MOST_BYTES + 1), Told::NoAnswer),
    ];
    for card in [CardManner::Speaks(&["0.3"]), CardManner::Profile] {
        for (manner, expected) in &table {
            let agent = A2aAgent::start(card.clone()).await;
            agent.tell(manner.clone());
            let exchange = send(&transport(agent.url.clone()), None, PLENTY).await;
            assert_eq!(
                told(&exchange.reply),
                *expected,
                "{manner:?}: {:?}",
                exchange.reply
            );
            assert_eq!(agent.creates().len(), 1, "{manner:?} was sent again");
            if let Reply::TurnedAway(turned) = &exchange.reply
                && turned.http_status.is_some()
            {
                assert_eq!(turned.retry_after_s, Some(7));
            }
        }
    }
}

#[tokio::test]
async fn answers_that_never_end_are_no_answer_and_late_starts_never_leave() {
    for manner in [Manner::Never, Manner::Trickles] {
        let agent = A2aAgent::start(CardManner::Profile).await;
        agent.tell(manner.clone());
        let transport = transport(agent.url.clone());
        let exchange = send(&transport, None, Duration::from_secs(1)).await;
        assert_eq!(told(&exchange.reply), Told::NoAnswer, "{manner:?}");
        let late = send(&transport, None, Duration::ZERO).await;
        assert_eq!(told(&late.reply), Told::NeverLeft);
        assert_eq!(agent.creates().len(), 1, "{manner:?} was sent again");
    }
}

#[tokio::test]
async fn without_a_card_that_we_may_follow_nothing_leaves() {
    let other = A2aAgent::start(CardManner::Speaks(&["0.3"])).await;
    let cards = [
        CardManner::Status(401),
        CardManner::Status(404),
        CardManner::Status(500),
        CardManner::Redirect(
            other
                .url
                .join("/.well-known/agent-card.json")
                .unwrap()
                .to_string(),
        ),
        CardManner::Text("<html>hello</html>".to_owned()),
        CardManner::Text("{}".to_owned()),
        CardManner::Text("[".repeat(10_000)),
        CardManner::Text(format!("{{\"url\":\"{}\"", "x".repeat(2_000_000))),
        CardManner::Speaks(&[]),
        CardManner::Speaks(&["2.0"]),
        // Another program on the same host, and hosts we never go to.
        CardManner::At(other.url.to_string()),
        CardManner::At("http://169.254.169.254/latest/meta-data".to_owned()),
        CardManner::At("http://[::1]:1/".to_owned()),
        CardManner::At("https://seller.example/a2a".to_owned()),
        CardManner::At("javascript:alert(1)".to_owned()),
        CardManner::Never,
    ];
    for card in cards {
        let agent = A2aAgent::start(card.clone()).await;
        let limit = match card {
            CardManner::Never => Duration::from_secs(1),
            _ => PLENTY,
        };
        let exchange = send(&transport(agent.url.clone()), None, limit).await;
        let label: String = format!("{card:?}").chars().take(80).collect();
        assert_eq!(
            told(&exchange.reply),
            Told::NeverLeft,
            "{label}: {:?}",
            exchange.reply
        );
        if let (CardManner::Status(status), Reply::NeverLeft { http_status, .. }) =
            (&card, &exchange.reply)
        {
            assert_eq!(http_status, &Some(*status));
        }
        assert!(
            agent.seen().is_empty() && other.seen().is_empty(),
            "{label}"
        );
        assert_eq!(other.cards(), 0, "the redirect was followed");
    }
}

#[tokio::test]
async fn a_card_is_read_once_and_anew_after_trouble() {
    let agent = A2aAgent::start(CardManner::Speaks(&["0.3", "1.0"])).await;
    agent.tell(Manner::Task("completed", vec![data(bought())], Vec::new()));
    let transport = transport(agent.url.clone());
    send(&transport, None, PLENTY).await;
    send(&transport, None, PLENTY).await;
    assert_eq!(agent.cards(), 1);
    agent.tell(Manner::Status(404));
    send(&transport, None, PLENTY).await;
    send(&transport, None, PLENTY).await;
    agent.show(CardManner::Speaks(&["0.3"]));
    send(&transport, None, PLENTY).await;
    let methods: Vec<bool> = agent
        .creates()
        .iter()
        .map(|seen| seen.text.contains("\"SendMessage\""))
        .collect();
    assert_eq!(methods, [true, true, true, true, false]);
}

#[tokio::test]
async fn the_wire_carries_our_bytes_in_the_shape_the_card_wants() {
    for (card, arguments, version, extensions) in [
        (CardManner::Profile, "input", Some("1.0"), Some(PROFILE)),
        (CardManner::OldProfile, "input", None, Some(PROFILE)),
        (
            CardManner::Speaks(&["1.0"]),
            "parameters",
            Some("1.0"),
            None,
        ),
        (CardManner::Speaks(&["0.3"]), "parameters", None, None),
    ] {
        let agent = A2aAgent::start(card.clone()).await;
        agent.tell(Manner::Task("completed", vec![data(bought())], Vec::new()));
        let transport = transport(agent.url.clone());
        let exchange = send(&transport, None, PLENTY).await;
        let seen = agent.seen().remove(0);
        assert!(seen.text.contains(ARGUMENTS), "{}", seen.text);
        let call = seen.call();
        let members: Vec<&String> = call.as_object().unwrap().keys().collect();
        assert!(
            members.len() == 2
                && call["skill"] == "create_media_buy"
                && call[arguments].is_object(),
            "{card:?}: {call}"
        );
        let header = |name: &str| seen.headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(header("a2a-version"), version);
        assert_eq!(header("a2a-extensions"), extensions);
        assert_eq!(header("authorization"), Some("Bearer sk_secret"));
        assert!(!seen.text.contains("sk_secret"));
        assert!(!seen.resumes());
        assert_eq!(exchange.raw.http_status, Some(200));
        assert_eq!(exchange.raw.request["z"], 1);
        assert!(exchange.raw.response.is_some());
        assert!(!format!("{exchange:?} {transport:?}").contains("sk_secret"));
    }
}

#[tokio::test]
async fn a_body_is_taken_from_where_its_state_puts_it() {
    let currency = Currency::parse("USD").unwrap();
    let first =
        json!({"status": "completed", "media_buy_id": "first", "media_buy_status": "active"});
    let last = json!({"status": "completed", "media_buy_id": "last", "media_buy_status": "active"});
    let waiting = |id: &str| json!({"status": "submitted", "task_id": id});
    let table = [
        // Final: the last data part of the artifact. Not final: the first one of the status.
        (
            Manner::Task(
                "completed",
                vec![data(first.clone()), said("x"), data(last)],
                vec![data(first)],
            ),
            "last",
        ),
        (
            Manner::Task(
                "working",
                vec![data(waiting("artifact"))],
                vec![data(waiting("one")), data(waiting("two"))],
            ),
            "one",
        ),
        // The transport's task is done, AdCP's is not.
        (
            Manner::Task("completed", vec![data(waiting("adcp"))], Vec::new()),
            "adcp",
        ),
        (
            Manner::Task(
                "input-required",
                Vec::new(),
                vec![
                    said("Which brand?"),
                    data(json!({"reason": "APPROVAL_REQUIRED"})),
                ],
            ),
            "Which brand?",
        ),
        (
            Manner::Task("rejected", vec![said("not for you")], Vec::new()),
            "not for you",
        ),
        (
            Manner::Task("rejected", vec![data(no())], Vec::new()),
            "POLICY_VIOLATION",
        ),
        (
            Manner::Task("canceled", vec![said("stopped")], Vec::new()),
            "stopped",
        ),
        (
            Manner::Task("failed", vec![data(no())], Vec::new()),
            "POLICY_VIOLATION",
        ),
        (
            Manner::Task("failed", vec![said("out of memory")], Vec::new()),
            "out of memory",
        ),
    ];
    for card in [CardManner::Speaks(&["0.3"]), CardManner::Speaks(&["1.0"])] {
        for (manner, expected) in &table {
            let agent = A2aAgent::start(card.clone()).await;
            agent.tell(manner.clone());
            let exchange = send(&transport(agent.url.clone()), None, PLENTY).await;
            let reading = map::create(&exchange.reply, currency);
            let (kind, words) = match &reading.answer {
                Answer::Accepted(buy) => ("accepted", buy.media_buy_id.clone()),
                Answer::Waiting(task) => ("waiting", task.task_id.clone().unwrap()),
                Answer::NeedsInput(task) => ("asks", task.message.clone().unwrap()),
                Answer::Rejected(error) => {
                    ("rejected", format!("{} {}", error.code, error.message))
                }
                Answer::Canceled(error) => ("canceled", error.message.clone()),
                Answer::Failed(error) => ("failed", error.code.clone()),
                Answer::Silent(silence) => ("silent", silence.message.clone()),
            };
            assert!(words.contains(expected), "{manner:?}: {kind} {words}");
            let Manner::Task(state, artifact, _) = manner else {
                unreachable!("the table has tasks only")
            };
            let meant = match (
                *state,
                artifact.iter().any(|part| part.get("data").is_some()),
            ) {
                ("completed", _) if *expected == "adcp" => "waiting",
                ("completed", _) => "accepted",
                ("working", _) => "waiting",
                ("input-required", _) => "asks",
                ("rejected", _) | ("failed", true) => "rejected",
                ("canceled", _) => "canceled",
                (_, _) => "silent",
            };
            assert_eq!(kind, meant, "{manner:?}");
            assert_eq!(exchange.open.is_some(), kind == "asks", "{manner:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_names_the_open_task_and_is_turned_away_when_that_is_gone() {
    let open = OpenTask {
        task_id: "task-1".to_owned(),
        context_id: Some("context-1".to_owned()),
    };
    let resume = Resume {
        open: &open,
        message: "Acme",
    };
    for (manner, expected) in [
        (
            Manner::Task("completed", vec![data(bought())], Vec::new()),
            Told::Answer,
        ),
        (Manner::Rpc(-32001), Told::Turned(Turned::Malformed)),
        (Manner::Rpc(-32004), Told::Turned(Turned::Malformed)),
        (Manner::Rpc(-32603), Told::NoAnswer),
    ] {
        let agent = A2aAgent::start(CardManner::Profile).await;
        agent.tell(manner);
        let exchange = send(&transport(agent.url.clone()), Some(resume), PLENTY).await;
        assert_eq!(told(&exchange.reply), expected);
        let message = agent.creates().remove(0).message();
        assert_eq!(
            (&message["taskId"], &message["contextId"]),
            (&json!("task-1"), &json!("context-1"))
        );
        assert_eq!(message["parts"][0]["text"], "Acme");
        assert!(message["parts"][1]["data"]["input"].is_object());
    }
}
