//! Changing media buys: every pair of status and action against a written table (contract 9.3),
//! and what becomes of a change (decisions 14, 15, 20, 21).

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

#[path = "../common/mod.rs"]
mod common;
mod ends;
mod money;
mod periods;
mod table;

use common::*;
use flighting_core::budget::PacingStrategy;
use flighting_core::campaign::{Campaign, CampaignUpdate, Touched};
use flighting_core::change::{
    BuyAction, BuyCommand, BuyUpdate, ChangeAnswer, ChangeOutcome, PackageUpdate, Seen, Step,
    Updated, seen, settle_change, wait_for_person,
};
use flighting_core::error::{Code, Conflict, Refusal};
use flighting_core::execution::{self, Answer, FollowUp};
use flighting_core::flight::Flight;
use flighting_core::goal::{Goal, Metric, MetricGoal, MetricGoalParts};
use flighting_core::ids::ProductId;
use flighting_core::media_buy::{
    ChangeState, MediaBuyStatus, PackageStatus, PersonReason, SellerBuyStatus, Wish,
};

const NOW: &str = "2027-06-10T12:00:00Z";

/// A campaign of 1,000 with one buy of two flat packages of 300 each, answered so.
fn answered(answer: impl FnOnce(&Campaign) -> Answer) -> Campaign {
    let mut campaign = campaign_of(fields("1000", None));
    let products = [
        product("a", "p", Some("300")),
        product("a", "q", Some("300")),
    ];
    execute(&mut campaign, &products, &mut Sequence::default(), BEFORE).unwrap();
    let outcomes = [outcome(&campaign.buys()[0], answer(&campaign))];
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    campaign
}

fn running(status: SellerBuyStatus) -> Campaign {
    answered(|campaign| Answer::Accepted(seller_buy(&campaign.buys()[0], status)))
}

fn update(campaign: &Campaign, command: BuyCommand) -> CampaignUpdate {
    CampaignUpdate {
        plan: campaign.plan().clone(),
        touched: Touched::default(),
        caps: None,
        actions: vec![BuyAction {
            media_buy_id: campaign.buys()[0].id.clone(),
            command,
        }],
        expected_revision: None,
    }
}

fn act(campaign: &mut Campaign, command: BuyCommand) -> Result<Updated, Refusal> {
    let update = update(campaign, command);
    change(campaign, update)
}

/// Whatever is refused here is refused in the same words of a campaign that is only known by its
/// answer: that is what a page or another program asks.
fn change(campaign: &mut Campaign, update: CampaignUpdate) -> Result<Updated, Refusal> {
    let mut known = as_answered(campaign);
    let by_answer = known.update(update.clone(), &mut new_cap(), &mut Later(100), at(NOW));
    let said = campaign.update(update, &mut new_cap(), &mut Later(100), at(NOW));
    assert_eq!(by_answer.as_ref().err(), said.as_ref().err());
    said
}

/// Ids of packages that are added later.
struct Later(u64);

impl flighting_core::ids::Ids for Later {
    fn media_buy(&mut self) -> flighting_core::ids::MediaBuyId {
        unreachable!("no buy is made by an update")
    }
    fn package(&mut self) -> flighting_core::ids::PackageId {
        self.0 += 1;
        flighting_core::ids::PackageId::parse(&format!("pkg_{:06}", self.0)).unwrap()
    }
}

fn of_package(campaign: &Campaign, index: usize) -> PackageUpdate {
    PackageUpdate {
        id: campaign.buys()[0].packages[index].id.clone(),
        budget: None,
        pacing: None,
        bid: None,
        start: None,
        end: None,
        include: Vec::new(),
        exclude: Vec::new(),
    }
}

fn budget(campaign: &Campaign, index: usize, amount: &str) -> BuyCommand {
    BuyCommand::Update(Box::new(BuyUpdate {
        packages: vec![PackageUpdate {
            budget: Some(money(amount)),
            ..of_package(campaign, index)
        }],
        ..BuyUpdate::default()
    }))
}

fn cancel() -> BuyCommand {
    BuyCommand::Cancel {
        reason: None,
        packages: None,
    }
}

fn settle(campaign: &mut Campaign, answer: ChangeAnswer) -> Vec<FollowUp> {
    let buy = &campaign.buys()[0];
    let outcome = ChangeOutcome {
        media_buy_id: buy.id.clone(),
        number: buy.changes,
        answer,
    };
    settle_change(campaign, &outcome, at(NOW))
}

/// The seller's word for a change it applied: the buy with the change in it.
fn applied(campaign: &Campaign, status: SellerBuyStatus) -> ChangeAnswer {
    let mut buy = campaign.buys()[0].clone();
    if let Some(change) = &campaign.buys()[0].pending_change {
        buy.packages = campaign.buys()[0].packages_with(&change.proposal);
        buy.end = change.proposal.end.unwrap_or(buy.end);
    }
    let mut seller = seller_buy(&buy, status);
    seller.revision = Some(2);
    ChangeAnswer::Applied(Box::new(seller))
}

fn thinks() -> ChangeAnswer {
    ChangeAnswer::Submitted(flighting_core::execution::SellerTask {
        task_id: Some("task".to_owned()),
        status: "submitted".to_owned(),
        message: None,
        open: None,
    })
}

fn clicks() -> Goal {
    Goal::Metric(
        MetricGoal::new(MetricGoalParts {
            metric: Metric::Clicks,
            view_duration_seconds: None,
            target: None,
            priority: None,
        })
        .unwrap(),
    )
}
