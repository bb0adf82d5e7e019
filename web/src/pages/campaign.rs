//! One campaign: what all its pages share (head, money, actions), and its overview.

use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::CampaignStatus;
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::discovery::SelectionOut;
use flighting_core::wire::execute::LifecycleOut;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::components::{A, Outlet};
use leptos_router::hooks::{use_navigate, use_params_map};

use super::{api, heading, live};
use crate::api::ApiError;
use crate::forms::{advertiser, known};
use crate::load::Load;
use crate::parts::budget_bar::{BudgetBar, Ledger, Use};
use crate::parts::confirm::Confirm;
use crate::parts::icon::Icon;
use crate::parts::media_buys::MediaBuys;
use crate::parts::pacing_chart::{Bar, Lane, PacingChart};
use crate::parts::roll_up::RollUp;
use crate::parts::status::Status;
use crate::parts::trouble::{About, Trouble};
use crate::{clock, format};

/// What the pages of one campaign share.
#[derive(Clone, Copy)]
pub(super) struct Open {
    /// Its id.
    pub(super) id: Memo<String>,
    /// The campaign, kept up to date by events.
    pub(super) campaign: Load<CampaignOut>,
    /// Its owner.
    pub(super) advertiser: Load<Advertiser>,
    /// What is selected; none without a discovery session.
    pub(super) selection: Load<Option<SelectionOut>>,
}

impl Open {
    /// The campaign, followed.
    pub(super) fn signal(self) -> Signal<Option<CampaignOut>> {
        Signal::derive(move || self.campaign.value())
    }
}

/// What the pages of one campaign share; `None` outside of them.
pub(super) fn open() -> Option<Open> {
    use_context()
}

/// Head and money of a campaign, around one of its pages.
#[component]
pub fn CampaignPage() -> impl IntoView {
    let api = api();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let open = Open {
        id,
        campaign: Load::new(),
        advertiser: Load::new(),
        selection: Load::new(),
    };
    provide_context(open);
    Effect::new(move |_| open.campaign.run(api.campaign(id.get())));
    if let Some(live) = live() {
        Effect::new(move |before: Option<()>| {
            let concerns = live.concerns(&id.get_untracked());
            if before.is_some() && concerns {
                open.campaign
                    .refresh(move || api.campaign(id.get_untracked()));
            }
        });
    }
    let owner = Memo::new(move |_| {
        open.campaign
            .with(|state| state.value.as_ref().map(|one| one.advertiser_id.clone()))
    });
    Effect::new(move |_| {
        if let Some(owner) = owner.get() {
            open.advertiser.run(async move {
                let out = api.advertiser(owner).await?;
                advertiser::known(&out).ok_or_else(ApiError::foreign)
            });
        }
    });
    let session = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
                .as_ref()
                .and_then(|one| one.discovery_id.clone())
        })
    });
    Effect::new(move |_| match session.get() {
        Some(session) => open
            .selection
            .run(async move { api.selection(session).await.map(Some) }),
        None => open.selection.put(None),
    });
    if let Some(heading) = heading() {
        Effect::new(move |_| {
            if let Some(name) = open
                .campaign
                .with(|state| state.value.as_ref().map(|one| one.name.clone()))
            {
                heading.set(name);
            }
        });
    }
    let is_there = Memo::new(move |_| open.campaign.with(|state| state.value.is_some()));
    view! {
        {move || open.campaign.trouble().map(|error| view! {
            <div class="page">
                <Trouble
                    error
                    about=About::Load
                    head="The campaign could not be loaded"
                    retry=Callback::new(move |()| open.campaign.run(api.campaign(id.get_untracked())))
                />
            </div>
        })}
        {move || (!is_there.get() && open.campaign.busy()).then(|| view! { <p class="page quiet" aria-busy="true">"Loading the campaign…"</p> })}
        <Show when=move || is_there.get()>
            <Head open/>
            <BudgetBar ledger=Signal::derive(move || ledger(open))/>
            <Outlet/>
        </Show>
    }
    .into_any()
}

