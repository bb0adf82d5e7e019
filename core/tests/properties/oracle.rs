//! Decision 7's table once more, slowly and in other terms: sets of raised cells instead of counts,
//! exact cross products instead of remainders, whole layers of paths instead of a queue. It shares
//! the definition with the product and no code.

use std::collections::BTreeSet;

type Cell = (usize, usize);

pub struct Made {
    pub cells: Vec<Vec<i64>>,
    /// How many cells each path went through: 1, 3, 5 and so on.
    pub path_lengths: Vec<usize>,
}

struct Grid<'a> {
    rows: &'a [i64],
    columns: &'a [i64],
    sum: i128,
    raised: BTreeSet<Cell>,
}

impl Grid<'_> {
    fn product(&self, (row, column): Cell) -> i128 {
        i128::from(self.rows[row]) * i128::from(self.columns[column])
    }

    fn value(&self, cell: Cell) -> i64 {
        let floor = if self.sum == 0 {
            0
        } else {
            self.product(cell) / self.sum
        };
        i64::try_from(floor).unwrap() + i64::from(self.raised.contains(&cell))
    }

    fn has_remainder(&self, cell: Cell) -> bool {
        self.sum != 0 && self.product(cell) % self.sum != 0
    }

    fn row_is_full(&self, row: usize) -> bool {
        (0..self.columns.len())
            .map(|column| self.value((row, column)))
            .sum::<i64>()
            == self.rows[row]
    }

    fn column_is_full(&self, column: usize) -> bool {
        (0..self.rows.len())
            .map(|row| self.value((row, column)))
            .sum::<i64>()
            == self.columns[column]
    }

    /// All paths of one length at a time, in index order; each place is visited by the first.
    fn shortest(&self, from: usize) -> Vec<Cell> {
        let mut rows_seen = BTreeSet::from([from]);
        let mut columns_seen = BTreeSet::new();
        let mut ends_in_row: Vec<(usize, Vec<Cell>)> = vec![(from, Vec::new())];
        loop {
            assert!(!ends_in_row.is_empty(), "there is always a path");
            let mut ends_in_column = Vec::new();
            for (row, path) in &ends_in_row {
                for column in 0..self.columns.len() {
                    let cell = (*row, column);
                    if self.has_remainder(cell)
                        && !self.raised.contains(&cell)
                        && columns_seen.insert(column)
                    {
                        let longer: Vec<Cell> = path.iter().copied().chain([cell]).collect();
                        ends_in_column.push((column, longer));
                    }
                }
            }
            if let Some((_, path)) = ends_in_column
                .iter()
                .find(|(column, _)| !self.column_is_full(*column))
            {
                return path.clone();
            }
            ends_in_row.clear();
            for (column, path) in ends_in_column {
                for row in 0..self.rows.len() {
                    if self.raised.contains(&(row, column)) && rows_seen.insert(row) {
                        ends_in_row
                            .push((row, path.iter().copied().chain([(row, column)]).collect()));
                    }
                }
            }
        }
    }
}

pub fn table(rows: &[i64], columns: &[i64]) -> Made {
    let sum = rows.iter().map(|row| i128::from(*row)).sum();
    let mut grid = Grid {
        rows,
        columns,
        sum,
        raised: BTreeSet::new(),
    };
    let mut by_remainder: Vec<Cell> = (0..rows.len())
        .flat_map(|row| (0..columns.len()).map(move |column| (row, column)))
        .collect();
    by_remainder.retain(|cell| grid.has_remainder(*cell));
    // Stable: equal remainders stay in the order of row, then column.
    by_remainder.sort_by_key(|cell| -(grid.product(*cell) % sum));
    for cell in by_remainder {
        if !grid.row_is_full(cell.0) && !grid.column_is_full(cell.1) {
            grid.raised.insert(cell);
        }
    }
    let mut path_lengths = Vec::new();
    for row in 0..rows.len() {
        while !grid.row_is_full(row) {
            let path = grid.shortest(row);
            path_lengths.push(path.len());
            for cell in path {
                if !grid.raised.remove(&cell) {
                    grid.raised.insert(cell);
                }
            }
        }
    }
    let cells = (0..rows.len())
        .map(|row| {
            (0..columns.len())
                .map(|column| grid.value((row, column)))
                .collect()
        })
        .collect();
    Made {
        cells,
        path_lengths,
    }
}
