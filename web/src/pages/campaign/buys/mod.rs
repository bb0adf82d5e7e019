//! The media buys of a campaign, each unfolding to its packages; what can be done with one stands
//! beside it, and what its seller answered below it.

mod actions;
mod answered;
pub mod desk;
mod package;
mod pending;
mod waits;

use std::collections::BTreeSet;

use flighting_core::change::Stand;
use flighting_core::money::Currency;
use flighting_core::wire::media_buy::MediaBuyOut;
use leptos::prelude::*;

use self::actions::Actions;
use self::answered::Answered;
use self::desk::Desk;
use self::package::PackageRow;
use self::pending::Pending;
use self::waits::Waits;
use super::Open;
use crate::format;
use crate::parts::amount::Amount;
use crate::parts::buy_state::State;
use crate::parts::field::Issues;
use crate::parts::icon::Icon;

/// The table of media buys.
#[component]
pub fn Buys(open: Open, desk: Desk) -> impl IntoView {
    let ids = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
                .iter()
                .flat_map(|campaign| &campaign.media_buys)
                .map(|buy| buy.media_buy_id.clone())
                .collect::<Vec<_>>()
        })
    });
    let unfolded = RwSignal::new(BTreeSet::<String>::new());
    let currency = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
                .as_ref()
                .map(|campaign| campaign.currency.clone())
        })
    });
    let packages = Memo::new(move |_| {
        open.campaign.with(|state| {
            state
                .value
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
                            <th scope="col">"Status and pacing"</th>
                            <th scope="col">"Period"</th>
                            <th scope="col">"Window, UTC days"</th>
                            <th scope="col" class="num">"Bid"</th>
                            <th scope="col" class="num">"Impressions"</th>
                            <th scope="col" class="num">"Spent"</th>
                            <th scope="col" class="num">"Budget, " {move || currency.get()}</th>
                        </tr>
                    </thead>
                    <For each=move || ids.get() key=Clone::clone let(id)>
                        <Buy open desk unfolded id/>
                    </For>
                </table>
            </div>
        </section>
    }
    .into_any()
}

/// One buy, followed by its id.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// What the pages of the campaign share.
    pub open: Open,
    /// What is typed and answered.
    pub desk: Desk,
    /// Its id.
    pub id: StoredValue<String>,
    /// The buy as it was last read.
    pub buy: Memo<Option<MediaBuyOut>>,
    /// What is wrong with what is typed for it.
    pub issues: Issues,
}

impl Row {
    fn new(open: Open, desk: Desk, id: String) -> Self {
        let own = StoredValue::new(id);
        let buy = Memo::new(move |_| {
            open.campaign.with(|state| {
                state
                    .value
                    .iter()
                    .flat_map(|campaign| &campaign.media_buys)
                    .find(|buy| own.with_value(|id| *id == buy.media_buy_id))
                    .cloned()
            })
        });
        let wrong = Signal::derive(move || {
            let refused = match own.with_value(|id| desk.told(id)) {
                Some(desk::Told::Refused(_, error)) => error.issues().to_vec(),
                _ => Vec::new(),
            };
            let ours = buy.with(|buy| {
                let buy = buy.as_ref()?;
                let draft = open.draft.get()?;
                Some(
                    own.with_value(|id| desk.typed(id, |typed| typed.form.violations(buy, &draft))),
                )
            });
            ours.filter(|ours| !ours.is_empty()).unwrap_or(refused)
        });
        Self {
            open,
            desk,
            id: own,
            buy,
            issues: Issues::new(wrong),
        }
    }

    /// Whether its seller can be asked for other values now, followed.
    fn takes_changes(self) -> bool {
        self.buy.with(|buy| {
            buy.as_ref()
                .is_some_and(|buy| buy.stand() == Stand::AtSeller)
        })
    }
}

#[component]
fn Buy(open: Open, desk: Desk, unfolded: RwSignal<BTreeSet<String>>, id: String) -> impl IntoView {
    let row = Row::new(open, desk, id);
    let Row { buy, id: own, .. } = row;
    let is_open = Memo::new(move |_| unfolded.with(|open| own.with_value(|id| open.contains(id))));
    let toggle = move |_| {
        unfolded.update(|open| {
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
    let packages = Memo::new(move |_| {
        buy.with(|buy| {
            buy.iter()
                .flat_map(|buy| &buy.packages)
                .map(|package| package.package_id.clone())
                .collect::<Vec<_>>()
        })
    });
    let count = move || u64::try_from(packages.with(Vec::len)).unwrap_or(0);
    view! {
        <tbody class="buy">
            <tr class="group">
                <th scope="rowgroup">
                    <button type="button" class="unfold" aria-expanded=move || is_open.get().to_string() on:click=toggle>
                        <Icon name="fold"/> <span>{move || name.get()}</span>
                    </button>
                    <small>{move || format::plural(count(), "package", "packages")}</small>
                </th>
                <td colspan="4" class="state-cell">
                    {move || buy.get().map(|buy| view! { <State buy asked_below=true/> })}
                    <Actions row unfolded/>
                </td>
                {move || buy.get().map(|buy| figures(&buy))}
            </tr>
            <Waits row/>
            <Pending row/>
            <Answered row/>
            <Show when=move || is_open.get()>
                <For each=move || packages.get() key=Clone::clone let(package)>
                    <PackageRow row package/>
                </For>
            </Show>
        </tbody>
    }
    .into_any()
}

fn figures(buy: &MediaBuyOut) -> Option<impl IntoView + use<>> {
    let currency = Currency::parse(&buy.budget_currency)?;
    Some(view! {
        <td class="num" data-label="Impressions">{format::count(buy.performance.impressions)}</td>
        <td class="num" data-label="Spent"><Amount money=format::read(buy.performance.spend, currency)/></td>
        <td class="num sum-cell"><strong><Amount money=format::read(buy.budget, currency)/></strong></td>
    })
}
