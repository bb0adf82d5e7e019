//! `update_media_buy`: all of a request, or nothing of it.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::accounts::Reference;
use crate::buying::{check_total, read_addresses, say_status, submitted};
use crate::buys::{Asked, Buy, Cancellation, Status};
use crate::creatives::{self, Creative};
use crate::ledger::Ledger;
use crate::package_request::{
    Common, Flight, MOST, Requested, check_bid, check_budget, check_window,
};
use crate::product::{Price, priced};
use crate::reading::{Object, Reading, written};
use crate::refusal::Refusal;
use crate::seller::Call;

struct Request {
    media_buy_id: String,
    revision: Option<u64>,
    paused: Option<bool>,
    canceled: bool,
    reason: Option<String>,
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    packages: Vec<PackageChange>,
    new_packages: Vec<Requested>,
}

impl Request {
    /// Whether it changes what is spent, or when; pausing and ending it does not ask anybody.
    fn moves_money(&self) -> bool {
        !self.canceled
            && (self.start.is_some()
                || self.end.is_some()
                || !self.new_packages.is_empty()
                || self.packages.iter().any(|change| {
                    !change.canceled
                        && (change.budget.is_some()
                            || change.common.bid.is_some()
                            || change.common.start.is_some()
                            || change.common.end.is_some())
                }))
    }
}

struct PackageChange {
    field: String,
    package_id: String,
    budget: Option<i64>,
    canceled: bool,
    reason: Option<String>,
    common: Common,
}

/// Most changes that a person looks at in one buy.
const ASKED: usize = 100;

/// `update_media_buy`. The account is read but not compared with the buy's: both belong to the
/// credential, and the official storyboards name another one in their negative steps. Where a
/// person looks at every buy, one looks at changes of its money and dates, too.
pub(crate) fn update_media_buy(call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    let request = read(call.arguments)?;
    let buy = ledger.confirmed(&request.media_buy_id, call.now)?.clone();
    check_revision(&request, &buy)?;
    let by_person = request.moves_money()
        && buy.packages.iter().any(|package| {
            ledger
                .product(&package.product_id)
                .is_some_and(|product| product.needs_approval)
        });
    if !by_person {
        return apply(request, call, ledger);
    }
    if buy.asked.len() >= ASKED {
        return Err(Refusal::new(
            "SERVICE_UNAVAILABLE",
            format!("the sandbox looks at {ASKED} changes of one media buy, its most"),
        ));
    }
    // What cannot be is refused at once, nothing of it is kept.
    apply(request, call, &mut ledger.on_paper(&buy))?;
    let task_id = ledger.issue("task");
    let asked = Asked {
        task_id: task_id.clone(),
        at: call.now,
        decided_at: call.approved_at(),
        arguments: call.arguments.clone(),
        served: call.served,
        outcome: None,
    };
    if let Some(kept) = ledger.buys.get_mut(&buy.id) {
        kept.asked.push(asked);
    }
    Ok(submitted(&task_id))
}

/// Decides about the changes whose time has come, in the order in which they were asked for.
pub(crate) fn decide(call: &Call<'_>, ledger: &mut Ledger) {
    let mut due: Vec<(String, Asked)> = ledger
        .buys
        .iter()
        .flat_map(|(id, buy)| buy.asked.iter().map(move |asked| (id, asked)))
        .filter(|(_, asked)| asked.outcome.is_none() && asked.decided_at <= call.now)
        .map(|(id, asked)| (id.clone(), asked.clone()))
        .collect();
    due.sort_by(|(_, left), (_, right)| {
        (left.decided_at, &left.task_id).cmp(&(right.decided_at, &right.task_id))
    });
    for (id, due) in due {
        let then = Call {
            seller: call.seller,
            served: due.served,
            now: due.decided_at,
            arguments: &due.arguments,
        };
        let outcome = read(&due.arguments).and_then(|request| apply(request, &then, ledger));
        let asked = ledger.buys.get_mut(&id).and_then(|buy| {
            buy.asked
                .iter_mut()
                .find(|asked| asked.task_id == due.task_id)
        });
        if let Some(asked) = asked {
            asked.outcome = Some(outcome);
        }
    }
}

