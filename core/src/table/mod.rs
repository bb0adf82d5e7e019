//! The package table: products by periods, exact both ways (decision 7).

mod odd_units;

use std::fmt;

use odd_units::Open;

/// What became of a cell after rounding down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it keeps what rounding down left.
    Floor,
    /// It took an odd unit for its remainder.
    ByRemainder,
    /// It took an odd unit at the end, so that its row adds up.
    ByPath,
    /// It took an odd unit for its remainder and gave it back, so that another row adds up.
    GivenBack,
}

impl Step {
    /// Whether the cell holds an odd unit.
    #[must_use]
    pub fn is_raised(self) -> bool {
        matches!(self, Self::ByRemainder | Self::ByPath)
    }
}

/// How one cell came about: row x column / sum, rounded down, and the odd unit where it got one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellShare {
    /// What the cell holds, in units.
    pub amount: i64,
    /// What its row adds up to.
    pub row: i64,
    /// What its column adds up to.
    pub column: i64,
    /// What all rows add up to.
    pub sum: i64,
    /// The exact share rounded down, in units.
    pub floor: i64,
    /// What rounding down cut off, over the sum.
    pub remainder: u64,
    /// Whether it holds an odd unit.
    pub extra: bool,
    /// How it got or lost it.
    pub step: Step,
}

impl fmt::Display for CellShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            amount,
            row,
            column,
            sum,
            floor,
            remainder,
            extra: _,
            step,
        } = self;
        if *remainder == 0 {
            return write!(f, "{row} x {column}/{sum} = {amount}");
        }
        let why = match step {
            Step::Floor => "rounded down",
            Step::ByRemainder => "one odd unit for the remainder",
            Step::ByPath => "one odd unit so that the row adds up",
            Step::GivenBack => "gave its odd unit back so that another row adds up",
        };
        write!(
            f,
            "{row} x {column}/{sum} = {floor} remainder {remainder}/{sum}; {why}: {amount}"
        )
    }
}

/// Amounts by row and column. Every row and column adds up to what it was made for; every cell is
/// less than one unit from row x column / sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    rows: Vec<i64>,
    columns: Vec<i64>,
    sum: i64,
    cells: Vec<i64>,
    steps: Vec<Step>,
}

/// Makes the table of rows by columns, which must have the same sum. A row or column of 0 holds
/// nothing.
///
/// `None` when an amount is negative, or when the sums differ or leave the range.
///
/// The order in which odd units are handed out is the definition (decision 7). Every cell begins
/// rounded down. Cells with a remainder, the largest first, equal ones by row and then column,
/// take one unit each where row and column still lack one. What rows still lack is placed row by
/// row along the shortest path that alternates between a cell that takes a unit and a cell of the
/// same column that gives its unit back, breadth first in index order.
///
/// ```
/// use flighting_core::table::table;
///
/// let table = table(&[100, 50], &[75, 75]).unwrap();
/// assert_eq!((table.cell(0, 0), table.cell(1, 1)), (50, 25));
/// ```
#[must_use]
pub fn table(rows: &[i64], columns: &[i64]) -> Option<Table> {
    let sum = total(rows)?;
    if total(columns)? != sum {
        return None;
    }
    let mut open = Open::floors(rows, columns, sum)?;
    open.raise_by_remainder();
    open.raise_by_path()?;
    let Open { cells, steps, .. } = open;
    Some(Table {
        rows: rows.to_vec(),
        columns: columns.to_vec(),
        sum,
        cells,
        steps,
    })
}

fn total(amounts: &[i64]) -> Option<i64> {
    amounts.iter().try_fold(0_i64, |sum, amount| {
        if *amount < 0 {
            None
        } else {
            sum.checked_add(*amount)
        }
    })
}

/// One exact cell: rounded down, and the remainder over the sum.
fn exact(row: i64, column: i64, sum: i64) -> Option<(i64, u64)> {
    if sum == 0 {
        return Some((0, 0));
    }
    let sum = u64::try_from(sum).ok()?;
    let (row, column) = (u64::try_from(row).ok()?, u64::try_from(column).ok()?);
    let (floor, remainder) = match row.checked_mul(column) {
        // Most products fit the machine's word, where division is many times faster.
        Some(product) => (product / sum, product % sum),
        None => {
            let product = u128::from(row) * u128::from(column);
            let floor = product / u128::from(sum);
            let remainder = product - floor * u128::from(sum);
            (u64::try_from(floor).ok()?, u64::try_from(remainder).ok()?)
        }
    };
    Some((i64::try_from(floor).ok()?, remainder))
}

