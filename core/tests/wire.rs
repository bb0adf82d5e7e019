//! Answers of an executed campaign: what callers and the page see of buys, packages, delivery,
//! status and discovery.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod common;

use common::*;
use flighting_core::campaign::{Campaign, CampaignStatus};
use flighting_core::creative::FormatId;
use flighting_core::execution::{self, Answer};
use flighting_core::media_buy::{MediaBuyStatus, SellerBuyStatus};
use flighting_core::selection::{
    AskedAgent, DiscoveryQuery, DiscoverySession, Found, IncompleteAgent, Offer, PricingOption,
};
use flighting_core::wire::campaign::{CampaignRow, read_update};
use flighting_core::wire::delivery::{DeliveryOut, KeptDelivery, PaceWord};
use flighting_core::wire::discovery::{DiscoverOut, GroupPaging, SelectionOut, read_selection};
use flighting_core::wire::execute::{LifecycleOut, MediaBuyResult, SubmissionError, Warning};
use flighting_core::wire::formats::FormatsOut;
use flighting_core::wire::media_buy::{ErrorOwner, MediaBuyOut, PackagesOut, SubmissionWord};
use flighting_core::wire::status::{Asked, MediaBuyStatusOut, RefreshSource};
use flighting_core::wire::{Envelope, Json, Paging};
use serde_json::{Value, json};

