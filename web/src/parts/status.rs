//! A status: glyph and word, never colour alone.

use leptos::prelude::*;

use super::icon::Icon;
use crate::format::Look;

/// A status by its look.
#[component]
pub fn Status(look: Look) -> impl IntoView {
    view! { <span class=format!("status {}", look.tone)><Icon name=look.glyph/>{look.words}</span> }
}
