//! All campaigns: search, filters, pages, several at once; statuses change as they happen.

use std::collections::BTreeMap;

use flighting_core::campaign::CampaignStatus;
use flighting_core::flight::Flight;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::money::Currency;
use flighting_core::wire::Page;
use flighting_core::wire::campaign::CampaignRow;
use leptos::prelude::*;

use super::{address, api, heading, live};
use crate::api::{AdvertiserName, CampaignQuery};
use crate::format;
use crate::load::Load;
use crate::parts::amount::Amount;
use crate::parts::confirm::Confirm;
use crate::parts::icon::Icon;
use crate::parts::status::Status;
use crate::parts::trouble::{About, Trouble};

const TAKE: u64 = 50;

type Rows = (Vec<CampaignRow>, Option<Page>);

/// The list of campaigns. What is searched stands in the address, so that going back finds it.
#[component]
pub fn CampaignsPage() -> impl IntoView {
    let api = api();
    if let Some(heading) = heading() {
        heading.clear();
    }
    let address = address();
    let asked = move |name: &'static str| Memo::new(move |_| address.asked(name));
    let (name, status, buys, advertiser, skip) = (
        asked("name"),
        asked("status"),
        asked("buys"),
        asked("advertiser"),
        asked("skip"),
    );
    // A new search begins on the first page.
    let search = move |name: &'static str, value: String| {
        address.ask(&[
            (name, Some(value).filter(|value| !value.is_empty())),
            ("skip", None),
        ]);
    };
    let turn = Callback::new(move |skip: u64| {
        address.ask(&[("skip", (skip > 0).then(|| skip.to_string()))]);
    });
    let query = Memo::new(move |_| CampaignQuery {
        name: name.get().unwrap_or_default(),
        status: status.get().unwrap_or_default(),
        media_buy_status: buys.get().unwrap_or_default(),
        advertiser_id: advertiser.get().unwrap_or_default(),
        skip: skip.get().and_then(|skip| skip.parse().ok()).unwrap_or(0),
        take: TAKE,
    });
    let list: Load<Rows> = Load::new();
    Effect::new(move |_| list.run(api.campaigns(query.get())));
    if let Some(live) = live() {
        Effect::new(move |before: Option<()>| {
            live.change.track();
            // The first run is the mount: the list is being fetched already.
            if before.is_some() {
                list.refresh(move || api.campaigns(query.get_untracked()));
            }
        });
    }
    let advertisers: Load<Vec<AdvertiserName>> = Load::new();
    advertisers.run(api.advertisers());

    let is_filtered = move || {
        let CampaignQuery {
            name,
            status,
            media_buy_status,
            advertiser_id,
            skip: _,
            take: _,
        } = query.get();
        !(name.is_empty()
            && status.is_empty()
            && media_buy_status.is_empty()
            && advertiser_id.is_empty())
    };
    let picked = RwSignal::new(BTreeMap::<String, (String, bool)>::new());
    let total = move || {
        list.with(|list| {
            list.value
                .as_ref()
                .and_then(|(_, page)| page.map(|page| page.total))
        })
    };
    view! {
        <div class="head">
            <div>
                <h1>"Campaigns"</h1>
                <p class="quiet" role="status">
                    {move || total().map(|total| format::plural(total, "campaign", "campaigns"))}
                </p>
            </div>
            <div class="row end">
                <a href="/campaigns/new" class="button primary"><Icon name="plus"/>"New campaign"</a>
            </div>
        </div>
        <form class="filters" role="search" aria-label="Campaigns" on:submit=|event| event.prevent_default()>
            <div class="search">
                <Icon name="search"/>
                <label class="unseen" for="search">"Name"</label>
                <input
                    id="search"
                    type="search"
                    placeholder="Name"
                    prop:value=move || name.get().unwrap_or_default()
                    on:input=move |event| search("name", event_target_value(&event))
                />
            </div>
            <Filter
                label="Status"
                any="Any status"
                value=Signal::derive(move || status.get().unwrap_or_default())
                options=Signal::stored(campaign_statuses())
                on_choose=move |value| search("status", value)
            />
            <Filter
                label="Media buys"
                any="Any media buys"
                value=Signal::derive(move || buys.get().unwrap_or_default())
                options=Signal::stored(buy_statuses())
                on_choose=move |value| search("buys", value)
            />
            <Filter
                label="Advertiser"
                any="Any advertiser"
                value=Signal::derive(move || advertiser.get().unwrap_or_default())
                options=Signal::derive(move || {
                    advertisers.value().unwrap_or_default().into_iter().map(|one| (one.id, one.name)).collect()
                })
                on_choose=move |value| search("advertiser", value)
            />
        </form>
        <div class="page">
            <Bulk picked on_done=Callback::new(move |()| list.refresh(move || api.campaigns(query.get_untracked())))/>
            {move || list.trouble().map(|error| view! {
                <Trouble
                    error
                    about=About::Load
                    head="The campaigns could not be loaded"
                    retry=Callback::new(move |()| list.run(api.campaigns(query.get_untracked())))
                />
            })}
            {move || match list.value() {
                None if list.busy() => view! { <Skeleton/> }.into_any(),
                None => ().into_any(),
                Some((rows, _)) if rows.is_empty() => view! { <Empty filtered=is_filtered()/> }.into_any(),
                Some((rows, page)) => view! {
                    <Table rows advertisers=advertisers.value().unwrap_or_default() picked/>
                    <Pager page turn/>
                }.into_any(),
            }}
        </div>
    }
    .into_any()
}