fn ledger(open: Open) -> Option<Ledger> {
    let campaign = open.campaign.value()?;
    let currency = known::currency(&campaign)?;
    let read = |amount| format::read(amount, currency);
    let (total, media) = (
        read(campaign.budget.total),
        read(campaign.media_budget.total),
    );
    let draft = campaign.status == CampaignStatus::Draft;
    let in_products = open.selection.with(|state| {
        state
            .value
            .as_ref()
            .and_then(Option::as_ref)
            .map(|selection| read(selection.budget_context.allocated_budget))
    });
    let usage = if draft {
        Use::Planned {
            in_products: in_products.unwrap_or(flighting_core::money::Money::zero(currency)),
        }
    } else {
        Use::Bought {
            allocated: read(campaign.allocated_budget),
            spent: read(campaign.delivered_spend),
        }
    };
    let cap = campaign
        .budget
        .daily_cap
        .map(|cap| format!(" Daily cap {}.", format::amount(read(cap))));
    let note = if draft {
        "No media buys yet, so nothing is allocated."
    } else {
        ""
    };
    let words = match campaign.fees.as_slice() {
        [one] => one.margin_percent.map_or("Fees".to_owned(), |percent| {
            format!("Fees, {} %", percent.to_decimal().normalize())
        }),
        _ => "Fees".to_owned(),
    };
    Some(Ledger {
        total,
        fees: total
            .minus(media)
            .unwrap_or(flighting_core::money::Money::zero(currency)),
        fee_words: words,
        media,
        usage,
        note: format!("{note}{}", cap.unwrap_or_default()),
    })
}

#[component]
fn Head(open: Open) -> impl IntoView {
    let status = Memo::new(move |_| {
        open.campaign
            .with(|state| state.value.as_ref().map(|one| one.status))
    });
    let facts = move || {
        let campaign = open.campaign.value()?;
        let days = known::days(&campaign)?;
        let owner = open
            .advertiser
            .value()
            .map(|owner| owner.name)
            .unwrap_or_default();
        Some(view! {
            <h1>{campaign.name.clone()}</h1>
            <span class="chip"><Icon name="lock"/>{format::campaign_type(campaign.campaign_type)}</span>
            <Status look=format::campaign_status(campaign.status)/>
            <span class="quiet">{owner} " · " {format::flight(days)} " · " {format::day_count(days.days())} " · revision " {campaign.revision}</span>
        })
    };
    let base = move || format!("/campaigns/{}", open.id.get());
    let tab = move |rest: &'static str, words: &'static str| {
        view! { <A href=move || format!("{}{rest}", base()) exact=true>{words}</A> }
    };
    view! {
        <div class="head">
            <div class="facts">{facts}</div>
            <Actions open status/>
        </div>
        <nav class="tabs" aria-label="Campaign">
            {tab("", "Overview")}
            {tab("/plan", "Plan")}
            {tab("/products", "Products")}
            {tab("/execute", "Pre-flight")}
        </nav>
    }
}

