//! Agents that start again with the ledgers they kept.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod support;

use std::path::PathBuf;

use chrono::{DateTime, Duration, Utc};
use flighting_sandbox::{AgentKind, last_change};
use serde_json::{Value, json};
use support::{Market, account, january};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("flighting-ledgers-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    async fn open(&self, now: DateTime<Utc>) -> Market {
        Market::open_at(now, AgentKind::ALL.to_vec(), Some(self.0.clone())).await
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

fn package(product: &str, option: &str, budget: f64) -> Value {
    json!({"product_id": product, "pricing_option_id": option, "budget": budget})
}

fn alder(budget: f64) -> Value {
    json!([{"product_id": "alder_news_display", "pricing_option_id": "cpm_usd_auction", "budget": budget, "bid_price": 6.5}])
}

/// The same with one of the agent's formats, whose address is the agent's own.
fn in_one_format(market: &Market, budget: f64) -> Value {
    let mut packages = alder(budget);
    packages[0]["format_ids"] =
        json!([{"agent_url": market.url("alder"), "id": "display_300x250"}]);
    packages
}

/// Everything that a buyer can see of an agent.
async fn seen(market: &Market, agent: &str) -> Value {
    let all = json!({"account": account(), "status_filter": [
        "pending_creatives", "pending_start", "active", "paused", "completed", "rejected", "canceled"]});
    let mut buys = market.call(agent, "get_media_buys", all).await;
    let mut delivery = Vec::new();
    for buy in buys["media_buys"].as_array().unwrap() {
        delivery.push(market.delivery(agent, &buy["media_buy_id"]).await);
    }
    buys["delivery"] = delivery.into();
    // The address is another at every start.
    let address = market.sandbox.address().to_string();
    serde_json::from_str(&buys.to_string().replace(&address, "here")).unwrap()
}

#[tokio::test]
async fn an_agent_that_starts_again_holds_what_it_held() {
    let folder = Folder::new("held");
    let market = folder.open(january(1)).await;
    let first = market.order(alder(1_000.0));
    let formatted = market.order(in_one_format(&market, 600.0));
    let bought = market
        .call("alder", "create_media_buy", first.clone())
        .await;
    let id = bought["media_buy_id"].clone();
    market.call("alder", "create_media_buy", formatted).await;
    market
        .refused("alder", "create_media_buy", market.order(alder(1.0)))
        .await;
    let homepage = json!([package("birch_homepage", "cpm_usd_fixed", 10_000.0)]);
    let submitted = market
        .call("birch", "create_media_buy", market.order(homepage.clone()))
        .await;
    let video = json!([package("cedar_documentaries", "cpm_usd_fixed", 4_000.0)]);
    market
        .call("cedar", "create_media_buy", market.order(video))
        .await;
    market.set(january(13));
    market.update("alder", &id, json!({"paused": true})).await;
    // Looking at it in between leaves nothing behind.
    market.set(january(14) + Duration::hours(7));
    seen(&market, "alder").await;
    market.update("alder", &id, json!({"paused": false})).await;
    let birch = market.sandbox.ledger("birch")[0].media_buy_id.clone();
    let more = json!({"packages": [{
        "package_id": seen(&market, "birch").await["media_buys"][0]["packages"][0]["package_id"], "budget": 12_000}]});
    let asked = market.update("birch", &json!(birch), more).await;
    assert_eq!(asked["status"], "submitted", "{asked}");
    let waiting = market
        .call("birch", "create_media_buy", market.order(homepage))
        .await;
    market.set(january(15));
    let mut before = Vec::new();
    for agent in ["alder", "birch", "cedar"] {
        before.push((seen(&market, agent).await, market.sandbox.ledger(agent)));
    }
    assert_eq!(before[1].1.len(), 2);
    market.sandbox.stop().await;

    let again = folder.open(january(15)).await;
    for (agent, before) in ["alder", "birch", "cedar"].into_iter().zip(before) {
        let now = (seen(&again, agent).await, again.sandbox.ledger(agent));
        assert_eq!(now, before, "{agent}");
    }
    let replay = again.call("alder", "create_media_buy", first).await;
    assert_eq!(replay["replayed"], true);
    assert_eq!(replay["media_buy_id"], id);
    let task = json!({"task_id": waiting["task_id"], "include_result": true});
    let task = again.call("birch", "get_task_status", task).await;
    assert_eq!(task["status"], "completed");
    assert_ne!(waiting["task_id"], submitted["task_id"]);
    let mut next = again.order(alder(700.0));
    next["idempotency_key"] = json!("11111111-0000-4000-8000-000000000001");
    let next = again.call("alder", "create_media_buy", next).await;
    assert_ne!(next["media_buy_id"], id);
    assert_eq!(again.sandbox.ledger("alder").len(), 3);
}

#[tokio::test]
async fn a_buyers_secrets_are_not_kept() {
    let folder = Folder::new("secrets");
    let market = folder.open(january(1)).await;
    let mut order = market.order(alder(1_000.0));
    for webhook in ["push_notification_config", "reporting_webhook"] {
        order[webhook] = json!({"url": "https://buyer.example/hook", "reporting_frequency": "daily",
            "authentication": {"schemes": ["HMAC-SHA256"], "credentials": "canary-0123456789abcdef0123456789abcdef"}});
    }
    market.call("alder", "create_media_buy", order).await;
    market.sandbox.stop().await;
    let text = std::fs::read_to_string(folder.0.join("alder.jsonl")).unwrap();
    assert!(
        text.contains("buyer.example") && !text.contains("canary"),
        "{text}"
    );
    let again = folder.open(january(1)).await;
    assert_eq!(again.sandbox.ledger("alder").len(), 1);
}

#[tokio::test]
async fn a_line_that_was_cut_off_is_taken_away() {
    let folder = Folder::new("cut");
    assert_eq!(last_change(&folder.0).unwrap(), None);
    let market = folder.open(january(1)).await;
    market
        .call("alder", "create_media_buy", market.order(alder(1_000.0)))
        .await;
    market.set(january(2));
    market
        .call("alder", "create_media_buy", market.order(alder(2_000.0)))
        .await;
    market.sandbox.stop().await;
    assert_eq!(last_change(&folder.0).unwrap(), Some(january(2)));
    let file = folder.0.join("alder.jsonl");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.len() - 20]).unwrap();

    let again = folder.open(january(2)).await;
    assert_eq!(again.sandbox.ledger("alder").len(), 1);
    let mut order = again.order(alder(3_000.0));
    order["idempotency_key"] = json!("11111111-0000-4000-8000-000000000001");
    again.call("alder", "create_media_buy", order).await;
    again.sandbox.stop().await;
    let third = folder.open(january(2)).await;
    assert_eq!(third.sandbox.ledger("alder").len(), 2);
}
