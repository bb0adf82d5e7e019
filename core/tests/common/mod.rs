//! A campaign and a selection to start from; each test says only what it is about.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "each test file uses its part, and a test that cannot go on stops"
)]

use chrono::{DateTime, NaiveDate, Utc};
use flighting_core::advertiser::{Advertiser, AdvertiserStatus, ApplyMode, Brand};
use flighting_core::budget::{Budget, Fee, PacingStrategy, Percent, Weight};
use flighting_core::campaign::{Campaign, CampaignDraft, CampaignType, PlanFields};
use flighting_core::error::Refusal;
use flighting_core::execution::{
    self, Answer, Outcome, Plan, SellerBuy, SellerCreatives, SellerPackage, SellerTask, Silence,
};
use flighting_core::flight::{DayRange, Flight};
use flighting_core::ids::{
    AdvertiserId, AgentId, CampaignId, CapId, Ids, MediaBuyId, Numbered, PackageId, ProductId,
    ProductKey,
};
use flighting_core::media_buy::{MediaBuy, PackageStatus, SellerBuyStatus, SellerError};
use flighting_core::money::{Currency, Money};
use flighting_core::pacing::{Intensity, Mode, PacingPlan, Period};
use flighting_core::selection::SelectedProduct;
use flighting_core::targeting::{Audiences, Constraints};
use flighting_core::wire::campaign::{CampaignOut, CampaignView};
use flighting_core::wire::json::Json;
use flighting_core::wire::plan::{Asked, read_known};
use rust_decimal::Decimal;

/// Fresh ids over a whole test, across executes.
#[derive(Default)]
pub struct Sequence(u64);

impl Ids for Sequence {
    fn media_buy(&mut self) -> MediaBuyId {
        self.0 += 1;
        MediaBuyId::parse(&format!("mb_{:06}", self.0)).unwrap()
    }
    fn package(&mut self) -> PackageId {
        self.0 += 1;
        PackageId::parse(&format!("pkg_{:06}", self.0)).unwrap()
    }
}

pub fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

