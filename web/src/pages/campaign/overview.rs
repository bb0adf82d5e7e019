//! What a campaign is and how it runs.

use flighting_core::campaign::CampaignStatus;
use flighting_core::wire::campaign::CampaignOut;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::buys::Buys;
use super::buys::desk::Desk;
use super::{Open, open};
use crate::api::ApiError;
use crate::forms::known;
use crate::pages::api;
use crate::parts::icon::Icon;
use crate::parts::pacing_chart::{Bar, Lane, PacingChart};
use crate::parts::roll_up::RollUp;
use crate::{clock, format};

/// The lane of a campaign that is.
fn lane(campaign: &CampaignOut) -> Option<Lane> {
    let flight = known::days(campaign)?;
    let currency = known::currency(campaign)?;
    let read = |amount| format::read(amount, currency);
    let bars = match &campaign.pacing_periods {
        Some(pacing) => pacing
            .periods
            .iter()
            .filter_map(|period| {
                let days = flighting_core::flight::DayRange::new(period.start, period.end)?;
                let how = match period.weight {
                    _ if period.executed => "kept since it was executed".to_owned(),
                    Some(weight) => {
                        format!("{} d × {}", days.days(), weight.to_decimal().normalize())
                    }
                    None => "given".to_owned(),
                };
                Some(Bar {
                    label: period.label.clone(),
                    days,
                    how,
                    budget: read(period.budget),
                    net: read(period.media_budget),
                })
            })
            .collect(),
        None => vec![Bar {
            label: "Whole flight".to_owned(),
            days: flight,
            how: "the flight".to_owned(),
            budget: read(campaign.budget.total),
            net: read(campaign.media_budget.total),
        }],
    };
    Some(Lane {
        flight,
        bars,
        daily_cap: campaign.budget.daily_cap.map(read),
        today: Some(clock::today()),
    })
}

/// What the campaign is and how it runs.
#[component]
pub fn Overview() -> impl IntoView {
    let open = open()?;
    let desk: Desk = use_context()?;
    let api = api();
    let is_draft = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
                .as_ref()
                .is_some_and(|one| one.status == CampaignStatus::Draft)
        })
    });
    let has_buys = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
                .as_ref()
                .is_some_and(|one| !one.media_buys.is_empty())
        })
    });
    let asking = RwSignal::new(false);
    let asked = RwSignal::new(None::<Result<(u32, usize), ApiError>>);
    let ask = move |_| {
        if asking.get_untracked() {
            return;
        }
        asking.set(true);
        let id = open.id.get_untracked();
        spawn_local(async move {
            let answer = api.media_buy_status(id).await;
            asking.try_set(false);
            asked.try_set(Some(
                answer.map(|out| (out.agents_queried, out.errors.len())),
            ));
            open.refresh_with(api);
        });
    };
    Some(
        view! {
            <div class="page">
                <Show when=move || is_draft.get()><NextStep open/></Show>
                <Show when=move || has_buys.get()>
                    <RollUp campaign=open.signal()/>
                    <PendingPlan open/>
                    <Buys open desk/>
                    <div class="row">
                        <button type="button" class="button" on:click=ask>{move || if asking.get() { "Asking the sellers…" } else { "Ask the sellers now" }}</button>
                        <span class="quiet" role="status">
                            {move || asked.get().map(|answer| match answer {
                                Ok((agents, 0)) => format!("{} asked.", format::plural(u64::from(agents), "sales agent", "sales agents")),
                                Ok((agents, silent)) => format!("{} asked, {silent} did not answer.", format::plural(u64::from(agents), "sales agent", "sales agents")),
                                Err(error) => format!("Could not ask: {error}."),
                            })}
                        </span>
                    </div>
                </Show>
                <section class="card">
                    <h2>"Over the flight"</h2>
                    <PacingChart lane=Signal::derive(move || open.campaign.with(|state| state.value.as_ref().and_then(lane)))/>
                </section>
                {move || open.campaign.value().map(|campaign| view! { <Facts campaign/> })}
            </div>
        }
        .into_any(),
    )
}

