//! The pages of the list: the next, the last, and any by its number.

use flighting_core::wire::Page;
use leptos::prelude::*;

use crate::format;
use crate::forms::paging::{Pages, page_number};
use crate::parts::field::sentence;

/// Which page is shown, and the way to every other one.
#[component]
pub(super) fn Pager(page: Option<Page>, turn: Callback<u64>) -> impl IntoView {
    let page = page.filter(|page| page.skip > 0 || page.has_more)?;
    let pages = Pages::of(page);
    let (first, last, total) = (page.skip + 1, pages.last_row, page.total);
    let wrong = RwSignal::new(None::<String>);
    let go = move |text: String| match page_number(&text, pages.count) {
        Ok(number) => {
            wrong.set(None);
            turn.run(pages.skip_of(number));
        }
        Err(why) => wrong.set(Some(why)),
    };
    let button = move |words: &'static str, number: Option<u64>| {
        view! {
            <button
                type="button"
                class="button"
                aria-disabled=number.is_none().to_string()
                on:click=move |_| if let Some(number) = number { turn.run(pages.skip_of(number)) }
            >
                {words}
            </button>
        }
    };
    let (back, on) = (
        (pages.number > 1).then(|| pages.number - 1),
        page.has_more.then_some(pages.number + 1),
    );
    Some(view! {
        <nav class="row pager" aria-label="Pages of campaigns">
            {button("First", back.map(|_| 1))}
            {button("Earlier", back)}
            <label class="page-number">
                "Page"
                <input
                    type="text"
                    inputmode="numeric"
                    autocomplete="off"
                    size="6"
                    value=format::count(pages.number)
                    aria-invalid=move || wrong.with(Option::is_some).to_string()
                    aria-describedby="page-note"
                    on:change=move |event| go(event_target_value(&event))
                />
                "of " {format::count(pages.count)}
            </label>
            {button("Later", on)}
            {button("Last", on.map(|_| pages.count))}
            <span class="quiet">{format!("{}–{} of {}", format::count(first), format::count(last), format::count(total))}</span>
            <p class="note bad" id="page-note" role="status">{move || wrong.get().map(|why| sentence(&why))}</p>
        </nav>
    })
}

/// A page behind the last one: campaigns were archived meanwhile, or the address says so.
#[component]
pub(super) fn Beyond(page: Page, turn: Callback<u64>) -> impl IntoView {
    let pages = Pages::of(page);
    view! {
        <section class="card empty">
            <h2>"There is no such page any more"</h2>
            <p>{format!("The list ends with page {}.", format::count(pages.count))}</p>
            <button type="button" class="button primary" on:click=move |_| turn.run(pages.skip_of(pages.count))>"Go to the last page"</button>
        </section>
    }
}
