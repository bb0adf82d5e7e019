//! Above and below the rows: how the money is laid, the heads of the periods, and the sums.

use flighting_core::money::Money;
use flighting_core::wire::pacing::PacingMode;
use leptos::prelude::*;

use super::{Planner, Slot, markup};
use crate::format;
use crate::forms::grid::{Column, offset};
use crate::forms::pacing::PeriodRow;
use crate::parts::field::{Issues, TextField};

/// The line of today, where it is a day of the flight.
#[component]
pub(super) fn Today(planner: Planner) -> impl IntoView {
    move || {
        planner.grid.with(|grid| {
            let grid = grid.as_ref()?;
            let days = i64::from(grid.flight.days());
            let at = offset(grid.flight, crate::clock::today());
            (0..days).contains(&at).then(|| {
                view! { <i class="now" style:left=format::width(at * 2 + 1, days * 2)>"Today"</i> }
            })
        })
    }
}

/// How money is laid over the flight; changing it keeps the money of every period.
#[component]
pub(super) fn Modes(planner: Planner) -> impl IntoView {
    let mode = Memo::new(move |_| planner.form.with(|form| form.schedule.mode));
    let choose = move |to: Option<PacingMode>| {
        let resolved: Vec<_> = planner.preview.with_untracked(|preview| {
            preview
                .iter()
                .flat_map(|preview| &preview.periods)
                .flatten()
                .map(|(_, money)| *money)
                .collect()
        });
        planner.form.update(|form| {
            let flight = form.flight();
            match to {
                Some(to) if form.schedule.mode.is_some() => form.schedule.keep_money(to, &resolved),
                to => form.schedule.set_mode(to, flight),
            }
        });
    };
    view! {
        <fieldset class="segments">
            <legend class="unseen">"How the money is laid over the flight"</legend>
            {[(None, "Whole flight"), (Some(PacingMode::Weight), "By weight"), (Some(PacingMode::Budget), "By amount")]
                .into_iter()
                .map(|(value, words)| view! {
                    <label class:on=move || mode.get() == value>
                        <input type="radio" name="pacing-mode" prop:checked=move || mode.get() == value on:change=move |_| choose(value)/>
                        {words}
                    </label>
                })
                .collect_view()}
        </fieldset>
    }
}

/// The head of a stretch: its name, its days, and its weight or amount, typed in place.
#[component]
pub(super) fn Head(planner: Planner, stretch: Slot, issues: Issues) -> impl IntoView {
    let slot = stretch;
    let days = move || {
        planner.days_of(slot).map(|days| {
            view! { <small>{format::days(days)} " · " {days.days()} " d"</small> }
        })
    };
    let Slot::Period(key) = slot else {
        return view! { <td class="pause-cell head-cell"><span>"Pause"</span>{days}</td> }
            .into_any();
    };
    if key == 0 {
        return view! { <th scope="col" class="head-cell"><span>"Whole flight"</span>{days}</th> }
            .into_any();
    }
    let form = planner.form;
    let read = move |get: fn(&PeriodRow) -> &String| {
        Signal::derive(move || {
            form.with(|form| form.schedule.row(key).map(get).cloned().unwrap_or_default())
        })
    };
    let name = read(|row| &row.label);
    let by_amount =
        Memo::new(move |_| form.with(|form| form.schedule.mode == Some(PacingMode::Budget)));
    let path = Signal::derive(move || {
        let at = form.with(|form| form.schedule.position(key).unwrap_or(usize::MAX));
        let member = if by_amount.get() { "budget" } else { "weight" };
        format!("pacingPeriods.periods[{at}].{member}")
    });
    let value = Signal::derive(move || {
        if by_amount.get() {
            read(|row| &row.budget).get()
        } else {
            read(|row| &row.weight).get()
        }
    });
    let label = Signal::derive(move || {
        let what = if by_amount.get() { "Budget" } else { "Weight" };
        format!("{what} of {}", name.get())
    });
    let kept = Memo::new(move |_| {
        let at = planner.column_of(slot);
        planner.preview.with(|preview| {
            at.and_then(|at| {
                preview
                    .as_ref()?
                    .periods
                    .as_ref()?
                    .get(at)
                    .map(|(_, money)| money.executed)
            })
            .unwrap_or(false)
        })
    });
    view! {
        <th scope="col" class="head-cell">
            <span class="period-name">{move || name.get()}</span>
            {days}
            {move || if kept.get() {
                view! { <small title="Kept since it was executed">"kept"</small> }.into_any()
            } else {
                view! {
                    <TextField
                        label
                        figures=true
                        unit=Signal::derive(move || if by_amount.get() { String::new() } else { "×".to_owned() })
                        path
                        value
                        on_input=move |text: String| form.update(|form| {
                            let by_amount = form.schedule.mode == Some(PacingMode::Budget);
                            form.schedule.edit(key, |row| if by_amount { row.budget = text } else { row.weight = text });
                        })
                        issues
                        in_table=true
                    />
                }.into_any()
            }}
        </th>
    }
    .into_any()
}

/// A line of sums, and where its amounts stand for an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Packages,
    Media,
    Free,
    Need,
}

impl Line {
    fn column(self, at: usize) -> String {
        match self {
            Self::Packages => format!("sum:column:{at}"),
            Self::Media => format!("pacingPeriods.periods[{at}].mediaBudget"),
            Self::Free => format!("sum:free:{at}"),
            Self::Need => format!("sum:need:{at}"),
        }
    }

    pub(super) fn whole(self) -> Option<&'static str> {
        match self {
            Self::Packages => Some("sum:all"),
            Self::Media => Some("mediaBudget"),
            Self::Free => Some("sum:free"),
            Self::Need => None,
        }
    }
}

pub(super) fn sum_cell(
    planner: Planner,
    slot: Slot,
    of: fn(&Column) -> Money,
    line: Line,
) -> AnyView {
    if let Slot::Pause(_) = slot {
        return view! { <td class="pause-cell"></td> }.into_any();
    }
    let alarm = move || planner.column(slot, of).is_some_and(Money::is_negative);
    let place = move || {
        let at = planner.column_of(slot)?;
        // Without a schedule the whole flight is the media budget itself.
        if slot == Slot::Period(0) && line == Line::Media {
            return Some("mediaBudget".to_owned());
        }
        Some(line.column(at))
    };
    view! {
        <td class="num" class:bad=alarm tabindex="-1" data-place=place>
            <span class="amount" inner_html=move || markup(planner.column(slot, of))></span>
        </td>
    }
    .into_any()
}
