#![doc = include_str!("../README.md")]

pub mod advertiser;
pub mod budget;
pub mod campaign;
pub mod change;
pub mod creative;
pub mod curve;
pub mod delivery;
pub mod error;
pub mod execution;
pub mod flight;
pub mod goal;
pub mod ids;
pub mod media_buy;
pub mod money;
pub mod pacing;
pub mod pairs;
pub mod rollup;
pub mod selection;
mod sorted;
pub mod split;
pub mod table;
pub mod targeting;
pub mod wire;
mod words;

/// The version of the rules.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
