//! What is chosen: a field for money and bid beside each product, saved when it is left.

use flighting_core::error::Violation;
use flighting_core::money::Currency;
use flighting_core::wire::discovery::{DiscoverOut, SelectionOut, SelectionProduct};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::offers::price;
use crate::api::ApiError;
use crate::format;
use crate::forms::selection::ProductForm;
use crate::load::Load;
use crate::pages::api;
use crate::pages::campaign::Open;
use crate::parts::field::{ChoiceField, Issues, TextField};
use crate::parts::icon::Icon;
use crate::parts::trouble::{About, Trouble};

/// What is chosen, with a field for its money and its bid.
#[component]
pub(super) fn Chosen(
    open: Open,
    found: Load<DiscoverOut>,
    currency: Memo<Option<Currency>>,
) -> impl IntoView {
    let keys = Memo::new(move |_| {
        open.selection.with(|state| {
            state
                .value
                .iter()
                .flatten()
                .flat_map(|selection| &selection.products)
                .map(|product| (product.sales_agent_id.clone(), product.product_id.clone()))
                .collect::<Vec<_>>()
        })
    });
    let warning = move || {
        open.selection.with(|state| {
            state
                .value
                .as_ref()
                .and_then(Option::as_ref)
                .and_then(|selection| selection.budget_context.budget_warning.clone())
        })
    };
    view! {
        <section class="card flat" aria-label="Selected products">
            <div class="card-head">
                <h2>{move || match keys.with(Vec::len) {
                    0 => "No product selected yet".to_owned(),
                    number => format!("{} selected", format::plural(u64::try_from(number).unwrap_or(0), "product", "products")),
                }}</h2>
                <span class="quiet">"A product without a budget takes an even share of what is left at execute."</span>
                <Show when=move || !keys.with(Vec::is_empty)>
                    <a href=move || format!("/campaigns/{}/execute", open.id.get()) class="button primary aside">"Pre-flight"</a>
                </Show>
            </div>
            {move || open.selection.trouble().map(|error| view! { <Trouble error about=About::Load head="The selection could not be loaded"/> })}
            {move || warning().map(|warning| view! { <p class="pad warned"><Icon name="warn"/>{crate::parts::field::sentence(&warning)}</p> })}
            <div class="chosen">
                <For each=move || keys.get() key=Clone::clone let(key)>
                    <ChosenRow open found currency agent=key.0 product=key.1/>
                </For>
            </div>
        </section>
    }
    .into_any()
}

fn find(selection: Option<&SelectionOut>, agent: &str, product: &str) -> Option<SelectionProduct> {
    selection?
        .products
        .iter()
        .find(|one| one.sales_agent_id == agent && one.product_id == product)
        .cloned()
}

