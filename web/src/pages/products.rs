//! Products: what every sales agent offers for this plan, and what is chosen from it, with money
//! and bid beside each.

use flighting_core::error::Violation;
use flighting_core::money::Currency;
use flighting_core::wire::Figure;
use flighting_core::wire::discovery::{
    DiscoverOut, PricingOptionOut, ProductGroup, ProductOut, SelectionOut, SelectionProduct,
};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::A;

use super::api;
use super::campaign::{Open, open};
use crate::api::ApiError;
use crate::format;
use crate::forms::known;
use crate::forms::selection::ProductForm;
use crate::load::Load;
use crate::parts::field::{ChoiceField, Issues, TextField};
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
                            <A href=move || format!("/campaigns/{}", open.id.get()) attr:class="button">"See the media buys"</A>
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

fn offered(
    found: &DiscoverOut,
    open: Open,
    currency: Memo<Option<Currency>>,
    filter: RwSignal<String>,
) -> impl IntoView + use<> {
    let nothing = found.groups.is_empty() && found.incomplete_agents.is_empty();
    view! {
        {found.incomplete_agents.iter().map(|agent| view! {
            <div class="trouble">
                <Icon name="warn"/>
                <div><p><strong>{agent.sales_agent_name.clone()}</strong> " could not answer: " {agent.message.clone()} " " <code>{agent.code.clone()}</code></p></div>
            </div>
        }).collect_view()}
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
fn price(option: &PricingOptionOut) -> String {
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

/// What is chosen, with a field for its money and its bid.
#[component]
fn Chosen(open: Open, found: Load<DiscoverOut>, currency: Memo<Option<Currency>>) -> impl IntoView {
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
                    <A href=move || format!("/campaigns/{}/execute", open.id.get()) attr:class="button primary aside">"Pre-flight"</A>
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
