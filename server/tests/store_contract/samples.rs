//! Accounts, campaigns and sessions to store; each test says only what it is about.

#![allow(dead_code, reason = "each test file uses its part")]

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use flighting_core::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use flighting_core::budget::{Budget, Fee, PacingStrategy, Percent, Weight};
use flighting_core::campaign::{Campaign, CampaignDraft, CampaignType, PlanFields};
use flighting_core::execution::{
    self, Answer, Outcome, SellerBuy, SellerCreatives, SellerPackage, Silence,
};
use flighting_core::flight::{DayRange, Flight};
use flighting_core::ids::{
    AdvertiserId, AgentId, CampaignId, CapId, DiscoveryId, Ids, MediaBuyId, PackageId, ProductId,
    ProductKey,
};
use flighting_core::media_buy::{SellerBuyStatus, SubmissionState};
use flighting_core::money::{Currency, Money};
use flighting_core::pacing::{Intensity, Mode, PacingPlan, Period};
use flighting_core::selection::{DiscoveryQuery, DiscoverySession, SelectedProduct};
use flighting_core::targeting::{Audiences, Constraints};
use flighting_server::jobs::Job;
use flighting_server::store::{
    AccountId, AgentProtocol, AgentStatus, Change, NewEvent, NewJob, SalesAgent, Store, Submission,
};
use rust_decimal::Decimal;

