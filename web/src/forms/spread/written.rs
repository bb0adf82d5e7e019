//! The table of a plan as text for spreadsheets.

use super::Form;
use crate::forms::grid::Grid;
use crate::forms::sheet::Sheet;

const HEADS: [&str; 5] = ["Sales agent", "Product", "Product id", "Budget", "Bid"];

/// The table as text: one line per product with its packages by period, the sums below.
#[must_use]
pub fn written(grid: &Grid, sheet: &Sheet, form: Form) -> String {
    let mut lines = vec![
        HEADS
            .iter()
            .map(|head| (*head).to_owned())
            .chain((0..grid.columns.len()).map(|at| label(at, sheet)))
            .chain(["Packages".to_owned()])
            .collect::<Vec<_>>(),
    ];
    for row in grid.groups.iter().flat_map(|group| &group.rows) {
        let Some(product) = sheet.products.get(row.index) else {
            continue;
        };
        let sum: i64 = row.cells.iter().flatten().map(|money| money.minor()).sum();
        let mut cells = vec![
            safe(&product.agent_name),
            safe(&product.name),
            safe(&product.product_id),
            row.budget.map(plain).unwrap_or_default(),
            product.bid.clone(),
        ];
        cells.extend(
            row.cells
                .iter()
                .map(|cell| cell.map(plain).unwrap_or_default()),
        );
        cells.push(
            flighting_core::money::Money::from_minor(sum, grid.media.currency())
                .map(plain)
                .unwrap_or_default(),
        );
        lines.push(cells);
    }
    let mut sums = vec![
        "Sum".to_owned(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
    ];
    sums.extend(grid.columns.iter().map(|column| plain(column.packages)));
    sums.push(plain(grid.packages));
    lines.push(sums);
    let mut text = String::new();
    for cells in lines {
        let line: Vec<String> = cells
            .into_iter()
            .map(|cell| match form {
                Form::Tabs => cell.replace(['\t', '\n', '\r'], " "),
                Form::Commas if cell.contains([',', '"', '\n', '\r']) => {
                    format!("\"{}\"", cell.replace('"', "\"\""))
                }
                Form::Commas => cell,
            })
            .collect();
        text.push_str(&line.join(match form {
            Form::Tabs => "\t",
            Form::Commas => ",",
        }));
        text.push_str("\r\n");
    }
    text
}

fn label(at: usize, sheet: &Sheet) -> String {
    sheet
        .form
        .schedule
        .mode
        .and_then(|_| sheet.form.schedule.rows.get(at))
        .map_or("Whole flight".to_owned(), |row| safe(&row.label))
}

fn plain(money: flighting_core::money::Money) -> String {
    money.to_decimal().to_string()
}

/// Text that others wrote must not become a formula in the reader's spreadsheet.
pub(super) fn safe(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}
