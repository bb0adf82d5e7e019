//! A modal question before money moves; the button says what will happen.

use leptos::html;
use leptos::prelude::*;

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
    view! {
        <dialog node_ref=dialog class="confirm" aria-labelledby="confirm-title" on:close=move |_| open.set(false)>
            <h2 id="confirm-title">{title}</h2>
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
