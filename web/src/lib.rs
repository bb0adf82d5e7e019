//! The browser planner: a Leptos page over the REST API. Every rule it shows comes from
//! `flighting_core`, the same code that the server runs; nothing here decides about money.
//!
//! `pages` use `forms`, `parts` and `api`; `parts` know only core and `format`; `api` is the only
//! module that fetches, `clock` the only one that asks for the time.

pub mod address;
pub mod answer;
pub mod api;
mod app;
mod changed;
pub mod clock;
pub mod format;
pub mod forms;
mod later;
mod load;
mod pages;
mod parts;

pub use app::App;
