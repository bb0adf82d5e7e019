//! The fields of a campaign, shared by create and edit.

use flighting_core::advertiser::Advertiser;
use flighting_core::pacing::{Intensity, Period, Resolved};
use flighting_core::targeting::Channel;
use flighting_core::wire::budget::{BudgetPacing, FeeKind};
use leptos::prelude::*;

use crate::forms::campaign::{CampaignForm, Checked, FeeRow, Preview};
use crate::parts::amount::LiveAmount;
use crate::parts::budget_bar::{Ledger, Use};
use crate::parts::field::{AreaField, ChoiceField, Issues, TextField};
use crate::parts::icon::Icon;
use crate::parts::pacing_chart::{Bar, Lane};
use crate::parts::pacing_editor::PacingEditor;
use crate::{clock, format};

/// The preview of what is typed; while something does not read, the last good one stays.
pub(super) fn last_good(checked: Memo<Checked>) -> Memo<Option<Preview>> {
    Memo::new(move |before: Option<&Option<Preview>>| {
        checked.with(|checked| {
            let Some(mut now) = checked.preview.clone() else {
                return before.cloned().flatten();
            };
            if checked.has_schedule()
                && now.periods.is_none()
                && let Some(Some(before)) = before
                && (before.flight, before.total, before.media) == (now.flight, now.total, now.media)
            {
                // A row that does not read keeps the last schedule that did, as long as it lays
                // the same money over the same flight; else its figures would not add up.
                now.periods.clone_from(&before.periods);
            }
            Some(now)
        })
    })
}

/// What is said of a schedule that does not read.
pub(super) const LAST_GOOD: &str = "The last schedule that could be read: a period has an error.";

/// Whether the schedule that is shown is the last that could be read, followed.
pub(super) fn is_last_good(checked: Memo<Checked>, preview: Memo<Option<Preview>>) -> Memo<bool> {
    Memo::new(move |_| {
        checked.with(|checked| {
            let now = checked
                .preview
                .as_ref()
                .and_then(|preview| preview.periods.as_ref());
            checked.has_schedule()
                && now.is_none()
                && preview.with(|preview| {
                    preview
                        .as_ref()
                        .is_some_and(|preview| preview.periods.is_some())
                })
        })
    })
}

/// What stands beside a schedule that does not read.
#[component]
pub(super) fn LastGood(checked: Memo<Checked>, preview: Memo<Option<Preview>>) -> impl IntoView {
    let is_old = is_last_good(checked, preview);
    view! {
        <Show when=move || is_old.get()>
            <p class="note warned">{LAST_GOOD}</p>
        </Show>
    }
}

/// The ledger of a preview.
pub(super) fn ledger(preview: &Preview, usage: Use, note: String) -> Ledger {
    let words = match preview.fees.as_slice() {
        [one] => match &one.fee {
            flighting_core::budget::Fee::Margin { percent, .. } => {
                format!("Fees, {} %", percent.to_decimal().normalize())
            }
            flighting_core::budget::Fee::Flat { .. } => "Fees".to_owned(),
        },
        _ => "Fees".to_owned(),
    };
    Ledger {
        total: preview.total,
        fees: preview.fee_total(),
        fee_words: words,
        media: preview.media,
        usage,
        note,
    }
}

/// The lane of a preview: its periods, or the whole flight as one.
pub(super) fn lane(preview: &Preview) -> Option<Lane> {
    let flight = preview.flight?;
    let bars = match &preview.periods {
        Some(periods) => periods
            .iter()
            .filter(|(period, _)| flight.contains(period.days))
            .map(bar)
            .collect(),
        None => vec![Bar {
            label: "Whole flight".to_owned(),
            days: flight,
            how: "the flight".to_owned(),
            budget: preview.total,
            net: preview.media,
        }],
    };
    Some(Lane {
        flight,
        bars,
        daily_cap: preview.daily_cap,
        today: Some(clock::today()),
    })
}

fn bar((period, resolved): &(Period, Resolved)) -> Bar {
    let how = match period.intensity {
        _ if resolved.executed => "kept since it was executed".to_owned(),
        Intensity::Weight(weight) => format!(
            "{} d × {}",
            period.days.days(),
            weight.to_decimal().normalize()
        ),
        Intensity::Budget(_) => "given".to_owned(),
    };
    Bar {
        label: period.label.clone(),
        days: period.days,
        how,
        budget: resolved.budget,
        net: resolved.net,
    }
}

