//! Scenarios: which plan is worked on, and up to three of them side by side to the cent.

use flighting_core::money::Money;
use leptos::prelude::*;

use super::planner::Planner;
use crate::clock;
use crate::format;
use crate::forms::scenarios::{About, Line, MOST, compare};
use crate::forms::sheet::Sheet;
use crate::later::part;
use crate::parts::amount::Amount;
use crate::parts::icon::Icon;

/// Copying the plan, and choosing which one is worked on.
#[component]
pub fn Switch(planner: Planner) -> impl IntoView {
    let names = Memo::new(move |_| {
        planner.scenarios.with(|scenarios| {
            scenarios
                .all
                .iter()
                .map(|one| one.name.clone())
                .collect::<Vec<_>>()
        })
    });
    let at = Memo::new(move |_| planner.scenarios.with(|scenarios| scenarios.at));
    let is_full = move || names.with(Vec::len) + 1 >= MOST;
    view! {
        <Show when=move || planner.is_draft()>
            <div class="row aside">
                <Show when=move || !names.with(Vec::is_empty)>
                    <fieldset class="segments joined">
                        <legend class="unseen">"Which plan is worked on"</legend>
                        {move || {
                            let mut all = vec![(None, "The plan".to_owned())];
                            all.extend(names.get().into_iter().enumerate().map(|(at, name)| (Some(at), name)));
                            all.into_iter().map(|(one, words)| view! {
                                <label class:on=move || at.get() == one>
                                    <input type="radio" name="scenario" prop:checked=move || at.get() == one on:change=move |_| planner.work_on(one)/>
                                    {words}
                                </label>
                            }).collect_view()
                        }}
                    </fieldset>
                </Show>
                <button
                    type="button"
                    class="button"
                    aria-disabled=move || is_full().to_string()
                    title=move || if is_full() { "Three plans stand side by side at most" } else { "" }
                    on:click=move |_| planner.copy()
                >
                    <Icon name="plus"/>"Copy as a scenario"
                </button>
            </div>
        </Show>
    }
    .into_any()
}

/// The plans side by side; nothing without a scenario.
#[component]
pub fn Comparison(planner: Planner) -> impl IntoView {
    let there = Memo::new(move |_| {
        planner
            .scenarios
            .with(|scenarios| !scenarios.all.is_empty())
    });
    move || there.get().then(|| comparison(planner))
}

part!(plan_more, Nothing: fn comparison(planner: Planner) => view! { <SideBySide planner/> }.into_any());

#[component]
fn SideBySide(planner: Planner) -> impl IntoView {
    let everything = RwSignal::new(false);
    // The plan first, then the scenarios; the one that is worked on as it is typed now.
    let plans = Memo::new(move |_| {
        let now = Sheet {
            form: planner.form.get(),
            products: planner.products.get(),
        };
        planner.scenarios.with(|scenarios| {
            let mut all = vec![("The plan".to_owned(), scenarios.plan.sheet.clone())];
            all.extend(
                scenarios
                    .all
                    .iter()
                    .map(|one| (one.name.clone(), one.sheet.clone())),
            );
            let at = scenarios.at.map_or(0, |at| at + 1);
            if let Some((_, sheet)) = all.get_mut(at) {
                *sheet = now;
            }
            all
        })
    });
    let lines = Memo::new(move |_| {
        planner.advertiser.with(|advertiser| {
            let Some(advertiser) = advertiser else {
                return Vec::new();
            };
            plans.with(|plans| {
                let sheets: Vec<&Sheet> = plans.iter().map(|(_, sheet)| sheet).collect();
                compare(&sheets, advertiser, clock::now())
            })
        })
    });
    let names = Memo::new(move |_| {
        plans.with(|plans| {
            plans
                .iter()
                .map(|(name, _)| name.clone())
                .collect::<Vec<_>>()
        })
    });
    let same = move || lines.with(|lines| lines.iter().filter(|line| line.is_same()).count());
    view! {
            <section class="card flat scenarios" aria-labelledby="scenarios-title">
                <div class="card-head">
                    <h2 id="scenarios-title">"Scenarios"</h2>
                    <span class="quiet">"differences are against the plan, to the cent"</span>
                    <label class="row aside">
                        <input type="checkbox" prop:checked=move || everything.get() on:change=move |event| everything.set(event_target_checked(&event))/>
                        "Also what is the same everywhere"
                    </label>
                </div>
                <div class="scroll" tabindex="0" role="region" aria-label="Plans side by side">
                    <table class="compare">
                        <thead>
                            <tr>
                                <th scope="col">"Amount"</th>
                                {move || names.get().into_iter().enumerate().map(|(at, name)| view! { <Head planner at name/> }).collect_view()}
                            </tr>
                        </thead>
                        {move || {
                            let all = everything.get();
                            let count = names.with(Vec::len);
                            lines.with(|lines| {
                                [(About::Whole, "The whole"), (About::Period, "Media budget by period"), (About::Product, "Products"), (About::Package, "Packages")]
                                    .into_iter()
                                    .map(|(about, title)| {
                                        let shown: Vec<&Line> = lines.iter().filter(|line| line.about == about && (all || about == About::Whole || !line.is_same())).collect();
                                        (!shown.is_empty()).then(|| group(title, &shown, count))
                                    })
                                    .collect_view()
                            })
                        }}
                    </table>
                </div>
                <p class="pad quiet">{move || {
                    let same = u64::try_from(same()).unwrap_or(0);
                    format!("{} the same in all of them.", format::plural(same, "amount is", "amounts are"))
                }}</p>
            </section>
    }
    .into_any()
}

#[component]
fn Head(planner: Planner, at: usize, name: String) -> impl IntoView {
    let Some(scenario) = at.checked_sub(1) else {
        return view! { <th scope="col" class="num">{name}</th> }.into_any();
    };
    let (take, throw) = (name.clone(), name.clone());
    view! {
        <th scope="col" class="num">
            {name}
            <span class="row end">
                <button type="button" class="link" aria-label=format!("Make {take} the plan") on:click=move |_| planner.take_as_plan(scenario)>"Make this the plan"</button>
                <button type="button" class="link" aria-label=format!("Throw {throw} away") on:click=move |_| planner.throw_away(scenario)>"Throw away"</button>
            </span>
        </th>
    }
    .into_any()
}

fn group(title: &'static str, lines: &[&Line], count: usize) -> AnyView {
    view! {
        <tbody>
            <tr class="group"><th scope="rowgroup" colspan=(count + 1).to_string()>{title}</th></tr>
            {lines.iter().map(|line| {
                let cells = (0..count).map(|plan| {
                    let amount = line.amounts.get(plan).copied().flatten();
                    let difference = (plan > 0).then(|| line.difference(plan)).flatten().filter(|money| !money.is_zero());
                    view! {
                        <td class="num">
                            {match amount {
                                Some(money) => view! { <Amount money/> }.into_any(),
                                None => view! { <span class="quiet">"none"</span> }.into_any(),
                            }}
                            {difference.map(signed).map(|words| view! { <small class="difference">{words}</small> })}
                        </td>
                    }
                }).collect_view();
                view! { <tr><th scope="row">{line.name.clone()}</th>{cells}</tr> }
            }).collect_view()}
        </tbody>
    }
    .into_any()
}

/// A difference with its sign.
fn signed(money: Money) -> String {
    let words = format::amount(money);
    if money.is_negative() {
        words
    } else {
        format!("+{words}")
    }
}
