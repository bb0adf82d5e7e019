//! `create_media_buy`.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::accounts::Reference;
use crate::buys::{Buy, Change, Status};
use crate::creatives;
use crate::ledger::Ledger;
use crate::package_request::{Flight, Requested};
use crate::product::priced;
use crate::reading::{Object, Reading, is_domain, written};
use crate::refusal::Refusal;
use crate::seller::Call;
use crate::version::{Served, Version};

struct Request {
    account: Reference,
    start: Option<DateTime<Utc>>,
    end: DateTime<Utc>,
    packages: Vec<Requested>,
    paused: bool,
    push: bool,
}

/// `create_media_buy`: confirmed at once, or submitted where a person looks at it first: for
/// products that need approval, and where the buyer left an address for the answer.
pub(crate) fn create_media_buy(call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    let request = read(call.arguments)?;
    ledger.room_for_a_buy()?;
    for package in &request.packages {
        package.check_terms()?;
    }
    if request.end <= call.now {
        return Err(Refusal::invalid(
            "end_time",
            format!(
                "expected an end after {}, got {}",
                written(call.now),
                written(request.end)
            ),
        ));
    }
    // A start that has passed means now: a clock may tick between the request and its arrival.
    let start = request.start.unwrap_or(call.now).max(call.now);
    if start >= request.end {
        return Err(Refusal::invalid(
            "end_time",
            "expected an end after the start",
        ));
    }
    let flight = Flight {
        asked_start: request.start,
        start,
        end: request.end,
    };
    let mut currency: Option<String> = None;
    let mut by_person = request.push && call.seller.profile.specialism == "sales-guaranteed";
    for (index, package) in request.packages.iter().enumerate() {
        let product = package.product(ledger)?;
        by_person |= product.needs_approval;
        let Some(price) = package.option(product).map(|option| &option.currency) else {
            continue;
        };
        match &currency {
            None => currency = Some(price.clone()),
            Some(first) if first == price => {}
            Some(first) => {
                return Err(Refusal::invalid(
                    format!("packages[{index}].pricing_option_id"),
                    format!("expected a price in {first} as in packages[0], got {price}"),
                ));
            }
        }
    }
    let currency = currency.unwrap_or_default();
    let confirmed_at = if by_person {
        call.approved_at()
    } else {
        call.now
    };
    let account = request.account.open(ledger)?;
    let mut packages = Vec::with_capacity(request.packages.len());
    let mut inline = Vec::new();
    for mut package in request.packages {
        let mut brought = creatives::read_inline(call, std::mem::take(&mut package.inline))?;
        for creative in &brought {
            package.creatives.entry(creative.id.clone()).or_insert(None);
        }
        inline.append(&mut brought);
        packages.push(package.book(call, ledger, flight, confirmed_at)?);
    }
    check_total(call, &packages, &currency)?;
    creatives::take_in(ledger, &account.id, inline, call.now)?;

    let task_id = by_person.then(|| ledger.issue("task"));
    let id = ledger.issue(&format!("{}_mb", call.seller.name));
    let mut buy = Buy {
        id: id.clone(),
        account_id: account.id.clone(),
        sandbox: account.sandbox,
        idempotency_key: key(call.arguments),
        context: call.arguments.get("context").cloned(),
        currency,
        start,
        end: request.end,
        packages,
        complete: false,
        paused: request.paused,
        resumed: request.paused,
        canceled: None,
        rejected: None,
        forced: None,
        created_at: call.now,
        confirmed_at,
        updated_at: call.now,
        revision: 1,
        history: vec![Change {
            revision: 1,
            at: call.now,
            action: "created",
        }],
        task_id: task_id.clone(),
        asked: Vec::new(),
    };
    buy.look_at_creatives(&ledger.usable_creatives());
    let body = match task_id {
        Some(task_id) => submitted(&task_id),
        None => created(&buy, call),
    };
    ledger.buys.insert(id, buy);
    Ok(body)
}

