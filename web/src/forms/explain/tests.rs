use chrono::DateTime;
use flighting_core::media_buy::{ChangeKind, ChangeState, MediaBuyStatus};
use flighting_core::wire::Amount;
use flighting_core::wire::media_buy::{
    AmountDifference, DeliveryFigures, Differences, PackageBudgetDifference, PendingChangeOut,
};
use flighting_core::wire::pacing::PacingMode;

use super::*;
use crate::forms::campaign::{Against, CampaignForm, check_create, check_update};
use crate::forms::known;
use crate::forms::selection::ProductForm;
use crate::forms::testing::{advertiser, drafted, executed};

fn usd(amount: &str) -> Money {
    Money::from_decimal(amount.parse().unwrap(), advertiser().currency).unwrap()
}

fn plan() -> (Sheet, Grid) {
    let mut sheet = Sheet::default();
    let form = &mut sheet.form;
    form.advertiser_id = "adv_1".into();
    form.name = "Cold Brew".into();
    form.start = "2026-06-01".into();
    form.end = "2026-06-30".into();
    form.total = "1000.01".into();
    form.schedule
        .set_mode(Some(PacingMode::Weight), form.flight());
    form.schedule.edit(1, |row| row.end = "2026-06-07".into());
    form.schedule.add(form.flight());
    let product = |agent: &str, name: &str, budget: &str| ProductForm {
        product_id: name.to_lowercase(),
        sales_agent_id: agent.into(),
        agent_name: agent.to_uppercase(),
        name: name.into(),
        budget: budget.into(),
        ..ProductForm::default()
    };
    sheet.products = vec![
        product("agt_1", "News", "100.01"),
        product("agt_2", "Radio", ""),
        product("agt_1", "Video", "200"),
    ];
    let advertiser = advertiser();
    let checked = check_create(&sheet.form, Some(&advertiser));
    let grid = Grid::of(
        &checked.plan.unwrap(),
        &checked.preview.unwrap(),
        &advertiser,
        &sheet.products,
        DateTime::UNIX_EPOCH,
    )
    .unwrap();
    (sheet, grid)
}

/// Explains an amount of a plan that the server has in some state.
fn explained(
    place: &str,
    (sheet, grid): &(Sheet, Grid),
    known: &CampaignOut,
) -> Result<Told, Vec<Violation>> {
    let shown = Shown {
        sheet,
        grid,
        known,
        advertiser: &advertiser(),
        now: DateTime::UNIX_EPOCH,
    };
    told(place, shown)
}

/// Explains an amount of the draft.
fn of_draft(place: &str) -> Result<Told, Vec<Violation>> {
    let plan = plan();
    explained(place, &plan, &drafted(&plan.0.form))
}

fn tell(place: &str) -> Told {
    of_draft(place).unwrap()
}

fn adds_up(told: &Told) {
    if let Some(whole) = &told.whole {
        let parts = told.parts.iter().map(|part| part.amount);
        let sum = Money::sum(whole.amount.currency(), parts).unwrap();
        assert_eq!(sum, whole.amount, "{}", told.name);
    }
}

/// What core explains is what the table shows, and its parts add up.
#[test]
fn every_amount_of_the_table_is_explained_to_the_cent() {
    let (_, grid) = plan();
    let mut shown = vec![("mediaBudget".to_owned(), grid.media)];
    for (at, column) in grid.columns.iter().enumerate() {
        let period = format!("pacingPeriods.periods[{at}]");
        shown.push((format!("{period}.budget"), column.budget));
        shown.push((format!("{period}.mediaBudget"), column.net));
        shown.push((format!("sum:column:{at}"), column.packages));
        shown.push((format!("sum:free:{at}"), column.free));
        shown.push((format!("sum:need:{at}"), column.need));
    }
    for row in grid.groups.iter().flat_map(|group| &group.rows) {
        let product = format!("products[{}]", row.index);
        shown.push((format!("{product}.budget"), row.budget.unwrap()));
        for (at, cell) in row.cells.iter().enumerate() {
            shown.push((format!("{product}.packages[{at}].budget"), cell.unwrap()));
        }
    }
    for (at, group) in grid.groups.iter().enumerate() {
        shown.push((format!("sum:agent:{at}"), group.sum));
        shown.push((format!("sum:agent:{at}:1"), group.sums[1]));
    }
    shown.push(("sum:all".to_owned(), grid.packages));
    shown.push(("sum:free".to_owned(), grid.free));
    for (place, amount) in shown {
        let told = of_draft(&place).unwrap();
        assert_eq!(told.amount, amount, "{place}");
        adds_up(&told);
    }
}

