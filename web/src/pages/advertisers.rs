//! Advertisers: who owns campaigns, in which currency, with which fee.

use flighting_core::advertiser::ApplyMode;
use flighting_core::wire::advertiser::AdvertiserOut;
use leptos::prelude::*;

use super::create::NewAdvertiser;
use super::{api, heading};
use crate::load::Load;
use crate::parts::icon::Icon;
use crate::parts::trouble::{About, Trouble};

/// The page of advertisers.
#[component]
pub fn AdvertisersPage() -> impl IntoView {
    let api = api();
    if let Some(heading) = heading() {
        heading.set("Advertisers".to_owned());
        on_cleanup(move || heading.clear());
    }
    let list: Load<Vec<AdvertiserOut>> = Load::new();
    list.run(api.all_advertisers());
    let adding = RwSignal::new(false);
    view! {
        <div class="head">
            <div>
                <h1>"Advertisers"</h1>
                <p class="quiet">"Who owns campaigns and pays. All campaigns of one are in its currency."</p>
            </div>
            <div class="row end">
                <button type="button" class="button primary" on:click=move |_| adding.set(true)><Icon name="plus"/>"New advertiser"</button>
            </div>
        </div>
        <div class="page">
            <Show when=move || adding.get()>
                <section class="card">
                    <NewAdvertiser on_made=move |_: String| {
                        adding.set(false);
                        list.run(api.all_advertisers());
                    }/>
                </section>
            </Show>
            {move || list.trouble().map(|error| view! {
                <Trouble error about=About::Load head="The advertisers could not be loaded" retry=Callback::new(move |()| list.run(api.all_advertisers()))/>
            })}
            {move || match list.value() {
                None => view! { <p class="quiet" aria-busy="true">"Loading the advertisers…"</p> }.into_any(),
                Some(all) if all.is_empty() => view! {
                    <section class="card empty"><h2>"No advertiser yet"</h2><p>"A campaign belongs to one: make the first."</p></section>
                }.into_any(),
                Some(all) => view! {
                    <section class="card flat">
                        <div class="scroll" tabindex="0" role="region" aria-label="Advertisers as a table">
                            <table class="list advertisers">
                                <thead><tr>
                                    <th scope="col">"Advertiser"</th>
                                    <th scope="col">"Currency"</th>
                                    <th scope="col" class="num">"Fee"</th>
                                    <th scope="col" class="wide">"Optimization"</th>
                                    <th scope="col">"Campaigns"</th>
                                </tr></thead>
                                <tbody>{all.into_iter().map(|one| line(&one)).collect_view()}</tbody>
                            </table>
                        </div>
                    </section>
                }.into_any(),
            }}
        </div>
    }
    .into_any()
}

fn line(one: &AdvertiserOut) -> impl IntoView + use<> {
    let mode = match one.optimization_apply_mode {
        ApplyMode::Auto => "automatic",
        ApplyMode::Manual => "by hand",
    };
    view! {
        <tr>
            <th scope="row">{one.name.clone()}<small>{one.brand.clone()} {one.sandbox.then_some(" · sandbox, spends nothing")}</small></th>
            <td>{one.primary_currency.clone()}</td>
            <td class="num">{one.margin_percent.to_decimal().normalize().to_string()} " %"</td>
            <td class="wide">{mode}</td>
            <td><a href=format!("/campaigns?advertiser={}", one.id)>"Its campaigns"</a></td>
        </tr>
    }
    .into_any()
}
