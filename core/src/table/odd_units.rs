//! Handing out the odd units of a table (decision 7).

use std::cmp::Reverse;
use std::collections::VecDeque;

use super::{Step, exact};

/// A table whose odd units are being handed out. Cells lie row after row.
pub(super) struct Open {
    width: usize,
    pub(super) cells: Vec<i64>,
    pub(super) steps: Vec<Step>,
    remainders: Vec<u64>,
    row_lacks: Vec<i64>,
    column_lacks: Vec<i64>,
}

impl Open {
    pub(super) fn floors(rows: &[i64], columns: &[i64], sum: i64) -> Option<Self> {
        let size = rows.len() * columns.len();
        let mut cells = Vec::with_capacity(size);
        let mut remainders = Vec::with_capacity(size);
        let mut row_lacks = Vec::with_capacity(rows.len());
        let mut column_lacks = columns.to_vec();
        for row in rows {
            let mut lack = *row;
            for (column, column_lack) in columns.iter().zip(&mut column_lacks) {
                let (floor, remainder) = exact(*row, *column, sum)?;
                lack -= floor;
                *column_lack -= floor;
                cells.push(floor);
                remainders.push(remainder);
            }
            row_lacks.push(lack);
        }
        let steps = vec![Step::Floor; size];
        Some(Self {
            width: columns.len(),
            cells,
            steps,
            remainders,
            row_lacks,
            column_lacks,
        })
    }

    pub(super) fn raise_by_remainder(&mut self) {
        let mut left: i64 = self.row_lacks.iter().sum();
        let mut order: Vec<(Reverse<u64>, usize)> = self
            .remainders
            .iter()
            .enumerate()
            .filter(|(_, remainder)| **remainder > 0)
            .map(|(at, remainder)| (Reverse(*remainder), at))
            .collect();
        // A cell's place is row x width + column: equal remainders go by row, then column.
        order.sort_unstable();
        for (_, at) in order {
            if left == 0 {
                break;
            }
            let (row, column) = (at / self.width, at % self.width);
            if lacks(&self.row_lacks, row) && lacks(&self.column_lacks, column) {
                take(&mut self.row_lacks, row);
                take(&mut self.column_lacks, column);
                self.step(at, 1, Step::ByRemainder);
                left -= 1;
            }
        }
    }

    /// `None` would mean that no such table exists; rows and columns of one sum always have one.
    pub(super) fn raise_by_path(&mut self) -> Option<()> {
        for row in 0..self.row_lacks.len() {
            while lacks(&self.row_lacks, row) {
                let (column, path) = self.shortest_path(row)?;
                for cell in path {
                    match cell {
                        Move::Raise(at) => self.step(at, 1, Step::ByPath),
                        Move::GiveBack(at) => self.step(at, -1, Step::GivenBack),
                    }
                }
                take(&mut self.row_lacks, row);
                take(&mut self.column_lacks, column);
            }
        }
        Some(())
    }

    /// The column that lacks a unit and is reached first, and the moves that lead there.
    fn shortest_path(&self, from: usize) -> Option<(usize, Vec<Move>)> {
        let height = self.row_lacks.len();
        // By which row a column, and by which column a row, was first reached.
        let mut by_row: Vec<Option<usize>> = vec![None; self.width];
        let mut by_column: Vec<Option<usize>> = vec![None; height];
        let mut queue = VecDeque::from([from]);
        while let Some(row) = queue.pop_front() {
            let mut reached = Vec::new();
            for column in 0..self.width {
                let at = row * self.width + column;
                let may_rise = self
                    .remainders
                    .get(at)
                    .is_some_and(|remainder| *remainder > 0)
                    && !self.is_raised(at);
                if may_rise && let Some(reached_by @ None) = by_row.get_mut(column) {
                    *reached_by = Some(row);
                    if lacks(&self.column_lacks, column) {
                        return Some((column, self.walk_back(from, column, &by_row, &by_column)?));
                    }
                    reached.push(column);
                }
            }
            for column in reached {
                for next in (0..height).filter(|next| *next != from) {
                    if self.is_raised(next * self.width + column)
                        && let Some(reached_by @ None) = by_column.get_mut(next)
                    {
                        *reached_by = Some(column);
                        queue.push_back(next);
                    }
                }
            }
        }
        None
    }

    fn walk_back(
        &self,
        from: usize,
        mut column: usize,
        by_row: &[Option<usize>],
        by_column: &[Option<usize>],
    ) -> Option<Vec<Move>> {
        let mut moves = Vec::new();
        loop {
            let row = (*by_row.get(column)?)?;
            moves.push(Move::Raise(row * self.width + column));
            if row == from {
                return Some(moves);
            }
            column = (*by_column.get(row)?)?;
            moves.push(Move::GiveBack(row * self.width + column));
        }
    }

    fn is_raised(&self, at: usize) -> bool {
        self.steps.get(at).is_some_and(|step| step.is_raised())
    }

    fn step(&mut self, at: usize, units: i64, to: Step) {
        if let (Some(cell), Some(step)) = (self.cells.get_mut(at), self.steps.get_mut(at)) {
            *cell += units;
            *step = to;
        }
    }
}

/// One cell along a path; the number is its place.
enum Move {
    Raise(usize),
    GiveBack(usize),
}

fn lacks(lacks: &[i64], index: usize) -> bool {
    lacks.get(index).is_some_and(|lack| *lack > 0)
}

fn take(lacks: &mut [i64], index: usize) {
    if let Some(lack) = lacks.get_mut(index) {
        *lack -= 1;
    }
}
