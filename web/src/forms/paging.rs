//! The pages of a list, by number.

use flighting_core::wire::Page;

/// Where a page of a list stands among all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// Its number, from 1.
    pub number: u64,
    /// How many there are; at least 1.
    pub count: u64,
    /// The number of its last row among all rows, from 1.
    pub last_row: u64,
    take: u64,
}

impl Pages {
    /// As an answer tells it.
    #[must_use]
    pub fn of(page: Page) -> Self {
        let Page {
            skip,
            take,
            total,
            has_more: _,
        } = page;
        let take = take.max(1);
        Self {
            number: skip / take + 1,
            count: total.div_ceil(take).max(1),
            last_row: skip.saturating_add(take).min(total),
            take,
        }
    }

    /// How many rows stand before a page.
    #[must_use]
    pub fn skip_of(self, number: u64) -> u64 {
        number.saturating_sub(1).saturating_mul(self.take)
    }
}

/// The number of a page as typed.
///
/// # Errors
/// What was expected, where it is none of the pages.
pub fn page_number(typed: &str, count: u64) -> Result<u64, String> {
    let typed = typed.trim();
    let number = super::whole_number(typed).filter(|number| (1..=count).contains(number));
    number.ok_or_else(|| {
        format!(
            "expected a page from 1 to {}, got `{typed}`",
            crate::format::count(count)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(skip: u64, total: u64) -> Pages {
        Pages::of(Page {
            skip,
            take: 50,
            total,
            has_more: skip + 50 < total,
        })
    }

    #[test]
    fn pages_are_numbered_from_one_and_the_last_may_be_short() {
        let first = page(0, 100_001);
        assert_eq!((first.number, first.count, first.last_row), (1, 2_001, 50));
        let last = page(first.skip_of(first.count), 100_001);
        assert_eq!((last.number, last.last_row), (2_001, 100_001));
        assert_eq!(page(0, 50).count, 1);
        assert_eq!(page(0, 0).count, 1);
        // Behind the end.
        assert_eq!((page(500, 60).number, page(500, 60).count), (11, 2));
    }

    #[test]
    fn a_number_is_read_as_people_write_it_and_anything_else_is_told() {
        assert_eq!(page_number(" 1,000 ", 2_000), Ok(1_000));
        assert_eq!(page_number("2000", 2_000), Ok(2_000));
        for (typed, count) in [
            ("0", 2_000),
            ("2001", 2_000),
            ("", 3),
            ("-1", 3),
            ("2.5", 3),
            ("1,00", 2_000),
        ] {
            let why = page_number(typed, count).unwrap_err();
            assert!(why.ends_with(&format!("got `{typed}`")), "{why}");
        }
    }
}
