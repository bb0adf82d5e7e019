//! What the API would say of a body: nothing, or exactly what it would refuse with.

use chrono::{DateTime, Utc};

use super::known::read_known;
use super::options::Asked;
use super::packages::{campaign_of, planned};
use super::read;
use super::refused;
use crate::campaign::CampaignDraft;
use crate::error::{Refusal, Violation};
use crate::execution::frame;
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
    verdict(read_campaign(body, asked, &[]))
}

/// Reads a create as the API does, for the advertiser that the question speaks of.
pub(super) fn read_campaign(
    body: &Json,
    asked: &Asked,
    others: &[&'static str],
) -> Result<CampaignDraft, Vec<Violation>> {
    // As the API does: a body that names no advertiser is read without one.
    if named_advertiser(body).is_none() {
        return read_create_among(body, None, others);
    }
    let currency = read::currency(body, asked);
    // Amounts are read in a currency with as many decimals as any has, so that none is blamed
    // for a currency that nobody named.
    let stand_in = currency.as_ref().ok().copied().or(Currency::parse("CLF"));
    let advertiser = stand_in.and_then(|currency| asked.advertiser(body, currency));
    let read = read_create_among(body, advertiser.as_ref(), others);
    let Err(unnamed) = currency else {
        return read;
    };
    let mut found = read.err().unwrap_or_default();
    let told = found
        .iter()
        .any(|violation| ["", "budget", "budget.currency"].contains(&violation.path.as_str()));
    if !told {
        found.extend(unnamed);
    }
    Err(found)
}

/// What the API says of a whole plan: the members of `POST /campaigns`, then its products, then
/// the packages they come to.
#[must_use]
pub fn validate_plan(body: &Json, asked: &Asked) -> Verdict {
    let campaign = read_campaign(body, asked, &["products"]);
    let currency = read::currency(body, asked).ok();
    let selection = match currency.or_else(|| Currency::parse("CLF")) {
        Some(currency) => read::products(body, currency),
        None => Ok(Vec::new()),
    };
    let (draft, selection) = match (campaign, selection) {
        (Ok(draft), Ok(selection)) => (draft, selection),
        (campaign, selection) => {
            let mut found = campaign.err().unwrap_or_default();
            found.extend(selection.err().unwrap_or_default());
            return Some(refused(found));
        }
    };
    if selection.is_empty() && !asked.strict {
        return None;
    }
    let Some(campaign) = campaign_of(draft.campaign_type, draft.plan) else {
        return Some(Refusal::Overflow.into());
    };
    let said = if asked.strict {
        planned(&campaign, &selection, asked, &mut Numbered::default()).map(|_| ())
    } else {
        // A draft is only asked whether there is money for every product; packages are not laid
        // out.
        let products: Vec<_> = selection.iter().collect();
        frame(&campaign)
            .and_then(|frame| frame.outline(&products))
            .map(|_| ())
    };
    said.err().map(Into::into)
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
