//! The figures of the table, written by one hand: with a thousand cells, an effect of its own for
//! each is what a key would wait for. What can be seen is written in the key's own frame; in a large
//! table the rest follows when typing rests, since nobody sees what it would be laid out and painted
//! for. So do the quiet fractions of what was written: an amount of two tones is two texts to the
//! browser, to shape, lay out and paint.

use flighting_core::money::Money;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::{ev, html};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, Node};

use super::sight::Sight;
use super::slots::{Shape, Slot};
use super::still::Still;
use super::{Planner, markup};
use crate::clock;
use crate::format;
use crate::forms::grid::{Column, Grid};

/// A table with so many figures is written as a whole.
const AT_ONCE: usize = 300;
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
        hand.follow();
    });
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

/// One figure: where it stands, and what is written there.
struct Figure {
    place: Element,
    row: usize,
    column: usize,
    /// Its two texts; none while it is empty.
    texts: Option<(Node, Node)>,
    shown: Option<Money>,
    /// Whether all of it stands in its first text, until typing rests.
    is_whole: bool,
}

impl Figure {
    /// Writes an amount as it is to stay: its fraction one step quieter.
    fn write(&mut self, money: Option<Money>) {
        self.shown = money;
        self.is_whole = false;
        if let (Some((whole, fraction)), Some(money)) = (&self.texts, money) {
            let parts = format::parts(money);
            whole.set_node_value(Some(&parts.whole));
            fraction.set_node_value(Some(&parts.fraction));
            return;
        }
        self.place.set_inner_html(&markup(money));
        let fraction = self.place.last_child().and_then(|last| last.first_child());
        self.texts = self.place.first_child().zip(fraction);
    }

    /// Writes it as one text, for while one types.
    fn write_whole(&mut self, money: Option<Money>) {
        let (Some((whole, fraction)), Some(money)) = (&self.texts, money) else {
            return self.write(money);
        };
        self.shown = Some(money);
        whole.set_node_value(Some(&format::amount(money)));
        if !self.is_whole {
            fraction.set_node_value(Some(""));
            self.is_whole = true;
        }
    }
}

/// The rows as they stand in the page.
struct Page {
    figures: Vec<Figure>,
    /// Fields of products that may share what is left, with what they would get.
    shares: Vec<(Element, Option<Money>)>,
    sight: Sight,
    /// Counts what was written.
    round: u64,
    /// Whether something out of sight is still as it was before, or something stands as one text.
    left: bool,
}

fn all(table: &Element, selector: &str) -> Vec<Element> {
    let Ok(found) = table.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..found.length())
        .filter_map(|at| found.item(at)?.dyn_into().ok())
        .collect()
}

impl Page {
    /// Finds the figures of a table in the order in which [`values`] tells them.
    fn find(table: &Element, before: Option<&Self>) -> Self {
        let rows = all(table, ".agent-line, .product-line, .sum-line");
        let mut figures = Vec::new();
        for (row, line) in rows.iter().enumerate() {
            let cells = line.children();
            for column in 0..cells.length() {
                let Some(place) = cells.item(column) else {
                    continue;
                };
                let classes = place.class_list();
                let is_figure = classes.contains("figure");
                // Rows that are made anew may take over cells of others, with what stood in them.
                if is_figure || classes.contains("pause-cell") {
                    place.set_text_content(None);
                }
                if let (true, Ok(column)) = (is_figure, usize::try_from(column)) {
                    figures.push(Figure {
                        place,
                        row,
                        column,
                        texts: None,
                        shown: None,
                        is_whole: false,
                    });
                }
            }
        }
        Self {
            figures,
            shares: all(table, ".product-line .total input")
                .into_iter()
                .map(|field| (field, None))
                .collect(),
            sight: Sight::of(
                rows,
                all(table, ".head-line > *"),
                before.map(|before| &before.sight),
            ),
            round: before.map_or(0, |before| before.round + 1),
            left: false,
        }
    }

    /// Writes what differs: all of it, or what can be seen with so many of the others. What is seen
    /// comes first among these, to be of two tones again.
    fn write(&mut self, values: &[Option<Money>], everything: bool, others: usize) {
        let everything = everything || self.figures.len() <= AT_ONCE;
        let mut rest = if everything { usize::MAX } else { others };
        let mut left = false;
        let mut out_of_sight = Vec::new();
        for (figure, money) in self.figures.iter_mut().zip(values) {
            let differs = figure.shown != *money;
            if !differs && !figure.is_whole {
                continue;
            }
            if differs && !self.sight.shows(figure.row, figure.column) {
                out_of_sight.push((figure, *money));
            } else if rest > 0 {
                rest -= 1;
                figure.write(*money);
            } else {
                if differs {
                    figure.write_whole(*money);
                }
                left |= figure.is_whole;
            }
        }
        left |= out_of_sight.len() > rest;
        for (figure, money) in out_of_sight.into_iter().take(rest) {
            figure.write(money);
        }
        self.left = left;
    }

    fn share(&mut self, shares: impl Iterator<Item = Option<Money>>) {
        for ((field, shown), share) in self.shares.iter_mut().zip(shares) {
            if *shown != share {
                *shown = share;
                let words = share.map_or(String::new(), |money| {
                    format!("= {}", format::amount(money))
                });
                let _ = field.set_attribute("placeholder", &words);
            }
        }
    }
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
            let Some(page) = page.as_mut().filter(|page| page.figures.len() > AT_ONCE) else {
                return;
            };
            let _ = page.sight.watch(told);
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

    /// What is out of sight and what stands as one text follow when typing rests, piece by piece,
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
