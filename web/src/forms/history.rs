//! Undo and redo: the plan as it was before each edit, and after. Survives a reload with the rest
//! of what is kept.

use serde::{Deserialize, Serialize};

use super::sheet::Sheet;

/// How many steps are kept.
pub const MOST_STEPS: usize = 60;
/// Typing in one field again within so many milliseconds is one step.
const ONE_STEP_MS: i64 = 1_500;

/// The steps of one plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    past: Vec<Sheet>,
    future: Vec<Sheet>,
    /// Where the last edit was made, and when, in milliseconds.
    #[serde(skip)]
    last: Option<(Vec<String>, i64)>,
}

impl History {
    /// An edit was made: `before` is the plan as it was, `paths` are the fields that changed.
    /// Further edits of the same fields soon after are the same step.
    pub fn record(&mut self, before: &Sheet, paths: Vec<String>, now_ms: i64) {
        let same = self
            .last
            .as_ref()
            .is_some_and(|(last, at)| *last == paths && now_ms - at < ONE_STEP_MS);
        if !same || self.past.is_empty() {
            self.past.push(before.clone());
            if self.past.len() > MOST_STEPS {
                self.past.remove(0);
            }
        }
        self.future.clear();
        self.last = Some((paths, now_ms));
    }

    /// The plan before the last edit; none where nothing was edited.
    pub fn undo(&mut self, now: &Sheet) -> Option<Sheet> {
        let before = self.past.pop()?;
        self.future.push(now.clone());
        self.last = None;
        Some(before)
    }

    /// The plan before the last undo; none where nothing was undone.
    pub fn redo(&mut self, now: &Sheet) -> Option<Sheet> {
        let after = self.future.pop()?;
        self.past.push(now.clone());
        self.last = None;
        Some(after)
    }

    /// Makes every step grow from another plan, so that a step back does not undo what others did
    /// meanwhile.
    pub fn rebase(&mut self, onto: impl Fn(&Sheet) -> Sheet) {
        for step in self.past.iter_mut().chain(&mut self.future) {
            *step = onto(step);
        }
    }

    /// Whether there is something to undo.
    #[must_use]
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is something to redo.
    #[must_use]
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Sheet {
        let mut sheet = Sheet::default();
        sheet.form.name = name.into();
        sheet
    }

    fn path(path: &str) -> Vec<String> {
        vec![path.to_owned()]
    }

    #[test]
    fn typing_in_one_field_is_one_step_and_a_pause_or_another_field_ends_it() {
        let mut history = History::default();
        history.record(&named(""), path("name"), 0);
        history.record(&named("A"), path("name"), 100);
        history.record(&named("Al"), path("brief"), 200);
        history.record(&named("Al"), path("brief"), 200 + ONE_STEP_MS);
        assert_eq!(history.undo(&named("Ald")), Some(named("Al")));
        assert_eq!(history.undo(&named("Al")), Some(named("Al")));
        assert_eq!(history.undo(&named("Al")), Some(named("")));
        assert_eq!(history.undo(&named("")), None);
    }

    #[test]
    fn redo_goes_back_until_something_else_is_typed() {
        let mut history = History::default();
        history.record(&named("A"), path("name"), 0);
        assert_eq!(history.undo(&named("B")), Some(named("A")));
        assert_eq!(history.redo(&named("A")), Some(named("B")));
        assert_eq!(history.undo(&named("B")), Some(named("A")));
        history.record(&named("A"), path("name"), 1);
        assert!(!history.can_redo());
        assert!(history.can_undo());
    }

    #[test]
    fn the_oldest_step_goes_first_and_the_rest_survives_being_kept() {
        let mut history = History::default();
        for step in 0..=MOST_STEPS {
            history.record(&named(&step.to_string()), path(&step.to_string()), 0);
        }
        let text = serde_json::to_string(&history).unwrap();
        let mut kept: History = serde_json::from_str(&text).unwrap();
        let mut last = named("now");
        while let Some(before) = kept.undo(&last) {
            last = before;
        }
        assert_eq!(last, named("1"));
    }
}