fn campaign_statuses() -> Vec<(String, String)> {
    CampaignStatus::ALL
        .into_iter()
        .map(|status| {
            (
                status.as_str().to_owned(),
                format::campaign_status(status).words.to_owned(),
            )
        })
        .collect()
}

fn buy_statuses() -> Vec<(String, String)> {
    MediaBuyStatus::ALL
        .into_iter()
        .map(|status| {
            (
                status.as_str().to_owned(),
                format::buy_status(status).words.to_owned(),
            )
        })
        .collect()
}

#[component]
fn Filter(
    label: &'static str,
    any: &'static str,
    value: Signal<String>,
    options: Signal<Vec<(String, String)>>,
    #[prop(into)] on_choose: Callback<String>,
) -> impl IntoView {
    view! {
        <select
            aria-label=label
            class:on=move || value.with(|value| !value.is_empty())
            prop:value=move || value.get()
            on:change=move |event| on_choose.run(event_target_value(&event))
        >
            <option value="">{any}</option>
            {move || {
                let chosen = value.get();
                options.get().into_iter().map(|(value, words)| {
                    let selected = value == chosen;
                    view! { <option value=value selected=selected>{words}</option> }
                }).collect_view()
            }}
        </select>
    }
}

#[component]
fn Table(
    rows: Vec<CampaignRow>,
    advertisers: Vec<AdvertiserName>,
    picked: Picked,
) -> impl IntoView {
    let span = rows
        .iter()
        .filter_map(|row| Flight::new(row.flight_dates.start_date, row.flight_dates.end_date))
        .map(Flight::days)
        .fold(
            None,
            |span: Option<(chrono::NaiveDate, chrono::NaiveDate)>, days| {
                let (first, last) = span.unwrap_or((days.first(), days.last()));
                Some((first.min(days.first()), last.max(days.last())))
            },
        );
    view! {
        <section class="card flat">
            <div class="scroll" tabindex="0" role="region" aria-label="Campaigns as a table">
                <table class="list">
                    <thead>
                        <tr>
                            <th scope="col" class="pick"><span class="unseen">"Pick"</span></th>
                            <th scope="col">"Campaign"</th>
                            <th scope="col" class="wide">"Type"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col">"Media buys"</th>
                            <th scope="col" class="wide">"Flight"</th>
                            <th scope="col" class="num">"Total"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {rows.into_iter().map(|row| {
                            let owner = advertisers.iter().find(|one| one.id == row.advertiser_id).map(|one| one.name.clone());
                            line(row, owner, span, picked).into_any()
                        }).collect_view()}
                    </tbody>
                </table>
            </div>
        </section>
    }
}