fn key(arguments: &Object) -> String {
    arguments
        .get("idempotency_key")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn read(arguments: &Object) -> Result<Request, Refusal> {
    let mut reading = Reading::default();
    let account = Reference::needed(&mut reading, arguments);
    if !arguments.contains_key("brand") {
        reading.missing("", "brand");
    }
    if let Some(brand) = reading.object(arguments, "", "brand")
        && let Some(domain) = reading.needed_text(brand, "/brand", "domain")
        && !is_domain(domain)
    {
        reading.wrong(
            "/brand/domain".into(),
            "pattern",
            format!("expected a domain such as acme.example, got `{domain}`"),
        );
    }
    for key in ["start_time", "end_time"] {
        if !arguments.contains_key(key) {
            reading.missing("", key);
        }
    }
    let asap = arguments.get("start_time").and_then(Value::as_str) == Some("asap");
    let start = if asap {
        None
    } else {
        reading.instant(arguments, "", "start_time")
    };
    let end = reading.instant(arguments, "", "end_time");
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        reading.wrong(
            "/end_time".into(),
            "minimum",
            "expected an end after the start",
        );
    }
    let packages = Requested::read_all(&mut reading, arguments, "packages");
    match arguments.get("packages") {
        Some(Value::Array(packages)) if packages.is_empty() => {
            reading.wrong(
                "/packages".into(),
                "minItems",
                "expected at least one package",
            );
        }
        Some(_) => {}
        None if arguments.contains_key("proposal_id") => {
            return Err(Refusal::new(
                "UNSUPPORTED_FEATURE",
                "this agent makes no proposals, so none can be bought",
            )
            .at("proposal_id")
            .suggesting("send packages"));
        }
        None => reading.missing("", "packages"),
    }
    let paused = reading.flag(arguments, "", "paused").unwrap_or(false);
    let push = read_addresses(&mut reading, arguments);
    reading.done()?;
    match (account, end) {
        (Some(account), Some(end)) => Ok(Request {
            account,
            start,
            end,
            packages,
            paused,
            push,
        }),
        _ => Err(Refusal::malformed(Vec::new())),
    }
}

/// Checks the shape of `push_notification_config` and `reporting_webhook`; true when the buyer
/// left an address for the answer.
pub(crate) fn read_addresses(reading: &mut Reading, arguments: &Object) -> bool {
    let mut push = false;
    for key in ["push_notification_config", "reporting_webhook"] {
        if let Some(config) = reading.object(arguments, "", key) {
            let at = format!("/{key}");
            let url = reading.needed_text(config, &at, "url");
            if let Some(url) = url
                && !url.starts_with("https://")
                && !url.starts_with("http://")
            {
                reading.wrong(
                    format!("{at}/url"),
                    "format",
                    "expected an http or https address",
                );
            }
            push |= url.is_some() && key == "push_notification_config";
        }
    }
    push
}

/// Refuses a total above what the agent takes.
pub(crate) fn check_total(
    call: &Call<'_>,
    packages: &[crate::buys::Package],
    currency: &str,
) -> Result<(), Refusal> {
    let Some(largest) = call.seller.profile.largest_budget else {
        return Ok(());
    };
    let total: i64 = packages
        .iter()
        .filter(|package| package.canceled.is_none())
        .map(|package| package.budget)
        .sum();
    let most = largest * 100;
    if total <= most {
        return Ok(());
    }
    Err(Refusal::new(
        "POLICY_VIOLATION",
        format!(
            "{} takes at most {} in one media buy, got {}",
            call.seller.title,
            priced(most, currency),
            priced(total, currency),
        ),
    )
    .at("packages")
    .suggesting(format!(
        "lower the packages to {} together",
        priced(most, currency)
    ))
    .with(json!({"maximum_budget": largest, "currency": currency})))
}

pub(crate) fn submitted(task_id: &str) -> Object {
    let mut body = Object::new();
    body.insert("status".into(), "submitted".into());
    body.insert("task_id".into(), task_id.into());
    body.insert(
        "message".into(),
        "waiting for the sales team's signature".into(),
    );
    body
}

/// The success answer of a create, also as the result of its approval task.
pub(crate) fn created(buy: &Buy, call: &Call<'_>) -> Object {
    let status = buy.status(call.now);
    let packages: Vec<Value> = buy
        .packages
        .iter()
        .map(|package| Value::Object(package.shown(buy)))
        .collect();
    let mut body = Object::new();
    body.insert("media_buy_id".into(), buy.id.clone().into());
    say_status(&mut body, status, call.served);
    body.insert("confirmed_at".into(), written(buy.confirmed_at).into());
    body.insert("revision".into(), buy.revision.into());
    let adds = call.seller.profile.adds_packages;
    body.insert("valid_actions".into(), json!(status.valid_actions(adds)));
    body.insert("packages".into(), packages.into());
    if status == Status::PendingCreatives {
        body.insert("creative_deadline".into(), written(buy.end).into());
    }
    if buy.sandbox {
        body.insert("sandbox".into(), true.into());
    }
    body
}

/// 3.0 says the buy's status as `status`; later releases keep that for the task.
pub(crate) fn say_status(body: &mut Object, status: Status, served: Served) {
    match served.version {
        Version::V30 => {
            body.insert("status".into(), status.word().into());
        }
        Version::V31 => {
            body.insert("status".into(), "completed".into());
            body.insert("media_buy_status".into(), status.word().into());
        }
    }
}
