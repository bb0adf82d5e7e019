//! The server.

pub mod jobs;
pub mod secrets;
pub mod store;