#[test]
fn names_are_the_planners() {
    let told = tell("products[0].packages[1].budget");
    assert_eq!(told.name, "News × Period 2");
    let names: Vec<_> = told.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["News × Period 1", "News × Period 2"]);
    assert_eq!(told.whole.unwrap().name, "News");
    assert_eq!(
        tell("pacingPeriods.periods[0].mediaBudget").name,
        "Period 1, media budget"
    );
    assert_eq!(tell("sum:agent:0:0").name, "AGT_1 in Period 1");
}

#[test]
fn what_is_no_amount_is_not_explained() {
    for place in [
        "name",
        "sum:column:9",
        "sum:x",
        "products[9].budget",
        "",
        "bought:0",
    ] {
        assert!(of_draft(place).is_err(), "{place}");
    }
}

/// What was bought, under a plan that was made larger since: its table and its explanations.
fn bought(change: impl FnOnce(&mut CampaignOut)) -> ((Sheet, Grid), CampaignOut) {
    let mut known = executed();
    change(&mut known);
    let mut form = CampaignForm::of(&known);
    form.total = "20000".into();
    form.schedule.edit(1, |row| row.weight = "9".into());
    let sheet = Sheet {
        form,
        products: Vec::new(),
    };
    let preview = check_update(
        &sheet.form,
        Against {
            before: &CampaignForm::of(&known),
            revision: known.revision,
            known: &known,
            campaign: &known::draft(&known, &advertiser()).unwrap(),
            advertiser: &advertiser(),
        },
    )
    .preview
    .unwrap();
    let grid = Grid::bought(&known, &preview).unwrap();
    ((sheet, grid), known)
}

/// Every amount of the table of a campaign that was executed, by its place.
fn places(grid: &Grid) -> Vec<(String, Money)> {
    let mut all = vec![
        ("mediaBudget".to_owned(), grid.media),
        ("sum:all".to_owned(), grid.packages),
        ("sum:free".to_owned(), grid.free),
    ];
    for (at, column) in grid.columns.iter().enumerate() {
        let period = format!("pacingPeriods.periods[{at}].mediaBudget");
        all.push((period, column.net));
        all.push((format!("sum:column:{at}"), column.packages));
        all.push((format!("sum:free:{at}"), column.free));
    }
    for (group, of) in grid.groups.iter().enumerate() {
        all.push((format!("sum:agent:{group}"), of.sum));
        for row in &of.rows {
            let index = row.index;
            all.push((format!("bought:{index}"), row.budget.unwrap()));
            let cells = row.cells.iter().enumerate();
            all.extend(
                cells.filter_map(|(at, cell)| Some((format!("bought:{index}:{at}"), (*cell)?))),
            );
        }
    }
    all
}

fn amounts(told: &Told) -> Vec<String> {
    told.parts
        .iter()
        .map(|part| format::amount(part.amount))
        .collect()
}

fn input<'a>(told: &'a Told, name: &str) -> Option<&'a str> {
    let found = told.inputs.iter().find(|(one, _)| one == name);
    found.map(|(_, value)| value.as_str())
}

/// Each explanation is of the very amount that the table shows, in every status of the buy, and
/// never of what the plan would come to now.
#[test]
fn what_was_bought_is_explained_by_its_packages_to_the_cent() {
    for status in MediaBuyStatus::ALL {
        let (plan, known) = bought(|known| known.media_buys[0].status = status);
        for (place, amount) in places(&plan.1) {
            let told = explained(&place, &plan, &known).unwrap();
            assert_eq!(told.amount, amount, "{place} of {status:?}");
            adds_up(&told);
        }
    }
}