/// What an action brought.
#[derive(Clone)]
enum Shown {
    Done(&'static str, LifecycleOut),
    Refused(&'static str, ApiError),
}

#[component]
fn Actions(open: Open, status: Memo<Option<CampaignStatus>>) -> impl IntoView {
    let api = api();
    let busy = RwSignal::new(None::<&'static str>);
    let result = RwSignal::new(None::<Shown>);
    let (asking_pause, asking_back, asking_delete) = (
        RwSignal::new(false),
        RwSignal::new(false),
        RwSignal::new(false),
    );
    let revision = move || {
        open.campaign
            .value_now()
            .map_or(0, |campaign| campaign.revision)
    };
    let act = move |what: &'static str| {
        if busy.get_untracked().is_some() {
            return;
        }
        busy.set(Some(what));
        result.set(None);
        let (id, revision) = (open.id.get_untracked(), revision());
        spawn_local(async move {
            let answer = if what == "Pause" {
                api.pause(id, revision).await
            } else {
                api.reactivate(id, revision).await
            };
            busy.try_set(None);
            let shown = match answer {
                Ok(out) => Shown::Done(what, out),
                Err(error) => Shown::Refused(what, error),
            };
            result.try_set(Some(shown));
            open.refresh_with(api);
        });
    };
    let navigate = use_navigate();
    let delete = move || {
        let (id, revision) = (open.id.get_untracked(), revision());
        let navigate = navigate.clone();
        busy.set(Some("Delete"));
        spawn_local(async move {
            let answer = api.delete_campaign(id, revision).await;
            busy.try_set(None);
            match answer {
                Ok(()) => navigate("/campaigns", Default::default()),
                Err(error) => {
                    result.try_set(Some(Shown::Refused("Delete", error)));
                }
            }
        });
    };
    let live_buys = move || {
        open.campaign.with(|state| {
            state.value.as_ref().map_or((0, 0), |campaign| {
                let running = campaign
                    .media_buys
                    .iter()
                    .filter(|buy| buy.status.is_running())
                    .count();
                let waiting = campaign
                    .media_buys
                    .iter()
                    .filter(|buy| buy.status.is_waiting())
                    .count();
                (
                    u64::try_from(running).unwrap_or(0),
                    u64::try_from(waiting).unwrap_or(0),
                )
            })
        })
    };
    let unsent = move || {
        open.campaign.with(|state| {
            state.value.as_ref().is_some_and(|campaign| {
                campaign.media_buys.iter().any(|buy| {
                    matches!(
                        buy.status,
                        flighting_core::media_buy::MediaBuyStatus::Failed
                            | flighting_core::media_buy::MediaBuyStatus::Rejected
                    )
                })
            })
        })
    };
    let preflight = move || format!("/campaigns/{}/execute", open.id.get());
    let delete = StoredValue::new(delete);
    view! {
        <div class="row end actions">
            <Show when=move || status.get() == Some(CampaignStatus::Draft)>
                <button type="button" class="button quiet danger" on:click=move |_| asking_delete.set(true)>"Delete the draft…"</button>
                <A href=preflight attr:class="button">"Pre-flight"</A>
            </Show>
            <Show when=move || status.get() == Some(CampaignStatus::Active)>
                <Show when=unsent>
                    <A href=preflight attr:class="button">"Execute what is left"</A>
                </Show>
                <button type="button" class="button" on:click=move |_| asking_pause.set(true)>
                    {move || if busy.get() == Some("Pause") { "Pausing…" } else { "Pause…" }}
                </button>
            </Show>
            <Show when=move || status.get() == Some(CampaignStatus::Paused)>
                <button type="button" class="button primary" on:click=move |_| asking_back.set(true)>
                    {move || if busy.get() == Some("Reactivate") { "Reactivating…" } else { "Reactivate…" }}
                </button>
            </Show>
            <Show when=move || status.get() == Some(CampaignStatus::Completed)>
                <A href=preflight attr:class="button">"Relaunch"</A>
            </Show>
        </div>
        <Confirm
            open=asking_pause
            title="Pause the campaign?"
            action=Signal::derive(move || format!("Pause {}", format::plural(live_buys().0, "media buy", "media buys")))
            on_yes=Callback::new(move |()| act("Pause"))
        >
            <p>{move || {
                let (running, waiting) = live_buys();
                let held = if waiting > 0 {
                    format!(" {} still at a seller for approval: held, and paused as soon as it is approved.", format::plural(waiting, "buy is", "buys are"))
                } else {
                    String::new()
                };
                format!("Sellers of {} are asked to stop.{held} Money not spent meanwhile has to be spent on the days that are left.", format::plural(running, "running buy", "running buys"))
            }}</p>
        </Confirm>
        <Confirm
            open=asking_back
            title="Reactivate the campaign?"
            action=Signal::derive(|| "Reactivate".to_owned())
            on_yes=Callback::new(move |()| act("Reactivate"))
        >
            <p>"Sellers are asked to go on, holds are lifted. A buy whose flight is over does not come back; one that was paused by itself stays paused."</p>
        </Confirm>
        <Confirm
            open=asking_delete
            title="Delete this draft?"
            action=Signal::derive(|| "Delete the draft".to_owned())
            on_yes=Callback::new(move |()| delete.with_value(|delete| delete()))
        >
            <p>"Nothing of it was bought. It leaves the list and is kept as archived."</p>
        </Confirm>
        {move || result.get().map(|shown| view! {
            <div class="result" role="status">
                {match shown {
                    Shown::Done(what, out) => view! { <Outcome what out/> }.into_any(),
                    Shown::Refused(what, error) => {
                        let head = match what {
                            "Pause" => "The campaign was not paused",
                            "Reactivate" => "The campaign was not reactivated",
                            _ => "The campaign was not deleted",
                        };
                        view! { <Trouble error about=About::Save head/> }.into_any()
                    }
                }}
                <button type="button" class="button quiet square" aria-label="Close the result" on:click=move |_| result.set(None)><Icon name="close"/></button>
            </div>
        })}
    }
    .into_any()
}

impl Open {
    /// Fetches the campaign anew, from where no context can be asked.
    pub(super) fn refresh_with(self, api: crate::api::Api) {
        let id = self.id;
        self.campaign
            .refresh(move || api.campaign(id.try_get_untracked().unwrap_or_default()));
    }
}

#[component]
fn Outcome(what: &'static str, out: LifecycleOut) -> impl IntoView {
    let verb = if what == "Pause" {
        "paused"
    } else {
        "running again"
    };
    let mut counts = vec![format!("{} {verb}", format::count(out.success_count))];
    if out.held_count > 0 {
        counts.push(format!("{} held", format::count(out.held_count)));
    }
    if out.failure_count > 0 {
        counts.push(format!(
            "{} not confirmed",
            format::count(out.failure_count)
        ));
    }
    view! {
        <div class="card outcome">
            <h2>
                "The campaign is " {format::campaign_status(out.new_status).words.to_lowercase()} ": "
                {format::plural(out.total_media_buys, "media buy", "media buys")} ", " {counts.join(", ")}
            </h2>
            <ul>
                {out.media_buy_results.into_iter().map(|result| view! {
                    <li>
                        <strong>{result.name}</strong>
                        <Status look=format::buy_status(result.new_status)/>
                        {if result.held {
                            view! { <span class="flag"><Icon name="hold"/>"held: still at the seller, will be paused once it is approved"</span> }.into_any()
                        } else if result.success && result.new_status.is_waiting() {
                            view! { <span class="flag"><Icon name="check"/>"the hold is lifted; the seller still decides"</span> }.into_any()
                        } else if result.success {
                            view! { <span class="flag good"><Icon name="check"/>"confirmed by the seller"</span> }.into_any()
                        } else {
                            view! { <span class="flag bad"><Icon name="fail"/>{result.error.unwrap_or_else(|| "not confirmed".to_owned())} ". It is asked again until the seller confirms."</span> }.into_any()
                        }}
                    </li>
                }).collect_view()}
            </ul>
        </div>
    }
}

/// The lane of a campaign that is.
pub(super) fn lane(campaign: &CampaignOut) -> Option<Lane> {
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

/// The names of formats that no creative fits yet, each once: agents may define the same name.
pub(super) fn missing_formats(campaign: &CampaignOut) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for format in &campaign.creative_formats.missing {
        let name = format::word(&format.id);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What the campaign is and how it runs.
#[component]
pub fn Overview() -> impl IntoView {
    let open = open()?;
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
                    <MediaBuys campaign=open.signal()/>
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
                    <A href=to("/products") attr:class="button primary">"Choose products"</A>
                }.into_any()
            } else {
                view! {
                    <div>
                        <h2>{format::plural(count(), "product", "products")} " selected"</h2>
                        <p class="quiet">"See exactly what would be bought, package by package, before anything is sent."</p>
                    </div>
                    <div class="row">
                        <A href=to("/products") attr:class="button">"Change products"</A>
                        <A href=to("/execute") attr:class="button primary">"Pre-flight"</A>
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
    let missing = missing_formats(&campaign);
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
                    missing.join(", ").into_any()
                }}</dd>
                <dt>"Id"</dt>
                <dd><code>{campaign.campaign_id.clone()}</code></dd>
            </dl>
        </section>
    }
}