pub fn money(text: &str) -> Money {
    Money::from_decimal(text.parse().unwrap(), usd()).unwrap()
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn days(first: &str, last: &str) -> DayRange {
    DayRange::new(day(first), day(last)).unwrap()
}

/// 1 June to 31 August 2027.
pub fn flight() -> Flight {
    Flight::over(days("2027-06-01", "2027-08-31"))
}

pub const BEFORE: &str = "2027-05-01T12:00:00Z";
pub const AFTER: &str = "2027-09-02T12:00:00Z";

pub fn weights(list: &[(&str, &str, &str)]) -> PacingPlan {
    let periods = list
        .iter()
        .enumerate()
        .map(|(index, (first, last, weight))| Period {
            label: format!("period {}", index + 1),
            days: days(first, last),
            intensity: Intensity::Weight(Weight::new(weight.parse().unwrap()).unwrap()),
        })
        .collect();
    PacingPlan::new(Mode::Weight, periods).unwrap()
}

pub fn budgets(list: &[(&str, &str, &str)]) -> PacingPlan {
    let periods = list
        .iter()
        .enumerate()
        .map(|(index, (first, last, budget))| Period {
            label: format!("period {}", index + 1),
            days: days(first, last),
            intensity: Intensity::Budget(money(budget)),
        })
        .collect();
    PacingPlan::new(Mode::Budget, periods).unwrap()
}

pub fn three_periods() -> PacingPlan {
    weights(&[
        ("2027-06-01", "2027-06-30", "1"),
        ("2027-07-01", "2027-07-15", "3"),
        ("2027-07-16", "2027-08-31", "0.5"),
    ])
}

pub fn fields(total: &str, pacing: Option<PacingPlan>) -> PlanFields {
    PlanFields {
        name: "Summer".to_owned(),
        brief: None,
        flight: flight(),
        budget: Budget {
            total: money(total),
            daily_cap: None,
            pacing: PacingStrategy::Even,
        },
        fees: Vec::new(),
        pacing,
        constraints: Constraints::default(),
        goals: Vec::new(),
        audiences: Audiences::default(),
        apply_mode: None,
        discovery_id: None,
    }
}

pub fn margin(percent: &str) -> Fee {
    Fee::Margin {
        percent: Percent::new(percent.parse().unwrap()).unwrap(),
        label: None,
    }
}

pub fn campaign_of(plan: PlanFields) -> Campaign {
    let draft = CampaignDraft {
        advertiser_id: AdvertiserId::parse("adv_1").unwrap(),
        campaign_type: CampaignType::Decisioned,
        plan,
        caps: Vec::new(),
        product_ids: Vec::new(),
    };
    Campaign::create(
        CampaignId::parse("cmp_1").unwrap(),
        draft,
        &mut new_cap(),
        at(BEFORE),
    )
}

pub fn new_cap() -> impl FnMut() -> CapId {
    let mut count = 0;
    move || {
        count += 1;
        CapId::parse(&format!("cap_{count}")).unwrap()
    }
}

pub fn agent(name: &str) -> AgentId {
    AgentId::parse(&format!("agt_{name}")).unwrap()
}

pub fn product(agent_name: &str, id: &str, budget: Option<&str>) -> SelectedProduct {
    SelectedProduct {
        key: ProductKey {
            agent_id: agent(agent_name),
            product_id: ProductId(id.to_owned()),
        },
        agent_name: agent_name.to_owned(),
        name: id.to_owned(),
        pricing_option_id: "po".to_owned(),
        pricing_model: "cpm".to_owned(),
        fixed_price: Some(Decimal::new(900, 2)),
        min_spend_per_package: None,
        formats: Vec::new(),
        budget: budget.map(money),
        bid: None,
        selected_at: at(BEFORE),
    }
}

/// Plans and begins; the campaign then holds its buys in DRAFT.
pub fn execute(
    campaign: &mut Campaign,
    selection: &[SelectedProduct],
    ids: &mut Sequence,
    now: &str,
) -> Result<Plan, Refusal> {
    let plan = execution::plan(campaign, selection, ids, at(now))?;
    execution::begin(campaign, &plan, at(now));
    Ok(plan)
}

/// The seller's picture of a buy, packages echoed with our ids.
pub fn seller_buy(buy: &MediaBuy, status: SellerBuyStatus) -> SellerBuy {
    SellerBuy {
        media_buy_id: format!("seller-{}", buy.id),
        status,
        confirmed: true,
        revision: Some(1),
        valid_actions: Vec::new(),
        packages: Some(
            buy.packages
                .iter()
                .map(|package| SellerPackage {
                    seller_package_id: format!("seller-{}", package.id),
                    our_package_id: Some(package.id.clone()),
                    product_id: Some(package.product_id.clone()),
                    budget: Some(package.budget),
                    paused: false,
                    canceled: package.status == PackageStatus::Canceled,
                    bid: package.bid,
                    end: Some(package.window.end()),
                })
                .collect(),
        ),
        creatives: SellerCreatives::default(),
        message: None,
        end: Some(buy.end),
    }
}

pub fn accepted(buy: &MediaBuy, status: SellerBuyStatus) -> Outcome {
    outcome(buy, Answer::Accepted(seller_buy(buy, status)))
}

pub fn outcome(buy: &MediaBuy, answer: Answer) -> Outcome {
    Outcome::of(buy, answer, Some("3.1".to_owned()))
}

pub fn waiting() -> Answer {
    Answer::Waiting(SellerTask {
        task_id: Some("task".to_owned()),
        status: "submitted".to_owned(),
        message: None,
        open: None,
    })
}

pub fn silent() -> Answer {
    Answer::Silent(Silence {
        message: "no answer within 25 s".to_owned(),
        seller_media_buy_id: None,
    })
}

pub fn no(code: &str) -> SellerError {
    SellerError {
        code: code.to_owned(),
        message: "no".to_owned(),
        field: None,
        suggestion: None,
        recovery: None,
        retry_after_s: None,
    }
}

pub fn preview_ids() -> Numbered {
    Numbered::default()
}

/// The campaign as somebody knows it who has only read its answer.
pub fn as_answered(campaign: &Campaign) -> Campaign {
    let advertiser = Advertiser {
        id: campaign.advertiser_id().clone(),
        name: "Acme".to_owned(),
        description: None,
        brand: Brand::parse("acme.example").unwrap(),
        currency: campaign.currency(),
        apply_mode: ApplyMode::Manual,
        margin_percent: Percent::default(),
        sandbox: true,
        caps: Vec::new(),
        status: AdvertiserStatus::Active,
        created_at: at(BEFORE),
        updated_at: at(BEFORE),
        revision: 1,
    };
    let view = CampaignView {
        campaign,
        advertiser: &advertiser,
        selection: &[],
    };
    let answer = serde_json::to_vec(&CampaignOut::of(view).unwrap()).unwrap();
    read_known(&Json::from_text(&answer).unwrap(), &Asked::default()).unwrap()
}
