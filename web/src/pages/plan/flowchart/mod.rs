//! The flowchart: the flight from left to right, periods as bars, products as rows, package
//! budgets in the cells, with the sums of rows and columns. Widths are days, so that bars and cells
//! stand under the days they belong to; every figure is core's, in the frame in which it is typed.

mod figure;
mod figures;
mod heads;
mod page;
mod rows;
mod sight;
mod slots;
mod still;
mod strips;
mod walk;

use flighting_core::money::Money;
use leptos::html;
use leptos::prelude::*;

use self::figures::figures;
use self::heads::{Head, LINES, Modes, Today, sums};
use self::rows::body;
pub(super) use self::slots::{Slot, Stands};
use self::slots::{shape, stands};
use self::still::Still;
use self::walk::walk;
use super::explain::Asked;
use super::lane::{Bar, Drag};
use super::planner::Planner;
use super::spreadsheet::Spreadsheet;
use crate::changed::changed;
use crate::format;
use crate::forms::grid::{Grid, Zoom};
use crate::pages::form::{LAST_GOOD, is_last_good};
use crate::parts::field::Issues;

/// What is looked at beside the flowchart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picked {
    /// A period, by its key.
    Period(u32),
    /// A product, by its place.
    Product(usize),
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

/// Widths of the columns: names, stretches by their days, totals.
fn columns(grid: &Grid) -> String {
    let length = grid.flight.days();
    let mut columns = "var(--names)".to_owned();
    for stretch in &grid.stretches {
        let days = stretch.days().days();
        columns.push_str(&format!(" calc(var(--track) * {days} / {length})"));
    }
    columns + " var(--totals)"
}

/// The least width of a day in pixels: the shortest period still has room for its name, and for any
/// amount of the plan, however far the flight goes.
fn least_a_day(grid: &Grid) -> u32 {
    let columns = grid.columns.iter();
    let shortest = columns.map(|column| column.days.days()).min();
    let digits = u32::try_from(format::amount(grid.media).len()).unwrap_or(0);
    let room = (18 + digits * 15 / 2).max(88);
    room.div_ceil(shortest.unwrap_or(1).max(1))
}

