//! What core says when it says no: violations of single inputs, collected, and refusals of whole
//! commands. Codes are stable; callers depend on them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::pairs::Pairs;

/// Stable code of a [`Violation`]; snake case on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Code {
    /// A member that must be there is absent.
    Required,
    /// A member that nobody knows here.
    UnknownField,
    /// The same member twice.
    DuplicateField,
    /// Another JSON type than expected.
    WrongType,
    /// `null` where nothing can be cleared.
    NullNotAllowed,
    /// Fewer characters, entries or digits than allowed.
    TooShort,
    /// More characters, entries or digits than allowed.
    TooLong,
    /// A number below its least value.
    TooSmall,
    /// A number above its greatest value.
    TooLarge,
    /// More decimals than the currency or the rate has.
    TooManyDecimals,
    /// Text that does not have the form asked for.
    InvalidFormat,
    /// A word that is none of those allowed.
    UnknownValue,
    /// A currency without minor units, or none at all.
    UnsupportedCurrency,
    /// Another currency than the campaign's.
    CurrencyMismatch,
    /// An end before its start.
    EndBeforeStart,
    /// A period that leaves the flight.
    OutsideFlight,
    /// A period that overlaps or precedes the one before it.
    Overlap,
    /// Weights or budgets that are all 0.
    AllZero,
    /// Parts that add up to more than their whole.
    SumTooLarge,
    /// Fees above the budget's total, or percents above 100.
    FeesExceedTotal,
    /// The same value twice where each may stand once.
    Duplicate,
    /// Two members that contradict each other.
    Contradiction,
    /// A member that another member forbids here.
    NotAllowedHere,
    /// A field that cannot change after create.
    Immutable,
    /// A field that cannot change in this state.
    Locked,
    /// An id that the caller cannot see or that does not exist.
    NotFound,
    /// The action is not possible in this status.
    WrongStatus,
    /// A selected product that no money is left for.
    ProductWithoutMoney,
    /// A package that would hold no money.
    PackageWithoutMoney,
    /// No product is selected.
    NoProducts,
    /// The flight is over.
    FlightOver,
    /// An auction product without its bid price.
    BidRequired,
    /// A choice that only the caller can make, since there are several.
    Ambiguous,
    /// The advertiser's own credentials for an agent are missing.
    CredentialsMissing,
    /// An amount above what fits, or arithmetic that would leave the range.
    OutOfRange,
}

impl Code {
    /// The code as it stands on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::UnknownField => "unknown_field",
            Self::DuplicateField => "duplicate_field",
            Self::WrongType => "wrong_type",
            Self::NullNotAllowed => "null_not_allowed",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::TooSmall => "too_small",
            Self::TooLarge => "too_large",
            Self::TooManyDecimals => "too_many_decimals",
            Self::InvalidFormat => "invalid_format",
            Self::UnknownValue => "unknown_value",
            Self::UnsupportedCurrency => "unsupported_currency",
            Self::CurrencyMismatch => "currency_mismatch",
            Self::EndBeforeStart => "end_before_start",
            Self::OutsideFlight => "outside_flight",
            Self::Overlap => "overlap",
            Self::AllZero => "all_zero",
            Self::SumTooLarge => "sum_too_large",
            Self::FeesExceedTotal => "fees_exceed_total",
            Self::Duplicate => "duplicate",
            Self::Contradiction => "contradiction",
            Self::NotAllowedHere => "not_allowed_here",
            Self::Immutable => "immutable",
            Self::Locked => "locked",
            Self::NotFound => "not_found",
            Self::WrongStatus => "wrong_status",
            Self::ProductWithoutMoney => "product_without_money",
            Self::PackageWithoutMoney => "package_without_money",
            Self::NoProducts => "no_products",
            Self::FlightOver => "flight_over",
            Self::BidRequired => "bid_required",
            Self::Ambiguous => "ambiguous",
            Self::CredentialsMissing => "credentials_missing",
            Self::OutOfRange => "out_of_range",
        }
    }
}

