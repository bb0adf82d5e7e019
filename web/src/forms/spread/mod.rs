//! The table of a plan to and from spreadsheets. What comes back is compared cell by cell before
//! anything is applied; core says of every cell whether it reads.

mod written;

use flighting_core::money::Currency;

pub use written::written;

use super::selection::ProductForm;
use super::sheet::Sheet;

/// How cells are separated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Tabs: what spreadsheets copy and paste.
    Tabs,
    /// Commas, with quotes where needed: a file.
    Commas,
}

/// A cell that came back with something else than the plan has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The product's place in the plan; none where the line names no product of it.
    pub product: Option<usize>,
    /// The line of the pasted text, from 1.
    pub line: usize,
    /// What it is about: a product's budget or bid.
    pub name: String,
    /// What the plan has.
    pub before: String,
    /// What was pasted.
    pub after: String,
    /// Why it is not taken; none where it is.
    pub wrong: Option<String>,
}

/// What was pasted, compared with the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Pasted {
    /// Every cell that differs.
    pub changes: Vec<Change>,
    /// How many lines name a product of the plan.
    pub lines: usize,
    /// The plan with every change that reads.
    pub sheet: Sheet,
}

/// A column that is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Agent,
    Name,
    Id,
    Budget,
    Bid,
}

impl Column {
    /// By its head, however it is written.
    fn of(head: &str) -> Option<Self> {
        let head: String = head
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        Some(match head.as_str() {
            "salesagent" | "agent" | "seller" | "salesagentname" => Self::Agent,
            "product" | "productname" | "name" => Self::Name,
            "productid" | "id" => Self::Id,
            "budget" | "productbudget" | "amount" | "mediabudget" => Self::Budget,
            "bid" | "bidprice" | "rate" => Self::Bid,
            _ => return None,
        })
    }
}

/// Reads what was pasted. Columns are known by their heads in any order; columns that are not
/// known, the packages among them, follow from the rest and are left alone.
///
/// # Errors
/// Why nothing of it can be read.
pub fn pasted(text: &str, sheet: &Sheet, currency: Currency) -> Result<Pasted, String> {
    let rows = cells(text);
    let head = rows
        .iter()
        .position(|row| {
            let known: Vec<_> = row.iter().filter_map(|head| Column::of(head)).collect();
            known.iter().any(|c| matches!(c, Column::Name | Column::Id))
                && known
                    .iter()
                    .any(|c| matches!(c, Column::Budget | Column::Bid))
        })
        .ok_or_else(|| {
            "expected a line of heads with `Product` or `Product id`, and `Budget` or `Bid`"
                .to_owned()
        })?;
    let columns: Vec<Option<Column>> = rows
        .get(head)
        .map(|row| row.iter().map(|head| Column::of(head)).collect())
        .unwrap_or_default();
    let mut out = Pasted {
        changes: Vec::new(),
        lines: 0,
        sheet: sheet.clone(),
    };
    for (at, row) in rows.iter().enumerate().skip(head + 1) {
        let cell = |wanted: Column| {
            columns
                .iter()
                .position(|column| *column == Some(wanted))
                .and_then(|at| row.get(at))
                .map(|cell| cell.trim().trim_start_matches('\''))
        };
        let (id, name, agent) = (
            cell(Column::Id).unwrap_or_default(),
            cell(Column::Name).unwrap_or_default(),
            cell(Column::Agent).unwrap_or_default(),
        );
        if id.is_empty() && name.is_empty() {
            continue;
        }
        match find(sheet, id, name, agent) {
            Ok(product) => {
                out.lines += 1;
                for (column, called) in [(Column::Budget, "Budget"), (Column::Bid, "Bid")] {
                    if let Some(after) = cell(column) {
                        out.compare(product, at + 1, called, after, currency);
                    }
                }
            }
            Err(wrong) => out.changes.push(Change {
                product: None,
                line: at + 1,
                name: if name.is_empty() { id } else { name }.to_owned(),
                before: String::new(),
                after: cell(Column::Budget).unwrap_or_default().to_owned(),
                wrong: Some(wrong),
            }),
        }
    }
    Ok(out)
}

fn find(sheet: &Sheet, id: &str, name: &str, agent: &str) -> Result<usize, String> {
    let fits = |product: &ProductForm| {
        (id.is_empty() || product.product_id == id)
            && (!id.is_empty() || product.name == name)
            && (agent.is_empty() || product.agent_name == agent)
    };
    let mut found = sheet
        .products
        .iter()
        .enumerate()
        .filter(|(_, product)| fits(product));
    match (found.next(), found.next()) {
        (Some((at, _)), None) => Ok(at),
        (Some(_), Some(_)) => {
            Err("several products fit: expected a product id and a sales agent".to_owned())
        }
        (None, _) => Err("no product of this plan: choose it first".to_owned()),
    }
}

