//! The planned curve of a plan, and where delivery stands against it (decision 9).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::options::Asked;
use super::packages::laid_out;
use super::read::{currency, money_members};
use super::{Answer, refused};
use crate::budget::PacingStrategy;
use crate::curve::{Curve, Line, curve};
use crate::delivery::{PaceThresholds, Standing, need_per_day, pace, projection, standing};
use crate::error::{Code, Violation};
use crate::flight::{DayRange, Flight};
use crate::ids::Numbered;
use crate::money::{Currency, Money};
use crate::pacing::resolve;
use crate::wire::budget::PackagePacing;
use crate::wire::delivery::PaceWord;
use crate::wire::json::Json;
use crate::wire::read::{Item, Least, Reader};
use crate::wire::{Amount, Figure};

/// The most lines of one curve: our choice.
const MAX_LINES: usize = 10_000;

/// Something that spends along a curve: money over whole UTC days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CurveLineIn {
    /// First day, `YYYY-MM-DD`.
    #[cfg_attr(feature = "openapi", schema(format = Date, example = "2026-06-01"))]
    pub start: String,
    /// Last day, inclusive.
    #[cfg_attr(feature = "openapi", schema(format = Date, example = "2026-06-30"))]
    pub end: String,
    /// Its media money in major units, at least 0.
    pub budget: Amount,
    /// How it spends; left out: `even`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pacing: Option<PackagePacing>,
}

/// Planned media money by UTC day, in major units of `currency`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CurveOut {
    /// The currency of every amount here.
    pub currency: String,
    /// The first day; `null` where nothing is planned.
    pub first_day: Option<NaiveDate>,
    /// What is planned for each day from the first on, gaps as 0.
    pub days: Vec<Amount>,
    /// The sum of the days.
    pub total: Amount,
    /// What the daily cap leaves unspent.
    pub unspendable: Amount,
    /// For lines that were given: what each spends on each day of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<CurveLineOut>,
}

/// One line of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CurveLineOut {
    /// What it spends on each of its days.
    pub days: Vec<Amount>,
    /// What the daily cap leaves unspent of it.
    pub unspendable: Amount,
}

struct Lines {
    currency: Currency,
    daily_cap: Option<Money>,
    lines: Vec<Line>,
    given: bool,
}

/// The planned curve of lines (`{currency, dailyCap?, lines}`), or of a plan: of its packages, or
/// without products of its periods, or of its media budget over the flight.
///
/// # Errors
/// What the API refuses these members with; more days than a curve may have.
pub fn planned_curve(body: &Json, asked: &Asked) -> Answer<CurveOut> {
    let lines = lines(body, asked)?;
    let curve = curve(&lines.lines, lines.daily_cap, lines.currency)?;
    let amounts = |days: Vec<Money>| days.into_iter().map(Amount::from).collect();
    Ok(CurveOut {
        currency: lines.currency.code().to_owned(),
        first_day: curve.first(),
        days: curve.days().map(|(_, amount)| amount.into()).collect(),
        total: curve.total().into(),
        unspendable: Money::sum(lines.currency, curve.unspendable.iter().copied())?.into(),
        lines: if lines.given {
            curve
                .unspendable
                .iter()
                .enumerate()
                .map(|(line, left)| CurveLineOut {
                    days: amounts(curve.line(line)),
                    unspendable: (*left).into(),
                })
                .collect()
        } else {
            Vec::new()
        },
    })
}

fn lines(body: &Json, asked: &Asked) -> Answer<Lines> {
    match body.member("lines") {
        Some(list) => given(body, list, asked),
        None => of_plan(body, asked),
    }
}

