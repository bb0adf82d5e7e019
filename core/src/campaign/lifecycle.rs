//! Pause, reactivate, archive, and what time does (contract 8 and 12, decisions 12, 19, 20).

use chrono::{DateTime, Utc};

use super::{Campaign, CampaignStatus};
use crate::error::{Conflict, Refusal};
use crate::ids::MediaBuyId;
use crate::media_buy::{MediaBuyStatus, Wish};

/// One change to ask a seller for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToSend {
    /// The buy.
    pub media_buy_id: MediaBuyId,
    /// What it shall do.
    pub wish: Wish,
}

/// What pause or reactivate decided: what to ask sellers for, and what needs no asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cascade {
    /// The campaign's status before.
    pub previous: CampaignStatus,
    /// And after.
    pub new: CampaignStatus,
    /// To ask sellers for, in the order of the buys.
    pub to_send: Vec<ToSend>,
    /// Waiting buys that carry the hold from now on (pause) or lost it (reactivate).
    pub held: Vec<MediaBuyId>,
    /// Buys that ended instead of running again, since their flight is over.
    pub completed: Vec<MediaBuyId>,
}

impl Campaign {
    /// Halts spend across all media buys: running ones are asked to pause, waiting ones carry a
    /// hold. On a PAUSED campaign what is unconfirmed is asked again (decision 19).
    ///
    /// # Errors
    /// [`Refusal::WrongPhase`] unless ACTIVE or PAUSED.
    pub fn pause(&mut self, now: DateTime<Utc>) -> Result<Cascade, Refusal> {
        if !matches!(self.status, CampaignStatus::Active | CampaignStatus::Paused) {
            return Err(Refusal::WrongPhase {
                is: self.status.as_str(),
                allowed: &["ACTIVE", "PAUSED"],
                message: format!(
                    "only an active campaign can be paused, and this one is {}",
                    self.status.as_str()
                ),
            });
        }
        let mut cascade = self.cascade(CampaignStatus::Paused);
        for buy in &mut self.buys {
            if buy.status.has_ended() {
                continue;
            }
            buy.campaign_hold = true;
            if buy.is_held() {
                cascade.held.push(buy.id.clone());
            } else if buy.status == MediaBuyStatus::Active {
                buy.wish = Some(Wish::Pause);
            } else if buy.wish == Some(Wish::Resume) {
                // A resume that was never confirmed: the latest wish wins.
                buy.wish = Some(Wish::Pause);
            }
            buy.updated_at = now;
        }
        self.commit_cascade(&mut cascade, now);
        Ok(cascade)
    }

    /// Brings a PAUSED campaign back, the only way to. Buys paused by themselves stay paused; a
    /// buy whose flight is over is completed instead (decision 19). On an ACTIVE campaign it
    /// clears what a buy still carries of the campaign's pause.
    ///
    /// # Errors
    /// [`Refusal::WrongPhase`] unless PAUSED, or ACTIVE with such a buy.
    pub fn reactivate(&mut self, now: DateTime<Utc>) -> Result<Cascade, Refusal> {
        let carried = self.buys.iter().any(|buy| {
            !buy.status.has_ended() && (buy.campaign_hold || buy.wish == Some(Wish::Resume))
        });
        let allowed = match self.status {
            CampaignStatus::Paused => true,
            CampaignStatus::Active => carried,
            CampaignStatus::Draft | CampaignStatus::Completed | CampaignStatus::Archived => false,
        };
        if !allowed {
            return Err(Refusal::WrongPhase {
                is: self.status.as_str(),
                allowed: &["PAUSED"],
                message: format!(
                    "only a paused campaign can be reactivated, and this one is {}",
                    self.status.as_str()
                ),
            });
        }
        let was_paused = self.status == CampaignStatus::Paused;
        let mut cascade = self.cascade(CampaignStatus::Active);
        for buy in &mut self.buys {
            if buy.status.has_ended() {
                continue;
            }
            if buy.is_held() {
                cascade.held.push(buy.id.clone());
            }
            let carried = std::mem::take(&mut buy.campaign_hold) || was_paused;
            buy.updated_at = now;
            match buy.status {
                MediaBuyStatus::Active | MediaBuyStatus::Paused if buy.end <= now => {
                    buy.move_to(MediaBuyStatus::Completed, now);
                    cascade.completed.push(buy.id.clone());
                }
                MediaBuyStatus::Paused if carried && !buy.own_pause => {
                    buy.wish = Some(Wish::Resume)
                }
                // A pause that was asked for may have reached the seller: ask to run.
                MediaBuyStatus::Active if buy.wish == Some(Wish::Pause) && !buy.own_pause => {
                    buy.wish = Some(Wish::Resume);
                }
                _ => {}
            }
        }
        self.commit_cascade(&mut cascade, now);
        Ok(cascade)
    }

