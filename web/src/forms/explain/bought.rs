//! What was bought: what the packages of the media buys hold, by which request, what was spent, and
//! what a change that nobody has decided would make of it.

use chrono::{DateTime, Utc};
use flighting_core::media_buy::{ChangeState, Counts, MediaBuyStatus, PackageStatus};
use flighting_core::money::{Currency, Money};
use flighting_core::wire::media_buy::{
    MediaBuyOut, PackageMoney, PackageOut, PendingChangeOut, SubmissionWord,
};

use super::{Part, Shown, Told};
use crate::format;
use crate::forms::grid::{BoughtRow, column_of};
use crate::forms::known;

/// A row of what was bought, or with a column one of its cells: `0`, `0:1`.
pub(super) fn told(place: &str, shown: Shown<'_>) -> Option<Told> {
    let out = shown.executed()?;
    let currency = known::currency(out)?;
    let (row, column) = match place.split_once(':') {
        Some((row, column)) => (row.parse().ok()?, Some(column.parse::<usize>().ok()?)),
        None => (place.parse::<usize>().ok()?, None),
    };
    let row = *BoughtRow::all(out).get(row)?;
    let packages: Vec<(&PackageOut, PackageMoney)> = row
        .packages()
        .map(|package| Some((package, row.buy.money_of(package, currency)?)))
        .collect::<Option<_>>()?;
    let asked: Vec<_> = packages
        .iter()
        .filter(|(package, _)| column.is_none_or(|column| column_of(package) == column))
        .collect();
    let (_, first) = asked.first()?;
    let sum = |moneys: &mut dyn Iterator<Item = Money>| Money::sum(currency, moneys).ok();
    let amount = sum(&mut asked.iter().map(|(_, money)| money.holds))?;
    let name = match column {
        Some(column) => format!("{} × {}", row.name(), shown.period(column)),
        None => row.name().to_owned(),
    };
    let mut told = Told::new(
        name,
        amount,
        rule(row.buy, first.counts),
        match (column, first.counts) {
            (None, _) => format!(
                "{} = {}",
                format::plural(count(asked.len()), "package", "packages together"),
                format::amount(amount)
            ),
            (_, Counts::Packages) => format!("asked for = {}", format::amount(amount)),
            (_, Counts::Spend) => format!("spent = {}", format::amount(amount)),
            (_, Counts::Nothing) => format!("not bought = {}", format::amount(amount)),
        },
    );
    told.inputs = of_buy(row.buy, shown.now);
    for (package, money) in &asked {
        let lines = match column {
            Some(_) => of_package(package, money, row.buy.pending_change.as_ref(), shown.now),
            None => Vec::new(),
        };
        told.inputs.extend(lines);
    }
    if column.is_none() {
        let spend = sum(&mut asked.iter().map(|(_, money)| money.spend))?;
        told.inputs.push(line("Spent so far", spend));
        told.inputs.extend(of_change(row.buy, currency, shown.now));
    }
    told.parts = packages
        .iter()
        .map(|(package, money)| Part {
            own: column == Some(column_of(package)),
            ..Part::new(shown.period(column_of(package)), money.holds)
        })
        .collect();
    let whole = sum(&mut packages.iter().map(|(_, money)| money.holds))?;
    told.whole = Some(Part::new(row.name().to_owned(), whole));
    Some(told)
}

/// What there is to say of a whole media buy by its place among the groups of the table.
pub(super) fn of_group(group: usize, shown: Shown<'_>) -> Vec<(String, String)> {
    let found = shown.executed().and_then(|out| {
        let rows = BoughtRow::all(out);
        let first = shown.grid.groups.get(group)?.rows.first()?;
        Some((rows.get(first.index)?.buy, known::currency(out)?))
    });
    let Some((buy, currency)) = found else {
        return Vec::new();
    };
    let mut lines = of_buy(buy, shown.now);
    let spend = format::read(buy.performance.spend, currency);
    lines.push(line("Spent so far", spend));
    lines.extend(of_change(buy, currency, shown.now));
    lines
}

/// By which rule a package counts, told for the state its buy is in.
fn rule(buy: &MediaBuyOut, counts: Counts) -> &'static str {
    match (counts, buy.status, buy.submission) {
        (Counts::Packages, _, SubmissionWord::Silent) => {
            "Asked for without an answer: it counts until it is known whether it was bought."
        }
        (Counts::Packages, MediaBuyStatus::Active | MediaBuyStatus::Paused, _) => {
            "Bought: what was last agreed with the seller, whatever the plan would come to now."
        }
        (Counts::Packages, _, _) => {
            "Asked for, not agreed yet: it counts until the seller has said no."
        }
        (Counts::Spend, _, _) => {
            "Over: what was delivered is what it cost, the rest is free again."
        }
        (Counts::Nothing, _, _) => "Nothing was bought.",
    }
}

/// The request an amount comes from.
fn of_buy(buy: &MediaBuyOut, now: DateTime<Utc>) -> Vec<(String, String)> {
    let mut lines = vec![
        ("Media buy".to_owned(), buy.name.clone()),
        (
            "Status".to_owned(),
            format::buy_status(buy.status).words.to_owned(),
        ),
        ("Asked for".to_owned(), format::moment(buy.created_at, now)),
    ];
    if let Some(id) = &buy.seller_media_buy_id {
        lines.push(("The seller’s number".to_owned(), id.clone()));
    }
    lines
}

fn of_package(
    package: &PackageOut,
    money: &PackageMoney,
    change: Option<&PendingChangeOut>,
    now: DateTime<Utc>,
) -> Vec<(String, String)> {
    let mut lines = vec![("Package".to_owned(), package.package_id.clone())];
    if money.counts != Counts::Packages {
        lines.push(line("Asked for it", money.asked));
    }
    if package.status == PackageStatus::Canceled {
        lines.push(("Its own status".to_owned(), "Canceled".to_owned()));
    }
    lines.push(line("Spent so far", money.spend));
    if let Some(seller) = money.seller {
        lines.push(line("The seller holds", seller));
    }
    if let (Some((proposed, state)), Some(change)) = (money.proposed, change) {
        lines.push(line("A change would make it", proposed));
        lines.push(stands(state, change, now));
    }
    lines
}

/// What the change that nobody has decided would make of the whole buy.
fn of_change(buy: &MediaBuyOut, currency: Currency, now: DateTime<Utc>) -> Vec<(String, String)> {
    let change = buy.pending_change.as_ref();
    let Some(change) = change.filter(|change| change.status.is_undecided()) else {
        return Vec::new();
    };
    let Some(budget) = change.differences.budget else {
        return Vec::new();
    };
    let money = |amount| format::amount(format::read(amount, currency));
    vec![
        (
            "A change would make the whole buy".to_owned(),
            format!("{}, now {}", money(budget.proposed), money(budget.live)),
        ),
        stands(change.status, change, now),
    ]
}

fn stands(state: ChangeState, change: &PendingChangeOut, now: DateTime<Utc>) -> (String, String) {
    let words = match state {
        ChangeState::Held => "waits until the seller has said yes to the buy",
        ChangeState::Open => "on its way to the seller",
        ChangeState::Silent => "sent without an answer",
        ChangeState::Submitted => "the seller decides",
        ChangeState::Approved | ChangeState::Refused | ChangeState::Expired => "decided",
    };
    (
        "That change".to_owned(),
        format!(
            "asked for {}, {words}",
            format::moment(change.requested_at, now)
        ),
    )
}

fn line(name: &str, money: Money) -> (String, String) {
    (name.to_owned(), format::amount(money))
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
