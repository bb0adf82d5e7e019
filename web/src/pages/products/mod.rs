//! Products: what every sales agent offers for this plan, and what is chosen from it, with money
//! and bid beside each.

mod chosen;
mod offers;

use flighting_core::wire::discovery::DiscoverOut;
use leptos::prelude::*;

use self::chosen::Chosen;
use self::offers::offered;
use crate::format;
use crate::forms::known;
use crate::load::Load;
use crate::pages::api;
use crate::pages::campaign::open;
use crate::parts::icon::Icon;
use crate::parts::trouble::{About, Trouble};

/// The page of products.
#[component]
pub fn ProductsPage() -> impl IntoView {
    let open = open()?;
    let api = api();
    let found: Load<DiscoverOut> = Load::new();
    let session = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
                .as_ref()
                .and_then(|one| one.discovery_id.clone())
        })
    });
    let is_draft = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
                .as_ref()
                .is_some_and(|one| one.status == flighting_core::campaign::CampaignStatus::Draft)
        })
    });
    let ask = move || {
        let Some(campaign) = open.campaign.value_now() else {
            return;
        };
        found.run(async move {
            let answer = api
                .discover(
                    campaign.advertiser_id,
                    campaign.campaign_id,
                    campaign.discovery_id,
                )
                .await;
            open.refresh_with(api);
            answer
        });
    };
    // What was found before is shown at once; a campaign that never asked asks by itself.
    let begun = StoredValue::new(false);
    Effect::new(move |_| {
        if !is_draft.get() || begun.get_value() {
            return;
        }
        begun.set_value(true);
        match session.get_untracked() {
            Some(session) => found.run(api.discovery(session)),
            None => ask(),
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
                            <span class="quiet" role="status">
                                {move || if found.busy() {
                                    "Asking every sales agent…".to_owned()
                                } else {
                                    found.with(|state| state.value.as_ref().map(|found| format!(
                                        "{} from {}",
                                        format::plural(found.summary.total_products, "product", "products"),
                                        format::plural(found.total_groups, "agent", "agents"),
                                    ))).unwrap_or_default()
                                }}
                            </span>
                            <div class="row aside">
                                <div class="search">
                                    <Icon name="search"/>
                                    <label class="unseen" for="product-filter">"Part of a product’s name, agent or channel"</label>
                                    <input id="product-filter" type="search" placeholder="Name, agent or channel" on:input=move |event| filter.set(event_target_value(&event).to_lowercase())/>
                                </div>
                                <button type="button" class="button" aria-disabled=move || found.busy().to_string() on:click=move |_| if !found.with(|state| state.busy) { ask() }>
                                    "Ask again"
                                </button>
                            </div>
                        </div>
                        {move || found.trouble().map(|error| view! {
                            <Trouble error about=About::Load head="The sales agents could not be asked" retry=Callback::new(move |()| ask())/>
                        })}
                        {move || found.value().map(|found| offered(&found, open, currency, filter))}
                        {move || (found.busy() && found.with(|state| state.value.is_none())).then(|| view! {
                            <p class="pad quiet" aria-busy="true">"Every registered sales agent is asked at the same time; this takes as long as the slowest."</p>
                        })}
                    </section>
                </Show>
            </div>
        }
        .into_any(),
    )
}