fn line(
    row: CampaignRow,
    owner: Option<String>,
    span: Option<(chrono::NaiveDate, chrono::NaiveDate)>,
    picked: Picked,
) -> impl IntoView {
    let (id, name) = (row.campaign_id.clone(), row.name.clone());
    let is_picked = {
        let id = id.clone();
        move || picked.with(|picked| picked.contains_key(&id))
    };
    let runs = row.status == CampaignStatus::Active;
    let label = format!("Pick {name}");
    let pick = move |event: leptos::ev::Event| {
        let on = event_target_checked(&event);
        picked.update(|picked| {
            if on {
                picked.insert(id.clone(), (name.clone(), runs));
            } else {
                picked.remove(&id);
            }
        });
    };
    let days =
        Flight::new(row.flight_dates.start_date, row.flight_dates.end_date).map(Flight::days);
    let bar = days.zip(span).map(|(days, (first, last))| {
        let whole = last.signed_duration_since(first).num_days() + 1;
        let offset = days.first().signed_duration_since(first).num_days();
        (
            format::width(offset, whole),
            format::width(i64::from(days.days()), whole),
        )
    });
    let money = Currency::parse(&row.budget.currency)
        .map(|currency| format::read(row.budget.total, currency));
    view! {
        <tr>
            <td class="pick"><input type="checkbox" aria-label=label prop:checked=is_picked on:change=pick/></td>
            <th scope="row">
                <a href=format!("/campaigns/{}", row.campaign_id)>{row.name.clone()}</a>
                <small>{owner}</small>
            </th>
            <td class="wide">{format::campaign_type(row.campaign_type)}</td>
            <td><Status look=format::campaign_status(row.status)/></td>
            <td>
                {match (row.media_buy_status, row.product_count) {
                    (Some(status), _) => view! { <Status look=format::buy_status(status)/> }.into_any(),
                    (None, Some(0) | None) => view! { <span class="quiet">"none yet"</span> }.into_any(),
                    (None, Some(count)) => view! { <span class="quiet">{format::plural(count, "product", "products")} " selected"</span> }.into_any(),
                }}
            </td>
            <td class="wide">
                <small>{days.map(format::flight)}</small>
                {bar.map(|(left, width)| view! {
                    <span class="mini" aria-hidden="true"><i style:left=left style:width=width></i></span>
                })}
            </td>
            <td class="num">{money.map(|money| view! { <Amount money/> " " <small>{money.currency().code()}</small> })}</td>
        </tr>
    }
}

/// Campaigns that are picked: name, and whether they run.
type Picked = RwSignal<BTreeMap<String, (String, bool)>>;

