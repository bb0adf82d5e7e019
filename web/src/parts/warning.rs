//! What core warns of, as people read it.

use flighting_core::execution::PlanWarning;

use crate::format;

/// A warning as a sentence.
#[must_use]
pub fn warned(warning: &PlanWarning) -> String {
    match warning {
        PlanWarning::InFlight { media_buy_ids } => format!(
            "{} still without an answer; not sent again.",
            format::plural(
                u64::try_from(media_buy_ids.len()).unwrap_or(0),
                "media buy is",
                "media buys are"
            )
        ),
        PlanWarning::PeriodOver { period } => format!(
            "{} is over: it makes no package, its money stays unallocated.",
            period.label
        ),
        PlanWarning::OverAllocated { short_by } => format!(
            "The products ask for {} more than there is.",
            format::money(*short_by)
        ),
        PlanWarning::BelowMinimum {
            key,
            minimum,
            smallest,
        } => format!(
            "A package of {} holds {}, its seller asks for at least {}.",
            key.product_id,
            format::money(*smallest),
            format::rate(*minimum)
        ),
        PlanWarning::Unspendable { amount } => format!(
            "{} cannot be spent under the daily cap.",
            format::money(*amount)
        ),
    }
}
