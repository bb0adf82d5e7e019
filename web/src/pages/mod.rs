//! The pages: each fetches what it shows, and joins forms and parts.

pub mod campaign;
pub mod campaigns;
pub mod create;
pub mod execute;
mod form;
pub mod plan;
pub mod products;

use leptos::prelude::*;

use crate::api::Api;
use crate::api::events::Live;
use crate::app::Heading;

/// The client that every page shares.
fn api() -> Api {
    use_context().unwrap_or_default()
}

/// The live changes that every page shares.
fn live() -> Option<Live> {
    use_context()
}

/// The name in the top bar.
fn heading() -> Option<Heading> {
    use_context()
}
