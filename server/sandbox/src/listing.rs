//! `get_media_buys`, pages of lists, and performance feedback.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::accounts::Reference;
use crate::amount::major;
use crate::buys::{Buy, Status};
use crate::ledger::Ledger;
use crate::reading::{Object, Reading, written};
use crate::refusal::Refusal;
use crate::seller::Call;

/// Entries of a page when the buyer names no number.
const PAGE: u64 = 50;
/// Most entries of a page.
const LARGEST_PAGE: u64 = 100;

/// AdCP's cursor paging; a cursor here is the place of the next entry.
#[derive(Debug)]
pub(crate) struct Page {
    from: usize,
    most: usize,
}

impl Page {
    pub(crate) fn read(reading: &mut Reading, arguments: &Object) -> Self {
        let mut page = Self {
            from: 0,
            most: PAGE as usize,
        };
        let Some(pagination) = reading.object(arguments, "", "pagination") else {
            return page;
        };
        let at = "/pagination";
        if let Some(most) = reading.count(pagination, at, "max_results", 1, LARGEST_PAGE) {
            page.most = most as usize;
        }
        if let Some(cursor) = reading.text(pagination, at, "cursor") {
            match cursor
                .strip_prefix("at-")
                .and_then(|place| place.parse().ok())
            {
                Some(place) => page.from = place,
                None => reading.wrong(
                    format!("{at}/cursor"),
                    "pattern",
                    format!("expected a cursor of an earlier answer, got `{cursor}`"),
                ),
            }
        }
        page
    }

    /// The page's part of `entries` under `key`, with `pagination` beside it.
    pub(crate) fn answer(&self, key: &str, entries: Vec<Value>) -> Result<Object, Refusal> {
        let total = entries.len();
        let next = self.from.saturating_add(self.most);
        let shown: Vec<Value> = entries
            .into_iter()
            .skip(self.from)
            .take(self.most)
            .collect();
        let mut pagination = json!({"has_more": next < total, "total_count": total});
        if next < total
            && let Value::Object(pagination) = &mut pagination
        {
            pagination.insert("cursor".into(), format!("at-{next}").into());
        }
        let mut body = Object::new();
        body.insert(key.into(), shown.into());
        body.insert("pagination".into(), pagination);
        Ok(body)
    }
}

/// Which buys a list or a report is about.
#[derive(Debug)]
pub(crate) struct Wanted {
    account: Option<Reference>,
    ids: Option<Vec<String>>,
    statuses: Option<Vec<String>>,
}

impl Wanted {
    pub(crate) fn read(reading: &mut Reading, arguments: &Object) -> Self {
        Self {
            account: Reference::read(reading, arguments),
            ids: reading.texts(arguments, "", "media_buy_ids", false),
            statuses: reading.words(arguments, "", "status_filter", &Status::WORDS, true),
        }
    }

    /// Whether a sandbox account is named by its natural key.
    pub(crate) fn is_sandbox(&self) -> bool {
        matches!(&self.account, Some(Reference::Key { sandbox: true, .. }))
    }

    /// The confirmed buys asked for, in the order of the ids asked for, else oldest first. With
    /// neither ids nor statuses it means the active ones (AdCP's default). An id that is not
    /// known is left out.
    pub(crate) fn of<'a>(&self, ledger: &'a Ledger, now: DateTime<Utc>) -> Vec<&'a Buy> {
        let account = match &self.account {
            Some(reference) => match reference.find(ledger) {
                Some(account) => Some(account.id.as_str()),
                None => return Vec::new(),
            },
            None => None,
        };
        let wanted = |buy: &&Buy| {
            let status = buy.status(now);
            buy.is_confirmed(now)
                && account.is_none_or(|account| buy.account_id == account)
                && match (&self.statuses, &self.ids) {
                    (Some(statuses), _) => statuses.iter().any(|word| word == status.word()),
                    (None, Some(_)) => true,
                    (None, None) => status == Status::Active,
                }
        };
        match &self.ids {
            Some(ids) => ids
                .iter()
                .filter_map(|id| ledger.buys.get(id))
                .filter(wanted)
                .collect(),
            None => ledger.buys.values().filter(wanted).collect(),
        }
    }
}

