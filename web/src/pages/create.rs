//! A new campaign.

use flighting_core::advertiser::Advertiser;
use flighting_core::error::Violation;
use flighting_core::wire::json::to_text;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::form::{CampaignFields, LastGood, lane, last_good, ledger};
use super::{address, api, heading};
use crate::api::{AdvertiserName, ApiError, key};
use crate::forms::advertiser::{self, AdvertiserForm};
use crate::forms::campaign::{CampaignForm, Checked, check_create};
use crate::load::Load;
use crate::parts::budget_bar::{BudgetBar, Use};
use crate::parts::field::{ChoiceField, IssueList, Issues, TextField, focus};
use crate::parts::pacing_chart::PacingChart;
use crate::parts::trouble::{About, Trouble};

/// Keeps one idempotency key per body: sending the same again never makes two.
#[derive(Clone, Copy)]
struct OneKey(StoredValue<Option<(String, String)>>);

impl OneKey {
    fn new() -> Self {
        Self(StoredValue::new(None))
    }

    fn of(self, body: &flighting_core::wire::Json) -> String {
        let text = to_text(body);
        if let Some((_, key)) = self.0.get_value().filter(|(known, _)| *known == text) {
            return key;
        }
        let key = key::idempotency();
        self.0.set_value(Some((text, key.clone())));
        key
    }
}

/// The page of a new campaign.
#[component]
pub fn CreatePage() -> impl IntoView {
    let api = api();
    if let Some(heading) = heading() {
        heading.set("New campaign".to_owned());
    }
    let form = RwSignal::new(CampaignForm::default());
    let advertisers: Load<Vec<AdvertiserName>> = Load::new();
    advertisers.run(api.advertisers());
    // The first advertiser is chosen by itself, so that there is a currency to count in.
    Effect::new(move |_| {
        let first = advertisers.with(|list| {
            list.value
                .as_ref()
                .and_then(|list| list.first())
                .map(|one| one.id.clone())
        });
        if let Some(first) = first
            && form.with_untracked(|form| form.advertiser_id.is_empty())
        {
            form.update(|form| form.advertiser_id = first);
        }
    });
    let chosen = Memo::new(move |_| form.with(|form| form.advertiser_id.clone()));
    let owner: Load<Advertiser> = Load::new();
    Effect::new(move |_| {
        let id = chosen.get();
        if !id.is_empty() {
            owner.run(async move {
                let out = api.advertiser(id).await?;
                advertiser::known(&out).ok_or_else(ApiError::foreign)
            });
        }
    });
    let known = Memo::new(move |_| {
        let id = chosen.get();
        owner.value().filter(|owner| owner.id.as_str() == id)
    });
    let checked = Memo::new(move |_| {
        form.with(|form| known.with(|known| check_create(form, known.as_ref())))
    });
    let preview = last_good(checked);
    let refused = RwSignal::new(None::<ApiError>);
    // What the server found wrong stands until something else is typed.
    Effect::new(move |before: Option<()>| {
        form.track();
        if before.is_some() {
            refused.set(None);
        }
    });
    let issues = Issues::new(Signal::derive(move || {
        let ours = checked.with(|checked| checked.violations.clone());
        if ours.is_empty() {
            refused.with(|refused| {
                refused
                    .as_ref()
                    .map(|error| error.issues().to_vec())
                    .unwrap_or_default()
            })
        } else {
            ours
        }
    }));
    let saving = RwSignal::new(false);
    let one_key = OneKey::new();
    let address = address();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        issues.show_all();
        let Checked {
            body, violations, ..
        } = checked.get_untracked();
        if let Some(first) = violations.first() {
            focus(&first.path);
            return;
        }
        if saving.get_untracked() {
            return;
        }
        saving.set(true);
        spawn_local(async move {
            let key = one_key.of(&body);
            let answer = api.create_campaign(body, key).await;
            saving.try_set(false);
            match answer {
                Ok(campaign) => {
                    address.go(&format!("/campaigns/{}/products", campaign.campaign_id));
                }
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
        });
    };
    let none_yet = move || advertisers.with(|list| list.value.as_ref().is_some_and(Vec::is_empty));
    let adding = RwSignal::new(false);
    view! {
        <form on:submit=submit novalidate=true>
            <div class="head">
                <div>
                    <h1>"New campaign"</h1>
                    <p class="quiet">"A draft: nothing is bought before you execute it."</p>
                </div>
                <div class="row end">
                    <button type="submit" class="button primary" aria-disabled=move || saving.get().to_string()>
                        {move || if saving.get() { "Saving…" } else { "Save and choose products" }}
                    </button>
                </div>
            </div>
            <BudgetBar ledger=Signal::derive(move || {
                preview.with(|preview| preview.as_ref().map(|preview| ledger(preview, Use::Unknown, "Counted in the page as you type.".to_owned())))
            })/>
            <div class="page two">
                <div class="stack">
                    {move || refused.get().map(|error| view! { <Trouble error about=About::Save head="The campaign was not saved"/> })}
                    {move || advertisers.trouble().map(|error| view! {
                        <Trouble error about=About::Load head="The advertisers could not be loaded" retry=Callback::new(move |()| advertisers.run(api.advertisers()))/>
                    })}
                    {move || owner.trouble().map(|error| view! {
                        <Trouble error about=About::Load head="The advertiser could not be loaded"/>
                    })}
                    <section class="card fields" aria-labelledby="owner-title">
                        <h2 id="owner-title">"Advertiser"</h2>
                        <Show when=move || !none_yet()>
                            <ChoiceField
                                label="Who owns the campaign and pays"
                                path="advertiserId"
                                value=Signal::derive(move || form.with(|form| form.advertiser_id.clone()))
                                options=Signal::derive(move || {
                                    advertisers.value().unwrap_or_default().into_iter().map(|one| (one.id, one.name)).collect()
                                })
                                on_choose=move |id: String| form.update(|form| form.advertiser_id = id)
                                issues
                            />
                        </Show>
                        <Show
                            when=move || adding.get() || none_yet()
                            fallback=move || view! {
                                <button type="button" class="link" on:click=move |_| adding.set(true)>"New advertiser"</button>
                            }
                        >
                            <NewAdvertiser on_made=move |id: String| {
                                adding.set(false);
                                form.update(|form| form.advertiser_id = id);
                                advertisers.run(api.advertisers());
                            }/>
                        </Show>
                    </section>
                    <CampaignFields form preview issues advertiser=known is_new=true/>
                </div>
                <aside class="stack side" aria-label="What the plan comes to">
                    <section class="card">
                        <h2>"Over the flight"</h2>
                        <LastGood checked preview/>
                        <Show when=move || preview.with(|preview| preview.as_ref().is_some_and(|preview| preview.flight.is_some())) fallback=|| view! { <p class="quiet">"Shown once flight and budget are typed."</p> }>
                            <PacingChart lane=Signal::derive(move || preview.with(|preview| preview.as_ref().and_then(lane)))/>
                        </Show>
                    </section>
                    <section class="card"><IssueList issues/></section>
                </aside>
            </div>
        </form>
    }
    .into_any()
}

