//! What was answered for one buy: done, waiting, refused, in the seller's words.

use flighting_core::wire::execute::SubmissionError;
use flighting_core::wire::media_buy::{ChangeResult, ChangeResultWord};
use leptos::prelude::*;

use super::Row;
use super::desk::Told;
use crate::parts::exchange::Exchange;
use crate::parts::field::sentence;
use crate::parts::icon::Icon;
use crate::parts::trouble::{About, Trouble};

#[component]
pub(super) fn Answered(row: Row) -> impl IntoView {
    let Row { desk, id, .. } = row;
    move || {
        let told = id.with_value(|id| desk.told(id))?;
        let body = match told {
            Told::Changed(result) => changed(result),
            Told::Answered(errors) if errors.is_empty() => {
                line("check", "good", "The seller took the answer.".to_owned())
            }
            Told::Answered(errors) => errors.into_iter().map(refused).collect_view().into_any(),
            Told::Reconciled(warnings) => view! {
                {line("check", "good", "Your word was taken.".to_owned())}
                {warnings.into_iter().map(|warning| line("warn", "warned", sentence(&warning.message))).collect_view()}
            }
            .into_any(),
            Told::Refused(head, error) => view! { <Trouble error about=About::Save head/> }.into_any(),
        };
        Some(view! {
            <tr class="told"><td colspan="8">
                <div class="result" role="status">
                    <div>{body}</div>
                    <button type="button" class="button quiet square" aria-label="Close the answer" on:click=move |_| desk.heard(&id.get_value())><Icon name="close"/></button>
                </div>
            </td></tr>
        })
    }
}

fn line(glyph: &'static str, tone: &'static str, words: String) -> AnyView {
    view! { <p class=tone><Icon name=glyph/>{words}</p> }.into_any()
}

fn changed(result: ChangeResult) -> AnyView {
    let (glyph, tone, words) = match result.outcome {
        ChangeResultWord::Applied => ("check", "good", "Done, confirmed by the seller."),
        ChangeResultWord::Unchanged => ("check", "good", "It was so already."),
        ChangeResultWord::Submitted => (
            "clock",
            "",
            "The seller decides later. Until then the live values stay.",
        ),
        ChangeResultWord::Held => (
            "hold",
            "",
            "The seller is asked as soon as it has said yes to the buy.",
        ),
        ChangeResultWord::Refused => (
            "fail",
            "bad",
            "The seller said no: nothing changed. What you typed is still here.",
        ),
        ChangeResultWord::Unknown => (
            "clock",
            "warned",
            "Nobody knows yet whether it was done; it is being found out.",
        ),
        ChangeResultWord::Expired => ("stop", "", "It was called off: nothing changed."),
    };
    view! {
        {line(glyph, tone, words.to_owned())}
        {result.error.map(|error| view! {
            <blockquote>{error.message} {error.suggestion.map(|suggestion| view! { <br/> <em>{suggestion}</em> })}</blockquote>
            <p class="quiet"><code>{error.code}</code> {error.field.map(|field| format!(" at {field}"))}</p>
        })}
    }
    .into_any()
}

fn refused(error: SubmissionError) -> AnyView {
    view! {
        {line("fail", "bad", "The seller did not take the answer. What you typed is still here.".to_owned())}
        <blockquote>{error.message} {error.suggestion.map(|suggestion| view! { <br/> <em>{suggestion}</em> })}</blockquote>
        <p class="quiet"><code>{error.code}</code></p>
        <Exchange debug=error.debug/>
    }
    .into_any()
}
