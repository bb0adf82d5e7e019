//! Stretches of the flight by what stays when their days change.

use flighting_core::flight::DayRange;
use flighting_core::media_buy::MediaBuyStatus;
use flighting_core::wire::pacing::PacingMode;
use leptos::prelude::*;

use super::Planner;
use crate::changed::set_changed;
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

/// A stretch of the flight as it stands now, but for its money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::pages::plan) struct Stand {
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
}

/// What is shown of one stretch. Its money changes with every key in any of them, the rest does not.
#[derive(Clone, Default)]
struct Standing {
    stand: ArcRwSignal<Option<Stand>>,
    /// Its part of the media budget, in words; only ever read aloud.
    net: ArcRwSignal<String>,
    /// What it gets a day of what the strongest gets, in percent of the lane.
    height: ArcRwSignal<String>,
}

/// All stretches as they stand.
#[derive(Clone, Copy)]
pub(in crate::pages::plan) struct Stands(StoredValue<Vec<(Slot, Standing)>>);

impl Stands {
    fn of(self, slot: Slot) -> Standing {
        let found = self.0.try_update_value(|all| {
            if let Some((_, found)) = all.iter().find(|(one, _)| *one == slot) {
                return found.clone();
            }
            let made = Standing::default();
            all.push((slot, made.clone()));
            made
        });
        found.unwrap_or_default()
    }

    /// One stretch; none before it is laid out.
    pub(in crate::pages::plan) fn stand(self, slot: Slot) -> RwSignal<Option<Stand>> {
        self.of(slot).stand.into()
    }

    /// Its part of the media budget in words, and the height of its bar in percent.
    pub(in crate::pages::plan) fn money(self, slot: Slot) -> (RwSignal<String>, RwSignal<String>) {
        let standing = self.of(slot);
        (standing.net.into(), standing.height.into())
    }

    fn put(self, grid: &Grid, schedule: &ScheduleForm, kept: impl Fn(usize) -> bool) {
        let a_day = |column: &Column| column.net.minor() / i64::from(column.days.days()).max(1);
        let most = grid.columns.iter().map(a_day).max().unwrap_or(0).max(1);
        let mut before = 0;
        let mut slots = Vec::new();
        for stretch in &grid.stretches {
            let mut stand = Stand {
                days: stretch.days(),
                column: None,
                name: String::new(),
                typed: String::new(),
                by_amount: false,
                is_kept: false,
            };
            let Stretch::Period(index, _) = stretch else {
                let slot = Slot::Pause(before);
                slots.push(slot);
                set_changed(self.of(slot).stand, Some(stand));
                continue;
            };
            let row = schedule.mode.and_then(|_| schedule.rows.get(*index));
            before = row.map_or(0, |row| row.key);
            stand.column = Some(*index);
            stand.by_amount = schedule.mode == Some(PacingMode::Budget);
            stand.is_kept = kept(*index);
            if let Some(row) = row {
                stand.name.clone_from(&row.label);
                let typed = if stand.by_amount {
                    &row.budget
                } else {
                    &row.weight
                };
                stand.typed.clone_from(typed);
            } else {
                stand.name.push_str("Whole flight");
            }
            let column = grid.columns.get(*index);
            let height = format::width(column.map_or(0, a_day), most);
            let slot = Slot::Period(before);
            slots.push(slot);
            let standing = self.of(slot);
            set_changed(standing.stand, Some(stand));
            set_changed(standing.height, height.trim_end_matches('%').to_owned());
        }
        self.0
            .update_value(|all| all.retain(|(slot, _)| slots.contains(slot)));
    }

    fn tell(self, grid: &Grid) {
        self.0.with_value(|all| {
            for (_, standing) in all {
                let place = |stand: &Option<Stand>| stand.as_ref()?.column;
                let column = standing.stand.with_untracked(place);
                if let Some(column) = column.and_then(|at| grid.columns.get(at)) {
                    set_changed(standing.net.clone(), format::money(column.net));
                }
            }
        });
    }
}

/// All stretches as they stand, kept right.
pub(super) fn stands(planner: Planner) -> Stands {
    let stands = Stands(StoredValue::new(Vec::new()));
    let put = move || {
        planner.grid.with(|grid| {
            let Some(grid) = grid else { return };
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
                    .with(|form| stands.put(grid, &form.schedule, kept));
            });
        });
    };
    let tell = move || {
        planner
            .grid
            .with_untracked(|grid| grid.iter().for_each(|grid| stands.tell(grid)));
    };
    untrack(put);
    tell();
    Effect::new(move |_| put());
    Effect::new(move |_| {
        planner.painted.track();
        tell();
    });
    stands
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