    /// Puts the campaign away with its buys (decision 20).
    ///
    /// # Errors
    /// [`Refusal::WrongPhase`] when archived; [`Refusal::Conflict`] while an execute is under way,
    /// or while a buy may be at a seller.
    pub fn archive(&mut self, now: DateTime<Utc>) -> Result<(), Refusal> {
        if self.status == CampaignStatus::Archived {
            return Err(self.archived_already());
        }
        if self.is_executing() {
            return Err(self.execution_under_way());
        }
        let live: Vec<_> = self
            .buys
            .iter()
            .filter(|buy| buy.status.may_be_at_seller() || buy.is_in_flight())
            .map(|buy| buy.id.to_string())
            .collect();
        if !live.is_empty() {
            return Err(Refusal::Conflict {
                what: Conflict::DeleteNotConfirmed,
                message: format!(
                    "{} of its media buys may still be at their sellers",
                    live.len()
                ),
                media_buys: live,
            });
        }
        for buy in &mut self.buys {
            buy.move_to(MediaBuyStatus::Archived, now);
        }
        self.status = CampaignStatus::Archived;
        self.revision += 1;
        self.updated_at = now;
        Ok(())
    }

    /// The refusal of what an archived campaign cannot do any more.
    pub(crate) fn archived_already(&self) -> Refusal {
        Refusal::WrongPhase {
            is: self.status.as_str(),
            allowed: &["DRAFT", "ACTIVE", "PAUSED", "COMPLETED"],
            message: "an archived campaign does not change any more".to_owned(),
        }
    }

    /// What time does: buys whose end has passed are completed, and the campaign when its flight
    /// is over or all its buys ended with at least one completed (contract 12.1, decision 20).
    /// `true` when anything changed. A caller's revision does not move.
    pub fn tick(&mut self, now: DateTime<Utc>) -> bool {
        if !matches!(self.status, CampaignStatus::Active | CampaignStatus::Paused) {
            return false;
        }
        let mut changed = false;
        for buy in &mut self.buys {
            if buy.status.is_running() && buy.end <= now {
                changed |= buy.move_to(MediaBuyStatus::Completed, now);
            }
        }
        changed |= self.settle_pending_plan(now);
        if self.plan.flight.over_at(now) || self.has_served_its_buys() {
            self.status = CampaignStatus::Completed;
            changed = true;
        }
        if changed {
            self.updated_at = now;
        }
        changed
    }

    /// Whether all its buys ended, and one of this launch was completed.
    fn has_served_its_buys(&self) -> bool {
        self.buys.iter().all(|buy| buy.status.has_ended())
            && self
                .buys
                .iter()
                .any(|buy| buy.status == MediaBuyStatus::Completed && buy.launch == self.launch)
    }

    /// When time next changes something, if it will: at once when its buys are all served, else the
    /// earliest end of a running buy, else the end of the flight.
    #[must_use]
    pub fn next_tick(&self) -> Option<DateTime<Utc>> {
        matches!(self.status, CampaignStatus::Active | CampaignStatus::Paused).then(|| {
            if self.has_served_its_buys() {
                return Some(self.updated_at);
            }
            self.buys
                .iter()
                .filter(|buy| buy.status.is_running())
                .map(|buy| buy.end)
                .chain([self.plan.flight.end()])
                .min()
        })?
    }

    fn cascade(&self, new: CampaignStatus) -> Cascade {
        Cascade {
            previous: self.status,
            new,
            to_send: Vec::new(),
            held: Vec::new(),
            completed: Vec::new(),
        }
    }

    fn commit_cascade(&mut self, cascade: &mut Cascade, now: DateTime<Utc>) {
        cascade.to_send = self
            .buys
            .iter()
            .filter_map(|buy| {
                buy.wish.map(|wish| ToSend {
                    media_buy_id: buy.id.clone(),
                    wish,
                })
            })
            .collect();
        self.status = cascade.new;
        self.revision += 1;
        self.updated_at = now;
    }
}
