//! All campaigns: search, filters, pages, several at once; statuses change as they happen.

mod bulk;
mod pager;
mod table;

use std::collections::BTreeMap;

use flighting_core::campaign::CampaignStatus;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::wire::Page;
use flighting_core::wire::campaign::{CampaignOrder, CampaignRow};
use leptos::prelude::*;
use leptos::task::spawn_local;

use bulk::Bulk;
use pager::{Beyond, Pager};
use table::{Skeleton, Table};

use super::{address, api, heading, live};
use crate::api::{AdvertiserName, CampaignQuery};
use crate::load::Load;
use crate::parts::icon::Icon;
use crate::parts::trouble::{About, Trouble};
use crate::{clock, format};

const TAKE: u64 = 50;
/// So long a name may rest before it is searched for, in milliseconds: a key is no search.
const RESTS: i32 = 180;

/// What was asked for, and what came.
type Rows = (CampaignQuery, Vec<CampaignRow>, Option<Page>);

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
        // The buttons stand under the list, and the next page is read from its top.
        if let Some(window) = web_sys::window() {
            window.scroll_to_with_x_and_y(0.0, 0.0);
        }
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
    let fetch = move |query: CampaignQuery| async move {
        let (rows, page) = api.campaigns(query.clone()).await?;
        Ok((query, rows, page))
    };
    Effect::new(move |before: Option<CampaignQuery>| {
        let now = query.get();
        if before.is_some_and(|before| before.name != now.name) {
            let wanted = now.clone();
            spawn_local(async move {
                clock::wait(RESTS).await;
                if query.try_get_untracked().as_ref() == Some(&wanted) {
                    list.run(fetch(wanted));
                }
            });
        } else {
            list.run(fetch(now.clone()));
        }
        now
    });
    // Whether what is shown is not yet what is asked for.
    let searching = Memo::new(move |_| {
        list.with(|list| {
            let shown = list.value.as_ref().map(|(shown, _, _)| shown);
            list.trouble.is_none() && shown.is_some_and(|shown| query.with(|query| query != shown))
        })
    });
    if let Some(live) = live() {
        Effect::new(move |before: Option<()>| {
            live.change.track();
            // The first run is the mount: the list is being fetched already.
            if before.is_some() {
                list.refresh(move || fetch(query.get_untracked()));
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
                .and_then(|(_, _, page)| page.map(|page| page.total))
        })
    };
    view! {
        <div class="head">
            <div>
                <h1>"Campaigns"</h1>
                <p class="quiet" role="status">
                    {move || if searching.get() {
                        Some("Searching…".to_owned())
                    } else {
                        total().map(|total| format::plural(total, "campaign", "campaigns"))
                    }}
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
            <Bulk picked on_done=Callback::new(move |()| list.refresh(move || fetch(query.get_untracked())))/>
            {move || list.trouble().map(|error| view! {
                <Trouble
                    error
                    about=About::Load
                    head="The campaigns could not be loaded"
                    retry=Callback::new(move |()| list.run(fetch(query.get_untracked())))
                />
            })}
            {move || match list.value() {
                None if list.busy() => view! { <Skeleton/> }.into_any(),
                None => ().into_any(),
                Some((_, rows, Some(page))) if rows.is_empty() && page.total > 0 => view! { <Beyond page turn/> }.into_any(),
                Some((_, rows, _)) if rows.is_empty() => view! { <Empty filtered=is_filtered()/> }.into_any(),
                Some((shown, rows, page)) => view! {
                    <Table rows advertisers=advertisers.value().unwrap_or_default() order=shown.order picked/>
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
