//! The pages: each fetches what it shows, and joins forms and parts.

pub mod advertisers;
pub mod agents;
pub mod campaign;
pub mod campaigns;
pub mod create;
pub mod delivery;
pub mod execute;
mod form;
pub mod history;
pub mod plan;
pub mod products;

use leptos::prelude::*;

use crate::address::Address;
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

/// Where the page is, and the way to others.
fn address() -> Address {
    use_context().unwrap_or_else(Address::open)
}
