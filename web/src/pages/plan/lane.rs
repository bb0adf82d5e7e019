//! The lane of pacing periods: bars that are moved and stretched by pointer and by keyboard.
//! Width is days, height is media money a day, so that area is money.

use flighting_core::wire::pacing::PacingMode;
use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;

use super::flowchart::{Picked, Slot, Stands};
use super::planner::Planner;
use crate::format;
use crate::forms::bars::Grip;
use crate::forms::pacing::ScheduleForm;

/// How near to an end of a bar, in pixels, a pointer takes hold of the end.
const END: f64 = 9.0;

/// A bar that a pointer holds.
#[derive(Clone)]
struct Held {
    key: u32,
    grip: Grip,
    from: f64,
    a_day: f64,
    before: ScheduleForm,
}

/// Moving bars by pointer. The moves are heard on the window, so that a bar that is drawn anew
/// under the pointer stays held.
#[derive(Clone, Copy)]
pub struct Drag {
    planner: Planner,
    table: NodeRef<html::Table>,
    held: StoredValue<Option<Held>>,
    moving: RwSignal<Option<u32>>,
}

impl Drag {
    /// Listens for moves.
    pub fn new(planner: Planner, table: NodeRef<html::Table>) -> Self {
        let drag = Self {
            planner,
            table,
            held: StoredValue::new(None),
            moving: RwSignal::new(None),
        };
        let moves = window_event_listener(ev::pointermove, move |event| drag.to(&event));
        let ends = window_event_listener(ev::pointerup, move |_| drag.drop());
        let lost = window_event_listener(ev::pointercancel, move |_| drag.drop());
        on_cleanup(move || {
            moves.remove();
            ends.remove();
            lost.remove();
        });
        drag
    }

    fn take(self, event: &ev::PointerEvent, key: u32) {
        let Some(bar) = event
            .current_target()
            .and_then(|bar| bar.dyn_into::<web_sys::Element>().ok())
        else {
            return;
        };
        let axis = self
            .table
            .get_untracked()
            .and_then(|table| table.query_selector(".axis").ok().flatten());
        let days = self
            .planner
            .grid
            .with_untracked(|grid| grid.as_ref().map_or(0, |grid| grid.flight.days()));
        let Some(axis) = axis.filter(|_| days > 0) else {
            return;
        };
        let own = bar.get_bounding_client_rect();
        let at = f64::from(event.client_x());
        let grip = if own.width() > 3.0 * END && at - own.left() < END {
            Grip::Start
        } else if own.right() - at < END {
            Grip::End
        } else {
            Grip::Whole
        };
        self.held.set_value(Some(Held {
            key,
            grip,
            from: at,
            a_day: (axis.get_bounding_client_rect().width() / f64::from(days)).max(1.0),
            before: self
                .planner
                .form
                .with_untracked(|form| form.schedule.clone()),
        }));
    }

    fn to(self, event: &ev::PointerEvent) {
        let Some(Held {
            key,
            grip,
            from,
            a_day,
            before,
        }) = self.held.try_get_value().flatten()
        else {
            return;
        };
        // A screen is far narrower than an i64 of days.
        #[expect(clippy::cast_possible_truncation, reason = "whole days on a screen")]
        let by = ((f64::from(event.client_x()) - from) / a_day).round() as i64;
        if by == 0 && self.moving.get_untracked().is_none() {
            return;
        }
        event.prevent_default();
        self.moving.set(Some(key));
        self.planner.form.update(|form| {
            if let Some(flight) = form.flight() {
                form.schedule = before;
                form.schedule.pull(key, grip, by, flight);
            }
        });
    }

    fn drop(self) {
        if self.held.try_get_value().flatten().is_some() {
            self.held.set_value(None);
            self.moving.set(None);
        }
    }
}

