//! What an error means for a buy, and our own words where a seller has none (decision 15).

use flighting_core::media_buy::{Recovery, SellerError};

use super::exchange::{Turned, TurnedAway};
use super::failure::turned_words;

/// Whether an answer is the last word of a request, or the end of a task that was placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finality {
    /// The answer to the request itself.
    Direct,
    /// The end of the task that it became.
    Task,
}

/// What an error means for the buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A business no.
    Rejected,
    /// Provably not bought.
    Failed,
    /// Nobody knows.
    Silent,
}

/// The one reading of error codes (decision 15; AdCP 3.2's registry for what they say).
pub(super) fn meaning(error: &SellerError, finality: Finality) -> Meaning {
    let no = matches!(
        error.recovery,
        Some(Recovery::Correctable | Recovery::Terminal)
    );
    match error.code.as_str() {
        // It says itself that the buy was made.
        "COMMITTED_RESOURCE_PURGED" => Meaning::Silent,
        "POLICY_VIOLATION" | "TERMS_REJECTED" | "GOVERNANCE_DENIED" | "CREATIVE_REJECTED"
        | "BUDGET_TOO_LOW"
            if no || finality == Finality::Task =>
        {
            Meaning::Rejected
        }
        code if code.starts_with("PRODUCT_") && (no || finality == Finality::Task) => {
            Meaning::Rejected
        }
        // A task that ended in failure bought nothing, whatever the code.
        _ if finality == Finality::Task => Meaning::Failed,
        "INTERNAL_ERROR" | "SERVICE_UNAVAILABLE" | "CONFLICT" | "STALE_RESPONSE" => Meaning::Silent,
        code if code.starts_with("IDEMPOTENCY_") || code.starts_with("SIGNED_RESPONSE_") => {
            Meaning::Silent
        }
        "RATE_LIMITED" | "ACCOUNT_SETUP_REQUIRED" | "IO_REQUIRED" => Meaning::Failed,
        _ if no => Meaning::Failed,
        _ => Meaning::Silent,
    }
}

pub(super) fn plain(code: &str, said: Option<&str>, ours: &str) -> SellerError {
    SellerError {
        code: code.to_owned(),
        message: said.unwrap_or(ours).to_owned(),
        field: None,
        suggestion: None,
        recovery: None,
        retry_after_s: None,
    }
}

/// A call that was turned away, as the error of a buy.
pub(super) fn turned_error(turned: &TurnedAway) -> SellerError {
    let (code, recovery) = match turned.how {
        Turned::Credentials => ("credentials_refused", Recovery::Terminal),
        Turned::TooMany => ("RATE_LIMITED", Recovery::Transient),
        Turned::NoSuchTask => ("task_not_offered", Recovery::Terminal),
        Turned::Malformed => ("turned_away", Recovery::Correctable),
    };
    SellerError {
        recovery: Some(recovery),
        retry_after_s: turned
            .retry_after_s
            .map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX)),
        ..plain(code, None, &turned_words(turned))
    }
}

/// A call that never left us, as the error of a buy.
pub(super) fn not_sent(reason: &str, http_status: Option<u16>) -> SellerError {
    let recovery = match http_status {
        Some(401 | 403) => Recovery::Terminal,
        _ => Recovery::Transient,
    };
    let code = if recovery == Recovery::Terminal {
        "credentials_refused"
    } else {
        "not_sent"
    };
    SellerError {
        recovery: Some(recovery),
        ..plain(
            code,
            None,
            &format!("nothing was sent to the agent: {reason}"),
        )
    }
}
