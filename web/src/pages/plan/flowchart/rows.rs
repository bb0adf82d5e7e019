//! The rows: one group per sales agent, one row per product.

use flighting_core::money::Money;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::slots::{Bunch, Shape};
use super::{Picked, Planner, Slot, markup};
use crate::format;
use crate::forms::grid::Row;
use crate::parts::field::{Issues, TextField};

pub(super) fn body(
    planner: Planner,
    issues: Issues,
    picked: RwSignal<Option<Picked>>,
    shape: &Shape,
) -> impl IntoView + use<> {
    let slots = StoredValue::new(shape.slots.clone());
    let mut first = true;
    shape
        .groups
        .iter()
        .enumerate()
        .map(|(at, Bunch { agent, status, rows })| {
            let group_sum = move |column: Option<usize>| {
                planner.grid.with(|grid| {
                    let group = grid.as_ref()?.groups.get(at)?;
                    match column {
                        Some(column) => group.sums.get(column).copied(),
                        None => Some(group.sum),
                    }
                })
            };
            let count = u64::try_from(rows.len()).unwrap_or(0);
            let products = format::plural(count, "product", "products");
            let about = match status {
                Some(status) => format!("{products} · {}", format::buy_status(*status).words),
                None => products,
            };
            view! {
                <tbody>
                    <tr class="agent-line">
                        <th scope="rowgroup"><span>{agent.clone()}</span><small>{about}</small></th>
                        {slots.get_value().into_iter().map(|(slot, column)| match slot {
                            Slot::Pause(_) => view! { <td class="pause-cell"></td> }.into_any(),
                            Slot::Period(_) => view! {
                                <td class="num" tabindex="-1" data-place=format!("sum:agent:{at}:{column}")><span class="amount" inner_html=move || markup(group_sum(Some(column)))></span></td>
                            }.into_any(),
                        }).collect_view()}
                        <td class="num total" tabindex="-1" data-place=format!("sum:agent:{at}")><span class="amount" inner_html=move || markup(group_sum(None))></span></td>
                    </tr>
                    {rows.iter().enumerate().map(|(nth, (index, name))| {
                        let is_first = std::mem::take(&mut first);
                        product_line(planner, issues, picked, (at, nth), *index, name.clone(), slots.get_value(), is_first)
                    }).collect_view()}
                </tbody>
            }
        })
        .collect_view()
}

#[expect(
    clippy::too_many_arguments,
    reason = "one row of the table, called once"
)]
fn product_line(
    planner: Planner,
    issues: Issues,
    picked: RwSignal<Option<Picked>>,
    place: (usize, usize),
    index: usize,
    name: String,
    slots: Vec<(Slot, usize)>,
    is_first: bool,
) -> AnyView {
    let row = move |read: &dyn Fn(&Row) -> Option<Money>| {
        planner
            .grid
            .with(|grid| read(grid.as_ref()?.groups.get(place.0)?.rows.get(place.1)?))
    };
    let mut first = is_first;
    let called = name.clone();
    let draft = planner.is_draft();
    let line = NodeRef::<html::Tr>::new();
    let columns: Vec<usize> = slots
        .iter()
        .filter(|(slot, _)| matches!(slot, Slot::Period(_)))
        .map(|(_, column)| *column)
        .collect();
    fill(line, move || {
        planner.grid.with(|grid| {
            let row = grid
                .as_ref()
                .and_then(|grid| grid.groups.get(place.0)?.rows.get(place.1));
            columns
                .iter()
                .map(|column| row.and_then(|row| row.cells.get(*column).copied().flatten()))
                .collect()
        })
    });
    view! {
        <tr node_ref=line class="product-line" class:on=move || picked.get() == Some(Picked::Product(index))>
            <th scope="row">
                <button type="button" class="link" on:click=move |_| picked.set(Some(Picked::Product(index)))>{name.clone()}</button>
            </th>
            {slots.into_iter().map(|(slot, column)| match slot {
                Slot::Pause(_) => view! { <td class="pause-cell"></td> }.into_any(),
                Slot::Period(_) => {
                    let stop = if std::mem::take(&mut first) { "0" } else { "-1" };
                    view! {
                        <td
                            class="num package-cell"
                            tabindex=stop
                            data-place=if draft {
                                format!("products[{index}].packages[{column}].budget")
                            } else {
                                format!("bought:{index}:{column}")
                            }
                        >
                            <span class="amount"></span>
                        </td>
                    }.into_any()
                }
            }).collect_view()}
            <td
                class="num total"
                tabindex=(!draft).then_some("-1")
                data-place=if draft { format!("products[{index}].budget") } else { format!("bought:{index}") }
            >
                {if draft {
                    view! {
                        <TextField
                            label=format!("Budget of {called}")
                            figures=true
                            path=format!("products[{index}].budget")
                            value=Signal::derive(move || planner.products.with(|all| all.get(index).map(|one| one.budget.clone()).unwrap_or_default()))
                            placeholder=Signal::derive(move || row(&|row| row.budget).map(|money| format!("= {}", format::amount(money))).unwrap_or_default())
                            on_input=move |text: String| planner.products.update(|all| {
                                if let Some(one) = all.get_mut(index) {
                                    one.budget = text;
                                }
                            })
                            issues
                            in_table=true
                        />
                    }.into_any()
                } else {
                    view! { <span class="amount" inner_html=move || markup(row(&|row| row.budget))></span> }.into_any()
                }}
            </td>
        </tr>
    }
    .into_any()
}

/// Writes amounts into the package cells of one row: one effect for all of them, which touches only
/// those that changed. With a thousand cells an effect of its own for each is what a key waits for.
fn fill(row: NodeRef<html::Tr>, amounts: impl Fn() -> Vec<Option<Money>> + 'static) {
    Effect::new(move |before: Option<Vec<Option<Money>>>| {
        let now = amounts();
        let Some(row) = row.get() else {
            return Vec::new();
        };
        let before = before.unwrap_or_default();
        let Ok(cells) = row.query_selector_all(".package-cell > .amount") else {
            return Vec::new();
        };
        for (at, money) in now.iter().enumerate() {
            if before.get(at) == Some(money) {
                continue;
            }
            let cell = u32::try_from(at).ok().and_then(|at| cells.item(at));
            if let Some(cell) = cell.and_then(|cell| cell.dyn_into::<web_sys::Element>().ok()) {
                cell.set_inner_html(&markup(*money));
            }
        }
        now
    });
}
