//! Laws of held plans and of explanations: after any edits a held plan says what the same plan says
//! when it is read anew; undoing them all gives back the first; and the parts of every explanation
//! add up.

#![expect(clippy::unwrap_used, reason = "a test may panic; that is how it fails")]

use flighting_core::wire::json::Json;
use flighting_core::wire::plan::{Asked, HeldPlan, explain, plan_packages, validate_plan};
use proptest::prelude::*;
use rust_decimal::Decimal;

fn json(text: &str) -> Json {
    Json::from_text(text.as_bytes()).unwrap()
}

fn asked(options: &str) -> Asked {
    Asked::read(Some(&json(options))).unwrap()
}

const PLAN: &str = r#"{"advertiserId":"adv_1","name":"x","campaignType":"DECISIONED",
"flightDates":{"startDate":"2027-06-01","endDate":"2027-06-30"},"budget":{"total":"1000.03","currency":"EUR"},
"fees":[{"pricingType":"MARGIN","marginPercent":1.5},{"pricingType":"MARGIN","marginPercent":2},{"pricingType":"FLAT","amount":7}],
"pacingPeriods":{"mode":"weight","periods":[{"label":"a","start":"2027-06-01","end":"2027-06-09","weight":1},
{"label":"b","start":"2027-06-12","end":"2027-06-20","weight":0},{"label":"c","start":"2027-06-21","end":"2027-06-30","weight":2.5}]},
"products":[{"productId":"p0","salesAgentId":"agt_a","budget":"333.33"},{"productId":"p1","salesAgentId":"agt_b"},
{"productId":"p2","salesAgentId":"agt_a"}]}"#;

const PATHS: [&str; 22] = [
    "budget.total",
    "budget.currency",
    "budget.dailyCap",
    "budget",
    "name",
    "fees",
    "fees[0].marginPercent",
    "fees[2].amount",
    "fees[3]",
    "pacingPeriods",
    "pacingPeriods.mode",
    "pacingPeriods.periods[0].weight",
    "pacingPeriods.periods[1].weight",
    "pacingPeriods.periods[2]",
    "products",
    "products[0].budget",
    "products[1].budget",
    "products[1].productId",
    "products[2]",
    "products[3]",
    "products[9]",
    "unknown",
];

const VALUES: [&str; 14] = [
    "0",
    "1",
    "12.5",
    "\"40.01\"",
    "\"abc\"",
    "null",
    "[]",
    "{}",
    "\"JPY\"",
    "\"p0\"",
    "2000",
    "{\"pricingType\":\"FLAT\",\"amount\":3}",
    "{\"productId\":\"p9\",\"salesAgentId\":\"agt_c\",\"budget\":5}",
    "{\"label\":\"d\",\"start\":\"2027-06-21\",\"end\":\"2027-06-22\",\"weight\":1}",
];

#[derive(Debug, Clone)]
enum Step {
    Set(&'static str, &'static str),
    Remove(&'static str),
    Undo,
    Redo,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (prop::sample::select(&PATHS[..]), prop::sample::select(&VALUES[..]))
            .prop_map(|(path, value)| Step::Set(path, value)),
        2 => prop::sample::select(&PATHS[..]).prop_map(Step::Remove),
        2 => Just(Step::Undo),
        1 => Just(Step::Redo),
    ];
    prop::collection::vec(step, 1..12)
}

