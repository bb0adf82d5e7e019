//! What the money of a plan comes to: fees, media budget, what is left, and the periods.

use serde::{Deserialize, Serialize};

use super::options::Asked;
use super::read::{MoneyMembers, money_members};
use super::{Answer, refused};
use crate::budget;
use crate::error::{Code, Violation};
use crate::money::Money;
use crate::pacing::resolve;
use crate::wire::Amount;
use crate::wire::budget::{FeeOut, fees_out};
use crate::wire::json::Json;
use crate::wire::pacing::{PacingPeriodsOut, pacing_out};

/// The money of a plan: `total = sum of fees + mediaBudget`, and
/// `mediaBudget = allocatedBudget + unallocatedBudget`. All in major units of `currency`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BudgetSummary {
    /// The currency of every amount here.
    pub currency: String,
    /// Everything the advertiser commits, fees included.
    pub total: Amount,
    /// The fee lines with what each comes to.
    pub fees: Vec<FeeOut>,
    /// The sum of the fee lines.
    pub fees_total: Amount,
    /// Total less fees: what is there for media.
    pub media_budget: Amount,
    /// What media buys hold of it already.
    pub allocated_budget: Amount,
    /// Media budget less allocated; below 0 where more is held than is there.
    pub unallocated_budget: Amount,
    /// The most media money in one UTC day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub daily_cap: Option<Amount>,
    /// The smallest total whose media budget covers what is allocated under these fees; absent
    /// where none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_total: Option<Amount>,
}

impl BudgetSummary {
    pub(super) fn of(members: &MoneyMembers) -> Answer<Self> {
        let plan = &members.plan;
        let total = plan.budget.total;
        let media = budget::media_budget(total, &plan.fees)?;
        Ok(Self {
            currency: total.currency().code().to_owned(),
            total: total.into(),
            fees: fees_out(total, &plan.fees)?,
            fees_total: total.minus(media)?.into(),
            media_budget: media.into(),
            allocated_budget: members.allocated.into(),
            unallocated_budget: media.minus(members.allocated)?.into(),
            daily_cap: plan.budget.daily_cap.map(Into::into),
            minimum_total: budget::minimum_total(members.allocated, &plan.fees).map(Into::into),
        })
    }
}

/// What the money of a plan comes to: of `budget`, `fees` and, where buys hold some already,
/// `allocatedBudget`.
///
/// # Errors
/// What the API refuses these members with.
pub fn budget_summary(body: &Json, asked: &Asked) -> Answer<BudgetSummary> {
    BudgetSummary::of(&money_members(body, asked)?)
}

/// What every period of a plan comes to. Periods that the API marks `executed` keep their money
/// (decision 21).
///
/// # Errors
/// What the API refuses these members with; a plan without `pacingPeriods`.
pub fn resolve_pacing(body: &Json, asked: &Asked) -> Answer<PacingPeriodsOut> {
    let members = money_members(body, asked)?;
    let Some(pacing) = &members.plan.pacing else {
        return Err(refused(vec![Violation::new(
            "pacingPeriods",
            Code::Required,
            "expected pacing periods to resolve, got none",
        )]));
    };
    let (media, unallocated) = media_of(&members)?;
    let resolved = resolve(
        pacing,
        members.plan.budget.total,
        media,
        &members.executed,
        unallocated,
    )?;
    Ok(pacing_out(pacing, &resolved))
}

/// The media budget, and what of it is not allocated.
pub(super) fn media_of(members: &MoneyMembers) -> Answer<(Money, Money)> {
    let media = budget::media_budget(members.plan.budget.total, &members.plan.fees)?;
    Ok((media, media.minus(members.allocated)?))
}
