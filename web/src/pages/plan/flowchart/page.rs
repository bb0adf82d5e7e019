//! The rows as they stand in the page: what is written where, with a key and when typing rests.

use flighting_core::money::Money;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::figure::{Figure, Stands};
use super::sight::Sight;
use super::strips::Strips;
use crate::format;

/// A table with so many figures is written as a whole.
const AT_ONCE: usize = 300;
/// So many cells in sight that changed with a key are worth strips for the keys that follow.
const MANY: usize = 40;

/// The rows as they stand in the page.
pub(super) struct Page {
    figures: Vec<Figure>,
    /// Fields of products that may share what is left, with what they would get.
    shares: Vec<(Element, Option<Money>)>,
    pub sight: Sight,
    pub strips: Option<Strips>,
    /// Counts what was written.
    pub round: u64,
    /// Whether something out of sight is still as it was before, or something does not stand as it is to stay.
    pub left: bool,
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
    /// Whether it is written as a whole with every key.
    pub fn is_small(&self) -> bool {
        self.figures.len() <= AT_ONCE
    }

    /// Finds the figures of a table in the order in which [`super::figures`](mod@super::figures) tells them.
    pub fn find(table: &Element, before: Option<&Self>) -> Self {
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
                    figures.push(Figure::new(place, row, column));
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
            strips: None,
            round: before.map_or(0, |before| before.round + 1),
            left: false,
        }
    }

    /// Writes what differs, into cells or the strips over them: all of it, or what can be seen with so
    /// many of the others. What is seen comes first among these, to be of two tones again.
    pub fn write(&mut self, values: &[Option<Money>], everything: bool, others: usize) {
        let everything = everything || self.is_small();
        let mut rest = if everything { usize::MAX } else { others };
        if let Some(strips) = &mut self.strips {
            strips.take(rest);
        }
        if self.strips.as_ref().is_some_and(Strips::is_empty) {
            self.strips = None;
        }
        let mut left = false;
        let mut given = Vec::new();
        let mut out_of_sight = Vec::new();
        for (figure, money) in self.figures.iter_mut().zip(values) {
            let (row, column) = (figure.row, figure.column);
            let is_given = figure.stands == Stands::Given;
            if is_given
                && self
                    .strips
                    .as_ref()
                    .is_some_and(|strips| strips.have(row, column))
            {
                figure.shown = *money;
                given.push((row, column, *money));
                continue;
            }
            // What was given to a strip that is no more stands nowhere.
            let differs = figure.shown != *money || is_given;
            if !differs && figure.stands == Stands::TwoTones {
                continue;
            }
            if differs && !is_given && !self.sight.shows(row, column) {
                out_of_sight.push((figure, *money));
            } else if rest > 0 {
                rest -= 1;
                figure.write(*money);
            } else {
                if differs {
                    figure.write_whole(*money);
                }
                left |= figure.stands == Stands::Whole;
            }
        }
        left |= out_of_sight.len() > rest;
        for (figure, money) in out_of_sight.into_iter().take(rest) {
            figure.write(money);
        }
        if let Some(strips) = &mut self.strips {
            strips.write(given.into_iter());
            left = true;
        }
        self.left = left;
    }

    /// Lays strips where a key changed many cells that can be seen, for the keys that follow.
    pub fn raise(&mut self, table: &Element) {
        let seen = |figure: &&Figure| figure.gives && self.sight.shows(figure.row, figure.column);
        let changed = self.figures.iter().filter(seen);
        let changed = changed
            .filter(|figure| figure.stands == Stands::Whole)
            .count();
        if self.strips.is_some() || changed < MANY {
            return;
        }
        let (rows, columns) = self.sight.seen();
        let Some(mut strips) = Strips::lay(table, &rows, &columns) else {
            return;
        };
        let mut given = Vec::new();
        for figure in &mut self.figures {
            if figure.gives && strips.have(figure.row, figure.column) {
                given.push((figure.row, figure.column, figure.shown));
                figure.give();
            }
        }
        strips.write(given.into_iter());
        self.strips = Some(strips);
        self.left = true;
    }

    pub fn share(&mut self, shares: impl Iterator<Item = Option<Money>>) {
        for ((field, shown), share) in self.shares.iter_mut().zip(shares) {
            if *shown != share {
                *shown = share;
                let _ = match share {
                    Some(money) => {
                        let words = format!("= {}", format::amount(money));
                        field.set_attribute("placeholder", &words)
                    }
                    None => field.remove_attribute("placeholder"),
                };
            }
        }
    }
}
