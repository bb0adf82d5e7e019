//! While sellers are asked: each of them, and what is known of its answer already.

use flighting_core::wire::media_buy::SubmissionWord;
use leptos::prelude::*;

use crate::pages::campaign::Open;
use crate::parts::buy_state::State;
use crate::parts::icon::Icon;

/// One line per seller; it turns into the seller's answer as soon as an event brings it.
#[component]
pub(super) fn Asking(
    open: Open,
    /// Who would be asked, as planned in the page.
    planned: Signal<Vec<String>>,
) -> impl IntoView {
    let known = move || {
        open.campaign.with(|state| {
            state
                .value
                .iter()
                .flat_map(|campaign| &campaign.media_buys)
                .filter(|buy| !buy.status.has_ended())
                .cloned()
                .collect::<Vec<_>>()
        })
    };
    let waits = || view! { <p><Icon name="clock"/>"Asked, not answered yet"</p> };
    view! {
        <section class="card flat" aria-label="Sellers that are being asked" aria-live="polite">
            <div class="card-head"><h3>"Asking the sellers"</h3><span class="quiet">"all at the same time; each answers on its own"</span></div>
            {move || {
                let buys = known();
                if buys.is_empty() {
                    return planned.get().into_iter().map(|name| view! {
                        <div class="answer"><strong>{name}</strong><div>{waits()}</div></div>
                    }.into_any()).collect_view().into_any();
                }
                buys.into_iter().map(|buy| {
                    let name = buy.sales_agent_name.clone();
                    let open = buy.submission == SubmissionWord::Open;
                    view! {
                        <div class="answer"><strong>{name}</strong><div>
                            {if open { waits().into_any() } else { view! { <State buy/> }.into_any() }}
                        </div></div>
                    }.into_any()
                }).collect_view().into_any()
            }}
        </section>
    }
    .into_any()
}
