//! Whether the values of an update fit the buy and its flight; what differs from the live ones.

use chrono::{DateTime, Utc};

use super::{BuyUpdate, PackageUpdate};
use crate::campaign::PlanFields;
use crate::error::{Code, Violation};
use crate::flight::Flight;
use crate::media_buy::{MediaBuy, Package, PackageProposal, PackageStatus, Proposal, StartTime};

/// The proposal of an update: only what differs from the live values. `at` is where the entry
/// stands, `plan` the campaign's plan as it shall be.
pub(super) fn proposal(
    buy: &MediaBuy,
    update: &BuyUpdate,
    plan: &PlanFields,
    at: &str,
    now: DateTime<Utc>,
    violations: &mut Vec<Violation>,
) -> Proposal {
    let BuyUpdate {
        name: _,
        paused: _,
        start,
        end,
        goals,
        packages,
        products: _,
        reason: _,
    } = update;
    let flight = plan.flight;
    let before = violations.len();
    let mut proposal = Proposal {
        start: start.filter(|start| *start != buy.start),
        end: end.filter(|end| *end != buy.end),
        goals: goals.clone().filter(|goals| *goals != buy.goals),
        ..Proposal::default()
    };
    if proposal.start.is_some() {
        let begun = match buy.start {
            StartTime::Asap => flight.begun(now),
            StartTime::At(start) => start <= now,
        };
        if begun {
            violations.push(Violation::new(
                format!("{at}.start_time"),
                Code::Locked,
                "the media buy has begun, so its start stays",
            ));
        }
    }
    if let Some(StartTime::At(start)) = proposal.start
        && start < flight.start()
    {
        violations.push(outside(at, "start_time", flight, start));
    }
    if let Some(end) = proposal.end {
        if end > flight.end() {
            violations.push(outside(at, "end_time", flight, end));
        } else if end <= now {
            violations.push(passed(&format!("{at}.end_time"), end));
        }
    }
    let starts = match (proposal.start, buy.start) {
        (Some(StartTime::Asap), _) => flight.start().max(now),
        (None, StartTime::Asap) => flight.start(),
        (Some(StartTime::At(start)), _) | (None, StartTime::At(start)) => start,
    };
    let ends = proposal.end.unwrap_or(buy.end);
    let Some(window) = Flight::new(starts, ends) else {
        violations.push(Violation::new(
            format!("{at}.end_time"),
            Code::EndBeforeStart,
            format!("expected an end after {starts}, got {ends}"),
        ));
        return proposal;
    };
    let mut named = Vec::new();
    for (index, change) in packages.iter().enumerate() {
        let at = format!("{at}.packages[{index}]");
        let found = buy.packages.iter().find(|package| package.id == change.id);
        let Some(package) = found else {
            violations.push(Violation::new(
                format!("{at}.packageId"),
                Code::NotFound,
                format!("there is no package `{}` in this media buy", change.id),
            ));
            continue;
        };
        if named.contains(&&change.id) {
            violations.push(Violation::new(
                format!("{at}.packageId"),
                Code::Duplicate,
                format!("expected `{}` once, got it again", change.id),
            ));
            continue;
        }
        named.push(&change.id);
        let ends = buy
            .undecided_change()
            .and_then(|asked| asked.proposal.package(&change.id))
            .is_some_and(|asked| asked.cancels);
        if ends || package.status == PackageStatus::Canceled {
            violations.push(Violation::new(
                format!("{at}.packageId"),
                Code::WrongStatus,
                "the package is cancelled and does not change any more",
            ));
            continue;
        }
        let bounds = Bounds {
            window,
            plan,
            now,
            at: &at,
        };
        let wanted = bounds.package(package, change, violations);
        if !wanted.is_empty() {
            proposal.packages.push(wanted);
        }
    }
    follow(buy, &mut proposal, window);
    if violations.len() == before {
        stay_inside(buy, &proposal, window, at, now, violations);
    }
    proposal
}

/// Packages without a pacing period that run to the buy's ends go with them, unless the request
/// says something else of them.
fn follow(buy: &MediaBuy, proposal: &mut Proposal, window: Flight) {
    let was_start = match buy.start {
        StartTime::At(start) => Some(start),
        StartTime::Asap => None,
    };
    for package in buy
        .packages
        .iter()
        .filter(|package| package.period.is_none() && package.status != PackageStatus::Canceled)
    {
        let place = proposal
            .packages
            .iter()
            .position(|change| change.id == package.id);
        let mut change = place.map_or_else(
            || PackageProposal::of(package.id.clone()),
            |place| proposal.packages.remove(place),
        );
        if proposal.end.is_some() && package.window.end() == buy.end && change.end.is_none() {
            change.end = Some(window.end());
        }
        if proposal.start.is_some()
            && Some(package.window.start()) == was_start
            && change.start.is_none()
        {
            change.start = Some(window.start());
        }
        if !change.is_empty() {
            let place = place.unwrap_or(proposal.packages.len());
            proposal.packages.insert(place, change);
        }
    }
}

/// Every package that still runs stays inside its buy.
fn stay_inside(
    buy: &MediaBuy,
    proposal: &Proposal,
    window: Flight,
    at: &str,
    now: DateTime<Utc>,
    violations: &mut Vec<Violation>,
) {
    if proposal.end.is_none() && proposal.start.is_none() {
        return;
    }
    let live = |package: &&Package| {
        package.status != PackageStatus::Canceled && package.window.end() > now
    };
    for package in buy.packages_with(proposal).iter().filter(live) {
        let runs = package.window;
        if proposal.end.is_some() && runs.end() > window.end() {
            violations.push(
                Violation::new(
                    format!("{at}.end_time"),
                    Code::TooSmall,
                    format!(
                        "the package `{}` runs until {}: expected an end no earlier",
                        package.id,
                        runs.end()
                    ),
                )
                .with("minimum", runs.end().to_rfc3339()),
            );
        }
        if proposal.start.is_some() && runs.start() < window.start() {
            violations.push(
                Violation::new(
                    format!("{at}.start_time"),
                    Code::TooLarge,
                    format!(
                        "the package `{}` runs from {}: expected a start no later",
                        package.id,
                        runs.start()
                    ),
                )
                .with("maximum", runs.start().to_rfc3339()),
            );
        }
    }
}

