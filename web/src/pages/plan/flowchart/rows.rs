//! The rows: one group per sales agent, one row per product. Their figures are written by
//! [`super::figures`](mod@super::figures).

use leptos::prelude::*;

use super::slots::{Bunch, Shape};
use super::{Picked, Planner, Slot};
use crate::format;
use crate::parts::field::{Issues, TextField};

pub(super) fn body(
    planner: Planner,
    issues: Issues,
    picked: RwSignal<Option<Picked>>,
    shape: &Shape,
    is_draft: bool,
) -> impl IntoView + use<> {
    let slots = StoredValue::new(shape.slots.clone());
    let mut first = true;
    shape
        .groups
        .iter()
        .enumerate()
        .map(|(at, Bunch { agent, status, rows })| {
            let count = u64::try_from(rows.len()).unwrap_or(0);
            let products = format::plural(count, "product", "products");
            let about = match status {
                Some(status) => format!("{products} · {}", format::buy_status(*status).words),
                None => products,
            };
            view! {
                <tbody role="rowgroup">
                    <tr role="row" class="agent-line">
                        <th role="rowheader" scope="rowgroup"><span>{agent.clone()}</span><small>{about}</small></th>
                        {slots.get_value().into_iter().map(|(slot, column)| match slot {
                            Slot::Pause(_) => view! { <td role="gridcell" class="pause-cell"></td> }.into_any(),
                            Slot::Period(_) => view! {
                                <td role="gridcell" class="num figure" tabindex="-1" data-place=format!("sum:agent:{at}:{column}")></td>
                            }.into_any(),
                        }).collect_view()}
                        <td role="gridcell" class="num total figure" tabindex="-1" data-place=format!("sum:agent:{at}")></td>
                    </tr>
                    {rows.iter().map(|(index, name)| {
                        let is_first = std::mem::take(&mut first);
                        product_line(planner, issues, picked, *index, name.clone(), slots.get_value(), (is_first, is_draft))
                    }).collect_view()}
                </tbody>
            }
        })
        .collect_view()
}

fn product_line(
    planner: Planner,
    issues: Issues,
    picked: RwSignal<Option<Picked>>,
    index: usize,
    name: String,
    slots: Vec<(Slot, usize)>,
    (is_first, draft): (bool, bool),
) -> AnyView {
    let mut first = is_first;
    let called = name.clone();
    view! {
        <tr
            role="row"
            class="product-line"
            class:on=move || picked.get() == Some(Picked::Product(index))
            class:wrong=move || issues.at(&format!("products[{index}].budget")).is_some()
        >
            <th role="rowheader" scope="row">
                <button type="button" class="link" title=name.clone() on:click=move |_| picked.set(Some(Picked::Product(index)))>{name.clone()}</button>
            </th>
            {slots.into_iter().map(|(slot, column)| match slot {
                Slot::Pause(_) => view! { <td role="gridcell" class="pause-cell"></td> }.into_any(),
                Slot::Period(_) => {
                    let stop = if std::mem::take(&mut first) { "0" } else { "-1" };
                    view! {
                        <td
                            role="gridcell"
                            class="num package-cell figure"
                            tabindex=stop
                            data-place=if draft {
                                format!("products[{index}].packages[{column}].budget")
                            } else {
                                format!("bought:{index}:{column}")
                            }
                        ></td>
                    }.into_any()
                }
            }).collect_view()}
            <td
                role="gridcell"
                class="num total"
                class:figure=!draft
                tabindex=(!draft).then_some("-1")
                data-place=if draft { format!("products[{index}].budget") } else { format!("bought:{index}") }
            >
                {draft.then(|| {
                    view! {
                        <TextField
                            label=format!("Budget of {called}")
                            figures=true
                            path=format!("products[{index}].budget")
                            value=Memo::new(move |_| planner.products.with(|all| all.get(index).map(|one| one.budget.clone()).unwrap_or_default()))
                            on_input=move |text: String| planner.products.update(|all| {
                                if let Some(one) = all.get_mut(index) {
                                    one.budget = text;
                                }
                            })
                            issues
                            in_table=true
                        />
                    }.into_any()
                })}
            </td>
        </tr>
    }
    .into_any()
}
