//! Copies of the plan that are worked on instead of it.

use leptos::prelude::*;

use super::Planner;
use crate::forms::history::History;
use crate::forms::scenarios::{MOST, Scenario};

impl Planner {
    /// Copies what is worked on as a scenario and works on the copy.
    pub fn copy(self) {
        self.noticed();
        let sheet = self.sheet();
        let mut made = None;
        self.scenarios.update(|scenarios| {
            if scenarios.all.len() + 1 < MOST {
                let name = ["A", "B"]
                    .into_iter()
                    .map(|letter| format!("Scenario {letter}"))
                    .find(|name| scenarios.all.iter().all(|one| one.name != *name));
                made = Some(scenarios.all.len());
                scenarios.all.push(Scenario {
                    name: name.unwrap_or_default(),
                    sheet,
                    history: History::default(),
                });
            }
        });
        if made.is_some() {
            self.work_on(made);
        }
    }

    /// Works on a scenario, or on the plan again.
    pub fn work_on(self, to: Option<usize>) {
        self.noticed();
        let mut scenarios = self.scenarios.get_untracked();
        self.park(&mut scenarios);
        let target = match to {
            None => Some(scenarios.plan.clone()),
            Some(at) => scenarios.all.get(at).cloned(),
        };
        let Some(target) = target else { return };
        scenarios.at = to;
        self.history.set(target.history);
        self.scenarios.set(scenarios);
        self.put(target.sheet);
        self.moved();
    }

    /// Takes a scenario as the plan: one step, which can be undone.
    pub fn take_as_plan(self, at: usize) {
        self.work_on(None);
        let sheet = self
            .scenarios
            .with_untracked(|scenarios| scenarios.all.get(at).map(|one| one.sheet.clone()));
        if let Some(sheet) = sheet {
            self.replace(sheet);
        }
    }

    /// Throws a scenario away.
    pub fn throw_away(self, at: usize) {
        self.work_on(None);
        self.scenarios.update(|scenarios| {
            if at < scenarios.all.len() {
                scenarios.all.remove(at);
            }
        });
        self.moved();
    }
}
