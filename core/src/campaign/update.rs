//! Changing the plan, by status (contract 3.3, decisions 4, 12, 14, 21).

use chrono::{DateTime, Utc};

use super::{Campaign, CampaignStatus, CampaignUpdate, ToSend, Touched};
use crate::budget;
use crate::change::{
    Against, AskedChange, BuyAction, BuyCommand, PendingPlan, Room, Step, Updated, decide, room,
};
use crate::error::{Code, Conflict, Refusal, Violation};
use crate::flight::Flight;
use crate::ids::{CapId, DiscoveryId, Ids, MediaBuyId};
use crate::media_buy::{MediaBuy, Proposal, StartTime};
use crate::money::Money;
use crate::pacing::PacingPlan;
use crate::targeting::replace_caps;

impl Campaign {
    /// Takes a new plan and what is asked of single buys, as far as the statuses allow. All or
    /// nothing; the revision moves by one. What concerns sellers is recorded as changes on their
    /// way; a smaller budget or a narrower flight that needs them confirmed waits.
    ///
    /// # Errors
    /// [`Refusal::WrongPhase`] when archived; [`Refusal::Conflict`] while an execute is under way,
    /// when executed periods would change, or when a buy cannot be changed; [`Refusal::Invalid`]
    /// for members locked in this status or rules broken; [`Refusal::OverBudget`] when the media
    /// budget would fall below what is allocated; [`Refusal::Unsupported`] for what sellers have
    /// no way to do.
    pub fn update(
        &mut self,
        update: CampaignUpdate,
        new_cap: &mut dyn FnMut() -> CapId,
        ids: &mut dyn Ids,
        now: DateTime<Utc>,
    ) -> Result<Updated, Refusal> {
        let CampaignUpdate {
            plan,
            touched,
            caps,
            actions,
            expected_revision: _,
        } = update;
        if self.status == CampaignStatus::Archived {
            return Err(self.archived_already());
        }
        let moves_money = touched.flight
            || touched.budget
            || touched.fees
            || touched.pacing
            || touched.discovery_id;
        if moves_money && self.is_executing() {
            return Err(self.execution_under_way());
        }
        let mut against = Against::default();
        against.violations.extend(self.locked(touched));
        against.violations.extend(plan.check());
        let mut next = self.clone();
        let mut updated = Updated {
            asked: next.act(&actions, &plan, now, &mut against),
            ..Updated::default()
        };
        let mut sent: Vec<(MediaBuyId, u32)> = updated
            .asked
            .iter()
            .filter_map(|asked| match asked.step {
                Step::Sent(number) => Some((asked.media_buy_id.clone(), number)),
                Step::Held | Step::Done | Step::AlreadySo => None,
            })
            .collect();
        let narrows = if touched.flight {
            next.leaves_flight(&plan, &sent, &mut against.violations)
        } else {
            false
        };
        if let Some(refusal) = against.refusal() {
            return Err(refusal);
        }
        if touched.pacing {
            self.only_appends(plan.pacing.as_ref())?;
        }
        next.plan = plan.clone();
        if touched.pacing {
            let cascade = next.append_packages(&mut sent, ids, now)?;
            let live = matches!(self.status, CampaignStatus::Active | CampaignStatus::Paused);
            updated.cascade = (live && !self.launched_periods.is_empty()).then_some(cascade);
        }
        let waits = match room(self, &next, &plan, &sent)? {
            Room::Now => false,
            Room::AfterConfirmation => true,
        };
        if touched.flight || touched.budget || touched.fees {
            // The latest wish wins over a smaller plan that still waits.
            next.pending_plan = None;
        }
        next.wait_for_sellers(&self.plan, waits, narrows, &sent);
        updated.waits = waits || narrows;
        updated.to_send = sent.into_iter().map(|(id, _)| id).collect();
        updated.wishes = next.new_wishes(&actions);
        let rules = caps.map(|rules| rules.into_iter().map(|rule| (new_cap(), rule)).collect());
        replace_caps(&mut next.caps, rules, now);
        next.revision += 1;
        next.updated_at = now;
        *self = next;
        Ok(updated)
    }

    /// Applies the entries of `mediaBuys[]` as far as they concern us alone, and records what
    /// sellers are asked for.
    fn act(
        &mut self,
        actions: &[BuyAction],
        plan: &super::PlanFields,
        now: DateTime<Utc>,
        against: &mut Against,
    ) -> Vec<AskedChange> {
        let mut asked = Vec::new();
        let mut named: Vec<&MediaBuyId> = Vec::new();
        for (index, action) in actions.iter().enumerate() {
            let at = format!("mediaBuys[{index}]");
            let id = &action.media_buy_id;
            let Some(buy) = self.buy_mut(id) else {
                against.violations.push(Violation::new(
                    format!("{at}.mediaBuyId"),
                    Code::NotFound,
                    format!("there is no media buy `{id}` in this campaign"),
                ));
                continue;
            };
            if named.contains(&id) {
                against.violations.push(Violation::new(
                    format!("{at}.mediaBuyId"),
                    Code::Duplicate,
                    format!("expected `{id}` once, got it again"),
                ));
                continue;
            }
            named.push(id);
            asked.push(decide(buy, action, plan, &at, now, against));
        }
        asked
    }