/// What can be done with those that are picked; asked first, told one by one.
#[component]
fn Bulk(picked: Picked, on_done: Callback<()>) -> impl IntoView {
    let api = api();
    let asking = RwSignal::new(false);
    let left = RwSignal::new(0_usize);
    let told = RwSignal::new(Vec::<(String, Result<(), String>)>::new());
    let running = move || picked.with(|picked| picked.values().filter(|(_, runs)| *runs).count());
    let count =
        |number: usize| format::plural(u64::try_from(number).unwrap_or(0), "campaign", "campaigns");
    let run = move || {
        let all: Vec<_> = picked
            .get_untracked()
            .into_iter()
            .filter(|(_, (_, runs))| *runs)
            .collect();
        told.set(Vec::new());
        left.set(all.len());
        leptos::task::spawn_local(async move {
            for (id, (name, _)) in all {
                let answer = match api.pause_any(id).await {
                    Ok(out) if out.errors.is_empty() => Ok(()),
                    Ok(out) => Err(out
                        .errors
                        .iter()
                        .map(|error| error.message.clone())
                        .collect::<Vec<_>>()
                        .join("; ")),
                    Err(error) => Err(error.message),
                };
                told.try_update(|told| told.push((name, answer)));
                left.try_update(|left| *left = left.saturating_sub(1));
            }
            picked.try_set(BTreeMap::new());
            on_done.run(());
        });
    };
    let idle = move || running() == 0 || left.get() != 0;
    let ask = move |_| {
        if !idle() {
            asking.set(true);
        }
    };
    view! {
        <Show when=move || !picked.with(BTreeMap::is_empty)>
            <div class="card row bulk">
                <strong>{move || format!("{} picked", count(picked.with(BTreeMap::len)))}</strong>
                <button type="button" class="button" aria-disabled=move || idle().to_string() on:click=ask>
                    {move || match (left.get(), running()) {
                        (0, 0) => "None of them runs".to_owned(),
                        (0, number) => format!("Pause {}…", count(number)),
                        (left, _) => format!("Pausing, {left} to go…"),
                    }}
                </button>
                <button type="button" class="button quiet" on:click=move |_| picked.set(BTreeMap::new())>"Pick none"</button>
            </div>
        </Show>
        <Confirm
            open=asking
            title="Pause these campaigns?"
            action=Signal::derive(move || format!("Pause {}", count(running())))
            on_yes=Callback::new(move |()| run())
        >
            <p>{move || picked.with(|picked| picked.values().filter(|(_, runs)| *runs).map(|(name, _)| name.clone()).collect::<Vec<_>>().join(", "))}</p>
            <p>"Every seller of each is told to stop. Those that are no longer running stay as they are."</p>
        </Confirm>
        {move || told.with(|told| (!told.is_empty()).then(|| view! {
            <section class="card" role="status" aria-label="What was paused">
                <ul class="checks">
                    {told.iter().map(|(name, answer)| match answer {
                        Ok(()) => view! { <li><span class="good"><Icon name="check"/></span><span>{name.clone()} " is paused."</span></li> }.into_any(),
                        Err(why) => view! { <li><span class="bad"><Icon name="fail"/></span><span>{name.clone()} ": " {why.clone()} "."</span></li> }.into_any(),
                    }).collect_view()}
                </ul>
            </section>
        }))}
    }
    .into_any()
}

#[component]
fn Pager(page: Option<Page>, turn: Callback<u64>) -> impl IntoView {
    let page = page.filter(|page| page.skip > 0 || page.has_more)?;
    let Page {
        skip,
        take,
        total,
        has_more,
    } = page;
    let last = (skip + take).min(total);
    let before = skip.saturating_sub(take);
    Some(view! {
        <nav class="row pager" aria-label="Pages of campaigns">
            <button type="button" class="button" disabled=skip == 0 on:click=move |_| turn.run(before)>
                "Earlier"
            </button>
            <span>{format!("{}–{} of {}", format::count(skip + 1), format::count(last), format::count(total))}</span>
            <button type="button" class="button" disabled=!has_more on:click=move |_| turn.run(skip + take)>
                "Later"
            </button>
        </nav>
    })
}

#[component]
fn Empty(filtered: bool) -> impl IntoView {
    if filtered {
        view! {
            <section class="card empty">
                <h2>"No campaign fits"</h2>
                <p>"Change the search or the filters. Archived campaigns are only in the list when you ask for that status."</p>
            </section>
        }
        .into_any()
    } else {
        view! {
            <section class="card empty">
                <div class="silhouette" aria-hidden="true"><i></i><i></i><i></i></div>
                <h2>"No campaigns yet"</h2>
                <p>"A campaign is one plan: when ads run, what they may cost, how the money is laid over time, and what is bought where."</p>
                <a href="/campaigns/new" class="button primary"><Icon name="plus"/>"Plan the first campaign"</a>
            </section>
        }
        .into_any()
    }
}

/// The list while it is loaded for the first time: the real columns, without content.
#[component]
fn Skeleton() -> impl IntoView {
    view! {
        <section class="card flat" aria-busy="true" aria-label="Loading campaigns">
            <table class="list skeleton" aria-hidden="true">
                <tbody>
                    {(0..6).map(|_| view! {
                        <tr><td class="pick"></td><th><i></i></th><td class="wide"><i></i></td><td><i></i></td><td><i></i></td><td class="wide"><i></i></td><td class="num"><i></i></td></tr>
                    }).collect_view()}
                </tbody>
            </table>
        </section>
    }
}