/// An empty folder for one test.
pub fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("flighting-store-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// An instant, in seconds after the tests' noon.
pub fn at(seconds: i64) -> DateTime<Utc> {
    "2027-05-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(seconds)
}

pub fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

pub fn account(name: &str) -> AccountId {
    AccountId::parse(&format!("acc_{name}")).unwrap()
}

pub fn mine() -> AccountId {
    account("mine")
}

pub fn theirs() -> AccountId {
    account("theirs")
}

pub fn campaign_id(name: &str) -> CampaignId {
    CampaignId::parse(&format!("cmp_{name}")).unwrap()
}

pub fn agent_id(name: &str) -> AgentId {
    AgentId::parse(&format!("agt_{name}")).unwrap()
}

pub fn buy_id(name: &str) -> MediaBuyId {
    MediaBuyId::parse(&format!("mb_{name}")).unwrap()
}

pub fn package_id(name: &str) -> PackageId {
    PackageId::parse(&format!("pkg_{name}")).unwrap()
}

pub fn session_id(name: &str) -> DiscoveryId {
    DiscoveryId::parse(&format!("dsc_{name}")).unwrap()
}

pub fn advertiser_of(account: &AccountId) -> AdvertiserId {
    AdvertiserId::parse(&format!("adv_of_{}", account.as_str())).unwrap()
}

pub fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

pub fn dollars(text: &str) -> Money {
    Money::from_decimal(text.parse().unwrap(), usd()).unwrap()
}

pub fn advertiser(id: AdvertiserId, name: &str, created: i64) -> Advertiser {
    Advertiser {
        id,
        name: name.to_owned(),
        description: None,
        brand: Brand::parse("acme.example").unwrap(),
        currency: usd(),
        apply_mode: ApplyMode::Manual,
        margin_percent: Percent::new(Decimal::new(75, 1)).unwrap(),
        sandbox: false,
        caps: Vec::new(),
        status: AdvertiserStatus::Active,
        created_at: at(created),
        updated_at: at(created),
        revision: 1,
    }
}

pub fn agent(account: &AccountId, name: &str) -> SalesAgent {
    SalesAgent {
        id: agent_id(name),
        account: account.clone(),
        name: name.to_owned(),
        url: format!("https://{name}.example/mcp"),
        protocol: AgentProtocol::Mcp,
        token: None,
        webhooks: None,
        status: AgentStatus::Active,
        probe: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

/// Two accounts with an advertiser each, and two agents of the first.
pub async fn settle_in(store: &dyn Store) {
    for account in [mine(), theirs()] {
        store
            .ensure_account(account.as_str(), &account, at(0))
            .await
            .unwrap();
        let advertiser = advertiser(advertiser_of(&account), "Acme", 0);
        store
            .insert_advertiser(&account, &advertiser)
            .await
            .unwrap();
    }
    for name in ["north", "south"] {
        store.insert_agent(&agent(&mine(), name)).await.unwrap();
    }
}

pub fn plan_fields(name: &str) -> PlanFields {
    let days = DayRange::new(day("2027-06-01"), day("2027-08-31")).unwrap();
    PlanFields {
        name: name.to_owned(),
        brief: Some("summer drinks".to_owned()),
        flight: Flight::over(days),
        budget: Budget {
            total: dollars("300000"),
            daily_cap: None,
            pacing: PacingStrategy::Even,
        },
        fees: vec![Fee::Margin {
            percent: Percent::new(Decimal::new(8, 0)).unwrap(),
            label: None,
        }],
        pacing: None,
        constraints: Constraints::default(),
        goals: Vec::new(),
        audiences: Audiences::default(),
        apply_mode: None,
        discovery_id: None,
    }
}

pub fn three_periods() -> PacingPlan {
    let periods = [
        ("2027-06-01", "2027-06-30", Decimal::new(1, 0)),
        ("2027-07-01", "2027-07-15", Decimal::new(3, 0)),
        ("2027-07-16", "2027-08-31", Decimal::new(5, 1)),
    ]
    .into_iter()
    .map(|(first, last, weight)| Period {
        label: format!("from {first}"),
        days: DayRange::new(day(first), day(last)).unwrap(),
        intensity: Intensity::Weight(Weight::new(weight).unwrap()),
    })
    .collect();
    PacingPlan::new(Mode::Weight, periods).unwrap()
}

pub fn planned(account: &AccountId, id: &str, plan: PlanFields, created: i64) -> Campaign {
    let draft = CampaignDraft {
        advertiser_id: advertiser_of(account),
        campaign_type: CampaignType::Decisioned,
        plan,
        caps: Vec::new(),
        product_ids: Vec::new(),
    };
    let mut caps = 0;
    let mut new_cap = || {
        caps += 1;
        CapId::parse(&format!("cap_{id}_{caps}")).unwrap()
    };
    Campaign::create(campaign_id(id), draft, &mut new_cap, at(created))
}

/// A draft of the first account, created so many seconds after noon.
pub fn campaign(id: &str, name: &str, created: i64) -> Campaign {
    planned(&mine(), id, plan_fields(name), created)
}

pub fn product(agent: &str, id: &str, budget: &str) -> SelectedProduct {
    SelectedProduct {
        key: ProductKey {
            agent_id: agent_id(agent),
            product_id: ProductId(id.to_owned()),
        },
        agent_name: agent.to_owned(),
        name: id.to_owned(),
        pricing_option_id: "cpm".to_owned(),
        pricing_model: "cpm".to_owned(),
        fixed_price: Some(Decimal::new(125, 1)),
        min_spend_per_package: None,
        formats: Vec::new(),
        budget: Some(dollars(budget)),
        bid: None,
        selected_at: at(0),
    }
}

pub fn session(account: &AccountId, id: &str, selected: usize) -> DiscoverySession {
    DiscoverySession {
        id: session_id(id),
        advertiser_id: advertiser_of(account),
        campaign_id: None,
        query: DiscoveryQuery::default(),
        offers: Vec::new(),
        incomplete: Vec::new(),
        asked: Vec::new(),
        selection: (0..selected)
            .map(|n| product("north", &format!("product-{n}"), "100"))
            .collect(),
        revision: 1,
        created_at: at(0),
        updated_at: at(0),
    }
}

struct Named<'a>(&'a str, u32);

impl Ids for Named<'_> {
    fn media_buy(&mut self) -> MediaBuyId {
        self.1 += 1;
        buy_id(&format!("{}_{}", self.0, self.1))
    }
    fn package(&mut self) -> PackageId {
        self.1 += 1;
        package_id(&format!("{}_{}", self.0, self.1))
    }
}

/// The campaign with one buy per product in DRAFT, as the first commit of an execute has it.
pub fn begun(mut campaign: Campaign, products: &[SelectedProduct]) -> Campaign {
    let name = campaign.id().as_str().trim_start_matches("cmp_").to_owned();
    let plan = execution::plan(&campaign, products, &mut Named(&name, 0), at(60)).unwrap();
    execution::begin(&mut campaign, &plan, at(60));
    campaign
}

/// The submission of a buy, open and claimed by `sender` for a minute.
pub fn submission(campaign: &Campaign, buy: usize, id: &str) -> Submission {
    let buy = &campaign.buys()[buy];
    Submission {
        id: id.to_owned(),
        account: mine(),
        campaign_id: campaign.id().clone(),
        media_buy_id: buy.id.clone(),
        agent_id: buy.agent_id.clone(),
        idempotency_key: format!("key-{id}"),
        request_bytes: vec![0, 159, 146, 150, b'{', b'}'],
        request_digest: "digest".to_owned(),
        state: SubmissionState::Open,
        claimed_by: Some("sender".to_owned()),
        lease_until: Some(at(120)),
        created_at: at(60),
        first_sent_at: None,
        seller_task_id: None,
        change: None,
    }
}

pub fn reconcile(campaign: &Campaign, buy: usize) -> Job {
    Job::ReconcileSubmission {
        account: mine(),
        campaign: campaign.id().clone(),
        buy: campaign.buys()[buy].id.clone(),
    }
}

pub fn pull(campaign: &str) -> Job {
    Job::PullDelivery {
        account: mine(),
        campaign: campaign_id(campaign),
    }
}

pub fn calendar(campaign: &str) -> Job {
    Job::FlightCalendar {
        account: mine(),
        campaign: campaign_id(campaign),
    }
}

pub fn event(campaign: &str, kind: &str, seconds: i64) -> NewEvent {
    NewEvent {
        kind: kind.to_owned(),
        campaign_id: campaign_id(campaign),
        media_buy_id: None,
        data: serde_json::json!({ "kind": kind }),
        at: at(seconds),
    }
}

pub fn change() -> Change {
    Change::of(mine())
}

/// Commits a new campaign.
pub async fn add(store: &dyn Store, campaign: &Campaign) {
    let change = Change {
        campaign_new: Some(campaign.clone()),
        ..change()
    };
    assert_eq!(
        store.commit(change).await.unwrap().campaign_version,
        Some(1)
    );
}

/// Commits a campaign that changed.
pub async fn put(store: &dyn Store, campaign: &Campaign, version: i64) {
    let change = Change {
        campaign: Some((campaign.clone(), version)),
        ..change()
    };
    assert_eq!(
        store.commit(change).await.unwrap().campaign_version,
        Some(version + 1)
    );
}

pub async fn ask(store: &dyn Store, job: Job, run_at: i64) {
    let change = Change {
        jobs: vec![NewJob {
            job,
            run_at: at(run_at),
        }],
        ..change()
    };
    store.commit(change).await.unwrap();
}

pub type Handle = Arc<dyn Store>;

/// The first buy accepted and serving, the second without an answer.
pub fn outcomes(campaign: &Campaign) -> Vec<Outcome> {
    let [first, second] = campaign.buys() else {
        panic!("expected two buys")
    };
    let packages = first
        .packages
        .iter()
        .map(|package| SellerPackage {
            seller_package_id: format!("theirs-{}", package.id),
            our_package_id: Some(package.id.clone()),
            product_id: Some(package.product_id.clone()),
            budget: Some(package.budget),
            paused: false,
            canceled: false,
            bid: None,
            end: None,
        })
        .collect();
    let accepted = Answer::Accepted(SellerBuy {
        media_buy_id: "seller-1".to_owned(),
        status: SellerBuyStatus::Active,
        confirmed: true,
        revision: Some(1),
        valid_actions: vec!["pause".to_owned()],
        packages: Some(packages),
        creatives: SellerCreatives::default(),
        message: Some("thank you".to_owned()),
        end: None,
    });
    let silent = Answer::Silent(Silence {
        message: "no answer in 25 s".to_owned(),
        seller_media_buy_id: None,
    });
    vec![
        Outcome::of(first, accepted, Some("3.1".to_owned())),
        Outcome::of(second, silent, None),
    ]
}