#[component]
fn ChosenRow(
    open: Open,
    found: Load<DiscoverOut>,
    currency: Memo<Option<Currency>>,
    agent: String,
    product: String,
) -> impl IntoView {
    let api = api();
    let ids = StoredValue::new((agent, product));
    let now = Memo::new(move |_| {
        open.selection.with(|state| {
            ids.with_value(|(agent, product)| {
                find(
                    state.value.as_ref().and_then(Option::as_ref),
                    agent,
                    product,
                )
            })
        })
    });
    let form = RwSignal::new(
        now.get_untracked()
            .as_ref()
            .map(ProductForm::of)
            .unwrap_or_default(),
    );
    let place = ids.with_value(|(agent, product)| format!("row-{agent}-{product}"));
    let (saving, refused) = (RwSignal::new(false), RwSignal::new(None::<ApiError>));
    Effect::new(move |before: Option<()>| {
        form.track();
        if before.is_some() {
            refused.set(None);
        }
    });
    let prefix = StoredValue::new(place.clone());
    let placed = move |violations: Vec<Violation>| -> Vec<Violation> {
        violations
            .into_iter()
            .map(|mut violation| {
                violation.path = violation
                    .path
                    .replacen("products[0]", &prefix.get_value(), 1);
                violation
            })
            .collect()
    };
    let issues = Issues::new(Signal::derive(move || {
        let ours = currency
            .get()
            .map(|currency| form.with(|form| form.violations(currency)))
            .unwrap_or_default();
        placed(if ours.is_empty() {
            refused.with(|refused| {
                refused
                    .as_ref()
                    .map(|error| error.issues().to_vec())
                    .unwrap_or_default()
            })
        } else {
            ours
        })
    }));
    let session = move || {
        open.campaign
            .value_now()
            .and_then(|campaign| campaign.discovery_id)
    };
    let save = move || {
        let is_new = now.with_untracked(|now| {
            now.as_ref().is_some_and(|now| {
                ProductForm::of(now).body() != form.with_untracked(ProductForm::body)
            })
        });
        let clean = currency.get_untracked().is_some_and(|currency| {
            form.with_untracked(|form| form.violations(currency).is_empty())
        });
        let Some(session) = session() else { return };
        if !is_new || !clean {
            return;
        }
        saving.set(true);
        let sent = form.get_untracked();
        spawn_local(async move {
            let answer = api.select(session, sent.body()).await;
            saving.try_set(false);
            match answer {
                Ok(selection) => open.selection.put(Some(selection)),
                Err(error) => {
                    issues.show_all();
                    refused.try_set(Some(error));
                }
            }
        });
    };
    let remove = move |_| {
        let Some(session) = session() else { return };
        let body = form.with_untracked(ProductForm::removal);
        saving.set(true);
        spawn_local(async move {
            let answer = api.deselect(session, body).await;
            saving.try_set(false);
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
    // How it can be bought, as the agents said; before that is loaded, as it was chosen.
    let options = Memo::new(move |_| {
        found.with(|state| {
            let code = currency
                .get()
                .map(|currency| currency.code())
                .unwrap_or_default();
            ids.with_value(|(agent, product)| {
                state
                    .value
                    .iter()
                    .flat_map(|found| &found.groups)
                    .flat_map(|group| &group.products)
                    .find(|one| one.sales_agent_id == *agent && one.product_id == *product)
                    .map(|one| {
                        one.pricing_options
                            .iter()
                            .filter(|option| option.currency == code)
                            .cloned()
                            .collect::<Vec<_>>()
                    })
                    .unwrap_or_default()
            })
        })
    });
    let fixed = move || now.with(|now| now.as_ref().and_then(|now| now.fixed_price));
    let is_auction = Memo::new(move |_| {
        let chosen = form.with(|form| form.pricing_option_id.clone());
        options
            .with(|options| {
                options
                    .iter()
                    .find(|option| option.pricing_option_id == chosen)
                    .map(|option| !option.is_fixed)
            })
            .unwrap_or_else(|| fixed().is_none())
    });
    let unit = Signal::derive(move || {
        currency
            .get()
            .map(|currency| currency.code().to_owned())
            .unwrap_or_default()
    });
    let model = Signal::derive(move || {
        now.with(|now| {
            now.as_ref()
                .map(|now| format::word(&now.pricing_model))
                .unwrap_or_default()
        })
    });
    let name = Memo::new(move |_| {
        now.with(|now| now.as_ref().map(|now| now.name.clone()).unwrap_or_default())
    });
    let (budget_path, bid_path, option_path) = (
        format!("{place}.budget"),
        format!("{place}.bidPrice"),
        format!("{place}.pricingOptionId"),
    );
    view! {
        <div class="chosen-row">
            <div class="what">
                <strong>{move || name.get()}</strong>
                <small>{move || now.with(|now| now.as_ref().map(|now| now.sales_agent_name.clone()))}</small>
            </div>
            <ChoiceField
                label="Price"
                path=option_path
                value=Signal::derive(move || form.with(|form| form.pricing_option_id.clone()))
                options=Signal::derive(move || {
                    let options = options.get();
                    if options.is_empty() {
                        now.with(|now| now.iter().map(|now| (now.pricing_option_id.clone(), format::word(&now.pricing_model))).collect())
                    } else {
                        options.iter().map(|option| (option.pricing_option_id.clone(), price(option))).collect()
                    }
                })
                on_choose=move |id: String| {
                    if let Some(option) = options.get_untracked().iter().find(|option| option.pricing_option_id == id) {
                        form.update(|form| form.take_option(option));
                        save();
                    }
                }
                issues
            />
            <TextField
                label=Signal::derive(move || format!("Budget of {}", name.get()))
                figures=true
                unit
                path=budget_path
                value=Signal::derive(move || form.with(|form| form.budget.clone()))
                on_input=move |text: String| form.update(|form| form.budget = text)
                on_leave=Callback::new(move |()| save())
                issues
            />
            {move || if is_auction.get() {
                view! {
                    <TextField
                        label=Signal::derive(move || format!("Bid for {}", name.get()))
                        figures=true
                        unit=model
                        path=bid_path.clone()
                        value=Signal::derive(move || form.with(|form| form.bid.clone()))
                        on_input=move |text: String| form.update(|form| form.bid = text)
                        on_leave=Callback::new(move |()| save())
                        issues
                    />
                }.into_any()
            } else {
                view! { <div class="field"><span class="label">"Bid"</span><p class="quiet fixed-price">"none, the price is fixed"</p></div> }.into_any()
            }}
            <div class="act">
                <span class="quiet" role="status">{move || if saving.get() { "Saving…" } else { "" }}</span>
                <button type="button" class="button quiet square" aria-label=move || format!("Remove {}", name.get()) on:click=remove><Icon name="close"/></button>
            </div>
            {move || refused.get().filter(|error| error.issues().is_empty()).map(|error| view! { <Trouble error about=About::Save head="The product was not saved"/> })}
        </div>
    }
    .into_any()
}