/// Two products of one agent that runs, one of an agent that did not answer, three periods.
fn executed() -> Campaign {
    let mut campaign = campaign_of(fields("300000", Some(three_periods())));
    let selection = [
        product("north", "ctv", Some("100000")),
        product("north", "audio", Some("50000.01")),
        product("south", "display", Some("1000")),
    ];
    let mut ids = Sequence::default();
    execute(&mut campaign, &selection, &mut ids, BEFORE).unwrap();
    let outcomes = [
        accepted(&campaign.buys()[0], SellerBuyStatus::Active),
        outcome(&campaign.buys()[1], silent()),
    ];
    execution::settle(&mut campaign, &outcomes, at(BEFORE));
    campaign
}

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
fn the_roll_up_is_explained() {
    let campaign = executed();
    let view = flighting_core::wire::campaign::CampaignView {
        campaign: &campaign,
        advertiser: &advertiser(),
        selection: &[],
    };
    let answer =
        serde_json::to_value(flighting_core::wire::campaign::CampaignOut::of(view).unwrap())
            .unwrap();
    assert_eq!(answer["mediaBuyStatus"], "PENDING_APPROVAL");
    assert_eq!(
        answer["mediaBuyStatusCounts"],
        json!({"ACTIVE": 1, "PENDING_APPROVAL": 1})
    );
    assert_eq!(
        answer["mediaBuyStatusReason"]["mediaBuyId"],
        campaign.buys()[1].id.as_str()
    );
    assert_eq!(answer["mediaBuyStatusReason"]["rule"], "most_restrictive");
    assert_eq!(answer["allocatedBudget"], json!(151000.01));
    assert_eq!(answer["unallocatedBudget"], json!(148999.99));
    assert_eq!(answer.get("discoveryId"), None);
    assert_eq!(answer["pacingPeriods"]["periods"][0]["executed"], true);
    // What was executed can be put back unchanged.
    let body: Json = serde_json::from_value(json!({
        "pacingPeriods": answer["pacingPeriods"], "fees": answer["fees"], "budget": answer["budget"],
        "flightDates": answer["flightDates"],
    }))
    .unwrap();
    let update = read_update(&body, &campaign).unwrap();
    assert_eq!(update.plan, *campaign.plan());
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

#[test]
fn a_held_buy_is_neither_success_nor_failure() {
    let campaign = executed();
    let result = |index: usize, success, held| {
        let buy = &campaign.buys()[index];
        MediaBuyResult {
            media_buy_id: buy.id.to_string(),
            name: buy.name.clone(),
            previous_status: buy.status,
            new_status: buy.status,
            success,
            held,
            error: None,
        }
    };
    let both = LifecycleOut::of(
        &campaign,
        CampaignStatus::Active,
        vec![result(0, true, false), result(1, false, true)],
        vec![],
    );
    assert_eq!(
        (
            both.total_media_buys,
            both.success_count,
            both.failure_count,
            both.held_count
        ),
        (2, 1, 0, 1)
    );
    assert!(both.success);
    let failed = LifecycleOut::of(
        &campaign,
        CampaignStatus::Active,
        vec![result(0, false, false)],
        vec![],
    );
    assert!(!failed.success);
}

#[test]
fn refreshing_tells_what_changed_and_where_it_is_from() {
    let before = executed();
    let mut after = before.clone();
    let no_longer_silent = outcome(
        &after.buys()[1],
        Answer::Accepted(seller_buy(&after.buys()[1], SellerBuyStatus::Active)),
    );
    execution::settle(&mut after, &[no_longer_silent], at(BEFORE));
    let status = MediaBuyStatusOut::of(
        &before,
        &after,
        Asked {
            agents_queried: 2,
            errors: vec![],
        },
        |_| (RefreshSource::DirectAgent, None),
    )
    .unwrap();
    let updated: Vec<_> = status.media_buys.iter().map(|row| row.updated).collect();
    assert_eq!(updated, [false, true]);
    assert_eq!(
        status.media_buys[1].previous_internal_status,
        MediaBuyStatus::PendingApproval
    );
    assert_eq!(status.media_buys[1].internal_status, MediaBuyStatus::Active);
    let text = serde_json::to_string(&status).unwrap();
    assert!(
        text.contains(r#""status_refresh_source":"direct_agent""#),
        "{text}"
    );
}

#[test]
fn errors_and_warnings_have_the_shape_callers_know() {
    let error = SubmissionError::for_buy("mb_1".into(), "agt_1".into(), &no("no_answer"), None);
    assert_eq!(
        serde_json::to_value(&error).unwrap(),
        json!({"mediaBuyId": "mb_1", "salesAgentId": "agt_1", "code": "no_answer", "message": "no"})
    );
    let plan = fields("1000", None);
    let campaign = campaign_of(plan);
    let too_much = [product("north", "ctv", Some("1000.01"))];
    let preview = execution::preview(&campaign, &too_much, &mut preview_ids(), at(BEFORE)).unwrap();
    let warnings: Vec<Warning> = preview.warnings.iter().map(Into::into).collect();
    assert_eq!(
        serde_json::to_value(&warnings).unwrap(),
        json!([{"type": "over_allocated", "shortBy": 0.01, "currency": "USD"}])
    );
}

fn offer(agent_name: &str, id: &str, price: &str) -> Offer {
    let selected = product(agent_name, id, None);
    Offer {
        key: selected.key,
        agent_name: agent_name.into(),
        name: id.into(),
        description: String::new(),
        channels: vec!["ctv".into()],
        delivery_type: None,
        formats: vec![FormatId {
            agent_url: "https://formats.example".into(),
            id: id.into(),
        }],
        pricing_options: vec![PricingOption {
            id: "po".into(),
            model: "cpm".into(),
            currency: "USD".into(),
            fixed_price: Some(price.parse().unwrap()),
            floor_price: None,
            min_spend_per_package: None,
        }],
        publishers: vec!["publisher.example".into()],
        brief_relevance: None,
        report_webhooks: Vec::new(),
    }
}

fn asked(name: &str) -> AskedAgent {
    AskedAgent {
        agent_id: agent(name),
        agent_name: name.into(),
        at: at(BEFORE),
    }
}

fn session() -> DiscoverySession {
    let mut offers: Vec<_> = (0..12)
        .map(|n| offer("north", &format!("p{n:02}"), "10"))
        .collect();
    offers.push(offer("south", "p00", "4.05"));
    DiscoverySession {
        id: flighting_core::ids::DiscoveryId::parse("dsc_1").unwrap(),
        advertiser_id: advertiser().id,
        campaign_id: None,
        query: DiscoveryQuery {
            budget: Some(money("100")),
            ..DiscoveryQuery::default()
        },
        offers,
        incomplete: vec![IncompleteAgent {
            agent_id: agent("west"),
            agent_name: "west".into(),
            code: "no_answer".into(),
            message: "no answer within 25 s".into(),
        }],
        asked: ["north", "south", "west"].map(asked).into(),
        selection: Vec::new(),
        revision: 1,
        created_at: at(BEFORE),
        updated_at: at(BEFORE),
    }
}

#[test]
fn what_sellers_offer_comes_in_pages_of_groups() {
    let session = session();
    let paging = GroupPaging {
        group_limit: 1,
        ..GroupPaging::default()
    };
    let first = DiscoverOut::of(&session, paging, None, usd()).unwrap();
    assert_eq!((first.total_groups, first.has_more_groups), (2, true));
    assert_eq!(
        (
            first.groups[0].products.len(),
            first.groups[0].total_products
        ),
        (10, 12)
    );
    assert!(first.groups[0].has_more_products);
    assert_eq!(first.incomplete_agents[0].sales_agent_id, "agt_west");
    let agents: Vec<_> = first
        .agents
        .iter()
        .map(|one| {
            (
                one.sales_agent_name.as_str(),
                one.answered,
                one.total_products,
            )
        })
        .collect();
    assert_eq!(
        agents,
        [("north", true, 12), ("south", true, 1), ("west", false, 0)]
    );
    assert_eq!(
        first.agents[2].message.as_deref(),
        Some("no answer within 25 s")
    );
    let range = first.summary.price_range.unwrap();
    assert_eq!(
        (
            range.min.to_string(),
            range.max.to_string(),
            range.avg.to_string()
        ),
        ("4.05".into(), "10".into(), "9.54".into())
    );

    let rest = GroupPaging {
        product_offset: 10,
        group_offset: 0,
        ..paging
    };
    let rest = DiscoverOut::of(&session, rest, None, usd()).unwrap();
    assert_eq!(rest.groups[0].products.len(), 2);
    assert!(!rest.groups[0].has_more_products);
    let last = DiscoverOut::of(
        &session,
        GroupPaging {
            group_offset: 1,
            ..paging
        },
        None,
        usd(),
    )
    .unwrap();
    assert_eq!(last.groups[0].sales_agent_id, "agt_south");
    assert!(!last.has_more_groups);
    let beyond = DiscoverOut::of(
        &session,
        GroupPaging {
            group_offset: 9,
            ..paging
        },
        None,
        usd(),
    )
    .unwrap();
    assert!(beyond.groups.is_empty());
}

#[test]
fn a_selection_is_read_kept_and_shown() {
    let mut session = session();
    let body: Json = serde_json::from_value(json!({"products": [
        {"productId": "p01", "budget": 60.5, "groupId": "agt_north", "groupName": "north", "bidPrice": null},
        {"productId": "p00", "salesAgentId": "agt_south", "budget": "50", "pricingOptionId": "po"},
    ], "expectedRevision": 1}))
    .unwrap();
    let selection = read_selection(&body, usd()).unwrap();
    assert_eq!(selection.expected_revision, Some(1));
    session
        .select(&selection.choices, usd(), at(BEFORE))
        .unwrap();
    let shown = SelectionOut::of(&session, None, usd()).unwrap();
    assert_eq!(shown.total_products, 2);
    assert_eq!(shown.products[1].budget.unwrap().to_string(), "50.00");
    assert_eq!(shown.budget_context.allocated_budget.to_string(), "110.50");
    assert_eq!(
        shown.budget_context.remaining_budget.unwrap().to_string(),
        "-10.50"
    );
    assert!(shown.budget_context.budget_warning.is_some());
    let enough = SelectionOut::of(&session, Some(money("110.50")), usd()).unwrap();
    assert_eq!(enough.budget_context.budget_warning, None);

    let formats = FormatsOut::of(executed().id(), &session.selection, &[]);
    assert_eq!(formats.creative_formats.missing.len(), 2);
    assert!(formats.products.iter().all(|product| !product.covered));
}

#[test]
fn a_wrong_selection_names_every_fault() {
    let body: Json = serde_json::from_value(json!({"products": [
        {"productId": "", "salesAgentId": "north", "budget": 0, "bidPrice": -1, "selectionId": "x"},
        {"budget": 0.005},
    ]}))
    .unwrap();
    let paths: Vec<_> = read_selection(&body, usd())
        .unwrap_err()
        .into_iter()
        .map(|v| v.path)
        .collect();
    assert_eq!(
        paths,
        [
            "products[0].productId",
            "products[0].salesAgentId",
            "products[0].budget",
            "products[0].bidPrice",
            "products[0].selectionId",
            "products[1].productId",
            "products[1].budget",
        ]
    );
}

fn advertiser() -> flighting_core::advertiser::Advertiser {
    serde_json::from_value(json!({
        "id": "adv_1", "name": "Acme", "description": null, "brand": "acme.example", "currency": "USD",
        "apply_mode": "MANUAL", "margin_percent": 0, "sandbox": true, "caps": [], "status": "ACTIVE",
        "created_at": BEFORE, "updated_at": BEFORE, "revision": 1,
    }))
    .unwrap()
}

#[test]
fn who_is_not_asked_keeps_what_was_found_and_who_cannot_answer_keeps_its_offers() {
    let mut session = session();
    let in_use = ["south", "north", "west"].map(agent);
    // South offers something else, west recovers, north is silent and was not asked before it.
    let found = Found {
        asked: ["south", "west"].map(asked).into(),
        offers: vec![offer("west", "w1", "3"), offer("south", "s1", "5")],
        incomplete: Vec::new(),
    };
    session.take_found(found, &in_use);
    let offered = |session: &DiscoverySession| -> Vec<(String, usize)> {
        let mut counted: Vec<(String, usize)> = Vec::new();
        for offer in &session.offers {
            match counted.last_mut() {
                Some((name, number)) if *name == offer.agent_name => *number += 1,
                _ => counted.push((offer.agent_name.clone(), 1)),
            }
        }
        counted
    };
    let of = |name: &str, number| (name.to_owned(), number);
    assert_eq!(
        offered(&session),
        [of("south", 1), of("north", 12), of("west", 1)]
    );
    assert!(session.incomplete.is_empty());
    assert_eq!(session.asked.len(), 3);

    let silent = Found {
        asked: vec![asked("north")],
        offers: Vec::new(),
        incomplete: vec![IncompleteAgent {
            agent_id: agent("north"),
            agent_name: "north".into(),
            code: "no_answer".into(),
            message: "no answer within 25 s".into(),
        }],
    };
    // West was removed meanwhile.
    session.take_found(silent, &in_use[..2]);
    assert_eq!(offered(&session), [of("south", 1), of("north", 12)]);
    assert_eq!(session.incomplete.len(), 1);
    let names: Vec<_> = session
        .asked
        .iter()
        .map(|one| one.agent_name.as_str())
        .collect();
    assert_eq!(names, ["south", "north"]);
}
