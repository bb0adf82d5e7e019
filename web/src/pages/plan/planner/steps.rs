//! Edits as steps: noticed, kept in this browser, taken back and done again.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::kept::Kept;
use super::{KEEP_MS, Planner, REST_MS, Saving};
use crate::clock;
use crate::forms::merge::differing;
use crate::forms::scenarios::{Scenario, Scenarios};
use crate::forms::sheet::Sheet;

impl Planner {
    /// Something is typed, and the browser paints it: in a task of its own, which comes behind
    /// that, the rest of what it means is done.
    pub(super) fn paint_first(self) {
        if self.paints.get_value() {
            return;
        }
        self.paints.set_value(true);
        spawn_local(async move {
            clock::wait(0).await;
            if self.paints.try_set_value(false).is_none() {
                self.noticed();
                self.painted.update(|count| *count += 1);
            }
        });
    }

    /// Takes notice of an edit; called by itself, and before a step back.
    pub(super) fn noticed(self) {
        let is_last = self.last.with_value(|last| {
            self.form.with_untracked(|form| *form == last.form)
                && self
                    .products
                    .with_untracked(|products| *products == last.products)
        });
        if is_last {
            return;
        }
        let now = self.sheet();
        self.last.with_value(|last| {
            let paths = differing(last, &now);
            let at = clock::now().timestamp_millis();
            self.history
                .update(|history| history.record(last, paths, at));
        });
        self.last.set_value(now);
        self.moved();
    }

    /// The plan changed by whatever way: keep it soon, send it later.
    pub(super) fn moved(self) {
        // What rests already is not set again: every field that shows what is wrong follows it.
        if matches!(
            self.saving
                .try_with_untracked(|saving| matches!(saving, Saving::Failed(_))),
            Some(true)
        ) {
            self.saving.set(Saving::Rests);
        }
        let edit = self.edits.get_value() + 1;
        self.edits.set_value(edit);
        spawn_local(async move {
            clock::wait(KEEP_MS).await;
            if self.edits.try_get_value() == Some(edit) {
                self.keep();
            }
        });
        self.send_later(REST_MS);
    }

    pub(super) fn keep(self) {
        if self.edits.try_get_value().is_none() {
            return;
        }
        let Some(id) = self.open.id.try_get_untracked() else {
            return;
        };
        let mut scenarios = self.scenarios.get_untracked();
        self.park(&mut scenarios);
        let Scenario {
            name: _,
            sheet,
            history,
        } = scenarios.plan.clone();
        let worth = !self.is_saved()
            || history.can_undo()
            || history.can_redo()
            || !scenarios.all.is_empty();
        if worth {
            let kept = Kept {
                base: self.base.get_untracked(),
                sheet,
                history,
                scenarios,
            };
            self.cannot_keep.try_set(!kept.write(&id));
        } else {
            Kept::forget(&id);
        }
    }

    /// Puts what is worked on where it belongs.
    pub(super) fn park(self, scenarios: &mut Scenarios) {
        let (sheet, history) = (self.sheet(), self.history.get_untracked());
        let slot = match scenarios.at {
            None => Some(&mut scenarios.plan),
            Some(at) => scenarios.all.get_mut(at),
        };
        if let Some(slot) = slot {
            slot.sheet = sheet;
            slot.history = history;
        }
    }

    /// Takes the last edit back.
    pub fn undo(self) {
        self.noticed();
        let now = self.sheet();
        let before = self
            .history
            .try_update(|history| history.undo(&now))
            .flatten();
        self.show(before);
    }

    /// Takes the last undo back.
    pub fn redo(self) {
        self.noticed();
        let now = self.sheet();
        let after = self
            .history
            .try_update(|history| history.redo(&now))
            .flatten();
        self.show(after);
    }

    fn show(self, sheet: Option<Sheet>) {
        if let Some(sheet) = sheet {
            self.put(sheet);
            self.moved();
        }
    }

    /// Makes another plan the one that is typed, as one step.
    pub fn replace(self, sheet: Sheet) {
        self.noticed();
        self.form.set(sheet.form);
        self.products.set(sheet.products);
    }

    /// Shows a plan without making a step of it.
    pub(super) fn put(self, sheet: Sheet) {
        self.last.set_value(sheet.clone());
        self.form.set(sheet.form);
        self.products.set(sheet.products);
    }
}
