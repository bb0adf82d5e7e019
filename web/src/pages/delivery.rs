//! Delivery: the planned curve against what was delivered, and the same in tables for the
//! campaign, its periods, buys and packages.

use flighting_core::wire::delivery::{DeliveryOut, PaceWord};
use leptos::prelude::*;

use super::campaign::open;
use super::{api, live};
use crate::forms::known;
use crate::forms::pace::{Paced, Point, Standing, line, paced, percent, rating};
use crate::load::Load;
use crate::parts::amount::Amount;
use crate::parts::icon::Icon;
use crate::parts::trouble::{About, Trouble};
use crate::{clock, format};

/// The page of delivery.
#[component]
pub fn DeliveryPage() -> impl IntoView {
    let open = open()?;
    let api = api();
    let load: Load<DeliveryOut> = Load::new();
    let ask = move || api.delivery(open.id.try_get_untracked().unwrap_or_default());
    load.run(ask());
    if let Some(live) = live() {
        Effect::new(move |before: Option<()>| {
            let concerns = live.concerns(&open.id.get_untracked());
            if before.is_some() && concerns {
                load.refresh(ask);
            }
        });
    }
    let found = Memo::new(move |_| {
        let delivery = load.value()?;
        let campaign = open.campaign.value()?;
        let paced = paced(&campaign, &delivery)?;
        Some((known::currency(&campaign)?, delivery, paced))
    });
    Some(
        view! {
            <div class="page">
                {move || load.trouble().map(|error| view! {
                    <Trouble error about=About::Load head="The delivery could not be loaded" retry=Callback::new(move |()| load.run(ask()))/>
                })}
                {move || match found.get() {
                    None if load.busy() => view! { <p class="quiet" aria-busy="true">"Loading the delivery…"</p> }.into_any(),
                    None => ().into_any(),
                    Some((_, _, paced)) if paced.buys.is_empty() => view! {
                        <section class="card empty">
                            <h2>"Nothing is bought yet"</h2>
                            <p>"After execute this page shows, day by day, what was planned and what sellers delivered."</p>
                        </section>
                    }.into_any(),
                    Some((currency, delivery, paced)) => view! {
                        <Whole delivery=delivery.clone() paced=paced.clone()/>
                        <Tables paced code=currency.code()/>
                        <Days delivery currency/>
                    }.into_any(),
                }}
            </div>
        }
        .into_any(),
    )
}

#[component]
fn Whole(delivery: DeliveryOut, paced: Paced) -> impl IntoView {
    let Paced { points, whole, .. } = paced;
    let delayed = delivery.reporting_delayed;
    let troubles: Vec<_> = delivery
        .media_buys
        .iter()
        .flat_map(|buy| {
            buy.freshness
                .troubles
                .iter()
                .map(|trouble| (buy.name.clone(), trouble.message.clone()))
        })
        .collect();
    view! {
        <section class="card" aria-labelledby="pace-title">
            <h2 id="pace-title">"Against the plan"</h2>
            <dl class="equation pace">
                <div class="figure"><dt>"Bought"</dt><dd><Amount money=whole.planned/></dd></div>
                <div class="figure"><dt>"Expected by now"</dt><dd><Amount money=whole.expected/></dd></div>
                <div class="figure"><dt>"Delivered"</dt><dd><Amount money=whole.spend/></dd></div>
                <div class="figure"><dt>"Pace"</dt><dd><Pace pace=whole.pace rating=whole.rating/></dd></div>
                <div class="figure"><dt>"At the end, like this"</dt><dd>{or_dash(whole.projected)}</dd></div>
                <div class="figure"><dt>"Need a day from now"</dt><dd>{or_dash(whole.need)}</dd></div>
            </dl>
            {chart(&points)}
            <p class="quiet">
                {format!("As of {}. Behind is below 90 % of what the planned curve expected, ahead above 110 %.", format::moment(delivery.as_of, clock::now()))}
            </p>
            {delayed.then(|| view! { <p class="note warned"><Icon name="warn"/>"A seller says that its figures are late."</p> })}
            {troubles.into_iter().map(|(name, why)| view! {
                <p class="note warned"><Icon name="warn"/>{format!("Of {name}, figures were not taken in: {why}.")}</p>
            }).collect_view()}
        </section>
    }
    .into_any()
}

fn or_dash(money: Option<flighting_core::money::Money>) -> AnyView {
    match money {
        Some(money) => view! { <Amount money/> }.into_any(),
        None => view! { <span class="quiet">"–"</span> }.into_any(),
    }
}

/// A pace by glyph and words: behind and ahead are both off.
#[component]
fn Pace(pace: Option<rust_decimal::Decimal>, rating: Option<PaceWord>) -> impl IntoView {
    let Some((pace, word)) = pace.zip(rating) else {
        return view! { <span class="quiet">"nothing expected yet"</span> }.into_any();
    };
    let (glyph, tone) = match word {
        PaceWord::OnPace => ("check", "good"),
        PaceWord::Behind | PaceWord::Ahead => ("warn", "warn"),
    };
    view! { <span class=format!("status {tone}")><Icon name=glyph/>{percent(pace)} ", " {self::rating(word)}</span> }.into_any()
}

