//! Execute over twenty slow sellers.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use chrono::{Days, Utc};
use flighting_sandbox::{AgentKind, Config, Sandbox};
use serde_json::{Value, json};

use super::client::Connection;
use super::report;
use super::server::Served;

const SELLERS: u32 = 20;
const LATENCY: Duration = Duration::from_millis(200);
const PRODUCTS: [&str; 3] = [
    "alder_news_display",
    "alder_stream_audio",
    "alder_city_screens",
];
const PERIODS: u64 = 10;
const DAYS_EACH: u64 = 9;

/// Sellers that each take their time with every call.
pub async fn start_sellers() -> anyhow::Result<Sandbox> {
    let config = Config {
        latency: LATENCY,
        agents: (1..=SELLERS).map(AgentKind::Bench).collect(),
        ..Config::new("bench-token")
    };
    Ok(flighting_sandbox::start(config).await?)
}

/// Executes campaigns at one seller and at all of them; the id of one of the latter.
pub async fn measure(served: &Served, sellers: &Sandbox, runs: u32) -> anyhow::Result<String> {
    let mut connection = served.connect().await?;
    let body = json!({"name": "Bench", "brand": "bench.example", "primaryCurrency": "USD", "sandbox": true});
    let advertiser = text(&connection.post("/advertisers", &body).await?["advertiser"]["id"])?;
    let mut agents = Vec::new();
    for agent in sellers.agents() {
        let body = json!({"name": agent.title, "url": agent.url, "protocol": "MCP",
            "auth": {"type": "bearer", "token": agent.token}});
        let made = connection.post("/sales-agents", &body).await?;
        agents.push(text(&made["salesAgent"]["salesAgentId"])?);
    }
    let first = agents.get(..1).context("no seller")?;

    // The first buy at a seller also agrees on an account with it; that is not what is measured.
    plan_and_execute(&mut connection, &advertiser, &agents).await?;
    let (mut one, mut all, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
    let mut campaign = String::new();
    for _ in 0..runs {
        let (_, alone) = plan_and_execute(&mut connection, &advertiser, first).await?;
        let (id, together) = plan_and_execute(&mut connection, &advertiser, &agents).await?;
        campaign = id;
        one.push(alone * 1e3);
        all.push(together * 1e3);
        ratio.push(together / alone);
    }
    report::title("Execute, 30 packages at each seller, 200 ms for each call of a seller");
    report::figure("one seller", "ms", one, "");
    report::figure("20 sellers", "ms", all, "");
    report::figure("20 sellers / one seller", "x", ratio, "at most 1.3");
    report::memory(served, "");
    Ok(campaign)
}

/// Plans a campaign of three products at each seller in ten periods; its id, and how many seconds
/// the execute took.
async fn plan_and_execute(
    connection: &mut Connection,
    advertiser: &str,
    agents: &[String],
) -> anyhow::Result<(String, f64)> {
    let first = Utc::now().date_naive() + Days::new(1);
    let periods: Vec<Value> = (0..PERIODS)
        .map(|i| {
            let start = first + Days::new(i * DAYS_EACH);
            let end = start + Days::new(DAYS_EACH - 1);
            json!({"label": format!("period {}", i + 1), "start": start, "end": end, "weight": 1})
        })
        .collect();
    let last = first + Days::new(PERIODS * DAYS_EACH - 1);
    let body = json!({
        "advertiserId": advertiser, "name": "Twenty sellers", "campaignType": "DECISIONED",
        "flightDates": {"startDate": first, "endDate": last},
        "budget": {"total": 2_000_000}, "constraints": {"geo_countries": ["US"]},
        "pacingPeriods": {"mode": "weight", "periods": periods},
    });
    let made = connection.post("/campaigns", &body).await?;
    let campaign = text(&made["campaign"]["campaignId"])?;
    let body = json!({"advertiserId": advertiser, "campaignId": campaign});
    let found = connection
        .post("/discovery/discover-products", &body)
        .await?;
    let session = text(&found["discoveryId"])?;
    let choices: Vec<Value> = agents
        .iter()
        .flat_map(|agent| {
            PRODUCTS.map(|product| {
                json!({"productId": product, "salesAgentId": agent,
                       "pricingOptionId": "cpm_usd_fixed", "budget": 20_000})
            })
        })
        .collect();
    let body = json!({"products": choices});
    connection
        .post(&format!("/discovery/{session}/products"), &body)
        .await?;
    let began = Instant::now();
    let done = connection
        .post(&format!("/campaigns/{campaign}/execute"), &json!({}))
        .await?;
    let took = began.elapsed().as_secs_f64();
    if done["success"] != true || done["mediaBuysExecuted"] != agents.len() {
        bail!("execute did not buy everything: {done}");
    }
    Ok((campaign, took))
}

fn text(value: &Value) -> anyhow::Result<String> {
    Ok(value.as_str().context("expected an id")?.to_owned())
}
