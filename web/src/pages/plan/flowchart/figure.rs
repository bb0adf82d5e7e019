//! One figure of the table: its place, its texts, and how it stands there.

use flighting_core::money::Money;
use web_sys::{Element, Node};

use super::markup;
use super::strips::GIVES;
use crate::format;

/// How an amount stands in its cell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// As it is to stay: its fraction one step quieter.
    TwoTones,
    /// All of it in its first text.
    Whole,
    /// Not at all: a strip has it.
    Given,
}

/// One figure: where it stands, and what is written there.
pub(super) struct Figure {
    place: Element,
    pub row: usize,
    pub column: usize,
    /// Whether a strip may take it.
    pub gives: bool,
    /// Its two texts; none while it is empty.
    texts: Option<(Node, Node)>,
    pub shown: Option<Money>,
    pub stands: Stands,
}

impl Figure {
    /// A place in the table with nothing in it yet.
    pub(super) fn new(place: Element, row: usize, column: usize) -> Self {
        Self {
            gives: place.matches(GIVES).unwrap_or(false),
            place,
            row,
            column,
            texts: None,
            shown: None,
            stands: Stands::TwoTones,
        }
    }

    /// Writes an amount as it is to stay.
    pub(super) fn write(&mut self, money: Option<Money>) {
        self.shown = money;
        self.stands = Stands::TwoTones;
        if let (Some((whole, fraction)), Some(money)) = (&self.texts, money) {
            let parts = format::parts(money);
            whole.set_node_value(Some(&parts.whole));
            fraction.set_node_value(Some(&parts.fraction));
            return;
        }
        self.place.set_inner_html(&markup(money));
        let fraction = self.place.last_child().and_then(|last| last.first_child());
        self.texts = self.place.first_child().zip(fraction);
    }

    /// Writes it as one text, for while one types.
    pub(super) fn write_whole(&mut self, money: Option<Money>) {
        let (Some(_), Some(money)) = (&self.texts, money) else {
            return self.write(money);
        };
        self.shown = Some(money);
        self.become_one(Stands::Whole, &format::amount(money));
    }

    /// Gives it to a strip.
    pub(super) fn give(&mut self) {
        self.become_one(Stands::Given, "");
    }

    fn become_one(&mut self, stands: Stands, text: &str) {
        if let Some((whole, fraction)) = &self.texts {
            whole.set_node_value(Some(text));
            if self.stands == Stands::TwoTones {
                fraction.set_node_value(Some(""));
            }
        }
        self.stands = stands;
    }
}
