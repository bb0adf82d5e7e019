//! All campaigns: search, filters, pages; statuses change as they happen.

use flighting_core::campaign::CampaignStatus;
use flighting_core::flight::Flight;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::money::Currency;
use flighting_core::wire::Page;
use flighting_core::wire::campaign::CampaignRow;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::components::A;
use leptos_router::hooks::query_signal_with_options;

use super::{api, heading, live};
use crate::api::{AdvertiserName, CampaignQuery};
use crate::format;
use crate::load::Load;
use crate::parts::amount::Amount;
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
    let options = || NavigateOptions {
        replace: true,
        scroll: false,
        ..NavigateOptions::default()
    };
    let (name, set_name) = query_signal_with_options::<String>("name", options());
    let (status, set_status) = query_signal_with_options::<String>("status", options());
    let (buys, set_buys) = query_signal_with_options::<String>("buys", options());
    let (advertiser, set_advertiser) = query_signal_with_options::<String>("advertiser", options());
    let (skip, set_skip) = query_signal_with_options::<u64>("skip", options());
    let query = Memo::new(move |_| CampaignQuery {
        name: name.get().unwrap_or_default(),
        status: status.get().unwrap_or_default(),
        media_buy_status: buys.get().unwrap_or_default(),
        advertiser_id: advertiser.get().unwrap_or_default(),
        skip: skip.get().unwrap_or(0),
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

    let some = |text: String| (!text.is_empty()).then_some(text);
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
                <A href="/campaigns/new" attr:class="button primary"><Icon name="plus"/>"New campaign"</A>
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
                    on:input=move |event| {
                        set_skip.set(None);
                        set_name.set(some(event_target_value(&event)));
                    }
                />
            </div>
            <Filter
                label="Status"
                any="Any status"
                value=Signal::derive(move || status.get().unwrap_or_default())
                options=Signal::stored(campaign_statuses())
                on_choose=move |value| {
                    set_skip.set(None);
                    set_status.set(some(value));
                }
            />
            <Filter
                label="Media buys"
                any="Any media buys"
                value=Signal::derive(move || buys.get().unwrap_or_default())
                options=Signal::stored(buy_statuses())
                on_choose=move |value| {
                    set_skip.set(None);
                    set_buys.set(some(value));
                }
            />
            <Filter
                label="Advertiser"
                any="Any advertiser"
                value=Signal::derive(move || advertiser.get().unwrap_or_default())
                options=Signal::derive(move || {
                    advertisers.value().unwrap_or_default().into_iter().map(|one| (one.id, one.name)).collect()
                })
                on_choose=move |value| {
                    set_skip.set(None);
                    set_advertiser.set(some(value));
                }
            />
        </form>
        <div class="page">
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
                    <Table rows advertisers=advertisers.value().unwrap_or_default()/>
                    <Pager page set_skip/>
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
fn Table(rows: Vec<CampaignRow>, advertisers: Vec<AdvertiserName>) -> impl IntoView {
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
                            line(row, owner, span).into_any()
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
) -> impl IntoView {
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
            <th scope="row">
                <A href=format!("/campaigns/{}", row.campaign_id)>{row.name.clone()}</A>
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

#[component]
fn Pager(page: Option<Page>, set_skip: SignalSetter<Option<u64>>) -> impl IntoView {
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
            <button type="button" class="button" disabled=skip == 0 on:click=move |_| set_skip.set((before > 0).then_some(before))>
                "Earlier"
            </button>
            <span>{format!("{}–{} of {}", format::count(skip + 1), format::count(last), format::count(total))}</span>
            <button type="button" class="button" disabled=!has_more on:click=move |_| set_skip.set(Some(skip + take))>
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
                <A href="/campaigns/new" attr:class="button primary"><Icon name="plus"/>"Plan the first campaign"</A>
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
                        <tr><th><i></i></th><td class="wide"><i></i></td><td><i></i></td><td><i></i></td><td class="wide"><i></i></td><td class="num"><i></i></td></tr>
                    }).collect_view()}
                </tbody>
            </table>
        </section>
    }
}
