//! The plan on one page: saved as one edits, recalculated in the frame in which one types.

mod conflict;
mod explain;
mod flowchart;
mod inspector;
mod kept;
mod lane;
mod money;
mod people;
mod planner;
mod scenarios;
mod spreadsheet;

use flighting_core::money::Money;
use leptos::ev;
use leptos::prelude::*;

use self::conflict::Conflicts;
use self::explain::{Asked, Explanation};
use self::flowchart::{Flowchart, Picked};
use self::inspector::Inspector;
use self::people::People;
use self::planner::{Planner, Saving};
use self::scenarios::{Comparison, Switch};
use super::api;
use super::campaign::open;
use super::form::{CampaignFields, ledger};
use crate::api::Cause;
use crate::changed::{changed, set_changed};
use crate::format;
use crate::forms::campaign::Preview;
use crate::later::part;
use crate::parts::budget_bar::{Ledger, Use};
use crate::parts::field::{IssueList, Issues};
use crate::parts::icon::{ChangingIcon, Icon};
use crate::parts::trouble::{About, Trouble};
use crate::parts::warning::warned;

/// The page that is the plan.
#[component]
pub fn PlanPage() -> impl IntoView {
    let open = open()?;
    let planner = Planner::open(open, api())?;
    let refused = move || match planner.saving.get() {
        Saving::Failed(error) => Some(error),
        Saving::Rests | Saving::Busy => None,
    };
    let says = move || {
        let ours = planner.said.get();
        if ours.is_empty() {
            refused()
                .map(|error| error.issues().to_vec())
                .unwrap_or_default()
        } else {
            ours
        }
    };
    let all = changed(says);
    // At a field something is said once it was left; the list says everything at once.
    let (at_fields, listed) = (Issues::new(all.into()), Issues::new(all.into()));
    listed.show_all();
    let picked = RwSignal::new(None::<Picked>);
    let asked = Asked::new();
    Effect::new(move |_| set_changed(open.typed, typed(planner)));
    on_cleanup(move || {
        open.typed.try_set(None);
    });
    let keys = window_event_listener(ev::keydown, move |event| step_back(planner, &event));
    on_cleanup(move || keys.remove());
    let warnings = Memo::new(move |_| {
        planner
            .grid
            .with(|grid| grid.as_ref().map(|grid| grid.warnings.clone()))
            .unwrap_or_default()
    });
    Some(
        view! {
            <div class="page plan-page">
                <SaveBar planner/>
                <Conflicts planner/>
                {move || refused().filter(|error| error.cause != Cause::Unreachable && error.status != 409).map(|error| view! {
                    <Trouble error about=About::Save head="The plan was not saved" retry=Callback::new(move |()| planner.send_later(0))/>
                })}
                <div class="plan-columns">
                    <Flowchart planner issues=at_fields picked asked/>
                    <aside class="stack side" aria-label="What is picked, and issues">
                        <Explanation planner asked/>
                        <Inspector planner issues=at_fields picked/>
                        <section class="card">
                            <IssueList issues=listed/>
                            <ul class="checks warnings">
                                {move || warnings.get().iter().map(|warning| view! {
                                    <li><span class="warned"><Icon name="warn"/></span><span>{warned(warning)}</span></li>
                                }).collect_view()}
                            </ul>
                        </section>
                    </aside>
                </div>
                <Comparison planner/>
                <div class="plan-fields">
                    {fields(planner, at_fields)}
                </div>
            </div>
        }
        .into_any(),
    )
}

part!(plan_more, Nothing: fn fields(planner: Planner, issues: Issues) => view! {
    <CampaignFields form=planner.form preview=planner.preview issues advertiser=planner.advertiser is_new=false/>
    <People planner issues/>
}.into_any());

/// The money of the plan as it is typed.
fn typed(planner: Planner) -> Option<Ledger> {
    planner
        .preview
        .with(|preview| Some(ledger_of(planner, preview.as_ref()?)))
}

