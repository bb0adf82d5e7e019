//! The raw exchange with a seller, for whoever has to talk to it.

use flighting_core::wire::Json;
use flighting_core::wire::execute::DebugOut;
use leptos::prelude::*;

/// Request and answer as they went over the wire, folded away; nothing where none was kept.
#[component]
pub fn Exchange(
    /// The exchange, credentials removed.
    debug: Option<DebugOut>,
) -> impl IntoView {
    let DebugOut {
        request,
        response,
        debug_logs,
        error,
    } = debug?;
    let part = |name: &'static str, text: Option<String>| {
        text.map(|text| view! { <h4>{name}</h4><pre tabindex="0">{text}</pre> })
    };
    Some(view! {
        <details class="exchange">
            <summary>"Raw exchange"</summary>
            {part("Sent", request.as_ref().map(written))}
            {part("Answered", response.as_ref().map(written).or(error))}
            {part("In between", (!debug_logs.is_empty()).then(|| debug_logs.join("\n")))}
        </details>
    })
}

/// JSON over several lines, as people read it.
pub fn written(json: &Json) -> String {
    serde_json::to_string_pretty(json).unwrap_or_default()
}
