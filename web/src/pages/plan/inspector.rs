//! What is picked in the flowchart, with its fields and what can be done with it.

use leptos::prelude::*;

use super::flowchart::{Picked, Slot};
use super::lane::{duplicate, split};
use super::money::Product;
use super::planner::Planner;
use crate::format;
use crate::forms::pacing::PeriodRow;
use crate::later::part;
use crate::parts::amount::Amount;
use crate::parts::field::{Issues, TextField};
use crate::parts::icon::Icon;

/// The period or product that is picked.
#[component]
pub fn Inspector(
    planner: Planner,
    issues: Issues,
    picked: RwSignal<Option<Picked>>,
) -> impl IntoView {
    let there = Memo::new(move |_| {
        picked.get().filter(|picked| match picked {
            Picked::Period(key) => planner.form.with(|form| form.schedule.row(*key).is_some()),
            Picked::Product(at) => {
                planner.products.with(|all| *at < all.len()) && planner.is_draft()
            }
        })
    });
    move || {
        match there.get() {
        Some(Picked::Period(key)) => period(planner, issues, key),
        Some(Picked::Product(at)) => product(planner, issues, at),
        None => view! {
            <section class="card">
                <h2>"Nothing picked"</h2>
                <p class="quiet">"Pick a bar to move, cut or copy it, or a product for its price and money."</p>
            </section>
        }
        .into_any(),
    }
    }
}

part!(plan_more, Nothing: fn period(planner: Planner, issues: Issues, key: u32) => view! { <Period planner issues key/> }.into_any());
part!(plan_more, Nothing: fn product(planner: Planner, issues: Issues, at: usize) => view! { <Product planner issues at/> }.into_any());

#[component]
fn Period(planner: Planner, issues: Issues, key: u32) -> impl IntoView {
    let form = planner.form;
    let slot = Slot::Period(key);
    let path = move |member: &'static str| {
        Signal::derive(move || {
            let at = form.with(|form| form.schedule.position(key).unwrap_or(usize::MAX));
            format!("pacingPeriods.periods[{at}].{member}")
        })
    };
    let read = move |get: fn(&PeriodRow) -> &String| {
        Signal::derive(move || {
            form.with(|form| form.schedule.row(key).map(get).cloned().unwrap_or_default())
        })
    };
    let write = move |set: fn(&mut PeriodRow, String)| {
        Callback::new(move |text: String| {
            form.update(|form| form.schedule.edit(key, |row| set(row, text)));
        })
    };
    let name = read(|row| &row.label);
    let cap = move || {
        planner
            .preview
            .with(|preview| preview.as_ref().and_then(|preview| preview.daily_cap))
    };
    let over = move || {
        let cap = cap()?;
        let need = planner.column(slot, |column| column.need)?;
        let over = need.minus(cap).ok()?;
        (over.minor() > 0).then_some(over)
    };
    view! {
        <section class="card fields" aria-label=move || format!("Period {}", name.get())>
            <h2>"Period" " " <span class="quiet">{move || name.get()}</span></h2>
            <TextField label="Name" path=path("label") value=name on_input=write(|row, text| row.label = text) issues/>
            <div class="pair">
                <TextField label="First day of the period" kind="date" path=path("start") value=read(|row| &row.start) on_input=write(|row, text| row.start = text) issues/>
                <TextField label="Last day of the period" kind="date" path=path("end") value=read(|row| &row.end) on_input=write(|row, text| row.end = text) issues/>
            </div>
            <dl class="sum">
                {move || planner.column(slot, |column| *column).map(|column| view! {
                    <div><dt>"Budget, fees included"</dt><dd><Amount money=column.budget/></dd></div>
                    <div><dt>"Media budget"</dt><dd><Amount money=column.net/></dd></div>
                    <div><dt>"In packages"</dt><dd><Amount money=column.packages/></dd></div>
                    <div><dt>"Free"</dt><dd class:bad=column.free.is_negative()><Amount money=column.free/></dd></div>
                    <div class="result-line"><dt>"Need a day"</dt><dd><Amount money=column.need/></dd></div>
                })}
            </dl>
            {move || over().map(|over| view! {
                <p class="note warned"><Icon name="warn"/> {format::amount(over)} " a day over the daily cap"</p>
            })}
            <div class="row">
                <button type="button" class="button" on:click=move |_| split(planner, key)>"Split"</button>
                <button type="button" class="button" on:click=move |_| duplicate(planner, key)>"Duplicate"</button>
                <button type="button" class="button danger" on:click=move |_| form.update(|form| form.schedule.remove(key))>"Remove"</button>
            </div>
            <p class="note">
                "On a bar: " <kbd>"Shift"</kbd> " ← → moves a day, with " <kbd>"Ctrl"</kbd> " a week; " <kbd>"Alt"</kbd>
                " ← → moves its end, " <kbd>"Alt Shift"</kbd> " its start; ↑ ↓ weight; S split, D duplicate, " <kbd>"Delete"</kbd> " removes."
            </p>
        </section>
    }
    .into_any()
}