    /// Pauses and resumes of single buys that their sellers are asked for.
    fn new_wishes(&self, actions: &[BuyAction]) -> Vec<ToSend> {
        actions
            .iter()
            .filter(|action| {
                matches!(&action.command, BuyCommand::Update(update) if update.paused.is_some())
            })
            .filter_map(|action| {
                let buy = self.buy(&action.media_buy_id)?;
                Some(ToSend {
                    media_buy_id: buy.id.clone(),
                    wish: buy.wish?,
                })
            })
            .collect()
    }

    /// Keeps what of the new plan needs sellers' yes for later: until then the old money holds, and
    /// the flight reaches over both.
    fn wait_for_sellers(
        &mut self,
        old: &super::PlanFields,
        money: bool,
        flight: bool,
        sent: &[(MediaBuyId, u32)],
    ) {
        if !money && !flight {
            return;
        }
        let wanted = self.plan.clone();
        if money {
            self.plan.budget.clone_from(&old.budget);
            self.plan.fees.clone_from(&old.fees);
        }
        if flight
            && let Some(both) = Flight::new(
                old.flight.start().min(wanted.flight.start()),
                old.flight.end().max(wanted.flight.end()),
            )
        {
            self.plan.flight = both;
        }
        self.pending_plan = Some(PendingPlan {
            flight: flight.then_some(wanted.flight),
            money: money.then_some((wanted.budget, wanted.fees)),
            waits_for: sent.to_vec(),
        });
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

    /// A narrower flight must still hold every buy that counts; `true` when it does only once the
    /// changes of this request are confirmed.
    fn leaves_flight(
        &self,
        plan: &super::PlanFields,
        sent: &[(MediaBuyId, u32)],
        violations: &mut Vec<Violation>,
    ) -> bool {
        let live: Vec<_> = self
            .buys
            .iter()
            .filter(|buy| !buy.status.has_ended())
            .map(|buy| {
                let change = buy.undecided_change();
                let of_request = change.is_some_and(|change| {
                    sent.iter()
                        .any(|(id, number)| *id == buy.id && *number == change.number)
                });
                Extent::of(buy, change.map(|change| &change.proposal), of_request)
            })
            .collect();
        let before = violations.len();
        if let Some(first) = live.iter().filter_map(|extent| extent.start_after).min()
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
        if let Some(last) = live.iter().filter_map(|extent| extent.end_after).max()
            && last > plan.flight.end()
        {
            violations.push(
                Violation::new(
                    "flightDates.endDate",
                    Code::TooSmall,
                    format!(
                        "a media buy ends on {}: expected an end no earlier, or an earlier end of that buy in the same request",
                        last.date_naive()
                    ),
                )
                .with("minimum", last.date_naive().to_string()),
            );
        }
        violations.len() == before
            && live.iter().any(|extent| {
                extent.end_now > plan.flight.end()
                    || extent
                        .start_now
                        .is_some_and(|start| start < plan.flight.start())
            })
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
}

/// From when to when a buy reaches: as it may be now, and once the changes of a request are
/// confirmed.
struct Extent {
    start_now: Option<DateTime<Utc>>,
    end_now: DateTime<Utc>,
    start_after: Option<DateTime<Utc>>,
    end_after: Option<DateTime<Utc>>,
}

impl Extent {
    fn of(buy: &MediaBuy, proposal: Option<&Proposal>, of_request: bool) -> Self {
        let at = |start: StartTime| match start {
            StartTime::At(start) => Some(start),
            StartTime::Asap => None,
        };
        let live = at(buy.start);
        let proposed = proposal.and_then(|proposal| proposal.start).map(at);
        let start_now = match proposed {
            Some(Some(start)) => Some(live.map_or(start, |live| live.min(start))),
            Some(None) | None => live,
        };
        let end = proposal.and_then(|proposal| proposal.end);
        let end_now = end.map_or(buy.end, |end| end.max(buy.end));
        let cancels = of_request && proposal.is_some_and(|proposal| proposal.cancels);
        let (start_after, end_after) = if cancels {
            (None, None)
        } else if of_request {
            (proposed.unwrap_or(live), Some(end.unwrap_or(buy.end)))
        } else {
            (start_now, Some(end_now))
        };
        Self {
            start_now,
            end_now,
            start_after,
            end_after,
        }
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
