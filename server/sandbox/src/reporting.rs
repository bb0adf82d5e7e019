//! `get_media_buy_delivery`.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde_json::{Value, json};

use crate::amount::major;
use crate::buys::{Buy, Package, Status};
use crate::delivery::{ByDay, Served};
use crate::ledger::Ledger;
use crate::listing::Wanted;
use crate::reading::{Object, Reading, written};
use crate::refusal::Refusal;
use crate::seller::Call;

/// The days of a report, both included; none means without bound.
#[derive(Debug, Clone, Copy)]
struct Range {
    first: Option<NaiveDate>,
    last: Option<NaiveDate>,
}

impl Range {
    fn holds(self, day: NaiveDate) -> bool {
        self.first.is_none_or(|first| day >= first) && self.last.is_none_or(|last| day <= last)
    }

    /// The period reported, from the days asked for, else from the first flight to now.
    fn period(self, buys: &[&Buy], now: DateTime<Utc>) -> Value {
        let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let start = self.first.map(midnight).unwrap_or_else(|| {
            buys.iter()
                .map(|buy| buy.start)
                .min()
                .unwrap_or(now)
                .min(now)
        });
        let end = self
            .last
            .and_then(|last| last.checked_add_days(Days::new(1)))
            .map_or(now, midnight);
        json!({"start": written(start), "end": written(end.max(start))})
    }
}

/// `get_media_buy_delivery`: computed from the clock up to the second of the call.
pub(crate) fn get_media_buy_delivery(
    call: &Call<'_>,
    ledger: &mut Ledger,
) -> Result<Object, Refusal> {
    let arguments = call.arguments;
    let mut reading = Reading::default();
    let wanted = Wanted::read(&mut reading, arguments);
    let range = Range {
        first: reading.day(arguments, "", "start_date"),
        last: reading.day(arguments, "", "end_date"),
    };
    if let (Some(first), Some(last)) = (range.first, range.last)
        && last < first
    {
        reading.wrong(
            "/end_date".into(),
            "minimum",
            format!("expected a day from {first} on, got {last}"),
        );
    }
    let daily = reading
        .flag(arguments, "", "include_package_daily_breakdown")
        .unwrap_or(false);
    reading.done()?;
    let buys = wanted.of(ledger, call.now);
    let mut sum = Served::default();
    let mut deliveries = Vec::with_capacity(buys.len());
    for buy in &buys {
        let (delivery, served) = reported(buy, range, daily, call.now);
        sum = sum.plus(served);
        deliveries.push(delivery);
    }
    let currency = buys.first().map_or("USD", |buy| buy.currency.as_str());
    let mut body = Object::new();
    body.insert("reporting_period".into(), range.period(&buys, call.now));
    body.insert("currency".into(), currency.into());
    if buys.iter().all(|buy| buy.currency == currency) {
        let mut totals = totals(sum);
        totals.insert("media_buy_count".into(), buys.len().into());
        body.insert("aggregated_totals".into(), Value::Object(totals));
    }
    body.insert("media_buy_deliveries".into(), deliveries.into());
    Ok(body)
}

fn reported(buy: &Buy, range: Range, daily: bool, now: DateTime<Utc>) -> (Value, Served) {
    let mut sum = Served::default();
    let mut packages = Vec::with_capacity(buy.packages.len());
    for package in &buy.packages {
        let days: ByDay = package
            .by_day(buy, now)
            .into_iter()
            .filter(|(day, _)| range.holds(*day))
            .collect();
        let served = days
            .values()
            .fold(Served::default(), |sum, day| sum.plus(*day));
        sum = sum.plus(served);
        let mut shown = totals(served);
        if package.video {
            shown.insert("completed_views".into(), served.completed_views.into());
        }
        shown.insert("package_id".into(), package.id.clone().into());
        shown.insert("pricing_model".into(), package.price.model.word().into());
        shown.insert("rate".into(), major(package.rate()));
        shown.insert("currency".into(), buy.currency.clone().into());
        shown.insert("paused".into(), (buy.paused || package.paused).into());
        // This report has no word for a package that stands still.
        let word = delivery_word(buy, package, now);
        if word != "not_delivering" {
            shown.insert("delivery_status".into(), word.into());
        }
        if daily {
            let days: Vec<Value> = days
                .iter()
                .map(|(day, served)| {
                    json!({
                        "date": day.to_string(),
                        "impressions": served.impressions,
                        "spend": major(served.spend),
                        "clicks": served.clicks,
                    })
                })
                .collect();
            shown.insert("daily_breakdown".into(), days.into());
        }
        packages.push(Value::Object(shown));
    }
    let delivery = json!({
        "media_buy_id": buy.id,
        "status": buy.status(now).word(),
        "totals": totals(sum),
        "by_package": packages,
    });
    (delivery, sum)
}

fn totals(served: Served) -> Object {
    let mut totals = Object::new();
    totals.insert("impressions".into(), served.impressions.into());
    totals.insert("spend".into(), major(served.spend));
    totals.insert("clicks".into(), served.clicks.into());
    totals
}

/// AdCP's word for what a package does at the moment.
pub(crate) fn delivery_word(buy: &Buy, package: &Package, now: DateTime<Utc>) -> &'static str {
    let (start, end) = package.window(buy);
    if buy.status(now) == Status::Completed {
        "completed"
    } else if now >= end {
        "flight_ended"
    } else if package.served(buy, now).spend >= package.budget {
        "budget_exhausted"
    } else if buy.status(now) != Status::Active
        || package.paused
        || package.canceled.is_some()
        || now < start
    {
        "not_delivering"
    } else {
        "delivering"
    }
}
