//! The figures of the table, written by one hand: with a thousand cells, an effect of its own for
//! each is what a key would wait for. What can be seen is written in the key's own frame; in a large
//! table the rest follows when typing rests, since nobody sees what it would be laid out and painted
//! for. So do the quiet fractions of what was written: an amount of two tones is two texts to the
//! browser, to shape, lay out and paint. And the keys that come after the first write no cells but
//! strips over them ([`super::strips`]).

use flighting_core::error::Violation;
use flighting_core::money::Money;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::{ev, html};
use wasm_bindgen::prelude::Closure;
use web_sys::Element;

use super::Planner;
use super::page::Page;
use super::slots::{Shape, Slot};
use super::still::Still;
use crate::clock;
use crate::forms::grid::{Column, Grid};

/// So long after the last change what is out of sight follows, in milliseconds: longer than between
/// two keys, so that no key waits for it.
const REST_MS: i32 = 350;
/// So many figures at a time, with a pause between: a key that comes meanwhile waits for one piece.
const PIECE: usize = 120;
const PAUSE_MS: i32 = 40;

/// Fills the figures of a table and keeps them right.
pub(super) fn figures(
    planner: Planner,
    table: NodeRef<html::Table>,
    shape: Memo<Option<Shape>>,
    lines: &'static [fn(&Column) -> Money],
    still: Still,
) {
    let hand = Hand {
        planner,
        shape,
        lines,
        page: StoredValue::new_local(None),
    };
    Effect::new(move |before: Option<Option<Shape>>| {
        let (now, same) = shape.with(|shape| match before {
            Some(before) if before == *shape => (before, true),
            _ => (shape.clone(), false),
        });
        planner.grid.track();
        let table = table.get();
        let same = same && hand.page.with_value(Option::is_some);
        match table {
            Some(_) if same => {
                still.typed();
                hand.write(false);
                hand.look_away();
            }
            // Its rows are being made anew: they stand before the next paint.
            Some(table) => {
                still.moves();
                request_animation_frame(move || hand.turn(&table));
            }
            None => {}
        }
        now
    });
    Effect::new(move |_| {
        planner.painted.track();
        // Once what follows the paint is laid out too: a message makes its row higher.
        request_animation_frame(move || {
            still.check();
            if let Some(table) = still.typing() {
                hand.raise(&table);
            }
        });
        hand.follow();
    });
    Effect::new(move |_| {
        still.track();
        hand.lower();
        hand.watch();
    });
    // What is wrong with a field is said once it is left, and its row then grows.
    let left = window_event_listener(ev::focusout, move |_| {
        still.left();
        hand.lower();
    });
    on_cleanup(move || left.remove());
    // Before anything reads what is out of sight, it is there.
    for reads in ["beforeprint", "copy"] {
        let reads = window_event_listener_untyped(reads, move |_| hand.write(true));
        on_cleanup(move || reads.remove());
    }
    let find = window_event_listener(ev::keydown, move |event| {
        if (event.ctrl_key() || event.meta_key()) && event.key().eq_ignore_ascii_case("f") {
            hand.write(true);
        }
    });
    on_cleanup(move || find.remove());
    // A window of another width has names and totals of another width.
    let resized = window_event_listener(ev::resize, move |_| {
        still.moves();
        hand.watch();
    });
    on_cleanup(move || resized.remove());
    let scrolled = window_event_listener(ev::scroll, move |_| still.moves());
    on_cleanup(move || scrolled.remove());
}

/// Every figure of a plan in the order in which they stand in the page.
fn values(
    grid: &Grid,
    shape: &Shape,
    lines: &[fn(&Column) -> Money],
    is_draft: bool,
) -> Vec<Option<Money>> {
    let columns: Vec<usize> = shape
        .slots
        .iter()
        .filter(|(slot, _)| matches!(slot, Slot::Period(_)))
        .map(|(_, column)| *column)
        .collect();
    let mut all = Vec::new();
    for group in &grid.groups {
        all.extend(columns.iter().map(|at| group.sums.get(*at).copied()));
        all.push(Some(group.sum));
        for row in &group.rows {
            all.extend(
                columns
                    .iter()
                    .map(|at| row.cells.get(*at).copied().flatten()),
            );
            if !is_draft {
                all.push(row.budget);
            }
        }
    }
    let sums = [Some(grid.packages), Some(grid.media), Some(grid.free), None];
    for (line, sum) in lines.iter().zip(sums) {
        all.extend(columns.iter().map(|at| grid.columns.get(*at).map(line)));
        all.push(sum);
    }
    all
}

