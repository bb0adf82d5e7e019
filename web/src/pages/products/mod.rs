//! Products: what every sales agent offers for this plan, and what is chosen from it, with money
//! and bid beside each.

mod agents;
mod chosen;
mod offers;

use leptos::prelude::*;

use self::agents::{Agents, Search};
use self::chosen::Chosen;
use self::offers::offered;
use crate::forms::known;
use crate::pages::api;
use crate::pages::campaign::open;
use crate::parts::icon::Icon;
use crate::parts::trouble::{About, Trouble};

/// The page of products.
#[component]
pub fn ProductsPage() -> impl IntoView {
    let open = open()?;
    let api = api();
    let search = Search::new(open, api);
    let found = search.found;
    let is_draft = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
                .as_ref()
                .is_some_and(|one| one.status == flighting_core::campaign::CampaignStatus::Draft)
        })
    });
    // What was found before is shown at once; a campaign that never asked asks by itself.
    let begun = StoredValue::new(false);
    Effect::new(move |_| {
        if is_draft.get() && !begun.get_value() {
            begun.set_value(true);
            search.begin();
        }
    });
    let currency = Memo::new(move |_| {
        open.campaign
            .with(|state| state.value.as_ref().and_then(known::currency))
    });
    let filter = RwSignal::new(String::new());
    Some(
        view! {
            <div class="page">
                <Show
                    when=move || is_draft.get()
                    fallback=move || view! {
                        <section class="card empty">
                            <h2>"The products are in the media buys now"</h2>
                            <p>"Products are chosen while a campaign is a draft. After execute each is part of a media buy."</p>
                            <a href=move || format!("/campaigns/{}", open.id.get()) class="button">"See the media buys"</a>
                        </section>
                    }
                >
                    <Chosen open found currency/>
                    <section class="card flat" aria-label="What sales agents offer">
                        <div class="card-head">
                            <h2>"What sales agents offer"</h2>
                            <span class="quiet" role="status">{move || search.words()}</span>
                            <div class="row aside">
                                <div class="search">
                                    <Icon name="search"/>
                                    <label class="unseen" for="product-filter">"Part of a product’s name, agent or channel"</label>
                                    <input id="product-filter" type="search" placeholder="Name, agent or channel" on:input=move |event| filter.set(event_target_value(&event).to_lowercase())/>
                                </div>
                                <button type="button" class="button" aria-disabled=move || (!search.may()).to_string() on:click=move |_| search.ask()>
                                    {move || search.action()}
                                </button>
                            </div>
                        </div>
                        {move || search.trouble.get().or_else(|| found.trouble()).map(|error| view! {
                            <Trouble error about=About::Load head="The sales agents could not be asked" retry=Callback::new(move |()| search.begin())/>
                        })}
                        <Agents search/>
                        {move || found.value().map(|found| offered(&found, open, currency, filter))}
                        {move || (search.busy() && found.with(|state| state.value.is_none())).then(|| view! {
                            <p class="pad quiet" aria-busy="true">"Up to four sales agents are asked at the same time; what they offer comes as they answer."</p>
                        })}
                    </section>
                </Show>
            </div>
        }
        .into_any(),
    )
}
