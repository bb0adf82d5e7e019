//! Why an amount of the plan is what it is, in the planner's words: core's explanation of what is
//! typed (`by_rule`), what was bought (`bought`), and sums over the table (`sums`).

mod bought;
mod by_rule;
mod sums;

use chrono::{DateTime, Utc};
use flighting_core::advertiser::Advertiser;
use flighting_core::campaign::CampaignStatus;
use flighting_core::error::Violation;
use flighting_core::money::Money;
use flighting_core::wire::campaign::CampaignOut;

use super::grid::Grid;
use super::sheet::Sheet;
use crate::format;

/// An amount with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub name: String,
    /// How much.
    pub amount: Money,
    /// Whether it got one of the odd units that were left over.
    pub odd: bool,
    /// Whether it is the one that was asked about.
    pub own: bool,
}

/// Why an amount is what it is. The parts add up to the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it is.
    pub name: String,
    /// How much.
    pub amount: Money,
    /// By which rule, as a sentence.
    pub rule: &'static str,
    /// The calculation in one line.
    pub formula: String,
    /// What goes into it.
    pub inputs: Vec<(String, String)>,
    /// What it is exactly, and why it got an odd unit or not.
    pub exact: Option<(String, String)>,
    /// All parts of what it is a part of.
    pub parts: Vec<Part>,
    /// What they add up to.
    pub whole: Option<Part>,
}

impl Told {
    /// All of it as text, to be pasted somewhere.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![
            format!("{}: {}", self.name, format::money(self.amount)),
            self.formula.clone(),
            self.rule.to_owned(),
        ];
        lines.extend(
            self.inputs
                .iter()
                .map(|(name, value)| format!("{name}: {value}")),
        );
        lines.extend(
            self.exact
                .iter()
                .map(|(exact, why)| format!("exactly {exact}: {why}")),
        );
        lines.extend(self.parts.iter().chain(&self.whole).map(|part| {
            let odd = if part.odd { " (with an odd unit)" } else { "" };
            format!("{}: {}{odd}", part.name, format::amount(part.amount))
        }));
        lines.join("\n")
    }
}

impl Told {
    fn new(name: String, amount: Money, rule: &'static str, formula: String) -> Self {
        Self {
            name,
            amount,
            rule,
            formula,
            inputs: Vec::new(),
            exact: None,
            parts: Vec::new(),
            whole: None,
        }
    }
}

impl Part {
    fn new(name: String, amount: Money) -> Self {
        Self {
            name,
            amount,
            odd: false,
            own: false,
        }
    }
}

/// What is explained: the plan as typed, its table, and the campaign as the server has it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The plan as typed.
    pub sheet: &'a Sheet,
    /// Its table.
    pub grid: &'a Grid,
    /// The campaign as it was last answered.
    pub known: &'a CampaignOut,
    /// Its owner.
    pub advertiser: &'a Advertiser,
    /// Seen from when.
    pub now: DateTime<Utc>,
}

impl<'a> Shown<'a> {
    /// The campaign once it was executed: its amounts are then what was bought.
    fn executed(self) -> Option<&'a CampaignOut> {
        Some(self.known).filter(|known| known.status != CampaignStatus::Draft)
    }

    /// What people call a period by its place in the schedule.
    fn period(self, at: usize) -> String {
        let schedule = &self.sheet.form.schedule;
        schedule
            .mode
            .and_then(|_| schedule.rows.get(at))
            .map_or("whole flight".to_owned(), |row| row.label.clone())
    }
}

/// Explains an amount by where it stands: a path of core's, `sum:` with a place in the table, or
/// `bought:` with a row of what was bought and a column.
///
/// # Errors
/// Why it cannot be explained as it is typed, in core's words; nothing for a place that is none.
pub fn told(place: &str, shown: Shown<'_>) -> Result<Told, Vec<Violation>> {
    if let Some(sum) = place.strip_prefix("sum:") {
        return sums::told(sum, shown).ok_or_else(Vec::new);
    }
    if let Some(row) = place.strip_prefix("bought:") {
        return bought::told(row, shown).ok_or_else(Vec::new);
    }
    by_rule::told(place, shown)
}

#[cfg(test)]
mod tests;
