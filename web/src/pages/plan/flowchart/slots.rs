//! Stretches of the flight by what stays when their days change.

use flighting_core::media_buy::MediaBuyStatus;
use leptos::prelude::*;

use super::Planner;
use crate::forms::grid::{Column, Stretch};

/// A stretch of the flight by what stays when its days change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::pages::plan) enum Slot {
    /// A period, by its key; 0 is the whole flight.
    Period(u32),
    /// A pause, by the key of the period before it; 0 where it begins the flight. So a bar that
    /// opens a pause on one side leaves that on its other side, and keeps the focus.
    Pause(u32),
}

/// What stays while figures change: only when it changes are rows made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub slots: Vec<(Slot, usize)>,
    pub groups: Vec<Bunch>,
}

/// The rows of one media buy: its seller, its status once it is bought, and its products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bunch {
    pub agent: String,
    pub status: Option<MediaBuyStatus>,
    pub rows: Vec<(usize, String)>,
}

pub(super) fn shape(planner: Planner) -> Memo<Option<Shape>> {
    Memo::new(move |_| {
        planner.grid.with(|grid| {
            let grid = grid.as_ref()?;
            let mut before = 0;
            let slots = grid
                .stretches
                .iter()
                .map(|stretch| match stretch {
                    Stretch::Period(index, _) => {
                        before = planner.key_of(*index);
                        (Slot::Period(before), *index)
                    }
                    Stretch::Pause(_) => (Slot::Pause(before), 0),
                })
                .collect();
            let groups = grid
                .groups
                .iter()
                .map(|group| {
                    let rows = group
                        .rows
                        .iter()
                        .map(|row| (row.index, row.name.clone()))
                        .collect();
                    Bunch {
                        agent: group.agent.clone(),
                        status: group.status,
                        rows,
                    }
                })
                .collect();
            Some(Shape { slots, groups })
        })
    })
}

impl Planner {
    /// The key of a period by its place in the schedule, followed; 0 for the whole flight.
    fn key_of(self, index: usize) -> u32 {
        self.form.with(|form| {
            form.schedule
                .mode
                .and_then(|_| form.schedule.rows.get(index))
                .map_or(0, |row| row.key)
        })
    }

    /// Where a slot's money stands in the schedule, followed.
    pub(in crate::pages::plan) fn column_of(self, slot: Slot) -> Option<usize> {
        match slot {
            Slot::Period(0) => Some(0),
            Slot::Period(key) => self.form.with(|form| form.schedule.position(key)),
            Slot::Pause(_) => None,
        }
    }

    /// Something of the column of a slot, followed.
    pub(in crate::pages::plan) fn column<T>(
        self,
        slot: Slot,
        read: impl FnOnce(&Column) -> T,
    ) -> Option<T> {
        let at = self.column_of(slot)?;
        self.grid
            .with(|grid| grid.as_ref()?.columns.get(at).map(read))
    }

    /// The days of a slot, followed.
    pub(in crate::pages::plan) fn days_of(
        self,
        slot: Slot,
    ) -> Option<flighting_core::flight::DayRange> {
        let at = self.column_of(slot);
        self.grid.with(|grid| {
            let mut before = 0;
            grid.as_ref()?.stretches.iter().find_map(|stretch| {
                let found = match (stretch, slot) {
                    (Stretch::Period(index, _), _) => {
                        before = self.key_of(*index);
                        matches!(slot, Slot::Period(_)) && Some(*index) == at
                    }
                    (Stretch::Pause(_), Slot::Pause(key)) => before == key,
                    (Stretch::Pause(_), Slot::Period(_)) => false,
                };
                found.then(|| stretch.days())
            })
        })
    }
}