#[derive(Clone, Copy)]
struct Hand {
    planner: Planner,
    shape: Memo<Option<Shape>>,
    lines: &'static [fn(&Column) -> Money],
    page: StoredValue<Option<Page>, LocalStorage>,
}

impl Hand {
    /// Turns to rows that were made anew.
    fn turn(self, table: &Element) {
        self.page.try_update_value(|page| {
            let found = Page::find(table, page.as_ref());
            *page = Some(found);
        });
        self.write(true);
        self.watch();
    }

    /// Lets the browser tell what can be seen, where that matters.
    fn watch(self) {
        let told = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            self.page.try_update_value(|page| {
                if let Some(page) = page {
                    page.sight.look(&entries);
                }
            });
            self.write(false);
            self.follow();
        });
        self.page.try_update_value(|page| {
            let Some(page) = page.as_mut().filter(|page| !page.is_small()) else {
                return;
            };
            let _ = page.sight.watch(told);
        });
    }

    /// Lets it tell no more: nothing moves while one types.
    fn look_away(self) {
        self.page.try_update_value(|page| {
            if let Some(page) = page {
                page.sight.look_away();
            }
        });
    }

    /// Writes what differs; `everything`, or what can be seen.
    fn write(self, everything: bool) {
        self.paint(everything, 0);
        self.page.try_update_value(|page| {
            if let Some(page) = page {
                page.round += 1;
            }
        });
    }

    /// Keys that follow write strips, unless something is wrong with a product, whose row is higher
    /// once that is said.
    fn raise(self, table: &Element) {
        let in_rows = |wrong: &Vec<Violation>| {
            wrong
                .iter()
                .any(|violation| violation.path.starts_with("products["))
        };
        match self.planner.wrong.try_with_untracked(in_rows) {
            None => return,
            Some(true) => return self.lower(),
            Some(false) => {}
        }
        self.page.try_update_value(|page| {
            if let Some(page) = page {
                page.raise(table);
            }
        });
    }

    /// Gives the amounts of strips back to their cells.
    fn lower(self) {
        let strips = self
            .page
            .try_update_value(|page| page.as_mut()?.strips.take());
        if strips.flatten().is_some() {
            self.write(false);
            self.follow();
        }
    }

    /// What is out of sight and what does not stand as it is to stay follow when typing rests, piece by piece,
    /// until something newer is written.
    fn follow(self) {
        let left = move || {
            let page = self.page.try_with_value(|page| {
                let page = page.as_ref().filter(|page| page.left)?;
                Some(page.round)
            });
            page.flatten()
        };
        let round = left();
        if round.is_none() {
            return;
        }
        spawn_local(async move {
            let mut wait = REST_MS;
            loop {
                clock::wait(wait).await;
                wait = PAUSE_MS;
                if left() != round {
                    return;
                }
                self.paint(false, PIECE);
            }
        });
    }

    /// Writes what differs and is due.
    fn paint(self, everything: bool, others: usize) -> Option<()> {
        let is_draft = self.planner.is_draft_now()?;
        self.planner.grid.try_with_untracked(|grid| {
            let grid = grid.as_ref()?;
            self.shape.try_with_untracked(|shape| {
                let shape = shape.as_ref()?;
                let values = values(grid, shape, self.lines, is_draft);
                self.page
                    .try_update_value(|page| {
                        let page = page.as_mut()?;
                        let rows = grid.groups.iter().flat_map(|group| &group.rows);
                        page.share(rows.map(|row| row.budget.filter(|_| row.is_share)));
                        page.write(&values, everything, others);
                        Some(())
                    })
                    .flatten()
            })?
        })?
    }
}
