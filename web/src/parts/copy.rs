//! Copying a text: a button that says what became of it. Where the browser does not let the page
//! copy, the text is selected instead, so that one key copies it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What became of copying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Not,
    Copied,
    Refused,
}

/// Puts a text into the clipboard; whether the browser let us. Without a secure address there is
/// no clipboard at all.
async fn write(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    let navigator = window.navigator();
    let there = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard"))
        .is_ok_and(|clipboard| clipboard.is_object());
    there
        && JsFuture::from(navigator.clipboard().write_text(text))
            .await
            .is_ok()
}

/// Selects all that an element shows or holds, so that one key copies it.
fn select(id: &str) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let Some(element) = window
        .document()
        .and_then(|document| document.get_element_by_id(id))
    else {
        return;
    };
    if let Some(field) = element.dyn_ref::<web_sys::HtmlTextAreaElement>() {
        let _ = field.focus();
        field.select();
        return;
    }
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        let _ = element.focus();
    }
    if let Ok(Some(selection)) = window.get_selection() {
        let _ = selection.select_all_children(&element);
    }
}

/// A button that copies, and what became of it beside it.
#[component]
pub fn Copy(
    /// What the button says.
    label: &'static str,
    /// What is copied, written when it is asked for.
    text: Callback<(), String>,
    /// Id of the element that shows the very text; or of the field that appears with it where the
    /// browser refuses.
    #[prop(into)]
    id: String,
    /// Whether there is an element that shows the very text.
    #[prop(optional)]
    shown: bool,
    /// What is said when it was copied.
    #[prop(default = "Copied.")]
    done: &'static str,
    /// A small button, for places beside text.
    #[prop(optional)]
    small: bool,
    /// What is copied, for whoever hears the button alone.
    #[prop(optional, into)]
    name: Option<String>,
) -> impl IntoView {
    let state = RwSignal::new(State::Not);
    let place = StoredValue::new(id);
    let copy = move |_| {
        let text = text.run(());
        spawn_local(async move {
            let done = write(&text).await;
            state.try_set(if done { State::Copied } else { State::Refused });
        });
    };
    // The text has to stand there before it can be selected.
    Effect::new(move |_| {
        if state.get() == State::Refused {
            request_animation_frame(move || {
                if let Some(place) = place.try_get_value() {
                    select(&place);
                }
            });
        }
    });
    view! {
        <button type="button" class="button" class:small=small aria-label=name on:click=move |event| {
            state.set(State::Not);
            copy(event);
        }>{label}</button>
        <span class="quiet copied" role="status">{move || match state.get() {
            State::Not => "",
            State::Copied => done,
            State::Refused => "This browser does not let the page copy. The text is selected: press Ctrl+C, or ⌘C.",
        }}</span>
        {move || (!shown && state.get() == State::Refused).then(|| view! {
            <textarea class="copy-field" id=place.get_value() rows="4" readonly=true aria-label="The text to copy">{text.run(())}</textarea>
        })}
    }
    .into_any()
}
