//! Names and totals stay in sight while one scrolls sideways. Each cell that is held in place is a
//! layer of its own to the browser, and every key waits for all of them: so once something is typed
//! they are laid where they stand, and held again before anything moves. Meanwhile the table is cut
//! off some way beyond what can be seen of it: what is beyond is not painted.

use leptos::prelude::*;
use leptos::{ev, html};

/// While a table has it, its names and totals are laid and not held.
const STILL: &str = "data-still";

/// A table that is held in place or laid.
#[derive(Clone, Copy)]
pub(super) struct Still {
    table: NodeRef<html::Table>,
    /// Counts how often it began to move.
    moved: RwSignal<u64>,
    /// Its top in the window and its height, once it is laid.
    stands: StoredValue<(f64, f64)>,
    /// Whether something was typed since a field was last left.
    typing: StoredValue<bool>,
}

impl Still {
    pub(super) fn new(table: NodeRef<html::Table>) -> Self {
        Self {
            table,
            moved: RwSignal::new(0),
            stands: StoredValue::new((0.0, 0.0)),
            typing: StoredValue::new(false),
        }
    }

    /// Follows that it moves, or soon may.
    pub(super) fn track(self) {
        self.moved.track();
    }

    /// The table, laid, while typing may go on in the same field.
    pub(super) fn typing(self) -> Option<web_sys::Element> {
        self.laid()
            .filter(|_| self.typing.try_get_value().unwrap_or(false))
    }

    /// The table, while it is laid; none once the page is gone.
    fn laid(self) -> Option<web_sys::Element> {
        let table = self.table.try_get_untracked()??;
        table.has_attribute(STILL).then(|| table.into())
    }

    /// Something is typed: all is laid where it stands.
    pub(super) fn typed(self) {
        self.typing.set_value(true);
        let Some(table) = self.table.get_untracked() else {
            return;
        };
        if table.has_attribute(STILL) {
            return;
        }
        let stands = table.get_bounding_client_rect();
        self.stands.set_value((stands.top(), stands.height()));
        let scrolled = table.parent_element().map_or(0.0, |scroller| {
            scroller.get_bounding_client_rect().left() - stands.left()
        });
        let height = window().inner_height().ok().and_then(|all| all.as_f64());
        let ends = height.unwrap_or(stands.bottom()) - stands.top();
        let style = web_sys::HtmlElement::style(&table);
        for (name, length) in [
            ("--scrolled", scrolled),
            ("--seen-from", -stands.top()),
            ("--seen-to", ends),
        ] {
            let Some(length) = pixels(length) else { return };
            let _ = style.set_property(name, &length);
        }
        let _ = table.set_attribute(STILL, "");
    }

    /// A field is left: what is typed next is typed elsewhere.
    pub(super) fn left(self) {
        self.typing.set_value(false);
    }

    /// It is scrolled, or soon may be.
    pub(super) fn moves(self) {
        if let Some(table) = self.laid() {
            let _ = table.remove_attribute(STILL);
            self.moved.update(|count| *count += 1);
        }
    }

    /// Something else may have moved it: what comes above it, or a message in one of its rows.
    pub(super) fn check(self) {
        if let Some(table) = self.laid() {
            let stands = table.get_bounding_client_rect();
            if self.stands.get_value() != (stands.top(), stands.height()) {
                self.moves();
            }
        }
    }

    /// A pointer that moves over the table may scroll it next; one that is held down drags a bar,
    /// which is typing by other means.
    pub(super) fn pointed(self, event: &ev::PointerEvent) {
        if event.buttons() == 0 {
            self.moves();
        }
    }
}

/// A length as a style has it, to the fraction of a pixel; written by JavaScript, since a figure with a
/// fraction is nothing that the page can write otherwise.
pub(super) fn pixels(length: f64) -> Option<String> {
    let words = js_sys::Number::from(length).to_string_with_radix(10).ok()?;
    Some(format!("{}px", String::from(words)))
}
