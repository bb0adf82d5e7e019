//! What reactivating a paused campaign demands of each day, told before one does it.

use flighting_core::delivery::Demand;
use flighting_core::money::Money;
use flighting_core::wire::campaign::{Reactivation, reactivation};
use leptos::prelude::*;

use super::Open;
use crate::forms::known;
use crate::parts::amount::Amount;
use crate::parts::icon::Icon;
use crate::{clock, format};

/// So many days are shown for whoever waits.
const LATER: u32 = 3;

/// What the days need if it is done now, and if one waits.
#[component]
pub(super) fn Reactivate(open: Open) -> impl IntoView {
    let found = move || {
        let campaign = open.campaign.value()?;
        let currency = known::currency(&campaign)?;
        let cap = campaign
            .budget
            .daily_cap
            .map(|cap| format::read(cap, currency));
        Some((reactivation(&campaign, clock::now(), LATER)?, cap))
    };
    view! {
        {move || found().map(|(what, cap)| shown(&what, cap))}
        <p class="quiet">"Sellers are asked to go on, holds are lifted."</p>
    }
}

fn shown(what: &Reactivation, cap: Option<Money>) -> AnyView {
    let count = |number: usize| u64::try_from(number).unwrap_or(0);
    let now = what.from.first();
    let (first, peak) = now.map_or((None, None), |now| (now.first, now.peak));
    let head = match first {
        Some((day, need)) => format!(
            "It needs {} a day from {}{}",
            format::amount(need),
            format::day(day),
            cap.map(|cap| format!(", the cap is {}", format::amount(cap)))
                .unwrap_or_default()
        ),
        None => "Nothing is left to spend".to_owned(),
    };
    let mut notes: Vec<(&'static str, &'static str, String)> = Vec::new();
    if let Some((day, need)) = peak.filter(|_| peak != first) {
        notes.push((
            "info",
            "",
            format!(
                "Most is needed from {}: {} a day.",
                format::day(day),
                format::amount(need)
            ),
        ));
    }
    if let Some(now) = now {
        if now.over_cap.minor() > 0 {
            notes.push((
                "warn",
                "warned",
                format!(
                    "{} cannot be spent under the daily cap.",
                    format::amount(now.over_cap)
                ),
            ));
        }
        if now.lost.minor() > 0 {
            notes.push((
                "info",
                "",
                format!(
                    "{} can no longer be spent: its period is over.",
                    format::amount(now.lost)
                ),
            ));
        }
    }
    if what.waiting.minor() > 0 {
        notes.push((
            "clock",
            "",
            format!(
                "{} of it waits for a seller’s yes and cannot be spent before.",
                format::amount(what.waiting)
            ),
        ));
    }
    if what.stay_paused > 0 {
        notes.push((
            "pause",
            "",
            format!(
                "{} paused: paused by itself.",
                format::plural(count(what.stay_paused), "buy stays", "buys stay")
            ),
        ));
    }
    if what.over > 0 {
        notes.push((
            "done",
            "",
            format!(
                "{} back: the flight is over.",
                format::plural(count(what.over), "buy does not come", "buys do not come")
            ),
        ));
    }
    view! {
        <div class="demand">
            <p><strong>{head}</strong></p>
            <ul class="checks">
                {notes.into_iter().map(|(glyph, tone, words)| view! { <li class=tone><Icon name=glyph/><span>{words}</span></li> }).collect_view()}
            </ul>
            <table class="tight">
                <thead><tr><th scope="col">"If done on"</th><th scope="col" class="num">"Need a day"</th><th scope="col" class="num">"Most a day"</th><th scope="col" class="num">"Cannot be spent"</th></tr></thead>
                <tbody>{what.from.iter().map(|one| line(one, cap)).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn line(one: &Demand, cap: Option<Money>) -> AnyView {
    let money = |need: Option<(chrono::NaiveDate, Money)>| match need {
        Some((_, money)) => {
            let over = cap.is_some_and(|cap| money.minor() > cap.minor());
            view! { <span class:warned=over>{over.then(|| view! { <Icon name="warn"/> })}<Amount money/></span> }.into_any()
        }
        None => view! { <span class="quiet">"–"</span> }.into_any(),
    };
    let lost = one.lost.plus(one.over_cap).unwrap_or(one.lost);
    view! {
        <tr>
            <th scope="row">{format::day(one.from)}</th>
            <td class="num">{money(one.first)}</td>
            <td class="num">{money(one.peak)}</td>
            <td class="num"><Amount money=lost/></td>
        </tr>
    }
    .into_any()
}
