//! One product with its money, said in three ways: what is typed in one is computed in the others.

use flighting_core::money::Money;
use leptos::prelude::*;

use super::planner::Planner;
use crate::format;
use crate::forms::selection::ProductForm;
use crate::forms::ways;
use crate::parts::field::{Issues, TextField, sentence};

/// A product that is picked.
#[component]
pub fn Product(planner: Planner, issues: Issues, at: usize) -> impl IntoView {
    let products = planner.products;
    let product = Memo::new(move |_| products.with(|all| all.get(at).cloned().unwrap_or_default()));
    let edit = move |change: &dyn Fn(&mut ProductForm)| {
        products.update(|all| {
            if let Some(one) = all.get_mut(at) {
                change(one);
            }
        });
    };
    let is_auction = Memo::new(move |_| product.with(|one| one.price.is_empty()));
    let budget = Memo::new(move |_| {
        planner
            .grid
            .with(|grid| grid.as_ref()?.row(at).and_then(|row| row.budget))
    });
    let media = Memo::new(move |_| {
        planner
            .preview
            .with(|preview| preview.as_ref().map(|preview| preview.media))
    });
    let share = Signal::derive(move || {
        budget
            .get()
            .zip(media.get())
            .and_then(|(budget, media)| ways::share(budget, media))
            .unwrap_or_default()
    });
    let units = Signal::derive(move || {
        budget
            .get()
            .and_then(|budget| product.with(|one| ways::units(budget, one)))
            .unwrap_or_default()
    });
    let write = move |read: Result<String, String>| {
        read.map(|amount| edit(&move |one: &mut ProductForm| one.budget.clone_from(&amount)))
            .err()
    };
    let like = move || media.get_untracked();
    view! {
        <section class="card fields" aria-label=move || format!("Product {}", product.with(|one| one.name.clone()))>
            <div>
                <h2>{move || product.with(|one| one.name.clone())}</h2>
                <p class="quiet">{move || product.with(|one| one.agent_name.clone())} ", " {move || product.with(price)}</p>
            </div>
            <Computed
                label=Signal::stored("Budget".to_owned())
                unit=Signal::derive(move || media.get().map(|media| media.currency().code().to_owned()).unwrap_or_default())
                value=Signal::derive(move || budget.get().map(format::amount).unwrap_or_default())
                on_type=Callback::new(move |text: String| {
                    edit(&move |one: &mut ProductForm| one.budget.clone_from(&text));
                    None
                })
            />
            <Computed
                label=Signal::stored("Share of the media budget".to_owned())
                unit=Signal::stored("%".to_owned())
                value=share
                on_type=Callback::new(move |text: String| {
                    like().and_then(|media: Money| write(ways::of_share(&text, media)))
                })
            />
            <Show when=move || is_auction.get()>
                <TextField
                    label="Bid"
                    figures=true
                    unit=Signal::derive(move || product.with(|one| format::word(&one.model)))
                    path=format!("products[{at}].bidPrice")
                    value=Signal::derive(move || product.with(|one| one.bid.clone()))
                    on_input=move |text: String| edit(&move |one: &mut ProductForm| one.bid.clone_from(&text))
                    issues
                />
            </Show>
            {move || product.with(ways::unit_words).map(|words| view! {
                <Computed
                    label=Signal::stored(words.to_owned())
                    unit=Signal::stored(String::new())
                    value=units
                    on_type=Callback::new(move |text: String| {
                        like().and_then(|media: Money| {
                            write(product.with_untracked(|one| ways::of_units(&text, one, media)))
                        })
                    })
                />
            })}
            <p class="note">{move || if product.with(|one| one.budget.trim().is_empty()) {
                "Without a budget of its own: an even share of what the others leave."
            } else {
                "Budget, share and units are one figure: type any of them, the others follow."
            }}</p>
            <div class="row">
                <button
                    type="button"
                    class="button"
                    disabled=move || product.with(|one| one.budget.trim().is_empty())
                    on:click=move |_| edit(&|one: &mut ProductForm| one.budget.clear())
                >"Let it share what is left"</button>
                <button type="button" class="button danger" on:click=move |_| products.update(|all| {
                    if at < all.len() {
                        all.remove(at);
                    }
                })>"Take it out"</button>
            </div>
        </section>
    }
    .into_any()
}

fn price(product: &ProductForm) -> String {
    let model = format::word(&product.model);
    if product.price.is_empty() {
        format!("{model} by bid")
    } else {
        format!("{} {model} fixed", product.price)
    }
}

/// A figure that is computed until something is typed in its place. What does not read stays as
/// typed with its reason, and changes nothing.
#[component]
fn Computed(
    label: Signal<String>,
    unit: Signal<String>,
    value: Signal<String>,
    /// Takes what is typed; answers why not.
    on_type: Callback<String, Option<String>>,
) -> impl IntoView {
    let typed = RwSignal::new(None::<String>);
    let wrong = RwSignal::new(None::<String>);
    let id = Signal::derive(move || {
        format!("way-{}", label.get().to_ascii_lowercase().replace(' ', "-"))
    });
    let note = Signal::derive(move || format!("{}-note", id.get()));
    view! {
        <div class="field" class:invalid=move || wrong.with(Option::is_some)>
            <label for=move || id.get()>{move || label.get()}</label>
            <div class="box figures">
                <input
                    type="text"
                    id=move || id.get()
                    inputmode="decimal"
                    autocomplete="off"
                    prop:value=move || typed.get().unwrap_or_else(|| value.get())
                    aria-invalid=move || wrong.with(Option::is_some).to_string()
                    aria-describedby=move || note.get()
                    on:input=move |event| {
                        let text = event_target_value(&event);
                        typed.set(Some(text.clone()));
                        wrong.set(on_type.run(text));
                    }
                    // Left with a figure that reads, it shows what was made of it.
                    on:blur=move |_| if wrong.with_untracked(Option::is_none) { typed.set(None) }
                />
                {move || {
                    let unit = unit.get();
                    (!unit.is_empty()).then(|| view! { <span class="unit">{unit}</span> })
                }}
            </div>
            <p class="note bad" id=move || note.get()>{move || wrong.get().map(|wrong| sentence(&wrong))}</p>
        </div>
    }
    .into_any()
}
