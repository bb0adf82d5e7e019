//! Three troubles in one component: something could not be loaded, a change was refused, a seller
//! failed. Each says what happened, what still stands, and what to do.

use flighting_core::wire::ErrorCode;
use leptos::prelude::*;

use super::icon::Icon;
use crate::api::{ApiError, Cause};

/// What the trouble is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Something to look at could not be fetched.
    Load,
    /// A change was not taken.
    Save,
}

/// The sentence under the head: what it means, in the planner's terms.
#[must_use]
pub fn meaning(error: &ApiError, about: About) -> &'static str {
    match (&error.cause, about) {
        (Cause::Unreachable, About::Load) => {
            "Is the server running? It is tried again as soon as you ask."
        }
        (Cause::Unreachable, About::Save) => {
            "Nothing you typed is lost. It is not known whether the server got it: look before you send it again."
        }
        (Cause::Unreadable, _) => {
            "The page and the server may be of different versions: reload the page."
        }
        (Cause::Refused(ErrorCode::InternalError), _) => {
            "The fault is the server’s. It has written it down."
        }
        (Cause::Refused(ErrorCode::Conflict), _) => {
            "Somebody or something else changed it meanwhile."
        }
        (Cause::Refused(_), About::Load) => "",
        (Cause::Refused(_), About::Save) => "Nothing was changed. What you typed is still here.",
    }
}

/// A trouble with its server's words and a way on.
#[component]
pub fn Trouble(
    /// What failed.
    error: ApiError,
    /// What it was about.
    about: About,
    /// The head: what could not be done.
    head: &'static str,
    /// Tries again.
    #[prop(optional)]
    retry: Option<Callback<()>>,
) -> impl IntoView {
    let request_id = error
        .details
        .as_ref()
        .and_then(|details| details.request_id.clone());
    let meaning = meaning(&error, about);
    view! {
        <div class="trouble" role="alert">
            <Icon name=if about == About::Load { "warn" } else { "fail" }/>
            <div>
                <p><strong>{head}</strong> ": " {error.message.clone()}</p>
                {(!meaning.is_empty()).then(|| view! { <p>{meaning}</p> })}
                {request_id.map(|id| view! { <p class="quiet">"Request " <code>{id}</code></p> })}
            </div>
            {retry.map(|retry| view! {
                <button type="button" class="button" on:click=move |_| retry.run(())>"Try again"</button>
            })}
        </div>
    }
    .into_any()
}
