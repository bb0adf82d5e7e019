//! Discovery: what sellers offer, in pages, what is selected of it, and what a later search keeps.

use flighting_core::creative::FormatId;
use flighting_core::selection::{
    AskedAgent, DiscoveryQuery, DiscoverySession, Found, IncompleteAgent, Offer, PricingOption,
};
use flighting_core::wire::Json;
use flighting_core::wire::discovery::{DiscoverOut, GroupPaging, SelectionOut, read_selection};
use flighting_core::wire::formats::FormatsOut;
use serde_json::json;

use super::common::{BEFORE, agent, at, money, product, usd};
use super::{advertiser, executed};

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
