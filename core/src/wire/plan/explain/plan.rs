//! Why the money of the plan itself is what it is: media budget, what is left of it, fees and
//! pacing periods.

use rust_decimal::Decimal;

use super::parts::{Place, Shared, at, base, given, input, text};
use super::{ExplainRule, ExplanationOut};
use crate::budget::{Fee, fee_lines, media_budget};
use crate::error::Refusal;
use crate::money::Money;
use crate::pacing::{self, PacingPlan, Source};
use crate::split::split;
use crate::wire::plan::Answer;
use crate::wire::plan::read::MoneyMembers;

pub(super) fn media(members: &MoneyMembers, path: &str) -> Answer<ExplanationOut> {
    let total = members.plan.budget.total;
    let lines = fee_lines(total, &members.plan.fees)?;
    let media = media_budget(total, &members.plan.fees)?;
    let mut formula = text(total);
    let mut parts = vec![at(path, media)];
    let mut inputs = vec![input("total", text(total), Some("budget.total"))];
    for (index, line) in lines.iter().enumerate() {
        let place = format!("fees[{index}].amount");
        formula.push_str(&format!(" - {}", text(line.amount)));
        inputs.push(input("fee", text(line.amount), Some(&place)));
        parts.push(at(place, line.amount));
    }
    formula.push_str(&format!(" = {}", text(media)));
    Ok(ExplanationOut {
        inputs,
        whole: Some(at("budget.total", total)),
        parts,
        ..base(path, media, ExplainRule::Difference, formula)
    })
}

pub(super) fn unallocated(members: &MoneyMembers, path: &str) -> Answer<ExplanationOut> {
    let media = media_budget(members.plan.budget.total, &members.plan.fees)?;
    let held = members.allocated;
    let left = media.minus(held)?;
    Ok(ExplanationOut {
        inputs: vec![
            input("media budget", text(media), Some("mediaBudget")),
            input("allocated", text(held), Some("allocatedBudget")),
        ],
        whole: Some(at("mediaBudget", media)),
        parts: vec![at(path, left), at("allocatedBudget", held)],
        ..base(
            path,
            left,
            ExplainRule::Difference,
            format!("{} - {} = {}", text(media), text(held), text(left)),
        )
    })
}

pub(super) fn fee(
    members: &MoneyMembers,
    path: &str,
    index: usize,
) -> Answer<Option<ExplanationOut>> {
    let plan = &members.plan;
    let total = plan.budget.total;
    let Some(line) = plan.fees.get(index) else {
        return Ok(None);
    };
    if let Fee::Flat { amount, .. } = line {
        return Ok(Some(given(path, *amount)));
    }
    let lines = fee_lines(total, &plan.fees)?;
    let margins: Vec<(usize, u32, Money)> = lines
        .iter()
        .enumerate()
        .filter_map(|(index, line)| match &line.fee {
            Fee::Margin { percent, .. } => Some((index, percent.ten_thousandths(), line.amount)),
            Fee::Flat { .. } => None,
        })
        .collect();
    let sum = Money::sum(
        total.currency(),
        margins.iter().map(|(_, _, amount)| *amount),
    )?;
    let steps: u32 = margins.iter().map(|(_, steps, _)| *steps).sum();
    let percent = Decimal::new(i64::from(steps), 4).normalize();
    let weights: Vec<u64> = margins.iter().map(|(_, w, _)| u64::from(*w)).collect();
    let Some(at_margin) = margins.iter().position(|(at, _, _)| *at == index) else {
        return Ok(None);
    };
    let rounded = format!(
        "{} x {percent} percent, rounded half up = {}",
        text(total),
        text(sum)
    );
    let Some(split) = split(sum.minor(), &weights) else {
        let amount = Money::zero(total.currency());
        return Ok(Some(base(path, amount, ExplainRule::Nothing, rounded)));
    };
    let explained = Shared {
        split: &split,
        index: at_margin,
        whole: (Place::Named("all margin fees"), sum),
        places: margins
            .iter()
            .map(|(at, _, _)| Place::At(format!("fees[{at}].amount")))
            .collect(),
        weight: "percent in ten-thousandths",
    }
    .explain(path)?;
    Ok(explained.map(|mut explained| {
        explained.formula = format!("{rounded}; {}", explained.formula);
        explained
            .inputs
            .insert(0, input("total", text(total), Some("budget.total")));
        explained
    }))
}

pub(super) fn period(
    members: &MoneyMembers,
    path: &str,
    index: usize,
    net: bool,
) -> Answer<Option<ExplanationOut>> {
    let Some(schedule) = &members.plan.pacing else {
        return Ok(None);
    };
    let total = members.plan.budget.total;
    let media = media_budget(total, &members.plan.fees)?;
    let unallocated = media.minus(members.allocated)?;
    let explained = pacing::explain(schedule, total, media, &members.executed, unallocated)?;
    let Some(this) = explained.get(index) else {
        return Ok(None);
    };
    let (amount, source) = if net {
        (this.resolved.net, this.net)
    } else {
        (this.resolved.budget, this.budget)
    };
    let simple = |rule| Ok(Some(base(path, amount, rule, text(amount))));
    let why = match source {
        Source::Given => return simple(ExplainRule::Given),
        Source::Kept => return simple(ExplainRule::Kept),
        Source::Nothing => return simple(ExplainRule::Nothing),
        Source::Share(why) => why,
    };
    let whole = Money::from_minor(why.total, total.currency()).ok_or(Refusal::Overflow)?;
    let (weights, mut places) = share_weights(schedule, total, members.executed.len(), net);
    let Some(split) = split(whole.minor(), &weights) else {
        return Ok(None);
    };
    let kept = schedule.periods().len().saturating_sub(places.len());
    if places.len() < weights.len() {
        places.push(Place::Named("headroom: what no period takes of the total"));
    }
    Shared {
        split: &split,
        index: index.saturating_sub(kept),
        whole: (
            match (net, kept) {
                (true, 0) => Place::At("mediaBudget".to_owned()),
                (true, _) => Place::At("unallocatedBudget".to_owned()),
                (false, 0) => Place::At("budget.total".to_owned()),
                (false, _) => Place::Named("the total less what executed periods keep"),
            },
            whole,
        ),
        places,
        weight: match schedule.mode() {
            pacing::Mode::Weight => "days x weight in ten-thousandths",
            pacing::Mode::Budget => "budget in smallest units",
        },
    }
    .explain(path)
}

/// What the periods share by, and where each share stands; in budget mode the headroom last.
fn share_weights(
    schedule: &PacingPlan,
    total: Money,
    executed: usize,
    net: bool,
) -> (Vec<u64>, Vec<Place>) {
    let member = if net { "mediaBudget" } else { "budget" };
    let all: Vec<u64> = schedule
        .periods()
        .iter()
        .map(pacing::Period::share_weight)
        .collect();
    let place = |index: usize| Place::At(format!("pacingPeriods.periods[{index}].{member}"));
    match schedule.mode() {
        pacing::Mode::Weight => (
            all.iter().copied().skip(executed).collect(),
            (executed..all.len()).map(place).collect(),
        ),
        pacing::Mode::Budget => {
            let spoken_for: u64 = all.iter().sum();
            let headroom = u64::try_from(total.minor())
                .unwrap_or(0)
                .saturating_sub(spoken_for);
            let places = (0..all.len()).map(place).collect();
            (all.into_iter().chain([headroom]).collect(), places)
        }
    }
}
