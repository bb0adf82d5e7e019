//! Changing the plan, by status (contract 3.3, decisions 4, 12, 14, 21).

use chrono::{DateTime, Utc};

use super::{Campaign, CampaignStatus, CampaignUpdate, Touched};
use crate::budget;
use crate::error::{Code, Conflict, Refusal, Violation};
use crate::ids::{CapId, DiscoveryId};
use crate::media_buy::StartTime;
use crate::money::Money;
use crate::pacing::PacingPlan;
use crate::targeting::replace_caps;

impl Campaign {
    /// Takes a new plan as far as the status allows. All or nothing; the revision moves by one.
    ///
    /// # Errors
    /// [`Refusal::WrongPhase`] when archived; [`Refusal::Conflict`] while an execute is under way
    /// or when executed periods would change; [`Refusal::Invalid`] for members locked in this
    /// status or rules broken; [`Refusal::OverBudget`] when the media budget would fall below what
    /// is allocated.
    pub fn update(
        &mut self,
        update: CampaignUpdate,
        new_cap: &mut dyn FnMut() -> CapId,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let CampaignUpdate {
            plan,
            touched,
            caps,
            expected_revision: _,
        } = update;
        if self.status == CampaignStatus::Archived {
            return Err(Refusal::WrongPhase {
                is: self.status.as_str(),
                allowed: &["DRAFT", "ACTIVE", "PAUSED", "COMPLETED"],
                message: "an archived campaign does not change any more".to_owned(),
            });
        }
        let moves_money = touched.flight
            || touched.budget
            || touched.fees
            || touched.pacing
            || touched.discovery_id;
        if moves_money && self.is_executing() {
            return Err(self.execution_under_way());
        }
        let mut violations = self.locked(touched);
        violations.extend(plan.check());
        if touched.flight {
            violations.extend(self.leaves_flight(&plan));
        }
        if !violations.is_empty() {
            return Err(Refusal::Invalid(violations));
        }
        if touched.pacing {
            self.only_appends(plan.pacing.as_ref())?;
        }
        if touched.budget || touched.fees {
            self.covers_allocation(&plan)?;
        }
        self.plan = plan;
        let rules = caps.map(|rules| rules.into_iter().map(|rule| (new_cap(), rule)).collect());
        replace_caps(&mut self.caps, rules, now);
        self.revision += 1;
        self.updated_at = now;
        Ok(())
    }

    /// Takes the discovery session that was begun for it; the revision moves by one.
    ///
    /// # Errors
    /// [`Refusal::Conflict`] while an execute is under way.
    pub fn attach(&mut self, session: DiscoveryId, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.is_executing() {
            return Err(self.execution_under_way());
        }
        self.plan.discovery_id = Some(session);
        self.revision += 1;
        self.updated_at = now;
        Ok(())
    }

    /// The conflict of a change while an execute is under way (decision 14).
    #[must_use]
    pub fn execution_under_way(&self) -> Refusal {
        Refusal::Conflict {
            what: Conflict::ExecutionUnderWay,
            message: "an execute of this campaign is under way; try again when it is answered"
                .to_owned(),
            media_buys: self
                .buys
                .iter()
                .filter(|buy| buy.is_in_flight())
                .map(|buy| buy.id.to_string())
                .collect(),
        }
    }

    /// Members that the status locks. COMPLETED takes what a relaunch needs and a new name
    /// (decision 12).
    fn locked(&self, touched: Touched) -> Vec<Violation> {
        if self.status != CampaignStatus::Completed {
            return Vec::new();
        }
        [
            ("brief", touched.brief),
            ("constraints", touched.constraints),
            ("performanceConfig", touched.goals),
            ("audienceConfig", touched.audiences),
            ("optimizationApplyMode", touched.apply_mode),
        ]
        .into_iter()
        .filter(|(_, named)| *named)
        .map(|(path, _)| {
            Violation::new(
                path,
                Code::Locked,
                "a completed campaign takes a new name, flight, budget, fees, caps, discovery session and later periods only",
            )
            .with("status", self.status.as_str())
        })
        .collect()
    }

