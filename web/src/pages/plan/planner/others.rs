//! What others changed meanwhile, put together with what is typed.

use flighting_core::wire::campaign::CampaignOut;
use flighting_core::wire::discovery::SelectionOut;
use leptos::prelude::*;

use super::Planner;
use crate::forms::merge::{merge, take_theirs};
use crate::forms::selection::ProductForm;
use crate::forms::sheet::Base;

impl Planner {
    pub(super) fn heard(self, now: CampaignOut) {
        let base = self.base.get_untracked();
        if now.revision > base.revision {
            let mut theirs = Base::of(&now, None);
            theirs.sheet.products.clone_from(&base.sheet.products);
            theirs.selected = base.selected;
            self.take(theirs);
        }
        if now.revision >= base.revision && self.known.with_untracked(|known| *known != now) {
            self.known.set(now);
        }
    }

    pub(super) fn heard_selection(self, now: &SelectionOut) {
        let base = self.base.get_untracked();
        if now.revision > base.selected {
            let mut theirs = base;
            theirs.sheet.products = now.products.iter().map(ProductForm::of).collect();
            theirs.selected = now.revision;
            self.take(theirs);
        }
    }

    /// Puts together what is typed with what the server has now.
    fn take(self, theirs: Base) {
        self.noticed();
        let base = self.base.get_untracked().sheet;
        let merged = merge(&base, &self.sheet(), &theirs.sheet);
        self.history
            .update(|history| history.rebase(|step| merge(&base, step, &theirs.sheet).sheet));
        // A clash that stands is still one, whatever came after it.
        self.clashes.update(|clashes| {
            clashes.retain(|old| !merged.clashes.iter().any(|new| new.path == old.path));
            clashes.extend(merged.clashes);
        });
        self.fork.set_value(Some((base, theirs.sheet.clone())));
        self.base.set(theirs);
        self.put(merged.sheet);
        self.moved();
    }

    /// Decides one clash: what is typed stays, or the server's value is taken.
    pub fn decide(self, path: &str, mine: bool) {
        if !mine && let Some((base, theirs)) = self.fork.get_value() {
            let mut sheet = self.sheet();
            take_theirs(&base, &mut sheet, &theirs, path);
            self.replace(sheet);
        }
        self.clashes
            .update(|clashes| clashes.retain(|clash| clash.path != path));
        self.send_later(0);
    }
}