#[component]
fn NextStep(open: Open) -> impl IntoView {
    let count = move || {
        open.campaign.with(|state| {
            state
                .value
                .as_ref()
                .and_then(|one| one.product_count)
                .unwrap_or(0)
        })
    };
    let to = move |rest: &'static str| move || format!("/campaigns/{}{rest}", open.id.get());
    view! {
        <section class="card next" aria-label="Next step">
            {move || if count() == 0 {
                view! {
                    <div>
                        <h2>"No products yet"</h2>
                        <p class="quiet">"Ask every registered sales agent what fits this plan, and choose from it."</p>
                    </div>
                    <a href=to("/products") class="button primary">"Choose products"</a>
                }.into_any()
            } else {
                view! {
                    <div>
                        <h2>{format::plural(count(), "product", "products")} " selected"</h2>
                        <p class="quiet">"See exactly what would be bought, package by package, before anything is sent."</p>
                    </div>
                    <div class="row">
                        <a href=to("/products") class="button">"Change products"</a>
                        <a href=to("/execute") class="button primary">"Pre-flight"</a>
                    </div>
                }.into_any()
            }}
        </section>
    }
}

#[component]
fn Facts(campaign: CampaignOut) -> impl IntoView {
    let none = || view! { <span class="quiet">"no limit"</span> }.into_any();
    let list = |items: &[String]| {
        if items.is_empty() {
            none()
        } else {
            items
                .iter()
                .map(|item| format::word(item))
                .collect::<Vec<_>>()
                .join(", ")
                .into_any()
        }
    };
    let missing = format::formats(&campaign.creative_formats.missing);
    view! {
        <section class="card" aria-label="Plan">
            <h2>"Plan"</h2>
            <dl class="facts-list">
                <dt>"Brief"</dt>
                <dd>{campaign.brief.clone().map_or_else(|| view! { <span class="quiet">"none"</span> }.into_any(), |brief| brief.into_any())}</dd>
                <dt>"Channels"</dt>
                <dd>{list(&campaign.constraints.channels)}</dd>
                <dt>"Countries"</dt>
                <dd>{if campaign.constraints.geo_countries.is_empty() { none() } else { campaign.constraints.geo_countries.join(", ").into_any() }}</dd>
                <dt>"Pacing inside a package"</dt>
                <dd>{format::pacing(campaign.budget.pacing.into())}</dd>
                <dt>"Creative formats still missing"</dt>
                <dd>{if missing.is_empty() { view! { <span class="quiet">"none"</span> }.into_any() } else {
                    missing.into_any()
                }}</dd>
                <dt>"Id"</dt>
                <dd><code>{campaign.campaign_id.clone()}</code></dd>
            </dl>
        </section>
    }
}

/// A smaller budget or a narrower flight that waits for sellers.
#[component]
fn PendingPlan(open: Open) -> impl IntoView {
    move || {
        let campaign = open.campaign.value()?;
        let currency = known::currency(&campaign)?;
        let plan = campaign.pending_plan?;
        let mut parts = Vec::new();
        if let Some(budget) = plan.budget {
            parts.push(format!(
                "a total of {}",
                format::money(format::read(budget.total, currency))
            ));
        }
        if let Some(flight) = plan.flight_dates {
            let days = flighting_core::flight::Flight::new(flight.start_date, flight.end_date);
            parts.extend(days.map(|days| format!("the flight {}", format::flight(days.days()))));
        }
        let waits: Vec<String> = campaign
            .media_buys
            .iter()
            .filter(|buy| plan.waits_for.contains(&buy.media_buy_id))
            .map(|buy| buy.sales_agent_name.clone())
            .collect();
        Some(view! {
            <section class="card next" aria-label="What waits for sellers">
                <p><Icon name="clock"/><strong>"Waits for " {waits.join(", ")} ": "</strong> {parts.join(", ")} ". The plan stays as it is until they have made room for it; it is dropped when one of them says no."</p>
            </section>
        })
    }
}
