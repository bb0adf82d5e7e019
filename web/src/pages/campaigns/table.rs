//! Campaigns as rows, with their flights over one time.

use flighting_core::campaign::CampaignStatus;
use flighting_core::flight::Flight;
use flighting_core::money::Currency;
use flighting_core::wire::campaign::{CampaignOrder, CampaignRow};
use leptos::prelude::*;

use super::bulk::Picked;
use crate::api::AdvertiserName;
use crate::format;
use crate::parts::amount::Amount;
use crate::parts::status::Status;

/// A page of campaigns.
#[component]
pub fn Table(
    rows: Vec<CampaignRow>,
    advertisers: Vec<AdvertiserName>,
    order: CampaignOrder,
    picked: Picked,
) -> impl IntoView {
    let (by_name, by_flight) = match order {
        CampaignOrder::Name => (Some("ascending"), None),
        CampaignOrder::NameBackwards => (Some("descending"), None),
        CampaignOrder::EarliestStart | CampaignOrder::EarliestEnd => (None, Some("ascending")),
        CampaignOrder::LatestStart | CampaignOrder::LatestEnd => (None, Some("descending")),
        CampaignOrder::Newest | CampaignOrder::Oldest => (None, None),
    };
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
    let on_page = StoredValue::new(
        rows.iter()
            .map(|row| {
                let runs = row.status == CampaignStatus::Active;
                (row.campaign_id.clone(), (row.name.clone(), runs))
            })
            .collect::<Vec<_>>(),
    );
    let all_picked = move || {
        picked.with(|picked| {
            on_page.with_value(|rows| rows.iter().all(|(id, _)| picked.contains_key(id)))
        })
    };
    let pick_all = move |event: leptos::ev::Event| {
        let on = event_target_checked(&event);
        picked.update(|picked| {
            for (id, about) in on_page.get_value() {
                if on {
                    picked.insert(id, about);
                } else {
                    picked.remove(&id);
                }
            }
        });
    };
    view! {
        <section class="card flat">
            <div class="scroll" tabindex="0" role="region" aria-label="Campaigns as a table">
                <table class="list">
                    <thead>
                        <tr>
                            <th scope="col" class="pick"><input type="checkbox" aria-label="Pick all on this page" prop:checked=all_picked on:change=pick_all/></th>
                            <th scope="col" aria-sort=by_name>"Campaign"</th>
                            <th scope="col" class="wide">"Type"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col">"Media buys"</th>
                            <th scope="col" class="wide" aria-sort=by_flight>"Flight"</th>
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

/// The list while it is loaded for the first time: the real columns, without content.
#[component]
pub fn Skeleton() -> impl IntoView {
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