fn check_revision(request: &Request, buy: &Buy) -> Result<(), Refusal> {
    if let Some(revision) = request.revision
        && revision != buy.revision
    {
        return Err(Refusal::new(
            "CONFLICT",
            format!("expected revision {}, got {revision}", buy.revision),
        )
        .at("revision")
        .suggesting("read the media buy again and repeat the change with a new key")
        .with(json!({"current_revision": buy.revision})));
    }
    Ok(())
}

/// Makes a request so, all of it or nothing.
fn apply(request: Request, call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    let mut buy = ledger.confirmed(&request.media_buy_id, call.now)?.clone();
    let status = buy.status(call.now);
    if request.canceled && status.is_terminal() {
        return Err(Refusal::new(
            "NOT_CANCELLABLE",
            format!("the media buy is {}", status.word()),
        )
        .at("canceled"));
    }
    if status.is_terminal() {
        return Err(invalid_state(format!("the media buy is {}", status.word())).at("media_buy_id"));
    }
    buy.settle(call.now);
    buy.forced = None;
    let mut action = "updated";
    if request.canceled {
        buy.canceled = Some(Cancellation {
            at: call.now,
            reason: request.reason,
        });
        action = "canceled";
    } else if let Some(paused) = request.paused {
        pause(&mut buy, paused, status)?;
        action = if paused { "paused" } else { "resumed" };
    }
    change_flight(&mut buy, request.start, request.end, call.now)?;
    let mut affected: Vec<String> = Vec::new();
    let mut inline = Vec::new();
    for change in request.packages {
        affected.push(change.package_id.clone());
        change_package(&mut buy, change, call, ledger, &mut inline)?;
    }
    add_packages(
        &mut buy,
        request.new_packages,
        call,
        ledger,
        &mut affected,
        &mut inline,
    )?;
    for package in &buy.packages {
        if package.canceled.is_none() && package.end.is_some_and(|end| end > buy.end) {
            return Err(Refusal::invalid(
                "end_time",
                format!("package `{}` ends after {}", package.id, written(buy.end)),
            ));
        }
    }
    check_total(call, &buy.packages, &buy.currency)?;
    if request.canceled
        || request.paused.is_some()
        || request.start.is_some()
        || request.end.is_some()
    {
        affected = buy
            .packages
            .iter()
            .map(|package| package.id.clone())
            .collect();
    }
    creatives::take_in(ledger, &buy.account_id, inline, call.now)?;
    buy.look_at_creatives(&ledger.usable_creatives());
    buy.changed(call.now, action);
    let body = answered(&buy, &affected, call);
    ledger.buys.insert(buy.id.clone(), buy);
    Ok(body)
}

fn invalid_state(message: impl Into<String>) -> Refusal {
    Refusal::new("INVALID_STATE", message)
}

fn pause(buy: &mut Buy, paused: bool, status: Status) -> Result<(), Refusal> {
    if status == Status::PendingCreatives {
        return Err(
            invalid_state("the media buy waits for creatives and cannot be paused")
                .at("paused")
                .suggesting("sync its creatives, or cancel it"),
        );
    }
    buy.resumed |= buy.paused && !paused;
    buy.paused = paused;
    Ok(())
}

fn change_flight(
    buy: &mut Buy,
    start: Option<DateTime<Utc>>,
    end: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    if let Some(start) = start
        && start != buy.start
    {
        if buy.start <= now {
            return Err(invalid_state("the flight has begun, so its start stays").at("start_time"));
        }
        buy.start = start.max(now);
    }
    if let Some(end) = end {
        buy.end = end;
    }
    if buy.end <= buy.start || buy.end <= now {
        return Err(Refusal::invalid(
            "end_time",
            format!(
                "expected an end after the start and after now, got {}",
                written(buy.end)
            ),
        ));
    }
    Ok(())
}

