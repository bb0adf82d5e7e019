//! Thousands of mutations of good answers, for every task that is read: each ends as one of the
//! outcomes there are, none breaks anything, and a buy that was made is never taken for one that
//! was not.

use std::sync::{Arc, Mutex};

use flighting_core::execution::Answer;
use flighting_core::media_buy::Wish;
use flighting_core::selection::DiscoveryQuery;
use flighting_server::adcp::{SalesAgent, Which, WishRequest};
use serde_json::Value;

use super::canned::{Act, Canned, buyer, create_arguments, enveloped, need, recorded, soon, usd};
use super::tree::Chance;

/// Mutations of each answer.
const MUTATIONS: u64 = 400;

/// What a buy may not be taken for when its seller made it.
fn denies(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Failed(_) | Answer::Rejected(_) | Answer::Canceled(_)
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_that_is_read_may_be_mutated() {
    let bodies = recorded().await;
    let told: Arc<Mutex<(String, Vec<u8>)>> = Arc::default();
    let next = Arc::clone(&told);
    let seller = Canned::start(&bodies, move |task, message| {
        let (which, bytes) = next.lock().unwrap().clone();
        if which != task {
            return Act::Decent;
        }
        let id = message["id"].to_string();
        Act::Json(
            String::from_utf8_lossy(&bytes)
                .replacen("\"$id\"", &id, 1)
                .into_bytes(),
        )
    })
    .await;
    let agent = seller.client();
    let (buyer, query) = (buyer(), DiscoveryQuery::default());
    let capabilities = agent.capabilities(soon()).await.unwrap();
    let mut listed = capabilities.clone();
    listed.require_operator_auth = true;
    let task_id = bodies["get_task_status"]["task_id"].as_str().unwrap();
    let made = bodies["create_media_buy"]["media_buy_id"].as_str().unwrap();
    let (mut read, mut refused) = (0, 0);
    for (task, body) in &*bodies {
        for seed in 0..MUTATIONS {
            let mut chance =
                Chance::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ task.len() as u64);
            let id = Value::from("$id");
            let bytes = if seed % 4 == 3 {
                let whole: Value =
                    serde_json::from_slice(&enveloped(&id, body.to_string().as_bytes())).unwrap();
                chance.mutate(&whole)
            } else {
                enveloped(&id, &chance.mutate(body))
            };
            let shown = format!("{task}, seed {seed}: {}", String::from_utf8_lossy(&bytes));
            *told.lock().unwrap() = (task.clone(), bytes);
            let well = match task.as_str() {
                "get_adcp_capabilities" => agent.capabilities(soon()).await.is_ok(),
                "sync_accounts" => agent.account(&capabilities, &need(), soon()).await.is_ok(),
                "list_accounts" => agent.account(&listed, &need(), soon()).await.is_ok(),
                "get_products" => agent
                    .products(buyer.dialect, "acme.example", None, &query, soon())
                    .await
                    .is_ok(),
                "create_media_buy" => {
                    let placed = agent.create(&create_arguments(), usd(), soon()).await;
                    assert!(
                        !denies(&placed.reading.answer),
                        "{:?}\n{shown}",
                        placed.reading
                    );
                    matches!(placed.reading.answer, Answer::Accepted(_))
                }
                "get_task_status" => match agent.task(&buyer, task_id, usd(), soon()).await {
                    Ok(reading) => {
                        assert!(!denies(&reading.answer), "{reading:?}\n{shown}");
                        matches!(reading.answer, Answer::Accepted(_))
                    }
                    Err(_) => false,
                },
                "get_media_buys" => agent
                    .media_buys(&buyer, Which::All, usd(), soon())
                    .await
                    .is_ok(),
                "get_media_buy_delivery" => agent
                    .delivery(&buyer, &[made.to_owned()], None, usd(), soon())
                    .await
                    .is_ok(),
                "update_media_buy" => {
                    let wish = WishRequest {
                        seller_buy_id: made,
                        wish: Wish::Pause,
                        revision: None,
                        idempotency_key: "pause-0123456789abcdef",
                    };
                    let (answer, _) = agent.ask(&buyer, wish, soon()).await;
                    matches!(
                        answer,
                        flighting_core::execution::WishAnswer::Confirmed { .. }
                    )
                }
                other => panic!("nobody mutates `{other}`"),
            };
            if well {
                read += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert_eq!(bodies.len(), 9, "{:?}", bodies.keys());
    // The storm hit, and it did not hit everything.
    assert!(
        read > 500 && refused > 500,
        "{read} read, {refused} refused"
    );
    println!("{read} mutated answers were read, {refused} refused");
}

/// The recorded answers of the mapping's tests, mutated as well: an answer that names a buy is
/// never a no.
#[tokio::test]
async fn a_mutated_answer_that_names_a_buy_is_never_a_no() {
    let fixtures: Value =
        serde_json::from_str(include_str!("../fixtures/adcp/create.json")).unwrap();
    let mut named = 0;
    for fixture in fixtures.as_array().unwrap() {
        for seed in 0..60 {
            let bytes = Chance::new(seed * 7919 + 13).mutate(&fixture["body"]);
            let Ok(body) = serde_json::from_slice::<Value>(&bytes) else {
                continue;
            };
            let names = body["media_buy_id"]
                .as_str()
                .is_some_and(|id| !id.is_empty());
            let reply = flighting_server::adcp::Reply::Answer {
                body,
                marked_error: seed % 2 == 0,
            };
            let reading = flighting_server::adcp::map::create(&reply, usd());
            if names {
                named += 1;
                assert!(
                    !denies(&reading.answer),
                    "{}: {reading:?}\n{}",
                    fixture["name"],
                    String::from_utf8_lossy(&bytes)
                );
            }
        }
    }
    assert!(named > 500, "{named}");
}
