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