fn ledger_of(planner: Planner, preview: &Preview) -> Ledger {
    let usage = if planner.is_draft() {
        let asked = planner
            .grid
            .with(|grid| grid.as_ref().map(|grid| grid.asked));
        Use::Planned {
            in_products: asked.unwrap_or(Money::zero(preview.total.currency())),
        }
    } else {
        let known = planner.known();
        let read = |amount| format::read(amount, preview.total.currency());
        Use::Bought {
            allocated: read(known.allocated_budget),
            spent: read(known.delivered_spend),
        }
    };
    let cap = preview
        .daily_cap
        .map(|cap| format!("Daily cap {}.", format::amount(cap)))
        .unwrap_or_default();
    ledger(preview, usage, cap)
}

/// Ctrl+Z and Ctrl+Shift+Z or Ctrl+Y, wherever the focus is.
fn step_back(planner: Planner, event: &ev::KeyboardEvent) {
    if !(event.ctrl_key() || event.meta_key()) || event.alt_key() {
        return;
    }
    match event.key().to_ascii_lowercase().as_str() {
        "z" if event.shift_key() => planner.redo(),
        "z" => planner.undo(),
        "y" => planner.redo(),
        _ => return,
    }
    event.prevent_default();
}

/// Undo, redo, and how the saving stands.
#[component]
fn SaveBar(planner: Planner) -> impl IntoView {
    let errors = move || planner.said.with(Vec::len);
    let state = Memo::new(move |_| {
        let unsaved = planner.unsaved();
        let revision = planner.base.with(|base| base.revision);
        if planner.in_scenario() {
            let words = "A scenario: kept in this browser, the plan at the server stays as it is";
            return ("info", "", words.to_owned());
        }
        match planner.saving.get() {
            Saving::Busy => ("clock", "", "Saving…".to_owned()),
            _ if unsaved.is_empty() => ("check", "good", format!("Saved, revision {revision}")),
            _ if planner.clashes.with(|clashes| !clashes.is_empty()) => (
                "warn",
                "warned",
                "Not saved: decide first what was changed twice".to_owned(),
            ),
            Saving::Failed(error) if error.cause == Cause::Unreachable => (
                "warn",
                "warned",
                format!(
                    "Kept in this browser: the server does not answer. {} will be sent when it does",
                    format::capital(&unsaved.join(", "))
                ),
            ),
            Saving::Failed(_) => (
                "warn",
                "warned",
                format!("Not saved: {}", unsaved.join(", ")),
            ),
            Saving::Rests if errors() > 0 => (
                "fail",
                "bad",
                format!(
                    "Kept in this browser, not saved: {}",
                    format::plural(
                        u64::try_from(errors()).unwrap_or(0),
                        "error first",
                        "errors first"
                    )
                ),
            ),
            Saving::Rests => (
                "clock",
                "",
                format!("Not saved yet: {}", unsaved.join(", ")),
            ),
        }
    });
    let glyph = Memo::new(move |_| state.with(|(glyph, _, _)| *glyph));
    let (undo, redo) = (
        move || {
            planner
                .history
                .with(crate::forms::history::History::can_undo)
        },
        move || {
            planner
                .history
                .with(crate::forms::history::History::can_redo)
        },
    );
    view! {
        <div class="row save">
            <button type="button" class="button" disabled=move || !undo() title="Ctrl+Z" on:click=move |_| planner.undo()>"Undo"</button>
            <button type="button" class="button" disabled=move || !redo() title="Ctrl+Shift+Z" on:click=move |_| planner.redo()>"Redo"</button>
            <span class="saved" role="status">
                <span class=move || state.with(|(_, tone, _)| *tone)>
                    <ChangingIcon name=glyph/>
                    {move || state.with(|(_, _, words)| words.clone())}
                </span>
            </span>
            <Switch planner/>
            <Show when=move || planner.cannot_keep.get()>
                <span class="warned"><Icon name="warn"/>"This browser has no room to keep what you type: do not close the page before it is saved."</span>
            </Show>
        </div>
    }
    .into_any()
}
