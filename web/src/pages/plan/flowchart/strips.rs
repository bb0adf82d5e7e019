//! Amounts in sight, one text a column: a hundred cells are a hundred texts to shape, lay out and
//! paint, and their rows with them. So once a key has changed many of them, the cells give their
//! amounts to strips that lie over the columns, a line a row, until typing rests or anything moves.

use flighting_core::money::Money;
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

use super::still::pixels;
use crate::format;

/// A cell gives its amount to a strip, and no other does: a package, or a sales agent's sum of a period.
pub(super) const GIVES: &str = ".package-cell, .agent-line > .figure:not(.total)";

/// The amounts of a column, over its cells.
struct Strip {
    column: usize,
    place: Element,
    text: Node,
    shown: String,
}

/// The strips over a table, and the rows whose amounts they have.
pub(super) struct Strips {
    holder: Element,
    strips: Vec<Strip>,
    rows: (usize, usize),
}

impl Drop for Strips {
    fn drop(&mut self) {
        self.holder.remove();
    }
}

impl Strips {
    /// Lays empty strips over what can be seen of a table: rows that follow each other, with their
    /// places in it, and columns by their places in a row. None where the rows are not of one height,
    /// as next to a message: lines would not stand over their cells.
    pub(super) fn lay(
        table: &Element,
        rows: &[(usize, Element)],
        columns: &[usize],
    ) -> Option<Self> {
        let gives = |row: &Element| row.query_selector(GIVES).is_ok_and(|cell| cell.is_some());
        // Sums stand below, in rows of their own height.
        let end = rows.iter().rposition(|(_, row)| gives(row))?;
        let rows = rows.get(..=end)?;
        let ((first, top), (last, pattern)) = (rows.first()?, rows.last()?);
        let begins = top.get_bounding_client_rect().top();
        let height = pattern.get_bounding_client_rect().height();
        let mut line = begins;
        for (_, row) in rows {
            let row = row.get_bounding_client_rect();
            if !is_near(row.top(), line) || !is_near(row.height(), height) {
                return None;
            }
            line += height;
        }
        let stands = table.get_bounding_client_rect();
        let cells = pattern.children();
        let from = cells.item(0)?.get_bounding_client_rect().right();
        let to = cells
            .item(cells.length().checked_sub(1)?)?
            .get_bounding_client_rect()
            .left();
        let holder = element(
            "strips",
            &[
                ("left", from - stands.left()),
                ("width", to - from),
                ("top", begins - stands.top()),
                ("height", line - begins),
                ("line-height", height),
            ],
        )?;
        holder.set_attribute("aria-hidden", "true").ok()?;
        let mut strips = Vec::new();
        for &column in columns {
            let cell = cells.item(u32::try_from(column).ok()?)?;
            if !cell.matches(GIVES).ok()? {
                continue;
            }
            let stands = cell.get_bounding_client_rect();
            let place = element(
                "",
                &[("left", stands.left() - from), ("width", stands.width())],
            )?;
            // As the cell has it, which may be another on paper or for touch.
            let style = window().get_computed_style(&cell).ok()??;
            for name in ["padding-inline-end", "font-size", "color"] {
                let value = style.get_property_value(name).ok()?;
                HtmlElement::style(place.unchecked_ref())
                    .set_property(name, &value)
                    .ok()?;
            }
            place.set_text_content(Some(" "));
            let text = place.first_child()?;
            holder.append_child(&place).ok()?;
            strips.push(Strip {
                column,
                place,
                text,
                shown: String::new(),
            });
        }
        table.append_child(&holder).ok()?;
        Some(Self {
            holder,
            strips,
            rows: (*first, *last),
        })
    }

    /// Whether a strip has the amount of a place in the table.
    pub(super) fn have(&self, row: usize, column: usize) -> bool {
        (self.rows.0..=self.rows.1).contains(&row)
            && self.strips.iter().any(|strip| strip.column == column)
    }

    /// Writes amounts, which come row by row.
    pub(super) fn write(&mut self, amounts: impl Iterator<Item = (usize, usize, Option<Money>)>) {
        let begins = (String::new(), self.rows.0);
        let mut texts = vec![begins; self.strips.len()];
        for (row, column, money) in amounts {
            let at = self.strips.iter().position(|strip| strip.column == column);
            let Some((text, line)) = at.and_then(|at| texts.get_mut(at)) else {
                continue;
            };
            while *line < row {
                text.push('\n');
                *line += 1;
            }
            if let Some(money) = money {
                text.push_str(&format::amount(money));
            }
        }
        for (strip, (text, _)) in self.strips.iter_mut().zip(texts) {
            if strip.shown != text {
                strip.text.set_node_value(Some(&text));
                strip.shown = text;
            }
        }
    }

    /// Takes away as many as have so many amounts; one at least, where any is to go.
    pub(super) fn take(&mut self, amounts: usize) {
        let lines = self.rows.1 - self.rows.0 + 1;
        let count = if amounts == 0 {
            0
        } else {
            (amounts / lines).max(1)
        };
        let rest = self.strips.len().saturating_sub(count);
        for strip in self.strips.drain(rest..) {
            strip.place.remove();
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.strips.is_empty()
    }
}

/// Whether two lengths are the same but for how they are stored.
fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.1
}

/// An element with lengths in its style.
fn element(class: &str, lengths: &[(&str, f64)]) -> Option<Element> {
    let made = document().create_element("div").ok()?;
    made.set_class_name(class);
    for (name, length) in lengths {
        HtmlElement::style(made.unchecked_ref())
            .set_property(name, &pixels(*length)?)
            .ok()?;
    }
    Some(made)
}
