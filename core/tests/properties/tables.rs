//! Laws of the package table (decision 7), and that it is the table the definition makes.

use flighting_core::split::split;
use flighting_core::table::{Step, Table, table};
use proptest::prelude::*;

use super::oracle;

/// Rows and columns of one sum: what one side lacks is added to one of its places.
fn any_sides(
    height: impl Strategy<Value = usize>,
    width: impl Strategy<Value = usize>,
) -> impl Strategy<Value = (Vec<i64>, Vec<i64>)> {
    let most = prop_oneof![
        Just(3_i64),
        Just(9),
        Just(50),
        Just(1_000_000),
        Just(1_000_000_000_000)
    ];
    (height, width, most)
        .prop_flat_map(|(height, width, most)| {
            let side =
                |length| prop::collection::vec(prop_oneof![1 => Just(0), 6 => 0..=most], length);
            (side(height), side(width), any::<prop::sample::Index>())
        })
        .prop_map(|(mut rows, mut columns, place)| {
            let lack = rows.iter().sum::<i64>() - columns.iter().sum::<i64>();
            let (side, lack) = if lack > 0 {
                (&mut columns, lack)
            } else {
                (&mut rows, -lack)
            };
            let place = place.index(side.len());
            side[place] += lack;
            (rows, columns)
        })
}

fn cells(table: &Table) -> Vec<Vec<i64>> {
    (0..table.rows().len())
        .map(|r| {
            (0..table.columns().len())
                .map(|c| table.cell(r, c))
                .collect()
        })
        .collect()
}

fn check_laws(rows: &[i64], columns: &[i64]) -> Result<(), TestCaseError> {
    let made = table(rows, columns).unwrap();
    let sum = i128::from(rows.iter().sum::<i64>());
    let cells = cells(&made);
    for (row, cells) in rows.iter().zip(&cells) {
        prop_assert_eq!(cells.iter().sum::<i64>(), *row, "a row adds up");
    }
    for (index, column) in columns.iter().enumerate() {
        prop_assert_eq!(
            cells.iter().map(|row| row[index]).sum::<i64>(),
            *column,
            "a column adds up"
        );
    }
    for (r, row) in rows.iter().enumerate() {
        for (c, column) in columns.iter().enumerate() {
            let cell = cells[r][c];
            prop_assert!(cell >= 0);
            prop_assert!(
                (*row > 0 && *column > 0) || cell == 0,
                "a zero row or column never receives a unit"
            );
            let off = i128::from(cell) * sum - i128::from(*row) * i128::from(*column);
            prop_assert!(sum == 0 || off.abs() < sum, "less than one unit from exact");
            let why = made.explain(r, c).unwrap();
            prop_assert_eq!((why.amount, why.row, why.column), (cell, *row, *column));
            prop_assert_eq!(why.amount, why.floor + i64::from(why.extra));
            prop_assert_eq!(
                why.extra,
                matches!(why.step, Step::ByRemainder | Step::ByPath)
            );
            let exact = i128::from(why.floor) * sum + i128::from(why.remainder);
            prop_assert_eq!(exact, i128::from(*row) * i128::from(*column));
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn rows_and_columns_are_exact((rows, columns) in any_sides(1..=12_usize, 1..=52_usize)) {
        check_laws(&rows, &columns)?;
    }

    #[test]
    fn small_tables_are_those_of_the_definition((rows, columns) in any_sides(1..=6_usize, 1..=6_usize)) {
        let made = table(&rows, &columns).unwrap();
        prop_assert_eq!(cells(&made), oracle::table(&rows, &columns).cells);
    }

    #[test]
    fn tables_as_execute_makes_them_are_exact(
        rows in prop::collection::vec(0..100_000_000_i64, 1..=8),
        weights in prop::collection::vec(prop_oneof![1 => Just(0_u64), 5 => 1..3_100_000_u64], 1..=12),
    ) {
        let total = rows.iter().sum();
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let columns = split(total, &weights).unwrap().amounts();
        check_laws(&rows, &columns)?;
        prop_assert_eq!(cells(&table(&rows, &columns).unwrap()), oracle::table(&rows, &columns).cells);
    }

    #[test]
    fn different_sums_are_no_table((rows, mut columns) in any_sides(1..=4_usize, 1..=4_usize), more in 1..9_i64) {
        columns[0] += more;
        prop_assert_eq!(table(&rows, &columns), None);
    }
}

/// Numbers from a fixed sequence, so that the search below always sees the same tables.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// The laws above would hold just as well if no table ever needed a path: of these fixed tables
/// more than a tenth do.
#[test]
fn paths_are_those_of_the_definition() {
    let mut sequence = Sequence(7);
    let mut with_paths = 0;
    for _ in 0..4_000 {
        let mut side = |most: u64| -> Vec<i64> {
            let length = 3 + sequence.below(6);
            (0..length)
                .map(|_| i64::try_from(sequence.below(most)).unwrap())
                .collect()
        };
        let (mut rows, mut columns) = (side(12), side(12));
        let lack = rows.iter().sum::<i64>() - columns.iter().sum::<i64>();
        if lack > 0 {
            columns[0] += lack;
        } else {
            rows[0] -= lack;
        }
        let expected = oracle::table(&rows, &columns);
        assert_eq!(
            cells(&table(&rows, &columns).unwrap()),
            expected.cells,
            "{rows:?} by {columns:?}"
        );
        with_paths += usize::from(!expected.path_lengths.is_empty());
    }
    assert!(with_paths > 200, "only {with_paths} tables needed a path");
}

/// Paths that give two units back are rarer than one in a million; this is one.
#[test]
fn a_path_through_five_cells_is_that_of_the_definition() {
    let (rows, columns) = ([6, 4, 8, 6], [4, 3, 6, 4, 4, 0, 0, 3]);
    let expected = oracle::table(&rows, &columns);
    assert_eq!(expected.path_lengths.iter().max(), Some(&5));
    let made = table(&rows, &columns).unwrap();
    assert_eq!(cells(&made), expected.cells);
    let given_back = (0..4).flat_map(|r| (0..8).map(move |c| (r, c)));
    let given_back = given_back
        .filter(|(r, c)| made.explain(*r, *c).unwrap().step == Step::GivenBack)
        .count();
    assert_eq!(given_back, 2);
}