/// A figure or word that a violation's message speaks of, for callers that write their own text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Param {
    /// A whole number.
    Int(i64),
    /// Text; amounts and rates stand here as decimal text.
    Text(String),
}

impl From<i64> for Param {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Param {
    fn from(value: i32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<u32> for Param {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<usize> for Param {
    fn from(value: usize) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Param {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// One thing wrong with one input. Always collected into a list, in core's fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Violation {
    /// Where: members joined by dots, list positions as `[i]` from 0; empty for the whole body.
    pub path: String,
    /// What kind of thing is wrong.
    pub code: Code,
    /// The sentence for people: lower case, no full stop.
    pub message: String,
    /// The figures of the message.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::HashMap<String, Param>))]
    pub params: Pairs<Param>,
}

impl Violation {
    /// A violation without figures.
    pub fn new(path: impl Into<String>, code: Code, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            code,
            message: message.into(),
            params: Pairs::default(),
        }
    }

    /// Adds one figure of the message.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Param>) -> Self {
        self.params.insert(name, value.into());
        self
    }

    /// The same violation one level further out: `prefix.path`.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.path = join(prefix, &self.path);
        self
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// `a` and `b` as one path: `a.b`, `a[0]`, or the one that is not empty.
#[must_use]
pub fn join(a: &str, b: &str) -> String {
    if a.is_empty() {
        b.to_owned()
    } else if b.is_empty() || b.starts_with('[') {
        format!("{a}{b}")
    } else {
        format!("{a}.{b}")
    }
}

/// What a [`Refusal::Conflict`] is about; the server tells it in the message and `details.conflict`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conflict {
    /// A submission is open or silent (decision 14).
    InFlight,
    /// An execute is under way for this campaign (decision 14).
    ExecutionUnderWay,
    /// A pacing period that was executed would change (decision 21).
    LivePacingChanged,
    /// The buy is in a status that never changes again.
    TerminalBuy,
    /// Sellers have not confirmed the end of what delete would archive (decision 20).
    DeleteNotConfirmed,
    /// A buy of which nobody has to tell anything (decision 15).
    NothingToReconcile,
}

/// Core says no to a whole command. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The input breaks rules: every violation, in core's fixed order, never empty.
    #[error("{}", first(.0))]
    Invalid(Vec<Violation>),
    /// The command is not possible in the campaign's status.
    #[error("{message}")]
    WrongPhase {
        /// The status the campaign is in.
        is: &'static str,
        /// The statuses in which the command is possible.
        allowed: &'static [&'static str],
        /// The sentence, with what to do instead where there is something.
        message: String,
    },
    /// More money than the media budget has.
    #[error("{message}")]
    OverBudget {
        /// How much is missing, in the campaign's currency.
        short_by: Money,
        /// The smallest `budget.total` that would cover it under the fees of the request; none
        /// where no total does, or where a larger total would not help.
        minimum_total: Option<Money>,
        /// The sentence with both figures.
        message: String,
    },
    /// Something else is under way or holds the thing.
    #[error("{message}")]
    Conflict {
        /// Which of the conflicts.
        what: Conflict,
        /// The sentence.
        message: String,
        /// Ids of the media buys it is about.
        media_buys: Vec<String>,
    },
    /// The seller or the product cannot do this.
    #[error("{0}")]
    Unsupported(String),
    /// An amount in another currency than the campaign's.
    #[error("expected an amount in {expected}, got {got}")]
    CurrencyMismatch {
        /// The campaign's currency.
        expected: String,
        /// The currency that came.
        got: String,
    },
    /// Arithmetic would leave the range of money (999,999,999,999,999 minor units).
    #[error("the amount is out of range")]
    Overflow,
}

impl Refusal {
    /// A refusal for exactly one violation.
    #[must_use]
    pub fn invalid(violation: Violation) -> Self {
        Self::Invalid(vec![violation])
    }
}

fn first(violations: &[Violation]) -> String {
    violations
        .first()
        .map_or_else(|| "invalid input".to_owned(), ToString::to_string)
}