fn change_package(
    buy: &mut Buy,
    change: PackageChange,
    call: &Call<'_>,
    ledger: &Ledger,
    inline: &mut Vec<Creative>,
) -> Result<(), Refusal> {
    let flight = Flight {
        asked_start: Some(buy.start),
        start: buy.start,
        end: buy.end,
    };
    let currency = buy.currency.clone();
    let Some(package) = buy
        .packages
        .iter_mut()
        .find(|package| package.id == change.package_id)
    else {
        return Err(Refusal::new(
            "PACKAGE_NOT_FOUND",
            format!("no package `{}` in this media buy", change.package_id),
        )
        .at(format!("{}.package_id", change.field)));
    };
    if package.canceled.is_some() {
        let code = if change.canceled {
            "NOT_CANCELLABLE"
        } else {
            "INVALID_STATE"
        };
        return Err(
            Refusal::new(code, format!("package `{}` is canceled", package.id))
                .at(format!("{}.package_id", change.field)),
        );
    }
    let product = ledger.product(&package.product_id);
    if let Some(budget) = change.budget {
        if let Some(product) = product {
            check_budget(&change.field, budget, product, &package.price.id)?;
        }
        let spent: i64 = package.settled.values().map(|day| day.spend).sum();
        if budget < spent {
            return Err(Refusal::new(
                "BUDGET_TOO_LOW",
                format!("{} is spent already", priced(spent, &currency)),
            )
            .at(format!("{}.budget", change.field))
            .with(json!({
                "minimum_budget": crate::amount::major(spent),
                "currency": currency,
            })));
        }
        package.budget = budget;
    }
    let common = change.common;
    if let Some(product) = product {
        check_bid(&change.field, common.bid, product, &package.price.id)?;
    }
    if let Some(bid) = common.bid
        && matches!(package.price.price, Price::Floor(_))
    {
        package.bid = Some(bid);
    }
    if let Some(pacing) = common.pacing {
        package.pacing = pacing;
    }
    if common.start.is_some() || common.end.is_some() {
        let window = (common.start.or(package.start), common.end.or(package.end));
        // A start that stays as it is may lie in the past.
        let checked = (common.start, window.1);
        check_window(&change.field, checked, flight, call.now)?;
        (package.start, package.end) = window;
    }
    if let Some(paused) = common.paused {
        package.paused = paused;
    }
    if let Some(creatives) = common.creatives {
        package.creatives = creatives;
    }
    let mut brought = creatives::read_inline(call, common.inline)?;
    for creative in &brought {
        package.creatives.entry(creative.id.clone()).or_insert(None);
    }
    inline.append(&mut brought);
    for (key, value) in common.kept {
        package.kept.insert(key, value);
    }
    if change.canceled {
        package.canceled = Some(Cancellation {
            at: call.now,
            reason: change.reason,
        });
    }
    Ok(())
}

fn add_packages(
    buy: &mut Buy,
    new: Vec<Requested>,
    call: &Call<'_>,
    ledger: &mut Ledger,
    affected: &mut Vec<String>,
    inline: &mut Vec<Creative>,
) -> Result<(), Refusal> {
    if !new.is_empty() && !call.seller.profile.adds_packages {
        return Err(Refusal::new(
            "UNSUPPORTED_FEATURE",
            format!(
                "{} does not add packages to a media buy that exists",
                call.seller.title
            ),
        )
        .at("new_packages")
        .suggesting("buy them as a media buy of their own"));
    }
    if buy.packages.len() + new.len() > MOST {
        return Err(Refusal::invalid(
            "new_packages",
            format!("expected at most {MOST} packages in one media buy"),
        ));
    }
    let flight = Flight {
        asked_start: Some(buy.start),
        start: buy.start.max(call.now),
        end: buy.end,
    };
    for (index, mut package) in new.into_iter().enumerate() {
        package.check_terms()?;
        let product = package.product(ledger)?;
        if package
            .option(product)
            .is_some_and(|option| option.currency != buy.currency)
        {
            return Err(Refusal::invalid(
                format!("new_packages[{index}].pricing_option_id"),
                format!("expected a price in {}", buy.currency),
            ));
        }
        let mut brought = creatives::read_inline(call, std::mem::take(&mut package.inline))?;
        for creative in &brought {
            package.creatives.entry(creative.id.clone()).or_insert(None);
        }
        inline.append(&mut brought);
        let booked = package.book(call, ledger, flight, call.now)?;
        affected.push(booked.id.clone());
        buy.packages.push(booked);
    }
    Ok(())
}

