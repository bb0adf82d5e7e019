//! What waits for a person: a seller's question, or a buy of which only a person can tell what
//! became of it.

use flighting_core::media_buy::ChangeState;
use flighting_core::money::Currency;
use flighting_core::wire::media_buy::{CandidateOut, QuestionOut, ReconcileAction, Reconciliation};
use leptos::prelude::*;

use super::Row;
use crate::parts::confirm::Confirm;
use crate::parts::field::sentence;
use crate::parts::icon::Icon;
use crate::{clock, format};

#[component]
pub(super) fn Waits(row: Row) -> impl IntoView {
    let buy = row.buy;
    let question =
        Memo::new(move |_| buy.with(|buy| buy.as_ref().and_then(|buy| buy.question.clone())));
    let person =
        Memo::new(move |_| buy.with(|buy| buy.as_ref().and_then(|buy| buy.reconciliation.clone())));
    view! {
        {move || question.get().map(|question| view! { <tr class="told"><td colspan="8"><Question row question/></td></tr> })}
        {move || person.get().map(|person| view! { <tr class="told"><td colspan="8"><Person row person/></td></tr> })}
    }
    .into_any()
}

#[component]
fn Question(row: Row, question: QuestionOut) -> impl IntoView {
    let Row { desk, id, buy, .. } = row;
    let QuestionOut {
        text,
        since,
        answerable,
    } = question;
    let field = id.with_value(|id| format!("answer-{id}"));
    let area_id = field.clone();
    let typed = move || id.with_value(|id| desk.typed(id, |typed| typed.answer.clone()));
    let is_empty = move || typed().trim().is_empty();
    let send = move |_| {
        if let Some(buy) = buy.get_untracked().filter(|_| !is_empty()) {
            desk.answer(&buy);
        }
    };
    view! {
        <div class="waits">
            <p><Icon name="ask"/><strong>"The seller asks"</strong> ", since " {format::moment(since, clock::now())} ":"</p>
            <blockquote>{text.unwrap_or_else(|| "It needs more, and does not say what.".to_owned())}</blockquote>
            {if answerable {
                view! {
                    <div class="field">
                        <label for=field>"Your answer"</label>
                        <textarea
                            id=area_id
                            rows="2"
                            maxlength="4000"
                            prop:value=typed
                            on:input=move |event| {
                                let text = event_target_value(&event);
                                desk.edit(&id.get_value(), |typed| typed.answer = text);
                            }
                        ></textarea>
                    </div>
                    <button type="button" class="button primary" aria-disabled=move || is_empty().to_string() on:click=send>"Send the answer"</button>
                }.into_any()
            } else {
                view! { <p class="quiet">"This seller takes no answers here: answer where it takes them, or cancel the buy."</p> }.into_any()
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Person(row: Row, person: Reconciliation) -> impl IntoView {
    let Row { desk, id, buy, .. } = row;
    let releasing = RwSignal::new(false);
    let currency = buy.with_untracked(|buy| {
        buy.as_ref()
            .and_then(|buy| Currency::parse(&buy.budget_currency))
    });
    let link = move |to: String| {
        if let Some(buy) = buy.get_untracked().filter(|_| !to.trim().is_empty()) {
            desk.reconcile(&buy, Some(to));
        }
    };
    let release = move || {
        if let Some(buy) = buy.get_untracked() {
            desk.reconcile(&buy, None);
        }
    };
    let field = id.with_value(|id| format!("link-{id}"));
    let input_id = field.clone();
    let typed = move || id.with_value(|id| desk.typed(id, |typed| typed.link.clone()));
    // An unanswered change: the buy is known, and only whether it was changed is not.
    let of_change = buy.with_untracked(|buy| {
        let buy = buy.as_ref()?;
        let change = buy.pending_change.as_ref()?;
        (change.status == ChangeState::Silent)
            .then(|| buy.seller_media_buy_id.clone())
            .flatten()
    });
    let (none_words, none_title, none_what) = if of_change.is_some() {
        (
            "It was not changed…",
            "Did the seller leave it as it was?",
            "The change counts as not applied. If the seller applied it after all, one of the next looks shows it.",
        )
    } else {
        (
            "The seller holds none…",
            "Does the seller hold no such buy?",
            "It becomes failed, and the next execute sends it again. If the seller holds it after all, it is bought twice: look there first.",
        )
    };
    let may_release = person.actions.contains(&ReconcileAction::Release);
    view! {
        <div class="waits">
            <p><Icon name="warn"/><strong>"Only a person can tell what became of it"</strong> ", since " {format::moment(person.since, clock::now())} ". " {sentence(&person.message)}</p>
            {(!person.candidates.is_empty()).then(|| view! {
                <table class="tight">
                    <thead><tr><th scope="col">"At the seller"</th><th scope="col">"Its state"</th><th scope="col" class="num">"Packages"</th><th scope="col" class="num">"Budget"</th><th scope="col"><span class="unseen">"Decide"</span></th></tr></thead>
                    <tbody>{person.candidates.iter().cloned().map(|candidate| {
                        let CandidateOut { seller_media_buy_id, adcp_status, budget, packages } = candidate;
                        let to = seller_media_buy_id.clone();
                        view! {
                            <tr>
                                <th scope="row"><code>{seller_media_buy_id.clone()}</code></th>
                                <td>{adcp_status}</td>
                                <td class="num">{packages}</td>
                                <td class="num">{budget.zip(currency).map(|(budget, currency)| format::money(format::read(budget, currency)))}</td>
                                <td><button type="button" class="button" aria-label=format!("It is {seller_media_buy_id}") on:click=move |_| link(to.clone())>"It is this one"</button></td>
                            </tr>
                        }
                    }).collect_view()}</tbody>
                </table>
            })}
            <div class="row">
                {match of_change {
                    Some(id) => view! {
                        <button type="button" class="button" on:click=move |_| link(id.clone())>"It was changed"</button>
                    }.into_any(),
                    None => view! {
                        <label class="reason" for=field><span>"The seller’s id of it"</span>
                            <input
                                id=input_id
                                autocomplete="off"
                                maxlength="255"
                                prop:value=typed
                                on:input=move |event| {
                                    let text = event_target_value(&event);
                                    desk.edit(&id.get_value(), |typed| typed.link = text);
                                }
                            />
                        </label>
                        <button type="button" class="button" aria-disabled=move || typed().trim().is_empty().to_string() on:click=move |_| link(typed())>"It is that one"</button>
                    }.into_any(),
                }}
                {may_release.then(|| view! {
                    <button type="button" class="button danger" on:click=move |_| releasing.set(true)>{none_words}</button>
                })}
            </div>
            <Confirm
                open=releasing
                title=none_title
                action=Signal::derive(move || none_words.trim_end_matches('…').to_owned())
                on_yes=Callback::new(move |()| release())
            >
                <p>{none_what}</p>
            </Confirm>
        </div>
    }
    .into_any()
}
