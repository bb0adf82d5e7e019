//! The media buys of a campaign, each unfolding to its packages.

use std::collections::BTreeSet;

use flighting_core::media_buy::BuyFlag;
use flighting_core::money::{Currency, Money};
use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::media_buy::{MediaBuyOut, PackageOut};
use leptos::prelude::*;

use super::amount::Amount;
use super::icon::Icon;
use super::status::Status;
use crate::{clock, format};

/// The table of media buys.
#[component]
pub fn MediaBuys(
    /// The campaign.
    #[prop(into)]
    campaign: Signal<Option<CampaignOut>>,
) -> impl IntoView {
    let ids = Memo::new(move |_| {
        campaign.with(|campaign| {
            campaign
                .iter()
                .flat_map(|campaign| &campaign.media_buys)
                .map(|buy| buy.media_buy_id.clone())
                .collect::<Vec<_>>()
        })
    });
    let open = RwSignal::new(BTreeSet::<String>::new());
    let currency = Memo::new(move |_| {
        campaign.with(|campaign| campaign.as_ref().map(|campaign| campaign.currency.clone()))
    });
    let packages = Memo::new(move |_| {
        campaign.with(|campaign| {
            campaign
                .iter()
                .flat_map(|campaign| &campaign.media_buys)
                .map(|buy| buy.packages.len())
                .sum::<usize>()
        })
    });
    let count = |number: usize| u64::try_from(number).unwrap_or(0);
    view! {
        <section class="card flat" aria-label="Media buys">
            <div class="card-head">
                <h2>{move || format::plural(count(ids.with(Vec::len)), "media buy", "media buys")} ", "
                    {move || format::plural(count(packages.get()), "package", "packages")}</h2>
                <span class="quiet">"one media buy per sales agent, one package per product and period"</span>
            </div>
            <div class="scroll" tabindex="0" role="region" aria-label="Media buys as a table">
                <table class="buys">
                    <thead>
                        <tr>
                            <th scope="col">"Sales agent and product"</th>
                            <th scope="col">"Status"</th>
                            <th scope="col">"Period"</th>
                            <th scope="col">"Window, UTC days"</th>
                            <th scope="col" class="num">"Impressions"</th>
                            <th scope="col" class="num">"Spent"</th>
                            <th scope="col" class="num">"Budget, " {move || currency.get()}</th>
                        </tr>
                    </thead>
                    <For each=move || ids.get() key=Clone::clone let(id)>
                        <Buy campaign open id/>
                    </For>
                </table>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Buy(
    campaign: Signal<Option<CampaignOut>>,
    open: RwSignal<BTreeSet<String>>,
    id: String,
) -> impl IntoView {
    let own = StoredValue::new(id);
    let buy = Memo::new(move |_| {
        campaign.with(|campaign| {
            campaign
                .iter()
                .flat_map(|campaign| &campaign.media_buys)
                .find(|buy| own.with_value(|id| *id == buy.media_buy_id))
                .cloned()
        })
    });
    let is_open = Memo::new(move |_| open.with(|open| own.with_value(|id| open.contains(id))));
    let toggle = move |_| {
        open.update(|open| {
            let id = own.get_value();
            if !open.remove(&id) {
                open.insert(id);
            }
        });
    };
    let name = Memo::new(move |_| {
        buy.with(|buy| {
            buy.as_ref()
                .map(|buy| buy.sales_agent_name.clone())
                .unwrap_or_default()
        })
    });
    let packages = move || {
        buy.with(|buy| {
            buy.as_ref()
                .map_or(0, |buy| u64::try_from(buy.packages.len()).unwrap_or(0))
        })
    };
    view! {
        <tbody class="buy">
            <tr class="group">
                <th scope="rowgroup">
                    <button type="button" class="unfold" aria-expanded=move || is_open.get().to_string() on:click=toggle>
                        <Icon name="fold"/> <span>{move || name.get()}</span>
                    </button>
                    <small>{move || format::plural(packages(), "package", "packages")}</small>
                </th>
                <td colspan="3" class="state-cell">{move || buy.get().map(|buy| view! { <State buy/> })}</td>
                {move || buy.get().map(|buy| figures(&buy))}
            </tr>
            {move || is_open.get().then(|| buy.get()).flatten().map(|buy| {
                buy.packages.iter().map(|package| view! { <PackageRow package=package.clone()/> }).collect_view()
            })}
        </tbody>
    }
}

fn currency_of(code: &str) -> Option<Currency> {
    Currency::parse(code)
}

fn figures(buy: &MediaBuyOut) -> Option<impl IntoView + use<>> {
    let currency = currency_of(&buy.budget_currency)?;
    Some(view! {
        <td class="num" data-label="Impressions">{format::count(buy.performance.impressions)}</td>
        <td class="num" data-label="Spent"><Amount money=format::read(buy.performance.spend, currency)/></td>
        <td class="num sum-cell"><strong><Amount money=format::read(buy.budget, currency)/></strong></td>
    })
}

/// Status, since when, why it waits, whose turn it is, and the seller's own words.
#[component]
pub fn State(
    /// The buy.
    buy: MediaBuyOut,
) -> impl IntoView {
    let now = clock::now();
    let turn = buy.turn.filter(|_| !buy.status.has_ended());
    let code = buy.error_code.clone();
    let trouble = buy.status.has_ended() || buy.error_code.is_some();
    view! {
        <div class="state">
            <p>
                <Status look=format::buy_status(buy.status)/>
                <small>" since " {format::moment(buy.status_since, now)}</small>
                {buy.held.then(|| view! { <span class="flag"><Icon name="hold"/>"held: will be paused as soon as it is approved"</span> })}
                {buy.unconfirmed.as_deref().map(|wish| view! {
                    <span class="flag"><Icon name="clock"/>{if wish == "pause" { "pause not confirmed by the seller yet" } else { "resume not confirmed by the seller yet" }}</span>
                })}
                {buy.paused_by_itself.then(|| view! { <span class="flag">"paused by itself"</span> })}
                {buy.warnings.iter().map(|flag| view! { <span class="flag warned"><Icon name="warn"/>{flag_words(*flag)}</span> }).collect_view()}
            </p>
            {buy.pending_reason.map(|reason| view! {
                <p class="quiet">
                    {format::pending(reason)}
                    {buy.pending_since.map(|since| format!(", since {}", format::moment(since, now)))}
                    "." {turn.map(|turn| format!(" {}.", format::turn(turn)))}
                </p>
            })}
            {buy.source_message.clone().map(|message| view! {
                <blockquote class:bad=trouble>
                    {message}
                    {buy.suggestion.clone().map(|suggestion| view! { <br/> <em>{suggestion}</em> })}
                </blockquote>
            })}
            {code.map(|code| view! {
                <p class="quiet"><code>{code}</code>{buy.error_field.clone().map(|field| view! { " at " <code>{field}</code> })}</p>
            })}
        </div>
    }
    .into_any()
}

fn flag_words(flag: BuyFlag) -> &'static str {
    match flag {
        BuyFlag::PackagesDiffer => "the seller holds other packages than were sent",
        BuyFlag::SellerReportsActive => "the seller reports it active after our pause",
    }
}

#[component]
fn PackageRow(package: PackageOut) -> impl IntoView {
    let currency = currency_of(&package.budget_currency);
    let money = |amount| currency.map(|currency| format::read(amount, currency));
    let window = flighting_core::flight::Flight::new(package.start_time, package.end_time)
        .map(|window| format::days(window.days()))
        .unwrap_or_default();
    let spend: Option<Money> = package.delivery.and_then(|delivery| money(delivery.spend));
    let seller_holds = package.seller_budget.and_then(money);
    view! {
        <tr class="package">
            <th scope="row">{package.product_name.clone()}</th>
            <td>
                {format::word(package.pacing.as_str())}
                {package.bid_price.map(|bid| format!(" · bid {}", format::rate(bid.to_decimal())))}
            </td>
            <td>{package.pacing_period.as_ref().map_or("whole flight".to_owned(), |period| period.label.clone())}</td>
            <td>{window} {package.starts_at_once.then_some(" · from now")}</td>
            <td class="num" data-label="Impressions">{package.delivery.map(|delivery| format::count(delivery.impressions))}</td>
            <td class="num" data-label="Spent">{spend.map(|money| view! { <Amount money/> })}</td>
            <td class="num sum-cell">
                {money(package.budget).map(|money| view! { <Amount money/> })}
                {seller_holds.map(|money| view! { <small class="warned">" seller holds " <Amount money/></small> })}
            </td>
        </tr>
    }
}
