//! Accounts: a brand bought for by an operator.

use serde_json::{Value, json};

use crate::ledger::Ledger;
use crate::listing::Page;
use crate::reading::{Object, Reading, is_domain};
use crate::refusal::Refusal;
use crate::seller::Call;

const BILLING: [&str; 2] = ["operator", "agent"];
const STATUSES: [&str; 6] = [
    "active",
    "pending_approval",
    "rejected",
    "payment_required",
    "suspended",
    "closed",
];

#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub id: String,
    brand: Brand,
    operator: String,
    billing: String,
    pub sandbox: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Brand {
    domain: String,
    id: Option<String>,
}

impl Brand {
    fn read(reading: &mut Reading, from: &Object, at: &str) -> Option<Self> {
        let at = format!("{at}/brand");
        let brand = from.get("brand").and_then(Value::as_object)?;
        let domain = reading.needed_text(brand, &at, "domain")?;
        if !is_domain(domain) {
            reading.wrong(
                format!("{at}/domain"),
                "pattern",
                format!("expected a domain such as acme.example, got `{domain}`"),
            );
        }
        let id = reading.text(brand, &at, "brand_id").map(str::to_owned);
        Some(Self {
            domain: domain.to_owned(),
            id,
        })
    }

    fn shown(&self) -> Value {
        match &self.id {
            Some(id) => json!({"domain": self.domain, "brand_id": id}),
            None => json!({"domain": self.domain}),
        }
    }
}

/// How a request names an account: by id, or by its natural key.
#[derive(Debug)]
pub(crate) enum Reference {
    Id(String),
    Key {
        brand_domain: String,
        brand_id: Option<String>,
        operator: String,
        sandbox: bool,
    },
}

impl Reference {
    /// Reads `account`; the two forms are never mixed.
    pub(crate) fn read(reading: &mut Reading, from: &Object) -> Option<Self> {
        let account = reading.object(from, "", "account")?;
        let by_key = ["brand", "operator"]
            .iter()
            .any(|key| account.contains_key(*key));
        if account.contains_key("account_id") {
            if by_key {
                reading.wrong(
                    "/account".into(),
                    "oneOf",
                    "expected either account_id or brand and operator, got both",
                );
                return None;
            }
            return reading
                .text(account, "/account", "account_id")
                .map(|id| Self::Id(id.to_owned()));
        }
        for key in ["brand", "operator"] {
            if !account.contains_key(key) {
                reading.missing("/account", key);
            }
        }
        let brand = Brand::read(reading, account, "/account");
        let operator = reading.text(account, "/account", "operator");
        let sandbox = reading.flag(account, "/account", "sandbox");
        let (brand, operator) = (brand?, operator?);
        Some(Self::Key {
            brand_domain: brand.domain,
            brand_id: brand.id,
            operator: operator.to_owned(),
            sandbox: sandbox.unwrap_or(false),
        })
    }

    /// Like [`Self::read`]; a missing account is an issue.
    pub(crate) fn needed(reading: &mut Reading, from: &Object) -> Option<Self> {
        if !from.contains_key("account") {
            reading.missing("", "account");
        }
        Self::read(reading, from)
    }

    /// The account it names, if it is open here.
    pub(crate) fn find<'a>(&self, ledger: &'a Ledger) -> Option<&'a Account> {
        ledger.accounts.iter().find(|account| match self {
            Self::Id(id) => account.id == *id,
            Self::Key {
                brand_domain,
                brand_id,
                operator,
                sandbox,
            } => {
                account.brand.domain == *brand_domain
                    && account.brand.id == *brand_id
                    && account.operator == *operator
                    && account.sandbox == *sandbox
            }
        })
    }

    /// The account it names, opened on first use when it is named by its natural key.
    ///
    /// # Errors
    ///
    /// `ACCOUNT_NOT_FOUND` for an id that was never given out.
    pub(crate) fn open(&self, ledger: &mut Ledger) -> Result<Account, Refusal> {
        if let Some(account) = self.find(ledger) {
            return Ok(account.clone());
        }
        match self {
            Self::Id(id) => Err(
                Refusal::new("ACCOUNT_NOT_FOUND", format!("no account `{id}`"))
                    .at("account.account_id")
                    .suggesting("open it with sync_accounts"),
            ),
            Self::Key {
                brand_domain,
                brand_id,
                operator,
                sandbox,
            } => {
                ledger.room_for_an_account()?;
                let account = Account {
                    id: ledger.issue("acct"),
                    brand: Brand {
                        domain: brand_domain.clone(),
                        id: brand_id.clone(),
                    },
                    operator: operator.clone(),
                    billing: "operator".into(),
                    sandbox: *sandbox,
                };
                ledger.accounts.push(account.clone());
                Ok(account)
            }
        }
    }
}

