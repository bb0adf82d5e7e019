//! The rules of a media campaign.

pub mod creative;
pub mod error;
pub mod flight;
pub mod goal;
pub mod ids;
pub mod money;
pub mod targeting;
pub mod wire;
mod words;

/// The version of the rules.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
