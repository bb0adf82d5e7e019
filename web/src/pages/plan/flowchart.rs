//! The flowchart: the flight from left to right, periods as bars, products as rows, package
//! budgets in the cells, with the sums of rows and columns. Widths are days, so that bars and cells
//! stand under the days they belong to; every figure is core's, in the frame in which it is typed.

use flighting_core::money::Money;
use flighting_core::wire::pacing::PacingMode;
use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;

use super::lane::{Bar, Drag};
use super::planner::Planner;
use super::spreadsheet::Spreadsheet;
use crate::format;
use crate::forms::grid::{Column, Grid, Row, Stretch, Zoom, offset};
use crate::forms::pacing::PeriodRow;
use crate::parts::field::{Issues, TextField};

/// What is looked at beside the flowchart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picked {
    /// A period, by its key.
    Period(u32),
    /// A product, by its place.
    Product(usize),
}

/// A stretch of the flight by what stays when its days change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    /// A period, by its key; 0 is the whole flight.
    Period(u32),
    /// A pause, by its place among the pauses.
    Pause(usize),
}

/// What stays while figures change: only when it changes are rows made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shape {
    slots: Vec<(Slot, usize)>,
    groups: Vec<(String, Vec<(usize, String)>)>,
}

fn shape(planner: Planner) -> Memo<Option<Shape>> {
    Memo::new(move |_| {
        planner.grid.with(|grid| {
            let grid = grid.as_ref()?;
            let mut pauses = 0;
            let slots = grid
                .stretches
                .iter()
                .map(|stretch| match stretch {
                    Stretch::Period(index, _) => {
                        let key = planner.form.with(|form| {
                            form.schedule
                                .mode
                                .and_then(|_| form.schedule.rows.get(*index))
                                .map_or(0, |row| row.key)
                        });
                        (Slot::Period(key), *index)
                    }
                    Stretch::Pause(_) => {
                        pauses += 1;
                        (Slot::Pause(pauses - 1), 0)
                    }
                })
                .collect();
            let groups = grid
                .groups
                .iter()
                .map(|group| {
                    let rows = group
                        .rows
                        .iter()
                        .map(|row| (row.index, row.name.clone()))
                        .collect();
                    (group.agent.clone(), rows)
                })
                .collect();
            Some(Shape { slots, groups })
        })
    })
}

impl Planner {
    /// Where a slot's money stands in the schedule, followed.
    pub(super) fn column_of(self, slot: Slot) -> Option<usize> {
        match slot {
            Slot::Period(0) => Some(0),
            Slot::Period(key) => self.form.with(|form| form.schedule.position(key)),
            Slot::Pause(_) => None,
        }
    }

    /// Something of the column of a slot, followed.
    pub(super) fn column<T>(self, slot: Slot, read: impl FnOnce(&Column) -> T) -> Option<T> {
        let at = self.column_of(slot)?;
        self.grid
            .with(|grid| grid.as_ref()?.columns.get(at).map(read))
    }

    /// The days of a slot, followed.
    pub(super) fn days_of(self, slot: Slot) -> Option<flighting_core::flight::DayRange> {
        let at = self.column_of(slot);
        self.grid.with(|grid| {
            let mut pauses = 0;
            grid.as_ref()?.stretches.iter().find_map(|stretch| {
                let found = match (stretch, slot) {
                    (Stretch::Period(index, _), Slot::Period(_)) => Some(*index) == at,
                    (Stretch::Pause(_), Slot::Pause(nth)) => {
                        pauses += 1;
                        pauses - 1 == nth
                    }
                    _ => false,
                };
                found.then(|| stretch.days())
            })
        })
    }
}

/// An amount as markup: digits, commas and one point only, the fraction one step quieter.
pub(super) fn markup(money: Option<Money>) -> String {
    money
        .map(|money| {
            let format::Parts { whole, fraction } = format::parts(money);
            format!("{whole}<i>{fraction}</i>")
        })
        .unwrap_or_default()
}

