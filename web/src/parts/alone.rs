//! The text field that has the focus is a form of its own. A browser that fills in forms reads after every key
//! all fields of the form in which one types, with their labels; those in no form are one form to it, and a
//! plan of a thousand packages has a hundred and fifty of them.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

const FORM: &str = "alone";
/// Radio buttons of one name belong together only in the same form.
const TEXTS: &str = "input:not([type=radio], [type=checkbox])";

/// The form of the field that has the focus. It is never sent.
#[component]
pub(crate) fn Alone() -> impl IntoView {
    let field = |event: &web_sys::FocusEvent| {
        let field = event.target()?.dyn_into::<Element>().ok()?;
        field.matches(TEXTS).ok()?.then_some(field)
    };
    let taken = window_event_listener(ev::focusin, move |event| {
        let free = field(&event).filter(|field| {
            !field.has_attribute("form") && matches!(field.closest("form"), Ok(None))
        });
        if let Some(free) = free {
            let _ = free.set_attribute("form", FORM);
        }
    });
    let left = window_event_listener(ev::focusout, move |event| {
        if let Some(field) = field(&event)
            && field.get_attribute("form").as_deref() == Some(FORM)
        {
            let _ = field.remove_attribute("form");
        }
    });
    on_cleanup(move || {
        taken.remove();
        left.remove();
    });
    view! { <form id=FORM hidden=true on:submit=|event| event.prevent_default()></form> }
}
