//! The glyphs. Each is known by its shape alone; none stands without words or a label.

use leptos::prelude::*;

/// A glyph by its name, hidden from screen readers: the words beside it say the same.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! { <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false" inner_html=shape(name)></svg> }
}

/// The same where the glyph changes with what it stands beside: nothing but the glyph is written.
#[component]
pub fn ChangingIcon(name: Memo<&'static str>) -> impl IntoView {
    view! { <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false" inner_html=move || shape(name.get())></svg> }
}

const FILL: &str = "fill=\"currentColor\"";

fn shape(name: &str) -> String {
    let line = "fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.6\" stroke-linecap=\"round\" stroke-linejoin=\"round\"";
    let ring = format!("<circle cx=\"8\" cy=\"8\" r=\"6.2\" {line}/>");
    let disc = format!("<circle cx=\"8\" cy=\"8\" r=\"7\" {FILL}/>");
    let cut = "fill=\"none\" stroke=\"var(--paper)\" stroke-width=\"1.7\" stroke-linecap=\"round\" stroke-linejoin=\"round\"";
    match name {
        "draft" => {
            format!("<circle cx=\"8\" cy=\"8\" r=\"6.2\" {line} stroke-dasharray=\"2.4 2.5\"/>")
        }
        "play" => format!("{disc}<path d=\"M6.3 4.9v6.2L11.2 8z\" fill=\"var(--paper)\"/>"),
        "pause" => format!("{disc}<path d=\"M6.2 5.3v5.4M9.8 5.3v5.4\" {cut}/>"),
        "done" => format!("{ring}<path d=\"M5.2 8.2l2 2 3.7-4.2\" {line}/>"),
        "archive" => format!("<path d=\"M2 3.2h12v3H2zM3.2 6.2v7h9.6v-7M6.4 9h3.2\" {line}/>"),
        "clock" => format!("{ring}<path d=\"M8 4.6V8l2.3 1.6\" {line}/>"),
        "ask" => format!(
            "<path d=\"M2 2.5h12v9H9l-3 3v-3H2z\" {FILL}/><path d=\"M6.4 5.6c0-2 3.2-2 3.2 0 0 1.2-1.6 1.1-1.6 2.3M8 9.6v.1\" {cut}/>"
        ),
        "stop" => format!("{ring}<path d=\"M4.2 11.8l7.6-7.6\" {line}/>"),
        "fail" => format!("{disc}<path d=\"M8 4.4v4.2M8 11.2v.1\" {cut}/>"),
        "cross" => format!(
            "<rect x=\"1.8\" y=\"1.8\" width=\"12.4\" height=\"12.4\" rx=\"2\" {FILL}/><path d=\"M5.5 5.5l5 5M10.5 5.5l-5 5\" {cut}/>"
        ),
        "warn" => format!(
            "<path d=\"M8 1.6l6.8 12.2H1.2z\" {FILL}/><path d=\"M8 6v3.6M8 11.7v.1\" {cut}/>"
        ),
        "info" => format!("{ring}<path d=\"M8 7.4v3.8M8 4.9v.1\" {line}/>"),
        "check" => format!("<path d=\"M3 8.5l3.4 3.4L13 4.6\" {line}/>"),
        "fold" => format!("<path d=\"M6 3.6L10.4 8 6 12.4\" {line}/>"),
        "plus" => format!("<path d=\"M8 3v10M3 8h10\" {line}/>"),
        "close" => format!("<path d=\"M4 4l8 8M12 4l-8 8\" {line}/>"),
        "search" => format!(
            "<circle cx=\"7\" cy=\"7\" r=\"4.4\" {line}/><path d=\"M10.4 10.4L14 14\" {line}/>"
        ),
        "lock" => format!(
            "<path d=\"M3.4 7.2h9.2v6.4H3.4z\" {FILL}/><path d=\"M5.3 7.2V5a2.7 2.7 0 0 1 5.4 0v2.2\" {line}/>"
        ),
        "theme" => format!("{ring}<path d=\"M8 1.8a6.2 6.2 0 0 1 0 12.4z\" {FILL}/>"),
        "hold" => format!(
            "<path d=\"M4.5 2h7M4.5 14h7M5.2 2.4c0 5.6 5.6 5.6 5.6 11.2M10.8 2.4c0 5.6-5.6 5.6-5.6 11.2\" {line}/>"
        ),
        _ => ring,
    }
}
