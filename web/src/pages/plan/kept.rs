//! What is kept in this browser of a plan: what was typed and not saved, and the steps to undo, so
//! that neither a reload nor a server that is gone loses any of it.

use flighting_core::wire::json::to_text;
use serde::{Deserialize, Serialize};

use crate::forms::history::History;
use crate::forms::scenarios::Scenarios;
use crate::forms::sheet::{Base, Sheet};

/// Moves when the form of what is kept changes: what an older page kept is then left alone.
const SLOT: &str = "flighting.plan.1.";

/// A plan as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The plan it was typed on.
    pub base: Base,
    /// The plan as typed.
    pub sheet: Sheet,
    /// The steps to undo and redo.
    pub history: History,
    /// Copies of the plan.
    #[serde(default)]
    pub scenarios: Scenarios,
}

fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

impl Kept {
    /// What is kept of a campaign; none where nothing is, or where it does not read.
    #[must_use]
    pub fn read(campaign_id: &str) -> Option<Self> {
        let text = storage()?.get_item(&slot(campaign_id)).ok().flatten()?;
        crate::answer::read(&text)
    }

    /// Keeps it; false where the browser refuses, because it has no room or no storage.
    pub fn write(&self, campaign_id: &str) -> bool {
        let text = to_text(self);
        // What was kept before is never written over with nothing.
        if text.is_empty() {
            return false;
        }
        storage().is_some_and(|storage| storage.set_item(&slot(campaign_id), &text).is_ok())
    }

    /// Forgets what is kept of a campaign.
    pub fn forget(campaign_id: &str) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(&slot(campaign_id));
        }
    }
}

fn slot(campaign_id: &str) -> String {
    format!("{SLOT}{campaign_id}")
}
