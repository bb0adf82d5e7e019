//! What can be done with a campaign now.

use flighting_core::campaign::CampaignStatus;
use leptos::prelude::*;

use super::Open;
use super::deeds::{Asking, deeds};

#[component]
pub(super) fn Actions(open: Open, status: Memo<Option<CampaignStatus>>) -> impl IntoView {
    let asking = Asking::nothing();
    // Built when something is first asked for, and kept: it shows what became of it.
    let was_asked =
        Memo::new(move |before: Option<&bool>| before == Some(&true) || asking.something());
    let unsent = move || {
        open.campaign.with(|state| {
            state.value.as_ref().is_some_and(|campaign| {
                campaign.media_buys.iter().any(|buy| {
                    matches!(
                        buy.status,
                        flighting_core::media_buy::MediaBuyStatus::Failed
                            | flighting_core::media_buy::MediaBuyStatus::Rejected
                    )
                })
            })
        })
    };
    let preflight = move || format!("/campaigns/{}/execute", open.id.get());
    view! {
        <div class="row end actions">
            <Show when=move || status.get() == Some(CampaignStatus::Draft)>
                <button type="button" class="button quiet danger" on:click=move |_| asking.delete.set(true)>"Delete the draft…"</button>
                <a href=preflight class="button">"Pre-flight"</a>
            </Show>
            <Show when=move || status.get() == Some(CampaignStatus::Active)>
                <Show when=unsent>
                    <a href=preflight class="button">"Execute what is left"</a>
                </Show>
                <button type="button" class="button" on:click=move |_| asking.pause.set(true)>
                    {move || if asking.busy.get() == Some("Pause") { "Pausing…" } else { "Pause…" }}
                </button>
            </Show>
            <Show when=move || status.get() == Some(CampaignStatus::Paused)>
                <button type="button" class="button primary" on:click=move |_| asking.back.set(true)>
                    {move || if asking.busy.get() == Some("Reactivate") { "Reactivating…" } else { "Reactivate…" }}
                </button>
            </Show>
            <Show when=move || status.get() == Some(CampaignStatus::Completed)>
                <a href=preflight class="button">"Relaunch"</a>
            </Show>
        </div>
        {move || was_asked.get().then(|| deeds(open, asking))}
    }
    .into_any()
}