/// The flowchart.
#[component]
pub fn Flowchart(
    planner: Planner,
    issues: Issues,
    picked: RwSignal<Option<Picked>>,
) -> impl IntoView {
    let shape = shape(planner);
    let zoom = RwSignal::new(Zoom::Months);
    let grid = planner.grid;
    let table = NodeRef::<html::Table>::new();
    let drag = Drag::new(planner, table);
    let slots = Memo::new(move |_| {
        shape.with(|shape| {
            shape
                .iter()
                .flat_map(|shape| shape.slots.iter().map(|(slot, _)| *slot))
                .collect::<Vec<_>>()
        })
    });
    let length = Memo::new(move |_| {
        grid.with(|grid| {
            grid.as_ref()
                .map_or(1, |grid| i64::from(grid.flight.days()))
        })
    });
    // The shortest period still has room for its amounts, however far the flight goes.
    let a_day = Memo::new(move |_| {
        let shortest = grid.with(|grid| {
            grid.iter()
                .flat_map(|grid| &grid.columns)
                .map(|column| column.days.days())
                .min()
                .unwrap_or(1)
        });
        zoom.get().a_day().max(88_u32.div_ceil(shortest.max(1)))
    });
    let width = move |slot: Slot| {
        let days = planner.days_of(slot).map_or(0, |days| days.days());
        format!("calc(var(--track) * {days} / {})", length.get())
    };
    let currency = move || {
        grid.with(|grid| grid.as_ref().map(|grid| grid.media.currency().code()))
            .unwrap_or_default()
    };
    let span = move || (slots.with(Vec::len) + 2).to_string();
    let inner_span = move || slots.with(Vec::len).max(1).to_string();
    let sum = move |read: fn(&Grid) -> Money| markup(grid.with(|grid| grid.as_ref().map(read)));
    let line = move |name: &'static str,
                     note: &'static str,
                     of: fn(&Column) -> Money,
                     total: Option<fn(&Grid) -> Money>| {
        view! {
            <tr class="sum-line">
                <th scope="row"><span>{name}</span><small>{note}</small></th>
                <For each=move || slots.get() key=|slot| *slot let(slot)>
                    {sum_cell(planner, slot, of)}
                </For>
                <td class="num total" tabindex="-1">
                    <span class="amount" inner_html=move || total.map(sum).unwrap_or_default()></span>
                </td>
            </tr>
        }
        .into_any()
    };
    view! {
        <section class="card flat flowchart" aria-labelledby="flowchart-title">
            <div class="card-head">
                <h2 id="flowchart-title">"Flowchart"</h2>
                <span class="quiet">{move || grid.with(|grid| grid.as_ref().map(|grid| {
                    let count = |n: usize| u64::try_from(n).unwrap_or(0);
                    let rows: usize = grid.groups.iter().map(|group| group.rows.len()).sum();
                    format!(
                        "{}, {}, {}",
                        format::plural(count(grid.groups.len()), "media buy", "media buys"),
                        format::plural(count(rows), "product", "products"),
                        format::plural(count(grid.package_count()), "package", "packages"),
                    )
                }))}</span>
                <div class="row aside">
                    <Modes planner/>
                    <fieldset class="segments">
                        <legend class="unseen">"How closely the flight is shown"</legend>
                        {Zoom::ALL.into_iter().map(|one| view! {
                            <label class:on=move || zoom.get() == one>
                                <input type="radio" name="zoom" prop:checked=move || zoom.get() == one on:change=move |_| zoom.set(one)/>
                                {one.words()}
                            </label>
                        }).collect_view()}
                    </fieldset>
                </div>
            </div>
            <p class="unseen" id="bar-keys">
                "Left and right go from bar to bar. With Shift they move the bar by a day, with Control and Shift by a week. With Alt they move its end, with Alt and Shift its start. Up and down change the weight. S splits, D duplicates, Delete removes."
            </p>
            <div class="scroll sheet-scroll">
                <table
                    class="sheet"
                    node_ref=table
                    role="grid"
                    aria-label="Products by pacing periods"
                    style=("--days", move || length.get().to_string())
                    style=("--a-day", move || format!("{}px", a_day.get()))
                    on:keydown=move |event| walk(&event)
                >
                    <colgroup>
                        <col class="name-column"/>
                        <For each=move || slots.get() key=|slot| *slot let(slot)>
                            <col style:width=move || width(slot)/>
                        </For>
                        <col class="total-column"/>
                    </colgroup>
                    <thead>
                        <tr class="axis-line">
                            <td></td>
                            <td colspan=inner_span class="axis" aria-hidden="true">
                                {move || grid.with(|grid| grid.as_ref().map(|grid| {
                                    let days = length.get();
                                    grid.ticks(zoom.get()).into_iter().map(|(at, words)| view! {
                                        <span style:left=format::width(at, days)>{words}</span>
                                    }).collect_view()
                                }))}
                                <Today planner/>
                            </td>
                            <td></td>
                        </tr>
                        <tr class="lane-line">
                            <th scope="row"><span>"Pacing"</span><small>"area is money"</small></th>
                            <For each=move || slots.get() key=|slot| *slot let(slot)>
                                <Bar planner stretch=slot drag picked/>
                            </For>
                            <td class="total"></td>
                        </tr>
                        <tr class="head-line">
                            <th scope="col">"Product"</th>
                            <For each=move || slots.get() key=|slot| *slot let(slot)>
                                <Head planner stretch=slot issues/>
                            </For>
                            <th scope="col" class="num total">"Product budget" <small>{currency}</small></th>
                        </tr>
                    </thead>
                    {move || shape.get().map(|shape| body(planner, issues, picked, &shape))}
                    <Show when=move || grid.with(|grid| grid.as_ref().is_some_and(|grid| grid.groups.is_empty()))>
                        <tbody><tr><td colspan=span class="none-yet">
                            <p>"No products yet: the periods are laid, and nothing would be bought."</p>
                            <a class="button" href=move || format!("/campaigns/{}/products", planner.open.id.get())>"Choose products"</a>
                        </td></tr></tbody>
                    </Show>
                    <tfoot>
                        {line("Packages", "what would be bought", |column| column.packages, Some(|grid| grid.packages))}
                        {line("Media budget", "laid by the schedule", |column| column.net, Some(|grid| grid.media))}
                        {line("Free", "in no product", |column| column.free, Some(|grid| grid.free))}
                        {line("Need a day", "packages ÷ days, rounded up", |column| column.need, None)}
                    </tfoot>
                </table>
            </div>
            <Spreadsheet planner/>
        </section>
    }
    .into_any()
}

