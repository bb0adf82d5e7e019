//! A change that a buy was asked for and that nobody has decided yet, live and proposed.

use flighting_core::media_buy::ChangeState;
use flighting_core::money::Currency;
use leptos::prelude::*;

use super::Row;
use crate::parts::icon::Icon;
use crate::{clock, format};

#[component]
pub(super) fn Pending(row: Row) -> impl IntoView {
    move || {
        let buy = row.buy.get()?;
        let change = buy.pending_change?;
        let currency = Currency::parse(&buy.budget_currency)?;
        let (glyph, tone, words) = match change.status {
            ChangeState::Held => ("hold", "", "Waits until the seller has said yes to the buy"),
            ChangeState::Open => ("clock", "", "On its way to the seller"),
            ChangeState::Silent => (
                "clock",
                "warned",
                "Sent without an answer; it is being found out",
            ),
            ChangeState::Submitted => ("clock", "", "The seller decides"),
            ChangeState::Refused => ("fail", "bad", "The seller said no; nothing changed"),
            ChangeState::Approved | ChangeState::Expired => return None,
        };
        let money = |amount| format::money(format::read(amount, currency));
        let mut parts = Vec::new();
        let differences = change.differences;
        if let Some(budget) = differences.budget {
            parts.push(format!(
                "budget {} → {}",
                money(budget.live),
                money(budget.proposed)
            ));
        }
        if let Some(end) = differences.end_time {
            parts.push(format!(
                "end {} → {}",
                format::day(end.live.date_naive()),
                format::day(end.proposed.date_naive())
            ));
        }
        if differences.canceled {
            parts.push("the end of the buy".to_owned());
        }
        let count = |number: usize| u64::try_from(number).unwrap_or(0);
        if !differences.package_ids.is_empty() {
            parts.push(format!(
                "{} changed",
                format::plural(count(differences.package_ids.len()), "package", "packages")
            ));
        }
        if !differences.canceled_package_ids.is_empty() {
            parts.push(format!(
                "{} ended",
                format::plural(
                    count(differences.canceled_package_ids.len()),
                    "package",
                    "packages"
                )
            ));
        }
        if differences.packages_added > 0 {
            parts.push(format!(
                "{} added",
                format::plural(differences.packages_added, "package", "packages")
            ));
        }
        Some(view! {
            <tr class="told"><td colspan="8">
                <p class=tone>
                    <Icon name=glyph/> <strong>"Asked for: "</strong> {parts.join(", ")} ". "
                    {words} ", since " {format::moment(change.since, clock::now())} "."
                </p>
                {change.source_message.map(|message| view! { <blockquote>{message}</blockquote> })}
                {change.error.map(|error| view! { <blockquote class="bad">{error.message}</blockquote> })}
            </td></tr>
        })
    }
}