/// `get_media_buys`.
pub(crate) fn get_media_buys(call: &Call<'_>, ledger: &mut Ledger) -> Result<Object, Refusal> {
    let mut reading = Reading::default();
    let wanted = Wanted::read(&mut reading, call.arguments);
    let snapshot = reading
        .flag(call.arguments, "", "include_snapshot")
        .unwrap_or(false);
    let history = reading
        .count(call.arguments, "", "include_history", 0, 1_000)
        .unwrap_or(0);
    let page = Page::read(&mut reading, call.arguments);
    reading.done()?;
    let shown = wanted
        .of(ledger, call.now)
        .into_iter()
        .map(|buy| Value::Object(listed(buy, call, snapshot, history as usize)))
        .collect();
    let mut body = page.answer("media_buys", shown)?;
    if wanted.is_sandbox() {
        body.insert("sandbox".into(), true.into());
    }
    Ok(body)
}

fn listed(buy: &Buy, call: &Call<'_>, snapshot: bool, history: usize) -> Object {
    let now = call.now;
    let status = buy.status(now);
    let packages: Vec<Value> = buy
        .packages
        .iter()
        .map(|package| {
            let mut shown = package.shown(buy);
            shown.insert("currency".into(), buy.currency.clone().into());
            if !package.ready {
                shown.insert("format_ids_pending".into(), package.formats.clone().into());
            }
            if snapshot {
                let served = package.served(buy, now);
                shown.insert(
                    "snapshot".into(),
                    json!({
                        "as_of": written(now),
                        "staleness_seconds": 0,
                        "impressions": served.impressions,
                        "spend": major(served.spend),
                        "clicks": served.clicks,
                        "currency": buy.currency,
                        "delivery_status": crate::reporting::delivery_word(buy, package, now),
                    }),
                );
            }
            Value::Object(shown)
        })
        .collect();
    let mut shown = Object::new();
    shown.insert("media_buy_id".into(), buy.id.clone().into());
    shown.insert("status".into(), status.word().into());
    shown.insert("currency".into(), buy.currency.clone().into());
    shown.insert("total_budget".into(), major(buy.total()));
    shown.insert("start_time".into(), written(buy.start).into());
    shown.insert("end_time".into(), written(buy.end).into());
    shown.insert("confirmed_at".into(), written(buy.confirmed_at).into());
    shown.insert("created_at".into(), written(buy.created_at).into());
    shown.insert("updated_at".into(), written(buy.updated_at).into());
    shown.insert("revision".into(), buy.revision.into());
    let adds = call.seller.profile.adds_packages;
    shown.insert("valid_actions".into(), json!(status.valid_actions(adds)));
    if let Some(reason) = buy.rejection(now) {
        shown.insert("rejection_reason".into(), reason.into());
    }
    if let Some(cancellation) = buy.cancellation() {
        shown.insert("cancellation".into(), cancellation);
    }
    if let Some(context) = &buy.context {
        shown.insert("context".into(), context.clone());
    }
    if history > 0 {
        let entries: Vec<Value> = buy
            .history
            .iter()
            .rev()
            .take(history)
            .map(|change| {
                json!({
                    "revision": change.revision,
                    "timestamp": written(change.at),
                    "actor": "buyer",
                    "action": change.action,
                })
            })
            .collect();
        shown.insert("history".into(), entries.into());
    }
    shown.insert("packages".into(), packages.into());
    shown
}

/// `provide_performance_feedback`: checked and noted; the simulated delivery does not learn.
pub(crate) fn provide_performance_feedback(
    call: &Call<'_>,
    ledger: &mut Ledger,
) -> Result<Object, Refusal> {
    let arguments = call.arguments;
    let mut reading = Reading::default();
    let id = reading.needed_text(arguments, "", "media_buy_id");
    let package = reading.text(arguments, "", "package_id");
    if !arguments.contains_key("measurement_period") {
        reading.missing("", "measurement_period");
    }
    if let Some(period) = reading.object(arguments, "", "measurement_period") {
        for key in ["start", "end"] {
            if !period.contains_key(key) {
                reading.missing("/measurement_period", key);
            }
            reading.instant(period, "/measurement_period", key);
        }
    }
    match arguments.get("performance_index") {
        None => reading.missing("", "performance_index"),
        Some(index) if index.as_f64().is_some_and(|index| index >= 0.0) => {}
        Some(_) => reading.wrong(
            "/performance_index".into(),
            "minimum",
            "expected a number of at least 0",
        ),
    }
    reading.done()?;
    let buy = ledger.confirmed(id.unwrap_or_default(), call.now)?;
    if let Some(package) = package
        && !buy.packages.iter().any(|held| held.id == package)
    {
        return Err(
            Refusal::new("PACKAGE_NOT_FOUND", format!("no package `{package}`")).at("package_id"),
        );
    }
    let mut body = Object::new();
    body.insert("success".into(), true.into());
    Ok(body)
}
