//! Every amount explains itself: clicked, or asked with `=`, it tells its formula, what goes into it,
//! and who got the odd unit. Not modal: the arrows go on moving, and the explanation follows.

use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::planner::Planner;
use crate::clock;
use crate::format;
use crate::forms::explain::{Part, Shown, Told, told};
use crate::later::part;
use crate::parts::amount::Amount;
use crate::parts::copy::Copy;
use crate::parts::field::sentence;
use crate::parts::icon::Icon;

/// The attribute that says which amount stands in a cell.
pub(super) const PLACE: &str = "data-place";

/// Which amount is asked about.
#[derive(Clone, Copy)]
pub(super) struct Asked(RwSignal<Option<String>>);

impl Asked {
    pub(super) fn new() -> Self {
        Self(RwSignal::new(None))
    }

    fn close(self) {
        self.0.set(None);
    }

    /// A click on an amount asks about it.
    pub(super) fn click(self, event: &ev::MouseEvent) {
        if let Some(place) = place(event.target()) {
            self.0.set(Some(place));
        }
    }

    /// `=` on an amount asks about it, Escape puts the explanation away; true where the key did
    /// something. While an explanation is open it follows the focus.
    pub(super) fn key(self, event: &ev::KeyboardEvent) -> bool {
        match event.key().as_str() {
            "=" if place(event.target()).is_some() && !types(event.target()) => {
                self.0.set(place(event.target()));
                true
            }
            "Escape" if self.0.with_untracked(Option::is_some) => {
                self.close();
                true
            }
            _ => false,
        }
    }

    /// The focus came to an amount: an explanation that is open is about it now.
    pub(super) fn focus(self, event: &ev::FocusEvent) {
        if self.0.with_untracked(Option::is_some)
            && let Some(place) = place(event.target())
        {
            self.0.set(Some(place));
        }
    }
}

fn element(target: Option<web_sys::EventTarget>) -> Option<web_sys::Element> {
    target?.dyn_into().ok()
}

fn place(target: Option<web_sys::EventTarget>) -> Option<String> {
    element(target)?
        .closest("[data-place]")
        .ok()
        .flatten()?
        .get_attribute(PLACE)
}

fn types(target: Option<web_sys::EventTarget>) -> bool {
    element(target).is_some_and(|element| element.tag_name() == "INPUT")
}

/// The explanation of the amount that is asked about; nothing where none is.
#[component]
pub(super) fn Explanation(planner: Planner, asked: Asked) -> impl IntoView {
    let is_asked = Memo::new(move |_| asked.0.with(Option::is_some));
    move || is_asked.get().then(|| explanation(planner, asked))
}

part!(plan_more, Nothing: fn explanation(planner: Planner, asked: Asked) => view! { <Found planner asked/> }.into_any());

#[component]
fn Found(planner: Planner, asked: Asked) -> impl IntoView {
    let found = Memo::new(move |_| {
        let place = asked.0.get()?;
        let sheet = planner.sheet_followed();
        let advertiser = planner.advertiser.get()?;
        let known = planner.known();
        planner.grid.with(|grid| {
            let shown = Shown {
                sheet: &sheet,
                grid: grid.as_ref()?,
                known: &known,
                advertiser: &advertiser,
                now: clock::now(),
            };
            Some(told(&place, shown).map_err(|wrong| {
                wrong
                    .first()
                    .map(|wrong| sentence(&wrong.message))
                    .unwrap_or_else(|| "There is no such amount any more.".to_owned())
            }))
        })
    });
    view! {
        {move || found.get().map(|found| view! {
            <section class="card explanation" aria-label="Explanation">
                {match found {
                    Ok(told) => shown(told),
                    Err(why) => view! { <p class="warned"><Icon name="warn"/>{why}</p> }.into_any(),
                }}
                <button type="button" class="button quiet square close" aria-label="Close the explanation" on:click=move |_| asked.close()><Icon name="close"/></button>
            </section>
        })}
    }
    .into_any()
}

fn shown(told: Told) -> AnyView {
    let text = told.text();
    let odd = told.parts.iter().any(|part| part.odd);
    let line = move |part: &Part, class: &'static str| {
        view! {
            <tr class=class class:on=part.own>
                <th scope="row">{part.name.clone()}</th>
                <td class="num"><Amount money=part.amount/></td>
                {odd.then(|| view! { <td class="num">{if part.odd { "+1" } else { "–" }}</td> })}
            </tr>
        }
        .into_any()
    };
    let has_parts = !told.parts.is_empty();
    view! {
        <h2 aria-live="polite">{told.name.clone()} " = " {format::money(told.amount)}</h2>
        <p class="formula">{told.formula.clone()}</p>
        <p class="quiet">{told.rule}</p>
        {(!told.inputs.is_empty()).then(|| view! {
            <dl class="sum">
                {told.inputs.iter().cloned().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()}
            </dl>
        })}
        {told.exact.clone().map(|(exact, why)| view! {
            <p><strong>"Exactly "</strong>{exact} ": " {why} "."</p>
        })}
        {has_parts.then(|| view! {
            <div class="scroll" tabindex="0" role="region" aria-label="Its parts as a table">
                <table class="tight">
                    <thead><tr><th scope="col">"Part"</th><th scope="col" class="num">"Amount"</th>{odd.then(|| view! { <th scope="col" class="num">"Odd unit"</th> })}</tr></thead>
                    <tbody>{told.parts.iter().map(|part| line(part, "")).collect_view()}</tbody>
                    <tfoot>{told.whole.iter().map(|part| line(part, "")).collect_view()}</tfoot>
                </table>
            </div>
        })}
        <Copy label="Copy as text" id="explanation-text" text=Callback::new(move |()| text.clone())/>
    }
    .into_any()
}
