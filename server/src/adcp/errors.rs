//! Sellers' errors: where they stand in an answer, and what to do about them.

use flighting_core::media_buy::{Recovery, SellerError};
use rust_decimal::prelude::ToPrimitive;
use serde_json::Value;

use super::lenient::{decimal_of, text_of};

/// The error of an answer: `adcp_error`, else the first entry of `errors` that is more than a
/// warning. None when there is none, or it has no code.
#[must_use]
pub fn error_in(body: &Value) -> Option<SellerError> {
    let envelope = body.get("adcp_error").into_iter();
    let listed = body
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    envelope
        .chain(listed)
        .filter(|error| !is_warning(error))
        .find_map(read)
}

/// Whether an answer speaks of an error at all, readable or not.
#[must_use]
pub fn speaks_of_error(body: &Value) -> bool {
    body.get("adcp_error").is_some_and(|error| !error.is_null())
        || body
            .get("errors")
            .and_then(Value::as_array)
            .is_some_and(|errors| errors.iter().any(|error| !is_warning(error)))
}

/// Whether an error is about the seller's own answer: the task ran, and what it made did not pass
/// the seller's check of its answer. Seen in a running seller, under VALIDATION_ERROR with
/// recovery `correctable`; nothing about it says that nothing was bought.
#[must_use]
pub fn is_about_the_answer(body: &Value) -> bool {
    let listed = body
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    body.get("adcp_error")
        .into_iter()
        .chain(listed)
        .any(|error| {
            let words = error
                .get("message")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_lowercase();
            let issues = error
                .get("issues")
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            let mut schemas =
                issues.filter_map(|issue| issue.get("schemaId").and_then(Value::as_str));
            (words.contains("response") && words.contains("validat"))
                || schemas.any(|schema| schema.contains("-response"))
        })
}

/// Whether an answer's error has a code that is not registered and says in an unknown word what
/// helps: it fails closed, and is no proof that nothing was bought.
#[must_use]
pub fn says_nothing_sure(body: &Value) -> bool {
    let listed = body.get("errors").and_then(Value::as_array);
    body.get("adcp_error")
        .into_iter()
        .chain(listed.into_iter().flatten())
        .filter(|error| !is_warning(error))
        .any(|error| {
            let code = error
                .get("code")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let word = error.get("recovery").and_then(Value::as_str);
            registered_recovery(code).is_none()
                && word
                    .is_some_and(|word| !["transient", "correctable", "terminal"].contains(&word))
        })
}

fn is_warning(error: &Value) -> bool {
    matches!(
        error.get("severity").and_then(Value::as_str),
        Some("warning" | "info")
    )
}

/// One error object.
#[must_use]
pub fn read(error: &Value) -> Option<SellerError> {
    let code = error
        .get("code")
        .and_then(Value::as_str)
        .filter(|code| (1..=64).contains(&code.len()))?;
    let member = |name: &str| error.get(name).and_then(text_of);
    let recovery = match error.get("recovery").and_then(Value::as_str) {
        Some("transient") => Some(Recovery::Transient),
        Some("correctable") => Some(Recovery::Correctable),
        Some("terminal") => Some(Recovery::Terminal),
        // A word of a later release, or none: nothing may be done by itself about such an error.
        Some(_) => Some(Recovery::Terminal),
        None => registered_recovery(code),
    };
    let pointer = error.pointer("/issues/0/pointer").and_then(text_of);
    let setup = ["/details/setup/url", "/details/setup_url", "/setup/url"]
        .into_iter()
        .find_map(|path| error.pointer(path).and_then(Value::as_str));
    Some(SellerError {
        code: code.to_owned(),
        message: member("message").unwrap_or_else(|| code.to_owned()),
        field: member("field").or(pointer),
        suggestion: member("suggestion")
            .or_else(|| setup.map(|url| format!("set up the account at {url}"))),
        recovery,
        retry_after_s: error.get("retry_after").and_then(retry_after_s),
    })
}

/// Seconds, rounded up and brought into 1 to 3600, as the protocol asks of readers.
fn retry_after_s(value: &Value) -> Option<u32> {
    let seconds = decimal_of(value)?.ceil();
    Some(
        seconds
            .clamp(1.into(), 3600.into())
            .to_u32()
            .unwrap_or(3600),
    )
}

/// What the protocol's registry (AdCP 3.2, which has every code of 3.0 and 3.1) says of a code
/// whose error does not say it itself. None for codes that are not registered.
#[must_use]
pub fn registered_recovery(code: &str) -> Option<Recovery> {
    if TERMINAL.contains(&code) {
        Some(Recovery::Terminal)
    } else if TRANSIENT.contains(&code) {
        Some(Recovery::Transient)
    } else if CORRECTABLE.contains(&code) {
        Some(Recovery::Correctable)
    } else {
        None
    }
}