fn given(body: &Json, list: &Json, asked: &Asked) -> Answer<Lines> {
    let currency = currency(body, asked)?;
    let mut reader = Reader::new();
    let daily_cap = body
        .member("dailyCap")
        .filter(|cap| **cap != Json::Null)
        .and_then(|cap| {
            Item::at(&mut reader, "dailyCap", cap).money(&mut reader, currency, Least::Zero)
        });
    let lines =
        Item::at(&mut reader, "lines", list).each(&mut reader, 0, MAX_LINES, |item, reader| {
            line(item, reader, currency)
        });
    Ok(Lines {
        currency,
        daily_cap,
        lines: reader.finish(lines)?,
        given: true,
    })
}

fn line(item: Item<'_>, reader: &mut Reader, currency: Currency) -> Option<Line> {
    let mut fields = item.object(reader)?;
    let start = fields
        .get(reader, "start")
        .required(reader)
        .and_then(|item| item.day(reader));
    let end = fields.get(reader, "end");
    let path = end.path();
    let end = end.required(reader).and_then(|item| item.day(reader));
    let budget = fields
        .get(reader, "budget")
        .required(reader)
        .and_then(|item| item.money(reader, currency, Least::Zero));
    let pacing = fields
        .get(reader, "pacing")
        .optional(reader)
        .map_or(Some(PackagePacing::Even), |item| {
            item.word(reader, PackagePacing::WORDS, PackagePacing::parse)
        });
    fields.finish(reader);
    let (start, end) = (start?, end?);
    let Some(days) = DayRange::new(start, end) else {
        reader.add(Violation::new(
            reader.spell(path),
            Code::EndBeforeStart,
            format!("expected an end on or after {start}, got {end}"),
        ));
        return None;
    };
    Some(Line {
        days,
        budget: budget?,
        pacing: match pacing? {
            PackagePacing::Even => PacingStrategy::Even,
            PackagePacing::Asap => PacingStrategy::Asap,
            PackagePacing::FrontLoaded => PacingStrategy::FrontLoaded,
        },
    })
}

fn of_plan(body: &Json, asked: &Asked) -> Answer<Lines> {
    let has_products =
        matches!(body.member("products"), Some(Json::List(products)) if !products.is_empty());
    let members = money_members(body, asked)?;
    let daily_cap = members.plan.budget.daily_cap;
    let pacing = members.plan.budget.pacing;
    let currency = members.plan.budget.total.currency();
    let flight = members.plan.flight;
    if !members.has_flight && (has_products || members.plan.pacing.is_none()) {
        return Err(refused(vec![Violation::new(
            "flightDates",
            Code::Required,
            "expected a value, got nothing",
        )]));
    }
    let over = |window: Flight, budget| Line {
        days: window.days(),
        budget,
        pacing,
    };
    let lines = if has_products {
        let (plan, _) = laid_out(body, asked, &mut Numbered::default())?;
        plan.buys
            .iter()
            .flat_map(|buy| &buy.packages)
            .map(|package| over(package.window, package.budget))
            .collect()
    } else {
        let (media, unallocated) = super::money::media_of(&members)?;
        match &members.plan.pacing {
            None => vec![over(flight, media)],
            Some(schedule) => {
                let resolved = resolve(
                    schedule,
                    members.plan.budget.total,
                    media,
                    &members.executed,
                    unallocated,
                )?;
                schedule
                    .periods()
                    .iter()
                    .zip(resolved)
                    .filter_map(|(period, money)| Some(over(flight.clip(period.days)?, money.net)))
                    .collect()
            }
        }
    };
    Ok(Lines {
        currency,
        daily_cap,
        lines,
        given: false,
    })
}

/// What was delivered: of a plan by the end of a day, or as figures alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveredIn {
    /// Delivered media money in major units, at least 0.
    pub spend: Amount,
    /// The day that is over, `YYYY-MM-DD`: compared with the planned curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(format = Date, example = "2026-06-15"))]
    pub day: Option<String>,
    /// Instead of a day: what was planned by then, in major units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Amount>,
    /// With `expected`: what is planned in all, in major units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Amount>,
    /// With `planned`: how many days are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(maximum = 100_000))]
    pub days_left: Option<u32>,
}

