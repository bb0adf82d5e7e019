//! Which account pays (AdCP: an account is named by the seller's id or by brand and operator,
//! never by both).

use flighting_core::media_buy::{Recovery, SellerError};

use super::errors;
use super::requests::{AccountRef, BrandRef};
use super::types::WireAccount;

/// The account we need at an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountNeed {
    /// The advertiser's brand domain.
    pub brand: String,
    /// Who buys for it: a domain.
    pub operator: String,
    /// Whether nothing real is to be bought.
    pub sandbox: bool,
    /// Makes declaring the account safe to repeat: 16 to 255 of `[A-Za-z0-9_.:-]`.
    pub idempotency_key: String,
}

impl AccountNeed {
    /// The account under its natural key.
    #[must_use]
    pub fn natural(&self) -> AccountRef {
        AccountRef::Natural {
            brand: BrandRef {
                domain: self.brand.clone(),
            },
            operator: self.operator.clone(),
            sandbox: self.sandbox,
        }
    }
}

fn trouble(code: &str, message: String, suggestion: Option<String>) -> SellerError {
    SellerError {
        code: code.to_owned(),
        message,
        field: Some("account".to_owned()),
        suggestion,
        recovery: Some(Recovery::Terminal),
        retry_after_s: None,
    }
}

/// Picks our account from a seller's list: active, of our brand, operator and sandbox; where the
/// rows do not say whose they are, only a single one can be ours.
///
/// # Errors
/// When there is none, or several that fit.
pub fn pick(rows: &[WireAccount], need: &AccountNeed) -> Result<AccountRef, SellerError> {
    let same =
        |said: Option<&str>, ours: &str| said.is_none_or(|said| said.eq_ignore_ascii_case(ours));
    let usable: Vec<&WireAccount> = rows
        .iter()
        .filter(|row| row.account_id.is_some())
        .filter(|row| {
            row.status
                .as_deref()
                .is_none_or(|status| status == "active")
        })
        .filter(|row| row.sandbox.unwrap_or(false) == need.sandbox)
        .filter(|row| {
            same(row.brand.domain.as_deref(), &need.brand)
                && same(row.operator.as_deref(), &need.operator)
        })
        .collect();
    let named: Vec<&WireAccount> = usable
        .iter()
        .copied()
        .filter(|row| row.brand.domain.is_some())
        .collect();
    let candidates = if named.is_empty() { usable } else { named };
    match candidates.as_slice() {
        [row] => Ok(AccountRef::Id {
            account_id: row.account_id.clone().unwrap_or_default(),
        }),
        [] => Err(trouble(
            "ACCOUNT_NOT_FOUND",
            format!(
                "expected an active account of `{}` for `{}` at the seller, got none",
                need.operator, need.brand
            ),
            Some("ask the seller to open one".to_owned()),
        )),
        several => Err(trouble(
            "ACCOUNT_AMBIGUOUS",
            format!(
                "expected one account of `{}` for `{}` at the seller, got {}",
                need.operator,
                need.brand,
                several.len()
            ),
            None,
        )),
    }
}

/// Reads the answer to declaring our account: it may be used once the seller says active.
///
/// # Errors
/// When the seller did not take it, or it cannot buy yet.
pub fn declared(rows: &[WireAccount], need: &AccountNeed) -> Result<AccountRef, SellerError> {
    let ours = rows
        .iter()
        .find(|row| {
            row.brand
                .domain
                .as_deref()
                .is_some_and(|domain| domain.eq_ignore_ascii_case(&need.brand))
        })
        .or(match rows {
            [only] => Some(only),
            _ => None,
        });
    let Some(row) = ours else {
        return Err(trouble(
            "ACCOUNT_NOT_FOUND",
            "expected the account we declared, got another".to_owned(),
            None,
        ));
    };
    if let Some(error) = row.errors.iter().find_map(errors::read) {
        return Err(error);
    }
    match (row.action.as_deref(), row.status.as_deref()) {
        (Some("failed"), _) => Err(trouble(
            "ACCOUNT_NOT_FOUND",
            "the seller did not take the account".to_owned(),
            None,
        )),
        (_, None | Some("active")) => Ok(need.natural()),
        (_, Some(status)) => Err(trouble(
            "ACCOUNT_SETUP_REQUIRED",
            row.setup
                .message
                .clone()
                .unwrap_or_else(|| format!("the account is `{status}` at the seller")),
            row.setup
                .url
                .as_ref()
                .map(|url| format!("set up the account at {url}")),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn need(sandbox: bool) -> AccountNeed {
        AccountNeed {
            brand: "acme.example".into(),
            operator: "agency.example".into(),
            sandbox,
            idempotency_key: "0123456789abcdef".into(),
        }
    }

    fn rows(value: Value) -> Vec<WireAccount> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_list_must_hold_exactly_one_account_of_ours() {
        let id = |value, sandbox| pick(&rows(value), &need(sandbox)).map_err(|error| error.code);
        let account = |id: &str| {
            Ok(AccountRef::Id {
                account_id: id.into(),
            })
        };
        let ours = json!({"account_id": "a1", "status": "active", "brand": {"domain": "ACME.example"}, "operator": "agency.example"});
        let other =
            json!({"account_id": "a2", "status": "active", "brand": {"domain": "other.example"}});
        let anonymous = json!({"account_id": 3, "status": "active"});
        let test = json!({"account_id": "a4", "status": "active", "brand": {"domain": "acme.example"}, "sandbox": true});
        assert_eq!(
            id(json!([other, ours, anonymous, test]), false),
            account("a1")
        );
        assert_eq!(id(json!([other, ours, test]), true), account("a4"));
        assert_eq!(id(json!([anonymous]), false), account("3"));
        assert_eq!(id(json!([other]), false), Err("ACCOUNT_NOT_FOUND".into()));
        assert_eq!(id(json!([]), false), Err("ACCOUNT_NOT_FOUND".into()));
        assert_eq!(
            id(json!([ours, ours]), false),
            Err("ACCOUNT_AMBIGUOUS".into())
        );
        let suspended =
            json!({"account_id": "a5", "status": "suspended", "brand": {"domain": "acme.example"}});
        assert_eq!(
            id(json!([suspended]), false),
            Err("ACCOUNT_NOT_FOUND".into())
        );
    }

    #[test]
    fn a_declared_account_buys_only_once_it_is_active() {
        let row = |status: &str| {
            json!([{"brand": {"domain": "acme.example"}, "operator": "agency.example", "action": "created",
            "status": status, "account_id": "never used", "setup": {"message": "sign", "url": "https://seller.example/s"}}])
        };
        assert_eq!(
            declared(&rows(row("active")), &need(true)),
            Ok(need(true).natural())
        );
        for status in [
            "pending_approval",
            "rejected",
            "payment_required",
            "suspended",
            "closed",
            "new_word",
        ] {
            let error = declared(&rows(row(status)), &need(false)).unwrap_err();
            assert_eq!(
                (error.message.as_str(), error.suggestion.as_deref()),
                (
                    "sign",
                    Some("set up the account at https://seller.example/s")
                )
            );
        }
        let failed = json!([{"brand": {"domain": "acme.example"}, "action": "failed", "status": "rejected",
            "errors": [{"code": "BILLING_NOT_SUPPORTED", "message": "no"}]}]);
        assert_eq!(
            declared(&rows(failed), &need(false)).unwrap_err().code,
            "BILLING_NOT_SUPPORTED"
        );
    }
}