/// Codes after which a person has to act.
const TERMINAL: [&str; 11] = [
    "ACCOUNT_NOT_FOUND",
    "ACCOUNT_PAYMENT_REQUIRED",
    "ACCOUNT_SUSPENDED",
    "AGENT_BLOCKED",
    "AGENT_SUSPENDED",
    "AUTH_INVALID",
    "BILLING_OUT_OF_BAND",
    "BUDGET_EXHAUSTED",
    "COMMITTED_RESOURCE_PURGED",
    "CONFIGURATION_ERROR",
    "CREDENTIAL_IN_ARGS",
];

/// Codes after which the same request may work later.
const TRANSIENT: [&str; 8] = [
    "CAMPAIGN_SUSPENDED",
    "CONFLICT",
    "GOVERNANCE_UNAVAILABLE",
    "IDEMPOTENCY_IN_FLIGHT",
    "RATE_LIMITED",
    "SERVICE_UNAVAILABLE",
    "SIGNED_RESPONSE_ENVELOPE_EXPIRED",
    "STALE_RESPONSE",
];

/// Codes after which another request may work.
const CORRECTABLE: [&str; 101] = [
    "ACCOUNT_AMBIGUOUS",
    "ACCOUNT_IDENTITY_CONFLICT",
    "ACCOUNT_MOVED",
    "ACCOUNT_REQUIRED",
    "ACCOUNT_SETUP_REQUIRED",
    "ACTION_NOT_ALLOWED",
    "AMBIGUOUS_BIDDING_POLICY",
    "AUDIENCE_TOO_SMALL",
    "AUTHORIZATION_REQUIRED",
    "AUTH_MISSING",
    "AUTH_REQUIRED",
    "BIDDING_PLACEMENT_CONFLICT",
    "BILLING_NOT_PERMITTED_FOR_AGENT",
    "BILLING_NOT_SUPPORTED",
    "BRAND_REQUIRED",
    "BUDGET_CAP_REACHED",
    "BUDGET_EXCEEDED",
    "BUDGET_TOO_LOW",
    "CATALOG_LIMIT_EXCEEDED",
    "COMPLIANCE_UNSATISFIED",
    "CONFLICTING_SELECTORS",
    "CREATIVE_DEADLINE_EXCEEDED",
    "CREATIVE_INACCESSIBLE",
    "CREATIVE_LOCALE_NOT_ACCEPTED",
    "CREATIVE_MISSING_CLICK_URL",
    "CREATIVE_NOT_FOUND",
    "CREATIVE_REJECTED",
    "CREATIVE_REPRESENTATION_UNRESOLVED",
    "CREATIVE_REVISION_CONTENT_MISMATCH",
    "CREATIVE_SIZE_MISMATCH",
    "CREATIVE_VALIDATION_FAILED_GENERIC",
    "CREATIVE_VALUE_NOT_ALLOWED",
    "CURSOR_EXPIRED",
    "EVALUATOR_AGENT_NOT_ACCEPTED",
    "FEED_FETCH_FAILED",
    "FIELD_NOT_PERMITTED",
    "FORMAT_DECLARATION_DIVERGENT",
    "FORMAT_DECLARATION_V1_AMBIGUOUS",
    "FORMAT_DECLARATION_V1_LOSSY_MULTI_SIZE",
    "FORMAT_NOT_SUPPORTED",
    "FORMAT_OPTION_UNRESOLVED",
    "FORMAT_PROJECTION_FAILED",
    "FORMAT_SHAPE_PROMOTED",
    "GOVERNANCE_AGENT_NOT_ACCEPTED",
    "GOVERNANCE_DENIED",
    "IDEMPOTENCY_CONFLICT",
    "IDEMPOTENCY_EXPIRED",
    "INVALID_FEED_FORMAT",
    "INVALID_PRICING_OPTION",
    "INVALID_REQUEST",
    "INVALID_STATE",
    "INVALID_USAGE_DATA",
    "IO_REQUIRED",
    "ITEM_VALIDATION_FAILED",
    "MACRO_RESOLUTION_FAILED",
    "MEDIA_BUY_NOT_FOUND",
    "MULTI_FINALIZE_UNSUPPORTED",
    "NOT_CANCELLABLE",
    "PACKAGE_NOT_FOUND",
    "PAYMENT_TERMS_NOT_SUPPORTED",
    "PERMISSION_DENIED",
    "PIXEL_TRACKER_LOSSY_DOWNGRADE",
    "PIXEL_TRACKER_UPGRADE_INFERRED",
    "PLACE_TARGET_UNAVAILABLE",
    "PLAN_NOT_FOUND",
    "POLICY_VIOLATION",
    "PRIVATE_FIELD_IN_PUBLIC_PLACEMENT",
    "PRODUCT_EXPIRED",
    "PRODUCT_NOT_FOUND",
    "PRODUCT_UNAVAILABLE",
    "PROPOSAL_EXPIRED",
    "PROPOSAL_NOT_COMMITTED",
    "PROPOSAL_NOT_FOUND",
    "PROVENANCE_CLAIM_CONTRADICTED",
    "PROVENANCE_DIGITAL_SOURCE_TYPE_MISSING",
    "PROVENANCE_DISCLOSURE_MISSING",
    "PROVENANCE_EMBEDDED_MISSING",
    "PROVENANCE_REQUIRED",
    "PROVENANCE_SYNTHETIC_DEPICTION_MISSING",
    "PROVENANCE_VERIFIER_NOT_ACCEPTED",
    "READ_ONLY_SCOPE",
    "REFERENCE_NOT_FOUND",
    "REQUOTE_REQUIRED",
    "SCOPE_INSUFFICIENT",
    "SESSION_NOT_FOUND",
    "SESSION_TERMINATED",
    "SIGNAL_NOT_FOUND",
    "SIGNAL_TARGETING_INCOMPATIBLE",
    "SIGNED_RESPONSE_REQUEST_HASH_MISMATCH",
    "SIGNED_RESPONSE_TENANT_MISMATCH",
    "SOURCE_ACCESS_FAILED",
    "TERMS_REJECTED",
    "UNPRICEABLE_OUTPUT",
    "UNSUPPORTED_FEATURE",
    "UNSUPPORTED_GRANULARITY",
    "UNSUPPORTED_PROVISIONING",
    "VALIDATION_ERROR",
    "VAST_PARSE_FAILED",
    "VAST_VERSION_MISMATCH",
    "VAST_WRAPPER_DEPTH_EXCEEDED",
    "VERSION_UNSUPPORTED",
];

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_error_is_found_in_either_place_and_warnings_are_none() {
        let envelope = json!({"adcp_error": {"code": "AUTH_INVALID", "message": "no"}, "errors": [{"code": "OTHER", "message": "x"}]});
        assert_eq!(error_in(&envelope).unwrap().code, "AUTH_INVALID");
        let payload = json!({"errors": [{"code": "W", "message": "w", "severity": "warning"}, {"code": "BUDGET_TOO_LOW", "message": "minimum 1000"}]});
        let error = error_in(&payload).unwrap();
        assert_eq!(
            (error.code.as_str(), error.recovery),
            ("BUDGET_TOO_LOW", Some(Recovery::Correctable))
        );
        let warnings = json!({"errors": [{"code": "W", "message": "w", "severity": "warning"}]});
        assert!(error_in(&warnings).is_none() && !speaks_of_error(&warnings));
        let unreadable = json!({"errors": ["nope"]});
        assert!(error_in(&unreadable).is_none() && speaks_of_error(&unreadable));
        assert!(!speaks_of_error(&json!({"errors": [], "adcp_error": null})));
    }

    #[test]
    fn what_the_error_says_goes_before_the_registry() {
        let recovery = |error: Value| read(&error).unwrap().recovery;
        assert_eq!(
            recovery(json!({"code": "RATE_LIMITED"})),
            Some(Recovery::Transient)
        );
        assert_eq!(
            recovery(json!({"code": "RATE_LIMITED", "recovery": "terminal"})),
            Some(Recovery::Terminal)
        );
        assert_eq!(
            recovery(json!({"code": "X_OWN", "recovery": "correctable"})),
            Some(Recovery::Correctable)
        );
        assert_eq!(
            recovery(json!({"code": "X_OWN", "recovery": "whenever"})),
            Some(Recovery::Terminal)
        );
        assert_eq!(recovery(json!({"code": "X_OWN"})), None);
        assert!(read(&json!({"message": "no code"})).is_none());
    }

    #[test]
    fn members_are_read_in_every_guise() {
        let error = read(&json!({
            "code": "ACCOUNT_SETUP_REQUIRED", "message": "sign first", "retry_after": 1.25,
            "issues": [{"pointer": "/account"}], "details": {"setup": {"url": "https://seller.example/setup"}},
        }))
        .unwrap();
        assert_eq!(error.retry_after_s, Some(2));
        assert_eq!(error.field.as_deref(), Some("/account"));
        assert_eq!(
            error.suggestion.as_deref(),
            Some("set up the account at https://seller.example/setup")
        );
        for (given, read_as) in [
            (json!(0), 1),
            (json!("10"), 10),
            (json!(99_999), 3600),
            (json!(-5), 1),
        ] {
            assert_eq!(
                read(&json!({"code": "RATE_LIMITED", "retry_after": given}))
                    .unwrap()
                    .retry_after_s,
                Some(read_as)
            );
        }
    }
}
