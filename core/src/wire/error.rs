//! How a request is refused on the wire: `{code, message, field?, details?}` inside the envelope.

use serde::{Deserialize, Serialize};

use super::Amount;
use super::media_buy::ChangeResult;
use crate::error::{Code, Conflict, Refusal, Violation};
use crate::words::words;

words! {
    /// Stable code of a refused request (decision 24). The same list on every route.
    pub enum ErrorCode {
        /// The body, query or path breaks rules, or the campaign is in the wrong status.
        ValidationError = "VALIDATION_ERROR",
        /// What came could not be read at all.
        BadRequest = "BAD_REQUEST",
        /// Another currency than the campaign's.
        CurrencyMismatch = "CURRENCY_MISMATCH",
        /// No known key.
        Unauthorized = "UNAUTHORIZED",
        /// The key may not do this.
        Forbidden = "FORBIDDEN",
        /// No such thing, or not yours.
        NotFound = "NOT_FOUND",
        /// Something else is under way, was faster, or holds the thing.
        Conflict = "CONFLICT",
        /// More money than the media budget has.
        InsufficientMediaBudget = "INSUFFICIENT_MEDIA_BUDGET",
        /// The seller or the product cannot do this.
        CapabilityNotSupported = "CAPABILITY_NOT_SUPPORTED",
        /// Too many requests.
        RateLimited = "RATE_LIMITED",
        /// Our own fault.
        InternalError = "INTERNAL_ERROR",
        /// Come back later.
        ServiceUnavailable = "SERVICE_UNAVAILABLE",
    }
}

impl ErrorCode {
    /// The HTTP status it always goes with.
    #[must_use]
    pub fn http_status(self) -> u16 {
        match self {
            Self::ValidationError | Self::BadRequest | Self::CurrencyMismatch => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::InsufficientMediaBudget => 409,
            Self::CapabilityNotSupported => 422,
            Self::RateLimited => 429,
            Self::InternalError => 500,
            Self::ServiceUnavailable => 503,
        }
    }
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// Stable code.
    pub code: ErrorCode,
    /// A sentence for people: lower case, no full stop.
    pub message: String,
    /// Path of the first thing that was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What the code alone does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Box<ErrorDetails>>,
}

/// Details of a refusal; which members are there follows from the code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorDetails {
    /// `VALIDATION_ERROR`: everything that was wrong, in a fixed order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<Violation>,
    /// Wrong status: the campaign's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_status: Option<String>,
    /// Wrong status: those in which it is possible.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_statuses: Vec<String>,
    /// `CONFLICT` of revisions: the one that was expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_revision: Option<u64>,
    /// `CONFLICT` of revisions: the one that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_revision: Option<u64>,
    /// `CONFLICT`: about what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict: Option<String>,
    /// `CONFLICT`: the media buys it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_buy_ids: Vec<String>,
    /// `CONFLICT` of a delete: what became of each media buy whose seller was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media_buy_results: Vec<ChangeResult>,
    /// `INSUFFICIENT_MEDIA_BUDGET`: how much is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub short_by: Option<Amount>,
    /// `INSUFFICIENT_MEDIA_BUDGET`: the smallest total that would do, where one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_allowed_budget: Option<Amount>,
    /// The currency of the amounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// `RATE_LIMITED`, `SERVICE_UNAVAILABLE`: seconds until it is worth trying again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    /// `INTERNAL_ERROR`: the request's id in our log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl ErrorBody {
    /// A refusal without details.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            details: None,
        }
    }

    /// With details.
    #[must_use]
    pub fn with_details(mut self, details: ErrorDetails) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// With the path of what was wrong.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// A body that breaks rules. Nothing but foreign currencies is `CURRENCY_MISMATCH`.
    #[must_use]
    pub fn invalid(issues: Vec<Violation>) -> Self {
        let foreign = !issues.is_empty()
            && issues
                .iter()
                .all(|issue| issue.code == Code::CurrencyMismatch);
        let code = if foreign {
            ErrorCode::CurrencyMismatch
        } else {
            ErrorCode::ValidationError
        };
        let (field, message) = match issues.as_slice() {
            [] => (None, "invalid input".to_owned()),
            [only] => (Some(only.path.clone()), only.to_string()),
            [first, rest @ ..] => (
                Some(first.path.clone()),
                format!("{first} (and {} more)", rest.len()),
            ),
        };
        Self {
            code,
            message,
            field,
            details: None,
        }
        .with_details(ErrorDetails {
            issues,
            ..ErrorDetails::default()
        })
    }

    /// What core refused (the table of the error codes).
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Invalid(issues) => Self::invalid(issues.clone()),
            Refusal::WrongPhase {
                is,
                allowed,
                message,
            } => Self::new(ErrorCode::ValidationError, message)
                .at("status")
                .with_details(ErrorDetails {
                    issues: vec![Violation::new("status", Code::WrongStatus, message)],
                    current_status: Some((*is).to_owned()),
                    allowed_statuses: allowed.iter().map(|status| (*status).to_owned()).collect(),
                    ..ErrorDetails::default()
                }),
            Refusal::OverBudget {
                short_by,
                minimum_total,
                message,
            } => Self::new(ErrorCode::InsufficientMediaBudget, message)
                .at("budget.total")
                .with_details(ErrorDetails {
                    short_by: Some((*short_by).into()),
                    minimum_allowed_budget: minimum_total.map(Into::into),
                    currency: Some(short_by.currency().code().to_owned()),
                    ..ErrorDetails::default()
                }),
            Refusal::Conflict {
                what,
                message,
                media_buys,
            } => Self::new(ErrorCode::Conflict, message).with_details(ErrorDetails {
                conflict: Some(conflict_word(*what).to_owned()),
                media_buy_ids: media_buys.clone(),
                ..ErrorDetails::default()
            }),
            Refusal::Unsupported(message) => Self::new(ErrorCode::CapabilityNotSupported, message),
            Refusal::CurrencyMismatch { .. } => {
                Self::new(ErrorCode::CurrencyMismatch, refusal.to_string())
            }
            Refusal::Overflow => Self::invalid(vec![Violation::new(
                "",
                Code::OutOfRange,
                refusal.to_string(),
            )]),
        }
    }

    /// The caller saw an older revision (decision 25).
    #[must_use]
    pub fn stale(expected: u64, current: u64) -> Self {
        Self::new(
            ErrorCode::Conflict,
            format!("expected revision {expected}, but it is {current}: read it again and retry"),
        )
        .at("expectedRevision")
        .with_details(ErrorDetails {
            conflict: Some("stale_revision".to_owned()),
            expected_revision: Some(expected),
            current_revision: Some(current),
            ..ErrorDetails::default()
        })
    }
}

