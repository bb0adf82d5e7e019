//! The rows of a schedule, with the money of each beside it as it is typed.

use flighting_core::flight::DayRange;
use flighting_core::wire::pacing::PacingMode;
use leptos::prelude::*;

use super::amount::Amount;
use super::field::{Issues, TextField};
use super::icon::Icon;
use crate::format;
use crate::forms::campaign::{CampaignForm, Preview};
use crate::forms::pacing::PeriodRow;

/// The most periods of a schedule, as core has it.
const MOST: usize = flighting_core::pacing::MAX_PERIODS;

/// Edits the schedule of a form.
#[component]
pub fn PacingEditor(
    /// The form it is part of.
    form: RwSignal<CampaignForm>,
    /// What core makes of it; keeps the last good state.
    #[prop(into)]
    preview: Signal<Option<Preview>>,
    /// What is wrong with the form.
    issues: Issues,
) -> impl IntoView {
    let mode = Memo::new(move |_| form.with(|form| form.schedule.mode));
    let flight = move || form.with_untracked(CampaignForm::flight);
    let choose = move |mode: Option<PacingMode>| {
        form.update(|form| {
            let flight: Option<DayRange> = form.flight();
            form.schedule.set_mode(mode, flight);
        });
    };
    let keys = Memo::new(move |_| {
        form.with(|form| {
            form.schedule
                .rows
                .iter()
                .map(|row| row.key)
                .collect::<Vec<_>>()
        })
    });
    let whole = Memo::new(move |_| {
        issues
            .at("pacingPeriods.periods")
            .filter(|_| !rows_are_wrong(issues, form))
    });
    view! {
        <fieldset class="segments">
            <legend>"How the money is laid over the flight"</legend>
            {[(None, "Whole flight at once"), (Some(PacingMode::Weight), "By weight"), (Some(PacingMode::Budget), "By amount")]
                .into_iter()
                .map(|(value, words)| view! {
                    <label class:on=move || mode.get() == value>
                        <input
                            type="radio"
                            name="pacing-mode"
                            prop:checked=move || mode.get() == value
                            on:change=move |_| choose(value)
                        />
                        {words}
                    </label>
                })
                .collect_view()}
        </fieldset>
        <Show when=move || mode.get().is_some()>
            <div class="period-rows" role="group" aria-label="Pacing periods">
                <div class="period-row titles" aria-hidden="true">
                    <span>"Period"</span><span>"First day"</span><span>"Last day"</span>
                    <span>{move || if mode.get() == Some(PacingMode::Budget) { "Budget" } else { "Weight" }}</span>
                    <span class="num">"Days"</span><span class="num">"Budget"</span><span class="num">"Media budget"</span><span></span>
                </div>
                <For each=move || keys.get() key=|key| *key let(key)>
                    <Row form preview issues mode key/>
                </For>
            </div>
            <p class="note bad" id="f-pacingPeriods-periods" tabindex="-1">{move || whole.get().map(|wrong| super::field::sentence(&wrong))}</p>
            <div class="row">
                <button
                    type="button"
                    class="button"
                    disabled=move || MOST <= keys.with(Vec::len)
                    on:click=move |_| {
                        let flight = flight();
                        form.update(|form| form.schedule.add(flight));
                    }
                >
                    <Icon name="plus"/> "Add a period"
                </button>
                <span class="quiet">
                    {move || if mode.get() == Some(PacingMode::Budget) {
                        "Days in no period are a pause. What no period takes stays unallocated."
                    } else {
                        "Split by days × weight, to the cent. Weight 0 skips a period; days in no period are a pause."
                    }}
                </span>
            </div>
        </Show>
    }
    .into_any()
}

fn rows_are_wrong(issues: Issues, form: RwSignal<CampaignForm>) -> bool {
    let rows = form.with(|form| form.schedule.rows.len());
    (0..rows).any(|row| {
        issues
            .at(&format!("pacingPeriods.periods[{row}]"))
            .is_some()
    })
}

#[component]
fn Row(
    form: RwSignal<CampaignForm>,
    preview: Signal<Option<Preview>>,
    issues: Issues,
    mode: Memo<Option<PacingMode>>,
    key: u32,
) -> impl IntoView {
    let position =
        Memo::new(move |_| form.with(|form| form.schedule.position(key).unwrap_or(usize::MAX)));
    let path = move |member: &'static str| {
        Signal::derive(move || format!("pacingPeriods.periods[{}].{member}", position.get()))
    };
    let read = move |get: fn(&PeriodRow) -> &String| {
        Signal::derive(move || {
            form.with(|form| form.schedule.row(key).map(get).cloned().unwrap_or_default())
        })
    };
    let write = move |set: fn(&mut PeriodRow, String)| {
        Callback::new(move |text: String| {
            form.update(|form| form.schedule.edit(key, |row| set(row, text)))
        })
    };
    let name = Memo::new(move |_| {
        form.with(|form| {
            form.schedule
                .row(key)
                .map(|row| row.label.clone())
                .unwrap_or_default()
        })
    });
    let label =
        move |what: &'static str| Signal::derive(move || format!("{what} of {}", name.get()));
    let days = move || form.with(|form| form.schedule.row(key).and_then(PeriodRow::days));
    let money = Memo::new(move |_| {
        preview.with(|preview| {
            preview
                .as_ref()
                .and_then(|preview| preview.periods.as_ref())
                .and_then(|periods| periods.get(position.get()).map(|(_, resolved)| *resolved))
        })
    });
    view! {
        <div class="period-row">
            <TextField label=label("Name") path=path("label") value=read(|row| &row.label) on_input=write(|row, text| row.label = text) issues in_table=true/>
            <TextField label=label("First day") kind="date" path=path("start") value=read(|row| &row.start) on_input=write(|row, text| row.start = text) issues in_table=true/>
            <TextField label=label("Last day") kind="date" path=path("end") value=read(|row| &row.end) on_input=write(|row, text| row.end = text) issues in_table=true/>
            {move || if mode.get() == Some(PacingMode::Budget) {
                view! { <TextField label=label("Budget") figures=true path=path("budget") value=read(|row| &row.budget) on_input=write(|row, text| row.budget = text) issues in_table=true/> }.into_any()
            } else {
                view! { <TextField label=label("Weight") figures=true unit="×" path=path("weight") value=read(|row| &row.weight) on_input=write(|row, text| row.weight = text) issues in_table=true/> }.into_any()
            }}
            <span class="num computed"><span class="narrow">"Days "</span>{move || days().map(|days| format::count(u64::from(days.days())))}</span>
            <span class="num computed"><span class="narrow">"Budget "</span>{move || money.get().map(|money| view! { <Amount money=money.budget/> })}</span>
            <span class="num computed"><span class="narrow">"Media "</span>{move || money.get().map(|money| view! { <Amount money=money.net/> })}</span>
            <button
                type="button"
                class="button quiet square"
                aria-label=move || format!("Remove {}", name.get())
                on:click=move |_| form.update(|form| form.schedule.remove(key))
            >
                <Icon name="close"/>
            </button>
        </div>
    }
}
