//! All campaigns: search, filters, pages, several at once; statuses change as they happen.

mod bulk;
mod table;

use std::collections::BTreeMap;

use flighting_core::campaign::CampaignStatus;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::wire::Page;
use flighting_core::wire::campaign::{CampaignOrder, CampaignRow};
use leptos::prelude::*;

use bulk::Bulk;
use table::{Skeleton, Table};

use super::{address, api, heading, live};
use crate::api::{AdvertiserName, CampaignQuery};
use crate::format;
use crate::load::Load;
use crate::parts::icon::Icon;
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
    let (name, status, buys, advertiser, order, skip) = (
        asked("name"),
        asked("status"),
        asked("buys"),
        asked("advertiser"),
        asked("sort"),
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
        order: order
            .get()
            .as_deref()
            .and_then(CampaignOrder::parse)
            .unwrap_or_default(),
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
            order: _,
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
            <Filter
                label="Order"
                any=order_words(CampaignOrder::default())
                value=Signal::derive(move || order.get().unwrap_or_default())
                options=Signal::stored(orders())
                on_choose=move |value| search("sort", value)
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
                    <Table rows advertisers=advertisers.value().unwrap_or_default() order=query.get_untracked().order picked/>
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

/// All orders but the one that comes when none is chosen.
fn orders() -> Vec<(String, String)> {
    CampaignOrder::ALL
        .iter()
        .filter(|order| **order != CampaignOrder::default())
        .map(|order| (order.as_str().to_owned(), order_words(*order).to_owned()))
        .collect()
}

fn order_words(order: CampaignOrder) -> &'static str {
    match order {
        CampaignOrder::Newest => "Newest first",
        CampaignOrder::Oldest => "Oldest first",
        CampaignOrder::Name => "Name, A to Z",
        CampaignOrder::NameBackwards => "Name, Z to A",
        CampaignOrder::EarliestStart => "Earliest start first",
        CampaignOrder::LatestStart => "Latest start first",
        CampaignOrder::EarliestEnd => "Earliest end first",
        CampaignOrder::LatestEnd => "Latest end first",
    }
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