/// Where delivery stands, in major units of `currency`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StandingOut {
    /// The currency of every amount here.
    pub currency: String,
    /// Delivered spend.
    pub spend: Amount,
    /// What was planned by then.
    pub expected: Amount,
    /// Delivered over expected, 4 decimals: 1 is as planned; `null` while nothing is expected.
    pub pace: Option<Figure>,
    /// Below 0.9 behind, above 1.1 ahead.
    pub rating: Option<PaceWord>,
    /// What will have been spent in the end at this pace.
    pub projected: Option<Amount>,
    /// What each day that is left has to spend so that the plan is used.
    pub need_per_day: Option<Amount>,
}

impl StandingOut {
    fn of(standing: Standing) -> Self {
        let Standing {
            spend,
            expected,
            pace,
            rating,
            projected,
            need_per_day,
        } = standing;
        Self {
            currency: spend.currency().code().to_owned(),
            spend: spend.into(),
            expected: expected.into(),
            pace: pace.map(Into::into),
            rating: rating.map(Into::into),
            projected: projected.map(Into::into),
            need_per_day: need_per_day.map(Into::into),
        }
    }
}

/// Where delivered spend stands. Delivered is `{spend, day}`, compared when that day is over with
/// the planned curve of `plan` (see [`planned_curve`]); or figures alone: `{spend, expected,
/// planned?, daysLeft?}` in the currency of `plan`.
///
/// # Errors
/// Every violation, paths below `delivered` and as in [`planned_curve`].
pub fn pace_of(delivered: &Json, plan: &Json, asked: &Asked) -> Answer<StandingOut> {
    let currency = currency(plan, asked)?;
    let mut reader = Reader::new();
    let read = Item::at(&mut reader, "delivered", delivered)
        .object(&mut reader)
        .and_then(|mut fields| {
            let mut money = |name: &'static str, reader: &mut Reader| {
                fields
                    .get(reader, name)
                    .optional(reader)
                    .and_then(|item| item.money(reader, currency, Least::Zero))
            };
            let spend = money("spend", &mut reader);
            let expected = money("expected", &mut reader);
            let planned = money("planned", &mut reader);
            let day = fields
                .get(&mut reader, "day")
                .optional(&mut reader)
                .and_then(|item| item.day(&mut reader));
            let days_left = fields
                .get(&mut reader, "daysLeft")
                .optional(&mut reader)
                .and_then(|item| item.integer(&mut reader, 0, 100_000));
            fields.finish(&mut reader);
            for (name, missing) in [
                ("spend", spend.is_none()),
                ("day", day.is_none() && expected.is_none()),
            ] {
                if missing && reader.count() == 0 {
                    reader.add(Violation::new(
                        format!("delivered.{name}"),
                        Code::Required,
                        "expected a value, got nothing",
                    ));
                }
            }
            Some((spend?, expected, planned, day, days_left))
        });
    let (spend, expected, planned, day, days_left) = reader.finish(read)?;
    let thresholds = PaceThresholds::default();
    if let (Some(day), None) = (day, expected) {
        let lines = lines(plan, asked)?;
        let curve: Curve = curve(&lines.lines, lines.daily_cap, lines.currency)?;
        return Ok(StandingOut::of(standing(spend, &curve, day, thresholds)?));
    }
    let expected = expected.unwrap_or(Money::zero(currency));
    let share = pace(spend, expected);
    let days_left = days_left.and_then(|days| u32::try_from(days).ok());
    Ok(StandingOut::of(Standing {
        spend,
        expected,
        pace: share,
        rating: share.map(|share| thresholds.rate(share)),
        projected: planned.and_then(|planned| projection(spend, expected, planned)),
        need_per_day: planned
            .zip(days_left)
            .and_then(|(planned, left)| need_per_day(spend, planned, left)),
    }))
}