#[test]
fn a_package_tells_its_request_and_its_seller() {
    let (plan, known) = bought(|known| {
        known.media_buys[0].status = MediaBuyStatus::Active;
        known.media_buys[0].packages[1].delivery = Some(DeliveryFigures {
            impressions: 10,
            spend: Amount::from(usd("12.34")),
            clicks: 0,
        });
    });
    let told = explained("bought:0:1", &plan, &known).unwrap();
    assert_eq!(told.name, "News × Period 2");
    assert_eq!(amounts(&told), ["1,000.00", "1,000.00"]);
    assert!(told.rule.starts_with("Bought"), "{}", told.rule);
    assert_eq!(input(&told, "The seller’s number"), Some("seller-1"));
    assert_eq!(input(&told, "Spent so far"), Some("12.34"));
    assert_eq!(input(&told, "Asked for"), Some("1 May 2026, 00:00 UTC"));
    assert!(told.parts[1].own && !told.parts[0].own);
    let (plan, known) = bought(|known| {
        known.media_buys[0].status = MediaBuyStatus::PendingApproval;
    });
    let told = explained("bought:0:1", &plan, &known).unwrap();
    assert!(
        told.rule.starts_with("Asked for, not agreed"),
        "{}",
        told.rule
    );
}

/// The periods that were executed keep their money, whatever weight is typed for them since.
#[test]
fn an_executed_period_says_that_it_keeps_its_money() {
    let (plan, known) = bought(|_| {});
    let told = explained("pacingPeriods.periods[0].mediaBudget", &plan, &known).unwrap();
    assert_eq!(told.rule, "Kept since it was executed.");
    assert_eq!(format::amount(told.amount), "4,600.00");
}

#[test]
fn a_change_that_is_undecided_is_told_beside_what_is_bought() {
    let (plan, known) = bought(|known| {
        let buy = &mut known.media_buys[0];
        let package_id = buy.packages[0].package_id.clone();
        buy.pending_change = Some(PendingChangeOut {
            kind: ChangeKind::Update,
            status: ChangeState::Submitted,
            requested_at: DateTime::UNIX_EPOCH,
            since: DateTime::UNIX_EPOCH,
            reason: None,
            differences: Differences {
                budget: Some(AmountDifference {
                    live: Amount::from(usd("2000")),
                    proposed: Amount::from(usd("2500")),
                }),
                package_ids: vec![package_id.clone()],
                package_budgets: vec![PackageBudgetDifference {
                    package_id,
                    live: Amount::from(usd("1000")),
                    proposed: Amount::from(usd("1500")),
                }],
                ..Differences::default()
            },
            source_message: None,
            error: None,
        });
        known.allocated_budget = Amount::from(usd("2500"));
    });
    let cell = explained("bought:0:0", &plan, &known).unwrap();
    assert_eq!(format::amount(cell.amount), "1,000.00");
    assert_eq!(input(&cell, "A change would make it"), Some("1,500.00"));
    assert!(
        input(&cell, "That change")
            .unwrap()
            .ends_with("the seller decides")
    );
    let other = explained("bought:0:1", &plan, &known).unwrap();
    assert_eq!(input(&other, "A change would make it"), None);
    let whole = explained("sum:agent:0", &plan, &known).unwrap();
    assert_eq!(
        input(&whole, "A change would make the whole buy"),
        Some("2,500.00, now 2,000.00")
    );
    let all = explained("sum:all", &plan, &known).unwrap();
    assert_eq!(input(&all, "Allocated, by the server"), Some("2,500.00"));
}

#[test]
fn a_buy_that_failed_bought_nothing_and_says_what_was_asked_for() {
    let (plan, known) = bought(|known| known.media_buys[0].status = MediaBuyStatus::Failed);
    let told = explained("bought:0:0", &plan, &known).unwrap();
    assert_eq!(format::amount(told.amount), "0.00");
    assert_eq!(told.rule, "Nothing was bought.");
    assert_eq!(input(&told, "Asked for it"), Some("1,000.00"));
}