/// All fields but the advertiser.
#[component]
pub(super) fn CampaignFields(
    form: RwSignal<CampaignForm>,
    #[prop(into)] preview: Signal<Option<Preview>>,
    issues: Issues,
    #[prop(into)] advertiser: Signal<Option<Advertiser>>,
    /// Whether the type can still be chosen.
    is_new: bool,
) -> impl IntoView {
    let read = move |get: fn(&CampaignForm) -> &String| {
        Memo::new(move |_| form.with(|form| get(form).clone()))
    };
    let write = move |set: fn(&mut CampaignForm, String)| {
        Callback::new(move |text: String| form.update(|form| set(form, text)))
    };
    let currency = Signal::derive(move || {
        advertiser.with(|advertiser| {
            advertiser
                .as_ref()
                .map(|advertiser| advertiser.currency.code().to_owned())
                .unwrap_or_default()
        })
    });
    let kinds = vec![
        (
            "DECISIONED".to_owned(),
            "Decisioned: Flighting buys and optimizes".to_owned(),
        ),
        (
            "ROUTED".to_owned(),
            "Routed: passed through, with your own credentials".to_owned(),
        ),
    ];
    let pacings = BudgetPacing::ALL
        .iter()
        .map(|pacing| (pacing.as_str().to_owned(), pacing_words(*pacing).to_owned()))
        .collect::<Vec<_>>();
    view! {
        <section class="card fields" aria-labelledby="about-title">
            <h2 id="about-title">"Campaign"</h2>
            <TextField label="Name" path="name" value=read(|form| &form.name) on_input=write(|form, text| form.name = text) issues/>
            <ChoiceField
                label="Type"
                path="campaignType"
                value=read(|form| &form.kind)
                options=kinds
                on_choose=write(|form, text| form.kind = text)
                issues
                fixed=!is_new
                hint=if is_new { "It cannot be changed later." } else { "Fixed since the campaign was made." }
            />
            <AreaField
                label="Brief"
                path="brief"
                value=read(|form| &form.brief)
                on_input=write(|form, text| form.brief = text)
                issues
                hint="What you look for, in your own words. Sales agents search by it; without it they show everything."
            />
        </section>
        <section class="card fields" aria-labelledby="money-title">
            <h2 id="money-title">"Flight and budget"</h2>
            <div class="pair">
                <TextField label="First day" kind="date" path="flightDates.startDate" value=read(|form| &form.start) on_input=write(|form, text| form.start = text) issues/>
                <TextField label="Last day" kind="date" path="flightDates.endDate" value=read(|form| &form.end) on_input=write(|form, text| form.end = text) issues hint="Both days inclusive, UTC."/>
            </div>
            <div class="pair">
                <TextField label="Total budget" figures=true unit=currency path="budget.total" value=read(|form| &form.total) on_input=write(|form, text| form.total = text) issues hint="Everything the advertiser commits, fees included."/>
                <TextField label="Daily cap" figures=true unit=currency path="budget.dailyCap" value=read(|form| &form.daily_cap) on_input=write(|form, text| form.daily_cap = text) issues hint="Most media money in one UTC day. Sellers are not told."/>
            </div>
            <ChoiceField
                label="Pacing inside a package"
                path="budget.pacing"
                value=read(|form| &form.pacing)
                options=pacings
                on_choose=write(|form, text| form.pacing = text)
                issues
                hint="The word each seller gets with its packages."
            />
            <Fees form preview issues advertiser/>
        </section>
        {is_new.then(|| view! {
            <section class="card fields" aria-labelledby="pacing-title">
                <h2 id="pacing-title">"Pacing periods"</h2>
                <PacingEditor form preview issues/>
            </section>
        })}
        <section class="card fields" aria-labelledby="where-title">
            <h2 id="where-title">"Where"</h2>
            <Channels form issues/>
            <TextField label="Countries" path="constraints.geo_countries" value=read(|form| &form.countries) on_input=write(|form, text| form.countries = text) issues hint="Two letters each, such as US, CA. Empty: no limit."/>
        </section>
    }
    .into_any()
}

fn pacing_words(pacing: BudgetPacing) -> &'static str {
    match pacing {
        BudgetPacing::Even => "Even: the same every day",
        BudgetPacing::Asap => "As soon as possible",
        BudgetPacing::FrontLoaded => "Front loaded: more at the beginning",
    }
}

#[component]
fn Channels(form: RwSignal<CampaignForm>, issues: Issues) -> impl IntoView {
    let wrong = move || issues.at("constraints.channels");
    view! {
        <fieldset class="chips">
            <legend>"Channels"</legend>
            {Channel::ALL.iter().map(|channel| {
                let value = channel.as_str();
                let chosen = Memo::new(move |_| form.with(|form| form.channels.contains(value)));
                let chosen = move || chosen.get();
                view! {
                    <label class:on=chosen>
                        <input
                            type="checkbox"
                            prop:checked=chosen
                            on:change=move |event| {
                                let on = event_target_checked(&event);
                                form.update(|form| {
                                    if on {
                                        form.channels.insert(value.to_owned());
                                    } else {
                                        form.channels.remove(value);
                                    }
                                });
                            }
                        />
                        {format::word(value)}
                    </label>
                }
            }).collect_view()}
        </fieldset>
        <p class="note" class:bad=move || wrong().is_some()>
            {move || wrong().unwrap_or_else(|| "None chosen: no limit.".to_owned())}
        </p>
    }
}

