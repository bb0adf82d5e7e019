//! Buys of which only a person can tell what became of them (decision 15).

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::money::Money;

/// Why only a person can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PersonReason {
    /// The seller holds a buy with the products and budgets we sent, and does not say whose it is.
    LooksAlike,
    /// The seller does not promise to recognise a repeated request: sending it again could buy twice.
    NoReplay,
    /// The time in which the seller recognises a repeated request is over.
    ReplayOver,
    /// The seller knows the request's key with another body.
    KeyConflict,
    /// The seller has forgotten the request's key.
    KeyExpired,
    /// The seller says that the buy moved meanwhile, and what it shows of the buy does not say
    /// whether it was by the change.
    NotShown,
}

impl PersonReason {
    /// Whether the request's key is used up: what is sent next takes a new one.
    #[must_use]
    pub fn key_is_spent(self) -> bool {
        match self {
            Self::ReplayOver | Self::KeyConflict | Self::KeyExpired => true,
            Self::LooksAlike | Self::NoReplay | Self::NotShown => false,
        }
    }

    /// Whether the seller has answered a repeated request in a way that it would answer again.
    #[must_use]
    pub fn forbids_replay(self) -> bool {
        matches!(self, Self::KeyConflict | Self::KeyExpired | Self::NotShown)
    }
}

/// A buy of the seller's that may be ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The seller's id.
    pub seller_media_buy_id: String,
    /// The seller's word for its state.
    pub adcp_status: String,
    /// The sum of its packages; none where the seller does not tell all of them in our currency.
    pub budget: Option<Money>,
    /// How many packages it has.
    pub packages: u32,
}

/// That a buy waits for a person, and what that person should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedsPerson {
    /// Why.
    pub reason: PersonReason,
    /// The same in a sentence.
    pub message: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// What the seller holds that may be it.
    pub candidates: Vec<Candidate>,
}