    /// A narrower flight must still hold every buy that counts and every executed period.
    fn leaves_flight(&self, plan: &super::PlanFields) -> Vec<Violation> {
        let mut violations = Vec::new();
        let live = || self.buys.iter().filter(|buy| !buy.status.has_ended());
        if let Some(first) = live()
            .filter_map(|buy| match buy.start {
                StartTime::At(start) => Some(start),
                StartTime::Asap => None,
            })
            .min()
            && first < plan.flight.start()
        {
            violations.push(
                Violation::new(
                    "flightDates.startDate",
                    Code::TooLarge,
                    format!(
                        "a media buy starts on {}: expected a start no later",
                        first.date_naive()
                    ),
                )
                .with("maximum", first.date_naive().to_string()),
            );
        }
        if let Some(last) = live().map(|buy| buy.end).max()
            && last > plan.flight.end()
        {
            violations.push(
                Violation::new(
                    "flightDates.endDate",
                    Code::TooSmall,
                    format!(
                        "a media buy ends on {}: expected an end no earlier",
                        last.date_naive()
                    ),
                )
                .with("minimum", last.date_naive().to_string()),
            );
        }
        violations
    }

    /// After an execute periods may only be appended (decision 21).
    fn only_appends(&self, pacing: Option<&PacingPlan>) -> Result<(), Refusal> {
        let conflict = |message: &str| {
            Err(Refusal::Conflict {
                what: Conflict::LivePacingChanged,
                message: message.to_owned(),
                media_buys: Vec::new(),
            })
        };
        let live = matches!(self.status, CampaignStatus::Active | CampaignStatus::Paused);
        if self.launched_periods.is_empty() {
            // Bought without periods: new packages would spend next to the flat ones.
            if live && pacing.is_some() {
                return conflict(
                    "this campaign was executed without pacing periods and cannot take them while it runs",
                );
            }
            return Ok(());
        }
        let before = self
            .plan
            .pacing
            .as_ref()
            .map_or(&[][..], PacingPlan::periods);
        let Some(next) = pacing else {
            return conflict(
                "executed pacing periods cannot be removed; later ones may be appended",
            );
        };
        let same_mode = self
            .plan
            .pacing
            .as_ref()
            .is_none_or(|plan| plan.mode() == next.mode());
        let kept = self.launched_periods.len();
        let unchanged = same_mode
            && next.periods().len() >= kept
            && before
                .iter()
                .take(kept)
                .eq(next.periods().iter().take(kept));
        if unchanged {
            Ok(())
        } else {
            conflict("executed pacing periods cannot change; later ones may be appended")
        }
    }

    fn covers_allocation(&self, plan: &super::PlanFields) -> Result<(), Refusal> {
        let media = budget::media_budget(plan.budget.total, &plan.fees)?;
        let allocated = self.allocated()?;
        // Spending above plan is the sellers' doing; a command that does not lower the media
        // budget is not blamed for it.
        let lowers = media.minor() < self.media_budget()?.minor();
        if media.minor() >= allocated.minor() || !lowers {
            return Ok(());
        }
        Err(over_budget(allocated, media, &plan.fees))
    }
}

/// The refusal when `needed` is more than the media budget.
pub(crate) fn over_budget(needed: Money, media: Money, fees: &[budget::Fee]) -> Refusal {
    let short_by = match needed.minus(media) {
        Ok(short_by) => short_by,
        Err(refusal) => return refusal,
    };
    let minimum_total = budget::minimum_total(needed, fees);
    let remedy = minimum_total.map_or_else(
        || "no total covers it under these fees".to_owned(),
        |total| format!("a total of {total} would cover it"),
    );
    Refusal::OverBudget {
        short_by,
        minimum_total,
        message: format!(
            "the media budget is {media} and {needed} is needed: {short_by} short; {remedy}"
        ),
    }
}
