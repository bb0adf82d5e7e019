//! Ten thousand live buys, looked at in the background.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chrono::{Days, TimeDelta, Utc};
use flighting_core::campaign::{Campaign, CampaignType};
use flighting_core::execution::{self, Answer, Outcome, SellerBuy, SellerCreatives, SellerPackage};
use flighting_core::ids::{AgentId, ProductId, ProductKey};
use flighting_core::media_buy::SellerBuyStatus;
use flighting_core::selection::SelectedProduct;
use flighting_core::wire::campaign::read_create;
use flighting_server::ids::IdSource;
use flighting_server::jobs::Job;
use flighting_server::store::{
    AgentProtocol, AgentStatus, Change, NewJob, NewPoll, PollGroup, SalesAgent, SqliteStore, Store,
};
use serde_json::{Value, json};

use super::listing::Stage;
use super::report;
use super::server::Served;

/// How long two rounds of looks may take before we stop waiting.
const PATIENCE: Duration = Duration::from_secs(240);

/// A seller that says of every buy that it runs, and counts.
pub struct Seller {
    pub url: String,
    asked: Arc<Counts>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    questions: AtomicU32,
    buys: AtomicU32,
}

/// Starts it on a free port of loopback.
pub async fn start_seller() -> anyhow::Result<Seller> {
    let asked = Arc::new(Counts::default());
    let router = Router::new()
        .route("/mcp", post(answer))
        .with_state(Arc::clone(&asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/mcp", listener.local_addr()?);
    let task = tokio::spawn(async move {
        drop(axum::serve(listener, router).await);
    });
    Ok(Seller { url, asked, task })
}

async fn answer(State(counts): State<Arc<Counts>>, Json(call): Json<Value>) -> Response {
    let Some(id) = call.get("id").cloned() else {
        return StatusCode::ACCEPTED.into_response();
    };
    let arguments = &call["params"]["arguments"];
    let body = match (call["method"].as_str(), call["params"]["name"].as_str()) {
        (Some("initialize"), _) => {
            let result = json!({"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                "serverInfo": {"name": "bench", "version": "1"}});
            return Json(json!({"jsonrpc": "2.0", "id": id, "result": result})).into_response();
        }
        (_, Some("get_adcp_capabilities")) => json!({"status": "completed",
            "adcp": {"major_versions": [3], "supported_versions": ["3.1"],
                     "idempotency": {"supported": true, "replay_ttl_seconds": 86_400}},
            "supported_protocols": ["media_buy"], "account": {"supported_billing": ["operator"]}}),
        (_, Some("sync_accounts")) => json!({"status": "completed", "accounts": [{
            "brand": {"domain": "bench.example"}, "operator": arguments["accounts"][0]["operator"],
            "action": "unchanged", "status": "active"}]}),
        (_, Some("get_media_buys")) => {
            let ids = arguments["media_buy_ids"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            counts.questions.fetch_add(1, Ordering::Relaxed);
            let more = u32::try_from(ids.len()).unwrap_or(0);
            counts.buys.fetch_add(more, Ordering::Relaxed);
            let buys: Vec<Value> = ids.iter().map(held).collect();
            json!({"status": "completed", "media_buys": buys})
        }
        (_, Some("get_media_buy_delivery")) => {
            json!({"status": "completed", "currency": "USD", "media_buy_deliveries": []})
        }
        _ => json!({"status": "failed"}),
    };
    let result = json!({"content": [], "structuredContent": body});
    Json(json!({"jsonrpc": "2.0", "id": id, "result": result})).into_response()
}

fn held(id: &Value) -> Value {
    json!({"media_buy_id": id, "status": "active", "currency": "USD", "revision": 1, "packages": [
        {"package_id": format!("p-{}", id.as_str().unwrap_or_default()), "product_id": "banner", "budget": 1000}]})
}

impl Seller {
    pub fn stop(self) {
        self.task.abort();
    }
}

/// Puts live buys into a new database, one per campaign.
pub async fn fill(database: &Path, seller: &Seller, buys: u32) -> anyhow::Result<()> {
    eprintln!("filling a database with {buys} live buys");
    let store = SqliteStore::open(database).await?;
    let stage = Stage::make(&store).await?;
    let agent = agent_of(&stage, seller);
    store.insert_agent(&agent).await?;
    let now = Utc::now();
    let group = PollGroup {
        agent: agent.id.clone(),
        advertiser: stage.owner.id.clone(),
        campaign_type: CampaignType::Decisioned,
    };
    for number in 0..buys {
        let campaign = live(&stage, &agent.id, number)?;
        let mut change = Change::of(&stage.account);
        let due_at = now + TimeDelta::milliseconds(i64::from(number % 15_000));
        for buy in campaign.buys() {
            change.polls.push(NewPoll {
                campaign_id: campaign.id().clone(),
                media_buy_id: buy.id.clone(),
                group: group.clone(),
                due_at,
            });
        }
        change.campaign_new = Some(campaign);
        store.commit(change).await?;
    }
    let mut change = Change::of(&stage.account);
    change.jobs.push(NewJob {
        job: Job::PollBuys {
            account: stage.account.clone(),
            group,
        },
        run_at: now,
    });
    store.commit(change).await?;
    store.close().await;
    Ok(())
}

fn agent_of(stage: &Stage, seller: &Seller) -> SalesAgent {
    let now = Utc::now();
    SalesAgent {
        id: IdSource.agent(),
        account: stage.account.clone(),
        name: "Bench".to_owned(),
        url: seller.url.clone(),
        protocol: AgentProtocol::Mcp,
        token: None,
        webhooks: None,
        status: AgentStatus::Active,
        probe: None,
        created_at: now,
        updated_at: now,
    }
}

/// A campaign whose one buy is about to be sent.
pub fn planned(stage: &Stage, agent: &AgentId, number: u32) -> anyhow::Result<Campaign> {
    let now = Utc::now();
    let end = now
        .date_naive()
        .checked_add_days(Days::new(60))
        .context("no end")?;
    let body = json!({"advertiserId": stage.owner.id.as_str(), "name": format!("Live {number}"),
        "campaignType": "DECISIONED", "budget": {"total": 3000},
        "flightDates": {"startDate": now.date_naive(), "endDate": end}});
    let draft = read_create(&serde_json::from_value(body)?, Some(&stage.owner))
        .map_err(|found| anyhow!("the campaign is wrong: {found:?}"))?;
    let mut ids = IdSource;
    let mut campaign = Campaign::create(ids.campaign(), draft, &mut || ids.cap(), now);
    let product = SelectedProduct {
        key: ProductKey {
            agent_id: agent.clone(),
            product_id: ProductId("banner".to_owned()),
        },
        agent_name: "Bench".to_owned(),
        name: "Banner".to_owned(),
        pricing_option_id: "cpm".to_owned(),
        pricing_model: "cpm".to_owned(),
        fixed_price: Some(5.into()),
        min_spend_per_package: None,
        formats: Vec::new(),
        budget: flighting_core::money::Money::from_minor(100_000, stage.owner.currency),
        bid: None,
        selected_at: now,
    };
    let plan = execution::plan(&campaign, &[product], &mut ids, now)?;
    execution::begin(&mut campaign, &plan, now);
    Ok(campaign)
}

/// A campaign whose one buy runs.
fn live(stage: &Stage, agent: &AgentId, number: u32) -> anyhow::Result<Campaign> {
    let now = Utc::now();
    let mut campaign = planned(stage, agent, number)?;
    let outcomes: Vec<Outcome> = campaign
        .buys()
        .iter()
        .map(|buy| Outcome {
            media_buy_id: buy.id.clone(),
            answer: Answer::Accepted(SellerBuy {
                media_buy_id: format!("b{number}"),
                status: SellerBuyStatus::Active,
                confirmed: true,
                revision: Some(1),
                valid_actions: Vec::new(),
                packages: Some(
                    buy.packages
                        .iter()
                        .map(|package| SellerPackage {
                            seller_package_id: format!("p-b{number}"),
                            our_package_id: Some(package.id.clone()),
                            product_id: Some(package.product_id.clone()),
                            budget: Some(package.budget),
                            paused: false,
                            canceled: false,
                            bid: None,
                            end: None,
                        })
                        .collect(),
                ),
                creatives: SellerCreatives::default(),
                message: None,
                end: None,
            }),
            served_version: None,
        })
        .collect();
    execution::settle(&mut campaign, &outcomes, now);
    Ok(campaign)
}

/// Waits until every buy was looked at twice: once to see it, once to see nothing new.
pub async fn measure(served: &Served, seller: &Seller, buys: u32) -> anyhow::Result<()> {
    report::title(&format!("{buys} live buys polled"));
    let began = Instant::now();
    let round = async |times: u32| {
        while seller.asked.buys.load(Ordering::Relaxed) < buys * times {
            if began.elapsed() > PATIENCE {
                return Err(anyhow!("not all buys were looked at within {PATIENCE:?}"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(began.elapsed().as_secs_f64())
    };
    let first = round(1).await?;
    let second = round(2).await?;
    report::figure("all looked at, first round", "s", vec![first], "");
    report::figure("all looked at again after", "s", vec![second - first], "");
    let questions = f64::from(seller.asked.questions.load(Ordering::Relaxed));
    let asked = f64::from(seller.asked.buys.load(Ordering::Relaxed));
    report::figure("buys in one question", "", vec![asked / questions], "");
    report::memory(served, "under 150");
    Ok(())
}
