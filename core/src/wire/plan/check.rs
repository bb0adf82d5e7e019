//! What the API would say of a body: nothing, or exactly what it would refuse with.

use chrono::{DateTime, Utc};

use super::known::read_known;
use super::options::Asked;
use super::packages::{draft, laid_out};
use super::read;
use super::refused;
use crate::error::Violation;
use crate::execution::outline;
use crate::flight::Flight;
use crate::ids::Numbered;
use crate::money::{Currency, MAX_MINOR, Money};
use crate::wire::campaign::{flight, named_advertiser, read_create_among, read_update};
use crate::wire::error::ErrorBody;
use crate::wire::json::Json;
use crate::wire::read::{Item, Least, Reader};
use crate::wire::{caps, goals, pacing};

/// `None` where nothing is wrong; else the body of the API's refusal.
pub type Verdict = Option<Box<ErrorBody>>;

fn verdict<T>(read: Result<T, Vec<Violation>>) -> Verdict {
    read.err().map(refused)
}

/// What the API says of the body of `POST /campaigns`. The advertiser it names is taken to exist
/// and to be in use.
#[must_use]
pub fn validate_campaign(body: &Json, asked: &Asked) -> Verdict {
    verdict(campaign_violations(body, asked, &[]))
}

pub(super) fn campaign_violations(
    body: &Json,
    asked: &Asked,
    others: &[&'static str],
) -> Result<(), Vec<Violation>> {
    // As the API does: a body that names no advertiser is read without one.
    let Some(_) = named_advertiser(body) else {
        return read_create_among(body, None, others).map(|_| ());
    };
    let currency = read::currency(body, asked);
    // Amounts are read in a currency with as many decimals as any has, so that none is blamed
    // for a currency that nobody named.
    let stand_in = currency.as_ref().ok().copied().or(Currency::parse("CLF"));
    let advertiser = stand_in.and_then(|currency| asked.advertiser(body, currency));
    let mut found = read_create_among(body, advertiser.as_ref(), others)
        .err()
        .unwrap_or_default();
    let told = found
        .iter()
        .any(|violation| ["", "budget", "budget.currency"].contains(&violation.path.as_str()));
    if let (Err(unnamed), false) = (currency, told) {
        found.extend(unnamed);
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// What the API says of a whole plan: the members of `POST /campaigns`, then its products, then
/// the packages they come to.
#[must_use]
pub fn validate_plan(body: &Json, asked: &Asked) -> Verdict {
    let mut found = campaign_violations(body, asked, &["products"])
        .err()
        .unwrap_or_default();
    let currency = read::currency(body, asked).ok();
    if let Some(currency) = currency.or_else(|| Currency::parse("CLF")) {
        found.extend(read::products(body, currency).err().unwrap_or_default());
    }
    if !found.is_empty() {
        return Some(refused(found));
    }
    let has_products =
        matches!(body.member("products"), Some(Json::List(list)) if !list.is_empty());
    if asked.strict {
        return laid_out(body, asked, &mut Numbered::default()).err();
    }
    if !has_products {
        return None;
    }
    // A draft is only asked whether there is money for every product; packages are not laid out.
    draft(body, asked)
        .and_then(|(campaign, selection)| {
            let products: Vec<_> = selection.iter().collect();
            Ok(outline(&campaign, &products).map(|_| ())?)
        })
        .err()
}

/// What the API says of the body of `PUT /campaigns/{id}`; `current` is the campaign as it was
/// answered.
///
/// # Errors
/// Where `current` is no such answer: its violations, paths below `current`.
pub fn validate_campaign_update(
    current: &Json,
    patch: &Json,
    asked: &Asked,
) -> Result<Verdict, Box<ErrorBody>> {
    let mut campaign = read_known(current, asked).map_err(|found| {
        refused(
            found
                .into_iter()
                .map(|violation| violation.under("current"))
                .collect(),
        )
    })?;
    let update = match read_update(patch, &campaign) {
        Ok(update) => update,
        Err(found) => return Ok(Some(refused(found))),
    };
    if let Some(expected) = update.expected_revision
        && expected != campaign.revision()
    {
        return Ok(Some(Box::new(ErrorBody::stale(
            expected,
            campaign.revision(),
        ))));
    }
    let (mut caps, mut ids) = (Numbered::default(), Numbered::default());
    let now = asked.now().max(DateTime::<Utc>::UNIX_EPOCH);
    Ok(campaign
        .update(update, &mut || caps.cap(), &mut ids, now)
        .err()
        .map(Into::into))
}

/// What the API says of a pacing schedule, paths below `pacingPeriods`. `within` may name
/// `flightDates`, `budget.total` and `budget.currency` of the campaign; what it does not name is
/// not compared.
#[must_use]
pub fn validate_pacing(schedule: &Json, within: &Json, asked: &Asked) -> Verdict {
    let mut reader = Reader::new();
    let currency = asked.currency_of(within).or_else(|| Currency::parse("CLF"));
    let read = currency.and_then(|currency| {
        let dates = within
            .member("flightDates")
            .filter(|dates| **dates != Json::Null)
            .and_then(|dates| flight(Item::at(&mut reader, "flightDates", dates), &mut reader));
        let total = within
            .member("budget")
            .and_then(|budget| budget.member("total"))
            .and_then(|total| {
                Item::at(&mut reader, "budget.total", total).money(
                    &mut reader,
                    currency,
                    Least::AboveZero,
                )
            });
        let plan = pacing::read(
            Item::at(&mut reader, "pacingPeriods", schedule),
            &mut reader,
            currency,
        )?;
        let always = Flight::new(DateTime::<Utc>::UNIX_EPOCH, DateTime::<Utc>::MAX_UTC);
        let most = Money::from_minor(MAX_MINOR, currency);
        for violation in plan.check(dates.or(always)?, total.or(most)?) {
            reader.add(violation);
        }
        Some(())
    });
    verdict(reader.finish(read))
}

/// What the API says of optimisation goals, paths below `performanceConfig`.
#[must_use]
pub fn validate_goals(config: &Json) -> Verdict {
    let mut reader = Reader::new();
    let read = goals::read(
        Item::at(&mut reader, "performanceConfig", config),
        &mut reader,
    );
    verdict(reader.finish(read))
}

/// What the API says of frequency caps, paths below `frequencyCaps`.
#[must_use]
pub fn validate_caps(list: &Json) -> Verdict {
    let mut reader = Reader::new();
    let read = caps::read_caps(Item::at(&mut reader, "frequencyCaps", list), &mut reader);
    verdict(reader.finish(read))
}
