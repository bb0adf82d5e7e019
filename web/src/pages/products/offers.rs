//! What sales agents offer, agent by agent.

use flighting_core::money::Currency;
use flighting_core::wire::Figure;
use flighting_core::wire::discovery::{DiscoverOut, PricingOptionOut, ProductGroup, ProductOut};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::ApiError;
use crate::format;
use crate::forms::selection::ProductForm;
use crate::pages::api;
use crate::pages::campaign::Open;
use crate::parts::icon::Icon;
use crate::parts::trouble::{About, Trouble};

pub(super) fn offered(
    found: &DiscoverOut,
    open: Open,
    currency: Memo<Option<Currency>>,
    filter: RwSignal<String>,
) -> impl IntoView + use<> {
    // Who could not answer, or has not answered yet, stands in the list of agents.
    let nothing = found.groups.is_empty()
        && !found.agents.is_empty()
        && found.agents.iter().all(|agent| agent.answered);
    view! {
        {nothing.then(|| view! {
            <p class="pad">"No sales agent offers anything for this plan. Widen the channels, countries or brief, or register a sales agent."</p>
        })}
        {found.groups.iter().map(|group| view! { <Group group=group.clone() open currency filter/> }).collect_view()}
        {found.has_more_groups.then(|| view! { <p class="pad quiet">"More agents answered than are shown here. Narrow the plan down."</p> })}
    }
    .into_any()
}

#[component]
fn Group(
    group: ProductGroup,
    open: Open,
    currency: Memo<Option<Currency>>,
    filter: RwSignal<String>,
) -> impl IntoView {
    let name = group.group_name.clone();
    let products: Vec<_> = group
        .products
        .into_iter()
        .map(|product| {
            let words = format!(
                "{} {} {}",
                product.name,
                product.sales_agent_name,
                product.channels.join(" ")
            )
            .to_lowercase();
            (words, product)
        })
        .collect();
    view! {
        <div class="offer-group">
            <h3>{name} " " <small>{format::plural(group.total_products, "product", "products")}</small></h3>
            <ul>
                {products.into_iter().map(|(words, product)| view! {
                    <li hidden=move || filter.with(|filter| !words.contains(filter.as_str()))>
                        <OfferRow product open currency/>
                    </li>
                }).collect_view()}
            </ul>
        </div>
    }
}

/// How a price reads: `32.00 CPM fixed`, `from 7.50 CPM`.
pub(super) fn price(option: &PricingOptionOut) -> String {
    let rate = |figure: Figure| format::rate(figure.to_decimal());
    let model = format::word(&option.pricing_model);
    let base = match (option.fixed_price, option.floor_price) {
        (Some(price), _) => format!("{} {} {model} fixed", rate(price), option.currency),
        (None, Some(floor)) => format!("from {} {} {model}", rate(floor), option.currency),
        (None, None) => format!("{model}, {}", option.currency),
    };
    match option.min_spend_per_package {
        Some(least) => format!("{base}, at least {} a package", rate(least)),
        None => base,
    }
}

#[component]
fn OfferRow(product: ProductOut, open: Open, currency: Memo<Option<Currency>>) -> impl IntoView {
    let api = api();
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    let (agent, id) = (product.sales_agent_id.clone(), product.product_id.clone());
    let chosen = Memo::new(move |_| {
        open.selection.with(|state| {
            state
                .value
                .iter()
                .flatten()
                .flat_map(|selection| &selection.products)
                .any(|one| one.product_id == id && one.sales_agent_id == agent)
        })
    });
    let options: Vec<String> = product.pricing_options.iter().map(price).collect();
    let formats: Vec<String> = product
        .formats
        .iter()
        .map(|format| format::word(&format.id))
        .collect();
    let channels: Vec<String> = product
        .channels
        .iter()
        .map(|channel| format::word(channel))
        .collect();
    let kind = product.delivery_type.as_deref().map(format::word);
    let name = product.name.clone();
    let description = product.description.clone();
    let relevance = product.brief_relevance.clone();
    let label = format!("Add {name}");
    let sold = {
        let product = product.clone();
        Memo::new(move |_| {
            currency
                .get()
                .is_some_and(|currency| ProductForm::choose(&product, currency).is_some())
        })
    };
    let product = StoredValue::new(product);
    let add = move |_| {
        if busy.get_untracked() {
            return;
        }
        let session = open
            .campaign
            .value_now()
            .and_then(|campaign| campaign.discovery_id);
        let form = currency.get_untracked().and_then(|currency| {
            product.with_value(|product| ProductForm::choose(product, currency))
        });
        let (Some(session), Some(form)) = (session, form) else {
            return;
        };
        busy.set(true);
        refused.set(None);
        spawn_local(async move {
            let answer = api.select(session, form.body()).await;
            busy.try_set(false);
            match answer {
                Ok(selection) => {
                    open.selection.put(Some(selection));
                    open.refresh_with(api);
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
        });
    };
    view! {
        <div class="offer">
            <div class="what">
                <strong>{name}</strong>
                <p class="quiet">{description}</p>
                {relevance.map(|why| view! { <p class="quiet"><em>{why}</em></p> })}
                {move || refused.get().map(|error| view! { <Trouble error about=About::Save head="The product was not added"/> })}
            </div>
            <div class="tags">
                {channels.into_iter().map(|channel| view! { <span class="chip">{channel}</span> }).collect_view()}
                {kind.map(|kind| view! { <span class="chip">{kind}</span> })}
                {(!formats.is_empty()).then(|| view! { <small>"Formats: " {formats.join(", ")}</small> })}
            </div>
            <div class="prices">{options.into_iter().map(|option| view! { <span>{option}</span> }).collect_view()}</div>
            <div class="act">
                {move || if chosen.get() {
                    view! { <span class="status good"><Icon name="check"/>"Selected"</span> }.into_any()
                } else if sold.get() {
                    view! { <button type="button" class="button" aria-label=label.clone() on:click=add>{move || if busy.get() { "Adding…" } else { "Add" }}</button> }.into_any()
                } else {
                    view! { <small>"not sold in " {currency.get().map(|currency| currency.code())}</small> }.into_any()
                }}
            </div>
        </div>
    }
    .into_any()
}