/// One bar with its keys.
#[component]
pub fn Bar(
    planner: Planner,
    /// All stretches as they stand.
    stands: Stands,
    /// The stretch of the flight it stands for.
    stretch: Slot,
    drag: Drag,
    picked: RwSignal<Option<Picked>>,
) -> impl IntoView {
    let now = stands.stand(stretch);
    let days = move || now.with(|now| now.as_ref().map(|now| now.days));
    let Slot::Period(key) = stretch else {
        let fill = move |_| {
            if let Some(days) = days() {
                planner.form.update(|form| form.schedule.fill(days));
            }
        };
        let scheduled = move || planner.form.with(|form| form.schedule.mode.is_some());
        let label =
            move || days().map(|days| format!("Add a period in the pause {}", format::days(days)));
        return view! {
            <td role="gridcell" class="pause-cell lane-cell">
                <Show when=scheduled>
                    <button type="button" class="add-here" aria-label=label title="Add a period here" on:click=fill>"+"</button>
                </Show>
            </td>
        }
        .into_any();
    };
    let (net, height) = stands.money(stretch);
    let height = move || format!("calc(var(--lane) * {} / 100)", height.get());
    let label = move || {
        now.with(|now| {
            now.as_ref().map(|now| {
                format!(
                    "{}: {}, {}, {}",
                    now.name,
                    format::days(now.days),
                    format::day_count(now.days.days()),
                    net.get()
                )
            })
        })
        .unwrap_or_default()
    };
    if key == 0 {
        return view! {
            <td role="gridcell" class="lane-cell">
                <div class="lane-track"><span class="span-bar" role="img" aria-label=label style:height=height></span></div>
            </td>
        }
        .into_any();
    }
    let keys = move |event: ev::KeyboardEvent| {
        if act(planner, key, &event) {
            event.prevent_default();
        }
    };
    view! {
        <td role="gridcell" class="lane-cell">
            <div class="lane-track">
                <button
                    type="button"
                    class="span-bar"
                    class:on=move || picked.get() == Some(Picked::Period(key))
                    class:moving=move || drag.moving.get() == Some(key)
                    aria-label=label
                    aria-describedby="bar-keys"
                    style:height=height
                    on:pointerdown=move |event| drag.take(&event, key)
                    on:click=move |_| picked.set(Some(Picked::Period(key)))
                    on:focus=move |_| picked.set(Some(Picked::Period(key)))
                    on:keydown=keys
                >
                    <span class="grip"></span><span class="grip"></span>
                </button>
            </div>
        </td>
    }
    .into_any()
}

/// What a key does to a bar; false where it does nothing.
fn act(planner: Planner, key: u32, event: &ev::KeyboardEvent) -> bool {
    let name = event.key();
    let (shift, control, alt) = (
        event.shift_key(),
        event.ctrl_key() || event.meta_key(),
        event.alt_key(),
    );
    let by = match name.as_str() {
        "ArrowLeft" => -1,
        "ArrowRight" => 1,
        _ => 0,
    };
    if by != 0 {
        if !shift && !alt {
            return next_bar(event, by > 0);
        }
        let grip = match (alt, shift) {
            (true, false) => Grip::End,
            (true, true) => Grip::Start,
            _ => Grip::Whole,
        };
        let by = if control { by * 7 } else { by };
        planner.form.update(|form| {
            if let Some(flight) = form.flight() {
                form.schedule.pull(key, grip, by, flight);
            }
        });
        return true;
    }
    match name.as_str() {
        "ArrowUp" | "ArrowDown" => {
            let up = name == "ArrowUp";
            planner.form.update(|form| {
                if form.schedule.mode == Some(PacingMode::Weight) {
                    form.schedule.heavier(key, up, shift);
                }
            });
        }
        "Delete" | "Backspace" => {
            next_bar(event, false);
            planner.form.update(|form| form.schedule.remove(key));
        }
        "s" | "S" if !control && !alt => split(planner, key),
        "d" | "D" if !control && !alt => duplicate(planner, key),
        _ => return false,
    }
    true
}

/// Cuts a period in two; by amount, its money goes with the days.
pub fn split(planner: Planner, key: u32) {
    let money = planner.column(Slot::Period(key), |column| column.budget);
    planner.form.update(|form| {
        form.schedule.cut(key, money);
    });
}

/// Copies a period into a pause.
pub fn duplicate(planner: Planner, key: u32) {
    planner.form.update(|form| {
        if let Some(flight) = form.flight() {
            form.schedule.copy(key, flight);
        }
    });
}

/// Goes to the bar before or behind.
fn next_bar(event: &ev::KeyboardEvent, on: bool) -> bool {
    let cell = event
        .current_target()
        .and_then(|bar| bar.dyn_into::<web_sys::Element>().ok())
        .and_then(|bar| bar.closest(".lane-cell").ok().flatten());
    let mut at = cell;
    while let Some(cell) = at {
        at = if on {
            cell.next_element_sibling()
        } else {
            cell.previous_element_sibling()
        };
        let bar = at
            .as_ref()
            .and_then(|cell| cell.query_selector("button.span-bar").ok().flatten())
            .and_then(|bar| bar.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(bar) = bar {
            let _ = bar.focus();
            return true;
        }
    }
    true
}
