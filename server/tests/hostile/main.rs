//! Sellers and addresses that mean harm: whatever they send or point to, the outcome is one of the
//! known, memory stays bounded, nobody else is hurt, and nothing is connected to that must not be.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod canned;
#[path = "../support/mod.rs"]
mod support;
#[path = "../outside_limits/tree.rs"]
mod tree;

mod addresses;
#[cfg(target_os = "linux")]
mod memory;
mod mutated;
mod names;
mod others;
mod wire;
