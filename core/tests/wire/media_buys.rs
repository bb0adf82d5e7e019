//! Media buys and their packages: status, money, whose a failure is, and delivery beside the plan.

use flighting_core::campaign::Campaign;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::wire::campaign::CampaignRow;
use flighting_core::wire::delivery::{DeliveryOut, KeptDelivery, PaceWord};
use flighting_core::wire::media_buy::{ErrorOwner, MediaBuyOut, PackagesOut, SubmissionWord};
use flighting_core::wire::{Envelope, Paging};
use serde_json::{Value, json};

use super::common::{AFTER, BEFORE, at, no, usd};
use super::executed;

fn out(campaign: &Campaign, index: usize) -> MediaBuyOut {
    MediaBuyOut::of(&campaign.buys()[index], usd()).unwrap()
}

#[test]
fn a_running_buy_shows_its_packages_with_their_exact_money() {
    let campaign = executed();
    let buy = out(&campaign, 0);
    assert_eq!(buy.status, MediaBuyStatus::Active);
    assert_eq!(buy.budget.to_string(), "150000.01");
    assert_eq!(buy.products.len(), 2);
    assert_eq!(buy.packages.len(), 6);
    let labels: Vec<_> = buy
        .packages
        .iter()
        .map(|p| {
            (
                p.product_id.as_str(),
                p.pacing_period.as_ref().unwrap().index,
            )
        })
        .collect();
    assert_eq!(
        labels,
        [
            ("ctv", 1),
            ("ctv", 2),
            ("ctv", 3),
            ("audio", 1),
            ("audio", 2),
            ("audio", 3)
        ]
    );
    let cents: i64 = buy
        .packages
        .iter()
        .map(|p| p.budget.to_money(usd()).unwrap().minor())
        .sum();
    assert_eq!(cents, 15_000_001);
    assert_eq!(buy.start_time, "2027-06-01T00:00:00Z");
    assert_eq!(buy.adcp_status.as_deref(), Some("active"));
    assert_eq!(buy.submission, SubmissionWord::Closed);
    assert_eq!(buy.error_code, None);
}

#[test]
fn a_silent_buy_says_that_nobody_knows_yet() {
    let campaign = executed();
    let buy = out(&campaign, 1);
    assert_eq!(buy.status, MediaBuyStatus::PendingApproval);
    assert_eq!(buy.submission, SubmissionWord::Silent);
    assert!(buy.pending_reason.is_some() && buy.pending_since.is_some() && buy.turn.is_some());
}

#[test]
fn a_failure_tells_whose_it_is() {
    let owner = |code: &str, recovery: Value| {
        let mut campaign = executed();
        let mut error = serde_json::to_value(no(code)).unwrap();
        error["recovery"] = recovery;
        let mut stored = serde_json::to_value(&campaign).unwrap();
        stored["buys"][1]["failure"] = error;
        campaign = serde_json::from_value(stored).unwrap();
        out(&campaign, 1).error_owner.unwrap()
    };
    assert_eq!(owner("no_answer", Value::Null), ErrorOwner::Platform);
    assert_eq!(
        owner("BUDGET_TOO_LOW", json!("correctable")),
        ErrorOwner::BuyerInput
    );
    assert_eq!(
        owner("POLICY_VIOLATION", json!("terminal")),
        ErrorOwner::Seller
    );
}

#[test]
fn answers_survive_their_own_json() {
    let campaign = executed();
    for index in [0, 1] {
        let buy = out(&campaign, index);
        let text = serde_json::to_string(&buy).unwrap();
        assert_eq!(serde_json::from_str::<MediaBuyOut>(&text).unwrap(), buy);
    }
    let packages = PackagesOut::from(&campaign.buys()[0]);
    assert!(packages.is_paced);
    assert_eq!(packages.package_count, 6);
    let row = CampaignRow::of(&campaign, 3);
    assert_eq!(row.product_count, None, "only drafts show their selection");
    let page = Envelope::page(vec![row], Paging { skip: 0, take: 50 }.page(1, 1));
    let text = serde_json::to_string(&page).unwrap();
    assert_eq!(
        serde_json::from_str::<Envelope<Vec<CampaignRow>>>(&text).unwrap(),
        page
    );
}

#[test]
fn delivery_stands_beside_what_was_planned() {
    let campaign = executed();
    let mut stored = serde_json::to_value(&campaign).unwrap();
    stored["buys"][0]["packages"][0]["delivery"] =
        json!({"impressions": 10, "spend": [100, "USD"], "clicks": 3});
    stored["buys"][0]["packages"][3]["delivery"] =
        json!({"impressions": 5, "spend": [50, "USD"], "clicks": 1});
    let campaign: Campaign = serde_json::from_value(stored).unwrap();

    let early = DeliveryOut::of(&campaign, &KeptDelivery::default(), None, at(BEFORE)).unwrap();
    assert_eq!(early.totals.expected.to_string(), "0.00");
    assert_eq!(early.totals.pace, None);

    let late = DeliveryOut::of(
        &campaign,
        &KeptDelivery::default(),
        None,
        at("2027-06-16T12:00:00Z"),
    )
    .unwrap();
    assert_eq!((late.totals.impressions, late.totals.clicks), (15, 4));
    assert_eq!(late.totals.spend.to_string(), "1.50");
    assert_eq!(late.totals.planned.to_string(), "151000.01");
    assert_eq!(late.totals.rating, Some(PaceWord::Behind));
    let sum =
        |figure: fn(&flighting_core::wire::delivery::DeliveryStanding) -> rust_decimal::Decimal| {
            let packages = late.media_buys.iter().flat_map(|buy| &buy.packages);
            packages
                .map(|package| figure(&package.totals))
                .sum::<rust_decimal::Decimal>()
        };
    assert_eq!(
        sum(|s| s.expected.to_decimal()),
        late.totals.expected.to_decimal()
    );
    assert_eq!(
        sum(|s| s.planned.to_decimal()),
        late.totals.planned.to_decimal()
    );
    // Half of June is over: half of the first period, to a cent per day.
    let first = &late.media_buys[0].packages[0].totals;
    let half = first.planned.to_decimal() * rust_decimal::Decimal::new(155, 1)
        / rust_decimal::Decimal::from(30);
    assert!(
        (first.expected.to_decimal() - half).abs() < rust_decimal::Decimal::new(16, 2),
        "{first:?}"
    );

    let after = DeliveryOut::of(&campaign, &KeptDelivery::default(), None, at(AFTER)).unwrap();
    assert_eq!(after.totals.expected, after.totals.planned);
}