impl Table {
    /// What a cell holds, in units; 0 outside the table.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> i64 {
        self.at(row, column)
            .and_then(|at| self.cells.get(at))
            .copied()
            .unwrap_or(0)
    }

    /// How a cell came about; `None` outside the table.
    #[must_use]
    pub fn explain(&self, row: usize, column: usize) -> Option<CellShare> {
        let at = self.at(row, column)?;
        let (amount, step) = (*self.cells.get(at)?, *self.steps.get(at)?);
        let (row, column) = (*self.rows.get(row)?, *self.columns.get(column)?);
        let (floor, remainder) = exact(row, column, self.sum)?;
        Some(CellShare {
            amount,
            row,
            column,
            sum: self.sum,
            floor,
            remainder,
            extra: step.is_raised(),
            step,
        })
    }

    /// What every row adds up to.
    #[must_use]
    pub fn rows(&self) -> &[i64] {
        &self.rows
    }

    /// What every column adds up to.
    #[must_use]
    pub fn columns(&self) -> &[i64] {
        &self.columns
    }

    fn at(&self, row: usize, column: usize) -> Option<usize> {
        (row < self.rows.len() && column < self.columns.len())
            .then(|| row * self.columns.len() + column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(rows: &[i64], columns: &[i64]) -> Vec<Vec<i64>> {
        let table = table(rows, columns).unwrap();
        (0..rows.len())
            .map(|r| (0..columns.len()).map(|c| table.cell(r, c)).collect())
            .collect()
    }

    #[test]
    fn tables_without_remainders_are_exact() {
        assert_eq!(cells(&[100, 50], &[75, 75]), [[50, 50], [25, 25]]);
    }

    #[test]
    fn the_largest_remainder_takes_the_odd_unit() {
        // exact: 2.33 4.66 / 0.66 1.33
        assert_eq!(cells(&[7, 2], &[3, 6]), [[2, 5], [1, 1]]);
    }

    #[test]
    fn equal_remainders_go_by_row_then_column() {
        assert_eq!(cells(&[1, 1], &[1, 1]), [[1, 0], [0, 1]]);
        assert_eq!(
            cells(&[1, 1, 1], &[1, 1, 1]),
            [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
        );
    }

    #[test]
    fn a_row_that_still_lacks_takes_a_path() {
        // exact, over 8: 12 6 6 / 12 6 6 / 8 4 4. The largest remainders are 6 in the middle and
        // right columns of the first two rows; when they have them, the last row finds no column
        // open but the left one, where it has no remainder.
        let (rows, columns) = ([3, 3, 2], [4, 2, 2]);
        assert_eq!(cells(&rows, &columns), [[2, 0, 1], [1, 1, 1], [1, 1, 0]]);
        let table = table(&rows, &columns).unwrap();
        let steps: Vec<Vec<_>> = (0..3)
            .map(|r| (0..3).map(|c| table.explain(r, c).unwrap().step).collect())
            .collect();
        use Step::{ByPath, ByRemainder, Floor, GivenBack};
        assert_eq!(
            steps,
            [
                [ByPath, GivenBack, ByRemainder],
                [Floor, ByRemainder, ByRemainder],
                [Floor, ByPath, Floor]
            ],
        );
    }

    #[test]
    fn zero_rows_and_columns_hold_nothing() {
        assert_eq!(cells(&[0, 5], &[2, 0, 3]), [[0, 0, 0], [2, 0, 3]]);
        assert_eq!(cells(&[0, 0], &[0]), [[0], [0]]);
        assert!(table(&[], &[]).is_some());
        assert!(table(&[0], &[]).is_some());
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert_eq!(table(&[1], &[2]), None);
        assert_eq!(table(&[1], &[]), None);
        assert_eq!(table(&[-1, 2], &[1]), None);
        assert_eq!(table(&[i64::MAX, 1], &[i64::MAX, 1]), None);
    }

    #[test]
    fn the_largest_sums_fit() {
        let half = i64::MAX / 2;
        assert_eq!(
            cells(&[half, half], &[half, half])
                .iter()
                .flatten()
                .sum::<i64>(),
            2 * half
        );
    }

    #[test]
    fn cells_explain_themselves() {
        let table = table(&[7, 2], &[3, 6]).unwrap();
        assert_eq!(
            table.explain(0, 1).unwrap().to_string(),
            "7 x 6/9 = 4 remainder 6/9; one odd unit for the remainder: 5",
        );
        assert_eq!(table.explain(2, 0), None);
        assert_eq!(table.cell(0, 2), 0);
    }
}
