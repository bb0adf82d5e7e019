//! One package of a live buy: budget, bid and pacing typed in place.

use flighting_core::money::{Currency, Money};
use flighting_core::wire::budget::PackagePacing;
use flighting_core::wire::media_buy::PackageOut;
use leptos::prelude::*;

use super::Row;
use crate::format;
use crate::forms::tune::{Value, takes_changes};
use crate::parts::amount::Amount;
use crate::parts::field::{ChoiceField, TextField};
use crate::parts::icon::Icon;

#[component]
pub(super) fn PackageRow(row: Row, package: String) -> impl IntoView {
    let own = StoredValue::new(package);
    let out = Memo::new(move |_| {
        row.buy.with(|buy| {
            buy.iter()
                .flat_map(|buy| &buy.packages)
                .find(|package| own.with_value(|id| *id == package.package_id))
                .cloned()
        })
    });
    let may = Memo::new(move |_| {
        row.takes_changes() && out.with(|out| out.as_ref().is_some_and(takes_changes))
    });
    let money =
        move |read: fn(&PackageOut) -> Option<flighting_core::wire::Amount>| -> Option<Money> {
            out.with(|out| {
                let out = out.as_ref()?;
                let currency = Currency::parse(&out.budget_currency)?;
                read(out).map(|amount| format::read(amount, currency))
            })
        };
    let text = move |read: fn(&PackageOut) -> String| {
        out.with(|out| out.as_ref().map(read).unwrap_or_default())
    };
    let called = move || {
        text(|out| match &out.pacing_period {
            Some(period) => format!("{}, {}", out.product_name, period.label),
            None => out.product_name.clone(),
        })
    };
    view! {
        <tr class="package" class:ended=move || out.with(|out| out.as_ref().is_some_and(|out| !takes_changes(out)))>
            <th scope="row">{move || text(|out| out.product_name.clone())}</th>
            <td class="pacing-cell">
                {move || (!may.get()).then(|| text(|out| format::word(out.pacing.as_str())))}
                <Show when=move || may.get()><Cell row out own value=Value::Pacing called=Signal::derive(called)/></Show>
                {move || out.with(|out| out.as_ref().is_some_and(|out| !takes_changes(out)).then(|| view! {
                    <span class="flag"><Icon name="stop"/>"canceled"</span>
                }))}
            </td>
            <td>{move || text(|out| out.pacing_period.as_ref().map_or("whole flight".to_owned(), |period| period.label.clone()))}</td>
            <td>{move || text(window)}</td>
            <td class="num">
                {move || (!may.get()).then(|| text(|out| out.bid_price.map(|bid| format::rate(bid.to_decimal())).unwrap_or_default()))}
                <Show when=move || may.get() && out.with(|out| out.as_ref().is_some_and(|out| out.bid_price.is_some()))>
                    <Cell row out own value=Value::Bid called=Signal::derive(called)/>
                </Show>
            </td>
            <td class="num" data-label="Impressions">{move || out.with(|out| out.as_ref().and_then(|out| out.delivery).map(|delivery| format::count(delivery.impressions)))}</td>
            <td class="num" data-label="Spent">{move || money(|out| out.delivery.map(|delivery| delivery.spend)).map(|money| view! { <Amount money/> })}</td>
            <td class="num sum-cell">
                {move || (!may.get()).then(|| money(|out| Some(out.budget)).map(|money| view! { <Amount money/> }))}
                <Show when=move || may.get()><Cell row out own value=Value::Budget called=Signal::derive(called)/></Show>
                {move || money(|out| out.seller_budget).map(|money| view! { <small class="warned">" seller holds " <Amount money/></small> })}
            </td>
        </tr>
    }
    .into_any()
}

fn window(package: &PackageOut) -> String {
    let days = flighting_core::flight::Flight::new(package.start_time, package.end_time)
        .map(|window| format::days(window.days()))
        .unwrap_or_default();
    if package.starts_at_once {
        format!("{days} · from now")
    } else {
        days
    }
}

/// A value of a package in its field.
#[component]
fn Cell(
    row: Row,
    out: Memo<Option<PackageOut>>,
    own: StoredValue<String>,
    value: Value,
    called: Signal<String>,
) -> impl IntoView {
    let Row {
        desk,
        id,
        buy,
        issues,
        ..
    } = row;
    let shown = Signal::derive(move || {
        out.with(|out| {
            out.as_ref()
                .map(|out| id.with_value(|id| desk.typed(id, |typed| typed.form.shown(out, value))))
                .unwrap_or_default()
        })
    });
    let path = Signal::derive(move || {
        buy.with(|buy| {
            let path = buy.as_ref().map(|buy| {
                let own = own.get_value();
                id.with_value(|id| desk.typed(id, |typed| typed.form.path(buy, &own, value)))
            });
            path.unwrap_or_default()
        })
    });
    let write = move |text: String| {
        if let Some(out) = out.get_untracked() {
            let id = id.get_value();
            issues.show_all();
            desk.edit(&id, |typed| typed.form.set(&out, value, text));
        }
    };
    match value {
        Value::Pacing => view! {
            <ChoiceField
                label="Pacing inside the package"
                path
                value=shown
                options=Signal::derive(|| PackagePacing::ALL.iter().map(|one| (one.as_str().to_owned(), format::word(one.as_str()))).collect())
                on_choose=write
                issues
                in_table=true
            />
        }
        .into_any(),
        Value::Budget | Value::Bid => view! {
            <TextField
                label=Signal::derive(move || format!("{} of {}", if value == Value::Bid { "Bid" } else { "Budget" }, called.get()))
                figures=true
                path
                value=shown
                on_input=write
                issues
                in_table=true
            />
        }
        .into_any(),
    }
}