/// The flowchart.
#[component]
pub fn Flowchart(
    planner: Planner,
    issues: Issues,
    picked: RwSignal<Option<Picked>>,
    asked: Asked,
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
    let a_day = Memo::new(move |_| {
        let least = grid.with(|grid| grid.as_ref().map_or(0, least_a_day));
        zoom.get().a_day().max(least)
    });
    let stands = stands(planner);
    // The campaign is answered anew at every save: rows are made anew only when it is no draft any more.
    let is_draft = Memo::new(move |_| planner.is_draft());
    let columns =
        Memo::new(move |_| grid.with(|grid| grid.as_ref().map(columns).unwrap_or_default()));
    let currency = move || {
        grid.with(|grid| grid.as_ref().map(|grid| grid.media.currency().code()))
            .unwrap_or_default()
    };
    let span = move || (slots.with(Vec::len) + 2).to_string();
    let still = Still::new(table);
    figures(planner, table, shape, &LINES, still);
    let ticks = Memo::new(move |_| {
        grid.with(|grid| grid.as_ref().map(|grid| grid.ticks(zoom.get())))
            .unwrap_or_default()
    });
    let is_old = is_last_good(planner.checked, planner.preview);
    let old = changed(move || {
        planner.painted.track();
        match (is_old.get_untracked(), planner.unread.get_untracked()) {
            (true, _) => Some(LAST_GOOD),
            (false, true) => {
                Some("The last budgets and bids that could be read: a product has an error.")
            }
            (false, false) => None,
        }
    });
    let counts = Memo::new(move |_| {
        grid.with(|grid| {
            let grid = grid.as_ref()?;
            let count = |n: usize| u64::try_from(n).unwrap_or(0);
            let rows: usize = grid.groups.iter().map(|group| group.rows.len()).sum();
            Some(format!(
                "{}, {}, {}",
                format::plural(count(grid.groups.len()), "media buy", "media buys"),
                format::plural(count(rows), "product", "products"),
                format::plural(count(grid.package_count()), "package", "packages"),
            ))
        })
    });
    view! {
        <section class="card flat flowchart" aria-labelledby="flowchart-title">
            <div class="card-head">
                <h2 id="flowchart-title">"Flowchart"</h2>
                // Where nothing moves for it: a line that comes and goes above the table would have all of it painted anew.
                <span class="about" class:quiet=move || old.get().is_none() class:warned=move || old.get().is_some()>
                    {move || old.get().map(str::to_owned).or_else(|| counts.get())}
                </span>
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
                "Left and right go from bar to bar. With Shift they move the bar by a day, with Control and Shift by a week. With Alt they move its end, with Alt and Shift its start. Up and down change the weight. S splits, D duplicates, Delete removes. On an amount, the equals sign explains it."
            </p>
            <div
                class="scroll sheet-scroll"
                on:scroll=move |_| still.moves()
                on:pointermove=move |event| still.pointed(&event)
                on:pointerdown=move |_| still.moves()
            >
                <table
                    class="sheet"
                    node_ref=table
                    role="grid"
                    aria-label="Products by pacing periods"
                    style=("--days", move || length.get().to_string())
                    style=("--a-day", move || format!("{}px", a_day.get()))
                    style=("--columns", move || columns.get())
                    style=("--stretches", move || slots.with(Vec::len).to_string())
                    on:keydown=move |event| {
                        if asked.key(&event) {
                            event.prevent_default();
                        } else {
                            walk(&event);
                        }
                    }
                    on:click=move |event| asked.click(&event)
                    on:focusin=move |event| asked.focus(&event)
                >
                    <thead role="rowgroup">
                        <tr role="presentation" class="axis-line">
                            <td role="presentation"></td>
                            <td role="presentation" class="across axis" aria-hidden="true">
                                {move || {
                                    let days = length.get();
                                    ticks.get().into_iter().map(|(at, words)| view! {
                                        <span style:left=format::width(at, days)>{words}</span>
                                    }).collect_view()
                                }}
                                <Today planner/>
                            </td>
                            <td role="presentation"></td>
                        </tr>
                        <tr role="row" class="lane-line">
                            <th role="rowheader" scope="row"><span>"Pacing"</span><small>"area is money"</small></th>
                            <For each=move || slots.get() key=|slot| *slot let(slot)>
                                <Bar planner stands stretch=slot drag picked/>
                            </For>
                            <td role="gridcell" class="total"></td>
                        </tr>
                        <tr role="row" class="head-line">
                            <th role="columnheader" scope="col">"Product"</th>
                            <For each=move || slots.get() key=|slot| *slot let(slot)>
                                <Head planner stands stretch=slot issues/>
                            </For>
                            <th role="columnheader" scope="col" class="num total">"Product budget" <small>{currency}</small></th>
                        </tr>
                    </thead>
                    {move || shape.get().map(|shape| body(planner, issues, picked, &shape, is_draft.get()))}
                    <Show when=move || shape.with(|shape| shape.as_ref().is_some_and(|shape| shape.groups.is_empty()))>
                        <tbody role="rowgroup"><tr role="row"><td role="gridcell" aria-colspan=span class="none-yet">
                            <p>"No products yet: the periods are laid, and nothing would be bought."</p>
                            <a class="button" href=move || format!("/campaigns/{}/products", planner.open.id.get())>"Choose products"</a>
                        </td></tr></tbody>
                    </Show>
                    <tfoot role="rowgroup">
                        {move || shape.with(|shape| shape.as_ref().map(|shape| sums(shape, is_draft.get())))}
                    </tfoot>
                </table>
            </div>
            <Spreadsheet planner/>
        </section>
    }
    .into_any()
}
