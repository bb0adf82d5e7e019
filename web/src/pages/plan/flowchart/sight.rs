//! What can be seen of a large table, as the browser tells it: rows in the window, and columns
//! between the names and the totals, which stand over those that are scrolled under them.

use leptos::prelude::window;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, HtmlElement, IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit,
};

/// The rows and columns of a table, and which of them can be seen.
pub(super) struct Sight {
    rows: Vec<Element>,
    columns: Vec<Element>,
    seen: (Vec<bool>, Vec<bool>),
    watch: Option<Watch>,
    /// Whether the browser told of rows, and of columns, since it was asked.
    told: [bool; 2],
}

/// Who tells of rows, and who of columns.
struct Watch {
    observers: [IntersectionObserver; 2],
    _told: Closure<dyn FnMut(js_sys::Array)>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        for observer in &self.observers {
            observer.disconnect();
        }
    }
}

impl Sight {
    /// Until the browser tells, a table is seen as the one that stood there before; as a whole
    /// where that had another shape.
    pub(super) fn of(rows: Vec<Element>, columns: Vec<Element>, before: Option<&Self>) -> Self {
        let seen = before
            .map(|before| before.seen.clone())
            .filter(|seen| (seen.0.len(), seen.1.len()) == (rows.len(), columns.len()))
            .unwrap_or_else(|| (vec![true; rows.len()], vec![true; columns.len()]));
        Self {
            rows,
            columns,
            seen,
            watch: None,
            told: [false; 2],
        }
    }

    pub(super) fn shows(&self, row: usize, column: usize) -> bool {
        let flag = |flags: &[bool], at: usize| flags.get(at).copied().unwrap_or(true);
        flag(&self.seen.0, row) && flag(&self.seen.1, column)
    }

    /// The rows from the first that can be seen to the last, with their places, and the places of
    /// columns that can be seen.
    pub(super) fn seen(&self) -> (Vec<(usize, Element)>, Vec<usize>) {
        let (rows, columns) = &self.seen;
        let first = rows.iter().position(|seen| *seen).unwrap_or(rows.len());
        let last = rows
            .iter()
            .rposition(|seen| *seen)
            .map_or(first, |last| last + 1);
        let rows = self.rows.iter().cloned().enumerate();
        let columns = columns.iter().enumerate();
        (
            rows.skip(first).take(last - first).collect(),
            columns
                .filter(|(_, seen)| **seen)
                .map(|(at, _)| at)
                .collect(),
        )
    }

    /// Lets the browser tell from now on.
    pub(super) fn watch(&mut self, told: Closure<dyn FnMut(js_sys::Array)>) -> Result<(), JsValue> {
        self.watch = None;
        self.told = [false; 2];
        let tell = told.as_ref().unchecked_ref();
        let [names, columns @ .., totals] = self.columns.as_slice() else {
            return Ok(());
        };
        // The head may be out of the window while its columns are not: it is looked for in what
        // scrolls sideways, and nowhere else.
        let between = IntersectionObserverInit::new();
        between.set_root(names.closest(".sheet-scroll")?.as_ref());
        let (names, totals) = (covers(names), covers(totals));
        between.set_root_margin(&format!("0px -{totals}px 0px -{names}px"));
        let observers = [
            IntersectionObserver::new(tell)?,
            IntersectionObserver::new_with_options(tell, &between)?,
        ];
        let [of_rows, of_columns] = &observers;
        self.rows.iter().for_each(|row| of_rows.observe(row));
        columns.iter().for_each(|head| of_columns.observe(head));
        self.watch = Some(Watch {
            observers,
            _told: told,
        });
        Ok(())
    }

    /// Lets it tell no more, once it told all: where nothing moves, the browser would look at every
    /// row and column in every frame to find that.
    pub(super) fn look_away(&mut self) {
        if let Some(watch) = self.watch.take_if(|_| self.told == [true; 2]) {
            for observer in &watch.observers {
                self.look(&observer.take_records());
            }
        }
    }

    /// Takes notice of what came into sight and went out of it.
    pub(super) fn look(&mut self, entries: &js_sys::Array) {
        for entry in entries.iter() {
            let Ok(entry) = entry.dyn_into::<IntersectionObserverEntry>() else {
                continue;
            };
            let (target, seen) = (entry.target(), entry.is_intersecting());
            let [rows, columns] = &mut self.told;
            for (elements, flags, told) in [
                (&self.rows, &mut self.seen.0, rows),
                (&self.columns, &mut self.seen.1, columns),
            ] {
                let at = elements.iter().position(|one| *one == target);
                if let Some(flag) = at.and_then(|at| flags.get_mut(at)) {
                    *flag = seen;
                    *told = true;
                }
            }
        }
    }
}

/// How wide a column is that stands over others, in pixels; 0 where it scrolls as they do.
fn covers(head: &Element) -> i32 {
    let style = window().get_computed_style(head).ok().flatten();
    let position = style.and_then(|style| style.get_property_value("position").ok());
    if position.as_deref() == Some("sticky") {
        head.dyn_ref().map_or(0, HtmlElement::offset_width)
    } else {
        0
    }
}
