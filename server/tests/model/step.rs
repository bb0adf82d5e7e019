//! Steps of a sequence.

use crate::chance::Chance;

/// One step; its numbers are taken as far as they fit when it is played.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    Select(usize, usize, i64),
    Deselect(usize, usize),
    Rename,
    RenameStale,
    Brief,
    Money(i64, i64),
    Extend,
    Execute,
    Pause,
    Reactivate,
    Delete,
    /// Something is asked of one of the buys.
    Act(usize, Act),
    /// A seller changes what it does with purchases.
    Temper(usize, usize),
    /// A seller changes what it does with changes.
    Manner(usize, usize),
    /// Something happens at a seller to one of the buys.
    Event(usize, usize),
    /// The caller asks how things stand.
    Look,
    /// Time passes until everything rests.
    Rest,
    /// Time passes until the flight is over.
    End,
}

/// What is asked of a buy.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    Cancel,
    Delete,
    EndProduct(usize),
    Pause(bool),
    Money(usize, i64),
    /// Less money for a product, and a total of so much in the same request.
    Squeeze(usize, i64, i64),
}

impl Act {
    fn random(chance: &mut Chance) -> Self {
        let which = chance.below(2) as usize;
        let cents = 10_000 * (1 + chance.below(40) as i64);
        match chance.below(18) {
            0..=2 => Self::Cancel,
            3 => Self::Delete,
            4..=5 => Self::EndProduct(which),
            6..=7 => Self::Pause(true),
            8..=9 => Self::Pause(false),
            10..=14 => Self::Money(which, cents),
            _ => Self::Squeeze(which, cents, cents + 10_000 * chance.below(30) as i64),
        }
    }
}

impl Step {
    /// A story that chance alone hardly ever tells: a buy is called off while its seller thinks
    /// about it, the seller says yes, and other money is asked for before the end has gone out.
    pub fn story(chance: &mut Chance) -> Vec<Self> {
        let (seller, product) = (chance.below(2) as usize, chance.below(2) as usize);
        let act = Act::random(chance);
        vec![
            Self::Select(seller, product, 30_000),
            Self::Temper(seller, 3),
            Self::Execute,
            Self::Act(0, Act::Cancel),
            Self::Event(0, 0),
            Self::Look,
            Self::Act(0, act),
        ]
    }

    /// A step; the first ones lead to something that was bought.
    pub fn random(chance: &mut Chance, number: usize) -> Self {
        let seller = chance.below(2) as usize;
        let product = chance.below(2) as usize;
        let which = match number {
            0..=1 => 0,
            2 => 20,
            _ => chance.below(80),
        };
        match which {
            0..=9 => Self::Select(seller, product, 10_000 * (1 + chance.below(30) as i64)),
            10..=11 => Self::Deselect(seller, product),
            12 => Self::Rename,
            13 => Self::RenameStale,
            14 => Self::Brief,
            15..=18 => Self::Money(
                10_000 * (1 + chance.below(150) as i64),
                10_000 * chance.below(10) as i64,
            ),
            19 => Self::Extend,
            20..=30 => Self::Execute,
            31..=34 => Self::Pause,
            35..=38 => Self::Reactivate,
            39 if chance.one_in(4) => Self::Delete,
            39 => Self::Execute,
            // A seller that thinks leads to the longest stories.
            40..=44 => Self::Temper(
                seller,
                [0, 1, 2, 3, 3, 3, 4, 5, 6, 7][chance.below(10) as usize],
            ),
            45..=48 => Self::Manner(seller, chance.below(5) as usize),
            49..=54 => Self::Event(chance.below(8) as usize, chance.below(6) as usize),
            55..=59 => Self::Look,
            60..=62 => Self::Rest,
            63 => Self::End,
            _ => Self::Act(chance.below(8) as usize, Act::random(chance)),
        }
    }
}