proptest! {
    #[test]
    fn a_held_plan_says_what_the_same_plan_says_anew(steps in steps()) {
        let mut held = HeldPlan::new(json(PLAN), Asked::default());
        for step in &steps {
            let before = HeldPlan::new(held.document().clone(), Asked::default());
            let document = held.document().clone();
            let refused = match step {
                Step::Set(path, value) => held.set(path, json(value)).is_err(),
                Step::Remove(path) => held.remove(path).is_err(),
                Step::Undo => !held.undo(),
                Step::Redo => !held.redo(),
            };
            if refused {
                prop_assert_eq!(held.document(), &document);
                continue;
            }
            let anew = HeldPlan::new(held.document().clone(), Asked::default());
            prop_assert_eq!(held.totals(), anew.totals());
            prop_assert_eq!(held.issues(), anew.issues());
            let told = validate_plan(held.document(), &Asked::default());
            let issues = told.and_then(|body| body.details).map(|details| details.issues);
            prop_assert_eq!(held.issues(), issues.unwrap_or_default());
            // What is said to have changed is what differs between the two plans.
            let now = HeldPlan::new(held.document().clone(), Asked::default());
            for path in held.changed() {
                let amount = |held: &HeldPlan| held.explain(&path).ok().map(|why| (why.amount, why.currency));
                prop_assert_ne!(amount(&before), amount(&now), "{} by {:?}", path, step);
            }
        }
        while held.undo() {}
        prop_assert_eq!(held.document(), &json(PLAN));
    }

    #[test]
    fn the_parts_of_an_explanation_add_up(
        total in 1_i64..1_000_000_000, percents in prop::collection::vec(0_u32..300_000, 0..4),
        weights in prop::collection::vec(0_u32..=100_000, 1..6),
        budgets in prop::collection::vec(prop::option::of(1_i64..200_000_000), 1..6),
        by_budget in any::<bool>(),
    ) {
        let cents = |minor: i64| Decimal::new(minor, 2).to_string();
        let fees: Vec<_> = percents.iter()
            .map(|p| format!(r#"{{"pricingType":"MARGIN","marginPercent":"{}"}}"#, Decimal::new(i64::from(*p), 4)))
            .collect();
        let count = i64::try_from(weights.len()).unwrap();
        let periods: Vec<_> = weights.iter().enumerate().map(|(i, weight)| {
            let share = if by_budget {
                format!(r#""budget":"{}""#, cents(total / count * i64::from(*weight) / 100_000))
            } else {
                format!(r#""weight":"{}""#, Decimal::new(i64::from(*weight), 4))
            };
            format!(r#"{{"label":"p","start":"2027-06-{:02}","end":"2027-06-{:02}",{share}}}"#, 1 + 5 * i, 4 + 5 * i)
        }).collect();
        let products: Vec<_> = budgets.iter().enumerate().map(|(i, budget)| match budget {
            Some(budget) => format!(r#"{{"productId":"p{i}","salesAgentId":"agt_a","budget":"{}"}}"#, cents(*budget)),
            None => format!(r#"{{"productId":"p{i}","salesAgentId":"agt_a"}}"#),
        }).collect();
        let plan = json(&format!(
            r#"{{"flightDates":{{"startDate":"2027-06-01","endDate":"2027-06-30"}},"budget":{{"total":"{}","currency":"EUR"}},
            "fees":[{}],"pacingPeriods":{{"mode":"{}","periods":[{}]}},"products":[{}]}}"#,
            cents(total), fees.join(","), if by_budget { "budget" } else { "weight" }, periods.join(","), products.join(","),
        ));
        let asked = asked(r#"{"now":"2027-05-01T00:00:00Z"}"#);
        let mut paths = vec!["mediaBudget".to_owned(), "unallocatedBudget".to_owned()];
        paths.extend((0..percents.len()).map(|i| format!("fees[{i}].amount")));
        for i in 0..weights.len() {
            paths.push(format!("pacingPeriods.periods[{i}].budget"));
            paths.push(format!("pacingPeriods.periods[{i}].mediaBudget"));
        }
        for row in 0..budgets.len() {
            paths.push(format!("products[{row}].budget"));
            paths.extend((0..weights.len()).map(|i| format!("products[{row}].packages[{i}].budget")));
        }
        let packages = plan_packages(&plan, &asked).ok();
        let mut sum_of_cells = Decimal::ZERO;
        for path in &paths {
            let Ok(why) = explain(&plan, path, &asked) else { continue };
            if let Some(whole) = &why.whole {
                let sum: Decimal = why.parts.iter().map(|part| part.amount.to_decimal()).sum();
                prop_assert_eq!(sum, whole.amount.to_decimal(), "{}", path);
                prop_assert!(why.parts.iter().any(|part| part.amount == why.amount), "{}", path);
            }
            if path.contains("packages") {
                sum_of_cells += why.amount.to_decimal();
            }
        }
        if let Some(packages) = packages {
            prop_assert_eq!(sum_of_cells, packages.total.to_decimal());
            let listed: Vec<_> = packages.media_buys.iter().flat_map(|buy| &buy.packages).map(|p| p.budget.to_decimal()).collect();
            prop_assert_eq!(listed.iter().sum::<Decimal>(), sum_of_cells);
        }
    }
}
