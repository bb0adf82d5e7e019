//! Names and totals stay in sight while one scrolls sideways. Each cell that is held in place is a
//! layer of its own to the browser, and every key waits for all of them: so once something is typed
//! they are laid where they stand, and held again before anything moves.

use leptos::prelude::*;
use leptos::{ev, html};

/// While a table has it, its names and totals are laid and not held.
const STILL: &str = "data-still";

/// A table that is held in place or laid.
#[derive(Clone, Copy)]
pub(super) struct Still(NodeRef<html::Table>);

impl Still {
    pub(super) fn new(table: NodeRef<html::Table>) -> Self {
        Self(table)
    }

    /// Something is typed: all is laid where it stands.
    pub(super) fn typed(self) {
        let Some(table) = self.0.get_untracked() else {
            return;
        };
        if table.has_attribute(STILL) {
            return;
        }
        // To the fraction of a pixel, and written by JavaScript: a figure with a fraction is
        // nothing that the page can write otherwise.
        let scrolled = table.parent_element().map_or(0.0, |scroller| {
            scroller.get_bounding_client_rect().left() - table.get_bounding_client_rect().left()
        });
        let words = js_sys::Number::from(scrolled).to_string_with_radix(10);
        let Ok(words) = words else { return };
        let style = web_sys::HtmlElement::style(&table);
        let _ = style.set_property("--scrolled", &format!("{}px", String::from(words)));
        let _ = table.set_attribute(STILL, "");
    }

    /// It is scrolled, or soon may be.
    pub(super) fn moves(self) {
        if let Some(table) = self.0.get_untracked()
            && table.has_attribute(STILL)
        {
            let _ = table.remove_attribute(STILL);
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
