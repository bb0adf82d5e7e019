//! What is delivered: exact, along the pacing, on the shared clock.

mod support;

use chrono::Duration;
use serde_json::{Value, json};
use support::{Market, cents, january};

fn package(pacing: &str, budget: f64) -> Value {
    json!({
        "product_id": "alder_news_display",
        "pricing_option_id": "cpm_usd_fixed",
        "budget": budget,
        "pacing": pacing,
    })
}

async fn bought(market: &Market, packages: Value) -> Value {
    market
        .call("alder", "create_media_buy", market.order(packages))
        .await["media_buy_id"]
        .clone()
}

#[tokio::test]
async fn spend_follows_the_pacing_and_ends_at_the_budget_to_the_cent() {
    let market = Market::open().await;
    let budgets = [1000.01, 2333.33, 84060.91];
    let packages: Vec<Value> = ["even", "front_loaded", "asap"]
        .iter()
        .zip(budgets)
        .map(|(pacing, budget)| package(pacing, budget))
        .collect();
    let id = bought(&market, packages.into()).await;
    let mut before = [0; 3];
    for hours in (0..=264).step_by(6) {
        market.set(january(10) + Duration::hours(hours));
        let delivery = market.delivery("alder", &id).await;
        let mut sum = 0;
        for (index, shown) in delivery["by_package"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
        {
            let spend = cents(&shown["spend"]);
            let days: i64 = shown["daily_breakdown"]
                .as_array()
                .unwrap()
                .iter()
                .map(|day| cents(&day["spend"]))
                .sum();
            assert_eq!(days, spend);
            assert!(spend >= before[index] && spend <= cents(&json!(budgets[index])));
            before[index] = spend;
            sum += spend;
        }
        assert_eq!(cents(&delivery["totals"]["spend"]), sum);
    }
    assert_eq!(before, budgets.map(|budget| cents(&json!(budget))));
    assert_eq!(market.status("alder", &id).await, "completed");
}

#[tokio::test]
async fn half_way_the_pacings_stand_apart() {
    let market = Market::open().await;
    let packages = json!([
        package("even", 1000.0),
        package("front_loaded", 1000.0),
        package("asap", 1000.0)
    ]);
    let id = bought(&market, packages).await;
    market.set(january(16));
    let delivery = market.delivery("alder", &id).await;
    let spends: Vec<i64> = delivery["by_package"]
        .as_array()
        .unwrap()
        .iter()
        .map(|shown| cents(&shown["spend"]))
        .collect();
    assert_eq!(spends, [50_000, 62_500, 100_000]);
    assert_eq!(delivery["status"], "active");
    assert_eq!(
        delivery["by_package"][0]["impressions"],
        50_000 * 1_000 / 650
    );
    assert_eq!(
        delivery["by_package"][2]["delivery_status"],
        "budget_exhausted"
    );
}

#[tokio::test]
async fn a_pause_stops_delivery_at_once_and_a_resume_catches_up() {
    let market = Market::open().await;
    let id = bought(&market, json!([package("even", 1000.0)])).await;
    market.set(january(13));
    let paused = market.update("alder", &id, json!({"paused": true})).await;
    assert_eq!(paused["media_buy_status"], "paused");
    let spent = |delivery: Value| cents(&delivery["totals"]["spend"]);
    for day in [14, 16] {
        market.set(january(day));
        assert_eq!(spent(market.delivery("alder", &id).await), 20_000);
    }
    let resumed = market.update("alder", &id, json!({"paused": false})).await;
    assert_eq!(resumed["media_buy_status"], "active");
    market.set(january(16) + Duration::hours(60));
    assert_eq!(spent(market.delivery("alder", &id).await), 60_000);
    market.set(january(25));
    let delivery = market.delivery("alder", &id).await;
    assert_eq!(spent(delivery.clone()), 100_000);
    let dates: Vec<&str> = delivery["by_package"][0]["daily_breakdown"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["date"].as_str().unwrap())
        .collect();
    assert!(!dates.contains(&"2027-01-13") && !dates.contains(&"2027-01-15"));
}

#[tokio::test]
async fn a_paused_package_and_a_new_budget_change_only_what_follows() {
    let market = Market::open().await;
    let id = bought(
        &market,
        json!([package("even", 1000.0), package("even", 1000.0)]),
    )
    .await;
    let packages = market.sandbox.ledger("alder")[0].packages.clone();
    market.set(january(12));
    market
        .update(
            "alder",
            &id,
            json!({"packages": [
                {"package_id": packages[0].package_id, "paused": true},
                {"package_id": packages[1].package_id, "budget": 1900},
            ]}),
        )
        .await;
    market.set(january(16) + Duration::hours(12));
    let delivery = market.delivery("alder", &id).await;
    assert_eq!(cents(&delivery["by_package"][0]["spend"]), 10_000);
    assert_eq!(cents(&delivery["by_package"][1]["spend"]), 100_000);
    market.set(january(30));
    let booked = &market.sandbox.ledger("alder")[0];
    assert_eq!(booked.packages[0].spent_minor, 10_000);
    assert_eq!(booked.packages[1].spent_minor, 190_000);
}

#[tokio::test]
async fn a_window_of_its_own_and_the_days_asked_for_are_kept() {
    let market = Market::open().await;
    let mut windowed = package("even", 1000.0);
    windowed["start_time"] = json!("2027-01-15T00:00:00Z");
    windowed["end_time"] = json!("2027-01-19T23:59:59Z");
    let id = bought(&market, json!([windowed])).await;
    market.set(january(30));
    let arguments = json!({
        "media_buy_ids": [id],
        "start_date": "2027-01-15",
        "end_date": "2027-01-15",
        "include_package_daily_breakdown": true,
    });
    let answer = market
        .call("alder", "get_media_buy_delivery", arguments)
        .await;
    assert_eq!(
        answer["reporting_period"],
        json!({"start": "2027-01-15T00:00:00Z", "end": "2027-01-16T00:00:00Z"})
    );
    let days = &answer["media_buy_deliveries"][0]["by_package"][0]["daily_breakdown"];
    assert_eq!(days.as_array().unwrap().len(), 1);
    assert_eq!(cents(&days[0]["spend"]), 20_000);
    assert_eq!(cents(&answer["aggregated_totals"]["spend"]), 20_000);
    let whole = market.delivery("alder", &id).await;
    assert_eq!(
        whole["by_package"][0]["daily_breakdown"]
            .as_array()
            .unwrap()
            .len(),
        5
    );
    assert_eq!(cents(&whole["totals"]["spend"]), 100_000);
}

#[tokio::test]
async fn cancelling_keeps_what_was_spent_and_ends_the_rest() {
    let market = Market::open().await;
    let id = bought(&market, json!([package("even", 1000.0)])).await;
    market.set(january(12));
    let answer = market.update("alder", &id, json!({"canceled": true})).await;
    assert_eq!(answer["media_buy_status"], "canceled");
    market.set(january(30));
    assert_eq!(
        cents(&market.delivery("alder", &id).await["totals"]["spend"]),
        10_000
    );
    let error = market
        .refused(
            "alder",
            "update_media_buy",
            market.change(&id, json!({"canceled": true})),
        )
        .await;
    assert_eq!(error["code"], "NOT_CANCELLABLE");
    let error = market
        .refused(
            "alder",
            "update_media_buy",
            market.change(&id, json!({"paused": true})),
        )
        .await;
    assert_eq!(error["code"], "INVALID_STATE");
}
