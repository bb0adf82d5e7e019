//! The envelope around every answer, and pages of lists.

use serde::{Deserialize, Serialize};

use super::error::ErrorBody;
use crate::error::{Code, Violation};

/// What every answer is wrapped in: `data` or `error`, the other one `null`; lists add `meta`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Envelope<T> {
    /// The answer.
    pub data: Option<T>,
    /// Why there is none.
    pub error: Option<ErrorBody>,
    /// Where a list goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// What stands beside the data of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Meta {
    /// The page.
    pub pagination: Page,
}

/// One page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page {
    /// How many entries come before it.
    pub skip: u64,
    /// How many it has at most.
    pub take: u64,
    /// How many there are in all.
    pub total: u64,
    /// Whether more come after it.
    pub has_more: bool,
}

impl<T> Envelope<T> {
    /// An answer.
    pub fn ok(data: T) -> Self {
        Self {
            data: Some(data),
            error: None,
            meta: None,
        }
    }

    /// A page of a list.
    pub fn page(data: T, page: Page) -> Self {
        Self {
            data: Some(data),
            error: None,
            meta: Some(Meta { pagination: page }),
        }
    }

    /// A refusal.
    #[must_use]
    pub fn refused(error: ErrorBody) -> Self {
        Self {
            data: None,
            error: Some(error),
            meta: None,
        }
    }
}

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// How many entries to leave out.
    pub skip: u64,
    /// How many to give at most, never 0.
    pub take: u64,
}

impl Paging {
    /// How many campaigns when the caller does not say (contract 1.2).
    pub const DEFAULT_TAKE: u64 = 50;
    /// The most campaigns at once.
    pub const MAX_TAKE: u64 = 250;

    /// Reads `take` and `skip` of a query.
    ///
    /// # Errors
    /// Violations at `take` and `skip`: no whole number, `take` outside 1 to `max`.
    pub fn read(
        take: Option<&str>,
        skip: Option<&str>,
        default: u64,
        max: u64,
    ) -> Result<Self, Vec<Violation>> {
        let mut found = Vec::new();
        let take = number(&mut found, "take", take, default, 1, max);
        let skip = number(&mut found, "skip", skip, 0, 0, i64::MAX.unsigned_abs());
        if found.is_empty() {
            Ok(Self { skip, take })
        } else {
            Err(found)
        }
    }

    /// The page that was given, of so many entries in all.
    #[must_use]
    pub fn page(self, returned: u64, total: u64) -> Page {
        Page {
            skip: self.skip,
            take: self.take,
            total,
            has_more: self.skip.saturating_add(returned) < total,
        }
    }
}

fn number(
    found: &mut Vec<Violation>,
    name: &str,
    text: Option<&str>,
    default: u64,
    min: u64,
    max: u64,
) -> u64 {
    let Some(text) = text else { return default };
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let value = digits
        .then(|| text.parse::<u64>().ok())
        .flatten()
        .filter(|value| (min..=max).contains(value));
    value.unwrap_or_else(|| {
        let code = if digits {
            Code::TooLarge
        } else {
            Code::InvalidFormat
        };
        let code = if digits && text.bytes().all(|b| b == b'0') {
            Code::TooSmall
        } else {
            code
        };
        found.push(Violation::new(
            name,
            code,
            format!(
                "expected a whole number from {min} to {max}, got `{}`",
                super::json::shorten(text)
            ),
        ));
        default
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(take: Option<&str>, skip: Option<&str>) -> Result<Paging, Vec<Code>> {
        Paging::read(take, skip, Paging::DEFAULT_TAKE, Paging::MAX_TAKE)
            .map_err(|found| found.into_iter().map(|v| v.code).collect())
    }

    #[test]
    fn pages_have_limits() {
        assert_eq!(read(None, None), Ok(Paging { skip: 0, take: 50 }));
        assert_eq!(
            read(Some("250"), Some("7")),
            Ok(Paging { skip: 7, take: 250 })
        );
        assert_eq!(
            read(Some("251"), Some("-1")),
            Err(vec![Code::TooLarge, Code::InvalidFormat])
        );
        assert_eq!(read(Some("0"), None), Err(vec![Code::TooSmall]));
        assert_eq!(read(Some("+5"), None), Err(vec![Code::InvalidFormat]));
        assert_eq!(
            read(Some("99999999999999999999999"), None),
            Err(vec![Code::TooLarge])
        );
    }

    #[test]
    fn more_follows_until_the_last_entry() {
        let paging = Paging { skip: 50, take: 50 };
        assert!(paging.page(50, 101).has_more);
        assert!(!paging.page(50, 100).has_more);
        assert!(
            !Paging {
                skip: 500,
                take: 50
            }
            .page(0, 100)
            .has_more
        );
    }

    #[test]
    fn both_members_stand_in_every_answer() {
        assert_eq!(
            serde_json::to_string(&Envelope::ok(1)).unwrap(),
            r#"{"data":1,"error":null}"#
        );
        let page = Paging { skip: 0, take: 50 }.page(1, 1);
        assert_eq!(
            serde_json::to_string(&Envelope::page([1], page)).unwrap(),
            r#"{"data":[1],"error":null,"meta":{"pagination":{"skip":0,"take":50,"total":1,"hasMore":false}}}"#
        );
    }
}