fn conflict_word(what: Conflict) -> &'static str {
    match what {
        Conflict::InFlight => "in_flight",
        Conflict::ExecutionUnderWay => "execution_under_way",
        Conflict::LivePacingChanged => "live_pacing_changed",
        Conflict::TerminalBuy => "terminal_buy",
        Conflict::DeleteNotConfirmed => "delete_not_confirmed",
        Conflict::NothingToReconcile => "nothing_to_reconcile",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Currency, Money};

    #[test]
    fn the_table_of_codes_stays() {
        let table: Vec<_> = ErrorCode::ALL
            .iter()
            .map(|code| format!("{} {code}", code.http_status()))
            .collect();
        assert_eq!(
            table,
            [
                "400 VALIDATION_ERROR",
                "400 BAD_REQUEST",
                "400 CURRENCY_MISMATCH",
                "401 UNAUTHORIZED",
                "403 FORBIDDEN",
                "404 NOT_FOUND",
                "409 CONFLICT",
                "409 INSUFFICIENT_MEDIA_BUDGET",
                "422 CAPABILITY_NOT_SUPPORTED",
                "429 RATE_LIMITED",
                "500 INTERNAL_ERROR",
                "503 SERVICE_UNAVAILABLE",
            ]
        );
    }

    #[test]
    fn a_foreign_currency_has_its_own_code_when_it_is_all_that_is_wrong() {
        let foreign = Violation::new(
            "budget.currency",
            Code::CurrencyMismatch,
            "expected EUR, got `USD`",
        );
        let body = ErrorBody::invalid(vec![foreign.clone()]);
        assert_eq!(body.code, ErrorCode::CurrencyMismatch);
        assert_eq!(body.field.as_deref(), Some("budget.currency"));
        let both = ErrorBody::invalid(vec![
            Violation::new("name", Code::Required, "expected a value, got nothing"),
            foreign,
        ]);
        assert_eq!(both.code, ErrorCode::ValidationError);
        assert_eq!(both.field.as_deref(), Some("name"));
    }

    #[test]
    fn a_short_budget_tells_what_would_do() {
        let eur = Currency::parse("EUR").unwrap();
        let money = |minor| Money::from_minor(minor, eur).unwrap();
        let body = ErrorBody::refused(&Refusal::OverBudget {
            short_by: money(50),
            minimum_total: Some(money(10_050)),
            message: "short".into(),
        });
        let text = serde_json::to_string(&body).unwrap();
        assert_eq!(
            text,
            r#"{"code":"INSUFFICIENT_MEDIA_BUDGET","message":"short","field":"budget.total","details":{"shortBy":0.5,"minimumAllowedBudget":100.5,"currency":"EUR"}}"#
        );
        assert_eq!(serde_json::from_str::<ErrorBody>(&text).unwrap(), body);
    }

    #[test]
    fn a_wrong_status_names_the_right_ones() {
        let body = ErrorBody::refused(&Refusal::WrongPhase {
            is: "DRAFT",
            allowed: &["ACTIVE"],
            message: "no".into(),
        });
        assert_eq!(body.field.as_deref(), Some("status"));
        assert_eq!(body.details.unwrap().allowed_statuses, ["ACTIVE"]);
    }
}