#[component]
fn Fees(
    form: RwSignal<CampaignForm>,
    preview: Signal<Option<Preview>>,
    issues: Issues,
    advertiser: Signal<Option<Advertiser>>,
) -> impl IntoView {
    let own = Memo::new(move |_| form.with(|form| form.fees.is_some()));
    let keys = Memo::new(move |_| {
        form.with(|form| {
            form.fees
                .iter()
                .flatten()
                .map(|row| row.key)
                .collect::<Vec<_>>()
        })
    });
    let inherited = move || {
        advertiser.with(|advertiser| match advertiser {
            None => "The advertiser’s own fee applies.".to_owned(),
            Some(advertiser) if advertiser.margin_percent.to_decimal().is_zero() => {
                format!("{} takes no fee.", advertiser.name)
            }
            Some(advertiser) => {
                format!(
                    "{} % of the total, as {} has it.",
                    advertiser.margin_percent.to_decimal().normalize(),
                    advertiser.name
                )
            }
        })
    };
    let wrong = Memo::new(move |_| {
        let inside = form.with(|form| form.fees.iter().flatten().count());
        let rows = (0..inside).any(|row| issues.at(&format!("fees[{row}]")).is_some());
        issues.at("fees").filter(|_| !rows)
    });
    view! {
        <div class="fees" role="group" aria-label="Fees">
            <h3>"Fees"</h3>
            <Show
                when=move || own.get()
                fallback=move || view! {
                    <div class="row">
                        <span>{inherited}</span>
                        <button type="button" class="link" on:click=move |_| {
                            let advertiser = advertiser.get_untracked();
                            form.update(|form| form.own_fees(advertiser.as_ref()));
                        }>"Set fees for this campaign"</button>
                    </div>
                }
            >
                <For each=move || keys.get() key=|key| *key let(key)>
                    <FeeLine form preview issues advertiser key/>
                </For>
                <div class="row">
                    <button type="button" class="button" on:click=move |_| form.update(|form| form.add_fee(FeeKind::Margin, String::new(), String::new()))>
                        <Icon name="plus"/>"Percent of the total"
                    </button>
                    <button type="button" class="button" on:click=move |_| form.update(|form| form.add_fee(FeeKind::Flat, String::new(), String::new()))>
                        <Icon name="plus"/>"Fixed amount"
                    </button>
                    {move || keys.with(Vec::is_empty).then_some(view! { <span class="quiet">"No fees: the whole total is for media."</span> })}
                </div>
            </Show>
            <p class="note bad" id="f-fees" tabindex="-1">{move || wrong.get().map(|wrong| crate::parts::field::sentence(&wrong))}</p>
        </div>
    }
    .into_any()
}

#[component]
fn FeeLine(
    form: RwSignal<CampaignForm>,
    preview: Signal<Option<Preview>>,
    issues: Issues,
    advertiser: Signal<Option<Advertiser>>,
    key: u32,
) -> impl IntoView {
    let position =
        Memo::new(move |_| form.with(|form| form.fee_position(key).unwrap_or(usize::MAX)));
    let kind = form.with_untracked(|form| form.fee(key).map_or(FeeKind::Margin, |row| row.kind));
    let read = move |get: fn(&FeeRow) -> &String| {
        Signal::derive(move || {
            form.with(|form| form.fee(key).map(get).cloned().unwrap_or_default())
        })
    };
    let member = match kind {
        FeeKind::Margin => "marginPercent",
        FeeKind::Flat => "amount",
    };
    let unit = Signal::derive(move || match kind {
        FeeKind::Margin => "%".to_owned(),
        FeeKind::Flat => advertiser
            .with(|advertiser| {
                advertiser
                    .as_ref()
                    .map(|advertiser| advertiser.currency.code().to_owned())
            })
            .unwrap_or_default(),
    });
    let path = move |member: &'static str| {
        Signal::derive(move || format!("fees[{}].{member}", position.get()))
    };
    let amount = move || {
        preview.with(|preview| {
            preview
                .as_ref()
                .and_then(|preview| preview.fees.get(position.get()).map(|line| line.amount))
        })
    };
    view! {
        <div class="fee-row">
            <TextField
                label=Signal::derive(move || match kind {
                    FeeKind::Margin => "Percent of the total".to_owned(),
                    FeeKind::Flat => "Fixed amount".to_owned(),
                })
                figures=true
                unit
                path=path(member)
                value=read(|row| &row.value)
                on_input=move |text: String| form.update(|form| form.edit_fee(key, |row| row.value = text))
                issues
            />
            <TextField
                label="What for"
                path=path("label")
                value=read(|row| &row.label)
                on_input=move |text: String| form.update(|form| form.edit_fee(key, |row| row.label = text))
                issues
            />
            <span class="num computed">"= " <LiveAmount money=Signal::derive(amount)/></span>
            <button type="button" class="button quiet square" aria-label="Remove this fee" on:click=move |_| form.update(|form| form.remove_fee(key))>
                <Icon name="close"/>
            </button>
        </div>
    }
}
