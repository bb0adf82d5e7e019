//! The raw exchange with a seller, for whoever has to talk to it.

use flighting_core::wire::Json;
use flighting_core::wire::execute::DebugOut;
use flighting_core::wire::json::to_text;
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
    let mut lines = String::new();
    let mut depth = 0_usize;
    let (mut in_text, mut escaped) = (false, false);
    let mut before = ' ';
    let text = to_text(json);
    for c in text.chars() {
        if in_text {
            lines.push(c);
            in_text = c != '"' || escaped;
            escaped = c == '\\' && !escaped;
            before = c;
            continue;
        }
        match c {
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            '"' => in_text = true,
            _ => {}
        }
        let is_open = matches!(before, '{' | '[');
        let is_closed = matches!(c, '}' | ']');
        if (is_open && !is_closed) || before == ',' || (is_closed && !is_open) {
            lines.push('\n');
            lines.push_str(&"  ".repeat(depth.saturating_sub(usize::from(matches!(c, '{' | '[')))));
        }
        lines.push(c);
        if c == ':' {
            lines.push(' ');
        }
        before = c;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stands_over_lines_as_others_write_it() {
        for text in [
            r#"{"a":[1,{"b":"x, [y]: {z}","c":"\"\\\\"},[],{}],"d":[[1,2],[]],"e":null}"#,
            "[[[]]]",
            "{}",
            r#""only, text""#,
            "[{},[{}]]",
        ] {
            let json: Json = serde_json::from_str(text).unwrap();
            assert_eq!(written(&json), serde_json::to_string_pretty(&json).unwrap());
        }
    }
}
