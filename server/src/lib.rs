//! The server: REST, the planner page, jobs, and sales agents over AdCP, in one process.
//!
//! `http` and `jobs` call `flows`; flows join the store and the agents through their traits. What
//! they share stands in [`App`].

#[macro_use]
pub mod crash;

pub mod adcp;
pub mod agents;
pub mod app;
pub mod auth;
pub mod breaker;
pub mod clock;
pub mod config;
pub mod error;
pub mod flows;
pub mod http;
pub mod ids;
pub mod jobs;
pub mod kept;
pub mod secrets;
pub mod signature;
pub mod store;
pub mod watched;

pub use app::{App, Settings};
