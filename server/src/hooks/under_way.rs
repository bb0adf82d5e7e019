//! Messages that are being taken in right now: the same one a second time has to wait.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// The messages under way, by whatever makes one of them the same.
#[derive(Debug, Default)]
pub struct UnderWay(Mutex<HashSet<String>>);

/// Ends with the taking in.
#[derive(Debug)]
pub struct Taking<'a> {
    all: &'a UnderWay,
    names: Vec<String>,
}

impl UnderWay {
    /// Begins, unless one of the names is under way already.
    #[must_use]
    pub fn begin(&self, names: Vec<String>) -> Option<Taking<'_>> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.iter().any(|name| held.contains(name)) {
            return None;
        }
        held.extend(names.iter().cloned());
        Some(Taking { all: self, names })
    }
}

impl Drop for Taking<'_> {
    fn drop(&mut self) {
        let mut held = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        for name in &self.names {
            held.remove(name);
        }
    }
}
