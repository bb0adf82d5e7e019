//! A modal question before money moves; the button says what will happen.

use std::sync::atomic::{AtomicU32, Ordering};

use leptos::html;
use leptos::prelude::*;

/// Questions so far: several may stand on one page, and each is named by its own title.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A question that is open while `open` is true.
#[component]
pub fn Confirm(
    /// Whether it is asked now.
    open: RwSignal<bool>,
    /// The question.
    title: &'static str,
    /// The words of the button that goes on.
    #[prop(into)]
    action: Signal<String>,
    /// Goes on.
    on_yes: Callback<()>,
    /// What will happen.
    children: ChildrenFn,
) -> impl IntoView {
    let id = format!("confirm-{}", MADE.fetch_add(1, Ordering::Relaxed));
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if open.get() {
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
    let title_id = id.clone();
    view! {
        <dialog node_ref=dialog class="confirm" aria-labelledby=id on:close=move |_| open.set(false)>
            <h2 id=title_id>{title}</h2>
            {move || open.get().then(|| children())}
            <div class="row end">
                <button type="button" class="button" on:click=move |_| open.set(false)>"Keep things as they are"</button>
                <button
                    type="button"
                    class="button primary"
                    on:click=move |_| {
                        open.set(false);
                        on_yes.run(());
                    }
                >
                    {move || action.get()}
                </button>
            </div>
        </dialog>
    }
    .into_any()
}
