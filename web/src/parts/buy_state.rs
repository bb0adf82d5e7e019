//! How a media buy stands: status, since when, why it waits, whose turn it is, and the seller's own
//! words.

use flighting_core::media_buy::BuyFlag;
use flighting_core::wire::media_buy::MediaBuyOut;
use leptos::prelude::*;

use super::icon::Icon;
use super::status::Status;
use crate::{clock, format};

/// Status, since when, why it waits, whose turn it is, and the seller's own words.
#[component]
pub fn State(
    /// The buy.
    buy: MediaBuyOut,
    /// Whether its seller's question stands below, and is not said here too.
    #[prop(optional)]
    asked_below: bool,
) -> impl IntoView {
    let now = clock::now();
    let is_question = asked_below && buy.question.is_some();
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
            {buy.source_message.clone().filter(|_| !is_question).map(|message| view! {
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