impl Pasted {
    fn compare(&mut self, at: usize, line: usize, called: &str, after: &str, currency: Currency) {
        let is_bid = called == "Bid";
        let Some(product) = self.sheet.products.get_mut(at) else {
            return;
        };
        let before = if is_bid {
            &product.bid
        } else {
            &product.budget
        }
        .clone();
        let mut then = product.clone();
        let slot = if is_bid {
            &mut then.bid
        } else {
            &mut then.budget
        };
        after.clone_into(slot);
        if then.says_the_same(product) && then.violations(currency) == product.violations(currency)
        {
            return;
        }
        let member = if is_bid { "bidPrice" } else { "budget" };
        let mut wrong = then
            .violations(currency)
            .into_iter()
            .find(|violation| violation.path.ends_with(member))
            .map(|violation| violation.message);
        if is_bid && !product.price.is_empty() && !after.is_empty() {
            wrong = Some("the price of this product is fixed: expected no bid".to_owned());
        }
        let change = Change {
            product: Some(at),
            line,
            name: format!("{called} of {}", product.name),
            before,
            after: after.to_owned(),
            wrong,
        };
        if change.wrong.is_none() {
            *product = then;
        }
        self.changes.push(change);
    }
}

/// The cells of pasted text: by tabs where there are any, else by commas with quotes.
fn cells(text: &str) -> Vec<Vec<String>> {
    let tabs = text.contains('\t');
    let separator = if tabs { '\t' } else { ',' };
    let mut rows = Vec::new();
    let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            c if c == separator && !quoted => row.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::written::safe;
    use super::*;

    fn usd() -> Currency {
        Currency::parse("USD").unwrap()
    }

    fn product(id: &str, name: &str, budget: &str) -> ProductForm {
        ProductForm {
            product_id: id.into(),
            sales_agent_id: "agt_1".into(),
            agent_name: "Alder".into(),
            name: name.into(),
            budget: budget.into(),
            bid: "4".into(),
            ..ProductForm::default()
        }
    }

    fn sheet() -> Sheet {
        Sheet {
            products: vec![
                product("news", "News, local", "100"),
                product("tv", "TV", ""),
            ],
            ..Sheet::default()
        }
    }

    fn changes(text: &str) -> Vec<(usize, String, String, String, bool)> {
        pasted(text, &sheet(), usd())
            .unwrap()
            .changes
            .into_iter()
            .map(|c| (c.line, c.name, c.before, c.after, c.wrong.is_none()))
            .collect()
    }

    fn change(
        line: usize,
        name: &str,
        before: &str,
        after: &str,
        taken: bool,
    ) -> (usize, String, String, String, bool) {
        (line, name.into(), before.into(), after.into(), taken)
    }

    #[test]
    fn heads_in_any_order_and_spelling_are_understood() {
        let text = "BUDGET\tWhatever\tproduct-ID\r\n120.50\tx\tnews\r\n\tx\ttv\r\n";
        assert_eq!(
            changes(text),
            [change(2, "Budget of News, local", "100", "120.50", true)]
        );
        let commas = "product,budget\n\"News, local\",\"1,200\"\n";
        assert_eq!(
            changes(commas),
            [change(2, "Budget of News, local", "100", "1,200", true)]
        );
    }

    #[test]
    fn every_cell_that_does_not_read_says_why_and_the_others_are_taken() {
        let text = "product id\tbudget\tbid\nnews\t12x\t5\ntv\t300\t-1\nradio\t5\t5\n";
        assert_eq!(
            changes(text),
            [
                change(2, "Budget of News, local", "100", "12x", false),
                change(2, "Bid of News, local", "4", "5", true),
                change(3, "Budget of TV", "", "300", true),
                change(3, "Bid of TV", "4", "-1", false),
                change(4, "radio", "", "5", false),
            ]
        );
        let taken = pasted(text, &sheet(), usd()).unwrap().sheet;
        let now: Vec<_> = taken
            .products
            .iter()
            .map(|p| (p.budget.as_str(), p.bid.as_str()))
            .collect();
        assert_eq!(now, [("100", "5"), ("300", "4")]);
    }

    #[test]
    fn text_without_heads_is_refused_and_two_that_fit_are_not_guessed() {
        assert!(pasted("news\t5\n", &sheet(), usd()).is_err());
        let mut twice = sheet();
        twice.products.push(ProductForm {
            sales_agent_id: "agt_2".into(),
            agent_name: "Birch".into(),
            ..product("news", "News, local", "7")
        });
        let read = pasted("id\tbudget\nnews\t5\n", &twice, usd()).unwrap();
        assert!(read.changes[0].wrong.as_ref().unwrap().contains("several"));
        let read = pasted("id\tagent\tbudget\nnews\tBirch\t5\n", &twice, usd()).unwrap();
        assert_eq!(read.changes[0].product, Some(2));
    }

    #[test]
    fn sellers_words_never_become_formulas() {
        assert_eq!(safe("=1+1"), "'=1+1");
        assert_eq!(safe("News"), "News");
    }
}
