//! Above and below the rows: how the money is laid, the heads of the periods, and the sums.

use flighting_core::money::Money;
use flighting_core::wire::pacing::PacingMode;
use leptos::prelude::*;

use super::slots::{Shape, Stand, Stands};
use super::{Planner, Slot};
use crate::format;
use crate::forms::grid::{Column, offset};
use crate::parts::field::{Issues, TextField};

/// The line of today, where it is a day of the flight.
#[component]
pub(super) fn Today(planner: Planner) -> impl IntoView {
    let place = Memo::new(move |_| {
        planner.grid.with(|grid| {
            let grid = grid.as_ref()?;
            let days = i64::from(grid.flight.days());
            let at = offset(grid.flight, crate::clock::today());
            (0..days)
                .contains(&at)
                .then(|| format::width(at * 2 + 1, days * 2))
        })
    });
    move || {
        let place = place.get()?;
        Some(view! { <i class="now" style:left=place>"Today"</i> })
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
pub(super) fn Head(
    planner: Planner,
    stands: Stands,
    stretch: Slot,
    issues: Issues,
) -> impl IntoView {
    let now = stands.stand(stretch);
    let days = Memo::new(move |_| now.with(|now| now.as_ref().map(|now| now.days)));
    let days = move || {
        days.get().map(|days| {
            view! { <small>{format::days(days)} " · " {days.days()} " d"</small> }
        })
    };
    let Slot::Period(key) = stretch else {
        return view! { <td role="gridcell" class="pause-cell head-cell"><span>"Pause"</span>{days}</td> }
            .into_any();
    };
    if key == 0 {
        return view! { <th role="columnheader" scope="col" class="head-cell"><span>"Whole flight"</span>{days}</th> }
            .into_any();
    }
    let form = planner.form;
    let read = move |read: fn(&Stand) -> String| {
        Memo::new(move |_| now.with(|now| now.as_ref().map(read).unwrap_or_default()))
    };
    let name = read(|now| now.name.clone());
    let kept = Memo::new(move |_| now.with(|now| now.as_ref().is_some_and(|now| now.is_kept)));
    view! {
        <th role="columnheader" scope="col" class="head-cell">
            <span class="period-name">{move || name.get()}</span>
            {days}
            {move || if kept.get() {
                view! { <small title="Kept since it was executed">"kept"</small> }.into_any()
            } else {
                view! {
                    <TextField
                        label=read(|now| {
                            let what = if now.by_amount { "Budget" } else { "Weight" };
                            format!("{what} of {}", now.name)
                        })
                        figures=true
                        unit=read(|now| if now.by_amount { String::new() } else { "×".to_owned() })
                        path=read(|now| {
                            let at = now.column.unwrap_or(usize::MAX);
                            let member = if now.by_amount { "budget" } else { "weight" };
                            format!("pacingPeriods.periods[{at}].{member}")
                        })
                        value=read(|now| now.typed.clone())
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

/// The lines of sums below the rows, and what each is of a period.
pub(super) const LINES: [fn(&Column) -> Money; 4] = [
    |column| column.packages,
    |column| column.net,
    |column| column.free,
    |column| column.need,
];

/// The lines of sums below the rows. Their figures are written by [`super::figures`](mod@super::figures).
pub(super) fn sums(shape: &Shape, is_draft: bool) -> AnyView {
    let bought = if is_draft {
        "would be bought"
    } else {
        "bought"
    };
    [
        ("Packages", bought, Line::Packages),
        ("Media budget", "by the schedule", Line::Media),
        ("Free", "in no product", Line::Free),
        ("Need a day", "rounded up", Line::Need),
    ]
    .into_iter()
    .map(|(name, note, line)| {
        view! {
            <tr role="row" class="sum-line">
                <th role="rowheader" scope="row"><span>{name}</span><small>{note}</small></th>
                {shape.slots.iter().map(|(slot, column)| match slot {
                    Slot::Pause(_) => view! { <td role="gridcell" class="pause-cell"></td> }.into_any(),
                    Slot::Period(key) => {
                        // Without a schedule the whole flight is the media budget itself.
                        let place = match (key, line) {
                            (0, Line::Media) => "mediaBudget".to_owned(),
                            _ => line.column(*column),
                        };
                        view! { <td role="gridcell" class="num figure" tabindex="-1" data-place=place></td> }.into_any()
                    }
                }).collect_view()}
                <td role="gridcell" class="num total figure" tabindex="-1" data-place=line.whole()></td>
            </tr>
        }
    })
    .collect_view()
    .into_any()
}
