//! Stretches of the flight by what stays when their days change.

use flighting_core::flight::DayRange;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::money::Money;
use flighting_core::wire::pacing::PacingMode;
use leptos::prelude::*;

use super::Planner;
use crate::format;
use crate::forms::grid::{Column, Grid, Stretch};
use crate::forms::pacing::ScheduleForm;

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

/// A stretch of the flight as it stands now: what its head and its bar show. Told for all of them at
/// once, so that a key is followed by one reckoning and not by one for each thing that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages::plan) struct Stand {
    pub slot: Slot,
    pub days: DayRange,
    /// Its place in the schedule; none for a pause.
    pub column: Option<usize>,
    /// Its name.
    pub name: String,
    /// Its weight or its amount, as typed.
    pub typed: String,
    /// Whether it is an amount.
    pub by_amount: bool,
    /// Whether an execute fixed its money.
    pub is_kept: bool,
    /// Its part of the media budget.
    pub net: Option<Money>,
    /// What it gets a day of what the strongest gets, in percent of the lane.
    pub height: String,
}

/// All stretches as they stand, followed.
pub(super) fn stands(planner: Planner) -> Memo<Vec<Stand>> {
    Memo::new(move |_| {
        planner.grid.with(|grid| {
            let Some(grid) = grid else {
                return Vec::new();
            };
            planner.preview.with(|preview| {
                let periods = preview
                    .as_ref()
                    .and_then(|preview| preview.periods.as_ref());
                let kept = |at: usize| {
                    periods
                        .and_then(|periods| periods.get(at))
                        .is_some_and(|(_, money)| money.executed)
                };
                planner
                    .form
                    .with(|form| stands_of(grid, &form.schedule, kept))
            })
        })
    })
}

fn stands_of(grid: &Grid, schedule: &ScheduleForm, kept: impl Fn(usize) -> bool) -> Vec<Stand> {
    let a_day = |column: &Column| column.net.minor() / i64::from(column.days.days()).max(1);
    let most = grid.columns.iter().map(a_day).max().unwrap_or(0).max(1);
    let mut before = 0;
    grid.stretches
        .iter()
        .map(|stretch| match stretch {
            Stretch::Pause(days) => Stand {
                slot: Slot::Pause(before),
                days: *days,
                column: None,
                name: String::new(),
                typed: String::new(),
                by_amount: false,
                is_kept: false,
                net: None,
                height: String::new(),
            },
            Stretch::Period(index, days) => {
                let row = schedule.mode.and_then(|_| schedule.rows.get(*index));
                before = row.map_or(0, |row| row.key);
                let by_amount = schedule.mode == Some(PacingMode::Budget);
                let column = grid.columns.get(*index);
                let share = format::width(column.map_or(0, a_day), most);
                Stand {
                    slot: Slot::Period(before),
                    days: *days,
                    column: Some(*index),
                    name: row.map_or("Whole flight".to_owned(), |row| row.label.clone()),
                    typed: row
                        .map(|row| if by_amount { &row.budget } else { &row.weight })
                        .cloned()
                        .unwrap_or_default(),
                    by_amount,
                    is_kept: kept(*index),
                    net: column.map(|column| column.net),
                    height: share.trim_end_matches('%').to_owned(),
                }
            }
        })
        .collect()
}

/// One stretch as it stands, followed.
pub(in crate::pages::plan) fn stand(all: Memo<Vec<Stand>>, slot: Slot) -> Memo<Option<Stand>> {
    Memo::new(move |_| all.with(|all| all.iter().find(|one| one.slot == slot).cloned()))
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
}