fn answered(buy: &Buy, affected: &[String], call: &Call<'_>) -> Object {
    let status = buy.status(call.now);
    let packages: Vec<Value> = buy
        .packages
        .iter()
        .filter(|package| affected.contains(&package.id))
        .map(|package| Value::Object(package.shown(buy)))
        .collect();
    let mut body = Object::new();
    body.insert("media_buy_id".into(), buy.id.clone().into());
    say_status(&mut body, status, call.served);
    body.insert("revision".into(), buy.revision.into());
    body.insert("implementation_date".into(), written(call.now).into());
    body.insert("affected_packages".into(), packages.into());
    let adds = call.seller.profile.adds_packages;
    body.insert("valid_actions".into(), json!(status.valid_actions(adds)));
    if let Some(cancellation) = buy.cancellation() {
        body.insert("cancellation".into(), cancellation);
    }
    if buy.sandbox {
        body.insert("sandbox".into(), true.into());
    }
    body
}

fn read(arguments: &Object) -> Result<Request, Refusal> {
    let mut reading = Reading::default();
    Reference::needed(&mut reading, arguments);
    let media_buy_id = reading.needed_text(arguments, "", "media_buy_id");
    let revision = reading.count(arguments, "", "revision", 1, u64::MAX);
    let paused = reading.flag(arguments, "", "paused");
    let canceled = read_canceled(&mut reading, arguments, "");
    let reason = read_reason(&mut reading, arguments, "");
    let asap = arguments.get("start_time").and_then(Value::as_str) == Some("asap");
    let start = if asap {
        Some(DateTime::<Utc>::MIN_UTC)
    } else {
        reading.instant(arguments, "", "start_time")
    };
    let end = reading.instant(arguments, "", "end_time");
    let packages = reading
        .objects(arguments, "", "packages", MOST)
        .unwrap_or_default()
        .into_iter()
        .enumerate()
        .filter_map(|(index, (at, from))| {
            let package_id = reading.needed_text(from, &at, "package_id");
            let budget = reading.money(from, &at, "budget");
            let canceled = read_canceled(&mut reading, from, &at);
            let reason = read_reason(&mut reading, from, &at);
            let common = Common::read(&mut reading, from, &at);
            Some(PackageChange {
                field: format!("packages[{index}]"),
                package_id: package_id?.to_owned(),
                budget,
                canceled,
                reason,
                common,
            })
        })
        .collect();
    let new_packages = Requested::read_all(&mut reading, arguments, "new_packages");
    read_addresses(&mut reading, arguments);
    let media_buy_id = media_buy_id.unwrap_or_default().to_owned();
    reading.done()?;
    Ok(Request {
        media_buy_id,
        revision,
        paused,
        canceled,
        reason,
        start,
        end,
        packages,
        new_packages,
    })
}

/// `canceled` can only be true: there is no way back.
fn read_canceled(reading: &mut Reading, from: &Object, at: &str) -> bool {
    match reading.flag(from, at, "canceled") {
        Some(false) => {
            reading.wrong(format!("{at}/canceled"), "const", "expected true");
            false
        }
        Some(true) => true,
        None => false,
    }
}

fn read_reason(reading: &mut Reading, from: &Object, at: &str) -> Option<String> {
    let reason = reading.text(from, at, "cancellation_reason")?;
    if reason.chars().count() > 500 {
        reading.wrong(
            format!("{at}/cancellation_reason"),
            "maxLength",
            "expected at most 500 characters",
        );
    }
    Some(reason.to_owned())
}