impl Account {
    fn shown(&self) -> Object {
        let mut shown = Object::new();
        shown.insert("account_id".into(), self.id.clone().into());
        shown.insert(
            "name".into(),
            format!("{} by {}", self.brand.domain, self.operator).into(),
        );
        shown.insert("brand".into(), self.brand.shown());
        shown.insert("operator".into(), self.operator.clone().into());
        shown.insert("status".into(), "active".into());
        shown.insert("billing".into(), self.billing.clone().into());
        shown.insert("account_scope".into(), "operator_brand".into());
        if self.sandbox {
            shown.insert("sandbox".into(), true.into());
        }
        shown
    }
}

/// `sync_accounts`: every account is active at once.
pub(crate) fn sync_accounts(call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    let mut reading = Reading::default();
    if !call.arguments.contains_key("accounts") {
        reading.missing("", "accounts");
    }
    let dry_run = reading.flag(call.arguments, "", "dry_run").unwrap_or(false);
    let mut wanted = Vec::new();
    let rows = reading
        .objects(call.arguments, "", "accounts", 1_000)
        .unwrap_or_default();
    for (at, row) in rows {
        for key in ["brand", "operator", "billing"] {
            if !row.contains_key(key) {
                reading.missing(&at, key);
            }
        }
        let brand = Brand::read(&mut reading, row, &at);
        let operator = reading.text(row, &at, "operator");
        let billing = reading.word(row, &at, "billing", &["operator", "agent", "advertiser"]);
        let sandbox = reading.flag(row, &at, "sandbox").unwrap_or(false);
        if let (Some(brand), Some(operator), Some(billing)) = (brand, operator, billing) {
            wanted.push((brand, operator.to_owned(), billing.to_owned(), sandbox));
        }
    }
    reading.done()?;
    let mut shown = Vec::with_capacity(wanted.len());
    for (brand, operator, billing, sandbox) in wanted {
        if !BILLING.contains(&billing.as_str()) {
            shown.push(json!({
                "brand": brand.shown(),
                "operator": operator,
                "action": "failed",
                "status": "rejected",
                "errors": [{
                    "code": "BILLING_NOT_SUPPORTED",
                    "message": format!("expected billing by operator or agent, got `{billing}`"),
                    "recovery": "correctable",
                }],
            }));
            continue;
        }
        let held = ledger.accounts.iter().position(|account| {
            account.brand == brand && account.operator == operator && account.sandbox == sandbox
        });
        let (mut account, action) = match held.and_then(|index| ledger.accounts.get(index)) {
            Some(account) if account.billing == billing => (account.clone(), "unchanged"),
            Some(account) => (account.clone(), "updated"),
            None => {
                ledger.room_for_an_account()?;
                let account = Account {
                    id: ledger.issue("acct"),
                    brand,
                    operator,
                    billing: billing.clone(),
                    sandbox,
                };
                (account, "created")
            }
        };
        account.billing = billing;
        let mut row = account.shown();
        row.insert("action".into(), action.into());
        shown.push(Value::Object(row));
        if !dry_run {
            match held.and_then(|index| ledger.accounts.get_mut(index)) {
                Some(place) => *place = account,
                None => ledger.accounts.push(account),
            }
        }
    }
    let mut body = Object::new();
    if dry_run {
        body.insert("dry_run".into(), true.into());
    }
    body.insert("accounts".into(), shown.into());
    Ok(body)
}

/// `list_accounts`, with its status and sandbox filters.
pub(crate) fn list_accounts(call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    let mut reading = Reading::default();
    let status = reading.word(call.arguments, "", "status", &STATUSES);
    let sandbox = reading.flag(call.arguments, "", "sandbox");
    let page = Page::read(&mut reading, call.arguments);
    reading.done()?;
    let accounts: Vec<Value> = ledger
        .accounts
        .iter()
        .filter(|account| sandbox.is_none_or(|wanted| account.sandbox == wanted))
        .filter(|_| status.is_none_or(|wanted| wanted == "active"))
        .map(|account| Value::Object(account.shown()))
        .collect();
    page.answer("accounts", accounts)
}