/// What a package's values must fit.
struct Bounds<'a> {
    window: Flight,
    plan: &'a PlanFields,
    now: DateTime<Utc>,
    at: &'a str,
}

impl Bounds<'_> {
    fn package(
        &self,
        package: &Package,
        change: &PackageUpdate,
        violations: &mut Vec<Violation>,
    ) -> PackageProposal {
        let PackageUpdate {
            id,
            budget,
            pacing,
            bid,
            start,
            end,
            include,
            exclude,
        } = change;
        let at = self.at;
        let mut wanted = PackageProposal::of(id.clone());
        wanted.budget = budget.filter(|budget| *budget != package.budget);
        wanted.pacing = pacing.filter(|pacing| *pacing != package.pacing);
        if let (Some(budget), Some(delivery)) = (wanted.budget, &package.delivery)
            && budget.minor() < delivery.spend.minor()
        {
            violations.push(
                Violation::new(
                    format!("{at}.budget"),
                    Code::TooSmall,
                    format!(
                        "{} is spent already: expected at least that, got {budget}",
                        delivery.spend
                    ),
                )
                .with("minimum", delivery.spend.to_decimal().to_string()),
            );
        }
        match (bid, package.bid) {
            (Some(Some(_)), None) => violations.push(Violation::new(
                format!("{at}.bidPrice"),
                Code::NotAllowedHere,
                "the price of this package is fixed, so there is nothing to bid",
            )),
            (Some(None), Some(_)) => violations.push(Violation::new(
                format!("{at}.bidPrice"),
                Code::BidRequired,
                "this package is bought by auction: expected a bid, got null",
            )),
            (Some(wished), before) => wanted.bid = wished.filter(|bid| Some(*bid) != before),
            (None, _) => {}
        }
        self.window(package, *start, *end, &mut wanted, violations);
        if !include.is_empty() || !exclude.is_empty() {
            match package
                .audiences
                .merged(include.clone(), exclude.clone(), false)
            {
                Ok(audiences) if audiences == package.audiences => {}
                Ok(audiences) => wanted.audiences = Some(audiences),
                Err(found) => violations.extend(found.into_iter().map(|mut violation| {
                    for (rule, here) in [
                        ("targetAudienceIds", "audience_include"),
                        ("suppressAudienceIds", "audience_exclude"),
                    ] {
                        if let Some(place) = violation.path.strip_prefix(rule) {
                            violation.path = format!("{here}{place}");
                        }
                    }
                    violation.under(&format!("{at}.targetingOverlay"))
                })),
            }
        }
        wanted
    }

    /// The window inside the buy and, for a paced package, inside its period.
    fn window(
        &self,
        package: &Package,
        start: Option<DateTime<Utc>>,
        end: Option<DateTime<Utc>>,
        wanted: &mut PackageProposal,
        violations: &mut Vec<Violation>,
    ) {
        let at = self.at;
        wanted.start = start.filter(|start| *start != package.window.start());
        wanted.end = end.filter(|end| *end != package.window.end());
        if wanted.start.is_none() && wanted.end.is_none() {
            return;
        }
        if wanted.start.is_some() && package.window.begun(self.now) {
            violations.push(Violation::new(
                format!("{at}.startTime"),
                Code::Locked,
                "the package has begun, so its start stays",
            ));
            return;
        }
        let (from, to) = (
            wanted.start.unwrap_or(package.window.start()),
            wanted.end.unwrap_or(package.window.end()),
        );
        if from >= to {
            violations.push(Violation::new(
                format!("{at}.endTime"),
                Code::EndBeforeStart,
                format!("expected an end after {from}, got {to}"),
            ));
            return;
        }
        let period = package.period.as_ref().and_then(|period| {
            let index = usize::try_from(period.index).ok()?.checked_sub(1)?;
            let days = self.plan.pacing.as_ref()?.periods().get(index)?.days;
            Some(Flight::over(days))
        });
        let bounds = period.and_then(|period| {
            Flight::new(
                period.start().max(self.window.start()),
                period.end().min(self.window.end()),
            )
        });
        let bounds = bounds.unwrap_or(self.window);
        if wanted.start.is_some() && from < bounds.start() {
            violations.push(outside(at, "startTime", bounds, from));
        }
        if let Some(end) = wanted.end {
            if end > bounds.end() {
                violations.push(outside(at, "endTime", bounds, end));
            } else if end <= self.now {
                violations.push(passed(&format!("{at}.endTime"), end));
            }
        }
    }
}

fn outside(at: &str, member: &str, bounds: Flight, got: DateTime<Utc>) -> Violation {
    Violation::new(
        format!("{at}.{member}"),
        Code::OutsideFlight,
        format!(
            "expected an instant from {} to {}, got {got}",
            bounds.start(),
            bounds.end()
        ),
    )
    .with("start", bounds.start().to_rfc3339())
    .with("end", bounds.end().to_rfc3339())
}

fn passed(path: &str, end: DateTime<Utc>) -> Violation {
    Violation::new(
        path,
        Code::TooSmall,
        format!("expected an end in the future, got {end}"),
    )
}
