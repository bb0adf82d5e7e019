//! The requests to sellers as they would go out now, asked of the server when somebody wants to see
//! them: the very code that sends them writes them.

use flighting_core::wire::discovery::SelectionOut;
use flighting_core::wire::preflight::{PreflightOut, PreflightRequest};
use leptos::prelude::*;

use crate::load::Load;
use crate::pages::api;
use crate::pages::campaign::Open;
use crate::parts::copy::Copy;
use crate::parts::exchange::written;
use crate::parts::icon::Icon;
use crate::parts::trouble::{About, Trouble};

/// The revision of the campaign, and what is selected.
type State = (Option<u64>, Option<SelectionOut>);

/// Folded away until somebody asks; what was fetched is put away when the plan changes.
#[component]
pub(super) fn Payloads(open: Open) -> impl IntoView {
    let api = api();
    let seen: Load<PreflightOut> = Load::new();
    let (shown, asked) = (RwSignal::new(false), StoredValue::new(None::<State>));
    // What the requests are written from.
    let state: Memo<State> = Memo::new(move |_| {
        let campaign = open
            .campaign
            .with(|state| state.value.as_ref().map(|one| one.revision));
        let selection = open.selection.with(|state| state.value.clone().flatten());
        (campaign, selection)
    });
    Effect::new(move |_| {
        let now = state.get();
        if shown.get() && asked.with_value(|asked| asked.as_ref() != Some(&now)) {
            asked.set_value(Some(now));
            seen.run(api.preflight(open.id.get_untracked()));
        }
    });
    view! {
        <section class="card flat" aria-label="Requests as they would go out">
            <details class="payloads" on:toggle=move |event| {
                use wasm_bindgen::JsCast;
                let is_open = event
                    .target()
                    .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                    .is_some_and(|details| details.has_attribute("open"));
                // Opened anew it is asked anew: time is part of what would be sent.
                asked.set_value(None);
                shown.set(is_open);
            }>
                <summary>"Requests as they would go out"</summary>
                <div class="pad" aria-live="polite">
                    {move || seen.busy().then(|| view! { <p class="quiet" aria-busy="true">"Asking the server what it would send…"</p> })}
                    {move || seen.trouble().filter(|_| !seen.busy()).map(|error| view! {
                        <Trouble error about=About::Load head="Nothing would be sent" retry=Callback::new(move |()| seen.run(api.preflight(open.id.get_untracked())))/>
                    })}
                    {move || (!seen.busy() && seen.trouble().is_none()).then(|| seen.value()).flatten().map(|out| requests(&out))}
                </div>
            </details>
        </section>
    }
    .into_any()
}

fn requests(out: &PreflightOut) -> AnyView {
    if out.requests.is_empty() {
        return view! { <p>"Nothing is left to send."</p> }.into_any();
    }
    view! {
        <p class="quiet">
            "Written by the server with the code that sends them, at revision " {out.revision}
            ". A text in square brackets stands for what is made when it is executed, and for secrets."
        </p>
        {out.requests.iter().enumerate().map(|(at, request)| one(at, request)).collect_view()}
    }
    .into_any()
}

fn one(at: usize, request: &PreflightRequest) -> AnyView {
    let name = request.sales_agent_name.clone();
    let id = format!("request-{at}");
    let body = match (&request.arguments, &request.error) {
        (Some(arguments), _) => {
            let text = written(arguments);
            view! {
                <pre id=id tabindex="0" role="region" aria-label=format!("Request to {name}")>{text}</pre>
            }
            .into_any()
        }
        (None, Some(error)) => view! {
            <p class="warned"><Icon name="warn"/><span>"No request can be written: " {error.message.clone()} " " <code>{error.code.clone()}</code></span></p>
            {error.suggestion.clone().map(|suggestion| view! { <p class="quiet">{suggestion}</p> })}
        }
        .into_any(),
        (None, None) => ().into_any(),
    };
    let copy = request.arguments.as_ref().map(|arguments| {
        let text = written(arguments);
        view! { <Copy label="Copy" name=format!("Copy the request to {}", request.sales_agent_name) id=format!("request-{at}") shown=true text=Callback::new(move |()| text.clone())/> }
    });
    view! {
        <div class="row">
            <h4 class="grow">{request.sales_agent_name.clone()} " " <code>{request.task.clone()}</code></h4>
            {copy}
        </div>
        {request.media_buy_id.clone().map(|buy| view! { <p class="quiet">"Sends " <code>{buy}</code> " again."</p> })}
        {body}
    }
    .into_any()
}
