//! Money as it stands everywhere: tabular figures, the fraction one step quieter.

use flighting_core::money::Money;
use leptos::prelude::*;

use crate::format;

/// An amount without its currency, which stands in the head of its column.
#[component]
pub fn Amount(money: Money) -> impl IntoView {
    let format::Parts { whole, fraction } = format::parts(money);
    view! { <span class="amount">{whole}<i>{fraction}</i></span> }
}

/// An amount that changes while it is looked at: only its texts are written anew. Nothing is shown
/// while it is not known.
#[component]
pub fn LiveAmount(money: Signal<Option<Money>>) -> impl IntoView {
    let part = move |of: fn(format::Parts) -> String| {
        move || {
            money
                .get()
                .map(|money| of(format::parts(money)))
                .unwrap_or_default()
        }
    };
    view! { <span class="amount">{part(|parts| parts.whole)}<i>{part(|parts| parts.fraction)}</i></span> }
}
