//! Walking over the table by keyboard.

use leptos::ev;
use wasm_bindgen::JsCast;

fn element(target: Option<web_sys::EventTarget>) -> Option<web_sys::Element> {
    target?.dyn_into().ok()
}

/// Walks over the cells with the arrow keys, as in a spreadsheet. In a field, up, down and Enter
/// leave it upwards and downwards.
pub(super) fn walk(event: &ev::KeyboardEvent) {
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