/// The line of today, where it is a day of the flight.
#[component]
fn Today(planner: Planner) -> impl IntoView {
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
fn Modes(planner: Planner) -> impl IntoView {
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
fn Head(planner: Planner, stretch: Slot, issues: Issues) -> impl IntoView {
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
                view! { <small>"kept since it was executed"</small> }.into_any()
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

fn sum_cell(planner: Planner, slot: Slot, of: fn(&Column) -> Money) -> AnyView {
    if let Slot::Pause(_) = slot {
        return view! { <td class="pause-cell"></td> }.into_any();
    }
    let alarm = move || planner.column(slot, of).is_some_and(Money::is_negative);
    view! {
        <td class="num" class:bad=alarm tabindex="-1">
            <span class="amount" inner_html=move || markup(planner.column(slot, of))></span>
        </td>
    }
    .into_any()
}

fn body(
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
        .map(|(at, (agent, rows))| {
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
            view! {
                <tbody>
                    <tr class="agent-line">
                        <th scope="rowgroup"><span>{agent.clone()}</span><small>{format::plural(count, "product", "products")}</small></th>
                        {slots.get_value().into_iter().map(|(slot, column)| match slot {
                            Slot::Pause(_) => view! { <td class="pause-cell"></td> }.into_any(),
                            Slot::Period(_) => view! {
                                <td class="num" tabindex="-1"><span class="amount" inner_html=move || markup(group_sum(Some(column)))></span></td>
                            }.into_any(),
                        }).collect_view()}
                        <td class="num total" tabindex="-1"><span class="amount" inner_html=move || markup(group_sum(None))></span></td>
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
    view! {
        <tr class="product-line" class:on=move || picked.get() == Some(Picked::Product(index))>
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
                        >
                            <span class="amount" inner_html=move || markup(row(&|row| row.cells.get(column).copied().flatten()))></span>
                        </td>
                    }.into_any()
                }
            }).collect_view()}
            <td class="num total">
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

fn element(target: Option<web_sys::EventTarget>) -> Option<web_sys::Element> {
    target?.dyn_into().ok()
}

/// Walks over the cells with the arrow keys, as in a spreadsheet. In a field, up, down and Enter
/// leave it upwards and downwards.
fn walk(event: &ev::KeyboardEvent) {
    let Some(from) = element(event.target()) else {
        return;
    };
    let in_field = from.tag_name() == "INPUT";
    if from
        .closest(".lane-line, .axis-line")
        .ok()
        .flatten()
        .is_some()
    {
        return;
    }
    let key = event.key();
    let Some(cell) = from.closest("td, th").ok().flatten() else {
        return;
    };
    let (down, right) = match key.as_str() {
        "ArrowDown" => (1, 0),
        "Enter" if in_field => (1, 0),
        "ArrowUp" => (-1, 0),
        "ArrowRight" if !in_field => (0, 1),
        "ArrowLeft" if !in_field => (0, -1),
        _ => return,
    };
    event.prevent_default();
    let edge = event.ctrl_key() || event.meta_key();
    let mut at = cell;
    let mut found = None;
    while let Some(next) = step(&at, down, right) {
        at = next;
        if let Some(stop) = stop_in(&at) {
            found = Some(stop);
            if !edge {
                break;
            }
        }
    }
    if let Some(found) = found {
        let _ = found.focus();
    }
}

/// What of a cell takes the focus: its field, its button, or itself.
fn stop_in(cell: &web_sys::Element) -> Option<web_sys::HtmlElement> {
    let inside = cell.query_selector("input, button").ok().flatten();
    let stop = inside.or_else(|| cell.has_attribute("tabindex").then(|| cell.clone()))?;
    stop.dyn_into().ok()
}

/// The cell beside another; rows of the whole table follow each other.
fn step(cell: &web_sys::Element, down: i32, right: i32) -> Option<web_sys::Element> {
    match (down, right) {
        (_, 1) => cell.next_element_sibling(),
        (_, -1) => cell.previous_element_sibling(),
        _ => {
            let row = cell.parent_element()?;
            let mut column = 0;
            let mut before = cell.previous_element_sibling();
            while let Some(one) = before {
                column += 1;
                before = one.previous_element_sibling();
            }
            let table = row.closest("table").ok().flatten()?;
            let rows = table
                .query_selector_all(".head-line, .agent-line, .product-line, .sum-line")
                .ok()?;
            let mut at = 0;
            while at < rows.length() && rows.item(at).as_ref() != Some(row.as_ref()) {
                at += 1;
            }
            let next = at.checked_add_signed(down)?;
            let next: web_sys::Element = rows.item(next)?.dyn_into().ok()?;
            next.children().item(column)
        }
    }
}