/// A small form for an advertiser, inside the page of the campaign: no form element of its own.
#[component]
pub(super) fn NewAdvertiser(#[prop(into)] on_made: Callback<String>) -> impl IntoView {
    let api = api();
    let form = RwSignal::new(AdvertiserForm::default());
    let refused = RwSignal::new(None::<ApiError>);
    Effect::new(move |before: Option<()>| {
        form.track();
        if before.is_some() {
            refused.set(None);
        }
    });
    // Its fields live beside the campaign's: their paths get a member of their own.
    let placed = |violations: Vec<Violation>| -> Vec<Violation> {
        violations
            .into_iter()
            .map(|violation| violation.under("advertiser"))
            .collect()
    };
    let found = Memo::new(move |_| placed(form.with(AdvertiserForm::violations)));
    let issues = Issues::new(Signal::derive(move || {
        let ours = found.get();
        if ours.is_empty() {
            placed(refused.with(|refused| {
                refused
                    .as_ref()
                    .map(|error| error.issues().to_vec())
                    .unwrap_or_default()
            }))
        } else {
            ours
        }
    }));
    let saving = RwSignal::new(false);
    let one_key = OneKey::new();
    let save = move |_| {
        issues.show_all();
        if saving.get_untracked() || !found.with_untracked(Vec::is_empty) {
            return;
        }
        saving.set(true);
        let body = form.with_untracked(AdvertiserForm::body);
        spawn_local(async move {
            let key = one_key.of(&body);
            let answer = api.create_advertiser(body, key).await;
            saving.try_set(false);
            match answer {
                Ok(made) => on_made.run(made.id),
                Err(error) => {
                    refused.try_set(Some(error));
                }
            }
        });
    };
    let read = move |get: fn(&AdvertiserForm) -> &String| {
        Signal::derive(move || form.with(|form| get(form).clone()))
    };
    let write = move |set: fn(&mut AdvertiserForm, String)| {
        Callback::new(move |text: String| form.update(|form| set(form, text)))
    };
    view! {
        <div class="nested" role="group" aria-label="New advertiser">
            <TextField label="Advertiser’s name" path="advertiser.name" value=read(|form| &form.name) on_input=write(|form, text| form.name = text) issues=issues/>
            <div class="pair">
                <TextField label="Brand domain" path="advertiser.brand" value=read(|form| &form.brand) on_input=write(|form, text| form.brand = text) issues hint="Such as acme.example; sellers are told."/>
                <TextField label="Currency" path="advertiser.primaryCurrency" value=read(|form| &form.currency) on_input=write(|form, text| form.currency = text) issues hint="Three letters; of all its campaigns."/>
            </div>
            <div class="pair">
                <TextField label="Fee" figures=true unit="%" path="advertiser.marginPercent" value=read(|form| &form.margin) on_input=write(|form, text| form.margin = text) issues hint="Of the total, for campaigns that set none."/>
                <label class="check">
                    <input type="checkbox" prop:checked=move || form.with(|form| form.sandbox) on:change=move |event| {
                        let on = event_target_checked(&event);
                        form.update(|form| form.sandbox = on);
                    }/>
                    "Sandbox: its buys spend nothing"
                </label>
            </div>
            {move || refused.get().map(|error| view! { <Trouble error about=About::Save head="The advertiser was not saved"/> })}
            <button type="button" class="button" on:click=save>{move || if saving.get() { "Saving…" } else { "Save the advertiser" }}</button>
        </div>
    }
    .into_any()
}