fn chart(points: &[Point]) -> Option<AnyView> {
    let (first, last) = (points.first()?, points.last()?);
    let planned: Vec<i64> = points.iter().map(|point| point.planned.minor()).collect();
    let delivered: Vec<i64> = points
        .iter()
        .map_while(|point| point.delivered.map(|money| money.minor()))
        .collect();
    let most = planned.iter().chain(&delivered).copied().max().unwrap_or(1);
    let most_money = flighting_core::money::Money::from_minor(most, last.planned.currency());
    let days = points.len();
    let now = points.iter().rev().find_map(|point| point.delivered);
    let words = format!(
        "Planned {} by {}; delivered {} so far. The tables below hold the same figures.",
        format::money(last.planned),
        format::day(last.day),
        now.map(format::money)
            .unwrap_or_else(|| "nothing".to_owned()),
    );
    Some(
        view! {
            <figure class="curve">
                <svg viewBox="0 0 1000 200" preserveAspectRatio="none" role="img" aria-label=words>
                    <path class="planned" d=line(&planned, days, most) vector-effect="non-scaling-stroke"/>
                    <path class="delivered" d=line(&delivered, days, most) vector-effect="non-scaling-stroke"/>
                </svg>
                <span class="most" aria-hidden="true">{most_money.map(format::amount)}</span>
                <figcaption class="row">
                    <span>{format::day(first.day)}</span>
                    <span class="key"><i class="planned"></i>"planned"</span>
                    <span class="key"><i class="delivered"></i>"delivered"</span>
                    <span class="aside">{format::day(last.day)}</span>
                </figcaption>
            </figure>
        }
        .into_any(),
    )
}

#[component]
fn Tables(paced: Paced, code: &'static str) -> impl IntoView {
    let Paced {
        whole,
        periods,
        buys,
        points: _,
    } = paced;
    view! {
        <section class="card flat" aria-label="Delivery by period, media buy and package">
            <div class="scroll" tabindex="0" role="region" aria-label="Delivery as a table">
                <table class="tight-table paces">
                    <thead><tr>
                        <th scope="col">"What"</th>
                        <th scope="col" class="num">"Bought, " {code}</th>
                        <th scope="col" class="num">"Expected"</th>
                        <th scope="col" class="num">"Delivered"</th>
                        <th scope="col">"Pace"</th>
                        <th scope="col" class="num">"At the end"</th>
                        <th scope="col" class="num">"Need a day"</th>
                        <th scope="col" class="num">"Impressions"</th>
                        <th scope="col" class="num">"Clicks"</th>
                    </tr></thead>
                    <tbody>{row(&whole, "group")}</tbody>
                    {(!periods.is_empty()).then(|| view! {
                        <tbody>
                            <tr class="group"><th scope="rowgroup" colspan="9">"By period"</th></tr>
                            {periods.iter().map(|one| row(one, "")).collect_view()}
                        </tbody>
                    })}
                    {buys.iter().map(|(buy, packages)| view! {
                        <tbody>{row(buy, "group")} {packages.iter().map(|one| row(one, "")).collect_view()}</tbody>
                    }).collect_view()}
                </table>
            </div>
        </section>
    }
    .into_any()
}

fn row(one: &Standing, class: &'static str) -> AnyView {
    view! {
        <tr class=class>
            <th scope="row">{one.name.clone()} {(!one.part.is_empty()).then(|| view! { <small>" " {one.part.clone()}</small> })}</th>
            <td class="num"><Amount money=one.planned/></td>
            <td class="num"><Amount money=one.expected/></td>
            <td class="num"><Amount money=one.spend/></td>
            <td><Pace pace=one.pace rating=one.rating/></td>
            <td class="num">{or_dash(one.projected)}</td>
            <td class="num">{or_dash(one.need)}</td>
            <td class="num">{format::count(one.impressions)}</td>
            <td class="num">{format::count(one.clicks)}</td>
        </tr>
    }
    .into_any()
}

#[component]
fn Days(delivery: DeliveryOut, currency: flighting_core::money::Currency) -> impl IntoView {
    let days = delivery.days;
    (!days.is_empty()).then(|| view! {
        <section class="card flat" aria-label="Delivery by day">
            <div class="card-head"><h2>"By day"</h2><span class="quiet">"UTC days with figures"</span></div>
            <div class="scroll" tabindex="0" role="region" aria-label="Days as a table">
                <table>
                    <thead><tr>
                        <th scope="col">"Day"</th><th scope="col" class="num">"Planned"</th><th scope="col" class="num">"Delivered"</th>
                        <th scope="col" class="num">"Impressions"</th><th scope="col" class="num">"Clicks"</th><th scope="col">"Note"</th>
                    </tr></thead>
                    <tbody>{days.iter().map(|day| view! {
                        <tr>
                            <th scope="row">{format::day(day.date)}</th>
                            <td class="num"><Amount money=format::read(day.planned, currency)/></td>
                            <td class="num"><Amount money=format::read(day.spend, currency)/></td>
                            <td class="num">{format::count(day.impressions)}</td>
                            <td class="num">{format::count(day.clicks)}</td>
                            <td>{day.late.then_some("came late")}</td>
                        </tr>
                    }).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any())
}
